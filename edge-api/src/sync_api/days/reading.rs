//! Reads a day in pages, up to one moment.
//!
//! Orders are walked along the location's change sequence: one that changes while the pages are read comes again under a higher
//! number, and the later one is kept. The last page is read in one transaction with the head, the streams and everything else,
//! so what was read is the day at exactly that head, and the frontier is that of the same moment.

use std::collections::BTreeMap;

use domain::{
    BusinessDate, DayFigures, DayKey, DeviceClose, DeviceId, DeviceStanding, DrawerSession, LateOrder, MoneyError,
    Order, OrderId, Record as _, ShiftLog, StreamName, Timestamp, Zone,
};
use protocol::{ClosedDay, Collection, DeviceDayClose, DeviceStatus, Incarnation, LocationSettings};

use super::super::not_found;
use super::{DayDesk, beyond_money, too_much};
use crate::credential::device_status;
use crate::database::{Database, DatabaseError, Param, Row, Rows, Statement};
use crate::refusal::Refusal;
use crate::zone_rule::zone_rule;

/// Orders on a page at most. With [`PAGES_MAX`] it bounds a day: ten thousand orders.
const PAGE_ORDERS: u64 = 250;
/// A page ends with the order that reaches this many bytes of records.
const PAGE_BYTES: u64 = 2 << 20;
/// Pages of one report at most, those that are read again because something changed among them.
const PAGES_MAX: u32 = 40;
/// Logs of punches and drawer sessions of one report at most.
const RECORDS_MAX: u64 = 2_000;
/// Devices of one report at most.
const DEVICES_MAX: u64 = 1_000;
/// How many days after its own a day's punches are amended and its drawers closed and still found.
const DAYS_AFTER: usize = 7;

/// What a day's report is made of.
pub(super) struct DayRead {
    pub(super) settings: LocationSettings,
    pub(super) zone: Zone,
    /// The location's head: every change up to it is in here.
    pub(super) head: u64,
    /// What each order contributes.
    pub(super) orders: BTreeMap<OrderId, (DayKey, DayFigures)>,
    /// Orders that arrived or changed after the close.
    pub(super) late: BTreeMap<OrderId, LateOrder>,
    pub(super) devices: Vec<DeviceRead>,
    pub(super) logs: Vec<ShiftLog>,
    pub(super) drawers: Vec<DrawerSession>,
    pub(super) closed: Option<ClosedDay>,
}

/// A device, how far its streams are decided, and its close of the day.
pub(super) struct DeviceRead {
    pub(super) device_id: DeviceId,
    pub(super) name: String,
    pub(super) status: DeviceStatus,
    pub(super) last_heard_at: Option<Timestamp>,
    pub(super) points: Vec<(StreamName, Incarnation, u64)>,
    pub(super) close: Option<DeviceClose>,
    /// The points of the life that the close belongs to.
    received_seqs: BTreeMap<StreamName, u64>,
    enrolled_at: Timestamp,
}

/// The document of the day's close, where it is closed.
pub(super) async fn closed_text<D: Database>(desk: &DayDesk<'_, D>) -> Result<Option<String>, Refusal> {
    let found = desk.database.read(vec![closed_statement(desk)]).await?;
    let row = found.first().and_then(|rows| rows.first());
    Ok(row.map(|row| row.text("document").map(str::to_owned)).transpose()?)
}

impl DayRead {
    /// Reads a day.
    pub(super) async fn of<D: Database>(desk: &DayDesk<'_, D>) -> Result<Self, Refusal> {
        let mut walk = Walk::of(desk).await?;
        while walk.has_more {
            let found = desk.database.read(vec![walk.page(desk)?]).await?;
            walk.take(found.first())?;
        }
        // Whatever was changed meanwhile stands on the last page, with which everything else is read.
        loop {
            let mut statements = vec![walk.page(desk)?];
            statements.extend(side_statements(desk));
            let found = desk.database.read(statements).await?;
            walk.take(found.first())?;
            if !walk.has_more {
                return walk.finished(desk, &found);
            }
        }
    }

    /// The devices as the domain judges them.
    pub(super) fn standings(&self) -> Vec<DeviceStanding<'_>> {
        self.devices.iter().map(DeviceRead::standing).collect()
    }
}

