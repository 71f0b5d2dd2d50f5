//! What the store holds of everything that an exchange touches, read in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use domain::{DeviceId, Grant, GrantId, LocationId, OrderId, StaffId, StaffMember};
use protocol::{DeviceStatus, Incarnation, MutationId, TenantPolicy, Verdict};

use super::cursor::Head;
use super::delta::head_of;
use super::offer::{Offer, OfferedMutation};
use super::record::{RecordKey, StoredRecord};
use super::stream::Stream;
use crate::credential::{DeviceCaller, device_status};
use crate::database::{DatabaseError, Row, Rows, Statement, to_json};

/// How things stand before the exchange.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) status: DeviceStatus,
    pub(crate) head: Head,
    /// Every mutation of the stream up to here is decided.
    pub(crate) acked_seq: u64,
    /// The verdicts up to here are no longer kept.
    pub(crate) pruned_seq: u64,
    /// Ledger entries of the offered ids.
    pub(crate) by_id: BTreeMap<MutationId, LedgerEntry>,
    /// Whom the offered sequence numbers of this stream belong to.
    pub(crate) by_seq: BTreeMap<u64, MutationId>,
    pub(crate) records: BTreeMap<RecordKey, StoredRecord>,
    /// Orders that bear a ticket that the offer opens.
    pub(crate) tickets: BTreeMap<String, BTreeSet<OrderId>>,
    pub(crate) tenant: TenantStanding,
}

/// What the tenant has decided, and whom it employs.
#[derive(Debug, Default)]
pub(crate) struct TenantStanding {
    pub(crate) policy: TenantPolicy,
    /// Whether it has staff at all. A tenant without any has nobody whose rights could be asked after.
    pub(crate) has_staff: bool,
    /// Those who act or approve in the offer.
    pub(crate) staff: BTreeMap<StaffId, StaffMember>,
    /// The grants under which they do.
    pub(crate) grants: BTreeMap<GrantId, Grant>,
}

/// A decided mutation.
#[derive(Debug)]
pub(crate) struct LedgerEntry {
    pub(crate) device_id: DeviceId,
    pub(crate) location_id: LocationId,
    pub(crate) stream: String,
    pub(crate) incarnation: Incarnation,
    pub(crate) seq: u64,
    pub(crate) body_hash: String,
    pub(crate) verdict: Verdict,
}

/// Six statements, however many mutations there are: lists travel as one JSON parameter each.
pub(crate) fn statements(device: &DeviceCaller, offer: &Offer) -> Result<Vec<Statement>, DatabaseError> {
    let ids: Vec<_> = offer.mutations.iter().map(|offered| offered.id).collect();
    let seqs: Vec<_> = offer.mutations.iter().map(|offered| offered.seq).collect();
    let keys: Vec<_> = offer.record_keys().into_iter().map(|key| (key.collection.as_str(), &key.id)).collect();
    let tickets: BTreeSet<_> = offer.mutations().filter_map(OfferedMutation::ticket_key).collect();
    let tenant_id = device.tenant_id.as_str();
    let (location_id, device_id) = (device.location_id.as_str(), device.device_id.as_str());
    let (stream, incarnation) = (offer.stream.as_str(), offer.incarnation.to_string());
    Ok(vec![
        Statement::new(
            "SELECT d.status, l.head, l.epoch, l.floor, t.policy,
               EXISTS (SELECT 1 FROM staff WHERE tenant_id = ?1) AS has_staff,
               coalesce(s.acked_seq, 0) AS acked_seq, coalesce(s.pruned_seq, 0) AS pruned_seq
             FROM devices d
             JOIN tenants t ON t.tenant_id = d.tenant_id
             JOIN locations l ON l.tenant_id = d.tenant_id AND l.location_id = d.location_id
             LEFT JOIN streams s
               ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id AND s.stream = ?3 AND s.incarnation = ?4
             WHERE d.tenant_id = ?1 AND d.device_id = ?2",
            [tenant_id.into(), device_id.into(), stream.into(), incarnation.as_str().into()],
        ),
        Statement::new(
            "SELECT mutation_id, device_id, location_id, stream, incarnation, seq, body_hash, verdict FROM operations
             WHERE tenant_id = ?1 AND mutation_id IN (SELECT value FROM json_each(?2))",
            [tenant_id.into(), to_json(&ids)?.into()],
        ),
        Statement::new(
            "SELECT seq, mutation_id FROM operations
             WHERE tenant_id = ?1 AND device_id = ?2 AND stream = ?3 AND incarnation = ?4
               AND seq IN (SELECT value FROM json_each(?5))",
            [tenant_id.into(), device_id.into(), stream.into(), incarnation.into(), to_json(&seqs)?.into()],
        ),
        Statement::new(
            "SELECT r.collection, r.record_id, r.rev, r.record_bytes, r.sources, r.record
             FROM json_each(?3) AS asked CROSS JOIN records AS r
             WHERE r.tenant_id = ?1 AND r.location_id = ?2
               AND r.collection = json_extract(asked.value, '$[0]') AND r.record_id = json_extract(asked.value, '$[1]')",
            [tenant_id.into(), location_id.into(), to_json(&keys)?.into()],
        ),
        Statement::new(
            "SELECT ticket_key, record_id FROM records
             WHERE tenant_id = ?1 AND location_id = ?2 AND ticket_key IN (SELECT value FROM json_each(?3))",
            [tenant_id.into(), location_id.into(), to_json(&tickets)?.into()],
        ),
        Statement::new(
            "SELECT 'member' AS kind, member AS json FROM staff
             WHERE tenant_id = ?1 AND staff_id IN (SELECT value FROM json_each(?2))
             UNION ALL
             SELECT 'grant', claims FROM grants
             WHERE tenant_id = ?1 AND grant_id IN (SELECT value FROM json_each(?3))",
            [tenant_id.into(), to_json(&offer.staff_ids())?.into(), to_json(&offer.grant_ids())?.into()],
        ),
    ])
}

