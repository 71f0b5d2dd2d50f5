//! Runs many evenings and says what they came to. A failing seed prints itself with its options and replays with
//! `--seed`.
#![allow(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

mod arguments;
mod table;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use arguments::{Arguments, USAGE};
use simulation::{Class, Evening, Failure, Plan, Replayed, replay, run};
use table::Sum;

fn main() -> ExitCode {
    let arguments = match arguments::read() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            println!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if arguments.list {
        table::print_classes();
        return ExitCode::SUCCESS;
    }
    if let Some(file) = &arguments.replay {
        return replayed(file);
    }
    let sums: Vec<(Class, Sum)> =
        arguments.classes.iter().map(|class| (*class, evenings(*class, &arguments))).collect();
    table::print(&sums);
    let failed = sums.iter().map(|(_, sum)| sum.failed(arguments.count)).sum::<u64>();
    let idle: Vec<String> =
        sums.iter().flat_map(|(class, sum)| table::idle_switches(*class, sum, &arguments)).collect();
    idle.iter().for_each(|message| println!("{message}"));
    let passed = arguments.count * u64::try_from(sums.len()).unwrap_or(0) - failed;
    println!("{passed} passed, {failed} failed");
    if failed == 0 && idle.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Replays a recording, step by step.
fn replayed(file: &Path) -> ExitCode {
    let story = fs::read_to_string(file)
        .map_err(|error| error.to_string())
        .and_then(|text| replay(&text).map_err(|error| error.to_string()));
    let Replayed { lines, differs_at } = match story {
        Ok(replayed) => replayed,
        Err(error) => {
            println!("{}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    lines.iter().for_each(|line| println!("{line}"));
    match differs_at {
        None => println!("{} inputs replayed; all led to what they led to on the device", lines.len()),
        Some(number) => println!("input {number} is the first that leads elsewhere"),
    }
    if differs_at.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the evenings of one class on all threads.
fn evenings(class: Class, arguments: &Arguments) -> Sum {
    let most = thread::available_parallelism().map_or(1, usize::from);
    let workers = if arguments.count == 1 { 1 } else { arguments.threads.unwrap_or(most) };
    let plan = Plan { class, with: arguments.with.clone(), without: arguments.without.clone() };
    let next = AtomicU64::new(0);
    let parts: Vec<Sum> = thread::scope(|scope| {
        let started: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(&plan, arguments, &next))).collect();
        started.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    let mut sum = Sum::default();
    parts.into_iter().for_each(|part| sum.add(part));
    sum
}

fn work(plan: &Plan, arguments: &Arguments, next: &AtomicU64) -> Sum {
    let mut sum = Sum::default();
    loop {
        let position = next.fetch_add(1, Ordering::Relaxed);
        if position >= arguments.count {
            return sum;
        }
        match run(plan, arguments.first + position, arguments.trace) {
            Ok(evening) => {
                print_trace(&evening);
                sum.passed(evening);
            }
            Err(failure) => {
                print_failure(plan.class, &failure);
                sum.broke(*failure);
            }
        }
        if position % 1_000 == 999 {
            println!("{}: {} of {} evenings", plan.class.name(), position + 1, arguments.count);
        }
    }
}

fn print_trace(evening: &Evening) {
    evening.trace.iter().for_each(|line| println!("{line}"));
}

fn print_failure(class: Class, failure: &Failure) {
    print_trace(&failure.evening);
    let Failure { seed, checker, message, options, .. } = failure;
    println!("FAILED seed {seed} [{checker}] {message}\n  {options:?}");
    println!("  replay: npm run sim -- --fault {} --seed {seed} --trace", class.name());
}
