//! From a PIN to keys.

use argon2::{Algorithm, Argon2, Params, Version};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use protocol::PinKdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A hash, a key.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// More memory than the server ever asks for, in KiB, and more work: a sheet that asks for more is not the server's.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 16;
const ROUNDS_MAX: u32 = 1_000_000;

/// The hash of a PIN, as the server derived it; `None` where the parameters are none.
pub(super) fn hash_of(pin: &str, kdf: PinKdf, salt: &[u8]) -> Option<Secret> {
    let mut hash = Zeroizing::new([0; 32]);
    match kdf {
        PinKdf::Argon2id { memory_kib, passes } => {
            if memory_kib > MEMORY_KIB_MAX || passes > PASSES_MAX {
                return None;
            }
            let params = Params::new(memory_kib, passes, 1, Some(hash.len())).ok()?;
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password_into(pin.as_bytes(), salt, &mut *hash).ok()?;
        }
        PinKdf::Pbkdf2Sha256 { rounds } => {
            if rounds == 0 || rounds > ROUNDS_MAX {
                return None;
            }
            pbkdf2::pbkdf2_hmac::<Sha256>(pin.as_bytes(), salt, rounds, &mut *hash);
        }
    }
    Some(hash)
}

/// HMAC-SHA-256 over several pieces, which the caller keeps apart.
pub(super) fn keyed(key: &[u8; 32], pieces: &[&[u8]]) -> Secret {
    let mut block = Key::<Hmac<Sha256>>::default();
    // A key that is shorter than a block is filled up with zeros: that is HMAC's own rule.
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let mut mac = Hmac::<Sha256>::new(&block);
    for piece in pieces {
        mac.update(piece);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(super) fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let differing = one.iter().zip(other).fold(0, |bits, (one, other)| bits | (one ^ other));
    std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use protocol::bytes_of_hex;

    use super::*;

    /// The fixture keys the hash with the pepper and the bare context.
    #[test]
    fn the_fixtures_pins_give_its_verifiers() {
        let fixture: serde_json::Value = serde_json::from_str(include_str!("../../../fixtures/staff.json")).unwrap();
        let pepper = bytes_of_hex(fixture["test_pepper_hex"].as_str().unwrap()).unwrap();
        let mut known = 0;
        for person in fixture["staff"].as_array().unwrap() {
            let Some(pin) = person["pin_for_tests"].as_str() else { continue };
            let salt: Vec<u8> = person["salt_hex"]
                .as_str()
                .unwrap()
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            let kdf = PinKdf::Argon2id { memory_kib: 19_456, passes: 2 };
            let hash = hash_of(pin, kdf, &salt).unwrap();
            let verifier = keyed(&pepper, &[b"auraconnect/pin-verifier/v1", &*hash]);
            assert_eq!(Some(*verifier), bytes_of_hex(person["verifier_hex"].as_str().unwrap()), "{pin}");
            known += 1;
        }
        assert_eq!(known, 3);
    }

    #[test]
    fn parameters_that_would_stop_a_till_are_refused() {
        for kdf in [
            PinKdf::Argon2id { memory_kib: u32::MAX, passes: 2 },
            PinKdf::Argon2id { memory_kib: 19_456, passes: u32::MAX },
            PinKdf::Argon2id { memory_kib: 0, passes: 0 },
            PinKdf::Pbkdf2Sha256 { rounds: u32::MAX },
            PinKdf::Pbkdf2Sha256 { rounds: 0 },
        ] {
            assert_eq!(hash_of("7294", kdf, &[1; 16]), None, "{kdf:?}");
        }
    }

    #[test]
    fn secrets_are_the_same_only_in_every_byte() {
        assert!(same(&[7; 32], &[7; 32]));
        for place in 0..32 {
            let mut other = [7; 32];
            other[place] = 6;
            assert!(!same(&[7; 32], &other), "{place}");
        }
    }
}
