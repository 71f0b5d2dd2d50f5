//! The store in memory: what is pending, what is confirmed, and what the person therefore sees.
//!
//! Memory changes only from what is durable, and replaying a checkpoint with its journal runs the same code as applying a
//! fresh commit. The view is a fold: `visible = confirmed + pending mutations in order`; confirming a record replaces
//! *confirmed* and never touches *pending*.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use domain::{
    BusinessDate, ChangeContext, HybridClock, Menu, MutationId, Order, OrderChange, OrderId, Record, RejectionCode,
    StaffChange,
};
use domain::{TicketNo, apply};
use protocol::{Collection, ErrorCode, Incarnation, LocationSettings};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::decisions::Decision;
use super::kept_records::{KeptRecords, Shelf, shelf_of};
use super::shifts::ShiftsKey;
use super::store_change::{Discarded, NotedFinding, READS, StoreChange, Versions};
use super::unwritten::Unwritten;
use crate::command::Enrolment;
use crate::exchange::Stream;
use crate::mutation_queue::{MutationQueue, QueuedMutation};

/// Findings kept for the screen; older ones stay on the server.
const FINDINGS_MAX: usize = 200;
/// Mutations remembered after they have left the queue: a command given twice is one of the last few.
const MADE_MAX: usize = 512;

/// The store in memory.
#[derive(Debug, Default)]
pub(crate) struct WorkingSet {
    pub(super) session: Option<Session>,
    pub(super) cursor: Option<String>,
    pub(super) versions: Option<Versions>,
    pub(super) clock: HybridClock,
    pub(super) queue: MutationQueue,
    pub(super) shifts: MutationQueue<StaffChange>,
    pub(super) confirmed: BTreeMap<OrderId, ConfirmedOrder>,
    pub(super) visible: BTreeMap<OrderId, Order>,
    pub(super) tickets: BTreeMap<BusinessDate, u32>,
    pub(super) menu: SingleRecord<Menu>,
    pub(super) location: SingleRecord<LocationSettings>,
    pub(super) parked: Vec<ParkedMutation>,
    pub(super) discarded: Vec<Discarded>,
    pub(super) findings: Vec<NotedFinding>,
    pub(super) kept: KeptRecords,
    pub(super) decisions: Vec<Decision>,
    pub(super) made: BTreeMap<MutationId, OrderId>,
    /// The same ids in the order they were made: which one is forgotten next.
    pub(super) made_in_order: VecDeque<MutationId>,
    /// Changes of mutations that are about to be taken over, by `seq`, where they are at hand already.
    pub(super) read: BTreeMap<u64, OrderChange>,
    /// What the checkpoint on disk does not say yet.
    pub(super) unwritten: Unwritten,
}

/// Whose store it is.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) enrolment: Enrolment,
    pub(crate) incarnation: Incarnation,
}

/// An order as the server has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConfirmedOrder {
    pub(crate) rev: u64,
    pub(crate) own_seq: u64,
    pub(crate) record: ConfirmedRecord,
}

/// What the server says of one record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Option<Box<RawValue>>", from = "Option<Box<RawValue>>")]
pub(crate) enum ConfirmedRecord {
    /// It is there.
    Order(Arc<Order>),
    /// It is there in a form that only a newer version reads.
    Unread(Box<RawValue>),
    /// It was deleted.
    Tombstone,
}

impl ConfirmedRecord {
    pub(super) fn read(record: Option<Box<RawValue>>) -> Self {
        let Some(record) = record else { return Self::Tombstone };
        Order::from_json(record.get()).map_or(Self::Unread(record), |order| Self::Order(Arc::new(order)))
    }

    pub(crate) fn order(&self) -> Option<&Order> {
        match self {
            Self::Order(order) => Some(order),
            Self::Unread(_) | Self::Tombstone => None,
        }
    }
}

/// A record of which there is one, kept as it came: a form that only a newer version reads outlives this one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SingleRecord<T> {
    pub(super) latest: Option<(String, u64, Box<RawValue>)>,
    readable: Option<T>,
}

