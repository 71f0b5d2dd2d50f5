//! Everything an exchange writes, as one guarded batch of seven statements.
//!
//! The guard fails when the location's head, the stream's watermark or the device's status is no longer what the decision
//! was made on; then nothing is written and the decision is made anew.

use domain::{RecordId, Timestamp};
use protocol::{Actor, MutationId, Verdict};
use serde::Serialize;

use super::decision::Decision;
use super::offer::{Offer, Offered};
use super::standing::Standing;
use super::writing::{Place, bounded};
use crate::credential::{DeviceCaller, status_text};
use crate::database::{Statement, to_json};
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

impl Settlement<'_> {
    pub(crate) fn statements(&self) -> Result<Vec<Statement>, Refusal> {
        let place = Place { tenant_id: &self.device.tenant_id, location_id: &self.device.location_id };
        let [records, head] = place.written(self.standing.head.seq, &self.decision.touched)?;
        Ok(vec![
            self.guard(),
            Statement::new("DELETE FROM assert_ok", []),
            self.journal()?,
            records,
            head,
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
