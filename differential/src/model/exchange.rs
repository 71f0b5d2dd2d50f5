//! One exchange: what is repeated is answered as before, what is new is decided, and what changed is read.

use std::collections::{BTreeMap, BTreeSet};

use domain::{DeviceId, Rejection, RejectionCode, Timestamp};
use protocol::{DeviceStatus, ErrorCode, ExchangeReply, Outcome, Verdict};

use super::batch::{Batch, Offer, What};
use super::effect::Table;
use super::page::{Cursor, Page};
use super::{Decided, Model, Refusal, StreamKey, answer, refuse};
use crate::asking::{Answer, Ask, Request};

/// A device of which so many bodies were set aside says nothing new.
const SET_ASIDE_MAX: usize = 1_000;

impl Model {
    pub(super) fn exchange(
        &mut self,
        ask: &Ask,
        request: &Request,
        stream: &'static str,
        device: &DeviceId,
    ) -> Result<Answer, Refusal> {
        let Some(caller) = self.devices.get(device).cloned() else { return refuse(ErrorCode::Internal) };
        let batch = Batch::of(request, stream, device, &caller.location_id)?;
        self.renew_grants(ask, device);
        let cursor = Cursor::read(batch.cursor.as_deref(), &caller.location_id)?;
        cursor.after(self.location(&caller.location_id)?)?;
        let key: StreamKey = (device.clone(), stream, batch.incarnation);
        let verdicts = match self.decide(ask.now, &batch, &key) {
            Err(refusal) if refusal.code == ErrorCode::SeqReuse => {
                self.put_aside(ask.now, &batch, &key);
                return Err(refusal);
            }
            decided => decided?,
        };
        let page = if caller.status == DeviceStatus::Suspended {
            // It may push, and it may not pull.
            let cursor = batch.cursor.clone().filter(|cursor| !cursor.is_empty());
            let start = self.location(&caller.location_id)?.cursor(&caller.location_id, 0);
            let cursor = cursor.unwrap_or(start);
            Page { changes: Vec::new(), cursor, has_more: false }
        } else {
            self.page(ask.now, device, &cursor, batch.limit, Some(&batch.incarnation))?
        };
        let acked_seq = self.streams.get(&key).map_or(0, |stream| stream.acked_seq);
        Ok(answer(200, &ExchangeReply { echo: batch.echo, ..reply(ask.now, acked_seq, verdicts, page) }))
    }

    pub(super) fn pull(&mut self, ask: &Ask, request: &Request, device: &DeviceId) -> Result<Answer, Refusal> {
        let limit = request.query("limit").map_or(Ok(500), str::parse);
        let incarnation = request.query("incarnation").map(str::parse).transpose();
        let (Ok(limit), Ok(incarnation)) = (limit, incarnation) else { return refuse(ErrorCode::InvalidRequest) };
        self.renew_grants(ask, device);
        let Some(caller) = self.devices.get(device) else { return refuse(ErrorCode::Internal) };
        if caller.status == DeviceStatus::Suspended {
            return refuse(ErrorCode::DeviceSuspended);
        }
        let cursor = Cursor::read(request.query("cursor"), &caller.location_id)?;
        let page = self.page(ask.now, device, &cursor, limit, incarnation.as_ref())?;
        let key = incarnation.map(|incarnation| (device.clone(), "orders", incarnation));
        let acked_seq = key.and_then(|key| self.streams.get(&key)).map_or(0, |stream| stream.acked_seq);
        Ok(answer(200, &reply(ask.now, acked_seq, Vec::new(), page)))
    }

    /// Decides a batch, and keeps what came of it; nothing of it where the batch is refused.
    fn decide(&mut self, now: Timestamp, batch: &Batch, key: &StreamKey) -> Result<Vec<Verdict>, Refusal> {
        let acked_seq = self.streams.get(key).map_or(0, |stream| stream.acked_seq);
        in_sequence(&batch.offers, acked_seq)?;
        let (mut ids, mut verdicts, mut fresh) = (BTreeSet::new(), Vec::new(), Vec::new());
        let Some(caller) = self.devices.get(&key.0) else { return refuse(ErrorCode::Internal) };
        let mut table = Table::new(self, caller, key, now);
        for offer in &batch.offers {
            if !ids.insert(offer.id) {
                return refuse(ErrorCode::SeqReuse);
            }
            if let Some(verdict) = self.earlier_verdict(offer, key)? {
                if offer.seq > acked_seq && matches!(verdict.outcome, Outcome::Applied { .. }) {
                    table.hold_again(offer);
                }
                verdicts.push(verdict);
            } else {
                let verdict = match &offer.what {
                    What::Mutation(offered) => table.decide(offer.id, offer.seq, offered),
                    What::Skipped(code) => skipped(offer, code),
                };
                fresh.push((offer, verdict.clone()));
                verdicts.push(verdict);
            }
        }
        let touched = table.touched;
        let last = batch.offers.last().map_or(0, |offer| offer.seq);
        if last > acked_seq {
            self.keep(now, batch, key, fresh, touched);
        }
        Ok(verdicts)
    }

