//! Payments, tips and refunds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChangeContext, first_stands, immutable, invalid, keep_within_money, payment_mut};
use crate::finding::{Finding, FindingCode};
use crate::ids::{CheckId, DrawerSessionId, PaymentId, RefundId, TipId};
use crate::limits::{Label, ORDER_FACTS_MAX};
use crate::money::Money;
use crate::order::{Order, Payment, PaymentStatus, PaymentType, Refund, TipAdjustment, TipEntry, Totals};
use crate::register::{Act, Register, is_seen};
use crate::rejection::{Rejection, RejectionCode};
use crate::stamp::Stamp;

/// A payment was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddPayment {
    /// Its identity.
    pub payment_id: PaymentId,
    /// How it was paid.
    pub payment_type: PaymentType,
    /// What goes towards the bill; more than zero.
    pub amount_minor: Money,
    /// Cash handed over; at least the amount.
    pub tendered_minor: Option<Money>,
    /// Staff money; zero or more.
    pub tip_minor: Money,
    /// The check it is for; absent for the order's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_id: Option<CheckId>,
    /// The drawer session that took the cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawer_session_id: Option<DrawerSessionId>,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentMark {
    /// Its card batch was closed: the money is there.
    Captured,
    /// It was refused by whoever should have paid it.
    Declined,
}

/// A payment came through or was declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MarkPayment {
    /// The payment.
    pub payment_id: PaymentId,
    /// What became of it.
    pub mark: PaymentMark,
}

/// A payment was taken back before its batch was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VoidPayment {
    /// The payment.
    pub payment_id: PaymentId,
    /// Why.
    pub reason: Label,
}

/// Money was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddRefund {
    /// Its identity.
    pub refund_id: RefundId,
    /// The payment it gives back, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// How it was given back.
    pub payment_type: PaymentType,
    /// How much; more than zero.
    pub amount_minor: Money,
    /// Why.
    pub reason: Label,
    /// The drawer session that the cash came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawer_session_id: Option<DrawerSessionId>,
}

/// A tip was entered, e.g. from the signed slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddTip {
    /// The entry's identity.
    pub tip_id: TipId,
    /// The payment.
    pub payment_id: PaymentId,
    /// The whole tip; zero or more.
    pub tip_minor: Money,
    /// The stamp of the tip that the person saw.
    pub seen: Stamp,
}

/// A tip was corrected after its batch was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdjustTip {
    /// The correction's identity.
    pub tip_id: TipId,
    /// The payment.
    pub payment_id: PaymentId,
    /// What it changes the tip by; not zero.
    pub by_minor: Money,
    /// Why.
    pub reason: Label,
}

impl AddPayment {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if let Some(known) = order.payments.get(&self.payment_id) {
            let same = known.payment_type == self.payment_type
                && known.amount_minor == self.amount_minor
                && known.tendered_minor == self.tendered_minor
                && known.tip_minor == self.tip_minor;
            let message = format!("payment {} is already recorded with other amounts", self.payment_id);
            return if same { Ok(Vec::new()) } else { Err(immutable("payment_id", message)) };
        }
        if self.amount_minor <= Money::ZERO {
            return Err(invalid("amount_minor", "a payment must be more than zero"));
        }
        if self.tendered_minor.is_some_and(|tendered| tendered < self.amount_minor) {
            return Err(invalid("tendered_minor", "what is handed over must be at least what is paid"));
        }
        if self.tip_minor < Money::ZERO {
            return Err(invalid("tip_minor", "a tip must be zero or more"));
        }
        if let Some(check_id) = self.check_id
            && !order.has_check(check_id)
        {
            return Err(super::checks::unknown(check_id));
        }
        room_for_one_more(order.payments.len(), "payment_id", "payments")?;
        order.payments.insert(self.payment_id, self.payment(context));
        let totals = keep_within_money(order, "amount_minor", |order| {
            order.payments.remove(&self.payment_id);
        })?;
        Ok(overpaid(order, &totals))
    }

    fn payment(&self, context: ChangeContext<'_>) -> Payment {
        Payment {
            payment_id: self.payment_id,
            payment_type: self.payment_type,
            amount_minor: self.amount_minor,
            tendered_minor: self.tendered_minor,
            tip_minor: self.tip_minor,
            by: context.staff.clone(),
            at: context.at,
            stamp: context.stamp.clone(),
            check_id: self.check_id.map(|check_id| Register::new(check_id, context.stamp.clone())),
            drawer_session_id: self.drawer_session_id,
            captured: None,
            declined: None,
            voided: None,
            tips: BTreeMap::new(),
            tip_adjustments: BTreeMap::new(),
        }
    }
}

