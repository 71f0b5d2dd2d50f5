//! What becomes of single mutations, and what the journal keeps of them.
#![cfg(test)]

mod restaurant;

use domain::{OrderChange, Versioned};
use edge_api::Statement;
use protocol::Outcome;
use restaurant::*;
use serde_json::json;

#[test]
fn a_poisoned_mutation_holds_up_nothing_behind_it() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let reply = server.exchange(
        &device,
        None,
        &[
            device.open(1, 1),
            device.mutation(2, 1, &json!({ "type": "add_line", "qty": "many" })),
            device.mutation(3, 1, &json!({ "type": "add_line", "line_id": line_id(3), "line_id_typo": 1 })),
            device.mutation(4, 1, &json!("not even an object")),
            device.mutation(5, 1, &json!({ "type": "time_travel", "to": 1955 })),
            device.add_line(6, 7),
            device.add_line(7, 1),
        ],
    );
    assert_eq!(
        reply.verdicts.iter().map(outcome).collect::<Vec<_>>(),
        [
            "applied 1",
            "rejected CHANGE_INVALID",
            "rejected CHANGE_INVALID",
            "rejected CHANGE_INVALID",
            "rejected CHANGE_UNKNOWN",
            "rejected ORDER_UNKNOWN",
            "applied 2"
        ]
    );
    assert_eq!(reply.acked_seq, 7);
    let Outcome::Rejected { rejection } = &reply.verdicts[2].outcome else { panic!("{:?}", reply.verdicts[2]) };
    assert!(rejection.message.contains("line_id_typo"), "{rejection}");
}

#[test]
fn the_journal_keeps_a_rejected_mutation_with_its_very_bytes_and_sets_the_source_itself() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let mut online = device.open(1, 1);
    online["offline"] = json!(false);
    let mut unknown = device.mutation(2, 1, &json!({ "type": "time_travel", "to": 1955 }));
    unknown["approval"] = json!({ "by": "a field of a newer app" });
    unknown["source"] = json!("chosen by the client");
    let bytes = unknown.to_string();
    server.exchange(&device, None, &[online, unknown]);
    let kept = &server.rows("SELECT seq, source, actor, body, verdict, received_at FROM operations ORDER BY seq")[0];
    let column = |row: usize, name| kept[row].text(name).unwrap();
    assert_eq!([column(0, "source"), column(1, "source")], ["mobile_online", "mobile_offline"]);
    assert_eq!(column(1, "body"), bytes);
    assert_eq!(column(1, "actor"), r#"{"staff_id":"stf_mara","grant_id":null}"#);
    assert!(column(1, "verdict").contains("CHANGE_UNKNOWN"));
    assert_eq!(column(1, "received_at"), "2026-10-31T23:41:07.120Z");
}

#[test]
fn the_journal_is_neither_changed_nor_shortened_nor_overwritten() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1)]);
    let before = server.rows("SELECT rowid, * FROM operations");
    let columns = "tenant_id, device_id, location_id, stream, incarnation, seq, mutation_id, record_id, source, actor,
        received_at, body_hash, verdict, body";
    let copied = |verb: &str, seq: &str, mutation_id: &str, rowid: &str| {
        let values = columns.replace("seq,", &format!("{seq},")).replace("mutation_id,", &format!("{mutation_id},"));
        format!("{verb} INTO operations (rowid, {columns}) SELECT {rowid}, {values} FROM operations WHERE seq = 1")
    };
    let attempts = [
        "UPDATE operations SET verdict = 'forged'".to_owned(),
        "DELETE FROM operations".to_owned(),
        copied("INSERT OR REPLACE", "seq", "'other'", "99"),
        copied("INSERT OR REPLACE", "99", "mutation_id", "99"),
        copied("INSERT OR REPLACE", "99", "'other'", "rowid"),
        copied("INSERT", "seq", "mutation_id", "99"),
    ];
    for attempt in attempts {
        let outcome = server.api.database().run(&[Statement::new(attempt.clone().leak(), [])]);
        assert!(outcome.is_err(), "{attempt}");
        assert_eq!(server.rows("SELECT rowid, * FROM operations"), before, "{attempt}");
    }
    let other = copied("INSERT", "99", "'other'", "99");
    assert!(server.api.database().run(&[Statement::new(other.leak(), [])]).is_ok(), "a new key is welcome");
}

#[test]
fn a_stamp_of_another_device_is_not_taken() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let other = server.enrol(&tenant, "loc_a");
    let mut forged = device.open(1, 1);
    forged["stamp"] = json!(format!("{NOW_HEX}-0001-{}", other.id));
    let reply = server.exchange(&device, None, &[forged]);
    assert_eq!(outcome(&reply.verdicts[0]), "rejected CHANGE_INVALID");
    assert_eq!(server.number("SELECT count(*) AS n FROM records WHERE collection = 'orders'"), 0);
}

#[test]
fn a_newer_form_of_a_known_change_is_kept_as_unknown() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let mut newer = device.open(1, 1);
    newer["schema"] = json!(OrderChange::SCHEMA + 1);
    assert_eq!(outcome(&server.exchange(&device, None, &[newer]).verdicts[0]), "rejected CHANGE_UNKNOWN");
}

#[test]
fn a_change_over_its_limit_is_rejected_and_not_the_batch() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let texts: Vec<String> = (0..20).map(|_| "x".repeat(4_000)).collect();
    let large = device.mutation(1, 1, &json!({ "type": "open", "texts": texts }));
    let reply = server.exchange(&device, None, &[large, device.open(2, 2)]);
    assert_eq!(reply.verdicts.iter().map(outcome).collect::<Vec<_>>(), ["rejected LIMIT_EXCEEDED", "applied 1"]);
}

