//! A place's clock: how far local time is from UTC at any moment, and when its business days begin and end.
//!
//! A zone is its name and its rule, the line of text that stands at the end of every compiled zone file (POSIX `TZ`, in
//! the form of RFC 9636, section 3.3.1): `America/New_York` and `EST5EDT,M3.2.0,M11.1.0`. The server gives both to its
//! devices with the location's settings, so that no device carries a zone database. The law: business days follow one
//! another without hole or overlap, also where clocks change, where a day has 23 or 25 hours.

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::time::{BusinessDate, Timestamp};

/// The longest zone name, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 64;
/// The longest rule, in bytes; the longest in use has 40.
const RULE_BYTES_MAX: usize = 80;

/// The name of a zone in the IANA database, `Europe/Madrid`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

impl ZoneName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ZoneName {
    type Error = ZoneError;

    fn try_from(text: String) -> Result<Self, ZoneError> {
        let is_part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+'))
        };
        if text.len() <= NAME_BYTES_MAX && text.split('/').all(is_part) { Ok(Self(text)) } else { Err(ZoneError::Name) }
    }
}

impl From<ZoneName> for String {
    fn from(name: ZoneName) -> Self {
        name.0
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The clock of a location.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "ZoneText", into = "ZoneText")]
pub struct Zone {
    name: ZoneName,
    rule: String,
    offsets: TimeZone,
}

/// How a zone is written: `{"name":"America/New_York","rule":"EST5EDT,M3.2.0,M11.1.0"}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneText {
    name: String,
    rule: String,
}

impl Zone {
    /// A zone from its IANA name and its POSIX rule.
    ///
    /// # Errors
    /// When the name is not formed like one, or the rule is not one. Whether the rule is that of the name is for the
    /// server to know.
    pub fn new(name: &str, rule: &str) -> Result<Self, ZoneError> {
        let name = ZoneName::try_from(name.to_owned())?;
        if rule.len() > RULE_BYTES_MAX {
            return Err(ZoneError::Rule);
        }
        let offsets = TimeZone::posix(rule).map_err(|_| ZoneError::Rule)?;
        Ok(Self { name, rule: rule.to_owned(), offsets })
    }

    /// Universal time, which knows no clock changes.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: ZoneName("UTC".to_owned()), rule: "UTC0".to_owned(), offsets: TimeZone::UTC }
    }

    /// Its name in the IANA database.
    #[must_use]
    pub const fn name(&self) -> &ZoneName {
        &self.name
    }

    /// Its rule as text.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Minutes that local time is ahead of UTC at a moment.
    #[must_use]
    pub fn offset_min(&self, at: Timestamp) -> i16 {
        i16::try_from(self.offset_seconds(at).div_euclid(60)).unwrap_or(0)
    }

    /// The hour that a clock on the wall shows, 0 to 23.
    #[must_use]
    pub fn local_hour(&self, at: Timestamp) -> u8 {
        let local_seconds = at.millis().div_euclid(1_000) + i64::from(self.offset_seconds(at));
        u8::try_from(local_seconds.rem_euclid(86_400) / 3_600).unwrap_or(0)
    }

    /// What a clock on the wall shows, `15:58`.
    #[must_use]
    pub fn clock_text(&self, at: Timestamp) -> String {
        let local_seconds = at.millis().div_euclid(1_000) + i64::from(self.offset_seconds(at));
        format!("{:02}:{:02}", self.local_hour(at), local_seconds.rem_euclid(3_600) / 60)
    }

    /// The business date of a moment where days start at `cut_over_hour` (0 to 23).
    #[must_use]
    pub fn business_date(&self, at: Timestamp, cut_over_hour: u8) -> BusinessDate {
        let date = BusinessDate::of(at, self.offset_min(at), cut_over_hour);
        // Clocks that are set over the cut-over hour show the end of a day twice or never; its start decides.
        if at < self.day_start(date, cut_over_hour) {
            date.previous()
        } else if at >= self.day_end(date, cut_over_hour) {
            date.next()
        } else {
            date
        }
    }

    /// The moment a business date starts: where clocks show the cut-over hour for the first time that day. Where they jump
    /// over it, the moment they would have shown it.
    #[must_use]
    pub fn day_start(&self, date: BusinessDate, cut_over_hour: u8) -> Timestamp {
        let local = date.starts_at(cut_over_hour);
        let moment = self.offsets.to_ambiguous_timestamp(local).compatible();
        // Every business date that a `Timestamp` can have lies within the range of jiff's moments.
        moment.map_or(Timestamp::nearest(0), |moment| Timestamp::nearest(moment.as_millisecond()))
    }

    /// The moment a business date ends: the start of the next one.
    #[must_use]
    pub fn day_end(&self, date: BusinessDate, cut_over_hour: u8) -> Timestamp {
        self.day_start(date.next(), cut_over_hour)
    }

    fn offset_seconds(&self, at: Timestamp) -> i32 {
        // The range of `Timestamp` lies within the range of jiff's.
        jiff::Timestamp::from_millisecond(at.millis()).map_or(0, |at| self.offsets.to_offset(at).seconds())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.rule == other.rule
    }
}

