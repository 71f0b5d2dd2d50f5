//! The Durable Object that holds the live sockets of one location: glue, no rules.
//!
//! A socket sleeps until it is poked: nothing of the object stays in memory meanwhile, and a `ping` is answered without
//! waking it. What is sent is the location's head and nothing else, so a poke that is lost, doubled or late does no harm.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use worker::web_sys;
use worker::{
    Date, Delay, DurableObject, Env, Error, Headers, Method, ObjectNamespace, Request, RequestInit, Response, Result,
    State, Url, WebSocket, WebSocketIncomingMessage, WebSocketPair, WebSocketRequestResponsePair, durable_object,
};

use crate::live::{LIVE_PROTOCOL, LiveOpening, LiveSeat, Moved, Tidings};

/// The name of the binding in `wrangler.toml`.
const BINDING: &str = "LIVE";
/// Sockets that listen at one location.
const SOCKETS_MAX: usize = 64;
/// Messages of one socket that are ignored; the next one closes it. A `ping` is none.
const IGNORED_MESSAGES_MAX: u32 = 16;

/// How long a poke waits for later ones of its location: a rush of exchanges is one poke, and nobody sees the delay.
const GATHERING: Duration = Duration::from_millis(25);
/// How long another request waits for whoever gathers, in milliseconds. The request that did may have been cut off.
const GATHERED_BY_OTHERS_MILLIS: u64 = 1_000;

/// The socket was closed by the other side.
const CLOSE_ANSWERED: u16 = 1000;
/// The socket was replaced by a newer one of its device.
const CLOSE_REPLACED: u16 = 4001;
/// The device may listen no longer.
const CLOSE_SILENCED: u16 = 4003;
/// The socket said too much.
const CLOSE_TALKATIVE: u16 = 1008;

/// The hubs of all locations, as the Worker reaches them.
#[derive(Debug)]
pub(crate) struct LiveHubs(ObjectNamespace);

impl LiveHubs {
    /// None where the Worker is not bound to any: then nobody is poked, and devices go on by polling.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        env.durable_object(BINDING).ok().map(Self)
    }

    /// Opens the socket; another status than 101 says that the location has too many.
    pub(crate) async fn open(&self, opening: &LiveOpening) -> Result<Response> {
        let LiveOpening { seat, head, offers_protocol } = opening;
        let query = format!("device={}&head={head}&named={offers_protocol}", seat.device_id.as_str());
        let headers = Headers::new();
        headers.set("Upgrade", "websocket")?;
        self.ask(&name_of(&seat.tenant_id, &seat.location_id), "sit", &query, headers).await
    }

    /// Tells everybody concerned.
    pub(crate) async fn tell(&self, tidings: &Tidings) -> Result<()> {
        if let Some(LiveSeat { tenant_id, location_id, device_id }) = &tidings.silenced {
            let query = format!("device={}", device_id.as_str());
            self.ask(&name_of(tenant_id, location_id), "silence", &query, Headers::new()).await?;
        }
        let here: Vec<String> = tidings.moved.iter().filter_map(gather).collect();
        if here.is_empty() {
            return Ok(());
        }
        Delay::from(GATHERING).await;
        let gathered = here.into_iter().filter_map(|hub| {
            let gathered = GATHERED.with_borrow_mut(|waiting| waiting.remove(&hub))?;
            Some((hub, gathered.head))
        });
        for (hub, head) in gathered {
            self.ask(&hub, "poke", &format!("head={head}"), Headers::new()).await?;
        }
        Ok(())
    }

    async fn ask(&self, hub: &str, verb: &str, query: &str, headers: Headers) -> Result<Response> {
        let mut init = RequestInit::new();
        init.with_method(Method::Get).with_headers(headers);
        // Ids hold nothing that a query would have to escape.
        let request = Request::new_with_init(&format!("https://live.hub/{verb}?{query}"), &init)?;
        self.0.get_by_name(hub)?.fetch_with_request(request).await
    }
}

thread_local! {
    /// What this isolate is about to tell, by hub.
    static GATHERED: RefCell<BTreeMap<String, Gathered>> = const { RefCell::new(BTreeMap::new()) };
}

/// A head that is told when its time has come, or a later one in its place.
struct Gathered {
    head: u64,
    since_millis: u64,
}

