//! Native SQLite: the same statements and the same migrations as D1.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, StatementStatus, Transaction, TransactionBehavior, params_from_iter};
use serde_json::{Map, Value};

use super::{Database, DatabaseError, Param, Row, Rows, Statement};

/// In the order in which they are applied.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first_tables.sql"),
    include_str!("../../migrations/0002_streams_and_conflicts.sql"),
    include_str!("../../migrations/0003_identity.sql"),
    include_str!("../../migrations/0004_directory.sql"),
    include_str!("../../migrations/0005_rotation.sql"),
    include_str!("../../migrations/0006_attempts.sql"),
    include_str!("../../migrations/0007_days.sql"),
];

/// The server's store on native SQLite, for tests and the simulation.
#[derive(Debug)]
pub struct SqliteDatabase {
    connection: Connection,
    steps: Cell<u64>,
}

impl SqliteDatabase {
    /// An empty store that lives as long as this value.
    ///
    /// # Errors
    /// When SQLite cannot start.
    pub fn open_in_memory() -> Result<Self, DatabaseError> {
        Self::migrated(Connection::open_in_memory()?)
    }

    /// The store in a file, made when there is none.
    ///
    /// # Errors
    /// When the file cannot be opened or is not such a store.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DatabaseError> {
        Self::migrated(Connection::open(path)?)
    }

    /// Runs a batch without the future around it.
    ///
    /// # Errors
    /// As [`Database::batch`].
    pub fn run(&self, statements: &[Statement]) -> Result<Vec<Rows>, DatabaseError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let rows =
            statements.iter().map(|statement| self.run_one(&transaction, statement)).collect::<Result<_, _>>()?;
        transaction.commit()?;
        Ok(rows)
    }

    /// How many steps SQLite's virtual machine has taken since the store was opened: what statements cost, free of the clock.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps.get()
    }

    fn migrated(connection: Connection) -> Result<Self, DatabaseError> {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch("PRAGMA foreign_keys = ON")?;
        connection.set_prepared_statement_cache_capacity(64);
        // A plan does not depend on what is bound: without this, SQLite prepares statements anew for new values.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        for migration in MIGRATIONS {
            if !is_applied(&connection, migration)? {
                connection.execute_batch(&format!("BEGIN; {migration}; COMMIT;"))?;
            }
        }
        Ok(Self { connection, steps: Cell::default() })
    }

    fn run_one(&self, connection: &Connection, statement: &Statement) -> Result<Rows, DatabaseError> {
        let mut prepared = connection.prepare_cached(statement.sql)?;
        if prepared.parameter_count() != statement.params.len() {
            return Err(DatabaseError::Failed(format!("a wrong number of parameters for: {}", statement.sql)));
        }
        let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        let params = statement.params.iter().map(bound).collect::<Result<Vec<_>, _>>()?;
        let mut found = prepared.query(params_from_iter(params))?;
        let mut rows = Rows::new();
        while let Some(row) = found.next()? {
            let mut values = Map::new();
            for (position, column) in columns.iter().enumerate() {
                values.insert(column.clone(), value_of(row.get_ref(position)?)?);
            }
            rows.push(Row(values));
        }
        drop(found);
        let taken = u64::try_from(prepared.reset_status(StatementStatus::VmStep)).unwrap_or(0);
        self.steps.set(self.steps.get().saturating_add(taken));
        Ok(rows)
    }
}

impl Database for SqliteDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.run(&statements)
    }
}

/// Whether a store has a migration, by the number that the migration itself enters as its last act.
fn is_applied(connection: &Connection, migration: &str) -> Result<bool, DatabaseError> {
    let entry = "INSERT INTO schema_version (version) VALUES (";
    let number = migration.rsplit_once(entry).and_then(|(_, rest)| rest.split(')').next()?.parse::<u32>().ok());
    let number = number.ok_or_else(|| DatabaseError::Failed("a migration does not say its number".to_owned()))?;
    if !connection.table_exists(None, "schema_version")? {
        return Ok(false);
    }
    let known = "SELECT EXISTS (SELECT 1 FROM schema_version WHERE version = ?1)";
    Ok(connection.query_row(known, [number], |row| row.get(0))?)
}

fn bound(param: &Param) -> Result<ToSqlOutput<'_>, DatabaseError> {
    Ok(match param {
        Param::Text(text) => {
            Param::check_size(text)?;
            ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
        }
        Param::Integer(number) => ToSqlOutput::Owned(SqlValue::Real(Param::real(*number)?)),
        Param::Null => ToSqlOutput::Owned(SqlValue::Null),
    })
}

fn value_of(value: ValueRef<'_>) -> Result<Value, DatabaseError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(number.into()),
        ValueRef::Real(number) => Ok(number.into()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(text.into()),
            Err(_) => Err(DatabaseError::Failed("a text is not UTF-8".to_owned())),
        },
        ValueRef::Blob(_) => Err(DatabaseError::Failed("the schema has no blobs".to_owned())),
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from_message(&error.to_string())
    }
}
