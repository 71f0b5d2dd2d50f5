//! Staging: a command is checked and turned into changes before anything is written.
//!
//! Several commands are staged into one commit, each seeing the effect of those before it; nothing of the store changes.
//! A refused command leaves no trace.

mod decisions;
mod drawers;
mod parked;
mod rights;
mod shifts;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AuditHead, BootId, BusinessDate, ChangeContext, Desk, DeviceId, DrawerSession, HybridClock, Menu, MutationId, Open,
    Order, OrderChange, OrderCommand, OrderCommandKind, OrderId, RecordId, Rejection, RejectionCode, ShiftLog,
    ShiftRules, StaffId, Stamp, TicketNo, TimeAnchor, Timestamp, Uid, Versioned, Zone, apply,
};
use protocol::{Echo, Incarnation, LocationSettings, MUTATION_BYTES_MAX, Mutation};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::command::{Command, Enrolment, Refusal, RefusalCode};
use crate::exchange::Stream;
use crate::export::Export;
use crate::io::Moment;
use crate::local_db::{Decision, LocalDb, Session, ShiftsChange, StoreChange};
use crate::sign_in::Giver;

/// What staging needs to know beside the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) boot_id: &'a BootId,
    pub(crate) server_offset_ms: Option<i64>,
    pub(crate) offline: bool,
    /// When the server's clock was last heard, by the clock that nobody can set.
    pub(crate) anchor: Option<&'a TimeAnchor>,
}

/// One commit in the making.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    db: &'a LocalDb,
    surroundings: Surroundings<'a>,
    /// Who gives the command that is staged.
    giver: Giver,
    session: Option<Session>,
    clock: HybridClock,
    next_seq: u64,
    next_shift_seq: u64,
    /// Everybody's punches as they look after what was staged, once somebody asked.
    shift_logs: Option<Vec<ShiftLog>>,
    /// Drawers as they look after what was staged, once somebody asked.
    drawers: Option<Vec<DrawerSession>>,
    /// Times that cash moved with a change of an order here.
    cash_moves: usize,
    audit_head: Option<AuditHead>,
    /// Audit entries made here.
    audits: usize,
    tickets: BTreeMap<BusinessDate, u32>,
    orders: BTreeMap<OrderId, Order>,
    made: BTreeMap<MutationId, OrderId>,
    read: BTreeMap<u64, OrderChange>,
    decided: Vec<Decision>,
    /// Parked mutations that are retried or given up.
    removed: BTreeSet<MutationId>,
    changes: Vec<StoreChange>,
}

/// Where a stage stood before a group of commands.
#[derive(Debug, Clone, Copy)]
struct Mark {
    clock: HybridClock,
    next_seq: u64,
    next_shift_seq: u64,
    audit_head: Option<AuditHead>,
    changes: usize,
}

/// What staging came to.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    pub(crate) changes: Vec<StoreChange>,
    /// The orders as they look afterwards, as far as staging has folded them.
    pub(crate) orders: BTreeMap<OrderId, Order>,
    /// The changes of the mutations made here, by `seq`: they need not be read again.
    pub(crate) read: BTreeMap<u64, OrderChange>,
}

