//! Random evenings: what several tills of a restaurant or two ask of the server, in an order that one seed decides. Most of it
//! is honest work; the rest is what lost replies, cloned stores, wrong clocks, revoked devices and plain nonsense make of it.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::expect_used,
    reason = "tills and places are named by an index that the evening itself gives out: a wrong one must stop the run"
)]

mod office;
mod orders;
mod people;
mod shifts;
mod strange;
mod till;

use std::collections::VecDeque;

use domain::{OrderId, Timestamp};
use fastrand::Rng;
use protocol::{EnrolmentCode, EnrolmentGrant, ErrorCode, ExchangeReply, Problem, TenantCreated};
use serde_json::json;

use crate::asking::{Answer, Ask, Event, Request};
use crate::model::{Model, OPERATOR};
use crate::tally::Tally;
use people::uid;
use till::{Sent, Till};

/// The server's clock when an evening begins, in milliseconds: 2026-10-31T23:41:07.120Z.
const BEGINS: i64 = 1_793_490_067_120;
const MENU: &str = include_str!("../../../fixtures/menu.json");
const LOCATIONS: [&str; 2] = ["loc_quay", "loc_mill"];
pub(crate) const TENANT: &str = "ten_saltmarsh";
/// What the closing devices read at once.
const PAGES: [u32; 3] = [3, 50, 500];

/// An evening under way.
pub(crate) struct Evening {
    dice: Rng,
    now_ms: i64,
    /// Mutations made so far, and how many there are to be.
    made: u64,
    wanted: u64,
    locations: usize,
    employs: bool,
    /// Whether people write so much that a page ends by its bytes.
    wordy: bool,
    admin_token: String,
    plan: VecDeque<Plan>,
    ends: bool,
    closes: bool,
    tills: Vec<Till>,
    /// Orders opened at each location, by anybody.
    opened: Vec<Vec<OrderId>>,
    punches: Vec<String>,
    /// Decisions of conflicts sent before.
    decisions: Vec<Request>,
    pub(crate) tally: Tally,
}

