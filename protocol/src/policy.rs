//! What a tenant has decided for all of its locations.

use domain::{ConflictRules, GrantPolicy, StaffLimits};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

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

/// Reads a policy from an object and from nothing else. Since each of its fields may be left to its default, serde would take an
/// empty list for the policy that sets nothing, and what the tenant had set would be gone.
pub(crate) fn from_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TenantPolicy>, D::Error> {
    let fields: Option<Map<String, Value>> = Option::deserialize(deserializer)?;
    fields.map(|fields| TenantPolicy::deserialize(Value::Object(fields))).transpose().map_err(D::Error::custom)
}
