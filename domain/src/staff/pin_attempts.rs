//! How often a PIN may be tried on a device.
//!
//! A PIN has so few digits that only counting protects it. An attempt is counted before the PIN is looked at, and whoever keeps
//! the count writes it down in between, so that pulling the plug gives nobody another guess. Waits are measured by the clock that
//! only runs forward; a restart, which sets that clock back, begins the wait anew.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::StaffId;
use crate::time_confidence::BootId;

/// Wrong PINs in a row after which each further one costs a wait.
const FREE: u32 = 5;
/// The waits, in milliseconds; the last one stays.
const WAITS_MS: [u64; 4] = [60_000, 5 * 60_000, 15 * 60_000, 30 * 60_000];
/// Wrong PINs in a row after which a person's PIN opens nothing on the device any more.
const BLOCKED: u32 = 10;
/// Wrong PINs of everybody together, within [`WINDOW_MS`], after which nobody may try for [`DEVICE_WAIT_MS`].
const DEVICE_MAX: usize = 20;
const WINDOW_MS: u64 = 10 * 60_000;
const DEVICE_WAIT_MS: u64 = 30 * 60_000;

/// What a device's monotonic clock shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uptime {
    /// Names the run of the clock.
    pub boot_id: BootId,
    /// Milliseconds in it.
    pub mono_ms: u64,
}

impl Uptime {
    /// Milliseconds until so long after this; all of it where the clock has begun anew.
    fn left_ms(&self, wait_ms: u64, now: &Self) -> u64 {
        if self.boot_id != now.boot_id {
            return wait_ms;
        }
        wait_ms.saturating_sub(now.mono_ms.saturating_sub(self.mono_ms))
    }
}

/// Why a PIN is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinRefusal {
    /// Too many were wrong: whoever it is waits so many milliseconds.
    Locked {
        /// How long still.
        wait_ms: u64,
        /// Whether everybody waits, and not only this person.
        everybody: bool,
    },
    /// Far too many were wrong: a manager must let this person try again, or they are given another PIN.
    Blocked,
}

/// The count of one device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinAttempts {
    staff: BTreeMap<StaffId, WrongPins>,
    /// The latest attempts that did not succeed, of everybody; at most [`DEVICE_MAX`].
    recent: Vec<Uptime>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct WrongPins {
    /// The credential that they were tried for: another PIN begins at nothing.
    cred_epoch: u32,
    count: u32,
    last: Uptime,
}

impl PinAttempts {
    /// Counts an attempt that is about to be made. What this leaves must be durable before the PIN is looked at, also where it
    /// is refused: a wait that begins anew is written down too.
    ///
    /// # Errors
    /// Where the PIN must not be looked at.
    pub fn begin(&mut self, staff_id: &StaffId, cred_epoch: u32, now: &Uptime) -> Result<(), PinRefusal> {
        if let Some(wait_ms) = self.device_wait_ms(now) {
            return Err(PinRefusal::Locked { wait_ms, everybody: true });
        }
        let fresh = WrongPins { cred_epoch, count: 0, last: now.clone() };
        let wrong = self.staff.entry(staff_id.clone()).or_insert_with(|| fresh.clone());
        if wrong.cred_epoch != cred_epoch {
            *wrong = fresh;
        }
        if wrong.count >= BLOCKED {
            return Err(PinRefusal::Blocked);
        }
        if let Some(step) = wrong.count.checked_sub(FREE) {
            let step = usize::try_from(step).unwrap_or(usize::MAX).min(WAITS_MS.len() - 1);
            let wait_ms = wrong.last.left_ms(WAITS_MS.get(step).copied().unwrap_or(DEVICE_WAIT_MS), now);
            if wait_ms > 0 {
                if wrong.last.boot_id != now.boot_id {
                    wrong.last = now.clone();
                }
                return Err(PinRefusal::Locked { wait_ms, everybody: false });
            }
        }
        wrong.count += 1;
        wrong.last = now.clone();
        self.recent.push(now.clone());
        let overhang = self.recent.len().saturating_sub(DEVICE_MAX);
        self.recent.drain(..overhang);
        Ok(())
    }

    /// The attempt that was counted last was right.
    pub fn succeeded(&mut self, staff_id: &StaffId) {
        self.staff.remove(staff_id);
        self.recent.pop();
    }

    /// A manager lets somebody try again.
    pub fn unblock(&mut self, staff_id: &StaffId) {
        self.staff.remove(staff_id);
    }

    /// How often somebody may still be wrong before they wait; nothing once they do.
    #[must_use]
    pub fn free_left(&self, staff_id: &StaffId) -> u32 {
        FREE.saturating_sub(self.staff.get(staff_id).map_or(0, |wrong| wrong.count))
    }

