//! Discounts and service charges: a set by id. Taking one off is a tombstone, so that it stays off.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Order;
use super::line::TaxSnapshot;
use crate::ids::{AdjustmentId, DiscountId, LineId};
use crate::limits::Label;
use crate::money::{Money, Rate};
use crate::register::Act;
use crate::stamp::Stamp;

/// A discount or a service charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Adjustment {
    /// Identity.
    pub adjustment_id: AdjustmentId,
    /// Which of the two.
    pub kind: AdjustmentKind,
    /// What the bill calls it.
    pub name: Label,
    /// What it is reckoned on.
    pub scope: AdjustmentScope,
    /// How much.
    pub size: AdjustmentSize,
    /// The discount of the tenant's list that it is; absent for one made up at the till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_id: Option<DiscountId>,
    /// Whether the same discount may be given more than once.
    pub stackable: bool,
    /// The taxes that a service charge bears.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxSnapshot>,
    /// Who gave it, when and why.
    pub given: Act,
    /// Set when it was taken off again; sticks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Act>,
}

/// Whether an adjustment lowers the bill or raises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentKind {
    /// A lower price.
    Discount,
    /// House money on top of the bill, taxable; not a tip.
    ServiceCharge,
}

/// What an adjustment is reckoned on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentScope {
    /// All that is neither void nor comped.
    Order,
    /// One line.
    Line(LineId),
}

/// How much an adjustment takes off or puts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentSize {
    /// A share of what it is reckoned on.
    RatePpm(Rate),
    /// A fixed amount; a discount takes off at most what is there.
    AmountMinor(Money),
}

impl Adjustment {
    pub(super) fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        [&self.given.stamp].into_iter().chain(self.removed.iter().map(|act| &act.stamp))
    }
}

impl Order {
    /// The adjustments that count: none that was taken off, and of one that may be given once the first, by stamp.
    #[must_use]
    pub fn adjustments_in_force(&self) -> Vec<&Adjustment> {
        let standing = || self.adjustments.values().filter(|adjustment| adjustment.removed.is_none());
        let mut firsts: BTreeMap<(&DiscountId, AdjustmentScope), &Adjustment> = BTreeMap::new();
        for adjustment in standing().filter(|adjustment| !adjustment.stackable) {
            let Some(discount_id) = &adjustment.discount_id else { continue };
            let first = firsts.entry((discount_id, adjustment.scope)).or_insert(adjustment);
            if (&adjustment.given.stamp, adjustment.adjustment_id) < (&first.given.stamp, first.adjustment_id) {
                *first = adjustment;
            }
        }
        let counts = |adjustment: &&Adjustment| match &adjustment.discount_id {
            Some(discount_id) if !adjustment.stackable => firsts
                .get(&(discount_id, adjustment.scope))
                .is_some_and(|first| first.adjustment_id == adjustment.adjustment_id),
            Some(_) | None => true,
        };
        standing().filter(counts).collect()
    }
}
