//! What people do with orders: mostly what makes sense to whoever sees the bill, and now and then what does not.

use domain::{Order, OrderId};
use fastrand::Rng;
use serde_json::{Value, json};

use super::any;

/// Items with prices.
const DISHES: [(&str, &str, i64); 6] = [
    ("it_burger", "Burger", 1450),
    ("it_fries", "Fries", 650),
    ("it_pale", "Pale ale", 700),
    ("it_lemon", "Lemonade", 450),
    ("it_oyster", "Oysters", 2400),
    ("it_soup", "Leek soup", 980),
];
const TABLES: [&str; 4] = ["tbl_1", "tbl_2", "tbl_7", "tbl_12"];
const REASONS: [&str; 4] = ["entered by mistake", "long wait", "cold", "regular"];

/// The opening of an order.
pub(super) fn opening(ticket_no: &str, business_date: &str, dice: &mut Rng) -> Value {
    json!({ "type": "open", "ticket_no": ticket_no, "business_date": business_date,
        "currency": { "code": "USD", "exponent": 2 },
        "order_type": any(dice, &["dine_in", "takeaway"]),
        "table_id": if dice.bool() { json!(any(dice, &TABLES)) } else { Value::Null },
        "guests": dice.u32(1..=8) })
}

/// A change of an order that makes sense as somebody sees it.
pub(super) fn change(order: &Order, wordy: bool, dice: &mut Rng, id: &mut dyn FnMut(&mut Rng) -> String) -> Value {
    let line = dice.choice(order.lines.values()).cloned();
    let payment = dice.choice(order.payments.values()).cloned();
    let adjustment = dice.choice(order.adjustments.values()).cloned();
    let epoch = order.epochs.last_key_value().map_or(0, |(epoch, _)| *epoch);
    let reason = any(dice, &REASONS);
    // What somebody saw may be older than what stands.
    let old = dice.u8(0..4) == 0;
    let saw = |stamp| if old { &order.order_type.stamp } else { stamp };
    let Some(line) = line else { return add_line(wordy, dice, id) };
    let line_id = line.line_id;
    let paid = payment.as_ref().map(|payment| payment.payment_id.to_string());
    let paid = paid.filter(|_| dice.u8(0..20) > 0).unwrap_or_else(|| id(dice));
    match dice.u8(0..44) {
        0..=9 => add_line(wordy, dice, id),
        10..=12 => json!({ "type": "set_qty", "line_id": line_id, "from": line.qty().max(1), "to": dice.u32(1..=9) }),
        13 => json!({ "type": "set_modifiers", "line_id": line_id, "seen": line.modifiers_stamp(),
            "modifiers": [{ "option_id": any(dice, &["mo_aioli", "mo_ketchup"]), "name": "Sauce", "price_minor": 75 }] }),
        14..=15 => json!({ "type": "void_line", "line_id": line_id, "reason": reason }),
        16..=17 => json!({ "type": "comp_line", "line_id": line_id, "reason": reason }),
        18..=20 => json!({ "type": "fire", "fire_id": id(dice),
            "lines": [{ "line_id": line_id, "qty": line.qty().max(1) }] }),
        21 => json!({ "type": "bump", "line_ids": [line_id], "to": any(dice, &["in_progress", "ready", "served"]) }),
        22..=23 => {
            let (note, of_line) = (if dice.bool() { &line.note } else { &order.note }, dice.bool());
            json!({ "type": "add_note", "line_id": if of_line { json!(line_id) } else { Value::Null },
                "note": note_text(dice), "seen": note.as_ref().map(|note| saw(&note.stamp)) })
        }
        24..=26 => json!({ "type": "move_table", "table_id": any(dice, &TABLES), "seen": saw(&order.table_id.stamp) }),
        27 => json!({ "type": "transfer_server", "server_id": any(dice, &["stf_ines", "stf_mara"]),
            "seen": saw(&order.server_id.stamp) }),
        28 => json!({ "type": "set_guests", "guests": dice.u32(1..=9), "seen": saw(&order.guests.stamp) }),
        29 => json!({ "type": "set_order_type", "order_type": any(dice, &["dine_in", "takeaway", "delivery"]),
            "seen": order.order_type.stamp }),
        30 => json!({ "type": "split_check", "check_id": id(dice), "name": "Jo",
            "lines": [{ "id": line_id, "seen": line.check_id.as_ref().map(|check| &check.stamp) }] }),
        31 => {
            let checks = order.checks.keys().map(ToString::to_string).collect::<Vec<_>>();
            let into = dice.choice(checks).unwrap_or_else(|| id(dice));
            json!({ "type": "merge_checks", "into": into, "payments": [],
                "lines": [{ "id": line_id, "seen": line.check_id.as_ref().map(|check| &check.stamp) }] })
        }
        32 => json!({ "type": "add_adjustment", "adjustment_id": id(dice), "kind": "discount", "name": "Neighbour",
            "scope": if dice.bool() { json!("order") } else { json!({ "line": line_id }) },
            "size": if dice.bool() { json!({ "rate_ppm": dice.u32(1..=400_000) }) } else { json!({ "amount_minor": 300 }) },
            "discount_id": if dice.bool() { json!("dsc_neighbour") } else { Value::Null },
            "stackable": dice.bool(), "taxes": [], "reason": reason }),
        33 => {
            let adjustment_id = adjustment.map(|adjustment| adjustment.adjustment_id.to_string());
            json!({ "type": "remove_adjustment", "adjustment_id": adjustment_id.unwrap_or_else(|| id(dice)) })
        }
        34..=36 => add_payment(order, dice, id),
        37 => json!({ "type": "mark_payment", "payment_id": paid, "mark": any(dice, &["captured", "declined"]) }),
        38 => json!({ "type": "void_payment", "payment_id": paid, "reason": reason }),
        39 => json!({ "type": "add_refund", "refund_id": id(dice), "payment_id": paid,
            "payment_type": "cash", "amount_minor": dice.i64(1..=3_000), "reason": reason }),
        40 => json!({ "type": "add_tip", "tip_id": id(dice), "payment_id": paid, "tip_minor": dice.i64(0..=900),
            "seen": payment.map(|payment| payment.stamp) }),
        41 => json!({ "type": "adjust_tip", "tip_id": id(dice), "payment_id": paid, "by_minor": dice.i64(-50..=50),
            "reason": "slip misread" }),
        42 => {
            let total = order.totals().map_or(0, |totals| totals.total.minor());
            json!({ "type": "close", "epoch": epoch, "total_minor": total + i64::from(dice.u8(0..8) == 0) })
        }
        _ if dice.bool() => json!({ "type": "void_order", "epoch": epoch, "reason": "guests left" }),
        _ => json!({ "type": "reopen", "epoch": epoch + 1, "reason": "forgot dessert" }),
    }
}

