//! What a checkpoint has to say: which parts are written anew, which get a chunk more, which days go.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::{BusinessDate, OrderId};

use super::super::kept_records::Shelf;
use super::super::manifest::{Manifest, Partition};
use super::super::working_set::WorkingSet;
use super::super::{LocalDb, days_around};
use super::{Checkpoint, Item, Measure};

/// A day may have this many chunks for each hundred orders, beyond one in sixteen of the entries of a checkpoint.
const CHUNKS_PER_HUNDRED: usize = 1;

impl LocalDb {
    /// Begins a checkpoint.
    pub(crate) fn begin_checkpoint(&mut self, measure: Measure) {
        let disk = &mut self.disk;
        let mut manifest = disk.manifest.clone();
        manifest.generation = manifest.generation.saturating_add(1);
        manifest.covered = disk.tail;
        manifest.damage.clone_from(&disk.damage);
        manifest.queue_up_to = self.set.queue.last_seq();
        let mut checkpoint = Checkpoint {
            manifest,
            items: VecDeque::new(),
            replaced: Vec::new(),
            written: Vec::new(),
            taken: std::mem::take(&mut self.set.unwritten),
            open: BTreeSet::new(),
            dropped_days: BTreeSet::new(),
            entries_bytes: disk.entries_bytes,
            switching: false,
            measure,
        };
        // Kept twice, because everything hangs on it.
        let session = [Item::Session, Item::Counters];
        checkpoint.replace(Partition::Session, session.into_iter().chain([Item::NewChunk]).chain(session));
        let current = disk.keyring.current().map_or(0, |key| key.id);
        let stale = |manifest: &Manifest, partition| {
            let chunks = manifest.chunks(partition);
            chunks.is_empty() || chunks.iter().any(|chunk| chunk.key_id != current)
        };
        if checkpoint.taken.menu || stale(&checkpoint.manifest, Partition::MenuCache) {
            checkpoint.replace(Partition::MenuCache, [Item::Menu, Item::Location, Item::Kept(Shelf::MenuCache)]);
        }
        if checkpoint.taken.conflicts || stale(&checkpoint.manifest, Partition::Conflicts) {
            let parked: Vec<Item> = self.set.parked.iter().map(|parked| Item::Parked(parked.mutation.id)).collect();
            // Decisions follow the conflicts that they are about.
            let rest = [Item::Discarded, Item::Findings, Item::Kept(Shelf::Conflicts), Item::Decisions];
            checkpoint.replace(Partition::Conflicts, parked.into_iter().chain(rest));
        }
        if checkpoint.taken.staff_logs || stale(&checkpoint.manifest, Partition::StaffLogs) {
            let waiting: Vec<Item> = self.set.shifts.seqs_after(0).map(Item::Shift).collect();
            let kept = [Item::Kept(Shelf::StaffLogs), Item::ShiftsReached];
            checkpoint.replace(Partition::StaffLogs, kept.into_iter().chain(waiting));
        }
        self.plan_queue(&mut checkpoint, current);
        self.plan_orders(&mut checkpoint, current);
        self.plan_retention(&mut checkpoint);
        self.checkpoint = Some(checkpoint);
    }

    fn plan_queue(&self, checkpoint: &mut Checkpoint, current: u32) {
        let queue = &self.set.queue;
        let settled = |seq: &u64| queue.get(*seq).is_some_and(|queued| queued.settled.is_some());
        let added: Vec<u64> = queue.seqs_after(self.disk.manifest.queue_up_to).collect();
        let skipped = |seq: &u64| queue.get(*seq).is_some_and(|queued| queued.skipped.is_some());
        let written_before = |seq: &&u64| **seq <= self.disk.manifest.queue_up_to;
        let mut delta: Vec<Item> = added.iter().map(|seq| Item::Queued(*seq)).collect();
        let newly_settled = added.iter().filter(|seq| settled(seq)).chain(&checkpoint.taken.settled);
        delta.extend(newly_settled.map(|seq| Item::Settled(*seq)));
        let newly_skipped = added.iter().filter(|seq| skipped(seq)).chain(&checkpoint.taken.skipped);
        delta.extend(newly_skipped.map(|seq| Item::Skipped(*seq)));
        delta.extend(checkpoint.taken.dropped.iter().filter(written_before).map(|seq| Item::Dropped(*seq)));
        if checkpoint.taken.renumbered
            || checkpoint.grown(Partition::Queue, delta.len(), queue.len())
            || checkpoint.is_stale(Partition::Queue, current)
        {
            let all: Vec<u64> = queue.seqs_after(0).collect();
            let settled = all.iter().filter(|seq| settled(seq)).map(|seq| Item::Settled(*seq));
            let skipped = all.iter().filter(|seq| skipped(seq)).map(|seq| Item::Skipped(*seq));
            let items: Vec<Item> = all.iter().map(|seq| Item::Queued(*seq)).chain(settled).chain(skipped).collect();
            checkpoint.replace(Partition::Queue, items);
        } else {
            checkpoint.add(Partition::Queue, delta);
        }
    }

