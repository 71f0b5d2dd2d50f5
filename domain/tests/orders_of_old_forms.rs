//! Orders written by earlier releases read as they were meant, to the cent, and today's form is frozen.
#![cfg(test)]

use domain::{LineId, Order, Record, StatusRank, Versioned};
use serde_json::Value;

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
    let order = Order::from_json(include_str!("golden/order.v1.json")).unwrap();
    assert_means_the_same(&order);
}

#[test]
fn an_order_of_form_1_that_was_open_stays_open() {
    let mut old: Value = serde_json::from_str(include_str!("golden/order.v1.json")).unwrap();
    old["status"]["rank"] = "open".into();
    old["closing"] = Value::Null;
    let order = Order::from_json(&old.to_string()).unwrap();
    assert_eq!(order.status().rank, StatusRank::Open);
}

#[test]
fn todays_form_is_frozen_and_reads_what_it_wrote() {
    let golden = include_str!("golden/order.v2.json");
    let order = Order::from_json(golden).unwrap();
    assert_means_the_same(&order);
    let written: Value = serde_json::to_value(&order).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(golden).unwrap());
}

#[test]
fn an_order_of_a_newer_form_is_not_read_as_something_else() {
    let mut newer: Value = serde_json::from_str(include_str!("golden/order.v2.json")).unwrap();
    newer["schema"] = (Order::SCHEMA + 1).into();
    let error = Order::from_json(&newer.to_string()).unwrap_err().to_string();
    assert_eq!(error, "this version knows order up to schema 2, not 3");
}
