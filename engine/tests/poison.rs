//! A mutation that no request passes with: it is found, put aside for a person with its bytes, and holds up nobody.

#![cfg(test)]

mod bench;

use bench::{Bench, add_fries, close, note, open, order_id, pay, small_checkpoints};

/// What no request may contain.
const FORBIDDEN: &str = "onions & <script>";

/// Eight orders, of which the fifth has a note that something on the way does not let through.
fn evening(config: engine::EngineConfig) -> Bench {
    let mut bench = Bench::ready_with(config);
    bench.do_all((1..=8).map(open));
    bench.do_all([note(5, FORBIDDEN), pay(5, 1, 0), add_fries(6, 1), close(7)]);
    bench
}

fn parked(bench: &Bench) -> Vec<(String, String)> {
    let parked = bench.status().parked;
    parked.into_iter().map(|parked| (parked.code, parked.change_type)).collect()
}

const POISON: (&str, &str) = ("BODY_TOO_LARGE", "add_note");

fn is_poison(parked: &[(String, String)]) -> bool {
    matches!(parked, [(code, change)] if (code.as_str(), change.as_str()) == POISON)
}

#[test]
fn the_one_mutation_that_never_passes_is_kept_for_a_person_and_those_behind_it_arrive() {
    let mut bench = evening(bench::config());
    let requests = bench.sync_behind_wall(FORBIDDEN);
    assert!(requests <= 20, "halving finds one of a hundred in few requests, not {requests}");
    assert_eq!(bench.server.complaints, std::collections::BTreeSet::new());
    assert!(is_poison(&parked(&bench)), "{:?}", parked(&bench));
    assert_eq!(bench.server.order_ids().len(), 8);
    assert_eq!(bench.server.order(order_id(6)).unwrap().lines.len(), 1);
    let seen = bench.manager.order(order_id(5)).unwrap();
    assert_eq!(seen.note, None, "what is kept for a person is not shown as if it would arrive");
    let export = bench.manager.export(&bench.moment()).unwrap();
    assert_eq!((export.mutations.len(), export.parked.len()), (0, 1));
}

#[test]
fn a_server_that_refuses_every_body_for_a_while_costs_no_mutation() {
    let mut bench = evening(bench::config());
    let depth = bench.status().queue_depth;
    for _ in 0..40 {
        assert!(bench.body().is_some());
        bench.answer(422, "application/problem+json", r#"{"code":"INVALID_REQUEST"}"#);
    }
    assert_eq!((bench.status().queue_depth, parked(&bench).len()), (depth, 0));
    bench.sync_behind_wall("never said");
    assert_eq!(parked(&bench), []);
    assert_eq!(
        bench.server.order(order_id(5)).unwrap().note.as_ref().unwrap().value.as_ref().unwrap().as_str(),
        FORBIDDEN
    );
}

#[test]
fn refusals_slow_a_device_down_where_not_even_a_question_passes() {
    let mut bench = evening(bench::config());
    let begun = bench.now_ms();
    for _ in 0..12 {
        assert!(bench.body().is_some());
        bench.answer(400, "application/problem+json", r#"{"code":"MALFORMED_BODY"}"#);
    }
    // The mutations are halved to one in four requests; then questions without any are refused, and each is waited for.
    assert!(bench.now_ms() > begun, "a device must not ask in circles");
}

#[test]
fn the_mark_in_its_place_survives_a_kill_and_a_checkpoint() {
    let mut bench = evening(small_checkpoints());
    // Found and marked; the request with the mark never comes through.
    while parked(&bench).is_empty() {
        let body = bench.body().unwrap();
        if body.contains(FORBIDDEN) {
            bench.answer(413, "application/problem+json", r#"{"code":"BODY_TOO_LARGE"}"#);
        } else if body.contains("\"mutations\":[]") || !body.contains("skipped") {
            let (status, reply) = bench.server.answer(&body);
            bench.answer(status, "application/json", &reply);
        }
    }
    let depth = bench.status().queue_depth;
    for settle in [false, true] {
        if settle {
            bench.settle();
        }
        bench.restart();
        assert_eq!(bench.status().queue_depth, depth);
        assert!(is_poison(&parked(&bench)));
        let sent = bench.next_sent();
        assert!(sent[0].contains("\"skipped\":\"BODY_TOO_LARGE\""), "{}", sent[0]);
    }
    bench.sync();
    bench.settle();
    bench.restart();
    assert_eq!((bench.status().queue_depth, parked(&bench).len()), (0, 1));
}

#[test]
fn what_had_arrived_after_all_is_kept_for_nobody_and_seen_again() {
    let mut bench = evening(bench::config());
    // The server takes everything, and no answer comes back; from then on the wall stands.
    let body = bench.body().unwrap();
    for _ in 0..4 {
        bench.fail_exchange();
        let body = bench.body().unwrap();
        bench.server.answer(&body);
    }
    assert!(!body.is_empty());
    bench.sync_behind_wall(FORBIDDEN);
    assert_eq!(parked(&bench), []);
    assert_eq!(bench.manager.order(order_id(5)).unwrap().note.unwrap().as_str(), FORBIDDEN);
    assert!(bench.server.effects.values().all(|effects| *effects == 1));
}

#[test]
fn an_innocent_mutation_after_the_poison_is_not_suspected_for_its_sake() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), note(1, FORBIDDEN), note(1, "fine"), open(2), note(2, FORBIDDEN), close(2)]);
    bench.sync_behind_wall(FORBIDDEN);
    assert_eq!(parked(&bench).len(), 2);
    assert_eq!(bench.manager.order(order_id(1)).unwrap().note.unwrap().as_str(), "fine");
    assert_eq!(bench.server.order(order_id(2)).unwrap().status().rank, domain::StatusRank::Closed);
}
