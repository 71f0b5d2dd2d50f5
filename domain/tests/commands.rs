//! Commands as an app gives them, good and bad. What is refused is refused by its code, the field at fault and the range, in
//! words that can be shown; and nothing has changed.
#![cfg(test)]

mod floor;

use domain::{Allowed, FindingCode, KitchenState, PaymentState, PaymentStatus, RejectionCode, StatusRank};
use floor::{Till, add};
use serde_json::{Value, json};

const NOWHERE: &str = "0199f7a0-0000-7000-8000-00000000dead";

/// A till with an order of one soup that the kitchen has, one that it has not, and one void.
fn till() -> Till {
    let mut till = Till::new("dev_b", "stf_mara").with_order(&[("it_soup", 2, &[])]);
    till.give(json!({ "type": "fire" })).unwrap();
    till.give(add("it_burger", 1, &["mo_med"])).unwrap();
    till.give(add("it_brownie", 1, &[])).unwrap();
    let brownie = till.line_of("it_brownie");
    till.give(json!({ "type": "void_line", "lineId": brownie, "reason": "mistake" })).unwrap();
    till
}

/// Gives a command that must be refused. Returns the code and the field.
fn refused(till: &mut Till, command: &Value) -> (RejectionCode, String) {
    let (order, made) = (till.order.clone(), till.stream.len());
    let rejection = till.give(command.clone()).expect_err(&command.to_string());
    assert_eq!((&till.order, till.stream.len()), (&order, made), "{command} was refused and changed something");
    assert!(!rejection.message.is_empty() && !rejection.message.contains("line 1 column"), "{}", rejection.message);
    (rejection.code, rejection.field)
}

#[test]
fn a_field_that_means_nothing_is_named_and_nothing_changes() {
    let mut till = till();
    let soup = till.line_of("it_soup");
    let burger = till.line_of("it_burger");
    let with = |mut command: Value, field: &str, value: Value| {
        command[field] = value;
        command
    };
    let line = || json!({ "type": "add_line", "itemId": "it_soup" });
    let pay = || json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 100 });
    for (command, field) in [
        (with(line(), "qty", json!(0)), "qty"),
        (with(line(), "qty", json!(-1)), "qty"),
        (with(line(), "qty", json!(10_000)), "qty"),
        (with(line(), "qty", json!(1.5)), "qty"),
        (with(line(), "qty", json!("2")), "qty"),
        (with(line(), "qty", json!(18_446_744_073_709_551_615_u64)), "qty"),
        (with(line(), "note", json!("no nuts\0")), "note"),
        (with(line(), "note", json!("   ")), "note"),
        (with(line(), "note", json!("x".repeat(4_097))), "note"),
        (with(line(), "seat", json!(256)), "seat"),
        (with(line(), "lineId", json!("not-a-uuid")), "lineId"),
        (with(line(), "itemId", json!("it soup")), "itemId"),
        (with(line(), "weightMilli", json!(350)), "weightMilli"),
        (with(line(), "unitPriceMinor", json!(-1)), "unitPriceMinor"),
        (with(line(), "unitPriceMinor", json!(500)), "reason"),
        (with(line(), "guests", json!(2)), "guests"),
        (json!({ "type": "add_line" }), "itemId"),
        (json!({ "type": "set_qty", "lineId": burger, "qty": 0 }), "qty"),
        (json!({ "type": "void_line", "lineId": burger }), "reason"),
        (json!({ "type": "void_line", "lineId": burger, "reason": "" }), "reason"),
        (json!({ "type": "bump", "lineIds": [soup], "to": "new" }), "to"),
        (json!({ "type": "bump", "lineIds": [soup], "to": "eaten" }), "to"),
        (json!({ "type": "bump", "lineIds": [], "to": "ready" }), "to"),
        (json!({ "type": "set_guests", "guests": 0 }), "guests"),
        (json!({ "type": "split_check", "lineIds": [] }), "lineIds"),
        (json!({ "type": "split_check", "lineIds": soup }), "lineIds"),
        (with(pay(), "amountMinor", json!(9_000_000_000_001_i64)), "amountMinor"),
        (with(pay(), "amountMinor", json!(1e20)), "amountMinor"),
        (with(pay(), "tipMinor", json!(-1)), "tipMinor"),
        (with(pay(), "paymentType", json!("cheque")), "paymentType"),
        (with(pay(), "currency", json!("dollars")), "currency"),
        (
            json!({ "type": "add_adjustment", "adjustmentKind": "discount", "name": "x", "ratePpm": 1_000_001 }),
            "ratePpm",
        ),
        (json!({ "type": "add_adjustment", "adjustmentKind": "discount", "name": "x", "ratePpm": 0 }), "ratePpm"),
        (json!({ "type": "add_adjustment", "adjustmentKind": "discount", "name": "x" }), "amountMinor"),
        (
            json!({ "type": "add_adjustment", "adjustmentKind": "discount", "name": "x", "amountMinor": -5 }),
            "amountMinor",
        ),
        (json!({ "type": "add_adjustment", "discountId": "dsc_unknown" }), "discountId"),
        (json!({ "type": "add_adjustment", "chargeId": "chg_unknown" }), "chargeId"),
        (json!({ "type": "transfer_server", "serverId": "stf_x", "reason": "done" }), "reason"),
    ] {
        assert_eq!(refused(&mut till, &command), (RejectionCode::FieldInvalid, field.to_owned()), "{command}");
    }
    let rejection = till.give(with(line(), "qty", json!(0))).unwrap_err();
    assert_eq!(rejection.allowed, Some(Allowed { min: 1, max: 9_999 }));
    assert_eq!(rejection.message, "qty: a quantity must be 1 to 9,999");
}

