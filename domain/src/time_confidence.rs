//! How far the time of an event can be trusted.
//!
//! A device's wall clock can be set by anybody. What can be trusted is the server's clock at the last sync, carried forward
//! by a clock that nobody can set, as long as the device was not restarted in between. Three laws: an event is never refused
//! because a clock is wrong; the time taken for it never lies before one already seen on that device; what the clocks
//! showed stays beside it as evidence.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::{Upcaster, Versioned};
use crate::time::Timestamp;
use crate::zone::ZoneName;

/// How long the server's time counts as verified after a sync, in milliseconds: 24 hours.
const VERIFIED_MS_MAX: u64 = 24 * 3_600_000;
/// How far a wall clock may go back against the monotonic one before it is a jump, in milliseconds.
const JUMP_BACK_MS: i64 = 60_000;
/// How far a wall clock may run ahead of the monotonic one before it is a jump, in milliseconds. Wider than the other way:
/// a device that sleeps may stop its monotonic clock for a while.
const JUMP_FORWARD_MS: i64 = 300_000;
/// The longest boot id, in bytes: that of a UUID and some room.
pub(crate) const BOOT_ID_BYTES_MAX: usize = 64;

/// Names one run of a device's monotonic clock, from switching on to switching off.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BootId(String);

impl TryFrom<String> for BootId {
    type Error = BootIdError;

    fn try_from(text: String) -> Result<Self, BootIdError> {
        if text.is_empty() || text.len() > BOOT_ID_BYTES_MAX { Err(BootIdError) } else { Ok(Self(text)) }
    }
}

impl From<BootId> for String {
    fn from(boot: BootId) -> Self {
        boot.0
    }
}

impl fmt::Debug for BootId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Not the name of a clock's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a boot id must be 1 to 64 bytes")]
pub struct BootIdError;

/// What a device's clocks showed at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClockReading {
    /// The wall clock, as whoever uses the device sees it.
    pub wall: Timestamp,
    /// A clock that never goes back while the device is up, in milliseconds.
    pub mono_ms: u64,
    /// Names the run of that clock.
    pub boot_id: BootId,
    /// Minutes that local time is ahead of UTC.
    pub offset_min: i16,
    /// Milliseconds that the server's clock was ahead of the wall clock at the last sync; nothing before the first one.
    pub server_offset_ms: Option<i64>,
}

impl ClockReading {
    /// Milliseconds of the monotonic clock since an earlier reading; nothing where the device was restarted in between, or
    /// where the reading is not an earlier one.
    #[must_use]
    pub fn elapsed_since(&self, earlier: &Self) -> Option<u64> {
        if self.boot_id == earlier.boot_id { self.mono_ms.checked_sub(earlier.mono_ms) } else { None }
    }
}

/// Whether the time of an event can be vouched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeConfidence {
    /// By the server's clock, at most 24 hours ago, and the device has been up since.
    Verified,
    /// By the server's clock more than 24 hours ago, and the device has been up since.
    Estimated,
    /// By the wall clock alone: the device was restarted since the last sync, or never had one.
    Unverified,
}

/// The server's time at the last sync and what the monotonic clock showed then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeAnchor {
    /// The server's time.
    pub server_time: Timestamp,
    /// The monotonic clock at that moment, in milliseconds.
    pub mono_ms: u64,
    /// The run of that clock.
    pub boot_id: BootId,
}

impl Versioned for TimeAnchor {
    const NAME: &'static str = "time anchor";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl TimeAnchor {
    /// Takes the anchor of a sync. One with an older server time than the one held is a replay and changes nothing.
    pub fn advance(held: &mut Option<Self>, anchor: Self) {
        let newer = held.as_ref().is_none_or(|held| held.server_time < anchor.server_time);
        if newer {
            *held = Some(anchor);
        }
    }

