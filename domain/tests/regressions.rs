//! What broke in other points of sale, as far as records are concerned: each failure is a test here. (The others, about queues,
//! stores and servers, stand with the engine and the server.)
#![cfg(test)]

mod floor;

use domain::{ChangeContext, FindingCode, Order, OrderChange, RejectionCode, StatusRank, Versioned, apply};
use floor::{Made, Till, add, arrive, order_id, reunited};
use serde_json::json;

fn evening() -> Till {
    let mut till = Till::new("dev_b", "stf_mara").with_order(&[("it_soup", 2, &[]), ("it_pale", 1, &["mo_330"])]);
    till.give(json!({ "type": "fire" })).unwrap();
    till
}

fn sent(stream: &[Made]) -> Option<Order> {
    let mut order = None;
    stream.iter().for_each(|made| drop(made.apply(&mut order).unwrap()));
    order
}

#[test]
fn an_order_sent_again_after_a_lost_reply_is_no_second_order_line_or_payment() {
    let mut till = evening();
    till.settle("cash");
    let once = sent(&till.stream);
    let twice = sent(&[till.stream.clone(), till.stream.clone()].concat());
    assert_eq!(once, twice);
}

#[test]
fn two_tabs_that_upload_the_same_queue_in_step_change_nothing_twice() {
    let mut till = evening();
    till.settle("cash");
    let in_step: Vec<Made> = till.stream.iter().flat_map(|made| [made.clone(), made.clone()]).collect();
    assert_eq!(sent(&in_step), sent(&till.stream));
}

#[test]
fn a_ticket_number_that_two_orders_share_is_a_label_and_loses_neither() {
    let till = evening();
    let open = &till.stream[0];
    let mut other = None;
    let other_id = "01a19456-9e38-7f7d-a7c9-0bb511e80000".parse().unwrap();
    let context = ChangeContext::new(&open.stamp, &open.staff, open.at);
    assert_eq!(apply(&mut other, other_id, &open.change, context), Ok(vec![]));
    assert_eq!(other.unwrap().ticket_no, till.seen().ticket_no);
}

#[test]
fn an_order_id_that_two_devices_use_never_empties_the_table_after_the_kitchen_has_cooked() {
    let mut first = evening();
    let before = first.part();
    let second = Till::new("dev_c", "stf_ines").with_order(&[("it_brownie", 1, &[])]);
    let mut order = before.clone();
    let open = second.stream[0].apply(&mut order).unwrap_err();
    assert_eq!(open.code, RejectionCode::ImmutableChanged);
    assert_eq!(order, before, "the second device's order is refused, the first one's stands");
}

#[test]
fn a_paid_order_is_not_overwritten_by_the_draft_that_synced_before_it() {
    let mut till = evening();
    let draft = till.stream.clone();
    till.settle("card_external");
    let mut order = till.order.clone();
    draft.iter().for_each(|made| drop(made.apply(&mut order).unwrap()));
    assert_eq!(order.as_ref().unwrap().payments.len(), 1);
    assert_eq!(order.unwrap().status().rank, StatusRank::Closed);
}

#[test]
fn beers_do_not_vanish_when_two_waiters_serve_one_table() {
    let mut a = evening();
    let start = a.part();
    let mut b = a.joined_by("dev_c", "stf_ines");
    a.give(add("it_pale", 2, &["mo_500"])).unwrap();
    b.give(add("it_pale", 3, &["mo_330"])).unwrap();
    b.give(json!({ "type": "fire" })).unwrap();
    let beers = |order: &Order| -> u16 {
        order.lines.values().filter(|line| line.item_id.as_str() == "it_pale").map(|line| line.qty()).sum()
    };
    let reunion = reunited(&start, &a, &b);
    assert_eq!(beers(&reunion.order), 1 + 2 + 3);
}

#[test]
fn a_table_is_not_released_under_the_hands_of_whoever_takes_the_payment() {
    let mut a = evening();
    let start = a.part();
    let mut b = a.joined_by("dev_c", "stf_ines");
    a.settle("cash");
    b.give(json!({ "type": "move_table", "tableId": null })).unwrap();
    b.give(add("it_brownie", 1, &[])).unwrap();
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.order.status().rank, StatusRank::Closed);
    assert_eq!(reunion.order.payments.len(), 1);
    assert!(reunion.codes().contains(&FindingCode::LateLine));
    assert_eq!(reunion.order.totals().unwrap().balance.minor(), 866, "the brownie with its tax is due");
}

