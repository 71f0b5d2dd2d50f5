//! Who makes mutations, and how these are written down.

use domain::{Approval, MutationId, Order, OrderChange, Scope, StaffChange, StaffLimits, Timestamp, Uid};
use domain::{Label, Versioned as _};
use fastrand::Rng;
use protocol::{Actor, Mutation, Skipped};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::till::Sent;
use super::{Evening, any, orders, shifts};

/// Who works here, and as what.
pub(super) const STAFF: [(&str, &str); 7] = [
    ("stf_cass", "cashier"),
    ("stf_ines", "bartender"),
    ("stf_lee", "shift_lead"),
    ("stf_mara", "server"),
    ("stf_odell", "manager"),
    ("stf_owner", "admin"),
    ("stf_tomas", "line_cook"),
];
/// The forms in which changes are sent; the last is none yet.
const SCHEMAS: [u16; 40] = {
    let mut schemas = [2; 40];
    (schemas[0], schemas[1], schemas[39]) = (1, 1, 3);
    schemas
};
const DAY_MILLIS: i64 = 24 * 3_600_000;

impl Evening {
    /// Puts one more mutation, or what stands in the place of one, behind what waits in a till's stream.
    pub(super) fn make(&mut self, till: usize, shifts: bool) {
        let sent = if shifts { self.staff_mutation(till) } else { self.order_mutation(till) };
        self.made += 1;
        let skip = self.one_in(40);
        let seq = self.tills[till].queue(shifts).next();
        let sent = match sent {
            mutation if skip => {
                let code = any(&mut self.dice, &["INVALID_REQUEST", "BODY_TOO_LARGE", "TOO_LONG"]).to_owned();
                self.tally.note("made", "skipped");
                Sent::Skipped(Skipped { id: mutation.id, seq, skipped: code })
            }
            mutation => Sent::Mutation(Box::new(Mutation { seq, ..mutation })),
        };
        self.tills[till].queue_mut(shifts).waiting.push(sent);
    }

    /// A mutation of an order, not yet numbered.
    fn order_mutation(&mut self, till: usize) -> Mutation {
        let dice = &mut self.dice;
        let location = self.tills[till].location;
        let seen = self.tills[till].known.values();
        // Most of what is done is done to what was opened lately.
        let recent: Vec<_> = seen.rev().take(12).collect();
        let order = if dice.u8(0..7) == 0 { None } else { dice.choice(recent).cloned() };
        let (order_id, mut change) = match &order {
            None => {
                let shared = dice.choice(&self.opened[location]).copied().filter(|_| dice.u8(0..12) == 0);
                let order_id = shared.unwrap_or_else(|| uid(self.now_ms, dice));
                self.opened[location].push(order_id);
                let till = &mut self.tills[till];
                // A ticket number that was given out comes again where a device was cloned.
                till.tickets += u32::from(dice.u8(0..20) > 0);
                let ticket = format!("{}-{:04}", till.prefix, till.tickets);
                let days_ago = if dice.u8(0..6) == 0 { dice.i64(30..45) } else { 0 };
                let day = Timestamp::nearest(self.now_ms - days_ago * DAY_MILLIS).to_string();
                let day: String = day.chars().take("2026-10-31".len()).collect();
                (order_id, orders::opening(&ticket, &day, dice))
            }
            Some(order) => {
                let now = self.now_ms;
                let mut id = |dice: &mut Rng| uid::<()>(now, dice).to_string();
                (order.order_id, orders::change(order, self.wordy, dice, &mut id))
            }
        };
        if self.dice.u8(0..14) == 0 {
            let now = self.now_ms;
            let mut id = |dice: &mut Rng| uid::<()>(now, dice).to_string();
            change = orders::broken(order.as_ref(), &mut self.dice, &mut id);
        }
        let schema = any(&mut self.dice, &SCHEMAS);
        let mutation = self.mutation(till, order_id.cast(), schema, &change, order.as_ref());
        let till = &mut self.tills[till];
        let before = till.known.get(&order_id).cloned();
        if let Some(shown) = orders::shown(before, order_id, &mutation) {
            till.known.insert(order_id, shown);
        }
        mutation
    }

    /// A mutation of the stream `shifts`, not yet numbered.
    fn staff_mutation(&mut self, till: usize) -> Mutation {
        let now = Timestamp::nearest(self.now_ms);
        let dice = &mut self.dice;
        let change = if dice.u8(0..8) == 0 {
            let till = &mut self.tills[till];
            shifts::audit(&mut till.audit, &till.id, now, dice)
        } else {
            let staff_id = any(dice, &STAFF).0;
            let mut id = |dice: &mut Rng| uid::<()>(now.millis(), dice).to_string();
            if dice.u8(0..20) == 0 {
                orders::broken(None, dice, &mut id)
            } else {
                shifts::change(staff_id, now, &mut self.punches, dice, &mut id)
            }
        };
        let record_id = uid(self.now_ms, &mut self.dice);
        self.mutation(till, record_id, 1, &change, None)
    }