impl DeviceRead {
    fn standing(&self) -> DeviceStanding<'_> {
        DeviceStanding {
            device_id: &self.device_id,
            last_heard_at: self.last_heard_at,
            received_seqs: &self.received_seqs,
            close: self.close.as_ref(),
        }
    }
}

/// A walk through the orders of a day.
struct Walk {
    settings: LocationSettings,
    zone: Zone,
    closed: Option<(u64, ClosedDay)>,
    orders: BTreeMap<OrderId, (DayKey, DayFigures)>,
    late: BTreeMap<OrderId, LateOrder>,
    after: u64,
    has_more: bool,
    pages: u32,
}

impl Walk {
    /// At the beginning. A day that is closed while it is read is reported as it was before.
    async fn of<D: Database>(desk: &DayDesk<'_, D>) -> Result<Self, Refusal> {
        let settings =
            Statement::new("SELECT settings FROM locations WHERE tenant_id = ?1 AND location_id = ?2", place(desk));
        let found = desk.database.read(vec![settings, closed_statement(desk)]).await?;
        let first = |position: usize| found.get(position).and_then(|rows| rows.first());
        let settings: LocationSettings =
            first(0).ok_or_else(|| not_found("there is no such location"))?.json("settings")?;
        let closed = first(1).map(|row| Ok::<_, DatabaseError>((row.integer("head")?, row.json("document")?)));
        Ok(Self {
            zone: zone_of(&settings)?,
            settings,
            closed: closed.transpose()?,
            orders: BTreeMap::new(),
            late: BTreeMap::new(),
            after: 0,
            has_more: true,
            pages: 0,
        })
    }

    /// The next page: finished orders by their day, open ones by what is written in them.
    fn page<D>(&mut self, desk: &DayDesk<'_, D>) -> Result<Statement, Refusal> {
        self.pages += 1;
        if self.pages > PAGES_MAX {
            return Err(too_much());
        }
        let [tenant_id, location_id] = place(desk);
        let params: [Param; 7] = [
            tenant_id,
            location_id,
            desk.business_date.to_string().into(),
            self.after.into(),
            PAGE_ORDERS.into(),
            PAGE_BYTES.into(),
            Collection::Orders.as_str().into(),
        ];
        Ok(Statement::new(PAGE, params))
    }

    fn take(&mut self, rows: Option<&Rows>) -> Result<(), Refusal> {
        let rows = rows.map(Vec::as_slice).unwrap_or_default();
        let mut bytes = 0_u64;
        for row in rows {
            bytes = bytes.saturating_add(row.integer("record_bytes")?);
            self.after = row.integer("changed_seq")?;
            let order = Order::from_json(row.text("record")?);
            let order = order.map_err(|error| DatabaseError::Failed(error.to_string()))?;
            self.put(&order).map_err(beyond_money)?;
        }
        self.has_more = u64::try_from(rows.len()).unwrap_or(u64::MAX) >= PAGE_ORDERS || bytes >= PAGE_BYTES;
        Ok(())
    }

    fn put(&mut self, order: &Order) -> Result<(), MoneyError> {
        if self.closed.as_ref().is_some_and(|(head, _)| self.after > *head) {
            self.late.insert(order.order_id, LateOrder::of(order)?);
        }
        let figures = DayFigures::of_order(order, &self.zone)?;
        self.orders.insert(order.order_id, (DayKey::of(order), figures));
        Ok(())
    }

