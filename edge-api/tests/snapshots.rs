//! A device that has read nothing is given what is open and what is recent, and can then follow like any other.
#![cfg(test)]

mod restaurant;

use protocol::{Collection, ExchangeReply};
use restaurant::*;
use serde_json::json;

const DAY: i64 = 24 * 3_600_000;

fn orders(reply: &ExchangeReply) -> Vec<&str> {
    let orders = reply.changes.iter().filter(|entry| entry.collection == Collection::Orders);
    orders.map(|entry| entry.id.as_str()).collect()
}

/// Order 1 was closed on the day it was opened, order 2 never was; then `days` pass and order 3 is opened.
fn after_days(days: i64) -> (Server, Tenant, Device) {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let mut close = device.mutation(3, 1, &json!({ "type": "close", "epoch": 0 }));
    close["schema"] = json!(2);
    server.exchange(&device, None, &[device.open(1, 1), device.open(2, 2), close]);
    server.pass(days * DAY);
    server.exchange(&device, None, &[device.open(4, 3)]);
    (server, tenant, device)
}

#[test]
fn a_new_device_is_sent_what_is_open_and_recent_and_not_what_was_finished_long_ago() {
    let (server, tenant, first) = after_days(40);
    let new = server.enrol(&tenant, "loc_a");
    let reply = server.exchange(&new, None, &[]);
    assert_eq!(orders(&reply), [order_id(2), order_id(3)]);
    assert!(!reply.has_more);
    let all = server.pull(&first, "", EVERYTHING);
    assert_eq!(all.changes.len(), reply.changes.len(), "whoever starts again is given the same");
    let (server, tenant, _) = after_days(20);
    let new = server.enrol(&tenant, "loc_a");
    let recent = server.exchange(&new, None, &[]);
    assert_eq!(orders(&recent), [order_id(1), order_id(2), order_id(3)]);
}

#[test]
fn a_snapshot_in_pages_is_the_same_as_in_one_and_misses_nothing_that_changes_meanwhile() {
    let (server, tenant, device) = after_days(40);
    for order in 10..40 {
        let seq = u64::from(order) - 5;
        server.exchange(&device, None, &[device.open(seq, order)]);
    }
    let new = server.enrol(&tenant, "loc_a");
    let whole = server.exchange(&new, None, &[]);
    let (mut cursor, mut read, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = server.pull(&new, &cursor, 7);
        pages += 1;
        if pages == 2 {
            // The order that was finished long ago, and one that the first page held already, change under way.
            let note = |seq, order| {
                let mut note = device.mutation(seq, order, &json!({ "type": "add_note", "note": "late" }));
                note["schema"] = json!(2);
                note
            };
            server.exchange(&device, None, &[note(35, 1), note(36, 10)]);
        }
        read.extend(page.changes.iter().map(|entry| (entry.changed_seq, entry.id.clone())));
        cursor = page.cursor;
        if !page.has_more {
            break;
        }
    }
    assert!(pages > 4 && read.is_sorted(), "{pages} {read:?}");
    let ids = |id: String| read.iter().filter(|(_, read)| *read == id).count();
    assert_eq!(ids(order_id(10)), 2, "as it was, and as it became");
    assert_eq!(read.len(), whole.changes.len() + 1);
    assert_eq!(server.pull(&new, &cursor, 7).changes.len(), 0);
    let followed = server.exchange(&device, None, &[device.open(37, 50)]);
    assert_eq!(outcome(&followed.verdicts[0]), "applied 1");
    assert_eq!(orders(&server.pull(&new, &cursor, 7)), [order_id(50)]);
}

#[test]
fn a_cursor_below_the_floor_is_expired_and_starting_again_works() {
    let (server, _, device) = after_days(1);
    let early = server.pull(&device, "", 1).cursor;
    let reply = server.exchange(&device, None, &[]);
    server.rows("UPDATE locations SET floor = head - 1");
    assert_eq!(server.pull(&device, &reply.cursor, 5).changes.len(), 0, "whoever has read everything goes on");
    let behind = reply.cursor.rsplit_once('.').unwrap().0.to_owned() + ".1";
    let refused =
        server.ask(edge_api::ApiRequest::get(&format!("/sync/changes?cursor={behind}")).bearer(&device.token));
    assert_eq!(code(&refused), "CURSOR_EXPIRED");
    assert!(!server.pull(&device, &early, 500).changes.is_empty(), "a snapshot that was begun is finished");
    assert_eq!(server.pull(&device, "", 500).changes.len(), reply.changes.len());
}

#[test]
fn a_record_for_one_device_is_sent_to_no_other_and_holds_up_nobodys_cursor() {
    let (server, tenant, device) = after_days(1);
    let other = server.enrol(&tenant, "loc_a");
    let cursor = server.exchange(&other, None, &[]).cursor;
    let sql = format!("UPDATE records SET only_device = '{}' WHERE collection = 'orders'", device.id);
    server.rows(sql.leak());
    assert!(orders(&server.pull(&other, "", 500)).is_empty());
    assert_eq!(orders(&server.pull(&device, "", 500)).len(), 3);
    let mine = server.pull(&other, &cursor, 500);
    assert_eq!((mine.changes.len(), mine.has_more), (0, false));
}

#[test]
fn a_new_devices_snapshot_reads_little_of_a_long_history() {
    let (few, many) = (steps_of_a_snapshot(1_000), steps_of_a_snapshot(20_000));
    assert!(many < few + few / 10, "{few} steps behind 1,000 finished orders, {many} behind 20,000");
}

/// What a snapshot costs where so many orders were finished long ago, and one lately.
fn steps_of_a_snapshot(finished: u64) -> u64 {
    let (server, tenant, _) = after_days(40);
    let history = format!(
        "INSERT INTO records (tenant_id, location_id, collection, record_id, rev, changed_seq, record_bytes, sources, record, day)
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {finished})
         SELECT 'ten_a', 'loc_a', 'orders', 'old-' || n, 1, 1000 + n, 100, '{{}}', '{{}}',
           iif(n = {finished}, '9999-01-01', '2026-09-01') FROM n"
    );
    server.rows(history.leak());
    server.rows("UPDATE locations SET head = 30000");
    let new = server.enrol(&tenant, "loc_a");
    let before = server.api.database().steps();
    let reply = server.exchange(&new, None, &[]);
    assert_eq!((orders(&reply).len(), reply.has_more), (3, false));
    assert!(reply.cursor.ends_with(".30000"), "{}", reply.cursor);
    server.api.database().steps() - before
}
