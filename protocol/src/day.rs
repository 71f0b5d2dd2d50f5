//! A location's day as the server knows it: the report, the close, and what a device says of its own day.

use std::collections::BTreeSet;

use domain::{
    Breakdown, BusinessDate, Currency, DayFigures, DeviceClose, DeviceId, DrawerBalances, Labour, LateArrivals,
    LocationClose, LocationId, Money, Outstanding, Owed, StaffId, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::admin::DeviceStatus;
use crate::frontier_token::FrontierPoint;
use crate::mutation::Incarnation;

/// The answer to `GET /admin/locations/{id}/days/{date}`: one business date of a location, from everything that the server has
/// confirmed. Amounts are in minor units of `currency`. Where the day is closed, the close and what came late add up to its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocationDay {
    /// What the day comes to now, and how whole it is.
    pub standing: DayStanding,
    /// The day as it was closed, where it was. Never rewritten.
    pub closed: Option<ClosedDay>,
    /// What has arrived since the close, dated with the moment of this answer; nothing before the close, or where nothing has.
    pub late: Option<LateArrivals>,
}

/// What a location's day comes to at a moment, and how whole it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DayStanding {
    /// The location.
    pub location_id: LocationId,
    /// The day.
    pub business_date: BusinessDate,
    /// When the server looked, by its clock.
    pub made_at: Timestamp,
    /// The location's head when the server looked: every change up to it is in the figures, none beyond it.
    pub head: u64,
    /// The currency of every amount.
    pub currency: Currency,
    /// How whole the day is, in sentences: belongs at the head of the printed report.
    pub sentences: Vec<String>,
    /// What the orders of the day come to.
    pub figures: DayFigures,
    /// The same by the device that opened the orders.
    pub by_device: Breakdown<DeviceId, DayFigures>,
    /// What a finished order sold for on average, rounded half-even; nothing before one is finished.
    pub average_check_minor: Option<Money>,
    /// The hours of the day, without what they cost: the server knows no wages.
    pub labour: Labour,
    /// The drawers that were opened that day.
    pub drawers: DrawerBalances,
    /// Every device that may have made something that day, by its id.
    pub devices: Vec<DeviceDay>,
}

/// How far the server holds a device's part of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceDay {
    /// The device.
    pub device_id: DeviceId,
    /// What people call it.
    pub name: String,
    /// Whether it may still deliver.
    pub status: DeviceStatus,
    /// When something of it was last decided; nothing where nothing ever was.
    pub last_heard_at: Option<Timestamp>,
    /// What it still has to send for its day to be whole; nothing where the server holds all of it.
    pub owes: Option<Owed>,
    /// What its own close says beyond what the server holds; nothing without a close, or where it owes nothing.
    pub outstanding: Option<Outstanding>,
    /// How far each of its streams is decided, one entry for each life of its store, signed.
    pub frontier: Vec<SignedPoint>,
}

/// A frontier point and its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedPoint {
    /// What is proved.
    #[serde(flatten)]
    pub point: FrontierPoint,
    /// PASETO `v4.public` over the point, by one of the server's keys, bound to tenant, location and day; nothing where the
    /// server has no key.
    pub token: Option<String>,
}

/// `POST /admin/locations/{id}/days/{date}/close`, by the tenant's admin. The answer is the [`ClosedDay`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloseDay {
    /// Who decides it.
    pub closed_by: StaffId,
    /// Devices that the close does not wait for. It must name every device whose day is not whole, and may name others.
    #[serde(default)]
    pub without: BTreeSet<DeviceId>,
}

/// A day as it was closed: written once, whatever arrives later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClosedDay {
    /// The close: who, when, the figures, and the devices that were missing.
    pub close: LocationClose,
    /// All that stood in the report at that moment.
    pub standing: DayStanding,
}

/// `POST /sync/close`: a device tells that somebody closed its day, and how far its streams had come then. The answer is the
/// one that stands. The first one of a day stands, until another life of the device's store tells of the same day: its numbers
/// are new ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceDayClose {
    /// The life of the device's store that the numbers in the close belong to.
    pub incarnation: Incarnation,
    /// The close itself. Its location and device are the asking device's own.
    pub close: DeviceClose,
}
