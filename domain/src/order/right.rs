//! Which right a change of an order takes.

use super::{AddAdjustment, AdjustmentKind, AdjustmentScope, AdjustmentSize, Order, OrderChange, PaymentType};
use crate::money::Money;
use crate::staff::{Scope, StaffLimits};

impl OrderChange {
    /// The right that the change takes on the order as it stands; `order` is `None` where it opens one. A void, a discount and a
    /// payment take more or less according to what they are about.
    #[must_use]
    pub fn scope(&self, order: Option<&Order>, limits: StaffLimits) -> Scope {
        match self {
            Self::Open(_) => Scope::OrderCreate,
            Self::AddLine(line) if line.price_override.is_some() => Scope::PriceOverride,
            Self::AddLine(_)
            | Self::SetQty(_)
            | Self::SetModifiers(_)
            | Self::AddNote(_)
            | Self::MoveTable(_)
            | Self::SetGuests(_)
            | Self::SetOrderType(_)
            | Self::SplitCheck(_)
            | Self::MergeChecks(_)
            | Self::RemoveAdjustment(_)
            | Self::Close(_) => Scope::OrderUpdate,
            Self::VoidLine(void) => {
                let line = order.and_then(|order| order.lines.get(&void.line_id));
                let sent = line.is_some_and(|line| order.is_some_and(|order| order.is_sent(line)));
                if sent { Scope::LineVoidSent } else { Scope::LineVoidUnsent }
            }
            Self::VoidOrder(_) => {
                let sent = order.is_some_and(|order| order.lines.values().any(|line| order.is_sent(line)));
                if sent { Scope::LineVoidSent } else { Scope::LineVoidUnsent }
            }
            Self::CompLine(_) => Scope::LineComp,
            Self::Fire(_) | Self::Bump(_) => Scope::OrderSend,
            Self::TransferServer(_) => Scope::OrderTransfer,
            Self::AddAdjustment(adjustment) => of_adjustment(adjustment, order, limits),
            Self::AddPayment(payment) if payment.payment_type == PaymentType::Cash => Scope::PaymentCash,
            Self::AddPayment(_) | Self::MarkPayment(_) | Self::AddTip(_) | Self::AdjustTip(_) => Scope::PaymentRecord,
            // Taking a payment back gives money away as a refund does.
            Self::VoidPayment(_) | Self::AddRefund(_) => Scope::RefundCreate,
            Self::Reopen(_) => Scope::OrderReopen,
        }
    }
}

