//! What is wrong with a store, as far as it was noticed. Everything else of it is in use.

use serde::{Deserialize, Serialize};

/// One value that could not be read, or is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// The key it stands under, or should.
    pub key: String,
    /// What is wrong.
    pub kind: DamageKind,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DamageKind {
    /// The last entry of the journal was not written to its end: the sign of a crash in the middle of a save that nobody was
    /// told of.
    TornTail,
    /// Its bytes are not what was written.
    Altered,
    /// It is not there.
    Missing,
    /// It is whole, but was written for another place, another store, or with another key.
    Foreign,
    /// It does not follow the entry before it.
    OutOfOrder,
    /// A newer version of the app wrote it.
    FormatUnknown,
    /// The store is older than it was when this device last used it.
    RolledBack,
}
