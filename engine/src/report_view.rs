//! What an app sees of a report: names in camelCase, amounts in minor units, every breakdown as a list in the order of its keys.

use std::collections::BTreeMap;

use domain::{
    BusinessDate, CheckId, CurrencyCode, CurrencyExponent, DayFigures, DeviceClose, DeviceId, DrawerBalances, DrawerId,
    DrawerSessionId, ItemId, Label, Labour, LocationId, Money, OpenCheck, OrderId, OrderType, PartialReport,
    PaymentType, ReportHorizon, StaffId, StreamName, TableId, TaxId, TicketNo, Timestamp, Wages, Zone, clock_on,
};
use serde::{Deserialize, Serialize};

use crate::views::TaxView;

/// What the items of a report are called.
pub(crate) type ItemNames = BTreeMap<ItemId, String>;

/// Which report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportAsk {
    /// The business day; absent for the day that it is now.
    #[serde(default)]
    pub business_date: Option<BusinessDate>,
    /// Only what this device opened; people's hours are not in it then.
    #[serde(default)]
    pub own_only: bool,
    /// What an hour of each person costs, in minor units; without it hours have no cost.
    #[serde(default)]
    pub wages: Option<Wages>,
    /// When the tab that syncs for this one last did: one that follows it does not know by itself.
    #[serde(default)]
    pub last_sync_at: Option<Timestamp>,
}

/// A provisional report of one business day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct ReportView {
    pub provisional: bool,
    pub business_date: BusinessDate,
    pub location_id: LocationId,
    pub own_only: bool,
    pub day_loaded: bool,
    pub horizon: HorizonView,
    pub head: Vec<String>,
    pub currency: CurrencyCode,
    pub currency_exponent: CurrencyExponent,
    pub figures: FiguresView,
    pub confirmed: FiguresView,
    pub pending: FiguresView,
    pub average_check_minor: Option<i64>,
    pub open_checks: Vec<OpenCheckView>,
    pub labour: Option<LabourView>,
    pub drawers: DrawersView,
}

/// How far the device that makes a report can see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct HorizonView {
    pub device_id: DeviceId,
    pub made_at: Timestamp,
    pub local_from: Option<Timestamp>,
    pub local_to: Option<Timestamp>,
    pub last_sync_at: Option<Timestamp>,
    pub unsynced_mutations: u64,
    pub others: Vec<OtherDeviceView>,
}

/// Another device, and how far what it did is in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct OtherDeviceView {
    pub device_id: DeviceId,
    pub included_until: Option<Timestamp>,
}

/// The figures of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct FiguresView {
    pub orders_closed: i64,
    pub open_checks: i64,
    pub open_due_minor: i64,
    pub guests: i64,
    pub gross_minor: i64,
    pub voids_minor: i64,
    pub comps_minor: i64,
    pub discounts_minor: i64,
    pub included_tax_minor: i64,
    pub net_minor: i64,
    pub closed_net_minor: i64,
    pub service_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub paid_minor: i64,
    pub refunded_minor: i64,
    pub tips_minor: i64,
    pub balance_minor: i64,
    pub by_tax: Vec<TaxView>,
    pub by_payment: Vec<TallyView>,
    pub by_refund: Vec<TallyView>,
    pub by_staff_tips: Vec<StaffTipsView>,
    pub by_hour: Vec<HourView>,
    pub by_item: Vec<ItemView>,
    pub by_category: Vec<CategoryView>,
    pub by_staff: Vec<StaffNetView>,
    pub by_order_type: Vec<OrderTypeView>,
}

/// Payments or refunds of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct TallyView {
    #[serde(rename = "type")]
    pub payment_type: PaymentType,
    pub count: i64,
    pub amount_minor: i64,
}

/// Tips of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct StaffTipsView {
    pub staff_id: StaffId,
    pub tips_minor: i64,
}

/// Net sales of one local hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct HourView {
    pub hour: u8,
    pub net_minor: i64,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct ItemView {
    pub item_id: ItemId,
    pub name: Option<String>,
    pub qty: i64,
    pub net_minor: i64,
}

/// Net sales of one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct CategoryView {
    pub category: Label,
    pub net_minor: i64,
}

/// Net sales of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct StaffNetView {
    pub staff_id: StaffId,
    pub net_minor: i64,
}

/// Net sales of one way of eating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct OrderTypeView {
    pub order_type: OrderType,
    pub net_minor: i64,
}

/// A check that nobody has finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct OpenCheckView {
    pub order_id: OrderId,
    pub check_id: CheckId,
    pub ticket_no: TicketNo,
    pub table_id: Option<TableId>,
    pub server_id: StaffId,
    pub opened_at: Timestamp,
    pub due_minor: i64,
}

