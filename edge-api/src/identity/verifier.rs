//! What PINs are checked against, and how it is kept.
//!
//! A PIN has so few digits that any hash of it is guessed; so the hashes are sealed with a key that the store does not hold.
//! Whoever steals the store alone has nothing to guess at.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use domain::{StaffId, TenantId};
use protocol::{PinKdf, PinVerifier};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::pin::Pin;
use crate::database::DatabaseError;
use crate::moment::{Moment, from_hex, hex};

/// OWASP's least for Argon2id: 19 MiB, two passes.
const ARGON2_MEMORY_KIB: u32 = 19_456;
const ARGON2_PASSES: u32 = 2;
/// What React Native's engine derives in well under a second; the device adds a secret of its own.
const PBKDF2_ROUNDS: u32 = 10_000;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// What base64url begins with, as multibase has it. Hexadecimal digits, in which sealed verifiers were written before, never do.
const BASE64URL: &str = "u";

/// The key that PIN verifiers are sealed with; a secret of the Worker.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    /// Reads 64 hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        Some(Self(Zeroizing::new(from_hex(text.trim())?.try_into().ok()?)))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SealingKey")
    }
}

/// Whose verifiers they are, and since which change of PIN or role. Sealed ones are good for nobody else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) tenant_id: &'a TenantId,
    pub(crate) staff_id: &'a StaffId,
    pub(crate) cred_epoch: u32,
}

impl Owner<'_> {
    fn associated(&self) -> String {
        format!("auraconnect/pin/v1|{}|{}|{}", self.tenant_id, self.staff_id, self.cred_epoch)
    }
}

/// One for each kind of engine.
#[derive(Serialize, Deserialize)]
pub(super) struct Verifiers {
    argon2id: PinVerifier,
    pbkdf2: PinVerifier,
}

impl Verifiers {
    /// The one for a device's platform: WebAssembly runs Argon2id, the engine of React Native does not.
    pub(super) fn for_platform(self, platform: &str) -> PinVerifier {
        if ["ios", "android"].contains(&platform.to_ascii_lowercase().as_str()) { self.pbkdf2 } else { self.argon2id }
    }
}

/// Hashes a PIN and seals the hashes.
pub(crate) fn seal(pin: &Pin, owner: Owner<'_>, key: &SealingKey, moment: &Moment) -> Result<String, DatabaseError> {
    let failed = |what: &str| DatabaseError::Failed(format!("a PIN could not be {what}"));
    let salt = |purpose: &str| moment.random_hex(purpose, SALT_BYTES * 2);
    let (argon2_salt, pbkdf2_salt) = (salt("argon2id salt"), salt("pbkdf2 salt"));
    let salt_of = |text: &str| from_hex(text).ok_or_else(|| failed("salted"));
    let mut hash = argon2id(pin.as_bytes(), &salt_of(&argon2_salt)?).ok_or_else(|| failed("hashed"))?;
    let kdf = PinKdf::Argon2id { memory_kib: ARGON2_MEMORY_KIB, passes: ARGON2_PASSES };
    let argon2id = PinVerifier { kdf, salt: argon2_salt, hash: hex(&*hash) };
    pbkdf2::pbkdf2_hmac::<Sha256>(pin.as_bytes(), &salt_of(&pbkdf2_salt)?, PBKDF2_ROUNDS, &mut *hash);
    let kdf = PinKdf::Pbkdf2Sha256 { rounds: PBKDF2_ROUNDS };
    let pbkdf2 = PinVerifier { kdf, salt: pbkdf2_salt, hash: hex(&*hash) };
    let plain = Zeroizing::new(crate::database::to_json(&Verifiers { argon2id, pbkdf2 })?);
    let mut nonce = [0; NONCE_BYTES];
    for (byte, random) in nonce.iter_mut().zip(moment.random("pin nonce")) {
        *byte = random;
    }
    let associated = owner.associated();
    let payload = Payload { msg: plain.as_bytes(), aad: associated.as_bytes() };
    let sealed = key.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| failed("sealed"))?;
    Ok(format!("{BASE64URL}{}", Base64UrlUnpadded::encode_string(&[&nonce, &sealed[..]].concat())))
}

fn argon2id(pin: &[u8], salt: &[u8]) -> Option<Zeroizing<[u8; HASH_BYTES]>> {
    let mut hash = Zeroizing::new([0; HASH_BYTES]);
    let params = Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, 1, Some(HASH_BYTES)).ok()?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(pin, salt, &mut *hash).ok()?;
    Some(hash)
}

/// Opens what [`seal`] makes, and what it made while it wrote hexadecimal digits; `None` where it was made for another owner,
/// with another key, or is damaged.
pub(super) fn open(sealed: &str, owner: Owner<'_>, key: &SealingKey) -> Option<Verifiers> {
    let bytes = match sealed.strip_prefix(BASE64URL) {
        Some(sealed) => Base64UrlUnpadded::decode_vec(sealed).ok()?,
        None => from_hex(sealed)?,
    };
    let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    let associated = owner.associated();
    let payload = Payload { msg: sealed, aad: associated.as_bytes() };
    let plain = Zeroizing::new(key.cipher().decrypt(&XNonce::from(nonce), payload).ok()?);
    serde_json::from_slice(&plain).ok()
}

