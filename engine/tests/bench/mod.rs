//! A workbench for one engine: a disk in memory, a clock that moves when told, and answers given by hand or by a little
//! server.

#![allow(dead_code, unused_imports, reason = "each test file uses what it needs of the bench")]

mod commands;
mod disk;
mod picture;
mod replies;
mod server;
mod shifts_server;
mod stories;
mod wall;

use std::collections::BTreeMap;

use domain::{DeviceId, TenantId, Timestamp};
use engine::{
    Command, EngineConfig, Enrolment, ExchangeId, ExchangeRequestOut, GivenAt, HttpAnswer, Input, Keyring, LocalDb,
    Moment, OpenError, OpenWith, Opening, Output, Refusal, Status, StoreKey, SyncManager, WriteBatch,
};
use serde_json::Value;

pub(crate) use commands::{add_fries, close, note, on_day, open, order_id, pay, seat};
pub(crate) use disk::{Disk, Fault, Step, Written};
pub(crate) use picture::Picture;
use replies::named;
pub(crate) use replies::{menu_delta, reply};
pub(crate) use server::{Server, delta_entry};
pub(crate) use shifts_server::ShiftsServer;
pub(crate) use stories::{
    cold_days, evening, finish, first_start, lived_in, not_started, other_device, small, start, with_pending,
};

/// A day in milliseconds.
pub(crate) const DAY_MS: u64 = 86_400_000;
/// Longer than upkeep rests after a failure, in milliseconds.
const REST_MS: u64 = 61_000;

/// One engine on the bench.
pub(crate) struct Bench {
    pub(crate) manager: SyncManager,
    pub(crate) config: EngineConfig,
    /// Every output since the last start.
    pub(crate) heard: Vec<Output>,
    pub(crate) disk: Disk,
    pub(crate) server: Server,
    pub(crate) shifts_server: ShiftsServer,
    pub(crate) keys: Vec<StoreKey>,
    pub(crate) anchor: u64,
    /// The device's secret, as hexadecimal digits; made from the key where there is none.
    pub(crate) pepper: Option<String>,
    pub(crate) owner: Option<(TenantId, DeviceId)>,
    pub(crate) put_aside_lost: bool,
    /// Makes this device's randomness another than its neighbours'.
    pub(crate) salt: u64,
    /// The power went; nothing happens any more. Tells whether the last write was decided.
    pub(crate) power_lost: Option<bool>,
    /// The picture after each write, the one before any first, where wanted.
    pub(crate) pictures: Option<Vec<Picture>>,
    /// Writes that succeeded.
    pub(crate) writes: usize,
    writing: Option<WriteBatch>,
    reading: Option<Vec<String>>,
    exchange: Option<ExchangeRequestOut>,
    mono_ms: u64,
    wall_ms: i64,
    inputs: u64,
    commands: u32,
}

impl Bench {
    /// An engine over an empty store, not started.
    pub(crate) fn new() -> Self {
        Self::over(BTreeMap::new(), config())
    }

    /// An engine over a store, not started.
    pub(crate) fn over(values: BTreeMap<String, Vec<u8>>, config: EngineConfig) -> Self {
        Self::over_sealed(values, config, vec![key(1)])
    }

    /// An engine over a store that is sealed with these keys, not started.
    pub(crate) fn over_sealed(values: BTreeMap<String, Vec<u8>>, config: EngineConfig, keys: Vec<StoreKey>) -> Self {
        let mut bench = Self {
            manager: SyncManager::new(LocalDb::default(), config.clone(), &moment(0, 0, 0)),
            config,
            heard: Vec::new(),
            disk: Disk::holding(values),
            server: Server::default(),
            shifts_server: ShiftsServer::default(),
            keys,
            anchor: 0,
            pepper: None,
            owner: None,
            put_aside_lost: false,
            salt: 0,
            power_lost: None,
            pictures: None,
            writes: 0,
            writing: None,
            reading: None,
            exchange: None,
            mono_ms: 1_000,
            wall_ms: 1_793_484_000_000,
            inputs: 0,
            commands: 0,
        };
        bench.manager = bench.opened().unwrap();
        bench
    }

    /// An enrolled engine that has read the fixture menu and has nothing to send.
    pub(crate) fn ready() -> Self {
        Self::ready_with(config())
    }

    pub(crate) fn ready_with(config: EngineConfig) -> Self {
        let mut bench = Self::over(BTreeMap::new(), config);
        bench.do_all([Command::Start { enrolment: Some(enrolment()) }]);
        bench.answer(200, "application/json", &reply("", &menu_delta(1, 41), "c1"));
        bench
    }

    pub(crate) fn start_without_enrolment(&mut self) {
        self.give(Command::Start { enrolment: None });
    }

