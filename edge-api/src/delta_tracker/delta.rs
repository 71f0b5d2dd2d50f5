//! The changes between two cursors, and snapshots for whoever has none.
//!
//! Numbers of the change sequence are assigned inside the writing transaction, so they commit in order and a reader that
//! goes by number can never skip one. A page is cut by entries and by bytes, and at the head read in the same transaction.
//! A snapshot walks the same sequence, and leaves out what was finished long ago.

use std::collections::BTreeMap;

use domain::{BusinessDate, LocationId, Timestamp};
use protocol::{Collection, DELTA_ENTRIES_MAX, DeltaEntry};
use serde_json::value::RawValue;

use super::cursor::{Cursor, Head};
use super::record::collection_of;
use crate::credential::DeviceCaller;
use crate::database::{DatabaseError, Param, Row, Rows, Statement};
use crate::identity::{SealingKey, unsealed};
use crate::refusal::Refusal;

/// A page of a delta ends with the entry that reaches this many bytes of records.
const PAGE_BYTES: u64 = 1 << 20;
/// How far back a snapshot reaches, in days: what was finished earlier is left out.
const SNAPSHOT_DAYS: i64 = 35;
const DAY_MILLIS: i64 = 24 * 3_600_000;

/// What a device wants to read.
#[derive(Debug, Clone)]
pub(crate) struct Wish<'a> {
    /// How far it has read.
    pub(crate) cursor: Cursor,
    /// Entries wanted.
    pub(crate) limit: u32,
    /// The device's stream, for [`DeltaEntry::own_seq`]; none where it is not known.
    pub(crate) source: Option<String>,
    /// The server's clock.
    pub(crate) now: Timestamp,
    /// Opens the verifiers of PINs in the device's grants.
    pub(crate) sealing_key: Option<&'a SealingKey>,
}

/// What it gets.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) changes: Vec<DeltaEntry>,
    pub(crate) cursor: String,
    pub(crate) has_more: bool,
}

impl Wish<'_> {
    /// Reads the head, then the page up to it. Both ways of reading weigh the page before they touch the records themselves.
    pub(crate) fn statements(&self, device: &DeviceCaller) -> [Statement; 2] {
        let (tenant_id, location_id) = (device.tenant_id.as_str(), device.location_id.as_str());
        let head = Statement::new(
            "SELECT head, epoch, floor FROM locations WHERE tenant_id = ?1 AND location_id = ?2",
            [tenant_id.into(), location_id.into()],
        );
        let mut params: Vec<Param> = vec![
            tenant_id.into(),
            location_id.into(),
            self.cursor.seq().into(),
            self.entries().into(),
            PAGE_BYTES.into(),
            device.device_id.as_str().into(),
        ];
        let Some(since) = self.since() else {
            return [head, Statement::new(DELTA, params)];
        };
        params.push(since.to_string().into());
        [head, Statement::new(SNAPSHOT, params)]
    }

    /// The page from the rows of [`Wish::statements`].
    pub(crate) fn page(&self, device: &DeviceCaller, found: &[Rows]) -> Result<Page, Refusal> {
        let [heads, rows] = found else { return Err(missing().into()) };
        let head = head_of(heads.first().ok_or_else(missing)?)?;
        let after = self.cursor.honoured_by(&head)?;
        let mut bytes = 0_u64;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            bytes = bytes.saturating_add(row.integer("record_bytes")?);
            changes.push(self.entry(device, row)?);
        }
        let reached = changes.last().map_or(after, |entry| entry.changed_seq);
        // A page that neither its entries nor its bytes cut has read up to the head.
        let cut = u64::try_from(changes.len()).unwrap_or(u64::MAX) >= self.entries() || bytes >= PAGE_BYTES;
        let has_more = cut && reached < head.seq;
        let epoch = head.epoch;
        let cursor = match (has_more, self.since()) {
            (false, _) => Cursor::After { epoch, seq: head.seq },
            (true, None) => Cursor::After { epoch, seq: reached },
            (true, Some(since)) => Cursor::Within { epoch, seq: reached, since },
        };
        Ok(Page { changes, cursor: cursor.text(&device.location_id), has_more })
    }

    fn entries(&self) -> u64 {
        u64::from(self.limit.clamp(1, DELTA_ENTRIES_MAX))
    }

    /// The day on which a snapshot begins; nothing where the device has read before.
    fn since(&self) -> Option<BusinessDate> {
        match &self.cursor {
            Cursor::Start => Some(BusinessDate::of(self.now.after(-SNAPSHOT_DAYS * DAY_MILLIS), 0, 0)),
            Cursor::Within { since, .. } => Some(*since),
            Cursor::After { .. } => None,
        }
    }

    fn entry(&self, device: &DeviceCaller, row: &Row) -> Result<DeltaEntry, DatabaseError> {
        let sources: BTreeMap<String, u64> = row.json("sources")?;
        let collection = collection_of(row.text("collection")?)?;
        let record = match row.optional_text("record")? {
            Some(text) if collection == Collection::Grants => Some(unsealed(text, device, self.sealing_key)?),
            stored => stored.map(str::to_owned),
        };
        let record = record.map(RawValue::from_string);
        Ok(DeltaEntry {
            collection,
            id: row.text("record_id")?.to_owned(),
            rev: row.integer("rev")?,
            changed_seq: row.integer("changed_seq")?,
            own_seq: self.source.as_ref().and_then(|source| sources.get(source)).copied().unwrap_or(0),
            record: record.transpose().map_err(|_| DatabaseError::Failed("a record is not JSON".to_owned()))?,
        })
    }
}

