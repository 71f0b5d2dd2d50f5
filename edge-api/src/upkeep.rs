//! What the server does for itself, by the clock: it prunes what nobody can ask for any more, and looks whether what must agree
//! still does.
//!
//! Nothing here belongs to one tenant, so these are the only statements besides the look-ups of credentials that name none. Each
//! does a bounded piece; the next hour does the next.

use domain::Timestamp;
use serde::Serialize;

use crate::database::{Database, DatabaseError, Rows, Statement};

/// How long the journal is kept, in days. Longer than anybody is offline, and than a year has days.
const JOURNAL_DAYS: i64 = 400;
/// How long a grant is kept after its end, in days: a device that comes back late is still judged by it.
const GRANT_DAYS: i64 = 180;
/// How long a count of tries is kept after its window began, in days. Longer than any window is.
const ATTEMPTS_DAYS: i64 = 1;
const DAY_MILLIS: i64 = 24 * 3_600_000;
/// Rows of each table that one run removes at most.
const ROWS_MAX: u64 = 5_000;
/// Findings of each law that one report names.
const FINDINGS_MAX: u64 = 20;

/// What a run did and found, as it is logged: numbers, ids and laws, no contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpkeepReport {
    /// The database.
    pub database: String,
    /// Operations that left the journal.
    pub operations_pruned: u64,
    /// Grants that left the table.
    pub grants_pruned: u64,
    /// Enrolment codes that left the table.
    pub codes_pruned: u64,
    /// Counts of tries that left the table.
    pub attempts_pruned: u64,
    /// What no longer agrees: nothing, or somebody must look at once.
    pub alarms: Vec<Alarm>,
    /// Why the run ended early, where it did.
    pub failed: Option<String>,
}

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Which law is broken.
    pub law: &'static str,
    /// Of whom: a tenant's location, device or stream.
    pub subject: String,
}

/// What must hold at any moment between two transactions, each with the statement that finds what breaks it.
const LAWS: [(&str, &str); 4] = [
    (
        "a location's head is the number of its last change",
        "SELECT l.tenant_id || '/' || l.location_id AS subject FROM locations l
         WHERE l.head <> coalesce((
           SELECT max(r.changed_seq) FROM records r WHERE r.tenant_id = l.tenant_id AND r.location_id = l.location_id
         ), 0) LIMIT CAST(?1 AS INTEGER)",
    ),
    (
        "a stream's watermark is the number of its last operation",
        "SELECT s.tenant_id || '/' || s.device_id || '/' || s.stream AS subject FROM streams s
         WHERE s.acked_seq > s.pruned_seq AND s.acked_seq < coalesce((
           SELECT max(o.seq) FROM operations o
           WHERE o.tenant_id = s.tenant_id AND o.device_id = s.device_id AND o.stream = s.stream
             AND o.incarnation = s.incarnation
         ), 0) LIMIT CAST(?1 AS INTEGER)",
    ),
    (
        "a location's floor lies below its head",
        "SELECT tenant_id || '/' || location_id AS subject FROM locations WHERE floor > head LIMIT CAST(?1 AS INTEGER)",
    ),
    ("no assertion outlives its transaction", "SELECT 'assert_ok' AS subject FROM assert_ok LIMIT CAST(?1 AS INTEGER)"),
];

/// Prunes and checks one database.
pub(crate) async fn run(database: &impl Database, name: &str, now: Timestamp) -> UpkeepReport {
    let mut report = UpkeepReport { database: name.to_owned(), ..UpkeepReport::default() };
    if let Err(error) = fill(&mut report, database, now).await {
        report.failed = Some(error.to_string());
    }
    report
}

async fn fill(report: &mut UpkeepReport, database: &impl Database, now: Timestamp) -> Result<(), DatabaseError> {
    let found = database.batch(pruning(now)).await?;
    let removed = |position: usize| {
        let rows = found.get(position).map(Vec::len).unwrap_or_default();
        u64::try_from(rows).unwrap_or(u64::MAX)
    };
    (report.operations_pruned, report.grants_pruned) = (removed(2), removed(3));
    (report.codes_pruned, report.attempts_pruned) = (removed(4), removed(5));
    let checks = LAWS.iter().map(|(_, sql)| Statement::new(sql, [FINDINGS_MAX.into()])).collect();
    let found = database.read(checks).await?;
    for ((law, _), rows) in LAWS.iter().zip(&found) {
        report.alarms.extend(alarms(law, rows)?);
    }
    Ok(())
}

fn alarms(law: &'static str, rows: &Rows) -> Result<Vec<Alarm>, DatabaseError> {
    rows.iter().map(|row| Ok(Alarm { law, subject: row.text("subject")?.to_owned() })).collect()
}

/// The journal's oldest rows stand first, so each run looks at those alone. Before they go, their streams note how far they are
/// gone: what comes again from there was decided.
fn pruning(now: Timestamp) -> Vec<Statement> {
    let before = |days: i64| now.after(-days * DAY_MILLIS).to_string();
    let oldest = || [before(JOURNAL_DAYS).into(), ROWS_MAX.into()];
    vec![
        Statement::new(
            "UPDATE retention SET operations_before = max(operations_before, ?1)",
            [before(JOURNAL_DAYS).into()],
        ),
        Statement::new(
            "UPDATE streams SET pruned_seq = max(pruned_seq, gone.seq) FROM (
               SELECT tenant_id, device_id, stream, incarnation, max(seq) AS seq FROM (
                 SELECT tenant_id, device_id, stream, incarnation, seq, received_at FROM operations
                 ORDER BY rowid LIMIT CAST(?2 AS INTEGER)
               ) WHERE received_at < ?1 GROUP BY tenant_id, device_id, stream, incarnation
             ) AS gone
             WHERE streams.tenant_id = gone.tenant_id AND streams.device_id = gone.device_id
               AND streams.stream = gone.stream AND streams.incarnation = gone.incarnation",
            oldest(),
        ),
        Statement::new(
            "DELETE FROM operations WHERE rowid IN (
               SELECT id FROM (
                 SELECT rowid AS id, received_at FROM operations ORDER BY rowid LIMIT CAST(?2 AS INTEGER)
               ) WHERE received_at < ?1
             ) RETURNING 1 AS gone",
            oldest(),
        ),
        Statement::new(
            "DELETE FROM grants WHERE rowid IN (
               SELECT rowid FROM grants WHERE expires_at < ?1 ORDER BY expires_at LIMIT CAST(?2 AS INTEGER)
             ) RETURNING 1 AS gone",
            [before(GRANT_DAYS).into(), ROWS_MAX.into()],
        ),
        Statement::new(
            "DELETE FROM enrolment_codes WHERE rowid IN (
               SELECT rowid FROM enrolment_codes WHERE expires_at < ?1 LIMIT CAST(?2 AS INTEGER)
             ) RETURNING 1 AS gone",
            [before(1).into(), ROWS_MAX.into()],
        ),
        Statement::new(
            "DELETE FROM attempts WHERE rowid IN (
               SELECT rowid FROM attempts WHERE window_start < ?1 ORDER BY window_start LIMIT CAST(?2 AS INTEGER)
             ) RETURNING 1 AS gone",
            [before(ATTEMPTS_DAYS).into(), ROWS_MAX.into()],
        ),
    ]
}
