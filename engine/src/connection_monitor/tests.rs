//! The schedule's laws.

use super::*;

fn no_answer() -> Failure {
    Failure { code: "NO_ANSWER".to_owned(), answered: false, retry_after_s: None }
}

fn monitor() -> ConnectionMonitor {
    let mut monitor = ConnectionMonitor::new(0, 10_000);
    monitor.resume(0);
    monitor
}

#[test]
fn back_off_doubles_its_bound_from_one_second_to_five_minutes() {
    let mut monitor = monitor();
    let bounds: Vec<u64> = (0..12)
        .map(|_| {
            monitor.failed(0, u32::MAX, no_answer());
            monitor.next_attempt_ms
        })
        .collect();
    assert_eq!(bounds[..4], [1_000, 2_000, 4_000, 8_000]);
    assert_eq!(bounds[9..], [300_000, 300_000, 300_000]);
}

#[test]
fn jitter_is_full() {
    let mut monitor = monitor();
    monitor.failed(500, 0, no_answer());
    assert_eq!(monitor.next_attempt_ms, 500);
    monitor.failed(500, u32::MAX / 2, no_answer());
    assert_eq!(monitor.next_attempt_ms, 500 + 999);
}

#[test]
fn retry_after_is_a_lower_bound_and_is_not_obeyed_for_ever() {
    let mut monitor = monitor();
    monitor.failed(0, 0, Failure { code: "BUSY".to_owned(), answered: true, retry_after_s: Some(7) });
    assert_eq!(monitor.next_attempt_ms, 7_000);
    monitor.failed(0, 0, Failure { code: "BUSY".to_owned(), answered: true, retry_after_s: Some(u32::MAX) });
    assert_eq!(monitor.next_attempt_ms, RETRY_AFTER_CAP_MS);
}

#[test]
fn success_and_a_returning_network_end_the_back_off() {
    let mut monitor = monitor();
    for _ in 0..9 {
        monitor.failed(0, u32::MAX, no_answer());
    }
    monitor.went_online(5, 0);
    assert!(monitor.is_due(5));
    monitor.failed(5, u32::MAX, no_answer());
    assert_eq!(monitor.next_attempt_ms, 1_005);
}

#[test]
fn pokes_bring_the_next_exchange_forward_within_their_spread_and_their_interval() {
    let mut monitor = monitor();
    monitor.succeeded(0, false);
    monitor.poked(100, u32::MAX);
    assert_eq!(monitor.next_attempt_ms, 100 + POKED_SPREAD_MS);
    monitor.poked(150, u32::MAX);
    assert_eq!(monitor.next_attempt_ms, 100 + POKED_SPREAD_MS, "a second poke changes nothing");
    monitor.succeeded(400, false);
    monitor.poked(500, 0);
    assert_eq!(monitor.next_attempt_ms, 100 + POKED_SPREAD_MS + POKED_INTERVAL_MS);
    monitor.succeeded(9_000, false);
    monitor.poked(9_500, 0);
    assert_eq!(monitor.next_attempt_ms, 9_500);
}

#[test]
fn a_poke_does_not_break_a_back_off() {
    let mut monitor = monitor();
    monitor.failed(0, u32::MAX, no_answer());
    monitor.poked(10, 0);
    assert_eq!(monitor.next_attempt_ms, 1_000);
}

#[test]
fn new_work_does_not_break_a_back_off() {
    let mut monitor = monitor();
    monitor.failed(0, u32::MAX, no_answer());
    monitor.work_arrived(10);
    assert!(!monitor.is_due(10));
    monitor.succeeded(1_000, false);
    monitor.work_arrived(1_001);
    assert!(monitor.is_due(1_001));
}

#[test]
fn one_lost_exchange_makes_a_link_poor_and_two_make_it_lost() {
    let mut monitor = monitor();
    monitor.succeeded(0, false);
    assert_eq!(monitor.connection(), Connection::Online);
    monitor.failed(1, 0, no_answer());
    assert_eq!(monitor.connection(), Connection::Degraded);
    monitor.failed(2, 0, no_answer());
    assert_eq!(monitor.connection(), Connection::Offline);
    monitor.succeeded(3, false);
    assert_eq!(monitor.connection(), Connection::Online, "what answers is there");
}

