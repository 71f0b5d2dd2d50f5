//! What a day comes to, from what was read of it.

use std::collections::BTreeMap;

use domain::{
    BreakPolicy, Breakdown, Currency, DayFigures, DayKey, DayWords, DeviceId, DrawerBalances, Labour, MissingDevice,
    MoneyError, Outstanding, ReportScope, ShiftRules, Timestamp, drawer_views, missing_devices, timecards,
};
use protocol::{DayStanding, DeviceDay, FrontierDay, FrontierPoint, SignedPoint};

use super::beyond_money;
use super::reading::{DayRead, DeviceRead};
use crate::database::DatabaseError;
use crate::identity::SigningKeys;
use crate::refusal::Refusal;

/// The standing of a day, and the figures as the domain closes a day with them.
pub(super) struct Standing {
    pub(super) told: DayStanding,
    pub(super) confirmed: BTreeMap<DayKey, DayFigures>,
}

impl Standing {
    pub(super) fn of(
        day: &DayRead,
        place: FrontierDay<'_>,
        keys: &SigningKeys,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let currency = Currency { code: day.settings.currency.clone(), exponent: day.settings.currency_exponent };
        let confirmed = confirmed(day).map_err(beyond_money)?;
        let by_device = by_device(&confirmed).map_err(beyond_money)?;
        let figures = by_device.total().map_err(beyond_money)?;
        let missing = missing_devices(place.location_id, place.business_date, &day.standings());
        let outstanding = outstanding(day, &missing, &by_device, &currency).map_err(beyond_money)?;
        let names = day.devices.iter().map(|device| (device.device_id.clone(), device.name.clone())).collect();
        let words = DayWords { names: &names, outstanding: &outstanding, zone: &day.zone, currency: &currency, now };
        let sentences = words.sentences(day.devices.len(), &missing);
        let mut devices = Vec::with_capacity(day.devices.len());
        for device in &day.devices {
            let owes = missing.iter().find(|missing| missing.device_id == device.device_id).map(|missing| missing.owes);
            devices.push(DeviceDay {
                device_id: device.device_id.clone(),
                name: device.name.clone(),
                status: device.status,
                last_heard_at: device.last_heard_at,
                owes,
                outstanding: outstanding.get(&device.device_id).copied(),
                frontier: frontier(device, place, keys, now)?,
            });
        }
        let told = DayStanding {
            location_id: place.location_id.clone(),
            business_date: place.business_date,
            made_at: now,
            head: day.head,
            sentences,
            average_check_minor: figures.average_check(),
            labour: labour(day, place, &figures, now).map_err(beyond_money)?,
            drawers: drawers(day, place).map_err(beyond_money)?,
            currency,
            figures,
            by_device,
            devices,
        };
        Ok(Self { told, confirmed })
    }
}

fn confirmed(day: &DayRead) -> Result<BTreeMap<DayKey, DayFigures>, MoneyError> {
    let mut days: BTreeMap<&DayKey, Vec<&DayFigures>> = BTreeMap::new();
    for (key, figures) in day.orders.values() {
        days.entry(key).or_default().push(figures);
    }
    days.into_iter().map(|(key, all)| Ok((key.clone(), DayFigures::sum(all)?))).collect()
}

fn by_device(confirmed: &BTreeMap<DayKey, DayFigures>) -> Result<Breakdown<DeviceId, DayFigures>, MoneyError> {
    let mut by_device = Breakdown::default();
    for (key, figures) in confirmed {
        by_device.add(&key.device_id, figures)?;
    }
    Ok(by_device)
}

/// What the closes of devices that owe something say beyond what is held. Amounts of another currency cannot be compared.
fn outstanding(
    day: &DayRead,
    missing: &[MissingDevice],
    by_device: &Breakdown<DeviceId, DayFigures>,
    currency: &Currency,
) -> Result<BTreeMap<DeviceId, Outstanding>, MoneyError> {
    let mut outstanding = BTreeMap::new();
    for device in &day.devices {
        let behind = missing.iter().any(|missing| missing.device_id == device.device_id);
        if let Some(close) = device.close.as_ref().filter(|close| behind && close.currency == *currency) {
            let held = by_device.part(&device.device_id);
            outstanding.insert(device.device_id.clone(), Outstanding::of(close, &held)?);
        }
    }
    Ok(outstanding)
}

fn frontier(
    device: &DeviceRead,
    place: FrontierDay<'_>,
    keys: &SigningKeys,
    now: Timestamp,
) -> Result<Vec<SignedPoint>, DatabaseError> {
    let mut frontier = Vec::with_capacity(device.points.len());
    for (stream, incarnation, seq) in &device.points {
        let point = FrontierPoint {
            device_id: device.device_id.clone(),
            stream: stream.clone(),
            incarnation: *incarnation,
            seq: *seq,
            at: now,
        };
        let token = keys.sign_point(&point, place)?;
        frontier.push(SignedPoint { point, token });
    }
    Ok(frontier)
}

fn labour(day: &DayRead, place: FrontierDay<'_>, figures: &DayFigures, now: Timestamp) -> Result<Labour, MoneyError> {
    let rules = ShiftRules {
        zone: day.zone.clone(),
        cut_over_hour: day.settings.cut_over_hour,
        breaks: BreakPolicy::default(),
    };
    let cards = timecards(&day.logs, &rules, now);
    Labour::of(&cards, Some(place.business_date), None, figures.net_minor, now)
}

fn drawers(day: &DayRead, place: FrontierDay<'_>) -> Result<DrawerBalances, MoneyError> {
    let scope = ReportScope {
        location_id: place.location_id.clone(),
        device_id: None,
        business_date: Some(place.business_date),
    };
    DrawerBalances::of(&drawer_views(&day.drawers), &scope, &day.zone, day.settings.cut_over_hour)
}
