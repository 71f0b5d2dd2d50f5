//! What a merge noticed that a person may want to know.

use serde::{Deserialize, Serialize};

/// Something noticed while a change was applied. The change took effect all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was noticed.
    pub code: FindingCode,
    /// The same in a sentence that names the values involved.
    pub message: String,
}

impl Finding {
    /// A finding with its sentence.
    #[must_use]
    pub fn new(code: FindingCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The closed list of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FindingCode {
    /// An order was closed without one of its lines being seen, whichever of the two arrived first: the line is kept and the
    /// balance is due.
    LateLine,
    /// Two devices changed a line's quantity: both differences count.
    QtyMerged,
    /// More was paid than the order comes to: every payment is kept.
    Overpaid,
    /// Two orders of one business date carry the same ticket number: the sign of a cloned or rolled-back device.
    TicketNoReused,
    /// The device's clock was ahead; the server's time was used for ordering.
    ClockAhead,
    /// A change reached a line that was already void: the void stands.
    LineAlreadyVoid,
}

impl FindingCode {
    /// The code as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LateLine => "LATE_LINE",
            Self::QtyMerged => "QTY_MERGED",
            Self::Overpaid => "OVERPAID",
            Self::TicketNoReused => "TICKET_NO_REUSED",
            Self::ClockAhead => "CLOCK_AHEAD",
            Self::LineAlreadyVoid => "LINE_ALREADY_VOID",
        }
    }
}