const DELTA: &str = "WITH page AS (
       SELECT changed_seq, record_bytes FROM records
       WHERE tenant_id = ?1 AND location_id = ?2 AND changed_seq > CAST(?3 AS INTEGER)
         AND (only_device IS NULL OR only_device = ?6)
       ORDER BY changed_seq LIMIT CAST(?4 AS INTEGER)
     ), weighed AS (
       SELECT changed_seq, sum(record_bytes) OVER (ORDER BY changed_seq) - record_bytes AS bytes_before FROM page
     )
     SELECT r.collection, r.record_id, r.rev, r.changed_seq, r.record_bytes, r.sources, r.record
     FROM weighed AS w CROSS JOIN records AS r
     WHERE w.bytes_before < CAST(?5 AS INTEGER)
       AND r.tenant_id = ?1 AND r.location_id = ?2 AND r.changed_seq = w.changed_seq
     ORDER BY w.changed_seq";

/// What is finished is found by its day only to know where it begins: from there on the page goes by number, past the few old days
/// that changed late. Without that beginning the first page would walk through all that was ever finished.
const SNAPSHOT: &str = "WITH RECURSIVE days (day) AS (
       SELECT min(day) FROM records WHERE tenant_id = ?1 AND location_id = ?2 AND day >= ?7
       UNION ALL
       SELECT (SELECT min(later.day) FROM records AS later
               WHERE later.tenant_id = ?1 AND later.location_id = ?2 AND later.day > days.day)
       FROM days WHERE days.day IS NOT NULL
     ), beginnings (seq) AS (
       SELECT (SELECT min(changed_seq) FROM records
               WHERE tenant_id = ?1 AND location_id = ?2 AND day = days.day AND changed_seq > CAST(?3 AS INTEGER))
       FROM days
     ), kept AS (
       SELECT changed_seq, record_bytes FROM records
       WHERE tenant_id = ?1 AND location_id = ?2 AND day IS NULL AND changed_seq > CAST(?3 AS INTEGER)
         AND (only_device IS NULL OR only_device = ?6)
       UNION ALL
       SELECT changed_seq, record_bytes FROM records
       WHERE tenant_id = ?1 AND location_id = ?2 AND +day >= ?7
         AND changed_seq >= (SELECT min(seq) FROM beginnings)
         AND (only_device IS NULL OR only_device = ?6)
     ), page AS (
       SELECT changed_seq, record_bytes FROM kept ORDER BY changed_seq LIMIT CAST(?4 AS INTEGER)
     ), weighed AS (
       SELECT changed_seq, sum(record_bytes) OVER (ORDER BY changed_seq) - record_bytes AS bytes_before FROM page
     )
     SELECT r.collection, r.record_id, r.rev, r.changed_seq, r.record_bytes, r.sources, r.record
     FROM weighed AS w CROSS JOIN records AS r
     WHERE w.bytes_before < CAST(?5 AS INTEGER)
       AND r.tenant_id = ?1 AND r.location_id = ?2 AND r.changed_seq = w.changed_seq
     ORDER BY w.changed_seq";

/// The answer to a device that may push but not pull: nothing, and its cursor stays where it was.
pub(crate) fn withheld(cursor: Option<&str>, location_id: &LocationId, head: &Head) -> Page {
    let start = || Cursor::After { epoch: head.epoch.clone(), seq: 0 }.text(location_id);
    let cursor = cursor.filter(|cursor| !cursor.is_empty());
    Page { changes: Vec::new(), cursor: cursor.map_or_else(start, str::to_owned), has_more: false }
}

/// The columns `head`, `epoch` and `floor`.
pub(crate) fn head_of(row: &Row) -> Result<Head, DatabaseError> {
    Ok(Head { seq: row.integer("head")?, epoch: row.text("epoch")?.to_owned(), floor: row.integer("floor")? })
}

fn missing() -> DatabaseError {
    DatabaseError::Failed("the device's location is missing".to_owned())
}
