//! What a new mutation does to the record it is about.

use std::collections::BTreeMap;

use domain::{
    AuditHead, ChangeContext, DrawerSession, EightySix, Finding, FindingCode, FindingWeight, Judgement, LocationId,
    MutationId, OrderId, Rejection, ShiftLog, StaffChange, Stamp, Timestamp, apply,
};
use protocol::{Mutation, Outcome, Verdict};

use super::batch::{Change, Offer, Offered};
use super::conflicts::Occasion;
use super::record::{Content, Record};
use super::{Device, Key, Model, StreamKey};

/// A clock may be so far ahead of the server's, in milliseconds.
const AHEAD_MILLIS_MAX: i64 = 60_000;
const SENTENCE_BYTES_MAX: usize = 1_024;

/// The records that a batch works on: as they stand, and as they become.
pub(super) struct Table<'a> {
    pub(super) model: &'a Model,
    pub(super) caller: &'a Device,
    pub(super) now: Timestamp,
    source: String,
    pub(super) touched: BTreeMap<Key, Record>,
    /// The tickets that this batch opened.
    opened: BTreeMap<OrderId, String>,
}

impl<'a> Table<'a> {
    pub(super) fn new(model: &'a Model, caller: &'a Device, key: &StreamKey, now: Timestamp) -> Self {
        let source = format!("{}/{}", key.0, key.2);
        Self { model, caller, now, source, touched: BTreeMap::new(), opened: BTreeMap::new() }
    }

    /// The verdict on a new mutation.
    pub(super) fn decide(&mut self, id: MutationId, seq: u64, offered: &Offered) -> Verdict {
        let mut findings = Vec::new();
        let mut outcome =
            self.effect(seq, offered, &mut findings).unwrap_or_else(|rejection| Outcome::Rejected { rejection });
        if let Outcome::Rejected { rejection } = &mut outcome {
            shorten(&mut rejection.message);
        }
        findings.iter_mut().for_each(|finding| shorten(&mut finding.message));
        Verdict { id, seq, outcome, replayed: false, findings }
    }

    /// A mutation that the record holds already came again in another life of the device: a new version says that it is part
    /// of the new stream too.
    pub(super) fn hold_again(&mut self, offer: &Offer) {
        if let Some(key) = offer.key() {
            let record = self.record(key);
            self.next_version(key, offer.seq, record);
        }
    }

    fn effect(&mut self, seq: u64, offered: &Offered, findings: &mut Vec<Finding>) -> Result<Outcome, Rejection> {
        let Offered { mutation, change, .. } = offered;
        let (change, key) = change.as_ref().map_err(Clone::clone)?;
        let stamp = self.stamp(seq, mutation, findings);
        let mut record = self.record(key);
        let occasion = Occasion { mutation, change, key, stamp: &stamp, caller: self.caller, now: self.now };
        match self.model.judge(self.caller, self.now, offered, change, record.order()) {
            Judgement::Allowed => {}
            Judgement::AllowedFlagged(finding) => findings.push(finding),
            Judgement::Refused(rejection) => return Err(rejection),
            Judgement::Held(mut finding) => {
                let reason = finding.message.clone();
                let conflict = occasion.held(&mut finding);
                self.touched.insert(conflict.0, conflict.1);
                findings.push(finding);
                return Ok(Outcome::Held { reason });
            }
        }
        let before = record.order().cloned();
        let location = &self.caller.location_id;
        findings.extend(take(&mut record, change, mutation, &stamp, location)?);
        findings.extend(self.ticket_taken(change, &record));
        for (position, finding) in findings.iter_mut().enumerate() {
            if finding.code.weight() == FindingWeight::Review {
                let mut conflict = occasion.noticed(position, finding, before.as_ref());
                let rule = self.model.policy.conflict_rules.rule_for(&conflict);
                occasion.decide_by_rule(&mut conflict, rule, &mut record);
                let (key, conflict) = super::conflicts::recorded(conflict);
                self.touched.insert(key, conflict);
            }
        }
        Ok(Outcome::Applied { rev: self.next_version(key, seq, record) })
    }

