//! One round trip: mutations up, verdicts and delta down.

use domain::{Timestamp, Uid};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::mutation::{Incarnation, Mutation};
use crate::verdict::Verdict;

/// Marks what names a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EchoKind {}

/// Names one request, so that its reply can be told from one to another request or another device.
pub type Echo = Uid<EchoKind>;

/// What a device sends to `POST /sync/{stream}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangeRequest {
    /// The protocol spoken.
    #[cfg_attr(feature = "schema", schemars(extend("const" = crate::PROTOCOL)))]
    pub protocol: u16,
    /// The app's version, for support.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::APP_VERSION_BYTES_MAX)))]
    pub app_version: String,
    /// The life of the device's store that the mutations' `seq`s belong to.
    pub incarnation: Incarnation,
    /// How far the device has read; `null` asks for everything.
    pub cursor: Option<String>,
    /// Entries wanted in the delta.
    pub limit: u32,
    /// Names this request; the reply says it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// The oldest unsettled mutations, in order.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::EXCHANGE_MUTATIONS_MAX)))]
    pub mutations: Vec<Mutation>,
}

/// The query of `GET /sync/changes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullQuery {
    /// How far the reader has read; absent or empty asks for everything.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Entries wanted.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What the server answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangeReply {
    /// The protocol spoken.
    #[cfg_attr(feature = "schema", schemars(extend("const" = crate::PROTOCOL)))]
    pub protocol: u16,
    /// The server's clock.
    pub server_time: Timestamp,
    /// The server's version: another one may take what this one did not know. Absent from servers before 0.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// What the request was named, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// Every mutation of the stream up to here is decided.
    pub acked_seq: u64,
    /// One for each mutation sent, in order.
    pub verdicts: Vec<Verdict>,
    /// What changed since the cursor, in `changed_seq` order.
    pub changes: Vec<DeltaEntry>,
    /// How far this delta reads.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^1\.[A-Za-z0-9_.-]+$")))]
    pub cursor: String,
    /// Whether there is more to read at once.
    pub has_more: bool,
}

/// One changed record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeltaEntry {
    /// Which collection.
    pub collection: Collection,
    /// Which record.
    pub id: String,
    /// The record's version; only grows.
    pub rev: u64,
    /// Its place in the location's change sequence.
    pub changed_seq: u64,
    /// The highest `seq` of the asking device's stream that is part of this version; such mutations are no longer shown on
    /// top of it.
    #[serde(default)]
    pub own_seq: u64,
    /// The record; `null` is a tombstone.
    pub record: Option<Box<RawValue>>,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// An order.
    Orders,
    /// The location's menu.
    Menu,
    /// The location's settings.
    Location,
    /// One person's punches of one business day.
    Shifts,
    /// A drawer's session.
    Drawers,
    /// The location's 86 list.
    EightySix,
    /// How far a device's audit chain has come.
    Audit,
    /// The tenant's staff.
    Staff,
    /// The grants of one device; no other device is sent them.
    Grants,
    /// Something that a person or a rule decides.
    Conflicts,
    /// What one device is told about itself; no other device is sent it.
    Notices,
    /// A collection of a newer server; passed over.
    #[serde(other)]
    Unknown,
}

impl Collection {
    /// Every collection that a server sends.
    pub const ALL: [Self; 11] = [
        Self::Orders,
        Self::Menu,
        Self::Location,
        Self::Shifts,
        Self::Drawers,
        Self::EightySix,
        Self::Audit,
        Self::Staff,
        Self::Grants,
        Self::Conflicts,
        Self::Notices,
    ];

    /// The collection as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Menu => "menu",
            Self::Location => "location",
            Self::Shifts => "shifts",
            Self::Drawers => "drawers",
            Self::EightySix => "eighty_six",
            Self::Audit => "audit",
            Self::Staff => "staff",
            Self::Grants => "grants",
            Self::Conflicts => "conflicts",
            Self::Notices => "notices",
            Self::Unknown => "unknown",
        }
    }
}
