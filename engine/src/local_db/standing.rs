//! The store as it stands between two inputs, for the flight recorder: everything of it that decides what comes next, without
//! the keys it is sealed with and without what is a credential.
//!
//! Taking it is cheap: confirmed orders are shared, not copied. What is seen of orders is left out, because it is a fold over
//! the rest. Every field is named here, so that a new one does not compile before somebody has said what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BusinessDate, DeviceId, HybridClock, LocationId, Menu, MutationId, OrderId, StaffChange, TenantId};
use protocol::{Collection, Incarnation, LocationSettings};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::LocalDb;
use super::damage::{Damage, DamageKind};
use super::decisions::Decision;
use super::disk::Disk;
use super::header::StoreHeader;
use super::journal::JournalTail;
use super::kept_records::KeptRecords;
use super::keyring::{Keyring, StoreKey};
use super::manifest::Manifest;
use super::sealing::{FORMAT, Header, Kind, MAGIC};
use super::store_change::{Discarded, NotedFinding, Versions};
use super::unwritten::Unwritten;
use super::working_set::{ConfirmedOrder, ConfirmedRecord, ParkedMutation, Session, SingleRecord, WorkingSet};
use crate::command::Enrolment;
use crate::mutation_queue::MutationQueue;

/// What stands in the place of a text that must not leave the device. Just as long, because where chunks end and when the journal
/// is folded depends on how long things are.
pub(crate) fn stand_in(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// What stands in the place of a record that must not.
pub(crate) fn stand_in_record(bytes: usize) -> Box<RawValue> {
    let text = format!("\"{}\"", stand_in(bytes.saturating_sub(2)));
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The store between two inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoreStanding {
    key_ids: Vec<u32>,
    header: Option<StoreHeader>,
    header_written: bool,
    tail: JournalTail,
    fence: u32,
    retrying: bool,
    first_entry: u64,
    entries_bytes: usize,
    older_key_up_to: u64,
    anew: bool,
    manifest: Manifest,
    next_chunk: u64,
    damage: Vec<Damage>,
    switch_unsure: bool,
    garbage: BTreeSet<String>,
    open_written: BTreeSet<OrderId>,
    loaded: BTreeSet<BusinessDate>,
    session: Option<StandingSession>,
    cursor: Option<String>,
    versions: Option<Versions>,
    clock: HybridClock,
    queue: MutationQueue,
    shifts: MutationQueue<StaffChange>,
    confirmed: BTreeMap<OrderId, ConfirmedOrder>,
    tickets: BTreeMap<BusinessDate, u32>,
    menu: SingleRecord<Menu>,
    location: SingleRecord<LocationSettings>,
    parked: Vec<ParkedMutation>,
    discarded: Vec<Discarded>,
    findings: Vec<NotedFinding>,
    kept: Vec<StandingRecord>,
    decisions: Vec<Decision>,
    /// In the order they were made.
    made: Vec<(MutationId, OrderId)>,
    unwritten: Unwritten,
}

/// Whose store it is, without its credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StandingSession {
    enrolment: NamedEnrolment,
    incarnation: Incarnation,
}

/// What a device was given at enrolment, without its credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NamedEnrolment {
    tenant_id: TenantId,
    location_id: LocationId,
    device_id: DeviceId,
    device_prefix: String,
    token_bytes: usize,
}

/// A record that is kept as it came; of one with the verifiers of PINs in it, only that it is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StandingRecord {
    collection: Collection,
    id: String,
    rev: u64,
    record: Option<Box<RawValue>>,
}

/// What stood under a key that was read, in the clear.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoredValue {
    /// Nothing.
    Missing,
    /// This.
    Content(String),
    /// Something that could not be read.
    Unreadable(DamageKind),
}

/// Whether a collection's records hold what opens something elsewhere: the sheets of grants hold the verifiers of PINs.
pub(crate) fn holds_secrets(collection: Collection) -> bool {
    collection == Collection::Grants
}

impl From<&Enrolment> for NamedEnrolment {
    fn from(enrolment: &Enrolment) -> Self {
        let Enrolment { tenant_id, location_id, device_id, device_prefix, device_token } = enrolment.clone();
        Self { tenant_id, location_id, device_id, device_prefix, token_bytes: device_token.len() }
    }
}

