//! No tenant sees, changes or learns anything of another.
#![cfg(test)]

mod restaurant;

use edge_api::ApiRequest;
use restaurant::*;
use serde_json::{Value, json};

/// Everything that must never reach the other tenant.
const CANARIES: [&str; 4] = ["ten_secret", "loc_secret", "stf_secret", "Secret soup"];

struct Two {
    server: Server,
    secret: (Tenant, Device),
    nosy: (Tenant, Device),
}

/// The other tenant has the same order ids and ticket numbers.
fn two_tenants() -> Two {
    let server = Server::new();
    let secret = server.open("ten_secret", "loc_secret");
    let nosy = server.open("ten_nosy", "loc_nosy");
    let mut line = secret.1.add_line(2, 1);
    line["change"]["name"] = json!("Secret soup");
    line["actor"]["staff_id"] = json!("stf_secret");
    server.exchange(&secret.1, None, &[secret.1.open(1, 1), line]);
    Two { server, secret, nosy }
}

fn assert_no_canary(two: &Two, body: &str) {
    let ids = [two.secret.1.id.as_str(), two.secret.1.token.as_str(), two.secret.0.token.as_str()];
    for canary in CANARIES.iter().chain(&ids) {
        assert!(!body.contains(canary), "{canary} in {body}");
    }
}

fn secret_rows(server: &Server) -> String {
    let tables = [
        "SELECT * FROM locations WHERE tenant_id = 'ten_secret'",
        "SELECT * FROM devices WHERE tenant_id = 'ten_secret'",
        "SELECT * FROM records WHERE tenant_id = 'ten_secret'",
        "SELECT * FROM operations WHERE tenant_id = 'ten_secret'",
        "SELECT * FROM streams WHERE tenant_id = 'ten_secret'",
        "SELECT * FROM enrolment_codes WHERE tenant_id = 'ten_secret'",
        "SELECT * FROM device_closes WHERE tenant_id = 'ten_secret'",
        "SELECT * FROM location_closes WHERE tenant_id = 'ten_secret'",
    ];
    tables.map(|sql| format!("{:?}", server.rows(sql))).join("\n")
}

#[test]
fn the_same_order_id_in_two_tenants_is_two_orders() {
    let two = two_tenants();
    let before = secret_rows(&two.server);
    let nosy = &two.nosy.1;
    let response = two.server.exchange_raw(nosy, INCARNATION, None, &[nosy.add_line(1, 1), nosy.open(2, 1)]);
    let reply: protocol::ExchangeReply = read(&response);
    assert_eq!(reply.verdicts.iter().map(outcome).collect::<Vec<_>>(), ["rejected ORDER_UNKNOWN", "applied 1"]);
    assert_eq!(
        finding_codes(&reply.verdicts[1]),
        Vec::<&str>::new(),
        "the ticket number of another tenant is no clash"
    );
    assert_no_canary(&two, &response.body);
    assert_eq!(secret_rows(&two.server), before);
}

#[test]
fn a_mutation_id_of_another_tenant_is_nobodys_here() {
    let two = two_tenants();
    let before = secret_rows(&two.server);
    let nosy = &two.nosy.1;
    let mut stolen = nosy.open(1, 1);
    stolen["id"] = two.secret.1.open(1, 1)["id"].clone();
    let response = two.server.exchange_raw(nosy, INCARNATION, None, &[stolen]);
    let reply: protocol::ExchangeReply = read(&response);
    assert_eq!((outcome(&reply.verdicts[0]), reply.verdicts[0].replayed), ("applied 1".to_owned(), false));
    assert_no_canary(&two, &response.body);
    assert_eq!(secret_rows(&two.server), before);
}

