//! The laws of the core, one scripted case each. The simulation looks for what nobody thought of; these say what was.

#[cfg(test)]
mod bench;

use bench::{Bench, add_fries, close, menu_delta, open, pay, reply};
use engine::{Connection, Event, Input, Output, PauseReason};

#[test]
fn nobody_is_told_saved_before_it_is_on_disk() {
    let mut bench = Bench::ready();
    let outputs = bench.give(open(1));
    assert!(bench::resolved(&outputs).is_empty());
    assert!(bench.manager.order(bench::order_id(1)).is_none(), "memory never runs ahead of disk");
    let outputs = bench.feed(Input::CommitSucceeded);
    assert_eq!(bench::resolved(&outputs), [true]);
    assert!(bench.manager.order(bench::order_id(1)).is_some());
}

#[test]
fn a_burst_shares_one_write_and_each_command_sees_the_ones_before_it() {
    let mut bench = Bench::ready();
    bench.give(open(1));
    // While the first commit is out, these gather, and need not wait for what they build on.
    let waiting: Vec<Output> = (1..=20).flat_map(|line| bench.give(add_fries(1, line))).collect();
    assert_eq!(bench::commits(&waiting), 0);
    let outputs = bench.feed(Input::CommitSucceeded);
    assert_eq!(bench::commits(&outputs), 1);
    let outputs = bench.feed(Input::CommitSucceeded);
    assert_eq!(bench::resolved(&outputs), [true; 20]);
    assert_eq!(bench.manager.order(bench::order_id(1)).unwrap().lines.len(), 20);
}

#[test]
fn a_failed_write_rejects_everyone_in_it_and_leaves_no_trace() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.give(add_fries(1, 1));
    let outputs =
        bench.feed(Input::CommitFailed { code: "STORAGE_FAILED".to_owned(), reason: "the disk is full".to_owned() });
    assert_eq!(bench::resolved(&outputs), [false]);
    assert!(bench.manager.order(bench::order_id(1)).unwrap().lines.is_empty());
    // The stream goes on without a hole.
    bench.do_all([add_fries(1, 2)]);
    assert_eq!(bench.sent_seqs(), [1, 2]);
}

#[test]
fn a_double_tap_makes_one_mutation() {
    let mut bench = Bench::ready();
    bench.do_all([
        open(1),
        open(1),
        add_fries(1, 1),
        add_fries(1, 1),
        pay(1, 1, 666),
        pay(1, 1, 666),
        close(1),
        close(1),
    ]);
    assert_eq!(bench.status().queue_depth, 4);
}

#[test]
fn what_was_saved_is_there_after_a_restart_and_is_sent_again_under_the_same_ids() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1)]);
    let (before, sent) = (bench.manager.order(bench::order_id(1)), bench.sent_mutations());
    bench.restart();
    assert_eq!(bench.manager.order(bench::order_id(1)), before);
    assert_eq!(bench.sent_mutations(), sent);
}

#[test]
fn the_ticket_counter_survives_a_restart_so_that_no_number_is_given_twice() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.restart();
    bench.do_all([open(2)]);
    let numbers = [1, 2].map(|order| bench.manager.order(bench::order_id(order)).unwrap().ticket_no.to_string());
    assert_eq!(numbers, ["B-0001", "B-0002"]);
}

#[test]
fn a_business_date_follows_the_restaurants_clock_and_not_the_tablets() {
    let mut bench = Bench::ready();
    let location = r#"{"collection":"location","id":"loc_quay","rev":1,"changed_seq":2,"record":{"location_id":"loc_quay",
        "name":"Quay","zone":"Asia/Tokyo","zone_rule":"JST-9","currency":"USD","currency_exponent":2,"cut_over_hour":4}}"#;
    bench.do_all([open(1)]);
    bench.exchange_id();
    bench.answer(200, "application/json", &reply("", location, "c2"));
    bench.do_all([open(2)]);
    let dates = [1, 2].map(|order| bench.manager.order(bench::order_id(order)).unwrap().business_date.to_string());
    assert_eq!(dates, ["2026-10-31", "2026-11-01"], "the tablet is set to New York, the restaurant stands in Tokyo");
}

