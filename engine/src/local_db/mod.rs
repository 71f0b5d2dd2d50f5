//! LocalDB: what is on the device's disk, and the same in memory.
//!
//! The disk holds an append-only journal, one commit a key. Memory is that journal replayed: opening a store and applying
//! a fresh commit run the same code, so what was seen before a crash is what is seen after it. Memory changes only from a
//! batch that is durable. The view is a fold: `visible = confirmed + pending mutations in order`; confirming a record
//! replaces *confirmed* and never touches *pending*.

mod journal;
mod store_change;

use std::collections::{BTreeMap, BTreeSet};

use domain::{BusinessDate, ChangeContext, HybridClock, Menu, Order, OrderChange, OrderId, Record, TicketNo, apply};
use protocol::{Collection, Incarnation, LocationSettings};
use sha2::{Digest, Sha256};

pub use journal::JOURNAL_PREFIX;
pub(crate) use journal::JournalTail;
pub(crate) use store_change::{NotedFinding, StoreChange};

use crate::command::Enrolment;
use crate::io::WriteBatch;
use crate::mutation_queue::{MutationQueue, QueuedMutation};

/// Findings kept for the screen; older ones stay on the server.
const FINDINGS_MAX: usize = 200;

/// The device's store.
#[derive(Debug, Default)]
pub struct LocalDb {
    tail: JournalTail,
    damaged_entries: usize,
    session: Option<Session>,
    cursor: Option<String>,
    clock: HybridClock,
    queue: MutationQueue,
    confirmed: BTreeMap<OrderId, ConfirmedOrder>,
    visible: BTreeMap<OrderId, Order>,
    tickets: BTreeMap<BusinessDate, u32>,
    menu: Option<(u64, Menu)>,
    location: Option<(u64, LocationSettings)>,
    parked: Vec<ParkedMutation>,
    findings: Vec<NotedFinding>,
}

/// Whose store it is.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) enrolment: Enrolment,
    pub(crate) incarnation: Incarnation,
}

/// An order as the server has it.
#[derive(Debug, Clone)]
struct ConfirmedOrder {
    rev: u64,
    own_seq: u64,
    order: Option<Order>,
}

/// A refused mutation, kept whole.
#[derive(Debug, Clone)]
pub(crate) struct ParkedMutation {
    pub(crate) mutation: protocol::Mutation,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What a batch of changes made look different.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) orders: BTreeSet<OrderId>,
    pub(crate) menu: bool,
}

/// Why a store could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A key below [`JOURNAL_PREFIX`] that is not a journal key: the store is not this engine's.
    #[error("the store holds a key that is not of this engine: {0}")]
    ForeignKey(String),
}

impl LocalDb {
    /// Rebuilds the store from its journal: every key below [`JOURNAL_PREFIX`] with its value, in key order. A damaged entry
    /// is passed over and counted; its bytes stay where they are, for its key is never written again.
    ///
    /// # Errors
    /// When a key is not one of this engine's.
    pub fn open(entries: &[(String, Vec<u8>)]) -> Result<Self, OpenError> {
        let mut db = Self::default();
        let mut touched = Touched::default();
        for (key, bytes) in entries {
            let number = journal::number_of_key(key).ok_or_else(|| OpenError::ForeignKey(key.clone()))?;
            let missing_before = number.saturating_sub(db.tail.number.saturating_add(1));
            db.damaged_entries =
                db.damaged_entries.saturating_add(usize::try_from(missing_before).unwrap_or(usize::MAX));
            match journal::decode(number, bytes) {
                Some(frame) => {
                    // A chain that does not fit means that this frame was swapped or the one before it was damaged; the
                    // frame itself is whole, so what it says is kept.
                    let chained = number == 1 || frame.previous_checksum == db.tail.checksum;
                    db.damaged_entries =
                        db.damaged_entries.saturating_add(usize::from(!chained && missing_before == 0));
                    for change in frame.changes {
                        db.apply_change(change, &mut touched);
                    }
                }
                None => db.damaged_entries = db.damaged_entries.saturating_add(1),
            }
            db.tail = JournalTail { number, checksum: journal::checksum_of(bytes) };
        }
        for order_id in touched.orders {
            db.refold(order_id);
        }
        Ok(db)
    }