/// What is to happen next, before anything random does.
enum Plan {
    Tenant,
    Location(usize),
    Menu(usize),
    Rules,
    Employ(usize),
    Code(usize),
    Enrol(usize, String),
    /// Somebody new reads everything.
    Walk(usize),
    Inbox(usize, &'static str),
    Devices,
    /// A till that was away for more than a year sends what it sent before.
    Late(usize),
    /// Somebody decides what has waited for so long.
    Decision,
    Floor,
    /// More than a year passes.
    Year,
}

/// One thing to be asked of every side.
pub(crate) struct Step {
    /// Its kind, for the tally.
    pub(crate) kind: &'static str,
    pub(crate) ask: Ask,
    then: Then,
}

/// What the evening makes of the answer.
#[derive(Debug, Clone, Copy)]
enum Then {
    Nothing,
    Tenant,
    Code(usize),
    Enrol(usize),
    /// In a till's stream `shifts`, or `orders`; a reply may get lost.
    Exchange {
        till: usize,
        shifts: bool,
        lost: bool,
    },
    Pull(usize),
    Walk(usize),
}

impl Evening {
    /// The evening of a seed, with at least so many mutations.
    pub(crate) fn new(seed: u64, wanted: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let (locations, employs, wordy) = (dice.usize(1..=2), dice.u8(0..3) > 0, dice.u8(0..5) == 0);
        let mut plan = VecDeque::from([Plan::Tenant]);
        plan.extend((0..locations).flat_map(|location| [Plan::Location(location), Plan::Menu(location)]));
        if dice.bool() {
            plan.push_back(Plan::Rules);
        }
        if employs {
            plan.extend((0..people::STAFF.len()).map(Plan::Employ));
        }
        for location in 0..locations {
            plan.extend((0..dice.usize(2..=3)).map(|_| Plan::Code(location)));
        }
        Self {
            dice,
            now_ms: BEGINS,
            made: 0,
            wanted,
            locations,
            employs,
            wordy,
            admin_token: String::new(),
            plan,
            ends: false,
            closes: false,
            tills: Vec::new(),
            opened: vec![Vec::new(); locations],
            punches: Vec::new(),
            decisions: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Mutations made so far.
    pub(crate) const fn made(&self) -> u64 {
        self.made
    }

    /// The next thing that happens; nothing once the evening is over. The model says where heads are.
    pub(crate) fn next(&mut self, model: &Model) -> Option<Step> {
        self.now_ms += self.dice.i64(0..20_000);
        if let Some(plan) = self.plan.pop_front() {
            return Some(self.planned(plan, model));
        }
        if self.made < self.wanted {
            return Some(self.anything(model));
        }
        if self.closes {
            return None;
        }
        // What is rare happens to one half of all evenings at the end; the other half is read as it stands.
        if !self.ends && self.dice.bool() {
            self.plan.extend([Plan::Floor, Plan::Year]);
            self.ends = true;
            return self.next(model);
        }
        self.closes = true;
        self.plan.extend((0..self.locations).map(Plan::Code));
        for location in 0..self.locations {
            self.plan.extend([Plan::Inbox(location, "open"), Plan::Inbox(location, "resolved")]);
        }
        self.plan.push_back(Plan::Devices);
        self.next(model)
    }

    /// Takes in what was answered.
    pub(crate) fn hears(&mut self, step: &Step, answer: Option<&Answer>) {
        let Some(answer) = answer else { return };
        match step.then {
            Then::Nothing => {}
            Then::Tenant => {
                self.admin_token = read::<TenantCreated>(answer).map_or(String::new(), |new| new.admin_token)
            }
            Then::Code(location) => {
                if let Some(EnrolmentCode { code, .. }) = read(answer) {
                    self.plan.push_front(Plan::Enrol(location, code));
                }
            }
            Then::Enrol(location) => {
                if let Some(grant) = read::<EnrolmentGrant>(answer) {
                    self.enrolled(location, grant);
                }
            }
            Then::Exchange { till, shifts, lost } => self.exchanged(till, shifts, lost, answer),
            Then::Pull(till) => match read::<ExchangeReply>(answer) {
                Some(reply) => self.tills[till].hears(&reply, None),
                None => self.refused(till, answer),
            },
            Then::Walk(till) => {
                if let Some(reply) = read::<ExchangeReply>(answer) {
                    self.tills[till].hears(&reply, None);
                    if reply.has_more {
                        self.plan.push_front(Plan::Walk(till));
                    }
                }
            }
        }
    }

    fn planned(&mut self, plan: Plan, model: &Model) -> Step {
        let admin = self.admin_token.clone();
        match plan {
            Plan::Tenant => {
                let body = json!({ "tenant_id": TENANT, "name": "Saltmarsh" });
                self.step("set up", Request::post("/admin/tenants", OPERATOR, &body), Then::Tenant)
            }
            Plan::Location(location) => {
                let body = json!({ "location_id": LOCATIONS[location], "name": "Quay", "zone": "America/New_York",
                    "currency": "USD", "currency_exponent": 2 });
                self.step("set up", Request::post("/admin/locations", &admin, &body), Then::Nothing)
            }
            Plan::Menu(location) => {
                let body =
                    format!("{{\"location_id\":\"{}\",\"base_version\":0,\"menu\":{MENU}}}", LOCATIONS[location]);
                self.step("set up", Request::post("/sync/menu", &admin, &body), Then::Nothing)
            }
            Plan::Rules => self.rules(),
            Plan::Employ(person) => self.employ(person),
            Plan::Code(location) => {
                let body = json!({ "location_id": LOCATIONS[location] });
                self.step("set up", Request::post("/admin/enrolment-codes", &admin, &body), Then::Code(location))
            }
            Plan::Enrol(location, code) => {
                let body = json!({ "code": code, "name": "Till", "platform": "web", "app_version": "1.4.0" });
                self.step("set up", Request::post("/devices/enrol", "", &body), Then::Enrol(location))
            }
            Plan::Walk(till) => {
                let (cursor, limit) = (self.tills[till].cursor.clone(), any(&mut self.dice, &PAGES));
                let limit = if self.wordy { 500 } else { limit };
                let path = format!("/sync/changes?cursor={}&limit={limit}", cursor.unwrap_or_default());
                let request = Request::get(path, &self.tills[till].token);
                self.step("everything read anew", request, Then::Walk(till))
            }
            Plan::Inbox(location, status) => {
                let path = format!("/sync/conflicts?status={status}&location_id={}", LOCATIONS[location]);
                self.step("inbox", Request::get(path, &admin), Then::Nothing)
            }
            Plan::Late(till) => self.replay(till),
            Plan::Decision => self.decide(),
            Plan::Floor => self.floor(model),
            Plan::Year => self.year(),
            Plan::Devices => self.step("devices listed", Request::get("/admin/devices", &admin), Then::Nothing),
        }
    }

    /// An honest exchange: what waits, and something more.
    fn exchange(&mut self, till: usize, cursor: Option<Option<String>>) -> Step {
        let shifts = self.dice.u8(0..5) == 0;
        let more = if self.one_in(80) { self.dice.usize(20..100) } else { self.dice.usize(0..=7) };
        for _ in 0..more {
            self.make(till, shifts);
        }
        let lost = self.dice.u8(0..8) == 0;
        let of = &self.tills[till];
        let texts = of.queue(shifts).texts();
        let cursor = cursor.unwrap_or_else(|| of.cursor.clone()).filter(|_| self.dice.u8(0..40) > 0);
        let limit = any(&mut self.dice, &[500, 500, 500, 100, 7, 1, 0, u32::MAX]);
        let body = of.body(cursor.as_deref(), limit, &texts);
        let kind = if lost { "exchange whose reply is lost" } else { "exchange" };
        self.send(kind, till, shifts, &body, lost)
    }

    /// Sends a body in one of a till's streams.
    fn send(&mut self, kind: &'static str, till: usize, shifts: bool, body: &str, lost: bool) -> Step {
        let path = if shifts { "/sync/shifts" } else { "/sync/orders" };
        self.tills[till].remember(path, body, &mut self.dice);
        let request = Request::post(path, &self.tills[till].token, &body);
        self.step(kind, request, Then::Exchange { till, shifts, lost })
    }

    fn exchanged(&mut self, till: usize, shifts: bool, lost: bool, answer: &Answer) {
        if lost {
            return;
        }
        let Some(reply) = read::<ExchangeReply>(answer) else { return self.refused(till, answer) };
        self.tills[till].hears(&reply, Some(shifts));
    }

    /// A device that is told that its store was cloned begins a new life, and one with an old cursor reads from the start.
    fn refused(&mut self, till: usize, answer: &Answer) {
        match read::<Problem>(answer).map(|problem| problem.code) {
            Some(ErrorCode::CursorExpired) => self.tills[till].cursor = None,
            Some(ErrorCode::SeqReuse | ErrorCode::SeqGap) => {
                let incarnation = uid(self.now_ms, &mut self.dice);
                // Whatever the server objects to does not come for ever: now and then the whole store is lost.
                let lost = self.one_in(3);
                let till = &mut self.tills[till];
                till.reborn(incarnation, 2);
                if lost {
                    (till.orders, till.shifts) = Default::default();
                }
            }
            Some(_) | None => {}
        }
    }

    fn enrolled(&mut self, location: usize, grant: EnrolmentGrant) {
        let till = Till {
            id: grant.device_id,
            prefix: grant.device_prefix,
            token: grant.device_token,
            location,
            incarnation: uid(self.now_ms, &mut self.dice),
            orders: till::Queue::default(),
            shifts: till::Queue::default(),
            cursor: None,
            cursors: Vec::new(),
            bodies: Vec::new(),
            known: std::collections::BTreeMap::new(),
            conflicts: std::collections::BTreeMap::new(),
            grants: std::collections::BTreeMap::new(),
            clock_error: any(&mut self.dice, &[0, 0, 1_500, -40_000, 45_000]),
            counter: 0,
            tickets: 0,
            audit: domain::AuditHead::START,
        };
        self.tills.push(till);
        if self.closes {
            self.plan.push_front(Plan::Walk(self.tills.len() - 1));
        }
    }

    fn step(&mut self, kind: &'static str, request: Request, then: Then) -> Step {
        self.happening(kind, Event::Request(request), then)
    }

    fn happening(&mut self, kind: &'static str, event: Event, then: Then) -> Step {
        let mut entropy = [0; 64];
        self.dice.fill(&mut entropy);
        Step { kind, ask: Ask { now: Timestamp::nearest(self.now_ms), entropy, event }, then }
    }

    fn one_in(&mut self, times: u32) -> bool {
        self.dice.u32(0..times) == 0
    }

    fn any_till(&mut self) -> usize {
        self.dice.usize(0..self.tills.len())
    }
}

fn text(sent: &Sent) -> String {
    serde_json::to_string(sent).unwrap_or_default()
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Option<T> {
    serde_json::from_str(&answer.body).ok()
}

/// One of several.
fn any<T: Copy>(dice: &mut Rng, of: &[T]) -> T {
    of[dice.usize(0..of.len())]
}
