//! The driver: the only loop. Outputs out, inputs in.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::rc::Rc;

use domain::{Allowed, BootId, Grant, Label, OrderId, StaffId, Timestamp};
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use protocol::bytes_of_hex;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use zeroize::Zeroizing;

use super::host::{Host, HostAnswer};
use super::query;
use crate::command::{Command, Enrolment, Refusal, RefusalCode};
use crate::config::{CHECKPOINT_ENTRIES, CHUNK_BYTES, EngineConfig};
use crate::flight_recorder::RECORDING_INPUTS_MAX;
use crate::io::{CommandId, Event, ExchangeRequestOut, GivenAt, HttpAnswer, Input, Moment, Output, WriteBatch};
use crate::local_db::{Keyring, LocalDb, OpenWith, Opening, STORE_KEY_ID_MAX, StoreKey};
use crate::sign_in::{ApproverGrant, Giver, Pepper};
use crate::sync_manager::SyncManager;
use crate::views::OrderView;

/// The longest a timer is set for, in milliseconds: hosts keep delays in 32 bits, signed.
const TIMER_MS_MAX: u64 = 0x7fff_ffff;

/// What the TypeScript face passes when it opens an engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenOptions {
    server_url: String,
    app_version: String,
    boot_id: BootId,
    pull_interval_ms: u32,
    #[serde(default)]
    staff_id: Option<StaffId>,
    #[serde(default)]
    pub(crate) enrolment: Option<Enrolment>,
    keys: Vec<KeyText>,
    /// The device's secret, 64 hexadecimal digits.
    #[serde(default)]
    pepper: Option<String>,
    #[serde(default)]
    anchor: u32,
    retention_days: u32,
    #[serde(default)]
    follower: bool,
}

/// A key of the store as it crosses the boundary.
#[derive(Debug, Clone, Deserialize)]
struct KeyText {
    id: u32,
    hex: String,
}

impl KeyText {
    fn read(&self) -> Result<StoreKey, JsValue> {
        let bytes = bytes_of_hex(&self.hex);
        let known = (1..=STORE_KEY_ID_MAX).contains(&self.id);
        let bytes = bytes.filter(|_| known).ok_or_else(|| {
            rejection(RefusalCode::CommandInvalid.as_str(), "a key of the store needs an id and 64 hexadecimal digits")
        })?;
        Ok(StoreKey { id: self.id, bytes })
    }
}

/// Where and by whom a command was given, as it crosses between tabs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContextText {
    staff_id: Option<StaffId>,
    /// The grant of whoever has signed in there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Who lends a right for this one command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approver: Option<ApproverText>,
    wall_ms: i64,
    offset_min: i16,
    entropy_hex: String,
}

/// Somebody whose PIN was given for one command.
#[derive(Debug, Serialize, Deserialize)]
struct ApproverText {
    token: String,
    reason: Label,
}

/// One engine and its host.
pub(crate) struct Driver {
    pub(super) manager: RefCell<SyncManager>,
    pub(super) host: Host,
    /// The grant of whoever has signed in.
    pub(super) token: RefCell<Option<Zeroizing<String>>>,
    /// The last token whose signature was checked, with what it says: checking takes long where there is no WebAssembly.
    pub(super) checked: RefCell<Option<(Zeroizing<String>, Grant)>>,
    server_url: String,
    callers: RefCell<BTreeMap<CommandId, Caller>>,
    next_command: Cell<CommandId>,
    timer: RefCell<Option<Timeout>>,
    closed: Cell<bool>,
    /// Inputs that came from inside an output, such as a listener that gives a command.
    inputs: RefCell<VecDeque<Input>>,
    feeding: Cell<bool>,
}

/// Who waits for a command's outcome.
struct Caller {
    resolve: Function,
    reject: Function,
}

impl fmt::Debug for Driver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Driver").field("server_url", &self.server_url).finish_non_exhaustive()
    }
}

