//! What a person asks for, checked against what they see and turned into the fact it states.
//!
//! Here stands what is refused where somebody is there to be told: a closed order, a line the kitchen has, a payment over what
//! is due. Among devices that could not see each other the same facts are merged instead, in `change`.

mod bill;
mod fields;
mod lines;
mod money;

use serde::{Deserialize, Serialize};

use super::line::Line;
use super::payment::PaymentType;
use super::status::StatusRank;
use super::{AdjustmentKind, KitchenState, Order, OrderChange, OrderType, PaymentMark, Weight};
use crate::field::{Field, FieldValue};
use crate::ids::{
    AdjustmentId, CheckId, DiscountId, DrawerSessionId, FireId, ItemId, LineId, OptionId, OrderId, PaymentId, RefundId,
    ServiceChargeId, StaffId, TableId, TipId, Uid,
};
use crate::limits::{Label, Quantity};
use crate::menu::Menu;
use crate::money::{CurrencyCode, Money, Rate};
use crate::rejection::{Allowed, Rejection, RejectionCode};
use crate::ticket::TicketNo;
use crate::time::BusinessDate;

/// Where a command is given: what the device knows besides the order.
pub trait Desk {
    /// The menu as last synced.
    ///
    /// # Errors
    /// `MENU_MISSING` where none has arrived yet.
    fn menu(&self) -> Result<&Menu, Rejection>;

    /// The next ticket number of this device, and the business date it is for.
    ///
    /// # Errors
    /// Where the device has no prefix to number tickets under.
    fn next_ticket(&self) -> Result<(TicketNo, BusinessDate), Rejection>;

    /// The id of the one thing that a command may make, where the app gave none.
    fn new_id<Kind>(&self) -> Uid<Kind>;
}

/// What a person asks for. One form with many fields, of which each kind of command fills some; a field that the kind has no
/// use for is refused. Ids that are left out are made by the engine; giving one at button-down makes a double tap harmless.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "what each field means is told by the kind of command that fills it")]
pub struct OrderCommand {
    #[serde(rename = "type")]
    pub kind: OrderCommandKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<Field<OrderId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_id: Option<Field<TableId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<Field<Quantity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_type: Option<Field<OrderType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_id: Option<Field<StaffId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_id: Option<Field<LineId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_ids: Option<Field<Vec<LineId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<Field<ItemId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty: Option<Field<Quantity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_milli: Option<Field<Weight>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option_ids: Option<Field<Vec<OptionId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<Field<u8>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Field<Label>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price_minor: Option<Field<Money>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Field<Label>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fire_id: Option<Field<FireId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub station: Option<Field<Label>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reprint_of: Option<Field<FireId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Field<KitchenState>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_id: Option<Field<CheckId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into_check_id: Option<Field<CheckId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Field<Label>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjustment_id: Option<Field<AdjustmentId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjustment_kind: Option<Field<AdjustmentKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_id: Option<Field<DiscountId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge_id: Option<Field<ServiceChargeId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_ppm: Option<Field<Rate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<Field<PaymentId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<Field<PaymentType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<Field<Money>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tendered_minor: Option<Field<Money>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tip_minor: Option<Field<Money>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Field<CurrencyCode>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawer_session_id: Option<Field<DrawerSessionId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Field<PaymentMark>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<Field<RefundId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tip_id: Option<Field<TipId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_minor: Option<Field<Money>>,
}

/// The kinds of command, with the fields each takes (optional ones in brackets).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderCommandKind {
    /// Open an order: `[order_id, table_id, guests (1), order_type (dine-in)]`.
    #[default]
    OpenOrder,
    /// Add a line, priced from the menu: `order_id, item_id [line_id, qty (1), weight_milli, option_ids, seat, note, check_id,
    /// unit_price_minor with reason]`.
    AddLine,
    /// Change a line's quantity before it is fired: `order_id, line_id, qty`.
    SetQty,
    /// Choose a line's modifiers anew before it is fired: `order_id, line_id, option_ids`.
    SetModifiers,
    /// Take a line back: `order_id, line_id, reason`.
    VoidLine,
    /// Give a served line away: `order_id, line_id, reason`.
    CompLine,
    /// Tell the kitchen: `order_id [fire_id, line_ids (all that it does not know), station, reprint_of]`.
    Fire,
    /// Move lines on in the kitchen: `order_id, line_ids, to`.
    Bump,
    /// Write a note: `order_id [line_id, note (absent takes it away)]`.
    AddNote,
    /// Move to another table: `order_id [table_id]`.
    MoveTable,
    /// Let somebody else look after the guests: `order_id, server_id`.
    TransferServer,
    /// Correct the number of guests: `order_id, guests`.
    SetGuests,
    /// Correct where and how the guests eat: `order_id, order_type`.
    SetOrderType,
    /// Split lines off to a new check: `order_id, line_ids [check_id, name]`.
    SplitCheck,
    /// Merge a check into another: `order_id, check_id, into_check_id`.
    MergeChecks,
    /// Give a discount or service charge of the menu's list, or one made up at the till: `order_id`, with `discount_id`, or
    /// `charge_id`, or `name, adjustment_kind, rate_ppm` or `amount_minor`; `[adjustment_id, line_id, reason]`.
    AddAdjustment,
    /// Take a discount or service charge off again: `order_id, adjustment_id`.
    RemoveAdjustment,
    /// Record a payment: `order_id, payment_type, amount_minor [payment_id, tendered_minor, tip_minor, check_id, currency,
    /// drawer_session_id]`.
    AddPayment,
    /// Say what became of a payment: `order_id, payment_id, mark`.
    MarkPayment,
    /// Take a payment back before its batch is closed: `order_id, payment_id, reason`.
    VoidPayment,
    /// Give money back: `order_id, payment_type, amount_minor, reason [refund_id, payment_id, currency, drawer_session_id]`.
    AddRefund,
    /// Enter a tip: `order_id, payment_id, tip_minor [tip_id]`.
    AddTip,
    /// Correct a tip after its batch was closed: `order_id, payment_id, by_minor, reason [tip_id]`.
    AdjustTip,
    /// Finish an order: `order_id`.
    CloseOrder,
    /// Give an order up: `order_id, reason`.
    VoidOrder,
    /// Open a finished order again: `order_id, reason`.
    ReopenOrder,
}