impl<T> Default for SingleRecord<T> {
    fn default() -> Self {
        Self { latest: None, readable: None }
    }
}

impl<T> SingleRecord<T> {
    /// The newest version that could be read.
    pub(crate) const fn get(&self) -> Option<&T> {
        self.readable.as_ref()
    }

    /// Replaces the record where the new one is newer. Tells whether what can be read is another one now.
    fn confirm(
        &mut self,
        id: String,
        rev: u64,
        record: Option<Box<RawValue>>,
        read: impl Fn(&str) -> Option<T>,
    ) -> bool {
        let Some(record) = record.filter(|_| self.latest.as_ref().is_none_or(|(_, known, _)| *known < rev)) else {
            return false;
        };
        let readable = read(record.get());
        self.latest = Some((id, rev, record));
        let changed = readable.is_some();
        if changed {
            self.readable = readable;
        }
        changed
    }
}

/// A refused mutation, kept whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ParkedMutation {
    pub(crate) mutation: protocol::Mutation,
    pub(crate) stream: Stream,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) field: Option<String>,
}

impl ParkedMutation {
    /// The code of one about which a conflict was made.
    pub(crate) const CONFLICT: &str = "CONFLICT";
    /// The code of one that waits for somebody who may allow it.
    pub(crate) const HELD: &str = "HELD";

    /// Whether another version of the server or of the app may take it: its form was not understood, or no request passed with it.
    pub(crate) fn awaits_version(&self) -> bool {
        let forms = [RejectionCode::ChangeUnknown, RejectionCode::ChangeInvalid].map(RejectionCode::as_str);
        let requests = [ErrorCode::MalformedBody, ErrorCode::InvalidRequest, ErrorCode::BodyTooLarge];
        forms.contains(&self.code.as_str()) || requests.iter().any(|code| code.as_str() == self.code)
    }

    /// Whether somebody has to decide about it on the server.
    pub(crate) fn awaits_decision(&self) -> bool {
        [Self::CONFLICT, Self::HELD].contains(&self.code.as_str())
    }
}

/// What a batch of changes made look different.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) orders: BTreeSet<OrderId>,
    pub(crate) menu: bool,
    pub(crate) conflicts: bool,
    pub(crate) shifts: bool,
}

