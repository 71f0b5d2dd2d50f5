//! The closed list of codes in problem details.

use serde::{Deserialize, Serialize};

/// Why a whole request was refused. None of these ever removes a mutation from a device's queue: only a verdict does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The body is not JSON, or not JSON of the request's form.
    MalformedBody,
    /// The body is well formed but says something it may not.
    InvalidRequest,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// More mutations than one exchange may carry.
    TooManyMutations,
    /// The body is not declared as JSON, or is encoded.
    UnsupportedMediaType,
    /// A protocol version this server does not speak.
    ProtocolUnsupported,
    /// The path speaks WebSocket only.
    UpgradeRequired,
    /// No credential, or one nobody holds.
    Unauthorized,
    /// The credential is known but may not do this.
    Forbidden,
    /// The device was revoked.
    DeviceRevoked,
    /// The device was suspended: it may push but not pull.
    DeviceSuspended,
    /// The enrolment code is unknown, used or expired.
    EnrolmentCodeInvalid,
    /// A mutation's `seq` is not the watermark + 1.
    SeqGap,
    /// A `seq` or id came again with other content: the sign of a cloned or rolled-back device.
    SeqReuse,
    /// The menu was pushed onto a version that is no longer the current one.
    MenuBaseStale,
    /// The PIN is too short, not digits, or one of those that everybody tries first.
    PinWeak,
    /// The server was not given the secret that this takes.
    NotConfigured,
    /// The conflict was decided by somebody else, or has moved on since it was looked at.
    AlreadyResolved,
    /// The held change cannot take effect any more: the detail says which law it breaks now.
    ReleaseRefused,
    /// Something with that id exists already.
    AlreadyExists,
    /// The tenant has as many staff as it may.
    TooManyStaff,
    /// The cursor is of another location, or no longer honoured: start again from nothing.
    CursorExpired,
    /// No such path or record.
    NotFound,
    /// The path exists, but not for that method.
    MethodNotAllowed,
    /// This device, or its tenant, asks more often than anybody needs to: try again after `Retry-After`.
    TooManyRequests,
    /// Too much at once, or the store is busy: try again after `Retry-After`.
    Busy,
    /// The server failed; nothing was written, or the repeat will find what was.
    Internal,
}

impl ErrorCode {
    /// Every code, for the documentation's check.
    pub const ALL: [Self; 27] = [
        Self::MalformedBody,
        Self::InvalidRequest,
        Self::BodyTooLarge,
        Self::TooManyMutations,
        Self::UnsupportedMediaType,
        Self::ProtocolUnsupported,
        Self::UpgradeRequired,
        Self::Unauthorized,
        Self::Forbidden,
        Self::DeviceRevoked,
        Self::DeviceSuspended,
        Self::EnrolmentCodeInvalid,
        Self::SeqGap,
        Self::SeqReuse,
        Self::MenuBaseStale,
        Self::PinWeak,
        Self::NotConfigured,
        Self::AlreadyResolved,
        Self::ReleaseRefused,
        Self::AlreadyExists,
        Self::TooManyStaff,
        Self::CursorExpired,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooManyRequests,
        Self::Busy,
        Self::Internal,
    ];

    /// The HTTP status it comes with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedBody => 400,
            Self::Unauthorized => 401,
            Self::Forbidden | Self::DeviceRevoked | Self::DeviceSuspended | Self::EnrolmentCodeInvalid => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::SeqGap
            | Self::SeqReuse
            | Self::MenuBaseStale
            | Self::AlreadyResolved
            | Self::ReleaseRefused
            | Self::AlreadyExists
            | Self::TooManyStaff => 409,
            Self::CursorExpired => 410,
            Self::BodyTooLarge | Self::TooManyMutations => 413,
            Self::UnsupportedMediaType => 415,
            Self::InvalidRequest | Self::PinWeak => 422,
            Self::ProtocolUnsupported | Self::UpgradeRequired => 426,
            Self::Internal => 500,
            Self::NotConfigured => 501,
            Self::TooManyRequests => 429,
            Self::Busy => 503,
        }
    }

    /// The code as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedBody => "MALFORMED_BODY",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::BodyTooLarge => "BODY_TOO_LARGE",
            Self::TooManyMutations => "TOO_MANY_MUTATIONS",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::ProtocolUnsupported => "PROTOCOL_UNSUPPORTED",
            Self::UpgradeRequired => "UPGRADE_REQUIRED",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden => "FORBIDDEN",
            Self::DeviceRevoked => "DEVICE_REVOKED",
            Self::DeviceSuspended => "DEVICE_SUSPENDED",
            Self::EnrolmentCodeInvalid => "ENROLMENT_CODE_INVALID",
            Self::SeqGap => "SEQ_GAP",
            Self::SeqReuse => "SEQ_REUSE",
            Self::MenuBaseStale => "MENU_BASE_STALE",
            Self::PinWeak => "PIN_WEAK",
            Self::NotConfigured => "NOT_CONFIGURED",
            Self::AlreadyResolved => "ALREADY_RESOLVED",
            Self::ReleaseRefused => "RELEASE_REFUSED",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::TooManyStaff => "TOO_MANY_STAFF",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::Busy => "BUSY",
            Self::Internal => "INTERNAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once_and_travels_under_its_name() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code), "{code:?} is listed twice");
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
