//! A report from what one device knows. It says what it is made of, and names what it cannot know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::drawers::DrawerBalances;
use super::figures::{DayFigures, DayKey};
use super::labour::{Labour, Wages};
use crate::drawer::DrawerView;
use crate::ids::{DeviceId, LocationId};
use crate::money::{Currency, Money, MoneyError};
use crate::schema::{Record, Upcaster, Versioned};
use crate::shift::StaffTimecards;
use crate::time::{BusinessDate, Timestamp};
use crate::zone::Zone;

/// What a report is about: a location, or one of its devices; a business date, or every one that the device holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportScope {
    /// The location.
    pub location_id: LocationId,
    /// Only what this device opened; absent for the whole location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// Only this day; absent for every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_date: Option<BusinessDate>,
}

/// How far the device that makes a report can see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportHorizon {
    /// The device that makes the report.
    pub device_id: DeviceId,
    /// When it makes it.
    pub made_at: Timestamp,
    /// The earliest moment of which it holds something in its own store; nothing while the store is empty.
    pub local_from: Option<Timestamp>,
    /// The latest such moment.
    pub local_to: Option<Timestamp>,
    /// When it last finished an exchange with the server; nothing before the first.
    pub last_sync_at: Option<Timestamp>,
    /// Mutations of its own that the server has not decided.
    pub unsynced_mutations: u64,
    /// The other devices of the location, each with the moment up to which what it did is in the report; nothing where it
    /// was never heard of.
    pub others_included_until: BTreeMap<DeviceId, Option<Timestamp>>,
}

/// What a report is made from: what one device holds of its location.
#[derive(Debug, Clone, Copy)]
pub struct ReportSources<'a> {
    /// Figures of the orders as the server confirmed them.
    pub confirmed: &'a BTreeMap<DayKey, DayFigures>,
    /// Figures of the same with pending mutations applied.
    pub visible: &'a BTreeMap<DayKey, DayFigures>,
    /// The timecards of everybody.
    pub timecards: &'a [StaffTimecards],
    /// What their hours cost, where that is known.
    pub wages: Option<&'a Wages>,
    /// The drawers.
    pub drawers: &'a [DrawerView],
    /// The currency of every amount: the location's.
    pub currency: &'a Currency,
    /// The clock of the location.
    pub zone: &'a Zone,
    /// The local hour at which its business days start, 0 to 23.
    pub cut_over_hour: u8,
}

/// A report from what one device knows. The law: `figures = confirmed + pending`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartialReport {
    /// The version of this form.
    pub schema: u16,
    /// True, always: whoever reads the report, on paper too, must know that it is not the day's last word.
    pub provisional: bool,
    /// What it is about.
    pub scope: ReportScope,
    /// How far its maker can see.
    pub horizon: ReportHorizon,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What the device shows: confirmed and pending together.
    pub figures: DayFigures,
    /// What of it the server confirmed.
    pub confirmed: DayFigures,
    /// What the device's pending mutations make of it; may be below zero, e.g. where a line was voided.
    pub pending: DayFigures,
    /// What a finished order sold for on average; nothing before one is finished.
    pub average_check_minor: Option<Money>,
    /// The hours; absent from the report of one device, because people work for the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labour: Option<Labour>,
    /// The drawers.
    pub drawers: DrawerBalances,
}

impl Versioned for PartialReport {
    const NAME: &'static str = "partial report";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for PartialReport {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl ReportScope {
    /// Whether something of a day and a device is in the report.
    #[must_use]
    pub fn covers(&self, business_date: BusinessDate, device_id: &DeviceId) -> bool {
        self.business_date.is_none_or(|date| date == business_date)
            && self.device_id.as_ref().is_none_or(|device| device == device_id)
    }

    fn sum(&self, days: &BTreeMap<DayKey, DayFigures>) -> Result<DayFigures, MoneyError> {
        let covered = days.iter().filter(|(key, _)| self.covers(key.business_date, &key.device_id));
        DayFigures::sum(covered.map(|(_, figures)| figures))
    }
}

impl PartialReport {
    /// Makes the report.
    ///
    /// # Errors
    /// When an amount or a count leaves the range of money.
    pub fn of(scope: ReportScope, horizon: ReportHorizon, sources: &ReportSources<'_>) -> Result<Self, MoneyError> {
        let (figures, confirmed) = (scope.sum(sources.visible)?, scope.sum(sources.confirmed)?);
        let labour = match &scope.device_id {
            Some(_) => None,
            None => {
                let (date, net) = (scope.business_date, figures.net_minor);
                Some(Labour::of(sources.timecards, date, sources.wages, net, horizon.made_at)?)
            }
        };
        let drawers = DrawerBalances::of(sources.drawers, &scope, sources.zone, sources.cut_over_hour)?;
        Ok(Self {
            schema: Self::SCHEMA,
            provisional: true,
            scope,
            horizon,
            currency: sources.currency.clone(),
            pending: figures.minus(&confirmed)?,
            average_check_minor: figures.average_check(),
            figures,
            confirmed,
            labour,
            drawers,
        })
    }
}

impl ReportHorizon {
    /// What stands at the head of the report about each other device, by their ids: `dev_c not included since 21:14`.
    #[must_use]
    pub fn sentences(&self, zone: &Zone) -> Vec<String> {
        let about = |(device, until): (&DeviceId, &Option<Timestamp>)| match until {
            Some(until) => format!("{device} not included since {}", clock_on(zone, *until, self.made_at)),
            None => format!("{device} not included: never heard of"),
        };
        self.others_included_until.iter().map(about).collect()
    }
}

/// What the clock of the place showed at a moment, with the day where it was another one than `now`: `21:14`, `18:05 on
/// 2026-10-30`.
#[must_use]
pub fn clock_on(zone: &Zone, at: Timestamp, now: Timestamp) -> String {
    let (day, today) = (zone.business_date(at, 0), zone.business_date(now, 0));
    let clock = zone.clock_text(at);
    if day == today { clock } else { format!("{clock} on {day}") }
}
