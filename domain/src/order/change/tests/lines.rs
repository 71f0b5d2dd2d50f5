//! Lines and the kitchen.

use super::*;

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
fn modifiers_chosen_twice_are_reported_and_the_later_choice_stands() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    let choose = |name: &str, price: i64| {
        let modifier = Modifier { option_id: "mo_x".parse().unwrap(), name: label(name), price_minor: money(price) };
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
fn a_comp_of_a_void_line_says_so_once() {
    let mut order = opened();
    change_by(&mut order, "dev_b", 1, &add(1, 100, 1)).unwrap();
    change_by(&mut order, "dev_b", 2, &void(1, "mistake")).unwrap();
    assert_eq!(change_by(&mut order, "dev_c", 3, &comp(1, "regular")), Ok(vec![FindingCode::LineAlreadyVoid]));
    assert_eq!(change_by(&mut order, "dev_c", 3, &comp(1, "regular")), Ok(vec![]), "a repeat");
}

#[test]
fn a_line_has_twenty_modifiers_and_no_more() {
    let modifier = Modifier { option_id: "mo_x".parse().unwrap(), name: label("extra"), price_minor: money(1) };
    for (count, expected) in
        [(20, Ok(vec![])), (21, Err(RejectionCode::ChangeInvalid)), (22, Err(RejectionCode::ChangeInvalid))]
    {
        let line = AddLine { modifiers: vec![modifier.clone(); count], ..plain_line(line_id(1), 100, 1) };
        assert_eq!(change_by(&mut opened(), "dev_b", 1, &OrderChange::AddLine(line)), expected, "{count}");
    }
}
