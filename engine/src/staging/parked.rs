//! What the server refused, or what no request passed with: offered again, or given up.

use domain::{AuditKind, AuditSubject, Label, MutationId, OrderCommand, OrderId, Rejection, RejectionCode, StaffId};
use protocol::Mutation;

use super::{Ids, Stage, not_enrolled, not_signed_in};
use crate::command::{Refusal, RefusalCode};
use crate::exchange::Stream;
use crate::io::Moment;
use crate::local_db::{Discarded, ParkedMutation, READS, StoreChange, Versions};

impl Stage<'_> {
    /// Offers a parked mutation again, as it was made and under a new id: its own has its verdict.
    pub(super) fn retry(&mut self, moment: &Moment, mutation_id: MutationId) -> Result<Option<OrderId>, Refusal> {
        self.session.as_ref().ok_or_else(not_enrolled)?;
        let id = Ids::new(moment).mutation();
        if let Some(order_id) = self.made(id) {
            return Ok(Some(order_id));
        }
        let ParkedMutation { mutation, stream, .. } = self.parked(mutation_id)?.clone();
        Ok(Some(self.offer_again(id, stream, mutation)))
    }

    /// Gives the command that is right instead of a parked mutation, about the same order. What was wrong stays on record.
    pub(super) fn correct(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        mutation_id: MutationId,
        instead: OrderCommand,
    ) -> Result<Option<OrderId>, Refusal> {
        let ids = Ids::new(moment);
        if let Some(order_id) = self.made(ids.mutation()) {
            return Ok(Some(order_id));
        }
        let staff = staff.ok_or_else(not_signed_in)?;
        let ParkedMutation { mutation, code, .. } = self.parked(mutation_id)?.clone();
        if instead.order_id()? != Some(mutation.order_id()) {
            let message = "a correction is about the order that the refused change was about";
            return Err(Rejection::new(RejectionCode::FieldInvalid, "orderId", message).into());
        }
        let order_id = self.order_command(moment, Some(staff), &ids, instead)?;
        let reason = Label::try_from(format!("corrected by {}", ids.mutation()));
        let reason = reason.map_err(|error| Refusal::new(RefusalCode::CommandInvalid, error.to_string()))?;
        let by = staff.clone();
        let discarded = Discarded { mutation, code, approved_by: by.clone(), by, reason, at: moment.wall };
        self.removed.insert(mutation_id);
        self.changes.push(StoreChange::ParkedDiscarded(Box::new(discarded)));
        Ok(Some(order_id))
    }

    /// Offers again whatever another version may take now.
    pub(crate) fn meet(&mut self, moment: &Moment, versions: Versions) {
        let awaiting = |parked: &&ParkedMutation| parked.awaits_version() && !self.in_a_queue(parked.mutation.id);
        let parked: Vec<ParkedMutation> = self.db.parked().iter().filter(awaiting).cloned().collect();
        for (place, ParkedMutation { mutation, stream, .. }) in parked.into_iter().enumerate() {
            self.offer_again(Ids::of_place(moment, place).mutation(), stream, mutation);
        }
        let (cursor, versions) = (self.db.cursor().map(str::to_owned), Some(versions));
        self.changes.push(StoreChange::CursorMoved { cursor, reads: READS, versions });
    }

    fn offer_again(&mut self, id: MutationId, stream: Stream, parked: Mutation) -> OrderId {
        let (mutation_id, order_id) = (parked.id, parked.order_id());
        self.removed.insert(mutation_id);
        self.changes.push(StoreChange::ParkedRemoved { mutation_id });
        self.enqueue(stream, Mutation { id, ..parked });
        order_id
    }

    fn in_a_queue(&self, id: MutationId) -> bool {
        self.db.queue().holds(id) || self.db.shifts().holds(id)
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
        if !self.db.may_approve(&approved_by) || !self.approved_by_pin(&approved_by) {
            let message = format!("{approved_by} may not approve that something is given up: it takes a manager");
            return Err(Refusal::new(RefusalCode::ApprovalMissing, message));
        }
        let ParkedMutation { mutation, code, .. } = parked;
        self.audit(moment, &approved_by, AuditKind::Approval, AuditSubject::Mutation(mutation_id))?;
        let discarded = Discarded { mutation, code, by: staff.clone(), approved_by, reason, at: moment.wall };
        self.removed.insert(mutation_id);
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
        if self.in_a_queue(mutation_id) {
            let message = "the server has not said yet whether it knows it: try again after the next exchange";
            return Err(Refusal::new(RefusalCode::DecisionAwaited, message));
        }
        Ok(parked)
    }
}
