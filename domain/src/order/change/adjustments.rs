//! Discounts and service charges: given, and taken off again.

use serde::{Deserialize, Serialize};

use super::{ChangeContext, immutable, invalid, keep_within_money};
use crate::finding::{Finding, FindingCode};
use crate::ids::{AdjustmentId, DiscountId};
use crate::limits::{Label, MODIFIERS_MAX, ORDER_FACTS_MAX};
use crate::money::{Money, Rate};
use crate::order::{Adjustment, AdjustmentKind, AdjustmentScope, AdjustmentSize, Order, TaxSnapshot};
use crate::register::Act;
use crate::rejection::{Rejection, RejectionCode};

/// A discount or service charge was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddAdjustment {
    /// Its identity.
    pub adjustment_id: AdjustmentId,
    /// Which of the two.
    pub kind: AdjustmentKind,
    /// What the bill calls it.
    pub name: Label,
    /// What it is reckoned on.
    pub scope: AdjustmentScope,
    /// How much; more than zero, a discount's rate at most 100 %.
    pub size: AdjustmentSize,
    /// The discount of the tenant's list that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_id: Option<DiscountId>,
    /// Whether the same discount may be given more than once.
    #[serde(default)]
    pub stackable: bool,
    /// The taxes that a service charge bears.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxSnapshot>,
    /// Why, where a reason is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
}

/// A discount or service charge was taken off again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RemoveAdjustment {
    /// Which.
    pub adjustment_id: AdjustmentId,
}

impl AddAdjustment {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if let Some(known) = order.adjustments.get(&self.adjustment_id) {
            let same = known.kind == self.kind
                && known.scope == self.scope
                && known.size == self.size
                && known.discount_id == self.discount_id
                && known.taxes == self.taxes;
            let message = format!("adjustment {} is already {}", self.adjustment_id, known.name.as_str());
            return if same { Ok(Vec::new()) } else { Err(immutable("adjustment_id", message)) };
        }
        self.check(order)?;
        let adjustment = Adjustment {
            adjustment_id: self.adjustment_id,
            kind: self.kind,
            name: self.name.clone(),
            scope: self.scope,
            size: self.size,
            discount_id: self.discount_id.clone(),
            stackable: self.stackable,
            taxes: self.taxes.clone(),
            given: context.act(self.reason.as_ref()),
            removed: None,
        };
        order.adjustments.insert(self.adjustment_id, adjustment);
        keep_within_money(order, "size", |order| {
            order.adjustments.remove(&self.adjustment_id);
        })?;
        Ok(self.given_before(order).into_iter().collect())
    }

    fn check(&self, order: &Order) -> Result<(), Rejection> {
        let whole = Rate::PPM_WHOLE;
        match self.size {
            AdjustmentSize::RatePpm(rate) if self.kind == AdjustmentKind::Discount && rate.ppm() > whole => {
                return Err(invalid("size", "a discount is at most 100 %").within(1, i64::from(whole)));
            }
            AdjustmentSize::RatePpm(Rate::ZERO) => return Err(invalid("size", "a rate must be more than zero")),
            AdjustmentSize::AmountMinor(amount) if amount <= Money::ZERO => {
                return Err(invalid("size", "an amount must be more than zero"));
            }
            AdjustmentSize::RatePpm(_) | AdjustmentSize::AmountMinor(_) => {}
        }
        if self.taxes.len() > MODIFIERS_MAX || (self.kind == AdjustmentKind::Discount && !self.taxes.is_empty()) {
            return Err(invalid("taxes", "a service charge bears at most 20 taxes, a discount none"));
        }
        if let AdjustmentScope::Line(line_id) = self.scope
            && !order.lines.contains_key(&line_id)
        {
            let message = format!("the order has no line {line_id}");
            return Err(Rejection::new(RejectionCode::LineUnknown, "scope", message));
        }
        if order.adjustments.len() >= ORDER_FACTS_MAX {
            let message = format!("an order has at most {ORDER_FACTS_MAX} discounts and service charges");
            return Err(Rejection::new(RejectionCode::LimitExceeded, "adjustment_id", message));
        }
        Ok(())
    }

    /// The finding where the same discount, which may be given once, was given before.
    fn given_before(&self, order: &Order) -> Option<Finding> {
        let discount_id = self.discount_id.as_ref().filter(|_| !self.stackable)?;
        let same = |other: &&Adjustment| {
            other.adjustment_id != self.adjustment_id
                && other.removed.is_none()
                && other.discount_id.as_ref() == Some(discount_id)
                && other.scope == self.scope
        };
        order.adjustments.values().find(same)?;
        let message = format!("{} was given twice to {}: it counts once", self.name.as_str(), order.ticket_no);
        let (kept, lost) = ("once", "twice");
        Some(Finding::new(FindingCode::DupDiscount, message).between("adjustments", kept, lost))
    }
}

impl RemoveAdjustment {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let Some(adjustment) = order.adjustments.get_mut(&self.adjustment_id) else {
            let message = format!("the order has no discount or service charge {}", self.adjustment_id);
            return Err(Rejection::new(RejectionCode::AdjustmentUnknown, "adjustment_id", message));
        };
        Act::keep_first(&mut adjustment.removed, context.act(None));
        Ok(Vec::new())
    }
}
