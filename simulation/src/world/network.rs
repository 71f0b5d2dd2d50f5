//! Messages under way: lost, doubled, late, cut, answered by another, or handled by a Worker that dies.

use edge_api::{ApiRequest, ApiResponse};
use engine::{EXCHANGE_TIMEOUT_MS, ExchangeId, ExchangeRequestOut, HttpAnswer, Input};

use super::answers::answer;
use super::{Event, World, timestamp};
use crate::checkers::Broken;
use crate::faults::Fault;
use crate::server::{Handled, Handling};

/// The longest that a message is under way which is delayed, in milliseconds.
const DELAYED_MS_MAX: u64 = 120_000;
/// How far behind a Worker's clock is at most that stands still, in milliseconds.
const FROZEN_CLOCK_MS_MAX: u64 = 60_000;
/// How long a transport takes to find that there is no way, in milliseconds.
const NO_WAY_MS: u64 = 5;

/// A message under way.
pub(super) enum Message {
    /// To the server.
    Request { from: Sender, request: Box<ApiRequest> },
    /// At the server, waiting for its turn.
    Handled { from: Sender, handling: Handling },
    /// Back at the till; `None` is a transport that gave up.
    Answer { to: Sender, answer: Option<HttpAnswer> },
}

impl Message {
    /// The till that it answers.
    pub(super) const fn answers(&self) -> Option<usize> {
        match self {
            Self::Request { .. } | Self::Handled { .. } => None,
            Self::Answer { to, .. } => Some(to.till),
        }
    }
}

/// Which exchange of which life of which till.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender {
    pub(super) till: usize,
    life: u32,
    exchange: ExchangeId,
}

/// The network's part of the evening.
pub(super) trait Network {
    /// A till sends a request.
    fn send(&mut self, till: usize, request: ExchangeRequestOut);
    /// A message arrives.
    fn deliver(&mut self, message: Message) -> Result<(), Broken>;
}

impl Network for World {
    fn send(&mut self, till: usize, request: ExchangeRequestOut) {
        let from = Sender { till, life: self.tills[till].life, exchange: request.id };
        let no_way = !self.tills[till].network_up || self.now_ms < self.windows.outage_until_ms;
        if no_way || self.happens(Fault::Unreachable) {
            self.after(NO_WAY_MS, Event::Message(Message::Answer { to: from, answer: None }));
            return;
        }
        if let Some(mut dice) = self.strikes(Fault::RequestLost) {
            // Some transports notice; with others only the engine's own time-out does.
            if dice.bool() {
                self.answer_later(from, None);
            }
            return;
        }
        if let Some(answer) = self.answered_by_another(&request) {
            return self.answer_later(from, Some(answer));
        }
        let bytes = request.body.len();
        let request = Box::new(ApiRequest::post(request.path, request.body).bearer(&request.token));
        if self.happens(Fault::RequestDoubled) {
            let delay = self.way(till, bytes);
            self.after(delay, Event::Message(Message::Request { from, request: request.clone() }));
        }
        let overtaken = self.strikes(Fault::Overtaken).map_or(0, |mut dice| EXCHANGE_TIMEOUT_MS + dice.u64(0..=9_000));
        let delay = self.way(till, bytes) + overtaken;
        if self.happens(Fault::TwoWorkers) {
            self.after(delay, Event::Message(Message::Request { from, request: request.clone() }));
            self.server.take_turns();
        }
        self.after(delay, Event::Message(Message::Request { from, request }));
    }

