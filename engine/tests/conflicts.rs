//! The conflict inbox on a device: what a conflict says, what can be chosen, what each choice comes to, and how a decision made
//! without a connection reaches the server once.

#![cfg(test)]

mod bench;

use bench::{Bench, add_fries, close, open, order_id, pay, reply, small_checkpoints};
use domain::{ChangeContext, ConflictId, OrderChange, ResolutionChoice, Versioned, apply};
use engine::{Command, ConflictView, DecisionStatus, Input, RefusalCode};
use protocol::Mutation;
use serde_json::{Value, json};

const CONFLICT: &str = "01a19456-9e38-7000-b000-000000000001";

fn conflict_id() -> ConflictId {
    CONFLICT.parse().unwrap()
}

/// The delta entry of a conflict about order 1.
fn entry(rev: u64, conflict: &Value) -> String {
    json!({ "collection": "conflicts", "id": CONFLICT, "rev": rev, "changed_seq": 90 + rev, "record": conflict })
        .to_string()
}

fn conflict(code: &str, field: &str, local: &Value, server: &Value) -> Value {
    json!({
        "schema": 1, "id": CONFLICT, "location": "loc_quay", "collection": "orders",
        "record_id": order_id(1).to_string(), "field": field, "code": code,
        "local": { "value": local.to_string(), "actor": "stf_ines", "device": "dev_c", "at": "2026-10-31T22:00:00.000Z" },
        "server": { "value": server.to_string(), "device": "dev_b", "at": "2026-10-31T21:59:00.000Z" },
        "status": "open", "version": 1
    })
}

fn resolved(mut conflict: Value, decision: &str, choice: &str, by: &str) -> Value {
    conflict["status"] = json!("resolved");
    conflict["version"] = json!(2);
    conflict["resolution"] = json!({
        "id": decision, "choice": choice, "by": by, "at": "2026-10-31T22:05:00.000Z", "how": "manual"
    });
    conflict
}

/// A till with a paid and closed order of one portion of fries, to which this conflict has come.
fn till_with(conflict: &Value) -> Bench {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([open(1), add_fries(1, 1)]);
    let due = bench.manager.order(order_id(1)).unwrap().totals.balance_minor;
    bench.do_all([pay(1, 1, due), close(1)]);
    bench.sync();
    receive(&mut bench, &entry(1, conflict), "k1");
    bench
}

fn receive(bench: &mut Bench, changes: &str, cursor: &str) {
    bench.feed(Input::SyncRequested);
    bench.body().unwrap();
    bench.answer(200, "application/json", &reply("", changes, cursor));
}

fn inbox(bench: &Bench) -> ConflictView {
    bench.manager.conflicts().remove(0)
}

fn table_conflict() -> Value {
    conflict("FIELD_CONFLICT", "table_id", &json!("tbl_12"), &json!("tbl_7"))
}

/// Ines adds a second portion after the bill was closed.
fn late_line(bench: &mut Bench) -> Value {
    let mut other = Bench::ready();
    other.do_all([open(1), add_fries(1, 9)]);
    if other.is_exchanging() {
        other.fail_exchange();
    }
    let body: Value = serde_json::from_str(&other.body().unwrap()).unwrap();
    let made = body["mutations"].as_array().unwrap().iter().find(|made| made["change"]["type"] == "add_line");
    let mut mutation = made.unwrap().clone();
    mutation["stamp"] = json!("019a3c7e5f00-0000-dev_c");
    let mutation: Mutation = serde_json::from_str(&mutation.to_string()).unwrap();
    let change = OrderChange::read(mutation.schema, mutation.change.get()).unwrap();
    let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
    let mut order = bench.server.order(order_id(1)).cloned();
    apply(&mut order, order_id(1), &change, context).unwrap();
    bench.server.put_foreign(order.unwrap());
    serde_json::from_str(mutation.change.get()).unwrap()
}

fn decide(bench: &mut Bench, choice: ResolutionChoice) -> Result<(), RefusalCode> {
    let mut outputs = bench.give(Command::Resolve { conflict_id: conflict_id(), choice });
    while bench.writing().is_some() {
        outputs.extend(bench.feed(Input::CommitSucceeded));
    }
    bench::outcomes(&outputs).remove(0).map_err(|refusal| refusal.code)
}

