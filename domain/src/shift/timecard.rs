//! Timecards: what a person, a manager and the payroll see of the punches.

use std::collections::BTreeMap;

use serde::Serialize;

use super::log::ShiftLog;
use super::punch::{BreakAttestation, BreakTypeId, JobId, Punch, PunchKind};
use super::rules::ShiftRules;
use super::timeline::Timeline;
use crate::finding::{Finding, FindingCode, FindingWeight};
use crate::ids::{DeviceId, PunchId, StaffId};
use crate::limits::Label;
use crate::money::Money;
use crate::time::{BusinessDate, Timestamp};
use crate::time_confidence::{ClockReading, TimeConfidence};

/// A longer shift is looked at, in milliseconds: sixteen hours.
pub(super) const LONG_SHIFT_MS: u64 = 16 * 3_600_000;

/// Reads the timecards of everybody in the logs, which are all of one location. `now` is the moment of looking: it decides
/// which shifts are still running and which punches lie in the future.
#[must_use]
pub fn timecards<'a>(
    logs: impl IntoIterator<Item = &'a ShiftLog>,
    rules: &ShiftRules,
    now: Timestamp,
) -> Vec<StaffTimecards> {
    let mut by_staff = BTreeMap::<&StaffId, BTreeMap<PunchId, _>>::new();
    for log in logs {
        by_staff.entry(&log.staff_id).or_default().extend(log.punches.iter().map(|(id, punch)| (*id, punch)));
    }
    by_staff.into_iter().map(|(staff, punches)| cards_of(staff, &punches, rules, now)).collect()
}

/// Reads one person's timecards.
pub(super) fn cards_of(
    staff: &StaffId,
    punches: &BTreeMap<PunchId, &Punch>,
    rules: &ShiftRules,
    now: Timestamp,
) -> StaffTimecards {
    let timeline = Timeline::of(punches);
    let waiting = timeline.waiting().to_vec();
    let mut cards = timeline.into_cards(staff, rules, now);
    flag_overlaps(&mut cards);
    for card in &mut cards {
        card.needs_review = card.findings.iter().any(|finding| finding.code.weight() == FindingWeight::Review);
    }
    StaffTimecards { staff_id: staff.clone(), cards, waiting }
}

/// One person's timecards, earliest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaffTimecards {
    /// Whose.
    pub staff_id: StaffId,
    /// The cards.
    pub cards: Vec<Timecard>,
    /// Amendments and acknowledgements whose punch is not in the logs that were read.
    pub waiting: Vec<PunchId>,
}

/// One shift, as far as the punches tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timecard {
    /// The day it counts for: that of its clock-in.
    pub business_date: BusinessDate,
    /// What they worked as.
    pub job: Option<JobId>,
    /// The punch that began it; nothing when they clocked out without having clocked in.
    pub start: Option<TimecardPunch>,
    /// The punch that ended it; nothing while it runs, and nothing when nobody ended it.
    pub end: Option<TimecardPunch>,
    /// When it ended: the time of `end`, or the end of the business day when nobody ended it.
    pub ended_at: Option<Timestamp>,
    /// Whether the end is the view's own: nobody clocked out by the end of the business day.
    pub auto: bool,
    /// Breaks, earliest first.
    pub breaks: Vec<TimecardBreak>,
    /// Punches that count for nothing here, each with its reason.
    pub set_aside: Vec<SetAside>,
    /// Cash tips they declared.
    pub declared_cash_tips_minor: Option<Money>,
    /// What they said about a break they were due.
    pub break_attestation: Option<BreakAttestation>,
    /// Working time that is paid, in milliseconds; nothing while the shift runs or its start is not known.
    pub paid_ms: Option<u64>,
    /// The same in whole minutes begun and completed.
    pub paid_minutes: Option<u64>,
    /// What somebody may want to know.
    pub findings: Vec<Finding>,
    /// Whether one of the findings waits for a person.
    pub needs_review: bool,
}

