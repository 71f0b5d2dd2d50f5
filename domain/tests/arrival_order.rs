//! Whatever three to six tills did while they could not see each other, and in whatever order it reaches the server: one order
//! comes of it, and whoever's input gave way is told.
//!
//! Sending a line to the kitchen freezes it, so a change of its quantity that arrives later is refused: there order must
//! matter, and the person is told. Everywhere else it may not. Both are checked over random histories.
#![cfg(test)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "of all the changes these tests look at the few that are about them"
)]

mod floor;

use std::collections::{BTreeMap, BTreeSet};

use domain::{Finding, Order, OrderChange, RejectionCode};
use floor::{Made, Reunion, Till, add, arrive};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Histories for each law: two of them are about the order of arrival, together more than ten thousand. The variable
/// `HISTORIES` asks for more, or for fewer.
fn histories_wanted() -> ProptestConfig {
    let wanted = std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok());
    ProptestConfig { cases: wanted.unwrap_or(5_100), failure_persistence: None, ..ProptestConfig::default() }
}

const DISHES: [(&str, &[&str]); 5] = [
    ("it_burger", &["mo_med", "mo_cheddar"]),
    ("it_fries", &["mo_aioli"]),
    ("it_pale", &["mo_330"]),
    ("it_soup", &[]),
    ("it_lemon", &["mo_l"]),
];

/// What may be frozen under another till's hands is left out of one kind of history, what freezes out of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kitchen {
    Fires,
    Waits,
}

/// One tap: what is wished for, and three numbers that say of what.
type Wish = (u8, u8, u8, u32);

/// The command of a wish, out of what the till sees.
fn command((what, which, other, size): Wish, till: &Till, kitchen: Kitchen) -> Value {
    let order = till.seen();
    let pick = |ids: Vec<String>| ids.get(usize::from(which) % ids.len().max(1)).cloned().unwrap_or_default();
    let line = pick(order.lines.keys().map(ToString::to_string).collect());
    let payment = pick(order.payments.keys().map(ToString::to_string).collect());
    let adjustment = pick(order.adjustments.keys().map(ToString::to_string).collect());
    let checks: Vec<String> = order.check_totals().unwrap().iter().map(|check| check.check_id.to_string()).collect();
    let (dish, options) = DISHES[usize::from(which) % DISHES.len()];
    let due = order.totals().unwrap().balance.minor();
    let reason = format!("reason {other}");
    match what {
        0 | 1 => add(dish, size % 9 + 1, options),
        2 if kitchen == Kitchen::Waits => json!({ "type": "set_qty", "lineId": line, "qty": size % 9 + 1 }),
        2 => json!({ "type": "fire" }),
        3 if kitchen == Kitchen::Waits => json!({ "type": "set_modifiers", "lineId": line, "optionIds": options }),
        3 => {
            json!({ "type": "bump", "lineIds": [line], "to": of(&["in_progress", "ready", "served"], other) })
        }
        4 => json!({ "type": "void_line", "lineId": line, "reason": reason }),
        5 => json!({ "type": "comp_line", "lineId": line, "reason": reason }),
        6 => json!({ "type": "add_note", "lineId": line, "note": format!("note {other}") }),
        7 => json!({ "type": "add_note", "note": format!("note {other}") }),
        8 => json!({ "type": "move_table", "tableId": format!("tbl_{other}") }),
        9 => json!({ "type": "transfer_server", "serverId": format!("stf_{other}") }),
        10 => json!({ "type": "set_guests", "guests": size % 20 + 1 }),
        11 => {
            json!({ "type": "set_order_type", "orderType": of(&["dine_in", "takeaway", "delivery"], other) })
        }
        12 => json!({ "type": "split_check", "lineIds": [line] }),
        13 => {
            json!({ "type": "merge_checks", "checkId": pick(checks.clone()), "intoCheckId": checks[usize::from(other) % checks.len()] })
        }
        14 => {
            json!({ "type": "add_adjustment", "adjustmentKind": of(&["discount", "service_charge"], other), "name": "x", "ratePpm": size % 300_000 + 1 })
        }
        15 => json!({ "type": "remove_adjustment", "adjustmentId": adjustment }),
        16 | 17 => {
            json!({ "type": "add_payment", "paymentType": of(&["cash", "card_external"], other), "amountMinor": (due / 2).max(1), "tipMinor": size % 500 })
        }
        18 => {
            json!({ "type": "mark_payment", "paymentId": payment, "mark": of(&["captured", "declined"], other) })
        }
        19 => json!({ "type": "void_payment", "paymentId": payment, "reason": reason }),
        20 => json!({ "type": "add_refund", "paymentType": "cash", "amountMinor": size % 500 + 1, "reason": reason }),
        21 => json!({ "type": "add_tip", "paymentId": payment, "tipMinor": size % 900 }),
        22 => {
            json!({ "type": "adjust_tip", "paymentId": payment, "byMinor": i64::from(size % 90) - 45, "reason": reason })
        }
        23 => json!({ "type": "close_order" }),
        24 => json!({ "type": "void_order", "reason": reason }),
        _ => json!({ "type": "reopen_order", "reason": reason }),
    }
}

