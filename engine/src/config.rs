//! What the engine is told once, when it is opened.

use domain::{BootId, StaffId};
use serde::{Deserialize, Serialize};

/// See [`EngineConfig::checkpoint_entries`].
pub const CHECKPOINT_ENTRIES: u64 = 256;
/// See [`EngineConfig::chunk_bytes`].
pub const CHUNK_BYTES: usize = 128 * 1024;

/// What the engine is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How many business days before the newest one stay on the device, 1 to 400.
    pub retention_days: u32,
    /// Commits after which the journal is folded into a checkpoint once nobody is saving, at least 1; four times as many
    /// fold it in any case. [`CHECKPOINT_ENTRIES`] unless a test wants to see many checkpoints.
    pub checkpoint_entries: u64,
    /// Bytes of one chunk of a checkpoint before it is compressed: bounds how long a save waits for one. [`CHUNK_BYTES`]
    /// unless a test wants to see many chunks.
    pub chunk_bytes: usize,
    /// Inputs that the flight recorder holds before it loses its beginning. [`RECORDING_INPUTS_MAX`] unless a test wants to see it
    /// lose it often.
    ///
    /// [`RECORDING_INPUTS_MAX`]: crate::RECORDING_INPUTS_MAX
    pub recorded_inputs: usize,
    /// Whether another tab writes the store and this one follows it.
    pub follower: bool,
}
