//! Answers that are not the server's, or that it did not mean.

use engine::{ExchangeRequestOut, HttpAnswer};
use fastrand::Rng;
use serde_json::Value;

use super::World;
use crate::faults::Fault;

/// The longest that an answer asks to be left alone, in seconds.
const RETRY_AFTER_S_MAX: u32 = 120;

/// Refusals that come for a request by itself, made up by something between till and server, in the server's words or in its
/// own: which fault, and what it says.
type Refusal = fn(&mut Rng) -> HttpAnswer;
const REFUSALS: [(Fault, Refusal); 12] = [
    (Fault::TooManyRequestsAfter, |dice| problem(429, "TOO_MANY_REQUESTS", asked(dice))),
    (Fault::TooManyRequests, |dice| either(dice, problem(429, "TOO_MANY_REQUESTS", None), page(429))),
    (Fault::Unauthorized, |_| problem(401, "UNAUTHORIZED", None)),
    (Fault::Forbidden, |dice| problem(403, one_of(dice, &["FORBIDDEN", "DEVICE_SUSPENDED", "DEVICE_REVOKED"]), None)),
    (Fault::SequenceGap, |_| problem(409, "SEQ_GAP", None)),
    (Fault::ServerError, |_| problem(500, "INTERNAL", None)),
    (Fault::BadGateway, |_| page(502)),
    (Fault::BusyAfter, |dice| problem(503, "BUSY", asked(dice))),
    (Fault::Busy, |dice| either(dice, problem(503, "BUSY", None), page(503))),
    (Fault::GatewayTimeout, |_| page(504)),
    (Fault::UnknownProblem, |dice| {
        let status = *dice.choice(&[400, 409, 418, 422, 451, 500, 529]).unwrap_or(&418);
        problem(status, "FROM_THE_FUTURE", None)
    }),
    (Fault::RefusesBodies, |dice| {
        either(dice, problem(413, "BODY_TOO_LARGE", None), problem(422, "INVALID_REQUEST", None))
    }),
];

impl World {
    /// What answers in the server's place, if anything does.
    pub(super) fn answered_by_another(&mut self, request: &ExchangeRequestOut) -> Option<HttpAnswer> {
        if let Some(mut dice) = self.strikes(Fault::Portal) {
            return Some(portal(&mut dice));
        }
        if let Some(mut dice) = self.strikes(Fault::Redirected) {
            let status = *dice.choice(&[301, 302, 303, 307, 308]).unwrap_or(&302);
            let content_type = dice.bool().then(|| "text/html".to_owned());
            return Some(HttpAnswer { status, content_type, retry_after_s: None, body: String::new() });
        }
        if self.meets_poison(request) {
            return Some(problem(422, "INVALID_REQUEST", None));
        }
        REFUSALS.into_iter().find_map(|(fault, refusal)| Some(refusal(&mut self.strikes(fault)?)))
    }

    /// What a server says that refuses everything, or speaks otherwise; nothing where it is well.
    pub(super) fn refused_at_the_door(&mut self) -> Option<HttpAnswer> {
        let now_ms = self.now_ms;
        if now_ms < self.windows.bad_release_until_ms {
            let refuses = self.mischief.borrow().is_on(Fault::RefusesBodies);
            let refusals = [
                answer(500, "text/html", "<html>Worker threw exception</html>"),
                problem(500, "INTERNAL", None),
                problem(413, "BODY_TOO_LARGE", None),
                problem(422, "INVALID_REQUEST", None),
            ];
            // One release fails in one way.
            let ways = if refuses { refusals.len() } else { 2 };
            return refusals.into_iter().nth(self.windows.bad_release_way % ways);
        }
        (now_ms < self.windows.other_protocol_until_ms).then(|| problem(426, "PROTOCOL_UNSUPPORTED", None))
    }

    /// Whether a request holds a mutation at which the server fails. Which ones those are, their ids decide.
    fn meets_poison(&mut self, request: &ExchangeRequestOut) -> bool {
        let per_mille = self.mischief.borrow().per_mille(Fault::Poison);
        if per_mille == 0 {
            return false;
        }
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let mutations = body.get("mutations").and_then(Value::as_array).into_iter().flatten();
        // What stands in the place of one it could not send has no change.
        let whole = mutations.filter(|mutation| mutation.get("change").is_some());
        let ids = whole.filter_map(|mutation| mutation.get("id")?.as_str()?.parse().ok());
        let mut met = false;
        for id in ids.collect::<Vec<protocol::MutationId>>() {
            let drawn = id.to_string().bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31) ^ u32::from(byte));
            if self.poisoned.contains(&id) || (self.mischief.borrow().is_on(Fault::Poison) && drawn % 1_000 < per_mille)
            {
                met = true;
                if self.poisoned.insert(id) {
                    self.mischief.borrow_mut().count(Fault::Poison);
                }
            }
        }
        met
    }
}

/// The page of a portal; some have an interface of their own behind them.
fn portal(dice: &mut Rng) -> HttpAnswer {
    let status = *dice.choice(&[200, 302, 401, 403, 407, 511]).unwrap_or(&200);
    match dice.u8(0..4) {
        0 => answer(status, "application/json", r#"{"captive":true,"user-portal-url":"https://hotel.example/"}"#),
        1 => answer(status, "text/html; charset=utf-8", ""),
        _ => answer(status, "text/html", "<html><body>Welcome! order 14001 failed</body></html>"),
    }
}

fn asked(dice: &mut Rng) -> Option<u32> {
    Some(dice.u32(0..=RETRY_AFTER_S_MAX))
}

fn either(dice: &mut Rng, ours: HttpAnswer, theirs: HttpAnswer) -> HttpAnswer {
    if dice.bool() { ours } else { theirs }
}

fn one_of<'a>(dice: &mut Rng, codes: &[&'a str]) -> &'a str {
    dice.choice(codes).copied().unwrap_or_default()
}

/// A page of somebody who does not speak our language.
fn page(status: u16) -> HttpAnswer {
    answer(status, "text/html", "<html>upstream failed</html>")
}

/// Problem details as the server writes them. The detail speaks of refusal in order to be believed by nobody.
fn problem(status: u16, code: &str, retry_after_s: Option<u32>) -> HttpAnswer {
    let body = format!(r#"{{"code":"{code}","detail":"order 14001 failed"}}"#);
    HttpAnswer { retry_after_s, ..answer(status, "application/problem+json", &body) }
}

pub(super) fn answer(status: u16, content_type: &str, body: &str) -> HttpAnswer {
    HttpAnswer { status, content_type: Some(content_type.to_owned()), retry_after_s: None, body: body.to_owned() }
}