    fn plan_orders(&mut self, checkpoint: &mut Checkpoint, current: u32) {
        let changed = checkpoint.taken.orders.clone();
        // One that stood with its day and is worked on again has not changed yet on the server.
        let known: BTreeSet<OrderId> =
            self.open_written.union(&changed).copied().chain(self.set.queue.records()).collect();
        let (open, finished): (BTreeSet<OrderId>, BTreeSet<OrderId>) = known
            .into_iter()
            .filter(|id| self.set.confirmed.contains_key(id))
            .partition(|id| self.set.is_worked_on(*id));
        let mut by_date: BTreeMap<BusinessDate, Vec<Item>> = BTreeMap::new();
        for order_id in finished.iter().filter(|id| changed.contains(id) || self.open_written.contains(id)) {
            if let Some(date) = self.set.date_of(*order_id) {
                by_date.entry(date).or_default().push(Item::Order(*order_id));
            }
        }
        let filed: Vec<Item> =
            finished.iter().filter(|id| self.open_written.contains(id)).map(|id| Item::Filed(*id)).collect();
        let unwritten = open.iter().filter(|id| changed.contains(id) || !self.open_written.contains(id));
        let mut delta: Vec<Item> = unwritten.map(|id| Item::Order(*id)).collect();
        delta.extend(filed);
        let partition = Partition::OpenOrders;
        if checkpoint.taken.renumbered
            || checkpoint.grown(partition, delta.len(), open.len())
            || checkpoint.is_stale(partition, current)
        {
            checkpoint.replace(partition, open.iter().map(|id| Item::Order(*id)).collect::<Vec<_>>());
        } else {
            checkpoint.add(partition, delta);
        }
        checkpoint.open = open;
        let stale = checkpoint
            .manifest
            .dates()
            .into_iter()
            .filter(|date| checkpoint.is_stale(Partition::Orders(*date), current));
        for date in stale.collect::<Vec<_>>() {
            by_date.entry(date).or_default();
        }
        for (date, items) in by_date {
            self.plan_day(checkpoint, date, items, current);
        }
    }

    fn plan_day(&mut self, checkpoint: &mut Checkpoint, date: BusinessDate, items: Vec<Item>, current: u32) {
        let partition = Partition::Orders(date);
        let part = checkpoint.manifest.part_mut(partition);
        let ids = items.iter().filter_map(Item::order_id);
        part.newest = part.newest.into_iter().chain(ids).max();
        let chunks = checkpoint.manifest.chunks(partition);
        if chunks.is_empty() {
            // Everything of this day is in memory.
            self.loaded.insert(date);
        }
        let (count, stale) = (chunks.len(), checkpoint.is_stale(partition, current));
        if !self.loaded.contains(&date) {
            if stale {
                let numbers: Vec<u64> =
                    checkpoint.manifest.chunks(partition).iter().map(|chunk| chunk.number).collect();
                checkpoint.replace(partition, numbers.into_iter().map(Item::Reseal));
            }
            checkpoint.add(partition, items);
            return;
        }
        let chunks_max = checkpoint.slack().div_euclid(16).max(2);
        let finished = |set: &WorkingSet| -> Vec<OrderId> {
            let of_day = set.confirmed.keys().filter(|id| set.date_of(**id) == Some(date));
            of_day.filter(|id| !set.is_worked_on(**id)).copied().collect()
        };
        let all = (stale || count > chunks_max || checkpoint.changes_in(partition) > checkpoint.slack())
            .then(|| finished(&self.set));
        let grown = all.as_ref().is_some_and(|all| {
            checkpoint.grown(partition, items.len(), all.len())
                || count > chunks_max + (all.len() * CHUNKS_PER_HUNDRED).div_euclid(100)
        });
        match all.filter(|_| stale || grown) {
            Some(all) => checkpoint.replace(partition, all.into_iter().map(Item::Order)),
            None => checkpoint.add(partition, items),
        }
    }

    /// Days that somebody has work in: pending or parked mutations.
    pub(super) fn days_at_work(&self) -> BTreeSet<BusinessDate> {
        let parked = self.set.parked.iter().map(|parked| parked.mutation.order_id());
        self.set.queue.records().chain(parked).flat_map(|order_id| self.dates_of(order_id)).collect()
    }

    fn dates_of(&self, order_id: OrderId) -> Vec<BusinessDate> {
        self.set.date_of(order_id).map_or_else(|| days_around(order_id), |date| vec![date])
    }

    /// Days before the ones to keep go as a whole, but never one that still has work in it, nor one of the last few that there
    /// are: an order that a wrong clock dated far ahead ages nothing.
    fn plan_retention(&self, checkpoint: &mut Checkpoint) {
        let dates: BTreeSet<BusinessDate> =
            self.set.tickets.keys().copied().chain(checkpoint.manifest.dates()).collect();
        let Some(newest) = dates.last().copied() else { return };
        let days = usize::try_from(checkpoint.measure.retention_days).unwrap_or(usize::MAX);
        let Some(among_the_last) = dates.iter().rev().nth(days.saturating_sub(1)).copied() else { return };
        let oldest = (0..checkpoint.measure.retention_days).fold(newest, |date, _| date.previous());
        let open = checkpoint.open.iter().flat_map(|order_id| self.dates_of(*order_id));
        let kept: BTreeSet<BusinessDate> = self.days_at_work().into_iter().chain(open).collect();
        for date in checkpoint.manifest.dates() {
            if date < oldest.min(among_the_last) && !kept.contains(&date) {
                checkpoint.items.retain(|(partition, _)| *partition != Partition::Orders(date));
                checkpoint.replace(Partition::Orders(date), []);
                checkpoint.dropped_days.insert(date);
            }
        }
        checkpoint.manifest.parts.retain(|part| {
            !part.chunks.is_empty() || checkpoint.items.iter().any(|(partition, _)| *partition == part.partition)
        });
    }
}
