//! The server of the evening: the real `SyncApi` on SQLite, with a store that can fail and a Worker that can die.

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
use serde_json::json;

use crate::faults::{Options, happens};

const OPERATOR_TOKEN: &str = "operator";
const LOCATION: &str = "loc_quay";
const MENU: &str = include_str!("../../fixtures/menu.json");

/// The server and its restaurant.
pub(crate) struct Server {
    api: Rc<SyncApi<FaultyDatabase>>,
    admin_token: String,
}

/// A request that is being handled; dropping it is a Worker that dies.
pub(crate) type Handling = Pin<Box<dyn Future<Output = ApiResponse>>>;

/// SQLite that fails, and that lets another request run between two batches.
pub(crate) struct FaultyDatabase {
    sqlite: SqliteDatabase,
    dice: RefCell<Rng>,
    options: RefCell<Options>,
}

impl Database for FaultyDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if self.happens(|options| options.interleaved) {
            let mut waited = false;
            std::future::poll_fn(
                move |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending },
            )
            .await;
        }
        if self.happens(|options| options.batch_failed) {
            return Err(DatabaseError::Transient("Network connection lost.".to_owned()));
        }
        let rows = self.sqlite.run(&statements)?;
        if self.happens(|options| options.batch_reported_failed) {
            return Err(DatabaseError::Transient("Network connection lost.".to_owned()));
        }
        Ok(rows)
    }
}

impl FaultyDatabase {
    fn happens(&self, fault: fn(&Options) -> u32) -> bool {
        happens(&mut self.dice.borrow_mut(), fault(&self.options.borrow()))
    }
}

impl Server {
    /// A server with one restaurant and the fixture menu.
    pub(crate) fn new(seed: u64, options: &Options, now: Timestamp) -> Self {
        let database = FaultyDatabase {
            sqlite: SqliteDatabase::open_in_memory().unwrap_or_else(|error| unreachable_setup(&error.to_string())),
            dice: RefCell::new(Rng::with_seed(seed ^ 0x5e17)),
            options: RefCell::new(options.without_faults()),
        };
        let api = Rc::new(SyncApi::new(
            database,
            ApiConfig { operator_token: OPERATOR_TOKEN.to_owned(), ..ApiConfig::default() },
        ));
        let mut server = Self { api, admin_token: String::new() };
        let tenant = json!({ "tenant_id": "ten_saltmarsh", "name": "Saltmarsh" });
        let tenant: TenantCreated = server.set_up(now, "/admin/tenants", OPERATOR_TOKEN, &tenant);
        server.admin_token = tenant.admin_token;
        let location = json!({
            "location_id": LOCATION, "name": "Quay", "zone": "America/New_York",
            "currency": "USD", "currency_exponent": 2, "cut_over_hour": 4,
        });
        let admin = server.admin_token.clone();
        let _: serde_json::Value = server.set_up(now, "/admin/locations", &admin, &location);
        let menu: serde_json::Value = serde_json::from_str(MENU).unwrap_or_default();
        let push = json!({ "location_id": LOCATION, "base_version": 0, "menu": menu });
        let _: serde_json::Value = server.set_up(now, "/sync/menu", &admin, &push);
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

    /// Turns the store's faults on or off.
    pub(crate) fn set_options(&self, options: &Options) {
        *self.api.database().options.borrow_mut() = options.clone();
    }

    /// Begins to handle a request.
    pub(crate) fn begin(&self, now: Timestamp, entropy: [u8; 64], request: ApiRequest) -> Handling {
        let api = Rc::clone(&self.api);
        Box::pin(async move { api.handle(Moment { now, entropy }, request).await })
    }

    /// Goes on with a request; `None` when another one gets its turn first.
    pub(crate) fn go_on(handling: &mut Handling) -> Option<ApiResponse> {
        match handling.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(response) => Some(response),
            Poll::Pending => None,
        }
    }

    /// Reads the store directly, for the checkers.
    pub(crate) fn rows(&self, sql: &'static str) -> Rows {
        let result = self.api.database().sqlite.run(&[Statement::new(sql, [])]);
        result.unwrap_or_else(|error| unreachable_setup(&error.to_string())).into_iter().next().unwrap_or_default()
    }

    fn set_up<Answer: serde::de::DeserializeOwned>(
        &self,
        now: Timestamp,
        path: &str,
        token: &str,
        body: &serde_json::Value,
    ) -> Answer {
        let mut entropy = [7; 64];
        let count = u64::try_from(self.rows("SELECT device_id FROM devices").len()).unwrap_or(0);
        for (byte, fresh) in entropy.iter_mut().zip(count.to_le_bytes()) {
            *byte = fresh;
        }
        let request = ApiRequest::post(path, body.to_string()).bearer(token);
        let response = pollster::block_on(self.begin(now, entropy, request));
        serde_json::from_str(&response.body).unwrap_or_else(|error| {
            unreachable_setup(&format!("{path} answered {} {}: {error}", response.status, response.body))
        })
    }
}

/// Setting the stage has no faults in it: where it fails, the simulation itself is broken.
#[expect(clippy::panic, reason = "a broken simulation must stop")]
fn unreachable_setup(message: &str) -> ! {
    panic!("the stage could not be set: {message}")
}
