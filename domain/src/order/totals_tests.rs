//! What an order comes to: the fixture's computed answers, the trade's identities over generated orders.

use proptest::prelude::*;

use super::*;
use crate::limits::Label;
use crate::order::test_orders::{
    change_by, fixture_json, fixture_order, line_id, opened, order_with_lines, plain_line,
};
use crate::order::{
    AddAdjustment, AddLine, AddPayment, AddRefund, CompLine, MergeChecks, Modifier, Moved, OrderChange, PaymentType,
    SplitCheck, VoidLine, Weight,
};

fn money(minor: i64) -> Money {
    Money::try_from(minor).unwrap()
}

fn label(text: &str) -> Label {
    text.to_owned().try_into().unwrap()
}

fn tax(id: &str, ppm: u32, mode: TaxMode) -> TaxSnapshot {
    TaxSnapshot { tax_id: id.parse().unwrap(), rate_ppm: ppm.try_into().unwrap(), mode }
}

fn adjustment(number: u16, kind: AdjustmentKind, scope: AdjustmentScope, size: AdjustmentSize) -> AddAdjustment {
    AddAdjustment {
        adjustment_id: format!("01a19456-9e38-7000-a000-{number:012x}").parse().unwrap(),
        kind,
        name: label("Neighbour"),
        scope,
        size,
        discount_id: None,
        stackable: true,
        taxes: Vec::new(),
        reason: None,
    }
}

fn payment(number: u16, amount: i64) -> AddPayment {
    AddPayment {
        payment_id: format!("01a19456-9e38-7000-9000-{number:012x}").parse().unwrap(),
        payment_type: PaymentType::Cash,
        amount_minor: money(amount),
        tendered_minor: None,
        tip_minor: money(i64::from(number) * 10),
        check_id: None,
        drawer_session_id: None,
    }
}

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
    assert_eq!(totals.voids.minor(), 425, "the lemonade entered by mistake");
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
fn an_included_tax_is_taken_out_of_the_price_and_not_added_to_it() {
    let mut order = order_with_lines(&[(1190, 1)]);
    for line in order.lines.values_mut() {
        line.taxes = vec![tax("tax_vat", 190_000, TaxMode::Included)];
    }
    let totals = order.totals().unwrap();
    assert_eq!((totals.net.minor(), totals.tax.minor(), totals.total.minor()), (1000, 190, 1190));
    assert_eq!(totals.included_tax.minor(), 190);
}

#[test]
fn a_tax_that_two_lines_bear_at_different_rates_is_charged_and_shown_apart() {
    let mut order = order_with_lines(&[(1000, 1), (1000, 1), (1000, 1)]);
    let rates = [("tax_food", 100_000), ("tax_food", 200_000), ("tax_alc", 100_000)];
    for (line, (id, ppm)) in order.lines.values_mut().zip(rates) {
        line.taxes = vec![tax(id, ppm, TaxMode::Additive)];
    }
    let totals = order.totals().unwrap();
    let apart: Vec<_> = totals.taxes.iter().map(|tax| (tax.tax_id.as_str(), tax.rate.ppm(), tax.tax.minor())).collect();
    assert_eq!(apart, [("tax_alc", 100_000, 100), ("tax_food", 100_000, 100), ("tax_food", 200_000, 200)]);
    assert!(totals.taxes.iter().all(|tax| tax.base.minor() == 1000));
}

#[test]
fn modifiers_count_once_for_each_of_the_quantity() {
    let mut order = order_with_lines(&[(1000, 3)]);
    for line in order.lines.values_mut() {
        let option_id = "mo_x".parse().unwrap();
        line.modifiers = vec![Modifier { option_id, name: line.name.clone(), price_minor: money(150) }];
    }
    assert_eq!(order.totals().unwrap().gross.minor(), 3450);
}

#[test]
fn weighed_goods_are_rounded_half_even_once_for_the_whole_line() {
    let mut order = order_with_lines(&[(1995, 3)]);
    for line in order.lines.values_mut() {
        line.weight_milli = Some(Weight::try_from(350).unwrap());
    }
    // 19.95 a kilogram × 0.35 kg × 3 = 20.9475
    assert_eq!(order.totals().unwrap().gross.minor(), 2095);
}