    fn carried_to(&self, reading: &ClockReading) -> Option<(Timestamp, TimeConfidence)> {
        if self.boot_id != reading.boot_id {
            return None;
        }
        let elapsed = reading.mono_ms.checked_sub(self.mono_ms)?;
        let confidence = if elapsed <= VERIFIED_MS_MAX { TimeConfidence::Verified } else { TimeConfidence::Estimated };
        Some((self.server_time.after(i64::try_from(elapsed).unwrap_or(i64::MAX)), confidence))
    }
}

/// When something happened, as far as that can be known: the time taken for it, how far it is trusted, and what the
/// clocks showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeEvidence {
    /// What the clocks showed.
    pub reading: ClockReading,
    /// The zone of the location as the device knew it.
    pub zone: ZoneName,
    /// The time taken.
    pub corrected: Timestamp,
    /// How far it is trusted.
    pub confidence: TimeConfidence,
}

impl TimeEvidence {
    /// Weighs a reading: server time at the last sync plus what the monotonic clock counted since, or else the wall clock.
    /// Never earlier than `highest_seen`, the latest time already taken on this device.
    #[must_use]
    pub fn weigh(
        reading: ClockReading,
        zone: ZoneName,
        anchor: Option<&TimeAnchor>,
        highest_seen: Option<Timestamp>,
    ) -> Self {
        let vouched = anchor.and_then(|anchor| anchor.carried_to(&reading));
        let (corrected, confidence) = match (vouched, highest_seen) {
            // A clock that ran ahead before this sync must not bend a time that the server vouches for.
            (Some(vouched), _) => vouched,
            (None, Some(seen)) => (reading.wall.max(seen), TimeConfidence::Unverified),
            (None, None) => (reading.wall, TimeConfidence::Unverified),
        };
        Self { reading, zone, corrected, confidence }
    }
}

/// A wall clock that was set while the device was up, or set back while it was off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockJump {
    /// Set back by so many milliseconds.
    Back {
        /// Milliseconds.
        ms: u64,
    },
    /// Set forward by so many milliseconds.
    Forward {
        /// Milliseconds.
        ms: u64,
    },
}

