//! One person's punches of one business day at one location: a set that only grows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use super::punch::{Punch, PunchKind, ShiftChange};
use crate::finding::{Finding, FindingCode};
use crate::ids::{LocationId, PunchId, StaffId};
use crate::money::{AMOUNT_MINOR_MAX, Money};
use crate::order::ChangeContext;
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Record, Upcaster, Versioned};
use crate::time::BusinessDate;
use crate::time_confidence::TimeConfidence;

/// Events a log may hold.
pub const PUNCHES_MAX: usize = 200;

/// The punches of one person on one business day at one location. The day is where a punch is filed, nothing more: a shift
/// may begin in one log and end in the next, and timecards are read from all of them together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShiftLog {
    /// The version of this record's form.
    pub schema: u16,
    /// Whose hours they are.
    pub staff_id: StaffId,
    /// Where.
    pub location_id: LocationId,
    /// The day it files.
    pub business_date: BusinessDate,
    /// Every event, none of them ever changed or taken away.
    pub punches: BTreeMap<PunchId, Punch>,
}

impl Versioned for ShiftLog {
    const NAME: &'static str = "shift log";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for ShiftLog {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl ShiftLog {
    /// A log without punches.
    #[must_use]
    pub const fn new(staff_id: StaffId, location_id: LocationId, business_date: BusinessDate) -> Self {
        Self { schema: Self::SCHEMA, staff_id, location_id, business_date, punches: BTreeMap::new() }
    }

    /// Adds one event. Adding one that the log holds already does nothing. Whatever order events arrive in, the log is the
    /// same; which of two made a finding apparent is not, so timecards hold the full list.
    ///
    /// # Errors
    /// `IMMUTABLE_CHANGED` when the id came before with another content, `CHANGE_INVALID` for negative tips,
    /// `LIMIT_EXCEEDED` beyond [`PUNCHES_MAX`] events. The log is then unchanged.
    pub fn apply(&mut self, change: &ShiftChange, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let invalid = match change {
            ShiftChange::ClockOut(out) => out.declared_cash_tips_minor < Money::ZERO,
            ShiftChange::ClockIn(_)
            | ShiftChange::BreakStart(_)
            | ShiftChange::BreakEnd(_)
            | ShiftChange::Amend(_)
            | ShiftChange::Acknowledge(_) => false,
        };
        if invalid {
            let message = "declared tips must be zero or more";
            let rejection = Rejection::new(RejectionCode::ChangeInvalid, "declared_cash_tips_minor", message);
            return Err(rejection.within(0, AMOUNT_MINOR_MAX));
        }
        let (id, full) = (change.punch_id(), self.punches.len() >= PUNCHES_MAX);
        let doubles_before = self.double_ins();
        match self.punches.entry(id) {
            Entry::Occupied(mut known) => return keep(known.get_mut(), change, context),
            Entry::Vacant(_) if full => {
                let message = format!("a day's log holds at most {PUNCHES_MAX} punches");
                return Err(Rejection::new(RejectionCode::LimitExceeded, "punch_id", message));
            }
            Entry::Vacant(free) => {
                free.insert(Punch { by: context.staff.clone(), stamp: context.stamp.clone(), change: change.clone() });
            }
        }
        Ok(self.noticed(change, &doubles_before))
    }

    fn noticed(&self, change: &ShiftChange, doubles_before: &[(PunchId, PunchId)]) -> Vec<Finding> {
        let mut findings = Vec::new();
        if change.time().confidence == TimeConfidence::Unverified {
            let message = format!("the device could not vouch for {}", change.time().corrected);
            findings.push(Finding::new(FindingCode::UnverifiedTime, message));
        }
        for (first, second) in self.double_ins() {
            if !doubles_before.contains(&(first, second))
                && let (Some(first), Some(second)) = (self.punches.get(&first), self.punches.get(&second))
            {
                findings.push(double_in(&self.staff_id, first, second));
            }
        }
        findings.extend(self.amended_twice(change));
        findings
    }

    /// Pairs of clock-ins without a clock-out between them.
    fn double_ins(&self) -> Vec<(PunchId, PunchId)> {
        let mut punches: Vec<_> = self.punches.iter().collect();
        punches.sort_by_key(|(id, punch)| (punch.change.time().corrected, **id));
        let (mut open, mut doubles) = (None, Vec::new());
        for (id, punch) in punches {
            match (punch.change.punch_kind(), open) {
                (Some(PunchKind::ClockIn), None) => open = Some(*id),
                (Some(PunchKind::ClockIn), Some(first)) => doubles.push((first, *id)),
                (Some(PunchKind::ClockOut), _) => open = None,
                (Some(PunchKind::BreakStart | PunchKind::BreakEnd) | None, _) => {}
            }
        }
        doubles
    }

    fn amended_twice(&self, change: &ShiftChange) -> Option<Finding> {
        let ShiftChange::Amend(amend) = change else { return None };
        let mut same: Vec<_> = self
            .punches
            .values()
            .filter_map(|punch| match &punch.change {
                ShiftChange::Amend(other)
                    if other.target == amend.target && other.proposes.kind == amend.proposes.kind =>
                {
                    Some((&punch.stamp, other))
                }
                ShiftChange::Amend(_)
                | ShiftChange::ClockIn(_)
                | ShiftChange::BreakStart(_)
                | ShiftChange::BreakEnd(_)
                | ShiftChange::ClockOut(_)
                | ShiftChange::Acknowledge(_) => None,
            })
            .collect();
        same.sort_by_key(|(stamp, other)| (*stamp, other.punch_id));
        let ((_, kept), lost) = same.split_last()?;
        let (_, lost) = lost.last()?;
        let (kept, lost) = (kept.proposes.at.to_string(), lost.proposes.at.to_string());
        let message = format!("a punch was amended to {kept} and to {lost}; the later amendment counts");
        Some(Finding::new(FindingCode::AmendedTwice, message).between("proposes.at", kept, lost))
    }
}

/// The sentence about somebody who came on the clock twice.
pub(super) fn double_in(staff: &StaffId, first: &Punch, second: &Punch) -> Finding {
    let (kept, lost) = (first.change.time().corrected.to_string(), second.change.time().corrected.to_string());
    let (here, there) = (first.stamp.device(), second.stamp.device());
    let message = format!("{staff} clocked in at {kept} on {here} and again at {lost} on {there}; the first counts");
    Finding::new(FindingCode::DoubleIn, message).between("start", kept, lost)
}

fn keep(known: &mut Punch, change: &ShiftChange, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
    let same = known.change == *change && known.by == *context.staff && known.stamp.device() == context.stamp.device();
    if !same {
        let message = format!("punch {} already says something else", change.punch_id());
        return Err(Rejection::new(RejectionCode::ImmutableChanged, "punch_id", message));
    }
    // The server may have clamped the stamp of one copy: of both, the same one stays whichever came first.
    if *context.stamp < known.stamp {
        known.stamp = context.stamp.clone();
    }
    Ok(Vec::new())
}
