//! What crosses the wire between a device and the server: ids, mutations, verdicts, exchanges, error codes, limits.
//!
//! Types, no logic but how grants and frontiers are signed and read. JSON over HTTPS, protocol version [`PROTOCOL`]. A golden test freezes every message: changing one
//! means a new protocol version.

mod admin;
mod conflict;
mod day;
mod error_code;
mod exchange;
mod frontier_token;
mod grant_token;
mod hex;
#[cfg(feature = "schema")]
mod json_schema;
mod limits;
mod mutation;
mod paseto;
mod policy;
mod problem;
mod server_token;
mod staff;
mod verdict;

pub use admin::{
    CreateEnrolmentCode, CreateLocation, CreateTenant, DatabaseHealth, DeviceNotice, DeviceStatus, DeviceSummary,
    EnrolDevice, EnrolmentCode, EnrolmentGrant, Health, LocationSettings, MenuPush, MenuPushed, NewToken, PatchDevice,
    PatchLocation, PatchTenant, StreamSummary, TenantCreated, TenantSummary,
};
pub use conflict::{ConflictFilter, ConflictPage, ResolveConflict};
pub use day::{CloseDay, ClosedDay, DayStanding, DeviceDay, DeviceDayClose, LocationDay, SignedPoint};
pub use domain::MutationId;
pub use error_code::ErrorCode;
pub use exchange::{Collection, DeltaEntry, Echo, EchoKind, ExchangeReply, ExchangeRequest, PullQuery};
pub use frontier_token::{FrontierDay, FrontierPoint, read_frontier, sign_frontier};
pub use grant_token::{read_grant, sign_grant};
pub use hex::bytes_of_hex;
pub use limits::{
    APP_VERSION_BYTES_MAX, CONFLICTS_PAGE_MAX, DELTA_ENTRIES_MAX, EXCHANGE_BODY_BYTES_MAX, EXCHANGE_MUTATIONS_MAX,
    JSON_DEPTH_MAX, MUTATION_BYTES_MAX, SEQ_MAX, SKIPPED_BYTES_MAX,
};
pub use mutation::{Actor, Incarnation, Mutation, Skipped};
pub use policy::TenantPolicy;
pub use problem::Problem;
pub use staff::{
    CreateStaff, GrantSheet, PatchStaff, PinKdf, PinVerifier, ServerKey, SheetGrant, StaffList, StaffSummary,
};
pub use verdict::{Outcome, Verdict};

/// The version of the protocol spoken here.
pub const PROTOCOL: u16 = 1;
