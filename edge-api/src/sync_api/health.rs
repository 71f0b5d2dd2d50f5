//! `GET /health`: whether the server is alive and its stores answer.

use protocol::{DatabaseHealth, Health, PROTOCOL};

use super::request::Trace;
use super::{Answer, ok};
use crate::database::{Database, DatabaseError, Statement};
use crate::directory::Databases;
use crate::moment::Moment;
use crate::refusal::Refusal;

/// Asks every store. One that does not answer takes nothing away from what the others say; without the first one nobody
/// new is found, so the answer is then 503.
pub(super) async fn check(
    databases: &Databases<impl Database>,
    moment: &Moment,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let mut reports = Vec::new();
    for (name, database) in databases.all() {
        let version = version_of(database).await;
        reports.push(DatabaseHealth {
            name: name.to_owned(),
            ok: version.is_ok(),
            schema_version: version.as_ref().ok().copied(),
        });
        if let Err(error) = version {
            trace.cause = Some(format!("{name}: {error}"));
        }
    }
    let first = reports.first().and_then(|report| report.schema_version);
    let status = match (first, reports.iter().all(|report| report.ok)) {
        (None, _) => "unavailable",
        (Some(_), false) => "degraded",
        (Some(_), true) => "ok",
    };
    let health = Health {
        status: status.to_owned(),
        schema_version: first,
        databases: reports,
        protocol: PROTOCOL,
        server_time: moment.now,
    };
    Ok(Answer { status: if first.is_some() { 200 } else { 503 }, ..ok(&health)? })
}

async fn version_of(database: &impl Database) -> Result<u32, DatabaseError> {
    let version = Statement::new("SELECT max(version) AS version FROM schema_version", []);
    let found = database.read(vec![version]).await?;
    let row = found.first().and_then(|rows| rows.first());
    let version = row.ok_or_else(|| DatabaseError::Failed("no schema version".to_owned()))?.integer("version")?;
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}
