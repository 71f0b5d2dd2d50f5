//! What a device could not deliver, for another one to deliver: the way out when a tablet cannot reach the server any more.
//!
//! The mutations keep their ids, so whichever of the two devices reaches the server first, each takes effect once.

use domain::{DeviceId, LocationId, TenantId, Timestamp};
use protocol::Mutation;
use serde::{Deserialize, Serialize};

use crate::command::{Refusal, RefusalCode};

/// The form of an export that is written and read.
pub const EXPORT_FORMAT: u16 = 1;

/// What a device could not deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// [`EXPORT_FORMAT`].
    pub format: u16,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Where it was made.
    pub location_id: LocationId,
    /// The device that made it.
    pub device_id: DeviceId,
    /// When, by that device's clock.
    pub exported_at: Timestamp,
    /// Not settled yet, in order.
    pub mutations: Vec<Mutation>,
    /// The same of the stream `shifts`. Absent in what older versions wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<Mutation>,
    /// Refused by the server and kept for a person; only to be looked at.
    pub parked: Vec<Mutation>,
}

impl Export {
    /// Whether a device of this tenant and location may deliver it.
    pub(crate) fn check(&self, tenant_id: &TenantId, location_id: &LocationId) -> Result<(), Refusal> {
        let refuse = |message: String| Err(Refusal::new(RefusalCode::ImportInvalid, message));
        if self.format != EXPORT_FORMAT {
            return refuse(format!("the export has form {}; this version reads {EXPORT_FORMAT}", self.format));
        }
        if (&self.tenant_id, &self.location_id) != (tenant_id, location_id) {
            return refuse(format!("the export is of {} at {}", self.tenant_id, self.location_id));
        }
        Ok(())
    }
}
