//! Which mutation is it that no request passes with?
//!
//! A refused body says nothing about whom it was refused for, and a release gone wrong refuses everything. So the mutations are
//! halved until one is left; then a request without any must pass, and one with it alone must be refused again, before it is
//! taken out of the way of those behind it.

use protocol::MutationId;
use serde::{Deserialize, Serialize};

/// A mutation under suspicion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Suspicion {
    seq: u64,
    id: MutationId,
    passed_without: bool,
}

impl Suspicion {
    /// A request with this mutation alone was refused.
    pub(super) const fn of((seq, id): (u64, MutationId)) -> Self {
        Self { seq, id, passed_without: false }
    }

    /// Whether the next request carries no mutation, to see if one passes at all.
    pub(super) const fn asks_without(&self) -> bool {
        !self.passed_without
    }

    /// A request without any mutation passed.
    pub(super) const fn passes_without(&mut self) {
        self.passed_without = true;
    }

    /// Whether one more refusal of this mutation alone proves it.
    pub(super) fn is_proved_by(&self, (seq, id): (u64, MutationId)) -> bool {
        self.passed_without && self.seq == seq && self.id == id
    }
}
