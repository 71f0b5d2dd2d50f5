//! The examples in `docs/protocol.md` are messages that both sides understand.
#![cfg(test)]

use protocol::{ExchangeReply, ExchangeRequest};

fn example(name: &str) -> &'static str {
    let document = include_str!("../../docs/protocol.md");
    let (_, rest) = document.split_once(&format!("```json {name}\n")).unwrap();
    rest.split("```").next().unwrap()
}

#[test]
fn the_documented_request_is_an_exchange_with_a_change_that_the_domain_knows() {
    let request: ExchangeRequest = serde_json::from_str(example("request")).unwrap();
    let change: domain::OrderChange = serde_json::from_str(request.mutations[0].change.get()).unwrap();
    assert_eq!((request.protocol, change.type_name()), (protocol::PROTOCOL, "set_qty"));
}

#[test]
fn the_documented_reply_says_the_same_when_it_is_written_again() {
    let reply: ExchangeReply = serde_json::from_str(example("reply")).unwrap();
    let plain = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(plain(&serde_json::to_string(&reply).unwrap()), plain(example("reply")));
}
