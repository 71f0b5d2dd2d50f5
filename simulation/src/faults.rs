//! What may go wrong, and how often. Each seed draws its own mixture, so that rare faults also meet each other.

use fastrand::Rng;

/// The full set of options of one evening; printed with a failing seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Tills at the location.
    pub tills: usize,
    /// Taps of all people together.
    pub taps: usize,
    /// Tables; few make people meet.
    pub tables: usize,
    /// Entries in one delta; few cut a reply before the records its verdicts are about.
    pub delta_entries_max: u32,
    /// Commits after which a till folds its journal; few make many checkpoints.
    pub checkpoint_entries: u64,
    /// Bytes of one chunk; few make many.
    pub chunk_bytes: usize,
    /// Taps in a thousand at which a till gets a new key for its store.
    pub new_keys: u32,
    /// Longest way of one message, in milliseconds.
    pub delay_ms_max: u64,
    /// Messages in a thousand that get lost on the way to the server.
    pub request_lost: u32,
    /// Messages in a thousand that arrive twice.
    pub request_doubled: u32,
    /// Replies in a thousand that get lost after the server committed.
    pub reply_lost: u32,
    /// Replies in a thousand that arrive twice.
    pub reply_doubled: u32,
    /// Replies in a thousand that arrive cut short.
    pub reply_cut: u32,
    /// Requests in a thousand answered by a captive portal.
    pub portal: u32,
    /// Requests in a thousand answered with a problem (401, 403, 422, 429, 500, 503) that the server did not mean.
    pub refused: u32,
    /// Requests in a thousand whose Worker dies between its two batches.
    pub worker_killed: u32,
    /// Batches in a thousand that fail before they are written.
    pub batch_failed: u32,
    /// Batches in a thousand that are written and then reported as failed.
    pub batch_reported_failed: u32,
    /// Batches in a thousand at which another request gets its turn.
    pub interleaved: u32,
    /// Device commits in a thousand that fail.
    pub commit_failed: u32,
    /// Device commits in a thousand at which the app is killed: before, torn, or after the write.
    pub killed_at_commit: u32,
    /// Taps in a thousand at which the app is killed.
    pub killed_at_tap: u32,
    /// Taps in a thousand at which a till's network goes away or comes back.
    pub network_flips: u32,
    /// Hosts' signals in a thousand that say the opposite of the truth.
    pub signal_lies: u32,
    /// Taps in a thousand at which a till's wall clock jumps.
    pub clock_jumps: u32,
    /// Timers in a thousand that come a moment early.
    pub timers_early: u32,
}

impl Options {
    /// Draws the mixture of one seed.
    #[must_use]
    pub fn draw(dice: &mut Rng) -> Self {
        // Half of the faults are off in any one evening: too many at once hide each other.
        let mut fault = |most: u32| if dice.bool() { dice.u32(0..=most) } else { 0 };
        Self {
            request_lost: fault(300),
            request_doubled: fault(300),
            reply_lost: fault(400),
            reply_doubled: fault(300),
            reply_cut: fault(200),
            portal: fault(200),
            refused: fault(200),
            worker_killed: fault(200),
            batch_failed: fault(100),
            batch_reported_failed: fault(100),
            interleaved: fault(600),
            commit_failed: fault(100),
            killed_at_commit: fault(60),
            killed_at_tap: fault(40),
            network_flips: fault(120),
            signal_lies: fault(300),
            clock_jumps: fault(30),
            timers_early: fault(900),
            new_keys: fault(30),
            tills: dice.usize(2..=5),
            taps: dice.usize(20..=140),
            tables: dice.usize(1..=6),
            delta_entries_max: *dice.choice(&[1, 2, 5, 500]).unwrap_or(&500),
            checkpoint_entries: *dice.choice(&[4, 10, 40, 256]).unwrap_or(&256),
            chunk_bytes: *dice.choice(&[1_500, 10_000, 131_072]).unwrap_or(&131_072),
            delay_ms_max: *dice.choice(&[20, 500, 5_000, 120_000]).unwrap_or(&500),
        }
    }

    /// The same evening with nothing going wrong: the second phase.
    #[must_use]
    pub fn without_faults(&self) -> Self {
        Self {
            tills: self.tills,
            taps: self.taps,
            tables: self.tables,
            delta_entries_max: self.delta_entries_max,
            checkpoint_entries: self.checkpoint_entries,
            chunk_bytes: self.chunk_bytes,
            delay_ms_max: 200,
            request_lost: 0,
            request_doubled: 0,
            reply_lost: 0,
            reply_doubled: 0,
            reply_cut: 0,
            portal: 0,
            refused: 0,
            worker_killed: 0,
            batch_failed: 0,
            batch_reported_failed: 0,
            interleaved: 0,
            commit_failed: 0,
            killed_at_commit: 0,
            killed_at_tap: 0,
            network_flips: 0,
            signal_lies: 0,
            clock_jumps: 0,
            timers_early: 0,
            new_keys: 0,
        }
    }
}

/// Whether something happens that happens `per_mille` times in a thousand.
pub(crate) fn happens(dice: &mut Rng, per_mille: u32) -> bool {
    // The dice are not thrown where nothing can happen: a fault that is off does not change the rest of the evening.
    per_mille > 0 && dice.u32(0..1_000) < per_mille
}
