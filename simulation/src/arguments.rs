//! The command line.

use std::path::PathBuf;

use lexopt::prelude::*;
use simulation::{Class, Fault, Switch};

pub(crate) const USAGE: &str = "\
Usage: simulation [--fault CLASS | --every-class] [--seeds N] [--first-seed S] [--seed S] [--trace]
                  [--with NAME]... [--without NAME]... [--threads N]
       simulation --faults
       simulation --replay FILE

  --replay FILE   replay what a device has recorded, and say where it leads elsewhere
  --faults        list the classes of faults, and the switches of each
  --fault CLASS   draw from this class alone (default: mixed, all of them)
  --every-class   run every class, and print one table
  --seeds N       run N evenings of each (default 200)
  --first-seed S  the first of them (default 1)
  --seed S        run one evening
  --trace         with --seed: print everything that happened
  --with NAME     this switch is on in every evening, at its most
  --without NAME  this switch is off in every evening
  --threads N     as many evenings at once (default: one for each processor)";

pub(crate) struct Arguments {
    pub(crate) classes: Vec<Class>,
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) trace: bool,
    pub(crate) list: bool,
    pub(crate) replay: Option<PathBuf>,
    pub(crate) threads: Option<usize>,
    pub(crate) with: Vec<Fault>,
    pub(crate) without: Vec<Fault>,
}

/// Nothing where help is asked for.
pub(crate) fn read() -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments {
        classes: vec![Class::Mixed],
        first: 1,
        count: 200,
        trace: false,
        list: false,
        replay: None,
        threads: None,
        with: Vec::new(),
        without: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("faults") => arguments.list = true,
            Long("replay") => arguments.replay = Some(parser.value()?.into()),
            Long("fault") => arguments.classes = vec![class(&parser.value()?.string()?)?],
            Long("every-class") => arguments.classes = Class::ALL.to_vec(),
            Long("seeds") => arguments.count = parser.value()?.parse()?,
            Long("first-seed") => arguments.first = parser.value()?.parse()?,
            Long("seed") => (arguments.first, arguments.count) = (parser.value()?.parse()?, 1),
            Long("trace") => arguments.trace = true,
            Long("with") => arguments.with.push(fault(&parser.value()?.string()?)?),
            Long("without") => arguments.without.push(fault(&parser.value()?.string()?)?),
            Long("threads") => arguments.threads = Some(parser.value()?.parse()?),
            Long("help") | Short('h') => return Ok(None),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    if arguments.count == 0 || arguments.threads == Some(0) {
        return Err("--seeds and --threads must be at least 1".into());
    }
    Ok(Some(arguments))
}

fn class(name: &str) -> Result<Class, lexopt::Error> {
    Class::named(name).ok_or_else(|| format!("there is no class '{name}'; --faults lists them").into())
}

fn fault(name: &str) -> Result<Fault, lexopt::Error> {
    let switch = Switch::named(name).map(|switch| switch.fault);
    switch.ok_or_else(|| format!("there is no switch '{name}'; --faults lists them").into())
}