impl WorkingSet {
    /// Takes over one change that is durable. The orders it touches are folded anew by the caller, once for many changes.
    pub(super) fn apply_change(&mut self, change: StoreChange, touched: &mut Touched) {
        match change {
            StoreChange::SessionStarted { enrolment, incarnation } => {
                self.session = Some(Session { enrolment, incarnation });
                self.note_known_tickets();
            }
            StoreChange::StreamRestarted { incarnation, queue, shifts } => {
                self.restart_stream(incarnation, queue.as_deref(), touched);
                self.shifts.renumber(shifts.as_deref());
                self.unwritten.staff_logs = true;
            }
            StoreChange::Shifts(change) => self.apply_shifts(change, touched),
            StoreChange::MutationQueued { mutation } => self.queue_mutation(mutation, touched),
            StoreChange::MutationSettled { seq, rev } => self.settle(seq, rev, touched),
            StoreChange::MutationParked { seq, code, message, field } => {
                if let Some(queued) = self.take_out(seq, touched) {
                    let stream = Stream::Orders;
                    self.keep(ParkedMutation { mutation: queued.mutation, stream, code, message, field });
                }
            }
            StoreChange::MutationSkipped { seq, code, message } => self.skip(seq, code, message, touched),
            StoreChange::ParkedRemoved { mutation_id } => {
                self.parked.retain(|parked| parked.mutation.id != mutation_id);
                self.unwritten.conflicts = true;
            }
            StoreChange::ParkedDiscarded(discarded) => {
                self.parked.retain(|parked| parked.mutation.id != discarded.mutation.id);
                if !self.discarded.iter().any(|known| known.mutation.id == discarded.mutation.id) {
                    self.discarded.push(*discarded);
                }
                self.unwritten.conflicts = true;
            }
            StoreChange::MutationKept { mutation, stream, code, message, field } => {
                self.keep(ParkedMutation { mutation, stream, code, message, field });
            }
            StoreChange::MutationDropped { seq } => {
                self.take_out(seq, touched);
            }
            StoreChange::FindingNoted(finding) => self.note(finding),
            StoreChange::RecordConfirmed { collection, id, rev, own_seq, record } => match collection {
                Collection::Orders => self.confirm_order(&id, rev, own_seq, record, touched),
                Collection::Menu => {
                    touched.menu |= self.menu.confirm(id, rev, record, |text| Menu::from_json(text).ok());
                    self.unwritten.menu = true;
                }
                Collection::Location => {
                    touched.menu |= self.location.confirm(id, rev, record, |text| serde_json::from_str(text).ok());
                    self.unwritten.menu = true;
                }
                Collection::Shifts
                | Collection::Drawers
                | Collection::EightySix
                | Collection::Audit
                | Collection::Staff
                | Collection::Grants
                | Collection::Conflicts
                | Collection::Notices
                | Collection::Unknown => self.keep_record(collection, &id, rev, record, touched),
            },
            StoreChange::RecordFiled { id, rev } => self.file(id, rev, touched),
            StoreChange::CursorMoved { cursor, reads, versions } => {
                self.cursor = cursor.filter(|_| reads >= READS);
                self.versions = versions.or(self.versions.take());
            }
            StoreChange::DecisionQueued { decision } => self.decide(decision, touched),
            StoreChange::DecisionRefused { id, code, message } => self.refuse_decision(id, code, message, touched),
            StoreChange::CountersReached { clock, last_seq, tickets, made } => {
                self.clock = self.clock.max(clock);
                self.queue.continue_after(last_seq);
                for (date, counter) in tickets {
                    let last = self.tickets.entry(date).or_default();
                    *last = counter.max(*last);
                }
                for (mutation_id, order_id) in made {
                    self.remember(mutation_id, order_id);
                }
            }
        }
    }

    /// Begins a new life: the queue is numbered anew, and what the server has said of the old numbers is void.
    fn restart_stream(&mut self, incarnation: Incarnation, queue: Option<&[MutationId]>, touched: &mut Touched) {
        if let Some(session) = &mut self.session {
            session.incarnation = incarnation;
        }
        touched.orders.extend(self.queue.records());
        self.queue.renumber(queue);
        for confirmed in self.confirmed.values_mut() {
            confirmed.own_seq = 0;
        }
        self.unwritten.settled.clear();
        self.unwritten.skipped.clear();
        self.unwritten.dropped.clear();
        self.unwritten.renumbered = true;
    }

    /// A store whose first entry was lost learns only now which tickets are its own.
    fn note_known_tickets(&mut self) {
        let confirmed = self.confirmed.values().filter_map(|confirmed| confirmed.record.order());
        let confirmed = confirmed.map(|order| (order.ticket_no.clone(), order.business_date));
        let opened = self.queue.seqs_after(0).filter_map(|seq| match &self.queue.get(seq)?.change {
            Some(OrderChange::Open(open)) => Some((open.ticket_no.clone(), open.business_date)),
            Some(_) | None => None,
        });
        for (ticket_no, date) in confirmed.chain(opened).collect::<Vec<_>>() {
            self.note_ticket(&ticket_no, date);
        }
    }

    /// The order that a mutation made here is about, while it is remembered.
    pub(crate) fn made(&self, mutation_id: MutationId) -> Option<OrderId> {
        self.made.get(&mutation_id).copied()
    }

    /// Takes over an order as it now looks.
    pub(super) fn show(&mut self, order_id: OrderId, order: Order) {
        self.visible.insert(order_id, order);
    }

