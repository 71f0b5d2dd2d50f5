//! Whether somebody had the right to what they did.

use domain::{
    Approval, ApprovalAsk, Authority, ChangeKind, Grant, GrantHolder, GrantStanding, Judgement, Order, OrderChange,
    Rejection, RejectionCode, Scope, Scopes, StaffChange, Timestamp, check_approval,
};
use protocol::{Actor, ErrorCode};

use super::batch::{Change, Offered};
use super::{Device, Model, Refusal, refuse};
use domain::{DeviceId, StaffId};

impl Model {
    /// What becomes of a change by who made it.
    pub(super) fn judge(
        &self,
        caller: &Device,
        now: Timestamp,
        offered: &Offered,
        change: &Change,
        order: Option<&Order>,
    ) -> Judgement {
        let Offered { mutation, approval, .. } = offered;
        let actor = &mutation.actor.staff_id;
        let scope = match change {
            // The device writes its audit, whoever is signed in.
            Change::Staff(StaffChange::Audit(_)) => return Judgement::Allowed,
            Change::Staff(change) => change.scope(actor),
            Change::Order(change) => Some(change.scope(order, self.policy.staff_limits)),
        };
        if self.staff.is_empty() {
            return Judgement::Allowed;
        }
        let offset = mutation.recorded.server_offset_ms.unwrap_or(0);
        let at = mutation.recorded.wall.after(offset).min(now);
        let maker = mutation.stamp.device();
        let grant = self.grant(mutation.actor.grant_id.as_deref());
        let approved = match scope {
            Some(scope) => self.approved(caller, maker, actor, mutation.id, approval.as_ref(), scope, at),
            None => Ok(()),
        };
        let authority = Authority {
            actor,
            scope,
            kind: scope.map_or(ChangeKind::Fact, Scope::change_kind),
            at,
            scopes: grant.map_or(Scopes::NONE, |grant| grant.scopes),
            standing: self.standing(caller, maker, actor, grant, scope, at),
            revoked_at: self.staff.get(actor).and_then(|member| member.revoked_at),
            approval: approved.clone(),
        };
        let judgement = authority.judge();
        // Who may give a line away may give away no more than the tenant allows, unless somebody approves.
        if let (Judgement::Allowed, Change::Order(OrderChange::CompLine(comp)), Err(_), Some(grant)) =
            (&judgement, change, approved, grant)
        {
            let totals = order.and_then(|order| order.totals().ok());
            let gross = totals.and_then(|totals| totals.lines.get(&comp.line_id).map(|line| line.gross));
            let checked = gross.map_or(Ok(()), |gross| self.policy.staff_limits.check_comp(grant.role, gross));
            return checked.map_or_else(Judgement::Refused, |()| Judgement::Allowed);
        }
        judgement
    }

    #[expect(clippy::too_many_arguments, reason = "an approval is about all of them")]
    fn approved(
        &self,
        caller: &Device,
        maker: &DeviceId,
        actor: &StaffId,
        mutation_id: domain::MutationId,
        approval: Option<&Approval>,
        scope: Scope,
        at: Timestamp,
    ) -> Result<(), Rejection> {
        let approver_grant = approval.and_then(|approval| self.grants.get(&approval.grant_id));
        let approver_standing = match approval {
            None => GrantStanding::Missing,
            Some(approval) => match self.staff.get(&approval.approver) {
                Some(member) if member.revoked_at.is_none_or(|revoked_at| revoked_at > at) => {
                    self.standing(caller, maker, &approval.approver, approver_grant, Some(scope), at)
                }
                Some(_) | None => GrantStanding::Missing,
            },
        };
        let self_approval = self.policy.self_approval;
        let ask = ApprovalAsk { mutation_id, actor, scope, approver_grant, approver_standing, self_approval };
        check_approval(approval, ask)
    }

    fn standing(
        &self,
        caller: &Device,
        maker: &DeviceId,
        staff_id: &StaffId,
        grant: Option<&Grant>,
        scope: Option<Scope>,
        at: Timestamp,
    ) -> GrantStanding {
        let (Some(grant), Some(tenant_id)) = (grant, &self.tenant_id) else { return GrantStanding::Missing };
        let location_id = &caller.location_id;
        // A change of PIN or role is not held against what was done before the device could know.
        let holder = GrantHolder { tenant_id, location_id, device_id: maker, staff_id, cred_epoch: None };
        match scope {
            Some(scope) => grant.standing_for(scope, holder, at.into(), self.policy.grants),
            None => grant.standing(holder, at.into(), self.policy.grants),
        }
    }

    fn grant(&self, id: Option<&str>) -> Option<&Grant> {
        self.grants.get(&id?.parse().ok()?)
    }

    /// Whether somebody on a device may decide conflicts now. In a tenant without staff everybody may.
    pub(super) fn may_decide(
        &self,
        device_id: &DeviceId,
        caller: &Device,
        actor: Option<&Actor>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.staff.is_empty() {
            return Ok(());
        }
        let (Some(actor), Some(tenant_id)) = (actor, &self.tenant_id) else { return refuse(ErrorCode::Forbidden) };
        let member = self.staff.get(&actor.staff_id);
        let location_id = &caller.location_id;
        let cred_epoch = member.map(|member| member.cred_epoch);
        let holder = GrantHolder { tenant_id, location_id, device_id, staff_id: &actor.staff_id, cred_epoch };
        // Here the grant is looked up by its text: another spelling of its id is another id.
        let grant = self.grant(actor.grant_id.as_deref());
        let grant = grant.filter(|grant| Some(grant.grant_id.to_string()) == actor.grant_id);
        let scope = Scope::ConflictResolve;
        let authority = Authority {
            actor: &actor.staff_id,
            scope: Some(scope),
            kind: scope.change_kind(),
            at: now,
            scopes: grant.map_or(Scopes::NONE, |grant| grant.scopes),
            standing: grant.map_or(GrantStanding::Missing, |grant| {
                grant.standing_for(scope, holder, now.into(), self.policy.grants)
            }),
            revoked_at: member.and_then(|member| member.revoked_at),
            approval: Err(Rejection::new(RejectionCode::ScopeMissing, "actor", "not lent")),
        };
        authority.permits().or_else(|_| refuse(ErrorCode::Forbidden))
    }
}
