//! What a device is told about itself, and nobody else.
#![cfg(test)]

mod restaurant;

use edge_api::{ApiRequest, ApiResponse};
use pollster::block_on;
use protocol::{Collection, DeltaEntry, DeviceNotice, DeviceStatus};
use restaurant::*;
use serde_json::{Value, json};

fn ask(server: &Server, tenant: &Tenant, method: &str, path: &str, body: &Value) -> ApiResponse {
    let post = ApiRequest::post(path, body.to_string());
    server.ask(ApiRequest { method: method.to_owned(), ..post }.bearer(&tenant.token))
}

fn rename(server: &Server, tenant: &Tenant, device: &Device, name: &str) -> ApiResponse {
    ask(server, tenant, "PATCH", &format!("/admin/devices/{}", device.id), &json!({ "name": name }))
}

fn set(server: &Server, tenant: &Tenant, device: &Device, state: &str) -> ApiResponse {
    ask(server, tenant, "POST", &format!("/admin/devices/{}/{state}", device.id), &json!({}))
}

fn notices(changes: &[DeltaEntry]) -> Vec<(u64, DeviceNotice)> {
    let own = changes.iter().filter(|entry| entry.collection == Collection::Notices);
    own.map(|entry| (entry.rev, serde_json::from_str(entry.record.as_ref().unwrap().get()).unwrap())).collect()
}

#[test]
fn a_device_reads_of_its_new_name_and_no_other_device_does() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let other = server.enrol(&tenant, "loc_a");
    let cursors = [&device, &other].map(|device| server.exchange(device, None, &[]).cursor);
    let answer = rename(&server, &tenant, &device, "Bar, at the back — 渡し船");
    assert_eq!((answer.status, answer.tidings.moved.len()), (200, 1));
    let expected = DeviceNotice {
        schema: 1,
        device_id: device.id.parse().unwrap(),
        name: "Bar, at the back — 渡し船".to_owned(),
        device_prefix: "A".to_owned(),
        status: DeviceStatus::Active,
        reused_at: None,
    };
    assert_eq!(notices(&server.pull(&device, &cursors[0], EVERYTHING).changes), [(1, expected.clone())]);
    assert_eq!(notices(&server.exchange(&device, None, &[]).changes), [(1, expected)], "in a snapshot too");
    assert_eq!(server.pull(&other, &cursors[1], EVERYTHING).changes.len(), 0);
    assert_eq!(notices(&server.exchange(&other, None, &[]).changes), []);
    let again = rename(&server, &tenant, &device, "Bar");
    assert_eq!(again.status, 200);
    let (rev, notice) = notices(&server.exchange(&device, None, &[]).changes).remove(0);
    assert_eq!((rev, notice.name.as_str()), (2, "Bar"));
    let weighed_wrong = "SELECT count(*) AS n FROM records WHERE record_bytes <> length(CAST(record AS BLOB))";
    assert_eq!(server.number(weighed_wrong), 0);
    assert_eq!(block_on(server.api.upkeep(server.moment()))[0].alarms, Vec::new());
}

#[test]
fn a_device_that_is_resumed_reads_of_it_and_one_that_was_revoked_is_written_nothing() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let cursor = server.exchange(&device, None, &[]).cursor;
    assert_eq!(set(&server, &tenant, &device, "suspend").tidings.moved, Vec::new());
    assert_eq!(set(&server, &tenant, &device, "resume").tidings.moved.len(), 1);
    let told = notices(&server.pull(&device, &cursor, EVERYTHING).changes);
    assert_eq!((told.len(), told[0].1.status), (1, DeviceStatus::Active));
    set(&server, &tenant, &device, "revoke");
    let before = (server.rows("SELECT * FROM records"), server.rows("SELECT * FROM locations"));
    assert_eq!(code(&set(&server, &tenant, &device, "resume")), "DEVICE_REVOKED");
    assert_eq!(rename(&server, &tenant, &device, "Gone").tidings.moved, Vec::new());
    assert_eq!((server.rows("SELECT * FROM records"), server.rows("SELECT * FROM locations")), before);
}

#[test]
fn a_device_that_was_marked_reads_when() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let cursor = server.exchange(&device, None, &[device.open(1, 1)]).cursor;
    server.pass(5_000);
    assert_eq!(code(&server.exchange_raw(&device, INCARNATION, None, &[device.open(1, 2)])), "SEQ_REUSE");
    let told = notices(&server.pull(&device, &cursor, EVERYTHING).changes);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1.reused_at, Some(domain::Timestamp::from_millis(NOW + 5_000).unwrap()));
}
