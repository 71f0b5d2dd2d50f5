//! Keeping the store small and reading what is not in memory, between the saves of people who work.
//!
//! A save never waits for more than one step of a checkpoint: a chunk, the manifest, or some deletions. A checkpoint begins
//! when nobody is waiting, or between two saves once the journal has become long.

use std::collections::VecDeque;

use domain::BusinessDate;
use serde::{Deserialize, Serialize};

use super::{Purpose, SyncManager, Waiting, Writes};
use crate::command::{Command, Refusal, RefusalCode};
use crate::io::{CommandId, Event, Moment, Output, WriteBatch};
use crate::local_db::{CheckpointStep, Measure, Urgency};
use crate::staging::Staged;

/// How long nobody must have saved before a checkpoint begins, in milliseconds.
const QUIET_MS: u64 = 1_000;
/// How long upkeep rests after a write that failed, in milliseconds.
const REST_MS: u64 = 60_000;
/// Chunks read at once: bounds how long the working set grows at one stroke.
const CHUNKS_AT_ONCE: usize = 4;
/// Finished days read by themselves after the start, newest first.
const DAYS_AT_START: usize = 2;

/// What the upkeep is at.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Upkeep {
    reading: Option<Reading>,
    /// The newest days, which come into memory by themselves when it is quiet.
    newest: Option<Load>,
    /// When it may go on after a failure.
    rests_until: u64,
    /// When the last save was made.
    saved_at: u64,
    /// When the store was opened, or last saved to: checkpoints leave an app in peace that is just starting.
    busy_at: u64,
    /// The last write was a step of a checkpoint: saves go first now.
    stepped: bool,
    /// Values that could not be read, as far as listeners know.
    damage_told: usize,
}

/// A read that is out.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Reading {
    Day { load: Load, keys: Vec<String> },
    Chunk,
}

/// Finished days to be taken into memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Load {
    /// Who asked.
    id: Option<CommandId>,
    dates: VecDeque<BusinessDate>,
    /// Keys of the first date that are still to be read.
    keys: VecDeque<String>,
    /// A command that stands behind it cannot be judged before.
    for_next_command: bool,
}

impl Load {
    fn new(id: Option<CommandId>, dates: impl IntoIterator<Item = BusinessDate>, for_next_command: bool) -> Self {
        Self { id, dates: dates.into_iter().collect(), keys: VecDeque::new(), for_next_command }
    }
}

impl SyncManager {
    /// Whether a write or a read may be started.
    pub(super) const fn is_idle(&self) -> bool {
        self.commit.is_none() && self.upkeep.reading.is_none()
    }

    /// The store was opened.
    pub(super) const fn opened(&mut self, now: &Moment) {
        self.upkeep.busy_at = now.mono_ms;
    }

    /// A save was made: checkpoints wait until it is quiet again.
    pub(super) const fn saved(&mut self, now: &Moment) {
        self.upkeep.saved_at = now.mono_ms;
        self.upkeep.busy_at = now.mono_ms;
        self.upkeep.stepped = false;
    }

    /// What a person asked to see of older days.
    pub(super) fn load(&mut self, id: CommandId, date: Option<BusinessDate>) {
        let mut dates = self.db.days_on_disk();
        dates.retain(|known| date.is_none_or(|date| *known == date));
        self.waiting.push_back(Waiting::Load(Load::new(Some(id), dates, false)));
    }

    /// The newest days come into memory by themselves.
    pub(super) fn load_newest_days(&mut self) {
        let newest: Vec<BusinessDate> = self.db.days_on_disk().into_iter().rev().take(DAYS_AT_START).collect();
        if !newest.is_empty() {
            self.upkeep.newest = Some(Load::new(None, newest, false));
        }
    }

    /// The days that must be in memory before a command can be judged.
    pub(super) fn load_before(&self, command: &Command) -> Option<Load> {
        let mut order_ids = command.order_ids();
        match command {
            Command::Resolve { conflict_id, .. } => order_ids.extend(self.db.order_of_conflict(*conflict_id)),
            Command::Retry { mutation_id, .. } | Command::Discard { mutation_id, .. } => {
                let parked = self.db.parked().iter().find(|parked| parked.mutation.id == *mutation_id);
                order_ids.extend(parked.map(|parked| parked.mutation.order_id()));
            }
            Command::Start { .. }
            | Command::Order(_)
            | Command::Orders(_)
            | Command::LoadDays { .. }
            | Command::Punch(_)
            | Command::Drawer { .. }
            | Command::Audit { .. }
            | Command::Import { .. } => {}
        }
        let dates: Vec<BusinessDate> = order_ids.into_iter().flat_map(|order_id| self.db.days_of(order_id)).collect();
        (!dates.is_empty()).then(|| Load::new(None, dates, true))
    }

