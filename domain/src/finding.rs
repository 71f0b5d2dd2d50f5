//! What a merge noticed that a person may want to know. One closed list for every record.

use serde::{Deserialize, Serialize};

use crate::ids::ConflictId;

/// Something noticed while a change was applied or a view was made. The change took effect all the same, and where a
/// person's input gave way to another's, both values are named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// What was noticed.
    pub code: FindingCode,
    /// The same in a sentence that names the values involved.
    pub message: String,
    /// The field it is about, as a path into the record, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The value that stands, where two met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// The value that gave way, where two met: nothing a person entered goes without a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// The conflict that the server made of it, where somebody is to decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict_id: Option<ConflictId>,
}

impl Finding {
    /// A finding with its sentence.
    #[must_use]
    pub fn new(code: FindingCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, kept: None, lost: None, conflict_id: None }
    }

    /// The same about a field in which `kept` stands and `lost` gave way.
    #[must_use]
    pub fn between(mut self, field: impl Into<String>, kept: impl Into<String>, lost: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self.kept = Some(kept.into());
        self.lost = Some(lost.into());
        self
    }
}

/// Whether a finding is for information or waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingWeight {
    /// Listed, and nobody has to act.
    Notice,
    /// A person with authority should look and decide; on the server it opens a conflict.
    Review,
}

/// The closed list of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// One device closed an order while another voided it: it counts as closed, because closed carries money.
    CloseVoid,
    /// Two people gave away the same line: the first one's reason stands.
    LineAlreadyComped,
    /// Two people wrote the same note: the later one shows, the other is kept here.
    NoteReplaced,
    /// Two people set the same field without seeing each other: the later one stands until somebody decides.
    FieldConflict,
    /// Two people changed a line's modifiers without seeing each other: the later choice stands.
    ModifiersReplaced,
    /// Two people moved the same line or payment to different checks: the later move stands.
    MovedTwice,
    /// A discount that may be given once was given twice: the first one counts.
    DupDiscount,
    /// An edit reached something that was already taken away: it stays away, and the edit is kept.
    EditAfterDelete,
    /// The kitchen was told another quantity than stands on the bill, because two devices did not see each other.
    FiredQtyDiffers,
    /// Two people entered a tip for the same payment: the later one stands.
    TipReplaced,
    /// A tip was entered after the card batch was closed: it has no effect, a tip adjustment would.
    TipAfterCapture,
    /// More was given back than was paid.
    OverRefunded,
    /// The device's total differs from the one computed from the order's facts; the computed one counts.
    TotalMismatch,
    /// A line was sold at another price than the menu of that moment: the price the guest was told is honoured.
    PriceStale,
    /// A line's price differs from the menu of that moment by more than the tenant allows without a look.
    PriceSuspect,
    /// Somebody was clocked in on a second device while on the clock: the earliest counts.
    DoubleIn,
    /// Somebody clocked out without having clocked in.
    OutWithoutIn,
    /// Nobody clocked out by the end of the business day: the view ends there, and no event is invented.
    OpenAtDayClose,
    /// Two timecards of one person overlap.
    Overlap,
    /// A break was still open at the end of the shift, or ended without having begun.
    BreakOpen,
    /// A shift of more than sixteen hours.
    LongShift,
    /// A punch lies in the future.
    Future,
    /// The device could not vouch for the time of a punch.
    UnverifiedTime,
    /// A punch was amended more than once: the latest amendment counts.
    AmendedTwice,
    /// A drawer was opened on a second device while open: both sessions are kept.
    DrawerDoubleOpen,
    /// Something happened in a drawer after it was closed, or before it was opened.
    DrawerNotOpen,
    /// A drawer was counted more than once: the last count stands.
    DrawerCountedTwice,
    /// A device's audit chain does not follow from what came before: an entry was altered, removed or put in.
    ChainBreak,
    /// Somebody whose rights had been taken away acted: facts are kept, privileged changes wait.
    ActorRevoked,
    /// Somebody acted under a grant that was not valid at that time.
    GrantNotValid,
    /// A shift lacked the break that was due.
    MissedBreak,
}

