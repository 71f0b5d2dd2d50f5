//! The keys a store is sealed with. The newest seals; older ones still open what they sealed, until nothing of it is left.

use std::fmt;

use zeroize::Zeroize;

use crate::sign_in::Pepper;

/// The highest id a key may have: it travels as a positive signed number.
pub const STORE_KEY_ID_MAX: u32 = 0x7fff_ffff;

/// One key.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreKey {
    /// Names it in everything it seals; grows with each rotation, 1 to [`STORE_KEY_ID_MAX`].
    pub id: u32,
    /// The key itself.
    pub bytes: [u8; 32],
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StoreKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Drop for StoreKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// All keys of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keyring {
    newest_first: Vec<StoreKey>,
    pepper: Option<Pepper>,
}

impl Keyring {
    /// A ring of these keys, in any order.
    #[must_use]
    pub fn new(mut keys: Vec<StoreKey>) -> Self {
        keys.sort_unstable_by_key(|key| std::cmp::Reverse(key.id));
        Self { newest_first: keys, pepper: None }
    }

    /// With the secret that was kept beside the keys.
    #[must_use]
    pub fn with_pepper(self, pepper: Option<Pepper>) -> Self {
        Self { pepper, ..self }
    }

    /// The secret that goes into what PINs are checked against. Where none was kept beside the keys it is made from the newest
    /// key, and another after a rotation: people sign in again once new grants have come.
    pub(crate) fn pepper(&self) -> Option<Pepper> {
        self.pepper.clone().or_else(|| self.current().map(|key| Pepper::of_key(&key.bytes)))
    }

    /// The keys, newest first.
    #[must_use]
    pub fn keys(&self) -> &[StoreKey] {
        &self.newest_first
    }

    /// The key that seals.
    pub(crate) fn current(&self) -> Option<&StoreKey> {
        self.newest_first.first()
    }

    /// The key with this id.
    pub(crate) fn key(&self, id: u32) -> Option<&StoreKey> {
        self.newest_first.iter().find(|key| key.id == id)
    }

    /// Forgets all keys but the newest.
    pub(crate) fn retire_older(&mut self) {
        self.newest_first.truncate(1);
    }
}
