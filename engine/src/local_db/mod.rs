//! LocalDB: what is on the device's disk, and the same in memory.
//!
//! The disk holds an append-only journal, one commit a key, and a checkpoint that the journal is folded into: chunks for each
//! part of the store, and a manifest that names them. Everything is sealed. Memory holds what people work with: the queue,
//! open orders, the menu, the newest days; older days are read when somebody asks. Opening a store and applying a fresh commit
//! run the same code, so what was seen before a crash is what is seen after it.

mod checkpoint;
mod damage;
mod decisions;
mod disk;
mod drawers;
mod header;
mod journal;
mod kept_records;
mod keyring;
mod manifest;
mod open_error;
mod opening;
mod sealing;
mod shifts;
mod staff;
mod standing;
mod store_change;
mod unwritten;
mod working_set;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    BusinessDate, Conflict, ConflictId, DeviceId, HybridClock, Menu, MutationId, Order, OrderId, Role, StaffId,
    StaffStatus, TenantId, Timestamp,
};
use protocol::LocationSettings;
use sha2::{Digest, Sha256};

pub(crate) use checkpoint::{CheckpointStep, Measure, Urgency};
pub use damage::{Damage, DamageKind};
pub(crate) use decisions::Decision;
pub(crate) use disk::{Draft, WriteError, WrittenEntry};
pub use keyring::{Keyring, STORE_KEY_ID_MAX, StoreKey};
pub use open_error::OpenError;
pub use opening::{OpenWith, Opening};
pub(crate) use shifts::ShiftsChange;
pub(crate) use standing::{
    NamedEnrolment, StoreStanding, StoredValue, holds_secrets, stand_in, stand_in_record, throwaway_key,
};
pub(crate) use store_change::{Discarded, NotedFinding, READS, StoreChange, Versions};
pub(crate) use working_set::{ParkedMutation, Session, Touched};

use crate::io::Moment;
use crate::mutation_queue::MutationQueue;
use crate::staging::Staged;
use checkpoint::Checkpoint;
use disk::Disk;
use header::{HEADER_KEYS, StoreHeader};
use journal::JournalTail;
use manifest::{Partition, chunk_key};
use sealing::{Kind, Sealer};
use working_set::WorkingSet;

/// The device's store.
#[derive(Debug, Default)]
pub struct LocalDb {
    disk: Disk,
    set: WorkingSet,
    checkpoint: Option<Checkpoint>,
    /// Orders that the checkpoint holds as worked on.
    open_written: BTreeSet<OrderId>,
    /// Days whose finished orders are all in memory.
    loaded: BTreeSet<BusinessDate>,
    /// Keys that the write under way deletes.
    sweeping: Vec<String>,
}

impl LocalDb {
    /// The batch that makes these changes durable.
    pub(crate) fn draft(&mut self, changes: &[StoreChange], now: &Moment) -> Result<Draft, WriteError> {
        if let Some(StoreChange::SessionStarted { enrolment, .. }) = changes.first() {
            self.disk.belong_to(enrolment);
        }
        self.disk.draft(changes, now)
    }

    /// Takes over what was staged once it is durable.
    pub(crate) fn apply(&mut self, staged: Staged, entry: WrittenEntry) -> Touched {
        let Staged { changes, mut orders, read } = staged;
        self.set.read = read;
        let touched = self.replay(changes);
        self.disk.committed(entry);
        for order_id in &touched.orders {
            match orders.remove(order_id) {
                Some(order) => self.set.show(*order_id, order),
                None => self.set.refold(*order_id),
            }
        }
        touched
    }

    /// The last commit failed; it may have left something under its key.
    pub(crate) const fn commit_failed(&mut self) {
        self.disk.retrying = true;
    }

