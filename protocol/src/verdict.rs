//! What the server decided for one mutation.

use domain::{Finding, MutationId, Rejection};
use serde::{Deserialize, Serialize};

/// The server's final word on one mutation; a repeat gets the same one again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The mutation.
    pub id: MutationId,
    /// Its place in the stream it was sent in.
    pub seq: u64,
    /// What was decided.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Whether it had been decided before.
    #[serde(default)]
    pub replayed: bool,
    /// What was noticed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// What was decided for one mutation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It took effect.
    Applied {
        /// The record's version with it.
        rev: u64,
    },
    /// A person or a rule must decide; both values are kept.
    Conflict {
        /// The conflict.
        conflict_id: String,
    },
    /// Stored without effect until someone with authority releases it.
    Held {
        /// Why.
        reason: String,
    },
    /// It was decided so long ago that the verdict is no longer kept. The record as it stands is part of the delta.
    Decided {
        /// The record's version now; 0 where there is none.
        rev: u64,
    },
    /// It breaks a law. Its bytes are kept on both sides.
    Rejected {
        /// Which law.
        #[serde(flatten)]
        rejection: Rejection,
    },
}