impl ClockJump {
    /// The jump between two readings of one device, if there was one. Between two runs of the device only a step back can
    /// be known: nobody counted how long it was off.
    #[must_use]
    pub fn between(earlier: &ClockReading, later: &ClockReading) -> Option<Self> {
        let counted = if earlier.boot_id == later.boot_id { later.mono_ms.saturating_sub(earlier.mono_ms) } else { 0 };
        let drift = later.wall.since(earlier.wall).saturating_sub(i64::try_from(counted).unwrap_or(i64::MAX));
        let ms = drift.unsigned_abs();
        if drift <= -JUMP_BACK_MS {
            Some(Self::Back { ms })
        } else if drift >= JUMP_FORWARD_MS && earlier.boot_id == later.boot_id {
            Some(Self::Forward { ms })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: u64 = 3_600_000;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn reading(wall: &str, mono_ms: u64, boot: &str) -> ClockReading {
        let boot_id = boot.to_owned().try_into().unwrap();
        ClockReading { wall: at(wall), mono_ms, boot_id, offset_min: -240, server_offset_ms: None }
    }

    fn anchor() -> TimeAnchor {
        let boot_id = "b7f2".to_owned().try_into().unwrap();
        TimeAnchor { server_time: at("2026-10-31T20:00:00Z"), mono_ms: 1_000, boot_id }
    }

    fn weigh(reading: ClockReading, seen: Option<&str>) -> (String, TimeConfidence) {
        let zone = ZoneName::try_from("America/New_York".to_owned()).unwrap();
        let evidence = TimeEvidence::weigh(reading, zone, Some(&anchor()), seen.map(at));
        (evidence.corrected.to_string(), evidence.confidence)
    }

    #[test]
    fn time_is_the_servers_carried_forward_whatever_the_wall_shows() {
        let corrected = weigh(reading("2026-01-01T00:00:00Z", 1_000 + HOUR_MS, "b7f2"), None);
        assert_eq!(corrected, ("2026-10-31T21:00:00.000Z".to_owned(), TimeConfidence::Verified));
    }

    #[test]
    fn a_sync_vouches_for_24_hours_and_gives_an_estimate_after() {
        let after = |ms| weigh(reading("2026-10-31T20:00:00Z", 1_000 + ms, "b7f2"), None).1;
        assert_eq!(after(24 * HOUR_MS), TimeConfidence::Verified);
        assert_eq!(after(24 * HOUR_MS + 1), TimeConfidence::Estimated);
    }

    #[test]
    fn after_a_restart_the_wall_clock_counts_but_never_goes_behind_what_was_seen() {
        let restarted = || reading("2026-10-30T09:00:00Z", 5, "e411");
        assert_eq!(weigh(restarted(), None), ("2026-10-30T09:00:00.000Z".to_owned(), TimeConfidence::Unverified));
        let seen = weigh(restarted(), Some("2026-10-31T20:30:00Z"));
        assert_eq!(seen, ("2026-10-31T20:30:00.000Z".to_owned(), TimeConfidence::Unverified));
        assert_eq!(weigh(reading("2026-10-31T20:00:00Z", 999, "b7f2"), None).1, TimeConfidence::Unverified);
    }

    #[test]
    fn a_replayed_anchor_never_moves_time_back() {
        let mut held = None;
        TimeAnchor::advance(&mut held, anchor());
        TimeAnchor::advance(&mut held, TimeAnchor { server_time: at("2026-10-31T19:59:59Z"), ..anchor() });
        assert_eq!(held, Some(anchor()));
        let newer = TimeAnchor { server_time: at("2026-10-31T20:00:01Z"), ..anchor() };
        TimeAnchor::advance(&mut held, newer.clone());
        assert_eq!(held, Some(newer));
    }

    #[test]
    fn a_jump_is_a_minute_back_or_five_minutes_forward_against_the_monotonic_clock() {
        let start = reading("2026-10-31T20:00:00Z", 0, "b7f2");
        let jump = |wall: &str, mono_ms, boot| ClockJump::between(&start, &reading(wall, mono_ms, boot));
        assert_eq!(jump("2026-10-31T21:00:00Z", HOUR_MS, "b7f2"), None);
        assert_eq!(jump("2026-10-31T20:59:00.001Z", HOUR_MS, "b7f2"), None);
        assert_eq!(jump("2026-10-31T20:59:00Z", HOUR_MS, "b7f2"), Some(ClockJump::Back { ms: 60_000 }));
        assert_eq!(jump("2026-10-31T21:04:59.999Z", HOUR_MS, "b7f2"), None);
        assert_eq!(jump("2026-10-31T21:05:00Z", HOUR_MS, "b7f2"), Some(ClockJump::Forward { ms: 300_000 }));
    }

    #[test]
    fn across_a_restart_only_a_step_back_is_a_jump() {
        let start = reading("2026-10-31T20:00:00Z", 9_000_000, "b7f2");
        let jump = |wall: &str| ClockJump::between(&start, &reading(wall, 5, "e411"));
        assert_eq!(jump("2026-11-09T20:00:00Z"), None);
        assert_eq!(jump("2026-10-30T20:00:00Z"), Some(ClockJump::Back { ms: 86_400_000 }));
    }

    proptest! {
        #[test]
        fn without_a_vouched_time_none_is_ever_taken_before_one_already_seen(walls in prop::collection::vec(0_i64..4_000_000_000_000, 1..20)) {
            let zone = ZoneName::try_from("UTC".to_owned()).unwrap();
            let mut highest: Option<Timestamp> = None;
            for wall in walls {
                let reading = ClockReading { wall: Timestamp::nearest(wall), ..reading("2026-01-01T00:00:00Z", 1, "e411") };
                let taken = TimeEvidence::weigh(reading, zone.clone(), None, highest).corrected;
                prop_assert!(highest.is_none_or(|highest| highest <= taken));
                highest = Some(taken);
            }
        }
    }
}
