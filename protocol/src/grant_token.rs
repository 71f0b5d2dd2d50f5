//! A grant's token: its claims under the server's signature, bound to one device of one tenant.

use domain::{DeviceId, Grant, TenantId};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::hex::bytes_of_hex;
use crate::paseto;
use crate::staff::ServerKey;

/// What a token's footer says.
#[derive(Serialize, Deserialize)]
struct Footer<'a> {
    kid: &'a str,
}

/// The token of a grant, signed with the key of this name.
///
/// # Errors
/// Where the claims cannot be written.
pub fn sign_grant(grant: &Grant, kid: &str, key: &SigningKey) -> Result<String, serde_json::Error> {
    let (payload, footer) = (serde_json::to_string(grant)?, serde_json::to_string(&Footer { kid })?);
    let assertion = assertion(&grant.tenant_id, &grant.device_id);
    Ok(paseto::sign(key, payload.as_bytes(), footer.as_bytes(), assertion.as_bytes()))
}

/// The grant that a token is on this device; `None` where it is another device's or tenant's, was not signed with one of these
/// keys, or was touched.
#[must_use]
pub fn read_grant(token: &str, tenant_id: &TenantId, device_id: &DeviceId, keys: &[ServerKey]) -> Option<Grant> {
    let assertion = assertion(tenant_id, device_id);
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

/// What a grant's signature says beside the token: it is worth nothing on another device or in another tenant.
fn assertion(tenant_id: &TenantId, device_id: &DeviceId) -> String {
    format!("auraconnect/grant/v1|{tenant_id}|{device_id}")
}
