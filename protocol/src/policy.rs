//! What a tenant has decided for all of its locations.

use domain::{ConflictRules, GrantPolicy, StaffLimits};
use serde::{Deserialize, Serialize};

/// A tenant's rules and limits; what it has not set stands at its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TenantPolicy {
    /// Which fields a rule decides about, under keys like `orders.table_id`; a person decides about every other one.
    pub conflict_rules: ConflictRules,
    /// How much staff may give away without asking somebody.
    pub staff_limits: StaffLimits,
    /// How long grants last on a device that does not sync.
    pub grants: GrantPolicy,
    /// Whether somebody may approve what they do themselves.
    pub self_approval: bool,
}
