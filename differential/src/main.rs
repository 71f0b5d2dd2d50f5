//! Asks the server and the model the same, evening after evening, until so many mutations went through both.
#![allow(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use differential::{Part, Tally, run};
use lexopt::prelude::*;

const USAGE: &str = "\
Usage: differential [--mutations N] [--seed S] [--out FILE]

  --mutations N  how many mutations there are to be at least (default 100000)
  --seed S       the first evening's seed (default 1)
  --out DIR      writes what was asked in each evening, and what SQLite answered, to a file in this directory";

/// Mutations of one evening.
const EVENING: u64 = 600;

struct Arguments {
    mutations: u64,
    seed: u64,
    out: Option<PathBuf>,
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
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (next, made) = (AtomicU64::new(arguments.seed), AtomicU64::new(0));
    let sums: Vec<Sum> = thread::scope(|scope| {
        let started: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(&arguments, &next, &made))).collect();
        started.into_iter().map(|worker| worker.join().unwrap_or(Sum { failures: 1, ..Sum::default() })).collect()
    });
    let mut sum = Sum::default();
    for part in sums {
        sum.evenings += part.evenings;
        sum.mutations += part.mutations;
        sum.failures += part.failures;
        sum.tally.add(&part.tally);
    }
    report(&sum)
}

/// What several evenings came to.
#[derive(Default)]
struct Sum {
    evenings: u64,
    mutations: u64,
    failures: u64,
    tally: Tally,
}

fn work(arguments: &Arguments, next: &AtomicU64, made: &AtomicU64) -> Sum {
    let mut sum = Sum::default();
    while sum.failures == 0 && made.load(Ordering::Relaxed) < arguments.mutations {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        match run(seed, EVENING.min(arguments.mutations)) {
            Ok(Part { mutations, tally, transcript }) => {
                if let Some(out) = &arguments.out
                    && let Err(error) = fs::write(out.join(format!("evening-{seed:04}.jsonl")), transcript.join("\n"))
                {
                    println!("{}: {error}", out.display());
                    sum.failures += 1;
                }
                sum.evenings += 1;
                sum.mutations += mutations;
                sum.tally.add(&tally);
                made.fetch_add(mutations, Ordering::Relaxed);
            }
            Err(difference) => {
                println!("{difference}");
                sum.failures += 1;
            }
        }
    }
    sum
}

fn report(sum: &Sum) -> ExitCode {
    println!("{}", sum.tally);
    let Sum { evenings, mutations, failures, .. } = sum;
    println!("{evenings} evenings, {mutations} mutations: {failures} differences between the model and SQLite");
    if *failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments { mutations: 100_000, seed: 1, out: None };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("mutations") => arguments.mutations = parser.value()?.parse()?,
            Long("seed") => arguments.seed = parser.value()?.parse()?,
            Long("out") => arguments.out = Some(parser.value()?.into()),
            Long("help") | Short('h') => return Ok(None),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(Some(arguments))
}
