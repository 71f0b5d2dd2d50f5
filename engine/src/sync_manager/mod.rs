//! SyncManager: the one way in, and the one place that decides.
//!
//! Stage → commit → apply. A command is checked and staged (nothing changes), the host writes it (all or nothing), then
//! memory changes from the same batch and callers and listeners hear of it. While one commit is out, further commands
//! gather and share the next one, so a burst costs one write. A server's reply takes the same road: it is staged,
//! committed, applied, and only then is the next exchange started.
//!
//! What goes to the server and comes back is in `exchanges`, what keeps the store small and reads older days in `upkeep`, what
//! apps read in `queries` and `reports`, what pokes do in `pokes`, who has signed in in `sign_in`.
//!
//! Laws kept here: memory never runs ahead of disk; at most one commit and one exchange are out; while something is to be
//! sent and sending is allowed, a wake-up exists.

mod exchanges;
mod lanes;
mod pokes;
mod queries;
mod reports;
mod sign_in;
mod standing;
mod suspicion;
mod upkeep;
mod waiting;

pub use sign_in::{PinRefused, SignedInView, StaffView};

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::{Grant, MutationId, TimeAnchor, Timestamp};
use serde::{Deserialize, Serialize};

use crate::command::{Command, Refusal, RefusalCode};
use crate::config::EngineConfig;
use crate::connection_monitor::{Connection, ConnectionMonitor, Failure, PauseReason};
use crate::exchange::{Asked, Stream};
use crate::flight_recorder::FlightRecorder;
use crate::io::{CommandId, Event, ExchangeId, GivenAt, Input, Moment, Output};
use crate::journeys::Journeys;
use crate::local_db::{LocalDb, StoreChange, Touched};
use crate::sign_in::Giver;
use crate::staging::{Stage, Staged, Surroundings};
use exchanges::jitter;
use lanes::{Lanes, Turn};
use pokes::Pokes;
pub(crate) use standing::CoreStanding;
use upkeep::Upkeep;
use waiting::{PendingCommit, Purpose, Waiting};

/// Commands that share one commit at most: bounds how long one commit takes.
const GROUP_COMMANDS_MAX: usize = 500;

/// The engine's core.
#[derive(Debug)]
pub struct SyncManager {
    config: EngineConfig,
    db: LocalDb,
    monitor: ConnectionMonitor,
    pokes: Pokes,
    waiting: VecDeque<Waiting>,
    commit: Option<PendingCommit>,
    asked: BTreeMap<ExchangeId, Asked>,
    /// Decisions that the server has taken and that the changes do not show yet.
    delivered: BTreeSet<MutationId>,
    /// Who asked last.
    last_turn: Turn,
    next_exchange: ExchangeId,
    /// The first exchange of this life of the stream: earlier ones speak of other numbers.
    first_of_stream: ExchangeId,
    /// The stream was begun anew and no exchange has come through since.
    restarted: bool,
    lanes: Lanes,
    journeys: Journeys,
    server_offset_ms: Option<i64>,
    /// When the server's clock was last heard, by the clock that nobody can set.
    anchor: Option<TimeAnchor>,
    /// The grant of whoever has signed in.
    signed_in: Option<Box<Grant>>,
    last_sync_at: Option<Timestamp>,
    wake_at: Option<u64>,
    upkeep: Upkeep,
    writes: Writes,
    /// Why the last write failed; `None` once one has succeeded.
    last_storage_error: Option<RefusalCode>,
    recorder: FlightRecorder,
}

/// Whether this engine may write its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Writes {
    /// It is the one that does.
    Allowed,
    /// Another one does; this one follows it.
    Follower,
    /// Another one has taken the store over.
    TakenOver,
}

impl SyncManager {
    /// The core over a store. The first input should be the command `Start`.
    #[must_use]
    pub fn new(db: LocalDb, config: EngineConfig, now: &Moment) -> Self {
        let monitor = ConnectionMonitor::new(now.mono_ms, config.pull_interval_ms);
        let writes = if config.follower { Writes::Follower } else { Writes::Allowed };
        let recorder = FlightRecorder::new(if config.follower { 0 } else { config.recorded_inputs });
        let mut core = Self {
            recorder,
            config,
            db,
            monitor,
            pokes: Pokes::default(),
            upkeep: Upkeep::default(),
            last_storage_error: None,
            writes,
            waiting: VecDeque::new(),
            commit: None,
            asked: BTreeMap::new(),
            delivered: BTreeSet::new(),
            last_turn: Turn::Stream(Stream::Orders),
            next_exchange: 1,
            first_of_stream: 1,
            restarted: false,
            lanes: Lanes::default(),
            journeys: Journeys::default(),
            server_offset_ms: None,
            anchor: None,
            signed_in: None,
            last_sync_at: None,
            wake_at: None,
        };
        core.mark_waypoint();
        core
    }

