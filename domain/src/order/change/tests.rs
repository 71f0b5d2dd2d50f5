//! The laws of applying changes: repeats are harmless, refusals change nothing, facts stick, and whoever gives way is told.

use super::*;
use crate::limits::{LINES_MAX, Quantity};
use crate::money::Rate;
use crate::order::test_orders::{change_by, line_id, open_change, opened, plain_line};
use crate::order::{
    AdjustmentKind, AdjustmentScope, AdjustmentSize, FiredLine, KitchenState, KitchenTicketKind, OrderType,
    PaymentState, PaymentStatus, PaymentType, StatusRank,
};

fn label(text: &str) -> Label {
    text.to_owned().try_into().unwrap()
}

fn money(minor: i64) -> Money {
    minor.try_into().unwrap()
}

fn stamp(device: &str, counter: u16) -> Stamp {
    format!("01a19484e5e0-{counter:04x}-{device}").parse().unwrap()
}

fn add(number: u16, price: i64, qty: u16) -> OrderChange {
    OrderChange::AddLine(plain_line(line_id(number), price, qty))
}

fn set(number: u16, from: u32, to: u32) -> OrderChange {
    let (from, to) = (from.try_into().unwrap(), to.try_into().unwrap());
    OrderChange::SetQty(SetQty { line_id: line_id(number), from, to })
}

fn void(number: u16, reason: &str) -> OrderChange {
    OrderChange::VoidLine(VoidLine { line_id: line_id(number), reason: label(reason) })
}

fn comp(number: u16, reason: &str) -> OrderChange {
    OrderChange::CompLine(CompLine { line_id: line_id(number), reason: label(reason) })
}

fn fire(number: u8, lines: &[(u16, u32)]) -> OrderChange {
    let fired = |(line, qty): &(u16, u32)| FiredLine { line_id: line_id(*line), qty: (*qty).try_into().unwrap() };
    OrderChange::Fire(Fire {
        fire_id: format!("01a19456-9e38-7000-d000-{number:012x}").parse().unwrap(),
        lines: lines.iter().map(fired).collect(),
        station: None,
        reprint_of: None,
    })
}

fn bump(number: u16, to: KitchenState) -> OrderChange {
    OrderChange::Bump(Bump { line_ids: vec![line_id(number)], to })
}

fn payment_id(number: u8) -> PaymentId {
    format!("01a19456-9e38-7000-9000-{number:012x}").parse().unwrap()
}

fn pay(number: u8, amount: i64, payment_type: PaymentType) -> OrderChange {
    OrderChange::AddPayment(AddPayment {
        payment_id: payment_id(number),
        payment_type,
        amount_minor: money(amount),
        tendered_minor: None,
        tip_minor: Money::ZERO,
        check_id: None,
        drawer_session_id: None,
    })
}

fn cash(number: u8, amount: i64) -> OrderChange {
    pay(number, amount, PaymentType::Cash)
}

fn refund(number: u8, amount: i64) -> OrderChange {
    OrderChange::AddRefund(AddRefund {
        refund_id: format!("01a19456-9e38-7000-b000-{number:012x}").parse().unwrap(),
        payment_id: None,
        payment_type: PaymentType::Cash,
        amount_minor: money(amount),
        reason: label("cold"),
        drawer_session_id: None,
    })
}

fn discount(number: u8, discount_id: Option<&str>, ppm: u32) -> OrderChange {
    OrderChange::AddAdjustment(AddAdjustment {
        adjustment_id: format!("01a19456-9e38-7000-a000-{number:012x}").parse().unwrap(),
        kind: AdjustmentKind::Discount,
        name: label("Neighbour"),
        scope: AdjustmentScope::Order,
        size: AdjustmentSize::RatePpm(Rate::try_from(ppm).unwrap()),
        discount_id: discount_id.map(|id| id.parse().unwrap()),
        stackable: false,
        taxes: Vec::new(),
        reason: None,
    })
}

fn stackable(number: u8, ppm: u32) -> OrderChange {
    let OrderChange::AddAdjustment(adjustment) = discount(number, Some("happy_hour"), ppm) else { unreachable!() };
    OrderChange::AddAdjustment(AddAdjustment { stackable: true, ..adjustment })
}