/// A till in the moment of one command: what the domain asks it for.
struct Till<'s, 'a> {
    stage: &'s Stage<'a>,
    moment: &'s Moment,
    ids: &'s Ids,
    session: &'s Session,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(db: &'a LocalDb, surroundings: Surroundings<'a>) -> Self {
        Self {
            db,
            surroundings,
            giver: Giver::default(),
            session: db.session().cloned(),
            clock: db.clock(),
            next_seq: db.queue().next_seq(),
            next_shift_seq: db.shifts().next_seq(),
            shift_logs: None,
            drawers: None,
            cash_moves: 0,
            audit_head: None,
            audits: 0,
            tickets: BTreeMap::new(),
            orders: BTreeMap::new(),
            made: BTreeMap::new(),
            read: BTreeMap::new(),
            decided: Vec::new(),
            removed: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    /// The staged changes.
    pub(crate) fn finish(self) -> Staged {
        Staged { changes: self.changes, orders: self.orders, read: self.read }
    }

    /// Stages one command. Returns the order it is about.
    pub(crate) fn command(
        &mut self,
        moment: &Moment,
        giver: Giver,
        command: Command,
    ) -> Result<Option<OrderId>, Refusal> {
        let ids = Ids::new(moment);
        self.giver = giver;
        let staff = self.giver.known(self.db.employs_staff()).cloned();
        let staff = staff.as_ref();
        match command {
            Command::Start { enrolment } => self.start(enrolment, ids.incarnation()).map(|()| None),
            Command::Order(command) => self.order_command(moment, staff, &ids, *command).map(Some),
            Command::Orders(commands) => self.all_or_none(moment, staff, commands),
            Command::Resolve { conflict_id, choice } => self.decide(moment, staff, conflict_id, choice),
            Command::Retry { mutation_id, instead: None } => self.retry(moment, mutation_id),
            Command::Retry { mutation_id, instead: Some(instead) } => {
                self.correct(moment, staff, mutation_id, *instead)
            }
            Command::Discard { mutation_id, approved_by, reason } => {
                self.discard(moment, staff, mutation_id, approved_by, reason)
            }
            Command::Punch(command) => self.punch(moment, staff, command),
            Command::Drawer { drawer_id, act } => self.drawer(moment, staff, drawer_id, act),
            Command::Audit { kind, subject } => self.note(moment, staff, kind, subject).map(|()| None),
            Command::Import { export } => self.import(*export).map(|()| None),
            // It reads, and is answered by whoever reads.
            Command::LoadDays { .. } => Ok(None),
        }
    }

    /// Stages several commands; where one is refused, none was given. The field at fault is named with the command's place.
    fn all_or_none(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        commands: Vec<OrderCommand>,
    ) -> Result<Option<OrderId>, Refusal> {
        let before = self.mark();
        let mut undo: Vec<(OrderId, Option<Order>)> = Vec::new();
        let mut first = None;
        for (place, mut command) in commands.into_iter().enumerate() {
            if let (Some(order_id), None) = (first, &command.order_id) {
                command.order_id = Some(OrderId::into(order_id));
            }
            if let Some(order_id) = command.order_id().ok().flatten() {
                if place == 0 && command.kind == OrderCommandKind::OpenOrder && self.order(order_id).is_some() {
                    // A double tap: the order is there, and so is everything it was opened with.
                    return Ok(Some(order_id));
                }
                if !undo.iter().any(|(known, _)| *known == order_id) {
                    undo.push((order_id, self.orders.get(&order_id).cloned()));
                }
            }
            match self.order_command(moment, staff, &Ids::of_place(moment, place), command) {
                Ok(order_id) => first = first.or(Some(order_id)),
                Err(mut refusal) => {
                    self.take_back(before, undo, first);
                    refusal.field = refusal.field.map(|field| format!("{place}.{field}"));
                    return Err(refusal);
                }
            }
        }
        Ok(first)
    }

    fn mark(&self) -> Mark {
        let Self { clock, next_seq, next_shift_seq, audit_head, ref changes, .. } = *self;
        Mark { clock, next_seq, next_shift_seq, audit_head, changes: changes.len() }
    }

    /// Undoes what a group of commands has staged.
    fn take_back(&mut self, before: Mark, undo: Vec<(OrderId, Option<Order>)>, opened: Option<OrderId>) {
        let Mark { clock, next_seq, next_shift_seq, audit_head, changes } = before;
        self.clock = clock;
        self.next_seq = next_seq;
        self.next_shift_seq = next_shift_seq;
        self.audit_head = audit_head;
        for change in self.changes.drain(changes..) {
            if let StoreChange::MutationQueued { mutation } | StoreChange::Shifts(ShiftsChange::Queued { mutation }) =
                change
            {
                self.made.remove(&mutation.id);
            }
        }
        if let Some(order_id) = opened.filter(|opened| !undo.iter().any(|(order_id, _)| order_id == opened)) {
            self.orders.remove(&order_id);
        }
        for (order_id, order) in undo {
            match order {
                Some(order) => self.orders.insert(order_id, order),
                None => self.orders.remove(&order_id),
            };
        }
        // A ticket number that was taken is not given again; a gap in the labels is harmless.
    }

    /// Puts another device's mutations at the end of this stream, under their own ids. What is known already, here or on the
    /// server, takes effect once.
    fn import(&mut self, export: Export) -> Result<(), Refusal> {
        let Session { enrolment, .. } = self.session.as_ref().ok_or_else(not_enrolled)?;
        export.check(&enrolment.tenant_id, &enrolment.location_id)?;
        let own = enrolment.device_id.clone();
        for (stream, mutations) in [(Stream::Orders, export.mutations), (Stream::Shifts, export.shifts)] {
            for mutation in mutations {
                if self.made(mutation.id).is_some() || self.db.holds(mutation.id) {
                    continue;
                }
                self.clock.observe(&mutation.stamp);
                self.enqueue(stream, carried(mutation, &own));
            }
        }
        Ok(())
    }

    /// Puts a mutation that was made before at the end of its stream, under the next number.
    fn enqueue(&mut self, stream: Stream, mutation: Mutation) {
        self.made.insert(mutation.id, mutation.order_id());
        let next_seq = match stream {
            Stream::Orders => &mut self.next_seq,
            Stream::Shifts => &mut self.next_shift_seq,
        };
        let mutation = Mutation { seq: *next_seq, ..mutation };
        *next_seq = next_seq.saturating_add(1);
        let queued = match stream {
            Stream::Orders => {
                self.fold(&mutation);
                StoreChange::MutationQueued { mutation }
            }
            Stream::Shifts => StoreChange::Shifts(ShiftsChange::Queued { mutation }),
        };
        self.changes.push(queued);
    }

    /// Shows a mutation that was made elsewhere to the commands staged after it.
    fn fold(&mut self, mutation: &Mutation) {
        let Ok(change) = OrderChange::read(mutation.schema, mutation.change.get()) else { return };
        let mut order = self.order(mutation.order_id()).cloned();
        let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        // One that does not apply is left to the server's verdict.
        if apply(&mut order, mutation.order_id(), &change, context).is_ok()
            && let Some(order) = order
        {
            self.orders.insert(mutation.order_id(), order);
        }
    }

    fn start(&mut self, enrolment: Option<Enrolment>, incarnation: Incarnation) -> Result<(), Refusal> {
        match (&self.session, enrolment) {
            (None, None) => Err(not_enrolled()),
            (Some(_), None) => Ok(()),
            (Some(session), Some(enrolment)) if session.enrolment.device_id != enrolment.device_id => {
                let message = format!("this store belongs to {}", session.enrolment.device_id);
                Err(Refusal::new(RefusalCode::StoreOfOtherDevice, message))
            }
            (Some(session), Some(enrolment)) if session.enrolment == enrolment => Ok(()),
            (known, Some(enrolment)) => {
                TicketNo::new(&enrolment.device_prefix, 1)
                    .map_err(|error| Refusal::new(RefusalCode::CommandInvalid, error.to_string()))?;
                // A new token for the same device: the streams go on.
                let incarnation = known.as_ref().map_or(incarnation, |session| session.incarnation);
                self.session = Some(Session { enrolment: enrolment.clone(), incarnation });
                self.changes.push(StoreChange::SessionStarted { enrolment, incarnation });
                Ok(())
            }
        }
    }

    /// Checks a command against what the person sees and makes the mutation that carries the fact it states. A command whose
    /// fact already stands makes none: a double tap is harmless.
    fn order_command(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        ids: &Ids,
        command: OrderCommand,
    ) -> Result<OrderId, Refusal> {
        // Given once more by a tab that heard no answer.
        if let Some(order_id) = self.made(ids.mutation()) {
            return Ok(order_id);
        }
        let session = self.session.clone().ok_or_else(not_enrolled)?;
        let known = command.order_id()?.and_then(|order_id| self.order(order_id));
        let till = Till { stage: self, moment, ids, session: &session };
        let (order_id, change) = command.change(known, &till)?;
        self.fact(moment, staff.ok_or_else(not_signed_in)?, ids, order_id, change)
    }

    /// Makes the mutation that carries a fact about an order, unless the fact stands already.
    fn fact(
        &mut self,
        moment: &Moment,
        staff: &StaffId,
        ids: &Ids,
        order_id: OrderId,
        change: OrderChange,
    ) -> Result<OrderId, Refusal> {
        let session = self.session.clone().ok_or_else(not_enrolled)?;
        let mut clock = self.clock;
        let stamp = clock.tick(moment.wall, &session.enrolment.device_id);
        let before = self.order(order_id);
        let approval = self.permit_change(moment, staff, &change, before, ids.mutation())?;
        let mut after = before.cloned();
        let context = ChangeContext::new(&stamp, staff, moment.wall);
        apply(&mut after, order_id, &change, context).map_err(Rejection::of_command)?;
        let Some(order) = after.filter(|after| before != Some(after)) else { return Ok(order_id) };

        let place = (order_id.cast(), self.next_seq, OrderChange::SCHEMA);
        let audited = rights::audit_kind(&change);
        let cash = drawers::cash_of(order_id, &change);
        let mutation = self.mutation(moment, ids, place, &change, stamp, staff)?;
        let mutation = Mutation { approval: rights::as_sent(approval.as_ref())?, ..mutation };
        if let OrderChange::Open(Open { ticket_no, business_date, .. }) = &change {
            self.tickets.insert(*business_date, ticket_no.counter());
        }
        self.clock = clock;
        self.next_seq = self.next_seq.saturating_add(1);
        self.orders.insert(order_id, order);
        self.made.insert(mutation.id, order_id);
        self.read.insert(mutation.seq, change);
        let mutation_id = mutation.id;
        self.changes.push(StoreChange::MutationQueued { mutation });
        self.audit_change(moment, staff, audited, mutation_id, approval.as_ref())?;
        if let Some(cash) = cash {
            self.move_cash(moment, staff, cash)?;
        }
        Ok(order_id)
    }

    fn made(&self, mutation_id: MutationId) -> Option<OrderId> {
        self.made.get(&mutation_id).copied().or_else(|| self.db.made(mutation_id))
    }

    /// A mutation of a record, with its number in its stream and the form of its change.
    fn mutation(
        &self,
        moment: &Moment,
        ids: &Ids,
        (record_id, seq, schema): (RecordId, u64, u16),
        change: &impl Serialize,
        stamp: Stamp,
        staff: &StaffId,
    ) -> Result<Mutation, Refusal> {
        let text = serde_json::to_string(change).and_then(RawValue::from_string);
        let change = text.map_err(|error| Refusal::new(RefusalCode::CommandInvalid, error.to_string()))?;
        if change.get().len() > MUTATION_BYTES_MAX {
            let message = "the command is larger than a mutation may be";
            return Err(Rejection::new(RejectionCode::LimitExceeded, "change", message).into());
        }
        Ok(Mutation {
            id: ids.mutation(),
            seq,
            record_id,
            approval: None,
            schema,
            stamp,
            recorded: self.clock_reading(moment),
            actor: self.giver.actor(staff),
            offline: self.surroundings.offline,
            carried_for: None,
            change,
        })
    }

    /// The order as this stage sees it.
    fn order(&self, order_id: OrderId) -> Option<&Order> {
        self.orders.get(&order_id).or_else(|| self.db.visible(order_id))
    }
}

/// A mutation as this device brings it: for whom, where another one made it.
fn carried(mutation: Mutation, own: &DeviceId) -> Mutation {
    let device = mutation.device().clone();
    let carried_for = mutation.carried_for.clone().or_else(|| (device != *own).then_some(device));
    Mutation { carried_for, ..mutation }
}

/// The business date of a moment by the location's own clock; until its settings have arrived, by the device's.
pub(crate) fn business_date(location: Option<&LocationSettings>, moment: &Moment) -> BusinessDate {
    let cut_over_hour = location.map_or(ShiftRules::CUT_OVER_HOUR, |location| location.cut_over_hour);
    let zone = location.and_then(|location| Zone::new(location.zone.as_str(), location.zone_rule.as_deref()?).ok());
    match zone {
        Some(zone) => zone.business_date(moment.wall, cut_over_hour),
        None => BusinessDate::of(moment.wall, moment.offset_min, cut_over_hour),
    }
}

impl Desk for Till<'_, '_> {
    fn menu(&self) -> Result<&Menu, Rejection> {
        self.stage.db.menu().ok_or_else(|| {
            Rejection::new(RejectionCode::MenuMissing, "itemId", "the menu has not reached this device yet")
        })
    }

