//! What one order contributes to its day.

use serde::{Deserialize, Serialize};

use super::breakdown::Breakdown;
use super::figures::{DayFigures, ItemFigures, Tally, TaxFigures};
use crate::ids::{CheckId, OrderId, StaffId, TableId};
use crate::money::{Money, MoneyError};
use crate::order::{Order, StatusRank, Totals};
use crate::ticket::TicketNo;
use crate::time::Timestamp;
use crate::zone::Zone;

/// A check that nobody has finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenCheck {
    /// The order.
    pub order_id: OrderId,
    /// Which of its checks.
    pub check_id: CheckId,
    /// What people call the order by.
    pub ticket_no: TicketNo,
    /// The table, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_id: Option<TableId>,
    /// Who looks after the guests.
    pub server_id: StaffId,
    /// Since when.
    pub opened_at: Timestamp,
    /// What the guests are still to pay; zero or more.
    pub due_minor: Money,
}

impl OpenCheck {
    /// The checks of an order that nobody has finished: none unless it is open, and at least one if it is. One from which
    /// everything was moved away is none.
    ///
    /// # Errors
    /// When an amount leaves the range of money.
    pub fn of_order(order: &Order) -> Result<Vec<Self>, MoneyError> {
        if order.status().rank != StatusRank::Open {
            return Ok(Vec::new());
        }
        let mut checks = order.check_totals()?;
        if checks.len() > 1 {
            let on_first = |check: CheckId| check == order.first_check();
            let holds = order.lines.values().any(|line| on_first(order.check_of_line(line)))
                || order.payments.values().any(|payment| on_first(order.check_of_payment(payment)))
                || !order.refunds.is_empty();
            checks.retain(|check| holds || !on_first(check.check_id));
        }
        let open = checks.into_iter().map(|check| Self {
            order_id: order.order_id,
            check_id: check.check_id,
            ticket_no: order.ticket_no.clone(),
            table_id: order.table_id.value.clone(),
            server_id: order.server_id.value.clone(),
            opened_at: order.opened_at,
            due_minor: check.balance.max(Money::ZERO),
        });
        Ok(open.collect())
    }
}

impl DayFigures {
    /// What an order contributes to the figures of its [`DayKey`](super::DayKey). Its hour is that which the clock of the
    /// place showed when it was opened.
    ///
    /// # Errors
    /// When an amount leaves the range of money.
    pub fn of_order(order: &Order, zone: &Zone) -> Result<Self, MoneyError> {
        let totals = order.totals()?;
        let rank = order.status().rank;
        let open = OpenCheck::of_order(order)?;
        let closed = rank == StatusRank::Closed;
        let server = &order.server_id.value;
        let mut figures = Self {
            orders_closed: i64::from(closed),
            open_checks: i64::try_from(open.len()).map_err(|_| MoneyError)?,
            open_due_minor: Money::sum(open.iter().map(|check| check.due_minor))?,
            guests: if rank == StatusRank::Voided { 0 } else { i64::from(order.guests.value.get()) },
            gross_minor: totals.gross,
            voids_minor: totals.voids,
            comps_minor: totals.comps,
            discounts_minor: totals.discounts,
            included_tax_minor: totals.included_tax,
            net_minor: totals.net,
            closed_net_minor: if closed { totals.net } else { Money::ZERO },
            service_minor: totals.service,
            tax_minor: totals.tax,
            total_minor: totals.total,
            paid_minor: totals.paid,
            refunded_minor: totals.refunded,
            tips_minor: totals.tips,
            balance_minor: totals.balance,
            by_staff_tips: Breakdown::only(server.clone(), totals.tips),
            by_hour_local_net: Breakdown::only(zone.local_hour(order.opened_at), totals.net),
            by_staff_net: Breakdown::only(server.clone(), totals.net),
            by_order_type_net: Breakdown::only(order.order_type.value, totals.net),
            ..Self::default()
        };
        figures.break_down_lines(order, &totals)?;
        figures.break_down_money(order, &totals)?;
        Ok(figures)
    }

    fn break_down_lines(&mut self, order: &Order, totals: &Totals) -> Result<(), MoneyError> {
        for line in order.lines.values() {
            // Void lines have no part in the totals.
            let Some(part) = totals.lines.get(&line.line_id) else { continue };
            let item = ItemFigures { qty: i64::from(line.qty()), net_minor: part.net };
            self.by_item.add(&line.item_id, &item)?;
            self.by_category_net.add(&line.category, &part.net)?;
        }
        Ok(())
    }

    fn break_down_money(&mut self, order: &Order, totals: &Totals) -> Result<(), MoneyError> {
        for tax in &totals.taxes {
            let figures = TaxFigures { base_minor: tax.base, tax_minor: tax.tax };
            self.by_tax.add(&tax.tax_id, &Breakdown::only(tax.rate, figures))?;
        }
        for payment in order.payments.values().filter(|payment| payment.counts()) {
            self.by_payment.add(&payment.payment_type, &Tally { count: 1, amount_minor: payment.amount_minor })?;
        }
        for refund in order.refunds.values() {
            self.by_refund.add(&refund.payment_type, &Tally { count: 1, amount_minor: refund.amount_minor })?;
        }
        Ok(())
    }
}
