//! Trouble that comes between two taps: networks and outages, hosts' signals, clocks, sleep, releases.

use engine::Input;

use super::versions::NewerApp;
use super::{Event, World, timestamp};
use crate::checkers::Broken;
use crate::faults::Fault;

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// What a clock shows that has lost its battery: 2000-01-01T00:00:00Z.
const FAR_PAST_MS: i64 = 946_684_800_000;
/// What one shows that somebody set: 2099-12-31T22:00:00Z.
const FAR_FUTURE_MS: i64 = 4_102_437_600_000;
/// The longest that an app sleeps, or a till is off, in milliseconds.
const ASLEEP_MS_MAX: u64 = 10 * 60_000;

/// Until when something is wrong for everybody.
#[derive(Debug, Default)]
pub(super) struct Windows {
    pub(super) outage_until_ms: u64,
    pub(super) bad_release_until_ms: u64,
    pub(super) other_protocol_until_ms: u64,
    /// How the bad release fails.
    pub(super) bad_release_way: usize,
    bad_release_was_out: bool,
}

impl Windows {
    /// Nothing is wrong any more.
    pub(super) const fn end(&mut self) {
        self.outage_until_ms = 0;
        self.bad_release_until_ms = 0;
        self.other_protocol_until_ms = 0;
    }
}

impl World {
    /// Clocks that are wrong from the start.
    pub(super) fn skew_clocks(&mut self) {
        for till in 0..self.tills.len() {
            if let Some(mut dice) = self.strikes(Fault::ClockSkewed) {
                self.tills[till].wall_error_ms = dice.i64(-DAY_MS..=DAY_MS);
            }
        }
    }

    /// What goes wrong at a till before somebody taps there. Tells whether anything did that keeps them from tapping.
    pub(super) fn trouble_at(&mut self, till: usize) -> Result<bool, Broken> {
        self.trouble_for_all()?;
        self.clocks(till);
        let alive = self.tills[till].engine.is_some();
        if alive && self.happens(Fault::KilledAtTap) {
            self.kill(till);
            return Ok(true);
        }
        if alive && let Some(mut dice) = self.strikes(Fault::Rebooted) {
            self.kill_for(till, dice.u64(60_000..=ASLEEP_MS_MAX));
            return Ok(true);
        }
        if alive && let Some(mut dice) = self.strikes(Fault::AppFrozen) {
            let asleep_ms = dice.u64(1_000..=ASLEEP_MS_MAX);
            self.trace(|| format!("till {till} sleeps for {asleep_ms} ms"));
            self.tills[till].frozen_until_ms = self.now_ms + asleep_ms;
            self.tills[till].mono_frozen_ms = dice.bool().then_some(self.now_ms);
            let life = self.tills[till].life;
            self.after(asleep_ms, Event::Awake { till, life });
            return Ok(true);
        }
        if let Some(mut dice) = self.strikes(Fault::SlowLink) {
            let slow = self.tills[till].link_bytes_s.is_none().then(|| dice.u64(200..=4_000));
            self.tills[till].link_bytes_s = slow;
        }
        if self.happens(Fault::NetworkGone) {
            self.tills[till].network_up = !self.tills[till].network_up;
            let up = self.tills[till].network_up;
            self.feed(till, if up { Input::WentOnline } else { Input::WentOffline })?;
        }
        let up = self.tills[till].network_up;
        if !up && self.happens(Fault::SaysOnline) {
            self.feed(till, Input::WentOnline)?;
        }
        if up && self.happens(Fault::SaysOffline) {
            self.feed(till, Input::WentOffline)?;
        }
        if alive && let Some(mut dice) = self.strikes(Fault::NewKey) {
            let key = self.tills[till].disk.add_key(&mut dice);
            self.feed(till, Input::KeyAdded(key))?;
        }
        if let Some(mut dice) = self.strikes(Fault::Suspended) {
            self.trace(|| format!("till {till} is suspended"));
            self.server.suspend(timestamp(self.now_ms), &self.tills[till].enrolment, true);
            self.after(dice.u64(1_000..=60_000), Event::Resumed { till });
        }
        Ok(false)
    }

