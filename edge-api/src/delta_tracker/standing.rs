//! What the store holds of everything that an exchange touches, read in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use domain::{DeviceId, LocationId, Order, OrderId, Record};
use protocol::{Collection, DeviceStatus, Incarnation, MutationId, Verdict};

use super::cursor::Head;
use super::delta::head_of;
use super::offer::{ORDERS_STREAM, Offer, Offered};
use crate::credential::{DeviceCaller, device_status};
use crate::database::{DatabaseError, Row, Rows, Statement, to_json};

/// How things stand before the exchange.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) status: DeviceStatus,
    pub(crate) head: Head,
    /// Every mutation of the stream up to here is decided.
    pub(crate) acked_seq: u64,
    /// Ledger entries of the offered ids.
    pub(crate) by_id: BTreeMap<MutationId, LedgerEntry>,
    /// Whom the offered sequence numbers of this stream belong to.
    pub(crate) by_seq: BTreeMap<u64, MutationId>,
    pub(crate) orders: BTreeMap<OrderId, StoredOrder>,
    /// Orders that bear a ticket that the offer opens.
    pub(crate) tickets: BTreeMap<String, BTreeSet<OrderId>>,
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

/// An order with what the server knows of it besides.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoredOrder {
    pub(crate) order: Option<Order>,
    pub(crate) rev: u64,
    /// The highest sequence number of each stream that is part of it.
    pub(crate) sources: BTreeMap<String, u64>,
    pub(crate) record_bytes: usize,
}

/// Five statements, however many mutations there are: lists travel as one JSON parameter each.
pub(crate) fn statements(device: &DeviceCaller, offer: &Offer) -> Result<Vec<Statement>, DatabaseError> {
    let ids: Vec<_> = offer.mutations.iter().map(|offered| offered.mutation.id).collect();
    let seqs: Vec<_> = offer.mutations.iter().map(|offered| offered.mutation.seq).collect();
    let records: BTreeSet<_> = offer.mutations.iter().map(|offered| offered.mutation.record_id).collect();
    let tickets: BTreeSet<_> = offer.mutations.iter().filter_map(Offered::ticket_key).collect();
    let tenant_id = device.tenant_id.as_str();
    let (location_id, device_id) = (device.location_id.as_str(), device.device_id.as_str());
    let incarnation = offer.incarnation.to_string();
    Ok(vec![
        Statement::new(
            "SELECT d.status, l.head, l.epoch, coalesce(s.acked_seq, 0) AS acked_seq
             FROM devices d
             JOIN locations l ON l.tenant_id = d.tenant_id AND l.location_id = d.location_id
             LEFT JOIN streams s
               ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id AND s.stream = ?3 AND s.incarnation = ?4
             WHERE d.tenant_id = ?1 AND d.device_id = ?2",
            [tenant_id.into(), device_id.into(), ORDERS_STREAM.into(), incarnation.as_str().into()],
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
            [tenant_id.into(), device_id.into(), ORDERS_STREAM.into(), incarnation.into(), to_json(&seqs)?.into()],
        ),
        Statement::new(
            "SELECT record_id, rev, record_bytes, sources, record FROM records
             WHERE tenant_id = ?1 AND location_id = ?2 AND collection = ?3
               AND record_id IN (SELECT value FROM json_each(?4))",
            [tenant_id.into(), location_id.into(), Collection::Orders.as_str().into(), to_json(&records)?.into()],
        ),
        Statement::new(
            "SELECT ticket_key, record_id FROM records
             WHERE tenant_id = ?1 AND location_id = ?2 AND ticket_key IN (SELECT value FROM json_each(?3))",
            [tenant_id.into(), location_id.into(), to_json(&tickets)?.into()],
        ),
    ])
}

/// How far a stream is decided; no row where it has not begun.
pub(crate) fn watermark(device: &DeviceCaller, incarnation: &str) -> Statement {
    Statement::new(
        "SELECT acked_seq FROM streams WHERE tenant_id = ?1 AND device_id = ?2 AND stream = ?3 AND incarnation = ?4",
        [device.tenant_id.as_str().into(), device.device_id.as_str().into(), ORDERS_STREAM.into(), incarnation.into()],
    )
}

impl Standing {
    /// From the rows of [`statements`].
    pub(crate) fn read(found: &[Rows]) -> Result<Self, DatabaseError> {
        let missing = || DatabaseError::Failed("the device is missing".to_owned());
        let [device, by_id, by_seq, orders, tickets] = found else { return Err(missing()) };
        let device = device.first().ok_or_else(missing)?;
        let mut bearers: BTreeMap<String, BTreeSet<OrderId>> = BTreeMap::new();
        for row in tickets {
            bearers.entry(row.text("ticket_key")?.to_owned()).or_default().insert(row.parsed("record_id")?);
        }
        Ok(Self {
            status: device_status(device)?,
            head: head_of(device)?,
            acked_seq: device.integer("acked_seq")?,
            by_id: by_id.iter().map(ledger_entry).collect::<Result<_, _>>()?,
            by_seq: by_seq
                .iter()
                .map(|row| Ok((row.integer("seq")?, row.parsed("mutation_id")?)))
                .collect::<Result<_, DatabaseError>>()?,
            orders: orders.iter().map(stored_order).collect::<Result<_, _>>()?,
            tickets: bearers,
        })
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

fn stored_order(row: &Row) -> Result<(OrderId, StoredOrder), DatabaseError> {
    let order = match row.optional_text("record")? {
        Some(text) => Some(Order::from_json(text).map_err(|error| DatabaseError::Failed(error.to_string()))?),
        None => None,
    };
    let stored = StoredOrder {
        order,
        rev: row.integer("rev")?,
        sources: row.json("sources")?,
        record_bytes: usize::try_from(row.integer("record_bytes")?).unwrap_or(usize::MAX),
    };
    Ok((row.parsed("record_id")?, stored))
}
