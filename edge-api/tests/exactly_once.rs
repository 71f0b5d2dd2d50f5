//! Every mutation takes effect once and is answered the same way for ever.
#![cfg(test)]

mod restaurant;

use edge_api::DatabaseError;
use restaurant::*;
use serde_json::json;

/// The life of a device's store after the first.
const RENEWED: &str = "01a19456-9e38-7000-8000-00000000bbbb";

/// Where the count of the records stands among those of all tables.
const RECORDS: usize = 5;

#[test]
fn a_repeat_gets_its_first_verdict_again_byte_for_byte() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let unknown = device.mutation(3, 1, &json!({ "type": "from_tomorrow" }));
    let batch = [device.open(1, 1), device.add_line(2, 1), unknown];
    let first = server.exchange(&device, None, &batch);
    assert_eq!(
        first.verdicts.iter().map(outcome).collect::<Vec<_>>(),
        ["applied 1", "applied 2", "rejected CHANGE_UNKNOWN"]
    );
    assert_eq!((first.acked_seq, first.changes.len(), first.has_more), (3, 2, false));
    let before = server.row_counts();
    server.pass(86_400_000);
    let again = server.exchange(&device, Some(&first.cursor), &batch);
    assert_eq!(server.row_counts(), before);
    assert_eq!((again.acked_seq, again.changes.len()), (3, 0));
    let bytes = |verdicts: &[protocol::Verdict]| serde_json::to_string(verdicts).unwrap();
    assert!(again.verdicts.iter().all(|verdict| verdict.replayed));
    assert_eq!(bytes(&again.verdicts).replace("\"replayed\":true", "\"replayed\":false"), bytes(&first.verdicts));
}

#[test]
fn of_two_requests_with_one_batch_that_meet_only_one_takes_effect() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let batch = [device.open(1, 1), device.add_line(2, 1)];
    let mut slipped_in = None;
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        if settles(statements) && slipped_in.is_none() {
            slipped_in = Some(server.exchange(&device, None, &batch));
        }
        Ok(())
    }));
    let second = slow.exchange(&device, None, &batch);
    drop(slow);
    let first = slipped_in.unwrap();
    assert_eq!(first.verdicts.iter().map(|verdict| verdict.replayed).collect::<Vec<_>>(), [false, false]);
    assert_eq!(second.verdicts.iter().map(|verdict| verdict.replayed).collect::<Vec<_>>(), [true, true]);
    assert_eq!(second.verdicts.iter().map(outcome).collect::<Vec<_>>(), ["applied 1", "applied 2"]);
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 2);
    assert_eq!(server.number("SELECT json_extract(record, '$.lines') LIKE '%\"qty_added\":2%' AS n FROM records WHERE collection = 'orders'"), 1);
    assert_eq!(server.number("SELECT head AS n FROM locations"), 2);
}

#[test]
fn a_device_that_keeps_losing_the_race_is_told_to_come_back() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let rival = server.enrol(&tenant, "loc_a");
    let mut races = 0;
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        if settles(statements) {
            races += 1;
            server.exchange(&rival, None, &[rival.open(races, 100 + u32::try_from(races).unwrap())]);
        }
        Ok(())
    }));
    let response = slow.exchange_raw(&device, INCARNATION, None, &[device.open(1, 1)]);
    drop(slow);
    assert_eq!((code(&response), response.retry_after, races), ("BUSY", Some(1), 5));
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 5, "only the rival's");
    assert_eq!(outcome(&server.exchange(&device, None, &[device.open(1, 1)]).verdicts[0]), "applied 1");
}

#[test]
fn a_store_that_is_overloaded_or_loses_its_answer_never_doubles_an_effect() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let batch = [device.open(1, 1)];
    let overloaded = Server::on(Interleaved::new(server.api.database(), |statements| {
        if settles(statements) { Err(DatabaseError::Transient("overloaded".to_owned())) } else { Ok(()) }
    }));
    let response = overloaded.exchange_raw(&device, INCARNATION, None, &batch);
    assert_eq!((code(&response), response.retry_after), ("BUSY", Some(1)));
    assert!(!response.body.contains("overloaded"), "the store's words are for the log");
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 0);
    assert_eq!(overloaded.api.database().batches.get(), 2, "who is overloaded is not asked again: credential, reading");
    let lost = Server::on(Interleaved::new(server.api.database(), |statements| {
        if settles(statements) {
            server.api.database().run(statements)?;
            return Err(DatabaseError::Transient("Network connection lost".to_owned()));
        }
        Ok(())
    }));
    let found = lost.exchange(&device, None, &batch);
    assert_eq!((outcome(&found.verdicts[0]), found.verdicts[0].replayed), ("applied 1".to_owned(), true));
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 1, "it had been written, and the ledger says so");
    let again = server.exchange(&device, None, &batch);
    assert_eq!((outcome(&again.verdicts[0]), again.verdicts[0].replayed), ("applied 1".to_owned(), true));
}

