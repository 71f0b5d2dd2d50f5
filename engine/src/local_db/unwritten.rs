//! What the checkpoint on disk does not say yet; the journal says it.

use std::collections::BTreeSet;

use domain::OrderId;
use serde::{Deserialize, Serialize};

/// What changed since the last checkpoint began.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Unwritten {
    /// Orders whose confirmed record is another one.
    pub(crate) orders: BTreeSet<OrderId>,
    /// Mutations that were settled and are still in the queue.
    pub(crate) settled: BTreeSet<u64>,
    /// Mutations in whose place a mark is sent.
    pub(crate) skipped: BTreeSet<u64>,
    /// Mutations that left the queue.
    pub(crate) dropped: BTreeSet<u64>,
    /// The menu or the location's settings.
    pub(crate) menu: bool,
    /// Punches, drawers, audit chains, staff and grants.
    pub(crate) staff_logs: bool,
    /// Parked mutations, findings, conflicts or decisions.
    pub(crate) conflicts: bool,
    /// The numbers of the stream are others: what the checkpoint says of the queue and of open orders is void.
    pub(crate) renumbered: bool,
}

impl Unwritten {
    pub(crate) fn drop_mutation(&mut self, seq: u64) {
        self.settled.remove(&seq);
        self.skipped.remove(&seq);
        self.dropped.insert(seq);
    }

    /// Puts back what a checkpoint that came to nothing had taken.
    pub(crate) fn restore(&mut self, taken: Self) {
        self.orders.extend(taken.orders);
        self.settled.extend(taken.settled.difference(&self.dropped).copied().collect::<Vec<_>>());
        self.skipped.extend(taken.skipped.difference(&self.dropped).copied().collect::<Vec<_>>());
        self.dropped.extend(taken.dropped);
        self.menu |= taken.menu;
        self.conflicts |= taken.conflicts;
        self.staff_logs |= taken.staff_logs;
        self.renumbered |= taken.renumbered;
    }
}
