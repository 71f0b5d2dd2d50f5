//! The laws of applying changes: repeats are harmless, arrival order does not matter, refusals change nothing.

use proptest::prelude::*;

use super::*;
use crate::test_orders::fixture_order;

fn staff() -> StaffId {
    "stf_mara".parse().unwrap()
}

fn at() -> Timestamp {
    "2026-10-31T23:41:07Z".parse().unwrap()
}

fn order_id() -> OrderId {
    fixture_order().order_id
}

/// Applies a change as `device` at clock reading `counter`.
fn change_by(
    order: &mut Option<Order>,
    device: &str,
    counter: u16,
    change: &OrderChange,
) -> Result<Vec<FindingCode>, RejectionCode> {
    let stamp: Stamp = format!("01a19484e5e0-{counter:04x}-{device}").parse().unwrap();
    let device = device.parse().unwrap();
    let context = ChangeContext { stamp: &stamp, staff: &staff(), device: &device, at: at() };
    let findings = apply(order, order_id(), change, context);
    findings.map(|all| all.iter().map(|finding| finding.code).collect()).map_err(|rejection| rejection.code)
}

fn opened() -> Option<Order> {
    let mut order = None;
    change_by(&mut order, "dev_b", 0, &open_change("B-0042")).unwrap();
    order
}

fn open_change(ticket_no: &str) -> OrderChange {
    let fixture = fixture_order();
    OrderChange::Open {
        ticket_no: ticket_no.parse().unwrap(),
        business_date: fixture.business_date,
        currency: fixture.currency,
        order_type: OrderType::DineIn,
        table_id: fixture.table_id.value,
        guests: fixture.guests.value,
    }
}

fn line_id(number: u8) -> LineId {
    format!("01a19456-9e38-7000-8000-{number:012x}").parse().unwrap()
}

fn add(number: u8, price: i64, qty: u32) -> OrderChange {
    OrderChange::AddLine {
        line_id: line_id(number),
        item_id: "it_pale".parse().unwrap(),
        name: Label::try_from("Pale ale".to_owned()).unwrap(),
        category: Label::try_from("bar".to_owned()).unwrap(),
        qty: qty.try_into().unwrap(),
        unit_price_minor: price.try_into().unwrap(),
        modifiers: Vec::new(),
        taxes: Vec::new(),
        menu_version: 41,
        seat: None,
        note: None,
    }
}

fn set(number: u8, from: u32, to: u32) -> OrderChange {
    OrderChange::SetQty { line_id: line_id(number), from: from.try_into().unwrap(), to: to.try_into().unwrap() }
}

fn void(number: u8, reason: &str) -> OrderChange {
    OrderChange::VoidLine { line_id: line_id(number), reason: Label::try_from(reason.to_owned()).unwrap() }
}

fn pay(number: u8, amount: i64) -> OrderChange {
    OrderChange::AddPayment {
        payment_id: format!("01a19456-9e38-7000-9000-{number:012x}").parse().unwrap(),
        payment_type: PaymentType::Cash,
        amount_minor: amount.try_into().unwrap(),
        tendered_minor: Some(amount.try_into().unwrap()),
        tip_minor: Money::ZERO,
    }
}

fn total(order: &Option<Order>) -> i64 {
    order.as_ref().unwrap().totals().unwrap().total.minor()
}

#[test]
fn lines_of_two_devices_are_a_union_and_nothing_is_lost() {
    let mut order = opened();
    assert_eq!(change_by(&mut order, "dev_b", 1, &add(1, 750, 2)), Ok(vec![]));
    assert_eq!(change_by(&mut order, "dev_c", 1, &add(2, 540, 3)), Ok(vec![]));
    assert_eq!(total(&order), 2 * 750 + 3 * 540);
}

#[test]
fn quantities_changed_by_two_devices_add_up_and_say_so() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 2, &set(1, 1, 2)), Ok(vec![]));
    assert_eq!(change_by(&mut order, "dev_c", 2, &set(1, 1, 3)), Ok(vec![FindingCode::QtyMerged]));
    assert_eq!(order.as_ref().unwrap().lines[&line_id(1)].qty(), 4);
}

#[test]
fn reductions_by_two_devices_stop_at_zero() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 3)).unwrap();
    change_by(&mut order, "dev_b", 2, &set(1, 3, 1)).unwrap();
    change_by(&mut order, "dev_c", 2, &set(1, 3, 1)).unwrap();
    assert_eq!((order.as_ref().unwrap().lines[&line_id(1)].qty(), total(&order)), (0, 0));
}