#[test]
fn a_lines_own_discount_comes_before_the_orders_and_never_takes_more_than_its_price() {
    let mut order = Some(order_with_lines(&[(1000, 1), (500, 1)]));
    let of_line = AdjustmentScope::Line(line_id(0));
    for (number, scope, size) in [
        (1, of_line, AdjustmentSize::RatePpm(Rate::try_from(100_000).unwrap())),
        (2, AdjustmentScope::Line(line_id(1)), AdjustmentSize::AmountMinor(money(900))),
        (3, AdjustmentScope::Order, AdjustmentSize::RatePpm(Rate::try_from(100_000).unwrap())),
    ] {
        let discount = adjustment(number, AdjustmentKind::Discount, scope, size);
        change_by(&mut order, "dev_b", 10 + number, &OrderChange::AddAdjustment(discount)).unwrap();
    }
    let totals = order.unwrap().totals().unwrap();
    assert_eq!(totals.lines[&line_id(0)].discount.minor(), 100 + 90);
    assert_eq!(totals.lines[&line_id(1)].discount.minor(), 500);
    assert_eq!(totals.net.minor(), 810);
}

#[test]
fn a_service_charge_is_house_money_on_what_is_left_after_discounts_and_bears_its_own_tax() {
    let mut order = Some(order_with_lines(&[(2000, 1), (2000, 1)]));
    let size = AdjustmentSize::RatePpm(Rate::try_from(125_000).unwrap());
    let mut charge = adjustment(1, AdjustmentKind::ServiceCharge, AdjustmentScope::Order, size);
    charge.taxes = vec![tax("tax_food", 82_500, TaxMode::Additive)];
    let half = AdjustmentSize::AmountMinor(money(2000));
    let discount = adjustment(2, AdjustmentKind::Discount, AdjustmentScope::Order, half);
    change_by(&mut order, "dev_b", 10, &OrderChange::AddAdjustment(charge)).unwrap();
    change_by(&mut order, "dev_b", 11, &OrderChange::AddAdjustment(discount)).unwrap();
    let totals = order.unwrap().totals().unwrap();
    assert_eq!((totals.net.minor(), totals.service.minor()), (2000, 250));
    assert_eq!(totals.tax.minor(), 21, "8.25 % of 250 is 20.625");
    assert_eq!(totals.total.minor(), 2271);
    assert_eq!(totals.lines.values().map(|line| line.service.minor()).sum::<i64>(), 250);
}

#[test]
fn a_service_charge_on_one_line_goes_with_the_line() {
    let mut order = Some(order_with_lines(&[(2000, 1), (1000, 1)]));
    let size = AdjustmentSize::RatePpm(Rate::try_from(100_000).unwrap());
    for number in 0..2 {
        let scope = AdjustmentScope::Line(line_id(number));
        let charge = adjustment(number, AdjustmentKind::ServiceCharge, scope, size);
        change_by(&mut order, "dev_b", 10 + number, &OrderChange::AddAdjustment(charge)).unwrap();
    }
    assert_eq!(order.as_ref().unwrap().totals().unwrap().service.minor(), 300);
    let comp = OrderChange::CompLine(CompLine { line_id: line_id(0), reason: label("long wait") });
    change_by(&mut order, "dev_b", 20, &comp).unwrap();
    assert_eq!(order.as_ref().unwrap().totals().unwrap().service.minor(), 100, "nothing is charged on a gift");
}

#[test]
fn of_a_voided_order_nothing_is_sold_and_everything_is_void() {
    let mut order = Some(order_with_lines(&[(1000, 2)]));
    let void = crate::order::VoidOrder { epoch: 0, reason: label("guests left") };
    change_by(&mut order, "dev_b", 10, &OrderChange::VoidOrder(void)).unwrap();
    let totals = order.unwrap().totals().unwrap();
    assert_eq!((totals.gross.minor(), totals.total.minor(), totals.voids.minor()), (0, 0, 2000));
}