fn of<'a>(words: &[&'a str], which: u8) -> &'a str {
    words[usize::from(which) % words.len()]
}

/// Three to six tills that saw the same order and then parted, with what each did alone.
fn parted(wishes: &[Vec<Wish>], kitchen: Kitchen) -> (Option<Order>, Vec<Till>) {
    let dishes = [("it_burger", 2, DISHES[0].1), ("it_soup", 3, DISHES[3].1)];
    let mut first = Till::new("dev_0", "stf_0").with_order(&dishes);
    let start = first.part();
    let tills = wishes.iter().enumerate().map(|(number, wishes)| {
        let mut till = first.joined_by(&format!("dev_{number}"), &format!("stf_{number}"));
        for wish in wishes {
            till.wait_s(i64::from(wish.3 % 3));
            let given = command(*wish, &till, kitchen);
            // A till refuses what makes no sense to it; what it takes is what the server must cope with.
            drop(till.give(given));
        }
        till
    });
    let tills = tills.collect();
    (start, tills)
}

fn met(start: &Option<Order>, tills: &[Till], seed: u64) -> Reunion {
    let streams: Vec<&[Made]> = tills.iter().map(|till| till.stream.as_slice()).collect();
    let mut dice = seed;
    arrive(start.clone(), &streams, || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap()
    })
}

