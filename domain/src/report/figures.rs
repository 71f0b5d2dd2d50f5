//! The figures of a day.

use serde::{Deserialize, Serialize};

use super::breakdown::{Breakdown, Figure, Sign};
use crate::ids::{DeviceId, ItemId, StaffId, TaxId};
use crate::limits::Label;
use crate::money::{Money, MoneyError, Rate};
use crate::order::{Order, OrderType, PaymentType};
use crate::schema::{Upcaster, Versioned};
use crate::time::BusinessDate;

/// Which day's figures, and of which device: an order counts for the device that opened it, on the date it was opened for,
/// whoever changes it and whenever it arrives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayKey {
    /// The day.
    pub business_date: BusinessDate,
    /// The device.
    pub device_id: DeviceId,
}

impl DayKey {
    /// The day and device an order counts for.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self { business_date: order.business_date, device_id: order.device_id.clone() }
    }
}

/// The figures of one day: of one device, of several together, or of one order. Amounts are in minor units of the
/// location's currency.
///
/// Every order counts from its first line on, open ones included: their payments lie in the drawer already.
/// The laws: under [`plus`](Self::plus) figures are an abelian group with the default as zero, and
/// [`minus`](Self::minus) is its exact inverse; of orders, `gross − comps − discounts − included tax = net`, `net + service
/// + tax = total`, `paid − refunded = total − balance`, and every breakdown of net adds up to net.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DayFigures {
    /// Orders finished.
    pub orders_closed: i64,
    /// Checks of orders that nobody has finished.
    pub open_checks: i64,
    /// What guests are still to pay on those.
    pub open_due_minor: Money,
    /// Guests of orders that were not given up.
    pub guests: i64,
    /// Everything that is not void.
    pub gross_minor: Money,
    /// Lines taken back, at what they would have come to.
    pub voids_minor: Money,
    /// Lines given away.
    pub comps_minor: Money,
    /// Taken off by discounts.
    pub discounts_minor: Money,
    /// Taxes inside the prices; part of `tax_minor`.
    pub included_tax_minor: Money,
    /// Sales: what is left of gross.
    pub net_minor: Money,
    /// Sales of finished orders alone: what the average check is reckoned from.
    pub closed_net_minor: Money,
    /// House money on top, without taxes.
    pub service_minor: Money,
    /// All taxes.
    pub tax_minor: Money,
    /// What the guests owe or have paid.
    pub total_minor: Money,
    /// Payments that are neither void nor declined.
    pub paid_minor: Money,
    /// Given back.
    pub refunded_minor: Money,
    /// Staff money, beside the total.
    pub tips_minor: Money,
    /// What is still due; negative where too much was paid.
    pub balance_minor: Money,
    /// Each tax at each of its rates.
    pub by_tax: Breakdown<TaxId, Breakdown<Rate, TaxFigures>>,
    /// Payments by how they were made.
    pub by_payment: Breakdown<PaymentType, Tally>,
    /// Refunds by how they were made.
    pub by_refund: Breakdown<PaymentType, Tally>,
    /// Tips of whoever looks after the guests.
    pub by_staff_tips: Breakdown<StaffId, Money>,
    /// Net by the local hour, 0 to 23, in which the order was opened.
    pub by_hour_local_net: Breakdown<u8, Money>,
    /// What was served, by item: given away counts, void does not.
    pub by_item: Breakdown<ItemId, ItemFigures>,
    /// Net by the category that the item had when it was ordered.
    pub by_category_net: Breakdown<Label, Money>,
    /// Net by whoever looks after the guests.
    pub by_staff_net: Breakdown<StaffId, Money>,
    /// Net by where and how the guests eat.
    pub by_order_type_net: Breakdown<OrderType, Money>,
}

/// One tax at one rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxFigures {
    /// What it was charged on.
    pub base_minor: Money,
    /// What it comes to.
    pub tax_minor: Money,
}

/// How many payments or refunds, and how much together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many.
    pub count: i64,
    /// How much.
    pub amount_minor: Money,
}

/// One item. One that was only given away has a quantity and no net, and so it is listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ItemFigures {
    /// How many were served.
    pub qty: i64,
    /// What they sold for, without taxes.
    pub net_minor: Money,
}

