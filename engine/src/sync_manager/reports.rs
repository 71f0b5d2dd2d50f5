//! What a day came to, as far as this device knows. Nothing here changes anything, and nothing needs a server.
//!
//! The domain adds up and names what it cannot know; here its sources are brought together: orders as the server confirmed
//! them and the same as this device shows them, punches, drawers, and how far this device can see.

use std::collections::BTreeMap;

use domain::{
    BreakPolicy, BusinessDate, Currency, DayFigures, DayKey, DeviceClose, DeviceId, ItemId, MoneyError, OpenCheck,
    Order, PartialReport, Rejection, RejectionCode, ReportHorizon, ReportScope, ReportSources, Scope, ShiftRules,
    StreamName, Timestamp, Zone, drawer_views, timecards,
};
use protocol::LocationSettings;

use super::SyncManager;
use crate::command::{Enrolment, Refusal, RefusalCode};
use crate::io::Moment;
use crate::report_view::{CloseView, ItemNames, ReportAsk, ReportView};
use crate::staging::business_date;

/// The names of a device's streams in a device close.
const STREAMS: [&str; 2] = ["orders", "shifts"];

impl SyncManager {
    /// A provisional report of one business day: the one asked for, else the day that it is now. `None` before this device
    /// knows its location and currency. Of a day that is not loaded it holds what is in memory, and says so.
    ///
    /// # Errors
    /// `NOT_SIGNED_IN`, `SCOPE_MISSING` or `GRANT_EXPIRED` where staff are employed and whoever asks may not see it;
    /// `LIMIT_EXCEEDED` when an amount or a count leaves the range of money.
    pub fn report(&self, ask: &ReportAsk, now: &Moment) -> Result<Option<ReportView>, Refusal> {
        self.check_right(now, Scope::ReportView)?;
        let Some((enrolment, currency)) = self.known_place() else { return Ok(None) };
        let (zone, cut_over_hour) = clock_of(self.db.location(), now);
        let date = ask.business_date.unwrap_or_else(|| business_date(self.db.location(), now));
        let scope = ReportScope {
            location_id: enrolment.location_id.clone(),
            device_id: ask.own_only.then(|| enrolment.device_id.clone()),
            business_date: Some(date),
        };
        let rules = ShiftRules { zone: zone.clone(), cut_over_hour, breaks: BreakPolicy::default() };
        let drawers = drawer_views(&self.db.drawer_sessions());
        let made_at = self.true_time(now);
        let report = PartialReport::of(
            scope.clone(),
            ReportHorizon {
                last_sync_at: self.last_sync_at.or(ask.last_sync_at),
                ..self.horizon(enrolment, (&zone, cut_over_hour), made_at)
            },
            &ReportSources {
                confirmed: &figures_of(self.db.confirmed_orders().filter(|order| of_scope(&scope, order)), &zone)
                    .map_err(beyond_money)?,
                visible: &figures_of(self.visible_of(&scope), &zone).map_err(beyond_money)?,
                timecards: &timecards(&self.db.shift_logs(), &rules, made_at),
                wages: ask.wages.as_ref(),
                drawers: &drawers,
                currency: &currency,
                zone: &zone,
                cut_over_hour,
            },
        );
        let report = report.map_err(beyond_money)?;
        let day_loaded = !self.db.days_on_disk().contains(&date);
        let open_checks = open_checks(self.visible_of(&scope)).map_err(beyond_money)?;
        let names = item_names(self.visible_of(&scope));
        Ok(Some(ReportView::new(&report, date, day_loaded, (open_checks, &names), &zone)))
    }

    /// What closing this device's day would write down now: its figures, its open checks, and the number of the last mutation
    /// that it has made in each stream. It is not kept and not sent. The day is the one asked for, else the one that it is now.
    ///
    /// # Errors
    /// `NOT_ENROLLED`, `NOT_SIGNED_IN`, `MENU_MISSING` before the device knows its currency, `DAY_NOT_LOADED` where orders of the
    /// day are on disk and not in memory, `LIMIT_EXCEEDED` when an amount or a count leaves the range of money.
    pub fn device_close(&self, date: Option<BusinessDate>, now: &Moment) -> Result<CloseView, Refusal> {
        let not_enrolled = || Refusal::new(RefusalCode::NotEnrolled, "this device was never enrolled");
        self.check_right(now, Scope::ReportView)?;
        let enrolment = &self.db.session().ok_or_else(not_enrolled)?.enrolment;
        let not_signed_in = || Refusal::new(RefusalCode::NotSignedIn, "nobody is known to work this device");
        let staff = self.staff().ok_or_else(not_signed_in)?;
        let (_, currency) = self.known_place().ok_or_else(menu_missing)?;
        let date = date.unwrap_or_else(|| business_date(self.db.location(), now));
        if self.db.days_on_disk().contains(&date) {
            let message = format!("{date} is not in memory as a whole: load it first");
            return Err(Refusal::new(RefusalCode::DayNotLoaded, message));
        }
        let (zone, _) = clock_of(self.db.location(), now);
        let key = DayKey { business_date: date, device_id: enrolment.device_id.clone() };
        let last_seqs = [self.db.queue().last_seq(), self.db.shifts().last_seq()];
        let last_seqs = STREAMS.into_iter().zip(last_seqs);
        let last_seqs = last_seqs.filter_map(|(stream, last)| Some((stream.parse::<StreamName>().ok()?, last)));
        let (by, orders) = ((staff.clone(), self.true_time(now)), self.db.visible_orders());
        let (last_seqs, place) = (last_seqs.collect(), enrolment.location_id.clone());
        let close = DeviceClose::new(place, key.clone(), by, last_seqs, (currency, &zone), orders);
        let of_day = self.db.visible_orders().filter(|order| DayKey::of(order) == key);
        Ok(CloseView::new(close.map_err(beyond_money)?, &item_names(of_day)))
    }