#[test]
fn swapped_ids_on_every_endpoint_find_nothing_and_change_nothing() {
    let two = two_tenants();
    let before = secret_rows(&two.server);
    let secret_cursor = two.server.exchange(&two.secret.1, None, &[]).cursor;
    let (admin, device) = (&two.nosy.0.token, &two.nosy.1.token);
    let at_secret = json!({ "location_id": "loc_secret" });
    let mut menu: Value = serde_json::from_str(include_str!("../../fixtures/menu.json")).unwrap();
    menu["location_id"] = json!("loc_secret");
    let push = json!({ "location_id": "loc_secret", "base_version": 0, "menu": menu });
    let post = |path: &str, body: &Value, token: &str| ApiRequest::post(path, body.to_string()).bearer(token);
    let device_path = |action: &str| format!("/admin/devices/{}/{action}", two.secret.1.id);
    let pull = format!("/sync/changes?cursor={secret_cursor}");
    let day = "/admin/locations/loc_secret/days/2026-10-31";
    let close = json!({ "closed_by": "stf_odell", "without": [two.secret.1.id] });
    let cases = [
        (ApiRequest::get(day).bearer(admin), 404),
        (post(&format!("{day}/close"), &close, admin), 404),
        (ApiRequest::get(day).bearer(device), 403),
        (post(&format!("{day}/close"), &close, device), 403),
        (post("/admin/enrolment-codes", &at_secret, admin), 404),
        (post("/sync/menu", &push, admin), 404),
        (post(&device_path("revoke"), &json!({}), admin), 404),
        (post(&device_path("suspend"), &json!({}), admin), 404),
        (ApiRequest::get("/admin/devices").bearer(admin), 200),
        (ApiRequest::get("/sync/changes").bearer(device), 200),
        (ApiRequest::get(&pull).bearer(device), 410),
        (post("/admin/tenants", &json!({ "tenant_id": "ten_secret", "name": "x" }), admin), 403),
        (ApiRequest::get("/admin/devices").bearer(device), 403),
        (ApiRequest::get("/sync/changes").bearer(admin), 403),
    ];
    for (request, status) in cases {
        let (path, response) = (request.path.clone(), two.server.ask(request));
        assert_eq!(response.status, status, "{path} {}", response.body);
        assert_no_canary(&two, &response.body);
        assert_eq!(secret_rows(&two.server), before, "{path}");
    }
}

#[test]
fn two_tenants_may_call_their_locations_the_same() {
    let two = two_tenants();
    two.server.location(&two.nosy.0, "loc_secret");
    let device = two.server.enrol(&two.nosy.0, "loc_secret");
    let reply = two.server.exchange(&device, None, &[]);
    assert_eq!((reply.changes.len(), device.prefix.as_str()), (1, "A"));
}

#[test]
fn every_statement_on_a_tenants_table_names_the_tenant_or_a_hash() {
    let sources = [
        include_str!("../src/attempts.rs"),
        include_str!("../src/credential.rs"),
        include_str!("../src/delta_tracker/delta.rs"),
        include_str!("../src/directory.rs"),
        include_str!("../src/delta_tracker/resolution.rs"),
        include_str!("../src/delta_tracker/right.rs"),
        include_str!("../src/delta_tracker/set_aside.rs"),
        include_str!("../src/delta_tracker/settlement.rs"),
        include_str!("../src/delta_tracker/standing.rs"),
        include_str!("../src/delta_tracker/writing.rs"),
        include_str!("../src/identity/sheet.rs"),
        include_str!("../src/notice.rs"),
        include_str!("../src/publication.rs"),
        include_str!("../src/sync_api/conflicts.rs"),
        include_str!("../src/sync_api/days/device_close.rs"),
        include_str!("../src/sync_api/days/mod.rs"),
        include_str!("../src/sync_api/days/reading.rs"),
        include_str!("../src/sync_api/devices.rs"),
        include_str!("../src/sync_api/enrolment.rs"),
        include_str!("../src/sync_api/live.rs"),
        include_str!("../src/sync_api/menu.rs"),
        include_str!("../src/sync_api/provisioning.rs"),
        include_str!("../src/sync_api/rotation.rs"),
        include_str!("../src/sync_api/settings.rs"),
        include_str!("../src/sync_api/staff.rs"),
    ];
    let mut statements = 0;
    for text in sources.iter().flat_map(|source| source.split('"')) {
        if ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| text.starts_with(verb)) {
            statements += 1;
            let scoped = text.contains("tenant_id = ?1") || text.contains("tenant_id, ") || text.contains("_hash = ?1");
            assert!(scoped || text.contains("assert_ok"), "{text}");
        }
    }
    assert!(statements > 20, "{statements}");
}
