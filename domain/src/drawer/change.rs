//! What happens in a drawer, as a device makes and sends it.

use serde::de::MapAccess;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

use super::session::DRAWER_EVENTS_MAX;
use crate::ids::{DrawerEventId, DrawerId, OrderId, PaymentId, RefundId};
use crate::limits::Label;
use crate::money::{AMOUNT_MINOR_MAX, CurrencyCode, Money};
use crate::schema::{Upcaster, Versioned};
use crate::tagged::{Tagged, read_tagged};

/// The largest amount of one event, in minor units. A full session of them still adds up to an amount of money.
#[allow(clippy::cast_possible_wrap, reason = "a few thousand")]
pub const DRAWER_AMOUNT_MINOR_MAX: i64 = AMOUNT_MINOR_MAX / DRAWER_EVENTS_MAX as i64;

/// One event in a drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DrawerChange {
    /// It was opened for a session.
    Open(DrawerOpen),
    /// A guest paid in cash.
    SaleCash(CashSale),
    /// A guest was given cash back.
    RefundCash(CashRefund),
    /// Cash was put in for another reason: change from the bank.
    PaidIn(CashMove),
    /// Cash was taken out to pay for something: the ice delivery.
    PaidOut(CashMove),
    /// Cash was taken to the safe.
    Drop(CashDrop),
    /// It was opened without a sale.
    NoSale(NoSale),
    /// Somebody counted what is in it.
    Count(DrawerCount),
    /// The session was ended.
    Close(DrawerClose),
}

impl DrawerChange {
    /// Every change type this version knows, as it stands on the wire.
    pub const TYPES: [&'static str; 9] =
        ["open", "sale_cash", "refund_cash", "paid_in", "paid_out", "drop", "no_sale", "count", "close"];

    /// The change's type as it stands on the wire.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::SaleCash(_) => "sale_cash",
            Self::RefundCash(_) => "refund_cash",
            Self::PaidIn(_) => "paid_in",
            Self::PaidOut(_) => "paid_out",
            Self::Drop(_) => "drop",
            Self::NoSale(_) => "no_sale",
            Self::Count(_) => "count",
            Self::Close(_) => "close",
        }
    }
}

impl Tagged for DrawerChange {
    const NAME: &'static str = "a drawer change";
    const TYPES: &'static [&'static str] = &Self::TYPES;

    fn read<'de, Fields: MapAccess<'de>>(
        name: &str,
        fields: MapAccessDeserializer<Fields>,
    ) -> Option<Result<Self, Fields::Error>> {
        Some(match name {
            "open" => DrawerOpen::deserialize(fields).map(Self::Open),
            "sale_cash" => CashSale::deserialize(fields).map(Self::SaleCash),
            "refund_cash" => CashRefund::deserialize(fields).map(Self::RefundCash),
            "paid_in" => CashMove::deserialize(fields).map(Self::PaidIn),
            "paid_out" => CashMove::deserialize(fields).map(Self::PaidOut),
            "drop" => CashDrop::deserialize(fields).map(Self::Drop),
            "no_sale" => NoSale::deserialize(fields).map(Self::NoSale),
            "count" => DrawerCount::deserialize(fields).map(Self::Count),
            "close" => DrawerClose::deserialize(fields).map(Self::Close),
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for DrawerChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_tagged(deserializer)
    }
}

impl Versioned for DrawerChange {
    const NAME: &'static str = "drawer change";
    const UPCASTERS: &'static [Upcaster] = &[];
    const TAGGED: bool = true;
}

impl DrawerChange {
    /// The event's identity.
    #[must_use]
    pub const fn event_id(&self) -> DrawerEventId {
        match self {
            Self::Open(event) => event.event_id,
            Self::SaleCash(event) => event.event_id,
            Self::RefundCash(event) => event.event_id,
            Self::PaidIn(event) | Self::PaidOut(event) => event.event_id,
            Self::Drop(event) => event.event_id,
            Self::NoSale(event) => event.event_id,
            Self::Count(event) => event.event_id,
            Self::Close(event) => event.event_id,
        }
    }

    /// The drawer it happened in.
    #[must_use]
    pub const fn drawer(&self) -> &DrawerRef {
        match self {
            Self::Open(event) => &event.drawer,
            Self::SaleCash(event) => &event.drawer,
            Self::RefundCash(event) => &event.drawer,
            Self::PaidIn(event) | Self::PaidOut(event) => &event.drawer,
            Self::Drop(event) => &event.drawer,
            Self::NoSale(event) => &event.drawer,
            Self::Count(event) => &event.drawer,
            Self::Close(event) => &event.drawer,
        }
    }

    /// The amount it carries, the field that holds it and the least it may be.
    pub(super) const fn amount(&self) -> Option<(Money, &'static str, i64)> {
        match self {
            Self::Open(event) => Some((event.float_minor, "float_minor", 0)),
            Self::SaleCash(event) => Some((event.amount_minor, "amount_minor", 1)),
            Self::RefundCash(event) => Some((event.amount_minor, "amount_minor", 1)),
            Self::PaidIn(event) | Self::PaidOut(event) => Some((event.amount_minor, "amount_minor", 1)),
            Self::Drop(event) => Some((event.amount_minor, "amount_minor", 1)),
            Self::Count(event) => Some((event.counted_minor, "counted_minor", 0)),
            Self::Close(event) => Some((event.counted_minor, "counted_minor", 0)),
            Self::NoSale(_) => None,
        }
    }
}

/// A drawer and the currency in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerRef {
    /// The drawer.
    pub drawer_id: DrawerId,
    /// The currency of every amount in it: its location's.
    pub currency: CurrencyCode,
}

/// A drawer was opened for a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerOpen {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// The change it starts with, zero or more.
    pub float_minor: Money,
}

/// A guest paid in cash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CashSale {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// The order paid.
    pub order_id: OrderId,
    /// The payment.
    pub payment_id: PaymentId,
    /// What stays in the drawer once change is given, tip included; more than zero.
    pub amount_minor: Money,
}

/// A guest was given cash back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CashRefund {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// The order.
    pub order_id: OrderId,
    /// The refund.
    pub refund_id: RefundId,
    /// How much; more than zero.
    pub amount_minor: Money,
}

/// Cash was put in or taken out for a reason of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CashMove {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// How much; more than zero.
    pub amount_minor: Money,
    /// What for.
    pub reason: Label,
}

/// Cash was taken to the safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CashDrop {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// How much; more than zero.
    pub amount_minor: Money,
}

/// A drawer was opened without a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NoSale {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// Why.
    pub reason: Label,
}

/// Somebody counted what is in a drawer, without knowing what should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerCount {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// What they typed, zero or more.
    pub counted_minor: Money,
}

/// A session was ended. Both figures are what the device showed then; later views derive theirs anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerClose {
    /// Identity.
    pub event_id: DrawerEventId,
    /// Where.
    pub drawer: DrawerRef,
    /// What the device's events came to.
    pub expected_minor: Money,
    /// What was counted.
    pub counted_minor: Money,
}
