//! Shifts for tests: the fixture, and punches in a line or two.

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::ids::{DeviceId, PunchId, StaffId};
use crate::money::Money;
use crate::order::ChangeContext;
use crate::rejection::Rejection;
use crate::stamp::Stamp;
use crate::time::Timestamp;
use crate::time_confidence::{ClockReading, TimeConfidence, TimeEvidence};
use crate::zone::Zone;
use crate::{Finding, FindingCode};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn rules() -> ShiftRules {
    let zone = Zone::new("America/New_York", "EST5EDT,M3.2.0,M11.1.0").unwrap();
    let kind = |id: &str, paid, min_minutes| BreakType {
        id: id.parse().unwrap(),
        name: id.to_owned().try_into().unwrap(),
        paid,
        min_minutes,
    };
    let types = vec![kind("meal_unpaid", false, 20), kind("rest_paid", true, 5)];
    ShiftRules { zone, cut_over_hour: ShiftRules::CUT_OVER_HOUR, breaks: BreakPolicy { types, required: None } }
}

pub(super) fn log(staff: &str) -> ShiftLog {
    let date = "2026-10-31".to_owned().try_into().unwrap();
    ShiftLog::new(staff.parse().unwrap(), "loc_1".parse().unwrap(), date)
}

pub(super) fn punch_id(number: u8) -> PunchId {
    PunchId::new(at("2026-10-31T12:00:00Z").after(i64::from(number)), [number; 10])
}

/// A moment that the device vouches for; each device has been up since the epoch.
pub(super) fn verified(moment: &str, device: &str) -> TimeEvidence {
    let wall = at(moment);
    let reading = ClockReading {
        wall,
        mono_ms: u64::try_from(wall.millis()).unwrap(),
        boot_id: format!("boot_{device}").try_into().unwrap(),
        offset_min: -240,
        server_offset_ms: Some(0),
    };
    TimeEvidence { reading, zone: rules().zone.name().clone(), corrected: wall, confidence: TimeConfidence::Verified }
}

/// An event with the device it was made on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sent {
    pub(super) by: StaffId,
    pub(super) stamp: Stamp,
    pub(super) change: ShiftChange,
}

impl Sent {
    pub(super) fn new(change: ShiftChange, device: &str) -> Self {
        let millis = change.time().corrected.millis();
        let stamp = format!("{millis:012x}-0000-{device}").parse().unwrap();
        Self { by: "stf_ines".parse().unwrap(), stamp, change }
    }

    pub(super) fn apply(&self, log: &mut ShiftLog) -> Result<Vec<Finding>, Rejection> {
        let at = self.change.time().corrected;
        log.apply(&self.change, ChangeContext::new(&self.stamp, &self.by, at))
    }
}

pub(super) fn clock_in(number: u8, moment: &str, device: &str) -> Sent {
    let (punch_id, time) = (punch_id(number), verified(moment, device));
    Sent::new(ShiftChange::ClockIn(ClockIn { punch_id, time, job: "server".parse().unwrap() }), device)
}

pub(super) fn clock_out(number: u8, moment: &str, device: &str) -> Sent {
    let (punch_id, time) = (punch_id(number), verified(moment, device));
    let declared_cash_tips_minor = Money::ZERO;
    let out = ClockOut { punch_id, time, declared_cash_tips_minor, break_attestation: None };
    Sent::new(ShiftChange::ClockOut(out), device)
}

pub(super) fn break_start(number: u8, moment: &str, device: &str) -> Sent {
    let (punch_id, time) = (punch_id(number), verified(moment, device));
    let start = BreakStart { punch_id, time, break_type: "meal_unpaid".parse().unwrap() };
    Sent::new(ShiftChange::BreakStart(start), device)
}

pub(super) fn break_end(number: u8, moment: &str, device: &str) -> Sent {
    let (punch_id, time) = (punch_id(number), verified(moment, device));
    Sent::new(ShiftChange::BreakEnd(BreakEnd { punch_id, time }), device)
}

pub(super) fn proposal(kind: PunchKind, moment: &str) -> Proposal {
    Proposal { kind, at: at(moment), job: None, break_type: None }
}

