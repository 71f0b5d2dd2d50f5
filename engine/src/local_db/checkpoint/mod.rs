//! Checkpoints: the journal folded into chunks, part by part, one small write at a time.
//!
//! A checkpoint is taken while people work. It holds the journal up to the entry it began at; whatever a chunk already shows
//! of later entries is said again by the journal behind it, which changes nothing. Writing the manifest switches over; until
//! then the old checkpoint stands, and afterwards what is not needed any more is deleted. A part that has grown much larger
//! than what is alive in it is written anew, others get a chunk with what changed.

mod content;
mod plan;

use std::collections::{BTreeSet, VecDeque};

use domain::{BusinessDate, MutationId, OrderId};

use super::LocalDb;
use super::damage::DamageKind;
use super::disk::WriteError;
use super::kept_records::Shelf;
use super::manifest::{ChunkEntry, Manifest, Partition, chunk_key};
use super::sealing::Kind;
use super::unwritten::Unwritten;
use crate::io::{Moment, WriteBatch};

/// Keys deleted at once: bounds how long a save waits, as the size of a chunk does.
const DELETES_MAX: usize = 256;
/// Bytes that the journal may have for each entry after which it is folded.
const BYTES_PER_ENTRY: usize = 2 * 1024;
/// Keys that may wait to be deleted before that is done between saves.
const GARBAGE_MAX: usize = DELETES_MAX;
/// How many times longer than wished the journal may get while people save,
const OVERDUE: u64 = 4;
/// and while the server sends: a first sync is one long reply after the other.
const FLOODED: u64 = 64;

/// How large checkpoints are and when they come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    /// Entries after which the journal is folded once nobody is saving.
    pub(crate) entries: u64,
    /// Bytes of one chunk before it is compressed.
    pub(crate) chunk_bytes: usize,
    /// Days before the newest one that are kept.
    pub(crate) retention_days: u32,
}

/// How much a checkpoint is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Not at all.
    No,
    /// When nobody is waiting.
    Soon,
    /// Between saves.
    Now,
}

/// A checkpoint on its way.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    manifest: Manifest,
    items: VecDeque<(Partition, Item)>,
    /// Chunks of the last checkpoint that this one does without.
    replaced: Vec<u64>,
    written: Vec<u64>,
    taken: Unwritten,
    open: BTreeSet<OrderId>,
    dropped_days: BTreeSet<BusinessDate>,
    entries_bytes: usize,
    switching: bool,
    measure: Measure,
}

/// Something that a chunk says.
#[derive(Debug, Clone, Copy)]
enum Item {
    Session,
    Counters,
    /// What follows stands in a chunk of its own.
    NewChunk,
    Menu,
    Location,
    Findings,
    Decisions,
    Discarded,
    Kept(Shelf),
    Parked(MutationId),
    Queued(u64),
    Settled(u64),
    Skipped(u64),
    Dropped(u64),
    /// A mutation of the stream `shifts`, with what became of it.
    Shift(u64),
    ShiftsReached,
    Order(OrderId),
    Filed(OrderId),
    /// A chunk of a day that is not in memory, sealed with an older key.
    Reseal(u64),
}

impl Item {
    /// The order that a chunk says is there.
    const fn order_id(&self) -> Option<OrderId> {
        match self {
            Self::Order(order_id) => Some(*order_id),
            Self::Session
            | Self::Counters
            | Self::NewChunk
            | Self::Menu
            | Self::Location
            | Self::Findings
            | Self::Decisions
            | Self::Discarded
            | Self::Kept(_)
            | Self::Parked(_)
            | Self::Queued(_)
            | Self::Settled(_)
            | Self::Skipped(_)
            | Self::Dropped(_)
            | Self::Shift(_)
            | Self::ShiftsReached
            | Self::Filed(_)
            | Self::Reseal(_) => None,
        }
    }
}

/// The next thing to do for a checkpoint.
#[derive(Debug)]
pub(crate) enum CheckpointStep {
    Write(WriteBatch),
    /// Read this chunk and hand it to [`LocalDb::reseal`].
    Read(u64),
}

impl LocalDb {
    /// Whether the journal should be folded.
    pub(crate) fn checkpoint_urgency(&self, measure: &Measure) -> Urgency {
        if self.checkpoint.is_some() || self.disk.sealer.is_none() {
            Urgency::No
        } else if self.is_overdue(measure) {
            Urgency::Now
        } else if self.journal_length() >= measure.entries || self.wants_reseal() || self.disk.anew {
            Urgency::Soon
        } else {
            Urgency::No
        }
    }

    /// Whether the journal is as long as it may get.
    pub(crate) fn is_overdue(&self, measure: &Measure) -> bool {
        self.journal_length() >= measure.entries.saturating_mul(OVERDUE)
    }

    /// Whether the journal is so long that the server has to wait.
    pub(crate) fn is_flooded(&self, measure: &Measure) -> bool {
        self.journal_length() >= measure.entries.saturating_mul(FLOODED)
    }

