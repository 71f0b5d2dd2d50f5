//! A server on native SQLite with tenants, locations and devices, for the tests beside it.

// Each test file is a crate of its own and uses its own part of this.
#![allow(dead_code, unreachable_pub)]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll, Waker};

use edge_api::{
    ApiConfig, ApiRequest, ApiResponse, Database, DatabaseError, Moment, Rows, SealingKey, SigningKeys, SqliteDatabase,
    Statement, SyncApi,
};
use pollster::block_on;
use protocol::{EnrolmentCode, EnrolmentGrant, ExchangeReply, Problem, TenantCreated, Verdict};
use serde_json::{Value, json};

pub const OPERATOR: &str = "operator-token";
pub const INCARNATION: &str = "01a19456-9e38-7000-8000-00000000aaaa";
/// The server's clock at the start, in milliseconds, and the same as a stamp writes it.
pub const NOW: i64 = 1_793_490_067_120;
pub const NOW_HEX: &str = "01a194569eb0";
pub const EVERYTHING: u32 = 500;

pub fn config() -> ApiConfig {
    ApiConfig {
        operator_token: OPERATOR.to_owned(),
        signing_keys: SigningKeys::parse(&format!("k1:{}", "11".repeat(32))).unwrap(),
        allowed_origins: vec!["https://pos.example.com".to_owned()],
        pin_sealing_key: SealingKey::from_hex(&"ab".repeat(32)),
    }
}

/// One server, its clock and its randomness.
pub struct Server<D = SqliteDatabase> {
    pub api: SyncApi<D>,
    pub now: Cell<i64>,
    asked: Cell<u64>,
}

impl Server {
    pub fn new() -> Self {
        Self::on(SqliteDatabase::open_in_memory().unwrap())
    }

    /// Rows of every table but the counters of tries, to prove that nothing was written.
    pub fn row_counts(&self) -> Vec<u64> {
        ["tenants", "locations", "devices", "enrolment_codes", "streams", "records", "operations", "assert_ok"]
            .map(|table| self.number(format!("SELECT count(*) AS n FROM {table}").leak()))
            .to_vec()
    }

    pub fn number(&self, sql: &'static str) -> u64 {
        self.rows(sql)[0].first().unwrap().integer("n").unwrap()
    }

    pub fn rows(&self, sql: &'static str) -> Vec<Rows> {
        self.api.database().run(&[Statement::new(sql, [])]).unwrap()
    }
}

impl<D: Database> Server<D> {
    pub fn on(database: D) -> Self {
        let api = SyncApi::new(database, config());
        Self { api, now: Cell::new(NOW), asked: Cell::new(0) }
    }

    pub fn ask(&self, request: ApiRequest) -> ApiResponse {
        block_on(self.api.handle(self.moment(), request))
    }

    pub fn moment(&self) -> Moment {
        self.asked.set(self.asked.get() + 1);
        let mut entropy = [7; 64];
        entropy[..8].copy_from_slice(&self.asked.get().to_le_bytes());
        Moment { now: domain::Timestamp::from_millis(self.now.get()).unwrap(), entropy }
    }

    pub fn pass(&self, millis: i64) {
        self.now.set(self.now.get() + millis);
    }

    pub fn post<T: serde::de::DeserializeOwned>(&self, token: &str, path: &str, body: &Value) -> T {
        read(&self.ask(ApiRequest::post(path, body.to_string()).bearer(token)))
    }

    pub fn tenant(&self, tenant_id: &str) -> Tenant {
        let body = json!({ "tenant_id": tenant_id, "name": "Saltmarsh" });
        let created: TenantCreated = self.post(OPERATOR, "/admin/tenants", &body);
        Tenant { token: created.admin_token }
    }

    pub fn location(&self, tenant: &Tenant, location_id: &str) {
        let body = json!({ "location_id": location_id, "name": "Quay", "zone": "America/New_York",
            "currency": "USD", "currency_exponent": 2 });
        let _: Value = self.post(&tenant.token, "/admin/locations", &body);
    }

    pub fn code(&self, tenant: &Tenant, location_id: &str) -> String {
        let body = json!({ "location_id": location_id });
        self.post::<EnrolmentCode>(&tenant.token, "/admin/enrolment-codes", &body).code
    }

