//! What somebody is to look at.

use domain::{
    ChangeContext, Conflict, ConflictId, ConflictRule, ConflictSide, ConflictStatus, DeviceId, Finding, HybridClock,
    Label, MutationId, Order, OrderChange, StaffId, Stamp, Timestamp, Versioned as _, apply,
};
use protocol::{Collection, Mutation};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::batch::Change;
use super::record::{Content, Record};
use super::{Device, Key, json};

/// The field of a conflict about a change that is held as a whole.
pub(super) const HELD: &str = "change";

/// What a conflict says of a held change.
#[derive(Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) mutation_id: MutationId,
    change: Box<RawValue>,
}

/// A mutation about which something was noticed.
#[derive(Clone, Copy)]
pub(super) struct Occasion<'a> {
    pub(super) mutation: &'a Mutation,
    pub(super) change: &'a Change,
    pub(super) key: &'a Key,
    pub(super) stamp: &'a Stamp,
    pub(super) caller: &'a Device,
    pub(super) now: Timestamp,
}

impl Occasion<'_> {
    /// The conflict about a finding, which is told its id.
    pub(super) fn noticed(&self, position: usize, finding: &mut Finding, before: Option<&Order>) -> Conflict {
        let field = finding.field.clone().unwrap_or_else(|| "record".to_owned());
        let set = match self.change {
            Change::Order(change) => change.field_set().filter(|(path, _)| *path == field),
            Change::Staff(_) => None,
        };
        let nobody_said = ConflictSide { value: json(&finding.kept), actor: None, device: None, at: self.now };
        let (local, server) = match set {
            Some((_, value)) => {
                let stood = before.and_then(|order| order.field_standing(&field));
                let server = stood.map_or(nobody_said, |stood| ConflictSide {
                    actor: None,
                    device: Some(stood.stamp.device().clone()),
                    at: stood.stamp.moment(),
                    value: stood.value,
                });
                (value, server)
            }
            None => (self.mutation.change.get().to_owned(), nobody_said),
        };
        self.conflict(position, finding, &field, local, server)
    }

    /// The conflict about a change that waits for a person, as a record.
    pub(super) fn held(&self, finding: &mut Finding) -> (Key, Record) {
        let held = Held { mutation_id: self.mutation.id, change: self.mutation.change.clone() };
        let server = ConflictSide { value: "null".to_owned(), actor: None, device: None, at: self.now };
        recorded(self.conflict(0, finding, HELD, json(&held), server))
    }

    /// Lets the tenant's rule decide, where it can.
    pub(super) fn decide_by_rule(&self, conflict: &mut Conflict, rule: ConflictRule, record: &mut Record) {
        let Some(resolution) = conflict.decide_by_rule(rule, conflict.id.cast(), self.now) else { return };
        let value = conflict.value_of(&resolution.choice).to_owned();
        if conflict.resolve(conflict.version, resolution).is_ok() {
            let field = conflict.field.as_str().to_owned();
            carry_out(record, &field, &value, &self.mutation.actor.staff_id, self.now);
        }
    }

    fn conflict(
        &self,
        position: usize,
        finding: &mut Finding,
        field: &str,
        local: String,
        server: ConflictSide,
    ) -> Conflict {
        let digest: [u8; 32] = Sha256::digest(format!("conflict {} {position}", self.mutation.id)).into();
        let [a, b, c, d, e, f, g, h, i, j, ..] = digest;
        let at = self.stamp.moment();
        let id = ConflictId::new(at, [a, b, c, d, e, f, g, h, i, j]);
        finding.conflict_id = Some(id);
        let (collection, record_id) = self.key;
        Conflict {
            schema: Conflict::SCHEMA,
            id,
            location_id: self.caller.location_id.clone(),
            collection: label(collection.as_str()),
            record_id: label(record_id),
            field: label(field),
            code: finding.code,
            local: ConflictSide {
                value: local,
                actor: Some(self.mutation.actor.staff_id.clone()),
                device: Some(self.mutation.stamp.device().clone()),
                at,
            },
            server,
            status: ConflictStatus::Open,
            version: 1,
            resolution: None,
        }
    }
}

/// A new conflict, as a record.
pub(super) fn recorded(conflict: Conflict) -> (Key, Record) {
    let key = (Collection::Conflicts, conflict.id.to_string());
    (key, Record { content: Content::Conflict(Box::new(conflict)), rev: 1, ..Record::default() })
}

/// Makes a decided value stand in a field of an order, later than anything in it.
pub(super) fn carry_out(record: &mut Record, field: &str, value: &str, by: &StaffId, now: Timestamp) {
    let Some(order) = record.order() else { return };
    if order.field_standing(field).is_some_and(|stands| stands.value == value) {
        return;
    }
    let Some(change) = OrderChange::deciding(order, field, value) else { return };
    let Ok(server) = "server".parse::<DeviceId>() else { return };
    let mut clock = HybridClock::default();
    clock.observe(order.latest_stamp());
    let stamp = clock.tick(now, &server);
    let mut decided = Some(order.clone());
    if apply(&mut decided, order.order_id, &change, ChangeContext::new(&stamp, by, now)).is_ok() {
        record.content = decided.map_or(Content::Nothing, |order| Content::Order(Box::new(order)));
    }
}

fn label(text: &str) -> Label {
    Label::try_from(text.to_owned()).unwrap_or_else(|_| unreachable!("paths and ids are labels: {text:?}"))
}
