//! Staging: a command is checked and turned into changes before anything is written.
//!
//! Several commands are staged into one commit, each seeing the effect of those before it; nothing of the store changes.
//! A refused command leaves no trace.

use std::collections::BTreeMap;

use domain::{
    BootId, BusinessDate, ChangeContext, ClockReading, Desk, HybridClock, Menu, Open, Order, OrderChange, OrderCommand,
    OrderId, Rejection, RejectionCode, Stamp, TicketNo, Timestamp, Uid, Versioned, Zone, apply,
};
use protocol::{Actor, Incarnation, LocationSettings, MUTATION_BYTES_MAX, Mutation};
use serde_json::value::RawValue;

use crate::command::{Command, Enrolment, Refusal, RefusalCode};
use crate::io::Moment;
use crate::local_db::{LocalDb, Session, StoreChange};

/// The hour at which a business date starts until the location's settings have arrived.
const CUT_OVER_HOUR_DEFAULT: u8 = 4;

/// What staging needs to know beside the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) staff: Option<&'a domain::StaffId>,
    pub(crate) boot_id: &'a BootId,
    pub(crate) server_offset_ms: Option<i64>,
    pub(crate) offline: bool,
}

/// One commit in the making.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    db: &'a LocalDb,
    surroundings: Surroundings<'a>,
    session: Option<Session>,
    clock: HybridClock,
    next_seq: u64,
    tickets: BTreeMap<BusinessDate, u32>,
    orders: BTreeMap<OrderId, Order>,
    changes: Vec<StoreChange>,
}

/// What staging came to.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) changes: Vec<StoreChange>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
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
            session: db.session().cloned(),
            clock: db.clock(),
            next_seq: db.queue().next_seq(),
            tickets: BTreeMap::new(),
            orders: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// The staged changes.
    pub(crate) fn finish(self) -> Staged {
        Staged { changes: self.changes, orders: self.orders }
    }

    /// Stages one command. Returns the order it is about.
    pub(crate) fn command(&mut self, moment: &Moment, command: Command) -> Result<Option<OrderId>, Refusal> {
        let ids = Ids::new(moment);
        match command {
            Command::Start { enrolment } => self.start(enrolment, ids.incarnation()).map(|()| None),
            Command::Order(command) => self.order_command(moment, &ids, *command).map(Some),
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
    fn order_command(&mut self, moment: &Moment, ids: &Ids, command: OrderCommand) -> Result<OrderId, Refusal> {
        let session = self.session.clone().ok_or_else(not_enrolled)?;
        let known = command.order_id()?.and_then(|order_id| self.order(order_id));
        let till = Till { stage: self, moment, ids, session: &session };
        let (order_id, change) = command.change(known, &till)?;
        let staff = self
            .surroundings
            .staff
            .ok_or_else(|| Refusal::new(RefusalCode::NotSignedIn, "nobody is signed in on this device"))?;
        let mut clock = self.clock;
        let stamp = clock.tick(moment.wall, &session.enrolment.device_id);
        let before = self.order(order_id).cloned();
        let mut after = before.clone();
        let context = ChangeContext::new(&stamp, staff, moment.wall);
        apply(&mut after, order_id, &change, context).map_err(Rejection::of_command)?;
        let Some(order) = after.filter(|after| before.as_ref() != Some(after)) else { return Ok(order_id) };

        let mutation = self.mutation(moment, ids, order_id, &change, stamp, staff)?;
        if let OrderChange::Open(Open { ticket_no, business_date, .. }) = &change {
            self.tickets.insert(*business_date, ticket_no.counter());
        }
        self.clock = clock;
        self.next_seq += 1;
        self.orders.insert(order_id, order);
        self.changes.push(StoreChange::MutationQueued { mutation });
        Ok(order_id)
    }

    fn mutation(
        &self,
        moment: &Moment,
        ids: &Ids,
        order_id: OrderId,
        change: &OrderChange,
        stamp: Stamp,
        staff: &domain::StaffId,
    ) -> Result<Mutation, Refusal> {
        let text = serde_json::to_string(change).and_then(RawValue::from_string);
        let change = text.map_err(|error| Refusal::new(RefusalCode::CommandInvalid, error.to_string()))?;
        if change.get().len() > MUTATION_BYTES_MAX {
            let message = "the command is larger than a mutation may be";
            return Err(Rejection::new(RejectionCode::LimitExceeded, "change", message).into());
        }
        Ok(Mutation {
            id: ids.mutation(),
            seq: self.next_seq,
            record_id: order_id,
            schema: OrderChange::SCHEMA,
            stamp,
            recorded: ClockReading {
                wall: moment.wall,
                mono_ms: moment.mono_ms,
                boot_id: self.surroundings.boot_id.clone(),
                offset_min: moment.offset_min,
                server_offset_ms: self.surroundings.server_offset_ms,
            },
            actor: Actor { staff_id: staff.clone(), grant_id: None },
            offline: self.surroundings.offline,
            change,
        })
    }

    /// The order as this stage sees it.
    fn order(&self, order_id: OrderId) -> Option<&Order> {
        self.orders.get(&order_id).or_else(|| self.db.visible(order_id))
    }
}

/// The business date of a moment by the location's own clock; until its settings have arrived, by the device's.
fn business_date(location: Option<&LocationSettings>, moment: &Moment) -> BusinessDate {
    let cut_over_hour = location.map_or(CUT_OVER_HOUR_DEFAULT, |location| location.cut_over_hour);
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

    fn mutation(&self) -> protocol::MutationId {
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

fn not_enrolled() -> Refusal {
    Refusal::new(RefusalCode::NotEnrolled, "this device was never enrolled")
}
