//! How often everything occurred: a proof in which a path was never taken proves nothing about it.

use std::collections::BTreeMap;
use std::fmt;

/// Counts by group and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(&'static str, String), u64>);

impl Tally {
    pub(crate) fn note(&mut self, group: &'static str, name: impl Into<String>) {
        *self.0.entry((group, name.into())).or_default() += 1;
    }

    /// Adds the counts of another evening.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.0 {
            *self.0.entry(key.clone()).or_default() += count;
        }
    }

    /// How often something of a group occurred.
    #[must_use]
    pub fn of(&self, group: &'static str, name: &str) -> u64 {
        self.0.get(&(group, name.to_owned())).copied().unwrap_or(0)
    }

    /// How often anything of a group occurred.
    #[must_use]
    pub fn all(&self, group: &'static str) -> u64 {
        self.0.iter().filter(|((of, _), _)| *of == group).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for ((group, name), count) in &self.0 {
            if *group != last {
                write!(out, "\n{group}: {}", self.all(group))?;
                last = group;
            }
            write!(out, "\n  {count:>9}  {name}")?;
        }
        writeln!(out)
    }
}