    /// Reads the next chunks of a load, or tells that it is done.
    pub(super) fn continue_load(&mut self, mut load: Load, outputs: &mut Vec<Output>) {
        while load.keys.is_empty() {
            let Some(date) = load.dates.front().copied() else {
                if let Some(id) = load.id {
                    outputs.push(Output::Resolve { id, outcome: Ok(None) });
                }
                return;
            };
            if self.db.days_on_disk().contains(&date) {
                load.keys = self.db.keys_of(date).into();
            } else {
                load.dates.pop_front();
            }
        }
        let keys: Vec<String> = load.keys.drain(..load.keys.len().min(CHUNKS_AT_ONCE)).collect();
        outputs.push(Output::Read(keys.clone()));
        self.upkeep.reading = Some(Reading::Day { load, keys });
    }

    pub(super) fn read_succeeded(&mut self, now: &Moment, values: Vec<Option<Vec<u8>>>, outputs: &mut Vec<Output>) {
        match self.upkeep.reading.take() {
            None => {}
            Some(Reading::Chunk) => {
                let value = values.into_iter().next().flatten();
                match self.db.reseal(value.as_deref(), now) {
                    Ok(Some(batch)) => self.write_step(batch, outputs),
                    Ok(None) => {}
                    Err(_) => self.rest(now),
                }
                self.tell_damage(outputs);
            }
            Some(Reading::Day { load, .. })
                if self.writes == Writes::Follower && values.iter().any(Option::is_none) =>
            {
                // The tab that writes has taken a checkpoint since: its chunks are others now, and nothing is damaged.
                outputs.push(Output::Notify(Event::FellBehind));
                self.refuse_load(&load, "another tab has rewritten it", outputs);
            }
            Some(Reading::Day { mut load, keys }) => {
                let mut changed = Vec::new();
                for (key, value) in keys.iter().zip(values) {
                    changed.extend(self.db.load_chunk(key, value.as_deref()).orders);
                }
                if load.keys.is_empty()
                    && let Some(date) = load.dates.pop_front()
                {
                    self.db.day_loaded(date);
                }
                if !changed.is_empty() {
                    outputs.push(Output::Notify(Event::OrdersChanged(changed)));
                }
                self.tell_damage(outputs);
                // Whoever saves meanwhile goes first, unless it is just what is read for.
                if load.id.is_none() && !load.for_next_command {
                    self.upkeep.newest = Some(load);
                } else if load.for_next_command {
                    self.waiting.push_front(Waiting::Load(load));
                } else {
                    self.waiting.push_back(Waiting::Load(load));
                }
            }
        }
    }

    pub(super) fn read_failed(&mut self, now: &Moment, reason: &str, outputs: &mut Vec<Output>) {
        match self.upkeep.reading.take() {
            None => {}
            Some(Reading::Chunk) => self.rest(now),
            Some(Reading::Day { load, .. }) => self.refuse_load(&load, reason, outputs),
        }
    }

    /// Whoever asked for a day, or gave the command that needs it, hears that it could not be read.
    fn refuse_load(&mut self, load: &Load, reason: &str, outputs: &mut Vec<Output>) {
        let refusal = || Refusal::new(RefusalCode::StorageFailed, format!("the store could not be read: {reason}"));
        let waits = load.for_next_command.then(|| self.waiting.pop_front()).flatten();
        let behind = match waits {
            Some(Waiting::Command { id, .. }) => Some(id),
            Some(
                other @ (Waiting::Load(_)
                | Waiting::Reply { .. }
                | Waiting::CursorExpired { .. }
                | Waiting::StreamBroken { .. }
                | Waiting::Skip { .. }
                | Waiting::DecisionRefused { .. }),
            ) => {
                self.waiting.push_front(other);
                None
            }
            None => None,
        };
        for id in load.id.into_iter().chain(behind) {
            outputs.push(Output::Resolve { id, outcome: Err(refusal()) });
        }
    }

    /// Another tab has committed.
    pub(super) fn commit_observed(&mut self, key: &str, value: &[u8], outputs: &mut Vec<Output>) {
        if self.writes != Writes::Follower {
            return;
        }
        let Some(touched) = self.db.observe(key, value) else {
            outputs.push(Output::Notify(Event::FellBehind));
            return;
        };
        self.tell_touched(touched, outputs);
        outputs.push(Output::Notify(Event::StatusChanged));
    }

