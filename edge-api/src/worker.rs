//! The Cloudflare Worker around the handler: glue, no rules.
//!
//! It turns a request into [`ApiRequest`], hands over the clock and fresh randomness, sends the answer and writes one log
//! line. Texts of the host's errors stay here: they may hold a stack.

use std::cell::OnceCell;
use std::rc::Rc;

use futures_util::StreamExt as _;
use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::{
    Context, Date, Env, Headers, Request, Response, ScheduleContext, ScheduledEvent, console_error, console_log, event,
};

use crate::database::D1;
use crate::directory::{FIRST_DATABASE, Places};
use crate::identity::{SealingKey, SigningKeys};
use crate::known_devices::KnownDevices;
use crate::live::LiveOpening;
use crate::live_hub::LiveHubs;
use crate::moment::Moment;
use crate::rate_limits::RateLimits;
use crate::refusal::Refusal;
use crate::sync_api::{ApiConfig, ApiRequest, ApiResponse, SyncApi, no_socket, unavailable};
use domain::Timestamp;
use protocol::{EXCHANGE_BODY_BYTES_MAX, ErrorCode};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let moment = moment().map_err(|_| worker::Error::from("the host gave no randomness"))?;
    let method = request.inner().method();
    let response = answer(moment, request, &env).await.unwrap_or_else(|_| unavailable(&moment));
    let hubs = LiveHubs::of(&env);
    let response = match response.tidings.opening.clone() {
        Some(opening) => match open(hubs.as_ref(), &opening).await {
            Ok(socket) => {
                log(&method, &response);
                return Ok(socket);
            }
            Err(refusal) => no_socket(refusal, response.trace),
        },
        None => response,
    };
    log(&method, &response);
    let answer = send(&response);
    // The answer does not wait for those who listen.
    if let Some(hubs) = hubs.filter(|_| response.tidings.concern_others()) {
        context.wait_until(async move { tell(&hubs, &response).await });
    }
    answer
}

/// The answer that becomes a socket.
async fn open(hubs: Option<&LiveHubs>, opening: &LiveOpening) -> Result<Response, Refusal> {
    let hubs = hubs.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "this server pokes nobody"))?;
    match hubs.open(opening).await {
        Ok(socket) if socket.status_code() == 101 => Ok(socket),
        Ok(_) => Err(Refusal::busy()),
        Err(error) => Err(Refusal { cause: Some(error.to_string()), ..Refusal::busy() }),
    }
}

/// A poke that is lost costs a device the time until it polls.
async fn tell(hubs: &LiveHubs, response: &ApiResponse) {
    if let Err(error) = hubs.tell(&response.tidings).await {
        let line = serde_json::json!({ "poke_lost": error.to_string(), "request_id": response.trace.request_id });
        console_log!("{line}");
    }
}

/// By the clock. One line a database; one that says `alarms` wants somebody to look at once.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let (Ok(moment), Ok(api)) = (moment(), api(&env)) else {
        console_error!("{{\"upkeep\":\"the host does not give what the worker stands on\"}}");
        return;
    };
    for report in api.upkeep(moment).await {
        let line = serde_json::json!({ "upkeep": report });
        if report.alarms.is_empty() && report.failed.is_none() {
            console_log!("{line}");
        } else {
            console_error!("{line}");
        }
    }
}

/// Fails where the host does not give what the worker stands on: its database or the request's own parts.
async fn answer(moment: Moment, request: Request, env: &Env) -> worker::Result<ApiResponse> {
    Ok(api(env)?.handle(moment, read(request).await?).await)
}

thread_local! {
    /// What this isolate knows of where tenants live.
    static PLACES: Rc<Places> = Rc::default();
    /// Whose tokens it has seen.
    static KNOWN_DEVICES: Rc<KnownDevices> = Rc::default();
    /// What it was told at its start. Cloudflare starts new isolates for new secrets, and reading a signing key is a
    /// multiplication on the curve.
    static CONFIG: OnceCell<Rc<ApiConfig>> = const { OnceCell::new() };
}

fn api(env: &Env) -> worker::Result<SyncApi<D1, RateLimits>> {
    let mut api = SyncApi::new(D1(env.d1(FIRST_DATABASE)?), config(env)?);
    for name in listed(env, "DATABASES").into_iter().filter(|name| name != FIRST_DATABASE) {
        let database = D1(env.d1(&name)?);
        api = api.with_database(&name, database);
    }
    let api = api.with_places(PLACES.with(Rc::clone)).with_known_devices(KNOWN_DEVICES.with(Rc::clone));
    Ok(api.with_throttle(RateLimits::bound_in(env)))
}

