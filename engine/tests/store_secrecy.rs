//! Nobody who holds the disk and not the key can read what people did here, and who loses the key loses only the past.

#![cfg(test)]

mod bench;

use std::collections::{BTreeMap, BTreeSet};

use bench::{Bench, evening, finish, key, lived_in, note, open, order_id, start};
use domain::{OrderCommand, OrderCommandKind};
use engine::{Command, Enrolment, Keyring, OpenError, OpenWith, Opening, Output, StorageState};

/// Texts that must never be on the disk.
const CANARIES: [&str; 7] = [
    "Canary Nightingale",
    "canary-note-no-salt",
    "dvc_canary_device_token",
    "stf_canary_of_staff",
    "tbl_canary_window",
    "canary_carried_note",
    "B-00",
];

/// Everything that a text may look like in bytes: as it is, in hexadecimal, in base64 at any offset, and in UTF-16.
fn disguises(text: &str) -> Vec<Vec<u8>> {
    let hex = |upper: bool| -> String {
        text.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
    };
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut all = vec![text.as_bytes().to_vec(), hex(false).into_bytes(), hex(true).into_bytes(), utf16, utf16_big];
    for offset in 0..3 {
        // The middle, which does not depend on what stands before and behind.
        let padded = [vec![0; offset], text.as_bytes().to_vec()].concat();
        let encoded = base64(&padded);
        let middle = encoded.get(4..encoded.len() / 4 * 4 - 4).unwrap_or_default();
        if middle.len() >= 4 {
            all.push(middle.as_bytes().to_vec());
        }
    }
    all
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |chunk: &[u8]| {
        let number =
            chunk.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        (0..4).map(move |place| char::from(DIGITS[number >> (18 - 6 * place) & 63])).collect::<String>()
    };
    bytes.chunks(3).map(digits).collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn assert_secret(bench: &Bench, after: &str) {
    let name_tag = |key: &str| key.starts_with("store");
    let disguises: Vec<(&str, Vec<u8>)> =
        CANARIES.iter().flat_map(|text| disguises(text).into_iter().map(move |bytes| (*text, bytes))).collect();
    for (key, value) in &bench.disk.written {
        for (text, bytes) in disguises.iter().filter(|(_, bytes)| bytes.len() >= 4) {
            assert!(!find(key.as_bytes(), bytes), "after {after}: the key {key} tells of {text}");
            assert!(!find(value, bytes), "after {after}: {key} tells of {text}");
        }
        assert!(name_tag(key) || !find(value, b"loc_quay"), "after {after}: {key}");
    }
}

#[test]
fn nothing_that_people_did_stands_on_the_disk_as_it_was() {
    assert!(find(b"..c3RmX2NhbmFyeQ==", base64(b"stf_canary").get(0..8).unwrap().as_bytes()), "the search can find");
    let mut bench = Bench::over(BTreeMap::new(), bench::small_checkpoints());
    bench.config.staff = Some("stf_canary_of_staff".parse().unwrap());
    bench.reopen().unwrap();
    let enrolment = Enrolment { device_token: "dvc_canary_device_token".to_owned(), ..bench::enrolment() };
    bench.do_all([Command::Start { enrolment: Some(enrolment) }]);
    bench.sync();
    let mut at_table = OrderCommand::new(OrderCommandKind::OpenOrder, order_id(1));
    at_table.table_id = Some(domain::TableId::into("tbl_canary_window".parse().unwrap()));
    bench.do_all([at_table.into(), note(1, "canary-note-no-salt"), open(2), note(2, "Canary Nightingale")]);
    finish(&mut bench, order_id(3));
    assert!(bench.picture().orders[0].contains("tbl_canary_window"));
    assert_secret(&bench, "saves");
    bench.sync();
    bench.settle();
    assert_secret(&bench, "a checkpoint");
    bench.rotate();
    bench.do_all([note(2, "canary-note-no-salt")]);
    bench.settle();
    assert_secret(&bench, "a rotation");
    let mut other = lived_in();
    other.salt = 1;
    other.restart();
    other.do_all([open(70), note(70, "canary_carried_note")]);
    let mut export = other.manager.export(&other.moment()).unwrap();
    export.device_id = "dev_c".parse().unwrap();
    bench.do_all([Command::Import { export: Box::new(export) }]);
    assert!(bench.picture().orders.iter().any(|order| order.contains("canary_carried_note")));
    bench.settle();
    assert_secret(&bench, "an import");
    assert!(bench.disk.written.len() > 30);
}

#[test]
fn a_nonce_never_comes_twice_and_the_same_content_never_looks_the_same() {
    let mut bench = lived_in();
    for _ in 0..3 {
        bench.restart_and_load();
        bench.rotate();
        finish(&mut bench, order_id(60));
        bench.settle();
    }
    let sealed: Vec<_> = bench.disk.written.iter().filter(|(key, _)| !key.starts_with("store")).collect();
    let nonces: BTreeSet<&[u8]> = sealed.iter().map(|(_, value)| &value[27..51]).collect();
    assert_eq!(nonces.len(), sealed.len());
    assert!(sealed.len() > 100, "{}", sealed.len());
    let contents: BTreeSet<&[u8]> = sealed.iter().map(|(_, value)| &value[51..]).collect();
    assert_eq!(contents.len(), sealed.len());

    // The session is written twice in a row by each checkpoint.
    let twice: Vec<_> = bench.disk.written.iter().filter(|(key, _)| key.contains("chunk/")).take(2).collect();
    assert_ne!(twice[0].1[51..], twice[1].1[51..]);
}

#[test]
fn a_failed_save_tried_again_is_sealed_with_another_nonce() {
    let mut bench = evening();
    start(&mut bench);
    bench.give(open(60));
    let first = bench.writing().unwrap().create[0].clone();
    bench.feed(engine::Input::CommitFailed { code: "STORAGE_FAILED".to_owned(), reason: "no".to_owned() });
    bench.give(open(60));
    let again = bench.writing().unwrap().put[0].clone();
    assert_eq!(first.0, again.0);
    assert_ne!(first.1[27..51], again.1[27..51]);
}

#[test]
fn after_a_rotation_nothing_opens_with_the_old_key_and_the_key_store_has_been_told() {
    let mut bench = bench::cold_days();
    start(&mut bench);
    bench.do_all([open(1)]);
    let before = bench.full_picture();
    bench.heard.clear();
    bench.rotate();
    assert!(!bench.status().storage.sealed, "the old key is still needed");
    bench.settle();
    assert!(bench.heard.contains(&Output::KeepKeys(vec![2])));
    assert!(bench.status().storage.sealed);
    assert_eq!(bench.keys, [key(2)]);
    for (name, value) in bench.disk.values.iter().filter(|(name, _)| !name.starts_with("store")) {
        assert_eq!(value[7..11], 2_u32.to_le_bytes(), "{name} is sealed with the new key");
    }
    assert_eq!(bench.full_picture(), before);
    // The old key alone opens nothing.
    let with = OpenWith { keyring: Keyring::new(vec![key(1)]), ..OpenWith::default() };
    let opened = Opening::open(bench.disk.values.keys().cloned(), with, |name| bench.disk.values.get(name).cloned());
    assert_eq!(opened.err(), Some(OpenError::KeyLost));
    // And no further checkpoint is taken for it.
    let written = bench.disk.written.len();
    bench.settle();
    assert_eq!(bench.disk.written.len(), written);
}

#[test]
fn a_key_that_comes_while_a_save_is_on_its_way_reseals_that_save_too() {
    let mut bench = evening();
    start(&mut bench);
    bench.give(open(60));
    bench.rotate();
    bench.settle();
    assert_eq!(bench.keys, [key(2)]);
    let before = bench.picture();
    bench.restart_and_load();
    assert_eq!(bench.picture(), before);
    assert_eq!(bench.damage(), []);
}

#[test]
fn a_key_that_comes_while_the_very_first_save_is_on_its_way_replaces_the_one_that_sealed_it() {
    let mut bench = bench::not_started();
    bench.give(Command::Start { enrolment: Some(bench::enrolment()) });
    bench.rotate();
    assert!(!bench.status().storage.sealed, "with the current key");
    bench.settle();
    assert_eq!(bench.keys, [key(2)]);
    bench.restart();
    assert_eq!(bench.damage(), []);
}

#[test]
fn a_store_whose_keys_are_lost_is_not_opened_and_not_touched() {
    for keys in [vec![], vec![key(9)]] {
        let mut bench = lived_in();
        let bytes = bench.disk.values.clone();
        bench.keys = keys;
        assert_eq!(bench.reopen(), Err(OpenError::KeyLost), "deleting the key erases the store");
        assert_eq!(bench.disk.values, bytes);
    }
}

#[test]
fn a_lost_store_is_put_aside_untouched_and_a_new_one_begins_and_stays() {
    let mut bench = lived_in();
    let old = bench.disk.values.clone();
    bench.keys = vec![key(9)];
    bench.put_aside_lost = true;
    bench.owner = Some((bench::enrolment().tenant_id, bench::enrolment().device_id));
    bench.reopen().unwrap();
    assert_eq!(bench.disk.values, old, "opening writes nothing");
    bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }]);
    bench.sync();
    let status = bench.status();
    assert_eq!((status.storage.state, status.storage.put_aside), (StorageState::PutAside, 1));
    bench.do_all([open(80), open(81)]);
    bench.settle();
    let shown = bench.picture();
    for _ in 0..3 {
        let bytes = bench.disk.values.clone();
        bench.restart_and_load();
        assert_eq!(bench.picture(), shown);
        assert_eq!(bench.status().storage.put_aside, 1, "opening again puts nothing aside again");
        assert_eq!(bench.damage(), []);
        assert_eq!(bench.disk.values, bytes);
    }
    let untouched = old.iter().filter(|(name, _)| !name.starts_with("store"));
    assert!(untouched.into_iter().all(|(name, value)| bench.disk.values.get(name) == Some(value)));
    let fresh = bench.disk.values.keys().filter(|name| !old.contains_key(*name));
    assert!(fresh.into_iter().all(|name| name.starts_with("epoch-1/")));

    // The keys of the new one are lost as well.
    bench.keys = vec![key(12)];
    bench.reopen().unwrap();
    bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }]);
    assert_eq!(bench.status().storage.put_aside, 2);
    bench.do_all([open(90)]);
    bench.restart();
    assert_eq!((bench.status().storage.put_aside, bench.damage()), (2, vec![]));
}

#[test]
fn a_store_put_aside_may_go_to_another_device() {
    let mut bench = lived_in();
    bench.keys = vec![key(9)];
    bench.put_aside_lost = true;
    bench.reopen().unwrap();
    let enrolment = Enrolment { device_id: "dev_z".parse().unwrap(), ..bench::enrolment() };
    bench.do_all([Command::Start { enrolment: Some(enrolment.clone()) }]);
    bench.sync();
    bench.do_all([open(80)]);
    // Whoever knows the new device can open it even without a name tag.
    bench.disk.values.retain(|name, _| !name.starts_with("store"));
    bench.owner = Some((enrolment.tenant_id, enrolment.device_id));
    bench.restart();
    assert!(bench.manager.order(order_id(80)).is_some());
    assert_eq!(bench.damage(), []);
}