#[test]
fn settled_on_one_device_while_changed_on_another_keeps_both_and_says_so() {
    let mut a = evening();
    let start = a.part();
    let mut b = a.joined_by("dev_c", "stf_ines");
    a.settle("cash");
    b.settle("card_external");
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.order.payments.len(), 2);
    assert!(reunion.codes().contains(&FindingCode::Overpaid));
}

#[test]
fn a_double_click_makes_one_of_everything() {
    let mut till = Till::new("dev_b", "stf_mara");
    let open = json!({ "type": "open_order", "tableId": "tbl_12" });
    let mut soup = add("it_soup", 1, &[]);
    soup["lineId"] = json!("0199f7a0-0000-7000-8000-000000000001");
    let mut pay = json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 785 });
    pay["paymentId"] = json!("0199f7a0-0000-7000-8000-000000000002");
    let mut fire = json!({ "type": "fire" });
    fire["fireId"] = json!("0199f7a0-0000-7000-8000-000000000003");
    for command in [open, soup, fire, pay, json!({ "type": "close_order" })] {
        till.give(command.clone()).unwrap();
        till.give(command).unwrap();
    }
    let types: Vec<_> = till.stream.iter().map(|made| made.change.type_name()).collect();
    assert_eq!(types, ["open", "add_line", "fire", "add_payment", "close"]);
}

#[test]
fn what_is_cancelled_stays_on_record_with_its_reason() {
    let mut till = evening();
    let soup = till.line_of("it_soup");
    till.give(json!({ "type": "void_line", "lineId": soup, "reason": "guest left" })).unwrap();
    till.give(json!({ "type": "void_order", "reason": "power cut" })).unwrap();
    let order = till.seen();
    assert_eq!(order.lines.len(), 2);
    assert_eq!(order.totals().unwrap().voids.minor(), 2 * 725 + 750);
    assert_eq!(order.epochs[&0].voided.as_ref().unwrap().reason.as_ref().unwrap().as_str(), "power cut");
}

#[test]
fn an_order_too_old_to_be_loaded_as_it_is_is_lifted_and_a_newer_one_is_kept_not_discarded() {
    let old = include_str!("golden/order.1.json");
    assert_eq!(domain::Record::from_json(old).map(|order: Order| order.lines.len()), Ok(3));
    let newer = old.replacen("\"schema\": 1", "\"schema\": 9", 1);
    let error = <Order as domain::Record>::from_json(&newer).unwrap_err();
    assert_eq!(error, domain::SchemaError::Newer { name: "order", found: 9, known: Order::SCHEMA });
}

#[test]
fn the_server_checks_again_what_a_device_claims() {
    // A device that was tampered with names a total, a price below zero, an epoch of its own.
    let mut till = evening();
    let mut order = till.part();
    let forged = |change: serde_json::Value| {
        let change: OrderChange = <OrderChange as Versioned>::read(OrderChange::SCHEMA, &change.to_string()).unwrap();
        Made { stamp: "01a19484e5e0-ffff-dev_x".parse().unwrap(), ..Made { change, ..till_made() } }
    };
    let epoch = forged(json!({ "type": "close", "epoch": 7 }));
    assert_eq!(epoch.apply(&mut order).unwrap_err().code, RejectionCode::EpochUnknown);
    let total = forged(json!({ "type": "close", "epoch": 0, "total_minor": 1 }));
    assert_eq!(total.apply(&mut order).unwrap()[0].code, FindingCode::LateLine, "it is not paid");
}

fn till_made() -> Made {
    evening().stream.swap_remove(0)
}

#[test]
fn one_bad_change_blocks_none_behind_it() {
    let mut till = evening();
    let start = till.part();
    till.give(add("it_brownie", 1, &[])).unwrap();
    let mut poisoned = till.stream.clone();
    let mut bad = poisoned[0].clone();
    bad.change = OrderChange::Reopen(domain::Reopen { epoch: 9, reason: "x".to_owned().try_into().unwrap() });
    poisoned.insert(0, bad);
    let reunion = arrive(start, &[&poisoned], || 0);
    assert_eq!(reunion.rejections.len(), 1);
    assert_eq!(reunion.order.lines.len(), 3);
    assert_eq!(reunion.order.order_id, order_id());
}
