//! What a device could not deliver, another one of its place delivers from an export: under the same ids, in its own stream.
#![cfg(test)]

mod restaurant;

use restaurant::*;
use serde_json::{Value, json};

/// Another life of a store.
const OTHER: &str = "01a19456-9e38-7000-8000-00000000bbbb";

/// The mutation as another device offers it.
fn carried(mut mutation: Value, seq: u64, maker: &Device) -> Value {
    mutation["seq"] = json!(seq);
    mutation["carried_for"] = json!(maker.id);
    mutation
}

fn outcomes(reply: &protocol::ExchangeReply) -> Vec<(String, bool)> {
    reply.verdicts.iter().map(|verdict| (outcome(verdict), verdict.replayed)).collect()
}

#[test]
fn a_mutation_takes_effect_once_whether_its_maker_or_its_carrier_comes_first() {
    for carrier_first in [true, false] {
        let server = Server::new();
        let (tenant, maker) = server.open("ten_a", "loc_a");
        let carrier = server.enrol(&tenant, "loc_a");
        let made = [maker.open(1, 1), maker.add_line(2, 1)];
        let carries = [carrier.open(1, 5), carried(made[0].clone(), 2, &maker), carried(made[1].clone(), 3, &maker)];
        let offer_made = || read::<protocol::ExchangeReply>(&server.exchange_raw(&maker, INCARNATION, None, &made));
        let offer_carried = || read::<protocol::ExchangeReply>(&server.exchange_raw(&carrier, OTHER, None, &carries));
        let (carrier_reply, maker_reply) = if carrier_first {
            let reply = offer_carried();
            (reply, offer_made())
        } else {
            let reply = offer_made();
            (offer_carried(), reply)
        };
        let again = |replayed| [("applied 1".to_owned(), replayed), ("applied 2".to_owned(), replayed)];
        assert_eq!(outcomes(&carrier_reply)[1..], again(!carrier_first));
        assert_eq!(outcomes(&maker_reply), again(carrier_first));
        assert_eq!((carrier_reply.acked_seq, maker_reply.acked_seq), (3, 2));
        assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 3);
        assert_eq!(
            server.number(
                "SELECT json_extract(record, '$.lines') LIKE '%\"qty_added\":2%' AS n FROM records
                 WHERE collection = 'orders' AND record_id LIKE '%000000000001'"
            ),
            1
        );
        // Both may stop showing the mutations on top of the record.
        for (device, incarnation, seq) in [(&maker, INCARNATION, 2), (&carrier, OTHER, 3)] {
            let reply: protocol::ExchangeReply = read(&server.exchange_raw(device, incarnation, None, &[]));
            let order = reply.changes.iter().find(|change| change.id == order_id(1)).unwrap();
            assert_eq!(order.own_seq, seq);
        }
        // Either says the same again after a lost reply, and nothing moves.
        let before = server.row_counts();
        offer_made();
        offer_carried();
        assert_eq!(server.row_counts(), before);
    }
}

#[test]
fn a_stamp_of_another_device_is_taken_only_from_who_says_for_whom() {
    let server = Server::new();
    let (tenant, maker) = server.open("ten_a", "loc_a");
    let carrier = server.enrol(&tenant, "loc_a");
    let silent = maker.open(1, 1);
    let mut for_somebody_else = carried(maker.open(2, 2), 2, &maker);
    for_somebody_else["carried_for"] = json!(carrier.id);
    let reply: protocol::ExchangeReply =
        read(&server.exchange_raw(&carrier, OTHER, None, &[silent, for_somebody_else]));
    let refused = ("rejected CHANGE_INVALID".to_owned(), false);
    assert_eq!(outcomes(&reply), [refused.clone(), refused]);
}

#[test]
fn what_is_carried_may_not_differ_from_what_was_made() {
    let server = Server::new();
    let (tenant, maker) = server.open("ten_a", "loc_a");
    let carrier = server.enrol(&tenant, "loc_a");
    server.exchange(&maker, None, &[maker.open(1, 1)]);
    let mut altered = carried(maker.open(1, 1), 1, &maker);
    altered["record_id"] = json!(order_id(2));
    assert_eq!(code(&server.exchange_raw(&carrier, OTHER, None, &[altered])), "SEQ_REUSE");
}

#[test]
fn nothing_is_carried_from_one_location_into_another() {
    let server = Server::new();
    let (tenant, maker) = server.open("ten_a", "loc_a");
    server.location(&tenant, "loc_b");
    let elsewhere = server.enrol(&tenant, "loc_b");
    server.exchange(&maker, None, &[maker.open(1, 1)]);
    // The device is told that it was marked, and nothing else comes of it.
    let rows = || {
        server.rows(
            "SELECT (SELECT count(*) FROM records WHERE collection <> 'notices') AS records,
               (SELECT count(*) FROM operations) AS operations",
        )
    };
    let before = rows();
    let answer = server.exchange_raw(&elsewhere, OTHER, None, &[carried(maker.open(1, 1), 1, &maker)]);
    assert_eq!(code(&answer), "SEQ_REUSE");
    assert_eq!(rows(), before);
}
