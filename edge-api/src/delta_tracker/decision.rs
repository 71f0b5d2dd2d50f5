//! What becomes of each offered mutation: pure, from the offer and how things stand.
//!
//! A mutation that was decided before gets its first verdict again. A new one is final on first contact, so one that is
//! rejected or held holds up nothing behind it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Rejection, RejectionCode, Timestamp};
use protocol::{ErrorCode, MutationId, Outcome, Verdict};

use super::bench::Bench;
use super::cursor::Head;
use super::offer::{Offer, Offered, Offering};
use super::record::{RecordKey, StoredRecord};
use super::standing::Standing;
use super::stream::may_offer;
use crate::credential::DeviceCaller;
use crate::refusal::Refusal;

/// The whole exchange, decided.
#[derive(Debug)]
pub(crate) struct Decision {
    /// One for each offered mutation, in order.
    pub(crate) verdicts: Vec<Verdict>,
    /// The ids decided here and now; the others were decided before.
    pub(crate) fresh: BTreeSet<MutationId>,
    pub(crate) acked_seq: u64,
    /// The records that changed, conflicts among them.
    pub(crate) touched: BTreeMap<RecordKey, StoredRecord>,
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
    let mut bench = Bench::new(device, offer, standing, now);
    let mut verdicts = Vec::with_capacity(offer.mutations.len());
    let (mut fresh, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for offered in &offer.mutations {
        if !seen.insert(offered.id) {
            return Err(seq_reuse("one id stands under two sequence numbers"));
        }
        if let Some(verdict) = first_verdict(device, offer, standing, offered)? {
            let applied = matches!(verdict.outcome, Outcome::Applied { .. });
            if applied && offered.seq > standing.acked_seq {
                bench.carry_over(offered);
            }
            verdicts.push(verdict);
        } else {
            fresh.insert(offered.id);
            verdicts.push(match &offered.offering {
                Offering::Mutation(mutation) => bench.rule(offered, mutation),
                Offering::Skipped(code) => skipped(offered, code),
            });
        }
    }
    let last = offer.mutations.last().map_or(0, |offered| offered.seq);
    let acked_seq = standing.acked_seq.max(last);
    Ok(Decision { verdicts, fresh, acked_seq, touched: bench.touched })
}

/// A batch continues the stream: it starts at most one after the watermark and has no holes.
fn check_sequence(offer: &Offer, acked_seq: u64) -> Result<(), Refusal> {
    let Some(first) = offer.mutations.first() else { return Ok(()) };
    if first.seq > acked_seq + 1 {
        return Err(Refusal::seq_gap(acked_seq + 1));
    }
    for (expected, offered) in (first.seq..).zip(&offer.mutations) {
        if offered.seq != expected {
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
    if standing.by_seq.get(&offered.seq).is_some_and(|id| *id != offered.id) {
        return Err(seq_reuse("this sequence number belongs to another mutation"));
    }
    let Some(entry) = standing.by_id.get(&offered.id) else {
        return match offered.seq {
            seq if seq <= standing.pruned_seq => Ok(Some(long_decided(standing, offered))),
            seq if seq <= standing.acked_seq => Err(seq_reuse("this sequence number was decided for another mutation")),
            _ => Ok(None),
        };
    };
    let again = Verdict { seq: offered.seq, replayed: true, ..entry.verdict.clone() };
    // The mutation in whose place it stands may still arrive late, and was answered for all the same.
    let stands_for_it =
        matches!(&entry.verdict.outcome, Outcome::Rejected { rejection } if rejection.code == RejectionCode::Skipped);
    // And a device that gives a mutation up, because no answer came, may have been heard all the same.
    let gives_up = matches!(&offered.offering, Offering::Skipped(_));
    let same = entry.body_hash == offered.body_hash || stands_for_it || gives_up;
    // Which device delivered it first says nothing: another one may have carried it here from an export.
    let may = offered.mutation().is_none_or(|offered| may_offer(&offered.mutation, &device.device_id));
    if !same || entry.stream != offer.stream.as_str() || entry.location_id != device.location_id || !may {
        return Err(seq_reuse("this id belongs to another mutation"));
    }
    if entry.device_id == device.device_id && entry.incarnation == offer.incarnation && entry.seq != offered.seq {
        return Err(seq_reuse("this id was decided under another sequence number"));
    }
    Ok(Some(again))
}

/// The verdict of a mutation whose own verdict the ledger no longer holds.
fn long_decided(standing: &Standing, offered: &Offered) -> Verdict {
    let key = offered.mutation().and_then(|offered| offered.change.as_ref().ok()).map(|(_, key)| key);
    let rev = key.map_or(0, |key| standing.rev_of(key));
    Verdict {
        id: offered.id,
        seq: offered.seq,
        outcome: Outcome::Decided { rev },
        replayed: true,
        findings: Vec::new(),
    }
}

fn skipped(offered: &Offered, code: &str) -> Verdict {
    let message = format!("the device could not send it: {code}");
    let rejection = Rejection::new(RejectionCode::Skipped, "skipped", message);
    Verdict {
        id: offered.id,
        seq: offered.seq,
        outcome: Outcome::Rejected { rejection },
        replayed: false,
        findings: Vec::new(),
    }
}

fn seq_reuse(detail: &str) -> Refusal {
    Refusal::new(ErrorCode::SeqReuse, detail)
}
