//! A till's disk: what is durable, as bytes, and what a reader who knows only the stored form can tell from it.

use std::collections::{BTreeMap, BTreeSet};

use engine::{JOURNAL_PREFIX, WriteBatch};
use protocol::{Mutation, MutationId};
use serde_json::Value;

/// Bytes before the payload of a journal frame: magic, format, number, previous checksum, length.
const FRAME_HEADER_BYTES: usize = 4 + 1 + 8 + 4 + 4;
/// Bytes after it: the checksum.
const FRAME_TRAILER_BYTES: usize = 4;

/// One till's disk.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    values: BTreeMap<String, Vec<u8>>,
}

impl Disk {
    /// Writes the whole batch.
    pub(crate) fn write(&mut self, batch: &WriteBatch) {
        self.values.extend(batch.put.iter().cloned());
        for key in &batch.delete {
            self.values.remove(key);
        }
    }

    /// Writes only the beginning of the batch's first value: a torn write.
    pub(crate) fn tear(&mut self, batch: &WriteBatch, kept: usize) {
        if let Some((key, value)) = batch.put.first() {
            self.values.insert(key.clone(), value.iter().take(kept).copied().collect());
        }
    }

    /// The journal as an engine reads it when it opens.
    pub(crate) fn journal(&self) -> Vec<(String, Vec<u8>)> {
        let journal = self.values.iter().filter(|(key, _)| key.starts_with(JOURNAL_PREFIX));
        journal.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// What the journal says of mutations, read without the engine.
    pub(crate) fn ledger(&self) -> DiskLedger {
        let mut ledger = DiskLedger::default();
        for value in self.values.values() {
            let end = value.len().saturating_sub(FRAME_TRAILER_BYTES);
            let Some(payload) = value.get(FRAME_HEADER_BYTES..end) else { continue };
            // A torn frame is not JSON; it was never acknowledged.
            let Ok(Value::Array(changes)) = serde_json::from_slice::<Value>(payload) else { continue };
            for change in &changes {
                ledger.note(change);
            }
        }
        ledger
    }
}

/// Every mutation ever made durable on one disk, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct DiskLedger {
    /// By `seq`.
    pub(crate) made: BTreeMap<u64, Mutation>,
    /// Those that a verdict applied.
    pub(crate) settled: BTreeSet<u64>,
    /// Those that a verdict refused.
    pub(crate) parked: BTreeSet<u64>,
}

impl DiskLedger {
    /// The ids of all mutations made.
    pub(crate) fn ids(&self) -> BTreeSet<MutationId> {
        self.made.values().map(|mutation| mutation.id).collect()
    }

    /// How many mutations wait for a verdict.
    pub(crate) fn pending(&self) -> usize {
        self.made.keys().filter(|seq| !self.settled.contains(seq) && !self.parked.contains(seq)).count()
    }

    fn note(&mut self, change: &Value) {
        let seq_in = |kind: &str| change.get(kind).and_then(|fields| fields.get("seq")).and_then(Value::as_u64);
        if let Some(mutation) = change.get("mutation_queued").and_then(|fields| fields.get("mutation")) {
            if let Ok(mutation) = serde_json::from_str::<Mutation>(&mutation.to_string()) {
                self.made.insert(mutation.seq, mutation);
            }
        } else if let Some(seq) = seq_in("mutation_settled") {
            self.settled.insert(seq);
        } else if let Some(seq) = seq_in("mutation_parked") {
            self.parked.insert(seq);
        }
    }
}