fn add_line(wordy: bool, dice: &mut Rng, id: &mut dyn FnMut(&mut Rng) -> String) -> Value {
    let (item_id, name, price) = any(dice, &DISHES);
    let modifier = |name: &str| json!({ "option_id": "mo_aioli", "name": name, "price_minor": 75 });
    let modifiers = match dice.u8(0..6) {
        0..=3 if wordy => vec![modifier(&"as it was told to the waiter ".repeat(140)); 8],
        0..=3 => vec![modifier("Aioli")],
        _ => Vec::new(),
    };
    json!({ "type": "add_line", "line_id": id(dice), "item_id": item_id, "name": name, "category": "mains",
        "qty": dice.u32(1..=4), "unit_price_minor": price, "menu_version": 41,
        "modifiers": modifiers,
        "taxes": [{ "tax_id": "tax_food", "rate_ppm": 82_500, "mode": "additive" }],
        "price_override": if dice.u8(0..12) == 0 { json!({ "list_price_minor": price + 300, "reason": "regular" }) } else { Value::Null },
        "seat": if dice.bool() { json!(1) } else { Value::Null },
        "note": if dice.u8(0..4) == 0 { json!(note_text(dice)) } else { Value::Null } })
}

fn add_payment(order: &Order, dice: &mut Rng, id: &mut dyn FnMut(&mut Rng) -> String) -> Value {
    let due = order.totals().map_or(1_000, |totals| totals.balance.minor()).max(1);
    let amount = if dice.u8(0..3) > 0 { due } else { due / 2 + 1 };
    let cash = dice.bool();
    json!({ "type": "add_payment", "payment_id": id(dice), "amount_minor": amount, "tip_minor": dice.i64(0..=300),
        "payment_type": if cash { "cash" } else { "card_external" },
        "tendered_minor": if cash { json!(amount + 500) } else { Value::Null } })
}

