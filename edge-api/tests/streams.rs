//! The stream `shifts`, places in a stream whose mutation could not be sent, and what a cloned device sends.
#![cfg(test)]

mod restaurant;

use domain::{AuditFact, AuditHead, AuditKind, AuditSubject};
use restaurant::*;
use serde_json::{Value, json};

fn punch(device: &Device, seq: u64, kind: &str, at: &str) -> Value {
    let mut event = json!({ "type": kind, "punch_id": format!("01a19456-9e38-7000-b000-{seq:012x}"),
        "time": { "reading": { "wall": at, "mono_ms": 512_300, "boot_id": "b7f2", "offset_min": -240, "server_offset_ms": 0 },
            "zone": "America/New_York", "corrected": at, "confidence": "verified" } });
    if kind == "clock_in" {
        event["job"] = json!("server");
    } else {
        event["declared_cash_tips_minor"] = json!(0);
    }
    device.mutation(
        seq,
        u32::try_from(seq).unwrap(),
        &json!({ "type": "punch", "staff_id": "stf_mara", "event": event }),
    )
}

fn drawer(device: &Device, seq: u64, event: &Value) -> Value {
    let change = json!({ "type": "drawer", "session_id": "01a19456-9e38-7000-b000-0000000000dd", "event": event });
    device.mutation(seq, 221, &change)
}

fn collections(server: &Server) -> Vec<String> {
    let rows = server.rows("SELECT collection || ' ' || record_id AS id FROM records ORDER BY changed_seq");
    rows[0].iter().map(|row| row.text("id").unwrap().to_owned()).collect()
}

#[test]
fn punches_of_two_tills_are_one_persons_log_and_the_second_clock_in_is_flagged() {
    let server = Server::new();
    let (tenant, a) = server.open("ten_a", "loc_a");
    let b = server.enrol(&tenant, "loc_a");
    server.exchange_shifts(&a, &[punch(&a, 1, "clock_in", "2026-10-31T15:58:00.000Z")]);
    let mut second = punch(&b, 1, "clock_in", "2026-10-31T16:00:00.000Z");
    second["change"]["event"]["punch_id"] = json!("01a19456-9e38-7000-b000-0000000000b1");
    let reply = server.exchange_shifts(&b, &[second.clone()]);
    assert_eq!(
        (outcome(&reply.verdicts[0]), finding_codes(&reply.verdicts[0])),
        ("applied 2".into(), vec!["DOUBLE_IN"])
    );
    assert!(collections(&server).contains(&"shifts stf_mara.2026-10-31".to_owned()), "{:?}", collections(&server));
    let log = &server.rows("SELECT record FROM records WHERE collection = 'shifts'")[0];
    let log: domain::ShiftLog = log[0].json("record").unwrap();
    assert_eq!(log.punches.len(), 2);
    assert!(server.exchange_shifts(&b, &[second]).verdicts[0].replayed);
}

#[test]
fn each_stream_has_its_own_numbers_and_watermark() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1)]);
    let mut in_punch = punch(&device, 1, "clock_in", "2026-10-31T15:58:00.000Z");
    in_punch["id"] = json!("01a19456-9e38-7000-9000-00000000c001");
    let reply = server.exchange_shifts(&device, &[in_punch]);
    assert_eq!((reply.acked_seq, outcome(&reply.verdicts[0])), (1, "applied 1".to_owned()));
    let streams = server.rows("SELECT stream || ' ' || acked_seq AS s FROM streams ORDER BY stream");
    let streams: Vec<_> = streams[0].iter().map(|row| row.text("s").unwrap()).collect();
    assert_eq!(streams, ["orders 2", "shifts 1"]);
    let mut order = device.mutation(2, 9, &opening("A-0009"));
    order["id"] = json!("01a19456-9e38-7000-9000-00000000c002");
    let order = server.exchange_shifts(&device, &[order]);
    assert_eq!(outcome(&order.verdicts[0]), "rejected CHANGE_UNKNOWN", "an order is no affair of the shifts");
}

#[test]
fn drawers_and_the_86_list_travel_with_the_shifts() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let of = json!({ "drawer_id": "drw_bar", "currency": "USD" });
    let open = json!({ "type": "open", "event_id": "01a19456-9e38-7000-b000-0000000000d1", "drawer": of, "float_minor": 20_000 });
    let sold_out = json!({ "type": "eighty_six", "item_id": "it_soup", "available": false });
    let reply = server.exchange_shifts(&device, &[drawer(&device, 1, &open), device.mutation(2, 2, &sold_out)]);
    assert_eq!(reply.verdicts.iter().map(outcome).collect::<Vec<_>>(), ["applied 1", "applied 1"]);
    let listed = collections(&server);
    assert!(listed.contains(&"drawers 01a19456-9e38-7000-b000-0000000000dd".to_owned()), "{listed:?}");
    assert!(listed.contains(&"eighty_six loc_a".to_owned()), "{listed:?}");
}

