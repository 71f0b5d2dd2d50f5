//! The end of a location's day: the server's act, once it holds what every device announced, or a manager's decision.
//!
//! A device has reported once its own close has arrived and so has every mutation up to the numbers in it. Of a device that
//! has not, nobody knows what it still holds, so a manager who does not want to wait names it, and it stands in the closed
//! report with what it owes. What it delivers later is added in a [`LateArrivals`](super::LateArrivals).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::breakdown::Breakdown;
use super::device_close::{DeviceClose, StreamName};
use super::figures::{DayFigures, DayKey};
use super::partial::clock_on;
use crate::ids::{DeviceId, LocationId, StaffId};
use crate::money::{Currency, MoneyError};
use crate::schema::{Record, Upcaster, Versioned};
use crate::time::{BusinessDate, Timestamp};
use crate::zone::Zone;

/// A location's day, closed. Written once and never again: what arrives later is added beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LocationClose {
    /// The version of this form.
    pub schema: u16,
    /// The location.
    pub location_id: LocationId,
    /// The day.
    pub business_date: BusinessDate,
    /// Who closed it.
    pub closed_by: StaffId,
    /// When, by the server's clock.
    pub closed_at: Timestamp,
    /// The currency of every amount.
    pub currency: Currency,
    /// What the day came to.
    pub figures: DayFigures,
    /// The same by the device that opened the orders.
    pub by_device: Breakdown<DeviceId, DayFigures>,
    /// Devices whose day is not whole in it, by their ids; none where nobody had to decide.
    pub missing: Vec<MissingDevice>,
}

/// A device whose day the server does not hold whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MissingDevice {
    /// The device.
    pub device_id: DeviceId,
    /// When the server last heard of it; nothing where it never did.
    pub missing_since: Option<Timestamp>,
    /// What it still has to send.
    pub owes: Owed,
}

/// What a device still has to send for its day to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Owed {
    /// It has not closed its day: nobody knows how many mutations it holds.
    DeviceClose,
    /// It has closed its day, and so many of the mutations it announced have not arrived.
    Mutations(u64),
}

/// How far a registered device has reported.
#[derive(Debug, Clone, Copy)]
pub struct DeviceStanding<'a> {
    /// The device.
    pub device_id: &'a DeviceId,
    /// When the server last heard of it.
    pub last_heard_at: Option<Timestamp>,
    /// The sequence number up to which the server holds each of its streams.
    pub received_seqs: &'a BTreeMap<StreamName, u64>,
    /// Its close of the day, where it has arrived.
    pub close: Option<&'a DeviceClose>,
}

/// What somebody asks when they close a location's day. Whether they may is for the caller to check.
#[derive(Debug, Clone, Copy)]
pub struct LocationCloseAsk<'a> {
    /// The location.
    pub location_id: &'a LocationId,
    /// The day.
    pub business_date: BusinessDate,
    /// Who asks.
    pub by: &'a StaffId,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// The currency of the location.
    pub currency: &'a Currency,
    /// Devices that a manager does not wait for; empty where nobody decided that.
    pub without: &'a BTreeSet<DeviceId>,
}

/// Why a location's day was not closed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationCloseRefused {
    /// It is closed already; what arrived since belongs in an addendum.
    #[error("{business_date} was closed at {closed_at} by {closed_by}")]
    Closed {
        /// The day.
        business_date: BusinessDate,
        /// When it was closed.
        closed_at: Timestamp,
        /// By whom.
        closed_by: StaffId,
    },
    /// Devices have not reported, and nobody decided to close without them.
    #[error("{} of the devices have not reported the end of their day", .0.len())]
    DevicesMissing(Vec<MissingDevice>),
    /// The day comes to more than an amount may be.
    #[error(transparent)]
    Amount(#[from] MoneyError),
}

impl LocationCloseRefused {
    /// The reason as it stands on the wire.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Closed { .. } => "DAY_CLOSED",
            Self::DevicesMissing(_) => "DEVICES_MISSING",
            Self::Amount(_) => "LIMIT_EXCEEDED",
        }
    }
}

