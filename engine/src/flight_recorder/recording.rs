//! A recording: how a core stood, and everything it saw since. In the clear, as JSON.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Seen;
use super::recorded_input::RecordedMoment;
use crate::local_db::{LocalDb, stand_in};
use crate::sync_manager::CoreStanding;

/// The form of a recording that is written and read.
pub const RECORDING_FORMAT: u16 = 1;

/// Credentials shorter than this are not looked for in the text: they would be found in every other word.
const CREDENTIAL_BYTES_MIN: usize = 6;

/// How a core stood, and what it saw since.
///
/// Not in it: the device's credential, the store's keys, the verifiers of PINs, bodies of answers that were no JSON. In it, in the
/// clear: the orders and the menu in the device's memory, notes on orders and lines, names of guests and of staff as far as they stand
/// in those, who did what and when, payments (amounts and kinds: there are no card numbers in this product).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    format: u16,
    pub(super) standing: Box<CoreStanding>,
    pub(super) steps: Vec<Step>,
    #[serde(skip)]
    credential: Option<String>,
}

/// One input, when it came, and a checksum over what it led to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) at: RecordedMoment,
    /// A `RecordedInput`.
    pub(super) input: Box<RawValue>,
    pub(super) outputs: u32,
}

/// Why a text is no recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// It does not have the form of one.
    #[error("this is no recording: {0}")]
    Unreadable(String),
    /// Another version of the engine wrote it.
    #[error("the recording has form {0}; this version reads {RECORDING_FORMAT}")]
    FormatUnknown(u16),
}

impl Recording {
    pub(super) fn of<'a>(standing: &CoreStanding, seen: impl Iterator<Item = &'a Seen>, db: &LocalDb) -> Self {
        let step = |seen: &Seen| Step { at: (&seen.moment).into(), input: seen.kept.text(db), outputs: seen.outputs };
        Self {
            format: RECORDING_FORMAT,
            standing: Box::new(standing.clone()),
            steps: seen.map(step).collect(),
            credential: db.credential().map(str::to_owned),
        }
    }

    /// How many inputs are in it.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.steps.len()
    }

    /// The recording as JSON.
    ///
    /// # Errors
    /// Where something in it has no JSON form.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let text = serde_json::to_string(self)?;
        // No place in a recording is made for the credential. Where something on the network said it back to the device, it
        // stands in an answer all the same.
        let credential = self.credential.as_deref().filter(|credential| credential.len() >= CREDENTIAL_BYTES_MIN);
        Ok(match credential {
            Some(credential) => text.replace(credential, &stand_in(credential.len())),
            None => text,
        })
    }

    /// Reads a recording back.
    ///
    /// # Errors
    /// Where the text is none, or one of another version.
    pub fn read(text: &str) -> Result<Self, RecordingError> {
        #[derive(Deserialize)]
        struct Form {
            format: u16,
        }
        let unreadable = |error: serde_json::Error| RecordingError::Unreadable(error.to_string());
        let Form { format } = serde_json::from_str(text).map_err(unreadable)?;
        if format != RECORDING_FORMAT {
            return Err(RecordingError::FormatUnknown(format));
        }
        serde_json::from_str(text).map_err(unreadable)
    }
}
