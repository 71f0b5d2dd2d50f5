//! Setting up a restaurant: tenants, locations, devices, menu.

use domain::{CurrencyCode, CurrencyExponent, DeviceId, Label, LocationId, Menu, MenuDelta, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mutation::Actor;
use crate::policy::TenantPolicy;
use crate::staff::ServerKey;

/// `POST /admin/tenants`, by the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateTenant {
    /// Chosen by the operator; made by the server when absent.
    #[serde(default)]
    pub tenant_id: Option<TenantId>,
    /// The business.
    pub name: Label,
    /// The database it is to live in, by its binding's name; the one with the fewest tenants when absent.
    #[serde(default)]
    pub database: Option<String>,
}

/// The answer to [`CreateTenant`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantCreated {
    /// The new tenant.
    pub tenant_id: TenantId,
    /// The admin's credential, 256 random bits. Given once; only its hash is stored.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^adm_[A-Za-z0-9_.-]{1,64}\.[0-9a-f]{64}$")))]
    pub admin_token: String,
}

/// `POST /admin/locations`, by the tenant's admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateLocation {
    /// Chosen by the admin; made by the server when absent.
    #[serde(default)]
    pub location_id: Option<LocationId>,
    /// The restaurant.
    pub name: Label,
    /// IANA time zone, e.g. `America/New_York`.
    pub zone: Label,
    /// ISO 4217 code.
    pub currency: CurrencyCode,
    /// Digits of the currency's minor unit.
    pub currency_exponent: CurrencyExponent,
    /// The hour at which a business date starts, 0 to 23.
    #[cfg_attr(feature = "schema", schemars(range(max = 23)))]
    #[serde(default = "default_cut_over_hour")]
    pub cut_over_hour: u8,
}

const fn default_cut_over_hour() -> u8 {
    4
}

/// A location's settings, as created and as every device of it receives them in the collection `location`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocationSettings {
    /// The location.
    pub location_id: LocationId,
    /// The restaurant.
    pub name: Label,
    /// IANA time zone.
    pub zone: Label,
    /// The zone's rule as a POSIX `TZ` text, so that devices need no zone database. Absent in settings made before it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_rule: Option<String>,
    /// ISO 4217 code.
    pub currency: CurrencyCode,
    /// Digits of the currency's minor unit.
    pub currency_exponent: CurrencyExponent,
    /// The hour at which a business date starts.
    #[cfg_attr(feature = "schema", schemars(range(max = 23)))]
    pub cut_over_hour: u8,
    /// The tenant's rules and limits, where it has set any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<TenantPolicy>,
}

/// `PATCH /admin/tenants/{id}`, by the tenant's admin. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PatchTenant {
    /// The business.
    pub name: Option<Label>,
    /// Its rules and limits, as a whole.
    #[serde(deserialize_with = "crate::policy::from_object")]
    pub policy: Option<TenantPolicy>,
}

/// The answer to [`PatchTenant`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantSummary {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The business.
    pub name: String,
    /// Its rules and limits.
    pub policy: TenantPolicy,
}

/// `PATCH /admin/locations/{id}`, by the tenant's admin. What is absent stays as it is; the currency stays for ever, since amounts
/// are in it. The answer is the [`LocationSettings`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PatchLocation {
    /// The restaurant.
    pub name: Option<Label>,
    /// IANA time zone.
    pub zone: Option<Label>,
    /// The hour at which a business date starts, 0 to 23.
    #[cfg_attr(feature = "schema", schemars(range(max = 23)))]
    pub cut_over_hour: Option<u8>,
}

/// `PATCH /admin/devices/{id}`, by the tenant's admin. The answer is the [`DeviceSummary`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PatchDevice {
    /// What people call it.
    pub name: Option<Label>,
}

/// The answer to `POST /devices/token` and `POST /admin/token`: a new credential. The old one is good until this one is used for
/// the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewToken {
    /// 256 random bits. Given once; only its hash is stored.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^(adm|dvc)_[A-Za-z0-9_.-]{1,64}\.[0-9a-f]{64}$")))]
    pub token: String,
}

/// `POST /admin/enrolment-codes`, by the tenant's admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateEnrolmentCode {
    /// Where the new device will stand.
    pub location_id: LocationId,
}