impl OrderCommand {
    /// A command about an order.
    #[must_use]
    pub fn new(kind: OrderCommandKind, order_id: OrderId) -> Self {
        Self { kind, order_id: Some(order_id.into()), ..Self::default() }
    }

    /// The order it is about; `None` for an order to be opened under a new id.
    ///
    /// # Errors
    /// `FIELD_INVALID` where the id is none, or is missing where the kind needs one.
    pub fn order_id(&self) -> Result<Option<OrderId>, Rejection> {
        match (&self.order_id, self.kind) {
            (None, OrderCommandKind::OpenOrder) => Ok(None),
            (None, _) => Err(missing("orderId")),
            (Some(order_id), _) => order_id.value("orderId").map(Some),
        }
    }

    /// The fact that the command states, and the order it is about.
    ///
    /// # Errors
    /// The reason why it is refused, with the field at fault; nothing has changed.
    pub fn change(mut self, order: Option<&Order>, desk: &impl Desk) -> Result<(OrderId, OrderChange), Rejection> {
        let order_id = self.order_id()?;
        self.order_id = None;
        if self.kind == OrderCommandKind::OpenOrder {
            let change = self.open(order, desk)?;
            self.check_unused()?;
            return Ok((order_id.unwrap_or_else(|| desk.new_id()), change));
        }
        let (Some(order), Some(order_id)) = (order, order_id) else {
            let message = "this device knows no such order";
            return Err(Rejection::new(RejectionCode::OrderUnknown, "orderId", message));
        };
        let change = match self.kind {
            OrderCommandKind::OpenOrder => self.open(Some(order), desk),
            OrderCommandKind::AddLine => self.add_line(order, desk),
            OrderCommandKind::SetQty => self.set_qty(order),
            OrderCommandKind::SetModifiers => self.set_modifiers(order, desk),
            OrderCommandKind::VoidLine => self.void_line(order),
            OrderCommandKind::CompLine => self.comp_line(order),
            OrderCommandKind::Fire => self.fire(order, desk),
            OrderCommandKind::Bump => self.bump(order),
            OrderCommandKind::AddNote => self.add_note(order),
            OrderCommandKind::MoveTable => self.move_table(order),
            OrderCommandKind::TransferServer => self.transfer_server(order),
            OrderCommandKind::SetGuests => self.set_guests(order),
            OrderCommandKind::SetOrderType => self.set_order_type(order),
            OrderCommandKind::SplitCheck => self.split_check(order, desk),
            OrderCommandKind::MergeChecks => self.merge_checks(order),
            OrderCommandKind::AddAdjustment => self.add_adjustment(order, desk),
            OrderCommandKind::RemoveAdjustment => self.remove_adjustment(order),
            OrderCommandKind::AddPayment => self.add_payment(order, desk),
            OrderCommandKind::MarkPayment => self.mark_payment(order),
            OrderCommandKind::VoidPayment => self.void_payment(order),
            OrderCommandKind::AddRefund => self.add_refund(order, desk),
            OrderCommandKind::AddTip => self.add_tip(order, desk),
            OrderCommandKind::AdjustTip => self.adjust_tip(order, desk),
            OrderCommandKind::CloseOrder => close(order),
            OrderCommandKind::VoidOrder => self.void_order(order),
            OrderCommandKind::ReopenOrder => self.reopen(order),
        }?;
        self.check_unused()?;
        Ok((order_id, change))
    }