    /// The only way in: what happened, and what to do about it.
    pub fn handle(&mut self, now: Moment, input: Input) -> Vec<Output> {
        let seen = self.recorder.see(now, &input);
        let outputs = self.decide(now, input);
        self.recorder.note(seen, &outputs, self.db.take_said());
        self.mark_waypoint();
        outputs
    }

    fn decide(&mut self, now: Moment, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        let link_before = self.monitor.face();
        match input {
            Input::CommandGiven { id, command, context } => {
                self.command_given(&now, id, command, context, &mut outputs)
            }
            Input::StaffChanged(staff) => {
                self.signed_in = None;
                self.config.staff = Some(staff);
            }
            Input::SignedIn(grant) => {
                self.config.staff = Some(grant.staff_id.clone());
                self.signed_in = Some(grant);
                outputs.push(Output::Notify(Event::StatusChanged));
            }
            Input::SignedOut => {
                self.signed_in = None;
                self.config.staff = None;
                outputs.push(Output::Notify(Event::StatusChanged));
            }
            Input::CommitSucceeded => self.commit_succeeded(&now, &mut outputs),
            Input::CommitFailed { code, reason } => self.commit_failed(&now, &code, &reason, &mut outputs),
            Input::ReadSucceeded { values } => self.read_succeeded(&now, values, &mut outputs),
            Input::ReadFailed { reason } => self.read_failed(&now, &reason, &mut outputs),
            Input::CommitObserved { key, value } => self.commit_observed(&key, &value, &mut outputs),
            Input::KeyAdded(key) => self.db.add_key(&key),
            Input::WentOnline => self.monitor.went_online(now.mono_ms, jitter(&now)),
            Input::CameForward => self.monitor.came_forward(now.mono_ms, jitter(&now)),
            Input::WentBack => {
                // The host may stop this app at any moment: what waits gets its chance now.
                if self.has_work() && self.monitor.paused().is_none() {
                    self.monitor.resume(now.mono_ms);
                }
            }
            Input::WentOffline => self.monitor.went_offline(),
            Input::SyncRequested => {
                // Whoever does not write the store does not speak for it.
                if self.writes == Writes::Allowed && self.db.session().is_some() {
                    self.monitor.resume(now.mono_ms);
                }
            }
            Input::Poked { head } => self.poked(&now, head),
            Input::ExchangeAnswered { id, answer } => self.exchange_answered(&now, id, &answer),
            Input::ExchangeFailed { id, reason } => self.exchange_failed(&now, id, reason),
            // Hosts' timers may come a moment early; the one that came is gone, so what is still wanted is asked for anew.
            Input::TimeoutReached => self.wake_at = None,
        }
        if let Some(overdue) = self.monitor.overdue(now.mono_ms) {
            self.exchange_failed(&now, overdue, "TIMEOUT".to_owned());
        }
        self.start_commit(&now, &mut outputs);
        self.start_exchange(&now, &mut outputs);
        let told = outputs.contains(&Output::Notify(Event::StatusChanged));
        if !told && self.monitor.face() != link_before {
            outputs.push(Output::Notify(Event::StatusChanged));
        }
        self.plan_wake_up(&now, &mut outputs);
        outputs
    }

    /// Whether the law of the wake-up holds: while something is to be sent and sending is allowed, the host has been told
    /// when to come back, or an exchange or a commit is out that will.
    #[must_use]
    pub fn will_wake_up(&self) -> bool {
        self.monitor.paused().is_some() || self.wake_at.is_some() || self.commit.is_some()
    }

    fn command_given(
        &mut self,
        now: &Moment,
        id: CommandId,
        command: Command,
        context: Option<Box<GivenAt>>,
        outputs: &mut Vec<Output>,
    ) {
        let (moment, giver) = match context {
            // The ids come from where the person tapped; time goes on as it does here.
            Some(given) => (Moment { mono_ms: now.mono_ms, ..given.moment }, given.giver),
            None => (*now, self.giver()),
        };
        match (self.writes, command) {
            (Writes::Follower, Command::Start { .. }) if self.db.session().is_none() => {
                let refusal = Refusal::new(RefusalCode::NotEnrolled, "this device was never enrolled");
                outputs.push(Output::Resolve { id, outcome: Err(refusal) });
            }
            (Writes::Follower, Command::Start { .. }) => {
                outputs.push(Output::Resolve { id, outcome: Ok(None) });
                self.load_newest_days();
            }
            (_, Command::LoadDays { date }) => self.load(id, date),
            (Writes::Follower | Writes::TakenOver, _) => {
                outputs.push(Output::Resolve { id, outcome: Err(taken_over()) });
            }
            (Writes::Allowed, command) => self.waiting.push_back(Waiting::Command { id, moment, giver, command }),
        }
    }