impl MarkPayment {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let payment = payment_mut(order, self.payment_id)?;
        let mark = match self.mark {
            PaymentMark::Captured => &mut payment.captured,
            PaymentMark::Declined => &mut payment.declined,
        };
        let first = mark.is_none();
        Act::keep_first(mark, context.act(None));
        Ok(captured_and_voided(payment).filter(|_| first && self.mark == PaymentMark::Captured).into_iter().collect())
    }
}

impl VoidPayment {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let payment = payment_mut(order, self.payment_id)?;
        let first = payment.voided.is_none();
        let lost = Act::keep_first(&mut payment.voided, context.act(Some(&self.reason)));
        if first {
            return Ok(captured_and_voided(payment).into_iter().collect());
        }
        let field = format!("payments.{}.voided", self.payment_id);
        Ok(first_stands(FindingCode::EditAfterDelete, "a payment was voided", &field, lost, payment.voided.as_ref()))
    }
}

impl AddRefund {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if let Some(known) = order.refunds.get(&self.refund_id) {
            let same = known.payment_type == self.payment_type
                && known.amount_minor == self.amount_minor
                && known.payment_id == self.payment_id;
            let message = format!("refund {} is already recorded with another amount", self.refund_id);
            return if same { Ok(Vec::new()) } else { Err(immutable("refund_id", message)) };
        }
        if self.amount_minor <= Money::ZERO {
            return Err(invalid("amount_minor", "a refund must be more than zero"));
        }
        if let Some(payment_id) = self.payment_id {
            payment_mut(order, payment_id)?;
        }
        room_for_one_more(order.refunds.len(), "refund_id", "refunds")?;
        let refund = Refund {
            refund_id: self.refund_id,
            payment_id: self.payment_id,
            payment_type: self.payment_type,
            amount_minor: self.amount_minor,
            drawer_session_id: self.drawer_session_id,
            given: context.act(Some(&self.reason)),
        };
        order.refunds.insert(self.refund_id, refund);
        let totals = keep_within_money(order, "amount_minor", |order| {
            order.refunds.remove(&self.refund_id);
        })?;
        if totals.refunded <= totals.paid {
            return Ok(Vec::new());
        }
        let (back, paid) = (order.currency.show(totals.refunded), order.currency.show(totals.paid));
        let message = format!("{}: {back} was given back of {paid} paid", order.ticket_no);
        Ok(vec![Finding::new(FindingCode::OverRefunded, message)])
    }
}

