//! A stream that was begun anew, and what a kill leaves of the checkpoint behind it.

#![cfg(test)]

mod bench;

use bench::{Bench, note, open, small_checkpoints};
use engine::Input;

#[test]
fn a_kill_in_the_first_checkpoint_after_a_stream_was_begun_anew_loses_no_mutation() {
    for steps in 1..12 {
        let mut bench = Bench::ready_with(small_checkpoints());
        bench.do_all((1..=6).map(open));
        bench.sync();
        bench.do_all((1..=3).map(|order| note(order, "before")));
        bench.body().unwrap();
        bench.answer(409, "application/problem+json", r#"{"code":"SEQ_GAP","expected":2}"#);
        bench.do_all((4..=6).map(|order| note(order, "after")));
        let (depth, sent) = (bench.status().queue_depth, bench.sent_mutations());
        assert_eq!(depth, 6);
        let mut written = 0;
        for _ in 0..40 {
            bench.pass_ms(1_500);
            bench.feed(Input::TimeoutReached);
            while written < steps && bench.writing().is_some() {
                bench.feed(Input::CommitSucceeded);
                written += 1;
            }
        }
        bench.restart_and_load();
        assert_eq!((bench.status().queue_depth, bench.sent_mutations()), (depth, sent), "killed after {steps} writes");
    }
}
