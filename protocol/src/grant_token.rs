//! A grant's token: its claims under the server's signature, bound to one device of one tenant.

use domain::{DeviceId, Grant, TenantId};
use ed25519_dalek::SigningKey;

use crate::server_token;
use crate::staff::ServerKey;

/// The token of a grant, signed with the key of this name.
///
/// # Errors
/// Where the claims cannot be written.
pub fn sign_grant(grant: &Grant, kid: &str, key: &SigningKey) -> Result<String, serde_json::Error> {
    server_token::sign(grant, &assertion(&grant.tenant_id, &grant.device_id), kid, key)
}

/// The grant that a token is on this device; `None` where it is another device's or tenant's, was not signed with one of these
/// keys, or was touched.
#[must_use]
pub fn read_grant(token: &str, tenant_id: &TenantId, device_id: &DeviceId, keys: &[ServerKey]) -> Option<Grant> {
    server_token::read(token, &assertion(tenant_id, device_id), keys)
}

/// What a grant's signature says beside the token: it is worth nothing on another device or in another tenant.
fn assertion(tenant_id: &TenantId, device_id: &DeviceId) -> String {
    format!("auraconnect/grant/v1|{tenant_id}|{device_id}")
}
