//! What happens to a store must be found, told once, and touch nothing but what it is in; the rest goes on working.

#![cfg(test)]

mod bench;

use std::collections::BTreeSet;

use bench::{Bench, Picture, add_fries, lived_in, note, on_day, open, order_id, small};
use engine::{Command, DamageKind, Enrolment, Event, OpenError, Output, StorageState};

const NAME_TAGS: [&str; 2] = ["store", "store-copy"];

type Found = Vec<(String, DamageKind)>;
/// What happens to a store.
type Blow = fn(&mut Bench);

/// Opens the store again, as an app that knows who it is, and reads all of it.
fn reopened(bench: &mut Bench) -> Found {
    bench.reopen().unwrap();
    bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }, Command::LoadDays { date: None }]);
    bench.damage()
}

/// How the store is once it was damaged: what is shown stood there before, and listeners have heard once.
fn check_isolated(bench: &Bench, whole: &Picture, what: &str) {
    let found = bench.picture();
    let lost = whole.orders.iter().filter(|order| !found.orders.contains(order)).count();
    assert!(lost <= 3, "{what}: {lost} of {} orders are not shown as they were", whole.orders.len());
    let known: BTreeSet<&String> = whole.pending.iter().collect();
    assert!(found.pending.iter().all(|mutation| known.contains(mutation)), "{what}: {:?}", found.pending);
    let told = bench.heard.iter().filter(|output| **output == Output::Notify(Event::StorageDamaged)).count();
    let places = bench.damage().len();
    assert!(told >= 1 && told <= places, "{what}: listeners hear of it once, at the start or when the day is read");
    assert_eq!(bench.status().storage.state, StorageState::Damaged, "{what}");
}

/// It goes on working; the report and the damaged bytes stay; the server brings back what it knows, and everything drains.
fn check_goes_on(bench: &mut Bench, found: &Found, what: &str) {
    // What every save writes anew, or every checkpoint, is not damaged any longer.
    let replaced = |key: &str| NAME_TAGS.contains(&key) || key == "manifest";
    let bytes = |bench: &Bench| -> Vec<Option<Vec<u8>>> {
        let keys = found.iter().map(|(key, _)| key).filter(|key| !replaced(key));
        keys.map(|key| bench.disk.values.get(key).cloned()).collect()
    };
    let before = bytes(bench);
    if bench.manager.menu().is_none() {
        bench.sync();
    }
    bench.do_all([open(80), add_fries(80, 1), open(81)]);
    bench.settle();
    let left = bench.status().storage.journal_entries;
    assert!(left < bench.config.checkpoint_entries, "{what}: a checkpoint is taken, and {left} entries are left");
    let shown = bench.picture();
    assert_eq!(reopened(bench), *found, "{what}: the report stays");
    assert_eq!(bench.picture().pending, shown.pending, "{what}: nothing more is lost");
    assert_eq!(bench.picture().orders, shown.orders, "{what}: nothing more is lost");
    assert_eq!(bytes(bench), before, "{what}: the damaged bytes stay");
    bench.sync();
    bench.settle();
    bench.sync();
    assert_eq!(bench.status().queue_depth, 0, "{what}: the queue drains");
    assert!(bench.server.effects.values().all(|times| *times == 1), "{what}");
    let shown: BTreeSet<_> =
        bench.manager.orders(&engine::OrderFilter::default()).iter().map(|order| order.order_id).collect();
    for order_id in bench.server.order_ids() {
        assert!(shown.contains(&order_id), "{what}: the server's order {order_id} is here again");
    }
}

/// Damages a copy of a store that has everything in it, and checks what comes of it.
fn damaged(of: &Bench, what: &str, damage: impl FnOnce(&mut Bench)) -> Found {
    let whole = of.full_picture();
    let mut bench = of.copy();
    damage(&mut bench);
    let found = reopened(&mut bench);
    check_isolated(&bench, &whole, what);
    check_goes_on(&mut bench, &found, what);
    found
}

