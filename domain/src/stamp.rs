//! Hybrid logical clock: which of two edits came later, without trusting anyone's wall clock.
//!
//! A [`Stamp`] sorts by time, then by a counter, then by device, so that two devices never tie and every replica picks
//! the same winner. The law of [`HybridClock`]: its stamps only grow, also across a restart and a clock set back.
//! (Kulkarni et al., "Logical Physical Clocks", 2014.)

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::DeviceId;
use crate::time::Timestamp;

/// One reading of a hybrid logical clock. Written `01a19484e5e0-0000-dev_b`: milliseconds and counter in hexadecimal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stamp {
    millis: u64,
    counter: u16,
    device: DeviceId,
}

impl Stamp {
    /// The time part, as far as it lies within the range of moments.
    #[must_use]
    pub fn moment(&self) -> Timestamp {
        Timestamp::nearest(i64::try_from(self.millis).unwrap_or(i64::MAX))
    }

    /// The device that made the stamp.
    #[must_use]
    pub const fn device(&self) -> &DeviceId {
        &self.device
    }

    /// The same stamp, but not later than `latest`; `None` when it is not later. The counter is then the low half of the
    /// mutation's `seq`: the clamped stamps of one device differ whatever their own counters were, and stay in their order.
    #[must_use]
    pub fn clamped_to(&self, latest: Timestamp, seq: u64) -> Option<Self> {
        let latest = millis_of(latest);
        let counter = u16::try_from(seq % (u64::from(u16::MAX) + 1)).unwrap_or(0);
        (self.millis > latest).then(|| Self { millis: latest, counter, device: self.device.clone() })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:012x}-{:04x}-{}", self.millis, self.counter, self.device)
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Stamp {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        let mut parts = text.splitn(3, '-');
        let mut hex = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            let lower_hex = part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
            lower_hex.then(|| u64::from_str_radix(part, 16).ok())?
        };
        let millis = hex(12).ok_or(StampError)?;
        let counter = hex(4).and_then(|counter| u16::try_from(counter).ok()).ok_or(StampError)?;
        let device = parts.next().and_then(|device| device.parse().ok()).ok_or(StampError)?;
        Ok(Self { millis, counter, device })
    }
}

impl TryFrom<String> for Stamp {
    type Error = StampError;

    fn try_from(text: String) -> Result<Self, StampError> {
        text.parse()
    }
}

impl From<Stamp> for String {
    fn from(stamp: Stamp) -> Self {
        stamp.to_string()
    }
}

/// Not a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stamp must be like 01a19484e5e0-0000-dev_b")]
pub struct StampError;

/// A device's hybrid logical clock: what it keeps between stamps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HybridClock {
    millis: u64,
    counter: u16,
}

impl HybridClock {
    /// The next stamp: at `now`, or just after the last one where the wall clock stands still or was set back.
    #[must_use]
    pub fn tick(&mut self, now: Timestamp, device: &DeviceId) -> Stamp {
        let now = millis_of(now);
        if now > self.millis {
            *self = Self { millis: now, counter: 0 };
        } else if let Some(counter) = self.counter.checked_add(1) {
            self.counter = counter;
        } else {
            *self = Self { millis: self.millis.saturating_add(1), counter: 0 };
        }
        Stamp { millis: self.millis, counter: self.counter, device: device.clone() }
    }

    /// The latest moment that was stamped or taken note of.
    #[must_use]
    pub fn latest(&self) -> Timestamp {
        Timestamp::nearest(i64::try_from(self.millis).unwrap_or(i64::MAX))
    }

    /// Takes note of a stamp made elsewhere, so that the next one here is later.
    pub fn observe(&mut self, stamp: &Stamp) {
        if (stamp.millis, stamp.counter) > (self.millis, self.counter) {
            *self = Self { millis: stamp.millis, counter: stamp.counter };
        }
    }
}

fn millis_of(moment: Timestamp) -> u64 {
    u64::try_from(moment.millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn device() -> DeviceId {
        "dev_b".parse().unwrap()
    }

    #[test]
    fn a_stamp_reads_back_what_it_wrote_and_text_order_is_stamp_order() {
        let stamp: Stamp = "01a19484e5e0-0000-dev_b".parse().unwrap();
        assert_eq!(stamp.to_string(), "01a19484e5e0-0000-dev_b");
        assert!(stamp < "01a19484e5e0-0001-dev_a".parse().unwrap());
        for bad in ["", "01a19484e5e0-0000", "01A19484e5e0-0000-dev_b", "1-0-d", "01a19484e5e0-0000-"] {
            assert_eq!(bad.parse::<Stamp>(), Err(StampError), "{bad:?}");
        }
    }

    #[test]
    fn a_stamp_far_in_the_future_is_clamped_and_an_honest_one_is_not() {
        let now = Timestamp::from_millis(1_793_000_000_000).unwrap();
        let mut clock = HybridClock::default();
        let ahead = clock.tick(now.after(1), &device());
        assert_eq!(ahead.clamped_to(now, 1).map(|stamp| stamp.moment()), Some(now));
        assert_eq!(ahead.clamped_to(now.after(1), 1), None);
    }

    #[test]
    fn the_clamped_stamps_of_one_device_never_meet_and_keep_their_order() {
        let now = Timestamp::from_millis(1_793_000_000_000).unwrap();
        // Each an hour ahead, in a millisecond of its own: all have the counter 0.
        let ahead = (1..=300_u32).map(|seq| {
            let stamp = HybridClock::default().tick(now.after(3_600_000 + i64::from(seq)), &device());
            stamp.clamped_to(now, u64::from(seq)).unwrap()
        });
        let ahead: Vec<Stamp> = ahead.collect();
        assert!(ahead.is_sorted_by(|a, b| a < b));
        let counters = [0xffff_u64, 0x1_0000, 0x1_0001].map(|seq| {
            let stamp = HybridClock::default().tick(now.after(3_600_000), &device());
            stamp.clamped_to(now, seq).unwrap().to_string()
        });
        assert!(counters[0].contains("-ffff-") && counters[1].contains("-0000-") && counters[2].contains("-0001-"));
    }

    #[test]
    fn a_stamp_of_the_same_millisecond_is_later_and_so_is_one_after_a_later_stamp_was_seen() {
        let now = Timestamp::from_millis(1_793_000_000_000).unwrap();
        let mut clock = HybridClock::default();
        let (first, second) = (clock.tick(now, &device()), clock.tick(now, &device()));
        assert!(first < second && second.to_string().contains("-0001-"));
        let seen: Stamp = second.to_string().replace("-0001-dev_b", "-0007-dev_c").parse().unwrap();
        clock.observe(&seen);
        let after = clock.tick(now, &device());
        assert!(seen < after && after.to_string().contains("-0008-"), "{after}");
        clock.observe(&first);
        assert!(after < clock.tick(now, &device()), "an earlier stamp sets nothing back");
    }

    proptest! {
        #[test]
        fn stamps_only_grow_whatever_the_wall_clock_does(jumps in proptest::collection::vec(-100_000_i64..100_000, 1..80)) {
            let mut clock = HybridClock::default();
            let mut now = Timestamp::from_millis(1_793_000_000_000).unwrap();
            let mut last: Option<Stamp> = None;
            for jump in jumps {
                now = now.after(jump);
                let stamp = clock.tick(now, &device());
                prop_assert!(last.as_ref().is_none_or(|last| *last < stamp));
                last = Some(stamp);
            }
        }
    }
}