    /// Takes a commit that another tab has written. `false` where it does not follow what is known here.
    pub(crate) fn observe(&mut self, key: &str, value: &[u8]) -> Option<Touched> {
        let number = journal::number_of_key(&self.disk.prefix(), key)?;
        if number <= self.disk.tail.number {
            return Some(Touched::default());
        }
        let sealer = self.disk.sealer.as_ref()?;
        let entry = journal::decode(sealer, key, number, value, false).ok()?;
        if number != self.disk.tail.number.saturating_add(1) || entry.previous_checksum != self.disk.tail.checksum {
            return None;
        }
        let tail = JournalTail { number, checksum: sealing::checksum_of(value) };
        self.disk.fence = self.disk.fence.max(entry.fence);
        let written = WrittenEntry { tail, bytes: entry.bytes, key_id: entry.key_id };
        Some(self.apply(Staged { changes: entry.changes, ..Staged::default() }, written))
    }

    /// Whether everything up to this entry of the journal is known.
    pub(crate) fn has_observed(&self, key: &str) -> bool {
        journal::number_of_key(&self.disk.prefix(), key).is_some_and(|number| number <= self.disk.tail.number)
    }

    /// A new key seals from now on; what older ones have sealed is sealed anew by the next checkpoint.
    pub(crate) fn add_key(&mut self, key: &StoreKey) {
        let keys = self.disk.keyring.keys().iter().filter(|known| known.id != key.id).cloned().chain([key.clone()]);
        self.disk.keyring = Keyring::new(keys.collect());
        self.disk.older_key_up_to = self.disk.tail.number;
        if let Some(sealer) = &mut self.disk.sealer {
            sealer.keyring = self.disk.keyring.clone();
        }
    }

    /// Forgets the keys that seal nothing any more. Tells whether there were any.
    pub(crate) fn retire_keys(&mut self) -> bool {
        let retire = self.disk.keyring.keys().len() > 1 && !self.wants_reseal() && self.checkpoint.is_none();
        if retire {
            self.disk.keyring.retire_older();
            if let Some(sealer) = &mut self.disk.sealer {
                sealer.keyring.retire_older();
            }
        }
        retire
    }

    /// The store's keys.
    pub(crate) const fn keyring(&self) -> &Keyring {
        &self.disk.keyring
    }

    /// Whose store it is.
    pub(crate) const fn session(&self) -> Option<&Session> {
        self.set.session.as_ref()
    }

