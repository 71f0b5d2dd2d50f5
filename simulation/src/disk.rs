//! A till's disk: what is durable, as bytes.

use std::collections::BTreeMap;

use crate::ledger::DiskLedger;
use domain::{DeviceId, TenantId};
use engine::{Keyring, StoreKey, WriteBatch, entry_text};
use fastrand::Rng;

/// One till's disk.
#[derive(Debug)]
pub(crate) struct Disk {
    values: BTreeMap<String, Vec<u8>>,
    ledger: DiskLedger,
    owner: (TenantId, DeviceId),
    /// Kept elsewhere on the device, as a key store would.
    keys: Vec<StoreKey>,
    /// The highest number of a commit, kept there too.
    anchor: u64,
}

impl Disk {
    pub(crate) fn new(tenant_id: TenantId, device_id: DeviceId, dice: &mut Rng) -> Self {
        Self {
            values: BTreeMap::new(),
            ledger: DiskLedger::default(),
            owner: (tenant_id, device_id),
            keys: vec![fresh_key(1, dice)],
            anchor: 0,
        }
    }

    /// Writes the whole batch; `false` where a key that must be new is not.
    pub(crate) fn write(&mut self, batch: &WriteBatch) -> bool {
        if batch.create.iter().any(|(key, _)| self.values.contains_key(key)) {
            return false;
        }
        self.write_part(batch, usize::MAX);
        true
    }

    /// Writes only the first keys of a batch, as a store does that is atomic for one key only and loses its power.
    pub(crate) fn write_part(&mut self, batch: &WriteBatch, parts: usize) {
        let puts = batch.put.iter().chain(&batch.create);
        for (key, value) in puts.take(parts) {
            if let Some(text) = entry_text(&self.keyring(), (&self.owner.0, &self.owner.1), key, value) {
                self.ledger.note_entry(&text);
            }
            self.values.insert(key.clone(), value.clone());
        }
        for key in batch.delete.iter().take(parts.saturating_sub(batch.put.len() + batch.create.len())) {
            self.values.remove(key);
        }
    }

    /// Writes only the beginning of a new value: a torn write.
    pub(crate) fn tear(&mut self, batch: &WriteBatch, dice: &mut Rng) {
        self.write_part(batch, batch.put.len());
        if let Some((key, value)) = batch.create.first() {
            let kept = dice.usize(0..value.len().max(1));
            self.values.insert(key.clone(), value.iter().take(kept).copied().collect());
        }
    }

    /// All keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = String> {
        self.values.keys().cloned()
    }

    /// One value.
    pub(crate) fn read(&self, key: &str) -> Option<Vec<u8>> {
        self.values.get(key).cloned()
    }

    /// The keys its store is sealed with.
    pub(crate) fn keyring(&self) -> Keyring {
        Keyring::new(self.keys.clone())
    }

    /// Makes a new key, which will seal from now on.
    pub(crate) fn add_key(&mut self, dice: &mut Rng) -> StoreKey {
        let newest = self.keys.iter().map(|key| key.id).max().unwrap_or(0);
        let key = fresh_key(newest + 1, dice);
        self.keys.push(key.clone());
        key
    }

    /// Forgets all keys but these.
    pub(crate) fn keep_keys(&mut self, ids: &[u32]) {
        self.keys.retain(|key| ids.contains(&key.id));
    }

    pub(crate) const fn anchor(&self) -> u64 {
        self.anchor
    }

    pub(crate) const fn remember(&mut self, number: u64) {
        self.anchor = number;
    }

    /// What was ever made durable of mutations, read from the bytes as they were written.
    pub(crate) const fn ledger(&self) -> &DiskLedger {
        &self.ledger
    }
}

fn fresh_key(id: u32, dice: &mut Rng) -> StoreKey {
    StoreKey { id, bytes: std::array::from_fn(|_| dice.u8(..)) }
}
