//! Staff, their PINs and the grants under which they act on a device.

use std::fmt;

use domain::{DeviceId, GrantId, Label, Role, StaffId, StaffMember, StaffStatus, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// `POST /admin/staff`, by the tenant's admin.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateStaff {
    /// Chosen by the admin; made by the server when absent.
    #[serde(default)]
    pub staff_id: Option<StaffId>,
    /// What screens and receipts call them.
    pub display: Label,
    /// What they are.
    pub role: Role,
    /// What they sign in with: 4 to 8 digits, at least 6 for managers and admins. Never kept.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]{4,8}$")))]
    #[serde(default, deserialize_with = "pin")]
    pub pin: Option<String>,
}

/// `PATCH /admin/staff/{id}`, by the tenant's admin. What is absent stays as it is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PatchStaff {
    /// What screens and receipts call them.
    pub display: Option<Label>,
    /// What they are. Grants of another role are superseded, and so is the PIN: it is to be given anew with the role.
    pub role: Option<Role>,
    /// A new PIN. Grants made under the old one are superseded.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]{4,8}$")))]
    #[serde(deserialize_with = "pin")]
    pub pin: Option<String>,
    /// Whether they may still act.
    pub status: Option<StaffStatus>,
}

/// The answer to both: the person as devices are sent them, and whether they have a PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffSummary {
    /// The person.
    #[serde(flatten)]
    pub member: StaffMember,
    /// Whether they can sign in.
    pub has_pin: bool,
}

/// `GET /admin/staff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffList {
    /// Everybody, those who have left included.
    pub staff: Vec<StaffSummary>,
}

/// A device's grants: the record of the collection `grants`, which no other device is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GrantSheet {
    /// The version of this form.
    pub schema: u16,
    /// The device that they are for.
    pub device_id: DeviceId,
    /// What the grants' signatures are checked with.
    pub keys: Vec<ServerKey>,
    /// One for everybody who may act.
    pub grants: Vec<SheetGrant>,
}

/// A public key of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerKey {
    /// Names the key; the footer of a token that it signed says the same.
    pub kid: String,
    /// Ed25519, 64 hexadecimal digits.
    pub public_key: String,
}

/// A person's grant on a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SheetGrant {
    /// PASETO `v4.public`. Its claims are a [`Grant`](domain::Grant).
    pub token: String,
    /// The person.
    pub staff_id: StaffId,
    /// Identity; mutations made under the grant name it.
    pub grant_id: GrantId,
    /// From when on it is no longer valid.
    pub expires_at: Timestamp,
    /// What the person's PIN is checked against; nothing where they have none.
    pub verifier: Option<PinVerifier>,
}

/// What a PIN is checked against.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PinVerifier {
    /// How the hash is derived from the PIN.
    pub kdf: PinKdf,
    /// 16 bytes as hexadecimal digits.
    pub salt: String,
    /// 32 bytes as hexadecimal digits.
    pub hash: String,
}

/// How a PIN's hash is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum PinKdf {
    /// Argon2id (RFC 9106), one lane.
    Argon2id {
        /// KiB of memory.
        memory_kib: u32,
        /// Passes over it.
        passes: u32,
    },
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018), for engines in which Argon2id takes many seconds.
    Pbkdf2Sha256 {
        /// Rounds.
        rounds: u32,
    },
}

/// A PIN, or none. What stands in its place and is no text is refused without being told: a message of serde's repeats it.
fn pin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(digits) => Ok(Some(digits)),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("pin must be a text of digits"))
        }
    }
}

impl fmt::Debug for CreateStaff {
    /// Without the PIN.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CreateStaff")
            .field("display", &self.display)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PatchStaff {
    /// Without the PIN.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PatchStaff").field("display", &self.display).field("role", &self.role).finish_non_exhaustive()
    }
}

impl fmt::Debug for PinVerifier {
    /// Without the hash: four digits are guessed from it in minutes.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PinVerifier").field("kdf", &self.kdf).finish_non_exhaustive()
    }
}