impl From<NamedEnrolment> for Enrolment {
    fn from(named: NamedEnrolment) -> Self {
        let NamedEnrolment { tenant_id, location_id, device_id, device_prefix, token_bytes } = named;
        Self { tenant_id, location_id, device_id, device_prefix, device_token: stand_in(token_bytes) }
    }
}

impl From<ConfirmedRecord> for Option<Box<RawValue>> {
    fn from(record: ConfirmedRecord) -> Self {
        match record {
            ConfirmedRecord::Order(order) => {
                serde_json::to_string(order.as_ref()).ok().and_then(|text| RawValue::from_string(text).ok())
            }
            ConfirmedRecord::Unread(record) => Some(record),
            ConfirmedRecord::Tombstone => None,
        }
    }
}

impl From<Option<Box<RawValue>>> for ConfirmedRecord {
    fn from(record: Option<Box<RawValue>>) -> Self {
        Self::read(record)
    }
}

impl LocalDb {
    /// The store as it stands; `None` in the middle of a checkpoint.
    pub(crate) fn standing(&self) -> Option<StoreStanding> {
        let Self { disk, set, checkpoint, open_written, loaded, sweeping } = self;
        if checkpoint.is_some() || !sweeping.is_empty() {
            return None;
        }
        let Disk {
            keyring,
            header,
            header_written,
            sealer: _,
            tail,
            fence,
            retrying,
            first_entry,
            entries_bytes,
            older_key_up_to,
            anew,
            manifest,
            next_chunk,
            damage,
            switch_unsure,
            garbage,
            said: _,
        } = disk;
        let WorkingSet {
            session,
            cursor,
            versions,
            clock,
            queue,
            shifts,
            confirmed,
            visible: _,
            tickets,
            menu,
            location,
            parked,
            discarded,
            findings,
            kept,
            decisions,
            made,
            made_in_order,
            // Only while a commit is taken over.
            read: _,
            unwritten,
        } = set;
        Some(StoreStanding {
            key_ids: keyring.keys().iter().map(|key| key.id).collect(),
            header: header.clone(),
            header_written: *header_written,
            tail: *tail,
            fence: *fence,
            retrying: *retrying,
            first_entry: *first_entry,
            entries_bytes: *entries_bytes,
            older_key_up_to: *older_key_up_to,
            anew: *anew,
            manifest: manifest.clone(),
            next_chunk: *next_chunk,
            damage: damage.clone(),
            switch_unsure: *switch_unsure,
            garbage: garbage.clone(),
            open_written: open_written.clone(),
            loaded: loaded.clone(),
            session: session.as_ref().map(StandingSession::of),
            cursor: cursor.clone(),
            versions: versions.clone(),
            clock: *clock,
            queue: queue.clone(),
            shifts: shifts.clone(),
            confirmed: confirmed.clone(),
            tickets: tickets.clone(),
            menu: menu.clone(),
            location: location.clone(),
            parked: parked.clone(),
            discarded: discarded.clone(),
            findings: findings.clone(),
            kept: StandingRecord::of_all(kept),
            decisions: decisions.clone(),
            made: made_in_order.iter().filter_map(|id| Some((*id, *made.get(id)?))).collect(),
            unwritten: unwritten.clone(),
        })
    }

    /// The store that stood so, sealed with keys that seal nothing else.
    pub(crate) fn restored(standing: StoreStanding) -> Self {
        let keys = standing.key_ids.iter().map(|id| throwaway_key(*id)).collect();
        let mut db = Self { open_written: standing.open_written, loaded: standing.loaded, ..Self::default() };
        db.disk.keyring = Keyring::new(keys);
        if let Some(header) = standing.header {
            db.own(header);
        }
        db.disk = Disk {
            header_written: standing.header_written,
            tail: standing.tail,
            fence: standing.fence,
            retrying: standing.retrying,
            first_entry: standing.first_entry,
            entries_bytes: standing.entries_bytes,
            older_key_up_to: standing.older_key_up_to,
            anew: standing.anew,
            manifest: standing.manifest,
            next_chunk: standing.next_chunk,
            damage: standing.damage,
            switch_unsure: standing.switch_unsure,
            garbage: standing.garbage,
            ..db.disk
        };
        db.set = WorkingSet {
            session: standing.session.map(StandingSession::restored),
            cursor: standing.cursor,
            versions: standing.versions,
            clock: standing.clock,
            queue: standing.queue,
            shifts: standing.shifts,
            confirmed: standing.confirmed,
            visible: BTreeMap::new(),
            tickets: standing.tickets,
            menu: standing.menu,
            location: standing.location,
            parked: standing.parked,
            discarded: standing.discarded,
            findings: standing.findings,
            kept: StandingRecord::restored(standing.kept),
            decisions: standing.decisions,
            made_in_order: standing.made.iter().map(|(id, _)| *id).collect(),
            made: standing.made.into_iter().collect(),
            read: BTreeMap::new(),
            unwritten: standing.unwritten,
        };
        let shown: BTreeSet<OrderId> = db.set.confirmed.keys().copied().chain(db.set.queue.records()).collect();
        for order_id in shown {
            db.set.refold(order_id);
        }
        db
    }

