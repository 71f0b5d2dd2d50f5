//! What an order comes to. One calculation for client, server and reports.
//!
//! In this order: line gross (item + modifiers) → line discounts → order discounts shared over lines → comps → service
//! charges → tax (additive or included), once per tax on the order's taxable base, then shared to what bears it → total →
//! payments and refunds → balance. Tips are never taxed and never inside the total.
//!
//! Laws: `gross − comps − discounts − included tax = net`; `net + service + tax = total`; `total − paid + refunded =
//! balance`; lines add up to the order. A void line is in none of it but `voids`, and of a voided order every line is void.

use std::collections::BTreeMap;

use super::Order;
use super::adjustment::{Adjustment, AdjustmentKind, AdjustmentScope, AdjustmentSize};
use super::line::{Line, TaxMode, TaxSnapshot};
use super::payment::PaymentState;
use super::status::StatusRank;
use crate::ids::{LineId, TaxId};
use crate::money::{Money, MoneyError, Rate};

/// What an order comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Every line that is not void.
    pub gross: Money,
    /// Every line that is void, at what it would have come to.
    pub voids: Money,
    /// Lines given away.
    pub comps: Money,
    /// Taken off by discounts.
    pub discounts: Money,
    /// Taxes that are inside the prices; part of `tax`.
    pub included_tax: Money,
    /// `gross − comps − discounts`, less taxes included in prices.
    pub net: Money,
    /// House money on top, without taxes.
    pub service: Money,
    /// One entry a tax, by id and rate.
    pub taxes: Vec<TaxTotal>,
    /// All taxes.
    pub tax: Money,
    /// What the guests owe.
    pub total: Money,
    /// What they have paid: payments that are neither void nor declined.
    pub paid: Money,
    /// What they were given back.
    pub refunded: Money,
    /// Staff money, beside the total.
    pub tips: Money,
    /// What is still due; negative when too much was paid.
    pub balance: Money,
    /// Each line's part, by id; void lines have none.
    pub lines: BTreeMap<LineId, LineTotals>,
}

/// One tax of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxTotal {
    /// Which tax.
    pub tax_id: TaxId,
    /// At which rate.
    pub rate: Rate,
    /// What it was charged on.
    pub base: Money,
    /// What it comes to.
    pub tax: Money,
}

/// One line's part of an order's totals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// Quantity × (unit price + modifiers).
    pub gross: Money,
    /// Its own discounts and its share of the order's.
    pub discount: Money,
    /// What it sells for: `gross − discount`, without included taxes; zero when given away.
    pub net: Money,
    /// Its share of the service charges.
    pub service: Money,
    /// Its taxes and its share of those on service charges.
    pub tax: Money,
}

/// Something that bears taxes: a line or a service charge.
#[derive(Debug, Clone, Copy)]
struct Bearer<'a> {
    taxes: &'a [TaxSnapshot],
    /// Its price as sold, before any included tax is taken out of it: the base of every tax.
    sold: Money,
    net: Money,
    tax: Money,
}

impl<'a> Bearer<'a> {
    const fn new(taxes: &'a [TaxSnapshot], sold: Money) -> Self {
        Self { taxes, sold, net: sold, tax: Money::ZERO }
    }
}

impl Totals {
    /// How much of the order is paid.
    #[must_use]
    pub fn payment_state(&self) -> PaymentState {
        if self.refunded > Money::ZERO && self.refunded >= self.paid {
            PaymentState::Refunded
        } else if self.balance < Money::ZERO {
            PaymentState::OverPaid
        } else if self.balance == Money::ZERO && (self.paid > Money::ZERO || self.gross > Money::ZERO) {
            PaymentState::Paid
        } else if self.paid > Money::ZERO {
            PaymentState::PartPaid
        } else {
            PaymentState::Unpaid
        }
    }