pub(super) fn amend(number: u8, target: u8, kind: PunchKind, moment: &str, written: &str, device: &str) -> Sent {
    let change = ShiftChange::Amend(Amend {
        punch_id: punch_id(number),
        time: verified(written, device),
        target: punch_id(target),
        proposes: proposal(kind, moment),
        reason: "forgot".to_owned().try_into().unwrap(),
        employee_ack: false,
    });
    Sent::new(change, device)
}

pub(super) fn log_of<'a>(events: impl IntoIterator<Item = &'a Sent>) -> ShiftLog {
    let mut log = log("stf_ines");
    for event in events {
        event.apply(&mut log).unwrap();
    }
    log
}

/// The cards of one person's events, looked at in some moment.
pub(super) fn cards(events: &[Sent], now: &str) -> Vec<Timecard> {
    let log = log_of(events);
    timecards([&log], &rules(), at(now)).pop().map_or_else(Vec::new, |staff| staff.cards)
}

pub(super) fn codes(card: &Timecard) -> Vec<FindingCode> {
    card.findings.iter().map(|finding| finding.code).collect()
}

/// The evening of the fixture, one log a person.
pub(super) fn fixture() -> Vec<ShiftLog> {
    #[derive(Deserialize)]
    struct Event {
        event_id: PunchId,
        staff_id: StaffId,
        device_id: DeviceId,
        kind: String,
        device_wall: Timestamp,
        tz: String,
        utc_offset_min: i16,
        mono_ms: u64,
        boot_id: String,
        server_offset_ms: Option<i64>,
        time_confidence: TimeConfidence,
        #[serde(flatten)]
        rest: Value,
    }
    let text = include_str!("../../../fixtures/shift-events.json");
    let events: Vec<Event> = serde_json::from_str(text).unwrap();
    let owner = |id: PunchId| events.iter().find(|event| event.event_id == id).unwrap().staff_id.clone();
    let mut logs: Vec<ShiftLog> = Vec::new();
    for event in &events {
        let corrected = event.device_wall.after(event.server_offset_ms.unwrap_or(0));
        let time = TimeEvidence {
            reading: ClockReading {
                wall: event.device_wall,
                mono_ms: event.mono_ms,
                boot_id: event.boot_id.clone().try_into().unwrap(),
                offset_min: event.utc_offset_min,
                server_offset_ms: event.server_offset_ms,
            },
            zone: event.tz.clone().try_into().unwrap(),
            corrected,
            confidence: event.time_confidence,
        };
        let mut written = event.rest.clone();
        let fields = written.as_object_mut().unwrap();
        fields.remove("flags");
        let target = fields.remove("target_event_id");
        let staff = target.clone().map_or(event.staff_id.clone(), |id| owner(serde_json::from_value(id).unwrap()));
        fields.extend(target.map(|target| ("target".to_owned(), target)));
        fields.insert("punch_id".to_owned(), serde_json::to_value(event.event_id).unwrap());
        fields.insert("time".to_owned(), serde_json::to_value(&time).unwrap());
        let rest = serde_json::to_string(&written).unwrap();
        let change =
            serde_json::from_str(&format!(r#"{{"type":"{}",{}"#, event.kind, rest.strip_prefix('{').unwrap())).unwrap();
        let stamp = format!("{:012x}-0000-{}", corrected.millis(), event.device_id).parse().unwrap();
        if !logs.iter().any(|log| log.staff_id == staff) {
            logs.push(log(staff.as_ref()));
        }
        let log = logs.iter_mut().find(|log| log.staff_id == staff).unwrap();
        Sent { by: event.staff_id.clone(), stamp, change }.apply(log).unwrap();
    }
    logs
}

/// One text of each type of the stream, after the golden texts of its parts.
pub(super) fn stream_texts() -> [String; 4] {
    let first = |golden: &str| golden.lines().next().unwrap().to_owned();
    let punch = first(include_str!("../../tests/golden/shift_change.1.jsonl"));
    let drawer = first(include_str!("../../tests/golden/drawer_change.1.jsonl"));
    let entry = first(include_str!("../../tests/golden/audit_entry.1.jsonl"));
    [
        format!(r#"{{"type":"punch","staff_id":"stf_ines","event":{punch}}}"#),
        format!(r#"{{"type":"drawer","session_id":"01a193fc-06d0-7e6c-b902-000000000063","event":{drawer}}}"#),
        r#"{"type":"eighty_six","item_id":"it_soup","available":false}"#.to_owned(),
        format!(r#"{{"type":"audit","entry":{entry}}}"#),
    ]
}