fn close(epoch: u16) -> OrderChange {
    OrderChange::Close(Close { epoch, total_minor: None })
}

fn total(order: &Option<Order>) -> i64 {
    order.as_ref().unwrap().totals().unwrap().total.minor()
}

fn balance(order: &Option<Order>) -> i64 {
    order.as_ref().unwrap().totals().unwrap().balance.minor()
}

fn line(order: &Option<Order>, number: u16) -> &Line {
    &order.as_ref().unwrap().lines[&line_id(number)]
}

/// Applies two changes of two devices in both orders; the result must be the same.
fn either_way(start: &Option<Order>, a: &OrderChange, b: &OrderChange) -> (Option<Order>, [Vec<FindingCode>; 2]) {
    let (mut ab, mut ba) = (start.clone(), start.clone());
    change_by(&mut ab, "dev_b", 20, a).unwrap();
    let second = change_by(&mut ab, "dev_c", 21, b).unwrap();
    change_by(&mut ba, "dev_c", 21, b).unwrap();
    let first = change_by(&mut ba, "dev_b", 20, a).unwrap();
    assert_eq!(ab, ba, "{a:?} and {b:?} lead to one order whichever comes first");
    (ab, [first, second])
}

#[test]
fn reductions_by_two_devices_stop_at_zero() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 3)).unwrap();
    let (order, _) = either_way(&order, &set(1, 3, 1), &set(1, 3, 1));
    assert_eq!((line(&order, 1).qty(), total(&order)), (0, 0));
}

#[test]
fn a_change_of_quantity_that_comes_twice_counts_once() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &set(1, 1, 5)).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 2, &set(1, 1, 5)), Ok(vec![]));
    assert_eq!(line(&order, 1).qty(), 5);
}

#[test]
fn a_line_that_the_closing_device_had_not_seen_is_flagged_whichever_arrives_first() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 750, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &cash(1, 750)).unwrap();
    let (order, findings) = either_way(&order, &close(0), &add(2, 880, 1));
    assert_eq!(findings, [vec![FindingCode::LateLine], vec![FindingCode::LateLine]]);
    assert_eq!((order.as_ref().unwrap().status().rank, balance(&order)), (StatusRank::Closed, 880));
}

#[test]
fn of_two_voids_the_earlier_stands_whichever_arrives_first() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    let (order, findings) = either_way(&order, &void(1, "spilled"), &void(1, "wrong table"));
    assert_eq!(findings, [vec![FindingCode::LineAlreadyVoid], vec![FindingCode::LineAlreadyVoid]]);
    let standing = line(&order, 1).void.as_ref().unwrap();
    assert_eq!(standing.reason.as_ref().unwrap().as_str(), "spilled");
}

#[test]
fn void_beats_comp_and_of_two_comps_the_earlier_stands() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    let (comped, findings) = either_way(&order, &comp(1, "long wait"), &comp(1, "regular"));
    assert_eq!(findings, [vec![FindingCode::LineAlreadyComped], vec![FindingCode::LineAlreadyComped]]);
    let totals = comped.as_ref().unwrap().totals().unwrap();
    assert_eq!((totals.comps.minor(), totals.total.minor()), (100, 0));
    let (order, _) = either_way(&order, &void(1, "mistake"), &comp(1, "regular"));
    let totals = order.as_ref().unwrap().totals().unwrap();
    assert_eq!((totals.comps.minor(), totals.voids.minor()), (0, 100));
}

#[test]
fn after_fire_a_lines_quantity_and_modifiers_are_frozen_and_a_repeat_is_let_through() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &set(1, 1, 2)).unwrap();
    change_by(&mut order, "dev_b", 3, &fire(1, &[(1, 2)])).unwrap();
    let modifiers =
        OrderChange::SetModifiers(SetModifiers { line_id: line_id(1), modifiers: vec![], seen: stamp("dev_b", 1) });
    assert_eq!(change_by(&mut order, "dev_b", 4, &set(1, 2, 3)), Err(RejectionCode::LineSent));
    assert_eq!(change_by(&mut order, "dev_b", 5, &modifiers), Err(RejectionCode::LineSent));
    assert_eq!(change_by(&mut order, "dev_b", 2, &set(1, 1, 2)), Ok(vec![]), "it came before the fire");
    assert_eq!(line(&order, 1).qty(), 2);
}