fn keys_with(bench: &Bench, part: &str) -> Vec<String> {
    bench.disk.values.keys().filter(|key| key.contains(part)).cloned().collect()
}

fn flip(bench: &mut Bench, key: &str, thousandth: usize) {
    let value = bench.disk.values.get_mut(key).unwrap();
    let at = (value.len() - 1) * thousandth / 1000;
    value[at] ^= 1 << (thousandth % 8);
}

/// Puts another number in the place of the format and makes the checksum fit.
fn set_format(bench: &mut Bench, key: &str) {
    let value = bench.disk.values.get_mut(key).unwrap();
    value[4] = 3;
    let framed = value.len() - 4;
    let checksum = crc32fast::hash(&value[..framed]).to_le_bytes();
    value[framed..].copy_from_slice(&checksum);
}

#[test]
fn a_flipped_bit_in_any_chunk_is_found_and_touches_only_that_chunk() {
    let whole = lived_in();
    let chunks = keys_with(&whole, "chunk/");
    assert!(chunks.len() >= 10, "{chunks:?}");
    for (place, key) in chunks.iter().enumerate() {
        for thousandth in [0, 300 + place, 1000] {
            let found = damaged(&whole, key, |bench| flip(bench, key, thousandth));
            assert_eq!(found, [(key.clone(), DamageKind::Altered)]);
        }
    }
}

#[test]
fn a_missing_chunk_is_found_and_touches_only_that_chunk() {
    let whole = lived_in();
    for key in keys_with(&whole, "chunk/") {
        let found = damaged(&whole, &key, |bench| drop(bench.disk.values.remove(&key)));
        assert_eq!(found, [(key.clone(), DamageKind::Missing)]);
    }
}

#[test]
fn no_single_value_of_a_checkpointed_store_holds_who_the_device_is_or_where_its_counters_stand() {
    let whole = lived_in();
    let export = whole.manager.export(&whole.moment()).unwrap();
    let last = export.mutations.last().unwrap().seq;
    for key in [keys_with(&whole, "chunk/"), vec!["manifest".to_owned()]].concat() {
        let mut bench = whole.copy();
        bench.disk.values.remove(&key);
        bench.restart();
        assert_eq!(bench.status().device_id.as_ref().map(domain::DeviceId::as_str), Some("dev_b"), "without {key}");
        bench.sync();
        let before = bench.status().queue_depth;
        bench.do_all([open(80)]);
        assert_eq!(bench.status().queue_depth, before + 1, "without {key}");
        let made = bench.manager.export(&bench.moment()).unwrap().mutations.last().unwrap().seq;
        assert!(made > last || bench.server.complaints.len() == 1, "without {key}: {made} after {last}");
        let shown = bench.manager.orders(&engine::OrderFilter::default());
        let today = shown.iter().map(|order| (order.business_date, order.ticket_no.to_string()));
        assert_eq!(today.collect::<BTreeSet<_>>().len(), shown.len(), "without {key}: a ticket number comes twice");
    }
}

#[test]
fn a_damaged_or_missing_entry_in_the_middle_of_the_journal_is_found_and_later_ones_count() {
    let mut whole = lived_in();
    whole.restart();
    whole.do_all([open(23)]);
    let entries = keys_with(&whole, "journal/");
    assert_eq!(entries.len(), 3);
    for key in &entries[..2] {
        for thousandth in [0, 30, 500, 1000] {
            let found = damaged(&whole, key, |bench| flip(bench, key, thousandth));
            assert_eq!(found, [(key.clone(), DamageKind::Altered)], "also where a new life begins behind it");
        }
        let found = damaged(&whole, key, |bench| drop(bench.disk.values.remove(key)));
        assert_eq!(found, [(key.clone(), DamageKind::Missing)]);
    }
}

