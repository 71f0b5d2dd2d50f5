//! What a poke does: it has the next exchange come sooner, and nothing else.

#[cfg(test)]
mod bench;

use bench::{Bench, menu_delta, open, reply};
use engine::{Input, Output, POKED_INTERVAL_MS, POKED_SPREAD_MS};

/// An engine that has just read up to number 7 and would next pull in its own time.
fn caught_up() -> Bench {
    let mut bench = Bench::ready();
    bench.exchange_id();
    bench.answer(200, "application/json", &reply("", &menu_delta(7, 47), "c7"));
    assert!(!bench.is_exchanging());
    bench
}

/// Lets this much time pass; tells whether an exchange is out then.
fn exchanges_within(bench: &mut Bench, millis: u64) -> bool {
    bench.pass_ms(millis);
    bench.feed(Input::TimeoutReached);
    bench.is_exchanging()
}

#[test]
fn a_poke_with_news_brings_an_exchange_at_once() {
    let mut bench = caught_up();
    let outputs = bench.feed(Input::Poked { head: 8 });
    let wake_up = outputs.iter().find_map(|output| if let Output::WakeAt(at) = output { Some(*at) } else { None });
    assert!(bench.is_exchanging() || wake_up.is_some_and(|at| at <= bench.now_ms() + POKED_SPREAD_MS), "{outputs:?}");
    assert!(exchanges_within(&mut bench, POKED_SPREAD_MS));
}

#[test]
fn a_poke_of_what_was_read_asks_for_nothing() {
    let mut bench = caught_up();
    for head in [0, 6, 7] {
        assert_eq!(bench.feed(Input::Poked { head }), [], "{head}");
    }
    assert!(!exchanges_within(&mut bench, POKED_SPREAD_MS));
}

#[test]
fn a_poke_during_an_exchange_asks_for_one_more_only_where_its_answer_does_not_reach_it() {
    for (read, more) in [(8, false), (0, true)] {
        let mut bench = caught_up();
        bench.exchange_id();
        assert_eq!(bench.feed(Input::Poked { head: 8 }), [], "never two at once");
        let delta = if read == 0 { String::new() } else { menu_delta(read, 48) };
        bench.answer(200, "application/json", &reply("", &delta, "c8"));
        assert_eq!(exchanges_within(&mut bench, POKED_INTERVAL_MS + POKED_SPREAD_MS), more, "{read}");
    }
}

#[test]
fn a_poke_of_what_this_device_may_not_see_keeps_nobody_exchanging() {
    let mut bench = caught_up();
    bench.feed(Input::Poked { head: 90 });
    assert!(exchanges_within(&mut bench, POKED_SPREAD_MS));
    bench.answer(200, "application/json", &reply("", "", "c90"));
    assert!(!exchanges_within(&mut bench, POKED_INTERVAL_MS + POKED_SPREAD_MS));
}

#[test]
fn a_poke_breaks_no_back_off_and_its_news_is_not_forgotten() {
    let mut bench = caught_up();
    bench.exchange_id();
    bench.fail_exchange();
    assert_eq!(bench.feed(Input::Poked { head: 8 }), []);
    bench.exchange_id();
    bench.answer(200, "application/json", &reply("", &menu_delta(8, 48), "c8"));
    assert_eq!(bench.feed(Input::Poked { head: 8 }), []);
}

#[test]
fn a_hundred_pokes_are_a_few_exchanges() {
    let mut bench = caught_up();
    let mut exchanges = 0;
    for head in 8..108 {
        bench.feed(Input::Poked { head });
        if exchanges_within(&mut bench, 20) {
            exchanges += 1;
            bench.answer(
                200,
                "application/json",
                &reply("", &menu_delta(head, 40 + u32::try_from(head).unwrap()), "c"),
            );
        }
    }
    assert!((2..=3).contains(&exchanges), "in two seconds: {exchanges}");
}

#[test]
fn only_a_device_that_exchanges_has_something_to_listen_for() {
    let mut bench = Bench::new();
    bench.start_without_enrolment();
    assert_eq!(bench.manager.live_token(), None);
    let mut bench = caught_up();
    let token = bench.manager.live_token().unwrap().to_owned();
    assert!(!token.is_empty());
    bench.feed(Input::WentOffline);
    assert_eq!(bench.manager.live_token(), None, "offline");
    bench.do_all([open(1)]);
    bench.answer(200, "application/json", &reply("", "", "c8"));
    assert_eq!(bench.manager.live_token(), Some(token.as_str()));
    bench.feed(Input::SyncRequested);
    bench.answer(403, "application/problem+json", "{\"code\":\"DEVICE_REVOKED\"}");
    assert_eq!(bench.manager.live_token(), None, "revoked");
}