    /// Folds a record's mutations over its confirmed state. A mutation that no longer applies is left to the server's
    /// verdict.
    pub(super) fn refold(&mut self, order_id: OrderId) {
        let confirmed = self.confirmed.get(&order_id);
        let own_seq = confirmed.map_or(0, |confirmed| confirmed.own_seq);
        let mut order = confirmed.and_then(|confirmed| confirmed.record.order().cloned());
        let shown = |queued: &&QueuedMutation| queued.mutation.seq > own_seq && queued.skipped.is_none();
        for queued in self.queue.of_record(&order_id).filter(shown) {
            if let Some(change) = &queued.change {
                let mutation = &queued.mutation;
                let (staff, at) = (&mutation.actor.staff_id, mutation.recorded.wall);
                let context = ChangeContext::new(&mutation.stamp, staff, at);
                apply(&mut order, order_id, change, context).ok();
            }
        }
        for decision in &self.decisions {
            self.show_decided(decision, order_id, &mut order);
        }
        match order {
            Some(order) => self.show(order_id, order),
            None => {
                self.visible.remove(&order_id);
            }
        }
    }

    /// Orders that the queue changes and that nothing in memory starts: their confirmed state stands with their day.
    pub(super) fn without_base(&self) -> Vec<OrderId> {
        let opens = |order_id: OrderId| {
            self.queue.of_record(&order_id).any(|queued| matches!(queued.change, Some(OrderChange::Open(_))))
        };
        self.queue.records().filter(|id| !self.confirmed.contains_key(id) && !opens(*id)).collect()
    }

    /// Whether an order belongs among those that are worked on.
    pub(super) fn is_worked_on(&self, order_id: OrderId) -> bool {
        let finished = |confirmed: &ConfirmedOrder| {
            confirmed.record.order().is_some_and(|order| order.status().rank != domain::StatusRank::Open)
        };
        self.queue.of_record(&order_id).next().is_some() || !self.confirmed.get(&order_id).is_some_and(finished)
    }

    fn queue_mutation(&mut self, mutation: protocol::Mutation, touched: &mut Touched) {
        touched.orders.insert(mutation.order_id());
        self.clock.observe(&mutation.stamp);
        self.remember(mutation.id, mutation.order_id());
        let queued = match self.read.remove(&mutation.seq) {
            Some(change) => QueuedMutation::known(mutation, Some(change)),
            None => QueuedMutation::new(mutation),
        };
        if let Some(OrderChange::Open(open)) = &queued.change {
            let (ticket_no, date) = (open.ticket_no.clone(), open.business_date);
            self.note_ticket(&ticket_no, date);
        }
        self.queue.push(queued);
    }

    /// A record that is read when somebody asks.
    fn keep_record(
        &mut self,
        collection: Collection,
        id: &str,
        rev: u64,
        record: Option<Box<RawValue>>,
        touched: &mut Touched,
    ) {
        let Some(shelf) = shelf_of(collection) else { return };
        let newer = self.kept.confirm(collection, id, rev, record);
        self.forget_arrived_shifts(&ShiftsKey::of(collection, id));
        if !newer {
            return;
        }
        touched.shifts |= shelf != Shelf::Conflicts;
        match shelf {
            Shelf::Conflicts => self.unwritten.conflicts = true,
            Shelf::MenuCache => self.unwritten.menu = true,
            Shelf::StaffLogs => self.unwritten.staff_logs = true,
        }
        if collection == Collection::Conflicts {
            self.conflict_confirmed(id, touched);
        }
    }

    /// Puts a mark in a mutation's place; the mutation is kept, as one that was refused.
    fn skip(&mut self, seq: u64, code: String, message: Option<String>, touched: &mut Touched) {
        let Some(queued) = self.queue.skip(seq, &code) else { return };
        let mutation = queued.mutation.clone();
        self.unwritten.skipped.insert(seq);
        touched.orders.insert(mutation.order_id());
        if let Some(message) = message {
            self.keep(ParkedMutation { mutation, stream: Stream::Orders, code, message, field: None });
        }
    }

