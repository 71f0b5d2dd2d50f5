//! Who is at work.

use serde::Serialize;

use super::log::ShiftLog;
use super::punch::{BreakTypeId, JobId};
use super::rules::ShiftRules;
use super::timecard::{LONG_SHIFT_MS, StaffTimecards, Timecard, TimecardBreak, timecards};
use crate::ids::StaffId;
use crate::time::Timestamp;

/// Somebody who is on the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnTheClock {
    /// Who.
    pub staff_id: StaffId,
    /// Since when.
    pub since: Timestamp,
    /// What they work as.
    pub job: Option<JobId>,
    /// The break they are on, if they are on one.
    pub on_break: Option<OnBreak>,
}

/// A break that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnBreak {
    /// Which break.
    pub break_type: Option<BreakTypeId>,
    /// Since when.
    pub since: Timestamp,
}

/// Everybody who is on the clock at a moment, by their ids. Somebody who works past the end of the business day still is,
/// until their shift is longer than any shift should be.
#[must_use]
pub fn on_the_clock<'a>(
    logs: impl IntoIterator<Item = &'a ShiftLog>,
    rules: &ShiftRules,
    at: Timestamp,
) -> Vec<OnTheClock> {
    let staff = timecards(logs, rules, at);
    let present = staff.iter().filter_map(|staff| {
        let (card, since) = running(staff, at)?;
        let pause = card.breaks.iter().find(|pause| covers(pause, at));
        let on_break = pause.map(|pause| OnBreak { break_type: pause.break_type.clone(), since: pause.start.at });
        Some(OnTheClock { staff_id: staff.staff_id.clone(), since, job: card.job.clone(), on_break })
    });
    present.collect()
}

/// The shift that runs at a moment and when it began.
pub(super) fn running(staff: &StaffTimecards, at: Timestamp) -> Option<(&Timecard, Timestamp)> {
    let begun = |card: &&Timecard| card.start.as_ref().is_some_and(|start| start.counted <= at);
    let card = staff.cards.iter().rfind(begun)?;
    let start = card.start.as_ref()?;
    let running = match (&card.end, card.auto) {
        (Some(end), _) => at < end.counted,
        (None, true) => start.ms_until_moment(at) <= LONG_SHIFT_MS,
        (None, false) => true,
    };
    running.then_some((card, start.at))
}

fn covers(pause: &TimecardBreak, at: Timestamp) -> bool {
    pause.start.counted <= at && pause.end.as_ref().is_none_or(|end| at < end.counted)
}
