//! Who gives a command, and what time it is for their grant.

use domain::{Anchored, BootId, Grant, Label, StaffId, TimeAnchor, Timestamp, TrustedMoment, trusted_now};
use serde::{Deserialize, Serialize};

/// Who gives a command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Giver {
    /// Who works the device, or the tab.
    pub staff: Option<StaffId>,
    /// The grant that their PIN opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Box<Grant>>,
    /// Who lends a right for this one command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<Box<ApproverGrant>>,
}

/// Somebody who approves what another person does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproverGrant {
    /// The grant that their PIN opened.
    pub grant: Grant,
    /// Why they approve.
    pub reason: Label,
}

/// What a device knows of the time, beside its wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrustedClock<'a> {
    /// The latest moment that anything here was stamped with.
    pub(crate) high_water: Timestamp,
    /// When the server's clock was last heard.
    pub(crate) anchor: Option<&'a TimeAnchor>,
    /// This run of the monotonic clock.
    pub(crate) boot_id: &'a BootId,
}

impl TrustedClock<'_> {
    /// The moment for the question whether a grant has ended. Setting the clock back gains nothing.
    pub(crate) fn moment(self, wall: Timestamp, mono_ms: u64) -> TrustedMoment {
        let anchor = self.anchor.filter(|anchor| anchor.boot_id == *self.boot_id);
        let Some(anchor) = anchor else {
            // How often it was restarted since the last sync is not known, only that it was.
            return TrustedMoment { now: trusted_now(self.high_water, None, wall), reboots: 1 };
        };
        // While the device runs on, nothing is as good as what the server said; a clock that is wrong ends no grant then.
        let elapsed_ms = mono_ms.saturating_sub(anchor.mono_ms);
        let anchored = Anchored { server_time: anchor.server_time, elapsed_ms };
        TrustedMoment { now: trusted_now(anchor.server_time, Some(anchored), anchor.server_time), reboots: 0 }
    }
}
