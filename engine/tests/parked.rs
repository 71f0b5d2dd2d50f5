//! Refused mutations: kept, offered again, given up with approval; and the status and journeys that show what waits.

#![cfg(test)]

mod bench;

use bench::{Bench, add_fries, close, note, open, order_id, pay, seat, small_checkpoints};
use domain::{Label, MutationId};
use engine::{Command, JourneyState, Refusal};
use serde_json::json;

/// A till whose correction of the guests the server refused.
fn till_with_parked() -> (Bench, MutationId) {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([open(1), seat(1, 4)]);
    bench.sync();
    let parked = bench.status().parked;
    assert_eq!(parked.len(), 1);
    (bench, parked[0].mutation_id)
}

fn discard(mutation_id: MutationId, approved_by: &str) -> Command {
    let reason = Label::try_from("entered twice".to_owned()).unwrap();
    Command::Discard { mutation_id, approved_by: approved_by.parse().unwrap(), reason }
}

fn refusal(bench: &mut Bench, command: Command) -> Option<Refusal> {
    bench.heard.clear();
    bench.give(command);
    bench.write_all();
    bench::outcomes(&bench.heard).into_iter().rev().find_map(Result::err)
}

#[test]
fn a_refused_mutation_says_who_made_it_when_and_on_which_ticket() {
    let (bench, _) = till_with_parked();
    let parked = bench.status().parked.remove(0);
    assert_eq!((parked.staff_id.as_str(), parked.code.as_str()), ("stf_mara", "IMMUTABLE_CHANGED"));
    assert_eq!(parked.ticket_no.unwrap().to_string(), "B-0001");
}

#[test]
fn a_retry_offers_the_same_under_a_new_id_and_survives_a_kill() {
    let (mut bench, old) = till_with_parked();
    bench.do_all([Command::Retry { mutation_id: old, instead: None }]);
    bench.restart_and_load();
    assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (0, 1));
    assert_eq!(bench.manager.order(order_id(1)).unwrap().guests, 4, "it is shown again as it will be");
    let sent = bench.sent_mutations();
    assert_ne!(sent, [old.to_string()]);
    bench.sync();
    let parked = bench.status().parked;
    assert_eq!(parked.len(), 1, "refused again, it is kept again");
    assert_ne!(parked[0].mutation_id, old);
}

#[test]
fn a_retry_given_twice_is_one() {
    let (mut bench, old) = till_with_parked();
    bench.give(Command::Retry { mutation_id: old, instead: None });
    assert_eq!(
        refusal(&mut bench, Command::Retry { mutation_id: old, instead: None }).unwrap().code.as_str(),
        "PARKED_UNKNOWN"
    );
    assert_eq!(bench.status().queue_depth, 1);
}

#[test]
fn a_correction_takes_the_place_of_what_was_refused_and_leaves_it_on_record() {
    let (mut bench, id) = till_with_parked();
    let correct = |command: Command| {
        let Command::Order(instead) = command else { unreachable!("a note is about an order") };
        Command::Retry { mutation_id: id, instead: Some(instead) }
    };
    let elsewhere = refusal(&mut bench, correct(note(2, "four chairs"))).unwrap();
    assert_eq!((elsewhere.code.as_str(), elsewhere.field.as_deref()), ("FIELD_INVALID", Some("orderId")));
    assert_eq!(bench.status().parked.len(), 1, "a correction that is refused changes nothing");
    assert_eq!(refusal(&mut bench, correct(note(1, "four chairs"))), None);
    bench.restart_and_load();
    assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (0, 1));
    let export = bench.manager.export(&bench.moment()).unwrap();
    assert_eq!(export.parked.iter().map(|parked| parked.id).collect::<Vec<_>>(), [id], "its bytes are kept");
    bench.sync();
    assert_eq!(
        bench.server.order(order_id(1)).unwrap().note.as_ref().unwrap().value.as_ref().unwrap().as_str(),
        "four chairs"
    );
}

/// Answers the exchange under way as a server of this version, which does or does not know the form of what it is sent.
fn answer_of_version(bench: &mut Bench, server: &str, knows: bool) {
    let body: serde_json::Value = serde_json::from_str(&bench.body().unwrap()).unwrap();
    let verdicts = body["mutations"].as_array().unwrap().iter().map(|mutation| {
        let outcome = match knows {
            true => json!({ "outcome": "applied", "rev": 1 }),
            false => {
                json!({ "outcome": "rejected", "code": "CHANGE_UNKNOWN", "field": "change.type", "message": "no" })
            }
        };
        let mut verdict = json!({ "id": mutation["id"], "seq": mutation["seq"] });
        verdict.as_object_mut().unwrap().extend(outcome.as_object().unwrap().clone());
        verdict.to_string()
    });
    let verdicts = verdicts.collect::<Vec<_>>().join(",");
    let version = format!(r#"{{"server_version":"{server}","#);
    bench.answer(200, "application/json", &bench::reply(&verdicts, "", "c9").replacen('{', &version, 1));
}

#[test]
fn what_an_older_server_did_not_know_is_offered_again_to_a_newer_one_and_by_a_newer_app() {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([open(1)]);
    answer_of_version(&mut bench, "0.1.0", false);
    let parked = bench.status().parked.remove(0);
    assert_eq!((parked.code.as_str(), parked.field.as_deref()), ("CHANGE_UNKNOWN", Some("change.type")));
    for settle in [false, true] {
        if settle {
            bench.settle();
        }
        bench.restart();
        answer_of_version(&mut bench, "0.1.0", false);
        assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (1, 0), "the same two say the same");
    }
    answer_of_version(&mut bench, "0.2.0", false);
    assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (0, 1));
    answer_of_version(&mut bench, "0.2.0", false);
    assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (1, 0), "once");
    bench.config.app_version = "9.9.9".to_owned();
    bench.restart();
    answer_of_version(&mut bench, "0.2.0", true);
    assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (0, 1));
    answer_of_version(&mut bench, "0.2.0", true);
    assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (0, 0));
}

