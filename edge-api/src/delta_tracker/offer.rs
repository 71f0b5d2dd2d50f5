//! What a device offers in one exchange, with everything worked out that does not depend on the store.

use domain::{BusinessDate, DeviceId, Order, OrderChange, Rejection, RejectionCode, SchemaError, TicketNo, Versioned};
use protocol::{Incarnation, MUTATION_BYTES_MAX, Mutation};
use serde::Deserialize;

use crate::moment::sha256_hex;

/// The only stream so far.
pub(crate) const ORDERS_STREAM: &str = "orders";

/// The request's content.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) incarnation: Incarnation,
    pub(crate) app_version: String,
    pub(crate) cursor: Option<String>,
    pub(crate) limit: u32,
    pub(crate) mutations: Vec<Offered>,
}

/// One mutation as it was offered.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) mutation: Mutation,
    /// The mutation byte for byte as it was sent; the journal keeps it.
    pub(crate) bytes: String,
    /// SHA-256 of what may never differ under one id.
    pub(crate) body_hash: String,
    /// The change, or the law its form breaks.
    pub(crate) change: Result<OrderChange, Rejection>,
}

impl Offered {
    pub(crate) fn new(mutation: Mutation, bytes: String, device_id: &DeviceId) -> Self {
        let body_hash = sha256_hex(&mutation.body_text());
        let change = change_of(&mutation, device_id);
        Self { mutation, bytes, body_hash, change }
    }

    /// What tells a ticket apart from others of its location, where the change opens one.
    pub(crate) fn ticket_key(&self) -> Option<String> {
        let Ok(OrderChange::Open(open)) = &self.change else { return None };
        Some(ticket_key(open.business_date, &open.ticket_no))
    }

    /// The same of an order.
    pub(crate) fn ticket_key_of(order: &Order) -> String {
        ticket_key(order.business_date, &order.ticket_no)
    }

    /// The high-water mark's name in a record's sources.
    pub(crate) fn source(device_id: &DeviceId, incarnation: &Incarnation) -> String {
        format!("{device_id}/{incarnation}")
    }
}

fn ticket_key(business_date: BusinessDate, ticket_no: &TicketNo) -> String {
    format!("{business_date}|{ticket_no}")
}

/// Only the type: what an unknown change holds besides is its own affair.
#[derive(Deserialize)]
struct ChangeType {
    #[serde(rename = "type")]
    name: String,
}

/// Whether a device may offer a mutation: it made it, or it says for whom it delivers it.
pub(crate) fn may_offer(mutation: &Mutation, device_id: &DeviceId) -> bool {
    mutation.device() == device_id || mutation.carried_for.as_ref() == Some(mutation.device())
}

fn change_of(mutation: &Mutation, device_id: &DeviceId) -> Result<OrderChange, Rejection> {
    let refuse = |code, field: &str, message: String| Err(Rejection::new(code, field, message));
    let text = mutation.change.get();
    if text.len() > MUTATION_BYTES_MAX {
        let message = format!("a change may have at most {MUTATION_BYTES_MAX} bytes");
        return refuse(RejectionCode::LimitExceeded, "change", message);
    }
    if !may_offer(mutation, device_id) {
        let message = "the stamp was made by another device".to_owned();
        return refuse(RejectionCode::ChangeInvalid, "stamp", message);
    }
    let invalid = |error: serde_json::Error| Rejection::new(RejectionCode::ChangeInvalid, "change", error.to_string());
    let ChangeType { name } = serde_json::from_str(text).map_err(invalid)?;
    if !OrderChange::TYPES.contains(&name.as_str()) {
        return refuse(RejectionCode::ChangeUnknown, "change.type", format!("this server does not know {name}"));
    }
    // A newer form of a known type may mean something else by the same words.
    OrderChange::read(mutation.schema, text).map_err(|error| match error {
        SchemaError::Newer { .. } => Rejection::new(RejectionCode::ChangeUnknown, "schema", error.to_string()),
        SchemaError::Damaged { .. } => Rejection::new(RejectionCode::ChangeInvalid, "change", error.to_string()),
    })
}
