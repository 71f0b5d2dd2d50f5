//! How each stream is sent, and whose turn it is: orders, what staff do, and decisions go in turns, so that none of them waits for
//! another to come through.

use protocol::EXCHANGE_MUTATIONS_MAX;
use serde::{Deserialize, Serialize};

use super::suspicion::Suspicion;
use crate::exchange::{Load, Stream};

/// How one stream is sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Lane {
    pub(super) mutations_max: usize,
    /// Up to here the last answer left mutations unanswered: the next exchange goes on behind them.
    pub(super) passed_over: u64,
    /// The mutation that no request seems to pass with.
    pub(super) suspicion: Option<Suspicion>,
}

impl Default for Lane {
    fn default() -> Self {
        Self { mutations_max: EXCHANGE_MUTATIONS_MAX, passed_over: 0, suspicion: None }
    }
}

impl Lane {
    /// What the next exchange carries; `is_pending_after` tells whether anything of the stream waits behind a number.
    pub(super) fn load(&mut self, is_pending_after: impl Fn(u64) -> bool) -> Load {
        // What went unanswered lets one exchange pass, and is asked about again.
        let passed_over = std::mem::take(&mut self.passed_over);
        let after = if is_pending_after(passed_over) { passed_over } else { 0 };
        let asks_without = self.suspicion.is_some_and(|suspicion| suspicion.asks_without());
        Load { after, mutations_max: if asks_without { 0 } else { self.mutations_max } }
    }

    /// A request came through, with or without mutations.
    pub(super) fn came_through(&mut self, without: bool) {
        match &mut self.suspicion {
            Some(suspicion) if without => suspicion.passes_without(),
            Some(_) | None => {
                self.suspicion = None;
                self.mutations_max = self.mutations_max.saturating_mul(2).min(EXCHANGE_MUTATIONS_MAX);
            }
        }
    }
}

/// Both streams.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Lanes {
    orders: Lane,
    shifts: Lane,
}

impl Lanes {
    pub(super) const fn of_mut(&mut self, stream: Stream) -> &mut Lane {
        match stream {
            Stream::Orders => &mut self.orders,
            Stream::Shifts => &mut self.shifts,
        }
    }

    /// Both streams begin anew.
    pub(super) fn restart(&mut self) {
        for lane in [&mut self.orders, &mut self.shifts] {
            (lane.suspicion, lane.passed_over) = (None, 0);
        }
    }
}

/// Who has had its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Turn {
    Decision,
    Stream(Stream),
}

/// Who is next: the one after `last` that has something to say; orders, where nobody has.
pub(super) fn next_turn(last: Turn, says: impl Fn(Turn) -> bool) -> Turn {
    const ALL: [Turn; 3] = [Turn::Decision, Turn::Stream(Stream::Shifts), Turn::Stream(Stream::Orders)];
    let place = ALL.iter().position(|turn| *turn == last).unwrap_or(0);
    let others = ALL.into_iter().cycle().skip(place + 1).take(ALL.len());
    others.filter(|turn| says(*turn)).chain([Turn::Stream(Stream::Orders)]).next().unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_has_something_to_say_gets_a_turn_before_anybody_gets_a_second() {
        let mut turns = vec![Turn::Stream(Stream::Orders)];
        for _ in 0..3 {
            turns.push(next_turn(turns[turns.len() - 1], |_| true));
        }
        let [shifts, orders] = [Stream::Shifts, Stream::Orders].map(Turn::Stream);
        assert_eq!(turns, [orders, Turn::Decision, shifts, orders]);
        assert_eq!(next_turn(shifts, |turn| turn == shifts), shifts);
        assert_eq!(next_turn(shifts, |_| false), orders, "who has nothing to say asks what is new");
    }
}
