//! A little server: it applies what it is sent with the same `domain` code as the real one, once for each id, refuses what it
//! is told to refuse, and says where a stream has a hole.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ChangeContext, MutationId, Order, OrderChange, OrderId, Versioned, apply};
use protocol::{Incarnation, Mutation, Skipped};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{menu_delta, reply};

/// The type of change that the little server refuses.
pub(crate) const REFUSED: &str = "set_guests";
/// The type of change at which the little server notices something.
pub(crate) const NOTICED: &str = "add_payment";

/// The little server.
#[derive(Debug, Default, Clone)]
pub(crate) struct Server {
    orders: BTreeMap<OrderId, Kept>,
    verdicts: BTreeMap<MutationId, String>,
    /// The last number of each life of the store.
    acked: BTreeMap<Incarnation, u64>,
    changed: u64,
    /// How often each mutation took effect.
    pub(crate) effects: BTreeMap<MutationId, u32>,
    /// What devices did that they must not do.
    pub(crate) complaints: BTreeSet<String>,
}

#[derive(Debug, Default, Clone)]
struct Kept {
    order: Option<Order>,
    rev: u64,
    changed: u64,
    own_seq: BTreeMap<Incarnation, u64>,
}

/// What the little server reads of a request.
#[derive(Deserialize)]
struct Request {
    incarnation: Incarnation,
    cursor: Option<String>,
    mutations: Vec<Box<RawValue>>,
}

/// A mutation, or the mark in the place of one.
enum Offered {
    Mutation(Box<Mutation>),
    Skipped(Skipped),
}

impl Offered {
    fn read(text: &RawValue) -> Self {
        let text = text.get();
        serde_json::from_str(text).map(Self::Skipped).unwrap_or_else(|_| {
            let mutation = serde_json::from_str(text);
            Self::Mutation(Box::new(mutation.expect("neither a mutation nor a mark")))
        })
    }

    fn place(&self) -> (u64, MutationId) {
        match self {
            Self::Mutation(mutation) => (mutation.seq, mutation.id),
            Self::Skipped(skipped) => (skipped.seq, skipped.id),
        }
    }
}

impl Server {
    /// Answers the body of an exchange: status and body.
    pub(crate) fn answer(&mut self, body: &str) -> (u16, String) {
        let request: Request = serde_json::from_str(body).unwrap();
        let offered: Vec<Offered> = request.mutations.iter().map(|text| Offered::read(text)).collect();
        let first = offered.first().map(|offered| offered.place().0);
        // A stream that begins in the middle was begun with another server.
        let begun = first.map_or(0, |first| first - 1);
        let begun = if request.cursor.is_some() || self.acked.is_empty() { begun } else { 0 };
        let acked = self.acked.get(&request.incarnation).copied().unwrap_or(begun);
        if let Some(first) = first
            && first > acked + 1
        {
            self.complaints.insert(format!("SEQ_GAP: {first} after {acked}"));
            return (409, format!("{{\"code\":\"SEQ_GAP\",\"expected\":{}}}", acked + 1));
        }
        let known = |id: &MutationId| self.verdicts.contains_key(id);
        if let Some((reused, _)) = offered.iter().map(Offered::place).find(|(seq, id)| *seq <= acked && !known(id)) {
            self.complaints.insert(format!("SEQ_REUSE: {reused}"));
            return (409, "{\"code\":\"SEQ_REUSE\"}".to_owned());
        }
        let verdicts: Vec<String> = offered.iter().map(|offered| self.verdict(request.incarnation, offered)).collect();
        let last = offered.last().map_or(0, |offered| offered.place().0);
        self.acked.insert(request.incarnation, acked.max(last));
        let read: u64 = request.cursor.and_then(|cursor| cursor.strip_prefix('c')?.parse().ok()).unwrap_or(0);
        self.changed = self.changed.max(1);
        let mut changes: Vec<(u64, String)> = Vec::new();
        if read == 0 {
            changes.push((1, menu_delta(1, 41)));
        }
        changes.extend(self.orders.iter().filter(|(_, kept)| kept.changed > read).map(|(id, kept)| {
            let own_seq = kept.own_seq.get(&request.incarnation).copied().unwrap_or(0);
            (kept.changed, delta_entry(*id, kept.rev, kept.changed, own_seq, kept.order.as_ref()))
        }));
        changes.sort_unstable();
        let changes: Vec<String> = changes.into_iter().map(|(_, entry)| entry).collect();
        (200, reply(&verdicts.join(","), &changes.join(","), &format!("c{}", self.changed)))
    }

