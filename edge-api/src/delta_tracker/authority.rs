//! Whether whoever made a change had the right to, as far as the server can tell afterwards.
//!
//! A grant is looked up by its id among those that this server issued, so a forged, altered or borrowed token is simply one
//! that nobody holds. The domain says what follows ([`Authority::judge`]).

use domain::{
    Approval, ApprovalAsk, Authority, ChangeKind, Grant, GrantHolder, GrantStanding, Judgement, Order, OrderChange,
    Rejection, Scope, Scopes, StaffChange, StaffId, Timestamp, check_approval,
};
use protocol::Mutation;

use super::offer::OfferedMutation;
use super::standing::TenantStanding;
use super::stream::Change;
use crate::credential::DeviceCaller;

/// What the server makes of a change, before it is applied to the order as it stands. A tenant without staff has nobody whose
/// rights could be asked after, and an entry of the audit is the device's own.
pub(super) fn judge(
    tenant: &TenantStanding,
    device: &DeviceCaller,
    body: &OfferedMutation,
    change: &Change,
    order: Option<&Order>,
    now: Timestamp,
) -> Judgement {
    let actor = &body.mutation.actor.staff_id;
    let scope = match change {
        Change::Order(change) => Some(change.scope(order, tenant.policy.staff_limits)),
        Change::Staff(StaffChange::Audit(_)) => return Judgement::Allowed,
        Change::Staff(change) => change.scope(actor),
    };
    if !tenant.has_staff {
        return Judgement::Allowed;
    }
    let at = made_at(&body.mutation, now);
    let case = Case { tenant, device, mutation: &body.mutation, approval: body.approval.as_ref(), at };
    let grant = case.actors_grant();
    let approval = scope.map_or(Ok(()), |scope| case.approved(scope));
    let judgement = Authority {
        actor,
        scope,
        kind: scope.map_or(ChangeKind::Fact, Scope::change_kind),
        at: case.at,
        scopes: grant.map_or(Scopes::NONE, |grant| grant.scopes),
        standing: case.standing(grant, actor, scope),
        revoked_at: tenant.staff.get(actor).and_then(|member| member.revoked_at),
        approval: approval.clone(),
    }
    .judge();
    match (judgement, change, approval) {
        (Judgement::Allowed, Change::Order(OrderChange::CompLine(comp)), Err(_)) => {
            match case.comp_within_limit(grant, order, comp) {
                Ok(()) => Judgement::Allowed,
                Err(rejection) => Judgement::Refused(rejection),
            }
        }
        (judgement, _, _) => judgement,
    }
}

/// When a mutation was made, corrected by what the device last knew of the server's clock; never later than now.
fn made_at(mutation: &Mutation, now: Timestamp) -> Timestamp {
    let recorded = &mutation.recorded;
    recorded.wall.after(recorded.server_offset_ms.unwrap_or(0)).min(now)
}

/// One mutation before its judge.
#[derive(Clone, Copy)]
struct Case<'a> {
    tenant: &'a TenantStanding,
    device: &'a DeviceCaller,
    mutation: &'a Mutation,
    approval: Option<&'a Approval>,
    at: Timestamp,
}

impl<'a> Case<'a> {
    fn actors_grant(&self) -> Option<&'a Grant> {
        let grant_id = self.mutation.actor.grant_id.as_ref()?.parse().ok()?;
        self.tenant.grants.get(&grant_id)
    }

    /// How a grant stood for somebody. What they changed since, their PIN or role, is not held against what they did before
    /// the device could know.
    fn standing(&self, grant: Option<&Grant>, staff_id: &StaffId, scope: Option<Scope>) -> GrantStanding {
        let Some(grant) = grant else { return GrantStanding::Missing };
        let holder = GrantHolder {
            tenant_id: &self.device.tenant_id,
            location_id: &self.device.location_id,
            // Another device may deliver what one could not.
            device_id: self.mutation.device(),
            staff_id,
            cred_epoch: None,
        };
        let policy = self.tenant.policy.grants;
        match scope {
            Some(scope) => grant.standing_for(scope, holder, self.at.into(), policy),
            None => grant.standing(holder, self.at.into(), policy),
        }
    }

    fn approved(&self, scope: Scope) -> Result<(), Rejection> {
        let approval = self.approval;
        let approver_grant = approval.and_then(|approval| self.tenant.grants.get(&approval.grant_id));
        let revoked = approval.is_some_and(|approval| {
            let member = self.tenant.staff.get(&approval.approver);
            member.is_none_or(|member| member.revoked_at.is_some_and(|revoked_at| revoked_at <= self.at))
        });
        let approver_standing = match approval {
            Some(approval) if !revoked => self.standing(approver_grant, &approval.approver, Some(scope)),
            Some(_) | None => GrantStanding::Missing,
        };
        let ask = ApprovalAsk {
            mutation_id: self.mutation.id,
            actor: &self.mutation.actor.staff_id,
            scope,
            approver_grant,
            approver_standing,
            self_approval: self.tenant.policy.self_approval,
        };
        check_approval(approval, ask)
    }

    /// Beyond the tenant's limit somebody without an approval may not give a line away even where they hold the right.
    fn comp_within_limit(
        &self,
        grant: Option<&Grant>,
        order: Option<&Order>,
        comp: &domain::CompLine,
    ) -> Result<(), Rejection> {
        let Some(grant) = grant else { return Ok(()) };
        let totals = order.and_then(|order| order.totals().ok());
        let Some(line) = totals.as_ref().and_then(|totals| totals.lines.get(&comp.line_id)) else { return Ok(()) };
        self.tenant.policy.staff_limits.check_comp(grant.role, line.gross)
    }
}
