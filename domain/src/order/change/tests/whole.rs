//! The order as a whole, its fields, its limits and its forms.

use super::*;

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
fn a_line_added_to_a_voided_order_is_kept_and_flagged() {
    let mut order = opened();
    let void = OrderChange::VoidOrder(VoidOrder { epoch: 0, reason: label("guests left") });
    change_by(&mut order, "dev_b", 1, &void).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 2, &add(1, 100, 1)), Ok(vec![FindingCode::LateLine]));
    assert_eq!(change_by(&mut order, "dev_c", 3, &cash(1, 100)), Ok(vec![FindingCode::Overpaid]));
}

#[test]
fn an_order_is_opened_once_and_every_part_of_that_is_set_for_good() {
    let OrderChange::Open(open) = open_change("B-0042") else { unreachable!() };
    let euro = crate::money::Currency { code: "EUR".to_owned().try_into().unwrap(), ..open.currency };
    for other in [
        Open { ticket_no: "B-0043".parse().unwrap(), ..open.clone() },
        Open { business_date: "2026-11-01".to_owned().try_into().unwrap(), ..open.clone() },
        Open { currency: euro, ..open.clone() },
    ] {
        let refused = change_by(&mut opened(), "dev_b", 1, &OrderChange::Open(other));
        assert_eq!(refused, Err(RejectionCode::ImmutableChanged));
    }
    let open = OrderChange::Open(open);
    assert_eq!(change_by(&mut opened(), "dev_c", 1, &open), Err(RejectionCode::ImmutableChanged), "another device");
    assert_eq!(change_by(&mut opened(), "dev_b", 1, &open), Ok(vec![]));
}

#[test]
fn a_close_that_is_not_the_first_or_not_of_the_current_epoch_notices_nothing() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 2, &close(0)), Ok(vec![FindingCode::LateLine]));
    assert_eq!(change_by(&mut order, "dev_c", 3, &close(0)), Ok(vec![]), "somebody closed it before");
    let mut order = opened();
    let void = OrderChange::VoidOrder(VoidOrder { epoch: 0, reason: label("x") });
    change_by(&mut order, "dev_b", 1, &void).unwrap();
    change_by(&mut order, "dev_b", 2, &OrderChange::Reopen(Reopen { epoch: 1, reason: label("x") })).unwrap();
    change_by(&mut order, "dev_b", 3, &add(1, 100, 1)).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 4, &close(0)), Ok(vec![]), "that epoch is over");
}

#[test]
fn a_void_of_an_order_that_holds_money_says_so() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    let void = OrderChange::VoidOrder(VoidOrder { epoch: 0, reason: label("x") });
    assert_eq!(change_by(&mut order.clone(), "dev_b", 2, &void), Ok(vec![]));
    change_by(&mut order, "dev_b", 2, &cash(1, 100)).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 3, &void), Ok(vec![FindingCode::Overpaid]));
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
    let split = |number: u8| {
        OrderChange::SplitCheck(SplitCheck {
            check_id: format!("01a19456-9e38-7000-c000-{number:012x}").parse().unwrap(),
            name: None,
            lines: vec![],
        })
    };
    for number in 0..100 {
        change_by(&mut order, "dev_b", 3, &split(number)).unwrap();
    }
    assert_eq!(change_by(&mut order, "dev_b", 3, &split(7)), Ok(vec![]), "a repeat needs no room");
    for change in [cash(100, 1), fire(100, &[(1, 1)]), discount(100, None, 1), split(100)] {
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
