//! The store: SQL statements in, rows out, one transaction a batch.
//!
//! D1 has no interactive transactions, so a decision is made between two batches and the second one holds a guard that
//! fails when anything moved meanwhile. Both implementations run the same statements; numbers are bound the way D1 binds
//! them, as reals, so that what works on one works on the other.

#[cfg(target_arch = "wasm32")]
mod d1;
mod reading;
#[cfg(not(target_arch = "wasm32"))]
mod sqlite;

use std::future::Future;

use serde_json::{Map, Value};

#[cfg(target_arch = "wasm32")]
pub(crate) use d1::D1;
#[cfg(not(target_arch = "wasm32"))]
pub use sqlite::SqliteDatabase;

/// The largest integer that is exact in a JavaScript number, and so in D1.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The longest text bound to one parameter. D1 stops at 2,000,000 bytes a value.
pub(crate) const PARAM_BYTES_MAX: usize = 1_900_000;

/// Where the server keeps everything.
pub trait Database {
    /// Runs the statements in order as one transaction: all of them or none. Returns the rows of each.
    ///
    /// # Errors
    /// [`DatabaseError::GuardFailed`] when another request was faster; nothing was written. After any other error of a
    /// writing batch it is unknown whether it was written.
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Rows>, DatabaseError>>;

    /// The same for queries alone. Where the store was cut off it is asked up to two times more; one that is overloaded is not.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] when a statement does more than read, and those of [`batch`](Self::batch).
    fn read(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Rows>, DatabaseError>> {
        reading::read(self, statements)
    }
}

impl<D: Database> Database for &D {
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Rows>, DatabaseError>> {
        (*self).batch(statements)
    }
}

/// One SQL statement with its parameters `?1`, `?2`, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL. Never built from input.
    pub sql: &'static str,
    /// One for each numbered parameter.
    pub params: Vec<Param>,
}

impl Statement {
    /// A statement with its parameters.
    #[must_use]
    pub fn new(sql: &'static str, params: impl Into<Vec<Param>>) -> Self {
        Self { sql, params: params.into() }
    }
}

/// A bound value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// A text.
    Text(String),
    /// A whole number within ±(2^53 − 1). It arrives in SQL as a real: an integer column converts it, elsewhere the
    /// statement casts it.
    Integer(i64),
    /// Nothing.
    Null,
}

impl Param {
    /// The number as both stores bind it.
    fn real(number: i64) -> Result<f64, DatabaseError> {
        if number.unsigned_abs() > INTEGER_MAX {
            return Err(DatabaseError::Failed(format!("{number} is not exact as a D1 number")));
        }
        Ok(number as f64)
    }

    /// Refuses what D1 would refuse, so that the native tests find it first.
    fn check_size(text: &str) -> Result<(), DatabaseError> {
        if text.len() > PARAM_BYTES_MAX {
            return Err(DatabaseError::Failed(format!("a parameter of {} bytes is over the limit", text.len())));
        }
        Ok(())
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Param {
    fn from(number: u64) -> Self {
        // What does not fit is far outside the exact range and refused when it is bound.
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// The rows of one statement.
pub type Rows = Vec<Row>;

/// One row: values by column name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Map<String, Value>);

impl Row {
    /// A text column.
    ///
    /// # Errors
    /// When the column is missing or no text: a mistake in a statement.
    pub fn text(&self, column: &str) -> Result<&str, DatabaseError> {
        self.optional_text(column)?.ok_or_else(|| unexpected(column))
    }

    /// A text column that may be NULL.
    ///
    /// # Errors
    /// When the column is missing or something else.
    pub fn optional_text(&self, column: &str) -> Result<Option<&str>, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => {
                Err(unexpected(column))
            }
        }
    }

    /// A column of a whole number from 0.
    ///
    /// # Errors
    /// When the column is missing or something else.
    pub fn integer(&self, column: &str) -> Result<u64, DatabaseError> {
        self.0.get(column).and_then(Value::as_u64).ok_or_else(|| unexpected(column))
    }

    /// A text column read as a type of its own, an id for example.
    ///
    /// # Errors
    /// When the column is missing or its text is not of that type.
    pub fn parsed<T: std::str::FromStr>(&self, column: &str) -> Result<T, DatabaseError> {
        self.text(column)?.parse().map_err(|_| unexpected(column))
    }

    /// A text column of JSON.
    ///
    /// # Errors
    /// When the column is missing or its JSON is not of that type.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, DatabaseError> {
        serde_json::from_str(self.text(column)?).map_err(|_| unexpected(column))
    }
}

fn unexpected(column: &str) -> DatabaseError {
    DatabaseError::Failed(format!("the column {column} does not hold what the statement promises"))
}

/// Why a batch failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// Another request was faster, or a key is taken. Nothing was written: read again and decide again.
    #[error("the guard failed")]
    GuardFailed,
    /// The store is overloaded or was reset. Whether the batch was written is unknown.
    #[error("the store is busy: {0}")]
    Transient(String),
    /// Anything else: a mistake in a statement or a damaged store. The text is for the log, never for a client.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// What D1 says of a batch that lost its connection or its object: its own advice is to send such a one again.
const CUT_OFF: [&str; 3] =
    ["Network connection lost", "storage caused object to be reset", "reset because its code was updated"];

impl DatabaseError {
    /// Whether the store went away under the batch and is likely to be there again at once. One that is overloaded or out of
    /// memory is not helped by asking again.
    pub(crate) fn was_cut_off(&self) -> bool {
        let says = |message: &String| CUT_OFF.iter().any(|text| message.contains(text));
        match self {
            Self::Transient(message) => says(message),
            Self::GuardFailed | Self::Failed(_) => false,
        }
    }

    /// Sorts an error by SQLite's or D1's message; neither gives anything finer on both platforms.
    pub(crate) fn from_message(message: &str) -> Self {
        let says = |text: &&str| message.contains(*text);
        if ["guard_failed", "UNIQUE constraint failed"].iter().any(says) {
            return Self::GuardFailed;
        }
        let transient = [
            "overloaded",
            "exceeded its memory limit",
            "exceeded its CPU time limit",
            "Internal error",
            "internal error",
            "timeout",
            "database is locked",
        ];
        if transient.iter().chain(&CUT_OFF).any(says) {
            Self::Transient(message.to_owned())
        } else {
            Self::Failed(message.to_owned())
        }
    }
}

/// Serialises what the server itself made. Our own types always serialise; were one ever not to, the request fails.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|error| DatabaseError::Failed(error.to_string()))
}