/// A variable that holds texts separated by commas; none where it is not set.
fn listed(env: &Env, name: &str) -> Vec<String> {
    let text = env.var(name).map(|text| text.to_string()).unwrap_or_default();
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// What the Worker was told at its start, read once.
fn config(env: &Env) -> worker::Result<Rc<ApiConfig>> {
    if let Some(known) = CONFIG.with(|known| known.get().map(Rc::clone)) {
        return Ok(known);
    }
    let read = Rc::new(secrets(env)?);
    Ok(CONFIG.with(|known| Rc::clone(known.get_or_init(|| read))))
}

/// The Worker's secrets. One that is not set is none; one that cannot be read is a mistake that must not pass for none.
fn secrets(env: &Env) -> worker::Result<ApiConfig> {
    let secret = |name: &str| env.secret(name).map(|secret| secret.to_string()).unwrap_or_default();
    let unreadable = |name: &str| worker::Error::from(format!("the secret {name} cannot be read"));
    let pin_sealing_key = match secret("PIN_SEALING_KEY").as_str() {
        "" => None,
        text => Some(SealingKey::from_hex(text).ok_or_else(|| unreadable("PIN_SEALING_KEY"))?),
    };
    Ok(ApiConfig {
        operator_token: secret("OPERATOR_TOKEN"),
        signing_keys: SigningKeys::parse(&secret("GRANT_SIGNING_KEYS"))
            .ok_or_else(|| unreadable("GRANT_SIGNING_KEYS"))?,
        pin_sealing_key,
        allowed_origins: listed(env, "ALLOWED_ORIGINS"),
    })
}

/// The clock and 64 bytes of the host's randomness.
fn moment() -> Result<Moment, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    let fill: Function = Reflect::get(&crypto, &"getRandomValues".into())?.dyn_into()?;
    let array = Uint8Array::new_with_length(64);
    fill.call1(&crypto, &array)?;
    let mut entropy = [0; 64];
    array.copy_to(&mut entropy);
    let now = Timestamp::nearest(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX));
    Ok(Moment { now, entropy })
}

async fn read(mut request: Request) -> worker::Result<ApiRequest> {
    let url = request.url()?;
    let header = |name: &str| request.headers().get(name);
    let mut api_request = ApiRequest {
        method: request.inner().method(),
        path: url.path().to_owned(),
        query: url.query().unwrap_or("").to_owned(),
        origin: header("Origin")?,
        client_address: header("CF-Connecting-IP")?,
        authorization: header("Authorization")?,
        content_type: header("Content-Type")?,
        content_encoding: header("Content-Encoding")?,
        upgrade: header("Upgrade")?,
        websocket_protocols: header("Sec-WebSocket-Protocol")?,
        content_length: header("Content-Length")?.and_then(|length| length.parse().ok()),
        body: Vec::new(),
    };
    if request.inner().body().is_some() && !api_request.declares_too_much() {
        // The host holds a body to its declared length.
        let is_bounded = api_request.content_length.is_some();
        api_request.body = if is_bounded { request.bytes().await? } else { beginning(&mut request).await? };
    }
    Ok(api_request)
}

/// The body, read no further than to where it is known to be too large: its length is not declared.
async fn beginning(request: &mut Request) -> worker::Result<Vec<u8>> {
    let mut stream = request.stream()?;
    let mut body = Vec::new();
    while let Some(piece) = stream.next().await {
        body.extend(piece?);
        if body.len() > EXCHANGE_BODY_BYTES_MAX {
            break;
        }
    }
    Ok(body)
}

fn send(response: &ApiResponse) -> worker::Result<Response> {
    let headers = Headers::new();
    for (name, value) in response.headers() {
        headers.set(name, &value)?;
    }
    // A browser takes 204 only without a body, also without an empty one.
    let sent = if response.body.is_empty() { Response::empty()? } else { Response::ok(response.body.as_str())? };
    Ok(sent.with_headers(headers).with_status(response.status))
}

/// One line a request, as JSON. No bodies, names or tokens.
fn log(method: &str, response: &ApiResponse) {
    let trace = &response.trace;
    let line = serde_json::json!({
        "method": method,
        "route": trace.route,
        "status": response.status,
        "request_id": trace.request_id,
        "device_id": trace.device_id,
        "cause": trace.cause,
    });
    console_log!("{line}");
}
