//! The stream of what staff do: punches and the audit chain, saved offline, sent once, beside orders and never behind them.

#![cfg(test)]

mod bench;

use bench::{Bench, note, open, order_id, seat, small_checkpoints};
use domain::{AuditHead, Label, PunchKind, ShiftCommand};
use engine::{Command, Refusal};

fn clock_in() -> Command {
    Command::Punch(ShiftCommand::ClockIn { job: "server".to_owned().try_into().unwrap() })
}

fn clock_out() -> Command {
    let declared_cash_tips_minor = serde_json::from_str("500").unwrap();
    Command::Punch(ShiftCommand::ClockOut { declared_cash_tips_minor, break_attestation: None })
}

fn refusal(bench: &mut Bench, command: Command) -> Option<Refusal> {
    bench.heard.clear();
    bench.give(command);
    bench.write_all();
    bench::outcomes(&bench.heard).into_iter().rev().find_map(Result::err)
}

/// What this device sees of everybody's punches.
fn seen(bench: &Bench) -> Vec<PunchKind> {
    let logs = bench.manager.shift_logs();
    let mut punches: Vec<_> = logs.iter().flat_map(|log| log.punches.values()).collect();
    punches.sort_by_key(|punch| punch.stamp.clone());
    punches.into_iter().filter_map(|punch| punch.change.punch_kind()).collect()
}

/// Exchanges until nothing waits.
fn sync_all(bench: &mut Bench) {
    for _ in 0..4 {
        bench.sync();
    }
    assert_eq!(bench.status().queue_depth, 0);
}

#[test]
fn a_punch_is_seen_at_once_survives_a_kill_and_takes_effect_once() {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([clock_in()]);
    assert_eq!(seen(&bench), [PunchKind::ClockIn]);
    let twice = refusal(&mut bench, clock_in()).unwrap();
    assert_eq!(twice.code.as_str(), "CLOCK_STATE", "the next command sees what is not sent yet");
    for settle in [false, true] {
        if settle {
            bench.settle();
        }
        bench.restart_and_load();
        assert_eq!((seen(&bench), bench.status().queue_depth), (vec![PunchKind::ClockIn], 1));
    }
    bench.pass_ms(60_000);
    bench.do_all([clock_out()]);
    // The request arrives, its answer does not.
    let body = bench.body().unwrap();
    bench.shifts_server.answer(&body);
    bench.fail_exchange();
    sync_all(&mut bench);
    assert_eq!(bench.shifts_server.taken.len(), 2);
    bench.settle();
    bench.restart_and_load();
    assert_eq!(seen(&bench), [PunchKind::ClockIn, PunchKind::ClockOut]);
    assert_eq!(bench.shifts_server.complaints, [""; 0]);
}

#[test]
fn a_settled_punch_is_seen_until_its_log_arrives() {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([clock_in()]);
    let body: serde_json::Value = serde_json::from_str(&bench.body().unwrap()).unwrap();
    let id = &body["mutations"][0]["id"];
    let verdict = format!(r#"{{"id":{id},"seq":1,"outcome":"applied","rev":7}}"#);
    bench.answer(200, "application/json", &bench::reply(&verdict, "", "c9"));
    for settle in [false, true] {
        if settle {
            bench.settle();
        }
        assert_eq!((seen(&bench), bench.status().queue_depth), (vec![PunchKind::ClockIn], 0));
        bench.restart_and_load();
    }
}

#[test]
fn neither_stream_waits_for_the_other_to_come_through() {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([open(1), clock_in(), note(1, "window")]);
    // No request with a punch passes.
    for _ in 0..30 {
        let Some(body) = bench.body() else { break };
        if body.contains("clock_in") {
            bench.answer(413, "application/problem+json", r#"{"code":"BODY_TOO_LARGE"}"#);
        } else if body.contains("skipped") {
            break;
        } else {
            let (status, reply) = bench.server.answer(&body);
            bench.answer(status, "application/json", &reply);
        }
    }
    assert!(bench.server.order(order_id(1)).is_some_and(|order| order.note.is_some()));
    let parked = bench.status().parked;
    assert_eq!((parked.len(), parked[0].code.as_str(), parked[0].change_type.as_str()), (1, "BODY_TOO_LARGE", "punch"));
    assert_eq!(seen(&bench), [], "what is kept for a person is not shown as if it would arrive");
}

#[test]
fn a_stream_begun_anew_takes_the_other_along_and_doubles_nothing() {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([open(1), clock_in()]);
    sync_all(&mut bench);
    bench.pass_ms(60_000);
    bench.do_all([clock_out(), note(1, "window")]);
    bench.body().unwrap();
    bench.answer(409, "application/problem+json", r#"{"code":"SEQ_GAP","expected":7}"#);
    for settle in [false, true] {
        if settle {
            bench.settle();
        }
        bench.restart_and_load();
        assert_eq!(bench.status().queue_depth, 2);
    }
    sync_all(&mut bench);
    assert_eq!((seen(&bench).len(), bench.shifts_server.taken.len()), (2, 2));
    assert!(bench.server.effects.values().all(|effects| *effects == 1));
}

#[test]
fn whoever_approves_that_something_is_given_up_stands_in_the_audit_chain() {
    let mut bench = Bench::ready_with(small_checkpoints());
    let mut heads = Vec::new();
    for order in 1..=3 {
        bench.do_all([open(order), seat(order, 4)]);
        sync_all(&mut bench);
        let parked = bench.status().parked[0].mutation_id;
        let reason = Label::try_from("entered twice".to_owned()).unwrap();
        let discard = Command::Discard { mutation_id: parked, approved_by: "stf_gwen".parse().unwrap(), reason };
        assert_eq!(refusal(&mut bench, discard), None);
        // The chain goes on from what waits, from what is settled, and from what the server has.
        match order {
            1 => bench.restart_and_load(),
            2 => sync_all(&mut bench),
            _ => {}
        }
    }
    sync_all(&mut bench);
    heads.extend(bench.shifts_server.audit.map(|head: AuditHead| head.number));
    assert_eq!((heads, bench.shifts_server.complaints.len()), (vec![3], 0));
}

#[test]
fn another_device_delivers_punches_too() {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([clock_in()]);
    let export = bench.manager.export(&bench.moment()).unwrap();
    assert_eq!((export.mutations.len(), export.shifts.len()), (0, 1));
    let mut carrier = bench::other_device();
    carrier.do_all([Command::Import { export: Box::new(export) }]);
    assert_eq!(seen(&carrier), [PunchKind::ClockIn]);
    let body = carrier.body().unwrap();
    assert!(body.contains(r#""carried_for":"dev_b""#), "{body}");
}
