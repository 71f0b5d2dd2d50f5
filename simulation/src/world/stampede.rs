//! Many devices and one outage that ends for all of them in the same instant.

use fastrand::Rng;

use super::World;
use crate::faults::{Class, Fault, Options, Plan};
use crate::liveness::spread;

/// How long the outage takes, in milliseconds.
const OUTAGE_MS: u64 = 5 * 60_000;
/// How long after it the last device has certainly asked, in milliseconds.
const WATCHED_MS: u64 = 6 * 60_000;

/// A restaurant, or a street of them, of which nobody reaches the server for five minutes.
#[derive(Debug, Clone, Copy)]
pub struct Stampede {
    /// The devices.
    pub devices: usize,
    /// Whether hosts see that the network is gone, and that it is there again: in the same instant, all of them.
    pub signalled: bool,
}

impl Stampede {
    /// Lets it happen.
    ///
    /// # Errors
    /// What was seen, where the devices' first requests after the outage are not spread.
    pub fn run(self, seed: u64) -> Result<(), String> {
        let mut dice = Rng::with_seed(seed);
        let plan = Plan { without: vec![Fault::RequestLost], ..Plan::of(Class::NetworkLoss) };
        let mut options = Options::draw(&plan, seed, &mut dice);
        options.faults.clear();
        options.tills = self.devices;
        let mut world = World::new(seed, dice, options, false);
        let said = |(checker, message): (&str, String)| format!("[{checker}] {message}");
        world.open_the_doors().map_err(said)?;
        world.outage_for(OUTAGE_MS, self.signalled).map_err(said)?;
        world.live_until(world.now_ms + OUTAGE_MS - 1).map_err(said)?;
        let over_ms = world.now_ms;
        let before = world.watch.requests();
        let mut first: Vec<Option<u64>> = vec![None; self.devices];
        while world.now_ms < over_ms + WATCHED_MS && first.contains(&None) {
            world.live_until(world.now_ms + 100).map_err(said)?;
            let now_ms = world.now_ms;
            for ((first, before), now) in first.iter_mut().zip(&before).zip(world.watch.requests()) {
                if now > *before {
                    first.get_or_insert(now_ms);
                }
            }
        }
        let first: Vec<u64> = first.into_iter().flatten().collect();
        if first.len() < self.devices {
            return Err(format!("[back_off] only {} of {} devices asked again", first.len(), self.devices));
        }
        spread(&first).map_err(said)
    }
}
