//! The mutation queue: durable, ordered mutations that the server has not settled, or has settled but not yet shown.
//!
//! A mutation is *pending* until its verdict. An applied one stays here a little longer, as *settled*, until the record
//! that holds its effect has arrived, so that the view never goes back in time. Only a verdict settles a mutation; no
//! status code and no error text ever does.

use std::collections::{BTreeMap, BTreeSet};

use domain::{OrderChange, OrderId, Timestamp, Versioned};
use protocol::{Mutation, MutationId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The kind of change that a stream carries.
pub(crate) trait StreamChange: Versioned {
    /// Names a record of the stream.
    type Key: Ord + Clone + Serialize + DeserializeOwned;

    /// The record that a mutation changes; `change` is what it does, where this version can read it.
    fn record_key(mutation: &Mutation, change: Option<&Self>) -> Self::Key;
}

impl StreamChange for OrderChange {
    type Key = OrderId;

    fn record_key(mutation: &Mutation, _: Option<&Self>) -> OrderId {
        mutation.order_id()
    }
}

/// A mutation with its change read once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct QueuedMutation<Change = OrderChange> {
    /// As it travels.
    pub(crate) mutation: Mutation,
    /// Its change; `None` when this version cannot read it (written by a newer one): it is still sent.
    pub(crate) change: Option<Change>,
    /// The version of its record that holds it, once the server has applied it.
    pub(crate) settled: Option<u64>,
    /// Why it is not sent itself, where no request passes with it: a mark goes in its place, and it is kept for a person.
    pub(crate) skipped: Option<String>,
}

impl<Change: StreamChange> QueuedMutation<Change> {
    pub(crate) fn new(mutation: Mutation) -> Self {
        let change = Change::read(mutation.schema, mutation.change.get()).ok();
        Self::known(mutation, change)
    }

    /// A mutation whose change is at hand.
    pub(crate) const fn known(mutation: Mutation, change: Option<Change>) -> Self {
        Self { mutation, change, settled: None, skipped: None }
    }

    /// The record that it changes.
    pub(crate) fn record_key(&self) -> Change::Key {
        Change::record_key(&self.mutation, self.change.as_ref())
    }

    /// Its record as it travels, and whether a mark is sent in its place.
    pub(crate) const fn place(&self) -> (OrderId, bool) {
        (self.mutation.order_id(), self.skipped.is_some())
    }

    /// The same in a new life of the stream.
    fn begun_anew(self, seq: u64) -> Self {
        Self { mutation: Mutation { seq, ..self.mutation }, settled: None, ..self }
    }
}

/// The queue of one stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "Change: Serialize", deserialize = "Change: DeserializeOwned"))]
pub(crate) struct MutationQueue<Change: StreamChange = OrderChange> {
    by_seq: BTreeMap<u64, QueuedMutation<Change>>,
    seqs_by_record: BTreeMap<Change::Key, BTreeSet<u64>>,
    last_seq: u64,
    pending: usize,
}

impl<Change: StreamChange> Default for MutationQueue<Change> {
    fn default() -> Self {
        Self { by_seq: BTreeMap::new(), seqs_by_record: BTreeMap::new(), last_seq: 0, pending: 0 }
    }
}

impl<Change: StreamChange> MutationQueue<Change> {
    /// The `seq` of the next mutation: streams have no holes.
    pub(crate) const fn next_seq(&self) -> u64 {
        self.last_seq.saturating_add(1)
    }

    /// Takes a new mutation, the newest of the stream.
    pub(crate) fn push(&mut self, queued: QueuedMutation<Change>) {
        let (seq, record_id) = (queued.mutation.seq, queued.record_key());
        self.last_seq = self.last_seq.max(seq);
        // A checkpoint and the journal behind it may both hold it.
        if self.by_seq.contains_key(&seq) {
            return;
        }
        self.seqs_by_record.entry(record_id).or_default().insert(seq);
        self.by_seq.insert(seq, queued);
        self.pending += 1;
    }

    /// The pending mutation with this `seq` and id. Both must match: a verdict of another stream settles nothing here.
    pub(crate) fn pending(&self, seq: u64, id: MutationId) -> Option<&QueuedMutation<Change>> {
        self.by_seq.get(&seq).filter(|queued| queued.settled.is_none() && queued.mutation.id == id)
    }

    /// Marks a mutation as applied by the server, in this version of its record.
    pub(crate) fn settle(&mut self, seq: u64, rev: u64) -> Option<&QueuedMutation<Change>> {
        let queued = self.by_seq.get_mut(&seq).filter(|queued| queued.settled.is_none())?;
        queued.settled = Some(rev);
        queued.skipped = None;
        self.pending -= 1;
        Some(queued)
    }

    /// Takes a pending mutation out of the way of those behind it: a mark is sent in its place.
    pub(crate) fn skip(&mut self, seq: u64, code: &str) -> Option<&QueuedMutation<Change>> {
        let queued = self.by_seq.get_mut(&seq).filter(|queued| queued.settled.is_none())?;
        queued.skipped = Some(code.to_owned());
        Some(queued)
    }

    /// Takes a mutation out.
    pub(crate) fn remove(&mut self, seq: u64) -> Option<QueuedMutation<Change>> {
        let queued = self.by_seq.remove(&seq)?;
        if queued.settled.is_none() {
            self.pending -= 1;
        }
        let record_id = queued.record_key();
        if let Some(seqs) = self.seqs_by_record.get_mut(&record_id) {
            seqs.remove(&seq);
            if seqs.is_empty() {
                self.seqs_by_record.remove(&record_id);
            }
        }
        Some(queued)
    }