    fn mutation(
        &mut self,
        till: usize,
        record_id: Uid<domain::kind::Record>,
        schema: u16,
        change: &Value,
        order: Option<&Order>,
    ) -> Mutation {
        let now_ms = self.now_ms;
        let id = uid(now_ms, &mut self.dice);
        let ahead = match self.dice.u8(0..40) {
            0 => self.dice.i64(61_000..DAY_MILLIS),
            1 => self.dice.i64(50_000..70_000),
            _ => 0,
        };
        let till_of = &mut self.tills[till];
        let stamp = till_of.stamp(now_ms + ahead);
        let stamp = if self.dice.u8(0..60) == 0 { stamp.replace("dev_", "dev_x") } else { stamp };
        let wall = now_ms + till_of.clock_error - self.dice.i64(0..120_000);
        let offset = if self.dice.bool() { Some(-till_of.clock_error) } else { None };
        let actor = self.actor(till);
        let text = self.written(schema, change);
        let approval = self.approval(till, id, &actor, schema, &text, order);
        let recorded = json!({ "wall": Timestamp::nearest(wall), "mono_ms": 512_300, "boot_id": "b7f2",
            "offset_min": -240, "server_offset_ms": offset });
        let mutation = json!({ "id": id, "seq": 1, "record_id": record_id, "schema": schema, "stamp": stamp,
            "recorded": recorded, "actor": actor, "offline": self.dice.bool(), "change": null });
        let mutation: Mutation = serde_json::from_value(mutation).expect("a mutation of the evening's own making");
        Mutation { change: RawValue::from_string(text).expect("JSON"), approval, ..mutation }
    }

    /// A change as an app writes it, its type first, where it has the form; otherwise as it is.
    fn written(&mut self, schema: u16, change: &Value) -> String {
        let text = change.to_string();
        if schema == 1 && change["type"] != "punch" || self.dice.u8(0..20) == 0 {
            return text;
        }
        let order = OrderChange::read(2, &text).ok().and_then(|change| serde_json::to_string(&change).ok());
        let staff = || StaffChange::read(1, &text).ok().and_then(|change| serde_json::to_string(&change).ok());
        order.or_else(staff).unwrap_or(text)
    }

    /// Who does it: where there is staff mostly somebody with a grant of their own.
    fn actor(&mut self, till: usize) -> Actor {
        let anybody = any(&mut self.dice, &STAFF).0;
        let at_work = any(&mut self.dice, &["stf_mara", "stf_odell", "stf_odell", anybody]);
        let staff_id = if self.employs { at_work } else { "stf_mara" };
        let grant_id = self.grant_of(till, staff_id);
        let grant_id = match self.dice.u8(0..24) {
            0 => None,
            1 => {
                let other = any(&mut self.dice, &STAFF).0;
                self.grant_of(till, other)
            }
            2 => {
                let other = self.dice.usize(0..self.tills.len());
                self.grant_of(other, staff_id)
            }
            3 => Some("no grant at all".to_owned()),
            _ => grant_id,
        };
        Actor { staff_id: staff_id.parse().expect("an id"), grant_id }
    }

    pub(super) fn grant_of(&self, till: usize, staff_id: &str) -> Option<String> {
        self.tills.get(till).and_then(|till| till.grants.get(staff_id)).cloned()
    }

    /// A manager's approval, often of what takes one and seldom of anything else.
    fn approval(
        &mut self,
        till: usize,
        id: MutationId,
        actor: &Actor,
        schema: u16,
        change: &str,
        order: Option<&Order>,
    ) -> Option<Box<RawValue>> {
        let read = OrderChange::read(schema, change).ok();
        let scope = read.map(|change| change.scope(order, StaffLimits::default()));
        let lent = scope.is_some_and(Scope::may_be_lent);
        if !self.employs || self.dice.u8(0..10) > if lent { 5 } else { 0 } {
            return None;
        }
        let approver =
            any(&mut self.dice, &["stf_odell", "stf_odell", "stf_owner", "stf_lee", actor.staff_id.as_str()]);
        let grant_id = self.grant_of(till, approver)?.parse().ok()?;
        let other = self.dice.u8(0..12);
        let approval = Approval {
            approver: approver.parse().ok()?,
            grant_id,
            scope: scope.filter(|_| other > 0).unwrap_or(Scope::OrderReopen),
            mutation_id: if other == 1 { uid(self.now_ms, &mut self.dice) } else { id },
            reason: Label::try_from("fell on the floor".to_owned()).ok()?,
            at: Timestamp::nearest(self.now_ms),
            method: domain::ApprovalMethod::Pin,
        };
        let text = serde_json::to_string(&approval).ok()?;
        let text = if other == 2 { text.replace("\"pin\"", "\"retina\"") } else { text };
        RawValue::from_string(text).ok()
    }
}

/// A fresh id.
pub(super) fn uid<Kind>(now_ms: i64, dice: &mut Rng) -> Uid<Kind> {
    let mut random = [0; 10];
    dice.fill(&mut random);
    Uid::new(Timestamp::nearest(now_ms), random)
}
