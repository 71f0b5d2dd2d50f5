//! Everything an exchange writes, as one guarded batch of seven statements.
//!
//! The guard fails when the location's head, the stream's watermark or the device's status is no longer what the decision
//! was made on; then nothing is written and the decision is made anew.

use std::collections::BTreeMap;

use domain::{Order, OrderId, Timestamp};
use protocol::{Actor, Collection, ErrorCode, MutationId, Verdict};
use serde::Serialize;

use super::decision::Decision;
use super::offer::{ORDERS_STREAM, Offer, Offered};
use super::standing::Standing;
use crate::credential::{DeviceCaller, status_text};
use crate::database::{PARAM_BYTES_MAX, Statement, to_json};
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
    record_id: OrderId,
    source: &'static str,
    actor: &'a Actor,
    body_hash: &'a str,
    verdict: &'a Verdict,
    body: &'a str,
}

/// A changed order on its way into SQL.
#[derive(Serialize)]
struct Changed<'a> {
    record_id: OrderId,
    rev: u64,
    changed_seq: u64,
    record_bytes: usize,
    ticket_key: Option<String>,
    sources: &'a BTreeMap<String, u64>,
    record: &'a Option<Order>,
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
                ORDERS_STREAM.into(),
                self.offer.incarnation.to_string().into(),
                self.standing.acked_seq.into(),
                status_text(self.standing.status).into(),
            ],
        )
    }

    fn journal(&self) -> Result<Statement, Refusal> {
        let decided = self.offer.mutations.iter().zip(&self.decision.verdicts);
        let fresh = decided.filter(|(offered, _)| self.decision.fresh.contains(&offered.mutation.id));
        let operations: Vec<_> = fresh.map(|(offered, verdict)| operation(offered, verdict)).collect();
        Ok(Statement::new(
            "INSERT INTO operations (
               tenant_id, device_id, location_id, stream, incarnation, received_at,
               seq, mutation_id, record_id, source, actor, body_hash, verdict, body
             )
             SELECT ?1, ?2, ?3, ?4, ?5, ?6,
               json_extract(value, '$.seq'), json_extract(value, '$.mutation_id'), json_extract(value, '$.record_id'),
               json_extract(value, '$.source'), json_extract(value, '$.actor'), json_extract(value, '$.body_hash'),
               json_extract(value, '$.verdict'), json_extract(value, '$.body')
             FROM json_each(?7)",
            [
                self.device.tenant_id.as_str().into(),
                self.device.device_id.as_str().into(),
                self.device.location_id.as_str().into(),
                ORDERS_STREAM.into(),
                self.offer.incarnation.to_string().into(),
                self.now.to_string().into(),
                bounded(to_json(&operations)?)?.into(),
            ],
        ))
    }

    fn records(&self) -> Result<Statement, Refusal> {
        let mut changed = Vec::new();
        for (number, (record_id, stored)) in (self.standing.head.seq + 1..).zip(&self.decision.touched) {
            changed.push(Changed {
                record_id: *record_id,
                rev: stored.rev,
                changed_seq: number,
                record_bytes: to_json(&stored.order)?.len(),
                ticket_key: stored.order.as_ref().map(Offered::ticket_key_of),
                sources: &stored.sources,
                record: &stored.order,
            });
        }
        Ok(Statement::new(
            "INSERT INTO records (
               tenant_id, location_id, collection,
               record_id, rev, changed_seq, record_bytes, ticket_key, sources, record
             )
             SELECT ?1, ?2, ?3,
               json_extract(value, '$.record_id'), json_extract(value, '$.rev'), json_extract(value, '$.changed_seq'),
               json_extract(value, '$.record_bytes'), json_extract(value, '$.ticket_key'),
               json_extract(value, '$.sources'), json_extract(value, '$.record')
             FROM json_each(?4)
             WHERE true
             ON CONFLICT (tenant_id, location_id, collection, record_id) DO UPDATE SET
               rev = excluded.rev, changed_seq = excluded.changed_seq, record_bytes = excluded.record_bytes,
               ticket_key = excluded.ticket_key, sources = excluded.sources, record = excluded.record",
            [
                self.device.tenant_id.as_str().into(),
                self.device.location_id.as_str().into(),
                Collection::Orders.as_str().into(),
                bounded(to_json(&changed)?)?.into(),
            ],
        ))
    }

    fn head(&self) -> Statement {
        Statement::new(
            "UPDATE locations SET head = ?3 WHERE tenant_id = ?1 AND location_id = ?2",
            [
                self.device.tenant_id.as_str().into(),
                self.device.location_id.as_str().into(),
                self.decision.head_after(&self.standing.head).into(),
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
                ORDERS_STREAM.into(),
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

fn operation<'a>(offered: &'a Offered, verdict: &'a Verdict) -> Operation<'a> {
    let mutation = &offered.mutation;
    Operation {
        seq: mutation.seq,
        mutation_id: mutation.id,
        record_id: mutation.record_id,
        source: if mutation.offline { "mobile_offline" } else { "mobile_online" },
        actor: &mutation.actor,
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
