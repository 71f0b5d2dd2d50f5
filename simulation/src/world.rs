//! The evening itself: a queue of events, people who tap, messages under way, and two phases.
#![expect(
    clippy::indexing_slicing,
    reason = "tills are named by an index that the world itself gives out: a wrong one must stop the run"
)]

mod answers;
mod calm;
mod disks;
mod network;
mod people;
mod stampede;
mod trouble;
mod versions;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use domain::Timestamp;
use engine::{Command, HttpAnswer, Input, Output, SyncManager};
use fastrand::Rng;
use protocol::MutationId;

use crate::calendar;
use crate::checkers::{self, Broken};
use crate::faults::{Fault, Mischief, Options, Plan};
use crate::liveness::Watch;
use crate::replay;
use crate::server::Server;
use crate::till::{Fact, Till};
use network::{Message, Network};
pub use stampede::Stampede;
use trouble::Windows;
use versions::NewerApp;

/// Events that may happen within one virtual millisecond before something is running in circles.
const EVENTS_A_MOMENT_MAX: u32 = 5_000;
/// How long a till's disk takes at most for one write, in milliseconds.
const WRITE_MS_MAX: u64 = 40;
/// How late a timer comes at most that does not come in time, in milliseconds.
const LATE_MS_MAX: u64 = 5 * 60_000;

/// What one seed came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evening {
    /// Inputs that engines handled.
    pub steps: u64,
    /// Mutations made durable.
    pub mutations: u64,
    /// Times an app was killed.
    pub kills: u64,
    /// How often each fault really happened.
    pub happened: BTreeMap<Fault, u64>,
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
    /// What the evening had come to.
    pub evening: Evening,
}

/// What happens next.
enum Event {
    Tap,
    Start {
        till: usize,
    },
    Written {
        till: usize,
        life: u32,
        succeeded: Result<(), &'static str>,
    },
    Read {
        till: usize,
        life: u32,
        failed: bool,
    },
    Woken {
        till: usize,
        life: u32,
        at: u64,
    },
    Message(Message),
    /// An app that slept wakes up.
    Awake {
        till: usize,
        life: u32,
    },
    /// The admin lets a suspended till read again.
    Resumed {
        till: usize,
    },
    /// The way to the server is there again, and hosts may see it.
    OutageOver {
        signalled: bool,
    },
    /// The store has its new form, and new Workers come with it.
    Migrated,
}

struct World {
    dice: Rng,
    mischief: Rc<RefCell<Mischief>>,
    options: Options,
    began_ms: u64,
    now_ms: u64,
    events: BTreeMap<(u64, u64), Event>,
    next_event: u64,
    at_this_moment: u32,
    tills: Vec<Till>,
    server: Server,
    windows: Windows,
    /// The last reply that each till was given.
    last_replies: BTreeMap<usize, HttpAnswer>,
    newer_app: Option<NewerApp>,
    /// Mutations at which the server fails each time.
    poisoned: BTreeSet<MutationId>,
    watch: Watch,
    evening: Evening,
    tracing: bool,
}

/// Runs the evening of a seed.
///
/// # Errors
/// The first law that was broken; a panic of the product is one too.
pub fn run(plan: &Plan, seed: u64, tracing: bool) -> Result<Evening, Box<Failure>> {
    let mut dice = Rng::with_seed(seed);
    let options = Options::draw(plan, seed, &mut dice);
    let mut world = World::new(seed, dice, options.clone(), tracing);
    let lived = catch_unwind(AssertUnwindSafe(|| world.live()));
    world.evening.happened = world.mischief.borrow().happened().clone();
    match lived.unwrap_or_else(|_| Err(("panic", "the product panicked; its message stands above".to_owned()))) {
        Ok(()) => Ok(world.evening),
        Err((checker, message)) => Err(Box::new(Failure { seed, options, checker, message, evening: world.evening })),
    }
}

impl World {
    fn new(seed: u64, mut dice: Rng, options: Options, tracing: bool) -> Self {
        let mut mischief = Mischief::new(&options, seed);
        mischief.begin();
        let began_ms = calendar::begins_ms(&mut mischief);
        mischief.rest();
        let mischief = Rc::new(RefCell::new(mischief));
        let server = Server::new(Rc::clone(&mischief), timestamp(began_ms));
        let enrolled = (0..options.tills).map(|_| Till::new(server.enrol(timestamp(began_ms)), &mut dice));
        let tills = enrolled.collect();
        Self {
            dice,
            mischief,
            watch: Watch::new(options.tills, options.faults.contains_key(&Fault::RefusesBodies)),
            options,
            began_ms,
            now_ms: began_ms,
            events: BTreeMap::new(),
            next_event: 0,
            at_this_moment: 0,
            tills,
            server,
            windows: Windows::default(),
            last_replies: BTreeMap::new(),
            newer_app: None,
            poisoned: BTreeSet::new(),
            evening: Evening::default(),
            tracing,
        }
    }