    /// A field that was filled in but means nothing to this kind of command is a mistake somebody should hear of.
    fn check_unused(&self) -> Result<(), Rejection> {
        let left = [
            ("tableId", self.table_id.is_some()),
            ("guests", self.guests.is_some()),
            ("orderType", self.order_type.is_some()),
            ("serverId", self.server_id.is_some()),
            ("lineId", self.line_id.is_some()),
            ("lineIds", self.line_ids.is_some()),
            ("itemId", self.item_id.is_some()),
            ("qty", self.qty.is_some()),
            ("weightMilli", self.weight_milli.is_some()),
            ("optionIds", self.option_ids.is_some()),
            ("seat", self.seat.is_some()),
            ("note", self.note.is_some()),
            ("unitPriceMinor", self.unit_price_minor.is_some()),
            ("reason", self.reason.is_some()),
            ("fireId", self.fire_id.is_some()),
            ("station", self.station.is_some()),
            ("reprintOf", self.reprint_of.is_some()),
            ("to", self.to.is_some()),
            ("checkId", self.check_id.is_some()),
            ("intoCheckId", self.into_check_id.is_some()),
            ("name", self.name.is_some()),
            ("adjustmentId", self.adjustment_id.is_some()),
            ("adjustmentKind", self.adjustment_kind.is_some()),
            ("discountId", self.discount_id.is_some()),
            ("chargeId", self.charge_id.is_some()),
            ("ratePpm", self.rate_ppm.is_some()),
            ("paymentId", self.payment_id.is_some()),
            ("paymentType", self.payment_type.is_some()),
            ("amountMinor", self.amount_minor.is_some()),
            ("tenderedMinor", self.tendered_minor.is_some()),
            ("tipMinor", self.tip_minor.is_some()),
            ("currency", self.currency.is_some()),
            ("drawerSessionId", self.drawer_session_id.is_some()),
            ("mark", self.mark.is_some()),
            ("refundId", self.refund_id.is_some()),
            ("tipId", self.tip_id.is_some()),
            ("byMinor", self.by_minor.is_some()),
        ];
        match left.into_iter().find(|(_, filled)| *filled) {
            None => Ok(()),
            Some((name, _)) => {
                refuse(RejectionCode::FieldInvalid, name, format!("{name}: this command has no use for it"))
            }
        }
    }
}

impl FieldValue for OrderType {}
impl FieldValue for KitchenState {}
impl FieldValue for AdjustmentKind {}
impl FieldValue for PaymentType {}
impl FieldValue for PaymentMark {}
impl FieldValue for Weight {
    const ALLOWED: Option<Allowed> = Some(Allowed { min: 1, max: Self::MILLI_MAX as i64 });
}

/// A field that must be filled in. Taken out, so that what is left at the end had no use.
fn needed<Value: FieldValue>(field: &mut Option<Field<Value>>, name: &str) -> Result<Value, Rejection> {
    optional(field, name)?.ok_or_else(|| missing(name))
}

/// A field that may be filled in.
fn optional<Value: FieldValue>(field: &mut Option<Field<Value>>, name: &str) -> Result<Option<Value>, Rejection> {
    field.take().map(|field| field.value(name)).transpose()
}

fn missing(name: &str) -> Rejection {
    Rejection::new(RejectionCode::FieldInvalid, name, format!("{name}: is missing"))
}

fn refuse<T>(code: RejectionCode, field: &str, message: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection::new(code, field, message))
}

fn still_open(order: &Order) -> Result<(), Rejection> {
    let how = match order.status().rank {
        StatusRank::Open => return Ok(()),
        StatusRank::Closed => "closed",
        StatusRank::Voided => "voided",
    };
    refuse(RejectionCode::OrderClosed, "orderId", format!("{} is {how}", order.ticket_no))
}

fn line_of(order: &Order, line_id: LineId) -> Result<&Line, Rejection> {
    let unknown =
        || Rejection::new(RejectionCode::LineUnknown, "lineId", format!("{} has no line {line_id}", order.ticket_no));
    order.lines.get(&line_id).ok_or_else(unknown)
}

/// A line of an open order that is not void.
fn live_line(order: &Order, line_id: LineId) -> Result<&Line, Rejection> {
    still_open(order)?;
    let line = line_of(order, line_id)?;
    if line.void.is_some() {
        return refuse(RejectionCode::LineVoid, "lineId", format!("{} is void", line.name.as_str()));
    }
    Ok(line)
}

fn close(order: &Order) -> Result<OrderChange, Rejection> {
    let totals =
        order.totals().map_err(|error| Rejection::new(RejectionCode::LimitExceeded, "orderId", error.to_string()))?;
    if totals.balance > Money::ZERO {
        let message = format!("{} still has {} due", order.ticket_no, order.currency.show(totals.balance));
        return refuse(RejectionCode::BalanceDue, "orderId", message);
    }
    let epoch = order.status().epoch;
    Ok(OrderChange::Close(super::Close { epoch, total_minor: Some(totals.total) }))
}
