//! What the engine is told once, when it is opened.

use domain::{BootId, StaffId};

/// What the engine is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineConfig {
    /// Sent with every exchange.
    pub app_version: String,
    /// Names this run of the monotonic clock.
    pub boot_id: BootId,
    /// Milliseconds between pulls while there is nothing to send.
    pub pull_interval_ms: u64,
    /// Entries asked for in one delta, 1 to 500: bounds how long applying one takes.
    pub delta_entries_max: u32,
    /// Who works the device at the start.
    pub staff: Option<StaffId>,
}