impl Driver {
    /// Reads the store and sets up the core over it.
    pub(crate) async fn open(host: Host, options: OpenOptions) -> Result<Rc<Self>, JsValue> {
        let owner = options.enrolment.clone().map(|enrolment| (enrolment.tenant_id, enrolment.device_id));
        let keys = options.keys.iter().map(KeyText::read).collect::<Result<Vec<_>, _>>()?;
        let with = OpenWith {
            keyring: Keyring::new(keys).with_pepper(options.pepper.as_deref().and_then(Pepper::from_hex)),
            // Only who can give the store an owner again may put a lost one aside.
            put_aside_lost: owner.is_some() && !options.follower,
            owner,
            anchor: u64::from(options.anchor),
        };
        let db = open_store(&host, with).await?;
        let config = EngineConfig {
            app_version: options.app_version,
            boot_id: options.boot_id,
            pull_interval_ms: u64::from(options.pull_interval_ms),
            delta_entries_max: protocol::DELTA_ENTRIES_MAX,
            staff: options.staff_id,
            retention_days: options.retention_days,
            checkpoint_entries: CHECKPOINT_ENTRIES,
            chunk_bytes: CHUNK_BYTES,
            recorded_inputs: RECORDING_INPUTS_MAX,
            follower: options.follower,
        };
        let manager = RefCell::new(SyncManager::new(db, config, &moment(&host)));
        Ok(Rc::new(Self {
            manager,
            host,
            token: RefCell::default(),
            checked: RefCell::default(),
            server_url: options.server_url.trim_end_matches('/').to_owned(),
            callers: RefCell::default(),
            next_command: Cell::new(1),
            timer: RefCell::default(),
            closed: Cell::new(false),
            inputs: RefCell::default(),
            feeding: Cell::new(false),
        }))
    }

    /// Gives a command to the core; the promise tells how it went. `context` says where it was given, if in another tab.
    pub(crate) fn command(self: &Rc<Self>, command: Command, context: Option<&str>) -> Promise {
        let context = match context.map(|text| self.given_at(text)).transpose() {
            Ok(context) => context.map(Box::new),
            Err(error) => return Promise::reject(&error),
        };
        let id = self.next_command.get();
        self.next_command.set(id.wrapping_add(1));
        let promise = Promise::new(&mut |resolve, reject| {
            self.callers.borrow_mut().insert(id, Caller { resolve, reject });
        });
        self.feed(Input::CommandGiven { id, command, context });
        promise
    }

