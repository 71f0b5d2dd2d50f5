//! What an admin sees of the devices and may decide about them.

use domain::{DeviceId, TenantId};
use protocol::{DeviceStatus, DeviceSummary, StreamSummary};

use super::{Answer, not_found, ok};
use crate::credential::{device_status, revoked, status_text};
use crate::database::{Database, DatabaseError, Param, Row, Rows, Statement};
use crate::live::{LiveSeat, Tidings};
use crate::notice;
use crate::publication::moved;
use crate::refusal::Refusal;

/// Devices of a tenant that one answer names.
const DEVICES_MAX: u64 = 1_000;

pub(super) async fn list(database: &impl Database, tenant_id: &TenantId) -> Result<Answer, Refusal> {
    let found = database.read(summary_statements(tenant_id, Param::Null)).await?;
    ok(&summaries(&found)?)
}

/// Suspends, resumes or revokes a device. What is revoked stays revoked. One that is resumed reads of it.
pub(super) async fn set_status(
    database: &impl Database,
    tenant_id: &TenantId,
    device_id: &DeviceId,
    status: DeviceStatus,
) -> Result<Answer, Refusal> {
    let mut statements = vec![Statement::new(
        "UPDATE devices SET status = ?3 WHERE tenant_id = ?1 AND device_id = ?2 AND status <> 'revoked'",
        [tenant_id.as_str().into(), device_id.as_str().into(), status_text(status).into()],
    )];
    if status == DeviceStatus::Active {
        statements.extend(notice::statements(tenant_id, device_id));
    }
    let summary_at = statements.len();
    statements.extend(summary_statements(tenant_id, device_id.as_str().into()));
    let found = database.batch(statements).await?;
    let (changed, summary) = found.split_at_checked(summary_at).unwrap_or_default();
    let moved = changed.get(1).map_or(Ok(Vec::new()), |rows| moved(tenant_id, rows))?;
    match summaries(summary)?.first() {
        // What was revoked stays so, and whoever wanted it back is told.
        Some(device) if status == DeviceStatus::Active && device.status == DeviceStatus::Revoked => Err(revoked()),
        Some(device) => {
            let seat = LiveSeat {
                tenant_id: tenant_id.clone(),
                location_id: device.location_id.clone(),
                device_id: device.device_id.clone(),
            };
            let silenced = (device.status != DeviceStatus::Active).then_some(seat);
            Ok(ok(device)?.telling(Tidings { silenced, moved, ..Tidings::default() }))
        }
        None => Err(not_found("there is no such device")),
    }
}

/// One device as it stands.
pub(super) async fn one(
    database: &impl Database,
    tenant_id: &TenantId,
    device_id: &DeviceId,
) -> Result<Answer, Refusal> {
    let found = database.read(summary_statements(tenant_id, device_id.as_str().into())).await?;
    ok(summaries(&found)?.first().ok_or_else(|| not_found("there is no such device"))?)
}

/// The devices of a tenant, or one of them, and their streams.
fn summary_statements(tenant_id: &TenantId, device_id: Param) -> Vec<Statement> {
    let params = [tenant_id.as_str().into(), device_id, DEVICES_MAX.into()];
    vec![
        Statement::new(
            "SELECT device_id, location_id, name, platform, app_version, prefix, status, last_seen_at, reused_at FROM devices
             WHERE tenant_id = ?1 AND device_id = coalesce(?2, device_id)
             ORDER BY device_id LIMIT ?3",
            params.clone(),
        ),
        Statement::new(
            "SELECT device_id, stream, incarnation, acked_seq FROM streams
             WHERE tenant_id = ?1 AND device_id IN (
               SELECT device_id FROM devices WHERE tenant_id = ?1 AND device_id = coalesce(?2, device_id)
               ORDER BY device_id LIMIT ?3
             )
             ORDER BY device_id, stream, incarnation",
            params,
        ),
    ]
}

fn summaries(found: &[Rows]) -> Result<Vec<DeviceSummary>, DatabaseError> {
    let [devices, streams] = found else { return Ok(Vec::new()) };
    devices.iter().map(|device| summary(device, streams)).collect()
}

fn summary(row: &Row, streams: &Rows) -> Result<DeviceSummary, DatabaseError> {
    let device_id: DeviceId = row.parsed("device_id")?;
    let moment = |column: &str| {
        let moment = row.optional_text(column)?.map(str::parse).transpose();
        moment.map_err(|_| DatabaseError::Failed(format!("{column} is no moment")))
    };
    let mut own = Vec::new();
    for stream in streams {
        if stream.text("device_id")? == device_id.as_str() {
            own.push(StreamSummary {
                stream: stream.text("stream")?.to_owned(),
                incarnation: stream.text("incarnation")?.to_owned(),
                acked_seq: stream.integer("acked_seq")?,
            });
        }
    }
    Ok(DeviceSummary {
        device_id,
        location_id: row.parsed("location_id")?,
        name: row.text("name")?.to_owned(),
        device_prefix: row.text("prefix")?.to_owned(),
        status: device_status(row)?,
        platform: row.text("platform")?.to_owned(),
        app_version: row.text("app_version")?.to_owned(),
        last_seen_at: moment("last_seen_at")?,
        reused_at: moment("reused_at")?,
        streams: own,
    })
}
