//! What goes into the handler and what comes out of it, free of any host's types.

use std::fmt;

use domain::DeviceId;
use protocol::EXCHANGE_BODY_BYTES_MAX;

use super::headers::CrossOrigin;
use crate::live::Tidings;
use crate::moment::Moment;

/// A request as it arrived.
#[derive(Clone, Default)]
pub struct ApiRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path without the query, e.g. `/sync/orders`.
    pub path: String,
    /// What follows the `?`, or nothing.
    pub query: String,
    /// The header `Origin`: the page that asks, where one does.
    pub origin: Option<String>,
    /// The header `CF-Connecting-IP`: the address of who asks, which the edge sets and nobody else can.
    pub client_address: Option<String>,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// The header `Upgrade`.
    pub upgrade: Option<String>,
    /// The header `Sec-WebSocket-Protocol`. May hold a token.
    pub websocket_protocols: Option<String>,
    /// The header `Content-Length`. A body declared too long need not be read.
    pub content_length: Option<u64>,
    /// The body, or its beginning where it is longer than the limit.
    pub body: Vec<u8>,
}

impl ApiRequest {
    /// A `GET` of a path, which may carry a query.
    #[must_use]
    pub fn get(path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self { method: "GET".to_owned(), path: path.to_owned(), query: query.to_owned(), ..Self::default() }
    }

    /// A `POST` of JSON.
    #[must_use]
    pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let content_type = Some("application/json".to_owned());
        Self { method: "POST".to_owned(), path: path.to_owned(), content_type, body: body.into(), ..Self::default() }
    }

    /// A request to listen at `/sync/live`, offering these subprotocols.
    #[must_use]
    pub fn listen(protocols: &str) -> Self {
        let websocket_protocols = (!protocols.is_empty()).then(|| protocols.to_owned());
        Self { upgrade: Some("websocket".to_owned()), websocket_protocols, ..Self::get("/sync/live") }
    }

    /// Whether the body is declared longer than any body may be: then it need not be read.
    #[must_use]
    pub fn declares_too_much(&self) -> bool {
        // Where a usize has 32 bits a declared length may not fit into one.
        self.content_length
            .is_some_and(|declared| usize::try_from(declared).map_or(true, |bytes| bytes > EXCHANGE_BODY_BYTES_MAX))
    }

    /// The same request from this address.
    #[must_use]
    pub fn coming_from(self, address: &str) -> Self {
        Self { client_address: Some(address.to_owned()), ..self }
    }

    /// The same request with a credential.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        Self { authorization: Some(format!("Bearer {token}")), ..self }
    }
}

impl fmt::Debug for ApiRequest {
    /// Without the credential and the body.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiRequest").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

/// The answer. Every one of them is sent with `Cache-Control: no-store`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// `application/json`, or `application/problem+json` for a refusal.
    pub content_type: &'static str,
    /// The header `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// The header `Allow`.
    pub allow: Option<String>,
    /// The header `Upgrade`.
    pub upgrade: Option<&'static str>,
    /// JSON; nothing with 101, where the host opens the socket of `tidings.opening`.
    pub body: String,
    /// What it says to pages of other origins.
    pub cross_origin: CrossOrigin,
    /// What live sockets are to hear of it.
    pub tidings: Tidings,
    /// What the log may know.
    pub trace: Trace,
}

impl ApiResponse {
    /// An answer that says nothing but its status.
    pub(super) fn without_body(status: u16, trace: Trace) -> Self {
        Self {
            status,
            content_type: "application/json",
            retry_after: None,
            allow: None,
            upgrade: None,
            body: String::new(),
            cross_origin: CrossOrigin::default(),
            tidings: Tidings::default(),
            trace,
        }
    }
}

impl fmt::Debug for ApiResponse {
    /// Without the body, which may hold a token.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiResponse")
            .field("status", &self.status)
            .field("trace", &self.trace)
            .finish_non_exhaustive()
    }
}

/// What the log may know of a request: no bodies, names or tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Names the request; a refusal carries it too.
    pub request_id: String,
    /// The path's pattern.
    pub route: &'static str,
    /// The device that asked.
    pub device_id: Option<DeviceId>,
    /// Why the store failed, where it did; also where the request was answered all the same.
    pub cause: Option<String>,
}

impl Trace {
    /// Of a request about which nothing is known yet.
    pub(super) fn of(moment: &Moment) -> Self {
        let request_id = format!("req_{}", moment.random_hex("request", 20));
        Self { request_id, route: "", device_id: None, cause: None }
    }
}
