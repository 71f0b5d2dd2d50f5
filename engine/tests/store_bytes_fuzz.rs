//! Whatever stands under a key, reading it never panics: bytes at random, honest values with bytes changed, and whole
//! envelopes around what no engine would say. `corpus/` holds the ones that are worth trying each time.
//!
//! The envelopes are made here from the description of the format alone, so this is also a second reader of it.

#![cfg(test)]

mod bench;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bench::{Bench, bytes_of_hex, lived_in, open};
use chacha20poly1305::{AeadInOut, Key, KeyInit, XChaCha20Poly1305, XNonce};
use engine::{Command, Keyring, OrderFilter, entry_text};
use fastrand::Rng;

/// Rounds in the ordinary run; `STORE_BYTES` says otherwise.
const ROUNDS: usize = 400;
const JOURNAL: u8 = 1;
const CHUNK: u8 = 2;
const MANIFEST: u8 = 3;

/// The envelope around a content, as the store's own would be: `key_id` and `key` seal it for the place `name`.
fn sealed(name: &str, kind: u8, number: u64, compressed: bool, content: &[u8]) -> Vec<u8> {
    sealed_behind([0; 4], name, kind, number, compressed, content)
}

fn sealed_behind(previous: [u8; 4], name: &str, kind: u8, number: u64, compressed: bool, content: &[u8]) -> Vec<u8> {
    let mut value = [b"AURA".as_slice(), &[2, kind, u8::from(compressed)]].concat();
    value.extend_from_slice(&1_u32.to_le_bytes());
    value.extend_from_slice(&number.to_le_bytes());
    value.extend_from_slice(&u32::MAX.to_le_bytes());
    value.extend_from_slice(&previous);
    value.extend_from_slice(&u32::try_from(content.len() + 16).unwrap().to_le_bytes());
    let bound = [b"aura|ten_saltmarsh|dev_b|".as_slice(), name.as_bytes(), b"|", &value].concat();
    let (nonce, mut content) = ([7; 24], content.to_vec());
    let cipher = XChaCha20Poly1305::new(&Key::from([1; 32]));
    let tag = cipher.encrypt_inout_detached(&XNonce::from(nonce), &bound, content.as_mut_slice().into()).unwrap();
    value.extend_from_slice(&nonce);
    value.extend_from_slice(&content);
    value.extend_from_slice(&tag);
    with_checksum(value)
}

fn with_checksum(mut value: Vec<u8>) -> Vec<u8> {
    value.extend_from_slice(&crc32fast::hash(&value).to_le_bytes());
    value
}

/// Opens the store with this value in it, and works with it as far as it lets one.
///
/// Whoever has the key may say what locks the engine out, such as a number at the end of all numbers; nobody else can.
fn survives(whole: &Bench, name: &str, value: &[u8], what: &str, has_key: bool) {
    let attempt = || {
        let mut bench = whole.copy();
        bench.disk.values.insert(name.to_owned(), value.to_vec());
        bench.owner = Some((bench::enrolment().tenant_id, bench::enrolment().device_id));
        if bench.reopen().is_err() {
            return;
        }
        bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }, Command::LoadDays { date: None }]);
        bench.do_all([open(201), open(202), open(203), open(204)]);
        bench.settle();
        drop(bench.manager.orders(&OrderFilter::default()));
        drop(bench.manager.export(&bench.moment()));
        let again = bench.reopen();
        assert!(again.is_ok() || has_key, "the engine has locked itself out: {again:?}");
    };
    let done = catch_unwind(AssertUnwindSafe(attempt));
    assert!(
        done.is_ok(),
        "{what} under {name}: {}",
        value.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    );
}

/// Every place that a value may stand in, with what is read there.
fn places(whole: &Bench) -> Vec<(String, u8, u64)> {
    let number = |name: &str| u64::from_str_radix(name.rsplit('/').next().unwrap_or_default(), 16).unwrap_or(0);
    let place = |name: &String| {
        let kind = if name.contains("journal/") {
            JOURNAL
        } else if name.contains("chunk/") {
            CHUNK
        } else if name.ends_with("manifest") {
            MANIFEST
        } else {
            0
        };
        (name.clone(), kind, number(name))
    };
    let mut places: Vec<_> = whole.disk.values.keys().map(place).collect();
    let next = whole.status().storage.journal_number + 1;
    places.push((format!("journal/{next:016x}"), JOURNAL, next));
    places.push(("journal/0000fffffffffff0".to_owned(), JOURNAL, 0x0000_ffff_ffff_fff0));
    places.push(("journal/ffffffffffffffff".to_owned(), JOURNAL, u64::MAX));
    places.push(("chunk/0000ffffffffffff".to_owned(), CHUNK, 0x0000_ffff_ffff_ffff));
    places.push(("chunk/ffffffffffffffff".to_owned(), CHUNK, u64::MAX));
    places.push(("epoch-4294967295/manifest".to_owned(), MANIFEST, 1));
    places
}