#[test]
fn what_makes_no_sense_on_the_bill_is_refused_by_its_code_and_nothing_changes() {
    let mut till = till();
    let (soup, burger, brownie) = (till.line_of("it_soup"), till.line_of("it_burger"), till.line_of("it_brownie"));
    let due = till.seen().totals().unwrap().balance.minor();
    let pay = |amount: i64| json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": amount });
    for (command, code, field) in [
        (add("it_lobster", 1, &[]), RejectionCode::ItemUnknown, "itemId"),
        (add("it_oyster", 1, &[]), RejectionCode::ItemUnavailable, "itemId"),
        (add("it_burger", 1, &[]), RejectionCode::ModifierChoice, "optionIds"),
        (json!({ "type": "set_qty", "lineId": NOWHERE, "qty": 2 }), RejectionCode::LineUnknown, "lineId"),
        (json!({ "type": "set_qty", "lineId": brownie, "qty": 2 }), RejectionCode::LineVoid, "lineId"),
        (json!({ "type": "void_line", "lineId": brownie, "reason": "x" }), RejectionCode::LineVoid, "lineId"),
        (json!({ "type": "set_qty", "lineId": soup, "qty": 3 }), RejectionCode::LineSent, "lineId"),
        (json!({ "type": "set_modifiers", "lineId": soup, "optionIds": [] }), RejectionCode::LineSent, "lineId"),
        (json!({ "type": "fire", "lineIds": [soup] }), RejectionCode::NothingToFire, "lineIds"),
        (json!({ "type": "fire", "reprintOf": NOWHERE }), RejectionCode::NothingToFire, "reprintOf"),
        (pay(due + 1), RejectionCode::PaymentAmount, "amountMinor"),
        (pay(0), RejectionCode::PaymentAmount, "amountMinor"),
        (pay(-5), RejectionCode::PaymentAmount, "amountMinor"),
        (
            json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 500, "tenderedMinor": 499 }),
            RejectionCode::PaymentAmount,
            "tenderedMinor",
        ),
        (
            json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 500, "currency": "EUR" }),
            RejectionCode::ForeignCurrency,
            "currency",
        ),
        (
            json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 5, "checkId": NOWHERE }),
            RejectionCode::CheckUnknown,
            "checkId",
        ),
        (
            json!({ "type": "merge_checks", "checkId": NOWHERE, "intoCheckId": NOWHERE }),
            RejectionCode::CheckUnknown,
            "checkId",
        ),
        (
            json!({ "type": "remove_adjustment", "adjustmentId": NOWHERE }),
            RejectionCode::AdjustmentUnknown,
            "adjustmentId",
        ),
        (
            json!({ "type": "void_payment", "paymentId": NOWHERE, "reason": "x" }),
            RejectionCode::PaymentUnknown,
            "paymentId",
        ),
        (
            json!({ "type": "add_refund", "paymentType": "cash", "amountMinor": 1, "reason": "x" }),
            RejectionCode::RefundAmount,
            "amountMinor",
        ),
        (json!({ "type": "close_order" }), RejectionCode::BalanceDue, "orderId"),
        (json!({ "type": "reopen_order", "reason": "x" }), RejectionCode::OrderOpen, "orderId"),
    ] {
        assert_eq!(refused(&mut till, &command), (code, field.to_owned()), "{command}");
    }
    let over = till.give(pay(due + 1)).unwrap_err();
    assert_eq!(over.message, "B-0042 has 31.39 USD due, not 31.40 USD");
    assert_eq!(over.allowed, Some(Allowed { min: 1, max: due }));
    assert_eq!(till.give(json!({ "type": "void_line", "lineId": burger, "reason": "x" })), Ok(vec![]));
}