/// Adds a head to what is about to be told. The hub, where this request is the one that has to tell it.
fn gather(Moved { tenant_id, location_id, head }: &Moved) -> Option<String> {
    let hub = name_of(tenant_id, location_id);
    let now = Date::now().as_millis();
    GATHERED.with_borrow_mut(|waiting| match waiting.get_mut(&hub) {
        Some(gathered) if now.saturating_sub(gathered.since_millis) < GATHERED_BY_OTHERS_MILLIS => {
            gathered.head = gathered.head.max(*head);
            None
        }
        Some(_) | None => {
            waiting.insert(hub.clone(), Gathered { head: *head, since_millis: now });
            Some(hub)
        }
    })
}

/// Neither id holds a slash.
fn name_of(tenant_id: &domain::TenantId, location_id: &domain::LocationId) -> String {
    format!("{}/{}", tenant_id.as_str(), location_id.as_str())
}

/// The sockets of one location.
#[durable_object(websocket)]
pub struct LiveHub {
    state: State,
    /// The largest head it was told of while in memory: what every socket has heard. A head that moved between a device's
    /// authentication and its sitting down is told to it all the same.
    head: Cell<u64>,
}

impl std::fmt::Debug for LiveHub {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("LiveHub").field("head", &self.head).finish_non_exhaustive()
    }
}

impl DurableObject for LiveHub {
    fn new(state: State, _env: Env) -> Self {
        if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
            state.set_websocket_auto_response(&pair);
        }
        Self { state, head: Cell::new(0) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let url = request.url()?;
        let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let device = value("device").unwrap_or_default();
        match url.path() {
            "/sit" => self.sit(&device, head_in(&url), value("named").as_deref() == Some("true")),
            "/poke" => {
                self.learn(head_in(&url));
                Response::empty()
            }
            "/silence" => {
                self.close(&device, CLOSE_SILENCED, "silenced");
                Response::empty()
            }
            _ => Response::error("", 404),
        }
    }

    async fn websocket_message(&self, socket: WebSocket, _message: WebSocketIncomingMessage) -> Result<()> {
        let ignored = socket.deserialize_attachment::<u32>()?.unwrap_or(0);
        if ignored >= IGNORED_MESSAGES_MAX {
            return socket.close(Some(CLOSE_TALKATIVE), Some("this socket only listens"));
        }
        socket.serialize_attachment(ignored.saturating_add(1))
    }

    /// The other side closes: without an answer its connection would stand until this object falls asleep.
    async fn websocket_close(&self, socket: WebSocket, _code: usize, _reason: String, _clean: bool) -> Result<()> {
        socket.close(Some(CLOSE_ANSWERED), Some("")).ok();
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: Error) -> Result<()> {
        Ok(())
    }
}

impl LiveHub {
    /// A device has one socket: the newer one stands, for the older may be dead without anybody having noticed.
    fn sit(&self, device: &str, head: u64, named: bool) -> Result<Response> {
        self.close(device, CLOSE_REPLACED, "replaced");
        let sockets = self.state.get_websockets();
        if sockets.iter().filter(|socket| is_open(socket)).count() >= SOCKETS_MAX {
            return Response::error("", 503);
        }
        // Who sits down may know of a head before its poke comes, which is no news then: the others hear of it here.
        self.learn(head);
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&server, &[device]);
        server.send_with_str(poke(self.head.get()))?;
        let response = Response::from_websocket(client)?;
        if named {
            response.headers().set("Sec-WebSocket-Protocol", LIVE_PROTOCOL)?;
        }
        Ok(response)
    }

    /// Tells every socket of a head that none of them has heard of.
    fn learn(&self, head: u64) {
        if head <= self.head.get() {
            return;
        }
        self.head.set(head);
        for socket in self.state.get_websockets() {
            // One that is closing hears nothing any more.
            socket.send_with_str(poke(head)).ok();
        }
    }

    fn close(&self, device: &str, code: u16, reason: &str) {
        for socket in self.state.get_websockets_with_tag(device) {
            // One that is closing already needs no telling.
            socket.close(Some(code), Some(reason)).ok();
        }
    }
}

fn is_open(socket: &WebSocket) -> bool {
    let socket: &web_sys::WebSocket = socket.as_ref();
    socket.ready_state() == web_sys::WebSocket::OPEN
}

fn poke(head: u64) -> String {
    format!(r#"{{"head":{head}}}"#)
}

fn head_in(url: &Url) -> u64 {
    let head = url.query_pairs().find(|(key, _)| key == "head");
    head.and_then(|(_, head)| head.parse().ok()).unwrap_or(0)
}
