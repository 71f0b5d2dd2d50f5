//! What was noticed becomes a conflict where somebody is to decide, and a decision becomes a change of the record.

use domain::{
    ChangeContext, Conflict, ConflictId, ConflictRule, ConflictSide, ConflictStatus, DeviceId, Finding, HELD_FIELD,
    HeldChange, HybridClock, Label, MutationId, Order, OrderChange, StaffId, Stamp, Timestamp, Versioned, apply,
};
use sha2::{Digest as _, Sha256};

use super::offer::OfferedMutation;
use super::record::{Content, RecordKey, StoredRecord};
use super::stream::Change;
use crate::credential::DeviceCaller;

/// The path in a conflict about a record as a whole.
const WHOLE_RECORD: &str = "record";
/// Whose clock stamps what the server carries out.
const SERVER: &str = "server";

/// A mutation about which something was noticed.
#[derive(Clone, Copy)]
pub(super) struct Noticed<'a> {
    pub(super) body: &'a OfferedMutation,
    pub(super) key: &'a RecordKey,
    /// The mutation's stamp as the server takes it.
    pub(super) stamp: &'a Stamp,
    pub(super) device: &'a DeviceCaller,
    pub(super) now: Timestamp,
}

impl Noticed<'_> {
    /// The conflict about a finding, which is told its id. `before` is the order without the change.
    pub(super) fn conflict(&self, position: usize, finding: &mut Finding, before: Option<&Order>) -> Option<Conflict> {
        let field = finding.field.clone().unwrap_or_else(|| WHOLE_RECORD.to_owned());
        let set = match self.body.change.as_ref() {
            Ok((Change::Order(change), _)) => change.field_set().filter(|(path, _)| *path == field),
            Ok((Change::Staff(_), _)) | Err(_) => None,
        };
        let was = set.as_ref().and_then(|_| before.and_then(|order| order.field_standing(&field)));
        let local = set.map_or_else(|| self.body.mutation.change.get().to_owned(), |(_, value)| value);
        let server = match was {
            Some(standing) => ConflictSide {
                actor: None,
                device: Some(standing.stamp.device().clone()),
                at: standing.stamp.moment(),
                value: standing.value,
            },
            None => {
                let value = serde_json::to_string(&finding.kept).unwrap_or_default();
                ConflictSide { value, actor: None, device: None, at: self.now }
            }
        };
        self.made(position, finding, field, local, server)
    }

    /// The conflict about a change that is held.
    pub(super) fn held(&self, finding: &mut Finding) -> Option<Conflict> {
        let mutation = &self.body.mutation;
        let held = HeldChange { mutation_id: mutation.id, change: mutation.change.clone() };
        let local = serde_json::to_string(&held).unwrap_or_default();
        let server = ConflictSide { value: "null".to_owned(), actor: None, device: None, at: self.now };
        self.made(0, finding, HELD_FIELD.to_owned(), local, server)
    }

    /// Lets the tenant's rule decide, and carries its decision out.
    pub(super) fn decide_by_rule(&self, conflict: &mut Conflict, rule: ConflictRule, stored: &mut StoredRecord) {
        let id: MutationId = conflict.id.cast();
        let Some(resolution) = conflict.decide_by_rule(rule, id, self.now) else { return };
        let value = conflict.value_of(&resolution.choice).to_owned();
        if conflict.resolve(conflict.version, resolution).is_ok() {
            let by = &self.body.mutation.actor.staff_id;
            carry_out(stored, conflict.field.as_str(), &value, by, self.now);
        }
    }

    fn made(
        &self,
        position: usize,
        finding: &mut Finding,
        field: String,
        local: String,
        server: ConflictSide,
    ) -> Option<Conflict> {
        let id = conflict_id(self.body.mutation.id, position, self.stamp.moment());
        let mutation = &self.body.mutation;
        let local = ConflictSide {
            value: local,
            actor: Some(mutation.actor.staff_id.clone()),
            device: Some(mutation.device().clone()),
            at: self.stamp.moment(),
        };
        let conflict = Conflict {
            schema: Conflict::SCHEMA,
            id,
            location_id: self.device.location_id.clone(),
            collection: label(self.key.collection.as_str().to_owned())?,
            record_id: label(self.key.id.clone())?,
            field: label(field)?,
            code: finding.code,
            local,
            server,
            status: ConflictStatus::Open,
            version: 1,
            resolution: None,
        };
        finding.conflict_id = Some(id);
        Some(conflict)
    }
}

/// Makes a decided value stand in a field of a record, in the name of whoever decided. Nothing where it stands already, or
/// where the field is none that a decision can set: then the decision is about what people do next.
pub(crate) fn carry_out(stored: &mut StoredRecord, field: &str, value: &str, by: &StaffId, now: Timestamp) {
    let Some(order) = stored.order() else { return };
    let stands = order.field_standing(field).is_some_and(|standing| standing.value == value);
    let Some(change) = OrderChange::deciding(order, field, value).filter(|_| !stands) else { return };
    let Ok(server) = SERVER.parse::<DeviceId>() else { return };
    let mut clock = HybridClock::default();
    clock.observe(order.latest_stamp());
    let stamp = clock.tick(now, &server);
    let (order_id, mut decided) = (order.order_id, Some(order.clone()));
    if apply(&mut decided, order_id, &change, ChangeContext::new(&stamp, by, now)).is_ok() {
        stored.content = decided.map(|order| Content::Order(Box::new(order)));
    }
}

/// The same mutation makes the same conflicts, wherever and however often it is decided.
fn conflict_id(mutation_id: MutationId, position: usize, at: Timestamp) -> ConflictId {
    let digest: [u8; 32] = Sha256::digest(format!("conflict {mutation_id} {position}")).into();
    let mut random = [0; 10];
    for (byte, of_digest) in random.iter_mut().zip(digest) {
        *byte = of_digest;
    }
    ConflictId::new(at, random)
}

/// A path or an id of the server's own making; each of them is one.
fn label(text: String) -> Option<Label> {
    Label::try_from(text).ok()
}
