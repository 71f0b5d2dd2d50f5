//! Reading again where the store was cut off: what only reads may be asked twice, for nothing depends on whether the first time
//! came to anything.

use super::{Database, DatabaseError, Rows, Statement};

/// How often a reading batch is asked again after a cut-off, which is over at once as a rule.
const MORE_ATTEMPTS: u32 = 2;

pub(super) async fn read<D: Database + ?Sized>(
    database: &D,
    statements: Vec<Statement>,
) -> Result<Vec<Rows>, DatabaseError> {
    if let Some(statement) = statements.iter().find(|statement| !only_reads(statement.sql)) {
        return Err(DatabaseError::Failed(format!("this does more than read: {}", statement.sql)));
    }
    for _ in 0..MORE_ATTEMPTS {
        match database.batch(statements.clone()).await {
            Err(error) if error.was_cut_off() => {}
            answer => return answer,
        }
    }
    database.batch(statements).await
}

/// Whether a statement is a query. SQLite lets a `WITH` stand before a change as well.
fn only_reads(sql: &str) -> bool {
    let changes = ["INSERT INTO", "INSERT OR", "REPLACE INTO", "UPDATE ", "DELETE FROM"];
    sql.starts_with("SELECT ") || (sql.starts_with("WITH ") && !changes.iter().any(|change| sql.contains(change)))
}

#[cfg(test)]
mod tests {
    use super::only_reads;

    #[test]
    fn a_query_is_told_from_a_change_also_behind_a_with() {
        assert!(only_reads("SELECT 1") && only_reads("WITH page AS (SELECT 1) SELECT * FROM page"));
        for change in [
            "INSERT INTO t VALUES (1)",
            "UPDATE t SET a = 1 RETURNING a",
            "DELETE FROM t RETURNING a",
            "WITH page AS (SELECT 1) INSERT INTO t SELECT * FROM page",
            "WITH page AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM page)",
            "PRAGMA foreign_keys = OFF",
        ] {
            assert!(!only_reads(change), "{change}");
        }
    }
}
