//! Every point at which a save, a checkpoint, a rotation of keys, a migration or a fresh start can be cut short, one by one.
//!
//! A flow runs once without faults; every single key that it puts, creates or deletes is a step. Then, for each step, it runs
//! again and the power goes before it, in the middle of it or after it, or the write fails there and the engine goes on.
//! After a loss of power the store is opened from what is on the disk, with the keys that a key store would have.

#![cfg(test)]

mod bench;

use std::collections::{BTreeMap, BTreeSet};

use bench::{
    Bench, DAY_MS, Fault, Picture, Step, add_fries, close, cold_days, evening, finish, first_start, not_started, note,
    on_day, open, order_id, pay, seat, small, start, with_pending,
};
use domain::{Order, TicketNo};
use engine::{Command, StoreKey};
use serde_json::Value;

/// Something that a device does, over a store that is already there.
struct Flow {
    name: &'static str,
    before: fn() -> Bench,
    story: fn(&mut Bench),
    /// Points that there are at least, so that the enumeration cannot silently shrink.
    points_min: usize,
}

const FLOWS: [Flow; 9] = [
    Flow { name: "first start", before: not_started, story: first_start, points_min: 38 },
    Flow { name: "single saves", before: small, story: single_saves, points_min: 44 },
    Flow { name: "a burst", before: small, story: burst, points_min: 33 },
    Flow { name: "verdicts and records", before: with_pending, story: verdicts, points_min: 195 },
    Flow { name: "checkpoints", before: evening, story: checkpoints, points_min: 560 },
    Flow { name: "rotation", before: cold_days, story: rotation, points_min: 330 },
    Flow { name: "retention", before: short_memory, story: retention, points_min: 270 },
    Flow { name: "migration", before: golden, story: migration, points_min: 245 },
    Flow { name: "put aside", before: keys_lost, story: new_store, points_min: 275 },
];

#[test]
fn whatever_is_cut_short_nothing_acknowledged_is_lost_and_nothing_else_is_there() {
    let of_flows: Vec<usize> = std::thread::scope(|threads| {
        let running: Vec<_> = FLOWS.iter().map(|flow| threads.spawn(|| enumerate(flow))).collect();
        running.into_iter().map(|flow| flow.join().unwrap()).collect()
    });
    for (flow, points) in FLOWS.iter().zip(&of_flows) {
        println!("crash points of {}: {points}", flow.name);
        assert!(*points >= flow.points_min, "{}: only {points} points", flow.name);
    }
    let points: usize = of_flows.iter().sum();
    println!("crash points: {points}");
}

fn enumerate(flow: &Flow) -> usize {
    let before = (flow.before)();
    let mut reference = before.copy();
    reference.pictures = Some(vec![reference.full_picture()]);
    (flow.story)(&mut reference);
    let steps = reference.disk.steps.clone();
    let pictures = reference.pictures.take().unwrap();
    assert_eq!(reference.damage(), [], "{}", flow.name);
    if flow.name == "retention" {
        assert_eq!(
            pictures.last().unwrap().orders.len() + 5,
            pictures[0].orders.len(),
            "two days of three go, one order comes"
        );
    }
    let mut points = 0;
    for (at, (step, key)) in steps.iter().enumerate() {
        for fault in Fault::ALL {
            // What exists is overwritten as a whole or not at all.
            if *step != Step::Create && matches!(fault, Fault::Torn(_) | Fault::FailsTorn) {
                continue;
            }
            // A save that fails did not happen; of upkeep nobody needs to know.
            if fault == Fault::FailsAfter && key.contains("journal/") && *step == Step::Create {
                continue;
            }
            let point = format!("{}: step {at} of {}, {step:?}, {fault:?}", flow.name, steps.len());
            let mut bench = before.copy();
            bench.disk.plan = Some((at, fault));
            (flow.story)(&mut bench);
            let mut expected = if fault.is_crash() {
                let decided = bench.power_lost.unwrap_or_else(|| panic!("{point}: the power did not go"));
                vec![pictures[bench.writes + usize::from(decided)].clone()]
            } else {
                possible_pictures(&bench, &pictures)
            };
            // Where the device's first save did not come to be, starting again makes it.
            if expected.iter().any(|picture| picture.rest.contains("\"device\":null")) {
                expected = vec![pictures[1].clone()];
            }
            check_recovery(&mut bench, &expected, &point);
            if flow.name == "put aside" {
                let kept = |key: &str| key.starts_with("store") || bench.disk.values.contains_key(key);
                assert!(before.disk.values.keys().all(|key| kept(key)), "{point}: the old store is untouched");
                assert_eq!(bench.status().storage.put_aside, 1, "{point}");
            }
            points += 1;
        }
    }
    points
}

/// What the store may hold after a write that failed: what memory holds; where days were not in memory, what the same saves
/// came to without faults.
fn possible_pictures(bench: &Bench, pictures: &[Picture]) -> Vec<Picture> {
    let memory = bench.picture();
    if bench.status().storage.days_on_disk.is_empty() {
        return vec![memory];
    }
    let same = |picture: &&Picture| (&picture.pending, &picture.rest) == (&memory.pending, &memory.rest);
    let same: Vec<Picture> = pictures.iter().filter(same).cloned().collect();
    if same.is_empty() { vec![bench.full_picture()] } else { same }
}