    fn clocks(&mut self, till: usize) {
        if let Some(mut dice) = self.strikes(Fault::ClockBack) {
            self.tills[till].wall_error_ms -= dice.i64(1_000..=DAY_MS);
        }
        if let Some(mut dice) = self.strikes(Fault::ClockForward) {
            self.tills[till].wall_error_ms += dice.i64(1_000..=DAY_MS);
        }
        if let Some(mut dice) = self.strikes(Fault::ZoneChanged) {
            self.tills[till].zone_error_min = dice.i16(-40..=56) * 15;
        }
        for (fault, shown_ms) in [(Fault::FarPast, FAR_PAST_MS), (Fault::FarFuture, FAR_FUTURE_MS)] {
            if self.happens(fault) {
                self.tills.iter_mut().for_each(|till| till.dated_far_back |= fault == Fault::FarPast);
                self.tills[till].wall_error_ms = shown_ms - i64::try_from(self.now_ms).unwrap_or(0);
            }
        }
    }

    fn trouble_for_all(&mut self) -> Result<(), Broken> {
        let now_ms = self.now_ms;
        if now_ms >= self.windows.outage_until_ms
            && let Some(mut dice) = self.strikes(Fault::CommonOutage)
        {
            let signalled = dice.bool();
            self.outage_for(dice.u64(5_000..=300_000), signalled)?;
        }
        if !self.windows.bad_release_was_out
            && let Some(mut dice) = self.strikes(Fault::BadRelease)
        {
            self.windows.bad_release_was_out = true;
            self.windows.bad_release_way = dice.usize(0..4);
            self.windows.bad_release_until_ms = now_ms + dice.u64(1_000..=120_000);
        }
        if let Some(mut dice) = self.strikes(Fault::OtherProtocol) {
            self.windows.other_protocol_until_ms = now_ms + dice.u64(1_000..=60_000);
        }
        if let Some(mut dice) = self.strikes(Fault::Migration) {
            self.server.set_migrating(true);
            self.after(dice.u64(1_000..=20_000), Event::Migrated);
        }
        if self.happens(Fault::NewRelease) {
            self.server.release();
        }
        if self.happens(Fault::NewerApp) {
            let (server, now) = (&self.server, timestamp(now_ms));
            self.newer_app.get_or_insert_with(|| NewerApp::new(server, now)).bring_news(server, now)?;
        }
        Ok(())
    }

    /// Nobody reaches the server for so long.
    pub(super) fn outage_for(&mut self, outage_ms: u64, signalled: bool) -> Result<(), Broken> {
        self.trace(|| format!("nobody reaches the server for {outage_ms} ms"));
        self.windows.outage_until_ms = self.now_ms + outage_ms;
        self.after(outage_ms, Event::OutageOver { signalled });
        for till in 0..self.tills.len() {
            if signalled && self.hears(till) {
                self.feed(till, Input::WentOffline)?;
            }
        }
        Ok(())
    }

    pub(super) fn outage_over(&mut self, signalled: bool) -> Result<(), Broken> {
        for till in 0..self.tills.len() {
            if signalled && self.hears(till) {
                self.feed(till, Input::WentOnline)?;
            }
        }
        Ok(())
    }

    /// Whether a till has a network, and an app that is awake.
    fn hears(&self, till: usize) -> bool {
        self.tills[till].network_up && self.tills[till].frozen_until_ms <= self.now_ms
    }

    /// An app wakes up by itself.
    pub(super) fn awake(&mut self, till: usize, life: u32) {
        if self.is_alive(till, life) {
            self.tills[till].wake_up(self.now_ms);
        }
    }

    pub(super) fn migrated(&mut self) -> Result<(), Broken> {
        self.server.set_migrating(false);
        self.server.release();
        Ok(())
    }

    pub(super) fn resumed(&mut self, till: usize) -> Result<(), Broken> {
        self.server.suspend(timestamp(self.now_ms), &self.tills[till].enrolment, false);
        Ok(())
    }

    /// Until when what happens has to wait, because the app it happens to sleeps.
    pub(super) fn sleeps_until(&self, event: &Event) -> Option<u64> {
        let till = match event {
            Event::Written { till, .. } | Event::Read { till, .. } | Event::Woken { till, .. } => *till,
            Event::Message(message) => message.answers()?,
            Event::Tap
            | Event::Start { .. }
            | Event::Awake { .. }
            | Event::Resumed { .. }
            | Event::OutageOver { .. }
            | Event::Migrated => return None,
        };
        let frozen_until_ms = self.tills.get(till)?.frozen_until_ms;
        (frozen_until_ms > self.now_ms).then_some(frozen_until_ms)
    }
}