/// The hours of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct LabourView {
    pub minutes: i64,
    pub by_staff: Vec<StaffMinutesView>,
    pub shifts_unknown: i64,
    pub cost_minor: Option<i64>,
    pub cost_ppm: Option<i64>,
}

/// The hours of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct StaffMinutesView {
    pub staff_id: StaffId,
    pub minutes: i64,
}

/// The drawers of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct DrawersView {
    pub open: i64,
    pub over_short_minor: i64,
    pub closed: Vec<DrawerBalanceView>,
}

/// A closed drawer session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct DrawerBalanceView {
    pub drawer_id: DrawerId,
    pub session_id: DrawerSessionId,
    pub expected_minor: i64,
    pub counted_minor: i64,
    pub over_short_minor: i64,
}

/// What closing a device's day would write down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/reports.ts")]
pub struct CloseView {
    pub location_id: LocationId,
    pub device_id: DeviceId,
    pub business_date: BusinessDate,
    pub closed_by: StaffId,
    pub closed_at: Timestamp,
    pub last_seqs: BTreeMap<StreamName, u64>,
    pub currency: CurrencyCode,
    pub currency_exponent: CurrencyExponent,
    pub figures: FiguresView,
    pub open_checks: Vec<OpenCheckView>,
}

impl ReportView {
    /// The view of a report of one day.
    pub(crate) fn new(
        report: &PartialReport,
        business_date: BusinessDate,
        day_loaded: bool,
        (open_checks, names): (Vec<OpenCheck>, &ItemNames),
        zone: &Zone,
    ) -> Self {
        Self {
            provisional: report.provisional,
            business_date,
            location_id: report.scope.location_id.clone(),
            own_only: report.scope.device_id.is_some(),
            day_loaded,
            horizon: HorizonView::new(&report.horizon),
            head: head(&report.horizon, business_date, day_loaded, zone),
            currency: report.currency.code.clone(),
            currency_exponent: report.currency.exponent,
            figures: FiguresView::new(&report.figures, names),
            confirmed: FiguresView::new(&report.confirmed, names),
            pending: FiguresView::new(&report.pending, names),
            average_check_minor: report.average_check_minor.map(Money::minor),
            open_checks: open_checks.into_iter().map(OpenCheckView::new).collect(),
            labour: report.labour.as_ref().map(LabourView::new),
            drawers: DrawersView::new(&report.drawers),
        }
    }
}

/// What must stand at the head of a report, on paper too: that it is not the day's last word, and what it cannot know.
fn head(horizon: &ReportHorizon, date: BusinessDate, day_loaded: bool, zone: &Zone) -> Vec<String> {
    let clock = |at: Timestamp| clock_on(zone, at, horizon.made_at);
    let mut head = vec![format!("provisional: {date} as {} knows it at {}", horizon.device_id, clock(horizon.made_at))];
    if !day_loaded {
        head.push(format!("finished checks of {date} are on disk and not in this report"));
    }
    head.push(match (horizon.local_from, horizon.local_to) {
        (Some(from), Some(to)) => format!("made of what is here from {} to {}", clock(from), clock(to.max(from))),
        (Some(from), None) => format!("made of what is here from {}", clock(from)),
        (None, _) => "nothing is here yet".to_owned(),
    });
    head.push(match horizon.last_sync_at {
        Some(at) => format!("last synced {}", clock(at)),
        None => "not synced since the app was started".to_owned(),
    });
    match horizon.unsynced_mutations {
        0 => {}
        1 => head.push("1 change made here has not reached the server".to_owned()),
        many => head.push(format!("{many} changes made here have not reached the server")),
    }
    head.extend(horizon.sentences(zone));
    head
}

impl HorizonView {
    fn new(horizon: &ReportHorizon) -> Self {
        let others = horizon.others_included_until.iter();
        Self {
            device_id: horizon.device_id.clone(),
            made_at: horizon.made_at,
            local_from: horizon.local_from,
            local_to: horizon.local_to,
            last_sync_at: horizon.last_sync_at,
            unsynced_mutations: horizon.unsynced_mutations,
            others: others
                .map(|(device, until)| OtherDeviceView { device_id: device.clone(), included_until: *until })
                .collect(),
        }
    }
}

