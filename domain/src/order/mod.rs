//! An order as every replica holds it: facts keyed by id, never a picture of a screen.
//!
//! Lines, fires, payments, refunds and adjustments are sets; status is a lattice that follows from recorded acts; what a
//! person may overwrite is a [`Register`] that remembers the stamp of its last writer. Totals are not stored: they are
//! recomputed from the facts, by one function, wherever they are needed.

mod adjustment;
mod change;
mod check;
mod command;
mod decided;
mod kitchen;
mod line;
mod payment;
mod right;
mod status;
#[cfg(test)]
pub(crate) mod test_orders;
mod totals;
mod upcast;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use adjustment::{Adjustment, AdjustmentKind, AdjustmentScope, AdjustmentSize};
pub use change::{
    AddAdjustment, AddLine, AddNote, AddPayment, AddRefund, AddTip, AdjustTip, Bump, ChangeContext, Close, CompLine,
    Fire, MarkPayment, MergeChecks, MoveTable, Moved, Open, OrderChange, PaymentMark, RemoveAdjustment, Reopen,
    SetGuests, SetModifiers, SetOrderType, SetQty, SplitCheck, TransferServer, VoidLine, VoidOrder, VoidPayment, apply,
};
pub use check::{Check, CheckTotals};
pub use command::{Desk, OrderCommand, OrderCommandKind};
pub use decided::FieldStanding;
pub use kitchen::{FireEvent, FiredLine, KitchenState, KitchenTicket, KitchenTicketId, KitchenTicketKind};
pub use line::{Line, Modifier, PriceOverride, TaxMode, TaxSnapshot, Weight, WeightError};
pub use payment::{Payment, PaymentState, PaymentStatus, PaymentType, Refund, TipAdjustment, TipEntry};
pub use status::{Epoch, OrderStatus, StatusRank};
pub use totals::{LineTotals, TaxTotal, Totals};

use crate::ids::{AdjustmentId, CheckId, DeviceId, FireId, LineId, OrderId, PaymentId, RefundId, StaffId, TableId};
use crate::limits::{Label, Quantity};
use crate::money::{Currency, MoneyError};
use crate::register::Register;
use crate::schema::{Record, Upcaster, Versioned};
use crate::stamp::Stamp;
use crate::ticket::TicketNo;
use crate::time::{BusinessDate, Timestamp};

/// One order: what a party at a table, at the counter or on the phone has asked for, had and paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Order {
    /// The version of this form of the record.
    pub schema: u16,
    /// Identity.
    pub order_id: OrderId,
    /// The human label.
    pub ticket_no: TicketNo,
    /// The gap-free receipt number that the server gives at first acceptance, where the law asks for one. Set once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_no: Option<u64>,
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
    /// Who looks after the guests; gets the sales in reports.
    pub server_id: Register<StaffId>,
    /// A word about the whole order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Register<Option<Label>>>,
    /// What was done with the order as a whole, by epoch: the first is 0, every reopening begins the next.
    pub epochs: BTreeMap<u16, Epoch>,
    /// Checks split off the first one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<CheckId, Check>,
    /// Everything ordered, voided lines included.
    pub lines: BTreeMap<LineId, Line>,
    /// Everything told to the kitchen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fires: BTreeMap<FireId, FireEvent>,
    /// Discounts and service charges, removed ones included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub adjustments: BTreeMap<AdjustmentId, Adjustment>,
    /// Everything paid, voided and declined payments included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub payments: BTreeMap<PaymentId, Payment>,
    /// Everything given back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refunds: BTreeMap<RefundId, Refund>,
}

impl Versioned for Order {
    const NAME: &'static str = "order";
    const UPCASTERS: &'static [Upcaster] = &[upcast::order_from_1];
}

impl Record for Order {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Order {
    /// What the order comes to.
    ///
    /// # Errors
    /// When an amount leaves the range of money; [`apply`] refuses changes that would lead there.
    pub fn totals(&self) -> Result<Totals, MoneyError> {
        Totals::of(self)
    }

    /// The latest stamp in the order: a clock that has seen it stamps later edits later.
    #[must_use]
    pub fn latest_stamp(&self) -> &Stamp {
        self.stamps().fold(&self.table_id.stamp, |latest, stamp| latest.max(stamp))
    }

    /// The stamp of everything in the order, in no order: who has worked on it, and when last.
    pub fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        let registers = [&self.table_id.stamp, &self.order_type.stamp, &self.guests.stamp, &self.server_id.stamp];
        let note = self.note.iter().map(|note| &note.stamp);
        let epochs = self.epochs.values().flat_map(Epoch::stamps);
        let checks = self.checks.values().map(|check| &check.opened.stamp);
        let lines = self.lines.values().flat_map(Line::stamps);
        let fires = self.fires.values().map(|fire| &fire.fired.stamp);
        let adjustments = self.adjustments.values().flat_map(Adjustment::stamps);
        let payments = self.payments.values().flat_map(Payment::stamps);
        let refunds = self.refunds.values().map(|refund| &refund.given.stamp);
        let facts = registers.into_iter().chain(note).chain(epochs).chain(checks).chain(lines).chain(fires);
        facts.chain(adjustments).chain(payments).chain(refunds)
    }

    /// The lines in the order of their adding, the same on every replica.
    #[must_use]
    pub fn lines_in_order(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lines.values().collect();
        lines.sort_unstable_by(|a, b| (&a.added, a.line_id).cmp(&(&b.added, b.line_id)));
        lines
    }
}

/// Where and how the guests eat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// At a table.
    DineIn,
    /// Fetched.
    Takeaway,
    /// Brought.
    Delivery,
}

impl OrderType {
    /// The type as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DineIn => "dine_in",
            Self::Takeaway => "takeaway",
            Self::Delivery => "delivery",
        }
    }
}
