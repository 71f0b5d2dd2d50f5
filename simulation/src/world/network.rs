//! Messages under way: lost, doubled, late, cut, answered by a portal, or handled by a Worker that dies.

use edge_api::{ApiRequest, ApiResponse};
use engine::{ExchangeId, ExchangeRequestOut, HttpAnswer, Input};

use super::{Event, World, timestamp};
use crate::checkers::Broken;
use crate::faults::happens;
use crate::server::{Handling, Server};

/// A message under way.
pub(super) enum Message {
    /// To the server.
    Request { from: Sender, request: Box<ApiRequest> },
    /// At the server, waiting for its turn.
    Handled { from: Sender, handling: Handling },
    /// Back at the till; `None` is a transport that gave up.
    Answer { to: Sender, answer: Option<HttpAnswer> },
}

/// Which exchange of which life of which till.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender {
    till: usize,
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
        if !self.tills[till].network_up {
            self.after(5, Event::Message(Message::Answer { to: from, answer: None }));
            return;
        }
        if happens(&mut self.dice, self.options.request_lost) {
            // Some transports notice; with others only the engine's own time-out does.
            if self.dice.bool() {
                self.answer_later(from, None);
            }
            return;
        }
        if happens(&mut self.dice, self.options.portal) {
            let status = *self.dice.choice(&[200, 302, 401, 403, 511]).unwrap_or(&200);
            let page = answer(status, "text/html", "<html><body>Welcome! order 14001 failed</body></html>");
            return self.answer_later(from, Some(page));
        }
        if happens(&mut self.dice, self.options.refused) {
            let refusal = self.unmeant_refusal();
            return self.answer_later(from, Some(refusal));
        }
        let doubled = happens(&mut self.dice, self.options.request_doubled);
        let request = Box::new(ApiRequest::post(request.path, request.body).bearer(&request.token));
        for request in std::iter::once(request.clone()).chain(doubled.then_some(request)) {
            let delay = self.way();
            self.after(delay, Event::Message(Message::Request { from, request }));
        }
    }

    fn deliver(&mut self, message: Message) -> Result<(), Broken> {
        match message {
            Message::Request { from, request } => {
                let mut entropy = [0; 64];
                self.dice.fill(&mut entropy);
                let handling = self.server.begin(timestamp(self.now_ms), entropy, *request);
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
        let response = Server::go_on(&mut handling);
        if happens(&mut self.dice, self.options.worker_killed) {
            // Whatever was committed is committed; nobody hears of it.
            self.trace(|| "a Worker dies".to_owned());
            return self.answer_later(from, None);
        }
        match response {
            Some(response) => self.reply(from, response),
            None => {
                let turn = self.dice.u64(0..=20);
                self.after(turn, Event::Message(Message::Handled { from, handling }));
            }
        }
    }

    fn reply(&mut self, to: Sender, response: ApiResponse) {
        self.trace(|| format!("server answers till {} {} {}", to.till, response.status, response.body));
        if happens(&mut self.dice, self.options.reply_lost) {
            if self.dice.bool() {
                self.answer_later(to, None);
            }
            return;
        }
        let mut body = response.body;
        if happens(&mut self.dice, self.options.reply_cut) {
            let kept = self.dice.usize(0..body.len().max(1));
            body = body.chars().take(kept).collect();
        }
        let retry_after_s = response.retry_after;
        let answer = HttpAnswer { retry_after_s, ..answer(response.status, response.content_type, &body) };
        if happens(&mut self.dice, self.options.reply_doubled) {
            self.answer_later(to, Some(answer.clone()));
        }
        self.answer_later(to, Some(answer));
    }

    /// A refusal made up by something between till and server that speaks its language.
    fn unmeant_refusal(&mut self) -> HttpAnswer {
        let refusals = [
            (401, "UNAUTHORIZED"),
            (403, "FORBIDDEN"),
            (413, "BODY_TOO_LARGE"),
            (422, "INVALID_REQUEST"),
            (500, "INTERNAL"),
            (503, "BUSY"),
        ];
        let (status, code) = *self.dice.choice(&refusals).unwrap_or(&(503, "BUSY"));
        let retry_after_s = (status == 503).then_some(3);
        let body = format!(r#"{{"code":"{code}","detail":"order 14001 failed"}}"#);
        HttpAnswer { retry_after_s, ..answer(status, "application/problem+json", &body) }
    }

    fn answer_later(&mut self, to: Sender, answer: Option<HttpAnswer>) {
        let delay = self.way();
        self.after(delay, Event::Message(Message::Answer { to, answer }));
    }

    /// How long a message is under way. Two messages may overtake each other.
    fn way(&mut self) -> u64 {
        self.dice.u64(1..=self.options.delay_ms_max)
    }
}

fn answer(status: u16, content_type: &str, body: &str) -> HttpAnswer {
    HttpAnswer { status, content_type: Some(content_type.to_owned()), retry_after_s: None, body: body.to_owned() }
}
