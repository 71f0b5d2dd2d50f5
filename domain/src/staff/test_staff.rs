//! The fixture's roster, and grants for the people on it, for tests.

use super::{Grant, GrantHolder, Role, StaffRoster};
use crate::ids::{DeviceId, GrantId, LocationId, StaffId, TenantId};
use crate::schema::Record;
use crate::time::Timestamp;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn roster() -> StaffRoster {
    StaffRoster::from_json(include_str!("../../../fixtures/staff.json")).unwrap()
}

/// Somebody at the quay's device B.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) tenant: TenantId,
    pub(super) location: LocationId,
    pub(super) device: DeviceId,
    pub(super) staff: StaffId,
    pub(super) cred_epoch: Option<u32>,
}

impl Person {
    pub(super) fn new(staff: &str) -> Self {
        Self {
            tenant: "ten_saltmarsh".parse().unwrap(),
            location: "loc_quay".parse().unwrap(),
            device: "dev_b".parse().unwrap(),
            staff: staff.parse().unwrap(),
            cred_epoch: Some(1),
        }
    }

    pub(super) fn holder(&self) -> GrantHolder<'_> {
        GrantHolder {
            tenant_id: &self.tenant,
            location_id: &self.location,
            device_id: &self.device,
            staff_id: &self.staff,
            cred_epoch: self.cred_epoch,
        }
    }
}

/// A grant of 72 hours from 2026-10-31T12:00:00Z.
pub(super) fn grant(staff: &str, role: Role) -> Grant {
    let person = Person::new(staff);
    let issued_at = at("2026-10-31T12:00:00Z");
    Grant {
        v: 1,
        tenant_id: person.tenant,
        location_id: person.location,
        device_id: person.device,
        staff_id: person.staff,
        role,
        scopes: role.scopes(),
        cred_epoch: 1,
        issued_at,
        not_before: issued_at,
        expires_at: issued_at.after(72 * 3_600_000),
        grant_id: GrantId::new(issued_at, [7; 10]),
    }
}
