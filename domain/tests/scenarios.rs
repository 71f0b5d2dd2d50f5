//! What concurrent work comes to, whatever the order in which it reaches the server: the scenario vectors of orders.
#![cfg(test)]

mod floor;

use std::collections::BTreeSet;

use domain::{FindingCode, FindingWeight, KitchenState, KitchenTicketKind, Money, Order, OrderChange, StatusRank};
use floor::{Till, add, reunited};
use serde_json::json;

/// The lines of the fixture order that are neither void nor comped, and its 10 % discount: 4466 in all.
fn fixture_till() -> Till {
    let burger: &[&str] = &["mo_med", "mo_cheddar", "mo_noonion"];
    let dishes = [("it_burger", 2, burger), ("it_fries", 1, &["mo_aioli"]), ("it_pale", 1, &["mo_330"])];
    let mut till = Till::new("dev_b", "stf_mara").with_order(&dishes);
    let discount =
        json!({ "type": "add_adjustment", "adjustmentKind": "discount", "name": "Neighbour 10%", "ratePpm": 100_000 });
    till.give(discount).unwrap();
    assert_eq!(till.seen().totals().unwrap().total.minor(), 4466);
    till
}

#[test]
fn v1_lines_of_two_devices_are_a_union_and_nothing_is_lost() {
    let mut a = Till::new("dev_a", "stf_mara").with_order(&[("it_lemon", 1, &["mo_s"])]);
    let start = a.part();
    let mut b = a.joined_by("dev_b", "stf_ines");
    a.give(add("it_pale", 2, &["mo_330"])).unwrap();
    b.give(add("it_burger", 2, &["mo_med"])).unwrap();
    b.give(add("it_fries", 3, &[])).unwrap();
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.order.lines.len(), 4);
    assert_eq!(reunion.codes(), []);
    assert_eq!(reunion.order.totals().unwrap().gross.minor(), 425 + 2 * 750 + 2 * 1450 + 3 * 540);
}

#[test]
fn v2_close_outranks_void_and_the_payment_stays() {
    let mut a = fixture_till();
    let start = a.part();
    let mut b = a.joined_by("dev_c", "stf_odell");
    a.settle("cash");
    b.give(json!({ "type": "void_order", "reason": "guests left" })).unwrap();
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.order.status().rank, StatusRank::Closed);
    assert_eq!(reunion.codes(), [FindingCode::CloseVoid]);
    assert_eq!(FindingCode::CloseVoid.weight(), FindingWeight::Review);
    let totals = reunion.order.totals().unwrap();
    assert_eq!((totals.paid.minor(), totals.total.minor(), totals.balance.minor()), (4466, 4466, 0));
}

#[test]
fn v3_a_line_added_before_the_close_was_seen_is_kept_and_the_balance_is_due() {
    let mut a = fixture_till();
    let start = a.part();
    let mut b = a.joined_by("dev_c", "stf_ines");
    a.settle("cash");
    b.give(add("it_pale", 1, &["mo_330"])).unwrap();
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.order.status().rank, StatusRank::Closed);
    assert_eq!(reunion.codes(), [FindingCode::LateLine]);
    let totals = reunion.order.totals().unwrap();
    assert_eq!((totals.discounts.minor(), totals.total.minor(), totals.balance.minor()), (532, 5214, 748));
    let shares: Vec<_> =
        reunion.order.lines_in_order().iter().map(|line| totals.lines[&line.line_id].discount.minor()).collect();
    assert_eq!(shares, [320, 62, 75, 75]);
    let taxes: Vec<_> = totals.taxes.iter().map(|tax| tax.tax.minor()).collect();
    assert_eq!(taxes, [148, 283], "alcohol and food");
}

#[test]
fn v4_quantities_changed_by_two_devices_add_up_and_say_so() {
    let mut a = Till::new("dev_a", "stf_mara").with_order(&[("it_soup", 1, &[])]);
    let start = a.part();
    let mut b = a.joined_by("dev_b", "stf_ines");
    let soup = a.line_of("it_soup");
    a.give(json!({ "type": "set_qty", "lineId": soup, "qty": 2 })).unwrap();
    b.give(json!({ "type": "set_qty", "lineId": soup, "qty": 3 })).unwrap();
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.order.lines_in_order()[0].qty(), 4);
    assert_eq!(reunion.codes(), [FindingCode::QtyMerged]);
}