/// A punch as a timecard shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimecardPunch {
    /// The punch, or the amendment that added it.
    pub punch_id: PunchId,
    /// Which punch.
    pub kind: PunchKind,
    /// The time that counts on screen: as entered, unless the clock was wrong by a minute or more or somebody amended it.
    pub at: Timestamp,
    /// The time that counts for durations.
    pub counted: Timestamp,
    /// What was punched, whatever was amended since; nothing where an amendment added the punch.
    pub original: Option<OriginalPunch>,
    /// Every amendment of it, earliest first: the last one counts.
    pub amendments: Vec<TimecardAmendment>,
}

/// What was punched, as it was punched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OriginalPunch {
    /// What the clocks showed.
    pub reading: ClockReading,
    /// The time taken from them.
    pub corrected: Timestamp,
    /// How far that is trusted.
    pub confidence: TimeConfidence,
    /// On which device.
    pub device_id: DeviceId,
    /// By whom.
    pub by: StaffId,
}

/// An amendment as a timecard shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimecardAmendment {
    /// Identity.
    pub punch_id: PunchId,
    /// The time it proposes.
    pub at: Timestamp,
    /// Why.
    pub reason: Label,
    /// By whom.
    pub by: StaffId,
    /// Whether the person whose hours they are agreed, then or later.
    pub acknowledged: bool,
}

/// A break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimecardBreak {
    /// Which break.
    pub break_type: Option<BreakTypeId>,
    /// Its beginning.
    pub start: TimecardPunch,
    /// Its end; nothing while it runs, and nothing when the shift ended it.
    pub end: Option<TimecardPunch>,
    /// Its length in milliseconds; nothing while it runs.
    pub ms: Option<u64>,
    /// Whether it counts as working time.
    pub paid: bool,
    /// Whether it was shorter than a break of its kind must be.
    pub short: bool,
}

/// A punch that counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// The punch.
    pub punch: TimecardPunch,
    /// Why.
    pub reason: SetAsideReason,
}

/// Why a punch counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SetAsideReason {
    /// They were on the clock already.
    SecondIn,
    /// An amendment says when they left.
    Replaced,
    /// They were on a break already, or on none.
    BreakOrder,
}

impl TimecardPunch {
    /// Milliseconds from this punch to a later one: by the monotonic clock when one run of one device saw both as they
    /// stand, else by the times that count. Never negative.
    pub(super) fn ms_until(&self, later: &Self) -> u64 {
        let counted = match (self.unamended(), later.unamended()) {
            (Some(start), Some(end)) if start.device_id == end.device_id => end.reading.elapsed_since(&start.reading),
            (Some(_) | None, Some(_) | None) => None,
        };
        counted.unwrap_or_else(|| self.ms_until_moment(later.counted))
    }

    pub(super) fn ms_until_moment(&self, later: Timestamp) -> u64 {
        u64::try_from(later.since(self.counted)).unwrap_or(0)
    }

    pub(super) fn unamended(&self) -> Option<&OriginalPunch> {
        if self.amendments.is_empty() { self.original.as_ref() } else { None }
    }
}

impl Timecard {
    /// Every punch the card lists.
    pub(super) fn punches(&self) -> impl Iterator<Item = &TimecardPunch> {
        let breaks = self.breaks.iter().flat_map(|pause| [Some(&pause.start), pause.end.as_ref()]);
        let ends = [self.start.as_ref(), self.end.as_ref()].into_iter();
        ends.chain(breaks).flatten().chain(self.set_aside.iter().map(|aside| &aside.punch))
    }
}

fn flag_overlaps(cards: &mut [Timecard]) {
    cards.sort_by_key(|card| card.punches().map(|punch| (punch.counted, punch.punch_id)).min());
    let mut latest: Option<(usize, Timestamp)> = None;
    for position in 0..cards.len() {
        let Some((start, end)) =
            cards.get(position).and_then(|card| Some((card.start.as_ref()?.counted, card.ended_at)))
        else {
            continue;
        };
        if let Some((other, until)) = latest
            && start < until
        {
            let message = format!("a shift that began at {start} overlaps one that ended at {until}");
            for position in [other, position] {
                if let Some(card) = cards.get_mut(position) {
                    card.findings.push(Finding::new(FindingCode::Overlap, message.clone()));
                }
            }
        }
        let end = end.unwrap_or(start);
        if latest.is_none_or(|(_, until)| until < end) {
            latest = Some((position, end));
        }
    }
}