#[test]
fn a_line_added_after_the_close_is_kept_and_flagged() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 750, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &OrderChange::Close { epoch: 0 }).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 1, &add(2, 750, 1)), Ok(vec![FindingCode::LateLine]));
    assert_eq!((order.as_ref().unwrap().status.rank, total(&order)), (StatusRank::Closed, 1500));
}

#[test]
fn a_line_that_the_closing_device_had_not_seen_is_flagged_whichever_arrives_first() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 750, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &pay(1, 750)).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 1, &add(2, 880, 1)), Ok(vec![]));
    assert_eq!(change_by(&mut order, "dev_b", 3, &OrderChange::Close { epoch: 0 }), Ok(vec![FindingCode::LateLine]));
    assert_eq!(order.as_ref().unwrap().totals().unwrap().balance.minor(), 880);
}

#[test]
fn a_payment_by_each_of_two_devices_is_kept_twice_and_flagged() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 4466, 1)).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 2, &pay(1, 4466)), Ok(vec![]));
    assert_eq!(change_by(&mut order, "dev_c", 2, &pay(2, 4466)), Ok(vec![FindingCode::Overpaid]));
    assert_eq!(order.as_ref().unwrap().totals().unwrap().balance.minor(), -4466);
}

#[test]
fn of_two_voids_the_earlier_stands_whichever_arrives_first() {
    for swap in [false, true] {
        let mut order = opened();
        change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
        let (early, late) = (("dev_b", 2, void(1, "spilled")), ("dev_c", 3, void(1, "wrong table")));
        let (first, second) = if swap { (late, early) } else { (early, late) };
        assert_eq!(change_by(&mut order, first.0, first.1, &first.2), Ok(vec![]));
        assert_eq!(change_by(&mut order, second.0, second.1, &second.2), Ok(vec![FindingCode::LineAlreadyVoid]));
        assert_eq!(order.unwrap().lines[&line_id(1)].void.as_ref().unwrap().reason.as_str(), "spilled");
    }
}

#[test]
fn a_refused_change_leaves_the_order_as_it_was() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 750, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &pay(1, 100)).unwrap();
    let before = order.clone();
    let huge = crate::money::AMOUNT_MINOR_MAX;
    for (change, code) in [
        (open_change("B-0043"), RejectionCode::ImmutableChanged),
        (add(1, 751, 1), RejectionCode::ImmutableChanged),
        (add(2, -1, 1), RejectionCode::ChangeInvalid),
        (add(2, huge, 2), RejectionCode::LimitExceeded),
        (set(9, 1, 2), RejectionCode::LineUnknown),
        (void(9, "gone"), RejectionCode::LineUnknown),
        (pay(1, 200), RejectionCode::ImmutableChanged),
        (pay(2, 0), RejectionCode::ChangeInvalid),
        (pay(2, -5), RejectionCode::ChangeInvalid),
        (pay(2, huge), RejectionCode::LimitExceeded),
    ] {
        assert_eq!(change_by(&mut order, "dev_c", 9, &change), Err(code), "{change:?}");
        assert_eq!(order, before);
    }
    assert_eq!(change_by(&mut None, "dev_b", 1, &add(1, 750, 1)), Err(RejectionCode::OrderUnknown));
}

#[test]
fn an_order_holds_300_lines_and_refuses_the_next() {
    let mut order = opened();
    for number in 0..LINES_MAX {
        let mut change = add(0, 1, 1);
        if let OrderChange::AddLine { line_id, .. } = &mut change {
            *line_id = format!("01a19456-9e38-7000-8000-{number:012x}").parse().unwrap();
        }
        change_by(&mut order, "dev_b", 1, &change).unwrap();
    }
    let mut one_more = add(0, 1, 1);
    if let OrderChange::AddLine { line_id, .. } = &mut one_more {
        *line_id = format!("01a19456-9e38-7000-8000-{LINES_MAX:012x}").parse().unwrap();
    }
    assert_eq!(change_by(&mut order, "dev_b", 1, &one_more), Err(RejectionCode::LimitExceeded));
}

