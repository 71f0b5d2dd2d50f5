//! Who works for a tenant. The server's word: devices only read it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Role;
use crate::ids::{StaffId, TenantId};
use crate::limits::Label;
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Record, Upcaster, Versioned};
use crate::time::Timestamp;

/// Staff a tenant may have, those who have left included.
pub const STAFF_MAX: usize = 2_000;
/// Those of them who may act at a time: a device holds a grant of each, and its grants are one record of at most 2 MB.
pub const ACTIVE_MAX: usize = 900;

/// A tenant's staff at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffRoster {
    /// The version of this form of the record.
    pub schema: u16,
    /// Whose staff.
    pub tenant_id: TenantId,
    /// Grows by one with every change.
    pub roster_version: u32,
    /// Everybody, those who have left included: their names stay on what they did.
    pub staff: Vec<StaffMember>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffMember {
    /// Identity.
    pub staff_id: StaffId,
    /// What screens and receipts call them.
    pub display: Label,
    /// What they are.
    pub role: Role,
    /// Whether they may still act.
    pub status: StaffStatus,
    /// Since when they may not; there exactly where the status is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Grows when their PIN or role changes: grants of an earlier one are superseded.
    pub cred_epoch: u32,
}

/// Whether somebody may still act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaffStatus {
    /// They may.
    Active,
    /// Their rights were taken away.
    Revoked,
}

impl Versioned for StaffRoster {
    const NAME: &'static str = "staff roster";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for StaffRoster {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl StaffRoster {
    /// The person with this id.
    #[must_use]
    pub fn member(&self, staff_id: &StaffId) -> Option<&StaffMember> {
        self.staff.iter().find(|member| member.staff_id == *staff_id)
    }

    /// Whether everybody stands once and says whether they may still act.
    ///
    /// # Errors
    /// `FIELD_INVALID` with the path of the first fault, or `LIMIT_EXCEEDED`.
    pub fn check(&self) -> Result<(), Rejection> {
        if self.staff.len() > STAFF_MAX {
            let message = format!("{} are more than {STAFF_MAX}", self.staff.len());
            return Err(Rejection::new(RejectionCode::LimitExceeded, "staff", message));
        }
        let mut seen = BTreeSet::new();
        for (position, member) in self.staff.iter().enumerate() {
            let invalid = |field: &str, message: String| {
                Err(Rejection::new(RejectionCode::FieldInvalid, format!("staff[{position}].{field}"), message))
            };
            if !seen.insert(&member.staff_id) {
                return invalid("staff_id", format!("{} stands twice", member.staff_id));
            }
            if (member.status == StaffStatus::Revoked) != member.revoked_at.is_some() {
                return invalid("revoked_at", "is there exactly where the status is revoked".to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::test_staff::{at, roster};

    #[test]
    fn the_fixture_roster_reads_and_is_sound() {
        let roster = roster();
        assert_eq!(roster.check(), Ok(()));
        let of = |id: &str| roster.member(&id.parse().unwrap()).unwrap();
        let roles = roster.staff.iter().map(|member| member.role).collect::<Vec<_>>();
        let expected =
            [Role::Server, Role::Bartender, Role::Manager, Role::LineCook, Role::Server, Role::Admin].to_vec();
        assert_eq!((roster.roster_version, roles), (17, expected));
        assert_eq!((of("stf_odell").display.as_str(), of("stf_odell").cred_epoch), ("Odell P.", 2));
        assert_eq!(of("stf_gwen").revoked_at, Some(at("2026-10-31T20:00:00Z")));
        assert_eq!(roster.member(&"stf_nobody".parse().unwrap()), None);
    }

    #[test]
    fn nobody_stands_twice_and_nobody_is_half_revoked() {
        let fault = |edit: fn(&mut StaffRoster)| {
            let mut edited = roster();
            edit(&mut edited);
            edited.check().map_err(|rejection| rejection.field)
        };
        assert_eq!(fault(|roster| roster.staff.push(roster.staff[0].clone())), Err("staff[6].staff_id".to_owned()));
        assert_eq!(fault(|roster| roster.staff[4].revoked_at = None), Err("staff[4].revoked_at".to_owned()));
        let half = |roster: &mut StaffRoster| roster.staff[0].revoked_at = Some(at("2026-10-31T20:00:00Z"));
        assert_eq!(fault(half), Err("staff[0].revoked_at".to_owned()));
        let crowd = |roster: &mut StaffRoster| {
            let first = roster.staff[0].clone();
            roster.staff.resize(STAFF_MAX + 1, first);
        };
        assert_eq!(fault(crowd), Err("staff".to_owned()));
    }
}
