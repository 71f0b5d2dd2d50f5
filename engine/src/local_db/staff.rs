//! Who works here, as the store knows it.

use domain::{Grant, GrantHolder, StaffId, StaffMember, StaffRoster, StaffStatus, Timestamp};
use protocol::{Collection, TenantPolicy};
use serde_json::value::to_raw_value;

use super::{LocalDb, StoreChange};
use crate::io::Moment;
use crate::sign_in::{KeptSheet, Pepper};

impl LocalDb {
    /// Everybody, those who have left included.
    pub(crate) const fn roster(&self) -> Option<&StaffRoster> {
        self.set.kept.roster()
    }

    /// Whether people sign in on this device: its tenant employs somebody, and it was sent a grant that a PIN opens.
    pub(crate) fn employs_staff(&self) -> bool {
        let somebody = |roster: &StaffRoster| roster.staff.iter().any(|member| member.status == StaffStatus::Active);
        self.set.kept.has_pins() && self.roster().is_some_and(somebody)
    }

    /// The tenant's rules and limits.
    pub(crate) fn policy(&self) -> TenantPolicy {
        self.location().and_then(|location| location.policy.clone()).unwrap_or_default()
    }

    /// Since when somebody may no longer act, as far as it is known here.
    pub(crate) fn revoked_at(&self, staff_id: &StaffId) -> Option<Timestamp> {
        self.member(staff_id)?.revoked_at
    }

    /// How often somebody's PIN or role was changed.
    pub(crate) fn cred_epoch(&self, staff_id: &StaffId) -> Option<u32> {
        self.member(staff_id).map(|member| member.cred_epoch)
    }

    /// Whoever acts under a grant on this device; `None` before it was enrolled.
    pub(crate) fn holder<'a>(&'a self, grant: &'a Grant) -> Option<GrantHolder<'a>> {
        let enrolment = &self.session()?.enrolment;
        Some(GrantHolder {
            tenant_id: &enrolment.tenant_id,
            location_id: &enrolment.location_id,
            device_id: &enrolment.device_id,
            staff_id: &grant.staff_id,
            cred_epoch: self.cred_epoch(&grant.staff_id),
        })
    }

    /// The grants as they are kept; `None` where there are none, or they are of another form.
    pub(crate) fn sheet(&self) -> Option<KeptSheet> {
        KeptSheet::read(self.set.kept.grants()?.get())
    }

    /// The secret that goes into what PINs are checked against.
    pub(crate) fn pepper(&self) -> Option<Pepper> {
        self.disk.keyring.pepper()
    }

    /// Seals the grants among what a reply brought: as they came they are never written.
    pub(crate) fn lock_grants(&self, now: &Moment, changes: &mut [StoreChange]) {
        let (Some(session), Some(pepper)) = (self.session(), self.pepper()) else { return };
        for change in changes {
            let StoreChange::RecordConfirmed { collection: Collection::Grants, record, .. } = change else { continue };
            // A recording has a text in the place of a sheet.
            if record.as_ref().is_some_and(|sent| sent.get().starts_with('"')) {
                continue;
            }
            let kept = record.as_ref().and_then(|sent| {
                let nonce = |grant_id: &str| now.nonce(&format!("grant {grant_id}"));
                let sheet = KeptSheet::of(sent.get(), &session.enrolment.tenant_id, &pepper, nonce)?;
                to_raw_value(&sheet).ok()
            });
            // What is no sheet to this version is kept as nothing: it may hold what must not be written.
            *record = kept;
        }
    }

    fn member(&self, staff_id: &StaffId) -> Option<&StaffMember> {
        self.roster()?.member(staff_id)
    }
}
