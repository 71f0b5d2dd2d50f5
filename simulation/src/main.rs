//! Runs many evenings and says what they came to. A failing seed prints itself with its options and replays with
//! `--seed`.
#![allow(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use lexopt::prelude::*;
use simulation::{Evening, Failure, run};

const USAGE: &str = "\
Usage: simulation [--seeds N] [--first-seed S] [--seed S] [--trace]

  --seeds N       run N evenings (default 200)
  --first-seed S  the first of them (default 1)
  --seed S        run one evening
  --trace         with --seed: print everything that happened";

struct Arguments {
    first: u64,
    count: u64,
    trace: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments() {
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
    let workers = if arguments.count == 1 { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
    let next = AtomicU64::new(0);
    let parts: Vec<Part> = thread::scope(|scope| {
        let started: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(&arguments, &next))).collect();
        started.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    report(&arguments, parts)
}

/// What one worker saw.
#[derive(Default)]
struct Part {
    evenings: u64,
    sum: Evening,
    failures: Vec<Failure>,
}

fn work(arguments: &Arguments, next: &AtomicU64) -> Part {
    let mut part = Part::default();
    loop {
        let position = next.fetch_add(1, Ordering::Relaxed);
        if position >= arguments.count {
            return part;
        }
        let seed = arguments.first + position;
        match run(seed, arguments.trace) {
            Ok(evening) => {
                part.sum.steps += evening.steps;
                part.sum.mutations += evening.mutations;
                part.sum.kills += evening.kills;
                evening.trace.iter().for_each(|line| println!("{line}"));
            }
            Err(failure) => {
                failure.trace.iter().for_each(|line| println!("{line}"));
                println!("FAILED seed {} [{}] {}", failure.seed, failure.checker, failure.message);
                println!("  {:?}", failure.options);
                println!("  replay: npm run sim -- --seed {} --trace", failure.seed);
                part.failures.push(*failure);
            }
        }
        part.evenings += 1;
        if position % 100 == 99 {
            println!("{} of {} evenings", position + 1, arguments.count);
        }
    }
}

fn report(arguments: &Arguments, parts: Vec<Part>) -> ExitCode {
    let mut all = Part::default();
    for part in parts {
        all.evenings += part.evenings;
        all.sum.steps += part.sum.steps;
        all.sum.mutations += part.sum.mutations;
        all.sum.kills += part.sum.kills;
        all.failures.extend(part.failures);
    }
    println!(
        "seeds {}..={}: {} steps, {} mutations, {} kills",
        arguments.first,
        arguments.first + arguments.count - 1,
        all.sum.steps,
        all.sum.mutations,
        all.sum.kills,
    );
    // A worker that panicked counts its evening nowhere: that is a failure too.
    let failed = arguments.count - (all.evenings - u64::try_from(all.failures.len()).unwrap_or(0));
    println!("{} passed, {failed} failed", arguments.count - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments { first: 1, count: 200, trace: false };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seeds") => arguments.count = parser.value()?.parse()?,
            Long("first-seed") => arguments.first = parser.value()?.parse()?,
            Long("seed") => (arguments.first, arguments.count) = (parser.value()?.parse()?, 1),
            Long("trace") => arguments.trace = true,
            Long("help") | Short('h') => return Ok(None),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    if arguments.count == 0 {
        return Err("--seeds must be at least 1".into());
    }
    Ok(Some(arguments))
}