/// Whether the exchange under way asks that a decision be taken; waits for one that does.
fn decision_asked(bench: &mut Bench) -> Option<Value> {
    for _ in 0..3 {
        let body: Value = serde_json::from_str(&bench.body()?).unwrap();
        if body.get("conflict_id").is_some() {
            return Some(body);
        }
        bench.answer(200, "application/json", &reply("", "", "k1"));
    }
    None
}

#[test]
fn a_conflict_of_two_values_is_told_in_plain_words_and_offers_each_value_and_another() {
    let bench = till_with(&table_conflict());
    let view = inbox(&bench);
    assert_eq!(view.headline, "B-0001: stf_ines chose table tbl_12 without seeing that it was tbl_7");
    assert_eq!((view.local.mine, view.server.mine), (false, true));
    let choices: Vec<_> = view.choices.iter().map(|choice| (choice.choice, choice.label.as_str())).collect();
    assert_eq!(choices, [("keep_local", "Table tbl_12"), ("keep_server", "Table tbl_7"), ("merged", "Another table")]);
    let order = bench.manager.order(order_id(1)).unwrap();
    assert!(view.choices.iter().all(|choice| choice.bill.unwrap().total_minor == order.totals.total_minor));
}

#[test]
fn the_bill_that_each_choice_gives_is_shown_before_choosing_and_is_what_it_then_comes_to() {
    let mut bench = till_with(&table_conflict());
    let before = bench.manager.order(order_id(1)).unwrap().totals;
    let change = late_line(&mut bench);
    bench.feed(Input::SyncRequested);
    bench.sync();
    receive(&mut bench, &entry(2, &conflict("LATE_LINE", "record", &change, &Value::Null)), "k2");
    let view = inbox(&bench);
    assert_eq!(view.headline, "B-0001: stf_ines added 1 × Salt-marsh fries when the bill was closed already");
    let bills: Vec<_> = view.choices.iter().map(|choice| choice.bill.unwrap()).collect();
    let second = bills[0].total_minor - before.total_minor;
    assert!(second > 0 && bills[0].balance_minor == second, "kept, the second portion is due");
    assert_eq!((bills[1].total_minor, bills[1].balance_minor), (before.total_minor, 0), "taken off, nothing is");
    let writes = bench.writes;
    assert_eq!(decide(&mut bench, ResolutionChoice::KeepServer), Ok(()));
    assert_eq!(bench.writes, writes + 1, "the decision and what carries it out are one save");
    let after = bench.manager.order(order_id(1)).unwrap().totals;
    assert_eq!((after.total_minor, after.balance_minor), (before.total_minor, 0));
    assert_eq!(inbox(&bench).status, DecisionStatus::Deciding);
}

#[test]
fn a_decision_made_without_a_connection_is_shown_at_once_and_survives_a_kill_and_a_checkpoint() {
    let mut bench = till_with(&table_conflict());
    bench.feed(Input::WentOffline);
    assert_eq!(decide(&mut bench, ResolutionChoice::KeepLocal), Ok(()));
    for settle in [false, true] {
        if settle {
            bench.settle();
        }
        bench.restart_and_load();
        assert_eq!(bench.manager.order(order_id(1)).unwrap().table_id.unwrap().as_str(), "tbl_12");
        assert_eq!(inbox(&bench).status, DecisionStatus::Deciding);
        let asked = decision_asked(&mut bench).unwrap();
        assert_eq!((&asked["choice"], &asked["expected_version"]), (&json!("keep_local"), &json!(1)));
        assert_eq!(asked["actor"]["staff_id"], "stf_mara");
    }
}

#[test]
fn a_decision_is_sent_until_the_server_has_it_and_leaves_once_the_changes_show_it() {
    let mut bench = till_with(&table_conflict());
    decide(&mut bench, ResolutionChoice::KeepLocal).unwrap();
    let first = decision_asked(&mut bench).unwrap();
    bench.fail_exchange();
    let again = decision_asked(&mut bench).unwrap();
    assert_eq!(first, again, "the same decision under the same id");
    let done = resolved(table_conflict(), again["id"].as_str().unwrap(), "keep_local", "stf_mara");
    bench.answer(200, "application/json", &done.to_string());
    assert_eq!(inbox(&bench).status, DecisionStatus::Deciding, "what the changes do not show is not confirmed");
    assert_eq!(decision_asked(&mut bench), None, "it is not asked for twice");
    receive(&mut bench, &entry(2, &done), "k2");
    assert_eq!(inbox(&bench).status, DecisionStatus::Resolved);
    assert_eq!(bench.status().findings.iter().filter(|finding| finding.code == "ALREADY_RESOLVED").count(), 0);
}