    /// Everybody waits after many wrong PINs in a short time. Attempts of an earlier run of the clock count as if they were just
    /// made: the wait begins anew.
    fn device_wait_ms(&mut self, now: &Uptime) -> Option<u64> {
        let (first, last) = (self.recent.first()?, self.recent.last()?);
        let together = first.boot_id != last.boot_id || last.mono_ms.saturating_sub(first.mono_ms) <= WINDOW_MS;
        if self.recent.len() < DEVICE_MAX || !together {
            return None;
        }
        let wait_ms = last.left_ms(DEVICE_WAIT_MS, now);
        if last.boot_id != now.boot_id {
            self.recent.fill(now.clone());
        }
        if wait_ms == 0 {
            self.recent.clear();
            return None;
        }
        Some(wait_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    fn boot(name: &str) -> BootId {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).unwrap()
    }

    fn up(mono_ms: u64) -> Uptime {
        Uptime { boot_id: boot("boot_one"), mono_ms }
    }

    fn mara() -> StaffId {
        "stf_mara".parse().unwrap()
    }

    fn locked(wait_ms: u64) -> Result<(), PinRefusal> {
        Err(PinRefusal::Locked { wait_ms, everybody: false })
    }

    /// Wrong PINs, each as soon as it may be tried.
    fn wrong(attempts: &mut PinAttempts, times: usize) -> Vec<u64> {
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..times {
            let before = now;
            while let Err(PinRefusal::Locked { wait_ms, .. }) = attempts.begin(&mara(), 1, &up(now)) {
                now += wait_ms;
            }
            waits.push(now - before);
        }
        waits
    }

    #[test]
    fn five_are_free_then_each_costs_a_longer_wait_and_ten_block() {
        let mut attempts = PinAttempts::default();
        let waits = wrong(&mut attempts, 10);
        assert_eq!(waits, [0, 0, 0, 0, 0, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 30 * MINUTE]);
        let late = up(u64::MAX);
        assert_eq!(attempts.begin(&mara(), 1, &late), Err(PinRefusal::Blocked), "no wait helps");
        assert_eq!(attempts.begin(&"stf_ines".parse().unwrap(), 1, &late), Ok(()), "of that person alone");
        let mut let_in = attempts.clone();
        let_in.unblock(&mara());
        assert_eq!(let_in.begin(&mara(), 1, &late), Ok(()));
        assert_eq!(attempts.begin(&mara(), 2, &late), Ok(()), "another PIN begins at nothing");
    }

    #[test]
    fn the_right_pin_forgets_the_wrong_ones_before_it() {
        let mut attempts = PinAttempts::default();
        for _ in 0..50 {
            wrong(&mut attempts, 4);
            assert_eq!(attempts.free_left(&mara()), 1);
            attempts.begin(&mara(), 1, &up(0)).unwrap();
            attempts.succeeded(&mara());
            attempts.recent.clear();
            assert_eq!(attempts.free_left(&mara()), 5);
        }
    }

    #[test]
    fn a_restart_begins_the_wait_anew_and_never_shortens_it() {
        let mut attempts = PinAttempts::default();
        wrong(&mut attempts, 5);
        assert_eq!(attempts.begin(&mara(), 1, &up(50_000)), locked(10_000));
        let again = |mono_ms| Uptime { boot_id: boot("boot_two"), mono_ms };
        assert_eq!(attempts.begin(&mara(), 1, &again(1_000)), locked(MINUTE));
        assert_eq!(attempts.begin(&mara(), 1, &again(31_000)), locked(MINUTE / 2), "and counts from the restart");
        assert_eq!(attempts.begin(&mara(), 1, &again(61_000)), Ok(()));
    }

    #[test]
    fn twenty_wrong_ones_of_everybody_within_ten_minutes_lock_the_device() {
        let mut attempts = PinAttempts::default();
        let of = |place: u64| format!("stf_{}", place % 5).parse().unwrap();
        for place in 0..20 {
            attempts.begin(&of(place), 1, &up(place * 1_000)).unwrap();
        }
        let everybody = |wait_ms| Err(PinRefusal::Locked { wait_ms, everybody: true });
        assert_eq!(attempts.begin(&mara(), 1, &up(19_000)), everybody(30 * MINUTE));
        assert_eq!(attempts.begin(&mara(), 1, &up(19_000 + 29 * MINUTE)), everybody(MINUTE));
        let restarted = Uptime { boot_id: boot("boot_two"), mono_ms: 0 };
        assert_eq!(attempts.clone().begin(&mara(), 1, &restarted), everybody(30 * MINUTE));
        assert_eq!(attempts.begin(&mara(), 1, &up(19_000 + 30 * MINUTE)), Ok(()));
    }

    #[test]
    fn twenty_wrong_ones_over_a_day_lock_nobody_out() {
        let mut attempts = PinAttempts::default();
        for place in 0..100 {
            let staff_id = format!("stf_{}", place % 25).parse().unwrap();
            attempts.begin(&staff_id, place / 25, &up(u64::from(place) * MINUTE)).unwrap();
        }
    }

    #[test]
    fn the_count_is_the_same_after_it_was_written_down_and_read() {
        let mut attempts = PinAttempts::default();
        wrong(&mut attempts, 7);
        let read: PinAttempts = serde_json::from_str(&serde_json::to_string(&attempts).unwrap()).unwrap();
        assert_eq!(read, attempts);
    }
}
