//! The records while a batch is worked through: each change is judged, applied, and what was noticed becomes a conflict
//! where somebody is to decide.

use std::collections::BTreeMap;

use domain::{
    ChangeContext, Conflict, Finding, FindingCode, FindingWeight, Judgement, OrderId, Rejection, Stamp, Timestamp,
};
use protocol::{Collection, Outcome, Verdict};

use super::authority::judge;
use super::conflicts::Noticed;
use super::offer::{Offer, Offered, OfferedMutation, source};
use super::record::{Content, RecordKey, StoredRecord, too_large};
use super::standing::Standing;
use crate::credential::DeviceCaller;

/// A stamp this far ahead of the server's clock, in milliseconds, is taken as it is.
const CLOCK_AHEAD_MILLIS_MAX: i64 = 60_000;
/// Bytes of one stored record. An order of 300 lines with 20 modifiers each stays below.
pub(crate) const RECORD_BYTES_MAX: usize = 1 << 20;
/// What one change adds to a record besides its own bytes: field names, who, when and the stamp.
const CHANGE_OVERHEAD_BYTES: usize = 1_024;
/// Sentences in verdicts are cut here: they may quote long names, and they are for reading.
const MESSAGE_BYTES_MAX: usize = 1_024;

/// The records while a batch is worked through.
pub(super) struct Bench<'a> {
    now: Timestamp,
    device: &'a DeviceCaller,
    source: String,
    standing: &'a Standing,
    pub(super) touched: BTreeMap<RecordKey, StoredRecord>,
    opened: BTreeMap<OrderId, String>,
}

/// What became of one change.
enum Ruling {
    Applied { rev: u64 },
    Held { reason: String },
}

impl<'a> Bench<'a> {
    pub(super) fn new(device: &'a DeviceCaller, offer: &Offer, standing: &'a Standing, now: Timestamp) -> Self {
        let source = source(device, &offer.incarnation);
        Self { now, device, source, standing, touched: BTreeMap::new(), opened: BTreeMap::new() }
    }

    /// Rules on a mutation that was not decided before.
    pub(super) fn rule(&mut self, offered: &Offered, body: &OfferedMutation) -> Verdict {
        let mut findings = Vec::new();
        let outcome = match self.take_effect(offered, body, &mut findings) {
            Ok(Ruling::Applied { rev }) => Outcome::Applied { rev },
            Ok(Ruling::Held { reason }) => Outcome::Held { reason },
            Err(rejection) => Outcome::Rejected { rejection: readable(rejection) },
        };
        for finding in &mut findings {
            cut(&mut finding.message);
        }
        Verdict { id: offered.id, seq: offered.seq, outcome, replayed: false, findings }
    }

    /// A mutation that took effect under an older incarnation is offered again: the record already holds it. A new version
    /// that says so for the new stream too lets the device stop showing the mutation on top.
    pub(super) fn carry_over(&mut self, offered: &Offered) {
        let change = offered.mutation().and_then(|offered| offered.change.as_ref().ok());
        if let Some((_, key)) = change {
            let stored = self.stored(key);
            self.put(key, offered.seq, stored);
        }
    }

