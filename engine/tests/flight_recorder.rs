//! Laws of the flight recorder: what is recorded replays to the same outputs, is bounded, and holds no secret.

#[cfg(test)]
mod bench;

use bench::{Bench, Fault, add_fries, close, config, enrolment, menu_delta, note, open, order_id, pay, reply, seat};
use engine::{
    Command, EngineConfig, HttpAnswer, Input, RECORDING_BYTES_MAX, RECORDING_INPUTS_MAX, Recording, RecordingError,
    Replay,
};

#[cfg(test)]
/// Replays what the bench's engine recorded, by way of its text; tells how many inputs that were.
#[track_caller]
fn replays(bench: &Bench) -> usize {
    let text = bench.manager.recording().unwrap().text().unwrap();
    let recording = Recording::read(&text).unwrap();
    let inputs = recording.inputs();
    let mut replay = Replay::new(recording);
    let mut replayed = 0;
    for step in replay.by_ref() {
        assert!(step.agrees, "input {replayed} of {inputs}, {:?}: {:?}", step.input, step.outputs);
        replayed += 1;
    }
    assert_eq!(replayed, inputs);
    let now = bench.moment();
    let (there, here) = (replay.core().status(&now), bench.manager.status(&now));
    assert_eq!((there.queue_depth, there.cursor), (here.queue_depth, here.cursor));
    assert_eq!(replay.core().confirmed_hash(), bench.manager.confirmed_hash());
    inputs
}

#[test]
fn a_recording_replays_to_the_same_outputs() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1), note(1, "no nuts"), seat(1, 4), pay(1, 1, 666), close(1)]);
    assert!(replays(&bench) > 10);
    bench.fail_exchange();
    bench.feed(Input::WentOffline);
    bench.do_all([open(2), pay(2, 1, -5)]);
    bench.sync();
    assert!(replays(&bench) > 20);
}

#[test]
fn a_recording_replays_across_a_checkpoint_and_finished_days() {
    let mut bench = bench::lived_in();
    replays(&bench);
    bench.do_all([Command::LoadDays { date: None }]);
    bench.settle();
    bench.do_all([open(30), add_fries(30, 1)]);
    bench.sync();
    bench.settle();
    assert!(replays(&bench) > 20);
}

#[test]
fn a_recording_replays_after_a_kill_from_the_start_of_the_new_life() {
    let mut bench = bench::evening();
    bench.do_all([open(40), add_fries(40, 1)]);
    bench.restart();
    replays(&bench);
    bench.do_all([pay(40, 1, 666), close(40)]);
    bench.sync();
    replays(&bench);
}

#[test]
fn a_recording_replays_after_a_new_key_and_after_writes_that_failed() {
    let mut bench = bench::evening();
    bench.disk.plan = Some((bench.disk.steps.len(), Fault::FailsAfter));
    bench.do_all([open(50), open(51)]);
    bench.rotate();
    bench.do_all([add_fries(51, 1)]);
    replays(&bench);
    bench.settle();
    bench.do_all([add_fries(51, 2)]);
    replays(&bench);
}

#[test]
fn a_recording_replays_after_the_ring_has_lost_its_beginning() {
    let mut bench = Bench::ready_with(EngineConfig { checkpoint_entries: 40, ..config() });
    let mut most = 0;
    for round in 0..700_u32 {
        bench.do_all([open(1), seat(1, 1 + round % 9), note(1, &format!("round {round}"))]);
        if round % 100 == 50 {
            bench.sync();
            bench.settle();
        }
        if round % 20 == 0 {
            most = most.max(bench.manager.recording().map_or(0, |recording| recording.inputs()));
        }
    }
    let lasting = replays(&bench);
    assert!(lasting < most, "nothing was lost: {lasting} of {most}");
    assert!(lasting * 3 >= RECORDING_INPUTS_MAX, "too much was lost: {lasting}");
}