#[test]
fn v5_a_void_after_fire_sticks_while_the_kitchen_goes_on_and_is_called_back_once() {
    let mut a = Till::new("dev_a", "stf_mara").with_order(&[("it_soup", 1, &[])]);
    a.give(json!({ "type": "fire" })).unwrap();
    let start = a.part();
    let mut kitchen = a.joined_by("dev_kitchen", "stf_tomas");
    let soup = a.line_of("it_soup");
    a.give(json!({ "type": "void_line", "lineId": soup, "reason": "guest left" })).unwrap();
    kitchen.give(json!({ "type": "bump", "lineIds": [soup], "to": "ready" })).unwrap();
    let reunion = reunited(&start, &a, &kitchen);
    let line = reunion.order.lines_in_order()[0];
    assert!(line.void.is_some());
    assert_eq!(line.kitchen, KitchenState::Ready);
    // The printer had the first ticket before the parting, and sees the reunited order as often as it syncs.
    let mut seen = BTreeSet::new();
    let mut printed =
        |order: &Order| -> Vec<_> { order.unseen_tickets(&mut seen).iter().map(|ticket| ticket.kind).collect() };
    assert_eq!(printed(start.as_ref().unwrap()), [KitchenTicketKind::Make]);
    assert_eq!(printed(&reunion.order), [KitchenTicketKind::Cancel]);
    assert_eq!(printed(&reunion.order), []);
}

#[test]
fn v6_a_bill_paid_on_two_devices_keeps_both_payments_and_says_so() {
    let mut a = fixture_till();
    let start = a.part();
    let mut b = a.joined_by("dev_c", "stf_ines");
    a.give(json!({ "type": "add_payment", "paymentType": "card_external", "amountMinor": 4466 })).unwrap();
    b.give(json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 4466 })).unwrap();
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.codes(), [FindingCode::Overpaid]);
    assert_eq!(reunion.order.payments.len(), 2);
    assert_eq!(reunion.order.totals().unwrap().balance.minor(), -4466);
}

#[test]
fn v8_of_two_notes_the_later_shows_and_the_other_is_kept_in_the_finding() {
    let mut a = Till::new("dev_a", "stf_mara").with_order(&[("it_soup", 1, &[])]);
    let start = a.part();
    let mut b = a.joined_by("dev_b", "stf_ines");
    b.wait_s(60);
    a.give(json!({ "type": "add_note", "note": "no nuts" })).unwrap();
    b.give(json!({ "type": "add_note", "note": "nut allergy!!" })).unwrap();
    let reunion = reunited(&start, &a, &b);
    assert_eq!(reunion.codes(), [FindingCode::NoteReplaced]);
    let shown = reunion.order.note.unwrap().value.unwrap();
    assert_eq!(shown.as_str(), "nut allergy!!");
    let finding = &reunion.findings[0];
    assert_eq!((finding.kept.as_deref(), finding.lost.as_deref()), (Some("nut allergy!!"), Some("no nuts")));
}

#[test]
fn v12_a_mutation_of_a_cloned_device_under_a_known_id_with_other_content_is_refused_and_overwrites_nothing() {
    let mut original = Till::new("dev_b", "stf_mara").with_order(&[("it_soup", 1, &[])]);
    let start = original.part();
    // The clone makes the very ids that the original makes, for other dishes and amounts.
    let mut clone = original.clone();
    original.give(add("it_soup", 2, &[])).unwrap();
    original.give(json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 500 })).unwrap();
    clone.give(add("it_brownie", 1, &[])).unwrap();
    clone.give(json!({ "type": "add_payment", "paymentType": "cash", "amountMinor": 700 })).unwrap();
    let streams = [original.stream.as_slice(), clone.stream.as_slice()];
    let mut turn = 0;
    let reunion = floor::arrive(start, &streams, || {
        turn += 1;
        usize::from(turn > 2)
    });
    let refused: Vec<_> = reunion.rejections.iter().map(|rejection| rejection.code.as_str()).collect();
    assert_eq!(refused, ["IMMUTABLE_CHANGED", "IMMUTABLE_CHANGED"]);
    assert_eq!(&reunion.order, original.seen());
}

#[test]
fn v13_a_push_whose_reply_was_lost_changes_nothing_when_it_comes_again() {
    let mut till = fixture_till();
    till.give(json!({ "type": "fire" })).unwrap();
    till.give(json!({ "type": "add_note", "note": "window" })).unwrap();
    till.settle("cash");
    let mut order = None;
    till.stream.iter().for_each(|made| drop(made.apply(&mut order).unwrap()));
    let once = order.clone();
    for made in &till.stream {
        assert_eq!(made.apply(&mut order), Ok(vec![]), "{:?}", made.change);
        assert_eq!(order, once, "{:?}", made.change);
    }
}

#[test]
fn v14_an_older_state_of_a_closed_order_merged_again_does_not_open_it() {
    let mut till = fixture_till();
    let before_close = till.stream.clone();
    till.settle("cash");
    let mut order = till.order.clone();
    before_close.iter().for_each(|made| drop(made.apply(&mut order).unwrap()));
    assert_eq!(order, till.order);
    assert_eq!(order.unwrap().status().rank, StatusRank::Closed);
}

#[test]
fn a_till_that_closes_says_what_it_took_the_order_to_come_to() {
    let mut till = fixture_till();
    till.settle("cash");
    let Some(OrderChange::Close(close)) = till.stream.last().map(|made| made.change.clone()) else { panic!("closed") };
    assert_eq!(close.total_minor.map(Money::minor), Some(4466));
}
