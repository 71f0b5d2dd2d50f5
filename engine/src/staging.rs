//! Staging: a command is checked and turned into changes before anything is written.
//!
//! Several commands are staged into one commit, each seeing the effect of those before it; nothing of the store changes.
//! A refused command leaves no trace.

use std::collections::BTreeMap;

use domain::{
    BusinessDate, ChangeContext, Currency, HybridClock, LineChoice, Money, Order, OrderChange, OrderId, OrderType,
    Quantity, Rejection, RejectionCode, Stamp, StatusRank, TicketNo, Timestamp, Uid, apply,
};
use protocol::{Actor, Incarnation, MUTATION_BYTES_MAX, Mutation, Recorded};
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
    pub(crate) boot_id: &'a str,
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

/// What a command is about, once it is checked.
struct Intent {
    order_id: OrderId,
    change: OrderChange,
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
        if let Command::Start { enrolment } = command {
            return self.start(enrolment, ids.incarnation()).map(|()| None);
        }
        let session = self.session.clone().ok_or_else(not_enrolled)?;
        let intent = self.intent(moment, &ids, &session, command)?;
        self.mutate(moment, &ids, &session, intent).map(Some)
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

    /// Checks a command against what the person sees and turns it into the fact it states.
    fn intent(&self, moment: &Moment, ids: &Ids, session: &Session, command: Command) -> Result<Intent, Refusal> {
        Ok(match command {
            Command::Start { .. } => return Err(not_enrolled()),
            Command::OpenOrder { order_id, table_id, guests, order_type } => {
                let order_id = order_id.unwrap_or_else(|| ids.record());
                let (ticket_no, business_date) = match self.order(order_id) {
                    Ok(known) => (known.ticket_no.clone(), known.business_date),
                    Err(_) => self.next_ticket(moment, session)?,
                };
                let change = OrderChange::Open {
                    ticket_no,
                    business_date,
                    currency: self.currency()?,
                    order_type: order_type.unwrap_or(OrderType::DineIn),
                    table_id,
                    guests: guests.map_or_else(|| Quantity::try_from(1), Ok).map_err(invalid)?,
                };
                Intent { order_id, change }
            }
            Command::AddLine { order_id, line_id, item_id, qty, option_ids, seat, note } => {
                let order = self.order(order_id)?;
                let line_id = line_id.unwrap_or_else(|| ids.record());
                if !order.lines.contains_key(&line_id) {
                    still_open(order)?;
                }
                let menu = self.db.menu().ok_or_else(menu_missing)?;
                let priced = menu.price(LineChoice { item_id: &item_id, option_ids: &option_ids })?;
                let change = OrderChange::AddLine {
                    line_id,
                    item_id,
                    name: priced.name,
                    category: priced.category,
                    qty: qty.map_or_else(|| Quantity::try_from(1), Ok).map_err(invalid)?,
                    unit_price_minor: priced.unit_price_minor,
                    modifiers: priced.modifiers,
                    taxes: priced.taxes,
                    menu_version: priced.menu_version,
                    seat,
                    note,
                };
                Intent { order_id, change }
            }
            Command::SetQty { order_id, line_id, qty } => {
                let line = self.live_line(order_id, line_id)?;
                let from = Quantity::try_from(u32::from(line.qty()));
                // Reductions on two devices can leave a line at zero; going up from there counts from one less.
                let from = from.or_else(|_| Quantity::try_from(1)).map_err(invalid)?;
                Intent { order_id, change: OrderChange::SetQty { line_id, from, to: qty } }
            }
            Command::VoidLine { order_id, line_id, reason } => {
                self.live_line(order_id, line_id)?;
                Intent { order_id, change: OrderChange::VoidLine { line_id, reason } }
            }
            Command::AddPayment { order_id, payment_id, payment_type, amount_minor, tendered_minor, tip_minor } => {
                let order = self.order(order_id)?;
                let payment_id = payment_id.unwrap_or_else(|| ids.record());
                if !order.payments.contains_key(&payment_id) {
                    at_most_due(order, amount_minor, tendered_minor)?;
                }
                let tip_minor = tip_minor.unwrap_or(Money::ZERO);
                let change =
                    OrderChange::AddPayment { payment_id, payment_type, amount_minor, tendered_minor, tip_minor };
                Intent { order_id, change }
            }
            Command::CloseOrder { order_id } => {
                let order = self.order(order_id)?;
                fully_paid(order)?;
                Intent { order_id, change: OrderChange::Close { epoch: order.status.epoch } }
            }
        })
    }

