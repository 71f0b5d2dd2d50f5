//! A workbench for one engine: a disk in memory, a clock that moves when told, and answers given by hand.

use std::collections::BTreeMap;

use domain::{ItemId, LineId, Money, OrderCommand, OrderCommandKind, OrderId, PaymentId, PaymentType, Timestamp};
use engine::{
    Command, EngineConfig, Enrolment, ExchangeId, ExchangeRequestOut, HttpAnswer, Input, Keyring, LocalDb, Moment,
    OpenWith, Opening, Output, Status, StoreKey, SyncManager, WriteBatch,
};
use serde_json::Value;

/// One engine on the bench.
pub(crate) struct Bench {
    pub(crate) manager: SyncManager,
    /// Every output since the last start.
    pub(crate) heard: Vec<Output>,
    pub(crate) disk: BTreeMap<String, Vec<u8>>,
    pub(crate) keys: Vec<StoreKey>,
    anchor: u64,
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
        let mut bench = Self {
            manager: SyncManager::new(LocalDb::default(), config(), &moment(0, 0, 0)),
            heard: Vec::new(),
            disk: BTreeMap::new(),
            keys: vec![StoreKey { id: 1, bytes: [1; 32] }],
            anchor: 0,
            writing: None,
            reading: None,
            exchange: None,
            mono_ms: 1_000,
            wall_ms: 1_793_484_000_000,
            inputs: 0,
            commands: 0,
        };
        bench.manager = bench.opened();
        bench
    }

    /// An enrolled engine that has read the fixture menu and has nothing to send.
    pub(crate) fn ready() -> Self {
        let mut bench = Self::new();
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
        self.writing = None;
        self.reading = None;
        self.exchange = None;
        self.heard.clear();
        self.manager = self.opened();
        self.do_all([Command::Start { enrolment }]);
    }

    /// Gives a command; nothing is written until told.
    pub(crate) fn give(&mut self, command: Command) -> Vec<Output> {
        self.commands += 1;
        let id = self.commands;
        self.feed(Input::CommandGiven { id, command, context: None })
    }

    /// Gives commands one after the other and lets every write succeed.
    pub(crate) fn do_all(&mut self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            self.give(command);
            self.write_all();
        }
    }

    pub(crate) fn feed(&mut self, input: Input) -> Vec<Output> {
        match (&input, self.writing.take()) {
            (Input::CommitSucceeded, Some(batch)) => self.write(batch),
            (Input::CommitFailed { .. }, _) => {}
            (_, writing) => self.writing = writing,
        }
        self.inputs += 1;
        let moment = moment(self.wall_ms, self.mono_ms, self.inputs);
        let outputs = self.manager.handle(moment, input);
        assert!(self.manager.will_wake_up(), "there is work and no wake-up");
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
        self.heard.extend(outputs.clone());
        outputs
    }

    fn write(&mut self, batch: WriteBatch) {
        for (key, value) in batch.create {
            assert!(self.disk.insert(key, value).is_none(), "nothing is overwritten");
        }
        self.disk.extend(batch.put);
        for key in batch.delete {
            self.disk.remove(&key);
        }
    }

    /// Answers the exchange under way and lets every write succeed.
    pub(crate) fn answer(&mut self, status: u16, content_type: &str, body: &str) {
        let Some(request) = self.exchange.take() else { return };
        self.answer_to(request.id, status, content_type, body);
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

    pub(crate) fn flip_a_bit_of_the_last_entry(&mut self) {
        let (_, last) = self.disk.iter_mut().rfind(|(key, _)| key.starts_with("journal/")).unwrap();
        let middle = last.len() / 2;
        last[middle] ^= 1;
    }

    /// Lets every write and read succeed, until nothing is out.
    pub(crate) fn write_all(&mut self) {
        loop {
            if self.writing.is_some() {
                self.feed(Input::CommitSucceeded);
            } else if let Some(keys) = self.reading.take() {
                let values = keys.iter().map(|key| self.disk.get(key).cloned()).collect();
                self.feed(Input::ReadSucceeded { values });
            } else {
                return;
            }
        }
    }

    fn opened(&self) -> SyncManager {
        let with = OpenWith { keyring: Keyring::new(self.keys.clone()), anchor: self.anchor, ..OpenWith::default() };
        let db = Opening::open(self.disk.keys().cloned(), with, |key| self.disk.get(key).cloned()).unwrap();
        SyncManager::new(db, config(), &moment(self.wall_ms, self.mono_ms, 0))
    }
}