    /// Where and by whom a command is given here and now, for a tab that sends it to the one that writes. Fresh each time.
    pub(crate) fn context(&self) -> String {
        let now = moment(&self.host);
        let context = ContextText {
            staff_id: self.manager.borrow().staff().cloned(),
            token: self.token.borrow().as_ref().map(|token| token.to_string()),
            approver: None,
            wall_ms: now.wall.millis(),
            offset_min: now.offset_min,
            entropy_hex: now.entropy.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        serde_json::to_string(&context).unwrap_or_default()
    }

    /// The grant that a token is, where somebody may sign in with it now.
    pub(super) fn grant_of(&self, token: &str, now: &Moment) -> Result<Grant, JsValue> {
        let manager = self.manager.borrow();
        let known =
            self.checked.borrow().as_ref().filter(|(checked, _)| **checked == token).map(|(_, grant)| grant.clone());
        let grant = match known {
            Some(grant) => manager.admit(&grant, now).map(|()| grant),
            None => manager.grant_of(token, now),
        };
        let grant = grant.map_err(|refusal| refused(&refusal))?;
        self.checked.replace(Some((token.to_owned().into(), grant.clone())));
        Ok(grant)
    }

    /// Reads where and by whom a command was given. Grants are checked here as they are where somebody signs in.
    fn given_at(&self, text: &str) -> Result<GivenAt, JsValue> {
        let invalid = || rejection(RefusalCode::CommandInvalid.as_str(), "not a context that a tab has made");
        let context: ContextText = serde_json::from_str(text).map_err(|_| invalid())?;
        let entropy = bytes_of_hex(&context.entropy_hex).ok_or_else(invalid)?;
        let wall = Timestamp::nearest(context.wall_ms);
        let moment = Moment { wall, mono_ms: 0, offset_min: context.offset_min, entropy };
        let now = self::moment(&self.host);
        let grant_of = |token: &str| self.grant_of(token, &now);
        let grant = context.token.as_deref().map(grant_of).transpose()?.map(Box::new);
        let approver = context.approver.map(|ApproverText { token, reason }| {
            Ok::<_, JsValue>(Box::new(ApproverGrant { grant: grant_of(&token)?, reason }))
        });
        Ok(GivenAt { moment, giver: Giver { staff: context.staff_id, grant, approver: approver.transpose()? } })
    }

    /// Follows the tab that writes the store. Tells whether everything up to this commit is known here.
    pub(crate) fn observe(self: &Rc<Self>, key: &str, value: &[u8]) -> bool {
        self.feed(Input::CommitObserved { key: key.to_owned(), value: value.to_vec() });
        self.manager.borrow().has_observed(key)
    }

    /// Takes a new key for the store; the host has kept it.
    pub(crate) fn add_key(self: &Rc<Self>, id: u32, hex: &str) -> Result<(), JsValue> {
        self.feed(Input::KeyAdded(KeyText { id, hex: hex.to_owned() }.read()?));
        Ok(())
    }

    /// What is not settled yet, for another device to deliver.
    pub(crate) fn export(&self) -> Result<String, JsValue> {
        let now = moment(&self.host);
        let export = self.manager.borrow().export(&now);
        serde_json::to_string(&export).map_err(|error| rejection("INTERNAL", &error.to_string()))
    }

    /// What this engine saw lately, without secrets; refused where another one writes the store.
    pub(crate) fn recording(&self) -> Result<String, JsValue> {
        let recording = self.manager.borrow().recording();
        let recording = recording.ok_or_else(|| {
            let message = "there is nothing that a replay could begin with; ask again when the device has been quiet";
            rejection("RECORDING_UNAVAILABLE", message)
        })?;
        recording.text().map_err(|error| rejection("INTERNAL", &error.to_string()))
    }

    /// Hands on a poke. Numbers of a change sequence are exact in a JavaScript number.
    pub(crate) fn poked(self: &Rc<Self>, head: f64) {
        self.feed(Input::Poked { head: u64::try_from(whole(head)).unwrap_or(0) });
    }

    /// Answers a query from memory.
    pub(crate) fn query(&self, json: &str) -> Result<String, JsValue> {
        let now = moment(&self.host);
        query::answer(&self.manager.borrow(), &now, json)
            .map_err(|refusal| rejection(refusal.code.as_str(), &refusal.message))
    }

    /// Tells the core what happened and does what it says. An input that comes while outputs are carried out waits for
    /// their end: their order is part of what the core said, the last wake-up above all.
    pub(crate) fn feed(self: &Rc<Self>, input: Input) {
        self.inputs.borrow_mut().push_back(input);
        if self.feeding.replace(true) {
            return;
        }
        while let Some(input) = self.next_input() {
            let now = moment(&self.host);
            let outputs = self.manager.borrow_mut().handle(now, input);
            for output in outputs {
                self.carry_out(output, now.mono_ms);
            }
        }
        self.feeding.set(false);
    }

    fn next_input(&self) -> Option<Input> {
        let mut inputs = self.inputs.borrow_mut();
        if self.closed.get() {
            inputs.clear();
        }
        inputs.pop_front()
    }

    fn carry_out(self: &Rc<Self>, output: Output, now_ms: u64) {
        match output {
            Output::Commit(batch) => self.commit(batch),
            Output::Read(keys) => self.read(keys),
            Output::KeepKeys(ids) => self.host.keep_keys(ids.into_iter().map(JsValue::from).collect()),
            // Numbers of commits stay far below 2^53.
            Output::Remember(number) => self.host.remember(u32::try_from(number).unwrap_or(u32::MAX)),
            Output::Exchange(request) => self.exchange(request),
            Output::Resolve { id, outcome } => self.resolve(id, outcome),
            Output::Notify(event) => self.host.notify(&event_text(&event)),
            Output::WakeAt(mono_ms) => self.wake_at(mono_ms, now_ms),
        }
    }

    /// Stops: no timer, no further input.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.timer.borrow_mut().take();
    }