impl FiguresView {
    /// The view of figures.
    pub(crate) fn new(figures: &DayFigures, names: &ItemNames) -> Self {
        let taxes =
            figures.by_tax.iter().flat_map(|(tax, rates)| rates.iter().map(move |(rate, part)| (tax, rate, part)));
        let by_tax = taxes.map(|(tax, rate, part)| TaxView {
            tax_id: TaxId::clone(tax),
            rate_ppm: rate.ppm(),
            base_minor: part.base_minor.minor(),
            tax_minor: part.tax_minor.minor(),
        });
        let by_item = figures.by_item.iter().map(|(item, part)| ItemView {
            item_id: item.clone(),
            name: names.get(item).cloned(),
            qty: part.qty,
            net_minor: part.net_minor.minor(),
        });
        Self {
            orders_closed: figures.orders_closed,
            open_checks: figures.open_checks,
            open_due_minor: figures.open_due_minor.minor(),
            guests: figures.guests,
            gross_minor: figures.gross_minor.minor(),
            voids_minor: figures.voids_minor.minor(),
            comps_minor: figures.comps_minor.minor(),
            discounts_minor: figures.discounts_minor.minor(),
            included_tax_minor: figures.included_tax_minor.minor(),
            net_minor: figures.net_minor.minor(),
            closed_net_minor: figures.closed_net_minor.minor(),
            service_minor: figures.service_minor.minor(),
            tax_minor: figures.tax_minor.minor(),
            total_minor: figures.total_minor.minor(),
            paid_minor: figures.paid_minor.minor(),
            refunded_minor: figures.refunded_minor.minor(),
            tips_minor: figures.tips_minor.minor(),
            balance_minor: figures.balance_minor.minor(),
            by_tax: by_tax.collect(),
            by_payment: tallies(figures.by_payment.iter()),
            by_refund: tallies(figures.by_refund.iter()),
            by_staff_tips: listed(figures.by_staff_tips.iter(), |staff_id, tips_minor| StaffTipsView {
                staff_id,
                tips_minor,
            }),
            by_hour: listed(figures.by_hour_local_net.iter(), |hour, net_minor| HourView { hour, net_minor }),
            by_item: by_item.collect(),
            by_category: listed(figures.by_category_net.iter(), |category, net_minor| CategoryView {
                category,
                net_minor,
            }),
            by_staff: listed(figures.by_staff_net.iter(), |staff_id, net_minor| StaffNetView { staff_id, net_minor }),
            by_order_type: listed(figures.by_order_type_net.iter(), |order_type, net_minor| OrderTypeView {
                order_type,
                net_minor,
            }),
        }
    }
}

fn listed<'a, Key: Clone + 'a, View>(
    parts: impl Iterator<Item = (&'a Key, &'a Money)>,
    view: impl Fn(Key, i64) -> View,
) -> Vec<View> {
    parts.map(|(key, amount)| view(key.clone(), amount.minor())).collect()
}

fn tallies<'a>(parts: impl Iterator<Item = (&'a PaymentType, &'a domain::Tally)>) -> Vec<TallyView> {
    let view = |(payment_type, tally): (&PaymentType, &domain::Tally)| TallyView {
        payment_type: *payment_type,
        count: tally.count,
        amount_minor: tally.amount_minor.minor(),
    };
    parts.map(view).collect()
}

impl OpenCheckView {
    fn new(check: OpenCheck) -> Self {
        Self {
            order_id: check.order_id,
            check_id: check.check_id,
            ticket_no: check.ticket_no,
            table_id: check.table_id,
            server_id: check.server_id,
            opened_at: check.opened_at,
            due_minor: check.due_minor.minor(),
        }
    }
}

impl LabourView {
    fn new(labour: &Labour) -> Self {
        let by_staff = labour.by_staff_minutes.iter();
        Self {
            minutes: labour.minutes,
            by_staff: by_staff
                .map(|(staff, minutes)| StaffMinutesView { staff_id: staff.clone(), minutes: *minutes })
                .collect(),
            shifts_unknown: labour.shifts_unknown,
            cost_minor: labour.cost_minor.map(Money::minor),
            cost_ppm: labour.cost_ppm,
        }
    }
}

impl DrawersView {
    fn new(drawers: &DrawerBalances) -> Self {
        let closed = drawers.closed.iter().map(|drawer| DrawerBalanceView {
            drawer_id: drawer.drawer_id.clone(),
            session_id: drawer.session_id,
            expected_minor: drawer.expected_minor.minor(),
            counted_minor: drawer.counted_minor.minor(),
            over_short_minor: drawer.over_short_minor.minor(),
        });
        Self { open: drawers.open, over_short_minor: drawers.over_short_minor.minor(), closed: closed.collect() }
    }
}

impl CloseView {
    /// The view of a close.
    pub(crate) fn new(close: DeviceClose, names: &ItemNames) -> Self {
        Self {
            figures: FiguresView::new(&close.figures, names),
            location_id: close.location_id,
            device_id: close.device_id,
            business_date: close.business_date,
            closed_by: close.closed_by,
            closed_at: close.closed_at,
            last_seqs: close.last_seqs,
            currency: close.currency.code,
            currency_exponent: close.currency.exponent,
            open_checks: close.open_checks.into_iter().map(OpenCheckView::new).collect(),
        }
    }
}
