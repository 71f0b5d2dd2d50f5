//! Who is asking. Tenant, location and device come only from here, never from a path or a body.
//!
//! A token is 256 random bits given once; only its SHA-256 is stored, and finding it is one look-up in a unique index. The
//! text before the `_` says which kind it is, for people and secret scanners, and the tenant's id before the `.` in which
//! database to look; what counts is the row that is found.

use domain::{DeviceId, LocationId, TenantId};
use protocol::{DeviceStatus, ErrorCode};

use crate::database::{Database, DatabaseError, Row, Statement};
use crate::identity::SheetStanding;
use crate::moment::{Moment, sha256_hex};
use crate::refusal::Refusal;
use crate::sync_api::Audience;

/// A device and what its credential says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceCaller {
    pub(crate) tenant_id: TenantId,
    pub(crate) location_id: LocationId,
    pub(crate) device_id: DeviceId,
    pub(crate) status: DeviceStatus,
    /// How its grants stand.
    pub(crate) sheet: SheetStanding,
}

/// Whoever may call the endpoint in question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    Anyone,
    Operator,
    Admin(TenantId),
    Device(DeviceCaller),
}

impl Caller {
    pub(crate) fn admin(self) -> Result<TenantId, Refusal> {
        match self {
            Self::Admin(tenant_id) => Ok(tenant_id),
            Self::Anyone | Self::Operator | Self::Device(_) => Err(forbidden()),
        }
    }

    pub(crate) fn device(self) -> Result<DeviceCaller, Refusal> {
        match self {
            Self::Device(device) => Ok(device),
            Self::Anyone | Self::Operator | Self::Admin(_) => Err(forbidden()),
        }
    }
}

/// The hash under which the token of a request is stored.
pub(crate) fn token_hash(authorization: Option<&str>) -> Option<String> {
    bearer(authorization).map(sha256_hex)
}

/// Reads the row of a device that is remembered with a token: none where it no longer is this device's.
pub(crate) fn read_again(device: &DeviceCaller, token_hash: &str) -> Statement {
    Statement::new(
        "SELECT d.tenant_id, d.location_id, d.device_id, d.status,
           d.platform, d.sheet_due_at, d.sheet_roster, d.sheet_kid, t.roster_version
         FROM devices d JOIN tenants t ON t.tenant_id = d.tenant_id
         WHERE d.tenant_id = ?1 AND d.device_id = ?2 AND d.token_hash = ?3",
        [device.tenant_id.as_str().into(), device.device_id.as_str().into(), token_hash.into()],
    )
}

/// Finds out who is asking and whether the endpoint is for them.
pub(crate) async fn authenticate(
    database: &impl Database,
    operator_token: &str,
    audience: Audience,
    authorization: Option<&str>,
) -> Result<Caller, Refusal> {
    if audience == Audience::Anyone {
        return Ok(Caller::Anyone);
    }
    let token_hash = token_hash(authorization).ok_or_else(unauthorized)?;
    // Hashes are compared, so that the time it takes says nothing about the token.
    let operator = !operator_token.is_empty() && token_hash == sha256_hex(operator_token);
    let caller = if operator { Caller::Operator } else { holder(database, &token_hash).await? };
    match (audience, &caller) {
        (Audience::Anyone, _)
        | (Audience::Operator, Caller::Operator)
        | (Audience::Admin, Caller::Admin(_))
        | (Audience::Device, Caller::Device(_))
        | (Audience::AdminOrDevice, Caller::Admin(_) | Caller::Device(_))
        | (Audience::OperatorOrAdmin, Caller::Operator | Caller::Admin(_)) => Ok(caller),
        (
            Audience::Operator
            | Audience::Admin
            | Audience::Device
            | Audience::AdminOrDevice
            | Audience::OperatorOrAdmin,
            _,
        ) => Err(forbidden()),
    }
}

/// A new token of a kind for somebody of a tenant, and the hash under which it is stored.
pub(crate) fn new_token(moment: &Moment, kind: &str, tenant_id: &TenantId) -> (String, String) {
    let token = format!("{kind}_{tenant_id}.{}", moment.random_hex(kind, 64));
    let hash = sha256_hex(&token);
    (token, hash)
}