    pub(super) fn of(order: &Order) -> Result<Self, MoneyError> {
        let given_up = order.status().rank == StatusRank::Voided;
        let (live, void): (Vec<&Line>, Vec<&Line>) =
            order.lines_in_order().into_iter().partition(|line| line.void.is_none() && !given_up);
        let voids = Money::sum(void.iter().map(|line| line.gross()).collect::<Result<Vec<_>, _>>()?)?;
        let gross_by_line = live.iter().map(|line| line.gross()).collect::<Result<Vec<_>, _>>()?;
        let sold_of = |(line, gross): (&&Line, &Money)| if line.comp.is_some() { Money::ZERO } else { *gross };
        let sold_by_line: Vec<Money> = live.iter().zip(&gross_by_line).map(sold_of).collect();
        let gross = Money::sum(gross_by_line.iter().copied())?;
        let comps = gross.minus(Money::sum(sold_by_line.iter().copied())?)?;

        let adjustments = order.adjustments_in_force();
        let (discounts, charges): (Vec<&Adjustment>, Vec<&Adjustment>) =
            adjustments.into_iter().partition(|adjustment| adjustment.kind == AdjustmentKind::Discount);
        let discount_by_line = discount_lines(&live, &sold_by_line, &discounts)?;
        let left = sold_by_line.iter().zip(&discount_by_line).map(|(sold, discount)| sold.minus(*discount));
        let left_by_line = left.collect::<Result<Vec<_>, _>>()?;

        let lines = live.iter().zip(&left_by_line).map(|(line, left)| Bearer::new(&line.taxes, *left));
        let mut bearers: Vec<Bearer<'_>> = lines.collect();
        for charge in &charges {
            bearers.push(Bearer::new(&charge.taxes, reckoned_on(charge, &live, &left_by_line)?));
        }
        let (taxes, included_tax) = charge_taxes(&mut bearers)?;

        let (line_bearers, charge_bearers) = bearers.split_at(live.len());
        let net = Money::sum(line_bearers.iter().map(|line| line.net))?;
        let service = Money::sum(charge_bearers.iter().map(|charge| charge.net))?;
        let service_tax = Money::sum(charge_bearers.iter().map(|charge| charge.tax))?;
        let (service_shares, tax_shares) = (service.shared_over(&left_by_line), service_tax.shared_over(&left_by_line));
        let mut lines = BTreeMap::new();
        let shares = gross_by_line.iter().zip(&discount_by_line).zip(service_shares.iter().zip(&tax_shares));
        for ((line, bearer), ((gross, discount), (service, service_tax))) in live.iter().zip(line_bearers).zip(shares) {
            let tax = bearer.tax.plus(*service_tax)?;
            let part = LineTotals { gross: *gross, discount: *discount, net: bearer.net, service: *service, tax };
            lines.insert(line.line_id, part);
        }

        let tax = Money::sum(taxes.iter().map(|tax| tax.tax))?;
        let total = Money::sum([net, service, tax])?;
        let counted = || order.payments.values().filter(|payment| payment.counts());
        let paid = Money::sum(counted().map(|payment| payment.amount_minor))?;
        let tips = Money::sum(counted().map(super::Payment::tip).collect::<Result<Vec<_>, _>>()?)?;
        let refunded = Money::sum(order.refunds.values().map(|refund| refund.amount_minor))?;
        let balance = total.minus(paid)?.plus(refunded)?;
        let discounts = Money::sum(discount_by_line)?;
        Ok(Self {
            gross,
            voids,
            comps,
            discounts,
            included_tax,
            net,
            service,
            taxes,
            tax,
            total,
            paid,
            refunded,
            tips,
            balance,
            lines,
        })
    }
}

