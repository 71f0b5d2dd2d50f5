//! Payments, tips and refunds: what is refused while somebody is there to be told.

use super::{Desk, OrderCommand, needed, optional, refuse};
use crate::field::Field;
use crate::ids::{CheckId, PaymentId};
use crate::money::{CurrencyCode, Money, MoneyError};
use crate::order::{
    AddPayment, AddRefund, AddTip, AdjustTip, MarkPayment, Order, OrderChange, Payment, PaymentStatus, PaymentType,
    VoidPayment,
};
use crate::rejection::{Rejection, RejectionCode};

impl OrderCommand {
    pub(super) fn add_payment(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        own_currency(order, &mut self.currency)?;
        let payment_id = optional(&mut self.payment_id, "paymentId")?.unwrap_or_else(|| desk.new_id());
        let amount_minor = needed(&mut self.amount_minor, "amountMinor")?;
        let tendered_minor = optional(&mut self.tendered_minor, "tenderedMinor")?;
        let tip_minor = optional(&mut self.tip_minor, "tipMinor")?.unwrap_or(Money::ZERO);
        let check_id = optional(&mut self.check_id, "checkId")?;
        if tip_minor < Money::ZERO {
            return refuse(RejectionCode::FieldInvalid, "tipMinor", "a tip must be zero or more");
        }
        if !order.payments.contains_key(&payment_id) {
            at_most_due(order, check_id, amount_minor)?;
            if tendered_minor.is_some_and(|tendered| tendered < amount_minor) {
                let message = "what is handed over must be at least what is paid";
                return refuse(RejectionCode::PaymentAmount, "tenderedMinor", message);
            }
        }
        Ok(OrderChange::AddPayment(AddPayment {
            payment_id,
            payment_type: needed(&mut self.payment_type, "paymentType")?,
            amount_minor,
            tendered_minor,
            tip_minor,
            check_id,
            drawer_session_id: optional(&mut self.drawer_session_id, "drawerSessionId")?,
        }))
    }

    pub(super) fn mark_payment(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let payment_id = needed(&mut self.payment_id, "paymentId")?;
        let mark = needed(&mut self.mark, "mark")?;
        let payment = payment_of(order, payment_id)?;
        match payment.status() {
            PaymentStatus::Recorded => {}
            PaymentStatus::Captured if payment.payment_type == PaymentType::Cash => {
                return refuse(RejectionCode::PaymentState, "paymentId", "cash is there at once");
            }
            PaymentStatus::Captured | PaymentStatus::Declined | PaymentStatus::Voided => {
                return refuse(RejectionCode::PaymentState, "paymentId", "the payment was marked or voided already");
            }
        }
        Ok(OrderChange::MarkPayment(MarkPayment { payment_id, mark }))
    }

    pub(super) fn void_payment(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let payment_id = needed(&mut self.payment_id, "paymentId")?;
        let reason = needed(&mut self.reason, "reason")?;
        let payment = payment_of(order, payment_id)?;
        if payment.captured.is_some() {
            return refuse(
                RejectionCode::PaymentState,
                "paymentId",
                "its batch is closed: give the money back instead",
            );
        }
        if order.refunds.values().any(|refund| refund.payment_id == Some(payment_id)) {
            return refuse(RejectionCode::PaymentState, "paymentId", "some of it was given back already");
        }
        if !payment.counts() {
            return refuse(RejectionCode::PaymentState, "paymentId", "the payment was voided or declined already");
        }
        Ok(OrderChange::VoidPayment(VoidPayment { payment_id, reason }))
    }

    pub(super) fn add_refund(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        own_currency(order, &mut self.currency)?;
        let refund_id = optional(&mut self.refund_id, "refundId")?.unwrap_or_else(|| desk.new_id());
        let payment_id = optional(&mut self.payment_id, "paymentId")?;
        let amount_minor = needed(&mut self.amount_minor, "amountMinor")?;
        if !order.refunds.contains_key(&refund_id) {
            let left = refundable(order, payment_id)?;
            if amount_minor <= Money::ZERO || amount_minor > left {
                let (left_shown, amount) = (order.currency.show(left), order.currency.show(amount_minor));
                let message = format!("at most {left_shown} can be given back, not {amount}");
                let rejection = Rejection::new(RejectionCode::RefundAmount, "amountMinor", message);
                return Err(rejection.within(1, left.minor()));
            }
        }
        Ok(OrderChange::AddRefund(AddRefund {
            refund_id,
            payment_id,
            payment_type: needed(&mut self.payment_type, "paymentType")?,
            amount_minor,
            reason: needed(&mut self.reason, "reason")?,
            drawer_session_id: optional(&mut self.drawer_session_id, "drawerSessionId")?,
        }))
    }

