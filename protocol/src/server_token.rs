//! What the server has signed: a payload as JSON, under the name of the key that signed it, bound to what an assertion says.

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::hex::bytes_of_hex;
use crate::paseto;
use crate::staff::ServerKey;

/// What a token's footer says.
#[derive(Serialize, Deserialize)]
struct Footer<'a> {
    kid: &'a str,
}

/// The token of a payload, signed with the key of this name. The assertion does not travel in it: whoever reads the token must
/// say the same.
pub(crate) fn sign(
    payload: &impl Serialize,
    assertion: &str,
    kid: &str,
    key: &SigningKey,
) -> Result<String, serde_json::Error> {
    let (payload, footer) = (serde_json::to_string(payload)?, serde_json::to_string(&Footer { kid })?);
    Ok(paseto::sign(key, payload.as_bytes(), footer.as_bytes(), assertion.as_bytes()))
}

/// The payload of a token; `None` where the assertion is another one, it was not signed with one of these keys, or was touched.
pub(crate) fn read<T: DeserializeOwned>(token: &str, assertion: &str, keys: &[ServerKey]) -> Option<T> {
    let (payload, _) = paseto::verify(token, assertion.as_bytes(), |footer| {
        let Footer { kid } = serde_json::from_slice(footer).ok()?;
        keys.iter().find(|key| key.kid == kid)?.verifying_key()
    })?;
    serde_json::from_slice(&payload).ok()
}

impl ServerKey {
    fn verifying_key(&self) -> Option<VerifyingKey> {
        VerifyingKey::from_bytes(&bytes_of_hex(&self.public_key)?).ok()
    }
}
