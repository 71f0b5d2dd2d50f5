//! Stores damaged at random, by the thousand: opening one never fails for what is damaged, never shows what never was, and
//! shows everything that the damage did not touch.
//!
//! `DAMAGED_STORES` says how many; `npm run test:damage` runs a hundred thousand.

#![cfg(test)]

mod bench;

use std::collections::{BTreeMap, BTreeSet};

use bench::{Bench, DAY_MS, add_fries, close, note, on_day, open, pay, seat};
use domain::OrderId;
use engine::{Command, OpenError, OrderFilter};
use fastrand::Rng;
use serde_json::{Value, json};

/// Damaged copies of one random store.
const COPIES: usize = 50;
/// How many there are in the ordinary run.
const STORES: usize = 200;

type Values = BTreeMap<String, Vec<u8>>;
/// Orders as they are shown, without what says how many mutations are pending.
type Shown = BTreeMap<OrderId, String>;

/// A random store with everything that was ever true of it.
struct Original {
    bench: Bench,
    shown: Shown,
    /// Every fact that was ever shown of an order: a field's value, a line, a payment.
    facts: BTreeMap<OrderId, BTreeSet<String>>,
    /// Every mutation that was ever pending, byte for byte.
    mutations: BTreeSet<String>,
}

fn shown(bench: &Bench) -> Shown {
    let text = |order: &engine::OrderView| {
        let mut order: Value = json!(order);
        order.as_object_mut().unwrap().remove("pendingMutations");
        order.to_string()
    };
    bench.manager.orders(&OrderFilter::default()).iter().map(|order| (order.order_id, text(order))).collect()
}

/// What an order's state says, fact by fact. Where one of its mutations is lost, what is left is still true; sums follow from
/// the rest.
fn facts_of(state: &str) -> Vec<String> {
    let order: Value = serde_json::from_str(state).unwrap();
    let mut facts = Vec::new();
    for (field, value) in order.as_object().unwrap() {
        match (field.as_str(), value) {
            ("totals" | "checks" | "paymentState", _) => {}
            (_, Value::Array(parts)) => facts.extend(parts.iter().map(|part| format!("{field}: {part}"))),
            _ => facts.push(format!("{field}: {value}")),
        }
    }
    facts
}

/// A copy with these values, opened and read as a whole.
fn opened(original: &Bench, values: Values) -> Result<Bench, OpenError> {
    let mut bench = original.copy();
    bench.disk.values = values;
    bench.owner = Some((bench::enrolment().tenant_id, bench::enrolment().device_id));
    bench.reopen()?;
    bench.do_all([Command::Start { enrolment: None }, Command::LoadDays { date: None }]);
    Ok(bench)
}

impl Original {
    fn random(dice: &mut Rng) -> Self {
        let mut config = bench::small_checkpoints();
        config.checkpoint_entries = dice.u64(2..12);
        config.chunk_bytes = dice.usize(300..3_000);
        let mut bench = Bench::over(BTreeMap::new(), config);
        bench.salt = dice.u64(1..1 << 30);
        bench::first_start(&mut bench);
        let mut original = Self { bench, shown: Shown::new(), facts: BTreeMap::new(), mutations: BTreeSet::new() };
        let (mut orders, mut day) = (Vec::new(), 0);
        for _ in 0..dice.usize(5..40) {
            original.happen(dice, &mut orders, &mut day);
            original.remember();
        }
        original.bench.restart_and_load();
        original.shown = shown(&original.bench);
        original
    }

    /// The orders that are not shown as they were.
    fn lacks(&self, found: &Shown) -> BTreeSet<OrderId> {
        self.shown.iter().filter(|(id, state)| found.get(*id) != Some(*state)).map(|(id, _)| *id).collect()
    }

    /// The orders that are not shown as they were once these values are gone.
    fn lacking(&self, keys: &BTreeSet<String>) -> BTreeSet<OrderId> {
        let mut values = self.bench.disk.values.clone();
        values.retain(|key, _| !keys.contains(key));
        let found = opened(&self.bench, values).map(|bench| shown(&bench)).unwrap_or_default();
        self.lacks(&found)
    }

    /// Something that happens on a device.
    fn happen(&mut self, dice: &mut Rng, orders: &mut Vec<OrderId>, day: &mut u64) {
        let bench = &mut self.bench;
        match dice.u8(0..20) {
            0..=5 => {
                let id = on_day(*day, u8::try_from(orders.len() + 1).unwrap());
                orders.push(id);
                let mut commands = vec![open(id), add_fries(id, 1)];
                if dice.bool() {
                    commands.extend([pay(id, 1, 666), close(id)]);
                }
                for command in commands {
                    self.bench.do_all([command]);
                    self.remember();
                }
            }
            6..=9 if !orders.is_empty() => {
                let id = orders[dice.usize(..orders.len())];
                bench.do_all([note(id, &format!("note {}", dice.u32(..)))]);
            }
            10 => {
                let id = on_day(*day, u8::try_from(orders.len() + 100).unwrap());
                bench.do_all([open(id)]);
                self.remember();
                self.bench.do_all([seat(id, 9)]);
            }
            11..=13 => bench.sync(),
            14..=16 => bench.settle(),
            17 => bench.restart_and_load(),
            18 => bench.rotate(),
            _ => {
                bench.pass_ms(DAY_MS);
                *day += 1;
            }
        }
    }

