//! The loop around the core, for JavaScript hosts. Glue, no rules: it carries out outputs (storage adapter, fetch, timers)
//! and feeds what happened back in.
//!
//! No borrow of the core lives across an `await` or a call into JavaScript, so concurrent and nested calls are safe. No
//! 64-bit integer crosses the boundary: clocks come as numbers, everything else as JSON text or bytes.

mod driver;
mod host;
mod query;

use std::rc::Rc;

use domain::OrderCommand;
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
    /// staffId, enrolment }`.
    ///
    /// # Errors
    /// Rejects with `{ code, message }`.
    pub async fn open(host: Host, options: JsValue) -> Result<Self, JsValue> {
        let options: OpenOptions = serde_wasm_bindgen::from_value(options)
            .map_err(|error| rejection(RefusalCode::CommandInvalid.as_str(), &error.to_string()))?;
        let enrolment = options.enrolment.clone();
        let driver = Driver::open(host, options).await?;
        let started = driver.command(Command::Start { enrolment });
        if let Err(refusal) = wasm_bindgen_futures::JsFuture::from(started).await {
            driver.close();
            return Err(refusal);
        }
        Ok(Self { driver })
    }

    /// Gives a command as JSON. The promise resolves with the order as JSON once the effect is durable, and rejects with
    /// `{ code, message, field, allowed }`.
    pub fn command(&self, json: &str) -> Promise {
        match serde_json::from_str::<OrderCommand>(json) {
            Ok(command) => self.driver.command(command.into()),
            Err(error) => Promise::reject(&rejection(RefusalCode::CommandInvalid.as_str(), &error.to_string())),
        }
    }

    /// Reads the working set, synchronously: a query as JSON, the answer as JSON.
    ///
    /// # Errors
    /// Throws `{ code, message }` where the query has no meaning.
    pub fn query(&self, json: &str) -> Result<String, JsValue> {
        self.driver.query(json)
    }

    /// Tells the engine of the world: `online`, `offline` or `sync`.
    pub fn signal(&self, name: &str) {
        match name {
            "online" => self.driver.feed(Input::WentOnline),
            "offline" => self.driver.feed(Input::WentOffline),
            "sync" => self.driver.feed(Input::SyncRequested),
            _ => {}
        }
    }

    /// Names the person who works this device from now on.
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
