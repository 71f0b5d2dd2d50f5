//! What a reader who trusts no engine can tell from the bytes that were written: every mutation ever made, and what became
//! of it.
//!
//! It is kept by mutation, not by number: where a till begins its stream anew, what is in its queue gets other numbers.

use std::collections::{BTreeMap, BTreeSet};

use domain::OrderId;
use protocol::{Mutation, MutationId};
use serde_json::Value;

use crate::shifts_ledger::ShiftsLedger;

/// Every mutation ever made durable on one disk, and what became of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct DiskLedger {
    /// As they were made.
    pub(crate) made: BTreeMap<MutationId, Mutation>,
    /// Those that a verdict applied, with the version of their record that holds them.
    pub(crate) settled: BTreeMap<MutationId, u64>,
    /// Those that a verdict refused.
    pub(crate) parked: BTreeSet<MutationId>,
    /// Those that no request passes with; the server's verdict on the mark in their place is still to come.
    skipped: BTreeSet<MutationId>,
    /// Their orders: what is seen of these is a person's to decide.
    pub(crate) set_apart: BTreeSet<OrderId>,
    /// What was decided without ever having been held here.
    pub(crate) foreign: Vec<u64>,
    /// Whose each number is, in each life of the stream.
    pub(crate) lives: BTreeMap<String, BTreeMap<u64, MutationId>>,
    /// The life that is lived now.
    incarnation: String,
    /// The numbers of this life that are in the queue: pending, or settled and not yet seen in their record.
    queue: BTreeMap<u64, MutationId>,
    /// Up to where this life's numbers are part of each record.
    arrived: BTreeMap<OrderId, Arrived>,
    /// The same of the stream `shifts`.
    pub(crate) shifts: ShiftsLedger,
}

/// What was last confirmed of a record.
#[derive(Debug, Clone, Copy, Default)]
struct Arrived {
    rev: u64,
    own_seq: u64,
}

impl DiskLedger {
    /// How many mutations wait for a verdict.
    pub(crate) fn pending(&self) -> usize {
        self.made.len() - self.settled.len() - self.parked.len()
    }

    /// How many mutations of both streams were ever made.
    pub(crate) fn made_in_all(&self) -> usize {
        self.made.len() + self.shifts.made.len()
    }

    /// How many mutations of both streams wait for a verdict.
    pub(crate) fn pending_in_all(&self) -> usize {
        self.pending() + self.shifts.pending()
    }

    /// The mutation that waits longest: the one with the lowest number.
    pub(crate) fn oldest_pending(&self) -> Option<MutationId> {
        self.queue.values().copied().find(|id| !self.settled.contains_key(id))
    }

    /// Reads one entry of the journal as it was written.
    pub(crate) fn note_entry(&mut self, text: &str) {
        if let Ok(Value::Array(changes)) = serde_json::from_str(text) {
            for change in &changes {
                self.note(change);
            }
        }
    }

    fn note(&mut self, change: &Value) {
        let Some((kind, fields)) = change.as_object().and_then(|change| change.iter().next()) else { return };
        let seq = fields.get("seq").and_then(Value::as_u64);
        match (kind.as_str(), seq) {
            ("shifts", _) => self.shifts.note(fields),
            ("session_started", _) => self.begin_life(fields),
            ("stream_restarted", _) => self.restart(fields),
            ("mutation_queued", _) => self.queued(fields),
            ("mutation_settled", Some(seq)) => self.settle(seq, fields),
            ("mutation_parked", Some(seq)) => match self.queue.remove(&seq) {
                Some(id) => _ = self.parked.insert(id),
                None => self.foreign.push(seq),
            },
            ("mutation_skipped", Some(seq)) => self.skip(seq),
            ("mutation_dropped", Some(seq)) => self.dropped(seq),
            ("record_confirmed", _) => self.confirmed(fields),
            _ => {}
        }
    }

    fn begin_life(&mut self, fields: &Value) {
        let incarnation = fields.get("incarnation").and_then(Value::as_str);
        self.incarnation = incarnation.unwrap_or_default().to_owned();
        self.shifts.begin_life(&self.incarnation);
    }

    /// A new life: what is in the queue is numbered anew from 1, and what was said of the old numbers is void.
    fn restart(&mut self, fields: &Value) {
        self.begin_life(fields);
        self.shifts.restart(&self.incarnation, fields.get("shifts").unwrap_or(&Value::Null));
        let queued = std::mem::take(&mut self.queue).into_values();
        self.queue = (1..).zip(queued).collect();
        self.lives.insert(self.incarnation.clone(), self.queue.clone());
        for id in self.queue.values() {
            self.settled.remove(id);
        }
        for arrived in self.arrived.values_mut() {
            arrived.own_seq = 0;
        }
    }

    fn queued(&mut self, fields: &Value) {
        let text = fields.get("mutation").map(Value::to_string).unwrap_or_default();
        let Ok(mutation) = serde_json::from_str::<Mutation>(&text) else { return };
        if self.made.contains_key(&mutation.id) {
            return;
        }
        self.queue.insert(mutation.seq, mutation.id);
        self.lives.entry(self.incarnation.clone()).or_default().insert(mutation.seq, mutation.id);
        self.made.insert(mutation.id, mutation);
    }

    fn settle(&mut self, seq: u64, fields: &Value) {
        let Some(id) = self.queue.get(&seq).copied() else { return self.foreign.push(seq) };
        self.settled.insert(id, fields.get("rev").and_then(Value::as_u64).unwrap_or(u64::MAX));
        if let Some(record_id) = self.made.get(&id).map(Mutation::order_id) {
            self.forget_arrived(record_id);
        }
    }

    fn skip(&mut self, seq: u64) {
        if let Some(id) = self.queue.get(&seq).copied() {
            self.skipped.insert(id);
            self.set_apart.extend(self.made.get(&id).map(Mutation::order_id));
        }
    }

    /// A mark stands in the journal; checkpoints say the same of what was settled and seen.
    fn dropped(&mut self, seq: u64) {
        if let Some(id) = self.queue.get(&seq).copied().filter(|id| self.skipped.contains(id)) {
            self.queue.remove(&seq);
            self.parked.insert(id);
        }
    }

    fn confirmed(&mut self, fields: &Value) {
        let number = |name: &str| fields.get(name).and_then(Value::as_u64).unwrap_or(0);
        let id = fields.get("id").and_then(Value::as_str).and_then(|id| id.parse::<OrderId>().ok());
        let orders = fields.get("collection").and_then(Value::as_str) == Some("orders");
        let (Some(record_id), true) = (id, orders) else { return };
        let (rev, own_seq) = (number("rev"), number("own_seq"));
        let known = self.arrived.entry(record_id).or_default();
        if known.rev < rev || (known.rev == rev && known.own_seq < own_seq) {
            *known = Arrived { rev, own_seq };
            self.forget_arrived(record_id);
        }
    }

    /// Settled mutations leave the queue once their effect is part of the record.
    fn forget_arrived(&mut self, record_id: OrderId) {
        let Arrived { rev, own_seq } = self.arrived.get(&record_id).copied().unwrap_or_default();
        let (made, settled) = (&self.made, &self.settled);
        self.queue.retain(|seq, id| {
            let of_record = made.get(id).is_some_and(|mutation| mutation.order_id() == record_id);
            !(of_record && settled.get(id).is_some_and(|settled| *settled <= rev || *seq <= own_seq))
        });
    }
}
