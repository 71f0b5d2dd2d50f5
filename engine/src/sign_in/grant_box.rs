//! Grants as a device keeps them: each sealed under a key that only its person's PIN gives.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use domain::{DeviceId, Grant, GrantId, StaffId, TenantId, Timestamp};
use protocol::{GrantSheet, PinKdf, ServerKey, SheetGrant, bytes_of_hex, read_grant};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::hash::{Secret, hash_of, keyed, same};

/// The form that is written now.
const SCHEMA: u16 = 2;
const VERIFIER: &[u8] = b"auraconnect/pin-verifier/v1";
const UNLOCK: &[u8] = b"auraconnect/unlock/v1";
const GRANT_KEY: &[u8] = b"auraconnect/grant-key/v1";

/// A secret of this device, kept beside the keys of its store and never in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pepper(Zeroizing<[u8; 32]>);

impl Pepper {
    /// From 64 hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes_of_hex(hex)?)))
    }

    /// Made from a key of the store.
    pub(crate) fn of_key(key: &[u8; 32]) -> Self {
        Self(keyed(key, &[b"auraconnect/pepper/v1"]))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Pepper")
    }
}

/// A sheet of grants as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSheet {
    schema: u16,
    device_id: DeviceId,
    keys: Vec<ServerKey>,
    grants: Vec<KeptGrant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptGrant {
    staff_id: StaffId,
    grant_id: GrantId,
    expires_at: Timestamp,
    /// Nothing for somebody who has no PIN: they cannot sign in.
    lock: Option<PinLock>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PinLock {
    kdf: PinKdf,
    salt: String,
    /// What the PIN's keyed hash must be, 64 hexadecimal digits.
    verifier: String,
    /// The token under the key that the PIN gives: nonce and ciphertext, hexadecimal digits.
    sealed: String,
}

/// Why a PIN opened nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockError {
    /// Nobody of that id can sign in on this device.
    Unknown,
    /// It is another PIN.
    WrongPin,
    /// The PIN is right, and opens nothing: what is kept is not what was kept.
    Damaged,
}

impl KeptSheet {
    /// A sheet as it is to be kept; `None` where the text is no sheet. `nonce` gives one for each grant, never twice the same.
    #[must_use]
    pub fn of(text: &str, tenant_id: &TenantId, pepper: &Pepper, nonce: impl Fn(&str) -> [u8; 24]) -> Option<Self> {
        let GrantSheet { schema: _, device_id, keys, grants } = serde_json::from_str(text).ok()?;
        let kept = |grant: SheetGrant| {
            let SheetGrant { token, staff_id, grant_id, expires_at, verifier } = grant;
            let token = Zeroizing::new(token);
            let lock = verifier.and_then(|verifier| {
                let hash = Zeroizing::new(bytes_of_hex(&verifier.hash)?);
                let place = Place { tenant_id, device_id: &device_id, staff_id: &staff_id, grant_id };
                let sealed = place.seal(pepper, &hash, &token, nonce(&grant_id.to_string()))?;
                let kept_verifier = hex(&*place.verifier(pepper, &hash));
                Some(PinLock { kdf: verifier.kdf, salt: verifier.salt, verifier: kept_verifier, sealed })
            });
            KeptGrant { staff_id, grant_id, expires_at, lock }
        };
        let grants = grants.into_iter().map(kept).collect();
        Some(Self { schema: SCHEMA, device_id, keys, grants })
    }

    /// How many bytes a sheet takes as it is kept; `None` where the text is no sheet.
    pub(crate) fn kept_bytes(text: &str) -> Option<usize> {
        let tenant_id = "ten_any".parse().ok()?;
        let sheet = Self::of(text, &tenant_id, &Pepper(Zeroizing::new([0; 32])), |_| [0; 24])?;
        serde_json::to_string(&sheet).ok().map(|kept| kept.len())
    }