/// Most are short; a few make records so long that a page ends by its bytes.
fn note_text(dice: &mut Rng) -> String {
    match dice.u8(0..30) {
        0 => "no nuts, and slowly: é😀 ".repeat(dice.usize(40..=140)),
        1 => "\"quoted\"\\ \u{7f}\n\t<&> \u{2028}".to_owned(),
        _ => any(dice, &["no nuts", "by the window", "extra hot", "allergy!!"]).to_owned(),
    }
}

/// A change that breaks a law or a form, and what is wrong with it.
pub(super) fn broken(order: Option<&Order>, dice: &mut Rng, id: &mut dyn FnMut(&mut Rng) -> String) -> Value {
    let line = order.and_then(|order| dice.choice(order.lines.values()).cloned());
    let line_id = line.as_ref().map_or_else(|| id(dice), |line| line.line_id.to_string());
    match dice.u8(0..16) {
        0 => json!({ "type": "void_line", "line_id": id(dice), "reason": "x" }),
        1 => json!({ "type": "tip_the_cow", "line_id": line_id }),
        2 => json!({ "type": "set_qty", "line_id": line_id, "from": 1, "to": 0 }),
        3 => json!({ "type": "set_qty", "line_id": line_id, "from": 1, "to": 10_000 }),
        4 => json!({ "type": "void_line", "line_id": line_id }),
        5 => json!({ "type": "void_line", "line_id": line_id, "reason": "x", "moreover": 1 }),
        6 => json!({ "no": "type" }),
        7 => json!("void_line"),
        8 => json!({ "type": "close", "epoch": 7 }),
        9 => {
            json!({ "type": "add_payment", "payment_id": id(dice), "payment_type": "cash", "amount_minor": -5, "tip_minor": 0 })
        }
        10 => {
            json!({ "type": "add_line", "line_id": line_id, "item_id": "it_other", "name": "Other", "category": "mains",
            "qty": 3, "unit_price_minor": 1, "modifiers": [], "taxes": [], "menu_version": 41 })
        }
        11 => json!({ "type": "mark_payment", "payment_id": id(dice), "mark": "captured" }),
        12 => json!({ "type": "remove_adjustment", "adjustment_id": id(dice) }),
        13 => json!({ "type": "punch", "staff_id": "stf_mara" }),
        14 => json!({ "type": "add_note", "line_id": null, "note": " ", "seen": null }),
        _ => json!({ "type": "tip_the_cow", "of": vec!["a long story ".repeat(250); 21] }),
    }
}

/// The order as its own till shows it once it has made a change; as before where the change makes no sense.
pub(super) fn shown(order: Option<Order>, order_id: OrderId, mutation: &protocol::Mutation) -> Option<Order> {
    use domain::Versioned as _;
    let mut shown = order.clone();
    let change = domain::OrderChange::read(mutation.schema, mutation.change.get()).ok()?;
    let context = domain::ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
    match domain::apply(&mut shown, order_id, &change, context) {
        Ok(_) => shown,
        Err(_) => order,
    }
}
