//! The end of a device's day: an act that a device does alone, offline too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::contribution::OpenCheck;
use super::figures::{DayFigures, DayKey};
use crate::ids::{DeviceId, LocationId, StaffId, TextId};
use crate::money::{Currency, MoneyError};
use crate::order::Order;
use crate::schema::{Record, Upcaster, Versioned};
use crate::time::{BusinessDate, Timestamp};
use crate::zone::Zone;

/// Marks names of streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamKind {}

/// The name of one of a device's streams of mutations.
pub type StreamName = TextId<StreamKind>;

/// A device's day as it stood when somebody closed it. Written once: what the device does afterwards changes the orders,
/// never this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceClose {
    /// The version of this form.
    pub schema: u16,
    /// The location.
    pub location_id: LocationId,
    /// The device.
    pub device_id: DeviceId,
    /// The day that was closed.
    pub business_date: BusinessDate,
    /// Who closed it.
    pub closed_by: StaffId,
    /// When, by the device's clock.
    pub closed_at: Timestamp,
    /// The sequence number of the last mutation the device made in each of its streams, 0 where it made none. Once the
    /// server holds them all, it holds all of the device's day.
    pub last_seqs: BTreeMap<StreamName, u64>,
    /// The currency of every amount.
    pub currency: Currency,
    /// What the day came to on the device.
    pub figures: DayFigures,
    /// Checks that nobody had finished, by order.
    pub open_checks: Vec<OpenCheck>,
}

impl Versioned for DeviceClose {
    const NAME: &'static str = "device close";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for DeviceClose {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl DeviceClose {
    /// Closes the day `key` of a device: of `orders`, which may be all that it holds, those that count for it. `by` is the
    /// person and `at` the moment.
    ///
    /// # Errors
    /// When an amount or a count leaves the range of money.
    pub fn new<'a>(
        location_id: LocationId,
        key: DayKey,
        (by, at): (StaffId, Timestamp),
        last_seqs: BTreeMap<StreamName, u64>,
        (currency, zone): (Currency, &Zone),
        orders: impl IntoIterator<Item = &'a Order>,
    ) -> Result<Self, MoneyError> {
        let mut figures = DayFigures::default();
        let mut open_checks = Vec::new();
        for order in orders.into_iter().filter(|order| DayKey::of(order) == key) {
            figures = figures.plus(&DayFigures::of_order(order, zone)?)?;
            open_checks.extend(OpenCheck::of_order(order)?);
        }
        open_checks.sort_by_key(|check| (check.order_id, check.check_id));
        Ok(Self {
            schema: Self::SCHEMA,
            location_id,
            device_id: key.device_id,
            business_date: key.business_date,
            closed_by: by,
            closed_at: at,
            last_seqs,
            currency,
            figures,
            open_checks,
        })
    }
}
