//! The figures of a day: the fixture's, the laws of their group, the trade's identities.

use proptest::prelude::*;
use serde_json::Value;

use super::test_days::{days_of, figures_of, money, new_york, orders, sketches};
use super::*;
use crate::money::{AMOUNT_MINOR_MAX, Money, MoneyError};
use crate::order::test_orders::{change_by, fixture_order, line_id, opened, order_with_lines};
use crate::order::{
    AddPayment, Close, Moved, Order, OrderChange, PaymentType, Reopen, SplitCheck, StatusRank, VoidOrder,
};

fn fixture_report() -> Value {
    serde_json::from_str(include_str!("../../../fixtures/report.json")).unwrap()
}

#[test]
fn the_fixture_order_alone_gives_the_fixture_report() {
    let report = fixture_report();
    let figures = figures_of([&fixture_order()]);
    let told = |field: &str| report[field].as_i64().unwrap();
    assert_eq!(figures.orders_closed, told("orders_closed"));
    assert_eq!(figures.open_checks, told("open_checks"));
    assert_eq!(figures.guests, told("guests"));
    for (amount, field) in [
        (figures.gross_minor, "gross_minor"),
        (figures.voids_minor, "voids_minor"),
        (figures.comps_minor, "comps_minor"),
        (figures.discounts_minor, "discounts_minor"),
        (figures.net_minor, "net_minor"),
        (figures.tax_minor, "tax_minor"),
        (figures.total_minor, "total_minor"),
        (figures.tips_minor, "tips_minor"),
    ] {
        assert_eq!(amount.minor(), told(field), "{field}");
    }
    let written = serde_json::to_value(&figures).unwrap();
    assert_eq!(written["by_hour_local_net"], report["by_hour_local_net"]);
    let only = |breakdown: &Value, part: &str| -> Value {
        let entries = breakdown.as_object().unwrap().iter().map(|(key, entry)| (key.clone(), entry[part].clone()));
        entries.collect()
    };
    assert_eq!(only(&written["by_payment"], "amount_minor"), report["by_payment"]);
    assert_eq!(only(&written["by_item"], "net_minor"), report["by_item_net"]);
    let key = DayKey::of(&fixture_order());
    assert_eq!(serde_json::to_value(key).unwrap(), report["scope"]);
}

#[test]
fn an_item_that_was_only_given_away_is_listed_and_one_that_was_void_is_not() {
    let figures = figures_of([&fixture_order()]);
    let brownie = figures.by_item.part(&"it_brownie".parse().unwrap());
    assert_eq!(brownie, ItemFigures { qty: 1, net_minor: Money::ZERO });
    assert!(figures.by_item.iter().any(|(item, _)| item.as_str() == "it_brownie"));
    assert!(figures.by_item.iter().all(|(item, _)| item.as_str() != "it_lemon"));
}

#[test]
fn taxes_payments_and_tips_stand_apart_by_what_and_whose_they_are() {
    let figures = figures_of([&fixture_order()]);
    let tax = |id: &str, ppm: u32| figures.by_tax.part(&id.parse().unwrap()).part(&ppm.try_into().unwrap());
    assert_eq!(tax("tax_food", 82_500), TaxFigures { base_minor: money(3434), tax_minor: money(283) });
    assert_eq!(tax("tax_alc", 110_000), TaxFigures { base_minor: money(675), tax_minor: money(74) });
    let cash = figures.by_payment.part(&PaymentType::Cash);
    assert_eq!(cash, Tally { count: 1, amount_minor: money(2000) });
    assert_eq!(figures.by_staff_tips.part(&"stf_mara".parse().unwrap()), money(800));
    assert_eq!(figures.average_check(), Some(money(4109)));
}

#[test]
fn an_open_order_counts_as_sales_and_its_balance_as_due_until_it_is_closed_or_given_up() {
    let mut order = Some(order_with_lines(&[(1000, 2)]));
    let open = figures_of(&order);
    assert_eq!((open.open_checks, open.open_due_minor, open.orders_closed), (1, money(2000), 0));
    assert_eq!((open.net_minor, open.guests, open.average_check()), (money(2000), 2, None));
    let close = OrderChange::Close(Close { epoch: 0, total_minor: None });
    change_by(&mut order, "dev_b", 90, &close).unwrap();
    let closed = figures_of(&order);
    assert_eq!((closed.open_checks, closed.open_due_minor, closed.orders_closed), (0, Money::ZERO, 1));
    assert_eq!(closed.balance_minor, money(2000), "a line that came late is still owed");
    let reason = || "wrong table".to_owned().try_into().unwrap();
    change_by(&mut order, "dev_b", 91, &OrderChange::Reopen(Reopen { epoch: 1, reason: reason() })).unwrap();
    assert_eq!(figures_of(&order), open);
    change_by(&mut order, "dev_b", 92, &OrderChange::VoidOrder(VoidOrder { epoch: 1, reason: reason() })).unwrap();
    let voided = DayFigures { voids_minor: money(2000), ..DayFigures::default() };
    assert_eq!(figures_of(&order), voided);
}

