//! The flight recorder: the last inputs of this engine with their moments, so that an incident on a device in a restaurant can be
//! replayed on a developer's.
//!
//! The core is a machine of inputs and outputs, so its inputs are all there is to know of an incident, if one knows how it stood
//! before the first of them. The ring therefore also holds waypoints: how the core stood at quiet moments. It loses its beginning only
//! up to a waypoint. Each input is kept with a checksum over what the core answered, and a replay that answers otherwise says where.
//!
//! What the recorder keeps is typed so that it has no place for a credential or a key; [`Recording`] says what is in it.

mod outputs_sum;
mod recorded_input;
mod recording;
mod replay;

use std::collections::VecDeque;

use outputs_sum::outputs_sum;
use recorded_input::Kept;
pub use recording::{RECORDING_FORMAT, Recording, RecordingError};
pub use replay::{Replay, ReplayedStep};

use crate::io::{Input, Moment, Output};
use crate::local_db::LocalDb;
use crate::sync_manager::CoreStanding;

/// See [`EngineConfig::recorded_inputs`](crate::EngineConfig::recorded_inputs).
pub const RECORDING_INPUTS_MAX: usize = 4_000;
/// Bytes of inputs that the ring holds before it loses its beginning: 512 KiB.
pub const RECORDING_BYTES_MAX: usize = 512 * 1024;
/// How many times these limits are passed at most where no quiet moment comes. Then everything is forgotten.
const OVERRUN_MAX: usize = 4;
/// What an input takes beside its content, in bytes.
const INPUT_BYTES: usize = size_of::<Seen>();

/// The ring.
#[derive(Debug, Default)]
pub(crate) struct FlightRecorder {
    /// Inputs that it holds before it loses its beginning; 0 where it does not record.
    inputs_max: usize,
    seen: VecDeque<Seen>,
    bytes: usize,
    /// Where a replay can begin, oldest first.
    waypoints: VecDeque<Waypoint>,
    /// The number of the first input in the ring, counted from the beginning of this engine's life.
    first: u64,
    /// The keys of the read that is out.
    reading: Vec<String>,
    last_outputs: u32,
}

/// One input.
#[derive(Debug)]
pub(crate) struct Seen {
    moment: Moment,
    kept: Kept,
    outputs: u32,
}

/// How the core stood before an input.
#[derive(Debug)]
struct Waypoint {
    standing: Box<CoreStanding>,
    before: u64,
    /// Bytes of inputs since.
    bytes: usize,
}

impl Seen {
    fn bytes(&self) -> usize {
        INPUT_BYTES + self.kept.bytes()
    }
}

impl FlightRecorder {
    /// One that holds so many inputs before it loses its beginning; with 0, one that does not record.
    pub(crate) fn new(inputs_max: usize) -> Self {
        Self { inputs_max, ..Self::default() }
    }

    /// Takes note of an input before it is handled.
    pub(crate) fn see(&self, now: Moment, input: &Input) -> Option<Seen> {
        (self.inputs_max > 0).then(|| Seen { moment: now, kept: Kept::of(input, &self.reading), outputs: 0 })
    }

    /// Takes note of what it led to. `said` is a checksum over the content of what is to be written.
    pub(crate) fn note(&mut self, seen: Option<Seen>, outputs: &[Output], said: u32) {
        let Some(seen) = seen else { return };
        self.last_outputs = outputs_sum(outputs, said);
        let mut keys_retired = false;
        for output in outputs {
            match output {
                Output::Read(keys) => self.reading.clone_from(keys),
                Output::KeepKeys(_) => keys_retired = true,
                Output::Commit(_)
                | Output::Remember(_)
                | Output::Exchange(_)
                | Output::Resolve { .. }
                | Output::Notify(_)
                | Output::WakeAt(_) => {}
            }
        }
        if keys_retired {
            // What was read under a key that is gone cannot be opened when somebody asks for it.
            return self.forget();
        }
        if self.waypoints.is_empty() {
            return;
        }
        let bytes = seen.bytes();
        self.bytes += bytes;
        self.waypoints.iter_mut().for_each(|waypoint| waypoint.bytes += bytes);
        self.seen.push_back(Seen { outputs: self.last_outputs, ..seen });
        if self.is_over(1) && self.waypoints.len() > 1 {
            self.lose_beginning();
        }
        if self.is_over(OVERRUN_MAX) {
            self.forget();
        }
    }

    /// Whether a waypoint is wanted: there is none, or the last one is half a ring ago.
    pub(crate) fn wants_waypoint(&self) -> bool {
        let far = |waypoint: &Waypoint| {
            waypoint.bytes >= RECORDING_BYTES_MAX.div_euclid(2)
                || self.next().saturating_sub(waypoint.before) >= (self.inputs_max as u64).div_euclid(2)
        };
        self.inputs_max > 0 && self.waypoints.back().is_none_or(far)
    }

    /// How the core stands now.
    pub(crate) fn waypoint(&mut self, standing: CoreStanding) {
        let before = self.next();
        self.waypoints.push_back(Waypoint { standing: Box::new(standing), before, bytes: 0 });
        if self.is_over(1) {
            self.lose_beginning();
        }
    }

    /// A checksum over what the last input led to.
    pub(crate) const fn last_outputs(&self) -> u32 {
        self.last_outputs
    }

    /// Everything since the oldest waypoint. `db` opens what was read.
    pub(crate) fn recording(&self, db: &LocalDb) -> Option<Recording> {
        let waypoint = self.waypoints.front()?;
        Some(Recording::of(&waypoint.standing, self.seen.iter(), db))
    }

    fn next(&self) -> u64 {
        self.first.saturating_add(self.seen.len() as u64)
    }

    fn is_over(&self, times: usize) -> bool {
        self.bytes > RECORDING_BYTES_MAX * times || self.seen.len() > self.inputs_max * times
    }

    /// Drops what came before the second waypoint.
    fn lose_beginning(&mut self) {
        self.waypoints.pop_front();
        let Some(until) = self.waypoints.front().map(|waypoint| waypoint.before) else { return };
        while self.first < until {
            let Some(lost) = self.seen.pop_front() else { return };
            self.bytes -= lost.bytes();
            self.first += 1;
        }
    }

    fn forget(&mut self) {
        self.first = self.next();
        self.seen.clear();
        self.waypoints.clear();
        self.bytes = 0;
    }
}