    /// The batch that makes these changes durable, and the journal's end once it is.
    pub(crate) fn write_batch(&self, changes: &[StoreChange]) -> Result<(WriteBatch, JournalTail), serde_json::Error> {
        let number = self.tail.number + 1;
        let frame = journal::encode(number, self.tail.checksum, changes)?;
        let tail = JournalTail { number, checksum: journal::checksum_of(&frame) };
        Ok((WriteBatch { put: vec![(journal::journal_key(number), frame)], delete: Vec::new() }, tail))
    }

    /// Takes over changes that are durable. `staged` are the visible orders that staging has already folded.
    pub(crate) fn apply(
        &mut self,
        changes: Vec<StoreChange>,
        tail: JournalTail,
        mut staged: BTreeMap<OrderId, Order>,
    ) -> Touched {
        let mut touched = Touched::default();
        for change in changes {
            self.apply_change(change, &mut touched);
        }
        self.tail = tail;
        for order_id in &touched.orders {
            match staged.remove(order_id) {
                Some(order) => self.show(*order_id, order),
                None => self.refold(*order_id),
            }
        }
        touched
    }

    /// Where the journal ends.
    pub(crate) const fn tail(&self) -> JournalTail {
        self.tail
    }

    /// Whose store it is.
    pub(crate) const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// How far the location's changes are read.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// The clock as of the last durable stamp.
    pub(crate) const fn clock(&self) -> HybridClock {
        self.clock
    }

    /// Mutations not settled yet.
    pub(crate) const fn queue(&self) -> &MutationQueue {
        &self.queue
    }

    /// The order as this device sees it.
    pub(crate) fn visible(&self, order_id: OrderId) -> Option<&Order> {
        self.visible.get(&order_id)
    }

    /// All orders as this device sees them.
    pub(crate) fn visible_orders(&self) -> impl Iterator<Item = &Order> {
        self.visible.values()
    }

    /// The menu as last synced, with its record's version.
    pub(crate) fn menu(&self) -> Option<&Menu> {
        self.menu.as_ref().map(|(_, menu)| menu)
    }

    /// The location's settings as last synced.
    pub(crate) fn location(&self) -> Option<&LocationSettings> {
        self.location.as_ref().map(|(_, location)| location)
    }

    /// The highest ticket counter this device is known to have used on a business date.
    pub(crate) fn last_ticket(&self, date: BusinessDate) -> u32 {
        self.tickets.get(&date).copied().unwrap_or(0)
    }

    /// Refused mutations, oldest first.
    pub(crate) fn parked(&self) -> &[ParkedMutation] {
        &self.parked
    }

    /// What the server noticed, oldest first.
    pub(crate) fn findings(&self) -> &[NotedFinding] {
        &self.findings
    }

    /// Journal entries that could not be read.
    pub(crate) const fn damaged_entries(&self) -> usize {
        self.damaged_entries
    }

