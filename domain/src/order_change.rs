//! How an order changes: one change is one fact, and applying it is a pure function of the order, the change and its stamp.
//!
//! The device applies a change to show it at once; the server applies the same change to decide. Where two devices could
//! not see each other the facts are merged by the field's natural rule (lines and payments are sets, quantities are sums,
//! status is a lattice), and what a person may want to know comes back as findings. A refused change leaves the order as
//! it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, FindingCode};
use crate::ids::{DeviceId, ItemId, LineId, OrderId, PaymentId, StaffId, TableId};
use crate::limits::{LINES_MAX, Label, MODIFIERS_MAX, Quantity};
use crate::money::{Currency, Money};
use crate::order::{
    Closing, Line, LineVoid, Modifier, Order, OrderStatus, OrderType, Payment, PaymentType, StatusRank, TaxSnapshot,
};
use crate::register::Register;
use crate::rejection::{Rejection, RejectionCode};
use crate::stamp::Stamp;
use crate::ticket::TicketNo;
use crate::time::{BusinessDate, Timestamp};

/// One fact about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OrderChange {
    /// The order was opened.
    Open {
        /// Its human label.
        ticket_no: TicketNo,
        /// The day it counts for.
        business_date: BusinessDate,
        /// The currency of every amount in it.
        currency: Currency,
        /// Where and how the guests eat.
        order_type: OrderType,
        /// The table, where there is one.
        table_id: Option<TableId>,
        /// How many guests.
        guests: Quantity,
    },
    /// A line was added, priced from the menu.
    AddLine {
        /// Its identity.
        line_id: LineId,
        /// The item.
        item_id: ItemId,
        /// The item's name.
        name: Label,
        /// The item's category.
        category: Label,
        /// How many.
        qty: Quantity,
        /// The item's price.
        unit_price_minor: Money,
        /// The chosen modifiers and their prices.
        modifiers: Vec<Modifier>,
        /// The taxes and their rates.
        taxes: Vec<TaxSnapshot>,
        /// The menu it was priced from.
        menu_version: u32,
        /// The seat it is for.
        seat: Option<u8>,
        /// A wish to the kitchen.
        note: Option<Label>,
    },
    /// A line's quantity was changed. Both numbers travel: their difference is what merges.
    SetQty {
        /// The line.
        line_id: LineId,
        /// What the person saw.
        from: Quantity,
        /// What the person wanted.
        to: Quantity,
    },
    /// A line was taken back before it was made.
    VoidLine {
        /// The line.
        line_id: LineId,
        /// Why.
        reason: Label,
    },
    /// A payment was taken.
    AddPayment {
        /// Its identity.
        payment_id: PaymentId,
        /// How it was paid.
        payment_type: PaymentType,
        /// What goes towards the bill; more than zero.
        amount_minor: Money,
        /// Cash handed over; at least the amount.
        tendered_minor: Option<Money>,
        /// Staff money; zero or more.
        tip_minor: Money,
    },
    /// The order was finished.
    Close {
        /// The epoch that was closed.
        epoch: u16,
    },
}

impl OrderChange {
    /// The version of the form written today.
    pub const SCHEMA: u16 = 1;

    /// Every change type this version knows, as it stands on the wire.
    pub const TYPES: [&'static str; 6] = ["open", "add_line", "set_qty", "void_line", "add_payment", "close"];

    /// The change's type as it stands on the wire.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::AddLine { .. } => "add_line",
            Self::SetQty { .. } => "set_qty",
            Self::VoidLine { .. } => "void_line",
            Self::AddPayment { .. } => "add_payment",
            Self::Close { .. } => "close",
        }
    }
}

/// Who made a change, where and when.
#[derive(Debug, Clone, Copy)]
pub struct ChangeContext<'a> {
    /// Its place among all changes.
    pub stamp: &'a Stamp,
    /// The person.
    pub staff: &'a StaffId,
    /// The device.
    pub device: &'a DeviceId,
    /// The moment, by that device's clock.
    pub at: Timestamp,
}

/// Applies one change. Applying a change whose fact the order already holds does nothing and is no fault, so a retry is
/// harmless.
///
/// # Errors
/// The law that the change would break; the order is then unchanged.
pub fn apply(
    order: &mut Option<Order>,
    order_id: OrderId,
    change: &OrderChange,
    context: ChangeContext<'_>,
) -> Result<Vec<Finding>, Rejection> {
    if let OrderChange::Open { .. } = change {
        return open(order, order_id, change, context);
    }
    let Some(order) = order else {
        return Err(Rejection::new(RejectionCode::OrderUnknown, "record_id", format!("there is no order {order_id}")));
    };
    match change {
        OrderChange::Open { .. } => Ok(Vec::new()),
        OrderChange::AddLine { .. } => add_line(order, change, context),
        OrderChange::SetQty { line_id, from, to } => set_qty(order, *line_id, *from, *to),
        OrderChange::VoidLine { line_id, reason } => void_line(order, *line_id, reason, context),
        OrderChange::AddPayment { .. } => add_payment(order, change, context),
        OrderChange::Close { epoch } => Ok(close(order, *epoch, context)),
    }
}

