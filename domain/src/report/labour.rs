//! What the hours of a day were, and what they cost beside what was sold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::breakdown::Breakdown;
use crate::ids::StaffId;
use crate::money::{Money, MoneyError};
use crate::shift::{StaffTimecards, Timecard};
use crate::time::{BusinessDate, Timestamp};

/// What an hour of each person costs, in minor units; whoever knows no wages leaves the table out.
pub type Wages = BTreeMap<StaffId, Money>;

/// The hours of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Labour {
    /// Paid minutes, begun and completed; a running shift counts until the moment of the report.
    pub minutes: i64,
    /// The same by person.
    pub by_staff_minutes: Breakdown<StaffId, i64>,
    /// Shifts of which the length is not known, because nobody clocked in: their minutes are not in the figures.
    pub shifts_unknown: i64,
    /// What the minutes cost; nothing unless everybody who worked has a wage in the table.
    pub cost_minor: Option<Money>,
    /// The cost as a share of net sales, in parts per million; nothing without a cost or without sales.
    pub cost_ppm: Option<i64>,
}

impl Labour {
    /// The hours on the timecards of a business date, or of every one, as they stand at `now`, beside the `net` sales of the
    /// same time.
    ///
    /// # Errors
    /// When the minutes or their cost leave the range of money.
    pub fn of(
        staff: &[StaffTimecards],
        business_date: Option<BusinessDate>,
        wages: Option<&Wages>,
        net: Money,
        now: Timestamp,
    ) -> Result<Self, MoneyError> {
        let mut labour = Self::default();
        for person in staff {
            let of_day = |card: &&Timecard| business_date.is_none_or(|date| card.business_date == date);
            for card in person.cards.iter().filter(of_day) {
                match minutes_of(card, now) {
                    Some(minutes) => labour.by_staff_minutes.add(&person.staff_id, &minutes)?,
                    None => labour.shifts_unknown += 1,
                }
            }
        }
        labour.minutes = labour.by_staff_minutes.total()?;
        labour.cost_minor = match wages {
            Some(wages) => labour.cost(wages)?,
            None => None,
        };
        labour.cost_ppm = labour.cost_minor.and_then(|cost| cost.ppm_of(net));
        Ok(labour)
    }

    /// A wage is rounded once a person, not once a shift.
    fn cost(&self, wages: &Wages) -> Result<Option<Money>, MoneyError> {
        let mut cost = Money::ZERO;
        for (staff, minutes) in self.by_staff_minutes.iter() {
            let Some(wage) = wages.get(staff) else { return Ok(None) };
            cost = cost.plus(wage.times(*minutes)?.per(60).unwrap_or_default())?;
        }
        Ok(Some(cost))
    }
}

fn minutes_of(card: &Timecard, now: Timestamp) -> Option<i64> {
    if let Some(minutes) = card.paid_minutes {
        return i64::try_from(minutes).ok();
    }
    let start = card.start.as_ref().filter(|_| card.ended_at.is_none())?;
    let breaks = card.breaks.iter().filter(|pause| !pause.paid).map(|pause| match pause.ms {
        Some(ms) => i64::try_from(ms).unwrap_or(i64::MAX),
        None => now.since(pause.start.counted).max(0),
    });
    let unpaid = breaks.fold(0_i64, i64::saturating_add);
    Some(now.since(start.counted).saturating_sub(unpaid).max(0) / 60_000)
}
