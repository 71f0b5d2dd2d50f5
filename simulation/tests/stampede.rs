//! A common outage ends for everybody in the same instant: does everybody ask in the same instant?

use simulation::Stampede;

#[test]
fn after_an_outage_that_no_host_saw_first_requests_are_spread() {
    for seed in 1..=3 {
        Stampede { devices: 60, signalled: false }.run(seed).expect("full jitter spreads them");
    }
}

/// The engine spreads what a host signal asks for over a second and a half, and hosts say so in the same instant. Once it
/// spreads those requests wider, this law is to be turned round.
#[test]
fn after_an_outage_that_hosts_saw_most_ask_within_one_second_and_the_checker_notices() {
    let seen =
        Stampede { devices: 60, signalled: true }.run(1).expect_err("a second and a half is not enough for sixty");
    assert!(seen.starts_with("[stampede] 44 of 60 devices"), "{seen}");
}
