//! The full set of options of one evening, drawn from its seed.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{Class, Fault, Switch};

/// What an evening is to be like, beside its seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The faults it may draw.
    pub class: Class,
    /// Faults that are on whatever is drawn.
    pub with: Vec<Fault>,
    /// Faults that are off whatever is drawn.
    pub without: Vec<Fault>,
}

impl Plan {
    /// Evenings of one class.
    #[must_use]
    pub const fn of(class: Class) -> Self {
        Self { class, with: Vec::new(), without: Vec::new() }
    }
}

/// The full set of options of one evening; printed with a failing seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Tills at the location.
    pub tills: usize,
    /// Taps of all people together while faults are on.
    pub taps: usize,
    /// Tables; few make people meet.
    pub tables: usize,
    /// Entries in one delta; few cut a reply before the records its verdicts are about.
    pub delta_entries_max: u32,
    /// Commits after which a till folds its journal; few make many checkpoints.
    pub checkpoint_entries: u64,
    /// Bytes of one chunk; few make many.
    pub chunk_bytes: usize,
    /// Longest way of one message where nothing is wrong, in milliseconds.
    pub delay_ms_max: u64,
    /// The faults that are on: how often each strikes, in a thousand of its chances.
    pub faults: BTreeMap<Fault, u32>,
}

impl Options {
    /// Draws the evening of one seed.
    #[must_use]
    pub fn draw(plan: &Plan, seed: u64, dice: &mut Rng) -> Self {
        let switches = plan.class.switches();
        let mut faults: BTreeMap<Fault, u32> = switches.iter().filter_map(|switch| drawn(*switch, seed)).collect();
        if faults.is_empty()
            && let Some(switch) = Rng::with_seed(seed).choice(&switches)
        {
            faults.insert(switch.fault, switch.most);
        }
        faults.retain(|fault, _| !plan.without.contains(fault));
        let with = Switch::ALL.into_iter().filter(|switch| plan.with.contains(&switch.fault));
        faults.extend(with.map(|switch| (switch.fault, switch.most)));
        // A class alone shows itself in a short evening; that everything meets takes a long one.
        let (tills_max, taps_max) = if plan.class == Class::Mixed { (5, 140) } else { (4, 45) };
        Self {
            tills: dice.usize(2..=tills_max),
            taps: dice.usize(10..=taps_max),
            tables: dice.usize(1..=6),
            delta_entries_max: *dice.choice(&[1, 2, 5, 500]).unwrap_or(&500),
            checkpoint_entries: *dice.choice(&[4, 10, 40, 256]).unwrap_or(&256),
            chunk_bytes: *dice.choice(&[1_500, 10_000, 131_072]).unwrap_or(&131_072),
            delay_ms_max: *dice.choice(&[20, 200, 1_000]).unwrap_or(&200),
            faults,
        }
    }
}

/// Half of the faults are off in any one evening: too many at once hide each other.
fn drawn(switch: Switch, seed: u64) -> Option<(Fault, u32)> {
    let mut dice = dice_of(switch, seed);
    dice.bool().then(|| (switch.fault, dice.u32(1..=switch.most)))
}

/// A fault's own dice in the evening of a seed: they depend on its name and on nothing else in the list.
pub(super) fn dice_of(switch: Switch, seed: u64) -> Rng {
    // FNV-1a: any mixing of the name's bytes that never changes would do.
    let mixed = switch
        .name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    Rng::with_seed(seed ^ mixed)
}