#[test]
fn what_gave_way_is_kept_with_both_values_once_and_survives_a_restart() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let id = bench.sent_mutations().remove(0);
    let finding = |line: &str| {
        format!(
            r#"{{"code":"FIRED_QTY_DIFFERS","message":"the kitchen makes 1, the bill says 2","field":"lines.{line}.qty",
                "kept":"2","lost":"1"}}"#
        )
    };
    let verdict = format!(
        r#"{{"id":"{id}","seq":1,"outcome":"applied","rev":1,"findings":[{},{}]}}"#,
        finding("a"),
        finding("b")
    );
    for _ in 0..2 {
        bench.exchange_id();
        bench.answer(200, "application/json", &reply(&verdict, "", "c2"));
    }
    let findings = bench.status().findings;
    assert_eq!(findings.len(), 2, "one mutation may notice the same of two lines");
    assert_eq!((findings[1].kept.as_deref(), findings[1].lost.as_deref()), (Some("2"), Some("1")));
    bench.restart();
    assert_eq!(bench.status().findings, findings);
}

#[test]
fn only_a_verdict_takes_a_mutation_out_of_the_queue() {
    for (status, content_type, body) in [
        (200, "text/html", "<html>sign in to the network</html>"),
        (200, "application/json", "{\"protocol\":1"),
        (401, "application/problem+json", "{\"code\":\"UNAUTHORIZED\"}"),
        (403, "application/problem+json", "{\"code\":\"DEVICE_REVOKED\"}"),
        (403, "text/plain", "order 14001 failed"),
        (409, "application/problem+json", "{\"code\":\"SEQ_GAP\",\"expected\":7}"),
        (413, "application/problem+json", "{\"code\":\"BODY_TOO_LARGE\"}"),
        (422, "application/problem+json", "{\"code\":\"INVALID_REQUEST\",\"detail\":\"order 14001 failed\"}"),
        (500, "application/problem+json", "{\"code\":\"INTERNAL\"}"),
    ] {
        let mut bench = Bench::ready();
        bench.do_all([open(1), add_fries(1, 1)]);
        for _ in 0..12 {
            bench.answer(status, content_type, body);
            bench.wait_for_next_attempt();
        }
        assert_eq!(bench.status().queue_depth, 2, "{status} {body}");
        bench.feed(Input::SyncRequested);
        // After a 413 or 422 fewer are offered at once, or none for once to see whether any request passes, but always from the
        // oldest.
        if bench.sent_seqs().is_empty() {
            bench.answer(200, "application/json", &reply("", "", "c1"));
        }
        assert_eq!(bench.sent_seqs()[0], 1, "{status} {body}: the oldest is still offered");
    }
}

#[test]
fn a_verdict_of_an_unknown_form_settles_nothing() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let id = bench.sent_mutations()[0].clone();
    let verdict = format!(r#"{{"id":"{id}","seq":1,"outcome":"from_the_future"}}"#);
    bench.answer(200, "application/json", &reply(&verdict, "", "c9"));
    assert_eq!(bench.status().queue_depth, 1);
}

#[test]
fn what_has_a_verdict_that_nobody_here_knows_holds_nothing_up_and_is_asked_about_again() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), open(2), open(3), open(4)]);
    let offered = |bench: &mut Bench| {
        let body: serde_json::Value = serde_json::from_str(&bench.body().unwrap()).unwrap();
        let named = body["mutations"].as_array().unwrap().iter();
        named.map(|named| (named["seq"].as_u64().unwrap(), named["id"].to_string())).collect::<Vec<_>>()
    };
    let seqs = |bench: &mut Bench| offered(bench).into_iter().map(|(seq, _)| seq).collect::<Vec<_>>();
    let answer_all = |bench: &mut Bench, outcomes: &[&str]| {
        let verdicts = offered(bench).into_iter().zip(outcomes);
        let verdicts =
            verdicts.map(|((seq, id), outcome)| format!(r#"{{"id":{id},"seq":{seq},"outcome":"{outcome}","rev":1}}"#));
        let verdicts = verdicts.collect::<Vec<_>>().join(",");
        bench.answer(200, "application/json", &reply(&verdicts, "", "c9"));
    };
    answer_all(&mut bench, &["applied"]);
    assert_eq!(seqs(&mut bench), [2, 3, 4]);
    answer_all(&mut bench, &["applied", "from_the_future", "applied"]);
    assert!(!bench.is_exchanging(), "nothing is asked in circles");
    bench.do_all([open(5)]);
    // A batch with a hole would be refused as one that has lost mutations.
    assert_eq!(seqs(&mut bench), [5]);
    answer_all(&mut bench, &["applied"]);
    assert_eq!((bench.status().queue_depth, seqs(&mut bench)), (1, vec![3]));
    answer_all(&mut bench, &["from_the_future"]);
    assert!(!bench.is_exchanging(), "nothing is asked in circles");
}

#[test]
fn an_answer_that_settles_nothing_is_not_asked_for_again_at_once() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    assert_eq!(bench.sent_seqs(), [1]);
    bench.answer(200, "application/json", &reply("", "", "c9"));
    assert!(!bench.is_exchanging());
    // What joins it follows it without a hole, so both are sent.
    bench.do_all([open(2)]);
    assert_eq!(bench.sent_seqs(), [1, 2]);
}

