//! What is known of the disk: whose store it is, where its journal ends, what its checkpoint consists of, and what of it is
//! damaged. Turns changes into the bytes that make them durable.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::damage::{Damage, DamageKind};
use super::header::{HEADER_KEYS, StoreHeader};
use super::journal::{JournalTail, journal_key};
use super::keyring::Keyring;
use super::manifest::{MANIFEST_KEY, Manifest, chunk_key};
use super::sealing::{Header, Kind, Sealer, checksum_of};
use super::store_change::StoreChange;
use crate::command::Enrolment;
use crate::io::{Moment, WriteBatch};

/// What a credential, and a record with the verifiers of PINs, are known by in a text that an engine writes.
const SECRET_MARKS: [&str; 2] = ["\"deviceToken\":", "\"collection\":\"grants\""];

/// The disk as the engine knows it.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(super) keyring: Keyring,
    pub(super) header: Option<StoreHeader>,
    pub(super) header_written: bool,
    pub(super) sealer: Option<Sealer>,
    pub(super) tail: JournalTail,
    /// This life of the writer.
    pub(super) fence: u32,
    /// The last write under the next number failed, and may have left something there.
    pub(super) retrying: bool,
    /// The journal's entries that no checkpoint holds: the first of them, and the bytes of all before they were compressed,
    /// which is what opening has to read.
    pub(super) first_entry: u64,
    pub(super) entries_bytes: usize,
    /// Entries up to this number may be in the clear or sealed with an older key.
    pub(super) older_key_up_to: u64,
    /// The manifest was lost: the next checkpoint says everything anew.
    pub(super) anew: bool,
    pub(super) manifest: Manifest,
    /// The number of the next chunk; never given twice.
    pub(super) next_chunk: u64,
    pub(super) damage: Vec<Damage>,
    /// The last switch to a new checkpoint failed: either may be the one on the disk.
    pub(super) switch_unsure: bool,
    /// Keys that nothing needs any more.
    pub(super) garbage: BTreeSet<String>,
    /// A checksum over what was sealed since the flight recorder last asked.
    pub(super) said: Cell<u32>,
}

/// Why a batch could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WriteError {
    /// There is no key to seal with.
    #[error("there is no key to seal the store with")]
    NoKey,
    /// The changes have no JSON form.
    #[error("the changes could not be written")]
    NotWritable,
}

/// A commit on its way.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) batch: WriteBatch,
    pub(crate) entry: WrittenEntry,
}

/// An entry of the journal once it is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WrittenEntry {
    /// Where the journal ends with it.
    pub(crate) tail: JournalTail,
    /// Of its content, before it was compressed.
    pub(crate) bytes: usize,
    /// The key that sealed it; `None` where it is in the clear.
    pub(crate) key_id: Option<u32>,
}

impl Disk {
    /// Gives the store an owner, if it has none. A name tag on a store that nothing was ever saved in binds nobody.
    pub(super) fn belong_to(&mut self, enrolment: &Enrolment) {
        let (tenant_id, device_id) = (&enrolment.tenant_id, &enrolment.device_id);
        if let Some(header) = self.header.as_mut().filter(|_| self.tail.checksum == 0 && self.manifest.generation == 0)
            && (&header.tenant_id, &header.device_id) != (tenant_id, device_id)
        {
            *header = StoreHeader { tenant_id: tenant_id.clone(), device_id: device_id.clone(), ..*header };
            (self.header_written, self.sealer) = (false, None);
        }
        let header = self.header.get_or_insert_with(|| StoreHeader {
            tenant_id: enrolment.tenant_id.clone(),
            device_id: enrolment.device_id.clone(),
            epoch: 0,
        });
        if self.sealer.is_none() {
            let (tenant_id, device_id) = (header.tenant_id.as_str(), header.device_id.as_str());
            self.sealer = Some(Sealer::new(self.keyring.clone(), tenant_id, device_id));
        }
    }

    /// What stands before every key.
    pub(super) fn prefix(&self) -> String {
        StoreHeader::prefix_of(self.header.as_ref().map_or(0, |header| header.epoch))
    }

    /// The batch that makes these changes durable. Only one key of it need be written atomically; the name tag of a new store
    /// goes before it.
    pub(super) fn draft(&self, changes: &[StoreChange], now: &Moment) -> Result<Draft, WriteError> {
        let number = self.tail.number.saturating_add(1);
        let key = journal_key(&self.prefix(), number);
        let content = serde_json::to_vec(changes).map_err(|_| WriteError::NotWritable)?;
        let header = Header { kind: Kind::Journal, number, fence: self.fence, previous_checksum: self.tail.checksum };
        let value = self.seal(&key, header, &content, now)?;
        let tail = JournalTail { number, checksum: checksum_of(&value) };
        let entry = WrittenEntry { tail, bytes: content.len(), key_id: self.keyring.current().map(|key| key.id) };
        let mut batch = self.batch()?;
        if self.retrying {
            batch.put.push((key, value));
        } else {
            batch.create.push((key, value));
        }
        Ok(Draft { batch, entry })
    }