    /// Takes a step of upkeep where it is time for one. Tells whether something is out now.
    pub(super) fn keep_up(&mut self, now: &Moment, outputs: &mut Vec<Output>) -> bool {
        let nobody_waits = self.waiting.is_empty();
        let quiet_for_reads = nobody_waits && now.mono_ms >= self.upkeep.saved_at.saturating_add(QUIET_MS);
        let quiet = nobody_waits && now.mono_ms >= self.upkeep.busy_at.saturating_add(QUIET_MS);
        if quiet_for_reads && let Some(load) = self.upkeep.newest.take() {
            self.continue_load(load, outputs);
            if self.upkeep.reading.is_some() {
                return true;
            }
        }
        if self.writes != Writes::Allowed || self.db.session().is_none() || now.mono_ms < self.upkeep.rests_until {
            return false;
        }
        let urgency = self.db.checkpoint_urgency(&self.measure());
        let begins = match urgency {
            Urgency::No => false,
            Urgency::Soon => quiet,
            Urgency::Now => true,
        };
        if begins {
            self.db.begin_checkpoint(self.measure());
        }
        // What the server sends may be large and can wait; what people enter is small and cannot.
        let flooded =
            matches!(self.waiting.front(), Some(Waiting::Reply { .. })) && self.db.is_flooded(&self.measure());
        let goes_on =
            (self.db.is_checkpointing() || self.db.wants_sweep()) && (nobody_waits || !self.upkeep.stepped || flooded);
        if !goes_on && !quiet {
            return false;
        }
        match self.db.checkpoint_step(now) {
            Ok(None) => return false,
            Ok(Some(CheckpointStep::Write(batch))) => self.write_step(batch, outputs),
            Ok(Some(CheckpointStep::Read(number))) => {
                outputs.push(Output::Read(vec![self.db.key_of_chunk(number)]));
                self.upkeep.reading = Some(Reading::Chunk);
            }
            Err(_) => {
                self.rest(now);
                return false;
            }
        }
        true
    }

    /// When upkeep wants to be woken, if it does.
    pub(super) fn upkeep_at(&self) -> Option<u64> {
        // While something is out, its end is what goes on with the upkeep.
        let wanted = self.writes == Writes::Allowed
            && self.is_idle()
            && self.db.session().is_some()
            && (self.db.checkpoint_urgency(&self.measure()) != Urgency::No
                || self.db.is_checkpointing()
                || self.db.has_garbage());
        let quiet_at = self.upkeep.busy_at.saturating_add(QUIET_MS);
        let reads_at =
            (self.upkeep.newest.is_some() && self.is_idle()).then_some(self.upkeep.saved_at.saturating_add(QUIET_MS));
        let writes_at = wanted.then(|| quiet_at.max(self.upkeep.rests_until));
        reads_at.into_iter().chain(writes_at).min()
    }

    pub(super) fn step_written(&mut self, outputs: &mut Vec<Output>) {
        self.upkeep.stepped = true;
        if self.db.checkpoint_written() {
            if self.db.retire_keys() {
                outputs.push(Output::KeepKeys(self.db.keyring().keys().iter().map(|key| key.id).collect()));
            }
            outputs.push(Output::Notify(Event::StatusChanged));
        }
    }

    pub(super) fn rest(&mut self, now: &Moment) {
        self.db.checkpoint_failed();
        self.upkeep.rests_until = now.mono_ms.saturating_add(REST_MS);
    }

    /// Tells of what could not be read, once.
    pub(super) fn tell_damage(&mut self, outputs: &mut Vec<Output>) {
        let found = self.db.damage().len();
        if found > self.upkeep.damage_told {
            self.upkeep.damage_told = found;
            outputs.push(Output::Notify(Event::StorageDamaged));
            outputs.push(Output::Notify(Event::StatusChanged));
        }
    }

    const fn measure(&self) -> Measure {
        Measure {
            entries: self.config.checkpoint_entries,
            chunk_bytes: self.config.chunk_bytes,
            retention_days: self.config.retention_days,
        }
    }

    fn write_step(&mut self, batch: WriteBatch, outputs: &mut Vec<Output>) {
        self.commit = Some(super::PendingCommit::of_upkeep());
        outputs.push(Output::Commit(batch));
    }
}

impl super::PendingCommit {
    fn of_upkeep() -> Self {
        Self { draft: None, staged: Staged::default(), purpose: Purpose::Upkeep }
    }
}
