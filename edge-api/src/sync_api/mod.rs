//! Every endpoint, in one order of checks: path, method, credential, declared form, limits, parsing, protocol, decision.
//! Whatever is refused on the way has written nothing.

mod body;
mod conflicts;
mod days;
mod devices;
mod enrolment;
mod exchange;
mod headers;
mod health;
mod live;
mod menu;
mod openapi;
mod provisioning;
mod request;
mod rotation;
mod route;
mod routine;
mod settings;
mod staff;

use std::fmt;
use std::rc::Rc;

use domain::{BusinessDate, LocationId, TenantId};
use protocol::{DeviceStatus, ErrorCode, Problem};
use serde::Serialize;

use crate::credential::{Caller, authenticate, bearer, forbidden};
use crate::database::{Database, to_json};
use crate::directory::{Databases, Places};
use crate::identity::{SealingKey, SigningKeys};
use crate::known_devices::KnownDevices;
use crate::live::Tidings;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::throttle::{Throttle, Unthrottled, check_rate};
use crate::upkeep::{self, UpkeepReport};

use days::DayDesk;
pub use headers::CrossOrigin;
pub use request::{ApiRequest, ApiResponse, Trace};
pub(crate) use route::Audience;
use route::Route;
use staff::StaffDesk;

/// What the server is told at its start.
#[derive(Clone, Default)]
pub struct ApiConfig {
    /// The operator's credential. Empty: nobody is the operator.
    pub operator_token: String,
    /// What staff's grants are signed with. None: nobody is given one.
    pub signing_keys: SigningKeys,
    /// Origins whose pages may read answers, e.g. `https://pos.example.com`.
    pub allowed_origins: Vec<String>,
    /// What the verifiers of PINs are sealed with. None: nobody is given a PIN.
    pub pin_sealing_key: Option<SealingKey>,
}

impl fmt::Debug for ApiConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiConfig").finish_non_exhaustive()
    }
}

/// The server.
#[derive(Debug)]
pub struct SyncApi<D, T = Unthrottled> {
    databases: Databases<D>,
    config: Rc<ApiConfig>,
    throttle: T,
    known_devices: Rc<KnownDevices>,
}

/// What an endpoint answers when it does not refuse.
struct Answer {
    status: u16,
    body: String,
    tidings: Tidings,
}

impl Answer {
    /// The same answer, of which sockets are to hear.
    fn telling(self, tidings: Tidings) -> Self {
        Self { tidings, ..self }
    }
}

impl<D: Database> SyncApi<D> {
    /// A server on a store, which is called [`FIRST_DATABASE`](crate::FIRST_DATABASE). Several may share one store, by
    /// reference.
    #[must_use]
    pub fn new(database: D, config: impl Into<Rc<ApiConfig>>) -> Self {
        let config = config.into();
        Self { databases: Databases::new(database), config, throttle: Unthrottled, known_devices: Rc::default() }
    }
}

impl<D: Database, T: Throttle> SyncApi<D, T> {
    /// The same server with a limit to how often devices and tenants may ask.
    #[must_use]
    pub fn with_throttle<U: Throttle>(self, throttle: U) -> SyncApi<D, U> {
        let Self { databases, config, throttle: _, known_devices } = self;
        SyncApi { databases, config, throttle, known_devices }
    }

    /// The same server with one more store for tenants. Names stand in the directory: one never moves to another store.
    #[must_use]
    pub fn with_database(mut self, name: &str, database: D) -> Self {
        self.databases.add(name, database);
        self
    }

    /// The same server with a memory of places that outlives it.
    #[must_use]
    pub fn with_places(mut self, places: Rc<Places>) -> Self {
        self.databases.remember_in(places);
        self
    }

    /// The same server with a memory of devices that outlives it.
    #[must_use]
    pub fn with_known_devices(mut self, known_devices: Rc<KnownDevices>) -> Self {
        self.known_devices = known_devices;
        self
    }

    /// The first store, for checkers.
    #[must_use]
    pub const fn database(&self) -> &D {
        self.databases.first()
    }

    /// The store of this name, for checkers.
    #[must_use]
    pub fn database_named(&self, name: &str) -> Option<&D> {
        self.databases.named(name)
    }

