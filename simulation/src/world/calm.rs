//! The second phase: nothing goes wrong any more. Everything must drain in time, and everyone must agree.

use domain::BusinessDate;
use engine::{Input, OrderFilter, SyncManager};

use super::{Event, World, timestamp};
use crate::checkers::{self, Broken};
use crate::faults::Fault;
use crate::liveness::{RECOVERY_MS_MAX, Watch};
use crate::replay;
use crate::till::{PULL_INTERVAL_MS, Till};

/// What an exchange takes at most where nothing goes wrong, in milliseconds.
const EXCHANGE_MS_MAX: u64 = 1_000;
/// Pages that a till reads beside one for every mutation made: the menu, the location, notices.
const OTHER_PAGES_MAX: u64 = 60;
/// How far back a snapshot reaches: 35 days, in milliseconds.
const SNAPSHOT_MS: i64 = 35 * 86_400_000;
/// Longest way of one message then, in milliseconds.
const CALM_DELAY_MS_MAX: u64 = 200;
/// Taps of each till after the faults: only where later mutations pass can an earlier one be seen to be stuck.
const CALM_TAPS: usize = 4;

impl World {
    /// *L1*, and with it the moments at which *L3* and *L5* are asked.
    pub(super) fn calm_down(&mut self) -> Result<(), Broken> {
        self.trace(|| "-- faults off --".to_owned());
        self.mischief.borrow_mut().rest();
        self.options.delay_ms_max = CALM_DELAY_MS_MAX;
        self.end_troubles()?;
        self.watch.calm(self.now_ms);
        let mut at = 0;
        for _ in 0..self.tills.len() * CALM_TAPS {
            at += self.dice.u64(1..=5_000);
            self.after(at, Event::Tap);
        }
        let calm_since_ms = self.now_ms;
        self.live_until(calm_since_ms + at)?;
        loop {
            self.live_until(self.now_ms + 1_000)?;
            self.ask_paused_tills_to_go_on()?;
            for till in 0..self.tills.len() {
                self.watch.recovers(till, self.now_ms)?;
            }
            if let Some(cursor) = self.settled_at() {
                // A pull by everyone later, they must still stand where they stood.
                let requests = self.watch.requests();
                self.live_until(self.now_ms + PULL_INTERVAL_MS + 1_000)?;
                if self.settled_at() == Some(cursor) {
                    return self.watch.was_idle(&requests);
                }
            }
            let mutations: usize = self.tills.iter().map(|till| till.disk.ledger().made_in_all()).sum();
            let pages = u64::try_from(mutations).unwrap_or(u64::MAX) + OTHER_PAGES_MAX;
            let bound_ms = at + RECOVERY_MS_MAX + pages * EXCHANGE_MS_MAX;
            if self.now_ms > calm_since_ms + bound_ms {
                let depths: Vec<usize> = self.tills.iter().map(|till| till.disk.ledger().pending_in_all()).collect();
                let message = format!("not settled {bound_ms} ms after the faults stopped; waiting: {depths:?}");
                return Err(("drain", message));
            }
        }
    }

    fn end_troubles(&mut self) -> Result<(), Broken> {
        self.windows.end();
        self.server.set_migrating(false);
        let suspended = self.mischief.borrow().happened().contains_key(&Fault::Suspended);
        for till in 0..self.tills.len() {
            if suspended {
                self.resumed(till)?;
            }
            self.bring_forward_what_sleeps(self.tills[till].frozen_until_ms);
            self.tills[till].wake_up(self.now_ms);
            self.tills[till].link_bytes_s = None;
            self.come_in_time(till);
            if self.tills[till].engine.is_none() {
                self.tills[till].network_up = true;
                self.after(0, Event::Start { till });
            } else if !std::mem::replace(&mut self.tills[till].network_up, true) {
                // Only who had no network is told that there is one: the others have to find out.
                self.feed(till, Input::WentOnline)?;
            }
        }
        Ok(())
    }

    /// What was put off until an app wakes up comes now that it wakes up earlier.
    fn bring_forward_what_sleeps(&mut self, until_ms: u64) {
        let put_off = self.events.range((until_ms, 0)..(until_ms + 1, 0));
        let put_off = put_off.filter(|(_, event)| self.sleeps_until(event) == Some(until_ms));
        for at in put_off.map(|(at, _)| *at).collect::<Vec<_>>() {
            if let Some(event) = self.events.remove(&at) {
                self.at(self.now_ms, event);
            }
        }
    }