    fn finished<D>(self, desk: &DayDesk<'_, D>, found: &[Rows]) -> Result<DayRead, Refusal> {
        let [_, heads, devices, streams, closes, records] = found else {
            return Err(DatabaseError::Failed("a day's statements did not all answer".to_owned()).into());
        };
        let head = heads.first().ok_or_else(|| not_found("there is no such location"))?.integer("head")?;
        let (logs, drawers) = logs_and_drawers(records)?;
        let mut read = BTreeMap::new();
        for row in devices {
            let device = device_of(row)?;
            read.insert(device.device_id.clone(), device);
        }
        for row in streams {
            if let Some(device) = read.get_mut(&row.parsed::<DeviceId>("device_id")?) {
                let point = (row.parsed("stream")?, row.parsed("incarnation")?, row.integer("acked_seq")?);
                device.points.push(point);
            }
        }
        for row in closes {
            if let Some(device) = read.get_mut(&row.parsed::<DeviceId>("device_id")?) {
                device.closed(row.json("document")?);
            }
        }
        let Self { settings, zone, closed, orders, late, .. } = self;
        let cut_over = settings.cut_over_hour;
        let opened: Vec<_> = orders.values().map(|(key, _)| &key.device_id).collect();
        read.retain(|device_id, device| {
            device.may_have_part(desk.business_date, &zone, cut_over) || opened.contains(&device_id)
        });
        let devices = read.into_values().collect();
        let closed = closed.map(|(_, closed)| closed);
        Ok(DayRead { settings, zone, head, orders, late, devices, logs, drawers, closed })
    }
}

impl DeviceRead {
    /// The close, and the points that its numbers are measured by.
    fn closed(&mut self, told: DeviceDayClose) {
        let own = self.points.iter().filter(|(_, incarnation, _)| *incarnation == told.incarnation);
        self.received_seqs = own.map(|(stream, _, seq)| (stream.clone(), *seq)).collect();
        self.close = Some(told.close);
    }

    /// Whether the device may have made something that day: it was there before the day ended, and was not given up before it
    /// began. When one was revoked is not known, only when it was last heard of.
    fn may_have_part(&self, date: BusinessDate, zone: &Zone, cut_over_hour: u8) -> bool {
        let day = |at: Timestamp| zone.business_date(at, cut_over_hour);
        let was_there = day(self.enrolled_at) <= date;
        match self.status {
            DeviceStatus::Active | DeviceStatus::Suspended => was_there,
            DeviceStatus::Revoked => was_there && self.last_heard_at.is_some_and(|heard| day(heard) >= date),
        }
    }
}

fn device_of(row: &Row) -> Result<DeviceRead, DatabaseError> {
    let moment = row.optional_text("last_seen_at")?.map(str::parse).transpose();
    Ok(DeviceRead {
        device_id: row.parsed("device_id")?,
        name: row.text("name")?.to_owned(),
        status: device_status(row)?,
        last_heard_at: moment.map_err(|_| DatabaseError::Failed("last_seen_at is no moment".to_owned()))?,
        points: Vec::new(),
        close: None,
        received_seqs: BTreeMap::new(),
        enrolled_at: row.parsed("enrolled_at")?,
    })
}

fn logs_and_drawers(rows: &Rows) -> Result<(Vec<ShiftLog>, Vec<DrawerSession>), Refusal> {
    if u64::try_from(rows.len()).unwrap_or(u64::MAX) > RECORDS_MAX {
        return Err(too_much());
    }
    let damaged = |error: domain::SchemaError| DatabaseError::Failed(error.to_string());
    let (mut logs, mut drawers) = (Vec::new(), Vec::new());
    for row in rows {
        let record = row.text("record")?;
        if row.text("collection")? == Collection::Shifts.as_str() {
            logs.push(ShiftLog::from_json(record).map_err(damaged)?);
        } else {
            drawers.push(DrawerSession::from_json(record).map_err(damaged)?);
        }
    }
    Ok((logs, drawers))
}

/// The clock of the place. Settings made before rules were sent have none; the server knows every zone's.
fn zone_of(settings: &LocationSettings) -> Result<Zone, DatabaseError> {
    let rule = settings.zone_rule.clone().or_else(|| zone_rule(settings.zone.as_str()));
    let zone = rule.and_then(|rule| Zone::new(settings.zone.as_str(), &rule).ok());
    zone.ok_or_else(|| DatabaseError::Failed("a location's zone is none that is known".to_owned()))
}

fn place<D>(desk: &DayDesk<'_, D>) -> [Param; 2] {
    [desk.tenant_id.as_str().into(), desk.location_id.as_str().into()]
}

fn closed_statement<D>(desk: &DayDesk<'_, D>) -> Statement {
    let [tenant_id, location_id] = place(desk);
    Statement::new(
        "SELECT head, document FROM location_closes WHERE tenant_id = ?1 AND location_id = ?2 AND business_date = ?3",
        [tenant_id, location_id, desk.business_date.to_string().into()],
    )
}