/// A reply with these verdicts and delta entries.
pub(crate) fn reply(verdicts: &str, changes: &str, cursor: &str) -> String {
    format!(
        r#"{{"protocol":1,"server_time":"2026-10-31T23:41:07.000Z","acked_seq":0,"verdicts":[{verdicts}],
            "changes":[{changes}],"cursor":"{cursor}","has_more":false}}"#
    )
}

/// A delta entry with the fixture menu at some version.
pub(crate) fn menu_delta(rev: u64, menu_version: u32) -> String {
    let menu = include_str!("../../../fixtures/menu.json");
    let menu = menu.replace("\"menu_version\": 41", &format!("\"menu_version\": {menu_version}"));
    format!(r#"{{"collection":"menu","id":"loc_quay","rev":{rev},"changed_seq":{rev},"record":{menu}}}"#)
}

pub(crate) fn order_id(number: u8) -> OrderId {
    format!("01a19456-9e38-7000-8000-{number:012x}").parse().unwrap()
}

pub(crate) fn open(order: u8) -> Command {
    OrderCommand::new(OrderCommandKind::OpenOrder, order_id(order)).into()
}

pub(crate) fn add_fries(order: u8, line: u8) -> Command {
    let line_id: LineId = format!("01a19456-9e38-7000-9000-{line:012x}").parse().unwrap();
    let mut command = OrderCommand::new(OrderCommandKind::AddLine, order_id(order));
    command.line_id = Some(line_id.into());
    command.item_id = Some(ItemId::into("it_fries".parse().unwrap()));
    command.option_ids = Some(vec!["mo_aioli".parse().unwrap()].into());
    command.into()
}

pub(crate) fn pay(order: u8, payment: u8, amount: i64) -> Command {
    let payment_id: PaymentId = format!("01a19456-9e38-7000-a000-{payment:012x}").parse().unwrap();
    let mut command = OrderCommand::new(OrderCommandKind::AddPayment, order_id(order));
    command.payment_id = Some(payment_id.into());
    command.payment_type = Some(PaymentType::Cash.into());
    command.amount_minor = Some(Money::try_from(amount).unwrap().into());
    command.into()
}

pub(crate) fn close(order: u8) -> Command {
    OrderCommand::new(OrderCommandKind::CloseOrder, order_id(order)).into()
}

/// Whether each command told of in these outputs succeeded.
pub(crate) fn resolved(outputs: &[Output]) -> Vec<bool> {
    let outcome = |output: &Output| match output {
        Output::Resolve { outcome, .. } => Some(outcome.is_ok()),
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

/// How many writes these outputs ask for.
pub(crate) fn commits(outputs: &[Output]) -> usize {
    outputs.iter().filter(|output| matches!(output, Output::Commit(_))).count()
}

fn config() -> EngineConfig {
    EngineConfig {
        app_version: "1.0.0".to_owned(),
        boot_id: "boot".to_owned().try_into().unwrap(),
        pull_interval_ms: 10_000,
        delta_entries_max: 500,
        staff: Some("stf_mara".parse().unwrap()),
        retention_days: 35,
        checkpoint_entries: engine::CHECKPOINT_ENTRIES,
        chunk_bytes: engine::CHUNK_BYTES,
        follower: false,
    }
}

fn enrolment() -> Enrolment {
    Enrolment {
        tenant_id: "ten_saltmarsh".parse().unwrap(),
        location_id: "loc_quay".parse().unwrap(),
        device_id: "dev_b".parse().unwrap(),
        device_prefix: "B".to_owned(),
        device_token: "dvc_test".to_owned(),
    }
}

fn moment(wall_ms: i64, mono_ms: u64, input: u64) -> Moment {
    // As good as random: ids that are made from it must differ in every bit that they keep.
    let mut dice = fastrand::Rng::with_seed(input);
    let entropy = std::array::from_fn(|_| dice.u8(..));
    Moment { wall: Timestamp::nearest(wall_ms), mono_ms, offset_min: -240, entropy }
}
