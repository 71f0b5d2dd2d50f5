//! Reports: what a day came to, as far as whoever asks can know.
//!
//! A till that is offline at midnight must still tell its manager what it sold, and must not pretend to know what the
//! other tills did. So the figures of one device on one business date are a value that adds up and takes apart exactly
//! ([`DayFigures`]): a device keeps it current by taking out what an order contributed before a change and putting in
//! what it contributes now, a location's day is the sum over its devices, and what is not yet confirmed is the difference
//! of what is visible and what is confirmed. From these a [`PartialReport`] says what is known and names the devices it
//! does not know about. Closing a day is two acts: a [`DeviceClose`] that a device makes alone, and a [`LocationClose`]
//! once every device has delivered what it announced, or a manager names those that have not. Whatever comes later keeps
//! its business date and stands in a dated addendum ([`LateArrivals`]).
//!
//! Three laws: the figures of any partition of the orders add up to the figures of all; a close and its addenda always
//! add up to the day; a closed report is never rewritten.

mod breakdown;
mod completeness;
mod contribution;
mod device_close;
mod drawers;
mod figures;
#[cfg(test)]
mod figures_tests;
mod labour;
mod late_arrivals;
mod location_close;
#[cfg(test)]
mod location_close_tests;
mod partial;
#[cfg(test)]
mod partial_tests;
#[cfg(test)]
mod test_days;

pub use breakdown::{Breakdown, Figure, Sign};
pub use completeness::{DayWords, Outstanding};
pub use contribution::OpenCheck;
pub use device_close::{DeviceClose, StreamKind, StreamName};
pub use drawers::{DrawerBalance, DrawerBalances};
pub use figures::{DayFigures, DayKey, ItemFigures, Tally, TaxFigures};
pub use labour::{Labour, Wages};
pub use late_arrivals::{LateArrivals, LateOrder, late_arrivals, late_arrivals_of};
pub use location_close::{
    DeviceStanding, LocationClose, LocationCloseAsk, LocationCloseRefused, MissingDevice, Owed, close_location,
    missing_devices,
};
pub use partial::{PartialReport, ReportHorizon, ReportScope, ReportSources, clock_on};
