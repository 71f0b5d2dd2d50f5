//! One till of the evening: an engine, its disk, its clock, and what was promised to the person in front of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BootId, LineId, OrderId, PaymentId, RefundId, Timestamp};
use engine::{
    Command, CommandId, EngineConfig, Enrolment, Input, LocalDb, Moment, OpenWith, Opening, Output, Recording,
    SyncManager, WriteBatch,
};
use fastrand::Rng;

use crate::calendar;
use crate::disk::Disk;
use crate::faults::Options;

/// Milliseconds between pulls: short, so that an evening is.
pub(crate) const PULL_INTERVAL_MS: u64 = 20_000;

/// Inputs that every second life of a till records: few.
const RECORDED_INPUTS: usize = 60;

/// A till.
pub(crate) struct Till {
    pub(crate) enrolment: Enrolment,
    pub(crate) disk: Disk,
    /// `None` while the app is not running.
    pub(crate) engine: Option<SyncManager>,
    /// What the engine saw that was killed last, until somebody has replayed it.
    pub(crate) flight: Option<Recording>,
    /// Grows with every start; what an earlier life was waiting for never reaches a later one.
    pub(crate) life: u32,
    /// When the app was started, by the world's clock.
    pub(crate) started_ms: u64,
    /// How wrong the wall clock is.
    pub(crate) wall_error_ms: i64,
    /// How far its zone is from the restaurant's, in minutes.
    pub(crate) zone_error_min: i16,
    pub(crate) network_up: bool,
    /// What its link carries, in bytes a second, where that is little.
    pub(crate) link_bytes_s: Option<u64>,
    /// Until when the app sleeps.
    pub(crate) frozen_until_ms: u64,
    /// Since when its monotonic clock does too, where that stands still meanwhile.
    pub(crate) mono_frozen_ms: Option<u64>,
    /// Whether some till's clock has shown a year so long ago that orders dated by it are soon let go of.
    pub(crate) dated_far_back: bool,
    /// Orders with a mutation that no request passes with: what is seen of them is a person's to decide.
    pub(crate) set_apart: BTreeSet<OrderId>,
    /// The wake-up the engine asked for.
    pub(crate) wake_at: Option<u64>,
    /// The commit that is out.
    pub(crate) writing: Option<WriteBatch>,
    /// The read that is out.
    pub(crate) reading: Option<Vec<String>>,
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
    /// Somebody came, went on a break, or left.
    Punched,
}

impl Till {
    pub(crate) fn new(enrolment: Enrolment, dice: &mut Rng) -> Self {
        Self {
            disk: Disk::new(enrolment.tenant_id.clone(), enrolment.device_id.clone(), dice),
            enrolment,
            engine: None,
            flight: None,
            life: 0,
            started_ms: 0,
            wall_error_ms: 0,
            zone_error_min: 0,
            network_up: true,
            link_bytes_s: None,
            frozen_until_ms: 0,
            mono_frozen_ms: None,
            dated_far_back: false,
            set_apart: BTreeSet::new(),
            wake_at: None,
            writing: None,
            reading: None,
            asked: BTreeMap::new(),
            saved: Vec::new(),
            next_command: 1,
        }
    }

    /// Opens the store as the app does at its start.
    pub(crate) fn start(&mut self, now_ms: u64, options: &Options, dice: &mut Rng) -> Result<(), String> {
        self.started_ms = now_ms;
        self.wake_at = None;
        self.writing = None;
        self.reading = None;
        self.asked.clear();
        let (db, config) = (self.open()?, self.config(options)?);
        let moment = self.moment(now_ms, dice);
        self.engine = Some(SyncManager::new(db, config, &moment));
        Ok(())
    }

    /// An engine that has read everything its disk holds and changes nothing: what is durable.
    pub(crate) fn durable(&self, options: &Options) -> Result<SyncManager, String> {
        let moment = Moment { wall: Timestamp::nearest(0), mono_ms: 0, offset_min: 0, entropy: [0; 32] };
        let config = EngineConfig { follower: true, ..self.config(options)? };
        let mut engine = SyncManager::new(self.open()?, config, &moment);
        let command = Command::LoadDays { date: None };
        let mut outputs = engine.handle(moment, Input::CommandGiven { id: 1, command, context: None });
        while let Some(Output::Read(keys)) = outputs.iter().find(|output| matches!(output, Output::Read(_))) {
            let values = keys.iter().map(|key| self.disk.read(key)).collect();
            outputs = engine.handle(moment, Input::ReadSucceeded { values });
        }
        Ok(engine)
    }

    fn open(&self) -> Result<LocalDb, String> {
        let with = OpenWith { keyring: self.disk.keyring(), anchor: self.disk.anchor(), ..OpenWith::default() };
        Opening::open(self.disk.keys(), with, |key| self.disk.read(key)).map_err(|error| error.to_string())
    }

    fn config(&self, options: &Options) -> Result<EngineConfig, String> {
        Ok(EngineConfig {
            app_version: "1.0.0".to_owned(),
            boot_id: BootId::try_from(format!("boot-{}", self.life)).map_err(|error| error.to_string())?,
            pull_interval_ms: PULL_INTERVAL_MS,
            delta_entries_max: options.delta_entries_max,
            staff: "stf_mara".parse().ok(),
            retention_days: 400,
            checkpoint_entries: options.checkpoint_entries,
            chunk_bytes: options.chunk_bytes,
            // So few on some tills that recordings begin in the middle of the evening.
            recorded_inputs: if self.life.is_multiple_of(2) { RECORDED_INPUTS } else { engine::RECORDING_INPUTS_MAX },
            follower: false,
        })
    }

    /// Kills the app: only the disk survives.
    pub(crate) fn kill(&mut self) {
        self.flight = self.engine.take().and_then(|engine| engine.recording());
        self.frozen_until_ms = 0;
        self.mono_frozen_ms = None;
        self.life += 1;
    }

    /// Its app wakes up, where it slept.
    pub(crate) fn wake_up(&mut self, now_ms: u64) {
        self.frozen_until_ms = 0;
        if let Some(since_ms) = self.mono_frozen_ms.take() {
            self.started_ms += now_ms - since_ms;
        }
    }

    /// What the till's clocks show.
    pub(crate) fn moment(&self, now_ms: u64, dice: &mut Rng) -> Moment {
        let wall = i64::try_from(now_ms).unwrap_or(i64::MAX).saturating_add(self.wall_error_ms);
        let mut entropy = [0; 32];
        dice.fill(&mut entropy);
        Moment {
            wall: Timestamp::nearest(wall),
            mono_ms: now_ms.saturating_sub(self.started_ms),
            offset_min: calendar::offset_min(now_ms).saturating_add(self.zone_error_min),
            entropy,
        }
    }
}
