//! How an order changes: one change is one fact, and applying it is a pure function of the order, the change and its stamp.
//!
//! The device applies a change to show it at once; the server applies the same change to decide. Where two devices could
//! not see each other the facts are merged by the field's natural rule (lines, fires, payments and adjustments are sets,
//! quantities are sums, status and kitchen are lattices, the rest are registers), and what a person may want to know comes
//! back as findings. A refused change leaves the order as it was.

mod adjustments;
mod checks;
mod fields;
mod kitchen;
mod lines;
mod opening;
mod payments;

use serde::de::MapAccess;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

pub use adjustments::{AddAdjustment, RemoveAdjustment};
pub use checks::{MergeChecks, Moved, SplitCheck};
pub use fields::{AddNote, MoveTable, SetGuests, SetOrderType, TransferServer};
pub use kitchen::{Bump, Fire};
pub use lines::{AddLine, CompLine, SetModifiers, SetQty, VoidLine};
pub use opening::{Close, Open, Reopen, VoidOrder};
pub use payments::{AddPayment, AddRefund, AddTip, AdjustTip, MarkPayment, PaymentMark, VoidPayment};

use super::line::Line;
use super::payment::Payment;
use super::{Order, upcast};
use crate::finding::{Finding, FindingCode};
use crate::ids::{DeviceId, LineId, OrderId, PaymentId, StaffId};
use crate::limits::Label;
use crate::register::{Act, Register, Written};
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Upcaster, Versioned};
use crate::stamp::Stamp;
use crate::tagged::{Tagged, read_tagged};
use crate::time::Timestamp;

/// One fact about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OrderChange {
    /// The order was opened.
    Open(Open),
    /// A line was added, priced from the menu.
    AddLine(AddLine),
    /// A line's quantity was changed before the kitchen knew of it.
    SetQty(SetQty),
    /// A line's modifiers were chosen anew before the kitchen knew of it.
    SetModifiers(SetModifiers),
    /// A line was taken back.
    VoidLine(VoidLine),
    /// A line was served and given away.
    CompLine(CompLine),
    /// Lines were told to the kitchen.
    Fire(Fire),
    /// The kitchen moved lines on.
    Bump(Bump),
    /// A note was written, on a line or on the whole order.
    AddNote(AddNote),
    /// The guests moved to another table.
    MoveTable(MoveTable),
    /// Somebody else looks after the guests.
    TransferServer(TransferServer),
    /// The number of guests was corrected.
    SetGuests(SetGuests),
    /// Where and how the guests eat was corrected.
    SetOrderType(SetOrderType),
    /// Lines were split off to a check of their own.
    SplitCheck(SplitCheck),
    /// A check was merged into another.
    MergeChecks(MergeChecks),
    /// A discount or service charge was given.
    AddAdjustment(AddAdjustment),
    /// A discount or service charge was taken off again.
    RemoveAdjustment(RemoveAdjustment),
    /// A payment was taken.
    AddPayment(AddPayment),
    /// A payment came through or was declined.
    MarkPayment(MarkPayment),
    /// A payment was taken back before its batch was closed.
    VoidPayment(VoidPayment),
    /// Money was given back.
    AddRefund(AddRefund),
    /// A tip was entered.
    AddTip(AddTip),
    /// A tip was corrected after its batch was closed.
    AdjustTip(AdjustTip),
    /// The order was finished.
    Close(Close),
    /// The order was given up as a whole.
    VoidOrder(VoidOrder),
    /// The order was opened again.
    Reopen(Reopen),
}

impl OrderChange {
    /// Every change type this version knows, as it stands on the wire.
    pub const TYPES: [&'static str; 26] = [
        "open",
        "add_line",
        "set_qty",
        "set_modifiers",
        "void_line",
        "comp_line",
        "fire",
        "bump",
        "add_note",
        "move_table",
        "transfer_server",
        "set_guests",
        "set_order_type",
        "split_check",
        "merge_checks",
        "add_adjustment",
        "remove_adjustment",
        "add_payment",
        "mark_payment",
        "void_payment",
        "add_refund",
        "add_tip",
        "adjust_tip",
        "close",
        "void_order",
        "reopen",
    ];

    /// The change's type as it stands on the wire.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::AddLine(_) => "add_line",
            Self::SetQty(_) => "set_qty",
            Self::SetModifiers(_) => "set_modifiers",
            Self::VoidLine(_) => "void_line",
            Self::CompLine(_) => "comp_line",
            Self::Fire(_) => "fire",
            Self::Bump(_) => "bump",
            Self::AddNote(_) => "add_note",
            Self::MoveTable(_) => "move_table",
            Self::TransferServer(_) => "transfer_server",
            Self::SetGuests(_) => "set_guests",
            Self::SetOrderType(_) => "set_order_type",
            Self::SplitCheck(_) => "split_check",
            Self::MergeChecks(_) => "merge_checks",
            Self::AddAdjustment(_) => "add_adjustment",
            Self::RemoveAdjustment(_) => "remove_adjustment",
            Self::AddPayment(_) => "add_payment",
            Self::MarkPayment(_) => "mark_payment",
            Self::VoidPayment(_) => "void_payment",
            Self::AddRefund(_) => "add_refund",
            Self::AddTip(_) => "add_tip",
            Self::AdjustTip(_) => "adjust_tip",
            Self::Close(_) => "close",
            Self::VoidOrder(_) => "void_order",
            Self::Reopen(_) => "reopen",
        }
    }
}

