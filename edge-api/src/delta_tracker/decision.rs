//! What becomes of each offered mutation: pure, from the offer and how things stand.
//!
//! A mutation that was decided before gets its first verdict again. A new one is final on first contact: applied with what
//! was noticed, or rejected with the law it breaks, and one that is rejected holds up nothing behind it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ChangeContext, Finding, FindingCode, OrderId, Rejection, RejectionCode, Timestamp, apply};
use protocol::{ErrorCode, MutationId, Outcome, Verdict};

use super::cursor::Head;
use super::offer::{ORDERS_STREAM, Offer, Offered, may_offer};
use super::standing::{Standing, StoredOrder};
use crate::credential::DeviceCaller;
use crate::refusal::Refusal;

/// A stamp this far ahead of the server's clock, in milliseconds, is taken as it is.
const CLOCK_AHEAD_MILLIS_MAX: i64 = 60_000;
/// Bytes of one stored order. An order of 300 lines with 20 modifiers each stays below.
pub(crate) const RECORD_BYTES_MAX: usize = 1 << 20;
/// What one change adds to a record besides its own bytes: field names, who, when and the stamp.
const CHANGE_OVERHEAD_BYTES: usize = 1_024;
/// Sentences in verdicts are cut here: they may quote long names, and they are for reading.
const MESSAGE_BYTES_MAX: usize = 1_024;

/// The whole exchange, decided.
#[derive(Debug)]
pub(crate) struct Decision {
    /// One for each offered mutation, in order.
    pub(crate) verdicts: Vec<Verdict>,
    /// The ids decided here and now; the others were decided before.
    pub(crate) fresh: BTreeSet<MutationId>,
    pub(crate) acked_seq: u64,
    /// The orders that changed.
    pub(crate) touched: BTreeMap<OrderId, StoredOrder>,
}

impl Decision {
    /// Where the location's change sequence stands once this is written.
    pub(crate) fn head_after(&self, before: &Head) -> u64 {
        let changed = u64::try_from(self.touched.len()).unwrap_or(u64::MAX);
        before.seq.saturating_add(changed)
    }
}

/// Decides an exchange.
pub(crate) fn decide(
    device: &DeviceCaller,
    offer: &Offer,
    standing: &Standing,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    check_sequence(offer, standing.acked_seq)?;
    let mut bench = Bench {
        now,
        source: Offered::source(&device.device_id, &offer.incarnation),
        standing,
        touched: BTreeMap::new(),
        opened: BTreeMap::new(),
    };
    let mut verdicts = Vec::with_capacity(offer.mutations.len());
    let (mut fresh, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for offered in &offer.mutations {
        if !seen.insert(offered.mutation.id) {
            return Err(seq_reuse("one id stands under two sequence numbers"));
        }
        verdicts.push(match first_verdict(device, offer, standing, offered)? {
            Some(verdict) => {
                let applied = matches!(verdict.outcome, Outcome::Applied { .. });
                if applied && offered.mutation.seq > standing.acked_seq {
                    bench.carry_over(offered);
                }
                verdict
            }
            None => {
                fresh.insert(offered.mutation.id);
                bench.rule(offered)
            }
        });
    }
    let last = offer.mutations.last().map_or(0, |offered| offered.mutation.seq);
    let acked_seq = standing.acked_seq.max(last);
    Ok(Decision { verdicts, fresh, acked_seq, touched: bench.touched })
}

/// A batch continues the stream: it starts at most one after the watermark and has no holes.
fn check_sequence(offer: &Offer, acked_seq: u64) -> Result<(), Refusal> {
    let Some(first) = offer.mutations.first() else { return Ok(()) };
    if first.mutation.seq > acked_seq + 1 {
        return Err(Refusal::seq_gap(acked_seq + 1));
    }
    for (expected, offered) in (first.mutation.seq..).zip(&offer.mutations) {
        if offered.mutation.seq != expected {
            return Err(Refusal::seq_gap(expected));
        }
    }
    Ok(())
}

/// The verdict given before, if there is one. A number or an id that comes again with other content is the sign of a
/// cloned or rolled-back device.
fn first_verdict(
    device: &DeviceCaller,
    offer: &Offer,
    standing: &Standing,
    offered: &Offered,
) -> Result<Option<Verdict>, Refusal> {
    let mutation = &offered.mutation;
    if standing.by_seq.get(&mutation.seq).is_some_and(|id| *id != mutation.id) {
        return Err(seq_reuse("this sequence number belongs to another mutation"));
    }
    let Some(entry) = standing.by_id.get(&mutation.id) else {
        let decided = mutation.seq <= standing.acked_seq;
        let reuse = || seq_reuse("this sequence number was decided for another mutation");
        return if decided { Err(reuse()) } else { Ok(None) };
    };
    // Which device delivered it first says nothing: another one may have carried it here from an export.
    let same = entry.body_hash == offered.body_hash && entry.stream == ORDERS_STREAM;
    if !same || entry.location_id != device.location_id || !may_offer(mutation, &device.device_id) {
        return Err(seq_reuse("this id belongs to another mutation"));
    }
    if entry.device_id == device.device_id && entry.incarnation == offer.incarnation && entry.seq != mutation.seq {
        return Err(seq_reuse("this id was decided under another sequence number"));
    }
    Ok(Some(Verdict { seq: mutation.seq, replayed: true, ..entry.verdict.clone() }))
}

fn seq_reuse(detail: &str) -> Refusal {
    Refusal::new(ErrorCode::SeqReuse, detail)
}

/// The orders while the batch is worked through.
struct Bench<'a> {
    now: Timestamp,
    source: String,
    standing: &'a Standing,
    touched: BTreeMap<OrderId, StoredOrder>,
    opened: BTreeMap<OrderId, String>,
}

