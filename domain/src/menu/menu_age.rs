//! How old a device's menu is. An old one is still sold from: the worst that happens is that a manager is asked first.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// When an ageing menu is spoken about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuAgePolicy {
    /// From this age on the screen warns.
    pub warn_ms: u32,
    /// From this age on a manager's PIN is asked for before the first order.
    pub manager_pin_ms: u32,
}

impl Default for MenuAgePolicy {
    /// A day, and a week.
    fn default() -> Self {
        Self { warn_ms: 24 * 3_600_000, manager_pin_ms: 7 * 24 * 3_600_000 }
    }
}

/// What to do about a menu's age; later ones ask for more. None of them stops a sale for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MenuAge {
    /// Nothing.
    Fresh,
    /// Show how old it is.
    Warn,
    /// Ask for a manager's PIN before the first order.
    ManagerPin,
}

impl MenuAge {
    /// The age of a menu that was last known to be current at `synced_at` by the server's clock.
    ///
    /// `now` is the time that [`trusted_now`](crate::trusted_now) gives: a clock set back moves that not at all, so it makes
    /// no menu younger. Where `now` still lies before `synced_at` the clock says nothing about the age, and the screen warns.
    #[must_use]
    pub fn of(synced_at: Timestamp, now: Timestamp, policy: MenuAgePolicy) -> Self {
        let age_ms = now.since(synced_at);
        if age_ms >= i64::from(policy.manager_pin_ms) {
            Self::ManagerPin
        } else if age_ms >= i64::from(policy.warn_ms) || age_ms < 0 {
            Self::Warn
        } else {
            Self::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn age(millis: i64) -> MenuAge {
        let synced_at = Timestamp::nearest(1_793_000_000_000);
        MenuAge::of(synced_at, synced_at.after(millis), MenuAgePolicy::default())
    }

    #[test]
    fn a_menu_is_warned_about_after_a_day_and_asks_for_a_manager_after_a_week() {
        assert_eq!([0, 24 * HOUR_MS - 1].map(age), [MenuAge::Fresh; 2]);
        assert_eq!([24 * HOUR_MS, 168 * HOUR_MS - 1].map(age), [MenuAge::Warn; 2]);
        assert_eq!([168 * HOUR_MS, 10_000 * HOUR_MS].map(age), [MenuAge::ManagerPin; 2]);
    }

    #[test]
    fn a_clock_before_the_last_sync_is_not_taken_for_a_fresh_menu() {
        assert_eq!([-1, -10_000 * HOUR_MS].map(age), [MenuAge::Warn; 2]);
    }
}