#[test]
fn a_store_that_is_cut_off_is_asked_twice_more_and_then_the_device_is() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let cut_off = |times: u32| {
        let cuts = std::cell::Cell::new(0);
        let flaky = Server::on(Interleaved::new(server.api.database(), |statements| {
            if settles(statements) && cuts.get() < times {
                cuts.set(cuts.get() + 1);
                return Err(DatabaseError::Transient("D1_ERROR: Network connection lost.".to_owned()));
            }
            Ok(())
        }));
        let response = flaky.exchange_raw(&device, INCARNATION, None, &[device.open(1, 1)]);
        (response.status, response.retry_after)
    };
    assert_eq!(cut_off(3), (503, Some(1)));
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 0);
    assert_eq!(cut_off(2), (200, None));
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 1);
}

#[test]
fn a_failing_store_is_an_internal_problem_without_its_words() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let broken = Server::on(Interleaved::new(server.api.database(), |_| {
        Err(DatabaseError::Failed("no such table: secrets".to_owned()))
    }));
    let response = broken.exchange_raw(&device, INCARNATION, None, &[]);
    assert_eq!((code(&response), response.retry_after), ("INTERNAL", None));
    assert!(!response.body.contains("secrets") && response.trace.cause.unwrap().contains("secrets"));
}

#[test]
fn a_gap_is_named_and_writes_nothing() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let before = server.row_counts();
    let gap = |mutations: &[serde_json::Value]| {
        let problem = problem(&server.exchange_raw(&device, INCARNATION, None, mutations));
        (problem.code.as_str(), problem.expected)
    };
    assert_eq!(gap(&[device.open(2, 1)]), ("SEQ_GAP", Some(1)));
    assert_eq!(gap(&[device.open(1, 1), device.add_line(3, 1)]), ("SEQ_GAP", Some(2)));
    assert_eq!(gap(&[device.open(1, 1), device.add_line(1, 1)]), ("SEQ_GAP", Some(2)));
    assert_eq!(server.row_counts(), before);
    server.exchange(&device, None, &[device.open(1, 1)]);
    assert_eq!(gap(&[device.add_line(3, 1)]), ("SEQ_GAP", Some(2)));
}

#[test]
fn a_number_or_an_id_used_again_for_something_else_writes_nothing() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let other = server.enrol(&tenant, "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1)]);
    read::<protocol::ExchangeReply>(&server.exchange_raw(&other, RENEWED, None, &[other.open(1, 9)]));
    let before = server.row_counts();
    let with = |mut mutation: serde_json::Value, changes: serde_json::Value| {
        for (key, value) in changes.as_object().unwrap() {
            mutation[key] = value.clone();
        }
        mutation
    };
    let id = |mutation: &serde_json::Value| mutation["id"].clone();
    let fresh_id = json!("01a19456-9e38-7000-9000-ffffffffffff");
    let cases = [
        ("a decided number with another id", vec![with(device.add_line(2, 1), json!({ "id": fresh_id }))]),
        ("a decided id with another change", vec![with(device.add_line(2, 1), json!({ "record_id": order_id(2) }))]),
        (
            "a decided id with a new number",
            vec![with(
                device.add_line(3, 1),
                json!({ "id": id(&device.add_line(2, 1)),
            "stamp": device.add_line(2, 1)["stamp"], "change": device.add_line(2, 1)["change"] }),
            )],
        ),
        ("another device's id", vec![with(device.open(3, 9), json!({ "id": id(&other.open(1, 9)) }))]),
        ("another device's mutation as it was", vec![with(other.open(1, 9), json!({ "seq": 3 }))]),
        ("one id twice in a batch", vec![device.add_line(3, 1), with(device.add_line(3, 1), json!({ "seq": 4 }))]),
    ];
    for (case, mutations) in cases {
        assert_eq!(code(&server.exchange_raw(&device, INCARNATION, None, &mutations)), "SEQ_REUSE", "{case}");
        let told = server.number("SELECT count(*) AS n FROM records WHERE collection = 'notices'");
        let mut after = server.row_counts();
        after[RECORDS] -= told;
        assert_eq!((told, after), (1, before.clone()), "{case}: nothing but the notice that the device is marked");
    }
}