/// How far a stream is decided; no row where it has not begun.
pub(crate) fn watermark(device: &DeviceCaller, stream: Stream, incarnation: &str) -> Statement {
    Statement::new(
        "SELECT acked_seq FROM streams WHERE tenant_id = ?1 AND device_id = ?2 AND stream = ?3 AND incarnation = ?4",
        [
            device.tenant_id.as_str().into(),
            device.device_id.as_str().into(),
            stream.as_str().into(),
            incarnation.into(),
        ],
    )
}

impl Standing {
    /// From the rows of [`statements`].
    pub(crate) fn read(found: &[Rows]) -> Result<Self, DatabaseError> {
        let missing = || DatabaseError::Failed("the device is missing".to_owned());
        let [device, by_id, by_seq, records, tickets, people] = found else { return Err(missing()) };
        let device = device.first().ok_or_else(missing)?;
        let mut bearers: BTreeMap<String, BTreeSet<OrderId>> = BTreeMap::new();
        for row in tickets {
            bearers.entry(row.text("ticket_key")?.to_owned()).or_default().insert(row.parsed("record_id")?);
        }
        Ok(Self {
            status: device_status(device)?,
            head: head_of(device)?,
            acked_seq: device.integer("acked_seq")?,
            pruned_seq: device.integer("pruned_seq")?,
            by_id: by_id.iter().map(ledger_entry).collect::<Result<_, _>>()?,
            by_seq: by_seq
                .iter()
                .map(|row| Ok((row.integer("seq")?, row.parsed("mutation_id")?)))
                .collect::<Result<_, DatabaseError>>()?,
            records: records.iter().map(StoredRecord::of).collect::<Result<_, _>>()?,
            tickets: bearers,
            tenant: TenantStanding::read(device, people)?,
        })
    }

    /// The version of a record that the store holds; 0 where there is none.
    pub(crate) fn rev_of(&self, key: &RecordKey) -> u64 {
        self.records.get(key).map_or(0, |stored| stored.rev)
    }
}

impl TenantStanding {
    fn read(device: &Row, people: &Rows) -> Result<Self, DatabaseError> {
        let (mut staff, mut grants) = (BTreeMap::new(), BTreeMap::new());
        for row in people {
            if row.text("kind")? == "member" {
                let member: StaffMember = row.json("json")?;
                staff.insert(member.staff_id.clone(), member);
            } else {
                let grant: Grant = row.json("json")?;
                grants.insert(grant.grant_id, grant);
            }
        }
        Ok(Self { policy: device.json("policy")?, has_staff: device.integer("has_staff")? == 1, staff, grants })
    }
}

fn ledger_entry(row: &Row) -> Result<(MutationId, LedgerEntry), DatabaseError> {
    let entry = LedgerEntry {
        device_id: row.parsed("device_id")?,
        location_id: row.parsed("location_id")?,
        stream: row.text("stream")?.to_owned(),
        incarnation: row.parsed("incarnation")?,
        seq: row.integer("seq")?,
        body_hash: row.text("body_hash")?.to_owned(),
        verdict: row.json("verdict")?,
    };
    Ok((row.parsed("mutation_id")?, entry))
}