#[test]
fn a_broken_audit_chain_raises_an_alarm_and_stops_nothing() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let device_id = device.id.parse().unwrap();
    let mut head = AuditHead::START;
    let entries: Vec<Value> = (0..4)
        .map(|minute| {
            let at = domain::Timestamp::from_millis(NOW + minute * 60_000).unwrap();
            let fact = AuditFact { at, kind: AuditKind::SignIn, staff_id: None, subject: AuditSubject::Device };
            serde_json::to_value(head.append(&device_id, fact)).unwrap()
        })
        .collect();
    let entry = |seq: u64, entry: &Value| device.mutation(seq, 1, &json!({ "type": "audit", "entry": entry }));
    let sound = server.exchange_shifts(&device, &[entry(1, &entries[0]), entry(2, &entries[1])]);
    assert!(sound.verdicts.iter().all(|verdict| verdict.findings.is_empty()));
    let broken = server.exchange_shifts(&device, &[entry(3, &entries[3])]);
    assert_eq!(finding_codes(&broken.verdicts[0]), ["CHAIN_BREAK"]);
    assert_eq!(outcome(&broken.verdicts[0]), "applied 3");
    assert_eq!(server.number("SELECT count(*) AS n FROM records WHERE awaits = 1"), 1, "somebody is to look");
}

#[test]
fn a_place_whose_mutation_could_not_be_sent_is_on_record_and_the_stream_goes_on() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let skipped = json!({ "id": device.open(2, 2)["id"], "seq": 2, "skipped": "INVALID_REQUEST" });
    let batch = [device.open(1, 1), skipped.clone(), device.open(3, 3)];
    let reply = server.exchange(&device, None, &batch);
    let outcomes: Vec<_> = reply.verdicts.iter().map(outcome).collect();
    assert_eq!(
        (outcomes, reply.acked_seq),
        (vec!["applied 1".into(), "rejected SKIPPED".into(), "applied 1".into()], 3)
    );
    let again = server.exchange(&device, None, &batch);
    assert!(again.verdicts.iter().all(|verdict| verdict.replayed));
    let late = server.exchange(&device, None, &[device.open(2, 2)]);
    assert_eq!(outcome(&late.verdicts[0]), "rejected SKIPPED", "what it stands for was answered with it");
    let kept = server.rows("SELECT body FROM operations WHERE seq = 2");
    assert_eq!(kept[0][0].text("body").unwrap(), skipped.to_string());
    for bad in
        [json!({ "id": skipped["id"], "seq": 4, "skipped": "x".repeat(65) }), json!({ "seq": 4, "skipped": "X" })]
    {
        assert_eq!(code(&server.exchange_raw(&device, INCARNATION, None, &[bad])), "INVALID_REQUEST");
    }
}

#[test]
fn a_device_that_gives_up_what_had_arrived_is_given_its_first_verdict() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.open(2, 2)]);
    let mark = json!({ "id": device.open(2, 2)["id"], "seq": 2, "skipped": "BODY_TOO_LARGE" });
    let reply = server.exchange(&device, None, &[mark, device.open(3, 3)]);
    let outcomes: Vec<_> = reply.verdicts.iter().map(|verdict| (outcome(verdict), verdict.replayed)).collect();
    assert_eq!(outcomes, [("applied 1".to_owned(), true), ("applied 1".to_owned(), false)]);
    let others = json!({ "id": device.open(9, 9)["id"], "seq": 2, "skipped": "BODY_TOO_LARGE" });
    assert_eq!(code(&server.exchange_raw(&device, INCARNATION, None, &[others])), "SEQ_REUSE");
}

#[test]
fn a_malformed_mutation_is_named_by_its_place_in_the_batch() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let mut bad = device.open(2, 2);
    bad["stamp"] = json!("yesterday");
    let refused = problem(&server.exchange_raw(&device, INCARNATION, None, &[device.open(1, 1), bad]));
    assert!(refused.detail.starts_with("mutations[1]: "), "{}", refused.detail);
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 0);
}

#[test]
fn what_a_cloned_device_sends_is_kept_aside_without_effect_and_the_device_is_marked() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.open(2, 2)]);
    let standing = || server.rows("SELECT * FROM operations, records, streams WHERE collection <> 'notices'");
    let before = standing();
    let mut clone = device.open(2, 7);
    clone["id"] = json!("01a19456-9e38-7000-9000-00000000c10e");
    for _ in 0..3 {
        assert_eq!(
            code(&server.exchange_raw(&device, INCARNATION, None, &[clone.clone(), device.open(3, 3)])),
            "SEQ_REUSE"
        );
    }
    assert_eq!(standing(), before, "nothing changed but what the device is told of itself");
    let aside = server.rows("SELECT seq, body FROM set_aside ORDER BY seq");
    assert_eq!(aside[0].len(), 2, "each body once");
    assert_eq!(aside[0][0].text("body").unwrap(), clone.to_string());
    assert_eq!(server.number("SELECT count(*) AS n FROM devices WHERE reused_at IS NOT NULL"), 1);
    let fresh = "01a19456-9e38-7000-8000-00000000bbbb";
    let mut renumbered = clone.clone();
    renumbered["seq"] = json!(1);
    let reply: protocol::ExchangeReply = read(&server.exchange_raw(&device, fresh, None, &[renumbered]));
    assert_eq!(outcome(&reply.verdicts[0]), "applied 1", "under a new incarnation it counts");
}