#[test]
fn a_finished_order_takes_no_more_and_a_reopened_one_does() {
    let mut till = till();
    till.settle("cash");
    let soup = till.line_of("it_soup");
    for command in [
        add("it_soup", 1, &[]),
        json!({ "type": "void_line", "lineId": soup, "reason": "x" }),
        json!({ "type": "comp_line", "lineId": soup, "reason": "x" }),
        json!({ "type": "fire" }),
        json!({ "type": "move_table", "tableId": "tbl_1" }),
        json!({ "type": "split_check", "lineIds": [soup] }),
        json!({ "type": "void_order", "reason": "x" }),
    ] {
        assert_eq!(refused(&mut till, &command), (RejectionCode::OrderClosed, "orderId".to_owned()), "{command}");
    }
    till.give(json!({ "type": "reopen_order", "reason": "forgot dessert" })).unwrap();
    assert_eq!((till.seen().status().epoch, till.seen().status().rank), (1, StatusRank::Open));
    till.give(add("it_soup", 1, &[])).unwrap();
    till.settle("cash");
    assert_eq!(till.seen().status().epoch, 1);
}

#[test]
fn an_order_that_holds_money_is_not_given_up_before_it_is_given_back() {
    let mut till = till();
    till.give(json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 1000 })).unwrap();
    let void = json!({ "type": "void_order", "reason": "guests left" });
    assert_eq!(refused(&mut till, &void), (RejectionCode::RefundAmount, "orderId".to_owned()));
    till.give(json!({ "type": "add_refund", "paymentType": "cash", "amountMinor": 1000, "reason": "left" })).unwrap();
    till.give(void).unwrap();
    let totals = till.seen().totals().unwrap();
    assert_eq!((till.seen().status().rank, totals.balance.minor()), (StatusRank::Voided, 0));
    assert_eq!(totals.payment_state(), PaymentState::Refunded);
}