/// The store is opened from the disk: it shows what it must, sends what it must, and goes on.
fn check_recovery(bench: &mut Bench, expected: &[Picture], point: &str) {
    bench.reopen().unwrap_or_else(|error| panic!("{point}: {error}"));
    bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }, Command::LoadDays { date: None }]);
    let recovered = bench.picture();
    let expected = expected.iter().find(|expected| **expected == recovered).unwrap_or(&expected[0]);
    assert_same(&recovered, expected, point);
    assert_eq!(bench.damage(), [], "{point}");
    assert_eq!(bench.next_sent(), expected.pending, "{point}: the next exchange");

    if bench.manager.menu().is_none() {
        bench.sync();
    }
    let recovered = bench.picture();
    bench.do_all([90, 91, 92, 93].map(open));
    let last = bench.picture();
    assert_eq!(last.orders.len(), recovered.orders.len() + 4, "{point}: it goes on");
    let seqs = seqs(&last);
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{point}: the queue has a hole: {seqs:?}");
    let tickets: BTreeSet<(String, String)> = last.orders.iter().map(|order| ticket_of(order)).collect();
    assert_eq!(tickets.len(), last.orders.len(), "{point}: a ticket number was given twice");
    bench.settle();
    assert_eq!(bench.status().storage.journal_entries, 0, "{point}: a checkpoint is taken");
    let settled = bench.picture();
    if point.starts_with("retention") {
        assert!(
            settled.orders.iter().all(|order| last.orders.contains(order)),
            "{point}: days go, others stay as they are"
        );
    } else {
        assert_same(&settled, &last, point);
    }
    bench.restart_and_load();
    assert_same(&bench.picture(), &settled, point);
    assert_eq!(bench.damage(), [], "{point}");
    bench.sync();
    assert_eq!(bench.status().queue_depth, 0, "{point}: the queue drains");
    assert!(bench.server.complaints.is_empty(), "{point}: {:?}", bench.server.complaints);
    assert!(bench.server.effects.values().all(|times| *times == 1), "{point}");
}

fn assert_same(found: &Picture, expected: &Picture, point: &str) {
    assert_eq!(found.rest, expected.rest, "{point}");
    assert_eq!(found.pending, expected.pending, "{point}: the queue");
    let number = |picture: &Picture| picture.orders.len();
    assert_eq!(number(found), number(expected), "{point}: orders");
    for (found, expected) in found.orders.iter().zip(&expected.orders) {
        assert_eq!(found, expected, "{point}");
    }
}

fn seqs(picture: &Picture) -> Vec<u64> {
    let seq = |mutation: &String| serde_json::from_str::<Value>(mutation).unwrap()["seq"].as_u64().unwrap();
    picture.pending.iter().map(seq).collect()
}

fn ticket_of(order: &str) -> (String, String) {
    let order: Value = serde_json::from_str(order).unwrap();
    (order["businessDate"].to_string(), order["ticketNo"].to_string())
}

fn single_saves(bench: &mut Bench) {
    start(bench);
    bench.do_all([open(1), add_fries(1, 1), pay(1, 1, 666), close(1)]);
}

fn burst(bench: &mut Bench) {
    start(bench);
    bench.give(open(1));
    for line in 1..=20 {
        bench.give(add_fries(1, line));
    }
    bench.give(open(2));
    bench.write_all();
    bench.do_all([add_fries(2, 1)]);
}

/// The first exchange settles, parks, notices and confirms; a second brings another device's orders.
fn verdicts(bench: &mut Bench) {
    start(bench);
    bench.sync();
    if let Some(order) = bench.server.order(order_id(1)).cloned() {
        bench.server.put_foreign(Order { order_id: order_id(50), ticket_no: TicketNo::new("A", 1).unwrap(), ..order });
    }
    bench.pass_ms(20_000);
    bench.feed(engine::Input::TimeoutReached);
    bench.sync();
}

fn checkpoints(bench: &mut Bench) {
    start(bench);
    finish(bench, order_id(4));
    bench.do_all([open(5), note(2, "no salt"), open(6)]);
    bench.settle();
    bench.sync();
    finish(bench, order_id(6));
    bench.do_all([seat(5, 6)]);
    bench.sync();
    bench.settle();
}

fn rotation(bench: &mut Bench) {
    start(bench);
    bench.do_all([open(1)]);
    bench.rotate();
    bench.do_all([add_fries(1, 1)]);
    bench.settle();
}

fn short_memory() -> Bench {
    let mut bench = cold_days();
    bench.config.retention_days = 3;
    bench.restart_and_load();
    // Nobody works on the first two days any more.
    for day in 0..2 {
        bench.do_all([add_fries(on_day(day, 3), 1), pay(on_day(day, 3), 1, 666), close(on_day(day, 3))]);
    }
    bench.sync();
    bench.pass_ms(2 * DAY_MS);
    bench
}

fn retention(bench: &mut Bench) {
    start(bench);
    bench.do_all([Command::LoadDays { date: None }]);
    finish(bench, on_day(6, 1));
    bench.settle();
}

fn golden() -> Bench {
    let values: BTreeMap<String, String> = serde_json::from_str(include_str!("golden/store.1.json")).unwrap();
    let values = values.into_iter().map(|(key, hex)| (key, bench::bytes_of_hex(&hex))).collect();
    Bench::over(values, bench::small_checkpoints())
}

fn migration(bench: &mut Bench) {
    start(bench);
    bench.do_all([open(60)]);
    bench.settle();
}

fn keys_lost() -> Bench {
    let mut bench = evening();
    bench.keys = vec![StoreKey { id: 7, bytes: [7; 32] }];
    bench.put_aside_lost = true;
    bench
}

fn new_store(bench: &mut Bench) {
    first_start(bench);
    finish(bench, order_id(70));
    bench.do_all([open(71)]);
    bench.settle();
}
