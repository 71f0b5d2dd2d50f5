//! ConnectionMonitor: may this device send, and when next?
//!
//! Host signals are hints; the truth is the last exchange. The law of the schedule: while something is to be sent and
//! sending is allowed, a next attempt exists. Everything is scheduled by the monotonic clock, so setting the wall clock
//! back cannot silence a device. Whatever hints, pokes and saves ask for, requests stay within an allowance.

use serde::{Deserialize, Serialize};

use crate::io::ExchangeId;

/// The first back-off's upper bound, in milliseconds.
pub const BACK_OFF_BASE_MS: u64 = 1_000;
/// Every back-off's upper bound, in milliseconds: five minutes.
pub const BACK_OFF_CAP_MS: u64 = 300_000;
/// The longest that an exchange waits for which a poke asks, in milliseconds: the tills of a restaurant hear of a change in
/// the same instant and should not ask in the same instant.
pub const POKED_SPREAD_MS: u64 = 250;
/// The least between two exchanges for which pokes ask, in milliseconds: many changes of others are read together.
pub const POKED_INTERVAL_MS: u64 = 1_000;
/// The longest that the attempt waits for which a returning network asks, in milliseconds: all devices of a restaurant hear of it
/// in the same instant.
pub const RETURN_SPREAD_MS: u64 = 1_500;
/// The least between two attempts for which host signals ask, in milliseconds: a link that flaps does not make a device ask
/// without end.
pub const SIGNAL_INTERVAL_MS: u64 = 10_000;
/// The least between two requests in the long run, in milliseconds: a hundred a minute.
pub const REQUEST_INTERVAL_MS: u64 = 600;
/// Requests that may follow each other at once after a quiet time.
pub const REQUEST_BURST: u64 = 30;
/// An exchange that takes longer makes the link a poor one, in milliseconds.
const SLOW_MS: u64 = 8_000;
/// Exchanges without an answer, one after the other, after which the device counts as offline.
const LOST_AFTER: u32 = 2;
/// Good exchanges, one after the other, after which a poor link counts as a good one.
const GOOD_AFTER: u32 = 2;
/// The longest that a server's `Retry-After` is obeyed, in milliseconds: an hour.
const RETRY_AFTER_CAP_MS: u64 = 3_600_000;

/// How the link is, by the last exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// The server answers.
    Online,
    /// The last exchange failed, or took long; it has answered before.
    Degraded,
    /// Nothing answers, or the host says there is no network.
    Offline,
}

/// Why nothing is sent until someone acts. The queue stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// The device was never enrolled.
    NotEnrolled,
    /// The server does not know the credential.
    Unauthorized,
    /// The device was revoked or may not do this.
    Forbidden,
    /// The server holds another history of this device's stream.
    Sequence,
    /// Another tab writes the store now.
    TakenOver,
}

/// The schedule of exchanges.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConnectionMonitor {
    connection: Connection,
    paused: Option<PauseReason>,
    in_flight: Option<InFlight>,
    /// Exchanges that came to nothing since the last success: the back-off.
    failures: u32,
    /// Those of them, since the last answer of any kind, to which nothing answered.
    lost: u32,
    /// Good exchanges since the last one that was not.
    good: u32,
    /// Until when the allowance is used up: the time at which it is whole again.
    allowance_whole_ms: u64,
    /// When a host signal last asked for an attempt.
    signalled_ms: Option<u64>,
    next_attempt_ms: u64,
    pull_interval_ms: u64,
    last_error: Option<String>,
    /// For when a poke asked last.
    poked_for_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct InFlight {
    id: ExchangeId,
    started_ms: u64,
    deadline_ms: u64,
}

impl ConnectionMonitor {
    /// A monitor that wants its first exchange at once.
    pub(crate) const fn new(now_ms: u64, pull_interval_ms: u64) -> Self {
        Self {
            connection: Connection::Offline,
            paused: Some(PauseReason::NotEnrolled),
            in_flight: None,
            failures: 0,
            lost: 0,
            good: 0,
            allowance_whole_ms: 0,
            signalled_ms: None,
            next_attempt_ms: now_ms,
            pull_interval_ms,
            last_error: None,
            poked_for_ms: None,
        }
    }

