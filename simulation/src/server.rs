//! The server of the evening: the real `SyncApi` on SQLite, with Workers that can die and be replaced.

use std::cell::Cell;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use domain::Timestamp;
use edge_api::{
    ApiConfig, ApiRequest, ApiResponse, Database, DatabaseError, Moment, Rows, SqliteDatabase, Statement, SyncApi,
};
use engine::Enrolment;
use fastrand::Rng;
use protocol::{EnrolmentCode, EnrolmentGrant, TenantCreated};
use serde_json::{Value, json};

use crate::faults::{Fault, Mischief};

const OPERATOR_TOKEN: &str = "operator";
const LOCATION: &str = "loc_quay";
const MENU: &str = include_str!("../../fixtures/menu.json");
/// Batches that yield where two Workers handle one request: what each needs for one.
const TWO_WORKERS_BATCHES: u32 = 6;

/// The server and its restaurant.
pub(crate) struct Server {
    api: Rc<SyncApi<FaultyDatabase>>,
    database: FaultyDatabase,
    admin_token: String,
}

/// A request that is being handled; dropping it is a Worker that dies.
pub(crate) type Handling = Pin<Box<dyn Future<Output = ApiResponse>>>;

/// How far a request has come.
pub(crate) enum Handled {
    /// It is answered.
    Answered(Box<ApiResponse>),
    /// Another one gets its turn first.
    Waits,
    /// Its Worker died.
    Died,
}

/// SQLite that fails, and that lets another request run between two batches.
#[derive(Clone)]
struct FaultyDatabase {
    store: Rc<Store>,
}

/// What all Workers share.
struct Store {
    sqlite: SqliteDatabase,
    mischief: Rc<RefCell<Mischief>>,
    /// The stage is being set, or the admin is at work: nothing goes wrong.
    quiet: Cell<bool>,
    /// No statement fits the schema.
    migrating: Cell<bool>,
    /// The Worker whose batch this is dies here.
    died: Cell<bool>,
    /// So many batches give another request its turn first.
    yields: Cell<u32>,
}

impl Database for FaultyDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let store = &self.store;
        if store.takes_turns() {
            let mut waited = false;
            std::future::poll_fn(
                move |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending },
            )
            .await;
        }
        if store.happens(Fault::KilledBeforeBatch) {
            return store.die().await;
        }
        store.fails_before()?;
        let rows = store.sqlite.run(&statements)?;
        if store.happens(Fault::KilledAfterBatch) {
            return store.die().await;
        }
        store.fails_after()?;
        Ok(rows)
    }
}

impl Store {
    fn strikes(&self, fault: Fault) -> Option<Rng> {
        if self.quiet.get() { None } else { self.mischief.borrow_mut().strikes(fault) }
    }

    fn happens(&self, fault: Fault) -> bool {
        self.strikes(fault).is_some()
    }

    fn takes_turns(&self) -> bool {
        let yields = self.yields.get();
        self.yields.set(yields.saturating_sub(1));
        !self.quiet.get() && (yields > 0 || self.happens(Fault::Interleaved))
    }

    async fn die<Never>(&self) -> Never {
        self.died.set(true);
        std::future::pending().await
    }

    fn fails_before(&self) -> Result<(), DatabaseError> {
        let transient = |message: &str| Err(DatabaseError::Transient(message.to_owned()));
        if self.migrating.get() && !self.quiet.get() {
            return Err(DatabaseError::Failed("no such column: still_to_come".to_owned()));
        }
        if self.happens(Fault::BrokenBeforeBatch) {
            return Err(DatabaseError::Failed("the Worker threw an exception".to_owned()));
        }
        if self.happens(Fault::Overloaded) {
            return transient("D1 DB is overloaded. Requests queued for too long.");
        }
        if self.happens(Fault::OutOfMemory) {
            return transient("D1 DB exceeded its memory limit and was reset.");
        }
        if self.happens(Fault::ConnectionLost) {
            return transient("Network connection lost.");
        }
        if let Some(mut dice) = self.strikes(Fault::ObjectReset) {
            let messages = ["D1 DB storage caused object to be reset.", "D1 DB reset because its code was updated."];
            return transient(dice.choice(&messages).unwrap_or(&""));
        }
        Ok(())
    }

    fn fails_after(&self) -> Result<(), DatabaseError> {
        if self.happens(Fault::BrokenAfterBatch) {
            return Err(DatabaseError::Failed("the Worker threw an exception".to_owned()));
        }
        if self.happens(Fault::ConnectionLostAfterBatch) {
            return Err(DatabaseError::Transient("Network connection lost.".to_owned()));
        }
        Ok(())
    }
}

