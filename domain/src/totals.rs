//! What an order comes to. One calculation for client, server and reports.
//!
//! Order of calculation: line gross (item + modifiers) → order discounts shared over lines → comps → tax (additive or
//! included), once per tax on the order's taxable base, then shared to lines → total → payments → balance. Tips are never
//! taxed and never inside the total. Laws: `gross − comps − discounts = net`, `net + tax = total`,
//! `total − paid = balance`, and lines always add up to the order. Taxes that are included in the price stand inside
//! `net`'s lines as sold, so `net` is what remains without them.

use std::collections::BTreeMap;

use crate::ids::{LineId, TaxId};
use crate::money::{Money, MoneyError, Rate};
use crate::order::{Adjustment, AdjustmentSize, Line, Order, PaymentState, TaxMode};

/// What an order comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Every line that is not void.
    pub gross: Money,
    /// Lines given away.
    pub comps: Money,
    /// Taken off by discounts.
    pub discounts: Money,
    /// `gross − comps − discounts`, less taxes included in prices.
    pub net: Money,
    /// One entry a tax, by id.
    pub taxes: Vec<TaxTotal>,
    /// All taxes.
    pub tax: Money,
    /// What the guests owe.
    pub total: Money,
    /// What they have paid.
    pub paid: Money,
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
    /// Its share of the discounts.
    pub discount: Money,
    /// What it sells for: `gross − discount`, without included taxes; zero when given away.
    pub net: Money,
    /// Its share of the taxes.
    pub tax: Money,
}

impl Totals {
    /// How much of the order is paid.
    #[must_use]
    pub fn payment_state(&self) -> PaymentState {
        if self.balance < Money::ZERO {
            PaymentState::OverPaid
        } else if self.balance == Money::ZERO && (self.paid > Money::ZERO || self.gross > Money::ZERO) {
            PaymentState::Paid
        } else if self.paid > Money::ZERO {
            PaymentState::PartPaid
        } else {
            PaymentState::Unpaid
        }
    }

    pub(crate) fn of(order: &Order) -> Result<Self, MoneyError> {
        let live: Vec<&Line> = order.lines_in_order().into_iter().filter(|line| line.void.is_none()).collect();
        let gross_by_line = live.iter().map(|line| line.gross()).collect::<Result<Vec<_>, _>>()?;
        let sold_by_line: Vec<Money> = live
            .iter()
            .zip(&gross_by_line)
            .map(|(line, gross)| if line.comp.is_some() { Money::ZERO } else { *gross })
            .collect();

        let gross = Money::sum(gross_by_line.iter().copied())?;
        let sold = Money::sum(sold_by_line.iter().copied())?;
        let comps = gross.minus(sold)?;
        let discounts = discounts(order.adjustments.values(), sold)?;
        let discount_by_line = discounts.shared_over(&sold_by_line);

        let mut lines: Vec<LineTotals> = Vec::with_capacity(live.len());
        for ((gross, sold), discount) in gross_by_line.iter().zip(&sold_by_line).zip(&discount_by_line) {
            lines.push(LineTotals {
                gross: *gross,
                discount: *discount,
                net: sold.minus(*discount)?,
                tax: Money::ZERO,
            });
        }
        let taxes = charge_taxes(&live, &mut lines)?;

        let net = Money::sum(lines.iter().map(|line| line.net))?;
        let tax = Money::sum(taxes.iter().map(|tax| tax.tax))?;
        let total = net.plus(tax)?;
        let paid = Money::sum(order.payments.values().map(|payment| payment.amount_minor))?;
        let tips = Money::sum(order.payments.values().map(|payment| payment.tip_minor))?;
        let balance = total.minus(paid)?;
        let lines = live.iter().map(|line| line.line_id).zip(lines).collect();
        Ok(Self { gross, comps, discounts, net, taxes, tax, total, paid, tips, balance, lines })
    }
}

/// Every discount is taken off the same base; together they never take off more than is there.
fn discounts<'a>(adjustments: impl Iterator<Item = &'a Adjustment>, base: Money) -> Result<Money, MoneyError> {
    let sizes = adjustments.map(|adjustment| match adjustment.size {
        AdjustmentSize::RatePpm(rate) => base.at_rate(rate),
        AdjustmentSize::AmountMinor(amount) => Ok(amount),
    });
    Ok(Money::sum(sizes.collect::<Result<Vec<_>, _>>()?)?.min(base))
}

