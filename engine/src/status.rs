//! One object for a status bar: what waits, since when, and why.

use domain::{BusinessDate, DeviceId, OrderId, StaffId, TableId, TicketNo, Timestamp};
use protocol::MutationId;
use serde::Serialize;

use crate::connection_monitor::{Connection, PauseReason};
use crate::local_db::Damage;

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
    pub money_at_risk_minor: i64,
    pub unsynced: Vec<UnsyncedOrder>,
    pub conflicts_open: usize,
    pub clock_offset_ms: Option<i64>,
    pub parked: Vec<ParkedView>,
    pub findings: Vec<FindingView>,
    pub storage: StorageStatus,
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
    pub field: Option<String>,
    pub staff_id: StaffId,
    pub made_at: Timestamp,
    pub ticket_no: Option<TicketNo>,
}

/// An order with changes that the server has not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/status.ts")]
pub struct UnsyncedOrder {
    pub order_id: OrderId,
    pub ticket_no: Option<TicketNo>,
    pub table_id: Option<TableId>,
    pub changes: usize,
    pub takings_minor: i64,
    pub oldest_at: Timestamp,
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

/// How the store stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct StorageStatus {
    pub state: StorageState,
    pub damage: Vec<Damage>,
    pub put_aside: u32,
    pub journal_entries: u64,
    pub journal_number: u64,
    pub days_on_disk: Vec<BusinessDate>,
    pub sealed: bool,
}

/// How the store stands, in one word; the worst where several are true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageState {
    /// Everything is as it should be.
    Ok,
    /// Something could not be read; the rest is in use.
    Damaged,
    /// An older store stands beside this one, whose keys are lost.
    PutAside,
    /// The last write failed.
    Failing,
    /// The last write failed for want of space.
    Full,
    /// Another tab writes the store now.
    TakenOver,
}