#[test]
fn the_wire_form_names_its_type_and_refuses_unknown_and_doubled_fields() {
    let close: OrderChange = serde_json::from_str(r#"{"type":"close","epoch":0}"#).unwrap();
    assert_eq!(close, OrderChange::Close { epoch: 0 });
    for bad in [
        r#"{"type":"close","epoch":0,"rev":7}"#,
        r#"{"type":"close","epoch":0,"epoch":1}"#,
        r#"{"type":"close"}"#,
        r#"{"type":"teleport"}"#,
        r#"{"type":"set_qty","line_id":"01a19456-9e38-7000-8000-000000000001","from":1,"to":10000}"#,
    ] {
        assert!(serde_json::from_str::<OrderChange>(bad).is_err(), "{bad}");
    }
}

#[test]
fn every_type_is_listed_under_its_wire_name() {
    let all =
        [open_change("B-0001"), add(1, 1, 1), set(1, 1, 2), void(1, "x"), pay(1, 1), OrderChange::Close { epoch: 0 }];
    let on_the_wire =
        all.each_ref().map(|change| serde_json::to_value(change).unwrap()["type"].as_str().unwrap().to_owned());
    assert_eq!(on_the_wire.each_ref().map(String::as_str), OrderChange::TYPES);
    assert_eq!(all.each_ref().map(OrderChange::type_name), OrderChange::TYPES);
}

/// Changes of several devices on one order with two lines; each device's own are in order, as its stream keeps them.
fn concurrent_changes() -> impl Strategy<Value = Vec<(usize, OrderChange)>> {
    let change = prop_oneof![
        (10_u8..30, 1_i64..5_000, 1_u32..9).prop_map(|(number, price, qty)| add(number, price, qty)),
        (1_u8..3, 1_u32..9, 1_u32..9).prop_map(|(number, from, to)| set(number, from, to)),
        (1_u8..3).prop_map(|number| void(number, "spilled")),
        (1_u8..60, 1_i64..5_000).prop_map(|(number, amount)| pay(number, amount)),
        Just(OrderChange::Close { epoch: 0 }),
    ];
    proptest::collection::vec((0_usize..3, change), 0..24)
}

proptest! {
    #[test]
    fn devices_changes_may_arrive_interleaved_in_any_way(changes in concurrent_changes(), order_of_arrival in any::<u64>()) {
        // Ids are made on one device, so the same id never carries two contents: later uses of an id are left out.
        let mut ids = std::collections::BTreeSet::new();
        let mut streams: [Vec<(u16, OrderChange)>; 3] = Default::default();
        for (counter, (device, change)) in changes.into_iter().enumerate() {
            let fresh = match &change {
                OrderChange::AddLine { line_id, .. } => ids.insert(line_id.to_string()),
                OrderChange::AddPayment { payment_id, .. } => ids.insert(payment_id.to_string()),
                OrderChange::Open { .. } | OrderChange::SetQty { .. } | OrderChange::VoidLine { .. } | OrderChange::Close { .. } => true,
            };
            if fresh {
                streams[device].push((u16::try_from(counter).unwrap() + 10, change));
            }
        }
        let start = || {
            let mut order = opened();
            change_by(&mut order, "dev_b", 1, &add(1, 750, 4)).unwrap();
            change_by(&mut order, "dev_b", 2, &add(2, 540, 4)).unwrap();
            order
        };
        let mut one_after_the_other = start();
        for (device, stream) in streams.iter().enumerate() {
            for (counter, change) in stream {
                change_by(&mut one_after_the_other, &format!("dev_{device}"), *counter, change).unwrap();
            }
        }
        let mut interleaved = start();
        let mut next = [0_usize; 3];
        let mut dice = order_of_arrival;
        while (0..3).any(|device| next[device] < streams[device].len()) {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let device = usize::try_from(dice >> 33).unwrap() % 3;
            if let Some((counter, change)) = streams[device].get(next[device]) {
                change_by(&mut interleaved, &format!("dev_{device}"), *counter, change).unwrap();
                // A repeat of a fact that is a set member or a lattice step changes nothing.
                let before = interleaved.clone();
                if !matches!(change, OrderChange::SetQty { .. }) {
                    change_by(&mut interleaved, &format!("dev_{device}"), *counter, change).unwrap();
                    prop_assert_eq!(&before, &interleaved);
                }
                next[device] += 1;
            }
        }
        prop_assert_eq!(one_after_the_other, interleaved);
    }
}
