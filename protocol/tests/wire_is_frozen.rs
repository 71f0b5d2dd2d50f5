//! The wire is frozen: every message reads its golden file and writes the very same fields again. A change here is a new
//! protocol version. (The changes that travel inside have forms of their own, frozen in `domain`.)
#![cfg(test)]

use protocol::{EnrolmentGrant, ExchangeReply, ExchangeRequest, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn reads_and_writes<Message: DeserializeOwned + Serialize>(golden: &str) {
    let message: Message = serde_json::from_str(golden).unwrap();
    let written: Value = serde_json::from_str(&serde_json::to_string(&message).unwrap()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(golden).unwrap());
}

#[test]
fn an_exchange_keeps_its_form() {
    reads_and_writes::<ExchangeRequest>(include_str!("golden/exchange_request.json"));
    reads_and_writes::<ExchangeReply>(include_str!("golden/exchange_reply.json"));
}

#[test]
fn a_problem_keeps_its_form() {
    reads_and_writes::<Problem>(include_str!("golden/problem.json"));
}

#[test]
fn an_enrolment_keeps_its_form() {
    reads_and_writes::<EnrolmentGrant>(include_str!("golden/enrolment_grant.json"));
}

#[test]
fn a_changes_bytes_are_kept_as_they_were_written() {
    let golden = include_str!("golden/exchange_request.json");
    let request: ExchangeRequest = serde_json::from_str(golden).unwrap();
    assert_eq!(request.mutations[0].change.get(), r#"{"type":"close","epoch":0}"#);
}
