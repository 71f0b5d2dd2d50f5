//! Opening a store, step by step: the host reads, the core says what to read next and what it comes to.
//!
//! First the name tag and the manifest, then the chunks of what is worked on and the journal behind the checkpoint. Finished
//! days stay on disk until somebody asks for them. What cannot be read is noted and passed over; only a store that is not
//! this device's, that a newer version wrote, or whose keys are lost is not opened.

mod replay;

use std::collections::BTreeSet;

use domain::{DeviceId, TenantId};

use super::damage::{Damage, DamageKind};
use super::disk::Disk;
use super::header::{HEADER_KEYS, StoreHeader};
use super::journal::{JournalTail, journal_key, number_of_key};
use super::keyring::Keyring;
use super::manifest::{MANIFEST_KEY, Manifest, Partition, chunk_key, number_of_chunk_key};
use super::open_error::OpenError;
use super::sealing::{Fault, Kind};
use super::working_set::Touched;
use super::{LocalDb, days_around};

/// What opening a store needs to know.
#[derive(Debug, Clone, Default)]
pub struct OpenWith {
    /// The store's keys.
    pub keyring: Keyring,
    /// Whose store it should be, where the app knows: opens one whose name tag is damaged.
    pub owner: Option<(TenantId, DeviceId)>,
    /// The highest number of a journal entry that this device remembers elsewhere: an older store was rolled back.
    pub anchor: u64,
    /// Whether a store whose keys are lost is put aside, untouched, for a new one.
    pub put_aside_lost: bool,
}

/// A store that is being opened.
#[derive(Debug)]
pub struct Opening {
    with: OpenWith,
    keys: BTreeSet<String>,
    wanted: Vec<String>,
    stage: Stage,
    db: LocalDb,
    touched: Touched,
    tally: Tally,
    /// Entries whose end is missing, by number.
    cut_short: BTreeSet<u64>,
    without_manifest: bool,
    /// Something sealed was read: what is in the clear from here on was not written by an engine.
    sealed: bool,
}

/// How many entries or chunks may be missing in a row.
const GAP_MAX: u64 = 1 << 16;
/// The checksum to chain to where the entry before is gone: 0 would say that there was none.
const NOT_THE_FIRST: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Header,
    Manifest,
    Values,
    Bases,
}

/// How many sealed values opened, and how many did not for want of the right key.
#[derive(Debug, Default)]
struct Tally {
    opened: u32,
    locked: u32,
    /// The first entry of the journal is the first that was ever written.
    begins: bool,
}

impl Opening {
    /// The keys whose values are wanted first, whatever the store holds.
    pub const FIRST: [&str; 3] = [HEADER_KEYS[0], HEADER_KEYS[1], MANIFEST_KEY];