#[test]
fn the_ring_is_bounded_in_inputs_and_bytes() {
    let mut bench = Bench::ready();
    for round in 0..3 * RECORDING_INPUTS_MAX {
        bench.feed(Input::WentOffline);
        if round % 250 == 0 {
            assert!(bench.manager.recording().unwrap().inputs() <= RECORDING_INPUTS_MAX);
        }
    }
    replays(&bench);
    let portal = HttpAnswer {
        status: 200,
        content_type: Some("application/json".to_owned()),
        retry_after_s: None,
        body: format!("[\"{}\"]", "x".repeat(RECORDING_BYTES_MAX / 8)),
    };
    for _ in 0..40 {
        bench.feed(Input::ExchangeAnswered { id: 1, answer: portal.clone() });
        let bytes = bench.manager.recording().unwrap().text().unwrap().len();
        assert!(bytes < 2 * RECORDING_BYTES_MAX, "{bytes}");
    }
    replays(&bench);
}

#[test]
fn no_secret_is_in_a_recording() {
    const VERIFIER: &str = "canary-verifier";
    let token = "dvc_canary_5f1e";
    let mut bench = Bench::new();
    let given = engine::Enrolment { device_token: token.to_owned(), ..enrolment() };
    bench.do_all([Command::Start { enrolment: Some(given) }]);
    let sheet = format!(
        r#"{{"collection":"grants","id":"dev_b","rev":2,"changed_seq":2,"record":{{"verifier":"{VERIFIER}"}}}}"#
    );
    bench.answer(200, "application/json", &reply("", &format!("{},{sheet}", menu_delta(1, 41)), "c1"));
    bench.do_all([open(1), add_fries(1, 1)]);
    bench.rotate();
    // Something on the way says back what it was told.
    bench.answer(502, "application/json", &format!(r#"{{"authorization":"Bearer {token}"}}"#));
    bench.answer(502, "text/html", &format!("<p>{VERIFIER}</p>"));
    let hex = |key: &engine::StoreKey| key.bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let list = |key: &engine::StoreKey| format!("{:?}", key.bytes).replace(' ', "");
    let keys = bench.keys.iter().flat_map(|key| [hex(key), list(key)]);
    let secrets: Vec<String> = keys.chain([token.to_owned(), VERIFIER.to_owned()]).collect();
    let secret = |text: &str| secrets.iter().find(|secret| text.contains(secret.as_str()));
    let text = bench.manager.recording().unwrap().text().unwrap();
    assert_eq!(secret(&text), None);
    assert!(text.contains("it_fries"), "what people did is in it");
    replays(&bench);
    bench.restart();
    bench.do_all([seat(1, 3)]);
    let text = bench.manager.recording().unwrap().text().unwrap();
    assert_eq!(secret(&text), None, "nor where the store was read from the disk");
    replays(&bench);
}

#[test]
fn a_follower_has_no_recording() {
    let bench = Bench::ready();
    let follower = Bench::over(bench.disk.values, EngineConfig { follower: true, ..config() });
    assert!(follower.manager.recording().is_none());
}

#[test]
fn a_replay_that_answers_otherwise_says_at_which_input() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), seat(1, 4), seat(1, 5)]);
    let text = bench.manager.recording().unwrap().text().unwrap();
    let other = text.replacen("\"guests\":4", "\"guests\":3", 1);
    let disagrees = |text: &str| Replay::new(Recording::read(text).unwrap()).position(|step| !step.agrees);
    assert_eq!(disagrees(&text), None);
    let first = disagrees(&other).unwrap();
    let recorded = Replay::new(Recording::read(&other).unwrap()).nth(first).unwrap();
    assert!(matches!(recorded.input, Input::CommandGiven { .. }), "{:?}", recorded.input);
}

#[test]
fn a_text_that_is_no_recording_is_refused() {
    assert!(matches!(Recording::read("[]"), Err(RecordingError::Unreadable(_))));
    assert!(matches!(Recording::read(r#"{"format":1}"#), Err(RecordingError::Unreadable(_))));
    assert_eq!(Recording::read(r#"{"format":7}"#).unwrap_err(), RecordingError::FormatUnknown(7));
}

#[test]
fn an_order_that_was_begun_before_the_recording_is_seen_in_the_replay() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1)]);
    bench.restart();
    let text = bench.manager.recording().unwrap().text().unwrap();
    let mut replay = Replay::new(Recording::read(&text).unwrap());
    replay.by_ref().for_each(drop);
    assert_eq!(replay.core().order(order_id(1)), bench.manager.order(order_id(1)));
}
