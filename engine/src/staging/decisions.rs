//! A decision about a conflict, with what carries it out: saved together or not at all.

use domain::{
    AuditKind, AuditSubject, ConflictId, OrderId, Rejection, RejectionCode, ResolutionChoice, Scope, StaffId,
};
use protocol::ResolveConflict;

use super::{Ids, Stage, not_enrolled, not_signed_in};
use crate::command::{Refusal, RefusalCode};
use crate::conflict_resolver::Case;
use crate::io::Moment;
use crate::local_db::{Decision, StoreChange};

impl Stage<'_> {
    /// Decides a conflict. Decided the same way before, it is decided; otherwise the first decision stands.
    pub(super) fn decide(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        conflict_id: ConflictId,
        choice: ResolutionChoice,
    ) -> Result<Option<OrderId>, Refusal> {
        let session = self.session.clone().ok_or_else(not_enrolled)?;
        let staff = staff.ok_or_else(not_signed_in)?;
        let ids = Ids::new(moment);
        self.permit(moment, staff, Some(Scope::ConflictResolve), ids.mutation())?;
        let unknown = || Refusal::new(RefusalCode::ConflictUnknown, "this device knows no such conflict");
        let conflict = self.db.conflicts().get(&conflict_id).ok_or_else(unknown)?;
        let order_id = self.db.order_of_conflict(conflict_id);
        let waiting = self.db.decisions().iter().chain(&self.decided);
        if let Some(known) = waiting.into_iter().find(|known| known.ask.conflict_id == conflict_id) {
            let same = known.ask.choice.as_ref() == Some(&choice);
            let message = "it was decided on this device already, and that is on its way";
            let other = Rejection::new(RejectionCode::AlreadyResolved, "conflictId", message);
            return if same { Ok(order_id) } else { Err(other.into()) };
        }
        if let Some(resolution) = &conflict.resolution {
            let by = resolution.by.as_ref().map_or("the tenant's rule", StaffId::as_str);
            let message = format!("{by} has decided it");
            return Err(Rejection::new(RejectionCode::AlreadyResolved, "conflictId", message).into());
        }
        let case = Case { conflict, order: order_id.and_then(|order_id| self.order(order_id)) };
        let way = case.way(&choice).ok_or_else(|| {
            Rejection::new(RejectionCode::FieldInvalid, "choice", "this conflict cannot be decided so")
        })?;
        let before = self.mark();
        let stamp = self.clock.tick(moment.wall, &session.enrolment.device_id);
        if let Some(order_id) = order_id {
            let undo = vec![(order_id, self.orders.get(&order_id).cloned())];
            for (place, remedy) in way.remedies.into_iter().enumerate() {
                let ids = Ids::of_place(moment, place + 1);
                if let Err(refusal) = self.fact(moment, staff, &ids, order_id, remedy) {
                    self.take_back(before, undo, None);
                    return Err(refusal);
                }
            }
        }
        let ask = ResolveConflict {
            id: ids.mutation(),
            conflict_id,
            location_id: None,
            expected_version: conflict.version,
            choice: Some(choice),
            rule: None,
            actor: Some(self.giver.actor(staff)),
        };
        let decision = Decision { ask, stamp, at: moment.wall };
        // What it makes stand is seen by the commands staged after it.
        let mut order = order_id.and_then(|order_id| self.order(order_id)).cloned();
        decision.show_in(conflict, &mut order);
        self.orders.extend(order.map(|order| (order.order_id, order)));
        self.decided.push(decision.clone());
        self.changes.push(StoreChange::DecisionQueued { decision });
        let subject = AuditSubject::Conflict(conflict_id);
        self.audit_where_employed(moment, staff, AuditKind::ConflictDecision, subject)?;
        Ok(order_id)
    }
}