pub(crate) fn bearer(authorization: Option<&str>) -> Option<&str> {
    let (scheme, token) = authorization?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

async fn holder(database: &impl Database, token_hash: &str) -> Result<Caller, Refusal> {
    let statements = vec![
        Statement::new(
            "SELECT d.tenant_id, d.location_id, d.device_id, d.status,
               d.platform, d.sheet_due_at, d.sheet_roster, d.sheet_kid, t.roster_version,
               coalesce(d.next_token_hash = ?1, 0) AS is_new
             FROM devices d JOIN tenants t ON t.tenant_id = d.tenant_id
             WHERE d.token_hash = ?1 OR d.next_token_hash = ?1",
            [token_hash.into()],
        ),
        Statement::new(
            "SELECT tenant_id, coalesce(next_admin_token_hash = ?1, 0) AS is_new FROM tenants
             WHERE admin_token_hash = ?1 OR next_admin_token_hash = ?1",
            [token_hash.into()],
        ),
    ];
    let found = database.read(statements).await?;
    let first = |position: usize| found.get(position).and_then(|rows| rows.first());
    if let Some(row) = first(0) {
        let device = device_of(row)?;
        if device.status == DeviceStatus::Revoked {
            return Err(revoked());
        }
        if row.integer("is_new")? == 1 {
            database.batch(vec![device_token_used(&device, token_hash)]).await?;
        }
        return Ok(Caller::Device(device));
    }
    let row = first(1).ok_or_else(unauthorized)?;
    let tenant_id: TenantId = row.parsed("tenant_id")?;
    if row.integer("is_new")? == 1 {
        database.batch(vec![admin_token_used(&tenant_id, token_hash)]).await?;
    }
    Ok(Caller::Admin(tenant_id))
}

/// The first use of a new token ends the old one.
fn device_token_used(device: &DeviceCaller, token_hash: &str) -> Statement {
    Statement::new(
        "UPDATE devices SET token_hash = next_token_hash, next_token_hash = NULL
         WHERE tenant_id = ?1 AND device_id = ?2 AND next_token_hash = ?3",
        [device.tenant_id.as_str().into(), device.device_id.as_str().into(), token_hash.into()],
    )
}

fn admin_token_used(tenant_id: &TenantId, token_hash: &str) -> Statement {
    Statement::new(
        "UPDATE tenants SET admin_token_hash = next_admin_token_hash, next_admin_token_hash = NULL
         WHERE tenant_id = ?1 AND next_admin_token_hash = ?2",
        [tenant_id.as_str().into(), token_hash.into()],
    )
}

/// The device of a row of [`read_again`].
pub(crate) fn device_of(row: &Row) -> Result<DeviceCaller, DatabaseError> {
    Ok(DeviceCaller {
        tenant_id: row.parsed("tenant_id")?,
        location_id: row.parsed("location_id")?,
        device_id: row.parsed("device_id")?,
        status: device_status(row)?,
        sheet: SheetStanding::of(row)?,
    })
}

/// The column `status` of a device.
pub(crate) fn device_status(row: &Row) -> Result<DeviceStatus, DatabaseError> {
    let known = [DeviceStatus::Active, DeviceStatus::Suspended, DeviceStatus::Revoked];
    let text = row.text("status")?;
    let status = known.into_iter().find(|status| status_text(*status) == text);
    status.ok_or_else(|| DatabaseError::Failed("a device's status is none that is known".to_owned()))
}

/// A device's status as it is stored.
pub(crate) const fn status_text(status: DeviceStatus) -> &'static str {
    match status {
        DeviceStatus::Active => "active",
        DeviceStatus::Suspended => "suspended",
        DeviceStatus::Revoked => "revoked",
    }
}

/// The refusal of a revoked device.
pub(crate) fn revoked() -> Refusal {
    Refusal::new(ErrorCode::DeviceRevoked, "this device was revoked by an admin")
}

/// The refusal of a suspended device that wants to hear of changes.
pub(crate) fn suspended() -> Refusal {
    Refusal::new(ErrorCode::DeviceSuspended, "this device was suspended: it may push but not pull")
}

fn unauthorized() -> Refusal {
    Refusal::new(ErrorCode::Unauthorized, "a bearer token is needed, and this one is held by nobody")
}

pub(crate) fn forbidden() -> Refusal {
    Refusal::new(ErrorCode::Forbidden, "this credential may not do this")
}
