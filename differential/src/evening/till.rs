//! A till as the server sees one: streams it numbers, a cursor, and what it was last told. It has no engine and no caution.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AuditHead, Conflict, DeviceId, Order, OrderId, Record as _};
use fastrand::Rng;
use protocol::{Collection, ExchangeReply, GrantSheet, Incarnation, Mutation, Skipped};
use serde::Serialize;

use super::text;

/// Bytes of mutations that a till sends at once: some less than a body may have.
const BODY_BYTES: usize = 400_000;
/// Bodies that a till remembers, to send them again.
const BODIES_MAX: usize = 40;

#[derive(Debug)]
pub(super) struct Till {
    pub(super) id: DeviceId,
    pub(super) prefix: String,
    pub(super) token: String,
    pub(super) location: usize,
    pub(super) incarnation: Incarnation,
    pub(super) orders: Queue,
    pub(super) shifts: Queue,
    pub(super) cursor: Option<String>,
    /// Cursors of earlier.
    pub(super) cursors: Vec<String>,
    /// Request bodies of earlier, with their paths.
    pub(super) bodies: Vec<(&'static str, String)>,
    pub(super) known: BTreeMap<OrderId, Order>,
    pub(super) conflicts: BTreeMap<String, Conflict>,
    /// Grants by whose they are.
    pub(super) grants: BTreeMap<String, String>,
    /// How far its clock is ahead, in milliseconds.
    pub(super) clock_error: i64,
    pub(super) counter: u16,
    pub(super) tickets: u32,
    pub(super) audit: AuditHead,
}

/// What a till has to say in one stream.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) acked: u64,
    pub(super) waiting: Vec<Sent>,
    pub(super) settled: Vec<Sent>,
}

/// What stands under a number.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Sent {
    Mutation(Box<Mutation>),
    Skipped(Skipped),
}

impl Sent {
    pub(super) const fn seq(&self) -> u64 {
        match self {
            Self::Mutation(mutation) => mutation.seq,
            Self::Skipped(skipped) => skipped.seq,
        }
    }

    pub(super) fn numbered(mut self, seq: u64) -> Self {
        match &mut self {
            Self::Mutation(mutation) => mutation.seq = seq,
            Self::Skipped(skipped) => skipped.seq = seq,
        }
        self
    }

    pub(super) const fn mutation(&self) -> Option<&Mutation> {
        match self {
            Self::Mutation(mutation) => Some(mutation),
            Self::Skipped(_) => None,
        }
    }
}

impl Queue {
    /// The next number.
    pub(super) fn next(&self) -> u64 {
        self.waiting.last().map_or(self.acked, Sent::seq) + 1
    }

    /// What waits, as much as fits into one exchange.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut bytes = 0;
        let fits = |text: &String| {
            bytes += text.len();
            bytes <= BODY_BYTES
        };
        self.waiting.iter().take(100).map(text).take_while(fits).collect()
    }

    /// Takes note of how far the server has decided.
    fn settle(&mut self, acked: u64) {
        self.acked = self.acked.max(acked);
        let (settled, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|sent| sent.seq() <= acked);
        self.waiting = waiting;
        self.settled.extend::<Vec<_>>(settled);
    }

    /// Numbers anew from 1 what waits, and the last few that were settled: the store was rolled back by so much.
    fn rolled_back(&mut self, by: usize) {
        let kept = self.settled.len().saturating_sub(by);
        let again = self.settled.split_off(kept).into_iter().chain(std::mem::take(&mut self.waiting));
        self.waiting = again.zip(1..).map(|(sent, seq)| sent.numbered(seq)).collect();
        self.settled.clear();
        self.acked = 0;
    }
}

impl Till {
    pub(super) const fn queue(&self, shifts: bool) -> &Queue {
        if shifts { &self.shifts } else { &self.orders }
    }

    pub(super) const fn queue_mut(&mut self, shifts: bool) -> &mut Queue {
        if shifts { &mut self.shifts } else { &mut self.orders }
    }

    /// The text of a stamp; each is later than the one before, as long as the clock goes on.
    pub(super) fn stamp(&mut self, now_ms: i64) -> String {
        self.counter = self.counter.wrapping_add(1);
        format!("{:012x}-{:04x}-{}", now_ms + self.clock_error, self.counter, self.id)
    }

    /// The body of an exchange.
    pub(super) fn body(&self, cursor: Option<&str>, limit: u32, mutations: &[String]) -> String {
        let (incarnation, cursor) = (self.incarnation, serde_json::json!(cursor));
        let head = format!("{{\"protocol\":1,\"app_version\":\"1.4.0\",\"incarnation\":\"{incarnation}\"");
        // Some requests have a name, and are answered with it.
        let echo = if limit.is_multiple_of(2) { format!(",\"echo\":\"{incarnation}\"") } else { String::new() };
        format!("{head},\"cursor\":{cursor},\"limit\":{limit}{echo},\"mutations\":[{}]}}", mutations.join(","))
    }

    pub(super) fn remember(&mut self, path: &'static str, body: &str, dice: &mut Rng) {
        if self.bodies.len() >= BODIES_MAX {
            self.bodies.swap_remove(dice.usize(0..BODIES_MAX));
        }
        self.bodies.push((path, body.to_owned()));
    }

    /// Takes in a reply to what was asked in one of its streams.
    pub(super) fn hears(&mut self, reply: &ExchangeReply, stream: Option<bool>) {
        if let Some(shifts) = stream {
            self.queue_mut(shifts).settle(reply.acked_seq);
        }
        for entry in &reply.changes {
            let Some(record) = entry.record.as_ref().map(|record| record.get()) else { continue };
            match entry.collection {
                Collection::Orders => {
                    let order = Order::from_json(record).ok();
                    self.known.extend(order.map(|order| (order.order_id, order)));
                }
                Collection::Conflicts => {
                    let conflict = Conflict::from_json(record).ok();
                    self.conflicts.extend(conflict.map(|conflict| (entry.id.clone(), conflict)));
                }
                Collection::Grants => {
                    let sheet: Option<GrantSheet> = serde_json::from_str(record).ok();
                    let grants = sheet.into_iter().flat_map(|sheet| sheet.grants);
                    let named = grants.map(|grant| (grant.staff_id.to_string(), grant.grant_id.to_string()));
                    self.grants = named.collect();
                }
                Collection::Menu
                | Collection::Location
                | Collection::Shifts
                | Collection::Drawers
                | Collection::EightySix
                | Collection::Audit
                | Collection::Staff
                | Collection::Notices
                | Collection::Unknown => {}
            }
        }
        self.cursors.push(reply.cursor.clone());
        self.cursor = Some(reply.cursor.clone());
    }

    /// Begins a new life, with the numbers of its streams anew.
    pub(super) fn reborn(&mut self, incarnation: Incarnation, rolled_back_by: usize) {
        self.incarnation = incarnation;
        self.orders.rolled_back(rolled_back_by);
        self.shifts.rolled_back(rolled_back_by);
        // A store that was rolled back may hold one mutation twice.
        for queue in [&mut self.orders, &mut self.shifts] {
            let mut seen = BTreeSet::new();
            queue.waiting.retain(|sent| match sent {
                Sent::Mutation(mutation) => seen.insert(mutation.id),
                Sent::Skipped(skipped) => seen.insert(skipped.id),
            });
            let waiting = std::mem::take(&mut queue.waiting).into_iter().zip(1..);
            queue.waiting = waiting.map(|(sent, seq)| sent.numbered(seq)).collect();
        }
    }
}
