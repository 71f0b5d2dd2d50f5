//! What happens on a device before the part that a test is about.

use std::collections::BTreeMap;

use domain::OrderId;
use engine::{Command, Enrolment};

use super::{Bench, DAY_MS, add_fries, close, on_day, open, order_id, pay, seat};

pub(crate) fn not_started() -> Bench {
    Bench::over(BTreeMap::new(), super::small_checkpoints())
}

pub(crate) fn first_start(bench: &mut Bench) {
    bench.do_all([Command::Start { enrolment: Some(super::enrolment()) }]);
    bench.sync();
}

pub(crate) fn small() -> Bench {
    let mut bench = not_started();
    first_start(&mut bench);
    bench
}

pub(crate) fn with_pending() -> Bench {
    let mut bench = small();
    finish(&mut bench, order_id(1));
    bench.do_all([open(2), seat(2, 4), add_fries(2, 1)]);
    bench
}

/// A store with a checkpoint of several chunks, finished and open orders, something parked and something noticed.
pub(crate) fn evening() -> Bench {
    let mut bench = with_pending();
    bench.sync();
    finish(&mut bench, order_id(3));
    bench.settle();
    bench
}

/// A store whose finished days are not in memory.
pub(crate) fn cold_days() -> Bench {
    let mut bench = small();
    for day in 0..4 {
        finish(&mut bench, on_day(day, 1));
        finish(&mut bench, on_day(day, 2));
        bench.do_all([open(on_day(day, 3))]);
        bench.sync();
        bench.settle();
        bench.pass_ms(DAY_MS);
    }
    let whole = bench.picture();
    bench.restart();
    assert_eq!(bench.status().storage.days_on_disk.len(), 2, "two days stay on the disk");
    assert_eq!(bench.full_picture(), whole);
    bench
}

pub(crate) fn start(bench: &mut Bench) {
    bench.do_all([Command::Start { enrolment: None }]);
}

pub(crate) fn finish(bench: &mut Bench, id: OrderId) {
    bench.do_all([open(id), add_fries(id, 1), pay(id, 1, 666), close(id)]);
}

/// A store with everything in it: finished days, open orders, something parked and noticed, a checkpoint of many chunks and
/// a journal behind it, with mutations in both.
pub(crate) fn lived_in() -> Bench {
    let mut bench = cold_days();
    bench.restart_and_load();
    bench.do_all([open(20), seat(20, 4), add_fries(20, 1), pay(20, 1, 100)]);
    bench.sync();
    bench.do_all([open(21), add_fries(21, 1)]);
    bench.settle();
    bench.do_all([open(22), add_fries(22, 1)]);
    assert_eq!(bench.status().storage.journal_entries, 2);
    bench
}

/// A second device of the same place.
pub(crate) fn other_device() -> Bench {
    let mut bench = Bench::over(std::collections::BTreeMap::new(), super::small_checkpoints());
    bench.salt = 1;
    let enrolment = Enrolment {
        device_id: "dev_c".parse().unwrap(),
        device_prefix: "C".to_owned(),
        device_token: "dvc_other".to_owned(),
        ..super::enrolment()
    };
    bench.do_all([Command::Start { enrolment: Some(enrolment) }]);
    bench.sync();
    bench
}
