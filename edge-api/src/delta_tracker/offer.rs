//! What a device offers in one exchange, with everything worked out that does not depend on the store.

use std::collections::BTreeSet;

use domain::{Approval, BusinessDate, Order, OrderChange, Rejection, StaffId, TicketNo};
use protocol::{Echo, Incarnation, Mutation, MutationId, Skipped};

use super::record::RecordKey;
use super::stream::{Change, Stream};
use crate::credential::DeviceCaller;
use crate::moment::sha256_hex;

/// The request's content.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) stream: Stream,
    pub(crate) incarnation: Incarnation,
    pub(crate) app_version: String,
    pub(crate) cursor: Option<String>,
    pub(crate) limit: u32,
    pub(crate) echo: Option<Echo>,
    pub(crate) mutations: Vec<Offered>,
}

/// What stands under one sequence number.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) id: MutationId,
    pub(crate) seq: u64,
    /// Byte for byte as it was sent; the journal keeps it.
    pub(crate) bytes: String,
    /// SHA-256 of what may never differ under one id.
    pub(crate) body_hash: String,
    pub(crate) offering: Offering,
}

/// A mutation, or what stands in the place of one.
#[derive(Debug)]
pub(crate) enum Offering {
    Mutation(Box<OfferedMutation>),
    /// The device could not send it: the code it was refused with.
    Skipped(String),
}

/// A mutation with what it does and to which record.
#[derive(Debug)]
pub(crate) struct OfferedMutation {
    pub(crate) mutation: Mutation,
    /// The approval, where there is one of a form that is known.
    pub(crate) approval: Option<Approval>,
    /// The change and its record, or the law that its form breaks.
    pub(crate) change: Result<(Change, RecordKey), Rejection>,
}

impl Offer {
    /// The mutations among what is offered.
    pub(crate) fn mutations(&self) -> impl Iterator<Item = &OfferedMutation> {
        self.mutations.iter().filter_map(Offered::mutation)
    }

    /// The records that the changes are about.
    pub(crate) fn record_keys(&self) -> BTreeSet<&RecordKey> {
        self.mutations().filter_map(|offered| offered.change.as_ref().ok()).map(|(_, key)| key).collect()
    }

    /// Everybody who acts or approves.
    pub(crate) fn staff_ids(&self) -> BTreeSet<&StaffId> {
        self.mutations()
            .flat_map(|OfferedMutation { mutation, approval, .. }| {
                let approver = approval.as_ref().map(|approval| &approval.approver);
                [Some(&mutation.actor.staff_id), approver].into_iter().flatten()
            })
            .collect()
    }

    /// The grants under which they do.
    pub(crate) fn grant_ids(&self) -> BTreeSet<String> {
        self.mutations()
            .flat_map(|OfferedMutation { mutation, approval, .. }| {
                let approver = approval.as_ref().map(|approval| approval.grant_id.to_string());
                [mutation.actor.grant_id.clone(), approver].into_iter().flatten()
            })
            .collect()
    }
}

impl Offered {
    /// A mutation of a stream, and its bytes.
    pub(crate) fn of_mutation(mutation: Mutation, bytes: String, stream: Stream, device: &DeviceCaller) -> Self {
        let body_hash = sha256_hex(&mutation.body_text());
        let change = stream.change_of(&mutation, &device.device_id).map(|change| {
            let key = change.record_key(&mutation, &device.location_id);
            (change, key)
        });
        let (id, seq) = (mutation.id, mutation.seq);
        let approval = mutation.approval.as_ref().and_then(|text| serde_json::from_str(text.get()).ok());
        let offering = Offering::Mutation(Box::new(OfferedMutation { mutation, approval, change }));
        Self { id, seq, bytes, body_hash, offering }
    }

    /// What stands in the place of a mutation, and its bytes.
    pub(crate) fn of_skipped(skipped: Skipped, bytes: String) -> Self {
        let body_hash = sha256_hex(&format!("{}\nskipped", skipped.id));
        Self { id: skipped.id, seq: skipped.seq, bytes, body_hash, offering: Offering::Skipped(skipped.skipped) }
    }

    /// The mutation, where it is one.
    pub(crate) const fn mutation(&self) -> Option<&OfferedMutation> {
        match &self.offering {
            Offering::Mutation(offered) => Some(offered),
            Offering::Skipped(_) => None,
        }
    }
}

impl OfferedMutation {
    /// What tells a ticket apart from others of its location, where the change opens one.
    pub(crate) fn ticket_key(&self) -> Option<String> {
        let Ok((Change::Order(OrderChange::Open(open)), _)) = &self.change else { return None };
        Some(ticket_key(open.business_date, &open.ticket_no))
    }
}

/// What tells an order's ticket apart from others of its location.
pub(crate) fn ticket_key_of(order: &Order) -> String {
    ticket_key(order.business_date, &order.ticket_no)
}

fn ticket_key(business_date: BusinessDate, ticket_no: &TicketNo) -> String {
    format!("{business_date}|{ticket_no}")
}

/// The high-water mark's name in a record's sources.
pub(crate) fn source(device: &DeviceCaller, incarnation: &Incarnation) -> String {
    format!("{}/{incarnation}", device.device_id)
}
