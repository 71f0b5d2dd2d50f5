//! The server: every request goes through [`SyncApi::handle`], which is pure apart from its [`Database`].
//!
//! Time and randomness come in with each request as a [`Moment`]; the same requests against the same store give the same
//! answers. The SQL runs on D1 in the Worker and, word for word, on native SQLite in the tests and the simulation. Nothing
//! here logs: the Worker writes one line per answer from its [`Trace`].

mod attempts;
mod credential;
mod database;
mod delta_tracker;
mod directory;
mod identity;
mod known_devices;
mod live;
#[cfg(target_arch = "wasm32")]
mod live_hub;
mod moment;
mod notice;
mod publication;
#[cfg(target_arch = "wasm32")]
mod rate_limits;
mod refusal;
mod sync_api;
mod throttle;
mod upkeep;
#[cfg(target_arch = "wasm32")]
mod worker;
mod zone_rule;

#[cfg(not(target_arch = "wasm32"))]
pub use database::SqliteDatabase;
pub use database::{Database, DatabaseError, Param, Row, Rows, Statement};
pub use directory::{FIRST_DATABASE, Places};
pub use identity::{SealingKey, SigningKeys};
pub use known_devices::KnownDevices;
pub use live::{LIVE_PROTOCOL, LiveOpening, LiveSeat, Moved, Tidings};
pub use moment::Moment;
pub use sync_api::{ApiConfig, ApiRequest, ApiResponse, CrossOrigin, SyncApi, Trace};
pub use throttle::{Subject, Throttle, Unthrottled};
pub use upkeep::{Alarm, UpkeepReport};
