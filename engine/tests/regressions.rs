//! What broke in other points of sale, as far as the queue of one device is concerned; the whole list, with the tests of records,
//! stores, servers and tabs, is in `docs/regressions.md`.

#[cfg(test)]
mod bench;

use bench::{Bench, add_fries, close, delta_entry, note, open, order_id, pay, reply};
use engine::{HttpAnswer, Input, Output};

fn verdict(id: &str, seq: u64, rest: &str) -> String {
    format!(r#"{{"id":"{id}","seq":{seq},{rest}}}"#)
}

fn applied(id: &str, seq: u64) -> String {
    verdict(id, seq, r#""outcome":"applied","rev":1"#)
}

fn starts_an_exchange(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Exchange(_)))
}

#[test]
fn what_is_entered_while_an_exchange_is_out_goes_with_the_next_one_by_itself() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let ids = bench.sent_mutations();
    // Entered last, while the reply is on its way; nobody enters anything after it.
    bench.do_all([add_fries(1, 1)]);
    bench.answer(200, "application/json", &reply(&applied(&ids[0], 1), "", "c2"));
    assert!(bench.is_exchanging(), "without another entry, a timer or a tap");
    assert_eq!(bench.status().queue_depth, 1);
    assert_eq!(bench.sent_seqs(), [2]);
}

#[test]
fn what_is_entered_while_a_reply_is_being_written_is_not_left_behind() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let ids = bench.sent_mutations();
    let id = bench.exchange_id();
    let body = reply(&applied(&ids[0], 1), "", "c2");
    let answer =
        HttpAnswer { status: 200, content_type: Some("application/json".to_owned()), retry_after_s: None, body };
    bench.feed(Input::ExchangeAnswered { id, answer });
    // The reply is being written; the command waits for its turn, and the exchange counts as over before it is saved.
    bench.give(add_fries(1, 1));
    let mut started = false;
    for _ in 0..4 {
        started |= starts_an_exchange(&bench.feed(Input::CommitSucceeded));
    }
    assert!(started, "the command's own commit starts the next exchange");
    assert_eq!(bench.sent_seqs(), [2]);
}

#[test]
fn what_is_entered_while_a_retry_waits_goes_with_the_retry() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    for _ in 0..6 {
        bench.exchange_id();
        bench.answer(503, "application/problem+json", "{\"code\":\"BUSY\"}");
    }
    bench.do_all([add_fries(1, 1)]);
    assert!(!bench.is_exchanging(), "a back-off is not broken by new work");
    bench.wait_for_next_attempt();
    assert!(bench.is_exchanging(), "nobody had to ask");
    assert_eq!(bench.sent_seqs(), [1, 2]);
}

#[test]
fn a_network_that_goes_in_the_middle_of_a_retry_neither_loses_nor_doubles_nor_stops_it() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1)]);
    let ids = bench.sent_mutations();
    bench.answer(500, "application/problem+json", "{\"code\":\"INTERNAL\"}");
    // The retry is out when the host says that there is no network; its reply comes all the same.
    bench.exchange_id();
    assert!(!starts_an_exchange(&bench.feed(Input::WentOffline)), "one exchange at a time");
    let verdicts = format!("{},{}", applied(&ids[0], 1), applied(&ids[1], 2));
    bench.answer(200, "application/json", &reply(&verdicts, "", "c2"));
    assert_eq!(bench.status().queue_depth, 0, "what was decided is decided, whatever the host believes");
    // And where no reply comes, the schedule goes on without anybody saying that the network is back.
    bench.do_all([note(1, "window")]);
    bench.feed(Input::WentOffline);
    bench.fail_exchange();
    bench.wait_for_next_attempt();
    assert!(bench.is_exchanging());
    assert_eq!(bench.sent_seqs(), [3]);
}

#[test]
fn a_settled_mutation_is_seen_on_top_of_a_record_that_does_not_hold_it_yet() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    bench.sync();
    let older = bench.server.order(order_id(1)).cloned();
    bench.do_all([add_fries(1, 1)]);
    let lines = |bench: &Bench| bench.manager.order(order_id(1)).unwrap().lines.len();
    let ids = bench.sent_mutations();
    // The verdict comes with the order as another device left it just before: without the line.
    let verdicts = applied(&ids[0], 2).replace("\"rev\":1", "\"rev\":3");
    assert!(verdicts.contains("\"rev\":3"));
    bench.answer(200, "application/json", &reply(&verdicts, &delta_entry(order_id(1), 2, 9, 1, older.as_ref()), "c9"));
    assert_eq!((bench.status().queue_depth, lines(&bench)), (0, 1));
    bench.restart();
    assert_eq!(lines(&bench), 1, "nor does a restart show the table without it");
}

#[test]
fn a_pull_never_takes_back_what_is_paid_and_not_sent_yet() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1)]);
    bench.sync();
    let draft = bench.server.order(order_id(1)).cloned();
    bench.do_all([pay(1, 1, 666), close(1)]);
    let paid = bench.manager.order(order_id(1)).unwrap();
    // The server answers with the draft and no verdicts: as with a pull that was under way, or a reply to it that is late.
    bench.exchange_id();
    bench.answer(200, "application/json", &reply("", &delta_entry(order_id(1), 7, 9, 2, draft.as_ref()), "c9"));
    assert_eq!(bench.manager.order(order_id(1)).unwrap(), paid);
    assert_eq!(bench.status().queue_depth, 2, "what is to be sent is what is not settled, and no mark on a record");
    assert_eq!(bench.sent_seqs(), [3, 4]);
    bench.restart();
    assert_eq!(bench.manager.order(order_id(1)).unwrap(), paid);
}

#[test]
fn the_verdicts_of_another_devices_request_settle_nothing() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1)]);
    bench.sent_mutations();
    let others = ["01a19456-9e38-7000-8000-0000000000f1", "01a19456-9e38-7000-8000-0000000000f2"];
    let verdicts = format!("{},{}", applied(others[0], 1), applied(others[1], 2));
    bench.answer(200, "application/json", &reply(&verdicts, "", "c2"));
    assert_eq!(bench.status().queue_depth, 2);
    assert_eq!(bench.manager.order(order_id(1)).unwrap().lines.len(), 1);
    assert_eq!(bench.sent_seqs(), [1, 2]);
}

#[test]
fn a_finding_that_only_a_newer_server_knows_keeps_no_mutation_in_the_queue() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let ids = bench.sent_mutations();
    let newer =
        r#""outcome":"applied","rev":1,"findings":[{"code":"FROM_THE_FUTURE","message":"somebody should look"}]"#;
    bench.answer(200, "application/json", &reply(&verdict(&ids[0], 1, newer), "", "c2"));
    let status = bench.status();
    assert_eq!(status.queue_depth, 0, "the verdict itself was understood");
    assert_eq!(status.findings[0].code, "FROM_THE_FUTURE", "and what was noticed is told under its own name");
}

#[test]
fn a_rejection_that_only_a_newer_server_knows_is_parked_under_its_own_name() {
    let mut bench = Bench::ready();
    bench.do_all([open(1)]);
    let ids = bench.sent_mutations();
    let newer = r#""outcome":"rejected","code":"FROM_THE_FUTURE","field":"x","message":"no","hint":"update the app""#;
    bench.answer(200, "application/json", &reply(&verdict(&ids[0], 1, newer), "", "c2"));
    let status = bench.status();
    assert_eq!(status.queue_depth, 0);
    assert_eq!(status.parked[0].code, "FROM_THE_FUTURE");
}
