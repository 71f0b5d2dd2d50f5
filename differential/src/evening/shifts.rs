//! What staff do apart from orders.

use domain::{AuditFact, AuditHead, AuditKind, AuditSubject, DeviceId, Timestamp};
use fastrand::Rng;
use serde_json::{Value, json};

use super::any;

/// A drawer's sessions are few, so that tills meet in them.
const SESSIONS: [&str; 3] = [
    "01a19456-9e38-7000-b000-0000000000d1",
    "01a19456-9e38-7000-b000-0000000000d2",
    "01a19456-9e38-7000-b000-0000000000d3",
];

/// A change of the stream `shifts`. `punches` holds the ids of punches made so far.
pub(super) fn change(
    staff_id: &str,
    now: Timestamp,
    punches: &mut Vec<String>,
    dice: &mut Rng,
    id: &mut dyn FnMut(&mut Rng) -> String,
) -> Value {
    match dice.u8(0..10) {
        0..=4 => punch(staff_id, now, punches, dice, id),
        5..=7 => drawer(dice, id),
        _ => json!({ "type": "eighty_six", "item_id": any(dice, &["it_soup", "it_oyster"]), "available": dice.bool() }),
    }
}

fn punch(
    staff_id: &str,
    now: Timestamp,
    punches: &mut Vec<String>,
    dice: &mut Rng,
    id: &mut dyn FnMut(&mut Rng) -> String,
) -> Value {
    let at = now.after(-dice.i64(0..=4 * 3_600_000)).to_string();
    let confidence = any(dice, &["verified", "verified", "estimated", "unverified"]);
    let reading =
        json!({ "wall": at, "mono_ms": 512_300, "boot_id": "b7f2", "offset_min": -240, "server_offset_ms": 0 });
    let time = json!({ "reading": reading, "zone": "America/New_York", "corrected": at, "confidence": confidence });
    let target = dice.choice(punches.iter()).cloned().unwrap_or_else(|| id(dice));
    // Now and then a punch that is known says something else.
    let punch_id = if dice.u8(0..15) == 0 { target.clone() } else { id(dice) };
    punches.push(punch_id.clone());
    let mut event = match dice.u8(0..7) {
        0..=2 => json!({ "type": "clock_in", "job": "server" }),
        3 => json!({ "type": "clock_out", "declared_cash_tips_minor": dice.i64(-1..=900) }),
        4 => json!({ "type": "break_start", "break_type": "meal_unpaid" }),
        5 => json!({ "type": "break_end" }),
        _ => json!({ "type": "amend", "target": target, "reason": "forgot", "employee_ack": dice.bool(),
            "proposes": { "kind": "clock_out", "at": at } }),
    };
    event["punch_id"] = json!(punch_id);
    event["time"] = time;
    json!({ "type": "punch", "staff_id": staff_id, "event": event })
}

fn drawer(dice: &mut Rng, id: &mut dyn FnMut(&mut Rng) -> String) -> Value {
    let currency = if dice.u8(0..20) == 0 { "EUR" } else { "USD" };
    let amount = dice.i64(1..=5_000);
    let mut event = match dice.u8(0..9) {
        0..=1 => json!({ "type": "open", "float_minor": 20_000 }),
        2 => json!({ "type": "sale_cash", "order_id": id(dice), "payment_id": id(dice), "amount_minor": amount }),
        3 => json!({ "type": "paid_in", "amount_minor": amount, "reason": "change" }),
        4 => json!({ "type": "paid_out", "amount_minor": amount, "reason": "ice" }),
        5 => json!({ "type": "drop", "amount_minor": amount }),
        6 => json!({ "type": "no_sale", "reason": "change for a guest" }),
        7 => json!({ "type": "count", "counted_minor": amount }),
        _ => json!({ "type": "close", "expected_minor": amount, "counted_minor": amount - 1 }),
    };
    event["event_id"] = json!(id(dice));
    event["drawer"] = json!({ "drawer_id": "drw_bar", "currency": currency });
    json!({ "type": "drawer", "session_id": any(dice, &SESSIONS), "event": event })
}

/// The next entry of a till's audit; now and then one is lost and the chain breaks.
pub(super) fn audit(head: &mut AuditHead, device: &DeviceId, now: Timestamp, dice: &mut Rng) -> Value {
    let kinds = [AuditKind::SignIn, AuditKind::NoSale, AuditKind::Void, AuditKind::ClockChange];
    let mut write =
        |kind| head.append(device, AuditFact { at: now, kind, staff_id: None, subject: AuditSubject::Device });
    if dice.u8(0..6) == 0 {
        drop(write(AuditKind::OfflineStart));
    }
    json!({ "type": "audit", "entry": write(any(dice, &kinds)) })
}
