//! Who may do what, asked before anything is staged. Where a tenant employs nobody, everybody may do everything.

use domain::{
    AdjustmentKind, Approval, ApprovalAsk, ApprovalMethod, AuditKind, AuditSubject, Authority, ChangeKind, Grant,
    GrantStanding, MutationId, Order, OrderChange, Rejection, Role, Scope, StaffId, TrustedMoment, check_approval,
};
use protocol::{Actor, TenantPolicy};
use serde_json::value::{RawValue, to_raw_value};

use super::{Stage, not_signed_in};
use crate::command::{Refusal, RefusalCode};
use crate::io::Moment;
use crate::sign_in::{Giver, TrustedClock};

impl Giver {
    /// Who gives the command, as far as it is known: where staff are employed, somebody whose PIN has opened a grant.
    pub(super) fn known(&self, employs_staff: bool) -> Option<&StaffId> {
        if employs_staff { self.grant.as_ref().map(|grant| &grant.staff_id) } else { self.staff.as_ref() }
    }

    pub(super) fn actor(&self, staff: &StaffId) -> Actor {
        let own = self.grant.as_ref().filter(|grant| grant.staff_id == *staff);
        Actor { staff_id: staff.clone(), grant_id: own.map(|grant| grant.grant_id.to_string()) }
    }
}

/// A mutation that somebody is about to make, and the right that it takes.
#[derive(Clone, Copy)]
struct Ask<'a> {
    moment: &'a Moment,
    staff: &'a StaffId,
    scope: Scope,
    mutation_id: MutationId,
    policy: &'a TenantPolicy,
}

impl Stage<'_> {
    /// Whether somebody may make this change of an order as it stands; with the approval that goes with it, where it took one.
    pub(super) fn permit_change(
        &self,
        moment: &Moment,
        staff: &StaffId,
        change: &OrderChange,
        order: Option<&Order>,
        mutation_id: MutationId,
    ) -> Result<Option<Approval>, Refusal> {
        if !self.db.employs_staff() {
            return Ok(None);
        }
        let policy = self.db.policy();
        let scope = change.scope(order, policy.staff_limits);
        let approval = self.permit(moment, staff, Some(scope), mutation_id)?;
        let (OrderChange::CompLine(comp), None) = (change, &approval) else { return Ok(approval) };
        let totals = order.and_then(|order| order.totals().ok());
        let gross = totals.as_ref().and_then(|totals| totals.lines.get(&comp.line_id)).map(|line| line.gross);
        let role = self.giver.grant.as_ref().map(|grant| grant.role);
        // Beyond the limit the right alone is not enough.
        match role.zip(gross).map_or(Ok(()), |(role, gross)| policy.staff_limits.check_comp(role, gross)) {
            Ok(()) => Ok(None),
            Err(beyond) if self.giver.approver.is_none() => Err(beyond.into()),
            Err(_) => Ok(self.lent(Ask { moment, staff, scope, mutation_id, policy: &policy }).map(Some)?),
        }
    }

    /// Whether somebody may do what takes this right; with the approval that goes with it, where the right had to be lent.
    pub(super) fn permit(
        &self,
        moment: &Moment,
        staff: &StaffId,
        scope: Option<Scope>,
        mutation_id: MutationId,
    ) -> Result<Option<Approval>, Refusal> {
        if !self.db.employs_staff() {
            return Ok(None);
        }
        let policy = self.db.policy();
        let grant = self.giver.grant.as_deref().filter(|grant| grant.staff_id == *staff).ok_or_else(not_signed_in)?;
        let trusted = self.trusted(moment);
        let lacking = scope.filter(|scope| !grant.scopes.contains(*scope));
        let lent = lacking.map(|scope| self.lent(Ask { moment, staff, scope, mutation_id, policy: &policy }));
        let authority = Authority {
            actor: staff,
            scope,
            kind: scope.map_or(ChangeKind::Fact, Scope::change_kind),
            at: trusted.now,
            scopes: grant.scopes,
            standing: self.standing(grant, scope, trusted, &policy),
            revoked_at: self.db.revoked_at(staff),
            approval: lent.clone().map_or(Ok(()), |lent| lent.map(|_| ())),
        };
        authority.permits()?;
        Ok(lent.transpose()?)
    }

    /// The approval of whoever lends the right for this one mutation, if they may.
    fn lent(&self, Ask { moment, staff, scope, mutation_id, policy }: Ask<'_>) -> Result<Approval, Rejection> {
        let approver = self.giver.approver.as_deref();
        let approval = approver.map(|approver| Approval {
            approver: approver.grant.staff_id.clone(),
            grant_id: approver.grant.grant_id,
            scope,
            mutation_id,
            reason: approver.reason.clone(),
            at: moment.wall,
            method: ApprovalMethod::Pin,
        });
        let trusted = self.trusted(moment);
        let revoked = |approver: &StaffId| self.db.revoked_at(approver).is_some_and(|since| since <= trusted.now);
        let standing = approver.filter(|approver| !revoked(&approver.grant.staff_id));
        let ask = ApprovalAsk {
            mutation_id,
            actor: staff,
            scope,
            approver_grant: approver.map(|approver| &approver.grant),
            approver_standing: standing.map_or(GrantStanding::Missing, |approver| {
                self.standing(&approver.grant, Some(scope), trusted, policy)
            }),
            self_approval: policy.self_approval,
        };
        check_approval(approval.as_ref(), ask)?;
        approval
            .ok_or_else(|| Rejection::new(domain::RejectionCode::ApprovalRequired, "approval", "nobody approves it"))
    }

    /// Whether somebody with a manager's rights gives their approval with the command; nobody has to where none are employed.
    pub(super) fn approved_by_pin(&self, approver: &StaffId) -> bool {
        let by_pin = self.giver.approver.as_ref().map(|approver| &approver.grant);
        let manages = |grant: &&Grant| grant.staff_id == *approver && grant.role >= Role::Manager;
        !self.db.employs_staff() || by_pin.filter(manages).is_some()
    }

    fn standing(
        &self,
        grant: &Grant,
        scope: Option<Scope>,
        trusted: TrustedMoment,
        policy: &TenantPolicy,
    ) -> GrantStanding {
        let Some(holder) = self.db.holder(grant) else { return GrantStanding::Missing };
        match scope {
            Some(scope) => grant.standing_for(scope, holder, trusted, policy.grants),
            None => grant.standing(holder, trusted, policy.grants),
        }
    }

    fn trusted(&self, moment: &Moment) -> TrustedMoment {
        let Self { clock, surroundings, .. } = self;
        let clock =
            TrustedClock { high_water: clock.latest(), anchor: surroundings.anchor, boot_id: surroundings.boot_id };
        clock.moment(moment.wall, moment.mono_ms)
    }

    /// Writes down what a manager may ask about, and who approved it.
    pub(super) fn audit_change(
        &mut self,
        moment: &Moment,
        staff: &StaffId,
        kind: Option<AuditKind>,
        mutation_id: MutationId,
        approval: Option<&Approval>,
    ) -> Result<(), Refusal> {
        let subject = || AuditSubject::Mutation(mutation_id);
        if let Some(kind) = kind {
            self.audit_where_employed(moment, staff, kind, subject())?;
        }
        if let Some(approval) = approval {
            self.audit(moment, &approval.approver, AuditKind::Approval, subject())?;
        }
        Ok(())
    }

    /// Writes down what somebody did, where a tenant employs staff and so knows who did it.
    pub(super) fn audit_where_employed(
        &mut self,
        moment: &Moment,
        staff: &StaffId,
        kind: AuditKind,
        subject: AuditSubject,
    ) -> Result<(), Refusal> {
        if self.db.employs_staff() { self.audit(moment, staff, kind, subject) } else { Ok(()) }
    }

    /// Writes down what happened beside all records; where it is about a person, in their name.
    pub(super) fn note(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        kind: AuditKind,
        subject: AuditSubject,
    ) -> Result<(), Refusal> {
        let of = match &subject {
            AuditSubject::Staff(staff_id) => Some(staff_id.clone()),
            AuditSubject::Device
            | AuditSubject::Order(_)
            | AuditSubject::Line(_)
            | AuditSubject::Payment(_)
            | AuditSubject::Refund(_)
            | AuditSubject::Punch(_)
            | AuditSubject::Drawer(_)
            | AuditSubject::DrawerEvent(_)
            | AuditSubject::Mutation(_)
            | AuditSubject::Conflict(_) => staff.cloned(),
        };
        self.audit(moment, &of.ok_or_else(not_signed_in)?, kind, subject)
    }
}