    /// Kills the app and opens the store again.
    pub(crate) fn restart(&mut self) {
        self.restart_with(None);
    }

    /// Kills the app and opens its store with another device's enrolment.
    pub(crate) fn restart_as_another_device(&mut self) {
        self.restart_with(Some(Enrolment { device_id: "dev_c".parse().unwrap(), ..enrolment() }));
    }

    fn restart_with(&mut self, enrolment: Option<Enrolment>) {
        self.reopen().unwrap();
        self.do_all([Command::Start { enrolment }]);
    }

    /// Kills the app and opens the store again, without starting.
    pub(crate) fn reopen(&mut self) -> Result<(), OpenError> {
        self.writing = None;
        self.reading = None;
        self.exchange = None;
        self.power_lost = None;
        self.disk.plan = None;
        self.heard.clear();
        self.manager = self.opened()?;
        Ok(())
    }

    /// Another bench that begins where this one stands: the same disk, key store, server and clocks, a fresh engine.
    pub(crate) fn copy(&self) -> Self {
        let mut copy = Self::over(BTreeMap::new(), self.config.clone());
        copy.disk = Disk::holding(self.disk.values.clone());
        copy.server = self.server.clone();
        copy.keys.clone_from(&self.keys);
        copy.owner.clone_from(&self.owner);
        copy.salt = self.salt;
        (copy.anchor, copy.put_aside_lost) = (self.anchor, self.put_aside_lost);
        (copy.mono_ms, copy.wall_ms) = (self.mono_ms, self.wall_ms);
        (copy.inputs, copy.commands) = (self.inputs, self.commands);
        copy.manager = copy.opened().unwrap();
        copy
    }

    /// Kills the app, opens its store again and reads every day of it.
    pub(crate) fn restart_and_load(&mut self) {
        self.restart();
        self.do_all([Command::LoadDays { date: None }]);
    }

    /// Gives a command; nothing is written until told.
    pub(crate) fn give(&mut self, command: Command) -> Vec<Output> {
        self.give_with(command, None)
    }

    /// Gives a command from another tab.
    pub(crate) fn give_with(&mut self, command: Command, context: Option<GivenAt>) -> Vec<Output> {
        self.commands += 1;
        let id = self.commands;
        self.feed(Input::CommandGiven { id, command, context: context.map(Box::new) })
    }