impl Bench<'_> {
    fn rule(&mut self, offered: &Offered) -> Verdict {
        let mut findings = Vec::new();
        let outcome = match self.take_effect(offered, &mut findings) {
            Ok(rev) => Outcome::Applied { rev },
            Err(rejection) => Outcome::Rejected { rejection: readable(rejection) },
        };
        for finding in &mut findings {
            cut(&mut finding.message);
        }
        Verdict { id: offered.mutation.id, seq: offered.mutation.seq, outcome, replayed: false, findings }
    }

    /// Applies the change to the order and returns the order's new version.
    fn take_effect(&mut self, offered: &Offered, findings: &mut Vec<Finding>) -> Result<u64, Rejection> {
        let mutation = &offered.mutation;
        let change = offered.change.as_ref().map_err(Clone::clone)?;
        let mut stamp = mutation.stamp.clone();
        if stamp.moment().since(self.now) > CLOCK_AHEAD_MILLIS_MAX
            && let Some(clamped) = stamp.clamped_to(self.now, mutation.seq)
        {
            let message = format!("the device's clock shows {}, the server's {}", stamp.moment(), self.now);
            findings.push(Finding::new(FindingCode::ClockAhead, message));
            stamp = clamped;
        }
        let context = ChangeContext::new(&stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        let mut stored = self.stored(mutation.record_id);
        findings.extend(apply(&mut stored.order, mutation.record_id, change, context)?);
        stored.record_bytes = bytes_at_most(&stored, mutation.change.get().len())?;
        self.note_ticket(offered, findings);
        Ok(self.put(offered, stored))
    }

    /// A mutation that took effect under an older incarnation is offered again: the order already holds it. A new version
    /// that says so for the new stream too lets the device stop showing the mutation on top.
    fn carry_over(&mut self, offered: &Offered) {
        let stored = self.stored(offered.mutation.record_id);
        self.put(offered, stored);
    }

    /// The order as it stands within this batch.
    fn stored(&self, order_id: OrderId) -> StoredOrder {
        let before = self.touched.get(&order_id).or_else(|| self.standing.orders.get(&order_id));
        before.cloned().unwrap_or_default()
    }

    /// Keeps the order as its next version and returns that version.
    fn put(&mut self, offered: &Offered, mut stored: StoredOrder) -> u64 {
        stored.rev += 1;
        stored.sources.insert(self.source.clone(), offered.mutation.seq);
        let rev = stored.rev;
        self.touched.insert(offered.mutation.record_id, stored);
        rev
    }

    /// Ticket numbers are labels: a second order under one is accepted and flagged.
    fn note_ticket(&mut self, offered: &Offered, findings: &mut Vec<Finding>) {
        let (Some(key), record_id) = (offered.ticket_key(), offered.mutation.record_id) else { return };
        let stored = self.standing.tickets.get(&key).into_iter().flatten();
        let here = self.opened.iter().filter(|(_, opened)| **opened == key).map(|(order_id, _)| order_id);
        if let Some(other) = stored.chain(here).find(|order_id| **order_id != record_id) {
            let message = format!("the ticket number is already that of order {other}");
            findings.push(Finding::new(FindingCode::TicketNoReused, message));
        }
        self.opened.insert(record_id, key);
    }
}

/// An upper bound of the record's bytes after a change; exact where the bound alone would refuse it.
fn bytes_at_most(stored: &StoredOrder, change_bytes: usize) -> Result<usize, Rejection> {
    let bound = stored.record_bytes.saturating_add(change_bytes).saturating_add(CHANGE_OVERHEAD_BYTES);
    if bound <= RECORD_BYTES_MAX {
        return Ok(bound);
    }
    let bytes = serde_json::to_vec(&stored.order).map_or(usize::MAX, |record| record.len());
    if bytes <= RECORD_BYTES_MAX {
        return Ok(bytes);
    }
    let message = format!("an order may have at most {RECORD_BYTES_MAX} bytes");
    Err(Rejection::new(RejectionCode::LimitExceeded, "change", message))
}

fn readable(mut rejection: Rejection) -> Rejection {
    cut(&mut rejection.message);
    rejection
}

fn cut(message: &mut String) {
    message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
}