#[cfg(test)]
mod tests {
    use domain::{Role, Timestamp};
    use serde_json::json;
    use sha2::Digest as _;

    use super::*;

    /// The fixture's answers are what a device keeps: keyed with its pepper, a secret that the server never has.
    #[test]
    fn the_fixtures_pins_give_its_answers_under_the_parameters_that_devices_are_told() {
        let fixture: serde_json::Value = serde_json::from_str(include_str!("../../../fixtures/staff.json")).unwrap();
        let told = json!({ "alg": "argon2id", "v": 19, "m_kib": ARGON2_MEMORY_KIB, "t": ARGON2_PASSES, "p": 1, "out": HASH_BYTES });
        assert_eq!(fixture["kdf"], told);
        let bytes = |value: &serde_json::Value| from_hex(value.as_str().unwrap()).unwrap();
        let pepper = bytes(&fixture["test_pepper_hex"]);
        let mut known = 0;
        for person in fixture["staff"].as_array().unwrap() {
            let Some(pin) = person["pin_for_tests"].as_str() else { continue };
            let hash = argon2id(pin.as_bytes(), &bytes(&person["salt_hex"])).unwrap();
            let kept = hmac(&pepper, &[b"auraconnect/pin-verifier/v1", &hash[..]].concat());
            assert_eq!(hex(&kept), person["verifier_hex"].as_str().unwrap(), "{}", person["staff_id"]);
            known += 1;
        }
        assert_eq!(known, 3);
    }

    /// HMAC-SHA256 with a key of at most one block.
    fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
        let padded = |with: u8| (0..64).map(|place| key.get(place).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
        let inner = Sha256::digest([&padded(0x36), message].concat());
        Sha256::digest([&padded(0x5c), &inner[..]].concat()).to_vec()
    }

    #[test]
    fn verifiers_are_opened_for_their_owner_with_their_key_and_in_no_other_way() {
        let (tenant_id, staff_id) = ("ten_a".parse().unwrap(), "stf_mara".parse().unwrap());
        let owner = Owner { tenant_id: &tenant_id, staff_id: &staff_id, cred_epoch: 3 };
        let key = SealingKey::from_hex(&"ab".repeat(32)).unwrap();
        let moment = Moment { now: Timestamp::from_millis(1_793_490_067_120).unwrap(), entropy: [7; 64] };
        let sealed = seal(&Pin::new("7294".to_owned(), Role::Server).unwrap(), owner, &key, &moment).unwrap();
        let opened = open(&sealed, owner, &key).unwrap();
        let salt = from_hex(&opened.argon2id.salt).unwrap();
        assert_eq!(opened.argon2id.hash, hex(&*argon2id(b"7294", &salt).unwrap()));
        assert_ne!(opened.argon2id.hash, opened.pbkdf2.hash);
        assert!(matches!(opened.for_platform("iOS").kdf, PinKdf::Pbkdf2Sha256 { rounds: 10_000 }));
        let other_staff = "stf_ines".parse().unwrap();
        assert!(open(&sealed, Owner { cred_epoch: 4, ..owner }, &key).is_none());
        assert!(open(&sealed, Owner { staff_id: &other_staff, ..owner }, &key).is_none());
        assert!(open(&sealed, owner, &SealingKey::from_hex(&"ac".repeat(32)).unwrap()).is_none());
        for place in 0..sealed.len() {
            let mut damaged = sealed.clone().into_bytes();
            damaged[place] = if damaged[place] == b'0' { b'1' } else { b'0' };
            assert!(open(&String::from_utf8(damaged).unwrap(), owner, &key).is_none(), "{place}");
        }
        assert!(["", "zz", "u", "u*", "uAAAA"].into_iter().all(|other| open(other, owner, &key).is_none()));
    }

    #[test]
    fn what_was_sealed_in_hexadecimal_digits_still_opens_and_is_sealed_shorter_now() {
        // As the server wrote it before, with the entropy of the moment below.
        let before = include_str!("../../tests/golden/sealed_verifiers.hex.txt").trim_end();
        let (tenant_id, staff_id) = ("ten_a".parse().unwrap(), "stf_mara".parse().unwrap());
        let owner = Owner { tenant_id: &tenant_id, staff_id: &staff_id, cred_epoch: 3 };
        let key = SealingKey::from_hex(&"ab".repeat(32)).unwrap();
        let moment = Moment { now: Timestamp::from_millis(1_793_490_067_120).unwrap(), entropy: [7; 64] };
        let now = seal(&Pin::new("7294".to_owned(), Role::Server).unwrap(), owner, &key, &moment).unwrap();
        let json = |sealed: &str| serde_json::to_string(&open(sealed, owner, &key).unwrap()).unwrap();
        assert_eq!(json(before), json(&now));
        assert!(now.len() * 10 < before.len() * 7, "{} {}", now.len(), before.len());
        assert!(open(before, Owner { cred_epoch: 4, ..owner }, &key).is_none());
    }
}
