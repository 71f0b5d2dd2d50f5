//! What a tenant and a location decide about working time: breaks, the zone, and when the day starts.

use serde::{Deserialize, Serialize};

use super::punch::{BreakAttestation, BreakTypeId};
use super::timecard::{Timecard, TimecardBreak};
use crate::limits::Label;
use crate::schema::{Upcaster, Versioned};
use crate::zone::Zone;

/// The rules that a location's timecards are read by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftRules {
    /// The location's clock.
    pub zone: Zone,
    /// The hour its business day starts, 0 to 23.
    pub cut_over_hour: u8,
    /// Its breaks.
    pub breaks: BreakPolicy,
}

impl Versioned for ShiftRules {
    const NAME: &'static str = "shift rules";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl ShiftRules {
    /// The hour a business day starts where nobody chose another.
    pub const CUT_OVER_HOUR: u8 = 4;
}

/// A tenant's rules about breaks. Without any, every break is paid and none is due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakPolicy {
    /// The breaks there are.
    pub types: Vec<BreakType>,
    /// The break that is due in a long shift, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<RequiredBreak>,
}

impl BreakPolicy {
    /// The break of that id.
    #[must_use]
    pub fn type_of(&self, id: &BreakTypeId) -> Option<&BreakType> {
        self.types.iter().find(|kind| kind.id == *id)
    }

    /// Whether a shift so many milliseconds long lacks the break it was due: one that is long enough and began in time.
    pub(super) fn misses_break(&self, card: &Timecard, shift_ms: u64) -> bool {
        let Some((required, start)) = self.required.zip(card.start.as_ref()) else { return false };
        let due_ms = u64::from(required.after_minutes) * 60_000;
        let in_time = |pause: &TimecardBreak| !pause.short && start.ms_until(&pause.start) <= due_ms;
        let taken = card.breaks.iter().any(in_time) || card.break_attestation == Some(BreakAttestation::Taken);
        card.break_attestation == Some(BreakAttestation::Prevented) || (shift_ms > due_ms && !taken)
    }

    pub(super) fn missed_message(&self, attestation: Option<BreakAttestation>) -> String {
        let minutes = self.required.map_or(0, |required| required.after_minutes);
        let said = match attestation {
            None => "and nothing was said about it",
            Some(BreakAttestation::Taken) => "though it is said to have been taken",
            Some(BreakAttestation::Waived) => "by their own will",
            Some(BreakAttestation::Prevented) => "because work did not let them",
        };
        format!("no break in the first {minutes} minutes, {said}")
    }
}

/// A kind of break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakType {
    /// Identity.
    pub id: BreakTypeId,
    /// Its name on screen.
    pub name: Label,
    /// Whether it counts as working time.
    pub paid: bool,
    /// How long it must be to count as a break, in minutes. A shorter one is paid, whatever its kind: a rest too short to be
    /// used for oneself is working time (29 CFR 785.18).
    pub min_minutes: u16,
}

/// A break that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredBreak {
    /// A shift longer than this needs a break that begins by then, in minutes.
    pub after_minutes: u16,
    /// Whether somebody who clocks out without it is asked why.
    pub attest: bool,
}