    /// What a chunk says that was read, in the clear.
    pub(crate) fn opened_value(&self, key: &str, value: Option<&[u8]>) -> StoredValue {
        let (Some(value), Some(sealer)) = (value, &self.disk.sealer) else { return StoredValue::Missing };
        match sealer.open(key, Kind::Chunk, value) {
            Ok(opened) => String::from_utf8(opened.content)
                .map_or(StoredValue::Unreadable(DamageKind::FormatUnknown), StoredValue::Content),
            Err(fault) => StoredValue::Unreadable(fault.kind(false)),
        }
    }

    /// Bytes that this store reads as such a chunk.
    pub(crate) fn stored_value(&self, key: &str, value: &StoredValue) -> Option<Vec<u8>> {
        let header = Header { kind: Kind::Chunk, number: 0, fence: 0, previous_checksum: 0 };
        let seal = |key: &str, content: &[u8]| self.disk.sealer.as_ref()?.seal(key, header, content, &[0; 24]);
        match value {
            StoredValue::Missing => None,
            StoredValue::Content(content) => seal(key, content.as_bytes()),
            StoredValue::Unreadable(DamageKind::FormatUnknown) => {
                let mut value = MAGIC.to_vec();
                value.extend_from_slice(&[FORMAT + 1, Kind::Chunk as u8, 0]);
                value.extend_from_slice(&crc32fast::hash(&value).to_le_bytes());
                Some(value)
            }
            StoredValue::Unreadable(DamageKind::Foreign) => seal("elsewhere", b"[]"),
            StoredValue::Unreadable(
                DamageKind::Altered
                | DamageKind::TornTail
                | DamageKind::Missing
                | DamageKind::OutOfOrder
                | DamageKind::RolledBack,
            ) => Some(Vec::new()),
        }
    }

    /// What the writes since the last call say, as a checksum.
    pub(crate) const fn take_said(&self) -> u32 {
        self.disk.said.replace(0)
    }

    /// The device's credential, where it has one.
    pub(crate) fn credential(&self) -> Option<&str> {
        self.set.session.as_ref().map(|session| session.enrolment.device_token.as_str())
    }
}

/// A key that seals nothing but a replayed store, which nobody keeps.
pub(crate) const fn throwaway_key(id: u32) -> StoreKey {
    StoreKey { id, bytes: [0; 32] }
}

impl StandingSession {
    fn of(session: &Session) -> Self {
        Self { enrolment: (&session.enrolment).into(), incarnation: session.incarnation }
    }

    fn restored(self) -> Session {
        Session { enrolment: self.enrolment.into(), incarnation: self.incarnation }
    }
}

impl StandingRecord {
    fn of_all(kept: &KeptRecords) -> Vec<Self> {
        let standing = |(collection, id, rev, record): (Collection, &str, u64, Option<&RawValue>)| Self {
            collection,
            id: id.to_owned(),
            rev,
            record: record.map(|record| {
                if holds_secrets(collection) { stand_in_record(record.get().len()) } else { record.to_owned() }
            }),
        };
        kept.all().map(standing).collect()
    }

    fn restored(standing: Vec<Self>) -> KeptRecords {
        let mut kept = KeptRecords::default();
        for Self { collection, id, rev, record } in standing {
            kept.confirm(collection, &id, rev, record);
        }
        kept
    }
}