    /// SHA-256, in hexadecimal, over every order the server has confirmed, by id: equal on devices that have exchanged
    /// everything.
    pub(crate) fn confirmed_hash(&self) -> String {
        let mut hash = Sha256::new();
        for (order_id, confirmed) in &self.confirmed {
            hash.update(order_id.as_bytes());
            hash.update(confirmed.rev.to_le_bytes());
            hash.update(serde_json::to_vec(&confirmed.order).unwrap_or_default());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn apply_change(&mut self, change: StoreChange, touched: &mut Touched) {
        match change {
            StoreChange::SessionStarted { enrolment, incarnation } => {
                self.session = Some(Session { enrolment, incarnation });
            }
            StoreChange::MutationQueued { mutation } => {
                touched.orders.insert(mutation.record_id);
                self.clock.observe(&mutation.stamp);
                let queued = QueuedMutation::new(mutation);
                if let Some(OrderChange::Open(open)) = &queued.change {
                    let (ticket_no, date) = (open.ticket_no.clone(), open.business_date);
                    self.note_ticket(&ticket_no, date);
                }
                self.queue.push(queued);
            }
            StoreChange::MutationSettled { seq } => self.settle(seq, touched),
            StoreChange::MutationParked { seq, code, message } => {
                if let Some(queued) = self.queue.remove(seq) {
                    touched.orders.insert(queued.mutation.record_id);
                    self.parked.push(ParkedMutation { mutation: queued.mutation, code, message });
                }
            }
            StoreChange::FindingNoted(finding) => {
                // A repeated verdict says the same again; one mutation may notice the same of several lines.
                if !self.findings.contains(&finding) {
                    self.findings.push(finding);
                    let surplus = self.findings.len().saturating_sub(FINDINGS_MAX);
                    self.findings.drain(..surplus);
                }
            }
            StoreChange::RecordConfirmed { collection, id, rev, own_seq, record } => {
                let text = record.as_ref().map(|record| record.get());
                match collection {
                    Collection::Orders => self.confirm_order(&id, rev, own_seq, text, touched),
                    Collection::Menu => {
                        touched.menu |= confirm(&mut self.menu, rev, text, |text| Menu::from_json(text).ok())
                    }
                    Collection::Location => {
                        touched.menu |= confirm(&mut self.location, rev, text, |text| serde_json::from_str(text).ok());
                    }
                    Collection::Unknown => {}
                }
            }
            StoreChange::CursorMoved { cursor } => self.cursor = cursor,
        }
    }

    fn settle(&mut self, seq: u64, touched: &mut Touched) {
        let Some(record_id) = self.queue.settle(seq).map(|queued| queued.mutation.record_id) else { return };
        touched.orders.insert(record_id);
        let own_seq = self.confirmed.get(&record_id).map_or(0, |confirmed| confirmed.own_seq);
        self.queue.forget_arrived(record_id, own_seq);
    }

    /// Takes a record over where it is newer: replies may come late, twice or out of order.
    fn confirm_order(&mut self, id: &str, rev: u64, own_seq: u64, record: Option<&str>, touched: &mut Touched) {
        let Ok(order_id) = id.parse::<OrderId>() else { return };
        if self.confirmed.get(&order_id).is_some_and(|known| known.rev >= rev) {
            return;
        }
        let order: Option<Order> = record.and_then(|text| Order::from_json(text).ok());
        if let Some(order) = &order {
            self.clock.observe(order.latest_stamp());
            self.note_ticket(&order.ticket_no, order.business_date);
        }
        self.confirmed.insert(order_id, ConfirmedOrder { rev, own_seq, order });
        self.queue.forget_arrived(order_id, own_seq);
        touched.orders.insert(order_id);
    }

    /// A store that starts anew under a known prefix goes on after the highest number it has seen.
    fn note_ticket(&mut self, ticket_no: &TicketNo, date: BusinessDate) {
        let own = self.session.as_ref().is_some_and(|session| session.enrolment.device_prefix == ticket_no.prefix());
        if own {
            let last = self.tickets.entry(date).or_default();
            *last = ticket_no.counter().max(*last);
        }
    }

    fn show(&mut self, order_id: OrderId, order: Order) {
        self.visible.insert(order_id, order);
    }

    /// Folds a record's mutations over its confirmed state. A mutation that no longer applies is left to the server's
    /// verdict.
    fn refold(&mut self, order_id: OrderId) {
        let confirmed = self.confirmed.get(&order_id);
        let own_seq = confirmed.map_or(0, |confirmed| confirmed.own_seq);
        let mut order = confirmed.and_then(|confirmed| confirmed.order.clone());
        for queued in self.queue.of_record(order_id).filter(|queued| queued.mutation.seq > own_seq) {
            if let Some(change) = &queued.change {
                let mutation = &queued.mutation;
                let (staff, at) = (&mutation.actor.staff_id, mutation.recorded.wall);
                let context = ChangeContext::new(&mutation.stamp, staff, at);
                apply(&mut order, order_id, change, context).ok();
            }
        }
        match order {
            Some(order) => self.show(order_id, order),
            None => {
                self.visible.remove(&order_id);
            }
        }
    }
}

/// Replaces a single record where the new one is newer and can be read. Tells whether it did.
fn confirm<T>(
    known: &mut Option<(u64, T)>,
    rev: u64,
    record: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> bool {
    if known.as_ref().is_some_and(|(known_rev, _)| *known_rev >= rev) {
        return false;
    }
    let Some(record) = record.and_then(read) else { return false };
    *known = Some((rev, record));
    true
}