    pub fn enrol(&self, tenant: &Tenant, location_id: &str) -> Device {
        let body = enrolment(&self.code(tenant, location_id));
        let grant: EnrolmentGrant = self.post("", "/devices/enrol", &body);
        Device { id: grant.device_id.to_string(), prefix: grant.device_prefix, token: grant.device_token }
    }

    /// A tenant, a location and a device.
    pub fn open(&self, tenant_id: &str, location_id: &str) -> (Tenant, Device) {
        let tenant = self.tenant(tenant_id);
        self.location(&tenant, location_id);
        let device = self.enrol(&tenant, location_id);
        (tenant, device)
    }

    pub fn exchange(&self, device: &Device, cursor: Option<&str>, mutations: &[Value]) -> ExchangeReply {
        read(&self.exchange_raw(device, INCARNATION, cursor, mutations))
    }

    pub fn exchange_raw(
        &self,
        device: &Device,
        incarnation: &str,
        cursor: Option<&str>,
        mutations: &[Value],
    ) -> ApiResponse {
        let body = json!({ "protocol": 1, "app_version": "1.4.0", "incarnation": incarnation, "cursor": cursor,
            "limit": EVERYTHING, "mutations": mutations });
        self.ask(ApiRequest::post("/sync/orders", body.to_string()).bearer(&device.token))
    }

    pub fn exchange_shifts(&self, device: &Device, mutations: &[Value]) -> ExchangeReply {
        let body = json!({ "protocol": 1, "app_version": "1.4.0", "incarnation": INCARNATION, "cursor": null,
            "limit": EVERYTHING, "mutations": mutations });
        read(&self.ask(ApiRequest::post("/sync/shifts", body.to_string()).bearer(&device.token)))
    }

    /// Somebody decides a conflict.
    pub fn resolve(&self, token: &str, body: &Value) -> ApiResponse {
        self.ask(ApiRequest::post("/sync/conflict/resolve", body.to_string()).bearer(token))
    }

    pub fn pull(&self, device: &Device, cursor: &str, limit: u32) -> ExchangeReply {
        let path = format!("/sync/changes?cursor={cursor}&limit={limit}");
        read(&self.ask(ApiRequest::get(&path).bearer(&device.token)))
    }
}

pub struct Tenant {
    pub token: String,
}

pub struct Device {
    pub id: String,
    pub prefix: String,
    pub token: String,
}

impl Device {
    /// A mutation of the order with this number.
    pub fn mutation(&self, seq: u64, order: u32, change: &Value) -> Value {
        self.mutation_at(seq, order, NOW_HEX, change)
    }

    pub fn mutation_at(&self, seq: u64, order: u32, millis: &str, change: &Value) -> Value {
        let owner = u32::from_str_radix(self.id.get(4..10).unwrap(), 16).unwrap();
        json!({ "id": format!("01a19456-9e38-7000-9000-{owner:06x}{seq:06x}"), "seq": seq,
            "record_id": order_id(order), "schema": 1, "stamp": format!("{millis}-{seq:04x}-{}", self.id),
            "recorded": { "wall": "2026-10-31T23:41:07.120Z", "mono_ms": 512_300, "boot_id": "b7f2",
                "offset_min": -240, "server_offset_ms": null },
            "actor": { "staff_id": "stf_mara", "grant_id": null }, "offline": true, "change": change })
    }

    pub fn open(&self, seq: u64, order: u32) -> Value {
        self.mutation(seq, order, &opening(&format!("{}-{order:04}", self.prefix)))
    }

    pub fn add_line(&self, seq: u64, order: u32) -> Value {
        self.mutation(
            seq,
            order,
            &json!({ "type": "add_line", "line_id": line_id(seq), "item_id": "it_burger",
            "name": "Burger", "category": "mains", "qty": 2, "unit_price_minor": 1450, "modifiers": [], "taxes": [],
            "menu_version": 41, "seat": null, "note": null }),
        )
    }
}

pub fn opening(ticket_no: &str) -> Value {
    json!({ "type": "open", "ticket_no": ticket_no, "business_date": "2026-10-31",
        "currency": { "code": "USD", "exponent": 2 }, "order_type": "dine_in", "table_id": null, "guests": 2 })
}

