//! The server a second time, from the protocol's document: maps in memory, one request after the other, no SQL, no guards, no
//! retries. What a restaurant's records are and how they merge is the domain's; everything the server does around it is
//! written anew here, as plainly as it can be said.

mod batch;
mod conflicts;
mod effect;
mod exchange;
mod office;
mod page;
mod record;
mod resolving;
mod rights;

use std::collections::{BTreeMap, BTreeSet};

use domain::{DeviceId, Grant, GrantId, LocationId, MutationId, OrderId, StaffId, StaffMember, TenantId, Timestamp};
use protocol::{Collection, DeviceStatus, ErrorCode, Incarnation, LocationSettings, Problem, TenantPolicy, Verdict};
use serde::Serialize;

use crate::asking::{Answer, Ask, Event, Request};
pub(crate) use office::without_signatures;
use record::Record;

/// The operator's credential.
pub(crate) const OPERATOR: &str = "operator";
/// Days after which a verdict is no longer kept, and a grant after its end.
const JOURNAL_DAYS: i64 = 400;
const GRANT_DAYS: i64 = 180;
const DAY_MILLIS: i64 = 24 * 3_600_000;
const BODY_BYTES_MAX: usize = 512 * 1024;
const JSON_DEPTH_MAX: usize = 16;
const TEXT_BYTES_MAX: usize = 4_096;