    /// A timer that would come late comes when it was asked for.
    fn come_in_time(&mut self, till: usize) {
        let life = self.tills[till].life;
        if let Some(at) = self.tills[till].wake_at {
            let at_ms = (self.tills[till].started_ms + at).max(self.now_ms);
            self.at(at_ms, Event::Woken { till, life, at });
        }
    }

    /// A refusal from before may still arrive: somebody sees that sending has stopped, and asks for it.
    fn ask_paused_tills_to_go_on(&mut self) -> Result<(), Broken> {
        for till in 0..self.tills.len() {
            let paused = |engine: &SyncManager| checkers::status(engine).paused.is_some();
            if self.tills[till].engine.as_ref().is_some_and(paused) {
                self.feed(till, Input::SyncRequested)?;
            }
        }
        Ok(())
    }

    /// The cursor everyone stands at once nobody has anything to send.
    fn settled_at(&self) -> Option<String> {
        let mut cursors = self.tills.iter().map(|till| {
            let status = till.engine.as_ref().map(checkers::status)?;
            status.cursor.filter(|_| status.queue_depth == 0)
        });
        let first = cursors.next()??;
        cursors.all(|cursor| cursor.as_ref() == Some(&first)).then_some(first)
    }

    /// Everyone switches the till off and on again: what the disk alone gives must be what was seen before.
    fn restart_everyone(&mut self) -> Result<(), Broken> {
        for till in 0..self.tills.len() {
            let whole = |engine: &&SyncManager| checkers::status(engine).storage.days_on_disk.is_empty();
            let engine = self.tills[till].engine.as_ref().filter(whole);
            let before = engine.map(|engine| engine.orders(&OrderFilter::default()));
            self.tills[till].kill();
            self.start(till)?;
            let after = self.durable(till)?.orders(&OrderFilter::default());
            if before.is_some_and(|before| before != after) {
                return Err(("durable", format!("till {till} shows other orders after being switched off and on")));
            }
        }
        self.live_until(self.now_ms + 5_000)
    }

    pub(super) fn check_the_end(&mut self) -> Result<(), Broken> {
        self.watch = Watch::new(self.tills.len(), false);
        for till in &self.tills {
            if let Some(flight) = till.engine.as_ref().and_then(SyncManager::recording) {
                replay::replays(&flight)?;
            }
        }
        self.restart_everyone()?;
        let operations = checkers::operations(&self.server)?;
        let ledgers: Vec<_> = self.tills.iter().map(|till| till.disk.ledger()).collect();
        checkers::once_and_in_order(&operations, &ledgers)?;
        for (till, ledger) in self.tills.iter().zip(&ledgers) {
            checkers::saved_is_durable(till, &till.durable(&self.options).map_err(|error| ("durable", error))?)?;
            checkers::nothing_is_lost(till, &operations)?;
            self.evening.mutations += u64::try_from(ledger.made_in_all()).unwrap_or(0);
        }
        let truth = checkers::fold(&operations)?;
        checkers::records_are_the_journal(&self.server, &truth)?;
        checkers::money_adds_up(&self.tills, &ledgers, &truth)?;
        let brought = self.newer_app.as_ref().map_or(Ok(0), |app| app.is_kept(&operations))?;
        let made = ledgers.iter().map(|ledger| ledger.made_in_all()).sum::<usize>();
        if made + brought != operations.len() {
            let message = format!("{made} mutations were made durable, {} reached the server", operations.len());
            return Err(("no_silent_loss", message));
        }
        if !self.options.faults.contains_key(&Fault::RefusesBodies) {
            checkers::poison_is_contained(&operations, &self.poisoned)?;
        }
        let reader = self.reader()?;
        let everyone: Vec<SyncManager> =
            (0..self.tills.len()).map(|till| self.durable(till)).collect::<Result<_, _>>()?;
        let far_back = self.tills.iter().any(|till| till.dated_far_back);
        let since = far_back.then(|| BusinessDate::of(timestamp(self.now_ms).after(-SNAPSHOT_MS), 0, 0));
        checkers::everyone_agrees(&everyone, &reader, since)
    }

    /// A till that has only ever read the server.
    fn reader(&mut self) -> Result<SyncManager, Broken> {
        let index = self.tills.len();
        self.options.delta_entries_max = 500;
        self.tills.push(Till::new(self.server.enrol(timestamp(self.now_ms)), &mut self.dice));
        self.after(0, Event::Start { till: index });
        self.live_until(self.now_ms + 5_000)?;
        let reader = self.durable(index);
        self.tills.pop();
        reader
    }
}