    /// Who gives a command here.
    fn giver(&self) -> Giver {
        Giver { staff: self.config.staff.clone(), grant: self.signed_in.clone(), approver: None }
    }

    fn commit_succeeded(&mut self, now: &Moment, outputs: &mut Vec<Output>) {
        let Some(commit) = self.commit.take() else { return };
        if commit.draft.is_some() || matches!(commit.purpose, Purpose::Upkeep) {
            self.last_storage_error = None;
        }
        let written = commit.draft.is_some();
        self.journeys.note(&commit.staged.changes, now.wall);
        let touched = match commit.draft {
            Some(draft) => self.db.apply(commit.staged, draft.entry),
            None => Touched::default(),
        };
        match commit.purpose {
            Purpose::Upkeep => return self.step_written(outputs),
            Purpose::Commands(commands) => {
                if written {
                    self.saved(now);
                } else {
                    self.opened(now);
                }
                // A refused `Start` is no command: whoever may not have this store must not speak in its name.
                let started = !commands.is_empty() && self.db.session().is_some();
                for (id, order_id) in commands {
                    let order = order_id.and_then(|order_id| self.order(order_id)).map(Box::new);
                    outputs.push(Output::Resolve { id, outcome: Ok(order) });
                }
                if started && self.monitor.paused() == Some(PauseReason::NotEnrolled) {
                    self.monitor.resume(now.mono_ms);
                    self.load_newest_days();
                    self.tell_damage(outputs);
                }
                if self.has_work() {
                    self.monitor.work_arrived(now.mono_ms);
                }
            }
            Purpose::Reply { id, has_more, reached } => {
                self.head_read(id, reached, has_more);
                self.reply_stored(now, id, has_more);
                self.obey_pokes(now);
                // Where nothing was written, the journal may end with what a crash cut short.
                if written {
                    outputs.push(Output::Remember(self.db.journal_number()));
                }
            }
        }
        self.tell_touched(touched, outputs);
        outputs.push(Output::Notify(Event::StatusChanged));
    }

    fn tell_touched(&self, touched: Touched, outputs: &mut Vec<Output>) {
        if !touched.orders.is_empty() {
            outputs.push(Output::Notify(Event::OrdersChanged(touched.orders.into_iter().collect())));
        }
        if touched.conflicts {
            outputs.push(Output::Notify(Event::ConflictsChanged));
        }
        if touched.menu {
            outputs.push(Output::Notify(Event::MenuChanged));
        }
        if touched.shifts {
            outputs.push(Output::Notify(Event::ShiftsChanged));
        }
    }

    fn commit_failed(&mut self, now: &Moment, code: &str, reason: &str, outputs: &mut Vec<Output>) {
        let Some(commit) = self.commit.take() else { return };
        let refusal = match code {
            "KEY_EXISTS" => {
                self.writes = Writes::TakenOver;
                taken_over()
            }
            "STORAGE_FULL" => Refusal::new(RefusalCode::StorageFull, "nothing was saved: the device's storage is full"),
            _ => Refusal::new(RefusalCode::StorageFailed, format!("nothing was saved: {reason}")),
        };
        self.last_storage_error = Some(refusal.code);
        if commit.draft.is_some() {
            self.db.commit_failed();
        }
        match commit.purpose {
            Purpose::Upkeep => self.rest(now),
            Purpose::Commands(commands) => {
                for (id, _) in commands {
                    outputs.push(Output::Resolve { id, outcome: Err(refusal.clone()) });
                }
            }
            // Nothing of the reply was taken over; the server will give the same verdicts again.
            Purpose::Reply { id, .. } => {
                self.restarted = false;
                if self.monitor.in_flight() == Some(id) {
                    let code = refusal.code.as_str().to_owned();
                    self.monitor.failed(
                        now.mono_ms,
                        jitter(now),
                        Failure { code, answered: true, retry_after_s: None },
                    );
                }
            }
        }
        if self.writes == Writes::TakenOver {
            for waiting in std::mem::take(&mut self.waiting) {
                if let Waiting::Command { id, .. } = waiting {
                    outputs.push(Output::Resolve { id, outcome: Err(refusal.clone()) });
                }
            }
            self.monitor.pause(PauseReason::TakenOver, refusal.code.as_str().to_owned());
        }
        outputs.push(Output::Notify(Event::StatusChanged));
    }

