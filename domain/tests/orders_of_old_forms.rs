//! Orders and changes written by earlier releases read as they were meant, to the cent, and today's forms are frozen.
#![cfg(test)]

mod floor;

use domain::{LineId, Order, OrderChange, Record, StatusRank, Versioned};
use floor::{Till, add};
use serde_json::value::RawValue;
use serde_json::{Value, json};

fn line(number: u8) -> LineId {
    format!("01a19456-9e38-7000-8000-{number:012x}").parse().unwrap()
}

/// What form 1 said of the order in its golden file, in today's words.
fn assert_means_the_same(order: &Order) {
    assert_eq!(order.schema, Order::SCHEMA);
    assert_eq!((order.status().epoch, order.status().rank), (0, StatusRank::Closed));
    assert_eq!(order.closed_at().unwrap().to_string(), "2026-10-31T23:41:07.000Z");
    assert_eq!(order.server_id.value.as_str(), "stf_mara", "whoever opened it looks after it");
    assert_eq!(order.lines[&line(1)].note_text().unwrap().as_str(), "no nuts");
    assert_eq!(order.lines[&line(1)].modifiers[0].price_minor.minor(), 150);
    assert_eq!(order.lines[&line(2)].qty(), 3);
    let void = order.lines[&line(3)].void.as_ref().unwrap();
    assert_eq!(void.reason.as_ref().unwrap().as_str(), "entered_by_mistake");
    let totals = order.totals().unwrap();
    assert_eq!((totals.gross.minor(), totals.tax.minor(), totals.total.minor()), (5450, 264, 5714));
    assert_eq!((totals.paid.minor(), totals.balance.minor()), (5714, 0));
    assert_eq!(order.latest_stamp().to_string(), "01a19484e5e0-0007-dev_b");
}

#[test]
fn an_order_of_form_1_means_today_what_it_meant_then() {
    let order = Order::from_json(include_str!("golden/order.1.json")).unwrap();
    assert_means_the_same(&order);
}

#[test]
fn an_order_of_form_1_that_was_open_stays_open() {
    let mut old: Value = serde_json::from_str(include_str!("golden/order.1.json")).unwrap();
    old["status"]["rank"] = "open".into();
    old["closing"] = Value::Null;
    let order = Order::from_json(&old.to_string()).unwrap();
    assert_eq!(order.status().rank, StatusRank::Open);
}

#[test]
fn todays_form_is_frozen_and_reads_what_it_wrote() {
    let golden = include_str!("golden/order.2.json");
    let order = Order::from_json(golden).unwrap();
    assert_means_the_same(&order);
    let written: Value = serde_json::to_value(&order).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(golden).unwrap());
}

