//! The bill: opening it, splitting and merging checks, discounts, giving it up, opening it again.

use super::{Desk, OrderCommand, live_line, needed, optional, refuse, still_open};
use crate::ids::DiscountId;
use crate::limits::{Label, Quantity};
use crate::menu::DiscountScope;
use crate::money::{Currency, Money, Rate};
use crate::order::{
    AddAdjustment, AdjustmentKind, AdjustmentScope, AdjustmentSize, MergeChecks, Moved, Open, Order, OrderChange,
    OrderType, RemoveAdjustment, Reopen, SplitCheck, StatusRank, TaxSnapshot, VoidOrder,
};
use crate::rejection::{Rejection, RejectionCode};

/// An adjustment's own part, wherever it is given.
struct Listed {
    kind: AdjustmentKind,
    name: Label,
    size: AdjustmentSize,
    discount_id: Option<DiscountId>,
    stackable: bool,
    taxes: Vec<TaxSnapshot>,
}

impl OrderCommand {
    pub(super) fn open(&mut self, known: Option<&Order>, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        let (ticket_no, business_date) = match known {
            Some(known) => (known.ticket_no.clone(), known.business_date),
            None => desk.next_ticket()?,
        };
        let menu = desk.menu()?;
        Ok(OrderChange::Open(Open {
            ticket_no,
            business_date,
            currency: Currency { code: menu.currency.clone(), exponent: menu.currency_exponent },
            order_type: optional(&mut self.order_type, "orderType")?.unwrap_or(OrderType::DineIn),
            table_id: optional(&mut self.table_id, "tableId")?,
            guests: optional(&mut self.guests, "guests")?.unwrap_or(Quantity::ONE),
        }))
    }

    pub(super) fn split_check(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let check_id = optional(&mut self.check_id, "checkId")?.unwrap_or_else(|| desk.new_id());
        let name = optional(&mut self.name, "name")?;
        let line_ids = needed(&mut self.line_ids, "lineIds")?;
        if line_ids.is_empty() {
            return refuse(RejectionCode::FieldInvalid, "lineIds", "choose at least one line to split off");
        }
        let moved = |line_id| {
            let seen = live_line(order, line_id)?.check_id.as_ref().map(|check| check.stamp.clone());
            Ok(Moved { id: line_id, seen })
        };
        let lines = line_ids.into_iter().map(moved).collect::<Result<_, Rejection>>()?;
        Ok(OrderChange::SplitCheck(SplitCheck { check_id, name, lines }))
    }

    pub(super) fn merge_checks(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let from = needed(&mut self.check_id, "checkId")?;
        let into = needed(&mut self.into_check_id, "intoCheckId")?;
        for (check_id, field) in [(from, "checkId"), (into, "intoCheckId")] {
            if !order.has_check(check_id) {
                let message = format!("{} has no check {check_id}", order.ticket_no);
                return refuse(RejectionCode::CheckUnknown, field, message);
            }
        }
        if from == into {
            return refuse(RejectionCode::FieldInvalid, "intoCheckId", "a check cannot be merged into itself");
        }
        let lines = order.lines.values().filter(|line| order.check_of_line(line) == from).map(|line| {
            let seen = line.check_id.as_ref().map(|check| check.stamp.clone());
            Moved { id: line.line_id, seen }
        });
        let payments =
            order.payments.values().filter(|payment| order.check_of_payment(payment) == from).map(|payment| {
                let seen = payment.check_id.as_ref().map(|check| check.stamp.clone());
                Moved { id: payment.payment_id, seen }
            });
        Ok(OrderChange::MergeChecks(MergeChecks { into, lines: lines.collect(), payments: payments.collect() }))
    }

    pub(super) fn add_adjustment(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let adjustment_id = optional(&mut self.adjustment_id, "adjustmentId")?.unwrap_or_else(|| desk.new_id());
        let scope = match optional(&mut self.line_id, "lineId")? {
            None => AdjustmentScope::Order,
            Some(line_id) => AdjustmentScope::Line(live_line(order, line_id)?.line_id),
        };
        let listed = self.listed(desk, scope)?;
        let adjustment = match listed {
            Some(listed) => listed,
            None => {
                let kind = needed(&mut self.adjustment_kind, "adjustmentKind")?;
                let (name, size) = (needed(&mut self.name, "name")?, self.size(kind)?);
                Listed { kind, name, size, discount_id: None, stackable: true, taxes: Vec::new() }
            }
        };
        let Listed { kind, name, size, discount_id, stackable, taxes } = adjustment;
        let reason = optional(&mut self.reason, "reason")?;
        let change = AddAdjustment { adjustment_id, kind, name, scope, size, discount_id, stackable, taxes, reason };
        Ok(OrderChange::AddAdjustment(change))
    }