    /// Stages what waits and hands the batch to the host. Commands gather; a reply stands alone.
    fn start_commit(&mut self, now: &Moment, outputs: &mut Vec<Output>) {
        while self.is_idle() && !self.keep_up(now, outputs) {
            let (staged, purpose) = match self.waiting.pop_front() {
                None => return,
                Some(Waiting::Load(load)) => {
                    self.continue_load(load, outputs);
                    continue;
                }
                Some(Waiting::Reply { id, .. }) if id < self.first_of_stream => continue,
                Some(Waiting::Reply { id, reply }) => self.stage_reply(now, id, *reply),
                Some(Waiting::StreamBroken { id }) => {
                    let Some(change) = self.restart_stream(now) else { continue };
                    (
                        Staged { changes: vec![change], ..Staged::default() },
                        Purpose::Reply { id, has_more: true, reached: 0 },
                    )
                }
                Some(Waiting::CursorExpired { id }) => {
                    self.pokes.forget();
                    let changes = vec![StoreChange::cursor_moved(None)];
                    (Staged { changes, ..Staged::default() }, Purpose::Reply { id, has_more: true, reached: 0 })
                }
                Some(Waiting::Skip { id, stream, seq, code }) => {
                    (self.stage_skip(stream, seq, code), Purpose::Reply { id, has_more: true, reached: 0 })
                }
                Some(Waiting::DecisionRefused { id, decision, code, message }) => {
                    let changes = vec![StoreChange::DecisionRefused { id: decision, code, message }];
                    (Staged { changes, ..Staged::default() }, Purpose::Reply { id, has_more: true, reached: 0 })
                }
                Some(Waiting::Command { id, moment, giver, command }) => {
                    let load = self.load_before(&command);
                    self.waiting.push_front(Waiting::Command { id, moment, giver, command });
                    if let Some(load) = load {
                        self.continue_load(load, outputs);
                        continue;
                    }
                    self.stage_commands(outputs)
                }
            };
            self.commit_staged(now, staged, purpose, outputs);
        }
    }

    fn stage_commands(&mut self, outputs: &mut Vec<Output>) -> (Staged, Purpose) {
        let mut stage = Stage::new(
            &self.db,
            surroundings(&self.config, &self.monitor, self.server_offset_ms, self.anchor.as_ref()),
        );
        let mut accepted = Vec::new();
        for _ in 0..GROUP_COMMANDS_MAX {
            match self.waiting.pop_front() {
                Some(Waiting::Command { id, moment, giver, command })
                    if accepted.is_empty() || self.load_before(&command).is_none() =>
                {
                    match stage.command(&moment, giver, command) {
                        Ok(order_id) => accepted.push((id, order_id)),
                        Err(refusal) => outputs.push(Output::Resolve { id, outcome: Err(refusal) }),
                    }
                }
                Some(other) => {
                    self.waiting.push_front(other);
                    break;
                }
                None => break,
            }
        }
        (stage.finish(), Purpose::Commands(accepted))
    }

    fn commit_staged(&mut self, now: &Moment, staged: Staged, purpose: Purpose, outputs: &mut Vec<Output>) {
        if staged.changes.is_empty() {
            // What is asked for already stands on disk, or a pull brought nothing: no write is needed to say so.
            self.commit = Some(PendingCommit { draft: None, staged, purpose });
            return self.commit_succeeded(now, outputs);
        }
        match self.db.draft(&staged.changes, now) {
            Ok(mut draft) => {
                let batch = std::mem::take(&mut draft.batch);
                self.commit = Some(PendingCommit { draft: Some(draft), staged, purpose });
                outputs.push(Output::Commit(batch));
            }
            Err(error) => {
                self.commit = Some(PendingCommit { draft: None, staged, purpose });
                self.commit_failed(now, RefusalCode::StorageFailed.as_str(), &error.to_string(), outputs);
            }
        }
    }

    /// Keeps the law of the wake-up: whatever happened, the host knows when to come back.
    fn plan_wake_up(&mut self, now: &Moment, outputs: &mut Vec<Output>) {
        let wanted = match self.writes {
            Writes::Allowed => self.monitor.wake_at().into_iter().chain(self.upkeep_at()).min(),
            Writes::Follower => self.upkeep_at(),
            Writes::TakenOver => None,
        };
        let passed = self.wake_at.is_some_and(|planned| planned <= now.mono_ms);
        if wanted != self.wake_at || passed {
            self.wake_at = wanted;
            if let Some(wake_at) = wanted {
                outputs.push(Output::WakeAt(wake_at));
            }
        }
    }
}

fn surroundings<'a>(
    config: &'a EngineConfig,
    monitor: &ConnectionMonitor,
    server_offset_ms: Option<i64>,
    anchor: Option<&'a TimeAnchor>,
) -> Surroundings<'a> {
    let offline = monitor.connection() == Connection::Offline;
    Surroundings { boot_id: &config.boot_id, server_offset_ms, offline, anchor }
}

fn taken_over() -> Refusal {
    Refusal::new(RefusalCode::StoreTakenOver, "another tab writes this store")
}