    fn remember(&mut self) {
        for (id, state) in shown(&self.bench) {
            self.facts.entry(id).or_default().extend(facts_of(&state));
        }
        self.mutations.extend(self.bench.picture().pending);
    }
}

/// One random blow.
fn strike(values: &mut Values, dice: &mut Rng) {
    let keys: Vec<String> = values.keys().cloned().collect();
    let key = keys[dice.usize(..keys.len())].clone();
    let other = keys[dice.usize(..keys.len())].clone();
    let value = values.get_mut(&key).unwrap();
    match dice.u8(0..8) {
        0..=2 if !value.is_empty() => {
            let at = dice.usize(..value.len());
            value[at] ^= 1 << dice.u8(0..8);
        }
        3 => {
            let length = dice.usize(..=value.len());
            value.truncate(length);
        }
        4 => {
            values.remove(&key);
        }
        5 => {
            let (first, second) = (values[&key].clone(), values[&other].clone());
            values.insert(key, second);
            values.insert(other, first);
        }
        6 => {
            let copy = values[&other].clone();
            values.insert(key, copy);
        }
        _ => {
            let from = dice.usize(..=value.len());
            value[from..].fill(dice.u8(..));
        }
    }
}

fn check(original: &Original, seed: u64, dice: &mut Rng) {
    let mut values = original.bench.disk.values.clone();
    for _ in 0..dice.usize(1..=3) {
        strike(&mut values, dice);
    }
    // A second blow may undo the first.
    let whole = &original.bench.disk.values;
    let touched: BTreeSet<String> = whole.keys().filter(|key| values.get(*key) != whole.get(*key)).cloned().collect();
    let removed = values.len() < whole.len();
    let damaged = values.clone();
    let mut bench = match opened(&original.bench, values) {
        Ok(bench) => bench,
        // Where hardly anything was sealed and all of it is gone, it looks as it does without the key.
        Err(OpenError::KeyLost) if original.bench.disk.values.len() <= touched.len() + 3 => return,
        Err(error) => panic!("seed {seed}: {error}, touched {touched:?}"),
    };
    let found = shown(&bench);
    for (id, state) in &found {
        let known = original.facts.get(id);
        for fact in facts_of(state) {
            let true_once = known.is_some_and(|facts| facts.contains(&fact));
            assert!(true_once, "seed {seed}, touched {touched:?}: of {id} it was never true that {fact}");
        }
    }
    for mutation in bench.picture().pending {
        assert!(original.mutations.contains(&mutation), "seed {seed}, touched {touched:?}: {mutation} was never made");
    }
    // What is damaged costs no more than if it were gone.
    let may_lack = original.lacking(&touched);
    let lacks: BTreeSet<OrderId> = original.lacks(&found);
    assert!(
        lacks.iter().all(|id| may_lack.contains(id)),
        "seed {seed}, touched {touched:?}: {lacks:?} are not as they were, only {may_lack:?} may"
    );
    let silent = bench.status().storage.damage.is_empty();
    assert!(lacks.is_empty() || removed || !silent, "seed {seed}, touched {touched:?}: {lacks:?} lack silently");
    if dice.u8(..) < 8 {
        goes_on(&mut bench, &found, &damaged, seed);
    }
}

/// A damaged store is worked with, checkpointed and opened again: nothing more is lost, and the report stays.
fn goes_on(bench: &mut Bench, found: &Shown, damaged: &Values, seed: u64) {
    bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }]);
    bench.sync();
    for number in 240..=252 {
        bench.do_all([open(on_day(40, number))]);
    }
    bench.settle();
    let report = bench.damage();
    bench.restart_and_load();
    let again = shown(bench);
    let newer = |id: &OrderId| again.contains_key(id);
    assert!(found.keys().all(newer), "seed {seed}: more is lost by working on");
    let kept: BTreeSet<_> = bench.damage().into_iter().collect();
    let told = |(key, _): &&(String, engine::DamageKind)| !key.starts_with("store");
    assert!(report.iter().filter(told).all(|damage| kept.contains(damage)), "seed {seed}: the report is gone");
    for (key, _) in report.iter().filter(|(key, _)| key.contains("journal/") || key.contains("chunk/")) {
        assert_eq!(bench.disk.values.get(key), damaged.get(key), "seed {seed}: the bytes of {key} stay");
    }
    bench.sync();
    assert_eq!(bench.status().queue_depth, 0, "seed {seed}: the queue drains");
}

#[test]
fn whatever_happens_to_a_store_it_opens_and_shows_nothing_that_never_was() {
    let wanted = std::env::var("DAMAGED_STORES").ok().and_then(|number| number.parse().ok()).unwrap_or(STORES);
    let first: u64 = std::env::var("DAMAGE_SEED").ok().and_then(|number| number.parse().ok()).unwrap_or(0);
    let originals = u64::try_from(wanted.div_ceil(COPIES)).unwrap();
    let from = |half: u64| (first..first + originals).filter(move |seed| seed % 2 == half);
    let checked: usize = std::thread::scope(|threads| {
        let halves = [0, 1].map(|half| {
            threads.spawn(move || {
                let mut checked = 0;
                for seed in from(half) {
                    let mut dice = Rng::with_seed(seed);
                    let original = Original::random(&mut dice);
                    for _ in 0..COPIES {
                        check(&original, seed, &mut dice);
                        checked += 1;
                    }
                }
                checked
            })
        });
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    println!("damaged stores: {checked}");
    assert!(checked >= wanted);
}
