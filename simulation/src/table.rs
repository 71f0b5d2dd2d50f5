//! What many evenings came to, as a table.

use std::collections::BTreeMap;

use simulation::{Class, Evening, Failure, Fault, Switch};

use crate::arguments::Arguments;

/// From so many evenings on, a switch that never did anything is a defect.
const EVENINGS_TO_TELL: u64 = 200;

/// What the evenings of one class came to.
#[derive(Default)]
pub(crate) struct Sum {
    passed: u64,
    broken: BTreeMap<&'static str, u64>,
    steps: u64,
    mutations: u64,
    kills: u64,
    happened: BTreeMap<Fault, u64>,
}

impl Sum {
    pub(crate) fn passed(&mut self, evening: Evening) {
        self.passed += 1;
        self.count(evening);
    }

    pub(crate) fn broke(&mut self, failure: Failure) {
        *self.broken.entry(failure.checker).or_default() += 1;
        self.count(failure.evening);
    }

    fn count(&mut self, evening: Evening) {
        self.steps += evening.steps;
        self.mutations += evening.mutations;
        self.kills += evening.kills;
        for (fault, times) in evening.happened {
            *self.happened.entry(fault).or_default() += times;
        }
    }

    pub(crate) fn add(&mut self, part: Self) {
        self.passed += part.passed;
        self.steps += part.steps;
        self.mutations += part.mutations;
        self.kills += part.kills;
        for (checker, times) in part.broken {
            *self.broken.entry(checker).or_default() += times;
        }
        for (fault, times) in part.happened {
            *self.happened.entry(fault).or_default() += times;
        }
    }

    /// A worker that panicked counts its evening nowhere: that is a failure too.
    pub(crate) const fn failed(&self, evenings: u64) -> u64 {
        evenings - self.passed
    }

    fn times(&self, fault: Fault) -> u64 {
        self.happened.get(&fault).copied().unwrap_or(0)
    }
}

/// One row for each class, then how often each of its faults really happened.
pub(crate) fn print(sums: &[(Class, Sum)]) {
    println!("| class | seeds | steps | mutations | kills | faults that happened | failures |");
    println!("|---|---|---|---|---|---|---|");
    for (class, sum) in sums {
        let failures: u64 = sum.broken.values().sum();
        let checkers: Vec<String> = sum.broken.iter().map(|(checker, times)| format!("{checker} {times}")).collect();
        let failures = if failures == 0 { "0".to_owned() } else { format!("{failures} ({})", checkers.join(", ")) };
        println!(
            "| `{}` | {} | {} | {} | {} | {} | {failures} |",
            class.name(),
            sum.passed + sum.broken.values().sum::<u64>(),
            sum.steps,
            sum.mutations,
            sum.kills,
            sum.happened.values().sum::<u64>(),
        );
    }
    for (class, sum) in sums {
        let times = Switch::ALL.into_iter().map(|switch| (switch.name, sum.times(switch.fault)));
        let happened = times.filter(|(_, times)| *times > 0).map(|(name, times)| format!("{name} {times}"));
        println!("{}: {}", class.name(), happened.collect::<Vec<_>>().join(", "));
    }
}

/// A switch that does nothing is a defect: what it says of each that never struck.
pub(crate) fn idle_switches(class: Class, sum: &Sum, arguments: &Arguments) -> Vec<String> {
    if arguments.count < EVENINGS_TO_TELL {
        return Vec::new();
    }
    let with = Switch::ALL.into_iter().filter(|switch| arguments.with.contains(&switch.fault));
    let drawn = class.switches().into_iter().filter(|switch| !arguments.without.contains(&switch.fault)).chain(with);
    let idle = drawn.filter(|switch| sum.times(switch.fault) == 0);
    idle.map(|switch| format!("FAILED: {} never happened in {}", switch.name, class.name())).collect()
}

/// The classes, each with its switches.
pub(crate) fn print_classes() {
    for class in Class::ALL {
        let names: Vec<&str> = class.switches().iter().map(|switch| switch.name).collect();
        println!("{}: {}", class.name(), names.join(", "));
    }
}