#[test]
fn a_fire_that_comes_again_under_its_id_makes_no_second_ticket() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 2)).unwrap();
    change_by(&mut order, "dev_b", 2, &fire(1, &[(1, 2)])).unwrap();
    let once = order.clone();
    assert_eq!(change_by(&mut order, "dev_b", 2, &fire(1, &[(1, 2)])), Ok(vec![]));
    assert_eq!(order, once);
    assert_eq!(change_by(&mut order, "dev_c", 9, &fire(1, &[(1, 1)])), Err(RejectionCode::ImmutableChanged));
    assert_eq!(order.unwrap().kitchen_tickets().len(), 1);
}

#[test]
fn a_reprint_is_asked_for_by_name_and_makes_nothing_anew() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 2)).unwrap();
    change_by(&mut order, "dev_b", 2, &fire(1, &[(1, 2)])).unwrap();
    let OrderChange::Fire(mut again) = fire(2, &[(1, 2)]) else { unreachable!() };
    again.reprint_of = Some("01a19456-9e38-7000-d000-000000000001".parse().unwrap());
    assert_eq!(change_by(&mut order, "dev_b", 3, &OrderChange::Fire(again)), Ok(vec![]));
    let order = order.unwrap();
    assert_eq!(order.fired_qty(line_id(1)), 2);
    let kinds: Vec<_> = order.kitchen_tickets().iter().map(|ticket| ticket.kind).collect();
    assert_eq!(kinds, [KitchenTicketKind::Make, KitchenTicketKind::Reprint]);
}

#[test]
fn a_kitchen_that_makes_another_quantity_than_the_bill_says_is_told() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    change_by(&mut order, "dev_c", 2, &set(1, 1, 3)).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 3, &fire(1, &[(1, 1)])), Ok(vec![FindingCode::FiredQtyDiffers]));
    assert_eq!(change_by(&mut order, "dev_b", 4, &fire(2, &[(1, 2)])), Ok(vec![]), "the rest is fired");
}

#[test]
fn a_line_fired_on_one_device_and_voided_on_another_is_called_back_once() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    let (order, findings) = either_way(&order, &fire(1, &[(1, 1)]), &void(1, "mistake"));
    assert_eq!(findings, [vec![FindingCode::LineAlreadyVoid], vec![]]);
    let kinds: Vec<_> = order.as_ref().unwrap().kitchen_tickets().iter().map(|ticket| ticket.kind).collect();
    assert_eq!(kinds, [KitchenTicketKind::Make, KitchenTicketKind::Cancel]);
}

#[test]
fn the_kitchens_progress_never_goes_back_and_only_the_kitchen_or_the_firing_device_moves_it() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &fire(1, &[(1, 1)])).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 3, &bump(1, KitchenState::Ready)), Err(RejectionCode::NotKitchen));
    assert_eq!(change_by(&mut order, "dev_b", 3, &bump(1, KitchenState::Sent)), Err(RejectionCode::ChangeInvalid));
    let stamp = stamp("dev_kds", 4);
    let staff = "stf_tomas".parse().unwrap();
    let at = order.as_ref().unwrap().opened_at;
    let kitchen = ChangeContext::new(&stamp, &staff, at).in_kitchen();
    let order_id = order.as_ref().unwrap().order_id;
    assert_eq!(apply(&mut order, order_id, &bump(1, KitchenState::Ready), kitchen), Ok(vec![]));
    assert_eq!(change_by(&mut order, "dev_b", 5, &bump(1, KitchenState::InProgress)), Ok(vec![]));
    assert_eq!(line(&order, 1).kitchen, KitchenState::Ready);
}

