//! Looking at conflicts and deciding them.

use domain::{Conflict, ConflictId, ConflictRule, LocationId, MutationId, ResolutionChoice};
use serde::{Deserialize, Serialize};

use crate::mutation::Actor;

/// `POST /sync/conflict/resolve`, by a device on which somebody with the right `conflict.resolve` decided, or by the tenant's
/// admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResolveConflict {
    /// Identity of the decision, made where it was made: the same one again is no second decision.
    pub id: MutationId,
    /// The conflict.
    pub conflict_id: ConflictId,
    /// Its location; an admin names it, a device's is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// The version of the conflict that the person looked at.
    pub expected_version: u32,
    /// A person's choice of the value that is to stand. Of a held change `keep_local` releases it and `keep_server` leaves it
    /// without effect. Either this or `rule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<ResolutionChoice>,
    /// The rule that decides, of which there is one for values that two people set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ConflictRule>,
    /// Who decided, on a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
}

/// Which conflicts `GET /sync/conflicts` lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConflictFilter {
    /// Those that wait for a decision.
    #[default]
    Open,
    /// Those that were decided.
    Resolved,
}

/// The answer to `GET /sync/conflicts`: oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConflictPage {
    /// At most as many as one page holds.
    pub conflicts: Vec<Conflict>,
    /// What to ask for as `after` to read on; nothing on the last page.
    pub next: Option<ConflictId>,
}
