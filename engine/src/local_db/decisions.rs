//! Decisions about conflicts that were made here and are on their way to the server.

use domain::{
    ChangeContext, Conflict, ConflictId, ConflictStatus, MutationId, Order, OrderChange, OrderId, ResolutionChoice,
    StaffId, Stamp, Timestamp, apply,
};
use protocol::{Collection, ResolveConflict};
use serde::{Deserialize, Serialize};

use super::store_change::NotedFinding;
use super::working_set::{Touched, WorkingSet};

/// The code of the finding that says that somebody else has decided.
const ALREADY_RESOLVED: &str = "ALREADY_RESOLVED";

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decision {
    /// As it travels.
    pub(crate) ask: ResolveConflict,
    /// Its place among the changes of this device: what it makes stand is shown at once.
    pub(crate) stamp: Stamp,
    /// When it was made.
    pub(crate) at: Timestamp,
}

impl Decision {
    /// Who decided.
    pub(crate) fn staff(&self) -> Option<&StaffId> {
        self.ask.actor.as_ref().map(|actor| &actor.staff_id)
    }

    /// Makes what was decided stand in the order that the conflict is about, as the server will.
    pub(crate) fn show_in(&self, conflict: &Conflict, order: &mut Option<Order>) {
        let (Some(choice), Some(before)) = (&self.ask.choice, order.as_ref()) else { return };
        let order_id = before.order_id;
        let change = OrderChange::deciding(before, conflict.field.as_str(), conflict.value_of(choice));
        if let (Some(change), Some(staff)) = (change, self.staff()) {
            let context = ChangeContext::new(&self.stamp, staff, self.at);
            // What does not apply is left to the server.
            apply(order, order_id, &change, context).ok();
        }
    }
}

impl WorkingSet {
    pub(super) fn decide(&mut self, decision: Decision, touched: &mut Touched) {
        if self.decisions.iter().any(|known| known.ask.id == decision.ask.id) {
            return;
        }
        self.clock.observe(&decision.stamp);
        touched.orders.extend(self.order_of(decision.ask.conflict_id));
        touched.conflicts = true;
        self.unwritten.conflicts = true;
        self.decisions.push(decision);
    }

    /// A decision that the server did not take: it is said with its reason, and the conflict waits as before.
    pub(super) fn refuse_decision(&mut self, id: MutationId, code: String, message: String, touched: &mut Touched) {
        let Some(place) = self.decisions.iter().position(|decision| decision.ask.id == id) else { return };
        let decision = self.decisions.remove(place);
        self.note_lost_decision(&decision, code, message, touched);
    }

    /// A conflict is as the server now says. One that is decided needs no decision any more: where it is another than the one
    /// made here, that is said.
    pub(super) fn conflict_confirmed(&mut self, id: &str, touched: &mut Touched) {
        touched.conflicts = true;
        self.unwritten.conflicts = true;
        let Ok(conflict_id) = id.parse::<ConflictId>() else { return };
        touched.orders.extend(self.order_of(conflict_id));
        let decided = self.kept.conflicts().get(&conflict_id);
        let Some(conflict) = decided.filter(|conflict| conflict.status == ConflictStatus::Resolved) else { return };
        // What was held is no longer kept here: it counts now, or it never will, and the server has it.
        if let Some(held) = conflict.held() {
            self.parked.retain(|parked| parked.mutation.id != held.mutation_id);
        }
        let stands = conflict.resolution.as_ref().map(|resolution| resolution.id);
        let by = conflict.resolution.as_ref().and_then(|resolution| resolution.by.clone());
        let by = by.map_or_else(|| "the tenant's rule".to_owned(), |by| by.as_str().to_owned());
        let (overtaken, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.decisions).into_iter().partition(|known| known.ask.conflict_id == conflict_id);
        self.decisions = others;
        for decision in overtaken.iter().filter(|decision| Some(decision.ask.id) != stands) {
            let message = format!("{by} had decided already");
            self.note_lost_decision(decision, ALREADY_RESOLVED.to_owned(), message, touched);
        }
    }

    fn note_lost_decision(&mut self, decision: &Decision, code: String, message: String, touched: &mut Touched) {
        touched.conflicts = true;
        self.unwritten.conflicts = true;
        let order_id = self.order_of(decision.ask.conflict_id);
        touched.orders.extend(order_id);
        let Some(conflict) = self.kept.conflicts().get(&decision.ask.conflict_id) else { return };
        let value = |choice: &ResolutionChoice| conflict.value_of(choice).to_owned();
        let finding = NotedFinding {
            mutation_id: decision.ask.id,
            record_id: order_id.unwrap_or_else(|| decision.ask.conflict_id.cast()),
            code,
            message,
            field: Some(conflict.field.as_str().to_owned()),
            kept: conflict.resolution.as_ref().map(|resolution| value(&resolution.choice)),
            lost: decision.ask.choice.as_ref().map(value),
        };
        self.note(finding);
    }

    /// Shows what was decided here in the order, where it is about that one.
    pub(super) fn show_decided(&self, decision: &Decision, order_id: OrderId, order: &mut Option<Order>) {
        if self.order_of(decision.ask.conflict_id) == Some(order_id)
            && let Some(conflict) = self.kept.conflicts().get(&decision.ask.conflict_id)
        {
            decision.show_in(conflict, order);
        }
    }

    /// The order that a conflict is about, where it is about one.
    pub(crate) fn order_of(&self, conflict_id: ConflictId) -> Option<OrderId> {
        let conflict = self.kept.conflicts().get(&conflict_id)?;
        let about_order = conflict.collection.as_str() == Collection::Orders.as_str();
        conflict.record_id.as_str().parse().ok().filter(|_| about_order)
    }
}