    fn commit(self: &Rc<Self>, batch: WriteBatch) {
        let driver = Rc::clone(self);
        spawn_local(async move {
            let (create, put) = (value_array(&batch.create), value_array(&batch.put));
            let written = match driver.host.commit(create, put, key_array(&batch.delete)) {
                Ok(promise) => JsFuture::from(promise).await,
                Err(thrown) => Err(thrown),
            };
            driver.feed(match written {
                Ok(_) => Input::CommitSucceeded,
                Err(error) => Input::CommitFailed { code: code_of(&error), reason: message_of(&error) },
            });
        });
    }

    fn read(self: &Rc<Self>, keys: Vec<String>) {
        let driver = Rc::clone(self);
        spawn_local(async move {
            driver.feed(match read_values(&driver.host, &keys).await {
                Ok(values) => Input::ReadSucceeded { values },
                Err(error) => Input::ReadFailed { reason: message_of(&error) },
            });
        });
    }

    fn exchange(self: &Rc<Self>, request: ExchangeRequestOut) {
        let driver = Rc::clone(self);
        spawn_local(async move {
            let url = format!("{}{}", driver.server_url, request.path);
            let answer = match driver.host.post(&url, &request.token, &request.body) {
                Ok(promise) => JsFuture::from(promise).await,
                Err(thrown) => Err(thrown),
            };
            driver.feed(match answer {
                Ok(answer) => Input::ExchangeAnswered { id: request.id, answer: http_answer(answer) },
                Err(_) => Input::ExchangeFailed { id: request.id, reason: "NO_ANSWER".to_owned() },
            });
        });
    }

    fn resolve(&self, id: CommandId, outcome: Result<Option<Box<OrderView>>, Refusal>) {
        let Some(caller) = self.callers.borrow_mut().remove(&id) else { return };
        // The promise's own functions do not throw.
        match outcome {
            Ok(order) => {
                let order = serde_json::to_string(&order).unwrap_or_default();
                caller.resolve.call1(&JsValue::UNDEFINED, &JsValue::from_str(&order)).ok();
            }
            Err(refusal) => {
                let error = refused(&refusal);
                caller.reject.call1(&JsValue::UNDEFINED, &error).ok();
            }
        }
    }

    fn wake_at(self: &Rc<Self>, at_ms: u64, now_ms: u64) {
        let delay = u32::try_from(at_ms.saturating_sub(now_ms).min(TIMER_MS_MAX)).unwrap_or(u32::MAX);
        let driver = Rc::clone(self);
        let timer = Timeout::new(delay, move || driver.feed(Input::TimeoutReached));
        // Replacing the last timer cancels it.
        self.timer.borrow_mut().replace(timer);
    }
}

/// A refusal as JavaScript sees it: `{ code, message, field, allowed: { min, max } }`.
pub(super) fn refused(refusal: &Refusal) -> JsValue {
    let error = rejection(refusal.code.as_str(), &refusal.message);
    let set = |object: &JsValue, name: &str, value: JsValue| {
        // Setting a property of a fresh object does not fail.
        Reflect::set(object, &JsValue::from_str(name), &value).ok();
    };
    if let Some(field) = &refusal.field {
        set(&error, "field", JsValue::from_str(field));
    }
    if let Some(Allowed { min, max }) = refusal.allowed {
        let allowed = JsValue::from(Object::new());
        set(&allowed, "min", number(min));
        set(&allowed, "max", number(max));
        set(&error, "allowed", allowed);
    }
    error
}

/// A limit as a JavaScript number; every limit is far inside the range where it is exact.
#[expect(clippy::cast_precision_loss, reason = "limits lie within ±9×10^12")]
fn number(limit: i64) -> JsValue {
    JsValue::from_f64(limit as f64)
}

/// An error as JavaScript sees it: `{ code, message }`.
pub(crate) fn rejection(code: &str, message: &str) -> JsValue {
    let error = Object::new();
    // Setting a property of a fresh object does not fail.
    Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code)).ok();
    Reflect::set(&error, &JsValue::from_str("message"), &JsValue::from_str(message)).ok();
    error.into()
}