impl Eq for Zone {}

impl TryFrom<ZoneText> for Zone {
    type Error = ZoneError;

    fn try_from(text: ZoneText) -> Result<Self, ZoneError> {
        Self::new(&text.name, &text.rule)
    }
}

impl From<Zone> for ZoneText {
    fn from(zone: Zone) -> Self {
        Self { name: zone.name.0, rule: zone.rule }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.name, self.rule)
    }
}

/// Not a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The name is not formed like those of the IANA database.
    #[error("a zone's name must be like America/New_York, at most 64 bytes")]
    Name,
    /// The rule is not a POSIX one.
    #[error("a zone's rule must be a POSIX TZ text like EST5EDT,M3.2.0,M11.1.0")]
    Rule,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn new_york() -> Zone {
        Zone::new("America/New_York", "EST5EDT,M3.2.0,M11.1.0").unwrap()
    }

    fn sydney() -> Zone {
        Zone::new("Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(text: &str) -> BusinessDate {
        text.to_owned().try_into().unwrap()
    }

    fn hours_of(zone: &Zone, date: &str, cut_over_hour: u8) -> i64 {
        zone.day_end(day(date), cut_over_hour).since(zone.day_start(day(date), cut_over_hour)) / 3_600_000
    }

    #[test]
    fn offsets_follow_the_rule_to_the_millisecond_of_the_change() {
        let zone = new_york();
        assert_eq!(zone.offset_min(at("2026-03-08T06:59:59.999Z")), -300);
        assert_eq!(zone.offset_min(at("2026-03-08T07:00:00Z")), -240);
        assert_eq!(zone.offset_min(at("2026-11-01T05:59:59.999Z")), -240);
        assert_eq!(zone.offset_min(at("2026-11-01T06:00:00Z")), -300);
        assert_eq!(zone.local_hour(at("2026-11-01T05:59:59.999Z")), 1);
        assert_eq!(zone.local_hour(at("2026-11-01T06:00:00Z")), 1, "the second one o'clock");
    }

    #[test]
    fn south_of_the_equator_summer_time_spans_the_turn_of_the_year() {
        assert_eq!(sydney().offset_min(at("2026-12-31T13:00:00Z")), 660);
        assert_eq!(sydney().offset_min(at("2026-07-01T00:00:00Z")), 600);
        assert_eq!(sydney().business_date(at("2026-12-31T13:00:00Z"), 0), day("2027-01-01"));
        assert_eq!(hours_of(&sydney(), "2026-10-04", 0), 23);
        assert_eq!(hours_of(&sydney(), "2026-04-05", 0), 25);
    }

    #[test]
    fn offsets_need_not_be_whole_hours() {
        let kolkata = Zone::new("Asia/Kolkata", "IST-5:30").unwrap();
        assert_eq!(kolkata.offset_min(at("2026-06-01T00:00:00Z")), 330);
        assert_eq!(kolkata.local_hour(at("2026-06-01T22:29:59Z")), 3);
        assert_eq!(kolkata.clock_text(at("2026-06-01T22:29:59Z")), "03:59");
        assert_eq!(kolkata.business_date(at("2026-06-01T22:29:59Z"), 4), day("2026-06-01"));
        assert_eq!(kolkata.business_date(at("2026-06-01T22:30:00Z"), 4), day("2026-06-02"));
        let lord_howe = Zone::new("Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0").unwrap();
        let (start, end) = (lord_howe.day_start(day("2026-04-05"), 0), lord_howe.day_end(day("2026-04-05"), 0));
        assert_eq!(end.since(start), (24 * 60 + 30) * 60_000);
    }

    #[test]
    fn a_business_day_across_a_clock_change_has_23_or_25_hours() {
        // The change falls into the day that began the evening before: cut-over is at four.
        assert_eq!(hours_of(&new_york(), "2026-03-07", 4), 23);
        assert_eq!(hours_of(&new_york(), "2026-10-31", 4), 25);
        assert_eq!(hours_of(&new_york(), "2026-11-01", 4), 24);
        assert_eq!(new_york().day_start(day("2026-11-01"), 4), at("2026-11-01T09:00:00Z"));
    }

    #[test]
    fn a_cut_over_hour_that_is_skipped_or_shown_twice_still_starts_one_day() {
        let zone = new_york();
        assert_eq!(zone.day_start(day("2026-03-08"), 2), at("2026-03-08T07:00:00Z"), "two o'clock does not exist");
        assert_eq!(zone.day_start(day("2026-11-01"), 1), at("2026-11-01T05:00:00Z"), "the first one o'clock");
        assert_eq!(zone.business_date(at("2026-11-01T06:00:00Z"), 1), day("2026-11-01"));
    }

    #[test]
    fn a_leap_day_and_the_end_of_a_year_are_days_like_others() {
        let utc = Zone::utc();
        assert_eq!(utc.business_date(at("2028-02-29T12:00:00Z"), 4), day("2028-02-29"));
        assert_eq!(day("2028-02-28").next(), day("2028-02-29"));
        assert_eq!(day("2028-03-01").previous(), day("2028-02-29"));
        assert_eq!(day("2026-12-31").next(), day("2027-01-01"));
        assert_eq!(utc.business_date(at("2027-01-01T03:59:59Z"), 4), day("2026-12-31"));
        assert!(day("2026-12-31") < day("2027-01-01"));
    }

    #[test]
    fn a_zone_reads_back_and_a_bad_one_is_refused() {
        let text = r#"{"name":"America/New_York","rule":"EST5EDT,M3.2.0,M11.1.0"}"#;
        let zone: Zone = serde_json::from_str(text).unwrap();
        assert_eq!(zone, new_york());
        assert_eq!(serde_json::to_string(&zone).unwrap(), text);
        assert_eq!(Zone::new("UTC", "UTC0").unwrap(), Zone::utc());
        for name in ["", "/", "America/", "a/../b", "America/New York", "9x", &"x".repeat(65)] {
            assert_eq!(Zone::new(name, "UTC0"), Err(ZoneError::Name), "{name:?}");
        }
        for rule in ["", "EST", "5", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5\n", &"x".repeat(81)] {
            assert_eq!(Zone::new("America/New_York", rule), Err(ZoneError::Rule), "{rule:?}");
        }
    }

    /// Zones with every habit there is: no change, north, south, half an hour, at midnight, and one nobody has, whose
    /// clocks are set back over an hour that may be the cut-over.
    const RULES: [&str; 7] = [
        "IST-5:30",
        "EST5EDT,M3.2.0,M11.1.0",
        "AEST-10AEDT,M10.1.0,M4.1.0/3",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "EET-2EEST,M3.5.0/0,M10.5.0/0",
        "<-04>4<-03>,M9.1.6/24,M4.1.6/24",
        "AAA3BBB,M3.2.0/1:30,M11.1.0/1:30",
    ];

    #[test]
    fn clocks_that_change_within_the_hour_of_the_cut_over_make_neither_a_hole_nor_an_overlap() {
        let zone = Zone::new("Test/Zone", RULES[6]).unwrap();
        for start in ["2026-03-07T12:00:00Z", "2026-10-31T12:00:00Z"] {
            let moments = (0..24 * 6).map(|step| at(start).after(step * 600_000));
            for (moment, cut_over_hour) in moments.flat_map(|moment| (0..5).map(move |hour| (moment, hour))) {
                let date = zone.business_date(moment, cut_over_hour);
                assert!(zone.day_start(date, cut_over_hour) <= moment, "{moment} {cut_over_hour}");
                assert!(moment < zone.day_end(date, cut_over_hour), "{moment} {cut_over_hour}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_moment_lies_within_its_own_business_day(
            rule in 0..RULES.len(),
            millis in 946_771_200_000_i64..4_102_000_000_000,
            cut_over_hour in 0_u8..24,
        ) {
            let zone = Zone::new("Test/Zone", RULES[rule]).unwrap();
            let moment = Timestamp::nearest(millis);
            let date = zone.business_date(moment, cut_over_hour);
            prop_assert!(zone.day_start(date, cut_over_hour) <= moment);
            prop_assert!(moment < zone.day_end(date, cut_over_hour));
        }

        #[test]
        fn near_a_clock_change_business_days_still_follow_one_another(
            rule in 0..RULES.len(),
            minute in 0_i64..525_600,
            cut_over_hour in 0_u8..5,
        ) {
            let zone = Zone::new("Test/Zone", RULES[rule]).unwrap();
            let moment = at("2026-01-01T00:00:00Z").after(minute * 60_000);
            let (before, after) = (zone.business_date(moment, cut_over_hour), zone.business_date(moment.after(60_000), cut_over_hour));
            prop_assert!(after == before || after == before.next());
        }
    }
}