    /// An empty batch; where the store has no name tag yet, one that gives it one.
    pub(super) fn batch(&self) -> Result<WriteBatch, WriteError> {
        let mut batch = WriteBatch::default();
        if let (Some(header), false) = (&self.header, self.header_written) {
            let value = header.encode().map_err(|_| WriteError::NotWritable)?;
            batch.put.extend(HEADER_KEYS.map(|key| (key.to_owned(), value.clone())));
        }
        Ok(batch)
    }

    /// Takes note of a value that could not be read, once.
    pub(super) fn note(&mut self, key: String, kind: DamageKind) {
        if !self.damage.iter().any(|damage| damage.key == key) {
            self.garbage.remove(&key);
            self.damage.push(Damage { key, kind });
        }
    }

    /// What looked altered turns out to be the end of a life that was cut short.
    pub(super) fn note_torn(&mut self, key: &str) {
        for damage in self.damage.iter_mut().filter(|damage| damage.key == key && damage.kind == DamageKind::Altered) {
            damage.kind = DamageKind::TornTail;
        }
    }

    /// The commit is there.
    pub(super) fn committed(&mut self, entry: WrittenEntry) {
        self.tail = entry.tail;
        self.entries_bytes += entry.bytes;
        // A key may have been added while the entry was on its way.
        if entry.key_id != self.keyring.current().map(|key| key.id) {
            self.older_key_up_to = entry.tail.number;
        }
        self.header_written |= self.header.is_some();
        self.retrying = false;
    }

    /// The batch that writes a new chunk.
    pub(super) fn chunk(&self, number: u64, content: &[u8], now: &Moment) -> Result<WriteBatch, WriteError> {
        let key = chunk_key(&self.prefix(), number);
        let header = Header { kind: Kind::Chunk, number, fence: self.fence, previous_checksum: 0 };
        let value = self.seal(&key, header, content, now)?;
        let mut batch = self.batch()?;
        batch.create.push((key, value));
        Ok(batch)
    }

    /// The batch that writes a manifest.
    pub(super) fn switch(&self, manifest: &Manifest, now: &Moment) -> Result<WriteBatch, WriteError> {
        let key = format!("{}{MANIFEST_KEY}", self.prefix());
        let content = serde_json::to_vec(manifest).map_err(|_| WriteError::NotWritable)?;
        let header = Header {
            kind: Kind::Manifest,
            number: manifest.generation,
            fence: self.fence,
            previous_checksum: manifest.covered.checksum,
        };
        let value = self.seal(&key, header, &content, now)?;
        let mut batch = self.batch()?;
        batch.put.push((key, value));
        Ok(batch)
    }

    /// How many entries the journal holds that no checkpoint does.
    pub(crate) const fn entries(&self) -> u64 {
        self.tail.number.saturating_add(1).saturating_sub(self.first_entry)
    }

    /// The keys of the journal's entries up to this number, without those whose bytes are kept for support.
    pub(super) fn covered_keys(&self, up_to: u64) -> impl Iterator<Item = String> {
        let prefix = self.prefix();
        let keys = (self.first_entry.max(1)..=up_to).map(move |number| journal_key(&prefix, number));
        keys.filter(|key| !self.damage.iter().any(|damage| damage.key == *key))
    }

    fn seal(&self, key: &str, header: Header, content: &[u8], now: &Moment) -> Result<Vec<u8>, WriteError> {
        let sealer = self.sealer.as_ref().ok_or(WriteError::NoKey)?;
        self.note_said(header.kind, content);
        sealer.seal(key, header, content, &now.nonce(key)).ok_or(WriteError::NoKey)
    }

    /// A manifest repeats a checksum of sealed bytes, which a replay seals with another key; and what holds a secret is another
    /// text without it. Of those only the keys count.
    fn note_said(&self, kind: Kind, content: &[u8]) {
        let secret = |text: &str| SECRET_MARKS.iter().any(|mark| text.contains(mark));
        if kind != Kind::Manifest && std::str::from_utf8(content).is_ok_and(|text| !secret(text)) {
            let mut sum = crc32fast::Hasher::new_with_initial(self.said.get());
            sum.update(content);
            self.said.set(sum.finalize());
        }
    }
}
