//! Upkeep: the store stays small, older days come when they are wanted, and whoever saves hardly notices.

#![cfg(test)]

mod bench;

use bench::{
    Bench, DAY_MS, add_fries, close, cold_days, commits, finish, note, on_day, open, pay, resolved, seat, small,
};
use domain::BusinessDate;
use engine::{Command, Input, StorageState, WriteBatch};

fn dates(bench: &Bench) -> Vec<BusinessDate> {
    let mut dates: Vec<_> =
        bench.manager.orders(&engine::OrderFilter::default()).iter().map(|order| order.business_date).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

fn is_upkeep(batch: &WriteBatch) -> bool {
    !batch.create.iter().chain(&batch.put).any(|(key, _)| key.contains("journal/"))
}

#[test]
fn retention_drops_whole_days_and_never_one_that_still_has_work_in_it() {
    let mut bench = cold_days();
    bench.config.retention_days = 1;
    bench.restart_and_load();
    // Day 0: an open order. Day 1: nothing but a parked mutation. Day 2: nothing but a pending one. Day 3: finished.
    bench.do_all([seat(on_day(1, 3), 7)]);
    for day in 1..4 {
        bench.do_all([add_fries(on_day(day, 3), 1), pay(on_day(day, 3), 1, 666), close(on_day(day, 3))]);
    }
    bench.sync();
    assert_eq!(bench.status().parked.len(), 1);
    bench.do_all([note(on_day(2, 3), "left an umbrella")]);
    let of_day = |bench: &Bench, day: u64| {
        let orders = bench.manager.orders(&engine::OrderFilter::default());
        orders.iter().filter(|order| order.order_id.as_bytes()[..6] == on_day(day, 1).as_bytes()[..6]).count()
    };
    bench.pass_ms(2 * DAY_MS);
    bench.do_all([open(on_day(6, 1)), open(on_day(6, 2)), open(on_day(6, 3))]);
    bench.settle();
    assert_eq!([0, 1, 2, 3].map(|day| of_day(&bench, day)), [3, 3, 3, 0]);
    bench.restart_and_load();
    assert_eq!([0, 1, 2, 3].map(|day| of_day(&bench, day)), [3, 3, 3, 0]);
    assert_eq!(bench.damage(), []);
}

#[test]
fn an_order_that_a_wrong_clock_dates_far_ahead_ages_no_other_day() {
    let mut bench = cold_days();
    bench.config.retention_days = 3;
    bench.restart_and_load();
    for day in 0..4 {
        bench.do_all([add_fries(on_day(day, 3), 1), pay(on_day(day, 3), 1, 666), close(on_day(day, 3))]);
    }
    let days = dates(&bench);
    bench.pass_ms(70 * 365 * DAY_MS);
    finish(&mut bench, on_day(70 * 365, 1));
    bench.sync();
    bench.settle();
    bench.restart_and_load();
    assert_eq!(dates(&bench)[..2], days[2..], "the last three that there are, of which it is one");
    assert_eq!(bench.manager.orders(&engine::OrderFilter::default()).len(), 7);
}

#[test]
fn an_order_of_a_finished_day_that_is_worked_on_again_outlives_the_days_next_form() {
    let mut bench = cold_days();
    bench.do_all([note(on_day(0, 1), "asks for a copy of the bill")]);
    let shown = bench.full_picture();
    // A new key: every part that is in memory is written anew.
    bench.rotate();
    bench.settle();
    bench.restart_and_load();
    assert_eq!(bench.full_picture(), shown);
}

#[test]
fn work_that_begins_while_its_day_is_about_to_go_keeps_the_day() {
    let mut bench = cold_days();
    bench.restart_and_load();
    for day in 0..4 {
        bench.do_all([add_fries(on_day(day, 3), 1), pay(on_day(day, 3), 1, 666), close(on_day(day, 3))]);
    }
    bench.sync();
    bench.settle();
    bench.config.retention_days = 1;
    bench.restart_and_load();
    bench.pass_ms(2 * DAY_MS);
    bench.do_all([1, 2, 3, 4].map(|place| open(on_day(6, place))));
    bench.pass_ms(1_000);
    bench.feed(Input::TimeoutReached);
    assert!(bench.writing().is_some_and(is_upkeep), "the checkpoint has begun");
    bench.give(note(on_day(0, 1), "asks for a copy of the bill"));
    bench.write_all();
    bench.settle();
    let shown = bench.picture();
    assert!(shown.orders.iter().any(|order| order.contains("a copy of the bill")));
    bench.restart_and_load();
    assert_eq!(bench.picture(), shown);
}

#[test]
fn the_store_stays_small_under_saves_without_end() {
    let mut bench = small();
    let (mut longest, mut most) = (0, 0);
    for number in 0..1_500_u32 {
        let order = u8::try_from(number % 40 + 1).unwrap();
        bench.give(open(order));
        bench.give(note(order, &format!("note {number}")));
        // The next save is always given before the last one is written.
        bench.feed(Input::CommitSucceeded);
        bench.pass_ms(10);
        if number % 50 == 49 {
            bench.write_all();
            bench.sync();
        }
        longest = longest.max(bench.status().storage.journal_entries);
        most = most.max(bench.disk.values.len());
    }
    bench.write_all();
    assert!(longest <= 8 * bench.config.checkpoint_entries + 100, "the journal had {longest} entries");
    assert!(most <= 500, "the store had {most} values");
    let shown = bench.picture();
    bench.restart_and_load();
    assert_eq!(bench.picture(), shown);
}

#[test]
fn a_save_waits_for_at_most_one_step_of_upkeep() {
    let mut bench = cold_days();
    bench.restart_and_load();
    let mut waited = 0;
    for number in 0..200_u32 {
        let order = u8::try_from(number % 60 + 1).unwrap();
        bench.pass_ms(if number % 7 == 0 { 2_000 } else { 10 });
        bench.feed(Input::TimeoutReached);
        let mut outputs = bench.give(open(order));
        outputs.extend(bench.give(note(order, &format!("note {number}"))));
        // Steps that are out or come before the save's own write.
        let mut steps = 0;
        while bench.writing().is_some_and(is_upkeep) {
            steps += 1;
            bench.feed(Input::CommitSucceeded);
        }
        assert!(steps <= 1, "save {number} waited for {steps} steps");
        waited += steps;
        assert!(bench.writing().is_some(), "then it is written");
        bench.feed(Input::CommitSucceeded);
    }
    assert!(waited > 10, "upkeep hardly ran: the test would prove nothing");
}

#[test]
fn a_checkpoint_that_fails_rests_and_loses_nothing() {
    let mut bench = small();
    bench.do_all([open(1), add_fries(1, 1), open(2), open(3), open(4)]);
    let shown = bench.picture();
    let mut attempts = 0;
    for _ in 0..600 {
        bench.pass_ms(1_000);
        bench.feed(Input::TimeoutReached);
        while bench.writing().is_some_and(is_upkeep) {
            attempts += 1;
            bench.feed(Input::CommitFailed { code: "STORAGE_FULL".to_owned(), reason: "no space".to_owned() });
        }
        bench.write_all();
    }
    assert!((5..=11).contains(&attempts), "{attempts} attempts in ten minutes");
    assert_eq!(bench.status().storage.state, StorageState::Full);
    // A command that has nothing to write says nothing about the disk.
    bench.do_all([open(1)]);
    assert_eq!(bench.status().storage.state, StorageState::Full);
    assert_eq!(bench.picture(), shown);
    bench.settle();
    assert_eq!(bench.status().storage.journal_entries, 0);
    assert_eq!(bench.status().storage.state, StorageState::Ok);
    bench.restart_and_load();
    assert_eq!(bench.picture(), shown);
}

#[test]
fn older_days_come_when_they_are_asked_for() {
    let mut bench = cold_days();
    assert_eq!(bench.status().storage.days_on_disk.len(), 2);
    let before = dates(&bench).len();
    let cold = bench.status().storage.days_on_disk[0];
    bench.do_all([Command::LoadDays { date: Some(cold) }]);
    assert_eq!(bench.status().storage.days_on_disk.len(), 1);
    bench.do_all([Command::LoadDays { date: None }]);
    assert_eq!(bench.status().storage.days_on_disk, []);
    assert!(dates(&bench).len() >= before);
    assert_eq!(bench.manager.orders(&engine::OrderFilter::default()).len(), 12);
}

#[test]
fn a_command_about_an_order_of_an_older_day_reads_the_day_first() {
    let mut bench = cold_days();
    assert!(bench.manager.order(on_day(0, 1)).is_none());
    let outputs = bench.give(note(on_day(0, 1), "asks for a copy of the bill"));
    assert_eq!((commits(&outputs), resolved(&outputs)), (0, vec![]));
    bench.write_all();
    assert_eq!(bench.manager.order(on_day(0, 1)).unwrap().note.unwrap().as_str(), "asks for a copy of the bill");
    let shown = bench.full_picture();
    bench.restart_and_load();
    assert_eq!(bench.picture(), shown);
}

#[test]
fn a_read_that_fails_refuses_whoever_waits_for_it_and_nobody_else() {
    let mut bench = cold_days();
    bench.give(note(on_day(0, 1), "first"));
    bench.give(open(on_day(5, 7)));
    let outputs = bench.fail_read();
    assert_eq!(resolved(&outputs), [false]);
    bench.write_all();
    assert!(bench.manager.order(on_day(5, 7)).is_some());
    bench.give(Command::LoadDays { date: None });
    assert_eq!(resolved(&bench.fail_read()), [false]);
    assert_eq!(bench.damage(), [], "what could not be read once is not damaged");
    bench.do_all([note(on_day(0, 1), "second")]);
    assert_eq!(bench.manager.order(on_day(0, 1)).unwrap().note.unwrap().as_str(), "second");
}

#[test]
fn an_opened_store_reads_no_more_than_what_people_work_with() {
    let mut bench = cold_days();
    for number in 10..60 {
        finish(&mut bench, on_day(0, number));
    }
    bench.sync();
    bench.settle();
    let mut read: Vec<String> = Vec::new();
    let with = engine::OpenWith { keyring: engine::Keyring::new(bench.keys.clone()), ..engine::OpenWith::default() };
    let values = bench.disk.values.clone();
    engine::Opening::open(values.keys().cloned(), with, |key| {
        read.push(key.to_owned());
        values.get(key).cloned()
    })
    .unwrap();
    assert!(read.len() * 2 < values.len(), "{} of {} values", read.len(), values.len());
}
