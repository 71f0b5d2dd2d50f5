//! What time it is for the question whether a grant has ended: setting a clock back gains nothing.
//!
//! No method that works offline is complete. A device remembers the latest moment it has ever seen, and while it has not
//! been restarted it knows how long ago the server told it the time. A restart hides how long it lasted, so each one since
//! the last sync costs a fixed allowance.

use crate::time::Timestamp;

/// What the server last said the time was, and how long ago that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchored {
    /// The server's clock at the last sync.
    pub server_time: Timestamp,
    /// Milliseconds since then by the clock that only runs forward.
    pub elapsed_ms: u64,
}

/// The latest moment that the device can vouch for.
///
/// `high_water` is the latest it has ever written down, `wall` what its clock shows. Without `anchored` there was a restart
/// since the last sync, or no sync.
#[must_use]
pub fn trusted_now(high_water: Timestamp, anchored: Option<Anchored>, wall: Timestamp) -> Timestamp {
    let by_server =
        anchored.map(|anchored| anchored.server_time.after(i64::try_from(anchored.elapsed_ms).unwrap_or(i64::MAX)));
    high_water.max(wall).max(by_server.unwrap_or(wall))
}

/// A moment for the question whether a grant has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedMoment {
    /// What [`trusted_now`] gave, or on the server a change's corrected time.
    pub now: Timestamp,
    /// How often the device was restarted since its last sync; 0 where the server asks.
    pub reboots: u32,
}

impl From<Timestamp> for TrustedMoment {
    fn from(now: Timestamp) -> Self {
        Self { now, reboots: 0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::staff::test_staff::at;

    #[test]
    fn the_latest_of_what_is_known_counts() {
        let (nine, ten, eleven) = (at("2026-11-01T09:00:00Z"), at("2026-11-01T10:00:00Z"), at("2026-11-01T11:00:00Z"));
        let anchored = |server_time, elapsed_ms| Some(Anchored { server_time, elapsed_ms });
        assert_eq!(trusted_now(ten, None, nine), ten, "the clock was set back");
        assert_eq!(trusted_now(nine, None, ten), ten);
        assert_eq!(trusted_now(nine, anchored(ten, 3_600_000), nine), eleven);
        assert_eq!(trusted_now(nine, anchored(nine, 0), eleven), eleven);
        assert!(
            trusted_now(nine, anchored(ten, u64::MAX), nine) > eleven,
            "a clock gone mad ends grants, and no program"
        );
    }

    proptest! {
        #[test]
        fn setting_the_clock_never_makes_it_earlier(walls in proptest::collection::vec(-9_000_000_i64..9_000_000, 1..20)) {
            let start = at("2026-11-01T09:00:00Z");
            let mut high_water = start;
            for wall in walls {
                let now = trusted_now(high_water, None, start.after(wall));
                prop_assert!(now >= high_water);
                high_water = now;
            }
        }
    }
}