    /// How far the location's changes are read.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.set.cursor.as_deref()
    }

    /// Which versions talked with each other last.
    pub(crate) const fn versions(&self) -> Option<&Versions> {
        self.set.versions.as_ref()
    }

    /// The clock as of the last durable stamp.
    pub(crate) const fn clock(&self) -> HybridClock {
        self.set.clock
    }

    /// Mutations not settled yet.
    pub(crate) const fn queue(&self) -> &MutationQueue {
        &self.set.queue
    }

    /// The order that a mutation made here is about, while it is remembered.
    pub(crate) fn made(&self, mutation_id: MutationId) -> Option<OrderId> {
        self.set.made(mutation_id)
    }

    /// Whether a mutation is in the queue or parked.
    pub(crate) fn holds(&self, mutation_id: MutationId) -> bool {
        self.set.queue.holds(mutation_id)
            || self.set.shifts.holds(mutation_id)
            || self.set.parked.iter().any(|parked| parked.mutation.id == mutation_id)
    }

    /// The order as this device sees it.
    pub(crate) fn visible(&self, order_id: OrderId) -> Option<&Order> {
        self.set.visible.get(&order_id)
    }

    /// All orders in memory as this device sees them.
    pub(crate) fn visible_orders(&self) -> impl Iterator<Item = &Order> {
        self.set.visible.values()
    }

    /// All orders in memory as the server has confirmed them.
    pub(crate) fn confirmed_orders(&self) -> impl Iterator<Item = &Order> {
        self.set.confirmed.values().filter_map(|confirmed| confirmed.record.order())
    }

    /// The menu as last synced.
    pub(crate) const fn menu(&self) -> Option<&Menu> {
        self.set.menu.get()
    }

    /// The location's settings as last synced.
    pub(crate) const fn location(&self) -> Option<&LocationSettings> {
        self.set.location.get()
    }

    /// The highest ticket counter this device is known to have used on a business date.
    pub(crate) fn last_ticket(&self, date: BusinessDate) -> u32 {
        self.set.tickets.get(&date).copied().unwrap_or(0)
    }

    /// Refused mutations, oldest first.
    pub(crate) fn parked(&self) -> &[ParkedMutation] {
        &self.set.parked
    }

    /// Conflicts, oldest first.
    pub(crate) const fn conflicts(&self) -> &BTreeMap<ConflictId, Conflict> {
        self.set.kept.conflicts()
    }

    /// Decisions on their way to the server, oldest first.
    pub(crate) fn decisions(&self) -> &[Decision] {
        &self.set.decisions
    }

    /// The order that a conflict is about, where it is about one.
    pub(crate) fn order_of_conflict(&self, conflict_id: ConflictId) -> Option<OrderId> {
        self.set.order_of(conflict_id)
    }

    /// Refused mutations that were given up, oldest first.
    pub(crate) fn discarded(&self) -> &[Discarded] {
        &self.set.discarded
    }

    /// Whether somebody has a manager's rights, as far as this device knows; anybody, where nobody is employed.
    pub(crate) fn may_approve(&self, staff_id: &StaffId) -> bool {
        self.roster().is_none_or(|roster| {
            roster
                .member(staff_id)
                .is_some_and(|member| member.status == StaffStatus::Active && member.role >= Role::Manager)
        })
    }

    /// What the server noticed, oldest first.
    pub(crate) fn findings(&self) -> &[NotedFinding] {
        &self.set.findings
    }

    /// What of the store could not be read.
    pub(crate) fn damage(&self) -> &[Damage] {
        &self.disk.damage
    }

    /// Entries of the journal that no checkpoint holds.
    pub(crate) const fn journal_entries(&self) -> u64 {
        self.disk.entries()
    }

    /// Whether there are values that nothing needs any more.
    pub(crate) fn has_garbage(&self) -> bool {
        !self.disk.garbage.is_empty()
    }

    /// The number of the last commit.
    pub(crate) const fn journal_number(&self) -> u64 {
        self.disk.tail.number
    }

    /// How many stores stand beside this one, put aside because their keys were lost.
    pub(crate) fn put_aside(&self) -> u32 {
        self.disk.header.as_ref().map_or(0, |header| header.epoch)
    }

    /// Finished days that are not in memory, oldest first.
    pub(crate) fn days_on_disk(&self) -> Vec<BusinessDate> {
        let mut dates = self.disk.manifest.dates();
        dates.retain(|date| !self.loaded.contains(date));
        dates
    }

    /// The days an order may stand with that is not in memory: its id says about when it was made.
    pub(crate) fn days_of(&self, order_id: OrderId) -> Vec<BusinessDate> {
        if self.set.confirmed.contains_key(&order_id) || self.set.visible.contains_key(&order_id) {
            return Vec::new();
        }
        let on_disk = self.days_on_disk();
        let may_stand = |date: &BusinessDate| on_disk.contains(date) && self.disk.manifest.may_hold(*date, order_id);
        days_around(order_id).into_iter().filter(may_stand).collect()
    }

    /// The keys that hold a day's finished orders.
    pub(crate) fn keys_of(&self, date: BusinessDate) -> Vec<String> {
        let prefix = self.disk.prefix();
        let chunks = self.disk.manifest.chunks(Partition::Orders(date));
        chunks.iter().map(|chunk| chunk_key(&prefix, chunk.number)).collect()
    }

    /// The key of a chunk.
    pub(crate) fn key_of_chunk(&self, number: u64) -> String {
        chunk_key(&self.disk.prefix(), number)
    }

    /// Takes one chunk of a day into memory.
    pub(crate) fn load_chunk(&mut self, key: &str, value: Option<&[u8]>) -> Touched {
        let unwritten = self.set.unwritten.clone();
        let Some(sealer) = &self.disk.sealer else { return Touched::default() };
        let changes = value.map(|value| {
            let opened = sealer.open(key, Kind::Chunk, value)?;
            journal::read_changes(&opened.content)
        });
        let touched = match changes {
            // A finished order had nothing pending when it was filed, and the stream's numbers may be others by now.
            Some(Ok(changes)) => self.replay(changes.into_iter().map(StoreChange::without_own_seq).collect()),
            Some(Err(fault)) => self.note_damage(key, fault.kind(false)),
            None => self.note_damage(key, DamageKind::Missing),
        };
        // It came from the checkpoint: there is nothing new in it.
        self.set.unwritten = unwritten;
        for order_id in &touched.orders {
            self.set.refold(*order_id);
        }
        touched
    }

    /// All chunks of a day are in memory.
    pub(crate) fn day_loaded(&mut self, date: BusinessDate) {
        self.loaded.insert(date);
    }

    /// SHA-256, in hexadecimal, over every order in memory that the server has confirmed, by id: equal on devices that have
    /// exchanged everything and hold the same days.
    pub(crate) fn confirmed_hash(&self) -> String {
        let mut hash = Sha256::new();
        for (order_id, confirmed) in &self.set.confirmed {
            hash.update(order_id.as_bytes());
            hash.update(confirmed.rev.to_le_bytes());
            hash.update(serde_json::to_vec(&confirmed.record.order()).unwrap_or_default());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn replay(&mut self, changes: Vec<StoreChange>) -> Touched {
        let mut touched = Touched::default();
        for change in changes {
            self.set.apply_change(change, &mut touched);
        }
        touched
    }

    fn note_damage(&mut self, key: &str, kind: DamageKind) -> Touched {
        self.disk.note(key.to_owned(), kind);
        self.read_again_where_damaged();
        Touched::default()
    }

    /// What the server has confirmed may have been in a value that cannot be read: everything is read again, once, underneath
    /// the pending mutations.
    fn read_again_where_damaged(&mut self) {
        let known = &self.disk.manifest.damage;
        let holds_records = |damage: &Damage| !HEADER_KEYS.contains(&damage.key.as_str());
        let fresh = self.disk.damage.iter().filter(|damage| !known.contains(damage) && holds_records(damage));
        if fresh.filter(|damage| damage.kind != DamageKind::TornTail).count() > 0 {
            self.set.cursor = None;
        }
    }

    /// Takes a name tag that was read, or that the store is to have.
    fn own(&mut self, header: StoreHeader) {
        let (tenant_id, device_id) = (header.tenant_id.as_str(), header.device_id.as_str());
        self.disk.sealer = Some(Sealer::new(self.disk.keyring.clone(), tenant_id, device_id));
        self.disk.header = Some(header);
    }

    /// A store from before there were name tags says in its journal whose it is.
    fn own_by_session(&mut self) {
        if let (None, Some(session)) = (&self.disk.header, &self.set.session) {
            let enrolment = session.enrolment.clone();
            self.disk.belong_to(&enrolment);
        }
    }

    fn after_opening(&mut self) {
        self.disk.fence = self.disk.fence.saturating_add(1);
    }
}

/// What one entry of a journal says, as JSON, for support and for checkers that trust no engine. `None` where it cannot be
/// read as what stands under this key of this device's store.
#[must_use]
pub fn entry_text(keyring: &Keyring, owner: (&TenantId, &DeviceId), key: &str, value: &[u8]) -> Option<String> {
    let sealer = Sealer::new(keyring.clone(), owner.0.as_str(), owner.1.as_str());
    let opened = sealer.open(key, Kind::Journal, value).ok()?;
    String::from_utf8(opened.content).ok()
}

/// The business dates that an order made at about this time may have: places east and west of Greenwich, and days that begin
/// in the small hours.
fn days_around(order_id: OrderId) -> Vec<BusinessDate> {
    let millis = order_id.as_bytes().iter().take(6).fold(0_i64, |millis, byte| millis * 256 + i64::from(*byte));
    let date = BusinessDate::of(Timestamp::nearest(millis), 0, 0);
    vec![date.previous(), date, date.next()]
}