#[test]
fn the_reply_to_another_request_changes_nothing() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let id = bench.sent_mutations()[0].clone();
    let cursor = bench.status().cursor;
    let other = "01a19456-9e38-7000-8000-0000000000ff";
    let applied = |id: &str| format!(r#"{{"id":"{id}","seq":1,"outcome":"applied","rev":1}}"#);
    // A server that says the request's name again, and one that does not.
    let naming =
        |echo: &str, verdicts: &str| reply(verdicts, "", "c9").replacen('{', &format!(r#"{{"echo":{echo},"#), 1);
    let foreign =
        [naming(&format!(r#""{other}""#), &applied(&id)), naming("null", &applied(other)), naming("null", "")];
    for foreign in foreign {
        assert!(bench.body().is_some());
        bench.answer(200, "application/json", &foreign);
        let status = bench.status();
        assert_eq!((status.queue_depth, status.cursor), (1, cursor.clone()));
        assert_eq!(status.last_error_code.as_deref(), Some("REPLY_FOREIGN"));
    }
}

#[test]
fn a_verdict_for_another_mutation_under_the_same_seq_settles_nothing() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let verdict = r#"{"id":"01a19456-9e38-7000-8000-0000000000ff","seq":1,"outcome":"applied","rev":1}"#;
    bench.answer(200, "application/json", &reply(verdict, "", "c9"));
    assert_eq!(bench.status().queue_depth, 1);
}

#[test]
fn a_settled_mutation_stays_in_view_until_its_record_arrives() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let id = bench.sent_mutations()[0].clone();
    let verdict = format!(r#"{{"id":"{id}","seq":1,"outcome":"applied","rev":1}}"#);
    bench.answer(200, "application/json", &reply(&verdict, "", "c9"));
    assert_eq!(bench.status().queue_depth, 0);
    assert!(bench.manager.order(bench::order_id(1)).is_some(), "the view never goes back in time");
    bench.restart();
    assert!(bench.manager.order(bench::order_id(1)).is_some());
}

#[test]
fn a_refused_mutation_is_parked_with_its_reason_and_blocks_nothing() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), open(2)]);
    let ids = bench.sent_mutations();
    let verdicts = format!(
        r#"{{"id":"{}","seq":1,"outcome":"rejected","code":"IMMUTABLE_CHANGED","field":"x","message":"no"}},
           {{"id":"{}","seq":2,"outcome":"applied","rev":1}}"#,
        ids[0], ids[1]
    );
    bench.answer(200, "application/json", &reply(&verdicts, "", "c9"));
    bench.restart();
    let status = bench.status();
    assert_eq!(status.queue_depth, 0);
    let parked: Vec<_> =
        status.parked.iter().map(|parked| (parked.code.as_str(), parked.change_type.as_str())).collect();
    assert_eq!(parked, [("IMMUTABLE_CHANGED", "open")]);
}