impl FindingCode {
    /// Every finding.
    pub const ALL: [Self; 37] = [
        Self::LateLine,
        Self::QtyMerged,
        Self::Overpaid,
        Self::TicketNoReused,
        Self::ClockAhead,
        Self::LineAlreadyVoid,
        Self::CloseVoid,
        Self::LineAlreadyComped,
        Self::NoteReplaced,
        Self::FieldConflict,
        Self::ModifiersReplaced,
        Self::MovedTwice,
        Self::DupDiscount,
        Self::EditAfterDelete,
        Self::FiredQtyDiffers,
        Self::TipReplaced,
        Self::TipAfterCapture,
        Self::OverRefunded,
        Self::TotalMismatch,
        Self::PriceStale,
        Self::PriceSuspect,
        Self::DoubleIn,
        Self::OutWithoutIn,
        Self::OpenAtDayClose,
        Self::Overlap,
        Self::BreakOpen,
        Self::LongShift,
        Self::Future,
        Self::UnverifiedTime,
        Self::AmendedTwice,
        Self::DrawerDoubleOpen,
        Self::DrawerNotOpen,
        Self::DrawerCountedTwice,
        Self::ChainBreak,
        Self::ActorRevoked,
        Self::GrantNotValid,
        Self::MissedBreak,
    ];

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
            Self::CloseVoid => "CLOSE_VOID",
            Self::LineAlreadyComped => "LINE_ALREADY_COMPED",
            Self::NoteReplaced => "NOTE_REPLACED",
            Self::FieldConflict => "FIELD_CONFLICT",
            Self::ModifiersReplaced => "MODIFIERS_REPLACED",
            Self::MovedTwice => "MOVED_TWICE",
            Self::DupDiscount => "DUP_DISCOUNT",
            Self::EditAfterDelete => "EDIT_AFTER_DELETE",
            Self::FiredQtyDiffers => "FIRED_QTY_DIFFERS",
            Self::TipReplaced => "TIP_REPLACED",
            Self::TipAfterCapture => "TIP_AFTER_CAPTURE",
            Self::OverRefunded => "OVER_REFUNDED",
            Self::TotalMismatch => "TOTAL_MISMATCH",
            Self::PriceStale => "PRICE_STALE",
            Self::PriceSuspect => "PRICE_SUSPECT",
            Self::DoubleIn => "DOUBLE_IN",
            Self::OutWithoutIn => "OUT_WITHOUT_IN",
            Self::OpenAtDayClose => "OPEN_AT_DAY_CLOSE",
            Self::Overlap => "OVERLAP",
            Self::BreakOpen => "BREAK_OPEN",
            Self::LongShift => "LONG_SHIFT",
            Self::Future => "FUTURE",
            Self::UnverifiedTime => "UNVERIFIED_TIME",
            Self::AmendedTwice => "AMENDED_TWICE",
            Self::DrawerDoubleOpen => "DRAWER_DOUBLE_OPEN",
            Self::DrawerNotOpen => "DRAWER_NOT_OPEN",
            Self::DrawerCountedTwice => "DRAWER_COUNTED_TWICE",
            Self::ChainBreak => "CHAIN_BREAK",
            Self::ActorRevoked => "ACTOR_REVOKED",
            Self::GrantNotValid => "GRANT_NOT_VALID",
            Self::MissedBreak => "MISSED_BREAK",
        }
    }

    /// Whether somebody should look.
    #[must_use]
    pub const fn weight(self) -> FindingWeight {
        match self {
            Self::LateLine
            | Self::Overpaid
            | Self::TicketNoReused
            | Self::CloseVoid
            | Self::FieldConflict
            | Self::FiredQtyDiffers
            | Self::OverRefunded
            | Self::TotalMismatch
            | Self::PriceSuspect
            | Self::DoubleIn
            | Self::OutWithoutIn
            | Self::OpenAtDayClose
            | Self::Overlap
            | Self::BreakOpen
            | Self::LongShift
            | Self::Future
            | Self::UnverifiedTime
            | Self::DrawerDoubleOpen
            | Self::DrawerNotOpen
            | Self::ChainBreak
            | Self::ActorRevoked
            | Self::GrantNotValid
            | Self::MissedBreak => FindingWeight::Review,
            Self::QtyMerged
            | Self::ClockAhead
            | Self::LineAlreadyVoid
            | Self::LineAlreadyComped
            | Self::NoteReplaced
            | Self::ModifiersReplaced
            | Self::MovedTwice
            | Self::DupDiscount
            | Self::EditAfterDelete
            | Self::TipReplaced
            | Self::TipAfterCapture
            | Self::PriceStale
            | Self::AmendedTwice
            | Self::DrawerCountedTwice => FindingWeight::Notice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_findings_is_closed_and_each_is_written_as_it_is_named() {
        // Reading an unknown code names every known one.
        let error = serde_json::from_str::<FindingCode>(r#""?""#).unwrap_err().to_string();
        assert_eq!(error.matches('`').count() / 2, FindingCode::ALL.len() + 1, "ALL holds every finding");
        for code in FindingCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!(error.contains(code.as_str()));
        }
    }
}
