//! The evening itself: a queue of events, people who tap, messages under way, and two phases.
#![expect(
    clippy::indexing_slicing,
    reason = "tills are named by an index that the world itself gives out: a wrong one must stop the run"
)]

mod network;
mod people;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::Timestamp;
use engine::{Command, Input, OrderFilter, Output, SyncManager, WriteBatch};
use fastrand::Rng;

use crate::checkers::{self, Broken};
use crate::faults::{Options, happens};
use crate::server::Server;
use crate::till::{Fact, PULL_INTERVAL_MS, Till};
use network::{Message, Network};

/// When the evening begins: 2026-10-31T22:00:00Z.
const EVENING_MS: u64 = 1_793_484_000_000;
/// The longest the second phase may take, in virtual milliseconds.
const QUIET_MS_MAX: u64 = 30 * 60_000;
/// Events that may happen within one virtual millisecond before something is running in circles.
const EVENTS_A_MOMENT_MAX: u32 = 5_000;
/// How long a till's disk takes at most for one write, in milliseconds.
const WRITE_MS_MAX: u64 = 40;

/// What one seed came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evening {
    /// Inputs that engines handled.
    pub steps: u64,
    /// Mutations made durable.
    pub mutations: u64,
    /// Times an app was killed.
    pub kills: u64,
    /// Everything that happened, where asked for.
    pub trace: Vec<String>,
}

/// A law that was broken, and everything needed to see it again.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// Its options.
    pub options: Options,
    /// The checker that noticed.
    pub checker: &'static str,
    /// What it saw.
    pub message: String,
    /// Everything that happened, where asked for.
    pub trace: Vec<String>,
}

/// What happens next.
enum Event {
    Tap,
    Start { till: usize },
    Written { till: usize, life: u32, succeeded: bool },
    Read { till: usize, life: u32, failed: bool },
    Woken { till: usize, life: u32, at: u64 },
    Message(Message),
}

struct World {
    dice: Rng,
    options: Options,
    now_ms: u64,
    events: BTreeMap<(u64, u64), Event>,
    next_event: u64,
    at_this_moment: u32,
    tills: Vec<Till>,
    server: Server,
    evening: Evening,
    tracing: bool,
}

/// Runs the evening of a seed.
///
/// # Errors
/// The first law that was broken; a panic of the product is one too.
pub fn run(seed: u64, tracing: bool) -> Result<Evening, Box<Failure>> {
    let mut dice = Rng::with_seed(seed);
    let options = Options::draw(&mut dice);
    let mut world = World::new(seed, dice, options.clone(), tracing);
    let lived = catch_unwind(AssertUnwindSafe(|| world.live()));
    match lived.unwrap_or_else(|_| Err(("panic", "the product panicked; its message stands above".to_owned()))) {
        Ok(()) => Ok(world.evening),
        Err((checker, message)) => {
            Err(Box::new(Failure { seed, options, checker, message, trace: world.evening.trace }))
        }
    }
}

impl World {
    fn new(seed: u64, mut dice: Rng, options: Options, tracing: bool) -> Self {
        let server = Server::new(seed, &options, timestamp(EVENING_MS));
        let enrolled = (0..options.tills).map(|_| Till::new(server.enrol(timestamp(EVENING_MS)), &mut dice));
        let tills = enrolled.collect();
        Self {
            dice,
            options,
            now_ms: EVENING_MS,
            events: BTreeMap::new(),
            next_event: 0,
            at_this_moment: 0,
            tills,
            server,
            evening: Evening::default(),
            tracing,
        }
    }

    fn live(&mut self) -> Result<(), Broken> {
        for till in 0..self.tills.len() {
            self.after(0, Event::Start { till });
        }
        // Everyone reads the menu before the doors open; faults begin then.
        self.live_until(EVENING_MS + 2_000)?;
        self.server.set_options(&self.options);
        let mut at = 2_000;
        for _ in 0..self.options.taps {
            at += self.dice.u64(1..=20_000);
            self.after(at, Event::Tap);
        }
        self.live_until(EVENING_MS + at)?;
        self.calm_down()?;
        self.check_the_end()
    }

    fn live_until(&mut self, end_ms: u64) -> Result<(), Broken> {
        while let Some(entry) = self.events.first_entry() {
            if entry.key().0 > end_ms {
                break;
            }
            let ((at, _), event) = entry.remove_entry();
            self.at_this_moment = if at == self.now_ms { self.at_this_moment + 1 } else { 0 };
            if self.at_this_moment > EVENTS_A_MOMENT_MAX {
                return Err(("busy_loop", "something asks to be woken at once, again and again".to_owned()));
            }
            self.now_ms = at;
            self.happen(event)?;
        }
        self.now_ms = end_ms;
        Ok(())
    }