#[test]
fn a_late_reply_never_moves_the_cursor_or_a_record_back() {
    let mut bench = Bench::ready();
    let cursor = bench.status().cursor;
    let late = bench.exchange_id();
    // The exchange times out, the next one is answered, and then the first one's answer comes after all.
    bench.pass_ms(engine::EXCHANGE_TIMEOUT_MS);
    bench.feed(Input::TimeoutReached);
    bench.wait_for_next_attempt();
    bench.answer(200, "application/json", &reply("", &menu_delta(3, 43), "c3"));
    bench.answer_to(late, 200, "application/json", &reply("", &menu_delta(2, 42), "c2"));
    assert_ne!(cursor, Some("c3".to_owned()));
    assert_eq!(bench.status().cursor, Some("c3".to_owned()));
    assert_eq!(bench.manager.menu().unwrap().menu_version, 43);
}

#[test]
fn an_expired_cursor_reads_everything_again_underneath_the_pending_mutations() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.answer(410, "application/problem+json", "{\"code\":\"CURSOR_EXPIRED\"}");
    assert_eq!(bench.status().cursor, None);
    assert_eq!(bench.sent_seqs(), [1]);
    assert!(bench.manager.order(bench::order_id(1)).is_some());
}

#[test]
fn a_pause_says_why_and_ends_when_somebody_asks() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.answer(401, "application/problem+json", "{\"code\":\"UNAUTHORIZED\"}");
    assert_eq!(bench.status().paused, Some(PauseReason::Unauthorized));
    let outputs = bench.feed(Input::SyncRequested);
    assert!(outputs.iter().any(|output| matches!(output, Output::Exchange(_))));
}

#[test]
fn a_device_that_was_never_enrolled_does_not_wake_itself_in_circles() {
    let mut bench = Bench::new();
    bench.start_without_enrolment();
    let outputs = bench.give(open(1));
    assert_eq!(bench::resolved(&outputs), [false]);
    assert!(!outputs.iter().any(|output| matches!(output, Output::WakeAt(at) if *at <= bench.now_ms())));
}

#[test]
fn a_wall_clock_set_back_silences_nothing() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.answer(500, "application/problem+json", "{\"code\":\"INTERNAL\"}");
    bench.set_wall_back_a_day();
    bench.wait_for_next_attempt();
    assert!(bench.is_exchanging());
}

#[test]
fn mutations_made_without_a_connection_say_so() {
    let mut bench = Bench::ready();
    assert_eq!(bench.status().connection, Connection::Online);
    bench.do_all([open(1)]);
    bench.feed(Input::WentOffline);
    bench.do_all([open(2)]);
    bench.feed(Input::SyncRequested);
    bench.fail_exchange();
    bench.wait_for_next_attempt();
    assert_eq!(bench.sent_offline_flags(), [false, true]);
}

#[test]
fn listeners_hear_which_orders_changed() {
    let mut bench = Bench::ready();
    bench.give(open(1));
    let outputs = bench.feed(Input::CommitSucceeded);
    assert!(outputs.contains(&Output::Notify(Event::OrdersChanged(vec![bench::order_id(1)]))));
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let story = || {
        let mut bench = Bench::ready();
        bench.do_all([open(1), add_fries(1, 1), pay(1, 1, 666), close(1)]);
        bench.answer(503, "application/problem+json", "{\"code\":\"BUSY\"}");
        bench.heard.clone()
    };
    assert_eq!(story(), story());
}

#[test]
fn a_damaged_entry_is_counted_and_the_rest_loads() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.do_all([open(2)]);
    bench.flip_a_bit_of_the_last_entry();
    bench.restart();
    assert_eq!(bench.status().storage.damage.len(), 1);
    assert!(bench.manager.order(bench::order_id(1)).is_some());
    assert!(bench.manager.order(bench::order_id(2)).is_none());
}

#[test]
fn a_timer_that_comes_early_is_asked_for_again() {
    let mut bench = Bench::ready();
    let outputs = bench.feed(Input::TimeoutReached);
    assert!(outputs.iter().any(|output| matches!(output, Output::WakeAt(at) if *at > bench.now_ms())));
}

#[test]
fn whoever_may_not_have_the_store_sends_nothing_in_its_name() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.restart_as_another_device();
    assert_eq!(bench.status().paused, Some(PauseReason::NotEnrolled));
    assert!(!bench.is_exchanging());
}

#[test]
fn listeners_hear_when_the_link_fails_or_stops() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.heard.clear();
    bench.answer(401, "application/problem+json", "{\"code\":\"UNAUTHORIZED\"}");
    assert!(bench.heard.contains(&Output::Notify(Event::StatusChanged)));
}
