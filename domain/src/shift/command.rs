//! What a person asks of the clock, and whether this device lets them.
//!
//! The device can only go by what it sees; a punch that another device took meanwhile shows as a finding later. A clock that
//! is wrong is no reason to refuse a punch of one's own. What is refused changes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::log::ShiftLog;
use super::on_clock::running;
use super::punch::{
    Acknowledge, Amend, BreakAttestation, BreakEnd, BreakStart, BreakTypeId, ClockIn, ClockOut, JobId, Proposal, Punch,
    PunchKind, ShiftChange,
};
use super::rules::ShiftRules;
use super::timecard::{SetAsideReason, StaffTimecards, Timecard, cards_of};
use crate::finding::FindingCode;
use crate::ids::{PunchId, StaffId};
use crate::limits::Label;
use crate::money::{AMOUNT_MINOR_MAX, Money};
use crate::rejection::{Rejection, RejectionCode};
use crate::time::Timestamp;
use crate::time_confidence::TimeEvidence;

/// Something a person asks of the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ShiftCommand {
    /// To come on the clock.
    ClockIn {
        /// What as.
        job: JobId,
    },
    /// To go on a break.
    BreakStart {
        /// Which.
        break_type: BreakTypeId,
    },
    /// To come back from it.
    BreakEnd,
    /// To leave.
    ClockOut {
        /// Cash tips taken home.
        declared_cash_tips_minor: Money,
        /// What they say about a break they were due and did not take.
        #[serde(default)]
        break_attestation: Option<BreakAttestation>,
    },
    /// To correct a punch.
    Amend {
        /// Whose punch it is; one's own where absent.
        #[serde(default)]
        staff_id: Option<StaffId>,
        /// The punch.
        target: PunchId,
        /// What should stand.
        proposes: Proposal,
        /// Why.
        reason: String,
        /// Whether the person whose hours they are agrees.
        employee_ack: bool,
    },
    /// To agree to a correction.
    Acknowledge {
        /// The amendment.
        target: PunchId,
    },
}

impl ShiftCommand {
    /// Whose hours it is about, where `actor` gives it.
    #[must_use]
    pub const fn whose<'a>(&'a self, actor: &'a StaffId) -> &'a StaffId {
        match self {
            Self::Amend { staff_id: Some(staff_id), .. } => staff_id,
            Self::Amend { staff_id: None, .. }
            | Self::ClockIn { .. }
            | Self::BreakStart { .. }
            | Self::BreakEnd
            | Self::ClockOut { .. }
            | Self::Acknowledge { .. } => actor,
        }
    }

    /// Turns the command into the change that carries it out, if `logs`, the logs of `staff` that this device holds of this
    /// day and those around it, allow it. `time` is now. Whether the person giving the command may is decided elsewhere.
    ///
    /// # Errors
    /// `CLOCK_STATE` when they are on the clock, on a break, or neither; `PUNCH_UNKNOWN` and `TIME_ORDER` for an amendment of
    /// nothing, or to a time that cannot be; `FIELD_INVALID` for an empty reason, negative tips or an unknown break.
    pub fn plan(
        self,
        punch_id: PunchId,
        staff: &StaffId,
        time: TimeEvidence,
        logs: &[&ShiftLog],
        rules: &ShiftRules,
    ) -> Result<ShiftChange, Rejection> {
        let desk = Desk::new(staff, logs, rules, time.corrected);
        match self {
            Self::ClockIn { job } => {
                desk.refuse_second_in()?;
                Ok(ShiftChange::ClockIn(ClockIn { punch_id, time, job }))
            }
            Self::BreakStart { break_type } => {
                desk.on_the_clock_and_at_work("go on a break")?;
                desk.known_break(&break_type)?;
                Ok(ShiftChange::BreakStart(BreakStart { punch_id, time, break_type }))
            }
            Self::BreakEnd => {
                desk.on_a_break()?;
                Ok(ShiftChange::BreakEnd(BreakEnd { punch_id, time }))
            }
            Self::ClockOut { declared_cash_tips_minor, break_attestation } => {
                let card = desk.on_the_clock_and_at_work("clock out")?;
                if declared_cash_tips_minor < Money::ZERO {
                    let message = "Declared tips must be zero or more.";
                    return Err(invalid("declaredCashTipsMinor", message).within(0, AMOUNT_MINOR_MAX));
                }
                desk.asked_about_break(card, break_attestation)?;
                let out = ClockOut { punch_id, time, declared_cash_tips_minor, break_attestation };
                Ok(ShiftChange::ClockOut(out))
            }
            Self::Amend { staff_id: _, target, proposes, reason, employee_ack } => {
                let reason = Some(reason).filter(|reason| !reason.trim().is_empty());
                let reason = reason.and_then(|reason| Label::try_from(reason).ok());
                let reason = reason.ok_or_else(|| invalid("reason", "Say why, in at most 4,096 bytes."))?;
                let amend = Amend { punch_id, time, target, proposes, reason, employee_ack };
                desk.refuse_impossible(&amend)?;
                Ok(ShiftChange::Amend(amend))
            }
            Self::Acknowledge { target } => {
                let known = desk.punches.get(&target).map(|punch| &punch.change);
                if !matches!(known, Some(ShiftChange::Amend(_))) {
                    let message = "There is no such correction on this device.";
                    return Err(Rejection::new(RejectionCode::PunchUnknown, "target", message));
                }
                Ok(ShiftChange::Acknowledge(Acknowledge { punch_id, time, target }))
            }
        }
    }
}

