//! The changes between two cursors.
//!
//! Numbers of the change sequence are assigned inside the writing transaction, so they commit in order and a reader that
//! goes by number can never skip one. A page is cut by entries and by bytes, and at the head read in the same transaction.

use std::collections::BTreeMap;

use domain::LocationId;
use protocol::{Collection, DELTA_ENTRIES_MAX, DeltaEntry};
use serde_json::value::RawValue;

use super::cursor::{Cursor, Head};
use crate::credential::DeviceCaller;
use crate::database::{DatabaseError, Row, Rows, Statement};
use crate::refusal::Refusal;

/// A page of a delta ends with the entry that reaches this many bytes of records.
const PAGE_BYTES: u64 = 1 << 20;

/// What a device wants to read.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// How far it has read.
    pub(crate) cursor: Cursor,
    /// Entries wanted.
    pub(crate) limit: u32,
    /// The device's stream, for [`DeltaEntry::own_seq`]; none where it is not known.
    pub(crate) source: Option<String>,
}

/// What it gets.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) changes: Vec<DeltaEntry>,
    pub(crate) cursor: String,
    pub(crate) has_more: bool,
}

impl Wish {
    /// Reads the head, then the page up to it.
    pub(crate) fn statements(&self, device: &DeviceCaller) -> [Statement; 2] {
        let (tenant_id, location_id) = (device.tenant_id.as_str(), device.location_id.as_str());
        let limit = u64::from(self.limit.clamp(1, DELTA_ENTRIES_MAX));
        [
            Statement::new(
                "SELECT head, epoch FROM locations WHERE tenant_id = ?1 AND location_id = ?2",
                [tenant_id.into(), location_id.into()],
            ),
            // The inner reading weighs the page without touching the records themselves.
            Statement::new(
                "SELECT collection, record_id, rev, changed_seq, sources, record FROM records
                 WHERE tenant_id = ?1 AND location_id = ?2 AND changed_seq > CAST(?3 AS INTEGER) AND changed_seq <= (
                   SELECT max(changed_seq) FROM (
                     SELECT changed_seq, sum(record_bytes) OVER (ORDER BY changed_seq) - record_bytes AS bytes_before
                     FROM (
                       SELECT changed_seq, record_bytes FROM records
                       WHERE tenant_id = ?1 AND location_id = ?2 AND changed_seq > CAST(?3 AS INTEGER)
                       ORDER BY changed_seq LIMIT CAST(?4 AS INTEGER)
                     )
                   ) WHERE bytes_before < CAST(?5 AS INTEGER)
                 )
                 ORDER BY changed_seq",
                [tenant_id.into(), location_id.into(), self.cursor.seq().into(), limit.into(), PAGE_BYTES.into()],
            ),
        ]
    }

    /// The page from the rows of [`Wish::statements`].
    pub(crate) fn page(&self, device: &DeviceCaller, found: &[Rows]) -> Result<Page, Refusal> {
        let [heads, rows] = found else { return Err(missing().into()) };
        let head = head_of(heads.first().ok_or_else(missing)?)?;
        let after = self.cursor.honoured_by(&head)?;
        let changes = rows.iter().map(|row| self.entry(row)).collect::<Result<Vec<_>, _>>()?;
        // The record changed last always stands at the head, so a page that does not reach the head is not the last.
        let reached = changes.last().map_or(after, |entry| entry.changed_seq);
        let cursor = Cursor::text(&device.location_id, &head.epoch, reached);
        Ok(Page { changes, cursor, has_more: reached < head.seq })
    }

    fn entry(&self, row: &Row) -> Result<DeltaEntry, DatabaseError> {
        let sources: BTreeMap<String, u64> = row.json("sources")?;
        let record = row.optional_text("record")?.map(|text| RawValue::from_string(text.to_owned()));
        Ok(DeltaEntry {
            collection: collection_of(row.text("collection")?)?,
            id: row.text("record_id")?.to_owned(),
            rev: row.integer("rev")?,
            changed_seq: row.integer("changed_seq")?,
            own_seq: self.source.as_ref().and_then(|source| sources.get(source)).copied().unwrap_or(0),
            record: record.transpose().map_err(|_| DatabaseError::Failed("a record is not JSON".to_owned()))?,
        })
    }
}

/// The answer to a device that may push but not pull: nothing, and its cursor stays where it was.
pub(crate) fn withheld(cursor: Option<&str>, location_id: &LocationId, head: &Head) -> Page {
    let start = || Cursor::text(location_id, &head.epoch, 0);
    Page { changes: Vec::new(), cursor: cursor.map_or_else(start, str::to_owned), has_more: false }
}

/// The columns `head` and `epoch`.
pub(crate) fn head_of(row: &Row) -> Result<Head, DatabaseError> {
    Ok(Head { seq: row.integer("head")?, epoch: row.text("epoch")?.to_owned() })
}

fn collection_of(text: &str) -> Result<Collection, DatabaseError> {
    let collection = Collection::ALL.into_iter().find(|collection| collection.as_str() == text);
    collection.ok_or_else(|| DatabaseError::Failed("a record is of no known collection".to_owned()))
}

fn missing() -> DatabaseError {
    DatabaseError::Failed("the device's location is missing".to_owned())
}