/// Everything but the orders.
fn side_statements<D>(desk: &DayDesk<'_, D>) -> [Statement; 5] {
    let with = |more: Vec<Param>| -> Vec<Param> { place(desk).into_iter().chain(more).collect() };
    let last = std::iter::successors(Some(desk.business_date), |date| Some(date.next())).nth(DAYS_AFTER);
    let last = last.unwrap_or(desk.business_date);
    [
        Statement::new("SELECT head FROM locations WHERE tenant_id = ?1 AND location_id = ?2", with(Vec::new())),
        Statement::new(
            "SELECT device_id, name, status, enrolled_at, last_seen_at FROM devices
             WHERE tenant_id = ?1 AND location_id = ?2 ORDER BY device_id LIMIT CAST(?3 AS INTEGER)",
            with(vec![DEVICES_MAX.into()]),
        ),
        Statement::new(
            "SELECT device_id, stream, incarnation, acked_seq FROM streams
             WHERE tenant_id = ?1 AND device_id IN (
               SELECT device_id FROM devices WHERE tenant_id = ?1 AND location_id = ?2
               ORDER BY device_id LIMIT CAST(?3 AS INTEGER)
             )
             ORDER BY device_id, stream, incarnation",
            with(vec![DEVICES_MAX.into()]),
        ),
        Statement::new(
            "SELECT device_id, document FROM device_closes
             WHERE tenant_id = ?1 AND business_date = ?3 AND device_id IN (
               SELECT device_id FROM devices WHERE tenant_id = ?1 AND location_id = ?2
               ORDER BY device_id LIMIT CAST(?4 AS INTEGER)
             )",
            with(vec![desk.business_date.to_string().into(), DEVICES_MAX.into()]),
        ),
        // The unary plus keeps the collection from choosing the index: by it alone, every log that there ever was would be read.
        Statement::new(
            "SELECT collection, record FROM records
             WHERE tenant_id = ?1 AND location_id = ?2 AND day >= ?3 AND day <= ?4 AND +collection IN (?5, ?6)
               AND record IS NOT NULL
             UNION ALL
             SELECT collection, record FROM records
             WHERE tenant_id = ?1 AND location_id = ?2 AND day IS NULL AND +collection = ?6 AND record IS NOT NULL
             LIMIT CAST(?7 AS INTEGER)",
            with(vec![
                desk.business_date.previous().to_string().into(),
                last.to_string().into(),
                Collection::Shifts.as_str().into(),
                Collection::Drawers.as_str().into(),
                (RECORDS_MAX + 1).into(),
            ]),
        ),
    ]
}

/// Pages are weighed before the records themselves are touched.
const PAGE: &str = "WITH page AS (
       SELECT changed_seq, record_bytes FROM (
         SELECT changed_seq, record_bytes FROM records
         WHERE tenant_id = ?1 AND location_id = ?2 AND day = ?3 AND changed_seq > CAST(?4 AS INTEGER)
           AND +collection = ?7 AND record IS NOT NULL
         ORDER BY changed_seq LIMIT CAST(?5 AS INTEGER)
       )
       UNION ALL
       SELECT changed_seq, record_bytes FROM (
         SELECT changed_seq, record_bytes FROM records
         WHERE tenant_id = ?1 AND location_id = ?2 AND day IS NULL AND changed_seq > CAST(?4 AS INTEGER)
           AND +collection = ?7 AND json_extract(record, '$.business_date') = ?3
         ORDER BY changed_seq LIMIT CAST(?5 AS INTEGER)
       )
       ORDER BY changed_seq LIMIT CAST(?5 AS INTEGER)
     ), weighed AS (
       SELECT changed_seq, sum(record_bytes) OVER (ORDER BY changed_seq) - record_bytes AS bytes_before FROM page
     )
     SELECT r.changed_seq, r.record_bytes, r.record
     FROM weighed AS w CROSS JOIN records AS r
     WHERE w.bytes_before < CAST(?6 AS INTEGER)
       AND r.tenant_id = ?1 AND r.location_id = ?2 AND r.changed_seq = w.changed_seq
     ORDER BY w.changed_seq";