    pub(crate) const fn connection(&self) -> Connection {
        self.connection
    }

    pub(crate) const fn paused(&self) -> Option<PauseReason> {
        self.paused
    }

    /// What a status bar shows of the link.
    pub(crate) fn face(&self) -> (Connection, Option<PauseReason>, Option<ExchangeId>, Option<String>) {
        (self.connection, self.paused, self.in_flight(), self.last_error.clone())
    }

    pub(crate) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    pub(crate) fn in_flight(&self) -> Option<ExchangeId> {
        self.in_flight.map(|in_flight| in_flight.id)
    }

    /// Whether an exchange may start now.
    pub(crate) fn is_due(&self, now_ms: u64) -> bool {
        self.paused.is_none() && self.in_flight.is_none() && now_ms >= self.earliest_ms()
    }

    /// When to look again: the deadline of the exchange under way, else the next attempt; `None` while paused.
    pub(crate) fn wake_at(&self) -> Option<u64> {
        match (self.in_flight, self.paused) {
            (Some(in_flight), _) => Some(in_flight.deadline_ms),
            (None, None) => Some(self.earliest_ms()),
            (None, Some(_)) => None,
        }
    }

    /// The next attempt, not before the allowance has room for it.
    fn earliest_ms(&self) -> u64 {
        let room = self.allowance_whole_ms.saturating_sub((REQUEST_BURST - 1) * REQUEST_INTERVAL_MS);
        self.next_attempt_ms.max(room)
    }

    /// A request is sent.
    pub(crate) fn started(&mut self, id: ExchangeId, now_ms: u64, deadline_ms: u64) {
        self.allowance_whole_ms = self.allowance_whole_ms.max(now_ms).saturating_add(REQUEST_INTERVAL_MS);
        self.in_flight = Some(InFlight { id, started_ms: now_ms, deadline_ms });
    }

