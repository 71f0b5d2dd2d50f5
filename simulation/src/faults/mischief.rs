//! The faults at work: who strikes now, and how often each has.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::options::dice_of;
use super::{Fault, Options, Switch};

/// The switches of one evening.
#[derive(Debug, Default)]
pub(crate) struct Mischief {
    /// Only those that are on.
    on: BTreeMap<Fault, Live>,
    resting: bool,
    happened: BTreeMap<Fault, u64>,
}

/// A fault that is on.
#[derive(Debug)]
struct Live {
    per_mille: u32,
    dice: Rng,
}

impl Mischief {
    /// The faults of an evening, at rest until [`begin`](Self::begin).
    pub(crate) fn new(options: &Options, seed: u64) -> Self {
        let live = |switch: Switch| {
            let per_mille = *options.faults.get(&switch.fault)?;
            // Drawing the options took its first throws: these come from another seed.
            Some((switch.fault, Live { per_mille, dice: dice_of(switch, !seed) }))
        };
        Self { on: Switch::ALL.into_iter().filter_map(live).collect(), resting: true, happened: BTreeMap::new() }
    }

    /// From now on things go wrong.
    pub(crate) const fn begin(&mut self) {
        self.resting = false;
    }

    /// From now on nothing does.
    pub(crate) const fn rest(&mut self) {
        self.resting = true;
    }

    /// Whether a fault may strike at all.
    pub(crate) fn is_on(&self, fault: Fault) -> bool {
        !self.resting && self.on.contains_key(&fault)
    }

    /// How often a fault strikes, in a thousand of its chances.
    pub(crate) fn per_mille(&self, fault: Fault) -> u32 {
        self.on.get(&fault).map_or(0, |live| live.per_mille)
    }

    /// Throws a fault's dice at one of its chances. Where it strikes it counts as having happened, and dice come back to
    /// decide what exactly happens; they are its own too.
    pub(crate) fn strikes(&mut self, fault: Fault) -> Option<Rng> {
        if self.resting {
            return None;
        }
        let live = self.on.get_mut(&fault)?;
        if live.dice.u32(0..1_000) >= live.per_mille {
            return None;
        }
        let dice = live.dice.fork();
        self.count(fault);
        Some(dice)
    }

    /// Counts one that happened without a throw.
    pub(crate) fn count(&mut self, fault: Fault) {
        *self.happened.entry(fault).or_default() += 1;
    }

    /// How often each fault has happened.
    pub(crate) const fn happened(&self) -> &BTreeMap<Fault, u64> {
        &self.happened
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Plan};
    use super::*;

    #[test]
    fn a_fault_that_is_off_changes_nothing_for_the_others() {
        let seed = 11;
        let plan = Plan { with: vec![Fault::RequestLost, Fault::ReplyCut], ..Plan::of(Class::NetworkLoss) };
        let throws = |plan: &Plan| {
            let options = Options::draw(plan, seed, &mut Rng::with_seed(seed));
            let mut mischief = Mischief::new(&options, seed);
            mischief.begin();
            let struck: Vec<bool> = (0..200)
                .map(|_| {
                    mischief.strikes(Fault::ReplyCut);
                    mischief.strikes(Fault::RequestLost).is_some()
                })
                .collect();
            (options.taps, options.tills, struck)
        };
        let both = throws(&plan);
        let alone = throws(&Plan { with: vec![Fault::RequestLost], without: vec![Fault::ReplyCut], ..plan });
        assert_eq!(both, alone);
        assert!(both.2.contains(&true) && both.2.contains(&false));
    }

    #[test]
    fn what_rests_does_not_strike_and_what_strikes_is_counted() {
        let plan = Plan { with: vec![Fault::ReplyLost], ..Plan::of(Class::NetworkLoss) };
        let options = Options::draw(&plan, 1, &mut Rng::with_seed(1));
        let mut mischief = Mischief::new(&options, 1);
        assert!((0..100).all(|_| mischief.strikes(Fault::ReplyLost).is_none()));
        mischief.begin();
        let struck = (0..100).filter(|_| mischief.strikes(Fault::ReplyLost).is_some()).count();
        assert_eq!(mischief.happened().get(&Fault::ReplyLost).copied(), u64::try_from(struck).ok());
        assert!(struck > 0);
    }
}
