//! `GET /health`: whether the server is alive and its store answers.

use protocol::{Health, PROTOCOL};

use super::{Answer, ok};
use crate::database::{Database, DatabaseError, Statement};
use crate::moment::Moment;
use crate::refusal::Refusal;

pub(super) async fn check(database: &impl Database, moment: &Moment) -> Result<Answer, Refusal> {
    let version = Statement::new("SELECT max(version) AS version FROM schema_version", []);
    let found = database.batch(vec![version]).await?;
    let row = found.first().and_then(|rows| rows.first());
    let version = row.ok_or_else(|| DatabaseError::Failed("no schema version".to_owned()))?.integer("version")?;
    ok(&Health {
        status: "ok".to_owned(),
        schema_version: u32::try_from(version).unwrap_or(u32::MAX),
        protocol: PROTOCOL,
        server_time: moment.now,
    })
}