    fn next_ticket(&self) -> Result<(TicketNo, BusinessDate), Rejection> {
        let Self { stage, moment, session, .. } = self;
        let date = business_date(stage.db.location(), moment);
        let last = stage.tickets.get(&date).copied().unwrap_or_else(|| stage.db.last_ticket(date));
        let ticket_no = TicketNo::new(&session.enrolment.device_prefix, last.saturating_add(1))
            .map_err(|error| Rejection::new(RejectionCode::FieldInvalid, "devicePrefix", error.to_string()))?;
        Ok((ticket_no, date))
    }

    fn new_id<Kind>(&self) -> Uid<Kind> {
        self.ids.record()
    }
}

/// The ids one command may need, made from its moment's entropy.
struct Ids {
    at: Timestamp,
    mutation: [u8; 10],
    record: [u8; 10],
}

impl Ids {
    fn new(moment: &Moment) -> Self {
        let (mutation, rest) = moment.entropy.split_first_chunk::<10>().map_or(([0; 10], &[][..]), |(a, b)| (*a, b));
        let record = rest.first_chunk::<10>().copied().unwrap_or([0; 10]);
        Self { at: moment.wall, mutation, record }
    }

    /// Those of one command among several that were given together.
    fn of_place(moment: &Moment, place: usize) -> Self {
        if place == 0 {
            return Self::new(moment);
        }
        let mut hash = Sha256::new();
        hash.update(moment.entropy);
        hash.update(u64::try_from(place).unwrap_or(u64::MAX).to_le_bytes());
        Self::new(&Moment { entropy: hash.finalize().into(), ..*moment })
    }

    fn mutation(&self) -> MutationId {
        Uid::new(self.at, self.mutation)
    }

    /// The id of the one record a command may make; it makes an order, a line or a payment, never two of them.
    fn record<Kind>(&self) -> Uid<Kind> {
        Uid::new(self.at, self.record)
    }

    fn incarnation(&self) -> Incarnation {
        Uid::new(self.at, self.record)
    }
}

/// What a request made at this moment is named.
pub(crate) fn echo(moment: &Moment) -> Echo {
    Uid::new(moment.wall, Ids::new(moment).record)
}

/// The id of a new life of the store.
pub(crate) fn incarnation(moment: &Moment) -> Incarnation {
    Ids::new(moment).incarnation()
}

fn not_signed_in() -> Refusal {
    Refusal::new(RefusalCode::NotSignedIn, "nobody is signed in on this device")
}

fn not_enrolled() -> Refusal {
    Refusal::new(RefusalCode::NotEnrolled, "this device was never enrolled")
}