#[test]
fn what_a_law_refused_is_not_offered_again_by_itself() {
    let (mut bench, _) = till_with_parked();
    bench.pass_ms(engine::BACK_OFF_CAP_MS);
    answer_of_version(&mut bench, "0.2.0", true);
    assert_eq!((bench.status().parked.len(), bench.status().queue_depth), (1, 0));
}

#[test]
fn nobody_gives_up_what_they_made_themselves() {
    let (mut bench, id) = till_with_parked();
    assert_eq!(refusal(&mut bench, discard(id, "stf_mara")).unwrap().code.as_str(), "APPROVAL_MISSING");
    assert_eq!(refusal(&mut bench, discard(id, "stf_gwen")), None);
    for settle in [false, true] {
        if settle {
            bench.settle();
        }
        bench.restart();
        assert_eq!(
            (bench.status().parked.len(), bench.status().queue_depth),
            (0, 1),
            "what waits is that it was approved"
        );
        let export = bench.manager.export(&bench.moment()).unwrap();
        assert_eq!(export.parked.len(), 1, "what was given up stays on record with its bytes");
    }
}

#[test]
fn where_people_are_employed_it_takes_a_manager_to_give_something_up() {
    let (mut bench, id) = till_with_parked();
    let member = |staff: &str, role: &str| json!({ "staff_id": staff, "display": staff, "role": role, "status": "active", "cred_epoch": 1 });
    let roster = json!({
        "schema": 1, "tenant_id": "ten_saltmarsh", "roster_version": 1,
        "staff": [member("stf_ines", "server"), member("stf_gwen", "manager")]
    });
    let entry = json!({ "collection": "staff", "id": "ten_saltmarsh", "rev": 1, "changed_seq": 90, "record": roster });
    bench.feed(engine::Input::SyncRequested);
    bench.answer(200, "application/json", &bench::reply("", &entry.to_string(), "k1"));
    for nobody in ["stf_ines", "stf_unknown"] {
        assert_eq!(refusal(&mut bench, discard(id, nobody)).unwrap().code.as_str(), "APPROVAL_MISSING", "{nobody}");
    }
    bench.settle();
    bench.restart();
    assert_eq!(refusal(&mut bench, discard(id, "stf_gwen")), None, "the roster survives a checkpoint");
}

#[test]
fn money_is_at_risk_until_the_server_has_it_and_each_order_says_its_share() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1), open(2)]);
    let due = bench.manager.order(order_id(1)).unwrap().totals.balance_minor;
    bench.do_all([pay(1, 1, due), close(1)]);
    let status = bench.status();
    assert_eq!(status.money_at_risk_minor, due);
    let shares: Vec<_> = status.unsynced.iter().map(|order| (order.changes, order.takings_minor)).collect();
    assert_eq!(shares, [(4, due), (1, 0)]);
    bench.sync();
    let status = bench.status();
    assert_eq!((status.money_at_risk_minor, status.unsynced.len()), (0, 0));
    assert!(status.clock_offset_ms.is_some());
}

#[test]
fn a_journey_tells_of_each_change_whether_it_waits_was_sent_arrived_or_was_refused() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1)]);
    let states = |bench: &Bench| -> Vec<_> {
        let steps = bench.manager.journey(order_id(1));
        steps.into_iter().map(|step| (step.change_type, step.state, step.attempts)).collect()
    };
    bench.sync();
    bench.do_all([seat(1, 3), note(1, "by the window")]);
    let step = |name: &str, state, attempts| (name.to_owned(), state, attempts);
    let arrived = [step("open", JourneyState::Applied, 1), step("add_line", JourneyState::Applied, 1)];
    assert_eq!(states(&bench)[..2], arrived);
    bench.sync();
    assert_eq!(states(&bench)[2].1, JourneyState::Rejected);
    assert_eq!(states(&bench)[3].1, JourneyState::Applied);
    bench.do_all([close(1), note(1, "gone")]);
    bench.restart();
    let after: Vec<_> = states(&bench).into_iter().map(|(name, state, _)| (name, state)).collect();
    assert!(after.contains(&("set_guests".to_owned(), JourneyState::Rejected)), "{after:?}");
    assert!(after.contains(&("add_note".to_owned(), JourneyState::Waiting)), "{after:?}");
}
