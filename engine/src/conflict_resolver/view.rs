//! A conflict as apps see it.

use domain::{Conflict, ConflictId, ConflictStatus, DeviceId, MutationId, OrderId, ResolutionChoice, StaffId, TableId};
use domain::{ConflictSide, Order, TicketNo, Timestamp, Totals};
use serde::Serialize;
use serde_json::Value;

use super::{Case, Way};

/// A conflict in plain words, with what each choice would come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/conflicts.ts")]
pub struct ConflictView {
    pub conflict_id: ConflictId,
    pub code: String,
    pub collection: String,
    pub record_id: String,
    pub order_id: Option<OrderId>,
    pub ticket_no: Option<TicketNo>,
    pub table_id: Option<TableId>,
    pub field: String,
    pub status: DecisionStatus,
    pub headline: String,
    pub local: SideView,
    pub server: SideView,
    pub choices: Vec<ChoiceView>,
    pub resolution: Option<ResolutionView>,
}

/// Whether a conflict waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionStatus {
    /// It does.
    Open,
    /// It was decided on this device; the server has not confirmed it yet.
    Deciding,
    /// It was decided.
    Resolved,
}

/// One of the two sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/conflicts.ts")]
pub struct SideView {
    pub value_text: String,
    pub staff_id: Option<StaffId>,
    pub device_id: Option<DeviceId>,
    pub at: Timestamp,
    pub mine: bool,
}

/// One way to decide.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/conflicts.ts")]
pub struct ChoiceView {
    pub choice: &'static str,
    pub label: String,
    pub bill: Option<BillView>,
    pub value: Option<Value>,
}

/// What an order would come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/conflicts.ts")]
pub struct BillView {
    pub total_minor: i64,
    pub paid_minor: i64,
    pub refunded_minor: i64,
    pub balance_minor: i64,
}

/// How it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/conflicts.ts")]
pub struct ResolutionView {
    pub decision_id: MutationId,
    pub choice: &'static str,
    pub by: Option<StaffId>,
    pub at: Timestamp,
}

impl ConflictView {
    /// The view on this device. `deciding` is what was decided here and is on its way.
    pub(crate) fn new(case: &Case<'_>, device: Option<&DeviceId>, deciding: Option<ResolutionView>) -> Self {
        let Conflict { id, code, collection, record_id, field, local, server, status, resolution, .. } = case.conflict;
        let decided = resolution.as_ref().map(|resolution| ResolutionView {
            decision_id: resolution.id,
            choice: wire_name(&resolution.choice),
            by: resolution.by.clone(),
            at: resolution.at,
        });
        let status = match (status, &deciding) {
            (ConflictStatus::Resolved, _) => DecisionStatus::Resolved,
            (ConflictStatus::Open, Some(_)) => DecisionStatus::Deciding,
            (ConflictStatus::Open, None) => DecisionStatus::Open,
        };
        let ways = if status == DecisionStatus::Open { case.ways() } else { Vec::new() };
        Self {
            conflict_id: *id,
            code: code.as_str().to_owned(),
            collection: collection.as_str().to_owned(),
            record_id: record_id.as_str().to_owned(),
            order_id: case.order.map(|order| order.order_id),
            ticket_no: case.order.map(|order| order.ticket_no.clone()),
            table_id: case.order.and_then(table_of),
            field: field.as_str().to_owned(),
            status,
            headline: case.headline(),
            local: side(local, case.local_words(), case.is_local_of(device)),
            server: side(server, case.server_words(), case.is_server_of(device)),
            choices: ways.iter().map(|way| choice(case, way)).collect(),
            resolution: decided.or(deciding),
        }
    }
}

/// A choice as the wire calls it.
pub(crate) const fn wire_name(choice: &ResolutionChoice) -> &'static str {
    match choice {
        ResolutionChoice::KeepLocal => "keep_local",
        ResolutionChoice::KeepServer => "keep_server",
        ResolutionChoice::Merged(_) => "merged",
    }
}

fn table_of(order: &Order) -> Option<TableId> {
    order.table_id.value.clone()
}

fn side(side: &ConflictSide, value_text: String, mine: bool) -> SideView {
    SideView { value_text, staff_id: side.actor.clone(), device_id: side.device.clone(), at: side.at, mine }
}

fn choice(case: &Case<'_>, way: &Way) -> ChoiceView {
    let value = match &way.choice {
        ResolutionChoice::Merged(value) => serde_json::from_str(value).ok(),
        ResolutionChoice::KeepLocal | ResolutionChoice::KeepServer => None,
    };
    let bill = case.totals_after(way).map(|totals| bill(&totals));
    ChoiceView { choice: wire_name(&way.choice), label: way.label.clone(), bill, value }
}

const fn bill(totals: &Totals) -> BillView {
    BillView {
        total_minor: totals.total.minor(),
        paid_minor: totals.paid.minor(),
        refunded_minor: totals.refunded.minor(),
        balance_minor: totals.balance.minor(),
    }
}
