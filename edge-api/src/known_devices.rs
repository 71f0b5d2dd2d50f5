//! Devices that have shown their token lately, so that what they send all day needs no look-up of its own.
//!
//! What is remembered is a guess, never a credential: the transaction in which a request reads everything else reads the
//! device's row again, by its token's hash, and a device that is not to the letter what was remembered is looked up anew.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::credential::DeviceCaller;

/// Devices remembered at once.
const DEVICES_MAX: usize = 1_000;

/// Who showed which token. Whatever handles many requests keeps one.
#[derive(Debug, Default)]
pub struct KnownDevices {
    /// By the token's SHA-256.
    by_token: RefCell<BTreeMap<String, DeviceCaller>>,
}

impl KnownDevices {
    /// The device that showed this token last.
    pub(crate) fn by_token(&self, token_hash: &str) -> Option<DeviceCaller> {
        self.by_token.borrow().get(token_hash).cloned()
    }

    pub(crate) fn note(&self, token_hash: String, device: DeviceCaller) {
        let mut by_token = self.by_token.borrow_mut();
        // More devices than fit: forgetting all of them costs each one look-up.
        if by_token.len() >= DEVICES_MAX {
            by_token.clear();
        }
        by_token.insert(token_hash, device);
    }
}