    /// The mutation's stamp, or one at the server's time where the device's clock is far ahead.
    fn stamp(&self, seq: u64, mutation: &Mutation, findings: &mut Vec<Finding>) -> Stamp {
        let (stamp, moment) = (&mutation.stamp, mutation.stamp.moment());
        if moment.millis() - self.now.millis() <= AHEAD_MILLIS_MAX {
            return stamp.clone();
        }
        let message = format!("the device's clock shows {moment}, the server's {}", self.now);
        findings.push(Finding::new(FindingCode::ClockAhead, message));
        let text = format!("{:012x}-{:04x}-{}", self.now.millis(), seq % 65_536, stamp.device());
        text.parse().unwrap_or_else(|_| stamp.clone())
    }

    fn record(&self, key: &Key) -> Record {
        let stored = || self.model.locations.get(&self.caller.location_id)?.records.get(key);
        self.touched.get(key).or_else(stored).cloned().unwrap_or_default()
    }

    fn next_version(&mut self, key: &Key, seq: u64, mut record: Record) -> u64 {
        record.rev += 1;
        record.sources.insert(self.source.clone(), seq);
        let rev = record.rev;
        self.touched.insert(key.clone(), record);
        rev
    }

    /// A ticket number is a label: a second order may bear it, and somebody is told. The other order that is named is the
    /// first by id of those that stand, or else of those that the batch opened.
    fn ticket_taken(&mut self, change: &Change, record: &Record) -> Option<Finding> {
        let Change::Order(domain::OrderChange::Open(_)) = change else { return None };
        let (ticket, order_id) = record.ticket()?;
        let location = self.model.locations.get(&self.caller.location_id)?;
        let standing = location.tickets.get(&ticket).into_iter().flatten();
        let opened = self.opened.iter().filter(|(_, opened)| **opened == ticket).map(|(order_id, _)| order_id);
        let other = standing.chain(opened).find(|other| **other != order_id).copied();
        self.opened.insert(order_id, ticket);
        let message = format!("the ticket number is already that of order {}", other?);
        Some(Finding::new(FindingCode::TicketNoReused, message))
    }
}

/// Applies a change to its record, as the domain says.
pub(super) fn take(
    record: &mut Record,
    change: &Change,
    mutation: &Mutation,
    stamp: &Stamp,
    location: &LocationId,
) -> Result<Vec<Finding>, Rejection> {
    let context = ChangeContext::new(stamp, &mutation.actor.staff_id, mutation.recorded.wall);
    match change {
        Change::Order(change) => {
            let mut order = record.order().cloned();
            let findings = apply(&mut order, mutation.order_id(), change, context)?;
            record.content = order.map_or(Content::Nothing, |order| Content::Order(Box::new(order)));
            Ok(findings)
        }
        Change::Staff(StaffChange::Punch(punch)) => {
            let first = || ShiftLog::new(punch.staff_id.clone(), location.clone(), punch.filed_under());
            let mut log = if let Content::Shifts(log) = &record.content { log.clone() } else { first() };
            let findings = log.apply(&punch.event, context)?;
            record.content = Content::Shifts(log);
            Ok(findings)
        }
        Change::Staff(StaffChange::Drawer(of)) => {
            let first = || DrawerSession::new(of.session_id, of.event.drawer().clone());
            let mut session = if let Content::Drawer(session) = &record.content { session.clone() } else { first() };
            let findings = session.apply(&of.event, context)?;
            record.content = Content::Drawer(session);
            Ok(findings)
        }
        Change::Staff(StaffChange::EightySix(change)) => {
            let mut list = EightySix::default();
            if let Content::EightySix(known) = &record.content {
                list.clone_from(known);
            }
            list.apply(change, context)?;
            record.content = Content::EightySix(list);
            Ok(Vec::new())
        }
        Change::Staff(StaffChange::Audit(audited)) => {
            let entry = &audited.entry;
            let head = if let Content::Audit(head) = record.content { head } else { AuditHead::START };
            let (head, findings) = match head.follow(stamp.device(), [entry]) {
                Ok(head) => (head, Vec::new()),
                // It was followed before.
                Err(_) if entry.number <= head.number => (head, Vec::new()),
                Err(broken) => (AuditHead { number: entry.number, hash: entry.hash }, vec![broken]),
            };
            record.content = Content::Audit(head);
            Ok(findings)
        }
    }
}

fn shorten(sentence: &mut String) {
    let mut bytes = SENTENCE_BYTES_MAX.min(sentence.len());
    while !sentence.is_char_boundary(bytes) {
        bytes -= 1;
    }
    sentence.truncate(bytes);
}