#[test]
fn a_new_incarnation_offers_its_old_queue_again_without_doubling_it() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1)]);
    let renewed = RENEWED;
    let renumbered = |mut mutation: serde_json::Value, seq: u64| {
        mutation["seq"] = json!(seq);
        mutation
    };
    let batch = [renumbered(device.add_line(2, 1), 1), renumbered(device.add_line(3, 1), 2)];
    let reply: protocol::ExchangeReply = read(&server.exchange_raw(&device, renewed, None, &batch));
    let short: Vec<_> =
        reply.verdicts.iter().map(|verdict| (verdict.seq, outcome(verdict), verdict.replayed)).collect();
    assert_eq!(short, [(1, "applied 2".to_owned(), true), (2, "applied 4".to_owned(), false)]);
    let order = &reply.changes[1];
    assert_eq!((order.rev, order.own_seq), (4, 2));
    assert_eq!(order.record.as_ref().unwrap().get().matches("\"qty_added\":2").count(), 2, "two lines, none doubled");
    assert_eq!(reply.acked_seq, 2);
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 3);
    let only_old = [renumbered(device.open(1, 1), 3)];
    let reply: protocol::ExchangeReply = read(&server.exchange_raw(&device, renewed, None, &only_old));
    assert_eq!((reply.acked_seq, reply.verdicts[0].replayed), (3, true), "a repeat alone moves the new stream on");
    let order = &reply.changes[1];
    assert_eq!((order.rev, order.own_seq), (5, 3), "and says that the order holds it");
    let in_its_place = [renumbered(device.add_line(4, 1), 3)];
    assert_eq!(code(&server.exchange_raw(&device, renewed, None, &in_its_place)), "SEQ_REUSE");
    let in_anothers_place = [renumbered(device.open(1, 1), 2)];
    assert_eq!(code(&server.exchange_raw(&device, renewed, None, &in_anothers_place)), "SEQ_REUSE");
    assert_eq!(server.number("SELECT max(acked_seq) AS n FROM streams WHERE incarnation LIKE '%aaaa'"), 2);
}

#[test]
fn of_two_devices_that_change_one_order_at_once_neither_loses_its_line() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let rival = server.enrol(&tenant, "loc_a");
    server.exchange(&device, None, &[device.open(1, 1)]);
    let mut raced = false;
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        if settles(statements) && !raced {
            raced = true;
            let mut line = rival.add_line(1, 1);
            line["change"]["line_id"] = json!(line_id(77));
            server.exchange(&rival, None, &[line]);
        }
        Ok(())
    }));
    let reply = slow.exchange(&device, None, &[device.add_line(2, 1)]);
    drop(slow);
    assert_eq!(outcome(&reply.verdicts[0]), "applied 3");
    let order = reply.changes[1].record.as_ref().unwrap().get();
    assert!(order.contains(&line_id(2)) && order.contains(&line_id(77)), "{order}");
    assert_eq!(reply.changes[1].rev, 3);
}

#[test]
fn two_clones_that_share_a_stream_never_both_hold_one_number() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let rejected = |seq| device.mutation(seq, 1, &json!({ "type": "from_tomorrow" }));
    server.exchange(&device, None, &[rejected(1)]);
    // Neither batch changes a record, and a repeat leaves no row of its own: only the watermark tells them apart.
    let mut other = rejected(2);
    other["seq"] = json!(1);
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        if settles(statements) {
            read::<protocol::ExchangeReply>(&server.exchange_raw(&device, RENEWED, None, std::slice::from_ref(&other)));
        }
        Ok(())
    }));
    assert_eq!(code(&slow.exchange_raw(&device, RENEWED, None, &[rejected(1)])), "SEQ_REUSE");
}
