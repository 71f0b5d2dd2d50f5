//! What a device reads: every change of its location, in order, none left out and none twice.
#![cfg(test)]

mod restaurant;

use std::collections::BTreeMap;

use edge_api::ApiRequest;
use protocol::{Collection, DeltaEntry, ExchangeReply};
use restaurant::*;
use serde_json::{Value, json};

/// Walks from a cursor to the end.
fn walk(server: &Server, device: &Device, start: &str, limit: u32) -> (Vec<DeltaEntry>, String) {
    let (mut entries, mut cursor) = (Vec::new(), start.to_owned());
    loop {
        let page = server.pull(device, &cursor, limit);
        assert!(page.changes.len() <= limit as usize);
        assert!(page.changes.len() == limit as usize || !page.has_more);
        entries.extend(page.changes);
        cursor = page.cursor;
        if !page.has_more {
            return (entries, cursor);
        }
    }
}

#[test]
fn a_cursor_walk_is_the_change_log_whatever_the_size_of_its_pages() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let reader = server.enrol(&tenant, "loc_a");
    for start in [1, 4, 7] {
        let batch: Vec<_> = (start..start + 3).map(|seq| device.open(seq, u32::try_from(seq).unwrap())).collect();
        server.exchange(&device, None, &batch);
    }
    server.exchange(&device, None, &[device.add_line(10, 2), device.add_line(11, 5)]);
    let log: Vec<_> = server.rows("SELECT record_id, rev, changed_seq FROM records ORDER BY changed_seq")[0]
        .iter()
        .map(|row| {
            (
                row.text("record_id").unwrap().to_owned(),
                row.integer("rev").unwrap(),
                row.integer("changed_seq").unwrap(),
            )
        })
        .collect();
    assert_eq!(log.len(), 10);
    for limit in 1..=11 {
        let (entries, cursor) = walk(&server, &reader, "", limit);
        let read: Vec<_> = entries.iter().map(|entry| (entry.id.clone(), entry.rev, entry.changed_seq)).collect();
        assert_eq!(read, log, "pages of {limit}");
        assert_eq!(server.pull(&reader, &cursor, limit).changes.len(), 0);
    }
}

#[test]
fn a_reader_that_races_with_writers_ends_with_everything() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let reader = server.enrol(&tenant, "loc_a");
    let (mut cursor, mut view, mut last) = (String::new(), BTreeMap::new(), 0);
    for seq in 1..=30 {
        let order = u32::try_from(seq % 7).unwrap();
        let mutation = if seq < 7 || order == 0 { device.open(seq, order) } else { device.add_line(seq, order) };
        server.exchange(&device, None, &[mutation]);
        let page = server.pull(&reader, &cursor, 1);
        for entry in page.changes {
            assert!(entry.changed_seq > last);
            last = entry.changed_seq;
            view.insert(entry.id, entry.rev);
        }
        cursor = page.cursor;
    }
    for entry in walk(&server, &reader, &cursor, 3).0 {
        view.insert(entry.id, entry.rev);
    }
    let stored: BTreeMap<_, _> = server.rows("SELECT record_id, rev FROM records")[0]
        .iter()
        .map(|row| (row.text("record_id").unwrap().to_owned(), row.integer("rev").unwrap()))
        .collect();
    assert_eq!(view, stored);
}

#[test]
fn the_menu_and_the_settings_ride_in_the_same_delta() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let menu: Value = serde_json::from_str(include_str!("../../fixtures/menu.json")).unwrap();
    let body = json!({ "location_id": "loc_a", "base_version": 0, "menu": menu });
    let _: Value = server.post(&tenant.token, "/sync/menu", &body);
    let reply = server.exchange(&device, None, &[]);
    let kinds: Vec<_> = reply.changes.iter().map(|entry| (entry.collection, entry.id.as_str())).collect();
    assert_eq!(kinds, [(Collection::Location, "loc_a"), (Collection::Menu, "loc_a")]);
    let settings: Value = serde_json::from_str(reply.changes[0].record.as_ref().unwrap().get()).unwrap();
    assert_eq!((&settings["zone"], &settings["cut_over_hour"]), (&json!("America/New_York"), &json!(4)));
    let record: domain::Menu = serde_json::from_str(reply.changes[1].record.as_ref().unwrap().get()).unwrap();
    assert_eq!((record.menu_version, record.items.len()), (41, 21));
}

#[test]
fn an_entry_says_how_far_the_readers_own_stream_is_part_of_it() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let other = server.enrol(&tenant, "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1), device.open(3, 2)]);
    let rejected = device.mutation(4, 1, &json!({ "type": "close", "epoch": -1 }));
    let reply = server.exchange(&device, None, &[rejected]);
    let own = |reply: &ExchangeReply| reply.changes.iter().map(|entry| entry.own_seq).collect::<Vec<_>>();
    assert_eq!(own(&reply), [0, 2, 3]);
    assert_eq!(own(&server.exchange(&other, None, &[other.add_line(1, 1)])), [0, 0, 1]);
    assert_eq!(own(&server.pull(&device, "", 10)), [0, 0, 0], "a pull without an incarnation cannot know");
    let path = format!("/sync/changes?incarnation={INCARNATION}");
    let reply: ExchangeReply = read(&server.ask(ApiRequest::get(&path).bearer(&device.token)));
    assert_eq!((own(&reply), reply.acked_seq), (vec![0, 3, 2], 4));
}

#[test]
fn a_page_is_cut_by_bytes_but_never_empty() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let modifiers: Vec<_> = (0..15)
        .map(|n| json!({ "option_id": format!("mo_{n}"), "name": "x".repeat(4_000), "price_minor": 0 }))
        .collect();
    for order in 1..=5_u32 {
        let first = u64::from(order - 1) * 7 + 1;
        let mut batch = vec![device.open(first, order)];
        for seq in first + 1..first + 7 {
            let mut line = device.add_line(seq, order);
            line["change"]["modifiers"] = json!(modifiers);
            batch.push(line);
        }
        let page = server.exchange(&device, None, &batch);
        assert_eq!(page.verdicts.len(), 7);
    }
    let page = server.pull(&device, "", 100);
    assert_eq!((page.changes.len(), page.has_more), (4, true), "the settings and three orders of some 370 kB");
    let rest = server.pull(&device, &page.cursor, 100);
    assert_eq!((rest.changes.len(), rest.has_more), (2, false));
}

#[test]
fn a_cursor_of_elsewhere_expires_and_writes_nothing() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    server.location(&tenant, "loc_b");
    let elsewhere = server.enrol(&tenant, "loc_b");
    let foreign = server.exchange(&elsewhere, None, &[]).cursor;
    let own = server.exchange(&device, None, &[]).cursor;
    let beyond = own.rsplit_once('.').unwrap().0.to_owned() + ".2";
    let before = server.row_counts();
    for cursor in [foreign.as_str(), beyond.as_str(), "garbage", "1.loc_a.0.0"] {
        let response = server.exchange_raw(&device, INCARNATION, Some(cursor), &[device.open(1, 1)]);
        assert_eq!(code(&response), "CURSOR_EXPIRED", "{cursor}");
        let path = format!("/sync/changes?cursor={cursor}");
        assert_eq!(code(&server.ask(ApiRequest::get(&path).bearer(&device.token))), "CURSOR_EXPIRED", "{cursor}");
    }
    assert_eq!(server.row_counts(), before);
    assert_eq!(server.exchange(&device, Some(&own), &[device.open(1, 1)]).changes.len(), 1);
}