#[test]
fn whoever_decides_second_is_told_who_was_first_and_both_values_stay_named() {
    let mut bench = till_with(&table_conflict());
    decide(&mut bench, ResolutionChoice::KeepLocal).unwrap();
    decision_asked(&mut bench).unwrap();
    let problem = r#"{"code":"ALREADY_RESOLVED","detail":"stf_ines decided at 22:05"}"#;
    bench.answer(409, "application/problem+json", problem);
    let finding = bench.status().findings.pop().unwrap();
    assert_eq!((finding.code.as_str(), finding.lost.as_deref()), ("ALREADY_RESOLVED", Some("\"tbl_12\"")));
    let other = resolved(table_conflict(), "01a19456-9e38-7000-8000-0000000000aa", "keep_server", "stf_ines");
    receive(&mut bench, &entry(2, &other), "k2");
    let view = inbox(&bench);
    assert_eq!(view.resolution.unwrap().by.unwrap().as_str(), "stf_ines");
    assert_eq!(bench.manager.order(order_id(1)).unwrap().table_id, None, "what was decided here is shown no longer");
}

#[test]
fn another_decision_that_arrives_by_pull_ends_the_one_that_waits_here() {
    let mut bench = till_with(&table_conflict());
    decide(&mut bench, ResolutionChoice::KeepLocal).unwrap();
    bench.fail_exchange();
    let other = resolved(table_conflict(), "01a19456-9e38-7000-8000-0000000000aa", "keep_server", "stf_ines");
    receive(&mut bench, &entry(2, &other), "k2");
    assert_eq!(inbox(&bench).status, DecisionStatus::Resolved);
    assert_eq!(bench.status().findings.pop().unwrap().message, "stf_ines had decided already");
    assert_eq!(decision_asked(&mut bench), None);
}

#[test]
fn a_person_without_the_right_is_told_so_and_sending_goes_on() {
    let mut bench = till_with(&table_conflict());
    decide(&mut bench, ResolutionChoice::KeepServer).unwrap();
    decision_asked(&mut bench).unwrap();
    bench.answer(403, "application/problem+json", r#"{"code":"FORBIDDEN","detail":"conflict.resolve is missing"}"#);
    assert_eq!(bench.status().paused, None);
    assert_eq!(inbox(&bench).status, DecisionStatus::Open, "it waits for somebody who may");
    assert_eq!(bench.status().findings.pop().unwrap().code, "FORBIDDEN");
}

#[test]
fn decisions_and_the_stream_take_turns_so_that_neither_waits_for_the_other() {
    let mut bench = till_with(&table_conflict());
    decide(&mut bench, ResolutionChoice::KeepServer).unwrap();
    bench.do_all([open(2)]);
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let body = bench.body().unwrap();
        kinds.push(body.contains("conflict_id"));
        bench.answer(503, "application/problem+json", r#"{"code":"BUSY"}"#);
    }
    assert!(kinds.windows(2).all(|pair| pair[0] != pair[1]), "{kinds:?}");
}

#[test]
fn what_cannot_be_chosen_or_is_not_there_is_refused_and_nothing_is_written() {
    let mut bench = till_with(&table_conflict());
    let writes = bench.writes;
    let merged = |text: &str| ResolutionChoice::Merged(text.to_owned());
    assert_eq!(decide(&mut bench, merged("{")).unwrap_err().as_str(), "FIELD_INVALID");
    assert_eq!(decide(&mut bench, merged("7")).unwrap_err().as_str(), "FIELD_INVALID");
    decide(&mut bench, merged("\"tbl_3\"")).unwrap();
    assert_eq!(bench.manager.order(order_id(1)).unwrap().table_id.unwrap().as_str(), "tbl_3");
    assert_eq!(decide(&mut bench, merged("\"tbl_3\"")), Ok(()), "the same twice is once");
    assert_eq!(decide(&mut bench, ResolutionChoice::KeepLocal).unwrap_err().as_str(), "ALREADY_RESOLVED");
    assert_eq!(bench.writes, writes + 1);
    let nowhere = Command::Resolve {
        conflict_id: "01a19456-9e38-7000-b000-000000000002".parse().unwrap(),
        choice: ResolutionChoice::KeepLocal,
    };
    let outputs = bench.give(nowhere);
    assert_eq!(bench::resolved(&outputs), [false]);
}