    /// The journal's length in entries: whichever of number and bytes is further on.
    fn journal_length(&self) -> u64 {
        let bytes = self.disk.entries_bytes.div_euclid(BYTES_PER_ENTRY);
        self.disk.entries().max(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    /// Whether a checkpoint is on its way.
    pub(crate) const fn is_checkpointing(&self) -> bool {
        self.checkpoint.is_some()
    }

    /// Whether so much waits to be deleted that it is done while people save.
    pub(crate) fn wants_sweep(&self) -> bool {
        self.disk.garbage.len() >= GARBAGE_MAX && !self.disk.switch_unsure && self.checkpoint.is_none()
    }

    /// Whether something on disk is in the clear or sealed with an older key.
    pub(crate) fn wants_reseal(&self) -> bool {
        let current = self.disk.keyring.current().map_or(0, |key| key.id);
        self.disk.older_key_up_to >= self.disk.first_entry
            || self.disk.manifest.all().any(|(_, chunk)| chunk.key_id != current)
    }

    /// What the checkpoint does next: a chunk, then the manifest. `None` while none is on its way.
    ///
    /// # Errors
    /// Where the bytes cannot be made.
    pub(crate) fn checkpoint_step(&mut self, now: &Moment) -> Result<Option<CheckpointStep>, WriteError> {
        let Some(checkpoint) = &mut self.checkpoint else { return Ok(self.sweep()) };
        if let Some((_, Item::Reseal(number))) = checkpoint.items.front() {
            return Ok(Some(CheckpointStep::Read(*number)));
        }
        let Some((partition, _)) = checkpoint.items.front().copied() else {
            let dropped = checkpoint.dropped_days.clone();
            if !dropped.is_disjoint(&self.days_at_work()) {
                // Somebody works on a day that was to go: the next checkpoint keeps it.
                self.checkpoint_failed();
                return Ok(None);
            }
            return self.switch(now).map(Some);
        };
        let (mut content, mut changes) = (b"[".to_vec(), 0_u32);
        while let Some((_, item)) = checkpoint.items.front().copied().filter(|(next, _)| *next == partition) {
            if matches!(item, Item::Reseal(_)) || content.len() >= checkpoint.measure.chunk_bytes {
                break;
            }
            checkpoint.items.pop_front();
            if matches!(item, Item::NewChunk) {
                break;
            }
            for change in self.set.changes_of(item) {
                if changes > 0 {
                    content.push(b',');
                }
                serde_json::to_writer(&mut content, &change).map_err(|_| WriteError::NotWritable)?;
                changes += 1;
            }
        }
        content.push(b']');
        let number = self.disk.next_chunk;
        self.disk.next_chunk = self.disk.next_chunk.saturating_add(1);
        let batch = self.disk.chunk(number, &content, now)?;
        checkpoint.wrote(partition, number, changes, self.disk.keyring.current().map_or(0, |key| key.id));
        Ok(Some(CheckpointStep::Write(batch)))
    }

    /// Seals a chunk of a day that is not in memory with the current key.
    pub(crate) fn reseal(&mut self, value: Option<&[u8]>, now: &Moment) -> Result<Option<WriteBatch>, WriteError> {
        let prefix = self.disk.prefix();
        let Some(checkpoint) = &mut self.checkpoint else { return Ok(None) };
        let Some((partition, Item::Reseal(number))) = checkpoint.items.pop_front() else { return Ok(None) };
        let key = chunk_key(&prefix, number);
        let sealer = self.disk.sealer.as_ref().ok_or(WriteError::NoKey)?;
        let opened = value.map(|value| sealer.open(&key, Kind::Chunk, value));
        let content = match opened {
            Some(Ok(opened)) => opened.content,
            Some(Err(fault)) => {
                self.disk.note(key, fault.kind(false));
                checkpoint.manifest.damage.clone_from(&self.disk.damage);
                checkpoint.replaced.retain(|replaced| *replaced != number);
                return Ok(None);
            }
            None => {
                self.disk.note(key, DamageKind::Missing);
                checkpoint.manifest.damage.clone_from(&self.disk.damage);
                return Ok(None);
            }
        };
        let changes = checkpoint.replaced_changes(&self.disk.manifest, number);
        let number = self.disk.next_chunk;
        self.disk.next_chunk = self.disk.next_chunk.saturating_add(1);
        let batch = self.disk.chunk(number, &content, now)?;
        checkpoint.wrote(partition, number, changes, self.disk.keyring.current().map_or(0, |key| key.id));
        Ok(Some(batch))
    }

    fn switch(&mut self, now: &Moment) -> Result<CheckpointStep, WriteError> {
        let prefix = self.disk.prefix();
        let Some(checkpoint) = &mut self.checkpoint else { return Err(WriteError::NotWritable) };
        checkpoint.switching = true;
        checkpoint.manifest.next_chunk = self.disk.next_chunk;
        let replaced = checkpoint.replaced.iter().map(|number| chunk_key(&prefix, *number));
        let kept: BTreeSet<&str> = self.disk.damage.iter().map(|damage| damage.key.as_str()).collect();
        let replaced: Vec<String> = replaced.filter(|key| !kept.contains(key.as_str())).collect();
        let covered: Vec<String> = self.disk.covered_keys(checkpoint.manifest.covered.number).collect();
        self.disk.garbage.extend(replaced.into_iter().chain(covered));
        // Nothing is deleted in the same write: where it fails, nobody knows which of the two manifests is on the disk, and
        // what either needs is still there.
        self.disk.switch(&checkpoint.manifest, now).map(CheckpointStep::Write)
    }

    /// Deletes some of what nothing needs.
    fn sweep(&mut self) -> Option<CheckpointStep> {
        if self.disk.garbage.is_empty() || self.disk.switch_unsure {
            return None;
        }
        let delete: Vec<String> = self.disk.garbage.iter().take(DELETES_MAX).cloned().collect();
        self.sweeping.clone_from(&delete);
        Some(CheckpointStep::Write(WriteBatch { delete, ..WriteBatch::default() }))
    }

    /// The last step is durable. Tells whether that was the switch.
    pub(crate) fn checkpoint_written(&mut self) -> bool {
        for key in std::mem::take(&mut self.sweeping) {
            self.disk.garbage.remove(&key);
        }
        if self.checkpoint.is_some() {
            self.disk.header_written |= self.disk.header.is_some();
        }
        let Some(checkpoint) = self.checkpoint.take_if(|checkpoint| checkpoint.switching) else { return false };
        let disk = &mut self.disk;
        disk.first_entry = checkpoint.manifest.covered.number.saturating_add(1);
        disk.entries_bytes -= checkpoint.entries_bytes.min(disk.entries_bytes);
        disk.manifest = checkpoint.manifest;
        disk.anew = false;
        disk.switch_unsure = false;
        self.open_written = checkpoint.open;
        for date in checkpoint.dropped_days {
            self.loaded.remove(&date);
            self.set.drop_day(date);
        }
        true
    }

    /// The last step failed, or its bytes could not be made: the old checkpoint stands, and what this one would have said is
    /// said by the next.
    pub(crate) fn checkpoint_failed(&mut self) {
        self.sweeping.clear();
        let prefix = self.disk.prefix();
        let Some(checkpoint) = self.checkpoint.take() else { return };
        // What the old checkpoint needs is needed again; what the new one needs may be needed too, until one stands.
        if checkpoint.switching {
            self.disk.switch_unsure = true;
            let replaced = checkpoint.replaced.iter().map(|number| chunk_key(&prefix, *number));
            let covered: Vec<String> = self.disk.covered_keys(checkpoint.manifest.covered.number).collect();
            for key in replaced.chain(covered) {
                self.disk.garbage.remove(&key);
            }
        }
        let orphans = checkpoint.written.iter().map(|number| chunk_key(&prefix, *number));
        self.disk.garbage.extend(orphans);
        self.set.unwritten.restore(checkpoint.taken);
    }
}

impl Checkpoint {
    fn replace(&mut self, partition: Partition, items: impl IntoIterator<Item = Item>) {
        let chunks = std::mem::take(self.manifest.chunks_mut(partition));
        self.replaced.extend(chunks.iter().map(|chunk| chunk.number));
        self.add(partition, items);
    }

    fn add(&mut self, partition: Partition, items: impl IntoIterator<Item = Item>) {
        self.items.extend(items.into_iter().map(|item| (partition, item)));
    }

    fn changes_in(&self, partition: Partition) -> usize {
        let changes = self.manifest.chunks(partition).iter().map(|chunk| chunk.changes);
        changes.map(|changes| usize::try_from(changes).unwrap_or(usize::MAX)).sum()
    }

    /// Whether a part would hold much more than what is alive in it.
    fn grown(&self, partition: Partition, added: usize, alive: usize) -> bool {
        self.changes_in(partition).saturating_add(added) > alive.saturating_mul(2).saturating_add(self.slack())
    }

    /// How many changes a part may hold beyond twice what is alive in it.
    fn slack(&self) -> usize {
        usize::try_from(self.measure.entries).unwrap_or(usize::MAX)
    }

    fn is_stale(&self, partition: Partition, current_key: u32) -> bool {
        self.manifest.chunks(partition).iter().any(|chunk| chunk.key_id != current_key)
    }

    fn wrote(&mut self, partition: Partition, number: u64, changes: u32, key_id: u32) {
        self.written.push(number);
        self.manifest.chunks_mut(partition).push(ChunkEntry { number, changes, key_id });
    }

    fn replaced_changes(&self, last: &Manifest, number: u64) -> u32 {
        last.all().find(|(_, chunk)| chunk.number == number).map_or(0, |(_, chunk)| chunk.changes)
    }
}
