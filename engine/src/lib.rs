//! The device's engine: takes commands offline, keeps them durably, and brings them to the server exactly once.
//!
//! The core is a machine of inputs and outputs: [`SyncManager::handle`] is the only way in. It reads no clock, no
//! randomness, no promise and no socket; the same inputs give the same outputs, so an incident is a list of inputs that
//! replays in a native test. `wasm` (on wasm32 only) is the loop around it: glue, no rules.

mod command;
mod config;
mod conflict_resolver;
mod connection_monitor;
mod drawer_views;
mod exchange;
mod export;
mod flight_recorder;
mod io;
mod journeys;
mod local_db;
mod mutation_queue;
mod report_view;
mod shift_views;
mod sign_in;
mod staging;
mod status;
mod sync_manager;
mod takings;
mod views;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use command::{Command, Enrolment, Refusal, RefusalCode};
pub use config::{CHECKPOINT_ENTRIES, CHUNK_BYTES, EngineConfig};
pub use conflict_resolver::{BillView, ChoiceView, ConflictView, DecisionStatus, ResolutionView, SideView};
pub use connection_monitor::{
    BACK_OFF_BASE_MS, BACK_OFF_CAP_MS, Connection, POKED_INTERVAL_MS, POKED_SPREAD_MS, PauseReason,
};
pub use connection_monitor::{REQUEST_BURST, REQUEST_INTERVAL_MS, RETURN_SPREAD_MS, SIGNAL_INTERVAL_MS};
pub use drawer_views::{DrawerActView, DrawerCashView, DrawerSessionView};
pub use exchange::EXCHANGE_TIMEOUT_MS;
pub use export::{EXPORT_FORMAT, Export};
pub use flight_recorder::{
    RECORDING_BYTES_MAX, RECORDING_FORMAT, RECORDING_INPUTS_MAX, Recording, RecordingError, Replay, ReplayedStep,
};
pub use io::{
    CommandId, Event, ExchangeId, ExchangeRequestOut, GivenAt, HttpAnswer, Input, Moment, Output, WriteBatch,
};
pub use journeys::{Journey, JourneyState};
pub use local_db::{
    Damage, DamageKind, Keyring, LocalDb, OpenError, OpenWith, Opening, STORE_KEY_ID_MAX, StoreKey, entry_text,
};
pub use report_view::{
    CategoryView, CloseView, DrawerBalanceView, DrawersView, FiguresView, HorizonView, HourView, ItemView, LabourView,
    OpenCheckView, OrderTypeView, OtherDeviceView, ReportAsk, ReportView, StaffMinutesView, StaffNetView,
    StaffTipsView, TallyView,
};
pub use shift_views::{
    AmendmentView, BreakView, OnBreakView, OnClockView, OriginalView, PunchView, SetAsideView, ShiftFindingView,
    TimecardView,
};
pub use sign_in::{ApproverGrant, Giver, KeptSheet, Pepper, UnlockError};
pub use status::{FindingView, ParkedView, Status, StorageState, StorageStatus, UnsyncedOrder};
pub use sync_manager::{PinRefused, SignedInView, StaffView, SyncManager};
pub use views::{LineView, MenuView, ModifierView, OrderFilter, OrderView, PaymentView, TaxView, TotalsView};
