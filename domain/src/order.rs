//! An order as every replica holds it: facts keyed by id, never a picture of a screen.
//!
//! Lines, payments and adjustments are sets; status is a lattice; what a person may overwrite is a [`Register`] that
//! remembers the stamp of its last writer. Totals are not stored: they are recomputed from the facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{AdjustmentId, DeviceId, ItemId, LineId, OptionId, OrderId, PaymentId, StaffId, TableId, TaxId};
use crate::limits::{Label, Quantity};
use crate::money::{Currency, Money, MoneyError, Rate};
use crate::register::Register;
use crate::stamp::Stamp;
use crate::ticket::TicketNo;
use crate::time::{BusinessDate, Timestamp};
use crate::totals::Totals;

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The version of this form of the record.
    pub schema: u16,
    /// Identity.
    pub order_id: OrderId,
    /// The human label.
    pub ticket_no: TicketNo,
    /// The device that opened it.
    pub device_id: DeviceId,
    /// The day it counts for.
    pub business_date: BusinessDate,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// When it was opened, by the opening device's clock.
    pub opened_at: Timestamp,
    /// Who opened it.
    pub opened_by: StaffId,
    /// Where and how the guests eat.
    pub order_type: Register<OrderType>,
    /// The table, where there is one.
    pub table_id: Register<Option<TableId>>,
    /// How many guests.
    pub guests: Register<Quantity>,
    /// How it stands.
    pub status: OrderStatus,
    /// Its first closing in the current epoch.
    pub closing: Option<Closing>,
    /// Everything ordered, voided lines included.
    pub lines: BTreeMap<LineId, Line>,
    /// Discounts.
    pub adjustments: BTreeMap<AdjustmentId, Adjustment>,
    /// Everything paid.
    pub payments: BTreeMap<PaymentId, Payment>,
}

impl Order {
    /// The version of the form written today.
    pub const SCHEMA: u16 = 1;

    /// What the order comes to.
    ///
    /// # Errors
    /// When an amount leaves the range of money; [`apply`](crate::apply) refuses changes that would lead there.
    pub fn totals(&self) -> Result<Totals, MoneyError> {
        Totals::of(self)
    }

    /// The latest stamp in the order: a clock that has seen it stamps later edits later.
    #[must_use]
    pub fn latest_stamp(&self) -> &Stamp {
        let lines =
            self.lines.values().flat_map(|line| [Some(&line.added), line.void.as_ref().map(|void| &void.stamp)]);
        let payments = self.payments.values().map(|payment| Some(&payment.stamp));
        let closing = self.closing.as_ref().map(|closing| &closing.stamp);
        let registers = [&self.order_type.stamp, &self.guests.stamp, closing.unwrap_or(&self.table_id.stamp)];
        let facts = lines.chain(payments).flatten().chain(registers);
        facts.fold(&self.table_id.stamp, |latest, stamp| latest.max(stamp))
    }

    /// The lines in the order of their adding, the same on every replica.
    #[must_use]
    pub fn lines_in_order(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lines.values().collect();
        lines.sort_unstable_by(|a, b| (&a.added, a.line_id).cmp(&(&b.added, b.line_id)));
        lines
    }
}

/// How an order stands. Merging takes the larger, so facts may arrive in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderStatus {
    /// Grows when a manager reopens the order.
    pub epoch: u16,
    /// How it stands within the epoch.
    pub rank: StatusRank,
}

/// How an order stands within an epoch. Closed outranks voided because closed carries money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusRank {
    /// Guests may still order and pay.
    #[default]
    Open,
    /// Given up as a whole.
    Voided,
    /// Finished.
    Closed,
}

/// Where and how the guests eat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// At a table.
    DineIn,
    /// Fetched.
    Takeaway,
    /// Brought.
    Delivery,
}

/// Who closed an order and when; of several the one with the lowest stamp stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// When, by the closing device's clock.
    pub at: Timestamp,
    /// Who.
    pub by: StaffId,
    /// The order among closings.
    pub stamp: Stamp,
}