fn of_adjustment(adjustment: &AddAdjustment, order: Option<&Order>, limits: StaffLimits) -> Scope {
    if adjustment.kind == AdjustmentKind::ServiceCharge {
        return Scope::OrderUpdate;
    }
    let totals = order.and_then(|order| order.totals().ok());
    let base = totals.map_or(Money::ZERO, |totals| match adjustment.scope {
        AdjustmentScope::Order => totals.gross.minus(totals.comps).unwrap_or(Money::ZERO),
        AdjustmentScope::Line(line_id) => totals.lines.get(&line_id).map_or(Money::ZERO, |line| line.gross),
    });
    let discount = match adjustment.size {
        AdjustmentSize::AmountMinor(amount) => amount,
        // A share is over the limit or not whatever it is taken off; of nothing it could not be told.
        AdjustmentSize::RatePpm(rate) if rate > limits.discount_rate_max_ppm => return Scope::DiscountOverLimit,
        AdjustmentSize::RatePpm(_) => return Scope::DiscountApply,
    };
    limits.discount_scope(discount, base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Label;
    use crate::order::test_orders::{change_by, line_id, opened, plain_line};
    use crate::order::{AddPayment, AddRefund, Close, CompLine, Fire, FiredLine, Reopen, VoidLine, VoidOrder};
    use crate::staff::Role;

    fn label(text: &str) -> Label {
        text.to_owned().try_into().unwrap()
    }

    fn discount(size: AdjustmentSize) -> OrderChange {
        OrderChange::AddAdjustment(AddAdjustment {
            adjustment_id: "01a19456-9e38-7000-a000-000000000001".parse().unwrap(),
            kind: AdjustmentKind::Discount,
            name: label("Neighbour"),
            scope: AdjustmentScope::Order,
            size,
            discount_id: None,
            stackable: true,
            taxes: Vec::new(),
            reason: None,
        })
    }

    fn payment(payment_type: PaymentType) -> OrderChange {
        OrderChange::AddPayment(AddPayment {
            payment_id: "01a19456-9e38-7000-9000-000000000001".parse().unwrap(),
            payment_type,
            amount_minor: Money::try_from(1_i64).unwrap(),
            tendered_minor: None,
            tip_minor: Money::ZERO,
            check_id: None,
            drawer_session_id: None,
        })
    }

    #[test]
    fn what_takes_trust_takes_more_than_a_servers_rights() {
        let mut order = opened();
        change_by(&mut order, "dev_b", 1, &OrderChange::AddLine(plain_line(line_id(1), 1000, 1))).unwrap();
        let void = OrderChange::VoidLine(VoidLine { line_id: line_id(1), reason: label("x") });
        let void_order = OrderChange::VoidOrder(VoidOrder { epoch: 0, reason: label("x") });
        let needs = |change: &OrderChange, order: &Option<Order>| change.scope(order.as_ref(), StaffLimits::default());
        assert_eq!(needs(&void, &order), Scope::LineVoidUnsent);
        assert_eq!(needs(&void_order, &order), Scope::LineVoidUnsent);
        let fire = OrderChange::Fire(Fire {
            fire_id: "01a19456-9e38-7000-d000-000000000001".parse().unwrap(),
            lines: vec![FiredLine { line_id: line_id(1), qty: 1.try_into().unwrap() }],
            station: None,
            reprint_of: None,
        });
        change_by(&mut order, "dev_b", 2, &fire).unwrap();
        let comp = OrderChange::CompLine(CompLine { line_id: line_id(1), reason: label("x") });
        let refund = OrderChange::AddRefund(AddRefund {
            refund_id: "01a19456-9e38-7000-b000-000000000001".parse().unwrap(),
            payment_id: None,
            payment_type: PaymentType::Cash,
            amount_minor: Money::try_from(1_i64).unwrap(),
            reason: label("x"),
            drawer_session_id: None,
        });
        let reopen = OrderChange::Reopen(Reopen { epoch: 1, reason: label("x") });
        let fifth = AdjustmentSize::RatePpm(200_000.try_into().unwrap());
        let more = AdjustmentSize::RatePpm(200_001.try_into().unwrap());
        let amount = |minor: i64| AdjustmentSize::AmountMinor(minor.try_into().unwrap());
        for (change, scope, server_may) in [
            (&void, Scope::LineVoidSent, false),
            (&void_order, Scope::LineVoidSent, false),
            (&comp, Scope::LineComp, false),
            (&refund, Scope::RefundCreate, false),
            (&reopen, Scope::OrderReopen, false),
            (&discount(fifth), Scope::DiscountApply, true),
            (&discount(more), Scope::DiscountOverLimit, false),
            (&discount(amount(200)), Scope::DiscountApply, true),
            (&discount(amount(201)), Scope::DiscountOverLimit, false),
            (&payment(PaymentType::Cash), Scope::PaymentCash, true),
            (&payment(PaymentType::CardExternal), Scope::PaymentRecord, true),
            (&fire, Scope::OrderSend, true),
            (&OrderChange::Close(Close { epoch: 0, total_minor: None }), Scope::OrderUpdate, true),
        ] {
            assert_eq!(needs(change, &order), scope, "{change:?}");
            assert_eq!(Role::Server.scopes().contains(scope), server_may, "{scope:?}");
            assert!(Role::Manager.scopes().contains(scope), "{scope:?}");
        }
    }
}