#[test]
fn refunds_never_exceed_what_was_paid_by_order_or_by_payment() {
    let mut till = till();
    let due = till.seen().totals().unwrap().balance.minor();
    till.give(json!({ "type": "add_payment", "paymentType": "card_external", "amountMinor": 1000 })).unwrap();
    till.give(json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": due - 1000 })).unwrap();
    let card = till.seen().payments.values().find(|payment| payment.amount_minor.minor() == 1000).unwrap().payment_id;
    let refund = |amount: i64| json!({ "type": "add_refund", "paymentType": "cash", "amountMinor": amount, "reason": "cold", "paymentId": card });
    assert_eq!(refused(&mut till, &refund(1001)), (RejectionCode::RefundAmount, "amountMinor".to_owned()));
    till.give(refund(700)).unwrap();
    assert_eq!(refused(&mut till, &refund(301)), (RejectionCode::RefundAmount, "amountMinor".to_owned()));
    let foreign =
        json!({ "type": "add_refund", "paymentType": "cash", "amountMinor": 1, "reason": "x", "currency": "EUR" });
    assert_eq!(refused(&mut till, &foreign), (RejectionCode::ForeignCurrency, "currency".to_owned()));
    let void = json!({ "type": "void_payment", "paymentId": card, "reason": "x" });
    assert_eq!(refused(&mut till, &void), (RejectionCode::PaymentState, "paymentId".to_owned()));
}

#[test]
fn a_payment_is_marked_once_and_its_tip_is_entered_before_and_corrected_after() {
    let mut till = till();
    till.give(json!({ "type": "add_payment", "paymentType": "card_external", "amountMinor": 1000, "tipMinor": 100 }))
        .unwrap();
    let payment = *till.seen().payments.keys().next().unwrap();
    let tip = json!({ "type": "add_tip", "paymentId": payment, "tipMinor": 250 });
    let correction = |by: i64| json!({ "type": "adjust_tip", "paymentId": payment, "byMinor": by, "reason": "slip" });
    let captured = json!({ "type": "mark_payment", "paymentId": payment, "mark": "captured" });
    till.give(tip.clone()).unwrap();
    till.give(captured.clone()).unwrap();
    assert_eq!(till.seen().payments[&payment].status(), PaymentStatus::Captured);
    assert_eq!(refused(&mut till, &tip), (RejectionCode::PaymentState, "paymentId".to_owned()));
    assert_eq!(refused(&mut till, &captured), (RejectionCode::PaymentState, "paymentId".to_owned()));
    assert_eq!(refused(&mut till, &correction(0)), (RejectionCode::FieldInvalid, "byMinor".to_owned()));
    assert_eq!(refused(&mut till, &correction(-251)), (RejectionCode::FieldInvalid, "byMinor".to_owned()));
    till.give(correction(-50)).unwrap();
    assert_eq!(till.seen().totals().unwrap().tips.minor(), 200);
    let void = json!({ "type": "void_payment", "paymentId": payment, "reason": "x" });
    assert_eq!(refused(&mut till, &void), (RejectionCode::PaymentState, "paymentId".to_owned()));
}

#[test]
fn an_order_takes_300_lines_and_the_next_is_refused_with_the_limit() {
    let mut till = Till::new("dev_b", "stf_mara").with_order(&[]);
    for _ in 0..300 {
        till.give(add("it_soup", 1, &[])).unwrap();
    }
    let rejection = till.give(add("it_soup", 1, &[])).unwrap_err();
    assert_eq!(rejection.code, RejectionCode::LimitExceeded);
    assert_eq!(rejection.allowed, Some(Allowed { min: 1, max: 300 }));
}

#[test]
fn an_id_that_was_used_for_something_else_is_refused_and_for_the_same_it_is_a_double_tap() {
    let mut till = till();
    let mut soup = add("it_soup", 1, &[]);
    soup["lineId"] = json!("0199f7a0-0000-7000-8000-000000000001");
    till.give(soup.clone()).unwrap();
    let made = till.stream.len();
    assert_eq!(till.give(soup.clone()), Ok(vec![]));
    assert_eq!(till.stream.len(), made, "a double tap makes one mutation");
    soup["itemId"] = json!("it_brownie");
    assert_eq!(refused(&mut till, &soup).0, RejectionCode::ImmutableChanged);
    let mut payment = json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 100 });
    payment["paymentId"] = json!("0199f7a0-0000-7000-8000-000000000002");
    till.give(payment.clone()).unwrap();
    payment["amountMinor"] = json!(200);
    assert_eq!(refused(&mut till, &payment).0, RejectionCode::ImmutableChanged);
    let first_check = till.seen().first_check();
    let burger = till.line_of("it_burger");
    let split = json!({ "type": "split_check", "checkId": first_check, "lineIds": [burger] });
    assert_eq!(refused(&mut till, &split).0, RejectionCode::ImmutableChanged);
}

#[test]
fn a_party_that_pays_apart_pays_each_check_and_no_more() {
    let mut till = till();
    let burger = till.line_of("it_burger");
    till.give(json!({ "type": "split_check", "lineIds": [burger], "name": "Jo" })).unwrap();
    let checks = till.seen().check_totals().unwrap();
    let jo = checks.iter().find(|check| check.check_id != till.seen().first_check()).unwrap();
    let pay = |amount: i64, check: Value| json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": amount, "checkId": check });
    let (due, check) = (jo.total.minor(), json!(jo.check_id));
    assert_eq!(
        refused(&mut till, &pay(due + 1, check.clone())),
        (RejectionCode::PaymentAmount, "amountMinor".to_owned())
    );
    till.give(pay(due, check.clone())).unwrap();
    assert_eq!(refused(&mut till, &pay(1, check.clone())), (RejectionCode::PaymentAmount, "amountMinor".to_owned()));
    let first = json!(till.seen().first_check());
    till.give(json!({ "type": "merge_checks", "checkId": check, "intoCheckId": first })).unwrap();
    assert_eq!(till.seen().check_totals().unwrap().len(), 1, "its payment went with its lines");
    till.settle("cash");
    assert_eq!(till.seen().totals().unwrap().balance.minor(), 0);
}