impl Server {
    /// A server with one restaurant and the fixture menu.
    pub(crate) fn new(mischief: Rc<RefCell<Mischief>>, now: Timestamp) -> Self {
        let store = Store {
            sqlite: SqliteDatabase::open_in_memory().unwrap_or_else(|error| unreachable_setup(&error.to_string())),
            mischief,
            quiet: Cell::new(false),
            migrating: Cell::new(false),
            died: Cell::new(false),
            yields: Cell::new(0),
        };
        let database = FaultyDatabase { store: Rc::new(store) };
        let mut server = Self { api: worker_on(&database), database, admin_token: String::new() };
        let tenant = json!({ "tenant_id": "ten_saltmarsh", "name": "Saltmarsh" });
        let tenant: TenantCreated = server.set_up(now, "/admin/tenants", OPERATOR_TOKEN, &tenant);
        server.admin_token = tenant.admin_token;
        let location = json!({
            "location_id": LOCATION, "name": "Quay", "zone": "America/New_York",
            "currency": "USD", "currency_exponent": 2, "cut_over_hour": 4,
        });
        let admin = server.admin_token.clone();
        let _: Value = server.set_up(now, "/admin/locations", &admin, &location);
        let menu: Value = serde_json::from_str(MENU).unwrap_or_default();
        let push = json!({ "location_id": LOCATION, "base_version": 0, "menu": menu });
        let _: Value = server.set_up(now, "/sync/menu", &admin, &push);
        server
    }

    /// Enrols one more device.
    pub(crate) fn enrol(&self, now: Timestamp) -> Enrolment {
        let code: EnrolmentCode =
            self.set_up(now, "/admin/enrolment-codes", &self.admin_token, &json!({ "location_id": LOCATION }));
        let device = json!({ "code": code.code, "name": "Till", "platform": "simulation", "app_version": "1" });
        let grant: EnrolmentGrant = self.set_up(now, "/devices/enrol", "", &device);
        Enrolment {
            tenant_id: grant.tenant_id,
            location_id: grant.location_id,
            device_id: grant.device_id,
            device_prefix: grant.device_prefix,
            device_token: grant.device_token,
        }
    }

    /// The admin suspends a device, or lets it read again.
    pub(crate) fn suspend(&self, now: Timestamp, device: &Enrolment, suspended: bool) {
        let deed = if suspended { "suspend" } else { "resume" };
        let path = format!("/admin/devices/{}/{deed}", device.device_id);
        let _: Value = self.set_up(now, &path, &self.admin_token, &json!({}));
    }

    /// An exchange of something that is no engine of ours, while nothing goes wrong.
    pub(crate) fn exchange(&self, now: Timestamp, device: &Enrolment, body: &Value) -> Value {
        self.set_up(now, "/sync/orders", &device.device_token, body)
    }

    /// A new release: other Workers on the same store. Old ones finish what they have begun.
    pub(crate) fn release(&mut self) {
        self.api = worker_on(&self.database);
    }

    /// Whether the store is being migrated just now.
    pub(crate) fn set_migrating(&self, migrating: bool) {
        self.database.store.migrating.set(migrating);
    }

    /// The next batches come from two Workers in turn.
    pub(crate) fn take_turns(&self) {
        self.database.store.yields.set(TWO_WORKERS_BATCHES);
    }

    /// Begins to handle a request.
    pub(crate) fn begin(&self, now: Timestamp, entropy: [u8; 64], request: ApiRequest) -> Handling {
        let api = Rc::clone(&self.api);
        Box::pin(async move { api.handle(Moment { now, entropy }, request).await })
    }

    /// Goes on with a request.
    pub(crate) fn go_on(&self, handling: &mut Handling) -> Handled {
        let polled = handling.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        match polled {
            Poll::Ready(response) => Handled::Answered(Box::new(response)),
            Poll::Pending if self.database.store.died.replace(false) => Handled::Died,
            Poll::Pending => Handled::Waits,
        }
    }

    /// Reads the store directly, for the checkers.
    pub(crate) fn rows(&self, sql: &'static str) -> Rows {
        let result = self.database.store.sqlite.run(&[Statement::new(sql, [])]);
        result.unwrap_or_else(|error| unreachable_setup(&error.to_string())).into_iter().next().unwrap_or_default()
    }

    fn set_up<Answer: serde::de::DeserializeOwned>(
        &self,
        now: Timestamp,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Answer {
        let mut entropy = [7; 64];
        let count = u64::try_from(self.rows("SELECT device_id FROM devices").len()).unwrap_or(0);
        for (byte, fresh) in entropy.iter_mut().zip(count.to_le_bytes()) {
            *byte = fresh;
        }
        let request = ApiRequest::post(path, body.to_string()).bearer(token);
        self.database.store.quiet.set(true);
        let response = pollster::block_on(self.begin(now, entropy, request));
        self.database.store.quiet.set(false);
        serde_json::from_str(&response.body).unwrap_or_else(|error| {
            unreachable_setup(&format!("{path} answered {} {}: {error}", response.status, response.body))
        })
    }
}

fn worker_on(database: &FaultyDatabase) -> Rc<SyncApi<FaultyDatabase>> {
    let config = ApiConfig { operator_token: OPERATOR_TOKEN.to_owned(), ..ApiConfig::default() };
    Rc::new(SyncApi::new(database.clone(), config))
}

/// Setting the stage has no faults in it: where it fails, the simulation itself is broken.
#[expect(clippy::panic, reason = "a broken simulation must stop")]
fn unreachable_setup(message: &str) -> ! {
    panic!("the stage could not be set: {message}")
}