    fn deliver(&mut self, message: Message) -> Result<(), Broken> {
        match message {
            Message::Request { from, request } => {
                if let Some(answer) = self.refused_at_the_door() {
                    self.answer_later(from, Some(answer));
                    return Ok(());
                }
                let mut entropy = [0; 64];
                self.dice.fill(&mut entropy);
                let behind = self.strikes(Fault::WorkerClockFrozen);
                let behind = behind.map_or(0, |mut dice| dice.u64(1..=FROZEN_CLOCK_MS_MAX));
                let handling = self.server.begin(timestamp(self.now_ms - behind), entropy, *request);
                self.go_on(from, handling);
                Ok(())
            }
            Message::Handled { from, handling } => {
                self.go_on(from, handling);
                Ok(())
            }
            Message::Answer { to, answer } => {
                if !self.is_alive(to.till, to.life) {
                    return Ok(());
                }
                let id = to.exchange;
                self.feed(
                    to.till,
                    match answer {
                        Some(answer) => Input::ExchangeAnswered { id, answer },
                        None => Input::ExchangeFailed { id, reason: "NO_ANSWER".to_owned() },
                    },
                )
            }
        }
    }
}

impl World {
    fn go_on(&mut self, from: Sender, mut handling: Handling) {
        match self.server.go_on(&mut handling) {
            // Whatever was committed is committed; nobody hears of it.
            Handled::Died => self.died(from),
            Handled::Answered(_) if self.happens(Fault::KilledBeforeAnswer) => self.died(from),
            Handled::Answered(response) => self.reply(from, *response),
            Handled::Waits => {
                let turn = self.dice.u64(0..=20);
                self.after(turn, Event::Message(Message::Handled { from, handling }));
            }
        }
    }

    fn died(&mut self, from: Sender) {
        self.trace(|| "a Worker dies".to_owned());
        self.answer_later(from, None);
    }

    fn reply(&mut self, to: Sender, response: ApiResponse) {
        self.trace(|| format!("server answers till {} {} {}", to.till, response.status, response.body));
        if let Some(mut dice) = self.strikes(Fault::ReplyLost) {
            if dice.bool() {
                self.answer_later(to, None);
            }
            return;
        }
        let mut body = if response.status == 200 { self.of_another_version(response.body) } else { response.body };
        if let Some(mut dice) = self.strikes(Fault::ReplyCut) {
            let kept = dice.usize(0..body.len().max(1));
            body = body.chars().take(kept).collect();
        }
        let retry_after_s = response.retry_after;
        let mut answer = HttpAnswer { retry_after_s, ..answer(response.status, response.content_type, &body) };
        if let Some(mut dice) = self.strikes(Fault::WrongContentType) {
            let types = [None, Some("text/html"), Some("text/plain"), Some("application/octet-stream")];
            answer.content_type = dice.choice(&types).copied().flatten().map(str::to_owned);
        }
        let answer = self.mistaken(to.till, answer);
        if self.happens(Fault::ReplyDoubled) {
            self.answer_later(to, Some(answer.clone()));
        }
        self.answer_later(to, Some(answer));
    }

    /// The reply to another request in place of this one.
    fn mistaken(&mut self, till: usize, answer: HttpAnswer) -> HttpAnswer {
        let own = self.last_replies.insert(till, answer.clone());
        if let (true, Some(own)) = (own.is_some() && self.happens(Fault::StaleReply), own) {
            return own;
        }
        let strangers: Vec<_> = self.last_replies.iter().filter(|(other, _)| **other != till).collect();
        if strangers.is_empty() {
            return answer;
        }
        let stranger = self.strikes(Fault::StrangersReply).and_then(|mut dice| dice.choice(strangers));
        stranger.map_or(answer, |(_, reply)| reply.clone())
    }

    fn answer_later(&mut self, to: Sender, answer: Option<HttpAnswer>) {
        let bytes = answer.as_ref().map_or(0, |answer| answer.body.len());
        let delay = self.way(to.till, bytes);
        self.after(delay, Event::Message(Message::Answer { to, answer }));
    }

    /// How long a message is under way. Two messages may overtake each other.
    fn way(&mut self, till: usize, bytes: usize) -> u64 {
        let usual = self.dice.u64(1..=self.options.delay_ms_max);
        let delayed = self.strikes(Fault::Delayed).map_or(0, |mut dice| dice.u64(1_000..=DELAYED_MS_MAX));
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let slow = self.tills.get(till).and_then(|till| till.link_bytes_s);
        usual + delayed + slow.map_or(0, |bytes_s| bytes.saturating_mul(1_000) / bytes_s)
    }
}
