//! Cash drawers: what a person does to one, and what a cash payment puts into it or takes out.

use domain::{
    AuditKind, AuditSubject, ChangeContext, CurrencyCode, DrawerChange, DrawerCommand, DrawerEvent, DrawerId,
    DrawerRef, DrawerSession, DrawerSessionId, OrderChange, OrderId, PaymentType, Rejection, RejectionCode,
    StaffChange, StaffId,
};
use protocol::Mutation;

use super::{Ids, Stage, not_signed_in};
use crate::command::Refusal;
use crate::io::Moment;

/// Where the ids of a drawer's sessions and of the cash that moves with orders begin among those that one command makes.
const SESSION_PLACE: usize = 2 << 16;
const CASH_PLACE: usize = 3 << 16;

impl Stage<'_> {
    /// Checks what a person does to a drawer against what this device knows of it, and makes the mutation that carries it.
    pub(super) fn drawer(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        drawer_id: DrawerId,
        command: DrawerCommand,
    ) -> Result<Option<OrderId>, Refusal> {
        let ids = Ids::new(moment);
        if self.made(ids.mutation()).is_some() {
            return Ok(None);
        }
        let staff = staff.ok_or_else(not_signed_in)?;
        let currency = self.location_currency()?;
        let drawer = DrawerRef { drawer_id, currency: currency.clone() };
        let open = self.open_session(|session| session.drawer.drawer_id == drawer.drawer_id);
        let session_id = open.map_or_else(|| Ids::of_place(moment, SESSION_PLACE).record(), |open| open.session_id);
        let event = command.plan(ids.record(), &currency, drawer, open)?;
        self.drawer_fact(moment, staff, &ids, DrawerEvent { session_id, event })?;
        Ok(None)
    }

    /// Writes down in its drawer what a payment or a refund of an order put in or took out, in the same commit.
    pub(super) fn move_cash(
        &mut self,
        moment: &Moment,
        staff: &StaffId,
        (session_id, command): (DrawerSessionId, DrawerCommand),
    ) -> Result<(), Refusal> {
        let ids = Ids::of_place(moment, CASH_PLACE + self.cash_moves);
        let Some(session) = self.open_session(|session| session.session_id == session_id) else { return Ok(()) };
        let drawer = session.drawer.clone();
        let event = command.plan(ids.record(), &drawer.currency.clone(), drawer, Some(session))?;
        self.cash_moves += 1;
        self.drawer_fact(moment, staff, &ids, DrawerEvent { session_id, event })
    }

    fn drawer_fact(&mut self, moment: &Moment, staff: &StaffId, ids: &Ids, event: DrawerEvent) -> Result<(), Refusal> {
        let record_id = event.session_id.cast();
        let no_sale = matches!(event.event, DrawerChange::NoSale(_));
        let subject = AuditSubject::DrawerEvent(event.event.event_id());
        let change = StaffChange::Drawer(event);
        let approval = self.permit(moment, staff, change.scope(staff), ids.mutation())?;
        self.shift_fact(moment, staff, ids, record_id, &change, approval.as_ref())?;
        if no_sale {
            self.audit_where_employed(moment, staff, AuditKind::NoSale, subject)?;
        }
        Ok(())
    }

    fn open_session(&mut self, is_it: impl Fn(&DrawerSession) -> bool) -> Option<&DrawerSession> {
        let sessions = self.drawers.get_or_insert_with(|| self.db.drawer_sessions());
        sessions.iter().find(|session| session.is_open() && is_it(session))
    }

    /// Shows an event to those staged after it.
    pub(super) fn show_drawer(&mut self, drawer: &DrawerEvent, mutation: &Mutation) {
        let Some(sessions) = &mut self.drawers else { return };
        let place = sessions.iter().position(|session| session.session_id == drawer.session_id);
        let place = place.unwrap_or_else(|| {
            sessions.push(DrawerSession::new(drawer.session_id, drawer.event.drawer().clone()));
            sessions.len() - 1
        });
        let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        if let Some(session) = sessions.get_mut(place) {
            // What the session does not take is for the server to judge.
            session.apply(&drawer.event, context).ok();
        }
    }

    fn location_currency(&self) -> Result<CurrencyCode, Refusal> {
        self.db.location().map(|location| location.currency.clone()).ok_or_else(|| {
            let message = "the settings of the location have not reached this device yet";
            Rejection::new(RejectionCode::MenuMissing, "drawerId", message).into()
        })
    }
}

/// The drawer that a change of an order moves cash in, and how much of it.
pub(super) fn cash_of(order_id: OrderId, change: &OrderChange) -> Option<(DrawerSessionId, DrawerCommand)> {
    if let OrderChange::AddPayment(payment) = change
        && payment.payment_type == PaymentType::Cash
    {
        let (payment_id, amount_minor) = (payment.payment_id, payment.amount_minor);
        return Some((payment.drawer_session_id?, DrawerCommand::SaleCash { order_id, payment_id, amount_minor }));
    }
    if let OrderChange::AddRefund(refund) = change
        && refund.payment_type == PaymentType::Cash
    {
        let (refund_id, amount_minor) = (refund.refund_id, refund.amount_minor);
        return Some((refund.drawer_session_id?, DrawerCommand::RefundCash { order_id, refund_id, amount_minor }));
    }
    None
}