#[test]
fn what_two_people_set_without_seeing_each_other_is_reported_with_both_values() {
    let order = opened();
    let seen = stamp("dev_b", 0);
    let table =
        |table: &str| OrderChange::MoveTable(MoveTable { table_id: Some(table.parse().unwrap()), seen: seen.clone() });
    let server =
        |who: &str| OrderChange::TransferServer(TransferServer { server_id: who.parse().unwrap(), seen: seen.clone() });
    let guests =
        |count: u32| OrderChange::SetGuests(SetGuests { guests: count.try_into().unwrap(), seen: seen.clone() });
    let kind = |order_type| OrderChange::SetOrderType(SetOrderType { order_type, seen: seen.clone() });
    for (a, b) in [
        (table("tbl_1"), table("tbl_2")),
        (server("stf_ines"), server("stf_odell")),
        (guests(3), guests(5)),
        (kind(OrderType::Takeaway), kind(OrderType::Delivery)),
    ] {
        let (_, findings) = either_way(&order, &a, &b);
        assert_eq!(findings, [vec![FindingCode::FieldConflict], vec![FindingCode::FieldConflict]]);
        let (_, findings) = either_way(&order, &a, &a);
        assert_eq!(findings, [vec![], vec![]], "the same value is no conflict");
    }
    let mut order = order;
    let order_id = order.as_ref().unwrap().order_id;
    let told = |order: &Option<Order>, a: &OrderChange, b: &OrderChange| {
        let (mut order, staff) = (order.clone(), "stf_ines".parse().unwrap());
        change_by(&mut order, "dev_b", 1, a).unwrap();
        let (stamp, at) = (stamp("dev_c", 2), order.as_ref().unwrap().opened_at);
        let finding = apply(&mut order, order_id, b, ChangeContext::new(&stamp, &staff, at)).unwrap().remove(0);
        [finding.field, finding.kept, finding.lost].map(Option::unwrap)
    };
    let words = told(&order, &kind(OrderType::Takeaway), &kind(OrderType::Delivery));
    assert_eq!(words, ["order_type", "delivery", "takeaway"]);
    let words = told(&order, &kind(OrderType::Takeaway), &kind(OrderType::DineIn));
    assert_eq!(words, ["order_type", "dine_in", "takeaway"]);
    assert_eq!(told(&order, &guests(3), &guests(5)), ["guests", "5", "3"]);
    assert_eq!(told(&order, &server("stf_x"), &server("stf_y")), ["server_id", "stf_y", "stf_x"]);
    change_by(&mut order, "dev_b", 1, &table("tbl_1")).unwrap();
    let (stamp, staff) = (stamp("dev_c", 2), "stf_ines".parse().unwrap());
    let at = order.as_ref().unwrap().opened_at;
    let findings = apply(&mut order, order_id, &table("tbl_2"), ChangeContext::new(&stamp, &staff, at)).unwrap();
    assert_eq!((findings[0].kept.as_deref(), findings[0].lost.as_deref()), (Some("tbl_2"), Some("tbl_1")));
    assert_eq!(findings[0].field.as_deref(), Some("table_id"));
}

#[test]
fn whoever_saw_what_they_replace_conflicts_with_nobody() {
    let mut order = opened();
    let table =
        |table: &str, seen: Stamp| OrderChange::MoveTable(MoveTable { table_id: Some(table.parse().unwrap()), seen });
    assert_eq!(change_by(&mut order, "dev_b", 1, &table("tbl_1", stamp("dev_b", 0))), Ok(vec![]));
    assert_eq!(change_by(&mut order, "dev_c", 2, &table("tbl_2", stamp("dev_b", 1))), Ok(vec![]));
}

#[test]
fn modifiers_chosen_twice_are_reported_and_the_later_choice_stands() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    let choose = |name: &str, price: i64| {
        let modifier =
            super::super::Modifier { option_id: "mo_x".parse().unwrap(), name: label(name), price_minor: money(price) };
        let (modifiers, seen) = (vec![modifier], stamp("dev_b", 1));
        OrderChange::SetModifiers(SetModifiers { line_id: line_id(1), modifiers, seen })
    };
    let (chosen, findings) = either_way(&order, &choose("cheddar", 150), &choose("blue", 175));
    assert_eq!(findings, [vec![FindingCode::ModifiersReplaced], vec![FindingCode::ModifiersReplaced]]);
    assert_eq!(total(&chosen), 275);
    assert_eq!(change_by(&mut order, "dev_b", 2, &choose("gift", -101)), Err(RejectionCode::ChangeInvalid));
    assert_eq!(total(&order), 100);
}