    fn live(&mut self) -> Result<(), Broken> {
        self.open_the_doors()?;
        let mut at = 0;
        for _ in 0..self.options.taps {
            at += self.dice.u64(1..=20_000);
            self.after(at, Event::Tap);
        }
        self.live_until(self.now_ms + at)?;
        self.calm_down()?;
        self.check_the_end()
    }

    /// Everyone reads the menu before the doors open; faults begin then.
    fn open_the_doors(&mut self) -> Result<(), Broken> {
        for till in 0..self.tills.len() {
            self.after(0, Event::Start { till });
        }
        self.live_until(self.began_ms + 4_000)?;
        self.mischief.borrow_mut().begin();
        self.skew_clocks();
        Ok(())
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

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        if let Some(until) = self.sleeps_until(&event) {
            self.at(until, event);
            return Ok(());
        }
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
            Event::Awake { till, life } => {
                self.awake(till, life);
                Ok(())
            }
            Event::Resumed { till } => self.resumed(till),
            Event::OutageOver { signalled } => self.outage_over(signalled),
            Event::Migrated => self.migrated(),
        }
    }

    fn start(&mut self, till: usize) -> Result<(), Broken> {
        if self.tills[till].engine.is_some() {
            return Ok(());
        }
        let now_ms = self.now_ms;
        self.trace(|| format!("till {till} starts"));
        if let Some(flight) = self.tills[till].flight.take() {
            replay::replays(&flight)?;
        }
        self.tills[till].start(now_ms, &self.options, &mut self.dice).map_err(|error| ("durable", error))?;
        self.watch.started(till);
        checkers::saved_is_durable(&self.tills[till], &self.durable(till)?)?;
        checkers::nothing_is_lost(&self.tills[till], &checkers::operations(&self.server)?)?;
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
        let later = self.dice.u64(0..=10_000);
        self.kill_for(till, later);
    }

    fn kill_for(&mut self, till: usize, later_ms: u64) {
        self.trace(|| format!("till {till} is killed"));
        self.tills[till].kill();
        self.evening.kills += 1;
        self.after(later_ms, Event::Start { till });
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
        self.watch.told(till, &input);
        let outputs = engine.handle(moment, input);
        let will_wake_up = engine.will_wake_up();
        self.watch.stands(till, engine, &outputs, self.now_ms);
        self.evening.steps += 1;
        if let Some(line) = tracing {
            self.trace(|| line);
        }
        if !will_wake_up {
            return Err(("wake_up", format!("till {till} has work and no wake-up")));
        }
        for output in outputs {
            self.carry_out(till, output)?;
        }
        let till_now = &self.tills[till];
        let Some(engine) = &till_now.engine else { return Ok(()) };
        let forgotten = till_now.wake_at.is_none() && till_now.writing.is_none() && till_now.reading.is_none();
        if forgotten && checkers::status(engine).paused.is_none() {
            return Err(("wake_up", format!("till {till} may send, and no timer is set")));
        }
        Ok(())
    }

    fn carry_out(&mut self, till: usize, output: Output) -> Result<(), Broken> {
        if self.tills[till].engine.is_none() {
            // Killed at an earlier output of the same input: the rest never happens.
            return Ok(());
        }
        self.trace(|| format!("till {till} -> {output:?}"));
        match output {
            Output::Commit(batch) => self.write(till, batch)?,
            Output::Exchange(request) => {
                self.watch.asks(till, self.now_ms)?;
                self.send(till, request);
            }
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
                let failed = self.happens(Fault::ReadFailed);
                let delay = self.dice.u64(0..=WRITE_MS_MAX);
                self.after(delay, Event::Read { till, life, failed });
            }
            Output::KeepKeys(ids) => self.tills[till].disk.keep_keys(&ids),
            Output::Remember(number) => self.tills[till].disk.remember(number),
            Output::WakeAt(at) => {
                let life = self.tills[till].life;
                self.tills[till].wake_at = Some(at);
                let early = u64::from(self.happens(Fault::TimerEarly));
                let late = self.strikes(Fault::TimerLate).map_or(0, |mut dice| dice.u64(1..=LATE_MS_MAX));
                let at_ms = (self.tills[till].started_ms + at + late - early).max(self.now_ms);
                self.at(at_ms, Event::Woken { till, life, at });
            }
        }
        Ok(())
    }

    /// Throws a fault's dice at one of its chances.
    fn strikes(&self, fault: Fault) -> Option<Rng> {
        self.mischief.borrow_mut().strikes(fault)
    }

    fn happens(&self, fault: Fault) -> bool {
        self.strikes(fault).is_some()
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
            let at = self.now_ms - self.began_ms;
            self.evening.trace.push(format!("{:>9}.{:03} {}", at / 1_000, at % 1_000, line()));
        }
    }
}

fn timestamp(now_ms: u64) -> Timestamp {
    Timestamp::nearest(i64::try_from(now_ms).unwrap_or(i64::MAX))
}
