//! What a tenant changes about itself and its locations after they were made. Devices learn of it with their location's settings.

use domain::{DeviceId, LocationId, TenantId};
use protocol::{Collection, LocationSettings, PatchDevice, PatchLocation, PatchTenant, TenantPolicy, TenantSummary};

use super::body::{invalid, limited, parsed};
use super::provisioning::HOUR_MAX;
use super::{Answer, ApiRequest, not_found, ok};
use crate::database::{Database, DatabaseError, Param, Rows, Statement, to_json};
use crate::delta_tracker::ATTEMPTS_MAX;
use crate::live::{Moved, Tidings};
use crate::notice;
use crate::publication::{Publication, moved};
use crate::refusal::Refusal;
use crate::zone_rule::zone_rule;

/// Which statement of a change of settings returns the heads that moved.
const HEADS: usize = 3;
/// The same for a change of the policy.
const POLICY_HEADS: usize = 2;
/// The same for another name of a device.
const NOTICE_HEADS: usize = 1;

/// Changes a tenant's name or policy, whoever may. A new policy reaches every location at once.
pub(super) async fn patch_tenant(
    database: &impl Database,
    tenant_id: &TenantId,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let wish: PatchTenant = parsed(&limited(request)?)?;
    let id = || Param::from(tenant_id.as_str());
    let mut statements = Vec::new();
    if let Some(name) = &wish.name {
        statements
            .push(Statement::new("UPDATE tenants SET name = ?2 WHERE tenant_id = ?1", [id(), name.as_str().into()]));
    }
    let published_at = statements.len() + POLICY_HEADS;
    if let Some(policy) = &wish.policy {
        statements.extend(policy_statements(tenant_id, &to_json(policy)?));
    }
    statements.push(Statement::new("SELECT name, policy FROM tenants WHERE tenant_id = ?1", [id()]));
    let found = database.batch(statements).await?;
    let row = found.last().and_then(|rows| rows.first()).ok_or_else(|| not_found("there is no such tenant"))?;
    let name = row.text("name")?.to_owned();
    let summary = TenantSummary { tenant_id: tenant_id.clone(), name, policy: row.json("policy")? };
    let heads = if wish.policy.is_some() { heads_in(&found, published_at, tenant_id)? } else { Vec::new() };
    Ok(ok(&summary)?.telling(Tidings { moved: heads, ..Tidings::default() }))
}

/// The policy, and every location's settings with it as their next version. SQL counts a text in characters, a page in bytes.
fn policy_statements(tenant_id: &TenantId, policy: &str) -> [Statement; 4] {
    let params = || [Param::from(tenant_id.as_str()), policy.into()];
    [
        // Grants are made by the policy: where it gives them another life, every device is due new ones.
        Statement::new(
            "UPDATE devices SET sheet_due_at = '' WHERE tenant_id = ?1 AND (
               SELECT json_extract(policy, '$.grants') IS NOT json_extract(?2, '$.grants') FROM tenants WHERE tenant_id = ?1
             )",
            params(),
        ),
        Statement::new("UPDATE tenants SET policy = ?2 WHERE tenant_id = ?1", params()),
        Statement::new(
            "UPDATE locations SET head = head + 1, settings = json_set(settings, '$.policy', json(?2))
             WHERE tenant_id = ?1 RETURNING location_id, head",
            params(),
        ),
        Statement::new(
            "UPDATE records SET rev = records.rev + 1, changed_seq = l.head, record = l.settings,
               record_bytes = length(CAST(l.settings AS BLOB))
             FROM locations AS l
             WHERE records.tenant_id = ?1 AND records.collection = ?2 AND l.tenant_id = records.tenant_id
               AND l.location_id = records.location_id AND records.record_id = records.location_id",
            [tenant_id.as_str().into(), Collection::Location.as_str().into()],
        ),
    ]
}

/// The policy that a new location begins with; none where the tenant has set none.
pub(super) async fn policy_of(
    database: &impl Database,
    tenant_id: &TenantId,
) -> Result<Option<TenantPolicy>, DatabaseError> {
    let read = Statement::new("SELECT policy FROM tenants WHERE tenant_id = ?1", [tenant_id.as_str().into()]);
    let found = database.read(vec![read]).await?;
    let Some(row) = found.first().and_then(|rows| rows.first()) else { return Ok(None) };
    let policy: TenantPolicy = row.json("policy")?;
    Ok((policy != TenantPolicy::default()).then_some(policy))
}

