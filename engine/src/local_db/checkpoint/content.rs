//! What a chunk says of each thing, as it stands when the chunk is written.

use domain::{BusinessDate, OrderId};
use protocol::Collection;
use serde_json::value::RawValue;

use super::super::kept_records::{KeptRecord, Shelf};
use super::super::shifts::ShiftsChange;
use super::super::store_change::{READS, StoreChange};
use super::super::working_set::{ConfirmedRecord, WorkingSet};
use super::Item;

impl WorkingSet {
    /// What a chunk says of something, as it stands now. Nothing, where it is gone.
    pub(super) fn changes_of(&self, item: Item) -> Vec<StoreChange> {
        match item {
            Item::Session => {
                let started = self.session.as_ref().map(|session| StoreChange::SessionStarted {
                    enrolment: session.enrolment.clone(),
                    incarnation: session.incarnation,
                });
                let (cursor, versions) = (self.cursor.clone(), self.versions.clone());
                started.into_iter().chain([StoreChange::CursorMoved { cursor, reads: READS, versions }]).collect()
            }
            Item::Counters => vec![StoreChange::CountersReached {
                clock: self.clock,
                last_seq: self.queue.last_seq(),
                tickets: self.tickets.iter().map(|(date, counter)| (*date, *counter)).collect(),
                made: self.made_in_order.iter().filter_map(|id| Some((*id, self.made(*id)?))).collect(),
            }],
            Item::Menu => single(Collection::Menu, self.menu.latest.as_ref()),
            Item::Location => single(Collection::Location, self.location.latest.as_ref()),
            Item::Findings => self.findings.iter().cloned().map(StoreChange::FindingNoted).collect(),
            Item::Decisions => {
                let decisions = self.decisions.iter().cloned();
                decisions.map(|decision| StoreChange::DecisionQueued { decision }).collect()
            }
            Item::Discarded => {
                let discarded = self.discarded.iter().cloned();
                discarded.map(|discarded| StoreChange::ParkedDiscarded(Box::new(discarded))).collect()
            }
            Item::Kept(shelf) => self.kept_changes(shelf),
            Item::Parked(id) => {
                let parked = self.parked.iter().find(|parked| parked.mutation.id == id).cloned();
                let kept = parked.map(|parked| StoreChange::MutationKept {
                    mutation: parked.mutation,
                    stream: parked.stream,
                    code: parked.code,
                    message: parked.message,
                    field: parked.field,
                });
                kept.into_iter().collect()
            }
            Item::Queued(seq) => {
                let mutation = self.queue.get(seq).map(|queued| queued.mutation.clone());
                mutation.map(|mutation| StoreChange::MutationQueued { mutation }).into_iter().collect()
            }
            Item::Settled(seq) => {
                // An earlier chunk may say that it is in the queue, although its effect has arrived since.
                let rev = self.queue.get(seq).and_then(|queued| queued.settled).unwrap_or(0);
                vec![StoreChange::MutationSettled { seq, rev }]
            }
            Item::Skipped(seq) => {
                let code = self.queue.get(seq).and_then(|queued| queued.skipped.clone());
                code.map(|code| StoreChange::MutationSkipped { seq, code, message: None }).into_iter().collect()
            }
            Item::Shift(seq) => self.shift_changes(seq),
            Item::ShiftsReached => {
                let last_seq = self.shifts.last_seq();
                // An older version cannot read past it, and need not where nothing was ever made.
                let made = (last_seq > 0).then_some(StoreChange::Shifts(ShiftsChange::Reached { last_seq }));
                made.into_iter().collect()
            }
            Item::Dropped(seq) => vec![StoreChange::MutationDropped { seq }],
            Item::Order(id) => self.confirmed_change(id).into_iter().collect(),
            Item::Filed(id) => {
                let rev = self.confirmed.get(&id).map_or(u64::MAX, |confirmed| confirmed.rev);
                vec![StoreChange::RecordFiled { id, rev }]
            }
            Item::NewChunk | Item::Reseal(_) => Vec::new(),
        }
    }

    fn shift_changes(&self, seq: u64) -> Vec<StoreChange> {
        let Some(queued) = self.shifts.get(seq) else { return Vec::new() };
        let made = ShiftsChange::Queued { mutation: queued.mutation.clone() };
        let settled = queued.settled.map(|rev| ShiftsChange::Settled { seq, rev });
        let skipped = queued.skipped.clone().map(|code| ShiftsChange::Skipped { seq, code, message: None });
        [Some(made), settled, skipped].into_iter().flatten().map(StoreChange::Shifts).collect()
    }

    fn kept_changes(&self, shelf: Shelf) -> Vec<StoreChange> {
        let change = |(collection, id, kept): (Collection, &str, &KeptRecord)| StoreChange::RecordConfirmed {
            collection,
            id: id.to_owned(),
            rev: kept.rev,
            own_seq: 0,
            record: kept.record.clone(),
        };
        self.kept.on(shelf).map(change).collect()
    }

    fn confirmed_change(&self, id: OrderId) -> Option<StoreChange> {
        let confirmed = self.confirmed.get(&id)?;
        let record = match &confirmed.record {
            ConfirmedRecord::Order(order) => {
                Some(serde_json::to_string(order.as_ref()).ok().and_then(|text| RawValue::from_string(text).ok())?)
            }
            ConfirmedRecord::Unread(record) => Some(record.clone()),
            ConfirmedRecord::Tombstone => None,
        };
        let (rev, own_seq) = (confirmed.rev, confirmed.own_seq);
        Some(StoreChange::RecordConfirmed { collection: Collection::Orders, id: id.to_string(), rev, own_seq, record })
    }

    /// The business date of an order that is in memory.
    pub(in super::super) fn date_of(&self, id: OrderId) -> Option<BusinessDate> {
        let confirmed = self.confirmed.get(&id).and_then(|confirmed| confirmed.record.order());
        confirmed.or_else(|| self.visible.get(&id)).map(|order| order.business_date)
    }

    /// Forgets the finished orders of a day that is not kept any longer.
    pub(super) fn drop_day(&mut self, date: BusinessDate) {
        let of_day = self.confirmed.keys().filter(|id| self.date_of(**id) == Some(date) && !self.is_worked_on(**id));
        for id in of_day.copied().collect::<Vec<_>>() {
            self.confirmed.remove(&id);
            self.visible.remove(&id);
        }
        self.tickets.remove(&date);
    }
}

fn single(collection: Collection, latest: Option<&(String, u64, Box<RawValue>)>) -> Vec<StoreChange> {
    let change = latest.map(|(id, rev, record)| StoreChange::RecordConfirmed {
        collection,
        id: id.clone(),
        rev: *rev,
        own_seq: 0,
        record: Some(record.clone()),
    });
    change.into_iter().collect()
}