#[test]
fn a_cut_short_end_is_no_damage_and_remains_none_when_a_new_life_begins_behind_it() {
    let mut bench = lived_in();
    bench.do_all([open(23)]);
    let last = keys_with(&bench, "journal/").pop().unwrap();
    bench.disk.values.get_mut(&last).unwrap().truncate(40);
    for _ in 0..2 {
        assert_eq!(reopened(&mut bench), []);
        let damage = bench.status().storage.damage;
        assert_eq!(
            damage.iter().map(|damage| (damage.key.as_str(), damage.kind)).collect::<Vec<_>>(),
            [(last.as_str(), DamageKind::TornTail)]
        );
        assert_eq!(bench.status().storage.state, StorageState::Ok);
        bench.do_all([open(24), open(25)]);
    }
}

#[test]
fn an_end_that_the_device_remembers_as_saved_was_not_cut_short() {
    let mut bench = lived_in();
    bench.sync();
    let last = keys_with(&bench, "journal/").pop().unwrap();
    flip(&mut bench, &last, 500);
    assert_eq!(reopened(&mut bench), [(last, DamageKind::Altered)]);
}

#[test]
fn exchanged_values_are_found_as_foreign() {
    let whole = lived_in();
    let swap = |bench: &mut Bench, a: &str, b: &str| {
        let (first, second) = (bench.disk.values[a].clone(), bench.disk.values[b].clone());
        bench.disk.values.insert(a.to_owned(), second);
        bench.disk.values.insert(b.to_owned(), first);
    };
    let (chunks, entries) = (keys_with(&whole, "chunk/"), keys_with(&whole, "journal/"));
    for key in ["manifest", &chunks[4], &entries[0]] {
        let name_tag = whole.disk.values["store"].clone();
        let found = damaged(&whole, key, |bench| drop(bench.disk.values.insert(key.to_owned(), name_tag)));
        assert_eq!(found, [(key.to_owned(), DamageKind::Foreign)], "a name tag is not of a newer version");
    }
    for (a, b) in [(&chunks[0], &chunks[7]), (&entries[0], &entries[1]), (&chunks[5], &entries[0])] {
        let found: BTreeSet<_> = damaged(&whole, a, |bench| swap(bench, a, b)).into_iter().collect();
        let expected = [a, b].map(|key| (key.clone(), DamageKind::Foreign));
        assert_eq!(found, expected.into_iter().collect());
    }
}

#[test]
fn a_value_of_another_devices_store_is_found_as_foreign_even_under_the_same_key() {
    let whole = lived_in();
    let mut other = Bench::over(std::collections::BTreeMap::new(), bench::small_checkpoints());
    let enrolment = Enrolment { device_id: "dev_c".parse().unwrap(), ..bench::enrolment() };
    other.do_all([Command::Start { enrolment: Some(enrolment) }]);
    other.sync();
    for _ in 0..40 {
        other.do_all([open(1), add_fries(1, 1), open(2), open(3)]);
        other.sync();
        other.settle();
    }
    let shared = whole.disk.values.keys().filter(|key| !NAME_TAGS.contains(&key.as_str()) && *key != "manifest");
    let theirs: Vec<(String, Vec<u8>)> = other.disk.written.clone();
    let mut tried = 0;
    for key in shared {
        let Some((_, value)) = theirs.iter().find(|(their_key, _)| their_key == key) else { continue };
        let found = damaged(&whole, key, |bench| drop(bench.disk.values.insert(key.clone(), value.clone())));
        assert_eq!(found, [(key.clone(), DamageKind::Foreign)]);
        tried += 1;
    }
    assert!(tried >= 1, "the two stores share no key");
}

#[test]
fn nobody_without_the_key_can_add_to_a_sealed_store() {
    let mut bench = lived_in();
    let number = bench.status().storage.journal_number + 1;
    let content = br#"[{"cursor_moved":{"cursor":"c999","reads":1}}]"#;
    let mut value = b"AURA\x01".to_vec();
    value.extend_from_slice(&number.to_le_bytes());
    value.extend_from_slice(&[0; 4]);
    value.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
    value.extend_from_slice(content);
    value.extend_from_slice(&crc32fast::hash(&value).to_le_bytes());
    let key = format!("journal/{number:016x}");
    bench.disk.values.insert(key.clone(), value);
    assert_eq!(reopened(&mut bench), [(key, DamageKind::Foreign)]);
    assert_ne!(bench.status().cursor.as_deref(), Some("c999"));
}

