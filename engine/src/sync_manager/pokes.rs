//! What is known of the location's head from pokes, and what of it was read.
//!
//! A poke carries no data: all it can do is to have the next exchange come sooner. One whose number was read already, as by
//! the exchange that moved the head, asks for nothing; and an exchange that began after a poke has answered it, whatever it
//! brought, so pokes never keep a device exchanging.

use serde::{Deserialize, Serialize};

use super::{SyncManager, jitter};
use crate::io::{ExchangeId, Moment};

/// The heads that were heard of and read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Pokes {
    heard: u64,
    /// What had been heard when the exchange under way began.
    asked: u64,
    read: u64,
}

impl Pokes {
    /// The server says where the head is.
    fn heard(&mut self, head: u64) {
        self.heard = self.heard.max(head);
    }

    /// An exchange begins: its answer holds whatever was heard of until now.
    pub(super) const fn asked(&mut self) {
        self.asked = self.heard;
    }

    /// An exchange's answer is on disk. `reached` is the largest number in it, `complete` says that nothing follows it.
    fn read(&mut self, reached: u64, complete: bool) {
        let answered = if complete { self.asked } else { 0 };
        self.read = self.read.max(reached).max(answered);
    }

    /// The change sequence is read anew: numbers of its former life mean nothing.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether there is something at the server that was not read.
    const fn wait(&self) -> bool {
        self.heard > self.read
    }
}

impl SyncManager {
    /// The server says where the head is.
    pub(super) fn poked(&mut self, now: &Moment, head: u64) {
        self.pokes.heard(head);
        self.obey_pokes(now);
    }

    /// A reply is on disk that reaches this number; called before the exchange counts as over.
    pub(super) fn head_read(&mut self, id: ExchangeId, reached: u64, has_more: bool) {
        self.pokes.read(reached, !has_more && self.monitor.in_flight() == Some(id));
    }

    /// An exchange comes soon where pokes ask for one; while one is under way, its answer tells whether they still do.
    pub(super) fn obey_pokes(&mut self, now: &Moment) {
        if self.pokes.wait() && self.monitor.in_flight().is_none() {
            self.monitor.poked(now.mono_ms, jitter(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poke_waits_until_its_number_is_read() {
        let mut pokes = Pokes::default();
        pokes.heard(5);
        assert!(pokes.wait());
        pokes.read(4, false);
        assert!(pokes.wait());
        pokes.read(5, false);
        assert!(!pokes.wait());
        pokes.heard(5);
        assert!(!pokes.wait(), "a late poke of what was read");
    }

    #[test]
    fn an_exchange_that_began_after_a_poke_answers_it_whatever_it_brought() {
        let mut pokes = Pokes::default();
        pokes.heard(5);
        pokes.asked();
        pokes.heard(7);
        pokes.read(0, true);
        assert!(pokes.wait(), "the second poke came while the exchange was under way");
        pokes.asked();
        pokes.read(0, true);
        assert!(!pokes.wait());
    }

    #[test]
    fn numbers_of_a_former_life_do_not_silence_the_next() {
        let mut pokes = Pokes::default();
        pokes.read(900, true);
        pokes.forget();
        pokes.heard(3);
        assert!(pokes.wait());
    }
}