/// Which record of a location: in this order changes take their numbers.
pub(super) type Key = (Collection, String);
/// Which stream of which life of which device.
pub(super) type StreamKey = (DeviceId, &'static str, Incarnation);

/// A server with one tenant.
#[derive(Debug, Default)]
pub(crate) struct Model {
    tenant_id: Option<TenantId>,
    name: String,
    admin_token: String,
    policy: TenantPolicy,
    /// Whether the tenant has ever said so itself.
    is_policy_given: bool,
    staff: BTreeMap<StaffId, StaffMember>,
    roster_version: u64,
    grants: BTreeMap<GrantId, Grant>,
    locations: BTreeMap<LocationId, Location>,
    /// Enrolment codes and where they lead.
    codes: BTreeMap<String, LocationId>,
    devices: BTreeMap<DeviceId, Device>,
    streams: BTreeMap<StreamKey, Stream>,
    ledger: BTreeMap<MutationId, Decided>,
    /// Bodies of cloned devices: device, stream, incarnation, seq, what may never differ.
    set_aside: BTreeSet<(StreamKey, u64, String)>,
}

#[derive(Debug)]
struct Location {
    epoch: String,
    head: u64,
    floor: u64,
    settings: LocationSettings,
    devices_enrolled: u64,
    records: BTreeMap<Key, Record>,
    /// Orders by business date and ticket number.
    tickets: BTreeMap<String, BTreeSet<OrderId>>,
}

#[derive(Debug, Clone)]
struct Device {
    location_id: LocationId,
    token: String,
    name: String,
    platform: String,
    prefix: String,
    app_version: String,
    status: DeviceStatus,
    last_seen_at: Option<Timestamp>,
    reused_at: Option<Timestamp>,
    /// When its grants are to be made anew, and the roster they were made from.
    sheet: Option<(Timestamp, u64)>,
}

#[derive(Debug, Default)]
struct Stream {
    acked_seq: u64,
    pruned_seq: u64,
    /// Whose the numbers are, as long as the journal holds them.
    ids: BTreeMap<u64, MutationId>,
}

/// A mutation that was decided.
#[derive(Debug)]
struct Decided {
    location_id: LocationId,
    stream: StreamKey,
    /// What may never differ under its id.
    content: String,
    /// The mutation as it was sent.
    text: String,
    verdict: Verdict,
    received_at: Timestamp,
}

/// How many rows of each kind there are, to be compared with the tables.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) operations: usize,
    pub(crate) set_aside: usize,
    pub(crate) grants: usize,
    pub(crate) records: usize,
    pub(crate) awaiting: usize,
    pub(crate) heads: u64,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    code: ErrorCode,
    expected: Option<u64>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Caller {
    Operator,
    Admin,
    Device(DeviceId),
}

pub(super) const fn refuse<T>(code: ErrorCode) -> Result<T, Refusal> {
    Err(Refusal { code, expected: None })
}

impl Model {
    /// Answers a request; nothing where nobody asked.
    pub(crate) fn answer(&mut self, ask: &Ask) -> Option<Answer> {
        match &ask.event {
            Event::Request(request) => Some(self.respond(ask, request).unwrap_or_else(|refusal| refusal.answer(ask))),
            Event::Upkeep => {
                self.prune(ask.now);
                None
            }
            Event::Floor { location_id, floor } => {
                let location = self.locations.iter_mut().find(|(id, _)| id.as_str() == location_id);
                location.into_iter().for_each(|(_, location)| location.floor = *floor);
                None
            }
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let records = || self.locations.values().flat_map(|location| location.records.values());
        Counts {
            operations: self.ledger.len(),
            set_aside: self.set_aside.len(),
            grants: self.grants.len(),
            records: records().count(),
            awaiting: records().filter(|record| record.awaits()).count(),
            heads: self.locations.values().map(|location| location.head).sum(),
        }
    }

    /// The head of a location.
    pub(crate) fn head(&self, location_id: &str) -> u64 {
        self.locations.iter().find(|(id, _)| id.as_str() == location_id).map_or(0, |(_, location)| location.head)
    }

    fn respond(&mut self, ask: &Ask, request: &Request) -> Result<Answer, Refusal> {
        let path = request.path.split('?').next().unwrap_or_default();
        let caller = if path == "/devices/enrol" { Caller::Operator } else { self.caller(request)? };
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        match (request.method, parts.as_slice(), caller) {
            ("POST", ["sync", "orders"], Caller::Device(device)) => self.exchange(ask, request, "orders", &device),
            ("POST", ["sync", "shifts"], Caller::Device(device)) => self.exchange(ask, request, "shifts", &device),
            ("GET", ["sync", "changes"], Caller::Device(device)) => self.pull(ask, request, &device),
            ("GET", ["sync", "conflicts"], caller @ (Caller::Device(_) | Caller::Admin)) => {
                self.list_conflicts(request, &caller)
            }
            ("POST", ["sync", "conflict", "resolve"], caller @ (Caller::Device(_) | Caller::Admin)) => {
                self.resolve(ask, request, &caller)
            }
            ("POST", ["sync", "menu"], Caller::Admin) => self.replace_menu(request),
            ("POST", ["admin", "tenants"], Caller::Operator) => self.create_tenant(ask, request),
            ("PATCH", ["admin", "tenants", _], Caller::Admin) => self.set_policy(request),
            ("POST", ["admin", "locations"], Caller::Admin) => self.create_location(ask, request),
            ("POST", ["admin", "enrolment-codes"], Caller::Admin) => self.create_code(ask, request),
            ("POST", ["devices", "enrol"], _) => self.enrol(ask, request),
            ("POST", ["admin", "staff"], Caller::Admin) => self.employ(request),
            ("PATCH", ["admin", "staff", staff_id], Caller::Admin) => self.change_staff(ask, request, staff_id),
            ("GET", ["admin", "devices"], Caller::Admin) => self.list_devices(),
            ("POST", ["admin", "devices", device_id, what], Caller::Admin) => self.set_status(device_id, what),
            (_, _, Caller::Operator | Caller::Admin | Caller::Device(_)) => refuse(ErrorCode::Forbidden),
        }
    }

    fn caller(&self, request: &Request) -> Result<Caller, Refusal> {
        let Some(token) = request.token.as_ref().filter(|token| !token.is_empty()) else {
            return refuse(ErrorCode::Unauthorized);
        };
        if token == OPERATOR {
            return Ok(Caller::Operator);
        }
        if *token == self.admin_token {
            return Ok(Caller::Admin);
        }
        match self.devices.iter().find(|(_, device)| device.token == *token) {
            Some((_, device)) if device.status == DeviceStatus::Revoked => refuse(ErrorCode::DeviceRevoked),
            Some((id, _)) => Ok(Caller::Device(id.clone())),
            None => refuse(ErrorCode::Unauthorized),
        }
    }

    /// What was decided long ago is forgotten, and that it was decided is not.
    fn prune(&mut self, now: Timestamp) {
        let before = now.after(-JOURNAL_DAYS * DAY_MILLIS);
        let streams = &mut self.streams;
        self.ledger.retain(|_, decided| {
            let old = decided.received_at < before;
            if old && let Some(stream) = streams.get_mut(&decided.stream) {
                stream.pruned_seq = stream.pruned_seq.max(decided.verdict.seq);
                stream.ids.remove(&decided.verdict.seq);
            }
            !old
        });
        self.grants.retain(|_, grant| grant.expires_at >= now.after(-GRANT_DAYS * DAY_MILLIS));
        // Codes live for minutes, and none of them is spent later.
        self.codes.clear();
    }
}

impl Location {
    /// Writes changed records under the next numbers of the location.
    fn write(&mut self, changed: BTreeMap<Key, Record>) {
        for (key, mut record) in changed {
            self.head += 1;
            record.changed_seq = self.head;
            if let Some((ticket, order_id)) = record.ticket() {
                self.tickets.entry(ticket).or_default().insert(order_id);
            }
            self.records.insert(key, record);
        }
    }

    /// Writes a record of the server's own as its next version.
    fn publish(&mut self, key: Key, text: String, only_device: Option<DeviceId>) {
        let rev = self.records.get(&key).map_or(0, |record| record.rev) + 1;
        self.write(BTreeMap::from([(key, Record::published(rev, text, only_device))]));
    }
}

impl Refusal {
    fn answer(&self, ask: &Ask) -> Answer {
        let Self { code, expected } = *self;
        let problem = Problem {
            kind: format!("https://auraconnect.dev/problems/{}", code.as_str().to_lowercase()),
            title: code.as_str().to_lowercase().replace('_', " "),
            status: code.status(),
            code,
            // For people; it is compared no further than that there is one.
            detail: String::new(),
            request_id: format!("req_{}", ask.digits("request", 20)),
            expected,
            fields: Vec::new(),
        };
        answer(code.status(), &problem)
    }
}

/// An answer with a body of the protocol.
fn answer(status: u16, body: &impl Serialize) -> Answer {
    Answer { status, body: json(body) }
}

/// The JSON of the protocol's and the domain's own types, which always serialise.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The body within the limits that hold for every request.
fn body(request: &Request) -> Result<&str, Refusal> {
    let Some(text) = request.body.as_deref() else { return refuse(ErrorCode::UnsupportedMediaType) };
    if text.len() > BODY_BYTES_MAX {
        return refuse(ErrorCode::BodyTooLarge);
    }
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return refuse(ErrorCode::MalformedBody) };
    if is_within_limits(&value, 1) { Ok(text) } else { refuse(ErrorCode::InvalidRequest) }
}

/// The body as what an endpoint takes.
fn read<'a, T: serde::Deserialize<'a>>(request: &'a Request) -> Result<T, Refusal> {
    serde_json::from_str(body(request)?).or_else(|_| refuse(ErrorCode::InvalidRequest))
}

fn is_within_limits(value: &serde_json::Value, depth: usize) -> bool {
    let fits = |text: &str| text.len() <= TEXT_BYTES_MAX;
    match value {
        serde_json::Value::Object(fields) => {
            let all = || fields.iter().all(|(name, value)| fits(name) && is_within_limits(value, depth + 1));
            depth <= JSON_DEPTH_MAX && all()
        }
        serde_json::Value::Array(values) => {
            depth <= JSON_DEPTH_MAX && values.iter().all(|value| is_within_limits(value, depth + 1))
        }
        serde_json::Value::String(text) => fits(text),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => true,
    }
}
