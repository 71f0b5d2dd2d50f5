//! Problem details (RFC 9457): the body of every refusal, with media type `application/problem+json`.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A name for this kind of problem: `https://auraconnect.dev/problems/` and the code in lower case.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^https://auraconnect\.dev/problems/[a-z_]+$")))]
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: ErrorCode,
    /// What was wrong with this request. Names nothing of another tenant.
    pub detail: String,
    /// Names this request in the server's log.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^req_[0-9a-f]{20}$")))]
    pub request_id: String,
    /// With `SEQ_GAP`: the `seq` the server waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
    /// With `MENU_BASE_STALE`: the fields that somebody else changed since, as paths into the menu.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}