    fn settle(&mut self, seq: u64, rev: u64, touched: &mut Touched) {
        let Some(record_id) = self.queue.settle(seq, rev).map(|queued| queued.mutation.order_id()) else { return };
        self.unwritten.settled.insert(seq);
        touched.orders.insert(record_id);
        self.forget_arrived(record_id);
    }

    fn forget_arrived(&mut self, record_id: OrderId) {
        let Some(ConfirmedOrder { rev, own_seq, .. }) = self.confirmed.get(&record_id) else { return };
        for seq in self.queue.forget_arrived(&record_id, *rev, *own_seq) {
            self.unwritten.drop_mutation(seq);
        }
    }

    fn take_out(&mut self, seq: u64, touched: &mut Touched) -> Option<QueuedMutation> {
        let queued = self.queue.remove(seq)?;
        self.unwritten.drop_mutation(seq);
        touched.orders.insert(queued.mutation.order_id());
        Some(queued)
    }

    pub(super) fn keep(&mut self, parked: ParkedMutation) {
        if !self.parked.iter().any(|known| known.mutation.id == parked.mutation.id) {
            self.parked.push(parked);
            self.unwritten.conflicts = true;
        }
    }

    pub(super) fn note(&mut self, finding: NotedFinding) {
        // A repeated verdict says the same again; one mutation may notice the same of several lines.
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
            let surplus = self.findings.len().saturating_sub(FINDINGS_MAX);
            self.findings.drain(..surplus);
            self.unwritten.conflicts = true;
        }
    }

    /// Takes a record over where it is newer: replies may come late, twice or out of order.
    fn confirm_order(
        &mut self,
        id: &str,
        rev: u64,
        own_seq: u64,
        record: Option<Box<RawValue>>,
        touched: &mut Touched,
    ) {
        let Ok(order_id) = id.parse::<OrderId>() else { return };
        if let Some(known) = self.confirmed.get_mut(&order_id).filter(|known| known.rev >= rev) {
            if known.rev == rev && known.own_seq < own_seq {
                // The same version, as a new life of the stream sees it.
                known.own_seq = own_seq;
                self.unwritten.orders.insert(order_id);
                self.forget_arrived(order_id);
                touched.orders.insert(order_id);
            }
            return;
        }
        let record = ConfirmedRecord::read(record);
        if let Some(order) = record.order() {
            self.clock.observe(order.latest_stamp());
            let (ticket_no, date) = (order.ticket_no.clone(), order.business_date);
            self.note_ticket(&ticket_no, date);
        }
        self.confirmed.insert(order_id, ConfirmedOrder { rev, own_seq, record });
        self.unwritten.orders.insert(order_id);
        self.forget_arrived(order_id);
        touched.orders.insert(order_id);
    }

    /// What was worked on stands with its day from some version on.
    fn file(&mut self, order_id: OrderId, rev: u64, touched: &mut Touched) {
        if self.confirmed.get(&order_id).is_some_and(|known| known.rev <= rev) {
            self.confirmed.remove(&order_id);
            touched.orders.insert(order_id);
        }
    }

    pub(super) fn remember(&mut self, mutation_id: MutationId, order_id: OrderId) {
        if self.made.insert(mutation_id, order_id).is_none() {
            self.made_in_order.push_back(mutation_id);
            if self.made_in_order.len() > MADE_MAX
                && let Some(oldest) = self.made_in_order.pop_front()
            {
                self.made.remove(&oldest);
            }
        }
    }

    /// A store that starts anew under a known prefix goes on after the highest number it has seen.
    fn note_ticket(&mut self, ticket_no: &TicketNo, date: BusinessDate) {
        let own = self.session.as_ref().is_some_and(|session| session.enrolment.device_prefix == ticket_no.prefix());
        if own {
            let last = self.tickets.entry(date).or_default();
            *last = ticket_no.counter().max(*last);
        }
    }
}
