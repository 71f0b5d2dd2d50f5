//! How an order stands as a whole. Nobody sets it: it follows from what was done, so facts may arrive in any order.

use serde::{Deserialize, Serialize};

use super::Order;
use crate::money::Money;
use crate::register::Act;
use crate::stamp::Stamp;
use crate::time::Timestamp;

/// How an order stands. Merging takes the larger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderStatus {
    /// Grows when a manager reopens the order.
    pub epoch: u16,
    /// How it stands within the epoch.
    pub rank: StatusRank,
}

/// How an order stands within an epoch. Closed outranks voided because closed carries money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatusRank {
    /// Guests may still order and pay.
    #[default]
    Open,
    /// Given up as a whole.
    Voided,
    /// Finished.
    Closed,
}

/// What was done with an order as a whole in one epoch. Of several acts of one kind the one with the lowest stamp stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Epoch {
    /// The reopening that began the epoch; none in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Act>,
    /// Its finishing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Act>,
    /// What the closing device took the order to come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_total_minor: Option<Money>,
    /// Its giving up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided: Option<Act>,
}

impl Epoch {
    pub(super) fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        [&self.reopened, &self.closed, &self.voided].into_iter().flatten().map(|act| &act.stamp)
    }

    const fn rank(&self) -> StatusRank {
        match (&self.closed, &self.voided) {
            (Some(_), _) => StatusRank::Closed,
            (None, Some(_)) => StatusRank::Voided,
            (None, None) => StatusRank::Open,
        }
    }
}

impl Order {
    /// How the order stands.
    #[must_use]
    pub fn status(&self) -> OrderStatus {
        let current = self.epochs.last_key_value();
        current.map_or_else(OrderStatus::default, |(epoch, acts)| OrderStatus { epoch: *epoch, rank: acts.rank() })
    }

    /// When it was finished, where it is.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        let (_, acts) = self.epochs.last_key_value()?;
        acts.closed.as_ref().map(|act| act.at)
    }
}