fn open(
    order: &mut Option<Order>,
    order_id: OrderId,
    change: &OrderChange,
    context: ChangeContext<'_>,
) -> Result<Vec<Finding>, Rejection> {
    let OrderChange::Open { ticket_no, business_date, currency, order_type, table_id, guests } = change else {
        return Ok(Vec::new());
    };
    if let Some(known) = order {
        let same = known.ticket_no == *ticket_no
            && known.business_date == *business_date
            && known.currency == *currency
            && known.device_id == *context.device;
        let message = format!("order {order_id} is already open as {}", known.ticket_no);
        return if same { Ok(Vec::new()) } else { Err(immutable("record_id", message)) };
    }
    *order = Some(Order {
        schema: Order::SCHEMA,
        order_id,
        ticket_no: ticket_no.clone(),
        device_id: context.device.clone(),
        business_date: *business_date,
        currency: currency.clone(),
        opened_at: context.at,
        opened_by: context.staff.clone(),
        order_type: Register { value: *order_type, stamp: context.stamp.clone() },
        table_id: Register { value: table_id.clone(), stamp: context.stamp.clone() },
        guests: Register { value: *guests, stamp: context.stamp.clone() },
        status: OrderStatus::default(),
        closing: None,
        lines: BTreeMap::new(),
        adjustments: BTreeMap::new(),
        payments: BTreeMap::new(),
    });
    Ok(Vec::new())
}

fn add_line(order: &mut Order, change: &OrderChange, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
    let Some(line) = line_of(change, context) else { return Ok(Vec::new()) };
    if let Some(known) = order.lines.get(&line.line_id) {
        // A line's quantity may have moved on since; what was ordered and its price may not.
        let same = known.item_id == line.item_id
            && known.unit_price_minor == line.unit_price_minor
            && known.modifiers == line.modifiers
            && known.taxes == line.taxes;
        let message = format!("line {} already holds {}", line.line_id, known.name.as_str());
        return if same { Ok(Vec::new()) } else { Err(immutable("line_id", message)) };
    }
    if line.unit_price_minor < Money::ZERO || line.modifiers.len() > MODIFIERS_MAX || line.taxes.len() > MODIFIERS_MAX {
        let message = "a line needs a price of zero or more and at most 20 modifiers and 20 taxes";
        return Err(Rejection::new(RejectionCode::ChangeInvalid, "change", message));
    }
    if order.lines.len() >= LINES_MAX {
        let message = format!("an order holds at most {LINES_MAX} lines");
        return Err(Rejection::new(RejectionCode::LimitExceeded, "line_id", message));
    }
    let (line_id, name) = (line.line_id, line.name.clone());
    order.lines.insert(line_id, line);
    if order.totals().is_err() {
        order.lines.remove(&line_id);
        return Err(too_much_money("unit_price_minor"));
    }
    if order.status.rank == StatusRank::Closed {
        let message = format!("{} was added to {} after it was closed", name.as_str(), order.ticket_no);
        return Ok(vec![Finding::new(FindingCode::LateLine, message)]);
    }
    Ok(Vec::new())
}

fn line_of(change: &OrderChange, context: ChangeContext<'_>) -> Option<Line> {
    let OrderChange::AddLine {
        line_id,
        item_id,
        name,
        category,
        qty,
        unit_price_minor,
        modifiers,
        taxes,
        menu_version,
        seat,
        note,
    } = change
    else {
        return None;
    };
    Some(Line {
        line_id: *line_id,
        added: context.stamp.clone(),
        added_by: context.staff.clone(),
        item_id: item_id.clone(),
        name: name.clone(),
        category: category.clone(),
        qty_sum: i64::from(qty.get()),
        unit_price_minor: *unit_price_minor,
        modifiers: modifiers.clone(),
        taxes: taxes.clone(),
        menu_version: *menu_version,
        seat: *seat,
        note: note.clone(),
        void: None,
        comp: None,
    })
}

fn set_qty(order: &mut Order, line_id: LineId, from: Quantity, to: Quantity) -> Result<Vec<Finding>, Rejection> {
    let line = order.lines.get_mut(&line_id).ok_or_else(|| line_unknown(line_id))?;
    let (seen, before) = (line.qty(), line.qty_sum);
    line.qty_sum = before.saturating_add(i64::from(to.get()) - i64::from(from.get()));
    let (name, now, void) = (line.name.clone(), line.qty(), line.void.is_some());
    if order.totals().is_err() {
        if let Some(line) = order.lines.get_mut(&line_id) {
            line.qty_sum = before;
        }
        return Err(too_much_money("to"));
    }
    let mut findings = Vec::new();
    if void {
        let message = format!("{} was changed to {} after it was voided", name.as_str(), to.get());
        findings.push(Finding::new(FindingCode::LineAlreadyVoid, message));
    } else if seen != from.get() {
        let message = format!("{}: changed from {} to {}, was {seen}, now {now}", name.as_str(), from.get(), to.get());
        findings.push(Finding::new(FindingCode::QtyMerged, message));
    }
    Ok(findings)
}