impl Versioned for OrderChange {
    const NAME: &'static str = "change of an order";
    const UPCASTERS: &'static [Upcaster] = &[upcast::change_from_1];
    const TAGGED: bool = true;
}

impl Tagged for OrderChange {
    const NAME: &'static str = "a change";
    const TYPES: &'static [&'static str] = &Self::TYPES;

    fn read<'de, Fields: MapAccess<'de>>(
        name: &str,
        fields: MapAccessDeserializer<Fields>,
    ) -> Option<Result<Self, Fields::Error>> {
        Some(match name {
            "open" => Open::deserialize(fields).map(Self::Open),
            "add_line" => AddLine::deserialize(fields).map(Self::AddLine),
            "set_qty" => SetQty::deserialize(fields).map(Self::SetQty),
            "set_modifiers" => SetModifiers::deserialize(fields).map(Self::SetModifiers),
            "void_line" => VoidLine::deserialize(fields).map(Self::VoidLine),
            "comp_line" => CompLine::deserialize(fields).map(Self::CompLine),
            "fire" => Fire::deserialize(fields).map(Self::Fire),
            "bump" => Bump::deserialize(fields).map(Self::Bump),
            "add_note" => AddNote::deserialize(fields).map(Self::AddNote),
            "move_table" => MoveTable::deserialize(fields).map(Self::MoveTable),
            "transfer_server" => TransferServer::deserialize(fields).map(Self::TransferServer),
            "set_guests" => SetGuests::deserialize(fields).map(Self::SetGuests),
            "set_order_type" => SetOrderType::deserialize(fields).map(Self::SetOrderType),
            "split_check" => SplitCheck::deserialize(fields).map(Self::SplitCheck),
            "merge_checks" => MergeChecks::deserialize(fields).map(Self::MergeChecks),
            "add_adjustment" => AddAdjustment::deserialize(fields).map(Self::AddAdjustment),
            "remove_adjustment" => RemoveAdjustment::deserialize(fields).map(Self::RemoveAdjustment),
            "add_payment" => AddPayment::deserialize(fields).map(Self::AddPayment),
            "mark_payment" => MarkPayment::deserialize(fields).map(Self::MarkPayment),
            "void_payment" => VoidPayment::deserialize(fields).map(Self::VoidPayment),
            "add_refund" => AddRefund::deserialize(fields).map(Self::AddRefund),
            "add_tip" => AddTip::deserialize(fields).map(Self::AddTip),
            "adjust_tip" => AdjustTip::deserialize(fields).map(Self::AdjustTip),
            "close" => Close::deserialize(fields).map(Self::Close),
            "void_order" => VoidOrder::deserialize(fields).map(Self::VoidOrder),
            "reopen" => Reopen::deserialize(fields).map(Self::Reopen),
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for OrderChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_tagged(deserializer)
    }
}

/// Who made a change, where and when.
#[derive(Debug, Clone, Copy)]
pub struct ChangeContext<'a> {
    /// Its place among all changes; names the device.
    pub stamp: &'a Stamp,
    /// The person.
    pub staff: &'a StaffId,
    /// The moment, by that device's clock.
    pub at: Timestamp,
    /// The manager who approved it, where one had to.
    pub approved_by: Option<&'a StaffId>,
    /// Whether the device stands in the kitchen.
    pub kitchen: bool,
}

impl<'a> ChangeContext<'a> {
    /// A change made at a till, needing nobody's approval.
    #[must_use]
    pub const fn new(stamp: &'a Stamp, staff: &'a StaffId, at: Timestamp) -> Self {
        Self { stamp, staff, at, approved_by: None, kitchen: false }
    }

    /// The same with a manager's approval.
    #[must_use]
    pub const fn approved_by(mut self, approver: Option<&'a StaffId>) -> Self {
        self.approved_by = approver;
        self
    }

    /// The same from a device in the kitchen.
    #[must_use]
    pub const fn in_kitchen(mut self) -> Self {
        self.kitchen = true;
        self
    }