    /// The discount or service charge of the menu's list that was named, where one was.
    fn listed(&mut self, desk: &impl Desk, scope: AdjustmentScope) -> Result<Option<Listed>, Rejection> {
        if let Some(discount_id) = optional(&mut self.discount_id, "discountId")? {
            let discounts = &desk.menu()?.discounts;
            let Some(discount) = discounts.iter().find(|discount| discount.id == discount_id) else {
                let message = format!("the menu has no discount {discount_id}");
                return refuse(RejectionCode::FieldInvalid, "discountId", message);
            };
            let fits =
                match (discount.scope, scope) {
                    (DiscountScope::Order, AdjustmentScope::Order)
                    | (DiscountScope::Line, AdjustmentScope::Line(_)) => true,
                    (DiscountScope::Order, AdjustmentScope::Line(_))
                    | (DiscountScope::Line, AdjustmentScope::Order) => false,
                };
            if !fits {
                let what = if discount.scope == DiscountScope::Line { "one line" } else { "the whole order" };
                let message = format!("{} is given on {what}", discount.name.as_str());
                return refuse(RejectionCode::FieldInvalid, "lineId", message);
            }
            return Ok(Some(Listed {
                kind: AdjustmentKind::Discount,
                name: discount.name.clone(),
                size: discount.size,
                discount_id: Some(discount_id),
                stackable: discount.stackable,
                taxes: Vec::new(),
            }));
        }
        let Some(charge_id) = optional(&mut self.charge_id, "chargeId")? else { return Ok(None) };
        let menu = desk.menu()?;
        let Some(charge) = menu.service_charges.iter().find(|charge| charge.id == charge_id) else {
            return refuse(
                RejectionCode::FieldInvalid,
                "chargeId",
                format!("the menu has no service charge {charge_id}"),
            );
        };
        Ok(Some(Listed {
            kind: AdjustmentKind::ServiceCharge,
            name: charge.name.clone(),
            size: charge.size,
            discount_id: None,
            stackable: true,
            taxes: menu.tax_snapshot(&charge.tax_ids),
        }))
    }

    fn size(&mut self, kind: AdjustmentKind) -> Result<AdjustmentSize, Rejection> {
        let rate = optional(&mut self.rate_ppm, "ratePpm")?;
        let amount = optional(&mut self.amount_minor, "amountMinor")?;
        match (rate, amount) {
            (Some(rate), None) => {
                let whole = Rate::PPM_WHOLE;
                if rate == Rate::ZERO || (kind == AdjustmentKind::Discount && rate.ppm() > whole) {
                    let message = "a discount must be more than zero and at most 100 %";
                    let rejection = Rejection::new(RejectionCode::FieldInvalid, "ratePpm", message);
                    return Err(rejection.within(1, i64::from(whole)));
                }
                Ok(AdjustmentSize::RatePpm(rate))
            }
            (None, Some(amount)) if amount > Money::ZERO => Ok(AdjustmentSize::AmountMinor(amount)),
            (None, Some(_)) => refuse(RejectionCode::FieldInvalid, "amountMinor", "an amount must be more than zero"),
            (Some(_), Some(_)) | (None, None) => {
                refuse(RejectionCode::FieldInvalid, "amountMinor", "give either a rate or an amount")
            }
        }
    }

    pub(super) fn remove_adjustment(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let adjustment_id = needed(&mut self.adjustment_id, "adjustmentId")?;
        if !order.adjustments.contains_key(&adjustment_id) {
            let message = format!("{} has no discount or service charge {adjustment_id}", order.ticket_no);
            return refuse(RejectionCode::AdjustmentUnknown, "adjustmentId", message);
        }
        Ok(OrderChange::RemoveAdjustment(RemoveAdjustment { adjustment_id }))
    }

    pub(super) fn void_order(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let reason = needed(&mut self.reason, "reason")?;
        let kept = order.totals().and_then(|totals| totals.paid.minus(totals.refunded)).unwrap_or(Money::ZERO);
        if kept > Money::ZERO {
            let kept = order.currency.show(kept);
            let message = format!("{} holds {kept} of the guests' money: give it back first", order.ticket_no);
            return refuse(RejectionCode::RefundAmount, "orderId", message);
        }
        Ok(OrderChange::VoidOrder(VoidOrder { epoch: order.status().epoch, reason }))
    }

    pub(super) fn reopen(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let status = order.status();
        if status.rank == StatusRank::Open {
            return refuse(RejectionCode::OrderOpen, "orderId", format!("{} is open", order.ticket_no));
        }
        let reason = needed(&mut self.reason, "reason")?;
        Ok(OrderChange::Reopen(Reopen { epoch: status.epoch.saturating_add(1), reason }))
    }
}
