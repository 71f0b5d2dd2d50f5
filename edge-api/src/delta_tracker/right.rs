//! Whether somebody on a device may do now what takes a right, by the grant they show.

use domain::{
    Authority, Grant, GrantHolder, GrantStanding, Rejection, RejectionCode, Scope, Scopes, StaffMember, Timestamp,
};
use protocol::{Actor, ErrorCode, TenantPolicy};

use crate::credential::DeviceCaller;
use crate::database::{Database, DatabaseError, Statement};
use crate::refusal::Refusal;

/// Refuses whoever does not hold the right at this moment. In a tenant without staff every device may decide conflicts.
pub(crate) async fn check_right(
    database: &impl Database,
    device: &DeviceCaller,
    actor: Option<&Actor>,
    scope: Scope,
    now: Timestamp,
) -> Result<(), Refusal> {
    let staff_id = actor.map_or("", |actor| actor.staff_id.as_str());
    let grant_id = actor.and_then(|actor| actor.grant_id.as_deref()).unwrap_or("");
    let read = Statement::new(
        "SELECT policy, EXISTS (SELECT 1 FROM staff WHERE tenant_id = ?1) AS has_staff,
           (SELECT claims FROM grants WHERE tenant_id = ?1 AND grant_id = ?2) AS claims,
           (SELECT member FROM staff WHERE tenant_id = ?1 AND staff_id = ?3) AS member
         FROM tenants WHERE tenant_id = ?1",
        [device.tenant_id.as_str().into(), grant_id.into(), staff_id.into()],
    );
    let found = database.read(vec![read]).await?;
    let missing = || DatabaseError::Failed("the device's tenant is missing".to_owned());
    let row = found.first().and_then(|rows| rows.first()).ok_or_else(missing)?;
    // Where nobody is employed the tills decide among themselves; the menu stays the admin's.
    if row.integer("has_staff")? == 0 && scope == Scope::ConflictResolve {
        return Ok(());
    }
    let Some(actor) = actor else {
        let message = format!("somebody with the right {scope} must show their grant");
        return Err(refused(&Rejection::new(RejectionCode::ScopeMissing, "actor", message)));
    };
    let policy: TenantPolicy = row.json("policy")?;
    let grant: Option<Grant> = row.optional_text("claims")?.map(|_| row.json("claims")).transpose()?;
    let member: Option<StaffMember> = row.optional_text("member")?.map(|_| row.json("member")).transpose()?;
    let holder = GrantHolder {
        tenant_id: &device.tenant_id,
        location_id: &device.location_id,
        device_id: &device.device_id,
        staff_id: &actor.staff_id,
        cred_epoch: member.as_ref().map(|member| member.cred_epoch),
    };
    let standing = grant
        .as_ref()
        .map_or(GrantStanding::Missing, |grant| grant.standing_for(scope, holder, now.into(), policy.grants));
    let authority = Authority {
        actor: &actor.staff_id,
        scope: Some(scope),
        kind: scope.change_kind(),
        at: now,
        scopes: grant.as_ref().map_or(Scopes::NONE, |grant| grant.scopes),
        standing,
        revoked_at: member.and_then(|member| member.revoked_at),
        approval: Err(Rejection::new(RejectionCode::ScopeMissing, "actor", "this right is not lent here")),
    };
    authority.permits().map_err(|rejection| refused(&rejection))
}

fn refused(rejection: &Rejection) -> Refusal {
    Refusal::new(ErrorCode::Forbidden, rejection.message.clone())
}