#[test]
fn a_party_that_has_ordered_nothing_yet_is_an_open_check() {
    assert_eq!(figures_of(&opened()).open_checks, 1);
}

#[test]
fn a_check_that_was_paid_too_much_is_open_with_nothing_due() {
    let mut order = Some(order_with_lines(&[(1000, 1)]));
    change_by(&mut order, "dev_b", 10, &cash(1, 1200)).unwrap();
    let figures = figures_of(order.iter());
    assert_eq!((figures.open_checks, figures.open_due_minor, figures.balance_minor), (1, Money::ZERO, money(-200)));
}

#[test]
fn a_check_from_which_everything_was_moved_away_is_not_open() {
    let mut order = Some(order_with_lines(&[(1000, 1)]));
    let split = OrderChange::SplitCheck(SplitCheck {
        check_id: "01a19456-9e38-7000-c000-000000000001".parse().unwrap(),
        name: None,
        lines: vec![Moved { id: line_id(0), seen: None }],
    });
    change_by(&mut order, "dev_b", 10, &split).unwrap();
    let open = OpenCheck::of_order(order.as_ref().unwrap()).unwrap();
    assert_eq!(open.iter().map(|check| check.due_minor.minor()).collect::<Vec<_>>(), [1000]);
    // Money on the first check keeps it open.
    change_by(&mut order, "dev_b", 11, &cash(1, 100)).unwrap();
    assert_eq!(OpenCheck::of_order(order.as_ref().unwrap()).unwrap().len(), 2);
}

fn cash(number: u8, amount: i64) -> OrderChange {
    OrderChange::AddPayment(AddPayment {
        payment_id: format!("01a19456-9e38-7000-9000-{number:012x}").parse().unwrap(),
        payment_type: PaymentType::Cash,
        amount_minor: money(amount),
        tendered_minor: None,
        tip_minor: Money::ZERO,
        check_id: None,
        drawer_session_id: None,
    })
}

#[test]
fn the_hour_of_an_order_is_that_of_the_clock_on_the_wall() {
    let mut order = fixture_order();
    let hour = |order: &Order| figures_of([order]).by_hour_local_net.iter().map(|(hour, _)| *hour).collect::<Vec<_>>();
    assert_eq!(hour(&order), [19]);
    order.opened_at = "2026-11-01T06:30:00Z".parse().unwrap();
    assert_eq!(hour(&order), [1], "half past one for the second time that night");
}

#[test]
fn figures_beyond_the_range_are_refused_not_wrapped() {
    let most = DayFigures { net_minor: money(AMOUNT_MINOR_MAX), ..DayFigures::default() };
    assert_eq!(most.plus(&most), Err(MoneyError));
    let many = DayFigures { guests: AMOUNT_MINOR_MAX, ..DayFigures::default() };
    assert_eq!(DayFigures::default().minus(&many).unwrap().minus(&many), Err(MoneyError));
}

