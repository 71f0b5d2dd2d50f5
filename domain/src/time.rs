//! Moments and business days. Time is always given, never read.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, civil};
use serde::{Deserialize, Serialize};

/// 2000-01-01T00:00:00Z, the earliest moment accepted, in milliseconds since 1970.
const MILLIS_MIN: i64 = 946_684_800_000;
/// 2100-01-01T00:00:00Z, the end of the range of moments accepted, in milliseconds since 1970.
const MILLIS_MAX: i64 = 4_102_444_800_000;

/// A moment in UTC with millisecond resolution, from 2000 to 2100. Written as RFC 3339, `2026-10-31T23:41:07.120Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When it lies outside 2000–2100.
    pub fn from_millis(millis: i64) -> Result<Self, TimestampError> {
        if (MILLIS_MIN..MILLIS_MAX).contains(&millis) { Ok(Self(millis)) } else { Err(TimestampError) }
    }

    /// The nearest moment within 2000–2100: no event is refused because a clock is wrong.
    #[must_use]
    pub fn nearest(millis: i64) -> Self {
        Self(millis.clamp(MILLIS_MIN, MILLIS_MAX - 1))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The moment `millis` milliseconds later (earlier where negative), kept within 2000–2100.
    #[must_use]
    pub fn after(self, millis: i64) -> Self {
        Self::nearest(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment; negative when it lies before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The range of this type lies within the range of jiff's.
        let moment = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(out, "{moment:.3}")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        Self::from_millis(moment.as_millisecond())
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        moment.to_string()
    }
}

/// Not an RFC 3339 moment from 2000 to 2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time must be RFC 3339 and lie in 2000 to 2100")]
pub struct TimestampError;

/// The day a sale counts for: it starts at the location's cut-over hour, not at midnight. Written `2026-10-31`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BusinessDate(civil::Date);

impl BusinessDate {
    /// The business date of a moment where clocks show `offset_min` minutes ahead of UTC and the day starts at
    /// `cut_over_hour` (0 to 23). Right as long as the offset is the place's own; a [`Zone`](crate::Zone) knows it.
    #[must_use]
    pub fn of(moment: Timestamp, offset_min: i16, cut_over_hour: u8) -> Self {
        let local_millis = moment.millis() + i64::from(offset_min) * 60_000 - i64::from(cut_over_hour) * 3_600_000;
        let days = local_millis.div_euclid(86_400_000);
        let epoch = civil::date(1970, 1, 1);
        // The range of `Timestamp` lies within the range of jiff's dates.
        Self(epoch.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(epoch))
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// The day before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.yesterday().unwrap_or(self.0))
    }

    /// What a calendar and a clock on the wall show when the day starts.
    pub(crate) fn starts_at(self, cut_over_hour: u8) -> civil::DateTime {
        let hour = i8::try_from(cut_over_hour.min(23)).unwrap_or(0);
        self.0.at(hour, 0, 0, 0)
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for BusinessDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl TryFrom<String> for BusinessDate {
    type Error = BusinessDateError;

    fn try_from(text: String) -> Result<Self, BusinessDateError> {
        let date: civil::Date = text.parse().map_err(|_| BusinessDateError)?;
        // One form only: jiff also reads other spellings of a date, which would make two texts of one day.
        if date.to_string() == text { Ok(Self(date)) } else { Err(BusinessDateError) }
    }
}

impl From<BusinessDate> for String {
    fn from(date: BusinessDate) -> Self {
        date.0.to_string()
    }
}

/// Not a calendar day in the form `2026-10-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a business date must be a day like 2026-10-31")]
pub struct BusinessDateError;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_reads_back_what_it_wrote() {
        assert_eq!(at("2026-10-31T23:41:07Z").to_string(), "2026-10-31T23:41:07.000Z");
        assert_eq!(at("2026-10-31T19:41:07.12-04:00").to_string(), "2026-10-31T23:41:07.120Z");
    }

    #[test]
    fn moments_outside_2000_to_2100_are_refused_and_clamped() {
        assert_eq!("1999-12-31T23:59:59Z".parse::<Timestamp>(), Err(TimestampError));
        assert_eq!("9999-01-01T00:00:00Z".parse::<Timestamp>(), Err(TimestampError));
        assert_eq!(Timestamp::nearest(i64::MAX).to_string(), "2099-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_sale_after_midnight_counts_for_the_day_before_until_the_cut_over_hour() {
        let new_york_summer = -240;
        let date = |moment: &str| BusinessDate::of(at(moment), new_york_summer, 4).to_string();
        assert_eq!(date("2026-10-31T23:41:07Z"), "2026-10-31");
        assert_eq!(date("2026-11-01T07:59:59Z"), "2026-10-31");
        assert_eq!(date("2026-11-01T08:00:00Z"), "2026-11-01");
    }
}
