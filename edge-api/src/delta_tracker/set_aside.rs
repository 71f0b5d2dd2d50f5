//! What a cloned or rolled-back device sent under numbers or ids that belong to something else is kept, without effect.

use domain::Timestamp;
use protocol::MutationId;
use serde::Serialize;

use super::offer::Offer;
use super::standing::Standing;
use crate::credential::DeviceCaller;
use crate::database::{DatabaseError, PARAM_BYTES_MAX, Statement, to_json};
use crate::notice;

/// Bodies kept of one device. A device that goes on and on says nothing new.
const SET_ASIDE_MAX: u64 = 1_000;

/// A body on its way into SQL.
#[derive(Serialize)]
struct Aside<'a> {
    seq: u64,
    mutation_id: MutationId,
    body_hash: &'a str,
    body: &'a str,
}

/// Keeps the offered bodies that are not in the ledger as they were offered, marks the device and tells it.
pub(crate) fn set_aside(
    device: &DeviceCaller,
    offer: &Offer,
    standing: &Standing,
    now: Timestamp,
) -> Result<Vec<Statement>, DatabaseError> {
    let known = |id: &MutationId, hash: &str| standing.by_id.get(id).is_some_and(|entry| entry.body_hash == hash);
    let strange = offer.mutations.iter().filter(|offered| !known(&offered.id, &offered.body_hash));
    let aside: Vec<_> = strange
        .map(|offered| Aside {
            seq: offered.seq,
            mutation_id: offered.id,
            body_hash: &offered.body_hash,
            body: &offered.bytes,
        })
        .collect();
    let (tenant_id, device_id) = (device.tenant_id.as_str(), device.device_id.as_str());
    let mut statements = vec![Statement::new(
        "UPDATE devices SET reused_at = ?3 WHERE tenant_id = ?1 AND device_id = ?2",
        [tenant_id.into(), device_id.into(), now.to_string().into()],
    )];
    statements.extend(notice::statements(&device.tenant_id, &device.device_id));
    let bodies = to_json(&aside)?;
    if bodies.len() <= PARAM_BYTES_MAX {
        statements.push(Statement::new(
            "INSERT INTO set_aside (
               tenant_id, device_id, stream, incarnation, received_at, seq, mutation_id, body_hash, body
             )
             SELECT ?1, ?2, ?3, ?4, ?5,
               json_extract(value, '$.seq'), json_extract(value, '$.mutation_id'),
               json_extract(value, '$.body_hash'), json_extract(value, '$.body')
             FROM json_each(?6)
             WHERE (SELECT count(*) FROM set_aside WHERE tenant_id = ?1 AND device_id = ?2) < CAST(?7 AS INTEGER)
             ON CONFLICT DO NOTHING",
            [
                tenant_id.into(),
                device_id.into(),
                offer.stream.as_str().into(),
                offer.incarnation.to_string().into(),
                now.to_string().into(),
                bodies.into(),
                SET_ASIDE_MAX.into(),
            ],
        ));
    }
    Ok(statements)
}