#[test]
fn a_store_that_was_rolled_back_is_found_by_what_the_device_remembers() {
    let mut bench = lived_in();
    let old = bench.disk.values.clone();
    bench.do_all([open(23), open(24)]);
    bench.sync();
    bench.disk.values = old;
    assert_eq!(reopened(&mut bench), [("journal".to_owned(), DamageKind::RolledBack)]);
    // Its numbers were given before: the stream begins anew, and nothing takes effect twice.
    bench.do_all([open(25), add_fries(25, 1)]);
    bench.sync();
    assert_eq!(bench.status().queue_depth, 0);
    assert!(bench.server.effects.values().all(|times| *times == 1));
}

#[test]
fn when_the_stream_begins_anew_work_on_older_days_is_still_shown() {
    let mut bench = bench::cold_days();
    let old = bench.disk.values.clone();
    bench.do_all([open(60), open(61)]);
    bench.sync();
    bench.disk.values = old;
    bench.restart();
    bench.do_all([open(62)]);
    bench.sync();
    assert_eq!(bench.server.complaints.iter().collect::<Vec<_>>(), ["SEQ_REUSE: 37"]);
    assert_eq!(bench.status().queue_depth, 0);
    bench.do_all([note(on_day(0, 1), "asks for a copy of the bill")]);
    for after in ["at once", "after a restart", "after a checkpoint", "after an exchange"] {
        match after {
            "after a restart" => bench.restart_and_load(),
            "after a checkpoint" => {
                bench.do_all([open(63), open(64), open(65)]);
                bench.settle();
                bench.restart_and_load();
            }
            "after an exchange" => bench.sync(),
            _ => {}
        }
        let shown = bench.manager.order(on_day(0, 1)).unwrap();
        assert_eq!(shown.note.unwrap().as_str(), "asks for a copy of the bill", "{after}");
    }
    assert_eq!((bench.status().queue_depth, bench.server.complaints.len()), (0, 1), "once is enough");
    assert!(bench.server.effects.values().all(|times| *times == 1));
}

#[test]
fn a_lost_first_entry_costs_no_ticket_number_and_no_mutation() {
    let mut bench = Bench::over(std::collections::BTreeMap::new(), bench::config());
    bench::first_start(&mut bench);
    bench.do_all([open(1), open(2)]);
    bench.sync();
    bench.do_all([open(3)]);
    flip(&mut bench, "journal/0000000000000001", 500);
    reopened(&mut bench);
    bench.do_all([open(4)]);
    assert_eq!(bench.manager.order(order_id(4)).unwrap().ticket_no.to_string(), "B-0004");
    bench.sync();
    assert_eq!(bench.status().queue_depth, 0);
    assert_eq!(bench.server.order_ids().len(), 4);
    assert!(bench.server.effects.values().all(|times| *times == 1));
}

#[test]
fn without_its_manifest_a_store_is_rebuilt_and_the_next_checkpoint_makes_it_whole() {
    for with_journal in [true, false] {
        let mut whole = lived_in();
        if !with_journal {
            whole.do_all([open(23), open(24)]);
            whole.settle();
            assert_eq!(keys_with(&whole, "journal/").len(), 0);
        }
        let before = whole.full_picture();
        let cases: [(DamageKind, Blow); 3] = [
            (DamageKind::Missing, |bench| drop(bench.disk.values.remove("manifest"))),
            (DamageKind::Altered, |bench| flip(bench, "manifest", 700)),
            (DamageKind::Altered, |bench| bench.disk.values.get_mut("manifest").unwrap().truncate(100)),
        ];
        for (kind, damage) in cases {
            let mut bench = whole.copy();
            damage(&mut bench);
            // Also where the power goes before the next checkpoint, again and again.
            for round in 0..3_u8 {
                assert_eq!(reopened(&mut bench), [("manifest".to_owned(), kind)]);
                let shown = bench.picture();
                assert_eq!(shown.pending[..before.pending.len()], before.pending);
                assert!(before.orders.iter().all(|order| shown.orders.contains(order)), "everything is there");
                assert_eq!(shown.orders.len(), before.orders.len() + usize::from(round), "and what was saved since");
                bench.do_all([open(90 + round)]);
            }
            let found = reopened(&mut bench);
            check_goes_on(&mut bench, &found, "without a manifest");
            assert!(bench.disk.values.contains_key("manifest"));
        }
    }
}

