//! What arrived after a location's day was closed. It keeps its business date and stands beside the closed report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::breakdown::{Breakdown, Figure, Sign};
use super::figures::{DayFigures, DayKey};
use super::location_close::{LocationClose, figures_by_device};
use crate::ids::{DeviceId, LocationId, OrderId};
use crate::money::{Money, MoneyError};
use crate::order::Order;
use crate::schema::{Record, Upcaster, Versioned};
use crate::ticket::TicketNo;
use crate::time::{BusinessDate, Timestamp};

/// An addendum to a closed day: what it comes to now, less what the close and the addenda before said. Like the close it is
/// written once; what arrives after it is the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LateArrivals {
    /// The version of this form.
    pub schema: u16,
    /// The location.
    pub location_id: LocationId,
    /// The day that was closed.
    pub business_date: BusinessDate,
    /// Its place among the addenda of the day, from 1.
    pub number: u32,
    /// When it was written, by the server's clock.
    pub added_at: Timestamp,
    /// What it adds; below zero where something was taken back.
    pub figures: DayFigures,
    /// The same by the device that opened the orders.
    pub by_device: Breakdown<DeviceId, DayFigures>,
    /// The orders that arrived or changed, by their ids.
    pub orders: Vec<LateOrder>,
}

/// An order that arrived or changed after its day was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LateOrder {
    /// The order.
    pub order_id: OrderId,
    /// What people call it by.
    pub ticket_no: TicketNo,
    /// The device that opened it.
    pub device_id: DeviceId,
    /// What it comes to now.
    pub total_minor: Money,
    /// What is still due on it now; negative where too much was paid.
    pub balance_minor: Money,
}

impl Versioned for LateArrivals {
    const NAME: &'static str = "late arrivals";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for LateArrivals {
    fn schema(&self) -> u16 {
        self.schema
    }
}

/// The next addendum to a closed day, or nothing where its figures are those already told. `earlier` are the addenda there
/// are; `confirmed` the figures that the server holds `at` this moment; `changed` the orders that arrived or changed since
/// the last of them was written, those of other days among them.
///
/// # Errors
/// When an amount or a count leaves the range of money.
pub fn late_arrivals<'a>(
    close: &LocationClose,
    earlier: &[LateArrivals],
    confirmed: &BTreeMap<DayKey, DayFigures>,
    changed: impl IntoIterator<Item = &'a Order>,
    at: Timestamp,
) -> Result<Option<LateArrivals>, MoneyError> {
    let of_day = changed.into_iter().filter(|order| order.business_date == close.business_date);
    let late: Vec<_> = of_day.map(LateOrder::of).collect::<Result<_, _>>()?;
    late_arrivals_of(close, earlier, confirmed, late, at)
}

/// The same from the `late` orders of that very day as an addendum lists them, for whoever cannot hold all of them whole. Of an
/// order that stands twice in it the last one is taken.
///
/// # Errors
/// When an amount or a count leaves the range of money.
pub fn late_arrivals_of(
    close: &LocationClose,
    earlier: &[LateArrivals],
    confirmed: &BTreeMap<DayKey, DayFigures>,
    late: impl IntoIterator<Item = LateOrder>,
    at: Timestamp,
) -> Result<Option<LateArrivals>, MoneyError> {
    let of_day =
        |late: &&LateArrivals| late.business_date == close.business_date && late.location_id == close.location_id;
    let mut by_device = figures_by_device(close.business_date, confirmed)?.joined(&close.by_device, Sign::Minus)?;
    let mut number: u32 = 1;
    for late in earlier.iter().filter(of_day) {
        by_device = by_device.joined(&late.by_device, Sign::Minus)?;
        number = number.max(late.number.saturating_add(1));
    }
    if by_device.is_zero() {
        return Ok(None);
    }
    let orders: BTreeMap<_, _> = late.into_iter().map(|order| (order.order_id, order)).collect();
    Ok(Some(LateArrivals {
        schema: LateArrivals::SCHEMA,
        location_id: close.location_id.clone(),
        business_date: close.business_date,
        number,
        added_at: at,
        figures: by_device.total()?,
        by_device,
        orders: orders.into_values().collect(),
    }))
}

impl LateOrder {
    /// The order as it stands now.
    ///
    /// # Errors
    /// When an amount leaves the range of money.
    pub fn of(order: &Order) -> Result<Self, MoneyError> {
        let totals = order.totals()?;
        Ok(Self {
            order_id: order.order_id,
            ticket_no: order.ticket_no.clone(),
            device_id: order.device_id.clone(),
            total_minor: totals.total,
            balance_minor: totals.balance,
        })
    }
}