/// What the device sees of one person's hours.
struct Desk<'a> {
    staff: &'a StaffId,
    punches: BTreeMap<PunchId, &'a Punch>,
    rules: &'a ShiftRules,
    now: Timestamp,
    cards: StaffTimecards,
}

impl<'a> Desk<'a> {
    fn new(staff: &'a StaffId, logs: &[&'a ShiftLog], rules: &'a ShiftRules, now: Timestamp) -> Self {
        let own = logs.iter().filter(|log| log.staff_id == *staff);
        let punches = own.flat_map(|log| &log.punches).map(|(id, punch)| (*id, punch)).collect();
        let cards = cards_of(staff, &punches, rules, now);
        Self { staff, punches, rules, now, cards }
    }

    fn refuse_second_in(&self) -> Result<(), Rejection> {
        match running(&self.cards, self.now) {
            // A shift that the business day ended does not keep anybody from the next one.
            Some((card, since)) if !card.auto => {
                let since = self.rules.zone.clock_text(since);
                Err(clock_state(format!("You are already on the clock, since {since}.")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn on_the_clock_and_at_work(&self, wish: &str) -> Result<&Timecard, Rejection> {
        let card = self.on_the_clock()?;
        match card.breaks.last() {
            Some(pause) if pause.end.is_none() => {
                let since = self.rules.zone.clock_text(pause.start.at);
                Err(clock_state(format!("You are on a break since {since}. End it before you {wish}.")))
            }
            Some(_) | None => Ok(card),
        }
    }

    fn on_a_break(&self) -> Result<(), Rejection> {
        let card = self.on_the_clock()?;
        if card.breaks.last().is_some_and(|pause| pause.end.is_none()) {
            Ok(())
        } else {
            Err(clock_state("You are not on a break.".to_owned()))
        }
    }

    fn on_the_clock(&self) -> Result<&Timecard, Rejection> {
        if let Some((card, _)) = running(&self.cards, self.now) {
            return Ok(card);
        }
        let message = if self.cards.cards.last().is_some_and(|card| card.auto) {
            "You are not on the clock: your last shift ended with its day. Ask a manager to correct it."
        } else {
            "You are not on the clock."
        };
        Err(clock_state(message.to_owned()))
    }

    fn known_break(&self, id: &BreakTypeId) -> Result<(), Rejection> {
        let policy = &self.rules.breaks;
        if policy.types.is_empty() || policy.type_of(id).is_some() {
            return Ok(());
        }
        let known: Vec<_> = policy.types.iter().map(|kind| kind.name.as_str()).collect();
        Err(invalid("breakType", format!("There is no such break here, only: {}.", known.join(", "))))
    }

    fn asked_about_break(&self, card: &Timecard, said: Option<BreakAttestation>) -> Result<(), Rejection> {
        let policy = &self.rules.breaks;
        let worked = card.start.as_ref().map_or(0, |start| start.ms_until_moment(self.now));
        let ask = policy.required.is_some_and(|required| required.attest);
        if ask && said.is_none() && policy.misses_break(card, worked) {
            return Err(invalid(
                "break_attestation",
                "You were due a break. Say whether you took it, and if not, why.",
            ));
        }
        Ok(())
    }

    fn refuse_impossible(&self, amend: &Amend) -> Result<(), Rejection> {
        if self.punches.get(&amend.target).is_none_or(|punch| punch.change.punch_kind().is_none()) {
            let message = "There is no such punch on this device. To correct a correction, correct its punch again.";
            return Err(Rejection::new(RejectionCode::PunchUnknown, "target", message));
        }
        if amend.proposes.at > self.now {
            return Err(time_order("The corrected time lies in the future."));
        }
        // What would stand afterwards, against what stands: a correction may mend the order of punches, not break it.
        let Some(stamp) = self.punches.values().map(|punch| &punch.stamp).max().cloned() else { return Ok(()) };
        let added = Punch { by: self.staff.clone(), stamp, change: ShiftChange::Amend(amend.clone()) };
        let mut amended = self.punches.clone();
        amended.insert(amend.punch_id, &added);
        if disorder(&cards_of(self.staff, &amended, self.rules, self.now)) > disorder(&self.cards) {
            return Err(time_order(match amend.proposes.kind {
                PunchKind::ClockIn => "They would have come on the clock after they left, or while on it.",
                PunchKind::ClockOut => "They would have left before they came on the clock, or while on a break.",
                PunchKind::BreakStart | PunchKind::BreakEnd => "The break would not lie within the shift.",
            }));
        }
        Ok(())
    }
}

/// How many things in the cards cannot have been.
fn disorder(staff: &StaffTimecards) -> usize {
    let of_card = |card: &Timecard| {
        let stray = usize::from(card.start.is_none());
        let ends = card.start.as_ref().zip(card.end.as_ref());
        let reversed = usize::from(ends.is_some_and(|(start, end)| end.counted <= start.counted));
        let asides = card.set_aside.iter().filter(|aside| aside.reason == SetAsideReason::BreakOrder).count();
        let overlaps = card.findings.iter().filter(|finding| finding.code == FindingCode::Overlap).count();
        stray + reversed + asides + overlaps
    };
    staff.cards.iter().map(of_card).sum()
}

fn invalid(field: &str, message: impl Into<String>) -> Rejection {
    Rejection::new(RejectionCode::FieldInvalid, field, message)
}

fn clock_state(message: String) -> Rejection {
    Rejection::new(RejectionCode::ClockState, "type", message)
}

fn time_order(message: &str) -> Rejection {
    Rejection::new(RejectionCode::TimeOrder, "proposes.at", message)
}