#[test]
fn firing_again_tells_the_kitchen_only_what_it_does_not_know() {
    let mut till = till();
    till.give(json!({ "type": "fire" })).unwrap();
    let fires: Vec<usize> = till.seen().fires.values().map(|fire| fire.lines.len()).collect();
    assert_eq!(fires, [1, 1], "the soup first, then the burger; the void brownie never");
    assert_eq!(refused(&mut till, &json!({ "type": "fire" })).0, RejectionCode::NothingToFire);
    let first = *till.seen().fires.keys().next().unwrap();
    till.give(json!({ "type": "fire", "reprintOf": first })).unwrap();
    let soup = till.line_of("it_soup");
    till.give(json!({ "type": "bump", "lineIds": [soup], "to": "served" })).unwrap();
    let served = till.seen().lines.values().filter(|line| line.kitchen == KitchenState::Served).count();
    assert_eq!(served, 1);
}

#[test]
fn discounts_and_charges_of_the_menus_list_come_with_their_names_sizes_and_taxes() {
    let mut till = Till::new("dev_b", "stf_mara").with_order(&[("it_soup", 2, &[])]);
    let soup = till.line_of("it_soup");
    let neighbour = json!({ "type": "add_adjustment", "discountId": "dsc_neighbour" });
    till.give(neighbour.clone()).unwrap();
    till.give(json!({ "type": "add_adjustment", "chargeId": "chg_party" })).unwrap();
    let totals = till.seen().totals().unwrap();
    assert_eq!((totals.discounts.minor(), totals.net.minor(), totals.service.minor()), (145, 1305, 235));
    assert_eq!(totals.tax.minor(), 127, "8.25 % of 1305 + 235 is 127.05");
    // It may be given once, and counts once.
    let codes: Vec<_> = till.give(neighbour).unwrap().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [FindingCode::DupDiscount]);
    assert_eq!(till.seen().totals().unwrap().discounts.minor(), 145);
    let of_line = |command: Value| (command, RejectionCode::FieldInvalid, "lineId".to_owned());
    for (command, code, field) in [
        of_line(json!({ "type": "add_adjustment", "discountId": "dsc_dish" })),
        of_line(json!({ "type": "add_adjustment", "discountId": "dsc_neighbour", "lineId": soup })),
    ] {
        assert_eq!(refused(&mut till, &command), (code, field), "{command}");
    }
    till.give(json!({ "type": "add_adjustment", "discountId": "dsc_dish", "lineId": soup })).unwrap();
    assert_eq!(till.seen().totals().unwrap().discounts.minor(), 200 + 125);
    let mixed = json!({ "type": "add_adjustment", "discountId": "dsc_neighbour", "ratePpm": 5 });
    assert_eq!(refused(&mut till, &mixed), (RejectionCode::FieldInvalid, "ratePpm".to_owned()));
}

#[test]
fn what_is_sold_by_weight_needs_one_and_nothing_else_takes_one() {
    let mut till = Till::new("dev_b", "stf_mara").with_order(&[]);
    let missing = add("it_turbot", 1, &[]);
    assert_eq!(refused(&mut till, &missing), (RejectionCode::FieldInvalid, "weightMilli".to_owned()));
    let weighed = |milli: u64| json!({ "type": "add_line", "itemId": "it_turbot", "weightMilli": milli });
    assert_eq!(refused(&mut till, &weighed(0)), (RejectionCode::FieldInvalid, "weightMilli".to_owned()));
    assert_eq!(refused(&mut till, &weighed(10_000_000)), (RejectionCode::FieldInvalid, "weightMilli".to_owned()));
    till.give(weighed(355)).unwrap();
    assert_eq!(till.seen().totals().unwrap().gross.minor(), 1704, "48.00 a kilogram × 0.355");
}

#[test]
fn a_price_set_by_hand_keeps_the_menus_price_beside_it() {
    let mut till = till();
    let mut burger = add("it_burger", 1, &["mo_med"]);
    burger["unitPriceMinor"] = json!(1000);
    burger["reason"] = json!("regular");
    till.give(burger).unwrap();
    let line = till.seen().lines.values().find(|line| line.price_override.is_some()).unwrap();
    assert_eq!(line.unit_price_minor.minor(), 1000);
    assert_eq!(line.price_override.as_ref().unwrap().list_price_minor.minor(), 1450);
}