    /// The device.
    #[must_use]
    pub const fn device(&self) -> &'a DeviceId {
        self.stamp.device()
    }

    fn act(&self, reason: Option<&Label>) -> Act {
        Act {
            by: self.staff.clone(),
            at: self.at,
            stamp: self.stamp.clone(),
            reason: reason.cloned(),
            approved_by: self.approved_by.cloned(),
        }
    }
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
    if let OrderChange::Open(open) = change {
        return open.apply(order, order_id, context);
    }
    let Some(order) = order else {
        return Err(Rejection::new(RejectionCode::OrderUnknown, "record_id", format!("there is no order {order_id}")));
    };
    match change {
        OrderChange::Open(_) => Ok(Vec::new()),
        OrderChange::AddLine(change) => change.apply(order, context),
        OrderChange::SetQty(change) => change.apply(order, context),
        OrderChange::SetModifiers(change) => change.apply(order, context),
        OrderChange::VoidLine(change) => change.apply(order, context),
        OrderChange::CompLine(change) => change.apply(order, context),
        OrderChange::Fire(change) => change.apply(order, context),
        OrderChange::Bump(change) => change.apply(order, context),
        OrderChange::AddNote(change) => change.apply(order, context),
        OrderChange::MoveTable(change) => Ok(change.apply(order, context)),
        OrderChange::TransferServer(change) => Ok(change.apply(order, context)),
        OrderChange::SetGuests(change) => Ok(change.apply(order, context)),
        OrderChange::SetOrderType(change) => Ok(change.apply(order, context)),
        OrderChange::SplitCheck(change) => change.apply(order, context),
        OrderChange::MergeChecks(change) => change.apply(order, context),
        OrderChange::AddAdjustment(change) => change.apply(order, context),
        OrderChange::RemoveAdjustment(change) => whole(order, |order| change.apply(order, context)),
        OrderChange::AddPayment(change) => change.apply(order, context),
        OrderChange::MarkPayment(change) => whole(order, |order| change.apply(order, context)),
        OrderChange::VoidPayment(change) => whole(order, |order| change.apply(order, context)),
        OrderChange::AddRefund(change) => change.apply(order, context),
        OrderChange::AddTip(change) => change.apply(order, context),
        OrderChange::AdjustTip(change) => change.apply(order, context),
        OrderChange::Close(change) => whole(order, |order| change.apply(order, context)),
        OrderChange::VoidOrder(change) => whole(order, |order| change.apply(order, context)),
        OrderChange::Reopen(change) => whole(order, |order| change.apply(order, context)),
    }
}

/// Applies a change after which the order may come to more than before, and puts the order back where that is too much.
fn whole(
    order: &mut Order,
    change: impl FnOnce(&mut Order) -> Result<Vec<Finding>, Rejection>,
) -> Result<Vec<Finding>, Rejection> {
    let before = order.clone();
    let findings = change(order)?;
    keep_within_money(order, "change", |order| *order = before)?;
    Ok(findings)
}

fn line_mut(order: &mut Order, line_id: LineId) -> Result<&mut Line, Rejection> {
    let unknown = || Rejection::new(RejectionCode::LineUnknown, "line_id", format!("the order has no line {line_id}"));
    order.lines.get_mut(&line_id).ok_or_else(unknown)
}

fn payment_mut(order: &mut Order, payment_id: PaymentId) -> Result<&mut Payment, Rejection> {
    let unknown = || {
        let message = format!("the order has no payment {payment_id}");
        Rejection::new(RejectionCode::PaymentUnknown, "payment_id", message)
    };
    order.payments.get_mut(&payment_id).ok_or_else(unknown)
}

fn immutable(field: &str, message: String) -> Rejection {
    Rejection::new(RejectionCode::ImmutableChanged, field, message)
}

fn invalid(field: &str, message: &str) -> Rejection {
    Rejection::new(RejectionCode::ChangeInvalid, field, message)
}

/// Refuses a change after which the order would come to more than an amount may be; `undo` takes it out again.
fn keep_within_money(
    order: &mut Order,
    field: &str,
    undo: impl FnOnce(&mut Order),
) -> Result<super::Totals, Rejection> {
    order.totals().map_err(|_| {
        undo(order);
        let message = "the order would come to more than an amount may be";
        Rejection::new(RejectionCode::LimitExceeded, field, message)
    })
}

/// Writes a register that may not have been written before; what it holds then is what everybody saw.
fn write<Value: Clone + PartialEq>(
    register: &mut Option<Register<Value>>,
    value: Value,
    stamp: &Stamp,
    seen: Option<&Stamp>,
) -> Written<Value> {
    match register {
        Some(register) => register.write(value, stamp, seen),
        None => {
            *register = Some(Register::new(value, stamp.clone()));
            Written::Seen
        }
    }
}

/// The finding for two acts of which one stands.
fn first_stands(code: FindingCode, what: &str, field: &str, lost: Option<Act>, kept: Option<&Act>) -> Vec<Finding> {
    let (Some(lost), Some(kept)) = (lost, kept) else { return Vec::new() };
    let told = |act: &Act| act.reason.as_ref().map_or_else(|| act.by.to_string(), |reason| reason.as_str().to_owned());
    let (kept, lost) = (told(kept), told(&lost));
    let message = format!("{what} twice: \"{kept}\" stands, \"{lost}\" does not");
    vec![Finding::new(code, message).between(field, kept, lost)]
}

fn shown<T: AsRef<str>>(value: Option<&T>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.as_ref().to_owned())
}

#[cfg(test)]
mod tests;
