//! The laws of applying changes: repeats are harmless, refusals change nothing, facts stick, and whoever gives way is told.
//! Here stand the changes that the laws are tried on.

mod lines;
mod money;
mod whole;

use super::*;
use crate::limits::{LINES_MAX, Quantity};
use crate::money::{Money, Rate};
use crate::order::test_orders::{change_by, line_id, open_change, opened, plain_line};
use crate::order::{
    AdjustmentKind, AdjustmentScope, AdjustmentSize, FiredLine, KitchenState, KitchenTicketKind, Modifier, OrderType,
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

fn tip(number: u8, amount: i64, seen: Stamp) -> OrderChange {
    let tip_id = format!("01a19456-9e38-7000-e000-{number:012x}").parse().unwrap();
    OrderChange::AddTip(AddTip { tip_id, payment_id: payment_id(1), tip_minor: money(amount), seen })
}