#[test]
fn a_first_entry_that_was_cut_short_long_ago_does_not_make_a_lost_manifest_worse() {
    let mut bench = small();
    let first = "journal/0000000000000001";
    let mut torn = Bench::over(std::collections::BTreeMap::new(), bench::small_checkpoints());
    torn.disk.values.insert(first.to_owned(), bench.disk.written[2].1[..30].to_vec());
    bench = torn;
    bench.owner = Some((bench::enrolment().tenant_id, bench::enrolment().device_id));
    reopened(&mut bench);
    bench.sync();
    bench.do_all([open(1), open(2), open(3), open(4), open(5)]);
    bench.settle();
    let before = bench.picture();
    assert_eq!(keys_with(&bench, "journal/"), [first], "its bytes are kept");
    bench.disk.values.remove("manifest");
    let found = [(first.to_owned(), DamageKind::Altered), ("manifest".to_owned(), DamageKind::Missing)];
    assert_eq!(reopened(&mut bench), found);
    assert_eq!(bench.picture().orders, before.orders);
}

#[test]
fn one_damaged_name_tag_is_mended_from_the_other() {
    for key in NAME_TAGS {
        let mut bench = lived_in();
        let before = bench.full_picture();
        flip(&mut bench, key, 500);
        assert_eq!(reopened(&mut bench), [(key.to_owned(), DamageKind::Altered)]);
        assert_eq!(bench.picture(), before);
        bench.do_all([open(23)]);
        assert_eq!(bench.disk.values["store"], bench.disk.values["store-copy"], "the next save writes both");
    }
}

#[test]
fn without_any_name_tag_a_store_opens_for_who_knows_whose_it_is_and_is_untouched_for_others() {
    let whole = lived_in();
    let cases: [Blow; 2] = [
        |bench| NAME_TAGS.iter().for_each(|key| flip(bench, key, 500)),
        |bench| NAME_TAGS.iter().for_each(|key| drop(bench.disk.values.remove(*key))),
    ];
    for damage in cases {
        for with_checkpoint in [true, false] {
            let mut bench = if with_checkpoint { whole.copy() } else { small() };
            let before = bench.full_picture();
            damage(&mut bench);
            let bytes = bench.disk.values.clone();
            assert_eq!(bench.reopen(), Err(OpenError::NameLost));
            assert_eq!(bench.disk.values, bytes);
            bench.owner = Some((bench::enrolment().tenant_id, bench::enrolment().device_id));
            reopened(&mut bench);
            assert_eq!(bench.picture(), before);
        }
    }
}

#[test]
fn what_a_newer_version_wrote_is_never_guessed_at() {
    let whole = lived_in();
    for key in ["manifest", "store"] {
        let mut bench = whole.copy();
        set_format(&mut bench, key);
        let bytes = bench.disk.values.clone();
        assert_eq!(bench.reopen(), Err(OpenError::FormatUnknown));
        assert_eq!(bench.disk.values, bytes, "nothing is written to it");
    }
    for key in [keys_with(&whole, "journal/").remove(0), keys_with(&whole, "chunk/").remove(3)] {
        let found = damaged(&whole, &key, |bench| set_format(bench, &key));
        assert_eq!(found, [(key.clone(), DamageKind::FormatUnknown)]);
    }
}

#[test]
fn a_foreign_key_is_no_store_of_ours() {
    let mut bench = lived_in();
    bench.disk.values.insert("settings".to_owned(), vec![1]);
    assert_eq!(bench.reopen(), Err(OpenError::ForeignKey("settings".to_owned())));
}