fn void_line(
    order: &mut Order,
    line_id: LineId,
    reason: &Label,
    context: ChangeContext<'_>,
) -> Result<Vec<Finding>, Rejection> {
    let line = order.lines.get_mut(&line_id).ok_or_else(|| line_unknown(line_id))?;
    let void =
        LineVoid { reason: reason.clone(), by: context.staff.clone(), at: context.at, stamp: context.stamp.clone() };
    let Some(known) = &mut line.void else {
        line.void = Some(void);
        return Ok(Vec::new());
    };
    if known.stamp == void.stamp {
        return Ok(Vec::new());
    }
    let (first, other) = if void.stamp < known.stamp { (void, known.clone()) } else { (known.clone(), void) };
    let message = format!(
        "{} was voided twice: \"{}\" stands, \"{}\" does not",
        line.name.as_str(),
        first.reason.as_str(),
        other.reason.as_str()
    );
    *known = first;
    Ok(vec![Finding::new(FindingCode::LineAlreadyVoid, message)])
}

fn add_payment(order: &mut Order, change: &OrderChange, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
    let OrderChange::AddPayment { payment_id, payment_type, amount_minor, tendered_minor, tip_minor } = change else {
        return Ok(Vec::new());
    };
    if let Some(known) = order.payments.get(payment_id) {
        let same = known.payment_type == *payment_type
            && known.amount_minor == *amount_minor
            && known.tendered_minor == *tendered_minor
            && known.tip_minor == *tip_minor;
        let message = format!("payment {payment_id} is already recorded with other amounts");
        return if same { Ok(Vec::new()) } else { Err(immutable("payment_id", message)) };
    }
    let invalid = |field, message: &str| Err(Rejection::new(RejectionCode::ChangeInvalid, field, message));
    if *amount_minor <= Money::ZERO {
        return invalid("amount_minor", "a payment must be more than zero");
    }
    if tendered_minor.is_some_and(|tendered| tendered < *amount_minor) {
        return invalid("tendered_minor", "what is handed over must be at least what is paid");
    }
    if *tip_minor < Money::ZERO {
        return invalid("tip_minor", "a tip must be zero or more");
    }
    let payment = Payment {
        payment_id: *payment_id,
        payment_type: *payment_type,
        amount_minor: *amount_minor,
        tendered_minor: *tendered_minor,
        tip_minor: *tip_minor,
        by: context.staff.clone(),
        at: context.at,
        stamp: context.stamp.clone(),
    };
    order.payments.insert(*payment_id, payment);
    let Ok(totals) = order.totals() else {
        order.payments.remove(payment_id);
        return Err(too_much_money("amount_minor"));
    };
    if totals.balance < Money::ZERO {
        let over = -i128::from(totals.balance.minor());
        let message = format!("{} is paid {over} over its total of {}", order.ticket_no, totals.total.minor());
        return Ok(vec![Finding::new(FindingCode::Overpaid, message)]);
    }
    Ok(Vec::new())
}

fn close(order: &mut Order, epoch: u16, context: ChangeContext<'_>) -> Vec<Finding> {
    let closed = OrderStatus { epoch, rank: StatusRank::Closed };
    let closing = Closing { at: context.at, by: context.staff.clone(), stamp: context.stamp.clone() };
    if order.status < closed {
        order.status = closed;
        order.closing = Some(closing);
        // Nobody closes what they see unpaid: something was added that the closing device had not seen.
        let due = order.totals().map_or(Money::ZERO, |totals| totals.balance);
        if due > Money::ZERO {
            let message = format!("{} was closed with {} still due", order.ticket_no, due.minor());
            return vec![Finding::new(FindingCode::LateLine, message)];
        }
    } else if order.status == closed && order.closing.as_ref().is_none_or(|first| closing.stamp < first.stamp) {
        order.closing = Some(closing);
    }
    Vec::new()
}

fn line_unknown(line_id: LineId) -> Rejection {
    Rejection::new(RejectionCode::LineUnknown, "line_id", format!("the order has no line {line_id}"))
}

fn immutable(field: &str, message: String) -> Rejection {
    Rejection::new(RejectionCode::ImmutableChanged, field, message)
}

fn too_much_money(field: &str) -> Rejection {
    Rejection::new(RejectionCode::LimitExceeded, field, "the order would come to more than an amount may be")
}

#[cfg(test)]
#[path = "order_change_tests.rs"]
mod tests;