    /// Another device's order arrives.
    pub(crate) fn put_foreign(&mut self, order: Order) {
        self.changed = self.changed.max(1) + 1;
        let kept = self.orders.entry(order.order_id).or_default();
        kept.rev += 1;
        kept.changed = self.changed;
        kept.order = Some(order);
    }

    /// The order as the server has it.
    pub(crate) fn order(&self, order_id: OrderId) -> Option<&Order> {
        self.orders.get(&order_id).and_then(|kept| kept.order.as_ref())
    }

    /// The orders that the server has.
    pub(crate) fn order_ids(&self) -> Vec<OrderId> {
        self.orders.iter().filter(|(_, kept)| kept.order.is_some()).map(|(id, _)| *id).collect()
    }

    fn verdict(&mut self, incarnation: Incarnation, offered: &Offered) -> String {
        let (seq, id) = offered.place();
        let verdict = self.verdicts.get(&id).cloned().unwrap_or_else(|| match offered {
            Offered::Mutation(mutation) => self.first_verdict(incarnation, mutation),
            Offered::Skipped(_) => format!(
                r#"{{"id":"{id}","seq":0,"outcome":"rejected","code":"SKIPPED","field":"skipped","message":"no","findings":[]}}"#
            ),
        });
        self.verdicts.insert(id, verdict.clone());
        verdict.replace("\"seq\":0", &format!("\"seq\":{seq}"))
    }

    fn first_verdict(&mut self, incarnation: Incarnation, mutation: &Mutation) -> String {
        let text = mutation.change.get();
        let change = OrderChange::read(mutation.schema, text).unwrap();
        let id = mutation.id;
        let mut kept = self.orders.get(&mutation.order_id()).cloned().unwrap_or_default();
        let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        let of_type = |name: &str| text.contains(&format!("\"type\":\"{name}\""));
        let outcome = if of_type(REFUSED) {
            r#""outcome":"rejected","code":"IMMUTABLE_CHANGED","field":"guests","message":"no","findings":[]"#
                .to_owned()
        } else if let Err(rejection) = apply(&mut kept.order, mutation.order_id(), &change, context) {
            let (code, message) = (rejection.code.as_str(), "no");
            format!(r#""outcome":"rejected","code":"{code}","field":"x","message":"{message}","findings":[]"#)
        } else {
            *self.effects.entry(id).or_default() += 1;
            self.changed = self.changed.max(1) + 1;
            kept.rev += 1;
            kept.changed = self.changed;
            kept.own_seq.insert(incarnation, mutation.seq);
            let finding = r#"{"code":"FIRED_QTY_DIFFERS","message":"noticed","kept":"2","lost":"1"}"#;
            let findings = if of_type(NOTICED) { finding } else { "" };
            let outcome = format!(r#""outcome":"applied","rev":{},"findings":[{findings}]"#, kept.rev);
            self.orders.insert(mutation.order_id(), kept);
            outcome
        };
        format!(r#"{{"id":"{id}","seq":0,{outcome}}}"#)
    }
}

/// A delta entry of an order.
pub(crate) fn delta_entry(id: OrderId, rev: u64, changed: u64, own_seq: u64, order: Option<&Order>) -> String {
    let record = serde_json::to_string(&order).unwrap();
    format!(
        r#"{{"collection":"orders","id":"{id}","rev":{rev},"changed_seq":{changed},"own_seq":{own_seq},"record":{record}}}"#
    )
}