    /// Answers one request. The only way in.
    pub async fn handle(&self, moment: Moment, request: ApiRequest) -> ApiResponse {
        let mut trace = Trace::of(&moment);
        let allowed = request.origin.clone().filter(|origin| self.config.allowed_origins.contains(origin));
        let mut cross_origin = CrossOrigin { allowed, methods: None };
        let preflight = Route::methods_at(&request.path);
        if request.method == "OPTIONS" && cross_origin.allowed.is_some() && !preflight.is_empty() {
            cross_origin.methods = Some(preflight.join(", "));
            return ApiResponse { cross_origin, ..ApiResponse::without_body(204, trace) };
        }
        let response = match self.answer(&moment, &request, &mut trace).await {
            Ok(Answer { status, body, tidings }) => {
                ApiResponse { body, tidings, ..ApiResponse::without_body(status, trace) }
            }
            Err(refusal) => refused(refusal, trace),
        };
        ApiResponse { cross_origin, ..response }
    }

    /// Prunes and checks every database, one after the other; to be called by the clock.
    pub async fn upkeep(&self, moment: Moment) -> Vec<UpkeepReport> {
        let mut reports = Vec::new();
        for (name, database) in self.databases.all() {
            reports.push(upkeep::run(database, name, moment.now).await);
        }
        reports
    }

    async fn answer(&self, moment: &Moment, request: &ApiRequest, trace: &mut Trace) -> Result<Answer, Refusal> {
        let route = Route::find(&request.method, &request.path)?;
        trace.route = route.pattern();
        let authorization =
            if route == Route::Live { live::authorization(request) } else { request.authorization.clone() };
        let authorization = authorization.as_deref();
        let database = self.home(&route, moment, authorization).await?;
        // Who is behind a routine request is found out on the way.
        let caller = if matches!(route, Route::Routine(_)) {
            Caller::Anyone
        } else {
            self.caller(database, route.audience(), authorization, trace).await?
        };
        match route {
            Route::Health => health::check(&self.databases, moment, trace).await,
            Route::OpenApi => Ok(openapi::document()),
            Route::Routine(routine) => self.answer_routine(database, moment, routine, request, trace).await,
            Route::Live => live::sit_down(database, caller.device()?, request).await,
            Route::ListConflicts => conflicts::list(database, &caller, request).await,
            Route::ResolveConflict => conflicts::resolve(database, moment, &caller, request).await,
            Route::CloseDeviceDay => days::receive(database, moment, &caller.device()?, request).await,
            Route::PushMenu => menu::push(database, moment, &caller, request).await,
            Route::EnrolDevice => enrolment::enrol(&self.databases, &self.config, moment, request).await,
            Route::CreateTenant => provisioning::create_tenant(&self.databases, moment, request).await,
            Route::CreateLocation => provisioning::create_location(database, moment, &caller.admin()?, request).await,
            Route::CreateStaff => self.staff_desk(database, moment, &caller.admin()?).create(request).await,
            Route::ListStaff => self.staff_desk(database, moment, &caller.admin()?).list().await,
            Route::PatchStaff(staff_id) => {
                self.staff_desk(database, moment, &caller.admin()?).patch(&staff_id, request).await
            }
            Route::CreateEnrolmentCode => enrolment::create_code(database, moment, &caller.admin()?, request).await,
            Route::ListDevices => devices::list(database, &caller.admin()?).await,
            Route::PatchTenant(tenant_id) => {
                let database = self.within_reach(database, moment, caller, &tenant_id).await?;
                settings::patch_tenant(database, &tenant_id, request).await
            }
            Route::PatchLocation(location_id) => {
                settings::patch_location(database, &caller.admin()?, &location_id, request).await
            }
            Route::ReportDay(location_id, date) => {
                self.day_desk(database, moment, &caller.admin()?, (&location_id, date)).report().await
            }
            Route::CloseDay(location_id, date) => {
                self.day_desk(database, moment, &caller.admin()?, (&location_id, date)).close(request).await
            }
            Route::PatchDevice(device_id) => {
                let tenant_id = caller.admin()?;
                let moved = settings::patch_device(database, &tenant_id, &device_id, request).await?;
                let device = devices::one(database, &tenant_id, &device_id).await?;
                Ok(device.telling(Tidings { moved, ..Tidings::default() }))
            }
            Route::RotateDeviceToken => rotation::of_device(database, moment, &caller.device()?).await,
            Route::RotateAdminToken => rotation::of_admin(database, moment, &caller.admin()?).await,
            Route::ResumeDevice(device_id) => {
                devices::set_status(database, &caller.admin()?, &device_id, DeviceStatus::Active).await
            }
            Route::SuspendDevice(device_id) => {
                devices::set_status(database, &caller.admin()?, &device_id, DeviceStatus::Suspended).await
            }
            Route::RevokeDevice(device_id) => {
                devices::set_status(database, &caller.admin()?, &device_id, DeviceStatus::Revoked).await
            }
        }
    }

