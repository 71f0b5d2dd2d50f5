//! Plain words for people at work: no codes, no field names, no ids where there is a name.

use domain::{FindingCode, Order, OrderChange, StaffId};
use serde_json::Value;

use super::Case;

/// What happened, in one sentence.
pub(super) fn headline(case: &Case<'_>) -> String {
    let conflict = case.conflict;
    let is = |code: FindingCode| conflict.code == code;
    let who = conflict.local.actor.as_ref().map_or("Somebody", StaffId::as_str);
    let (what, ticket) = (case.local_words(), ticket_of(case));
    let closed = matches!(case.local_change(), Some(OrderChange::Close(_)));
    if case.is_held() {
        format!("{ticket}: {who} {what}; it waits for somebody who may allow it")
    } else if is(FindingCode::LateLine) && closed {
        format!("{ticket}: {who} {what}, but more had been ordered by then")
    } else if is(FindingCode::LateLine) {
        format!("{ticket}: {who} {what} when the bill was closed already")
    } else if is(FindingCode::CloseVoid) {
        format!("{ticket}: {who} {what}, while another till did the opposite; it counts as closed")
    } else if is(FindingCode::Overpaid) {
        format!("{ticket}: {who} {what}; that is more than the bill")
    } else if case.is_about_value() {
        let field = of_field(conflict.field.as_str()).to_lowercase();
        format!("{ticket}: {who} chose {field} {what} without seeing that it was {}", case.server_words())
    } else if is(FindingCode::FiredQtyDiffers) {
        format!("{ticket}: the kitchen was told another quantity than stands on the bill")
    } else if is(FindingCode::TicketNoReused) {
        format!("{ticket}: another order carries this number too")
    } else if is(FindingCode::TotalMismatch) {
        format!("{ticket}: {who} {what}, and it comes to another total")
    } else if is(FindingCode::PriceSuspect) {
        format!("{ticket}: {who} {what} at a price far from the menu's")
    } else if is(FindingCode::OverRefunded) {
        format!("{ticket}: {who} {what}; that is more than was paid")
    } else {
        let words = conflict.code.as_str().replace('_', " ").to_lowercase();
        format!("{ticket}: somebody should look at this ({words})")
    }
}

/// What the conflict is about, as people call it.
fn ticket_of(case: &Case<'_>) -> String {
    let record = || format!("{} {}", case.conflict.collection.as_str(), case.conflict.record_id.as_str());
    case.order.map_or_else(record, |order| order.ticket_no.to_string())
}

/// What somebody did, as the words after their name.
pub(super) fn of_change(change: &OrderChange, order: Option<&Order>) -> String {
    let money =
        |amount: domain::Money| order.map_or_else(|| amount.minor().to_string(), |order| order.currency.show(amount));
    let line = |line_id: &domain::LineId| {
        let line = order.and_then(|order| order.lines.get(line_id));
        line.map_or_else(|| "a line".to_owned(), |line| format!("{} × {}", line.qty(), line.name.as_str()))
    };
    match change {
        OrderChange::Open(_) => "opened the order".to_owned(),
        OrderChange::AddLine(add) => format!("added {} × {}", add.qty.get(), add.name.as_str()),
        OrderChange::SetQty(change) => format!("changed how many: {}", line(&change.line_id)),
        OrderChange::SetModifiers(change) => format!("changed {}", line(&change.line_id)),
        OrderChange::VoidLine(change) => format!("took off {} ({})", line(&change.line_id), change.reason.as_str()),
        OrderChange::CompLine(change) => format!("gave away {} ({})", line(&change.line_id), change.reason.as_str()),
        OrderChange::Fire(_) => "sent it to the kitchen".to_owned(),
        OrderChange::Bump(_) => "moved it on in the kitchen".to_owned(),
        OrderChange::AddNote(change) => {
            let note = change.note.as_ref().map_or("nothing", domain::Label::as_str);
            format!("wrote “{note}”")
        }
        OrderChange::MoveTable(change) => {
            let table = change.table_id.as_ref().map_or("no table", domain::TableId::as_str);
            format!("moved it to {table}")
        }
        OrderChange::TransferServer(change) => format!("handed it to {}", change.server_id),
        OrderChange::SetGuests(change) => format!("set {} guests", change.guests.get()),
        OrderChange::SetOrderType(_) => "changed where the guests eat".to_owned(),
        OrderChange::SplitCheck(_) => "split the bill".to_owned(),
        OrderChange::MergeChecks(_) => "joined two bills".to_owned(),
        OrderChange::AddAdjustment(change) => format!("gave “{}”", change.name.as_str()),
        OrderChange::RemoveAdjustment(_) => "took a discount off".to_owned(),
        OrderChange::AddPayment(change) => format!("took {}", money(change.amount_minor)),
        OrderChange::MarkPayment(_) => "said what became of a payment".to_owned(),
        OrderChange::VoidPayment(_) => "took a payment back".to_owned(),
        OrderChange::AddRefund(change) => format!("gave back {}", money(change.amount_minor)),
        OrderChange::AddTip(_) => "entered a tip".to_owned(),
        OrderChange::AdjustTip(_) => "corrected a tip".to_owned(),
        OrderChange::Close(change) => match change.total_minor {
            Some(total) => format!("closed the bill at {}", money(total)),
            None => "closed the bill".to_owned(),
        },
        OrderChange::VoidOrder(change) => format!("gave the order up ({})", change.reason.as_str()),
        OrderChange::Reopen(change) => format!("opened it again ({})", change.reason.as_str()),
    }
}

/// A value as people read it.
pub(super) fn of_value(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(Value::String(text)) => text,
        Ok(Value::Null) => String::new(),
        Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => value.to_string(),
        Err(_) => text.to_owned(),
    }
}

/// A field as people call it.
pub(super) fn of_field(path: &str) -> &'static str {
    match path {
        "table_id" => "Table",
        "server_id" => "Server",
        "guests" => "Number of guests",
        "order_type" => "Kind of order",
        _ if path.ends_with("note") => "Note",
        _ => "Value",
    }
}