impl AddTip {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let currency = order.currency.clone();
        let payment = payment_mut(order, self.payment_id)?;
        if let Some(known) = payment.tips.get(&self.tip_id) {
            let message = format!("tip {} is already recorded with another amount", self.tip_id);
            let same = known.amount_minor == self.tip_minor;
            return if same { Ok(Vec::new()) } else { Err(immutable("tip_id", message)) };
        }
        if self.tip_minor < Money::ZERO {
            return Err(invalid("tip_minor", "a tip must be zero or more"));
        }
        room_for_one_more(payment.tips.len(), "tip_id", "tip entries")?;
        let (before, last) = payment.standing_tip();
        let unseen = !is_seen(last, &self.seen);
        let late = payment.captured.as_ref().is_some_and(|captured| captured.stamp < *context.stamp);
        let gone = match payment.status() {
            PaymentStatus::Recorded | PaymentStatus::Captured => None,
            PaymentStatus::Declined => Some("declined"),
            PaymentStatus::Voided => Some("voided"),
        };
        let entry = TipEntry { amount_minor: self.tip_minor, entered: context.act(None) };
        payment.tips.insert(self.tip_id, entry);
        let after = payment.standing_tip().0;
        keep_within_money(order, "tip_minor", |order| {
            if let Some(payment) = order.payments.get_mut(&self.payment_id) {
                payment.tips.remove(&self.tip_id);
            }
        })?;
        let field = format!("payments.{}.tip_minor", self.payment_id);
        let told = |code, lost: Money, message: &str| {
            let (kept, lost) = (currency.show(after), currency.show(lost));
            vec![Finding::new(code, format!("{message}: {kept} stands, {lost} does not")).between(&field, kept, lost)]
        };
        if let Some(how) = gone {
            let message = format!("a tip was entered for a payment that was {how}: it has no effect");
            let (kept, lost) = (currency.show(Money::ZERO), currency.show(self.tip_minor));
            return Ok(vec![Finding::new(FindingCode::EditAfterDelete, message).between(field, kept, lost)]);
        }
        if late {
            return Ok(told(
                FindingCode::TipAfterCapture,
                self.tip_minor,
                "a tip was entered after its batch was closed",
            ));
        }
        if unseen && before != self.tip_minor {
            let lost = if after == self.tip_minor { before } else { self.tip_minor };
            return Ok(told(FindingCode::TipReplaced, lost, "two people entered a tip for one payment"));
        }
        Ok(Vec::new())
    }
}

impl AdjustTip {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let payment = payment_mut(order, self.payment_id)?;
        if let Some(known) = payment.tip_adjustments.get(&self.tip_id) {
            let message = format!("tip adjustment {} is already recorded with another amount", self.tip_id);
            let same = known.by_minor == self.by_minor;
            return if same { Ok(Vec::new()) } else { Err(immutable("tip_id", message)) };
        }
        if self.by_minor == Money::ZERO {
            return Err(invalid("by_minor", "a tip adjustment must not be zero"));
        }
        room_for_one_more(payment.tip_adjustments.len(), "tip_id", "tip adjustments")?;
        let adjustment = TipAdjustment { by_minor: self.by_minor, adjusted: context.act(Some(&self.reason)) };
        payment.tip_adjustments.insert(self.tip_id, adjustment);
        keep_within_money(order, "by_minor", |order| {
            if let Some(payment) = order.payments.get_mut(&self.payment_id) {
                payment.tip_adjustments.remove(&self.tip_id);
            }
        })?;
        Ok(Vec::new())
    }
}

/// The finding where more is paid than the order comes to.
pub(super) fn overpaid(order: &Order, totals: &Totals) -> Vec<Finding> {
    if totals.balance >= Money::ZERO {
        return Vec::new();
    }
    let over = Money::ZERO.minus(totals.balance).unwrap_or(Money::ZERO);
    let (over, total) = (order.currency.show(over), order.currency.show(totals.total));
    let message = format!("{} is paid {over} over its total of {total}", order.ticket_no);
    vec![Finding::new(FindingCode::Overpaid, message)]
}

/// The finding where the money of a payment came although the payment was taken back: somebody must give it back.
fn captured_and_voided(payment: &Payment) -> Option<Finding> {
    if payment.captured.is_none() || payment.voided.is_none() {
        return None;
    }
    let message =
        "a payment was voided on one device and captured on another: it counts as voided, and the money is there";
    let field = format!("payments.{}.status", payment.payment_id);
    Some(Finding::new(FindingCode::FieldConflict, message).between(field, "voided", "captured"))
}

fn room_for_one_more(count: usize, field: &str, what: &str) -> Result<(), Rejection> {
    if count < ORDER_FACTS_MAX {
        return Ok(());
    }
    let message = format!("an order holds at most {ORDER_FACTS_MAX} {what}");
    Err(Rejection::new(RejectionCode::LimitExceeded, field, message))
}