/// Changes a location's name, zone or cut-over hour. Its currency stays what it was: amounts are in it.
pub(super) async fn patch_location(
    database: &impl Database,
    tenant_id: &TenantId,
    location_id: &LocationId,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let wish: PatchLocation = parsed(&limited(request)?)?;
    if wish.cut_over_hour.is_some_and(|hour| hour > HOUR_MAX) {
        return Err(invalid("cut_over_hour must be 0 to 23"));
    }
    for _ in 0..ATTEMPTS_MAX {
        let (before, text) = settings_of(database, tenant_id, location_id).await?;
        let mut after = before.clone();
        after.name = wish.name.clone().unwrap_or(after.name);
        after.cut_over_hour = wish.cut_over_hour.unwrap_or(after.cut_over_hour);
        if let Some(zone) = &wish.zone {
            let rule = zone_rule(zone.as_str()).ok_or_else(|| invalid("zone must be a name like America/New_York"))?;
            (after.zone, after.zone_rule) = (zone.clone(), Some(rule));
        }
        if after == before {
            return ok(&after);
        }
        match database.batch(settings_statements(tenant_id, &text, &after)?).await {
            Ok(found) => {
                let heads = heads_in(&found, HEADS, tenant_id)?;
                return Ok(ok(&after)?.telling(Tidings { moved: heads, ..Tidings::default() }));
            }
            Err(DatabaseError::GuardFailed) => {}
            Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => return Err(error.into()),
        }
    }
    Err(Refusal::busy())
}

/// The settings, and the text they were read from.
async fn settings_of(
    database: &impl Database,
    tenant_id: &TenantId,
    location_id: &LocationId,
) -> Result<(LocationSettings, String), Refusal> {
    let read = Statement::new(
        "SELECT settings FROM locations WHERE tenant_id = ?1 AND location_id = ?2",
        [tenant_id.as_str().into(), location_id.as_str().into()],
    );
    let found = database.read(vec![read]).await?;
    let row = found.first().and_then(|rows| rows.first()).ok_or_else(|| not_found("there is no such location"))?;
    Ok((row.json("settings")?, row.text("settings")?.to_owned()))
}

/// The guard names the settings that were read; whoever changed them meanwhile makes it fail.
fn settings_statements(
    tenant_id: &TenantId,
    before: &str,
    after: &LocationSettings,
) -> Result<Vec<Statement>, DatabaseError> {
    let record = to_json(after)?;
    let place = || [Param::from(tenant_id.as_str()), after.location_id.as_str().into()];
    let with = |text: &str| -> Vec<Param> { place().into_iter().chain([text.into()]).collect() };
    let publication = Publication {
        tenant_id,
        location_id: Some(&after.location_id),
        collection: Collection::Location,
        record_id: None,
        record: &record,
        only_device: None,
    };
    let mut statements = vec![
        Statement::new(
            "INSERT INTO assert_ok (x)
             SELECT coalesce((SELECT settings = ?3 FROM locations WHERE tenant_id = ?1 AND location_id = ?2), 0)",
            with(before),
        ),
        Statement::new("DELETE FROM assert_ok", []),
        Statement::new("UPDATE locations SET settings = ?3 WHERE tenant_id = ?1 AND location_id = ?2", with(&record)),
    ];
    statements.extend(publication.statements());
    Ok(statements)
}

/// Gives a device another name, and tells it. Returns the heads that moved.
pub(super) async fn patch_device(
    database: &impl Database,
    tenant_id: &TenantId,
    device_id: &DeviceId,
    request: &ApiRequest,
) -> Result<Vec<Moved>, Refusal> {
    let wish: PatchDevice = parsed(&limited(request)?)?;
    let Some(name) = wish.name else { return Ok(Vec::new()) };
    let rename = Statement::new(
        "UPDATE devices SET name = ?3 WHERE tenant_id = ?1 AND device_id = ?2",
        [tenant_id.as_str().into(), device_id.as_str().into(), name.as_str().into()],
    );
    let told = notice::statements(tenant_id, device_id);
    let found = database.batch([rename].into_iter().chain(told).collect()).await?;
    Ok(heads_in(&found, NOTICE_HEADS, tenant_id)?)
}

fn heads_in(found: &[Rows], position: usize, tenant_id: &TenantId) -> Result<Vec<Moved>, DatabaseError> {
    found.get(position).map_or(Ok(Vec::new()), |rows| moved(tenant_id, rows))
}
