//! Signing in, for JavaScript hosts. What must be durable before a PIN is looked at goes out as text, and the host keeps it.

use domain::{PinAttempts, StaffId};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::EngineHandle;
use super::driver::{moment, refused, rejection};
use crate::command::RefusalCode;
use crate::io::Input;

/// What the host keeps beside the keys of the store.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Vault {
    /// The device's secret, 64 hexadecimal digits.
    pepper: String,
    /// Wrong PINs.
    #[serde(default)]
    attempts: PinAttempts,
}

#[wasm_bindgen]
impl EngineHandle {
    /// Counts an attempt to give a PIN. Gives the vault as it must be kept before [`EngineHandle::unlock`] is called:
    /// `{ vault, refused }`; where `refused` is there, the PIN must not be looked at.
    ///
    /// # Errors
    /// Throws `{ code, message }` where an argument is not what it should be.
    #[wasm_bindgen(js_name = beginPin)]
    pub fn begin_pin(&self, staff_id: &str, vault: &str) -> Result<JsValue, JsValue> {
        let (staff_id, mut vault) = (staff(staff_id)?, read(vault)?);
        let now = moment(&self.driver.host);
        let begun = self.driver.manager.borrow().begin_pin(&mut vault.attempts, &staff_id, &now);
        let answer = js_sys::Object::new();
        let set = |name: &str, value: &JsValue| js_sys::Reflect::set(&answer, &JsValue::from_str(name), value);
        set("vault", &JsValue::from_str(&written(&vault)?))?;
        if let Err(not_begun) = begun {
            let error = refused(&not_begun.refusal);
            if let Some(wait_ms) = not_begun.retry_after_ms {
                let wait_ms = u32::try_from(wait_ms).unwrap_or(u32::MAX);
                js_sys::Reflect::set(&error, &JsValue::from_str("retryAfterMs"), &JsValue::from(wait_ms))?;
            }
            set("refused", &error)?;
        }
        Ok(answer.into())
    }

    /// The token of somebody's grant, opened with their PIN; takes as long as a PIN is made to take.
    ///
    /// # Errors
    /// Throws `{ code, message }`: `PIN_WRONG`, `STAFF_UNKNOWN`, `SCOPE_MISSING`, `GRANT_FOREIGN`, `GRANT_EXPIRED`.
    pub fn unlock(&self, staff_id: &str, pin: &str) -> Result<String, JsValue> {
        let now = moment(&self.driver.host);
        let unlocked = self.driver.manager.borrow().unlock(&staff(staff_id)?, pin, &now);
        let (token, grant) = unlocked.map_err(|refusal| refused(&refusal))?;
        self.driver.checked.replace(Some((token.clone(), grant)));
        Ok(token.to_string())
    }

    /// The vault after the PIN was right, or after a manager lets somebody try again.
    ///
    /// # Errors
    /// Throws `{ code, message }` where an argument is not what it should be.
    #[wasm_bindgen(js_name = forgetPins)]
    pub fn forget_pins(&self, staff_id: &str, vault: &str, right: bool) -> Result<String, JsValue> {
        let (staff_id, mut vault) = (staff(staff_id)?, read(vault)?);
        if right {
            vault.attempts.succeeded(&staff_id);
        } else {
            vault.attempts.unblock(&staff_id);
        }
        written(&vault)
    }

    /// Whoever has this token works here from now on.
    ///
    /// # Errors
    /// Throws `{ code, message }` where it is no grant to sign in with.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, token: &str) -> Result<(), JsValue> {
        let now = moment(&self.driver.host);
        let grant = self.driver.grant_of(token, &now)?;
        self.driver.token.replace(Some(token.to_owned().into()));
        self.driver.feed(Input::SignedIn(Box::new(grant)));
        Ok(())
    }

    /// Nobody works here from now on.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) {
        self.driver.token.replace(None);
        self.driver.feed(Input::SignedOut);
    }
}

fn staff(text: &str) -> Result<StaffId, JsValue> {
    text.parse().map_err(|_| rejection(RefusalCode::CommandInvalid.as_str(), "not a staff id"))
}

fn read(text: &str) -> Result<Vault, JsValue> {
    serde_json::from_str(text).map_err(|_| rejection("KEYS_UNREADABLE", "what is kept beside the keys is damaged"))
}

fn written(vault: &Vault) -> Result<String, JsValue> {
    serde_json::to_string(vault).map_err(|error| rejection("INTERNAL", &error.to_string()))
}
