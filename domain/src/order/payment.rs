//! Payments, tips and refunds: recorded facts. Nothing here is ever edited; what happens to a payment is written beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{CheckId, DrawerSessionId, PaymentId, RefundId, StaffId, TipId};
use crate::money::{Money, MoneyError};
use crate::register::{Act, Register};
use crate::stamp::Stamp;
use crate::time::Timestamp;

/// A recorded payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Payment {
    /// Identity.
    pub payment_id: PaymentId,
    /// How it was paid.
    #[serde(rename = "type")]
    pub payment_type: PaymentType,
    /// What goes towards the bill.
    pub amount_minor: Money,
    /// Cash handed over.
    pub tendered_minor: Option<Money>,
    /// Staff money given with it; never inside the total. Later entries are in `tips`.
    pub tip_minor: Money,
    /// Who took it.
    pub by: StaffId,
    /// When, by that device's clock.
    pub at: Timestamp,
    /// The order among payments.
    pub stamp: Stamp,
    /// The check it is for; absent for the order's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_id: Option<Register<CheckId>>,
    /// The drawer session that took the cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawer_session_id: Option<DrawerSessionId>,
    /// Set when the card batch it is in was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Act>,
    /// Set when it was refused by whoever should have paid it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<Act>,
    /// Set when it was taken back; sticks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided: Option<Act>,
    /// Tips entered later; the last one before the batch was closed counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tips: BTreeMap<TipId, TipEntry>,
    /// Corrections after the batch was closed; all of them count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tip_adjustments: BTreeMap<TipId, TipAdjustment>,
}

/// How a payment was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentType {
    /// Notes and coins.
    Cash,
    /// On a terminal of its own; recorded here.
    CardExternal,
    /// A gift card or voucher of the house.
    GiftCard,
    /// Anything else; the note on the order says what.
    Other,
}

impl PaymentType {
    /// The type as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::CardExternal => "card_external",
            Self::GiftCard => "gift_card",
            Self::Other => "other",
        }
    }
}

/// How a payment stands. Merging takes the larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Written down; the money is on its way.
    Recorded,
    /// The money is there.
    Captured,
    /// The money did not come.
    Declined,
    /// Taken back.
    Voided,
}

/// A tip entered for a payment, e.g. from the signed slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TipEntry {
    /// The whole tip.
    pub amount_minor: Money,
    /// Who entered it.
    pub entered: Act,
}

/// A correction of a tip after the card batch was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TipAdjustment {
    /// What it changes the tip by; negative where it was too high.
    pub by_minor: Money,
    /// Who corrected it and why.
    pub adjusted: Act,
}

/// Money given back after payment: a record of its own, never an edit of the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refund {
    /// Identity.
    pub refund_id: RefundId,
    /// The payment it gives back, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// How it was given back.
    #[serde(rename = "type")]
    pub payment_type: PaymentType,
    /// How much.
    pub amount_minor: Money,
    /// The drawer session that the cash came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawer_session_id: Option<DrawerSessionId>,
    /// Who gave it, when and why.
    pub given: Act,
}

impl Payment {
    /// Cash given back.
    #[must_use]
    pub fn change(&self) -> Money {
        let change = self.tendered_minor.and_then(|tendered| tendered.minus(self.amount_minor).ok());
        change.filter(|change| *change > Money::ZERO).unwrap_or(Money::ZERO)
    }

    /// How it stands. Cash is there at once.
    #[must_use]
    pub const fn status(&self) -> PaymentStatus {
        match (&self.voided, &self.declined, &self.captured, self.payment_type) {
            (Some(_), _, _, _) => PaymentStatus::Voided,
            (None, Some(_), _, _) => PaymentStatus::Declined,
            (None, None, Some(_), _) | (None, None, None, PaymentType::Cash) => PaymentStatus::Captured,
            (None, None, None, PaymentType::CardExternal | PaymentType::GiftCard | PaymentType::Other) => {
                PaymentStatus::Recorded
            }
        }
    }

    /// Whether it goes towards the bill.
    #[must_use]
    pub const fn counts(&self) -> bool {
        match self.status() {
            PaymentStatus::Recorded | PaymentStatus::Captured => true,
            PaymentStatus::Declined | PaymentStatus::Voided => false,
        }
    }

    /// The tip that stands: the last one entered before the batch was closed, and every correction since; never below zero,
    /// and nothing where the payment does not count.
    ///
    /// # Errors
    /// When it leaves the range of money.
    pub fn tip(&self) -> Result<Money, MoneyError> {
        if !self.counts() {
            return Ok(Money::ZERO);
        }
        let corrections = Money::sum(self.tip_adjustments.values().map(|adjustment| adjustment.by_minor))?;
        Ok(self.standing_tip().0.plus(corrections)?.max(Money::ZERO))
    }

    /// The last tip entered in time, with its stamp.
    pub(super) fn standing_tip(&self) -> (Money, &Stamp) {
        let in_time = |entry: &&TipEntry| self.captured.as_ref().is_none_or(|act| entry.entered.stamp < act.stamp);
        let entries = self.tips.values().filter(in_time).map(|entry| (entry.amount_minor, &entry.entered.stamp));
        entries.fold((self.tip_minor, &self.stamp), |last, entry| if entry.1 > last.1 { entry } else { last })
    }

    pub(super) fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        let acts = [&self.captured, &self.declined, &self.voided].into_iter().flatten().map(|act| &act.stamp);
        let entries = self.tips.values().map(|entry| &entry.entered.stamp);
        let adjustments = self.tip_adjustments.values().map(|adjustment| &adjustment.adjusted.stamp);
        let check = self.check_id.iter().map(|check| &check.stamp);
        [&self.stamp].into_iter().chain(acts).chain(entries).chain(adjustments).chain(check)
    }
}

/// How much of an order is paid; derived from its payments and refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Nothing.
    Unpaid,
    /// Something, but not all.
    PartPaid,
    /// All.
    Paid,
    /// More than all.
    OverPaid,
    /// All that was paid was given back.
    Refunded,
}
