//! What can be told from a disk's bytes of the stream `shifts`: every mutation ever made, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Mutation, MutationId};
use serde_json::Value;

/// Every mutation of the stream ever made durable on one disk, and what became of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShiftsLedger {
    /// As they were made.
    pub(crate) made: BTreeMap<MutationId, Mutation>,
    /// Those that a verdict applied.
    pub(crate) settled: BTreeSet<MutationId>,
    /// Those that a verdict refused.
    pub(crate) parked: BTreeSet<MutationId>,
    skipped: BTreeSet<MutationId>,
    /// What was decided without ever having been held here, and what a new life of the stream left out.
    pub(crate) foreign: Vec<u64>,
    /// Whose each number is, in each life of the stream.
    pub(crate) lives: BTreeMap<String, BTreeMap<u64, MutationId>>,
    incarnation: String,
}

impl ShiftsLedger {
    /// How many mutations wait for a verdict.
    pub(crate) fn pending(&self) -> usize {
        self.made.len() - self.settled.len() - self.parked.len()
    }

    pub(crate) fn begin_life(&mut self, incarnation: &str) {
        incarnation.clone_into(&mut self.incarnation);
    }

    /// A new life: what is named is numbered anew from 1, and what was said of the old numbers is void. Whatever waits is among it.
    pub(crate) fn restart(&mut self, incarnation: &str, offered: &Value) {
        self.begin_life(incarnation);
        let ids = offered.as_array().into_iter().flatten().filter_map(Value::as_str);
        let ids: Vec<MutationId> = ids.filter_map(|id| id.parse().ok()).collect();
        let waits = |id: &&MutationId| !self.settled.contains(*id) && !self.parked.contains(*id);
        let left_out = self.made.keys().filter(waits).filter(|id| !ids.contains(id)).count();
        self.foreign.extend((0..left_out).map(|_| 0));
        for id in &ids {
            self.settled.remove(id);
        }
        self.lives.insert(self.incarnation.clone(), (1..).zip(ids).collect());
    }

    /// Reads one change of the stream.
    pub(crate) fn note(&mut self, change: &Value) {
        let Some((kind, fields)) = change.as_object().and_then(|change| change.iter().next()) else { return };
        let seq = fields.get("seq").and_then(Value::as_u64);
        match (kind.as_str(), seq) {
            ("queued", _) => self.queued(fields),
            ("settled", Some(seq)) => {
                if let Some(id) = self.decided(seq) {
                    self.settled.insert(id);
                }
            }
            ("parked", Some(seq)) => {
                if let Some(id) = self.decided(seq) {
                    self.parked.insert(id);
                }
            }
            ("skipped", Some(seq)) => {
                if let Some(id) = self.decided(seq) {
                    self.skipped.insert(id);
                }
            }
            ("dropped", Some(seq)) => {
                if let Some(id) = self.decided(seq).filter(|id| self.skipped.contains(id)) {
                    self.parked.insert(id);
                }
            }
            _ => {}
        }
    }

    fn queued(&mut self, fields: &Value) {
        let text = fields.get("mutation").map(Value::to_string).unwrap_or_default();
        let Ok(mutation) = serde_json::from_str::<Mutation>(&text) else { return };
        if self.made.contains_key(&mutation.id) {
            return;
        }
        self.lives.entry(self.incarnation.clone()).or_default().insert(mutation.seq, mutation.id);
        self.made.insert(mutation.id, mutation);
    }

    fn decided(&mut self, seq: u64) -> Option<MutationId> {
        let id = self.lives.get(&self.incarnation).and_then(|life| life.get(&seq)).copied();
        if id.is_none() {
            self.foreign.push(seq);
        }
        id
    }
}