#[test]
fn an_order_grows_to_its_limit_and_no_further() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1)]);
    let modifiers: Vec<_> = (0..14)
        .map(|n| json!({ "option_id": format!("mo_{n}"), "name": "\"".repeat(2_000), "price_minor": 0 }))
        .collect();
    let mut outcomes = Vec::new();
    for seq in 2..25 {
        let mut line = device.add_line(seq, 1);
        line["change"]["modifiers"] = json!(modifiers);
        outcomes.push(outcome(&server.exchange(&device, None, &[line]).verdicts[0]));
    }
    let applied = outcomes.iter().take_while(|outcome| outcome.starts_with("applied")).count();
    assert!((17..20).contains(&applied), "{outcomes:?}");
    assert!(outcomes[applied..].iter().all(|outcome| outcome == "rejected LIMIT_EXCEEDED"), "{outcomes:?}");
    let small = server.exchange(&device, None, &[device.add_line(25, 1)]);
    assert_eq!(outcome(&small.verdicts[0]), format!("applied {}", applied + 2));
    assert!(server.number("SELECT record_bytes AS n FROM records WHERE collection = 'orders'") <= 1 << 20);
    assert_eq!(
        server
            .number("SELECT record_bytes = length(CAST(record AS BLOB)) AS n FROM records WHERE collection = 'orders'"),
        1
    );
}

#[test]
fn a_batch_that_changes_too_much_at_once_is_to_be_halved() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let modifiers: Vec<_> = (0..14)
        .map(|n| json!({ "option_id": format!("mo_{n}"), "name": "x".repeat(4_000), "price_minor": 0 }))
        .collect();
    let wide = |seq, order| {
        let mut line = device.add_line(seq, order);
        line["change"]["modifiers"] = json!(modifiers);
        line
    };
    for (order, start) in [(1, 0), (2, 15)] {
        server.exchange(&device, None, &[device.open(start + 1, order)]);
        for seq in start + 2..start + 16 {
            assert!(outcome(&server.exchange(&device, None, &[wide(seq, order)]).verdicts[0]).starts_with("applied"));
        }
    }
    let three_large_orders: Vec<_> = (31..33).map(|seq| wide(seq, u32::try_from(seq).unwrap() - 30)).collect();
    server.exchange(&device, None, &three_large_orders);
    let more: Vec<_> = (33..37).map(|seq| wide(seq, u32::try_from(seq).unwrap() % 2 + 1)).collect();
    let before = server.row_counts();
    assert_eq!(code(&server.exchange_raw(&device, INCARNATION, None, &more)), "TOO_MANY_MUTATIONS");
    assert_eq!(server.row_counts(), before);
    server.exchange(&device, None, &more[..1]);
}

#[test]
fn a_ticket_number_used_twice_is_accepted_and_flagged() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let clone = server.enrol(&tenant, "loc_a");
    let first = server.exchange(&device, None, &[device.mutation(1, 1, &opening("A-0001"))]);
    assert_eq!(finding_codes(&first.verdicts[0]), Vec::<&str>::new());
    let mut tomorrow = opening("A-0001");
    tomorrow["business_date"] = json!("2026-11-01");
    let reply = server.exchange(
        &clone,
        None,
        &[
            clone.mutation(1, 2, &opening("A-0001")),
            clone.mutation(2, 3, &opening("A-0003")),
            clone.mutation(3, 4, &opening("A-0003")),
            clone.mutation(4, 5, &tomorrow),
        ],
    );
    assert_eq!(
        reply.verdicts.iter().map(finding_codes).collect::<Vec<_>>(),
        [vec!["TICKET_NO_REUSED"], vec![], vec!["TICKET_NO_REUSED"], vec![]]
    );
    assert!(reply.verdicts.iter().all(|verdict| outcome(verdict) == "applied 1"));
}

#[test]
fn a_stamp_far_ahead_is_clamped_to_the_servers_clock_and_flagged() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let millis = |ahead: i64| format!("{:012x}", server.now.get() + ahead);
    let reply = server.exchange(
        &device,
        None,
        &[
            device.mutation_at(1, 1, &millis(60_000), &opening("A-0001")),
            device.mutation_at(2, 2, &millis(60_001), &opening("A-0002")),
        ],
    );
    assert_eq!(reply.verdicts.iter().map(finding_codes).collect::<Vec<_>>(), [vec![], vec!["CLOCK_AHEAD"]]);
    let stamps = &server.rows(
        "SELECT json_extract(record, '$.guests.stamp') AS stamp FROM records
        WHERE collection = 'orders' ORDER BY record_id",
    )[0];
    assert_eq!(stamps[0].text("stamp").unwrap(), format!("{}-0001-{}", millis(60_000), device.id));
    assert_eq!(stamps[1].text("stamp").unwrap(), format!("{}-0002-{}", millis(0), device.id));
}

#[test]
fn an_exchange_costs_the_same_statements_whatever_it_carries() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let counted = |mutations: &[serde_json::Value]| {
        let counting = Server::on(Interleaved::new(server.api.database(), |_| Ok(())));
        counting.exchange(&device, None, mutations);
        (counting.api.database().batches.get(), counting.api.database().statements.get())
    };
    let hundred: Vec<_> = (2..102).map(|seq| device.open(seq, u32::try_from(seq).unwrap())).collect();
    assert_eq!(counted(&[device.open(1, 1)]), (3, 17));
    assert_eq!(counted(&hundred), (3, 17));
    assert_eq!(counted(&[]), (3, 10), "nothing new: reads only");
    assert_eq!(counted(&hundred), (3, 10));
}