/// What the audit calls a change; nothing of one that nobody asks about.
pub(super) fn audit_kind(change: &OrderChange) -> Option<AuditKind> {
    match change {
        OrderChange::VoidLine(_) | OrderChange::VoidOrder(_) => Some(AuditKind::Void),
        OrderChange::CompLine(_) => Some(AuditKind::Comp),
        OrderChange::AddRefund(_) | OrderChange::VoidPayment(_) => Some(AuditKind::Refund),
        OrderChange::AddAdjustment(adjustment) => {
            (adjustment.kind == AdjustmentKind::Discount).then_some(AuditKind::Discount)
        }
        OrderChange::AddLine(line) => line.price_override.as_ref().map(|_| AuditKind::PriceOverride),
        OrderChange::Reopen(_) => Some(AuditKind::Reopen),
        OrderChange::Open(_)
        | OrderChange::SetQty(_)
        | OrderChange::SetModifiers(_)
        | OrderChange::AddNote(_)
        | OrderChange::MoveTable(_)
        | OrderChange::SetGuests(_)
        | OrderChange::SetOrderType(_)
        | OrderChange::SplitCheck(_)
        | OrderChange::MergeChecks(_)
        | OrderChange::RemoveAdjustment(_)
        | OrderChange::Close(_)
        | OrderChange::Fire(_)
        | OrderChange::Bump(_)
        | OrderChange::TransferServer(_)
        | OrderChange::AddPayment(_)
        | OrderChange::MarkPayment(_)
        | OrderChange::AddTip(_)
        | OrderChange::AdjustTip(_) => None,
    }
}

/// An approval as a mutation carries it.
pub(super) fn as_sent(approval: Option<&Approval>) -> Result<Option<Box<RawValue>>, Refusal> {
    let text = approval.map(to_raw_value).transpose();
    text.map_err(|error| Refusal::new(RefusalCode::CommandInvalid, error.to_string()))
}