/// One line. What was ordered and its price never change; only its quantity, note and void do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Identity.
    pub line_id: LineId,
    /// When it was added: lines stand in this order.
    pub added: Stamp,
    /// Who added it.
    pub added_by: StaffId,
    /// The item.
    pub item_id: ItemId,
    /// The item's name when it was added.
    pub name: Label,
    /// The item's category when it was added.
    pub category: Label,
    /// The sum of the quantity it was added with and all later differences. May leave the range of a quantity when
    /// several devices reduce it; [`Line::qty`] is what counts.
    pub qty_sum: i64,
    /// The item's price when it was added.
    pub unit_price_minor: Money,
    /// The modifiers and their prices when it was added.
    pub modifiers: Vec<Modifier>,
    /// The taxes and their rates when it was added.
    pub taxes: Vec<TaxSnapshot>,
    /// The menu it was priced from.
    pub menu_version: u32,
    /// The seat it is for.
    pub seat: Option<u8>,
    /// A wish to the kitchen.
    pub note: Option<Label>,
    /// Set when it was taken back; sticks.
    pub void: Option<LineVoid>,
    /// Set when it was given away.
    pub comp: Option<Comp>,
}

impl Line {
    /// How many: 0 to 9,999.
    #[must_use]
    pub fn qty(&self) -> u16 {
        u16::try_from(self.qty_sum.clamp(0, i64::from(Quantity::MAX))).unwrap_or(0)
    }

    /// Quantity × (unit price + modifiers).
    ///
    /// # Errors
    /// When the product leaves the range of money.
    pub fn gross(&self) -> Result<Money, MoneyError> {
        let modifiers = Money::sum(self.modifiers.iter().map(|modifier| modifier.price_minor))?;
        self.unit_price_minor.plus(modifiers)?.times(i64::from(self.qty()))
    }
}

/// One chosen modifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modifier {
    /// Its id.
    pub option_id: OptionId,
    /// Its name when the line was added.
    pub name: Label,
    /// Its price when the line was added.
    pub price_minor: Money,
}

/// One tax of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxSnapshot {
    /// Its id.
    pub tax_id: TaxId,
    /// Its rate when the line was added.
    pub rate_ppm: Rate,
    /// Whether it comes on top of the price or is inside it.
    #[serde(default)]
    pub mode: TaxMode,
}

/// Whether a tax comes on top of the price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// On top of it.
    #[default]
    Additive,
    /// Inside it.
    Included,
}

/// Why and by whom a line was taken back; of several the one with the lowest stamp stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineVoid {
    /// Why.
    pub reason: Label,
    /// Who.
    pub by: StaffId,
    /// When, by that device's clock.
    pub at: Timestamp,
    /// The order among voids.
    pub stamp: Stamp,
}

/// A line served and given away: it counts as comped sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comp {
    /// Why.
    pub reason: Label,
    /// Who.
    pub by: StaffId,
    /// When, by that device's clock.
    pub at: Timestamp,
}

/// A discount on the whole order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Identity.
    pub adjustment_id: AdjustmentId,
    /// What the bill calls it.
    pub name: Label,
    /// How much.
    pub size: AdjustmentSize,
    /// Who gave it.
    pub by: StaffId,
}

/// How much a discount takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentSize {
    /// A share of what is neither void nor comped.
    RatePpm(Rate),
    /// A fixed amount, at most what is left to take off.
    AmountMinor(Money),
}

/// A recorded payment. Never edited, never removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Identity.
    pub payment_id: PaymentId,
    /// How it was paid.
    #[serde(rename = "type")]
    pub payment_type: PaymentType,
    /// What goes towards the bill.
    pub amount_minor: Money,
    /// Cash handed over.
    pub tendered_minor: Option<Money>,
    /// Staff money; never inside the total.
    pub tip_minor: Money,
    /// Who took it.
    pub by: StaffId,
    /// When, by that device's clock.
    pub at: Timestamp,
    /// The order among payments.
    pub stamp: Stamp,
}

impl Payment {
    /// Cash given back.
    #[must_use]
    pub fn change(&self) -> Money {
        let change = self.tendered_minor.and_then(|tendered| tendered.minus(self.amount_minor).ok());
        change.filter(|change| *change > Money::ZERO).unwrap_or(Money::ZERO)
    }
}

/// How a payment was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentType {
    /// Notes and coins.
    Cash,
    /// On a terminal of its own; recorded here.
    CardExternal,
}

/// How much of an order is paid; derived from its payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Nothing.
    Unpaid,
    /// Something, but not all.
    PartPaid,
    /// All.
    Paid,
    /// More than all.
    OverPaid,
}