impl Versioned for LocationClose {
    const NAME: &'static str = "location close";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for LocationClose {
    fn schema(&self) -> u16 {
        self.schema
    }
}

/// Closes a location's day. `devices` are all that are registered there and may have made something that day; `confirmed` are
/// the figures that the server holds; `earlier` is the close of the same day, if there is one.
///
/// # Errors
/// Why the day was not closed: [`LocationCloseRefused`].
pub fn close_location(
    ask: &LocationCloseAsk<'_>,
    devices: &[DeviceStanding<'_>],
    confirmed: &BTreeMap<DayKey, DayFigures>,
    earlier: Option<&LocationClose>,
) -> Result<LocationClose, LocationCloseRefused> {
    if let Some(close) = earlier {
        let (business_date, closed_at, closed_by) = (close.business_date, close.closed_at, close.closed_by.clone());
        return Err(LocationCloseRefused::Closed { business_date, closed_at, closed_by });
    }
    let missing = missing_devices(ask.location_id, ask.business_date, devices);
    if missing.iter().any(|device| !ask.without.contains(&device.device_id)) {
        return Err(LocationCloseRefused::DevicesMissing(missing));
    }
    let by_device = figures_by_device(ask.business_date, confirmed)?;
    Ok(LocationClose {
        schema: LocationClose::SCHEMA,
        location_id: ask.location_id.clone(),
        business_date: ask.business_date,
        closed_by: ask.by.clone(),
        closed_at: ask.at,
        currency: ask.currency.clone(),
        figures: by_device.total()?,
        by_device,
        missing,
    })
}

/// The devices that have not reported the whole of a day, by their ids. Where there are none, the day may be closed.
#[must_use]
pub fn missing_devices(
    location_id: &LocationId,
    business_date: BusinessDate,
    devices: &[DeviceStanding<'_>],
) -> Vec<MissingDevice> {
    let owing = devices.iter().filter_map(|device| {
        let owes = device.owes(location_id, business_date)?;
        Some(MissingDevice { device_id: device.device_id.clone(), missing_since: device.last_heard_at, owes })
    });
    let mut missing: Vec<_> = owing.collect();
    missing.sort_by(|one, other| one.device_id.cmp(&other.device_id));
    missing
}

impl DeviceStanding<'_> {
    fn owes(&self, location_id: &LocationId, business_date: BusinessDate) -> Option<Owed> {
        let of_day = |close: &&DeviceClose| {
            close.device_id == *self.device_id
                && close.business_date == business_date
                && close.location_id == *location_id
        };
        let Some(close) = self.close.filter(of_day) else { return Some(Owed::DeviceClose) };
        let owed = close.last_seqs.iter().map(|(stream, last)| {
            let received = self.received_seqs.get(stream).copied().unwrap_or(0);
            last.saturating_sub(received)
        });
        let owed = owed.fold(0_u64, u64::saturating_add);
        (owed > 0).then_some(Owed::Mutations(owed))
    }
}

impl MissingDevice {
    /// The device in a sentence for the closed report, as read at a moment: `dev_c missing since 21:14, owes 14 mutations`.
    #[must_use]
    pub fn sentence(&self, zone: &Zone, now: Timestamp) -> String {
        let device = &self.device_id;
        let since = match self.missing_since {
            Some(since) => format!("missing since {}", clock_on(zone, since, now)),
            None => "never heard of".to_owned(),
        };
        match self.owes {
            Owed::DeviceClose => format!("{device} {since}, owes the close of its day"),
            Owed::Mutations(1) => format!("{device} {since}, owes 1 mutation"),
            Owed::Mutations(count) => format!("{device} {since}, owes {count} mutations"),
        }
    }
}

/// The figures of one date by device.
pub(super) fn figures_by_device(
    business_date: BusinessDate,
    days: &BTreeMap<DayKey, DayFigures>,
) -> Result<Breakdown<DeviceId, DayFigures>, MoneyError> {
    let mut by_device = Breakdown::default();
    for (key, figures) in days.iter().filter(|(key, _)| key.business_date == business_date) {
        by_device.add(&key.device_id, figures)?;
    }
    Ok(by_device)
}
