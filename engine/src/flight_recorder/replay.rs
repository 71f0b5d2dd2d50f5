//! A recording replayed: the core as it stood is given what it saw, and must answer as it did.

use std::vec::IntoIter;

use super::recorded_input::RecordedInput;
use super::recording::{Recording, Step};
use crate::io::{Input, Moment, Output};
use crate::sync_manager::SyncManager;

/// A recording that is being replayed, one input at a time.
#[derive(Debug)]
pub struct Replay {
    core: SyncManager,
    steps: IntoIter<Step>,
}

/// One input, and what it led to this time.
#[derive(Debug)]
pub struct ReplayedStep {
    /// When it came.
    pub moment: Moment,
    /// What came. Values that were read are sealed with another key than they were.
    pub input: Input,
    /// What it led to. The credential and everything sealed are others than they were.
    pub outputs: Vec<Output>,
    /// Whether it led to the same on the device.
    pub agrees: bool,
}

impl Replay {
    /// Makes the core stand as it stood when the recording begins.
    #[must_use]
    pub fn new(recording: Recording) -> Self {
        Self { core: SyncManager::restored(*recording.standing), steps: recording.steps.into_iter() }
    }

    /// The core as it stands after the inputs so far.
    #[must_use]
    pub const fn core(&self) -> &SyncManager {
        &self.core
    }
}

impl Iterator for Replay {
    type Item = ReplayedStep;

    /// Gives the core the next input. Ends with the recording, or where it is damaged.
    fn next(&mut self) -> Option<ReplayedStep> {
        let Step { at, input, outputs: expected } = self.steps.next()?;
        let moment = at.moment()?;
        let recorded: RecordedInput = serde_json::from_str(input.get()).ok()?;
        let input = recorded.input(self.core.store())?;
        let outputs = self.core.handle(moment, input.clone());
        Some(ReplayedStep { moment, input, outputs, agrees: self.core.last_outputs() == expected })
    }
}