#[test]
fn a_line_moved_to_two_checks_goes_where_the_later_move_says_and_is_on_one() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    let split = |number: u8| {
        OrderChange::SplitCheck(SplitCheck {
            check_id: format!("01a19456-9e38-7000-c000-{number:012x}").parse().unwrap(),
            name: None,
            lines: vec![Moved { id: line_id(1), seen: None }],
        })
    };
    let (order, findings) = either_way(&order, &split(1), &split(2));
    assert_eq!(findings, [vec![FindingCode::MovedTwice], vec![FindingCode::MovedTwice]]);
    let order = order.unwrap();
    let bearing: Vec<_> = order.check_totals().unwrap().into_iter().filter(|check| check.total > Money::ZERO).collect();
    assert_eq!(bearing.len(), 1, "no guest pays twice");
    assert!(bearing[0].check_id.to_string().ends_with('2'));
}

#[test]
fn a_discount_that_may_be_given_once_counts_once_and_a_removed_one_stays_removed() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1000, 1)).unwrap();
    let (twice, findings) =
        either_way(&order, &discount(2, Some("staff"), 100_000), &discount(1, Some("staff"), 200_000));
    assert_eq!(findings, [vec![FindingCode::DupDiscount], vec![FindingCode::DupDiscount]]);
    assert_eq!(total(&twice), 900, "the first one given counts");
    let (stacked, findings) = either_way(&order, &stackable(1, 100_000), &stackable(2, 200_000));
    assert_eq!(findings, [vec![], vec![]]);
    assert_eq!(total(&stacked), 700, "both count where the tenant lets them");
    let mut order = twice;
    for number in [1, 2] {
        let OrderChange::AddAdjustment(added) = discount(number, None, 1) else { unreachable!() };
        let remove = OrderChange::RemoveAdjustment(RemoveAdjustment { adjustment_id: added.adjustment_id });
        change_by(&mut order, "dev_b", 30 + u16::from(number), &remove).unwrap();
    }
    assert_eq!(change_by(&mut order, "dev_b", 20, &discount(2, Some("staff"), 100_000)), Ok(vec![]), "a repeat");
    assert_eq!(total(&order), 1000);
}

#[test]
fn a_voided_or_declined_payment_counts_for_nothing_and_is_still_there() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1000, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &pay(1, 600, PaymentType::CardExternal)).unwrap();
    change_by(&mut order, "dev_b", 3, &cash(2, 400)).unwrap();
    let declined = OrderChange::MarkPayment(MarkPayment { payment_id: payment_id(1), mark: PaymentMark::Declined });
    let voided = OrderChange::VoidPayment(VoidPayment { payment_id: payment_id(2), reason: label("wrong bill") });
    let (order, _) = either_way(&order, &declined, &voided);
    let order = order.unwrap();
    assert_eq!(order.totals().unwrap().paid, Money::ZERO);
    let status = |number| order.payments[&payment_id(number)].status();
    assert_eq!((status(1), status(2)), (PaymentStatus::Declined, PaymentStatus::Voided));
}

#[test]
fn a_refund_is_a_record_of_its_own_and_more_than_was_paid_is_flagged() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1000, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &cash(1, 1000)).unwrap();
    let (order, findings) = either_way(&order, &refund(1, 700), &refund(2, 300));
    assert_eq!(findings, [vec![], vec![]]);
    let mut order = order;
    let totals = order.as_ref().unwrap().totals().unwrap();
    assert_eq!((totals.paid.minor(), totals.balance.minor()), (1000, 1000));
    assert_eq!(totals.payment_state(), PaymentState::Refunded);
    assert_eq!(change_by(&mut order, "dev_c", 22, &refund(3, 1)), Ok(vec![FindingCode::OverRefunded]));
    assert_eq!(change_by(&mut order, "dev_c", 22, &refund(3, 2)), Err(RejectionCode::ImmutableChanged));
}

fn tip(number: u8, amount: i64, seen: Stamp) -> OrderChange {
    let tip_id = format!("01a19456-9e38-7000-e000-{number:012x}").parse().unwrap();
    OrderChange::AddTip(AddTip { tip_id, payment_id: payment_id(1), tip_minor: money(amount), seen })
}