/// The answer to [`CreateEnrolmentCode`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolmentCode {
    /// 128 random bits; good for one device and ten minutes.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Za-z0-9_.-]{1,64}\.[0-9a-f]{32}$")))]
    pub code: String,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

/// `POST /devices/enrol`, by whoever holds the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrolDevice {
    /// The one-time code.
    pub code: String,
    /// What people call the device.
    pub name: Label,
    /// E.g. `web`, `ios`, `android`.
    pub platform: Label,
    /// The app's version.
    pub app_version: Label,
}

/// The answer to [`EnrolDevice`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolmentGrant {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The location.
    pub location_id: LocationId,
    /// The new device.
    pub device_id: DeviceId,
    /// The letters of its tickets, its own at the location.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Z]{1,4}$")))]
    pub device_prefix: String,
    /// Its credential, 256 random bits. Given once; only its hash is stored.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^dvc_[A-Za-z0-9_.-]{1,64}\.[0-9a-f]{64}$")))]
    pub device_token: String,
    /// The server's clock.
    pub server_time: Timestamp,
    /// What the signatures of staff's grants are checked with; none where the server signs nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub server_keys: Vec<ServerKey>,
}

/// `POST /sync/menu`, by the tenant's admin, or by a device on which somebody with the right `menu.push` edits: a whole menu or
/// an edit of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MenuPush {
    /// Whose menu; an admin names the location, a device's is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// With `menu`: the version it was edited from, 0 where there was none. It must be the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_version: Option<u32>,
    /// The whole menu. Its `menu_version` must be larger than the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub menu: Option<Menu>,
    /// What was changed since a version that was seen: it meets what others changed since field by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<MenuDelta>,
    /// Who edits, on a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
}

/// The answer to [`MenuPush`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MenuPushed {
    /// The version now current.
    pub menu_version: u32,
}

/// One device in `GET /admin/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceSummary {
    /// The device.
    pub device_id: DeviceId,
    /// Where it stands.
    pub location_id: LocationId,
    /// What people call it.
    pub name: String,
    /// The letters of its tickets.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Z]{1,4}$")))]
    pub device_prefix: String,
    /// Its kind, as it was enrolled.
    pub platform: String,
    /// The version of its app when it last sent something.
    pub app_version: String,
    /// Whether it may sync.
    pub status: DeviceStatus,
    /// When it last spoke.
    pub last_seen_at: Option<Timestamp>,
    /// When it last sent something under a number or an id of something else: the sign of a clone or of a store that was rolled
    /// back.
    pub reused_at: Option<Timestamp>,
    /// How far each of its streams has come.
    pub streams: Vec<StreamSummary>,
}

/// What a device is told about itself: its record of the collection `notices`, which no other device is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceNotice {
    /// The version of this form: 1.
    pub schema: u16,
    /// The device.
    pub device_id: DeviceId,
    /// What people call it.
    pub name: String,
    /// The letters of its tickets.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[A-Z]{1,4}$")))]
    pub device_prefix: String,
    /// Whether it may sync.
    pub status: DeviceStatus,
    /// When it was last marked for `SEQ_REUSE`.
    pub reused_at: Option<Timestamp>,
}

/// Whether a device may sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceStatus {
    /// It may.
    Active,
    /// It may push but not pull.
    Suspended,
    /// It may do neither.
    Revoked,
}

/// How far one stream of a device has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreamSummary {
    /// Which stream.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["orders", "shifts"])))]
    pub stream: String,
    /// Which life of the device's store.
    pub incarnation: String,
    /// Every mutation up to here is decided.
    pub acked_seq: u64,
}

/// `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// `ok` when every database answers, `degraded` when the first one does, `unavailable` (503) when it does not.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["ok", "degraded", "unavailable"])))]
    pub status: String,
    /// The last migration applied to the first database; nothing when it does not answer.
    pub schema_version: Option<u32>,
    /// Every database, the first one first.
    pub databases: Vec<DatabaseHealth>,
    /// The protocol spoken.
    #[cfg_attr(feature = "schema", schemars(extend("const" = crate::PROTOCOL)))]
    pub protocol: u16,
    /// The server's clock.
    pub server_time: Timestamp,
}

/// One database in `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DatabaseHealth {
    /// Its binding's name.
    pub name: String,
    /// Whether it answers.
    pub ok: bool,
    /// The last migration applied; nothing when it does not answer.
    pub schema_version: Option<u32>,
}