fn canonical_hash(order: &Order) -> String {
    Sha256::digest(serde_json::to_vec(order).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn histories() -> impl Strategy<Value = Vec<Vec<Wish>>> {
    let wish = (0_u8..26, any::<u8>(), 0_u8..9, any::<u32>());
    proptest::collection::vec(proptest::collection::vec(wish, 0..7), 3..7)
}

/// What a person wrote into a register.
fn written(change: &OrderChange) -> Option<(String, String)> {
    let text = |value: Option<&str>| value.unwrap_or("nothing").to_owned();
    let (field, value) = match change {
        OrderChange::MoveTable(change) => ("table_id", text(change.table_id.as_ref().map(AsRef::as_ref))),
        OrderChange::TransferServer(change) => ("server_id", change.server_id.to_string()),
        OrderChange::SetGuests(change) => ("guests", change.guests.get().to_string()),
        OrderChange::SetOrderType(change) => ("order_type", change.order_type.as_str().to_owned()),
        OrderChange::AddNote(change) => {
            let field = change.line_id.map_or_else(|| "note".to_owned(), |line_id| format!("lines.{line_id}.note"));
            return Some((field, text(change.note.as_ref().map(AsRef::as_ref))));
        }
        _ => return None,
    };
    Some((field.to_owned(), value))
}

/// What stands in a register.
fn stands(order: &Order, field: &str) -> String {
    let note = |note: Option<&str>| note.unwrap_or("nothing").to_owned();
    match field {
        "table_id" => note(order.table_id.value.as_ref().map(AsRef::as_ref)),
        "server_id" => order.server_id.value.to_string(),
        "guests" => order.guests.value.get().to_string(),
        "order_type" => order.order_type.value.as_str().to_owned(),
        "note" => note(order.note.as_ref().and_then(|note| note.value.as_ref()).map(AsRef::as_ref)),
        line => {
            let line_id = line.split('.').nth(1).unwrap().parse().unwrap();
            note(order.lines[&line_id].note_text().map(AsRef::as_ref))
        }
    }
}

/// Every input of a person is in the order, knowingly replaced, or named by a finding.
fn nobody_gave_way_unheard(tills: &[Till], reunion: &Reunion) -> Result<(), TestCaseError> {
    let lost = |field: &str, value: &str| {
        let names = |finding: &Finding| {
            finding.field.as_deref() == Some(field)
                && (finding.lost.as_deref() == Some(value) || finding.kept.as_deref() == Some(value))
        };
        reunion.findings.iter().any(names)
    };
    let (mut last, mut replaced) = (BTreeSet::new(), BTreeSet::new());
    for till in tills {
        // Within one till the later input replaces the earlier knowingly.
        let mut own: BTreeMap<String, String> = BTreeMap::new();
        for (field, value) in till.stream.iter().filter_map(|made| written(&made.change)) {
            if let Some(earlier) = own.insert(field.clone(), value) {
                replaced.insert((field, earlier));
            }
        }
        last.extend(own);
    }
    for (field, value) in last.difference(&replaced) {
        let heard = stands(&reunion.order, field) == *value || lost(field, value);
        prop_assert!(heard, "{field} = {value} went without a word: {:?}", reunion.findings);
    }
    for till in tills {
        for made in &till.stream {
            let (field, reason) = match &made.change {
                OrderChange::VoidLine(change) => (format!("lines.{}.void", change.line_id), &change.reason),
                OrderChange::CompLine(change) => (format!("lines.{}.comp", change.line_id), &change.reason),
                _ => continue,
            };
            let line_id = field.split('.').nth(1).unwrap().parse().unwrap();
            let line = &reunion.order.lines[&line_id];
            let act = if field.ends_with("void") { &line.void } else { &line.comp };
            let stands = act.as_ref().and_then(|act| act.reason.as_ref()) == Some(reason);
            let moot = field.ends_with("comp") && line.void.is_some();
            prop_assert!(stands || moot || lost(&field, reason.as_str()), "{field}: {reason:?} went without a word");
        }
    }
    Ok(())
}

/// Three orders of arrival of one history come to one order, in which nobody gave way unheard.
fn comes_to_one_order(wishes: &[Vec<Wish>], kitchen: Kitchen, seeds: [u64; 3]) -> Result<(), TestCaseError> {
    let (start, tills) = parted(wishes, kitchen);
    let reunions = seeds.map(|seed| met(&start, &tills, seed));
    let hashes: BTreeSet<_> = reunions.iter().map(|reunion| canonical_hash(&reunion.order)).collect();
    prop_assert_eq!(hashes.len(), 1, "the order of arrival matters");
    for reunion in &reunions {
        prop_assert_eq!(&reunion.rejections, &vec![], "what a till took the server takes");
        nobody_gave_way_unheard(&tills, reunion)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(histories_wanted())]

    #[test]
    fn any_order_of_arrival_comes_to_one_order_while_nothing_is_frozen(
        wishes in histories(), seeds in any::<[u64; 3]>(),
    ) {
        comes_to_one_order(&wishes, Kitchen::Waits, seeds)?;
    }

    #[test]
    fn any_order_of_arrival_comes_to_one_order_while_the_kitchen_works(
        wishes in histories(), seeds in any::<[u64; 3]>(),
    ) {
        comes_to_one_order(&wishes, Kitchen::Fires, seeds)?;
    }

    #[test]
    fn everything_that_arrives_twice_counts_once(wishes in histories(), seed in any::<u64>()) {
        let (start, tills) = parted(&wishes, Kitchen::Fires);
        let once = met(&start, &tills, seed);
        let mut again = Some(once.order.clone());
        for made in tills.iter().flat_map(|till| &till.stream) {
            prop_assert!(made.apply(&mut again).is_ok());
        }
        prop_assert_eq!(again.as_ref(), Some(&once.order));
    }

    #[test]
    fn a_change_of_a_line_that_another_till_has_fired_is_refused_by_name_and_everything_else_is_taken(
        mixed in histories(), frozen in proptest::collection::vec(any::<bool>(), 6), seed in any::<u64>(),
    ) {
        // Some tills fire, others still change quantities and modifiers.
        let (start, _) = parted(&[], Kitchen::Waits);
        let tills = mixed.iter().enumerate().map(|(number, wishes)| {
            let kitchen = if frozen[number % frozen.len()] { Kitchen::Fires } else { Kitchen::Waits };
            let all: Vec<Vec<Wish>> = (0..=number).map(|till| if till == number { wishes.clone() } else { vec![] }).collect();
            parted(&all, kitchen).1.pop().unwrap()
        });
        let tills: Vec<Till> = tills.collect();
        let reunion = met(&start, &tills, seed);
        for rejection in &reunion.rejections {
            prop_assert_eq!(rejection.code, RejectionCode::LineSent);
        }
        let changes = tills.iter().map(|till| till.stream.len()).sum::<usize>();
        prop_assert!(reunion.rejections.len() <= changes);
        nobody_gave_way_unheard(&tills, &reunion)?;
    }
}