fn corpus(name: &str) -> Vec<String> {
    let texts = match name {
        "contents" => include_str!("corpus/contents.json"),
        _ => include_str!("corpus/values.json"),
    };
    serde_json::from_str(texts).unwrap()
}

fn enveloped(place: &(String, u8, u64), compressed: bool, content: &[u8]) -> Vec<u8> {
    let (name, kind, number) = place;
    if *kind == 0 {
        return with_checksum([b"AURA\x02\x00".as_slice(), content].concat());
    }
    sealed(name, *kind, *number, compressed, content)
}

/// Another number, text or word in the place of one.
fn twisted(text: &str, dice: &mut Rng) -> String {
    const WORDS: [&str; 12] = [
        "18446744073709551615",
        "-1",
        "0",
        "1e400",
        "null",
        "\"\"",
        "[]",
        "{}",
        "true",
        "\"01a19456-9e38-7000-8000-000000000001\"",
        "9223372036854775807",
        "\"9999-12-31\"",
    ];
    let colons: Vec<usize> = text.match_indices(':').map(|(at, _)| at + 1).collect();
    let Some(at) = (!colons.is_empty()).then(|| colons[dice.usize(..colons.len())]) else { return text.to_owned() };
    let (head, rest) = text.split_at(at);
    let end = rest.find([',', '}', ']']).unwrap_or(rest.len());
    format!("{head}{}{}", WORDS[dice.usize(..WORDS.len())], rest.split_at(end).1)
}

#[test]
fn the_corpus_is_survived_in_every_place() {
    let whole = lived_in();
    let values: Vec<Vec<u8>> = corpus("values").iter().map(|hex| bytes_of_hex(hex)).collect();
    let contents = corpus("contents");
    // One chunk in eight: they are read alike.
    let chunks = places(&whole).into_iter().filter(|(_, kind, _)| *kind == CHUNK).step_by(8);
    let others = places(&whole).into_iter().filter(|(_, kind, _)| *kind != CHUNK);
    for place in chunks.chain(others) {
        for value in &values {
            survives(&whole, &place.0, value, "a value of the corpus", false);
            survives(&whole, &place.0, &with_checksum(value.clone()), "a value of the corpus with its checksum", false);
        }
        for content in &contents {
            survives(&whole, &place.0, &enveloped(&place, false, content.as_bytes()), content, true);
            survives(&whole, &place.0, &enveloped(&place, true, content.as_bytes()), "said to be compressed", true);
        }
    }
}

#[test]
fn bytes_at_random_are_survived_in_every_place() {
    let whole = lived_in();
    let places = places(&whole);
    let owner = (&bench::enrolment().tenant_id, &bench::enrolment().device_id);
    let text = |(name, value): &(String, Vec<u8>)| entry_text(&Keyring::new(whole.keys.clone()), owner, name, value);
    let honest: BTreeMap<usize, String> = whole.disk.written.iter().filter_map(text).enumerate().collect();
    let honest = if honest.is_empty() { corpus("contents").into_iter().enumerate().collect() } else { honest };
    let rounds = std::env::var("STORE_BYTES").ok().and_then(|number| number.parse().ok()).unwrap_or(ROUNDS);
    let mut dice = Rng::with_seed(1);
    for _ in 0..rounds {
        let place = &places[dice.usize(..places.len())];
        let value: Vec<u8> = match dice.u8(0..4) {
            0 => (0..dice.usize(..200)).map(|_| dice.u8(..)).collect(),
            1 => {
                let mut value = whole.disk.values.get(&place.0).cloned().unwrap_or_default();
                for _ in 0..dice.usize(1..4) {
                    if !value.is_empty() {
                        let at = dice.usize(..value.len());
                        value[at] = dice.u8(..);
                    }
                }
                value.truncate(value.len().saturating_sub(4));
                with_checksum(value)
            }
            _ => {
                let text = twisted(&honest[&dice.usize(..honest.len())], &mut dice);
                let twice = if dice.bool() { twisted(&text, &mut dice) } else { text };
                enveloped(place, dice.u8(..) < 16, twice.as_bytes())
            }
        };
        survives(&whole, &place.0, &value, "random bytes", true);
    }
    println!("values read: {rounds}");
}

#[test]
fn an_envelope_made_from_the_description_is_read() {
    let mut bench = bench::small();
    let number = bench.status().storage.journal_number + 1;
    let name = format!("journal/{number:016x}");
    let before = &bench.disk.values[&format!("journal/{:016x}", number - 1)];
    let previous = *before.last_chunk::<4>().unwrap();
    let value =
        sealed_behind(previous, &name, JOURNAL, number, false, br#"[{"cursor_moved":{"cursor":"c77","reads":1}}]"#);
    bench.disk.values.insert(name, value);
    bench.restart();
    assert_eq!(bench.status().cursor.as_deref(), Some("c77"));
    assert_eq!(bench.damage(), []);
}
