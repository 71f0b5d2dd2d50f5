//! Why a whole request is refused, before it becomes problem details.

use protocol::ErrorCode;

use crate::database::DatabaseError;

/// Texts in problem details are cut here: a client's own text may be part of them.
const DETAIL_CHARS_MAX: usize = 500;

/// A refused request. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
    /// With `SEQ_GAP`: the `seq` the server waits for.
    pub(crate) expected: Option<u64>,
    /// With `MENU_BASE_STALE`: the fields that moved on.
    pub(crate) fields: Vec<String>,
    /// With `METHOD_NOT_ALLOWED`: the methods that are.
    pub(crate) allow: Option<Box<str>>,
    /// With `BUSY` and `TOO_MANY_REQUESTS`: seconds after which the same request may be sent again.
    pub(crate) retry_after: Option<u32>,
    /// For the log only.
    pub(crate) cause: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        let detail = detail.into().chars().take(DETAIL_CHARS_MAX).collect();
        Self { code, detail, expected: None, fields: Vec::new(), allow: None, retry_after: None, cause: None }
    }

    pub(crate) fn seq_gap(expected: u64) -> Self {
        let detail = format!("the next mutation must have the sequence number {expected}");
        Self { expected: Some(expected), ..Self::new(ErrorCode::SeqGap, detail) }
    }

    pub(crate) fn menu_base_stale(detail: impl Into<String>, fields: Vec<String>) -> Self {
        Self { fields, ..Self::new(ErrorCode::MenuBaseStale, detail) }
    }

    pub(crate) fn method_not_allowed(allow: String) -> Self {
        let detail = format!("this path answers {allow} only");
        Self { allow: Some(allow.into()), ..Self::new(ErrorCode::MethodNotAllowed, detail) }
    }

    pub(crate) fn busy() -> Self {
        let detail = "the server is busy; send the same request again";
        Self { retry_after: Some(1), ..Self::new(ErrorCode::Busy, detail) }
    }

    /// Whoever asks is to wait for so many seconds.
    pub(crate) fn too_many(seconds: u32) -> Self {
        let detail = format!("too many requests; send the same one again in {seconds} seconds");
        Self { retry_after: Some(seconds), ..Self::new(ErrorCode::TooManyRequests, detail) }
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        let refusal = match error {
            DatabaseError::GuardFailed | DatabaseError::Transient(_) => Self::busy(),
            DatabaseError::Failed(_) => Self::new(ErrorCode::Internal, "the server failed"),
        };
        Self { cause: Some(error.to_string()), ..refusal }
    }
}