#[test]
fn the_last_tip_before_the_batch_closed_counts_and_later_ones_are_corrections() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &pay(1, 1000, PaymentType::CardExternal)).unwrap();
    change_by(&mut order, "dev_b", 2, &tip(1, 100, stamp("dev_b", 1))).unwrap();
    let tips = |order: &Option<Order>| order.as_ref().unwrap().totals().unwrap().tips.minor();
    let (two, findings) = either_way(&order, &tip(2, 200, stamp("dev_b", 2)), &tip(3, 300, stamp("dev_b", 2)));
    assert_eq!(findings, [vec![FindingCode::TipReplaced], vec![FindingCode::TipReplaced]]);
    assert_eq!(tips(&two), 300);
    let captured = OrderChange::MarkPayment(MarkPayment { payment_id: payment_id(1), mark: PaymentMark::Captured });
    let mut order = two;
    change_by(&mut order, "dev_b", 30, &captured).unwrap();
    assert_eq!(
        change_by(&mut order, "dev_b", 31, &tip(4, 900, stamp("dev_c", 21))),
        Ok(vec![FindingCode::TipAfterCapture])
    );
    assert_eq!(tips(&order), 300);
    let tip_id = "01a19456-9e38-7000-e000-000000000009".parse().unwrap();
    let adjust = |by| {
        OrderChange::AdjustTip(AdjustTip {
            tip_id,
            payment_id: payment_id(1),
            by_minor: money(by),
            reason: label("slip"),
        })
    };
    change_by(&mut order, "dev_b", 32, &adjust(-50)).unwrap();
    assert_eq!(tips(&order), 250);
    assert_eq!(change_by(&mut order, "dev_b", 33, &adjust(-60)), Err(RejectionCode::ImmutableChanged));
}

#[test]
fn a_payment_voided_here_and_captured_there_is_for_somebody_to_look_at() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &pay(1, 1000, PaymentType::CardExternal)).unwrap();
    let captured = OrderChange::MarkPayment(MarkPayment { payment_id: payment_id(1), mark: PaymentMark::Captured });
    let voided = OrderChange::VoidPayment(VoidPayment { payment_id: payment_id(1), reason: label("wrong bill") });
    let (order, findings) = either_way(&order, &captured, &voided);
    assert_eq!(findings, [vec![FindingCode::FieldConflict], vec![FindingCode::FieldConflict]]);
    assert_eq!(order.as_ref().unwrap().payments[&payment_id(1)].status(), PaymentStatus::Voided);
    let mut order = order;
    assert_eq!(change_by(&mut order, "dev_b", 20, &captured), Ok(vec![]), "a repeat");
    assert_eq!(
        change_by(&mut order, "dev_b", 30, &tip(1, 5, stamp("dev_b", 1))),
        Ok(vec![FindingCode::EditAfterDelete])
    );
    assert_eq!(order.unwrap().totals().unwrap().tips, Money::ZERO);
}

#[test]
fn a_reopening_begins_an_epoch_and_an_old_close_does_not_end_it() {
    let mut order = opened();
    let reopen = |epoch| OrderChange::Reopen(Reopen { epoch, reason: label("forgot dessert") });
    change_by(&mut order, "dev_b", 1, &close(0)).unwrap();
    change_by(&mut order, "dev_b", 2, &reopen(1)).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 3, &close(0)), Ok(vec![]));
    assert_eq!(order.as_ref().unwrap().status().rank, StatusRank::Open);
    assert_eq!(change_by(&mut order, "dev_c", 4, &add(1, 100, 1)), Ok(vec![]), "no late line in an open order");
    assert_eq!(change_by(&mut order, "dev_c", 5, &reopen(3)), Err(RejectionCode::EpochUnknown));
    assert_eq!(change_by(&mut order, "dev_c", 5, &close(2)), Err(RejectionCode::EpochUnknown));
    assert_eq!(change_by(&mut order, "dev_c", 5, &reopen(0)), Err(RejectionCode::EpochUnknown));
    let order = order.unwrap();
    assert_eq!(order.epochs[&0].closed.as_ref().unwrap().stamp, stamp("dev_b", 1), "the first close stands");
}

#[test]
fn a_total_that_the_facts_do_not_come_to_is_kept_and_flagged() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1000, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &cash(1, 1000)).unwrap();
    let wrong = OrderChange::Close(Close { epoch: 0, total_minor: Some(money(900)) });
    assert_eq!(change_by(&mut order, "dev_b", 3, &wrong), Ok(vec![FindingCode::TotalMismatch]));
    assert_eq!(order.unwrap().epochs[&0].closed_total_minor, Some(money(900)));
}