    /// The second phase: nothing goes wrong any more, and everything must drain.
    fn calm_down(&mut self) -> Result<(), Broken> {
        self.trace(|| "-- faults off --".to_owned());
        self.options = self.options.without_faults();
        self.server.set_options(&self.options);
        for till in 0..self.tills.len() {
            self.tills[till].network_up = true;
            if self.tills[till].engine.is_none() {
                self.after(0, Event::Start { till });
            } else {
                self.feed(till, Input::WentOnline)?;
            }
        }
        let end = self.now_ms + QUIET_MS_MAX;
        while self.now_ms < end {
            self.live_until(self.now_ms + 1_000)?;
            self.ask_paused_tills_to_go_on()?;
            if let Some(cursor) = self.settled_at() {
                // A pull by everyone later, they must still stand where they stood.
                self.live_until(self.now_ms + PULL_INTERVAL_MS + 1_000)?;
                if self.settled_at() == Some(cursor) {
                    return Ok(());
                }
            }
        }
        let depths: Vec<usize> = self
            .tills
            .iter()
            .filter_map(|till| till.engine.as_ref())
            .map(|engine| checkers::status(engine).queue_depth)
            .collect();
        Err(("drain", format!("mutations still wait half an hour after the faults stopped: {depths:?}")))
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

    fn check_the_end(&mut self) -> Result<(), Broken> {
        self.restart_everyone()?;
        let operations = checkers::operations(&self.server)?;
        let ledgers: Vec<_> = self.tills.iter().map(|till| till.disk.ledger()).collect();
        checkers::once_and_in_order(&operations)?;
        for (till, ledger) in self.tills.iter().zip(&ledgers) {
            checkers::saved_is_durable(till, &till.durable(&self.options).map_err(|error| ("durable", error))?)?;
            checkers::nothing_is_lost(till, ledger, &operations)?;
            self.evening.mutations += u64::try_from(ledger.ids().len()).unwrap_or(0);
        }
        let truth = checkers::fold(&operations)?;
        checkers::records_are_the_journal(&self.server, &truth)?;
        checkers::money_adds_up(&self.tills, &ledgers, &truth)?;
        let made = ledgers.iter().map(|ledger| ledger.ids().len()).sum::<usize>();
        if made != operations.len() {
            let message = format!("{made} mutations were made durable, {} reached the server", operations.len());
            return Err(("no_silent_loss", message));
        }
        let reader = self.reader()?;
        let everyone: Vec<SyncManager> =
            (0..self.tills.len()).map(|till| self.durable(till)).collect::<Result<_, _>>()?;
        checkers::everyone_agrees(&everyone, &reader)
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

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Tap => self.tap(),
            Event::Start { till } => self.start(till),
            Event::Written { till, life, succeeded } => self.written(till, life, succeeded),
            Event::Read { till, life, failed } => self.read(till, life, failed),
            Event::Woken { till, life, at } => {
                if !self.is_alive(till, life) || self.tills[till].wake_at != Some(at) {
                    return Ok(());
                }
                // A timer comes once.
                self.tills[till].wake_at = None;
                self.feed(till, Input::TimeoutReached)
            }
            Event::Message(message) => self.deliver(message),
        }
    }

    fn start(&mut self, till: usize) -> Result<(), Broken> {
        if self.tills[till].engine.is_some() {
            return Ok(());
        }
        let now_ms = self.now_ms;
        self.trace(|| format!("till {till} starts"));
        self.tills[till].start(now_ms, &self.options, &mut self.dice).map_err(|error| ("durable", error))?;
        checkers::saved_is_durable(&self.tills[till], &self.durable(till)?)?;
        let ledger = self.tills[till].disk.ledger();
        checkers::nothing_is_lost(&self.tills[till], &ledger, &checkers::operations(&self.server)?)?;
        let enrolment = Some(self.tills[till].enrolment.clone());
        self.give(till, Fact::Started, Command::Start { enrolment })?;
        if self.tills[till].network_up {
            self.feed(till, Input::WentOnline)
        } else {
            self.feed(till, Input::WentOffline)
        }
    }

    fn durable(&self, till: usize) -> Result<SyncManager, Broken> {
        self.tills[till].durable(&self.options).map_err(|error| ("durable", error))
    }

    fn kill(&mut self, till: usize) {
        self.trace(|| format!("till {till} is killed"));
        self.tills[till].kill();
        self.evening.kills += 1;
        let later = self.dice.u64(0..=10_000);
        self.after(later, Event::Start { till });
    }

    /// A person asks for something.
    fn give(&mut self, till: usize, fact: Fact, command: Command) -> Result<(), Broken> {
        let id = self.tills[till].next_command;
        self.tills[till].next_command += 1;
        self.tills[till].asked.insert(id, fact);
        self.feed(till, Input::CommandGiven { id, command, context: None })
    }

    /// Tells an engine what happened and does what it says.
    fn feed(&mut self, till: usize, input: Input) -> Result<(), Broken> {
        let moment = self.tills[till].moment(self.now_ms, &mut self.dice);
        let Some(engine) = &mut self.tills[till].engine else { return Ok(()) };
        let tracing = self.tracing.then(|| format!("till {till} <- {input:?}"));
        let outputs = engine.handle(moment, input);
        let will_wake_up = engine.will_wake_up();
        self.evening.steps += 1;
        if let Some(line) = tracing {
            self.trace(|| line);
        }
        if !will_wake_up {
            return Err(("wake_up", format!("till {till} has work and no wake-up")));
        }
        for output in outputs {
            self.carry_out(till, output);
        }
        let till_now = &self.tills[till];
        let may_send = |engine: &SyncManager| checkers::status(engine).paused.is_none();
        let forgotten = till_now.wake_at.is_none() && till_now.writing.is_none() && till_now.reading.is_none();
        if forgotten && till_now.engine.as_ref().is_some_and(may_send) {
            return Err(("wake_up", format!("till {till} may send, and no timer is set")));
        }
        Ok(())
    }

