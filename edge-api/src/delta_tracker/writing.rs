//! Changed records take their places in the change sequence of a location.

use std::collections::BTreeMap;

use domain::{LocationId, TenantId};
use protocol::ErrorCode;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::offer::ticket_key_of;
use super::record::{Content, RecordKey, StoredRecord};
use crate::database::{DatabaseError, PARAM_BYTES_MAX, Statement, to_json};
use crate::refusal::Refusal;

/// A location, as the tables name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) tenant_id: &'a TenantId,
    pub(crate) location_id: &'a LocationId,
}

/// A changed record on its way into SQL.
#[derive(Serialize)]
struct Changed<'a> {
    collection: &'static str,
    record_id: &'a str,
    rev: u64,
    changed_seq: u64,
    record_bytes: usize,
    ticket_key: Option<String>,
    day: Option<String>,
    awaits: u8,
    sources: &'a BTreeMap<String, u64>,
    record: Box<RawValue>,
}

impl Place<'_> {
    /// Fails the batch where the location's head is no longer the one that a decision was made on. NULL would pass a CHECK,
    /// hence the coalesce.
    pub(crate) fn guarded(&self, head: u64) -> [Statement; 2] {
        [
            Statement::new(
                "INSERT INTO assert_ok (x)
                 SELECT coalesce((
                   SELECT head = CAST(?3 AS INTEGER) FROM locations WHERE tenant_id = ?1 AND location_id = ?2
                 ), 0)",
                [self.tenant_id.as_str().into(), self.location_id.as_str().into(), head.into()],
            ),
            Statement::new("DELETE FROM assert_ok", []),
        ]
    }

    /// Writes records over what stands under their keys, and moves the head. Their numbers go on from `head`, in the order of
    /// their keys.
    pub(crate) fn written(
        &self,
        head: u64,
        touched: &BTreeMap<RecordKey, StoredRecord>,
    ) -> Result<[Statement; 2], Refusal> {
        let numbered = touched.iter().zip(head.saturating_add(1)..);
        let changed = numbered.map(|((key, stored), changed_seq)| changed(key, stored, changed_seq));
        let records = to_json(&changed.collect::<Result<Vec<_>, _>>()?)?;
        let moved = u64::try_from(touched.len()).unwrap_or(u64::MAX);
        Ok([
            self.upserted(bounded(records)?),
            Statement::new(
                "UPDATE locations SET head = ?3 WHERE tenant_id = ?1 AND location_id = ?2",
                [self.tenant_id.as_str().into(), self.location_id.as_str().into(), head.saturating_add(moved).into()],
            ),
        ])
    }

    fn upserted(&self, records: String) -> Statement {
        Statement::new(
            "INSERT INTO records (
           tenant_id, location_id, collection,
           record_id, rev, changed_seq, record_bytes, ticket_key, day, awaits, sources, record
         )
         SELECT ?1, ?2, json_extract(value, '$.collection'),
           json_extract(value, '$.record_id'), json_extract(value, '$.rev'), json_extract(value, '$.changed_seq'),
           json_extract(value, '$.record_bytes'), json_extract(value, '$.ticket_key'), json_extract(value, '$.day'),
           json_extract(value, '$.awaits'), json_extract(value, '$.sources'), json_extract(value, '$.record')
         FROM json_each(?3)
         WHERE true
         ON CONFLICT (tenant_id, location_id, collection, record_id) DO UPDATE SET
           rev = excluded.rev, changed_seq = excluded.changed_seq, record_bytes = excluded.record_bytes,
           ticket_key = excluded.ticket_key, day = excluded.day, awaits = excluded.awaits,
           sources = excluded.sources, record = excluded.record",
            [self.tenant_id.as_str().into(), self.location_id.as_str().into(), records.into()],
        )
    }
}

fn changed<'a>(key: &'a RecordKey, stored: &'a StoredRecord, changed_seq: u64) -> Result<Changed<'a>, DatabaseError> {
    let record = to_raw_value(&stored.content).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    Ok(Changed {
        collection: key.collection.as_str(),
        record_id: &key.id,
        rev: stored.rev,
        changed_seq,
        record_bytes: record.get().len(),
        ticket_key: stored.order().map(ticket_key_of),
        day: stored.content.as_ref().and_then(Content::day).map(|day| day.to_string()),
        awaits: u8::from(stored.content.as_ref().is_some_and(Content::awaits)),
        sources: &stored.sources,
        record,
    })
}

/// What is written at once must fit one parameter. One mutation always does; a batch that does not is to be halved.
pub(crate) fn bounded(rows: String) -> Result<String, Refusal> {
    if rows.len() <= PARAM_BYTES_MAX {
        return Ok(rows);
    }
    Err(Refusal::new(ErrorCode::TooManyMutations, "together these mutations change too much; send fewer"))
}