    /// The answer has come and is being stored: from here on it is the disk that is waited for.
    pub(crate) const fn storing(&mut self, deadline_ms: u64) {
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.deadline_ms = deadline_ms;
        }
    }

    /// The exchange under way when its deadline has passed.
    pub(crate) fn overdue(&self, now_ms: u64) -> Option<ExchangeId> {
        self.in_flight.filter(|in_flight| now_ms >= in_flight.deadline_ms).map(|in_flight| in_flight.id)
    }

    /// The server answered and the answer is on disk. `more` asks for the next exchange at once.
    pub(crate) fn succeeded(&mut self, now_ms: u64, more: bool) {
        let slow = self.in_flight.take().is_some_and(|asked| now_ms.saturating_sub(asked.started_ms) > SLOW_MS);
        self.lost = 0;
        self.good = if slow { 0 } else { self.good.saturating_add(1) };
        self.connection = match self.connection {
            _ if slow => Connection::Degraded,
            // What was away is back; what was poor has to show that it is not any more.
            Connection::Degraded if self.good < GOOD_AFTER => Connection::Degraded,
            Connection::Online | Connection::Degraded | Connection::Offline => Connection::Online,
        };
        self.failures = 0;
        self.last_error = None;
        self.next_attempt_ms = if more { now_ms } else { now_ms.saturating_add(self.pull_interval_ms) };
    }

    /// The exchange came to nothing: back off with full jitter, at least as long as the server asked for.
    pub(crate) fn failed(&mut self, now_ms: u64, jitter: u32, failure: Failure) {
        self.in_flight = None;
        self.good = 0;
        self.lost = if failure.answered { 0 } else { self.lost.saturating_add(1) };
        self.connection = match self.connection {
            Connection::Online | Connection::Degraded if self.lost < LOST_AFTER => Connection::Degraded,
            Connection::Offline if failure.answered => Connection::Degraded,
            Connection::Online | Connection::Degraded | Connection::Offline => Connection::Offline,
        };
        let bound = BACK_OFF_BASE_MS.saturating_mul(1_u64 << self.failures.min(20)).min(BACK_OFF_CAP_MS);
        self.failures = self.failures.saturating_add(1);
        let asked = u64::from(failure.retry_after_s.unwrap_or(0)).saturating_mul(1_000).min(RETRY_AFTER_CAP_MS);
        self.next_attempt_ms = now_ms.saturating_add(share(bound, jitter).max(asked));
        self.last_error = Some(failure.code);
    }

    /// The server answered something that another request may mend at once.
    pub(crate) fn try_again(&mut self, now_ms: u64, code: &str) {
        self.in_flight = None;
        self.answered();
        self.next_attempt_ms = now_ms;
        self.last_error = Some(code.to_owned());
    }

    /// Nothing is sent until someone acts.
    pub(crate) fn pause(&mut self, reason: PauseReason, code: String) {
        self.in_flight = None;
        self.answered();
        self.paused = Some(reason);
        self.last_error = Some(code);
    }

    /// The server is there, whatever it said.
    const fn answered(&mut self) {
        self.lost = 0;
        if matches!(self.connection, Connection::Offline) {
            self.connection = Connection::Degraded;
        }
    }

    /// Someone acted: attempt at once.
    pub(crate) const fn resume(&mut self, now_ms: u64) {
        self.paused = None;
        self.failures = 0;
        self.next_attempt_ms = now_ms;
    }

    /// The host believes there is a connection: whatever was waited for, try soon. Hosts lie and links flap, so that only one
    /// such word in a while is heard.
    pub(crate) fn went_online(&mut self, now_ms: u64, jitter: u32) {
        let heard = self.signalled_ms.is_some_and(|last| now_ms < last.saturating_add(SIGNAL_INTERVAL_MS));
        if heard {
            return;
        }
        self.signalled_ms = Some(now_ms);
        self.failures = 0;
        let at = now_ms.saturating_add(share(RETURN_SPREAD_MS, jitter));
        self.next_attempt_ms = self.next_attempt_ms.min(at);
    }

    /// The host believes there is none. It may lie, so attempts go on by the schedule.
    pub(crate) const fn went_offline(&mut self) {
        self.connection = Connection::Offline;
    }

    /// The app is seen again, or the device has woken up: what was due meanwhile is asked for soon.
    pub(crate) fn came_forward(&mut self, now_ms: u64, jitter: u32) {
        if self.connection != Connection::Online {
            self.went_online(now_ms, jitter);
        }
    }

    /// Something new is to be sent: at once, unless the last attempts failed and a back-off runs.
    pub(crate) const fn work_arrived(&mut self, now_ms: u64) {
        if self.failures == 0 {
            self.next_attempt_ms = now_ms;
        }
    }

    /// The server says that there is something to read: soon, unless a back-off runs or an exchange is due before.
    pub(crate) fn poked(&mut self, now_ms: u64, jitter: u32) {
        let earliest = self.poked_for_ms.map_or(now_ms, |last| now_ms.max(last.saturating_add(POKED_INTERVAL_MS)));
        let at = earliest.saturating_add(share(POKED_SPREAD_MS, jitter));
        if self.failures == 0 && at < self.next_attempt_ms {
            self.next_attempt_ms = at;
            self.poked_for_ms = Some(at);
        }
    }
}

/// How an exchange failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// A stable code for the status.
    pub(crate) code: String,
    /// Whether the server itself answered.
    pub(crate) answered: bool,
    /// How long it asked to be left alone.
    pub(crate) retry_after_s: Option<u32>,
}

/// A random share of a time.
fn share(whole_ms: u64, jitter: u32) -> u64 {
    whole_ms.saturating_mul(u64::from(jitter)) / u64::from(u32::MAX)
}

#[cfg(test)]
mod tests;