    /// Gives commands one after the other and lets every write succeed.
    pub(crate) fn do_all(&mut self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            self.give(command);
            self.write_all();
        }
    }

    pub(crate) fn feed(&mut self, input: Input) -> Vec<Output> {
        if self.power_lost.is_some() {
            return Vec::new();
        }
        let mut input = input;
        match (&input, self.writing.take()) {
            (Input::CommitSucceeded, Some(batch)) => match self.disk.write(batch) {
                Written::Whole => self.writes += 1,
                Written::KeyExists => input = failed("KEY_EXISTS"),
                Written::Failed => input = failed("STORAGE_FAILED"),
                Written::PowerLost { decided } => {
                    self.power_lost = Some(decided);
                    return Vec::new();
                }
            },
            (Input::CommitFailed { .. }, _) => {}
            (_, writing) => self.writing = writing,
        }
        let wrote = matches!(input, Input::CommitSucceeded);
        self.inputs += 1;
        let moment = self.moment();
        let outputs = self.manager.handle(moment, input);
        assert!(self.manager.will_wake_up() || self.config.follower, "there is work and no wake-up");
        for output in &outputs {
            match output {
                Output::Commit(batch) => self.writing = Some(batch.clone()),
                Output::Exchange(request) => self.exchange = Some(request.clone()),
                Output::Read(keys) => self.reading = Some(keys.clone()),
                Output::KeepKeys(ids) => self.keys.retain(|key| ids.contains(&key.id)),
                Output::Remember(number) => self.anchor = *number,
                Output::Resolve { .. } | Output::Notify(_) | Output::WakeAt(_) => {}
            }
        }
        if wrote && self.pictures.is_some() {
            let picture = self.full_picture();
            self.pictures.iter_mut().for_each(|pictures| pictures.push(picture.clone()));
        }
        self.heard.extend(outputs.clone());
        outputs
    }

    /// The key store keeps a new key beside the old ones, and the engine is told.
    pub(crate) fn rotate(&mut self) {
        if self.power_lost.is_some() {
            return;
        }
        let id = self.keys.iter().map(|key| key.id).max().unwrap_or(0) + 1;
        let key = key(id);
        self.keys.push(key.clone());
        self.feed(Input::KeyAdded(key));
        self.write_all();
    }

    /// Lets time pass until the upkeep has done what it wants to do.
    pub(crate) fn settle(&mut self) {
        for _ in 0..4 {
            self.pass_ms(REST_MS);
            self.feed(Input::TimeoutReached);
            self.write_all();
        }
    }

    /// Exchanges with the little server until nothing is pending.
    pub(crate) fn sync(&mut self) {
        for _ in 0..8 {
            if self.exchange.is_none() {
                self.feed(Input::SyncRequested);
            }
            let Some(request) = self.exchange.take() else { return };
            self.serve(&request);
            if self.status().queue_depth == 0 {
                return;
            }
        }
    }

    /// Lets the little server answer a request.
    fn serve(&mut self, request: &ExchangeRequestOut) {
        let (status, body) = match request.path {
            "/sync/shifts" => self.shifts_server.answer(&request.body),
            _ => self.server.answer(&request.body),
        };
        let body = named(&body, &request.body);
        let content_type = if status == 200 { "application/json" } else { "application/problem+json" };
        self.answer_to(request.id, status, content_type, &body);
    }

    /// Answers the exchange under way and lets every write succeed.
    pub(crate) fn answer(&mut self, status: u16, content_type: &str, body: &str) {
        let Some(request) = self.exchange.take() else { return };
        self.answer_to(request.id, status, content_type, &named(body, &request.body));
    }

    pub(crate) fn answer_to(&mut self, id: ExchangeId, status: u16, content_type: &str, body: &str) {
        let content_type = Some(content_type.to_owned());
        let answer = HttpAnswer { status, content_type, retry_after_s: None, body: body.to_owned() };
        self.feed(Input::ExchangeAnswered { id, answer });
        self.write_all();
    }

    pub(crate) fn fail_exchange(&mut self) {
        let request = self.exchange.take().unwrap();
        self.feed(Input::ExchangeFailed { id: request.id, reason: "NO_ANSWER".to_owned() });
    }

    pub(crate) fn exchange_id(&mut self) -> ExchangeId {
        self.wait_for_next_attempt();
        self.exchange.as_ref().unwrap().id
    }

    /// The body of the exchange under way; waits for one where there is none.
    pub(crate) fn body(&mut self) -> Option<String> {
        self.wait_for_next_attempt();
        self.exchange.as_ref().map(|request| request.body.clone())
    }

    pub(crate) fn is_exchanging(&self) -> bool {
        self.exchange.is_some()
    }

    /// Moves the clock to the next wake-up until an exchange starts, or gives up after a while (a paused engine).
    pub(crate) fn wait_for_next_attempt(&mut self) {
        for _ in 0..3 {
            if self.exchange.is_none() {
                self.pass_ms(engine::BACK_OFF_CAP_MS);
                self.feed(Input::TimeoutReached);
                self.write_all();
            }
        }
    }

    pub(crate) fn pass_ms(&mut self, millis: u64) {
        self.mono_ms += millis;
        self.wall_ms += i64::try_from(millis).unwrap();
    }

    pub(crate) fn set_wall_back_a_day(&mut self) {
        self.wall_ms -= 86_400_000;
    }

    pub(crate) const fn set_wall(&mut self, wall: Timestamp) {
        self.wall_ms = wall.millis();
    }

    pub(crate) const fn now_ms(&self) -> u64 {
        self.mono_ms
    }

    pub(crate) fn status(&self) -> Status {
        self.manager.status(&moment(self.wall_ms, self.mono_ms, 0))
    }

    /// The mutations that the next exchange carries.
    fn sent(&mut self) -> Vec<Value> {
        // What is under way may hold less than what is pending now: look at a fresh one.
        if self.exchange.is_some() {
            self.fail_exchange();
        }
        self.wait_for_next_attempt();
        let body: Value = serde_json::from_str(&self.exchange.as_ref().unwrap().body).unwrap();
        body["mutations"].as_array().unwrap().clone()
    }

    pub(crate) fn sent_seqs(&mut self) -> Vec<u64> {
        self.sent().iter().map(|mutation| mutation["seq"].as_u64().unwrap()).collect()
    }

    pub(crate) fn sent_mutations(&mut self) -> Vec<String> {
        self.sent().iter().map(|mutation| mutation["id"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn sent_offline_flags(&mut self) -> Vec<bool> {
        self.sent().iter().map(|mutation| mutation["offline"].as_bool().unwrap()).collect()
    }

    /// The mutations that the next exchange carries, byte for byte.
    pub(crate) fn next_sent(&mut self) -> Vec<String> {
        self.sent().iter().map(Value::to_string).collect()
    }

    pub(crate) fn flip_a_bit_of_the_last_entry(&mut self) {
        let (_, last) = self.disk.values.iter_mut().rfind(|(key, _)| key.starts_with("journal/")).unwrap();
        let middle = last.len() / 2;
        last[middle] ^= 1;
    }

    /// Lets every write and read succeed, until nothing is out.
    pub(crate) fn write_all(&mut self) {
        for _ in 0..10_000 {
            if self.power_lost.is_some() {
                return;
            }
            if self.writing.is_some() {
                self.feed(Input::CommitSucceeded);
            } else if let Some(keys) = self.reading.take() {
                let values = keys.iter().map(|key| self.disk.values.get(key).cloned()).collect();
                self.feed(Input::ReadSucceeded { values });
            } else {
                return;
            }
        }
        panic!("the engine writes and reads without end");
    }

    /// The write that is out.
    pub(crate) const fn writing(&self) -> Option<&WriteBatch> {
        self.writing.as_ref()
    }

    /// The read that is out comes to nothing.
    pub(crate) fn fail_read(&mut self) -> Vec<Output> {
        self.reading.take().unwrap();
        self.feed(Input::ReadFailed { reason: "the disk is gone".to_owned() })
    }

    /// The moment it is, with fresh entropy.
    pub(crate) fn moment(&self) -> Moment {
        moment(self.wall_ms, self.mono_ms, self.inputs + (self.salt << 32))
    }

    pub(crate) fn opened(&self) -> Result<SyncManager, OpenError> {
        let with = OpenWith {
            keyring: Keyring::new(self.keys.clone())
                .with_pepper(self.pepper.as_deref().and_then(engine::Pepper::from_hex)),
            anchor: self.anchor,
            owner: self.owner.clone(),
            put_aside_lost: self.put_aside_lost,
        };
        let values = &self.disk.values;
        let db = Opening::open(values.keys().cloned(), with, |key| values.get(key).cloned())?;
        Ok(SyncManager::new(db, self.config.clone(), &moment(self.wall_ms, self.mono_ms, 0)))
    }
}

/// The key with this id.
pub(crate) fn key(id: u32) -> StoreKey {
    StoreKey { id, bytes: [u8::try_from(id).unwrap(); 32] }
}

/// The bytes that these hexadecimal digits stand for.
pub(crate) fn bytes_of_hex(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn failed(code: &str) -> Input {
    Input::CommitFailed { code: code.to_owned(), reason: "the disk said no".to_owned() }
}

/// How the commands told of in these outputs went, in order.
pub(crate) fn outcomes(outputs: &[Output]) -> Vec<Result<(), Refusal>> {
    let outcome = |output: &Output| match output {
        Output::Resolve { outcome, .. } => Some(outcome.clone().map(drop)),
        Output::Commit(_)
        | Output::Exchange(_)
        | Output::Notify(_)
        | Output::WakeAt(_)
        | Output::Read(_)
        | Output::KeepKeys(_)
        | Output::Remember(_) => None,
    };
    outputs.iter().filter_map(outcome).collect()
}

/// Whether each command told of in these outputs succeeded.
pub(crate) fn resolved(outputs: &[Output]) -> Vec<bool> {
    outcomes(outputs).iter().map(Result::is_ok).collect()
}

/// How many writes these outputs ask for.
pub(crate) fn commits(outputs: &[Output]) -> usize {
    outputs.iter().filter(|output| matches!(output, Output::Commit(_))).count()
}

/// A configuration that makes many small checkpoints.
pub(crate) fn small_checkpoints() -> EngineConfig {
    EngineConfig { checkpoint_entries: 4, chunk_bytes: 700, ..config() }
}

pub(crate) fn config() -> EngineConfig {
    EngineConfig {
        app_version: "1.0.0".to_owned(),
        boot_id: "boot".to_owned().try_into().unwrap(),
        pull_interval_ms: 10_000,
        delta_entries_max: 500,
        staff: Some("stf_mara".parse().unwrap()),
        retention_days: 35,
        checkpoint_entries: engine::CHECKPOINT_ENTRIES,
        chunk_bytes: engine::CHUNK_BYTES,
        recorded_inputs: engine::RECORDING_INPUTS_MAX,
        follower: false,
    }
}

pub(crate) fn enrolment() -> Enrolment {
    Enrolment {
        tenant_id: "ten_saltmarsh".parse().unwrap(),
        location_id: "loc_quay".parse().unwrap(),
        device_id: "dev_b".parse().unwrap(),
        device_prefix: "B".to_owned(),
        device_token: "dvc_test".to_owned(),
    }
}

pub(crate) fn moment(wall_ms: i64, mono_ms: u64, input: u64) -> Moment {
    // As good as random: ids that are made from it must differ in every bit that they keep.
    let mut dice = fastrand::Rng::with_seed(input);
    let entropy = std::array::from_fn(|_| dice.u8(..));
    Moment { wall: Timestamp::nearest(wall_ms), mono_ms, offset_min: -240, entropy }
}
