//! The streams of a device: each has its own sequence numbers, its own watermark and its own kinds of change.

use domain::{DeviceId, LocationId, OrderChange, Rejection, RejectionCode, SchemaError, StaffChange, Versioned};
use protocol::{Collection, MUTATION_BYTES_MAX, Mutation};
use serde::Deserialize;

use super::record::RecordKey;

/// One of a device's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Orders.
    Orders,
    /// Everything that staff do apart from orders.
    Shifts,
}

/// What a mutation does, read.
#[derive(Debug)]
pub(crate) enum Change {
    Order(OrderChange),
    Staff(StaffChange),
}

/// Only the type: what an unknown change holds besides is its own affair.
#[derive(Deserialize)]
struct ChangeType {
    #[serde(rename = "type")]
    name: String,
}

impl Stream {
    /// The stream as the tables and answers call it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Shifts => "shifts",
        }
    }

    /// The change of a mutation that a device offers in this stream, or the law that its form breaks.
    pub(crate) fn change_of(self, mutation: &Mutation, device_id: &DeviceId) -> Result<Change, Rejection> {
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
        let invalid =
            |error: serde_json::Error| Rejection::new(RejectionCode::ChangeInvalid, "change", error.to_string());
        let ChangeType { name } = serde_json::from_str(text).map_err(invalid)?;
        if !self.types().contains(&name.as_str()) {
            return refuse(RejectionCode::ChangeUnknown, "change.type", format!("this server does not know {name}"));
        }
        // A newer form of a known type may mean something else by the same words.
        let read = match self {
            Self::Orders => OrderChange::read(mutation.schema, text).map(Change::Order),
            Self::Shifts => <StaffChange as Versioned>::read(mutation.schema, text).map(Change::Staff),
        };
        read.map_err(|error| match error {
            SchemaError::Newer { .. } => Rejection::new(RejectionCode::ChangeUnknown, "schema", error.to_string()),
            SchemaError::Damaged { .. } => Rejection::new(RejectionCode::ChangeInvalid, "change", error.to_string()),
        })
    }

    const fn types(self) -> &'static [&'static str] {
        match self {
            Self::Orders => &OrderChange::TYPES,
            Self::Shifts => &StaffChange::TYPES,
        }
    }
}

impl Change {
    /// The record that the change is about.
    pub(crate) fn record_key(&self, mutation: &Mutation, location_id: &LocationId) -> RecordKey {
        match self {
            Self::Order(_) => RecordKey::new(Collection::Orders, mutation.record_id),
            Self::Staff(StaffChange::Punch(punch)) => {
                RecordKey::new(Collection::Shifts, format!("{}.{}", punch.staff_id, punch.filed_under()))
            }
            Self::Staff(StaffChange::Drawer(event)) => RecordKey::new(Collection::Drawers, event.session_id),
            Self::Staff(StaffChange::EightySix(_)) => RecordKey::new(Collection::EightySix, location_id),
            Self::Staff(StaffChange::Audit(_)) => RecordKey::new(Collection::Audit, mutation.device()),
        }
    }
}

/// Whether a device may offer a mutation: it made it, or it says for whom it delivers it.
pub(crate) fn may_offer(mutation: &Mutation, device_id: &DeviceId) -> bool {
    mutation.device() == device_id || mutation.carried_for.as_ref() == Some(mutation.device())
}
