//! A stream that was begun anew, and what a kill leaves of the checkpoint behind it.

#![cfg(test)]

mod bench;

use bench::{Bench, config, note, open};
use engine::{EngineConfig, Input};
use protocol::MutationId;

fn waiting(bench: &Bench) -> Vec<MutationId> {
    bench.manager.export(&bench.moment()).unwrap().mutations.iter().map(|mutation| mutation.id).collect()
}

#[test]
fn a_kill_in_the_first_checkpoint_after_a_stream_was_begun_anew_loses_no_mutation() {
    // Many small chunks, once it is quiet; none while people save.
    let config = EngineConfig { checkpoint_entries: 20, chunk_bytes: 700, ..config() };
    let mut without_manifest = 0;
    for steps in 1..24 {
        let mut bench = Bench::ready_with(config.clone());
        bench.do_all((1..=6).map(open));
        bench.sync();
        bench.do_all((1..=3).map(|order| note(order, "before")));
        bench.body().unwrap();
        bench.answer(409, "application/problem+json", r#"{"code":"SEQ_GAP","expected":2}"#);
        // So many that numbers of before are given again.
        for round in ["first", "second", "third"] {
            bench.do_all((1..=6).map(|order| note(order, round)));
        }
        let expected = waiting(&bench);
        assert_eq!(expected.len(), 3 + 18);
        bench.pass_ms(1_500);
        bench.feed(Input::TimeoutReached);
        for _ in 0..steps {
            if bench.writing().is_some() {
                bench.feed(Input::CommitSucceeded);
            }
        }
        let holds = |bench: &Bench, begin: &str| bench.disk.values.keys().any(|key| key.starts_with(begin));
        without_manifest += u32::from(holds(&bench, "chunk/") && !holds(&bench, "manifest"));
        bench.restart_and_load();
        assert_eq!(waiting(&bench), expected, "killed after {steps} writes");
    }
    assert!(without_manifest > 4, "the kills meet the checkpoint before it stands: {without_manifest}");
}
