//! One object for a status bar: what waits, since when, and why.

use domain::{DeviceId, OrderId, Timestamp};
use protocol::MutationId;
use serde::Serialize;

use crate::connection_monitor::{Connection, PauseReason};

/// How the engine stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct Status {
    pub device_id: Option<DeviceId>,
    pub device_prefix: Option<String>,
    pub connection: Connection,
    pub paused: Option<PauseReason>,
    pub queue_depth: usize,
    pub oldest_pending_at: Option<Timestamp>,
    pub last_sync_at: Option<Timestamp>,
    pub next_attempt_at: Option<Timestamp>,
    pub exchanging: bool,
    pub last_error_code: Option<String>,
    pub cursor: Option<String>,
    pub parked: Vec<ParkedView>,
    pub findings: Vec<FindingView>,
    pub damaged_entries: usize,
}

/// A refused mutation, kept with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct ParkedView {
    pub mutation_id: MutationId,
    pub record_id: OrderId,
    pub change_type: String,
    pub code: String,
    pub message: String,
}

/// Something the server noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct FindingView {
    pub code: String,
    pub record_id: OrderId,
    pub message: String,
    pub field: Option<String>,
    pub kept: Option<String>,
    pub lost: Option<String>,
}
