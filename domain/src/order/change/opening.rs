//! The order as a whole: opened, closed, voided, reopened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChangeContext, immutable};
use crate::finding::{Finding, FindingCode};
use crate::ids::{OrderId, TableId};
use crate::limits::{Label, Quantity};
use crate::money::{Currency, Money};
use crate::order::{Epoch, Order, OrderType, StatusRank};
use crate::register::{Act, Register};
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::Versioned;
use crate::ticket::TicketNo;
use crate::time::BusinessDate;

/// The order was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Its human label.
    pub ticket_no: TicketNo,
    /// The day it counts for.
    pub business_date: BusinessDate,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// Where and how the guests eat.
    pub order_type: OrderType,
    /// The table, where there is one.
    pub table_id: Option<TableId>,
    /// How many guests.
    pub guests: Quantity,
}

/// The order was finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The epoch that was closed.
    pub epoch: u16,
    /// What the closing device took the order to come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_minor: Option<Money>,
}

/// The order was given up as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VoidOrder {
    /// The epoch that was voided.
    pub epoch: u16,
    /// Why.
    pub reason: Label,
}

/// The order was opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    /// The epoch that begins: one more than the one that was closed.
    pub epoch: u16,
    /// Why.
    pub reason: Label,
}

impl Open {
    pub(super) fn apply(
        &self,
        order: &mut Option<Order>,
        order_id: OrderId,
        context: ChangeContext<'_>,
    ) -> Result<Vec<Finding>, Rejection> {
        if let Some(known) = order {
            let same = known.ticket_no == self.ticket_no
                && known.business_date == self.business_date
                && known.currency == self.currency
                && known.device_id == *context.device();
            let message = format!("order {order_id} is already open as {}", known.ticket_no);
            return if same { Ok(Vec::new()) } else { Err(immutable("record_id", message)) };
        }
        let stamp = context.stamp;
        *order = Some(Order {
            schema: Order::SCHEMA,
            order_id,
            ticket_no: self.ticket_no.clone(),
            server_no: None,
            device_id: context.device().clone(),
            business_date: self.business_date,
            currency: self.currency.clone(),
            opened_at: context.at,
            opened_by: context.staff.clone(),
            order_type: Register::new(self.order_type, stamp.clone()),
            table_id: Register::new(self.table_id.clone(), stamp.clone()),
            guests: Register::new(self.guests, stamp.clone()),
            server_id: Register::new(context.staff.clone(), stamp.clone()),
            note: None,
            epochs: BTreeMap::from([(0, Epoch::default())]),
            checks: BTreeMap::new(),
            lines: BTreeMap::new(),
            fires: BTreeMap::new(),
            adjustments: BTreeMap::new(),
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
        });
        Ok(Vec::new())
    }
}

impl Close {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let epoch = reached(order, self.epoch)?;
        let (first, voided) = (epoch.closed.is_none(), epoch.voided.is_some());
        Act::keep_first(&mut epoch.closed, context.act(None));
        if epoch.closed.as_ref().is_some_and(|closed| closed.stamp == *context.stamp) {
            epoch.closed_total_minor = self.total_minor;
        }
        let mut findings = Vec::new();
        if !first || order.status().epoch != self.epoch {
            return Ok(findings);
        }
        if voided {
            findings.push(closed_and_voided(order));
        }
        let Ok(totals) = order.totals() else { return Ok(findings) };
        if totals.balance > Money::ZERO {
            // Nobody closes what they see unpaid: something was added that the closing device had not seen.
            let due = order.currency.show(totals.balance);
            findings.push(Finding::new(
                FindingCode::LateLine,
                format!("{} was closed with {due} still due", order.ticket_no),
            ));
        } else if let Some(claimed) = self.total_minor.filter(|claimed| *claimed != totals.total) {
            let (kept, lost) = (order.currency.show(totals.total), order.currency.show(claimed));
            let message = format!("{} was closed at {lost}, its facts come to {kept}", order.ticket_no);
            findings.push(Finding::new(FindingCode::TotalMismatch, message).between("total_minor", kept, lost));
        }
        Ok(findings)
    }
}

impl VoidOrder {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let epoch = reached(order, self.epoch)?;
        let (first, closed) = (epoch.voided.is_none(), epoch.closed.is_some());
        Act::keep_first(&mut epoch.voided, context.act(Some(&self.reason)));
        if !first {
            return Ok(Vec::new());
        }
        if closed {
            return Ok(vec![closed_and_voided(order)]);
        }
        let totals = order.totals().ok().filter(|_| order.status().rank == StatusRank::Voided);
        Ok(totals.map_or_else(Vec::new, |totals| super::payments::overpaid(order, &totals)))
    }
}

impl Reopen {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let next = order.status().epoch.checked_add(1);
        if self.epoch == 0 || next.is_none_or(|next| self.epoch > next) {
            return Err(epoch_unknown(order, self.epoch));
        }
        let epoch = order.epochs.entry(self.epoch).or_default();
        Act::keep_first(&mut epoch.reopened, context.act(Some(&self.reason)));
        Ok(Vec::new())
    }
}

fn reached(order: &mut Order, epoch: u16) -> Result<&mut Epoch, Rejection> {
    if order.epochs.contains_key(&epoch) {
        return Ok(order.epochs.entry(epoch).or_default());
    }
    Err(epoch_unknown(order, epoch))
}

fn epoch_unknown(order: &Order, epoch: u16) -> Rejection {
    let reached = order.status().epoch;
    let message = format!("{} is in epoch {reached}, not {epoch}", order.ticket_no);
    Rejection::new(RejectionCode::EpochUnknown, "epoch", message).within(0, i64::from(reached))
}

fn closed_and_voided(order: &Order) -> Finding {
    let message = format!("{} was closed on one device and voided on another: it counts as closed", order.ticket_no);
    Finding::new(FindingCode::CloseVoid, message).between("status", "closed", "voided")
}