    /// Drops the settled mutations of a record whose effect has arrived: those up to `own_seq`, and those that an earlier version
    /// than this one holds. Returns their numbers.
    pub(crate) fn forget_arrived(&mut self, record_id: &Change::Key, rev: u64, own_seq: u64) -> Vec<u64> {
        let has_arrived = |queued: &&QueuedMutation<Change>| {
            queued.settled.is_some_and(|settled| settled <= rev || queued.mutation.seq <= own_seq)
        };
        let arrived: Vec<u64> =
            self.of_record(record_id).filter(has_arrived).map(|queued| queued.mutation.seq).collect();
        for seq in &arrived {
            self.remove(*seq);
        }
        arrived
    }

    /// Goes on after a number that is known to have been given.
    pub(crate) fn continue_after(&mut self, seq: u64) {
        self.last_seq = self.last_seq.max(seq);
    }

    /// Everything in order, settled or not, as a new life of the stream offers it.
    pub(crate) fn ids(&self) -> Vec<MutationId> {
        self.by_seq.values().map(|queued| queued.mutation.id).collect()
    }

    /// Numbers everything anew from 1, in order; nothing counts as settled. `order` says which and in which order, where that was
    /// written down; one that is not here leaves its number out, and one that it does not name had left the queue before.
    pub(crate) fn renumber(&mut self, order: Option<&[MutationId]>) {
        let queued = std::mem::take(self).by_seq.into_values();
        let Some(order) = order else {
            for (seq, queued) in (1..).zip(queued) {
                self.push(queued.begun_anew(seq));
            }
            return;
        };
        let mut by_id: BTreeMap<MutationId, QueuedMutation<Change>> =
            queued.map(|queued| (queued.mutation.id, queued)).collect();
        for (seq, id) in (1..).zip(order) {
            self.continue_after(seq);
            if let Some(queued) = by_id.remove(id) {
                self.push(queued.begun_anew(seq));
            }
        }
    }

    /// The number of the last mutation made.
    pub(crate) const fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// A mutation, settled or not.
    pub(crate) fn get(&self, seq: u64) -> Option<&QueuedMutation<Change>> {
        self.by_seq.get(&seq)
    }

    /// Everything, settled or not, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &QueuedMutation<Change>> {
        self.by_seq.values()
    }

    /// The numbers of all mutations after this one, settled ones included, in order.
    pub(crate) fn seqs_after(&self, seq: u64) -> impl Iterator<Item = u64> {
        self.by_seq.range(seq.saturating_add(1)..).map(|(seq, _)| *seq)
    }

    /// Whether a mutation is here, settled or not.
    pub(crate) fn holds(&self, id: MutationId) -> bool {
        self.by_seq.values().any(|queued| queued.mutation.id == id)
    }

    /// How many mutations there are, settled ones included.
    pub(crate) fn len(&self) -> usize {
        self.by_seq.len()
    }

    /// The records that have mutations here.
    pub(crate) fn records(&self) -> impl Iterator<Item = Change::Key> {
        self.seqs_by_record.keys().cloned()
    }

    /// A record's mutations in order, settled ones included.
    pub(crate) fn of_record(&self, record_id: &Change::Key) -> impl Iterator<Item = &QueuedMutation<Change>> {
        let seqs = self.seqs_by_record.get(record_id).into_iter().flatten();
        seqs.filter_map(|seq| self.by_seq.get(seq))
    }

    /// The first pending mutations after this number that follow each other without a hole: at most `count_max` and together at
    /// most `bytes_max` bytes of change, but at least one. A stream has no holes, so what is sent has none either.
    pub(crate) fn run(&self, after: u64, count_max: usize, bytes_max: usize) -> Vec<&QueuedMutation<Change>> {
        let mut bytes = 0;
        self.without_hole(after)
            .take(count_max)
            .take_while(|queued| {
                let first = bytes == 0;
                let content = if queued.skipped.is_some() { 0 } else { queued.mutation.change.get().len() };
                bytes += content.saturating_add(ENVELOPE_BYTES);
                first || bytes <= bytes_max
            })
            .collect()
    }

    /// The number of the last pending mutation that follows the first one after this number without a hole.
    pub(crate) fn end_of_run(&self, after: u64) -> Option<u64> {
        self.without_hole(after).last().map(|queued| queued.mutation.seq)
    }

    /// Whether anything is pending after this number.
    pub(crate) fn is_pending_after(&self, after: u64) -> bool {
        self.pending_after(after).next().is_some()
    }

    fn without_hole(&self, after: u64) -> impl Iterator<Item = &QueuedMutation<Change>> {
        let first = self.pending_after(after).next().map_or(0, |queued| queued.mutation.seq);
        self.pending_after(after)
            .zip(first..)
            .take_while(|(queued, seq)| queued.mutation.seq == *seq)
            .map(|(queued, _)| queued)
    }

    fn pending_after(&self, after: u64) -> impl Iterator<Item = &QueuedMutation<Change>> {
        self.by_seq.range(after.saturating_add(1)..).map(|(_, queued)| queued).filter(|queued| queued.settled.is_none())
    }

    /// The pending mutations that will be sent themselves, in order.
    pub(crate) fn pending_mutations(&self) -> impl Iterator<Item = &QueuedMutation<Change>> {
        self.by_seq.values().filter(|queued| queued.settled.is_none() && queued.skipped.is_none())
    }

    /// How many mutations are pending.
    pub(crate) const fn depth(&self) -> usize {
        self.pending
    }

    /// When the oldest pending mutation was made.
    pub(crate) fn oldest_pending_at(&self) -> Option<Timestamp> {
        self.by_seq.values().find(|queued| queued.settled.is_none()).map(|queued| queued.mutation.recorded.wall)
    }
}

/// What a mutation's envelope takes on the wire beside its change, generously.
const ENVELOPE_BYTES: usize = 600;
