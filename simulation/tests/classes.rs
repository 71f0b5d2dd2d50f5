//! A bounded slice of every class of faults. `npm run sim -- --every-class --seeds 10000` runs more.
#![allow(clippy::panic, reason = "a broken law fails the test with its whole story")]

use simulation::{Class, Plan, run};

/// Evenings of each class.
const EVENINGS: u64 = 10;

#[track_caller]
fn no_law_is_broken(class: Class) {
    for seed in 1..=EVENINGS {
        if let Err(failure) = run(&Plan::of(class), seed, false) {
            let (checker, message) = (failure.checker, failure.message);
            panic!("{} seed {seed} [{checker}] {message}\n{:?}", class.name(), failure.options);
        }
    }
}

#[test]
fn messages_that_are_lost_doubled_or_cut_break_no_law() {
    no_law_is_broken(Class::NetworkLoss);
}

#[test]
fn messages_that_are_late_break_no_law() {
    no_law_is_broken(Class::NetworkDelay);
}

#[test]
fn signals_and_replies_that_lie_break_no_law() {
    no_law_is_broken(Class::NetworkLies);
}

#[test]
fn what_answers_in_the_servers_place_breaks_no_law() {
    no_law_is_broken(Class::CaptivePortal);
}

#[test]
fn refusals_break_no_law() {
    no_law_is_broken(Class::Refusals);
}

#[test]
fn workers_that_die_or_change_break_no_law() {
    no_law_is_broken(Class::ServerCrash);
}

#[test]
fn a_store_that_is_busy_breaks_no_law() {
    no_law_is_broken(Class::ServerBusy);
}

#[test]
fn clocks_that_are_wrong_break_no_law() {
    no_law_is_broken(Class::Time);
}

#[test]
fn servers_and_apps_of_other_versions_break_no_law() {
    no_law_is_broken(Class::Versions);
}

#[test]
fn disks_that_fail_break_no_law() {
    no_law_is_broken(Class::Disk);
}

#[test]
fn apps_that_are_killed_or_sleep_break_no_law() {
    no_law_is_broken(Class::AppLife);
}

#[test]
fn everything_at_once_breaks_no_law() {
    no_law_is_broken(Class::Mixed);
}