fn assert_identities(figures: &DayFigures) -> Result<(), TestCaseError> {
    let sum = |amounts: &mut dyn Iterator<Item = Money>| amounts.map(Money::minor).sum::<i64>();
    let [gross, comps, discounts, included, net, service, tax, total, paid, refunded, tips, balance] = [
        figures.gross_minor,
        figures.comps_minor,
        figures.discounts_minor,
        figures.included_tax_minor,
        figures.net_minor,
        figures.service_minor,
        figures.tax_minor,
        figures.total_minor,
        figures.paid_minor,
        figures.refunded_minor,
        figures.tips_minor,
        figures.balance_minor,
    ]
    .map(Money::minor);
    prop_assert_eq!(gross - comps - discounts - included, net);
    prop_assert_eq!(net + service + tax, total);
    prop_assert_eq!(paid - refunded, total - balance);
    prop_assert_eq!(sum(&mut figures.by_payment.iter().map(|(_, tally)| tally.amount_minor)), paid);
    prop_assert_eq!(sum(&mut figures.by_refund.iter().map(|(_, tally)| tally.amount_minor)), refunded);
    prop_assert_eq!(sum(&mut figures.by_staff_tips.iter().map(|(_, tip)| *tip)), tips);
    prop_assert_eq!(sum(&mut figures.by_hour_local_net.iter().map(|(_, part)| *part)), net);
    prop_assert_eq!(sum(&mut figures.by_item.iter().map(|(_, item)| item.net_minor)), net);
    prop_assert_eq!(sum(&mut figures.by_category_net.iter().map(|(_, part)| *part)), net);
    prop_assert_eq!(sum(&mut figures.by_staff_net.iter().map(|(_, part)| *part)), net);
    prop_assert_eq!(sum(&mut figures.by_order_type_net.iter().map(|(_, part)| *part)), net);
    let taxes = figures.by_tax.iter().flat_map(|(_, rates)| rates.iter().map(|(_, tax)| tax.tax_minor));
    prop_assert_eq!(taxes.map(Money::minor).sum::<i64>(), tax);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_identity_of_the_trade_holds_for_any_day(sketched in sketches(1..7)) {
        let orders = orders(&sketched);
        let figures = figures_of(&orders);
        assert_identities(&figures)?;
        let ranked = |rank| orders.iter().filter(move |order| order.status().rank == rank);
        prop_assert_eq!(figures.orders_closed, i64::try_from(ranked(StatusRank::Closed).count()).unwrap());
        let checks = ranked(StatusRank::Open).map(|order| OpenCheck::of_order(order).unwrap()).collect::<Vec<_>>();
        prop_assert!(checks.iter().all(|checks| !checks.is_empty()));
        prop_assert_eq!(figures.open_checks, i64::try_from(checks.concat().len()).unwrap());
        let net = figures_of(ranked(StatusRank::Closed)).net_minor;
        prop_assert_eq!(figures.closed_net_minor, net);
    }

    #[test]
    fn the_figures_of_any_partition_add_up_to_the_figures_of_all(sketched in sketches(1..9), picked in any::<u8>()) {
        let orders = orders(&sketched);
        let all = figures_of(&orders);
        let days = days_of(&orders);
        prop_assert_eq!(&DayFigures::sum(days.values()).unwrap(), &all);
        let (one, other): (Vec<_>, Vec<_>) = orders.iter().enumerate().partition(|(at, _)| picked >> at & 1 == 1);
        let parts = [one, other].map(|part| figures_of(part.into_iter().map(|(_, order)| order)));
        prop_assert_eq!(&parts[0].plus(&parts[1]).unwrap(), &all);
    }

    #[test]
    fn figures_are_an_abelian_group_and_minus_undoes_plus(sketched in sketches(4..5)) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| figures_of([&orders(&sketched)[at]]));
        // A difference: some of its figures are below zero.
        let a = a.minus(&d).unwrap();
        let zero = DayFigures::default();
        let plus = |one: &DayFigures, other: &DayFigures| one.plus(other).unwrap();
        prop_assert_eq!(plus(&plus(&a, &b), &c), plus(&a, &plus(&b, &c)));
        prop_assert_eq!(plus(&a, &b), plus(&b, &a));
        prop_assert_eq!(&plus(&a, &zero), &a);
        prop_assert_eq!(&plus(&a, &b).minus(&b).unwrap(), &a);
        prop_assert_eq!(&plus(&a.minus(&b).unwrap(), &b), &a);
        prop_assert_eq!(&a.minus(&a).unwrap(), &zero);
        prop_assert_eq!(zero.minus(&zero.minus(&a).unwrap()).unwrap(), a);
    }

    #[test]
    fn a_day_kept_up_to_date_change_by_change_is_the_day_reckoned_anew(sketched in sketches(1..4)) {
        let mut kept = DayFigures::default();
        for (number, sketch) in sketched.iter().enumerate() {
            let mut before = DayFigures::default();
            for state in sketch.states(u16::try_from(number).unwrap()) {
                let now = DayFigures::of_order(&state, &new_york()).unwrap();
                kept = kept.minus(&before).unwrap().plus(&now).unwrap();
                before = now;
            }
        }
        prop_assert_eq!(kept, figures_of(&orders(&sketched)));
    }

    #[test]
    fn figures_read_back_what_they_wrote(sketched in sketches(1..4)) {
        let figures = figures_of(&orders(&sketched));
        let text = serde_json::to_string(&figures).unwrap();
        prop_assert_eq!(serde_json::from_str::<DayFigures>(&text).unwrap(), figures);
    }
}