    /// Reads what was kept; `None` where it is of another form or damaged.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|sheet: &Self| sheet.schema == SCHEMA)
    }

    /// Whether anybody has a PIN.
    pub(crate) fn has_pins(&self) -> bool {
        self.grants.iter().any(|grant| grant.lock.is_some())
    }

    /// Whether somebody can sign in here.
    #[must_use]
    pub fn opens_for(&self, staff_id: &StaffId) -> bool {
        self.grant(staff_id).is_some_and(|grant| grant.lock.is_some())
    }

    /// The token of somebody's grant, opened with their PIN. Takes as long as the hash was made to take. Whether the token is a
    /// grant of the server's is for [`KeptSheet::grant_of`].
    ///
    /// # Errors
    /// See [`UnlockError`].
    pub fn unlock(
        &self,
        tenant_id: &TenantId,
        staff_id: &StaffId,
        pin: &str,
        pepper: &Pepper,
    ) -> Result<Zeroizing<String>, UnlockError> {
        let grant = self.grant(staff_id).ok_or(UnlockError::Unknown)?;
        let lock = grant.lock.as_ref().ok_or(UnlockError::Unknown)?;
        let salt = bytes(&lock.salt).ok_or(UnlockError::Damaged)?;
        let hash = hash_of(pin, lock.kdf, &salt).ok_or(UnlockError::Damaged)?;
        let place = Place { tenant_id, device_id: &self.device_id, staff_id, grant_id: grant.grant_id };
        let expected = bytes_of_hex(&lock.verifier).ok_or(UnlockError::Damaged)?;
        if !same(&place.verifier(pepper, &hash), &expected) {
            return Err(UnlockError::WrongPin);
        }
        place.open(pepper, &hash, &lock.sealed).ok_or(UnlockError::Damaged)
    }

    /// The grant that a token is; `None` where the server did not sign it for this device.
    #[must_use]
    pub fn grant_of(&self, tenant_id: &TenantId, token: &str) -> Option<Grant> {
        read_grant(token, tenant_id, &self.device_id, &self.keys).filter(|grant| grant.device_id == self.device_id)
    }

    fn grant(&self, staff_id: &StaffId) -> Option<&KeptGrant> {
        self.grants.iter().find(|grant| grant.staff_id == *staff_id)
    }
}

/// Where a grant is kept: what a lock is good for.
struct Place<'a> {
    tenant_id: &'a TenantId,
    device_id: &'a DeviceId,
    staff_id: &'a StaffId,
    grant_id: GrantId,
}

impl Place<'_> {
    fn bound(&self) -> String {
        format!("|{}|{}|{}|{}", self.tenant_id, self.device_id, self.staff_id, self.grant_id)
    }

    fn verifier(&self, pepper: &Pepper, hash: &Secret) -> Secret {
        keyed(&pepper.0, &[VERIFIER, self.bound().as_bytes(), &**hash])
    }

    /// HKDF of RFC 5869, with one block of output.
    fn key(&self, pepper: &Pepper, hash: &Secret) -> XChaCha20Poly1305 {
        let extracted = keyed(&pepper.0, &[UNLOCK, &**hash]);
        let key = keyed(&extracted, &[GRANT_KEY, self.bound().as_bytes(), &[1]]);
        XChaCha20Poly1305::new(&Key::from(*key))
    }

    fn seal(&self, pepper: &Pepper, hash: &Secret, token: &str, nonce: [u8; 24]) -> Option<String> {
        let bound = self.bound();
        let payload = Payload { msg: token.as_bytes(), aad: bound.as_bytes() };
        let sealed = self.key(pepper, hash).encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(hex(&[&nonce[..], &sealed].concat()))
    }

    fn open(&self, pepper: &Pepper, hash: &Secret, sealed: &str) -> Option<Zeroizing<String>> {
        let sealed = bytes(sealed)?;
        let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
        let bound = self.bound();
        let payload = Payload { msg: sealed, aad: bound.as_bytes() };
        let token = self.key(pepper, hash).decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(token).ok().map(Zeroizing::new)
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok()).collect::<Option<_>>()?;
    rest.is_empty().then_some(bytes)
}