/// A generated order: lines with modifiers, taxes of both modes, discounts, a service charge, payments and a refund, given by
/// one to six devices.
fn generated_order() -> impl Strategy<Value = Order> {
    let modifiers = proptest::collection::vec(0_i64..500, 0..=4);
    let line = (0_i64..20_000, 1_u16..20, 0_u32..300_000, any::<bool>(), modifiers, 0_u8..10);
    (
        proptest::collection::vec(line, 1..=40),
        (0_u32..1_000_000, 1_i64..3_000, 0_u32..200_000, any::<bool>()),
        proptest::collection::vec(1_i64..20_000, 0..=3),
        1_usize..=6,
    )
        .prop_map(|(lines, (discount_ppm, line_discount, service_ppm, service_taxed), payments, devices)| {
            let mut order = opened();
            let mut counter = 0;
            let mut give = |change: OrderChange| {
                counter += 1;
                let device = format!("dev_{}", usize::from(counter) % devices);
                change_by(&mut order, &device, counter, &change).unwrap();
            };
            for (number, (price, qty, ppm, included, modifiers, fate)) in lines.into_iter().enumerate() {
                let id = line_id(u16::try_from(number).unwrap());
                let mode = if included { TaxMode::Included } else { TaxMode::Additive };
                let modifier = |price: i64| Modifier {
                    option_id: "mo_x".parse().unwrap(),
                    name: label("extra"),
                    price_minor: money(price),
                };
                give(OrderChange::AddLine(AddLine {
                    taxes: vec![tax(&format!("tax_{included}"), ppm, mode)],
                    modifiers: modifiers.into_iter().map(modifier).collect(),
                    weight_milli: (fate == 9).then(|| Weight::try_from(1_234).unwrap()),
                    ..plain_line(id, price, qty)
                }));
                match fate {
                    0 => give(OrderChange::VoidLine(VoidLine { line_id: id, reason: label("mistake") })),
                    1 => give(OrderChange::CompLine(CompLine { line_id: id, reason: label("long wait") })),
                    _ => {}
                }
            }
            let discount = AdjustmentSize::RatePpm(Rate::try_from(discount_ppm.max(1)).unwrap());
            give(OrderChange::AddAdjustment(adjustment(1, AdjustmentKind::Discount, AdjustmentScope::Order, discount)));
            let own = AdjustmentSize::AmountMinor(money(line_discount));
            let scope = AdjustmentScope::Line(line_id(0));
            give(OrderChange::AddAdjustment(adjustment(2, AdjustmentKind::Discount, scope, own)));
            let service = AdjustmentSize::RatePpm(Rate::try_from(service_ppm.max(1)).unwrap());
            let mut charge = adjustment(3, AdjustmentKind::ServiceCharge, AdjustmentScope::Order, service);
            if service_taxed {
                charge.taxes = vec![tax("tax_false", 82_500, TaxMode::Additive)];
            }
            give(OrderChange::AddAdjustment(charge));
            for (number, amount) in payments.iter().enumerate() {
                give(OrderChange::AddPayment(payment(u16::try_from(number).unwrap(), *amount)));
            }
            if let Some(amount) = payments.first() {
                give(OrderChange::AddRefund(AddRefund {
                    refund_id: "01a19456-9e38-7000-b000-000000000001".parse().unwrap(),
                    payment_id: None,
                    payment_type: PaymentType::Cash,
                    amount_minor: money(*amount),
                    reason: label("cold"),
                    drawer_session_id: None,
                }));
            }
            order.unwrap()
        })
}

fn sum_of_lines(totals: &Totals, part: fn(&LineTotals) -> Money) -> i64 {
    totals.lines.values().map(|line| part(line).minor()).sum()
}

