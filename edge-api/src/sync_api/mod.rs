//! Every endpoint, in one order of checks: path, method, credential, declared form, limits, parsing, protocol, decision.
//! Whatever is refused on the way has written nothing.

mod body;
mod devices;
mod enrolment;
mod exchange;
mod health;
mod live;
mod menu;
mod provisioning;
mod request;
mod route;

use std::fmt;

use protocol::{DeviceStatus, ErrorCode, Problem};
use serde::Serialize;

use crate::credential::{Caller, authenticate};
use crate::database::{Database, to_json};
use crate::live::Tidings;
use crate::moment::Moment;
use crate::refusal::Refusal;

pub use request::{ApiRequest, ApiResponse, Trace};
pub(crate) use route::Audience;
use route::Route;

/// What the server is told at its start.
#[derive(Clone, Default)]
pub struct ApiConfig {
    /// The operator's credential. Empty: nobody is the operator.
    pub operator_token: String,
}

impl fmt::Debug for ApiConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiConfig").finish_non_exhaustive()
    }
}

/// The server.
#[derive(Debug)]
pub struct SyncApi<D> {
    database: D,
    config: ApiConfig,
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
    /// A server on a store. Several may share one store, by reference.
    #[must_use]
    pub const fn new(database: D, config: ApiConfig) -> Self {
        Self { database, config }
    }

    /// The store, for checkers.
    #[must_use]
    pub const fn database(&self) -> &D {
        &self.database
    }

    /// Answers one request. The only way in.
    pub async fn handle(&self, moment: Moment, request: ApiRequest) -> ApiResponse {
        let mut trace = Trace::of(&moment);
        match self.answer(&moment, &request, &mut trace).await {
            Ok(answer) => ApiResponse {
                status: answer.status,
                content_type: "application/json",
                retry_after: None,
                allow: None,
                upgrade: None,
                body: answer.body,
                tidings: answer.tidings,
                trace,
            },
            Err(refusal) => refused(refusal, trace),
        }
    }

    async fn answer(&self, moment: &Moment, request: &ApiRequest, trace: &mut Trace) -> Result<Answer, Refusal> {
        let route = Route::find(&request.path).ok_or_else(|| not_found("there is no such path"))?;
        trace.route = route.pattern();
        route.check_method(&request.method)?;
        let authorization =
            if route == Route::Live { live::authorization(request) } else { request.authorization.clone() };
        let authorization = authorization.as_deref();
        let caller = authenticate(&self.database, &self.config.operator_token, route.audience(), authorization).await?;
        if let Caller::Device(device) = &caller {
            trace.device_id = Some(device.device_id.clone());
        }
        match route {
            Route::Health => health::check(&self.database, moment).await,
            Route::ExchangeOrders => exchange::push(&self.database, moment, &caller.device()?, request).await,
            Route::PullChanges => exchange::pull(&self.database, moment, &caller.device()?, request).await,
            Route::Live => live::sit_down(&self.database, caller.device()?, request).await,
            Route::PushMenu => menu::push(&self.database, &caller.admin()?, request).await,
            Route::EnrolDevice => enrolment::enrol(&self.database, moment, request).await,
            Route::CreateTenant => provisioning::create_tenant(&self.database, moment, request).await,
            Route::CreateLocation => {
                provisioning::create_location(&self.database, moment, &caller.admin()?, request).await
            }
            Route::CreateEnrolmentCode => {
                enrolment::create_code(&self.database, moment, &caller.admin()?, request).await
            }
            Route::ListDevices => devices::list(&self.database, &caller.admin()?).await,
            Route::SuspendDevice(device_id) => {
                devices::set_status(&self.database, &caller.admin()?, &device_id, DeviceStatus::Suspended).await
            }
            Route::RevokeDevice(device_id) => {
                devices::set_status(&self.database, &caller.admin()?, &device_id, DeviceStatus::Revoked).await
            }
        }
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
    };
    ApiResponse {
        status: code.status(),
        content_type: "application/problem+json",
        retry_after: refusal.retry_after(),
        allow: refusal.allow,
        upgrade: (code == ErrorCode::UpgradeRequired).then_some("websocket"),
        // Texts and numbers only: it always serialises.
        body: to_json(&problem).unwrap_or_default(),
        tidings: Tidings::default(),
        trace: Trace { cause: refusal.cause, ..trace },
    }
}