    /// Makes the mutation that carries an intent. An intent whose fact already stands makes none: a double tap is harmless.
    fn mutate(&mut self, moment: &Moment, ids: &Ids, session: &Session, intent: Intent) -> Result<OrderId, Refusal> {
        let Intent { order_id, change } = intent;
        let staff = self
            .surroundings
            .staff
            .ok_or_else(|| Refusal::new(RefusalCode::NotSignedIn, "nobody is signed in on this device"))?;
        let device = &session.enrolment.device_id;
        let mut clock = self.clock;
        let stamp = clock.tick(moment.wall, device);
        let before = self.order(order_id).ok().cloned();
        let mut after = before.clone();
        let context = ChangeContext { stamp: &stamp, staff, device, at: moment.wall };
        apply(&mut after, order_id, &change, context)?;
        let Some(order) = after.filter(|after| before.as_ref() != Some(after)) else { return Ok(order_id) };

        let mutation = self.mutation(moment, ids, order_id, &change, stamp, staff)?;
        if let OrderChange::Open { ticket_no, business_date, .. } = &change {
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
            recorded: Recorded {
                wall: moment.wall,
                mono_ms: moment.mono_ms,
                boot_id: self.surroundings.boot_id.to_owned(),
                offset_min: moment.offset_min,
                server_offset_ms: self.surroundings.server_offset_ms,
            },
            actor: Actor { staff_id: staff.clone(), grant_id: None },
            offline: self.surroundings.offline,
            change,
        })
    }

    /// The order as this stage sees it.
    fn order(&self, order_id: OrderId) -> Result<&Order, Refusal> {
        self.orders.get(&order_id).or_else(|| self.db.visible(order_id)).ok_or_else(|| {
            let message = format!("this device knows no order {order_id}");
            Rejection::new(RejectionCode::OrderUnknown, "orderId", message).into()
        })
    }

    fn live_line(&self, order_id: OrderId, line_id: domain::LineId) -> Result<&domain::Line, Refusal> {
        let order = self.order(order_id)?;
        still_open(order)?;
        let line = order.lines.get(&line_id).ok_or_else(|| {
            let message = format!("{} has no line {line_id}", order.ticket_no);
            Refusal::from(Rejection::new(RejectionCode::LineUnknown, "lineId", message))
        })?;
        if line.void.is_some() {
            let message = format!("{} is void", line.name.as_str());
            return Err(Rejection::new(RejectionCode::LineVoid, "lineId", message).into());
        }
        Ok(line)
    }

    fn next_ticket(&self, moment: &Moment, session: &Session) -> Result<(TicketNo, BusinessDate), Refusal> {
        let cut_over_hour = self.db.location().map_or(CUT_OVER_HOUR_DEFAULT, |location| location.cut_over_hour);
        let date = BusinessDate::of(moment.wall, moment.offset_min, cut_over_hour);
        let last = self.tickets.get(&date).copied().unwrap_or_else(|| self.db.last_ticket(date));
        let ticket_no = TicketNo::new(&session.enrolment.device_prefix, last.saturating_add(1))
            .map_err(|error| Refusal::new(RefusalCode::CommandInvalid, error.to_string()))?;
        Ok((ticket_no, date))
    }

    fn currency(&self) -> Result<Currency, Refusal> {
        let menu = self.db.menu().ok_or_else(menu_missing)?;
        Ok(Currency { code: menu.currency.clone(), exponent: menu.currency_exponent })
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

fn still_open(order: &Order) -> Result<(), Refusal> {
    if order.status.rank == StatusRank::Open {
        return Ok(());
    }
    Err(Rejection::new(RejectionCode::OrderClosed, "orderId", format!("{} is closed", order.ticket_no)).into())
}

fn at_most_due(order: &Order, amount: Money, tendered: Option<Money>) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Rejection::new(RejectionCode::PaymentAmount, "amountMinor", message).into());
    let due = order.totals().map_err(invalid)?.balance;
    if amount <= Money::ZERO || amount > due {
        return refuse(format!("{} has {} due, not {}", order.ticket_no, due.minor(), amount.minor()));
    }
    if tendered.is_some_and(|tendered| tendered < amount) {
        return refuse("what is handed over must be at least what is paid".to_owned());
    }
    Ok(())
}

fn fully_paid(order: &Order) -> Result<(), Refusal> {
    let due = order.totals().map_err(invalid)?.balance;
    if due <= Money::ZERO {
        return Ok(());
    }
    let message = format!("{} still has {} due", order.ticket_no, due.minor());
    Err(Rejection::new(RejectionCode::BalanceDue, "orderId", message).into())
}

fn not_enrolled() -> Refusal {
    Refusal::new(RefusalCode::NotEnrolled, "this device was never enrolled")
}

fn menu_missing() -> Refusal {
    Rejection::new(RejectionCode::MenuMissing, "itemId", "the menu has not reached this device yet").into()
}

fn invalid(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalCode::CommandInvalid, error.to_string())
}
