//! What the server refused, or what no request passed with: offered again, or given up.

use domain::{Label, MutationId, OrderId, StaffId};
use protocol::Mutation;

use super::{Ids, Stage, not_enrolled, not_signed_in};
use crate::command::{Refusal, RefusalCode};
use crate::io::Moment;
use crate::local_db::{Discarded, ParkedMutation, StoreChange};

impl Stage<'_> {
    /// Offers a parked mutation again, as it was made and under a new id: its own has its verdict.
    pub(super) fn retry(&mut self, moment: &Moment, mutation_id: MutationId) -> Result<Option<OrderId>, Refusal> {
        self.session.as_ref().ok_or_else(not_enrolled)?;
        let id = Ids::new(moment).mutation();
        if let Some(order_id) = self.made(id) {
            return Ok(Some(order_id));
        }
        let parked = self.parked(mutation_id)?;
        let mutation = Mutation { id, seq: self.next_seq, ..parked.mutation.clone() };
        let order_id = mutation.order_id();
        self.next_seq = self.next_seq.saturating_add(1);
        self.made.insert(id, order_id);
        self.fold(&mutation);
        self.removed.insert(mutation_id);
        self.changes.push(StoreChange::ParkedRemoved { mutation_id });
        self.changes.push(StoreChange::MutationQueued { mutation });
        Ok(Some(order_id))
    }

    /// Gives a parked mutation up. Somebody else than whoever made it must approve, and it stays on record.
    pub(super) fn discard(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        mutation_id: MutationId,
        approved_by: StaffId,
        reason: Label,
    ) -> Result<Option<OrderId>, Refusal> {
        let staff = staff.ok_or_else(not_signed_in)?;
        let parked = self.parked(mutation_id)?.clone();
        let order_id = parked.mutation.order_id();
        if parked.mutation.actor.staff_id == approved_by {
            let message = format!("{approved_by} made it: somebody else must approve that it is given up");
            return Err(Refusal::new(RefusalCode::ApprovalMissing, message));
        }
        if !self.db.may_approve(&approved_by) {
            let message = format!("{approved_by} may not approve that something is given up: it takes a manager");
            return Err(Refusal::new(RefusalCode::ApprovalMissing, message));
        }
        self.removed.insert(mutation_id);
        let ParkedMutation { mutation, code, .. } = parked;
        let discarded = Discarded { mutation, code, by: staff.clone(), approved_by, reason, at: moment.wall };
        self.changes.push(StoreChange::ParkedDiscarded(Box::new(discarded)));
        Ok(Some(order_id))
    }

    fn parked(&self, mutation_id: MutationId) -> Result<&ParkedMutation, Refusal> {
        let parked = self.db.parked().iter().find(|parked| parked.mutation.id == mutation_id);
        let parked = parked
            .filter(|_| !self.removed.contains(&mutation_id))
            .ok_or_else(|| Refusal::new(RefusalCode::ParkedUnknown, "this device keeps no such refused mutation"))?;
        if parked.awaits_decision() {
            let message = "somebody has to decide about it: it stands in the conflict inbox";
            return Err(Refusal::new(RefusalCode::DecisionAwaited, message));
        }
        // The server may have it after all, and says so with its verdict on the mark in its place.
        if self.db.queue().holds(mutation_id) {
            let message = "the server has not said yet whether it knows it: try again after the next exchange";
            return Err(Refusal::new(RefusalCode::DecisionAwaited, message));
        }
        Ok(parked)
    }
}