    /// Where this device stands and what it counts in, once it knows both.
    fn known_place(&self) -> Option<(&Enrolment, Currency)> {
        let enrolment = &self.db.session()?.enrolment;
        let settled =
            self.db.location().map(|at| Currency { code: at.currency.clone(), exponent: at.currency_exponent });
        let listed =
            self.db.menu().map(|menu| Currency { code: menu.currency.clone(), exponent: menu.currency_exponent });
        let taken = || self.db.visible_orders().next().map(|order| order.currency.clone());
        Some((enrolment, settled.or(listed).or_else(taken)?))
    }

    /// What time it is by the server's clock, where it was heard: punches are counted by it, and so a running shift must be.
    fn true_time(&self, now: &Moment) -> Timestamp {
        now.wall.after(self.server_offset_ms.unwrap_or(0))
    }

    fn visible_of<'a>(&'a self, scope: &'a ReportScope) -> impl Iterator<Item = &'a Order> {
        self.db.visible_orders().filter(|order| of_scope(scope, order))
    }

    /// How far this device can see. Days on disk count from their beginning: which of their orders came first is not in memory.
    fn horizon(&self, enrolment: &Enrolment, (zone, cut_over): (&Zone, u8), made_at: Timestamp) -> ReportHorizon {
        let orders = || self.db.visible_orders();
        let first_on_disk = self.db.days_on_disk().first().map(|date| zone.day_start(*date, cut_over));
        let mut others: BTreeMap<DeviceId, Option<Timestamp>> = BTreeMap::new();
        let mut local_to = None;
        for stamp in orders().flat_map(Order::stamps) {
            local_to = local_to.max(Some(stamp.moment()));
            if *stamp.device() == enrolment.device_id {
                continue;
            }
            // A device's changes reach the server in their order, so whatever it did before the last one seen is here as well.
            match others.get_mut(stamp.device()) {
                Some(until) => *until = (*until).max(Some(stamp.moment())),
                None => {
                    others.insert(stamp.device().clone(), Some(stamp.moment()));
                }
            }
        }
        let opened_elsewhere = orders().map(|order| &order.device_id).filter(|device| **device != enrolment.device_id);
        for device in opened_elsewhere {
            others.entry(device.clone()).or_default();
        }
        ReportHorizon {
            device_id: enrolment.device_id.clone(),
            made_at,
            local_from: orders().map(|order| order.opened_at).chain(first_on_disk).min(),
            local_to,
            last_sync_at: self.last_sync_at,
            unsynced_mutations: u64::try_from(self.db.queue().depth() + self.db.shifts().depth()).unwrap_or(u64::MAX),
            others_included_until: others,
        }
    }
}

fn of_scope(scope: &ReportScope, order: &Order) -> bool {
    scope.covers(order.business_date, &order.device_id)
}

fn figures_of<'a>(
    orders: impl Iterator<Item = &'a Order>,
    zone: &Zone,
) -> Result<BTreeMap<DayKey, DayFigures>, MoneyError> {
    let mut days: BTreeMap<DayKey, Vec<DayFigures>> = BTreeMap::new();
    for order in orders {
        days.entry(DayKey::of(order)).or_default().push(DayFigures::of_order(order, zone)?);
    }
    days.into_iter().map(|(key, figures)| Ok((key, DayFigures::sum(&figures)?))).collect()
}

/// Checks that nobody has finished, those that are open longest first.
fn open_checks<'a>(orders: impl Iterator<Item = &'a Order>) -> Result<Vec<OpenCheck>, MoneyError> {
    let mut checks = Vec::new();
    for order in orders {
        checks.extend(OpenCheck::of_order(order)?);
    }
    checks.sort_by_key(|check| (check.opened_at, check.order_id, check.check_id));
    Ok(checks)
}

/// What the items were called when they were ordered: the menu of now may not list them any more.
fn item_names<'a>(orders: impl Iterator<Item = &'a Order>) -> ItemNames {
    let lines = orders.flat_map(|order| order.lines.values());
    let names = lines.map(|line| (ItemId::clone(&line.item_id), line.name.as_str().to_owned()));
    names.collect()
}

/// The clock of the place and the hour at which its days start. Until its settings have arrived that is this device's clock, as
/// it stands now.
fn clock_of(location: Option<&LocationSettings>, now: &Moment) -> (Zone, u8) {
    let known = location.and_then(|at| Zone::new(at.zone.as_str(), at.zone_rule.as_deref()?).ok());
    let zone = known.or_else(|| Zone::new("Etc/Device", &rule_of(now.offset_min)).ok()).unwrap_or_else(Zone::utc);
    (zone, location.map_or(ShiftRules::CUT_OVER_HOUR, |at| at.cut_over_hour))
}

/// A fixed offset as a POSIX rule, which counts westwards.
fn rule_of(offset_min: i16) -> String {
    let (sign, minutes) = (if offset_min > 0 { "-" } else { "" }, offset_min.unsigned_abs());
    format!("<DEV>{sign}{}:{:02}", minutes / 60, minutes % 60)
}

fn menu_missing() -> Refusal {
    Rejection::new(RejectionCode::MenuMissing, "businessDate", "neither menu nor settings have reached this device")
        .into()
}

fn beyond_money(error: MoneyError) -> Refusal {
    Rejection::new(RejectionCode::LimitExceeded, "businessDate", error.to_string()).into()
}