/// Reads a store as far as people work with it.
async fn open_store(host: &Host, with: OpenWith) -> Result<LocalDb, JsValue> {
    let storage_error = |error: JsValue| rejection("STORAGE_FAILED", &message_of(&error));
    let listing = host.list("").map_err(storage_error)?;
    // Nothing of the first values depends on the list: both are asked for at once.
    let first = Opening::FIRST.map(str::to_owned);
    let reading = host.read(key_array(&first)).map_err(storage_error)?;
    let keys: Array = JsFuture::from(listing).await.map_err(storage_error)?.unchecked_into();
    let mut values = values_of(JsFuture::from(reading).await.map_err(storage_error)?);
    let mut opening = Opening::new(keys.iter().filter_map(|key| key.as_string()), with);
    loop {
        let done = opening.next(values).map_err(|error| rejection(error.as_str(), &error.to_string()))?;
        if done {
            return Ok(opening.finish());
        }
        values = read_values(host, opening.wanted()).await.map_err(storage_error)?;
    }
}

async fn read_values(host: &Host, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, JsValue> {
    Ok(values_of(JsFuture::from(host.read(key_array(keys))?).await?))
}

fn values_of(values: JsValue) -> Vec<Option<Vec<u8>>> {
    let values: Array = values.unchecked_into();
    values.iter().map(|value| (!value.is_undefined()).then(|| value.unchecked_into::<Uint8Array>().to_vec())).collect()
}

pub(super) fn moment(host: &Host) -> Moment {
    let mut entropy = [0; 32];
    let random = host.random_bytes(32).to_vec();
    entropy.iter_mut().zip(random).for_each(|(byte, fresh)| *byte = fresh);
    Moment {
        wall: Timestamp::nearest(whole(host.now())),
        mono_ms: u64::try_from(whole(host.monotonic_now())).unwrap_or(0),
        offset_min: host.offset_minutes(),
        entropy,
    }
}

/// A host's milliseconds as an integer. Every number that a clock shows is far inside the range; others saturate.
#[expect(clippy::cast_possible_truncation, reason = "a cast from a float saturates, which is what is wanted")]
const fn whole(millis: f64) -> i64 {
    millis as i64
}

fn value_array(values: &[(String, Vec<u8>)]) -> Array {
    let pairs = values.iter();
    pairs.map(|(key, value)| Array::of2(&JsValue::from_str(key), &Uint8Array::from(value.as_slice()))).collect()
}

fn key_array(keys: &[String]) -> Array {
    keys.iter().map(|key| JsValue::from_str(key)).collect()
}

fn http_answer(answer: JsValue) -> HttpAnswer {
    let answer: HostAnswer = answer.unchecked_into();
    HttpAnswer {
        status: answer.status(),
        content_type: answer.content_type(),
        retry_after_s: answer.retry_after().and_then(|seconds| seconds.parse().ok()),
        body: answer.body(),
    }
}

fn event_text(event: &Event) -> String {
    let text = match event {
        Event::OrdersChanged(ids) => {
            let ids: Vec<String> = ids.iter().map(OrderId::to_string).collect();
            serde_json::to_string(&ids).map(|ids| format!(r#"{{"type":"orders_changed","orderIds":{ids}}}"#))
        }
        Event::MenuChanged => Ok(r#"{"type":"menu_changed"}"#.to_owned()),
        Event::ShiftsChanged => Ok(r#"{"type":"shifts_changed"}"#.to_owned()),
        Event::ConflictsChanged => Ok(r#"{"type":"conflicts_changed"}"#.to_owned()),
        Event::StatusChanged => Ok(r#"{"type":"status_changed"}"#.to_owned()),
        Event::StorageDamaged => Ok(r#"{"type":"storage_damaged"}"#.to_owned()),
        Event::FellBehind => Ok(r#"{"type":"fell_behind"}"#.to_owned()),
    };
    text.unwrap_or_default()
}

fn code_of(error: &JsValue) -> String {
    let code = Reflect::get(error, &JsValue::from_str("code")).ok().and_then(|code| code.as_string());
    code.unwrap_or_else(|| RefusalCode::StorageFailed.as_str().to_owned())
}

fn message_of(error: &JsValue) -> String {
    let message = Reflect::get(error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
    message.or_else(|| error.as_string()).unwrap_or_else(|| "unknown error".to_owned())
}
