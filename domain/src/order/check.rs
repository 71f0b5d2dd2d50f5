//! Checks: the bills of one order. A party that pays apart splits its lines over several.
//!
//! Checks live inside their order, so a line is always on exactly one: two people who move the same line to different checks
//! meet in one register, and no guest pays twice. The order's first check needs no record; it bears the order's own id.

use serde::{Deserialize, Serialize};

use super::Order;
use super::line::Line;
use super::payment::Payment;
use super::totals::Totals;
use crate::ids::{CheckId, OrderId};
use crate::limits::Label;
use crate::money::{Money, MoneyError};
use crate::register::Act;

/// A check split off an order's first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// What the guests call it, e.g. a name or a seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Label>,
    /// Who split it off.
    pub opened: Act,
}

/// What one check comes to. The checks of an order always add up to the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckTotals {
    /// Which check.
    pub check_id: CheckId,
    /// Its lines without taxes and service charges.
    pub net: Money,
    /// Its share of service charges.
    pub service: Money,
    /// Its share of taxes.
    pub tax: Money,
    /// What it comes to.
    pub total: Money,
    /// What was paid for it.
    pub paid: Money,
    /// What is still due; negative when too much was paid.
    pub balance: Money,
}

impl CheckId {
    /// The first check of an order.
    #[must_use]
    pub const fn first_of(order_id: OrderId) -> Self {
        order_id.cast()
    }
}

impl Order {
    /// The order's first check.
    #[must_use]
    pub const fn first_check(&self) -> CheckId {
        CheckId::first_of(self.order_id)
    }

    /// Whether the order has a check with this id.
    #[must_use]
    pub fn has_check(&self, check_id: CheckId) -> bool {
        check_id == self.first_check() || self.checks.contains_key(&check_id)
    }

    /// The check a line is on.
    #[must_use]
    pub fn check_of_line(&self, line: &Line) -> CheckId {
        line.check_id.as_ref().map_or_else(|| self.first_check(), |check| check.value)
    }

    /// The check a payment is for.
    #[must_use]
    pub fn check_of_payment(&self, payment: &Payment) -> CheckId {
        payment.check_id.as_ref().map_or_else(|| self.first_check(), |check| check.value)
    }

    /// The checks that hold a line or a payment, the first one always, with what each comes to. Refunds and what no line
    /// bears (a service charge on nothing) stand on the first, so that the checks add up to the order.
    ///
    /// # Errors
    /// When an amount leaves the range of money.
    pub fn check_totals(&self) -> Result<Vec<CheckTotals>, MoneyError> {
        self.check_totals_within(&self.totals()?)
    }

    /// The same for whoever has reckoned what the order comes to already.
    ///
    /// # Errors
    /// When an amount leaves the range of money.
    pub fn check_totals_within(&self, order: &Totals) -> Result<Vec<CheckTotals>, MoneyError> {
        let mut checks = Vec::new();
        let mut first = CheckTotals {
            check_id: self.first_check(),
            net: order.net,
            service: order.service,
            tax: order.tax,
            total: order.total,
            paid: order.paid,
            balance: order.balance,
        };
        for check_id in self.checks.keys() {
            let lines = self.lines.values().filter(|line| self.check_of_line(line) == *check_id);
            let parts: Vec<_> = lines.filter_map(|line| order.lines.get(&line.line_id)).collect();
            let payments: Vec<_> =
                self.payments.values().filter(|payment| self.check_of_payment(payment) == *check_id).collect();
            if parts.is_empty() && payments.is_empty() {
                continue;
            }
            let net = Money::sum(parts.iter().map(|part| part.net))?;
            let service = Money::sum(parts.iter().map(|part| part.service))?;
            let tax = Money::sum(parts.iter().map(|part| part.tax))?;
            let total = Money::sum([net, service, tax])?;
            let counted = payments.iter().filter(|payment| payment.counts());
            let paid = Money::sum(counted.map(|payment| payment.amount_minor))?;
            let check =
                CheckTotals { check_id: *check_id, net, service, tax, total, paid, balance: total.minus(paid)? };
            first = CheckTotals {
                check_id: first.check_id,
                net: first.net.minus(check.net)?,
                service: first.service.minus(check.service)?,
                tax: first.tax.minus(check.tax)?,
                total: first.total.minus(check.total)?,
                paid: first.paid.minus(check.paid)?,
                balance: first.balance.minus(check.balance)?,
            };
            checks.push(check);
        }
        checks.insert(0, first);
        Ok(checks)
    }
}