    fn keep(
        &mut self,
        now: Timestamp,
        batch: &Batch,
        key: &StreamKey,
        fresh: Vec<(&Offer, Verdict)>,
        touched: BTreeMap<super::Key, super::record::Record>,
    ) {
        let Some(device) = self.devices.get_mut(&key.0) else { return };
        device.last_seen_at = Some(now);
        device.app_version.clone_from(&batch.app_version);
        let location_id = device.location_id.clone();
        if let Some(location) = self.locations.get_mut(&location_id) {
            location.write(touched);
        }
        let stream = self.streams.entry(key.clone()).or_default();
        stream.acked_seq = batch.offers.last().map_or(stream.acked_seq, |offer| offer.seq);
        for (offer, verdict) in fresh {
            stream.ids.insert(offer.seq, offer.id);
            let decided = Decided {
                location_id: location_id.clone(),
                stream: key.clone(),
                content: offer.content.clone(),
                text: offer.text.clone(),
                verdict,
                received_at: now,
            };
            self.ledger.insert(offer.id, decided);
        }
    }

    /// The verdict that was given before, where one was. Other content under a number or an id that is taken is the sign of a
    /// cloned device.
    fn earlier_verdict(&self, offer: &Offer, key: &StreamKey) -> Result<Option<Verdict>, Refusal> {
        let (device, stream_name, _) = key;
        let stream = self.streams.get(key);
        let (acked_seq, pruned_seq) = stream.map_or((0, 0), |stream| (stream.acked_seq, stream.pruned_seq));
        if stream.and_then(|stream| stream.ids.get(&offer.seq)).is_some_and(|id| *id != offer.id) {
            return refuse(ErrorCode::SeqReuse);
        }
        let Some(decided) = self.ledger.get(&offer.id) else {
            if offer.seq > acked_seq {
                return Ok(None);
            }
            if offer.seq > pruned_seq {
                return refuse(ErrorCode::SeqReuse);
            }
            let location = self.devices.get(device).and_then(|caller| self.locations.get(&caller.location_id));
            let record = location.and_then(|location| location.records.get(offer.key()?));
            let rev = record.map_or(0, |record| record.rev);
            return Ok(Some(verdict_of(offer, Outcome::Decided { rev }, true)));
        };
        let was_skipped = matches!(&decided.verdict.outcome, Outcome::Rejected { rejection }
            if rejection.code == RejectionCode::Skipped);
        let here = self.devices.get(device).is_some_and(|caller| caller.location_id == decided.location_id);
        let gives_up = matches!(&offer.what, What::Skipped(_));
        let same = decided.content == offer.content || was_skipped || gives_up;
        let renumbered = decided.stream == *key && decided.verdict.seq != offer.seq;
        let its_stream = decided.stream.1 == *stream_name;
        if !same || !here || !its_stream || renumbered || !offer.is_its_own_or_carried(device) {
            return refuse(ErrorCode::SeqReuse);
        }
        Ok(Some(Verdict { seq: offer.seq, replayed: true, ..decided.verdict.clone() }))
    }

    /// Keeps what came under a number or an id of something else, until there is enough of it.
    fn put_aside(&mut self, now: Timestamp, batch: &Batch, key: &StreamKey) {
        if let Some(device) = self.devices.get_mut(&key.0) {
            device.reused_at = Some(now);
        }
        self.notify(&key.0);
        if self.set_aside.iter().filter(|((device, _, _), _, _)| *device == key.0).count() >= SET_ASIDE_MAX {
            return;
        }
        for offer in &batch.offers {
            let known = self.ledger.get(&offer.id).is_some_and(|decided| decided.content == offer.content);
            if !known {
                self.set_aside.insert((key.clone(), offer.seq, offer.content.clone()));
            }
        }
    }
}

/// A batch goes on where the stream stands, or before, and has no holes.
fn in_sequence(offers: &[Offer], acked_seq: u64) -> Result<(), Refusal> {
    let first = offers.first().map_or(0, |offer| offer.seq).min(acked_seq + 1);
    match offers.iter().zip(first..).find(|(offer, expected)| offer.seq != *expected) {
        Some((_, expected)) => Err(Refusal { code: ErrorCode::SeqGap, expected: Some(expected) }),
        None => Ok(()),
    }
}

fn skipped(offer: &Offer, code: &str) -> Verdict {
    let message = format!("the device could not send it: {code}");
    let rejection = Rejection::new(RejectionCode::Skipped, "skipped", message);
    verdict_of(offer, Outcome::Rejected { rejection }, false)
}

const fn verdict_of(offer: &Offer, outcome: Outcome, replayed: bool) -> Verdict {
    Verdict { id: offer.id, seq: offer.seq, outcome, replayed, findings: Vec::new() }
}

fn reply(now: Timestamp, acked_seq: u64, verdicts: Vec<Verdict>, page: Page) -> ExchangeReply {
    let Page { changes, cursor, has_more } = page;
    let server_version = Some(env!("CARGO_PKG_VERSION").to_owned());
    ExchangeReply {
        protocol: 1,
        server_time: now,
        server_version,
        echo: None,
        acked_seq,
        verdicts,
        changes,
        cursor,
        has_more,
    }
}
