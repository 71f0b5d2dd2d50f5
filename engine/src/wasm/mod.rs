//! The loop around the core, for JavaScript hosts. Glue, no rules: it carries out outputs (storage adapter, fetch, timers)
//! and feeds what happened back in.
//!
//! No borrow of the core lives across an `await` or a call into JavaScript, so concurrent and nested calls are safe. No
//! 64-bit integer crosses the boundary: clocks come as numbers, everything else as JSON text or bytes.

mod command_text;
mod driver;
mod host;
mod query;
mod sign_in;

use std::rc::Rc;

use domain::BusinessDate;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::command::{Command, RefusalCode};
use crate::io::Input;
use crate::wasm::driver::{Driver, OpenOptions, rejection};
pub use crate::wasm::host::Host;

/// One open engine. Free it when done.
#[wasm_bindgen]
#[derive(Debug)]
pub struct EngineHandle {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl EngineHandle {
    /// Opens the store behind `host` and begins to work. `options` is `{ serverUrl, appVersion, bootId, pullIntervalMs,
    /// staffId, enrolment, keys: { id, hex }[], anchor, retentionDays, follower }`. A follower reads the store, never writes
    /// it and never syncs.
    ///
    /// # Errors
    /// Rejects with `{ code, message }`.
    pub async fn open(host: Host, options: JsValue) -> Result<Self, JsValue> {
        let options: OpenOptions = serde_wasm_bindgen::from_value(options)
            .map_err(|error| rejection(RefusalCode::CommandInvalid.as_str(), &error.to_string()))?;
        let enrolment = options.enrolment.clone();
        let driver = Driver::open(host, options).await?;
        let started = driver.command(Command::Start { enrolment }, None);
        if let Err(refusal) = wasm_bindgen_futures::JsFuture::from(started).await {
            driver.close();
            return Err(refusal);
        }
        Ok(Self { driver })
    }

    /// Gives a command as JSON, or several about orders as a JSON array: all or none of them. The promise resolves with the order as JSON
    /// (`null` where it is about none) once the effect is durable, and rejects with `{ code, message, field, allowed }`. `context` is what
    /// [`EngineHandle::context`] said in the tab where the command was given: given twice with one context, it takes effect
    /// once.
    #[allow(clippy::needless_pass_by_value, reason = "an optional text crosses the boundary by value")]
    pub fn command(&self, json: &str, context: Option<String>) -> Promise {
        match command_text::read(json) {
            Ok(command) => self.driver.command(command, context.as_deref()),
            Err((code, error)) => Promise::reject(&rejection(code.as_str(), &error.to_string())),
        }
    }

    /// Where and by whom a command is given here and now; see [`EngineHandle::command`]. Fresh each time.
    pub fn context(&self) -> String {
        self.driver.context()
    }

    /// Tells a follower what the writer has committed: a key that was created, with its value. `false` where a commit
    /// before it is missing: the store must be read again.
    pub fn observe(&self, key: &str, value: &[u8]) -> bool {
        self.driver.observe(key, value)
    }

    /// Takes finished days into memory: one (`2026-10-31`), or all. The promise resolves when they are there.
    ///
    /// # Errors
    /// Throws `{ code, message }` where the date is none.
    #[wasm_bindgen(js_name = loadDays)]
    #[allow(clippy::needless_pass_by_value, reason = "an optional text crosses the boundary by value")]
    pub fn load_days(&self, date: Option<String>) -> Result<Promise, JsValue> {
        let date = date.map(BusinessDate::try_from).transpose();
        let date = date.map_err(|error| rejection(RefusalCode::CommandInvalid.as_str(), &error.to_string()))?;
        Ok(self.driver.command(Command::LoadDays { date }, None))
    }

    /// Seals the store with a new key from now on; the host has kept it. `hex` is 64 digits.
    ///
    /// # Errors
    /// Throws `{ code, message }` where it is no key.
    #[wasm_bindgen(js_name = addKey)]
    pub fn add_key(&self, id: u32, hex: &str) -> Result<(), JsValue> {
        self.driver.add_key(id, hex)
    }

    /// What is not settled yet, as JSON, for another device to deliver. In the clear: the host seals it.
    ///
    /// # Errors
    /// Throws `{ code, message }`.
    #[wasm_bindgen(js_name = exportUnsynced)]
    pub fn export_unsynced(&self) -> Result<String, JsValue> {
        self.driver.export()
    }

    /// What this engine saw lately, as JSON, without secrets: the simulator replays it. In the clear.
    ///
    /// # Errors
    /// Throws `{ code, message }` where there is none.
    pub fn recording(&self) -> Result<String, JsValue> {
        self.driver.recording()
    }

    /// Reads the working set, synchronously: a query as JSON, the answer as JSON.
    ///
    /// # Errors
    /// Throws `{ code, message }` where the query has no meaning.
    pub fn query(&self, json: &str) -> Result<String, JsValue> {
        self.driver.query(json)
    }

    /// Tells the engine of the world: `online`, `offline`, `forward`, `back` or `sync`.
    pub fn signal(&self, name: &str) {
        match name {
            "online" => self.driver.feed(Input::WentOnline),
            "offline" => self.driver.feed(Input::WentOffline),
            "forward" => self.driver.feed(Input::CameForward),
            "back" => self.driver.feed(Input::WentBack),
            "sync" => self.driver.feed(Input::SyncRequested),
            _ => {}
        }
    }

    /// Tells the engine that the location's change sequence has reached this number; what is none is no news.
    pub fn poked(&self, head: f64) {
        self.driver.poked(head);
    }

    /// Names the person who works this device from now on. Where the tenant employs staff, whoever is only named may do nothing.
    ///
    /// # Errors
    /// Throws `{ code, message }` where the id is not one.
    #[wasm_bindgen(js_name = setStaff)]
    pub fn set_staff(&self, staff_id: &str) -> Result<(), JsValue> {
        let staff = staff_id.parse();
        let staff = staff.map_err(|_| rejection(RefusalCode::CommandInvalid.as_str(), "not a staff id"))?;
        self.driver.feed(Input::StaffChanged(staff));
        Ok(())
    }

    /// Stops the loop. Commands given before are already with the store.
    pub fn close(&self) {
        self.driver.close();
    }
}

/// Keeps a panic's message: without it a dead instance says only `unreachable`.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&JsValue::from_str(&panic.to_string()));
    }));
}
