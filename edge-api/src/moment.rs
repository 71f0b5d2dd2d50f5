//! The moment of a request: what the clock showed and fresh random bytes. The core has no other source of either.

use std::fmt;

use domain::Timestamp;
use sha2::{Digest, Sha256};

/// When a request is handled, and the randomness for it.
#[derive(Clone, Copy)]
pub struct Moment {
    /// The server's clock.
    pub now: Timestamp,
    /// Fresh random bytes; every id and token of this request is derived from them.
    pub entropy: [u8; 64],
}

impl Moment {
    /// Random bytes for one purpose. Different purposes get independent bytes, so that what one reveals says nothing about
    /// another.
    #[must_use]
    pub(crate) fn random(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.entropy);
        hash.update(purpose.as_bytes());
        hash.finalize().into()
    }

    /// `digits` random lower-case hexadecimal digits for one purpose, at most 64.
    #[must_use]
    pub(crate) fn random_hex(&self, purpose: &str, digits: usize) -> String {
        let mut text = hex(&self.random(purpose));
        text.truncate(digits);
        text
    }
}

impl fmt::Debug for Moment {
    /// Without the entropy: tokens could be derived from it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}

/// SHA-256 as 64 lower-case hexadecimal digits.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// The bytes that hexadecimal digits stand for; `None` where they are none.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok())
        .collect()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