/// Each line's discounts: its own, at most its price; then its share of the order's, at most what is left.
fn discount_lines(live: &[&Line], sold: &[Money], discounts: &[&Adjustment]) -> Result<Vec<Money>, MoneyError> {
    let mut by_line = Vec::with_capacity(live.len());
    let mut left = Vec::with_capacity(live.len());
    for (line, sold) in live.iter().zip(sold) {
        let own = discounts.iter().filter(|discount| discount.scope == AdjustmentScope::Line(line.line_id));
        let own = Money::sum(own.map(|discount| size_on(discount.size, *sold)).collect::<Result<Vec<_>, _>>()?)?;
        let own = own.min(*sold);
        by_line.push(own);
        left.push(sold.minus(own)?);
    }
    let base = Money::sum(left.iter().copied())?;
    let of_order = discounts.iter().filter(|discount| discount.scope == AdjustmentScope::Order);
    let of_order = Money::sum(of_order.map(|discount| size_on(discount.size, base)).collect::<Result<Vec<_>, _>>()?)?;
    let shares = of_order.min(base).shared_over(&left);
    by_line.into_iter().zip(shares).map(|(own, share)| own.plus(share)).collect()
}

/// What a service charge comes to. On a line that is void or given away there is nothing to charge for.
fn reckoned_on(charge: &Adjustment, live: &[&Line], left: &[Money]) -> Result<Money, MoneyError> {
    match charge.scope {
        AdjustmentScope::Order => size_on(charge.size, Money::sum(left.iter().copied())?),
        AdjustmentScope::Line(line_id) => {
            let line = live.iter().zip(left).find(|(line, _)| line.line_id == line_id && line.comp.is_none());
            line.map_or(Ok(Money::ZERO), |(_, left)| size_on(charge.size, *left))
        }
    }
}

fn size_on(size: AdjustmentSize, base: Money) -> Result<Money, MoneyError> {
    match size {
        AdjustmentSize::RatePpm(rate) => base.at_rate(rate),
        AdjustmentSize::AmountMinor(amount) => Ok(amount),
    }
}

/// Charges each tax once on the order's taxable base and shares it to what bears it. Returns the taxes, and how much of them
/// is inside the prices.
fn charge_taxes(bearers: &mut [Bearer<'_>]) -> Result<(Vec<TaxTotal>, Money), MoneyError> {
    let mut groups: BTreeMap<(&TaxId, Rate, TaxMode, Rate), Vec<usize>> = BTreeMap::new();
    for (position, bearer) in bearers.iter().enumerate() {
        let included = bearer.taxes.iter().filter(|tax| tax.mode == TaxMode::Included).map(|tax| tax.rate_ppm);
        let included_together = Rate::sum(included);
        for tax in bearer.taxes {
            // Only an included tax depends on what else is inside the price; an additive one is charged once over all.
            let beside = if tax.mode == TaxMode::Included { included_together } else { Rate::ZERO };
            groups.entry((&tax.tax_id, tax.rate_ppm, tax.mode, beside)).or_default().push(position);
        }
    }
    let mut totals: Vec<TaxTotal> = Vec::new();
    let mut included_tax = Money::ZERO;
    for ((tax_id, rate, mode, included_together), positions) in groups {
        let bases: Vec<Money> = positions.iter().filter_map(|&at| bearers.get(at)).map(|bearer| bearer.sold).collect();
        let base = Money::sum(bases.iter().copied())?;
        let tax = match mode {
            TaxMode::Additive => base.at_rate(rate)?,
            TaxMode::Included => base.included_at(rate, included_together)?,
        };
        if mode == TaxMode::Included {
            included_tax = included_tax.plus(tax)?;
        }
        for (position, share) in positions.into_iter().zip(tax.shared_over(&bases)) {
            if let Some(bearer) = bearers.get_mut(position) {
                bearer.tax = bearer.tax.plus(share)?;
                if mode == TaxMode::Included {
                    bearer.net = bearer.net.minus(share)?;
                }
            }
        }
        match totals.iter_mut().find(|total| total.tax_id == *tax_id && total.rate == rate) {
            Some(total) => (total.base, total.tax) = (total.base.plus(base)?, total.tax.plus(tax)?),
            None => totals.push(TaxTotal { tax_id: tax_id.clone(), rate, base, tax }),
        }
    }
    Ok((totals, included_tax))
}

#[cfg(test)]
#[path = "totals_tests.rs"]
mod tests;