impl Versioned for DayFigures {
    const NAME: &'static str = "day figures";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl DayFigures {
    /// The figures of both together.
    ///
    /// # Errors
    /// When an amount or a count leaves the range of money.
    pub fn plus(&self, other: &Self) -> Result<Self, MoneyError> {
        self.joined(other, Sign::Plus)
    }

    /// What is left when the other's figures are taken out.
    ///
    /// # Errors
    /// When an amount or a count leaves the range of money.
    pub fn minus(&self, other: &Self) -> Result<Self, MoneyError> {
        self.joined(other, Sign::Minus)
    }

    /// The figures of several together.
    ///
    /// # Errors
    /// When an amount or a count leaves the range of money.
    pub fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Result<Self, MoneyError> {
        Self::together(&all.into_iter().collect::<Vec<_>>())
    }

    /// Adds up halves of halves: a sum copies what it is made of, and added one by one the day's lists would be copied for every
    /// order.
    fn together(all: &[&Self]) -> Result<Self, MoneyError> {
        match all {
            [] => Ok(Self::default()),
            [one] => Ok((*one).clone()),
            many => {
                let (one, other) = many.split_at(many.len() / 2);
                Self::together(one)?.plus(&Self::together(other)?)
            }
        }
    }

    /// What a finished order sold for on average, rounded half-even; nothing before one is finished.
    #[must_use]
    pub fn average_check(&self) -> Option<Money> {
        self.closed_net_minor.per(self.orders_closed)
    }
}

impl Figure for DayFigures {
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError> {
        Ok(Self {
            orders_closed: self.orders_closed.joined(&other.orders_closed, sign)?,
            open_checks: self.open_checks.joined(&other.open_checks, sign)?,
            open_due_minor: self.open_due_minor.joined(&other.open_due_minor, sign)?,
            guests: self.guests.joined(&other.guests, sign)?,
            gross_minor: self.gross_minor.joined(&other.gross_minor, sign)?,
            voids_minor: self.voids_minor.joined(&other.voids_minor, sign)?,
            comps_minor: self.comps_minor.joined(&other.comps_minor, sign)?,
            discounts_minor: self.discounts_minor.joined(&other.discounts_minor, sign)?,
            included_tax_minor: self.included_tax_minor.joined(&other.included_tax_minor, sign)?,
            net_minor: self.net_minor.joined(&other.net_minor, sign)?,
            closed_net_minor: self.closed_net_minor.joined(&other.closed_net_minor, sign)?,
            service_minor: self.service_minor.joined(&other.service_minor, sign)?,
            tax_minor: self.tax_minor.joined(&other.tax_minor, sign)?,
            total_minor: self.total_minor.joined(&other.total_minor, sign)?,
            paid_minor: self.paid_minor.joined(&other.paid_minor, sign)?,
            refunded_minor: self.refunded_minor.joined(&other.refunded_minor, sign)?,
            tips_minor: self.tips_minor.joined(&other.tips_minor, sign)?,
            balance_minor: self.balance_minor.joined(&other.balance_minor, sign)?,
            by_tax: self.by_tax.joined(&other.by_tax, sign)?,
            by_payment: self.by_payment.joined(&other.by_payment, sign)?,
            by_refund: self.by_refund.joined(&other.by_refund, sign)?,
            by_staff_tips: self.by_staff_tips.joined(&other.by_staff_tips, sign)?,
            by_hour_local_net: self.by_hour_local_net.joined(&other.by_hour_local_net, sign)?,
            by_item: self.by_item.joined(&other.by_item, sign)?,
            by_category_net: self.by_category_net.joined(&other.by_category_net, sign)?,
            by_staff_net: self.by_staff_net.joined(&other.by_staff_net, sign)?,
            by_order_type_net: self.by_order_type_net.joined(&other.by_order_type_net, sign)?,
        })
    }
}

impl Figure for TaxFigures {
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError> {
        let base_minor = self.base_minor.joined(&other.base_minor, sign)?;
        Ok(Self { base_minor, tax_minor: self.tax_minor.joined(&other.tax_minor, sign)? })
    }
}

impl Figure for Tally {
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError> {
        let count = self.count.joined(&other.count, sign)?;
        Ok(Self { count, amount_minor: self.amount_minor.joined(&other.amount_minor, sign)? })
    }
}

impl Figure for ItemFigures {
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError> {
        let qty = self.qty.joined(&other.qty, sign)?;
        Ok(Self { qty, net_minor: self.net_minor.joined(&other.net_minor, sign)? })
    }
}