#[test]
fn a_poor_link_must_answer_twice_before_it_counts_as_good_so_that_the_word_does_not_flicker() {
    let mut monitor = monitor();
    monitor.succeeded(0, false);
    for round in 1..6 {
        monitor.failed(round * 10, 0, no_answer());
        monitor.succeeded(round * 10 + 5, false);
        assert_eq!(monitor.connection(), Connection::Degraded, "every other exchange fails");
    }
    monitor.succeeded(100, false);
    assert_eq!(monitor.connection(), Connection::Online);
}

#[test]
fn a_slow_answer_makes_a_link_poor_and_a_busy_server_does_not_make_it_lost() {
    let mut monitor = monitor();
    monitor.started(1, 0, 30_000);
    monitor.succeeded(SLOW_MS + 1, false);
    assert_eq!(monitor.connection(), Connection::Degraded);
    for at in 0..5 {
        monitor.failed(at, 0, Failure { code: "BUSY".to_owned(), answered: true, retry_after_s: None });
    }
    assert_eq!(monitor.connection(), Connection::Degraded);
}

#[test]
fn an_offline_signal_that_lies_is_corrected_by_the_next_exchange_and_stops_nothing() {
    let mut monitor = monitor();
    monitor.succeeded(0, false);
    monitor.went_offline();
    assert_eq!(monitor.connection(), Connection::Offline);
    assert!(monitor.is_due(10_000));
    monitor.succeeded(10_000, false);
    assert_eq!(monitor.connection(), Connection::Online);
}

#[test]
fn online_signals_that_flap_ask_once_in_a_while() {
    let mut monitor = monitor();
    for _ in 0..9 {
        monitor.failed(0, u32::MAX, no_answer());
    }
    monitor.went_online(100, 0);
    assert!(monitor.is_due(100));
    monitor.failed(100, u32::MAX, no_answer());
    monitor.failed(100, u32::MAX, no_answer());
    for at in (200..10_000).step_by(100) {
        monitor.went_online(at, 0);
        assert_eq!(monitor.next_attempt_ms, 2_100, "the back-off stands at {at}");
    }
    monitor.went_online(100 + SIGNAL_INTERVAL_MS, 0);
    assert_eq!(monitor.failures, 0);
}

#[test]
fn tills_that_hear_of_the_network_in_the_same_instant_do_not_ask_in_the_same_instant() {
    let asked_at = |jitter: u32| {
        let mut monitor = monitor();
        monitor.failed(0, u32::MAX, no_answer());
        monitor.failed(0, u32::MAX, no_answer());
        monitor.went_online(50, jitter);
        monitor.next_attempt_ms
    };
    assert_eq!((asked_at(0), asked_at(u32::MAX)), (50, 50 + RETURN_SPREAD_MS));
}

#[test]
fn whatever_asks_a_device_sends_a_hundred_requests_a_minute_in_the_long_run() {
    let mut monitor = monitor();
    let mut sent = 0;
    for now in 0..600_000 {
        if monitor.is_due(now) {
            monitor.started(sent, now, now + 30_000);
            sent += 1;
            monitor.succeeded(now, true);
        }
    }
    let most = REQUEST_BURST + 600_000 / REQUEST_INTERVAL_MS;
    assert!(u64::from(sent) <= most && u64::from(sent) + 2 >= most, "{sent} requests in ten minutes");
}

#[test]
fn the_wake_up_is_no_earlier_than_the_allowance_so_that_nobody_wakes_in_vain() {
    let mut monitor = monitor();
    for id in 0..u32::try_from(REQUEST_BURST).unwrap() {
        assert!(monitor.is_due(0));
        monitor.started(id, 0, 30_000);
        monitor.succeeded(0, true);
    }
    assert!(!monitor.is_due(0));
    let wake_at = monitor.wake_at().unwrap();
    assert!(wake_at > 0 && !monitor.is_due(wake_at - 1) && monitor.is_due(wake_at));
}