proptest! {
    #[test]
    fn every_identity_of_the_trade_holds_and_lines_add_up_to_the_order(order in generated_order()) {
        let totals = order.totals().unwrap();
        prop_assert_eq!(
            totals.gross.minor() - totals.comps.minor() - totals.discounts.minor() - totals.included_tax.minor(),
            totals.net.minor()
        );
        prop_assert_eq!(totals.net.minor() + totals.service.minor() + totals.tax.minor(), totals.total.minor());
        prop_assert_eq!(totals.total.minor() - totals.paid.minor() + totals.refunded.minor(), totals.balance.minor());
        prop_assert_eq!(totals.taxes.iter().map(|tax| tax.tax.minor()).sum::<i64>(), totals.tax.minor());
        prop_assert_eq!(sum_of_lines(&totals, |line| line.gross), totals.gross.minor());
        prop_assert_eq!(sum_of_lines(&totals, |line| line.discount), totals.discounts.minor());
        prop_assert_eq!(sum_of_lines(&totals, |line| line.net), totals.net.minor());
        for line in totals.lines.values() {
            prop_assert!(line.net >= Money::ZERO && line.discount >= Money::ZERO && line.discount <= line.gross);
        }
        // What no line bears is a charge on nothing.
        if totals.net > Money::ZERO {
            prop_assert_eq!(sum_of_lines(&totals, |line| line.service), totals.service.minor());
            prop_assert_eq!(sum_of_lines(&totals, |line| line.tax), totals.tax.minor());
        }
    }

    #[test]
    fn what_was_sold_and_taken_off_does_not_depend_on_which_line_was_added_first(order in generated_order()) {
        // Of equal remainders the earlier line takes the cent, so a tax that only one of them bears may move by one.
        let mut turned = order.clone();
        let stamps: Vec<_> = turned.lines.values().map(|line| line.added.clone()).rev().collect();
        for (line, added) in turned.lines.values_mut().zip(stamps) {
            line.added = added;
        }
        let sums = |totals: &Totals| {
            let sold = totals.net.plus(totals.included_tax).unwrap();
            [totals.gross, totals.voids, totals.comps, totals.discounts, sold, totals.paid, totals.tips]
        };
        prop_assert_eq!(sums(&order.totals().unwrap()), sums(&turned.totals().unwrap()));
    }

    #[test]
    fn checks_add_up_to_their_order_and_a_split_and_a_merge_keep_every_cent(order in generated_order(), picked in any::<u64>()) {
        let check_id = "01a19456-9e38-7000-c000-000000000001".parse().unwrap();
        let moves = |order: &Order, all: bool| -> Vec<Moved<LineId>> {
            let chosen = order.lines.values().enumerate().filter(|(at, _)| all || picked >> (at % 64) & 1 == 1);
            chosen.map(|(_, line)| Moved { id: line.line_id, seen: line.check_id.as_ref().map(|check| check.stamp.clone()) }).collect()
        };
        let (before, first) = (order.totals().unwrap(), order.first_check());
        let lines = moves(&order, false);
        let mut order = Some(order);
        change_by(&mut order, "dev_b", 900, &OrderChange::SplitCheck(SplitCheck { check_id, name: None, lines })).unwrap();
        let split = order.as_ref().unwrap();
        let add_up = |order: &Order| {
            let checks = order.check_totals().unwrap();
            let sum = |part: fn(&crate::order::CheckTotals) -> Money| checks.iter().map(|check| part(check).minor()).sum::<i64>();
            [sum(|check| check.net), sum(|check| check.service), sum(|check| check.tax), sum(|check| check.total), sum(|check| check.paid), sum(|check| check.balance)]
        };
        let whole = [before.net, before.service, before.tax, before.total, before.paid, before.balance].map(Money::minor);
        prop_assert_eq!(add_up(split), whole);
        prop_assert_eq!(&split.totals().unwrap(), &before);
        let lines = moves(split, true);
        let merge = MergeChecks { into: first, lines, payments: Vec::new() };
        change_by(&mut order, "dev_b", 901, &OrderChange::MergeChecks(merge)).unwrap();
        let merged = order.unwrap();
        prop_assert_eq!(merged.check_totals().unwrap().len(), 1);
        prop_assert_eq!(add_up(&merged), whole);
    }
}