    /// Who is asking, and that they may, and not too often.
    async fn caller(
        &self,
        database: &D,
        audience: Audience,
        authorization: Option<&str>,
        trace: &mut Trace,
    ) -> Result<Caller, Refusal> {
        let caller = authenticate(database, &self.config.operator_token, audience, authorization).await?;
        if let Caller::Device(device) = &caller {
            trace.device_id = Some(device.device_id.clone());
        }
        check_rate(&self.throttle, &caller).await?;
        Ok(caller)
    }

    /// The database of a tenant that the caller may change: an admin its own, which is where the admin was found, the
    /// operator any, which the directory finds.
    async fn within_reach<'a>(
        &'a self,
        home: &'a D,
        moment: &Moment,
        caller: Caller,
        tenant_id: &TenantId,
    ) -> Result<&'a D, Refusal> {
        match caller {
            Caller::Operator => self.databases.of_tenant(moment, tenant_id).await,
            Caller::Admin(own) if own == *tenant_id => Ok(home),
            Caller::Admin(_) => Err(not_found("there is no such tenant")),
            Caller::Anyone | Caller::Device(_) => Err(forbidden()),
        }
    }

    /// Where the caller is to be found, and all that is the caller's. Endpoints without a caller find their own way.
    async fn home(&self, route: &Route, moment: &Moment, authorization: Option<&str>) -> Result<&D, Refusal> {
        match route.audience() {
            Audience::Anyone => Ok(self.databases.first()),
            Audience::Operator
            | Audience::Admin
            | Audience::Device
            | Audience::AdminOrDevice
            | Audience::OperatorOrAdmin => {
                self.databases.of_credential(moment, bearer(authorization).unwrap_or_default()).await
            }
        }
    }
}

impl<D: Database, T> SyncApi<D, T> {
    fn staff_desk<'a>(&'a self, database: &'a D, moment: &'a Moment, tenant_id: &'a TenantId) -> StaffDesk<'a, D> {
        let sealing_key = self.config.pin_sealing_key.as_ref();
        StaffDesk { database, tenant_id, moment, sealing_key }
    }

    fn day_desk<'a>(
        &'a self,
        database: &'a D,
        moment: &'a Moment,
        tenant_id: &'a TenantId,
        (location_id, business_date): (&'a LocationId, BusinessDate),
    ) -> DayDesk<'a, D> {
        let signing_keys = &self.config.signing_keys;
        DayDesk { database, signing_keys, moment, tenant_id, location_id, business_date }
    }
}

fn ok(body: &impl Serialize) -> Result<Answer, Refusal> {
    Ok(Answer { status: 200, body: to_json(body)?, tidings: Tidings::default() })
}

fn created(body: &impl Serialize) -> Result<Answer, Refusal> {
    Ok(Answer { status: 201, body: to_json(body)?, tidings: Tidings::default() })
}

fn not_found(detail: &str) -> Refusal {
    Refusal::new(ErrorCode::NotFound, detail)
}

/// The answer of a host that cannot even ask the handler.
#[cfg(target_arch = "wasm32")]
pub(crate) fn unavailable(moment: &Moment) -> ApiResponse {
    refused(Refusal::new(ErrorCode::Internal, "the server failed"), Trace::of(moment))
}

/// The answer of a host that could not open the socket which the handler allowed.
#[cfg(target_arch = "wasm32")]
pub(crate) fn no_socket(refusal: Refusal, trace: Trace) -> ApiResponse {
    refused(refusal, trace)
}

fn refused(refusal: Refusal, trace: Trace) -> ApiResponse {
    let code = refusal.code;
    let problem = Problem {
        kind: format!("https://auraconnect.dev/problems/{}", code.as_str().to_lowercase()),
        title: code.as_str().to_lowercase().replace('_', " "),
        status: code.status(),
        code,
        detail: refusal.detail.clone(),
        request_id: trace.request_id.clone(),
        expected: refusal.expected,
        fields: refusal.fields.clone(),
    };
    ApiResponse {
        content_type: "application/problem+json",
        retry_after: refusal.retry_after,
        allow: refusal.allow.map(String::from),
        upgrade: (code == ErrorCode::UpgradeRequired).then_some("websocket"),
        // Texts and numbers only: it always serialises.
        body: to_json(&problem).unwrap_or_default(),
        ..ApiResponse::without_body(code.status(), Trace { cause: refusal.cause.or(trace.cause), ..trace })
    }
}