pub fn order_id(order: u32) -> String {
    format!("01a19456-9e38-7000-8000-{order:012x}")
}

pub fn line_id(line: u64) -> String {
    format!("01a19456-9e38-7000-a000-{line:012x}")
}

pub fn enrolment(code: &str) -> Value {
    json!({ "code": code, "name": "Bar till", "platform": "web", "app_version": "1.4.0" })
}

pub fn read<T: serde::de::DeserializeOwned>(response: &ApiResponse) -> T {
    assert!(response.status < 300, "{} {}", response.status, response.body);
    serde_json::from_str(&response.body).unwrap()
}

pub fn problem(response: &ApiResponse) -> Problem {
    assert_eq!(response.content_type, "application/problem+json", "{}", response.body);
    let problem: Problem = serde_json::from_str(&response.body).unwrap();
    assert_eq!((problem.status, problem.code.status()), (response.status, response.status));
    assert_eq!(problem.request_id, response.trace.request_id);
    problem
}

/// The code of a refusal.
pub fn code(response: &ApiResponse) -> &'static str {
    problem(response).code.as_str()
}

/// What was decided, in short.
pub fn outcome(verdict: &Verdict) -> String {
    let json = serde_json::to_value(verdict).unwrap();
    let detail = json.get("code").or_else(|| json.get("rev")).unwrap();
    format!("{} {}", json["outcome"].as_str().unwrap(), detail.as_str().map_or_else(|| detail.to_string(), Into::into))
}

pub fn finding_codes(verdict: &Verdict) -> Vec<&'static str> {
    verdict.findings.iter().map(|finding| finding.code.as_str()).collect()
}

type BeforeBatch<'a> = Box<dyn FnMut(&[Statement]) -> Result<(), DatabaseError> + 'a>;

/// A store that lets something happen just before chosen batches and counts what runs.
pub struct Interleaved<'a> {
    pub inner: &'a SqliteDatabase,
    before_batch: RefCell<BeforeBatch<'a>>,
    pub statements: Cell<usize>,
    pub batches: Cell<usize>,
}

impl<'a> Interleaved<'a> {
    pub fn new(
        inner: &'a SqliteDatabase,
        before_batch: impl FnMut(&[Statement]) -> Result<(), DatabaseError> + 'a,
    ) -> Self {
        let before_batch = RefCell::new(Box::new(before_batch) as BeforeBatch<'a>);
        Self { inner, before_batch, statements: Cell::new(0), batches: Cell::new(0) }
    }
}

impl Database for Interleaved<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.before_batch.borrow_mut()(&statements)?;
        self.statements.set(self.statements.get() + statements.len());
        self.batches.set(self.batches.get() + 1);
        self.inner.run(&statements)
    }
}

/// A store before which every batch waits for its turn, so that between any two batches of a request others may come.
pub struct TakingTurns<'a> {
    pub inner: &'a SqliteDatabase,
    /// Whether what is asserted inside a transaction is. Without, nothing notices that others were faster.
    pub guarded: bool,
}

impl Database for TakingTurns<'_> {
    async fn batch(&self, mut statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let mut waited = false;
        poll_fn(|_| if mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
        if !self.guarded {
            for statement in statements.iter_mut().filter(|known| known.sql.starts_with("INSERT INTO assert_ok")) {
                *statement = Statement::new("SELECT 1 AS nothing_asserted", []);
            }
        }
        self.inner.run(&statements)
    }
}

/// Answers requests that are all under way at once; `pick` says which of so many goes on next. The answers come as they are given.
pub fn at_once<F: Future>(
    requests: impl IntoIterator<Item = F>,
    mut pick: impl FnMut(usize) -> usize,
) -> Vec<F::Output> {
    let mut under_way: Vec<_> = requests.into_iter().map(Box::pin).collect();
    let mut answers = Vec::with_capacity(under_way.len());
    let mut context = Context::from_waker(Waker::noop());
    while !under_way.is_empty() {
        let next = pick(under_way.len());
        if let Poll::Ready(answer) = under_way[next].as_mut().poll(&mut context) {
            answers.push(answer);
            drop(under_way.remove(next));
        }
    }
    answers
}

/// Whether a batch writes the outcome of an exchange.
pub fn settles(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| statement.sql.starts_with("INSERT INTO operations"))
}
