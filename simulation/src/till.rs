//! One till of the evening: an engine, its disk, its clock, and what was promised to the person in front of it.

use std::collections::BTreeMap;

use domain::{BootId, LineId, OrderId, PaymentId, RefundId, Timestamp};
use engine::{CommandId, EngineConfig, Enrolment, LocalDb, Moment, SyncManager, WriteBatch};
use fastrand::Rng;

use crate::disk::Disk;

/// Milliseconds between pulls: short, so that an evening is.
pub(crate) const PULL_INTERVAL_MS: u64 = 10_000;

/// A till.
pub(crate) struct Till {
    pub(crate) enrolment: Enrolment,
    pub(crate) disk: Disk,
    /// `None` while the app is not running.
    pub(crate) engine: Option<SyncManager>,
    /// Grows with every start; what an earlier life was waiting for never reaches a later one.
    pub(crate) life: u32,
    /// When the app was started, by the world's clock.
    pub(crate) started_ms: u64,
    /// How wrong the wall clock is.
    pub(crate) wall_error_ms: i64,
    pub(crate) network_up: bool,
    /// The wake-up the engine asked for.
    pub(crate) wake_at: Option<u64>,
    /// The commit that is out.
    pub(crate) writing: Option<WriteBatch>,
    /// What a person asked for and was not answered yet.
    pub(crate) asked: BTreeMap<CommandId, Fact>,
    /// What a person was told is saved.
    pub(crate) saved: Vec<Fact>,
    pub(crate) next_command: CommandId,
}

/// A fact a person entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    /// The app was started.
    Started,
    /// An order was opened.
    Opened(OrderId),
    /// A line was added.
    Line(OrderId, LineId),
    /// A line's quantity was changed; by how much is on the disk.
    Quantity(OrderId, LineId),
    /// A line was taken back.
    Void(OrderId, LineId),
    /// A payment was taken.
    Payment(OrderId, PaymentId, i64),
    /// A line was given away.
    Comp(OrderId, LineId),
    /// Money was given back.
    Refund(OrderId, RefundId, i64),
    /// Something else was done that others may overwrite.
    Changed(OrderId),
    /// An order was finished.
    Closed(OrderId),
}

impl Till {
    pub(crate) fn new(enrolment: Enrolment) -> Self {
        Self {
            enrolment,
            disk: Disk::default(),
            engine: None,
            life: 0,
            started_ms: 0,
            wall_error_ms: 0,
            network_up: true,
            wake_at: None,
            writing: None,
            asked: BTreeMap::new(),
            saved: Vec::new(),
            next_command: 1,
        }
    }

    /// Opens the store as the app does at its start.
    pub(crate) fn start(&mut self, now_ms: u64, delta_entries_max: u32, dice: &mut Rng) -> Result<(), String> {
        self.started_ms = now_ms;
        self.wake_at = None;
        self.writing = None;
        self.asked.clear();
        let db = LocalDb::open(&self.disk.journal()).map_err(|error| error.to_string())?;
        let config = EngineConfig {
            app_version: "1.0.0".to_owned(),
            boot_id: BootId::try_from(format!("boot-{}", self.life)).map_err(|error| error.to_string())?,
            pull_interval_ms: PULL_INTERVAL_MS,
            delta_entries_max,
            staff: "stf_mara".parse().ok(),
        };
        let moment = self.moment(now_ms, dice);
        self.engine = Some(SyncManager::new(db, config, &moment));
        Ok(())
    }

    /// Kills the app: only the disk survives.
    pub(crate) fn kill(&mut self) {
        self.engine = None;
        self.life += 1;
    }

    /// What the till's clocks show.
    pub(crate) fn moment(&self, now_ms: u64, dice: &mut Rng) -> Moment {
        let wall = i64::try_from(now_ms).unwrap_or(i64::MAX).saturating_add(self.wall_error_ms);
        let mut entropy = [0; 32];
        dice.fill(&mut entropy);
        Moment {
            wall: Timestamp::nearest(wall),
            mono_ms: now_ms.saturating_sub(self.started_ms),
            offset_min: -240,
            entropy,
        }
    }
}