/// Everything an order can hold, by a conversation of two tills and a kitchen.
fn order_with_every_fact() -> Order {
    let mut till = Till::new("dev_b", "stf_mara").with_order(&[("it_burger", 2, &["mo_med"]), ("it_soup", 1, &[])]);
    let (burger, soup) = (till.line_of("it_burger"), till.line_of("it_soup"));
    let mut discounted = add("it_brownie", 1, &[]);
    discounted["unitPriceMinor"] = json!(500);
    discounted["reason"] = json!("regular");
    discounted["note"] = json!("candle");
    let everything = [
        discounted,
        json!({ "type": "set_qty", "lineId": burger, "qty": 3 }),
        json!({ "type": "set_modifiers", "lineId": burger, "optionIds": ["mo_well", "mo_blue"] }),
        json!({ "type": "fire" }),
        json!({ "type": "bump", "lineIds": [burger], "to": "ready" }),
        json!({ "type": "add_note", "note": "window" }),
        json!({ "type": "move_table", "tableId": "tbl_3" }),
        json!({ "type": "split_check", "lineIds": [soup], "name": "Jo" }),
        json!({ "type": "comp_line", "lineId": soup, "reason": "long_wait" }),
        json!({ "type": "void_line", "lineId": soup, "reason": "spilled" }),
        json!({ "type": "add_adjustment", "adjustmentKind": "discount", "name": "Neighbour", "ratePpm": 100_000 }),
        json!({ "type": "add_adjustment", "adjustmentKind": "service_charge", "name": "Party", "amountMinor": 300, "lineId": burger }),
        json!({ "type": "add_payment", "paymentType": "card_external", "amountMinor": 1000, "tipMinor": 100 }),
        json!({ "type": "add_payment", "paymentType": "gift_card", "amountMinor": 200 }),
        json!({ "type": "add_payment", "paymentType": "other", "amountMinor": 300 }),
    ];
    for command in everything {
        till.give(command.clone()).unwrap_or_else(|rejection| panic!("{command}: {rejection}"));
    }
    let payment = |till: &Till, amount: i64| {
        till.seen().payments.values().find(|payment| payment.amount_minor.minor() == amount).unwrap().payment_id
    };
    let (card, gift, other) = (payment(&till, 1000), payment(&till, 200), payment(&till, 300));
    let service = *till.seen().adjustments.keys().last().unwrap();
    let rest = [
        json!({ "type": "add_tip", "paymentId": card, "tipMinor": 150 }),
        json!({ "type": "mark_payment", "paymentId": card, "mark": "captured" }),
        json!({ "type": "adjust_tip", "paymentId": card, "byMinor": -20, "reason": "slip" }),
        json!({ "type": "mark_payment", "paymentId": gift, "mark": "declined" }),
        json!({ "type": "void_payment", "paymentId": other, "reason": "wrong bill" }),
        json!({ "type": "add_refund", "paymentType": "cash", "amountMinor": 50, "paymentId": card, "reason": "cold" }),
        json!({ "type": "remove_adjustment", "adjustmentId": service }),
    ];
    for command in rest {
        till.give(command.clone()).unwrap_or_else(|rejection| panic!("{command}: {rejection}"));
    }
    till.settle("cash");
    till.give(json!({ "type": "reopen_order", "reason": "forgot dessert" })).unwrap();
    till.give(json!({ "type": "close_order" })).unwrap();
    till.seen().clone()
}

#[test]
fn an_order_with_every_fact_keeps_its_form() {
    let golden = include_str!("golden/order_full.2.json");
    let written = serde_json::to_string_pretty(&order_with_every_fact()).unwrap();
    let same = serde_json::from_str::<Value>(golden).unwrap() == serde_json::from_str::<Value>(&written).unwrap();
    assert!(same, "the form of an order has changed: {written}");
    assert_eq!(Order::from_json(golden), Ok(order_with_every_fact()));
}

#[test]
fn an_order_of_a_newer_form_is_not_read_as_something_else() {
    let mut newer: Value = serde_json::from_str(include_str!("golden/order.2.json")).unwrap();
    newer["schema"] = (Order::SCHEMA + 1).into();
    let error = Order::from_json(&newer.to_string()).unwrap_err().to_string();
    assert_eq!(error, "this version knows order up to schema 2, not 3");
}

#[test]
fn every_type_of_change_keeps_its_form() {
    let golden = include_str!("golden/order_changes.2.json");
    let changes: Vec<OrderChange> = serde_json::from_str(golden).unwrap();
    assert_eq!(serde_json::to_value(&changes).unwrap(), serde_json::from_str::<Value>(golden).unwrap());
    let types: Vec<&str> = changes.iter().map(OrderChange::type_name).collect();
    assert_eq!(types, OrderChange::TYPES, "each type has its golden form");
}

#[test]
fn a_change_of_form_1_is_read_as_one_of_today() {
    let golden: Vec<Box<RawValue>> = serde_json::from_str(include_str!("golden/order_changes.1.json")).unwrap();
    let types = golden.iter().map(|change| OrderChange::read(1, change.get()).unwrap().type_name());
    let types: Vec<&str> = types.collect();
    assert_eq!(types, ["open", "add_line", "set_qty", "void_line", "add_payment", "close"]);
}