    fn carry_out(&mut self, till: usize, output: Output) {
        if self.tills[till].engine.is_none() {
            // Killed at an earlier output of the same input: the rest never happens.
            return;
        }
        self.trace(|| format!("till {till} -> {output:?}"));
        match output {
            Output::Commit(batch) => self.write(till, batch),
            Output::Exchange(request) => self.send(till, request),
            Output::Resolve { id, outcome } => {
                match (self.tills[till].asked.remove(&id), outcome) {
                    (Some(fact), Ok(_)) => self.tills[till].saved.push(fact),
                    // An app that cannot open its store says so, and the person starts it again.
                    (Some(Fact::Started), Err(_)) => self.kill(till),
                    (Some(_), Err(_)) | (None, _) => {}
                }
            }
            Output::Notify(_) => {}
            Output::Read(keys) => {
                let life = self.tills[till].life;
                self.tills[till].reading = Some(keys);
                let failed = happens(&mut self.dice, self.options.commit_failed);
                let delay = self.dice.u64(0..=WRITE_MS_MAX);
                self.after(delay, Event::Read { till, life, failed });
            }
            Output::KeepKeys(ids) => self.tills[till].disk.keep_keys(&ids),
            Output::Remember(number) => self.tills[till].disk.remember(number),
            Output::WakeAt(at) => {
                let life = self.tills[till].life;
                self.tills[till].wake_at = Some(at);
                let early = u64::from(happens(&mut self.dice, self.options.timers_early));
                let at_ms = (self.tills[till].started_ms + at - early).max(self.now_ms);
                self.at(at_ms, Event::Woken { till, life, at });
            }
        }
    }

    /// A disk takes its time, fails, or loses the app at the worst moment.
    fn write(&mut self, till: usize, batch: WriteBatch) {
        if happens(&mut self.dice, self.options.killed_at_commit) {
            match self.dice.u8(0..3) {
                0 => {}
                1 => self.tills[till].disk.tear(&batch, &mut self.dice),
                _ => {
                    let parts = self.dice.usize(0..=batch.put.len() + batch.create.len() + batch.delete.len());
                    self.tills[till].disk.write_part(&batch, parts);
                }
            }
            self.kill(till);
            return;
        }
        let succeeded = !happens(&mut self.dice, self.options.commit_failed);
        let life = self.tills[till].life;
        self.tills[till].writing = Some(batch);
        let delay = self.dice.u64(0..=WRITE_MS_MAX);
        self.after(delay, Event::Written { till, life, succeeded });
    }

    fn written(&mut self, till: usize, life: u32, succeeded: bool) -> Result<(), Broken> {
        if !self.is_alive(till, life) {
            return Ok(());
        }
        let Some(batch) = self.tills[till].writing.take() else { return Ok(()) };
        if !succeeded {
            let code = "STORAGE_FULL".to_owned();
            return self.feed(till, Input::CommitFailed { code, reason: "the disk is full".to_owned() });
        }
        if !self.tills[till].disk.write(&batch) {
            return Err(("durable", format!("till {till} would overwrite what it has written")));
        }
        self.feed(till, Input::CommitSucceeded)?;
        checkers::saved_is_seen(&self.tills[till])
    }

    fn read(&mut self, till: usize, life: u32, failed: bool) -> Result<(), Broken> {
        if !self.is_alive(till, life) {
            return Ok(());
        }
        let Some(keys) = self.tills[till].reading.take() else { return Ok(()) };
        if failed {
            return self.feed(till, Input::ReadFailed { reason: "the disk does not answer".to_owned() });
        }
        let values = keys.iter().map(|key| self.tills[till].disk.read(key)).collect();
        self.feed(till, Input::ReadSucceeded { values })
    }

    fn is_alive(&self, till: usize, life: u32) -> bool {
        self.tills.get(till).is_some_and(|till| till.life == life && till.engine.is_some())
    }

    fn after(&mut self, delay_ms: u64, event: Event) {
        self.at(self.now_ms + delay_ms, event);
    }

    fn at(&mut self, at_ms: u64, event: Event) {
        self.events.insert((at_ms, self.next_event), event);
        self.next_event += 1;
    }

    fn trace(&mut self, line: impl FnOnce() -> String) {
        if self.tracing {
            let at = self.now_ms - EVENING_MS;
            self.evening.trace.push(format!("{:>9}.{:03} {}", at / 1_000, at % 1_000, line()));
        }
    }
}

fn timestamp(now_ms: u64) -> Timestamp {
    Timestamp::nearest(i64::try_from(now_ms).unwrap_or(i64::MAX))
}