/// Charges each tax once on the order's taxable base and shares it to the lines that bear it.
fn charge_taxes(live: &[&Line], lines: &mut [LineTotals]) -> Result<Vec<TaxTotal>, MoneyError> {
    // The price as sold, before any included tax is taken out of it, is the base of every tax.
    let sold: Vec<Money> = lines.iter().map(|line| line.net).collect();
    let mut groups: BTreeMap<(&TaxId, Rate, TaxMode, Rate), Vec<usize>> = BTreeMap::new();
    for (position, line) in live.iter().enumerate() {
        let included = line.taxes.iter().filter(|tax| tax.mode == TaxMode::Included).map(|tax| tax.rate_ppm);
        let included_together = Rate::sum(included);
        for tax in &line.taxes {
            // Only an included tax depends on what else is inside the price; an additive one is charged once over all.
            let beside = if tax.mode == TaxMode::Included { included_together } else { Rate::ZERO };
            groups.entry((&tax.tax_id, tax.rate_ppm, tax.mode, beside)).or_default().push(position);
        }
    }
    let mut totals: Vec<TaxTotal> = Vec::new();
    for ((tax_id, rate, mode, included_together), positions) in groups {
        let bases: Vec<Money> = positions.iter().filter_map(|&position| sold.get(position).copied()).collect();
        let base = Money::sum(bases.iter().copied())?;
        let tax = match mode {
            TaxMode::Additive => base.at_rate(rate)?,
            TaxMode::Included => base.included_at(rate, included_together)?,
        };
        for (position, share) in positions.into_iter().zip(tax.shared_over(&bases)) {
            if let Some(line) = lines.get_mut(position) {
                line.tax = line.tax.plus(share)?;
                if mode == TaxMode::Included {
                    line.net = line.net.minus(share)?;
                }
            }
        }
        match totals.iter_mut().find(|total| total.tax_id == *tax_id && total.rate == rate) {
            Some(total) => (total.base, total.tax) = (total.base.plus(base)?, total.tax.plus(tax)?),
            None => totals.push(TaxTotal { tax_id: tax_id.clone(), rate, base, tax }),
        }
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{Modifier, TaxSnapshot};
    use crate::test_orders::{fixture_json, fixture_order, order_with_lines};

    #[test]
    fn the_fixture_order_comes_to_its_computed_answers() {
        let totals = fixture_order().totals().unwrap();
        let expected = &fixture_json()["totals"];
        let amount = |field: &str| expected[field].as_i64().unwrap();
        assert_eq!(totals.gross.minor(), amount("gross_minor"));
        assert_eq!(totals.comps.minor(), amount("comps_minor"));
        assert_eq!(totals.discounts.minor(), amount("discounts_minor"));
        assert_eq!(totals.net.minor(), amount("net_minor"));
        assert_eq!(totals.tax.minor(), amount("tax_minor"));
        assert_eq!(totals.total.minor(), amount("total_minor"));
        assert_eq!(totals.paid.minor(), amount("paid_minor"));
        assert_eq!(totals.tips.minor(), amount("tips_minor"));
        assert_eq!(totals.balance.minor(), amount("balance_minor"));
        for expected in expected["tax"].as_array().unwrap() {
            let tax = totals.taxes.iter().find(|tax| tax.tax_id.as_str() == expected["tax_id"]).unwrap();
            assert_eq!(i64::from(tax.rate.ppm()), expected["rate_ppm"].as_i64().unwrap());
            assert_eq!(tax.base.minor(), expected["base_minor"].as_i64().unwrap());
            assert_eq!(tax.tax.minor(), expected["tax_minor"].as_i64().unwrap());
        }
    }

    #[test]
    fn each_fixture_line_bears_its_computed_share_of_the_discount() {
        let totals = fixture_order().totals().unwrap();
        for line in fixture_json()["lines"].as_array().unwrap() {
            let Some(share) = line["discount_alloc_minor"].as_i64() else { continue };
            let line_id: LineId = line["line_id"].as_str().unwrap().parse().unwrap();
            assert_eq!(totals.lines[&line_id].discount.minor(), share, "{}", line["name"]);
            assert_eq!(totals.lines[&line_id].gross.minor(), line["gross_minor"].as_i64().unwrap());
        }
    }

    #[test]
    fn a_line_added_after_the_close_leaves_a_balance_due_of_748() {
        let mut order = fixture_order();
        let ale = order.lines.values().find(|line| line.item_id.as_str() == "it_pale").unwrap();
        let mut late = ale.clone();
        late.line_id = "01a19456-9e38-7edd-907e-4af7af8c54ff".parse().unwrap();
        late.added = "01a19484e5e1-0000-dev_c".parse().unwrap();
        order.lines.insert(late.line_id, late);
        let totals = order.totals().unwrap();
        assert_eq!((totals.discounts.minor(), totals.total.minor(), totals.balance.minor()), (532, 5214, 748));
        assert_eq!(totals.taxes.iter().map(|tax| tax.tax.minor()).sum::<i64>(), 283 + 148);
    }

    #[test]
    fn an_included_tax_is_taken_out_of_the_price_and_not_added_to_it() {
        let mut order = order_with_lines(&[(1190, 1)]);
        for line in order.lines.values_mut() {
            line.taxes = vec![TaxSnapshot {
                tax_id: "tax_vat".parse().unwrap(),
                rate_ppm: Rate::try_from(190_000).unwrap(),
                mode: TaxMode::Included,
            }];
        }
        let totals = order.totals().unwrap();
        assert_eq!((totals.net.minor(), totals.tax.minor(), totals.total.minor()), (1000, 190, 1190));
    }

    #[test]
    fn modifiers_count_once_for_each_of_the_quantity() {
        let mut order = order_with_lines(&[(1000, 3)]);
        for line in order.lines.values_mut() {
            let extra = Money::try_from(150_i64).unwrap();
            line.modifiers =
                vec![Modifier { option_id: "mo_x".parse().unwrap(), name: line.name.clone(), price_minor: extra }];
        }
        assert_eq!(order.totals().unwrap().gross.minor(), 3450);
    }

    proptest::proptest! {
        #[test]
        fn every_identity_holds_and_lines_add_up_to_the_order(
            prices in proptest::collection::vec((0_i64..20_000, 1_u16..20, 0_u32..300_000, proptest::bool::ANY), 1..40),
            discount_ppm in 0_u32..1_000_000,
        ) {
            let plain: Vec<(i64, u16)> = prices.iter().map(|(price, qty, ..)| (*price, *qty)).collect();
            let mut order = order_with_lines(&plain);
            for (line, (_, _, rate, included)) in order.lines.values_mut().zip(&prices) {
                let mode = if *included { TaxMode::Included } else { TaxMode::Additive };
                let tax_id = format!("tax_{included}").parse().unwrap();
                line.taxes = vec![TaxSnapshot { tax_id, rate_ppm: Rate::try_from(*rate).unwrap(), mode }];
            }
            let size = AdjustmentSize::RatePpm(Rate::try_from(discount_ppm).unwrap());
            let discount = Adjustment {
                adjustment_id: "01a19456-9e38-7c77-846d-0a0df7d30e23".parse().unwrap(),
                name: "Neighbour".to_owned().try_into().unwrap(),
                size,
                by: "stf_mara".parse().unwrap(),
            };
            order.adjustments.insert(discount.adjustment_id, discount);
            let totals = order.totals().unwrap();
            let lines = |part: fn(&LineTotals) -> Money| totals.lines.values().map(|line| part(line).minor()).sum::<i64>();
            let included: i64 = totals.taxes.iter().filter(|tax| tax.tax_id.as_str() == "tax_true").map(|tax| tax.tax.minor()).sum();
            proptest::prop_assert_eq!(totals.gross.minor() - totals.comps.minor() - totals.discounts.minor() - included, totals.net.minor());
            proptest::prop_assert_eq!(totals.net.minor() + totals.tax.minor(), totals.total.minor());
            proptest::prop_assert_eq!(totals.total.minor() - totals.paid.minor(), totals.balance.minor());
            proptest::prop_assert_eq!(lines(|line| line.gross), totals.gross.minor());
            proptest::prop_assert_eq!(lines(|line| line.discount), totals.discounts.minor());
            proptest::prop_assert_eq!(lines(|line| line.net), totals.net.minor());
            proptest::prop_assert_eq!(lines(|line| line.tax), totals.tax.minor());
        }
    }
}
