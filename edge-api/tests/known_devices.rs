//! A device that the server remembers is answered with one round trip less, and never as anything that it no longer is.
#![cfg(test)]

mod restaurant;

use edge_api::{ApiRequest, ApiResponse, DatabaseError, SqliteDatabase};
use protocol::{NewToken, StaffSummary};
use restaurant::*;
use serde_json::{Value, json};

/// A server that has answered the device before.
fn acquainted() -> (Server, Tenant, Device) {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1)]);
    (server, tenant, device)
}

fn exchange_with(token: &str, mutations: &[Value]) -> ApiRequest {
    let body = json!({ "protocol": 1, "app_version": "1.4.0", "incarnation": INCARNATION, "cursor": null,
        "limit": EVERYTHING, "mutations": mutations });
    ApiRequest::post("/sync/orders", body.to_string()).bearer(token)
}

fn pull_with(token: &str) -> ApiRequest {
    ApiRequest::get("/sync/changes").bearer(token)
}

/// What each of a remembered device's requests is answered: an exchange, one that is malformed, and a pull.
fn answers(server: &Server, device: &Device) -> [String; 3] {
    let code_of = |response: ApiResponse| match response.status {
        200 => "200".to_owned(),
        _ => code(&response).to_owned(),
    };
    let malformed = ApiRequest::post("/sync/orders", "{").bearer(&device.token);
    [exchange_with(&device.token, &[device.add_line(2, 1)]), malformed, pull_with(&device.token)]
        .map(|request| code_of(server.ask(request)))
}

fn set(server: &Server, tenant: &Tenant, device: &Device, what: &str) {
    let _: Value = server.post(&tenant.token, &format!("/admin/devices/{}/{what}", device.id), &json!({}));
}

#[test]
fn a_known_devices_exchange_is_two_round_trips_and_its_pull_is_one() {
    let store = SqliteDatabase::open_in_memory().unwrap();
    let server = Server::on(Interleaved::new(&store, |_| Ok(())));
    let tenant = server.tenant("ten_a");
    server.location(&tenant, "loc_a");
    let device = server.enrol(&tenant, "loc_a");
    let counted = |request: ApiRequest| {
        let count = |database: &Interleaved<'_>| (database.batches.get(), database.statements.get());
        let before = count(server.api.database());
        assert_eq!(server.ask(request).status, 200);
        let after = count(server.api.database());
        (after.0 - before.0, after.1 - before.1)
    };
    let opened = device.open(1, 1);
    assert_eq!(counted(exchange_with(&device.token, &[opened])), (3, 17), "it is looked up once");
    let hundred: Vec<_> = (2..102).map(|seq| device.open(seq, u32::try_from(seq).unwrap())).collect();
    assert_eq!(counted(exchange_with(&device.token, &hundred)), (2, 16));
    assert_eq!(counted(exchange_with(&device.token, &[device.open(102, 102)])), (2, 16));
    assert_eq!(counted(exchange_with(&device.token, &hundred)), (2, 9), "nothing new: reads only");
    assert_eq!(counted(pull_with(&device.token)), (1, 4));
}

#[test]
fn a_remembered_device_that_was_revoked_is_refused_at_once_and_for_that_alone() {
    let (server, tenant, device) = acquainted();
    assert_eq!(answers(&server, &device), ["200", "MALFORMED_BODY", "200"]);
    set(&server, &tenant, &device, "revoke");
    assert_eq!(answers(&server, &device), ["DEVICE_REVOKED"; 3]);
}

#[test]
fn a_remembered_device_that_was_suspended_delivers_and_reads_nothing_until_it_is_resumed() {
    let (server, tenant, device) = acquainted();
    set(&server, &tenant, &device, "suspend");
    let reply: Value = read(&server.ask(exchange_with(&device.token, &[device.add_line(2, 1)])));
    assert_eq!((&reply["acked_seq"], &reply["changes"]), (&json!(2), &json!([])));
    assert_eq!(code(&server.ask(pull_with(&device.token))), "DEVICE_SUSPENDED");
    set(&server, &tenant, &device, "resume");
    assert_eq!(answers(&server, &device), ["200", "MALFORMED_BODY", "200"]);
}

#[test]
fn the_first_use_of_a_new_token_ends_the_remembered_one() {
    let (server, _, device) = acquainted();
    let NewToken { token } = server.post(&device.token, "/devices/token", &json!({}));
    assert_eq!(server.ask(pull_with(&device.token)).status, 200, "the new one was not used yet");
    assert_eq!(server.ask(pull_with(&token)).status, 200);
    assert_eq!(answers(&server, &device), ["UNAUTHORIZED"; 3]);
    assert_eq!(server.ask(pull_with(&token)).status, 200);
}

#[test]
fn a_new_roster_reaches_a_remembered_device_with_its_next_request() {
    let (server, tenant, device) = acquainted();
    let issued = || server.number("SELECT count(*) AS n FROM grants");
    let mara = json!({ "staff_id": "stf_mara", "display": "Mara", "role": "server", "pin": "7294" });
    let _: StaffSummary = server.post(&tenant.token, "/admin/staff", &mara);
    assert_eq!(issued(), 0);
    let reply = server.exchange(&device, None, &[]);
    assert_eq!((issued(), reply.changes.len()), (1, 4), "the location, the order, the roster and the grants");
    server.pass(12 * 3_600_000 - 1);
    server.exchange(&device, None, &[]);
    assert_eq!(issued(), 1);
    server.pass(1);
    server.exchange(&device, None, &[]);
    assert_eq!(issued(), 2, "they are due by the clock alone");
}

#[test]
fn a_device_revoked_between_reading_and_writing_is_refused_though_it_was_remembered() {
    let store = SqliteDatabase::open_in_memory().unwrap();
    let admin = Server::on(&store);
    let tenant = admin.tenant("ten_a");
    admin.location(&tenant, "loc_a");
    let device = admin.enrol(&tenant, "loc_a");
    let server = Server::on(Interleaved::new(&store, |statements| {
        if settles(statements) && statements.len() > 3 {
            let path = format!("/admin/devices/{}/revoke", device.id);
            let revoked = admin.ask(ApiRequest::post(&path, "{}").bearer(&tenant.token));
            return if revoked.status == 200 { Ok(()) } else { Err(DatabaseError::Failed(revoked.body)) };
        }
        Ok(())
    }));
    assert_eq!(server.ask(pull_with(&device.token)).status, 200, "now it is known");
    let refused = server.ask(exchange_with(&device.token, &[device.open(1, 1)]));
    assert_eq!(code(&refused), "DEVICE_REVOKED");
    assert_eq!(store.run(&[edge_api::Statement::new("SELECT seq FROM operations", [])]).unwrap()[0].len(), 0);
}
