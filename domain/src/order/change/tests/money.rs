//! Discounts, checks, payments, tips and refunds.

use super::*;

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
fn a_total_that_the_facts_do_not_come_to_is_kept_and_flagged() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1000, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &cash(1, 1000)).unwrap();
    let wrong = OrderChange::Close(Close { epoch: 0, total_minor: Some(money(900)) });
    assert_eq!(change_by(&mut order, "dev_b", 3, &wrong), Ok(vec![FindingCode::TotalMismatch]));
    assert_eq!(order.unwrap().epochs[&0].closed_total_minor, Some(money(900)));
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
fn the_change_is_what_was_handed_over_beyond_the_amount() {
    let mut order = opened();
    for (number, tendered, change) in [(1, Some(2500), 500), (2, Some(2000), 0), (3, None, 0)] {
        let OrderChange::AddPayment(payment) = cash(number, 2000) else { unreachable!() };
        let payment = AddPayment { tendered_minor: tendered.map(money), ..payment };
        change_by(&mut order, "dev_b", u16::from(number), &OrderChange::AddPayment(payment)).unwrap();
        assert_eq!(order.as_ref().unwrap().payments[&payment_id(number)].change().minor(), change);
    }
}

#[test]
fn how_much_is_paid_follows_from_what_was_paid_and_given_back() {
    let state = |order: &Option<Order>| order.as_ref().unwrap().totals().unwrap().payment_state();
    let mut order = opened();
    assert_eq!(state(&order), PaymentState::Unpaid, "nothing was ordered");
    change_by(&mut order, "dev_b", 1, &add(1, 1000, 1)).unwrap();
    assert_eq!(state(&order), PaymentState::Unpaid);
    let mut gift = order.clone();
    change_by(&mut gift, "dev_b", 2, &comp(1, "birthday")).unwrap();
    assert_eq!(state(&gift), PaymentState::Paid, "nothing is due for a gift");
    for (number, amount, expected) in
        [(1, 400, PaymentState::PartPaid), (2, 600, PaymentState::Paid), (3, 1, PaymentState::OverPaid)]
    {
        change_by(&mut order, "dev_b", u16::from(number) + 10, &cash(number, amount)).unwrap();
        assert_eq!(state(&order), expected);
    }
    change_by(&mut order, "dev_b", 20, &refund(1, 1)).unwrap();
    assert_eq!(state(&order), PaymentState::Paid);
    change_by(&mut order, "dev_b", 21, &refund(2, 1000)).unwrap();
    assert_eq!(state(&order), PaymentState::Refunded);
}

#[test]
fn an_adjustments_id_never_stands_for_another_one() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1000, 1)).unwrap();
    let OrderChange::AddAdjustment(given) = discount(1, Some("staff"), 100_000) else { unreachable!() };
    change_by(&mut order, "dev_b", 2, &OrderChange::AddAdjustment(given.clone())).unwrap();
    let tax = crate::order::TaxSnapshot {
        tax_id: "tax_food".parse().unwrap(),
        rate_ppm: 82_500.try_into().unwrap(),
        mode: crate::order::TaxMode::Additive,
    };
    for other in [
        AddAdjustment { kind: AdjustmentKind::ServiceCharge, ..given.clone() },
        AddAdjustment { scope: AdjustmentScope::Line(line_id(1)), ..given.clone() },
        AddAdjustment { size: AdjustmentSize::AmountMinor(money(100)), ..given.clone() },
        AddAdjustment { discount_id: None, ..given.clone() },
        AddAdjustment { taxes: vec![tax], ..given.clone() },
    ] {
        let refused = change_by(&mut order, "dev_b", 3, &OrderChange::AddAdjustment(other.clone()));
        assert_eq!(refused, Err(RejectionCode::ImmutableChanged), "{other:?}");
    }
    assert_eq!(change_by(&mut order, "dev_b", 3, &OrderChange::AddAdjustment(given)), Ok(vec![]));
}

#[test]
fn a_line_may_be_free_and_goes_on_a_check_that_there_is() {
    let mut order = opened();
    let check_id: crate::ids::CheckId = "01a19456-9e38-7000-c000-000000000001".parse().unwrap();
    let on =
        |number: u16| OrderChange::AddLine(AddLine { check_id: Some(check_id), ..plain_line(line_id(number), 0, 1) });
    assert_eq!(change_by(&mut order, "dev_b", 1, &on(1)), Err(RejectionCode::CheckUnknown));
    let split = OrderChange::SplitCheck(SplitCheck { check_id, name: None, lines: vec![] });
    change_by(&mut order, "dev_b", 2, &split).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 3, &on(1)), Ok(vec![]));
    assert_eq!(line(&order, 1).check_id.as_ref().unwrap().value, check_id);
}

#[test]
fn no_more_moves_at_once_than_an_order_can_hold() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 1, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &cash(1, 1)).unwrap();
    let merge = |lines: usize, payments: usize| {
        OrderChange::MergeChecks(MergeChecks {
            into: order_first_check(),
            lines: vec![Moved { id: line_id(1), seen: None }; lines],
            payments: vec![Moved { id: payment_id(1), seen: None }; payments],
        })
    };
    assert_eq!(change_by(&mut order, "dev_b", 3, &merge(300, 100)), Ok(vec![]));
    assert_eq!(change_by(&mut order, "dev_b", 4, &merge(301, 0)), Err(RejectionCode::ChangeInvalid));
    assert_eq!(change_by(&mut order, "dev_b", 4, &merge(0, 101)), Err(RejectionCode::ChangeInvalid));
}

fn order_first_check() -> crate::ids::CheckId {
    opened().unwrap().first_check()
}

#[test]
fn a_tip_is_zero_or_more_and_whoever_had_not_seen_the_last_one_is_told() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &pay(1, 1000, PaymentType::CardExternal)).unwrap();
    assert_eq!(change_by(&mut order, "dev_b", 2, &tip(1, -1, stamp("dev_b", 1))), Err(RejectionCode::ChangeInvalid));
    assert_eq!(change_by(&mut order, "dev_c", 3, &tip(1, 0, stamp("dev_b", 1))), Ok(vec![]));
    // A later stamp of another device is no sign of having seen it.
    assert_eq!(change_by(&mut order, "dev_b", 9, &tip(2, 50, stamp("dev_b", 8))), Ok(vec![FindingCode::TipReplaced]));
    assert_eq!(change_by(&mut order, "dev_b", 10, &tip(3, 60, stamp("dev_b", 9))), Ok(vec![]));
}

#[test]
fn of_two_tips_the_finding_names_the_one_that_stands_and_the_one_that_does_not() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &pay(1, 1000, PaymentType::CardExternal)).unwrap();
    let (early, late) = ((20, tip(1, 200, stamp("dev_b", 1))), (21, tip(2, 300, stamp("dev_b", 1))));
    for (first, second) in [(&early, &late), (&late, &early)] {
        let mut order = order.clone();
        change_by(&mut order, "dev_c", first.0, &first.1).unwrap();
        let (stamp, staff) = (stamp("dev_d", second.0), "stf_ines".parse().unwrap());
        let (order_id, at) = (order.as_ref().unwrap().order_id, order.as_ref().unwrap().opened_at);
        let context = ChangeContext::new(&stamp, &staff, at);
        let finding = apply(&mut order, order_id, &second.1, context).unwrap().remove(0);
        assert_eq!((finding.kept.as_deref(), finding.lost.as_deref()), (Some("3.00 USD"), Some("2.00 USD")));
    }
}