    /// Begins with the store's list of keys. The first values to come back with are those of [`Opening::wanted`].
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = String>, with: OpenWith) -> Self {
        let wanted = Self::FIRST.map(str::to_owned).into();
        let db = LocalDb { disk: Disk { keyring: with.keyring.clone(), ..Disk::default() }, ..LocalDb::default() };
        Self {
            with,
            keys: keys.into_iter().collect(),
            wanted,
            stage: Stage::Header,
            db,
            touched: Touched::default(),
            tally: Tally::default(),
            cut_short: BTreeSet::new(),
            without_manifest: false,
            sealed: false,
        }
    }

    /// The keys whose values [`Opening::next`] expects.
    #[must_use]
    pub fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// Goes on with the values of the wanted keys, in their order. Tells whether that was all.
    ///
    /// # Errors
    /// When the store is not to be opened; nothing was written to it.
    pub fn next(&mut self, values: Vec<Option<Vec<u8>>>) -> Result<bool, OpenError> {
        let wanted = std::mem::take(&mut self.wanted);
        let mut read: Vec<(String, Option<Vec<u8>>)> = wanted.into_iter().zip(values).collect();
        match self.stage {
            Stage::Header => {
                let manifest = read.pop().and_then(|(_, value)| value);
                let header = self.read_header(&read)?;
                if self.is_in_first_epoch() {
                    self.read_manifest(manifest.as_deref())?;
                } else {
                    self.stage = Stage::Manifest;
                    self.wanted = vec![format!("{}{MANIFEST_KEY}", self.db.disk.prefix())];
                }
                self.check_keys(header)?;
            }
            Stage::Manifest => {
                let manifest = read.pop().and_then(|(_, value)| value);
                self.read_manifest(manifest.as_deref())?;
            }
            Stage::Values => self.read_values(read)?,
            Stage::Bases => self.read_bases(read),
        }
        Ok(self.wanted.is_empty())
    }

    /// Opens a store whose values can be read at once.
    ///
    /// # Errors
    /// When the store is not to be opened.
    pub fn open(
        keys: impl IntoIterator<Item = String>,
        with: OpenWith,
        mut read: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<LocalDb, OpenError> {
        let mut opening = Self::new(keys, with);
        while !opening.next(opening.wanted.iter().map(|key| read(key)).collect())? {}
        Ok(opening.finish())
    }

    /// The open store, once [`Opening::next`] said that it is.
    #[must_use]
    pub fn finish(mut self) -> LocalDb {
        for order_id in std::mem::take(&mut self.touched.orders) {
            self.db.set.refold(order_id);
        }
        self.db.read_again_where_damaged();
        let disk = &mut self.db.disk;
        if disk.tail.number < self.with.anchor {
            disk.damage.push(Damage { key: "journal".to_owned(), kind: DamageKind::RolledBack });
        }
        self.db
    }

    fn is_in_first_epoch(&self) -> bool {
        self.db.disk.prefix().is_empty()
    }

    /// Finds out whose store it is. Tells whether it says so itself.
    fn read_header(&mut self, read: &[(String, Option<Vec<u8>>)]) -> Result<bool, OpenError> {
        let mut found: Option<StoreHeader> = None;
        let mut present = false;
        for (key, value) in read {
            let Some(value) = value else { continue };
            present = true;
            match StoreHeader::decode(value) {
                Ok(header) if found.as_ref().is_none_or(|known| known.epoch < header.epoch) => found = Some(header),
                Ok(_) => {}
                Err(Fault::FormatUnknown) => return Err(OpenError::FormatUnknown),
                Err(Fault::Damaged | Fault::CutShort | Fault::Foreign | Fault::KeyMissing) => {
                    self.db.disk.damage.push(Damage { key: key.clone(), kind: DamageKind::Altered });
                }
            }
        }
        let disk = &mut self.db.disk;
        // A copy that is damaged, was never written or belongs to an older epoch is written again with the next commit.
        let current =
            |value: &Option<Vec<u8>>| value.as_deref().is_some_and(|value| StoreHeader::decode(value).ok() == found);
        disk.header_written = found.is_some() && read.iter().all(|(_, value)| current(value));
        if found.is_none() && present && self.with.owner.is_none() {
            return Err(OpenError::NameLost);
        }
        if let (None, Some((tenant_id, device_id)), false) = (&found, self.with.owner.clone(), self.keys.is_empty()) {
            let epoch = self.keys.iter().filter_map(|key| epoch_of(key)).max().unwrap_or(0);
            found = Some(StoreHeader { tenant_id, device_id, epoch });
        }
        let says_itself = found.is_some();
        if let Some(header) = found {
            self.db.own(header);
        }
        Ok(says_itself)
    }

    fn check_keys(&self, owned: bool) -> Result<(), OpenError> {
        let foreign = |key: &&String| {
            let own = HEADER_KEYS.contains(&key.as_str()) || key.as_str() == MANIFEST_KEY || epoch_of(key).is_some();
            !own && number_of_key("", key).is_none() && number_of_chunk_key("", key).is_none()
        };
        if let Some(key) = self.keys.iter().find(foreign) {
            return Err(OpenError::ForeignKey(key.clone()));
        }
        let sealed = self.keys.iter().any(|key| key.as_str() == MANIFEST_KEY);
        if sealed && !owned { Err(OpenError::NameLost) } else { Ok(()) }
    }

    fn read_manifest(&mut self, value: Option<&[u8]>) -> Result<(), OpenError> {
        let prefix = self.db.disk.prefix();
        let key = format!("{prefix}{MANIFEST_KEY}");
        let manifest = match (value, &self.db.disk.sealer) {
            (None, _) => None,
            (Some(_), None) => return Err(OpenError::NameLost),
            (Some(value), Some(sealer)) => match sealer.open(&key, Kind::Manifest, value) {
                Ok(opened) => {
                    self.tally.opened += 1;
                    self.db.disk.fence = opened.header.fence;
                    let manifest =
                        std::str::from_utf8(&opened.content).ok().and_then(|text| serde_json::from_str(text).ok());
                    Some(manifest.ok_or(OpenError::FormatUnknown)?)
                }
                Err(Fault::FormatUnknown) => return Err(OpenError::FormatUnknown),
                Err(fault) => {
                    self.note_fault(key, fault, false);
                    None
                }
            },
        };
        self.want_values(&prefix, manifest);
        Ok(())
    }

    /// Wants the chunks of what is worked on and the journal behind the checkpoint; without a manifest, everything.
    fn want_values(&mut self, prefix: &str, manifest: Option<Manifest>) {
        self.stage = Stage::Values;
        let chunks: BTreeSet<u64> = self.keys.iter().filter_map(|key| number_of_chunk_key(prefix, key)).collect();
        let entries: BTreeSet<u64> = self.keys.iter().filter_map(|key| number_of_key(prefix, key)).collect();
        let disk = &mut self.db.disk;
        self.without_manifest = manifest.is_none();
        match manifest {
            Some(manifest) => {
                disk.next_chunk = after_those_near(manifest.next_chunk, &chunks);
                disk.tail = manifest.covered;
                let held: BTreeSet<u64> = manifest.all().map(|(_, chunk)| chunk.number).collect();
                disk.damage.extend(manifest.damage.iter().cloned());
                let kept: BTreeSet<&str> = disk.damage.iter().map(|damage| damage.key.as_str()).collect();
                let left = chunks.difference(&held).map(|number| chunk_key(prefix, *number));
                let covered = entries.range(..=manifest.covered.number).map(|number| journal_key(prefix, *number));
                disk.garbage = left.chain(covered).filter(|key| !kept.contains(key.as_str())).collect();
                let hot = manifest.all().filter(|(partition, _)| !matches!(partition, Partition::Orders(_)));
                self.wanted = hot.map(|(_, chunk)| chunk_key(prefix, chunk.number)).collect();
                let tail = entries.range(manifest.covered.number.saturating_add(1)..);
                self.wanted.extend(tail.map(|number| journal_key(prefix, *number)));
                disk.manifest = manifest;
            }
            None => {
                // Chunks say the same as the journal did; the next checkpoint replaces all of them. They are not read where the
                // journal itself is whole: behind a stream that was begun anew its first entries mean other numbers than they do.
                let last = entries.last().copied().unwrap_or(0);
                let whole = last > 0 && last >= self.with.anchor && entries.iter().copied().eq(1..=last);
                disk.garbage = chunks.iter().map(|number| chunk_key(prefix, *number)).collect();
                self.wanted = if whole { Vec::new() } else { disk.garbage.iter().cloned().collect() };
                disk.anew = !chunks.is_empty();
                disk.next_chunk = after_those_near(chunks.first().copied().unwrap_or(1), &chunks);
                self.wanted.extend(entries.iter().map(|number| journal_key(prefix, *number)));
                let later_epoch = !prefix.is_empty();
                disk.tail = match entries.first() {
                    // A store that has never been checkpointed begins with the first entry.
                    Some(_) if (chunks.is_empty() || whole) && !later_epoch => JournalTail::default(),
                    Some(first) => JournalTail { number: first.saturating_sub(1), checksum: 0 },
                    // The numbers of a new store go on after what is remembered of the one that was put aside.
                    None if chunks.is_empty() => {
                        JournalTail { number: if later_epoch { self.with.anchor } else { 0 }, checksum: 0 }
                    }
                    None => JournalTail { number: self.with.anchor.max(1), checksum: NOT_THE_FIRST },
                };
            }
        }
        disk.first_entry = disk.tail.number.saturating_add(1);
    }

    fn read_values(&mut self, read: Vec<(String, Option<Vec<u8>>)>) -> Result<(), OpenError> {
        let prefix = self.db.disk.prefix();
        let (chunks, entries): (Vec<_>, Vec<_>) =
            read.into_iter().partition(|(key, _)| number_of_chunk_key(&prefix, key).is_some());
        for (key, value) in chunks {
            self.replay_chunk(key, value);
        }
        self.db.open_written = self.db.set.confirmed.keys().copied().collect();
        self.db.set.unwritten = super::unwritten::Unwritten::default();
        if self.db.disk.anew {
            // There is no checkpoint to add to: the next one says everything.
            self.db.open_written.clear();
            self.db.set.unwritten.orders = self.db.set.confirmed.keys().copied().collect();
        }
        self.sealed = !self.without_manifest;
        let numbers: Vec<u64> = entries.iter().filter_map(|(key, _)| number_of_key(&prefix, key)).collect();
        let (opened_before, last) = (self.tally.opened, entries.len().saturating_sub(1));
        let mut previous = self.db.disk.manifest.generation > 0;
        for (place, (key, value)) in entries.into_iter().enumerate() {
            let may_be_torn = place == last && numbers.get(place).is_none_or(|number| *number > self.with.anchor);
            previous = self.replay_entry(&prefix, key, value, previous, may_be_torn);
        }
        if self.without_manifest {
            self.judge_missing_manifest(&prefix, &numbers, self.tally.opened > opened_before);
        }
        if self.tally.opened == 0 && self.tally.locked > 0 {
            return self.lost();
        }
        self.db.after_opening();
        self.want_bases(&prefix);
        Ok(())
    }

    /// The journal is cut only after a checkpoint stands: one that is whole never had a manifest, and chunks beside it are
    /// those of a first checkpoint that was cut short.
    fn judge_missing_manifest(&mut self, prefix: &str, numbers: &[u64], any_opened: bool) {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
            if self.db.disk.anew {
                self.note(format!("{prefix}{MANIFEST_KEY}"), DamageKind::Missing);
            }
            return;
        };
        let without_holes = last - first + 1 == u64::try_from(numbers.len()).unwrap_or(0);
        let whole = self.tally.begins && without_holes && any_opened;
        let disk = &mut self.db.disk;
        if disk.anew && !whole {
            disk.note(format!("{prefix}{MANIFEST_KEY}"), DamageKind::Missing);
            if disk.tail.number < self.with.anchor {
                disk.tail = JournalTail { number: self.with.anchor, checksum: NOT_THE_FIRST };
            }
        } else if disk.anew {
            let is_chunk = |key: &str| number_of_chunk_key(prefix, key).is_some();
            disk.damage.retain(|damage| !is_chunk(&damage.key));
            disk.garbage = self.keys.iter().filter(|key| is_chunk(key)).cloned().collect();
        }
    }

    /// Puts the whole store aside: its values stay as they are, a new one begins under another prefix.
    fn lost(&mut self) -> Result<(), OpenError> {
        let header = self.db.disk.header.clone().ok_or(OpenError::NameLost)?;
        if !self.with.put_aside_lost {
            return Err(OpenError::KeyLost);
        }
        let keyring = self.with.keyring.clone();
        // Its numbers go on after what the device remembers of the old store, so that it does not look like one rolled back.
        let tail = JournalTail { number: self.with.anchor, checksum: 0 };
        let first_entry = tail.number + 1;
        self.db = LocalDb {
            disk: Disk { keyring, tail, first_entry, next_chunk: 1, fence: 1, ..Disk::default() },
            ..LocalDb::default()
        };
        self.db.own(StoreHeader { epoch: header.epoch + 1, ..header });
        self.touched = Touched::default();
        Ok(())
    }

    /// Orders that the queue changes and that stand with their finished day are needed to show anything.
    fn want_bases(&mut self, prefix: &str) {
        let dates: BTreeSet<_> = self.db.set.without_base().into_iter().flat_map(days_around).collect();
        let chunks = dates.into_iter().flat_map(|date| {
            let chunks = self.db.disk.manifest.chunks(Partition::Orders(date));
            if !chunks.is_empty() {
                self.db.loaded.insert(date);
            }
            chunks
        });
        self.wanted = chunks.map(|chunk| chunk_key(prefix, chunk.number)).collect();
        self.stage = Stage::Bases;
    }

    fn read_bases(&mut self, read: Vec<(String, Option<Vec<u8>>)>) {
        for (key, value) in read {
            let touched = self.db.load_chunk(&key, value.as_deref());
            self.touched.orders.extend(touched.orders);
        }
    }

    fn note(&mut self, key: String, kind: DamageKind) {
        self.db.disk.note(key, kind);
    }

    fn note_fault(&mut self, key: String, fault: Fault, last: bool) {
        self.tally.locked += u32::from(matches!(fault, Fault::KeyMissing | Fault::Foreign));
        self.note(key, fault.kind(last));
    }
}

/// The number for the next chunk: after all that there are, but for strays that no engine can have written.
fn after_those_near(next: u64, chunks: &BTreeSet<u64>) -> u64 {
    chunks.range(next..).fold(
        next,
        |next, number| {
            if number.saturating_sub(next) > GAP_MAX { next } else { number.saturating_add(1) }
        },
    )
}

/// The epoch that a key with a prefix belongs to.
fn epoch_of(key: &str) -> Option<u32> {
    let (epoch, _) = key.strip_prefix("epoch-")?.split_once('/')?;
    epoch.parse().ok()
}