    pub(super) fn add_tip(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        let payment_id = needed(&mut self.payment_id, "paymentId")?;
        let tip_id = optional(&mut self.tip_id, "tipId")?.unwrap_or_else(|| desk.new_id());
        let tip_minor = needed(&mut self.tip_minor, "tipMinor")?;
        let payment = payment_of(order, payment_id)?;
        if tip_minor < Money::ZERO {
            return refuse(RejectionCode::FieldInvalid, "tipMinor", "a tip must be zero or more");
        }
        if payment.captured.is_some() || !payment.counts() {
            let message = "its batch is closed or it does not count: adjust the tip instead";
            return refuse(RejectionCode::PaymentState, "paymentId", message);
        }
        let seen = payment.standing_tip().1.clone();
        Ok(OrderChange::AddTip(AddTip { tip_id, payment_id, tip_minor, seen }))
    }

    pub(super) fn adjust_tip(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        let payment_id = needed(&mut self.payment_id, "paymentId")?;
        let tip_id = optional(&mut self.tip_id, "tipId")?.unwrap_or_else(|| desk.new_id());
        let by_minor = needed(&mut self.by_minor, "byMinor")?;
        let reason = needed(&mut self.reason, "reason")?;
        let payment = payment_of(order, payment_id)?;
        let after = payment.tip().and_then(|tip| tip.plus(by_minor)).map_err(|error| outside(&error, "byMinor"))?;
        if by_minor == Money::ZERO || after < Money::ZERO || !payment.counts() {
            let message = "a correction must change the tip and may not take it below zero";
            return refuse(RejectionCode::FieldInvalid, "byMinor", message);
        }
        Ok(OrderChange::AdjustTip(AdjustTip { tip_id, payment_id, by_minor, reason }))
    }
}

fn payment_of(order: &Order, payment_id: PaymentId) -> Result<&Payment, Rejection> {
    order.payments.get(&payment_id).ok_or_else(|| {
        let message = format!("{} has no payment {payment_id}", order.ticket_no);
        Rejection::new(RejectionCode::PaymentUnknown, "paymentId", message)
    })
}

fn own_currency(order: &Order, currency: &mut Option<Field<CurrencyCode>>) -> Result<(), Rejection> {
    match optional(currency, "currency")? {
        Some(code) if code != order.currency.code => {
            let message = format!("{} is in {}, not {}", order.ticket_no, order.currency.code.as_str(), code.as_str());
            refuse(RejectionCode::ForeignCurrency, "currency", message)
        }
        Some(_) | None => Ok(()),
    }
}

fn at_most_due(order: &Order, check_id: Option<CheckId>, amount: Money) -> Result<(), Rejection> {
    let totals = order.totals().map_err(|error| outside(&error, "amountMinor"))?;
    let of_order = totals.balance;
    let due = match check_id {
        None => of_order,
        Some(check_id) => {
            let checks = order.check_totals_within(&totals).map_err(|error| outside(&error, "amountMinor"))?;
            let check = checks.iter().find(|check| check.check_id == check_id);
            let Some(check) = check else {
                let message = format!("{} has no check {check_id} with anything on it", order.ticket_no);
                return refuse(RejectionCode::CheckUnknown, "checkId", message);
            };
            check.balance.min(of_order)
        }
    };
    if amount > Money::ZERO && amount <= due {
        return Ok(());
    }
    let message =
        format!("{} has {} due, not {}", order.ticket_no, order.currency.show(due), order.currency.show(amount));
    let rejection = Rejection::new(RejectionCode::PaymentAmount, "amountMinor", message);
    Err(rejection.within(1, due.minor()))
}

/// What can still be given back: of one payment, or of all.
fn refundable(order: &Order, payment_id: Option<PaymentId>) -> Result<Money, Rejection> {
    let totals = order.totals().map_err(|error| outside(&error, "amountMinor"))?;
    let of_order = totals.paid.minus(totals.refunded).map_err(|error| outside(&error, "amountMinor"))?;
    let Some(payment_id) = payment_id else { return Ok(of_order.max(Money::ZERO)) };
    let payment = payment_of(order, payment_id)?;
    if !payment.counts() {
        return refuse(
            RejectionCode::PaymentState,
            "paymentId",
            "the payment was voided or declined: nothing was paid",
        );
    }
    let refunds = order.refunds.values().filter(|refund| refund.payment_id == Some(payment_id));
    let given =
        Money::sum(refunds.map(|refund| refund.amount_minor)).map_err(|error| outside(&error, "amountMinor"))?;
    let of_payment = payment.amount_minor.minus(given).map_err(|error| outside(&error, "amountMinor"))?;
    Ok(of_payment.min(of_order).max(Money::ZERO))
}

fn outside(error: &MoneyError, field: &str) -> Rejection {
    Rejection::new(RejectionCode::LimitExceeded, field, error.to_string())
}
