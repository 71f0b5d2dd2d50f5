//! The server a second time, in maps alone, and random evenings that ask both.
//!
//! `SyncApi` decides an exchange between two transactions, in SQL that is guarded, paged and indexed. The model here decides the
//! same exchange in plain maps, one request after the other. The two share the domain, whose merging is proved elsewhere, and
//! the protocol's types; nothing of how the server decides, writes and reads. A seed makes an evening: what tills, an admin
//! and chance ask. Every answer of the one must be the other's, to the byte.

mod asking;
mod evening;
mod model;
mod runner;
mod sqlite;
mod tally;

pub use runner::{Difference, Part, run};
pub use tally::Tally;