#[test]
fn a_line_added_to_a_voided_order_is_kept_and_flagged() {
    let mut order = opened();
    let void = OrderChange::VoidOrder(VoidOrder { epoch: 0, reason: label("guests left") });
    change_by(&mut order, "dev_b", 1, &void).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 2, &add(1, 100, 1)), Ok(vec![FindingCode::LateLine]));
    assert_eq!(change_by(&mut order, "dev_c", 3, &cash(1, 100)), Ok(vec![FindingCode::Overpaid]));
}

#[test]
fn a_refused_change_leaves_the_order_as_it_was() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 750, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &cash(1, 100)).unwrap();
    let before = order.clone();
    let huge = crate::money::AMOUNT_MINOR_MAX;
    let unknown = payment_id(9);
    for (change, code) in [
        (open_change("B-0043"), RejectionCode::ImmutableChanged),
        (add(1, 751, 1), RejectionCode::ImmutableChanged),
        (add(2, -1, 1), RejectionCode::ChangeInvalid),
        (add(2, huge, 2), RejectionCode::LimitExceeded),
        (set(9, 1, 2), RejectionCode::LineUnknown),
        (void(9, "gone"), RejectionCode::LineUnknown),
        (comp(9, "gone"), RejectionCode::LineUnknown),
        (fire(1, &[(9, 1)]), RejectionCode::LineUnknown),
        (fire(1, &[]), RejectionCode::ChangeInvalid),
        (bump(9, KitchenState::Ready), RejectionCode::LineUnknown),
        (cash(1, 200), RejectionCode::ImmutableChanged),
        (cash(2, 0), RejectionCode::ChangeInvalid),
        (cash(2, -5), RejectionCode::ChangeInvalid),
        (cash(2, huge), RejectionCode::LimitExceeded),
        (refund(1, 0), RejectionCode::ChangeInvalid),
        (discount(1, None, 1_000_001), RejectionCode::ChangeInvalid),
        (discount(1, None, 0), RejectionCode::ChangeInvalid),
        (
            OrderChange::VoidPayment(VoidPayment { payment_id: unknown, reason: label("x") }),
            RejectionCode::PaymentUnknown,
        ),
        (
            OrderChange::RemoveAdjustment(RemoveAdjustment {
                adjustment_id: "01a19456-9e38-7000-a000-000000000009".parse().unwrap(),
            }),
            RejectionCode::AdjustmentUnknown,
        ),
        (
            OrderChange::MergeChecks(MergeChecks {
                into: "01a19456-9e38-7000-c000-000000000009".parse().unwrap(),
                lines: vec![],
                payments: vec![],
            }),
            RejectionCode::CheckUnknown,
        ),
    ] {
        assert_eq!(change_by(&mut order, "dev_c", 9, &change), Err(code), "{change:?}");
        assert_eq!(order, before);
    }
    assert_eq!(change_by(&mut None, "dev_b", 1, &add(1, 750, 1)), Err(RejectionCode::OrderUnknown));
}

#[test]
fn a_payment_taken_back_where_the_order_would_then_come_to_too_much_is_refused_whole() {
    let huge = crate::money::AMOUNT_MINOR_MAX;
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, huge, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &cash(1, huge)).unwrap();
    change_by(&mut order, "dev_b", 3, &refund(1, huge)).unwrap();
    let before = order.clone();
    let void = OrderChange::VoidPayment(VoidPayment { payment_id: payment_id(1), reason: label("wrong bill") });
    assert_eq!(change_by(&mut order, "dev_b", 4, &void), Err(RejectionCode::LimitExceeded));
    assert_eq!(order, before);
}

#[test]
fn an_order_holds_300_lines_and_refuses_the_next() {
    let mut order = opened();
    for number in 0..LINES_MAX {
        change_by(&mut order, "dev_b", 1, &add(u16::try_from(number).unwrap(), 1, 1)).unwrap();
    }
    assert_eq!(change_by(&mut order, "dev_b", 1, &add(300, 1, 1)), Err(RejectionCode::LimitExceeded));
}

