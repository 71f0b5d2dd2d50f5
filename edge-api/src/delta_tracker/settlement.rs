//! Everything an exchange writes, as one guarded batch of seven statements.
//!
//! The guard fails when the location's head, the stream's watermark or the device's status is no longer what the decision
//! was made on; then nothing is written and the decision is made anew.

use std::collections::BTreeMap;

use domain::{LocationId, RecordId, TenantId, Timestamp};
use protocol::{Actor, ErrorCode, MutationId, Verdict};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::decision::Decision;
use super::offer::{Offer, Offered, ticket_key_of};
use super::record::{Content, RecordKey, StoredRecord};
use super::standing::Standing;
use crate::credential::{DeviceCaller, status_text};
use crate::database::{DatabaseError, PARAM_BYTES_MAX, Statement, to_json};
use crate::refusal::Refusal;

/// The writing half of an exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settlement<'a> {
    pub(crate) device: &'a DeviceCaller,
    pub(crate) offer: &'a Offer,
    pub(crate) standing: &'a Standing,
    pub(crate) decision: &'a Decision,
    pub(crate) now: Timestamp,
}

/// A row of the journal on its way into SQL.
#[derive(Serialize)]
struct Operation<'a> {
    seq: u64,
    mutation_id: MutationId,
    record_id: Option<RecordId>,
    source: &'static str,
    actor: Option<&'a Actor>,
    body_hash: &'a str,
    verdict: &'a Verdict,
    body: &'a str,
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

impl Settlement<'_> {
    pub(crate) fn statements(&self) -> Result<Vec<Statement>, Refusal> {
        Ok(vec![
            self.guard(),
            Statement::new("DELETE FROM assert_ok", []),
            self.journal()?,
            self.records()?,
            self.head(),
            self.watermark(),
            self.last_seen(),
        ])
    }

    /// NULL would pass a CHECK, hence the coalesce.
    fn guard(&self) -> Statement {
        Statement::new(
            "INSERT INTO assert_ok (x)
             SELECT coalesce((
               SELECT head = CAST(?3 AS INTEGER) FROM locations WHERE tenant_id = ?1 AND location_id = ?2
             ), 0) AND coalesce((
               SELECT acked_seq FROM streams
               WHERE tenant_id = ?1 AND device_id = ?4 AND stream = ?5 AND incarnation = ?6
             ), 0) = CAST(?7 AS INTEGER) AND coalesce((
               SELECT status = ?8 FROM devices WHERE tenant_id = ?1 AND device_id = ?4
             ), 0)",
            [
                self.device.tenant_id.as_str().into(),
                self.device.location_id.as_str().into(),
                self.standing.head.seq.into(),
                self.device.device_id.as_str().into(),
                self.offer.stream.as_str().into(),
                self.offer.incarnation.to_string().into(),
                self.standing.acked_seq.into(),
                status_text(self.standing.status).into(),
            ],
        )
    }

    fn journal(&self) -> Result<Statement, Refusal> {
        let decided = self.offer.mutations.iter().zip(&self.decision.verdicts);
        let fresh = decided.filter(|(offered, _)| self.decision.fresh.contains(&offered.id));
        let operations: Vec<_> = fresh.map(|(offered, verdict)| operation(offered, verdict)).collect();
        Ok(Statement::new(
            "INSERT INTO operations (
               tenant_id, device_id, location_id, stream, incarnation, received_at,
               seq, mutation_id, record_id, source, actor, body_hash, verdict, body
             )
             SELECT ?1, ?2, ?3, ?4, ?5, ?6,
               json_extract(value, '$.seq'), json_extract(value, '$.mutation_id'),
               coalesce(json_extract(value, '$.record_id'), ''),
               json_extract(value, '$.source'), coalesce(json_extract(value, '$.actor'), 'null'),
               json_extract(value, '$.body_hash'),
               json_extract(value, '$.verdict'), json_extract(value, '$.body')
             FROM json_each(?7)",
            [
                self.device.tenant_id.as_str().into(),
                self.device.device_id.as_str().into(),
                self.device.location_id.as_str().into(),
                self.offer.stream.as_str().into(),
                self.offer.incarnation.to_string().into(),
                self.now.to_string().into(),
                bounded(to_json(&operations)?)?.into(),
            ],
        ))
    }

    /// The numbers of the change sequence go on from the head, in the order of the records' keys.
    fn records(&self) -> Result<Statement, Refusal> {
        let touched = self.decision.touched.iter().zip(self.standing.head.seq.saturating_add(1)..);
        let changed = touched.map(|((key, stored), changed_seq)| changed(key, stored, changed_seq));
        let changed = changed.collect::<Result<Vec<_>, DatabaseError>>()?;
        Ok(upserted(&self.device.tenant_id, &self.device.location_id, bounded(to_json(&changed)?)?))
    }

    fn head(&self) -> Statement {
        let changed = u64::try_from(self.decision.touched.len()).unwrap_or(u64::MAX);
        Statement::new(
            "UPDATE locations SET head = ?3 WHERE tenant_id = ?1 AND location_id = ?2",
            [
                self.device.tenant_id.as_str().into(),
                self.device.location_id.as_str().into(),
                self.standing.head.seq.saturating_add(changed).into(),
            ],
        )
    }

    fn watermark(&self) -> Statement {
        Statement::new(
            "INSERT INTO streams (tenant_id, device_id, stream, incarnation, acked_seq) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (tenant_id, device_id, stream, incarnation) DO UPDATE SET acked_seq = excluded.acked_seq",
            [
                self.device.tenant_id.as_str().into(),
                self.device.device_id.as_str().into(),
                self.offer.stream.as_str().into(),
                self.offer.incarnation.to_string().into(),
                self.decision.acked_seq.into(),
            ],
        )
    }

    fn last_seen(&self) -> Statement {
        Statement::new(
            "UPDATE devices SET last_seen_at = ?3, app_version = ?4 WHERE tenant_id = ?1 AND device_id = ?2",
            [
                self.device.tenant_id.as_str().into(),
                self.device.device_id.as_str().into(),
                self.now.to_string().into(),
                self.offer.app_version.as_str().into(),
            ],
        )
    }
}

/// Writes records, given as a JSON array, over what stands under their keys.
fn upserted(tenant_id: &TenantId, location_id: &LocationId, records: String) -> Statement {
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
        [tenant_id.as_str().into(), location_id.as_str().into(), records.into()],
    )
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

fn operation<'a>(offered: &'a Offered, verdict: &'a Verdict) -> Operation<'a> {
    let mutation = offered.mutation().map(|offered| &offered.mutation);
    let offline = mutation.is_none_or(|mutation| mutation.offline);
    Operation {
        seq: offered.seq,
        mutation_id: offered.id,
        record_id: mutation.map(|mutation| mutation.record_id),
        source: if offline { "mobile_offline" } else { "mobile_online" },
        actor: mutation.map(|mutation| &mutation.actor),
        body_hash: &offered.body_hash,
        verdict,
        body: &offered.bytes,
    }
}

/// What is written at once must fit one parameter. One mutation always does; a batch that does not is to be halved.
fn bounded(rows: String) -> Result<String, Refusal> {
    if rows.len() <= PARAM_BYTES_MAX {
        return Ok(rows);
    }
    Err(Refusal::new(ErrorCode::TooManyMutations, "together these mutations change too much; send fewer"))
}
