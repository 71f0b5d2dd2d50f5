//! ConnectionMonitor: may this device send, and when next?
//!
//! Host signals are hints; the truth is the last exchange. The law of the schedule: while something is to be sent and
//! sending is allowed, a next attempt exists. Everything is scheduled by the monotonic clock, so setting the wall clock
//! back cannot silence a device.

use serde::Serialize;

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
/// The longest that a server's `Retry-After` is obeyed, in milliseconds: an hour.
const RETRY_AFTER_CAP_MS: u64 = 3_600_000;

/// Whether the device last reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// It did.
    Online,
    /// It did not, or the host says there is no network.
    Offline,
}

/// Why nothing is sent until someone acts. The queue stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug)]
pub(crate) struct ConnectionMonitor {
    connection: Connection,
    paused: Option<PauseReason>,
    in_flight: Option<InFlight>,
    failures: u32,
    next_attempt_ms: u64,
    pull_interval_ms: u64,
    last_error: Option<String>,
    /// For when a poke asked last.
    poked_for_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct InFlight {
    id: ExchangeId,
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
    pub(crate) const fn is_due(&self, now_ms: u64) -> bool {
        self.paused.is_none() && self.in_flight.is_none() && now_ms >= self.next_attempt_ms
    }

    /// When to look again: the deadline of the exchange under way, else the next attempt; `None` while paused.
    pub(crate) const fn wake_at(&self) -> Option<u64> {
        match (self.in_flight, self.paused) {
            (Some(in_flight), _) => Some(in_flight.deadline_ms),
            (None, None) => Some(self.next_attempt_ms),
            (None, Some(_)) => None,
        }
    }

    pub(crate) const fn started(&mut self, id: ExchangeId, deadline_ms: u64) {
        self.in_flight = Some(InFlight { id, deadline_ms });
    }

    /// The exchange under way when its deadline has passed.
    pub(crate) fn overdue(&self, now_ms: u64) -> Option<ExchangeId> {
        self.in_flight.filter(|in_flight| now_ms >= in_flight.deadline_ms).map(|in_flight| in_flight.id)
    }

    /// The server answered and the answer is on disk. `more` asks for the next exchange at once.
    pub(crate) fn succeeded(&mut self, now_ms: u64, more: bool) {
        self.in_flight = None;
        self.connection = Connection::Online;
        self.failures = 0;
        self.last_error = None;
        self.next_attempt_ms = if more { now_ms } else { now_ms.saturating_add(self.pull_interval_ms) };
    }

    /// The exchange came to nothing: back off with full jitter, at least as long as the server asked for.
    pub(crate) fn failed(&mut self, now_ms: u64, jitter: u32, failure: Failure) {
        self.in_flight = None;
        self.connection = if failure.answered { Connection::Online } else { Connection::Offline };
        let bound = BACK_OFF_BASE_MS.saturating_mul(1_u64 << self.failures.min(20)).min(BACK_OFF_CAP_MS);
        self.failures = self.failures.saturating_add(1);
        let jittered = bound.saturating_mul(u64::from(jitter)) / u64::from(u32::MAX);
        let asked = u64::from(failure.retry_after_s.unwrap_or(0)).saturating_mul(1_000).min(RETRY_AFTER_CAP_MS);
        self.next_attempt_ms = now_ms.saturating_add(jittered.max(asked));
        self.last_error = Some(failure.code);
    }

    /// The server answered something that another request may mend at once.
    pub(crate) fn try_again(&mut self, now_ms: u64, code: &str) {
        self.in_flight = None;
        self.connection = Connection::Online;
        self.next_attempt_ms = now_ms;
        self.last_error = Some(code.to_owned());
    }

    /// Nothing is sent until someone acts.
    pub(crate) fn pause(&mut self, reason: PauseReason, code: String) {
        self.in_flight = None;
        self.connection = Connection::Online;
        self.paused = Some(reason);
        self.last_error = Some(code);
    }

    /// Someone acted: attempt at once.
    pub(crate) const fn resume(&mut self, now_ms: u64) {
        self.paused = None;
        self.failures = 0;
        self.next_attempt_ms = now_ms;
    }

    /// The host believes there is a connection: whatever was waited for, try now.
    pub(crate) const fn went_online(&mut self, now_ms: u64) {
        self.failures = 0;
        self.next_attempt_ms = now_ms;
    }

    /// The host believes there is none. It may lie, so attempts go on by the schedule.
    pub(crate) const fn went_offline(&mut self) {
        self.connection = Connection::Offline;
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
        let at = earliest.saturating_add(POKED_SPREAD_MS.saturating_mul(u64::from(jitter)) / u64::from(u32::MAX));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn no_answer() -> Failure {
        Failure { code: "NO_ANSWER".to_owned(), answered: false, retry_after_s: None }
    }

    fn monitor() -> ConnectionMonitor {
        let mut monitor = ConnectionMonitor::new(0, 10_000);
        monitor.resume(0);
        monitor
    }

    #[test]
    fn back_off_doubles_its_bound_from_one_second_to_five_minutes() {
        let mut monitor = monitor();
        let bounds: Vec<u64> = (0..12)
            .map(|_| {
                monitor.failed(0, u32::MAX, no_answer());
                monitor.next_attempt_ms
            })
            .collect();
        assert_eq!(bounds[..4], [1_000, 2_000, 4_000, 8_000]);
        assert_eq!(bounds[9..], [300_000, 300_000, 300_000]);
    }

    #[test]
    fn jitter_is_full() {
        let mut monitor = monitor();
        monitor.failed(500, 0, no_answer());
        assert_eq!(monitor.next_attempt_ms, 500);
        monitor.failed(500, u32::MAX / 2, no_answer());
        assert_eq!(monitor.next_attempt_ms, 500 + 999);
    }

    #[test]
    fn retry_after_is_a_lower_bound_and_is_not_obeyed_for_ever() {
        let mut monitor = monitor();
        monitor.failed(0, 0, Failure { code: "BUSY".to_owned(), answered: true, retry_after_s: Some(7) });
        assert_eq!(monitor.next_attempt_ms, 7_000);
        monitor.failed(0, 0, Failure { code: "BUSY".to_owned(), answered: true, retry_after_s: Some(u32::MAX) });
        assert_eq!(monitor.next_attempt_ms, RETRY_AFTER_CAP_MS);
    }

    #[test]
    fn success_and_a_returning_network_end_the_back_off() {
        let mut monitor = monitor();
        for _ in 0..9 {
            monitor.failed(0, u32::MAX, no_answer());
        }
        monitor.went_online(5);
        assert!(monitor.is_due(5));
        monitor.failed(5, u32::MAX, no_answer());
        assert_eq!(monitor.next_attempt_ms, 1_005);
    }

    #[test]
    fn pokes_bring_the_next_exchange_forward_within_their_spread_and_their_interval() {
        let mut monitor = monitor();
        monitor.succeeded(0, false);
        monitor.poked(100, u32::MAX);
        assert_eq!(monitor.next_attempt_ms, 100 + POKED_SPREAD_MS);
        monitor.poked(150, u32::MAX);
        assert_eq!(monitor.next_attempt_ms, 100 + POKED_SPREAD_MS, "a second poke changes nothing");
        monitor.succeeded(400, false);
        monitor.poked(500, 0);
        assert_eq!(monitor.next_attempt_ms, 100 + POKED_SPREAD_MS + POKED_INTERVAL_MS);
        monitor.succeeded(9_000, false);
        monitor.poked(9_500, 0);
        assert_eq!(monitor.next_attempt_ms, 9_500);
    }

    #[test]
    fn a_poke_does_not_break_a_back_off() {
        let mut monitor = monitor();
        monitor.failed(0, u32::MAX, no_answer());
        monitor.poked(10, 0);
        assert_eq!(monitor.next_attempt_ms, 1_000);
    }

    #[test]
    fn new_work_does_not_break_a_back_off() {
        let mut monitor = monitor();
        monitor.failed(0, u32::MAX, no_answer());
        monitor.work_arrived(10);
        assert!(!monitor.is_due(10));
        monitor.succeeded(1_000, false);
        monitor.work_arrived(1_001);
        assert!(monitor.is_due(1_001));
    }
}