    fn take_effect(
        &mut self,
        offered: &Offered,
        body: &OfferedMutation,
        findings: &mut Vec<Finding>,
    ) -> Result<Ruling, Rejection> {
        let mutation = &body.mutation;
        let (change, key) = body.change.as_ref().map_err(Clone::clone)?;
        let stamp = self.trusted_stamp(offered.seq, &mutation.stamp, findings);
        let mut stored = self.stored(key);
        let noticed = Noticed { body, key, stamp: &stamp, device: self.device, now: self.now };
        match judge(&self.standing.tenant, self.device, body, change, stored.order(), self.now) {
            Judgement::Allowed => {}
            Judgement::AllowedFlagged(finding) => findings.push(finding),
            Judgement::Refused(rejection) => return Err(rejection),
            Judgement::Held(mut finding) => {
                let reason = finding.message.clone();
                let conflict = noticed.held(&mut finding);
                self.keep(conflict);
                findings.push(finding);
                return Ok(Ruling::Held { reason });
            }
        }
        let context = ChangeContext::new(&stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        let before = stored.order().cloned();
        let order_id = mutation.order_id();
        findings.extend(stored.take(change, order_id, &self.device.location_id, context)?);
        stored.record_bytes = bytes_at_most(&stored, mutation.change.get().len())?;
        self.note_ticket(order_id, body, findings);
        for (position, finding) in findings.iter_mut().enumerate() {
            if finding.code.weight() == FindingWeight::Review {
                let Some(mut conflict) = noticed.conflict(position, finding, before.as_ref()) else { continue };
                let rule = self.standing.tenant.policy.conflict_rules.rule_for(&conflict);
                noticed.decide_by_rule(&mut conflict, rule, &mut stored);
                self.keep(Some(conflict));
            }
        }
        Ok(Ruling::Applied { rev: self.put(key, offered.seq, stored) })
    }

    /// The mutation's stamp, or where the device's clock is far ahead one at the server's time.
    fn trusted_stamp(&self, seq: u64, stamp: &Stamp, findings: &mut Vec<Finding>) -> Stamp {
        if stamp.moment().since(self.now) <= CLOCK_AHEAD_MILLIS_MAX {
            return stamp.clone();
        }
        let Some(clamped) = stamp.clamped_to(self.now, seq) else { return stamp.clone() };
        let message = format!("the device's clock shows {}, the server's {}", stamp.moment(), self.now);
        findings.push(Finding::new(FindingCode::ClockAhead, message));
        clamped
    }

    /// The record as it stands within this batch.
    fn stored(&self, key: &RecordKey) -> StoredRecord {
        let before = self.touched.get(key).or_else(|| self.standing.records.get(key));
        before.cloned().unwrap_or_default()
    }

    /// Keeps the record as its next version and returns that version.
    fn put(&mut self, key: &RecordKey, seq: u64, mut stored: StoredRecord) -> u64 {
        stored.rev += 1;
        stored.sources.insert(self.source.clone(), seq);
        let rev = stored.rev;
        self.touched.insert(key.clone(), stored);
        rev
    }

    /// Keeps a new conflict.
    fn keep(&mut self, conflict: Option<Conflict>) {
        let Some(conflict) = conflict else { return };
        let key = RecordKey::new(Collection::Conflicts, conflict.id);
        let content = Some(Content::Conflict(Box::new(conflict)));
        self.touched.insert(key, StoredRecord { content, rev: 1, ..StoredRecord::default() });
    }

    /// Ticket numbers are labels: a second order under one is accepted and flagged.
    fn note_ticket(&mut self, order_id: OrderId, body: &OfferedMutation, findings: &mut Vec<Finding>) {
        let Some(key) = body.ticket_key() else { return };
        let stored = self.standing.tickets.get(&key).into_iter().flatten();
        let here = self.opened.iter().filter(|(_, opened)| **opened == key).map(|(order_id, _)| order_id);
        if let Some(other) = stored.chain(here).find(|other| **other != order_id) {
            let message = format!("the ticket number is already that of order {other}");
            findings.push(Finding::new(FindingCode::TicketNoReused, message));
        }
        self.opened.insert(order_id, key);
    }
}

/// An upper bound of the record's bytes after a change; exact where the bound alone would refuse it.
fn bytes_at_most(stored: &StoredRecord, change_bytes: usize) -> Result<usize, Rejection> {
    let bound = stored.record_bytes.saturating_add(change_bytes).saturating_add(CHANGE_OVERHEAD_BYTES);
    if bound <= RECORD_BYTES_MAX {
        return Ok(bound);
    }
    let bytes = serde_json::to_vec(&stored.content).map_or(usize::MAX, |record| record.len());
    if bytes <= RECORD_BYTES_MAX { Ok(bytes) } else { Err(too_large(RECORD_BYTES_MAX)) }
}

fn readable(mut rejection: Rejection) -> Rejection {
    cut(&mut rejection.message);
    rejection
}

fn cut(message: &mut String) {
    message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
}
