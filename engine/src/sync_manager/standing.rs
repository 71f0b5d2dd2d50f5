//! The core as it stands between two inputs: from where the flight recorder's recordings are replayed.
//!
//! Only quiet moments are taken: nothing waits, and no write, read or checkpoint is under way. An exchange may be, because all that
//! is known of it is what it asked. Every field is named here, so that a new one does not compile before somebody has said what
//! becomes of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::{Grant, MutationId, TimeAnchor, Timestamp};
use serde::{Deserialize, Serialize};

use super::lanes::{Lanes, Turn};
use super::pokes::Pokes;
use super::upkeep::Upkeep;
use super::{SyncManager, Writes};
use crate::config::EngineConfig;
use crate::connection_monitor::ConnectionMonitor;
use crate::exchange::Asked;
use crate::flight_recorder::{FlightRecorder, Recording};
use crate::io::ExchangeId;
use crate::journeys::Journeys;
use crate::local_db::{LocalDb, StoreStanding};

/// The core between two inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CoreStanding {
    config: EngineConfig,
    store: StoreStanding,
    monitor: ConnectionMonitor,
    pokes: Pokes,
    asked: BTreeMap<ExchangeId, Asked>,
    delivered: BTreeSet<MutationId>,
    last_turn: Turn,
    next_exchange: ExchangeId,
    first_of_stream: ExchangeId,
    restarted: bool,
    lanes: Lanes,
    server_offset_ms: Option<i64>,
    anchor: Option<TimeAnchor>,
    #[serde(default)]
    signed_in: Option<Box<Grant>>,
    last_sync_at: Option<Timestamp>,
    wake_at: Option<u64>,
    upkeep: Upkeep,
    writes: Writes,
}

impl SyncManager {
    /// What this engine saw lately, from a moment on that it can be replayed from, without secrets; `None` where it does not
    /// write its store, or has not been quiet for a long time.
    #[must_use]
    pub fn recording(&self) -> Option<Recording> {
        self.recorder.recording(&self.db)
    }

    /// A checksum over what the last input led to.
    pub(crate) const fn last_outputs(&self) -> u32 {
        self.recorder.last_outputs()
    }

    /// Gives the recorder a moment to begin at, where it wants one and this is one.
    pub(super) fn mark_waypoint(&mut self) {
        if self.recorder.wants_waypoint()
            && let Some(standing) = self.standing()
        {
            self.recorder.waypoint(standing);
        }
    }

    fn standing(&self) -> Option<CoreStanding> {
        let Self {
            config,
            db,
            monitor,
            pokes,
            waiting,
            commit,
            asked,
            delivered,
            last_turn,
            next_exchange,
            first_of_stream,
            restarted,
            lanes,
            // What became of each change is only shown.
            journeys: _,
            server_offset_ms,
            anchor,
            signed_in,
            last_sync_at,
            wake_at,
            upkeep,
            writes,
            // Only shown.
            last_storage_error: _,
            recorder: _,
        } = self;
        if !waiting.is_empty() || commit.is_some() || !self.is_idle() {
            return None;
        }
        Some(CoreStanding {
            config: config.clone(),
            store: db.standing()?,
            monitor: monitor.clone(),
            pokes: pokes.clone(),
            asked: asked.clone(),
            delivered: delivered.clone(),
            last_turn: *last_turn,
            next_exchange: *next_exchange,
            first_of_stream: *first_of_stream,
            restarted: *restarted,
            lanes: *lanes,
            server_offset_ms: *server_offset_ms,
            anchor: anchor.clone(),
            signed_in: signed_in.clone(),
            last_sync_at: *last_sync_at,
            wake_at: *wake_at,
            upkeep: upkeep.clone(),
            writes: *writes,
        })
    }

    /// The core that stood so.
    pub(crate) fn restored(standing: CoreStanding) -> Self {
        let recorder = FlightRecorder::new(standing.config.recorded_inputs);
        Self {
            config: standing.config,
            db: LocalDb::restored(standing.store),
            monitor: standing.monitor,
            pokes: standing.pokes,
            waiting: VecDeque::new(),
            commit: None,
            asked: standing.asked,
            delivered: standing.delivered,
            last_turn: standing.last_turn,
            next_exchange: standing.next_exchange,
            first_of_stream: standing.first_of_stream,
            restarted: standing.restarted,
            lanes: standing.lanes,
            journeys: Journeys::default(),
            server_offset_ms: standing.server_offset_ms,
            anchor: standing.anchor,
            signed_in: standing.signed_in,
            last_sync_at: standing.last_sync_at,
            wake_at: standing.wake_at,
            upkeep: standing.upkeep,
            writes: standing.writes,
            last_storage_error: None,
            recorder,
        }
    }

    /// The store, for what a replay has to bring in its form.
    pub(crate) const fn store(&self) -> &LocalDb {
        &self.db
    }
}
