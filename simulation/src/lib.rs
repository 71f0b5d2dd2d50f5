//! One seed, one evening: several tills, one server, a bad network and bad disks; and the checkers that know the truth.
//!
//! The product's code runs unchanged: the engine's core through `SyncManager::handle`, the server through
//! `SyncApi::handle` with the very SQL that D1 runs, on SQLite. Only the world around them is made up: a virtual clock, a
//! virtual network, virtual disks, and people who tap. A run has two phases: with faults on, only safety is asked for; with
//! faults off, everything must drain and everyone must agree. The same seed gives the same evening, event for event.

mod calendar;
mod checkers;
mod disk;
mod faults;
mod ledger;
mod liveness;
mod replay;
mod server;
mod shifts_ledger;
mod till;
mod world;

pub use faults::{Class, Fault, Options, Plan, Switch};
pub use replay::{Replayed, replay};
pub use world::{Evening, Failure, Stampede, run};