#[test]
fn an_order_holds_100_of_each_other_fact_and_refuses_the_next() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1, 9_000)).unwrap();
    for number in 0..100 {
        change_by(&mut order, "dev_b", 2, &cash(number, 1)).unwrap();
        change_by(&mut order, "dev_b", 2, &fire(number, &[(1, 1)])).unwrap();
        change_by(&mut order, "dev_b", 2, &discount(number, None, 1)).unwrap();
    }
    for change in [cash(100, 1), fire(100, &[(1, 1)]), discount(100, None, 1)] {
        assert_eq!(change_by(&mut order, "dev_b", 2, &change), Err(RejectionCode::LimitExceeded), "{change:?}");
    }
}

#[test]
fn the_latest_stamp_is_the_latest_of_every_fact() {
    let mut order = opened();
    let mut counter = 0;
    let seen = stamp("dev_b", 0);
    for change in [
        add(1, 1000, 1),
        set(1, 1, 2),
        OrderChange::SetModifiers(SetModifiers { line_id: line_id(1), modifiers: vec![], seen: seen.clone() }),
        OrderChange::AddNote(AddNote { line_id: None, note: Some(label("window")), seen: None }),
        OrderChange::AddNote(AddNote { line_id: Some(line_id(1)), note: Some(label("hot")), seen: None }),
        OrderChange::MoveTable(MoveTable { table_id: None, seen: seen.clone() }),
        OrderChange::TransferServer(TransferServer { server_id: "stf_x".parse().unwrap(), seen: seen.clone() }),
        OrderChange::SetGuests(SetGuests { guests: Quantity::ONE, seen: seen.clone() }),
        OrderChange::SetOrderType(SetOrderType { order_type: OrderType::Takeaway, seen }),
        fire(1, &[(1, 2)]),
        discount(1, None, 1),
        pay(1, 1, PaymentType::CardExternal),
        tip(1, 5, stamp("dev_b", 0)),
        OrderChange::MarkPayment(MarkPayment { payment_id: payment_id(1), mark: PaymentMark::Captured }),
        refund(1, 1),
        comp(1, "gift"),
        void(1, "gone"),
        OrderChange::VoidPayment(VoidPayment { payment_id: payment_id(1), reason: label("x") }),
        close(0),
        OrderChange::Reopen(Reopen { epoch: 1, reason: label("x") }),
        OrderChange::VoidOrder(VoidOrder { epoch: 1, reason: label("x") }),
    ] {
        counter += 1;
        change_by(&mut order, "dev_b", counter, &change).unwrap();
        assert_eq!(*order.as_ref().unwrap().latest_stamp(), stamp("dev_b", counter), "{change:?}");
    }
}

#[test]
fn a_change_of_either_form_reads_whatever_the_order_of_its_fields() {
    for text in [r#"{"type":"close","epoch":0}"#, r#"{ "epoch": 0, "type": "close" }"#] {
        assert_eq!(<OrderChange as Versioned>::read(1, text), Ok(close(0)));
        assert_eq!(<OrderChange as Versioned>::read(2, text), Ok(close(0)));
    }
    for schema in [0, 3] {
        assert!(<OrderChange as Versioned>::read(schema, r#"{"type":"close","epoch":0}"#).is_err());
    }
    assert!(
        <OrderChange as Versioned>::read(2, r#"{"epoch":0,"type":"close","epoch":1}"#).is_err(),
        "a field stands twice"
    );
}

#[test]
fn the_wire_form_names_its_type_first_and_refuses_unknown_and_doubled_fields() {
    let read: OrderChange = serde_json::from_str(r#"{"type":"close","epoch":0}"#).unwrap();
    assert_eq!(read, close(0));
    for bad in [
        r#"{"type":"close","epoch":0,"rev":7}"#,
        r#"{"type":"close","epoch":0,"epoch":1}"#,
        r#"{"type":"close","epoch":0,"type":"close"}"#,
        r#"{"epoch":0,"type":"close"}"#,
        r#"{"type":"close"}"#,
        r#"{"type":"teleport"}"#,
        r#"{}"#,
        r#"[]"#,
        r#"{"type":"set_qty","line_id":"01a19456-9e38-7000-8000-000000000001","from":1,"to":10000}"#,
    ] {
        assert!(serde_json::from_str::<OrderChange>(bad).is_err(), "{bad}");
    }
}
