//! What is changed after it was made: tokens, names, settings, policies, a device's standing.
#![cfg(test)]

mod restaurant;

use std::cell::Cell;

use edge_api::{ApiRequest, ApiResponse, SqliteDatabase, SyncApi};
use protocol::{Collection, DeviceStatus, DeviceSummary, LocationSettings, NewToken, TenantCreated, TenantSummary};
use restaurant::*;
use serde_json::{Value, json};

fn patch(server: &Server, token: &str, path: &str, body: &Value) -> ApiResponse {
    server.ask(ApiRequest { method: "PATCH".to_owned(), ..ApiRequest::post(path, body.to_string()) }.bearer(token))
}

fn settings(server: &Server, device: &Device) -> LocationSettings {
    let reply = server.exchange(device, None, &[]);
    let entry = reply.changes.iter().find(|entry| entry.collection == Collection::Location).unwrap();
    serde_json::from_str(entry.record.as_ref().unwrap().get()).unwrap()
}

#[test]
fn an_old_token_is_good_until_the_new_one_is_used_and_then_no_more() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let status = |token: &str| server.ask(ApiRequest::get("/sync/changes").bearer(token)).status;
    let lost: NewToken = server.post(&device.token, "/devices/token", &json!({}));
    let kept: NewToken = server.post(&device.token, "/devices/token", &json!({}));
    assert_eq!(status(&device.token), 200, "an answer that was lost locks nobody out");
    assert_eq!(status(&lost.token), 401, "asking again replaced it");
    assert_eq!((status(&kept.token), status(&kept.token), status(&device.token)), (200, 200, 401));
    let admin = |token: &str| server.ask(ApiRequest::get("/admin/devices").bearer(token)).status;
    let renewed: NewToken = server.post(&tenant.token, "/admin/token", &json!({}));
    assert_eq!((admin(&tenant.token), admin(&renewed.token), admin(&tenant.token)), (200, 200, 401));
    let stored = format!("{:?}{:?}", server.rows("SELECT * FROM devices"), server.rows("SELECT * FROM tenants"));
    assert!(!stored.contains(kept.token.rsplit('.').next().unwrap()), "a token was kept");
}

#[test]
fn a_policy_reaches_every_location_at_once_and_every_new_one() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    server.location(&tenant, "loc_b");
    let elsewhere = server.enrol(&tenant, "loc_b");
    let body = json!({ "policy": { "conflict_rules": { "orders.table_id": "server_wins" }, "self_approval": true } });
    let summary: TenantSummary = read(&patch(&server, &tenant.token, "/admin/tenants/ten_a", &body));
    assert!(summary.policy.self_approval);
    for device in [&device, &elsewhere] {
        assert_eq!(settings(&server, device).policy.as_ref(), Some(&summary.policy));
    }
    server.location(&tenant, "loc_c");
    assert_eq!(settings(&server, &server.enrol(&tenant, "loc_c")).policy, Some(summary.policy));
    let heads = "SELECT count(*) AS n FROM locations l WHERE head <> (SELECT max(changed_seq) FROM records r
        WHERE r.tenant_id = l.tenant_id AND r.location_id = l.location_id)";
    assert_eq!(server.number(heads), 0);
    let unknown = json!({ "policy": { "anything_goes": true } });
    assert_eq!(code(&patch(&server, &tenant.token, "/admin/tenants/ten_a", &unknown)), "INVALID_REQUEST");
    assert_eq!(code(&patch(&server, &tenant.token, "/admin/tenants/ten_b", &body)), "NOT_FOUND");
    assert_eq!(code(&patch(&server, &device.token, "/admin/tenants/ten_a", &body)), "FORBIDDEN");
}

#[test]
fn every_record_is_weighed_in_bytes_whatever_language_its_names_are_in() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let named = |path: &str, body: &Value| assert_eq!(patch(&server, &tenant.token, path, body).status, 200, "{path}");
    named("/admin/locations/loc_a", &json!({ "name": "Café «Überfähre» 渡し船" }));
    let ines = json!({ "staff_id": "stf_ines", "display": "Inês Conceição", "role": "server", "pin": "7294" });
    let _: Value = server.post(&tenant.token, "/admin/staff", &ines);
    let mut line = device.add_line(2, 1);
    line["change"]["name"] = json!("Crème brûlée 🍮");
    server.exchange(&device, None, &[device.open(1, 1), line]);
    server.location(&tenant, "loc_b");
    named("/admin/tenants/ten_a", &json!({ "policy": { "self_approval": true } }));
    let longer =
        "SELECT count(DISTINCT collection) AS n FROM records WHERE length(CAST(record AS BLOB)) > length(record)";
    assert_eq!(server.number(longer), 4, "settings, roster, order and what somebody should look at");
    let weighed_wrong = "SELECT count(*) AS n FROM records WHERE record_bytes <> length(CAST(record AS BLOB))";
    assert_eq!(server.number(weighed_wrong), 0);
}

#[test]
fn a_location_changes_its_name_zone_and_hour_and_never_its_currency() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let change = |body: &Value| patch(&server, &tenant.token, "/admin/locations/loc_a", body);
    let after: LocationSettings =
        read(&change(&json!({ "name": "Harbour", "zone": "Europe/Lisbon", "cut_over_hour": 5 })));
    assert_eq!((after.name.as_str(), after.zone_rule.as_deref()), ("Harbour", Some("WET0WEST,M3.5.0/1,M10.5.0")));
    assert_eq!(settings(&server, &device), after);
    let head = server.exchange(&device, None, &[]).cursor;
    assert_eq!(change(&json!({})).status, 200);
    assert_eq!(server.exchange(&device, None, &[]).cursor, head, "nothing was changed");
    for bad in [json!({ "currency": "EUR" }), json!({ "zone": "Mars/Base" }), json!({ "cut_over_hour": 24 })] {
        assert_eq!(code(&change(&bad)), "INVALID_REQUEST", "{bad}");
    }
    assert_eq!(code(&patch(&server, &tenant.token, "/admin/locations/loc_z", &json!({}))), "NOT_FOUND");
}

#[test]
fn of_two_changes_at_once_none_is_lost() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let rival = Cell::new(true);
    let interleaved = Server::on(Interleaved::new(server.api.database(), |statements| {
        let writes = statements.iter().any(|statement| statement.sql.starts_with("UPDATE locations SET settings"));
        if writes && rival.replace(false) {
            patch(&server, &tenant.token, "/admin/locations/loc_a", &json!({ "cut_over_hour": 6 }));
        }
        Ok(())
    }));
    let body = json!({ "name": "Harbour" });
    let request =
        ApiRequest { method: "PATCH".to_owned(), ..ApiRequest::post("/admin/locations/loc_a", body.to_string()) };
    assert_eq!(interleaved.ask(request.bearer(&tenant.token)).status, 200);
    let settings = settings(&server, &device);
    assert_eq!((settings.name.as_str(), settings.cut_over_hour), ("Harbour", 6));
}

#[test]
fn a_suspended_device_is_resumed_and_a_revoked_one_is_not() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let path = |what: &str| format!("/admin/devices/{}/{what}", device.id);
    let ask = |what: &str| server.ask(ApiRequest::post(&path(what), "{}").bearer(&tenant.token));
    ask("suspend");
    assert_eq!(server.ask(ApiRequest::get("/sync/changes").bearer(&device.token)).status, 403);
    assert_eq!(read::<DeviceSummary>(&ask("resume")).status, DeviceStatus::Active);
    assert_eq!(server.ask(ApiRequest::get("/sync/changes").bearer(&device.token)).status, 200);
    ask("revoke");
    assert_eq!(code(&ask("resume")), "DEVICE_REVOKED");
    let renamed: DeviceSummary =
        read(&patch(&server, &tenant.token, &format!("/admin/devices/{}", device.id), &json!({ "name": "Patio" })));
    assert_eq!(
        (renamed.name.as_str(), renamed.status, renamed.platform.as_str()),
        ("Patio", DeviceStatus::Revoked, "web")
    );
    assert_eq!(code(&patch(&server, &tenant.token, "/admin/devices/dev_z", &json!({ "name": "x" }))), "NOT_FOUND");
}

#[test]
fn the_operator_changes_any_tenant_wherever_it_lives_and_gets_at_nothing_else() {
    let (first, second) = (SqliteDatabase::open_in_memory().unwrap(), SqliteDatabase::open_in_memory().unwrap());
    let mut server = Server::on(&first);
    server.api = SyncApi::new(&first, config()).with_database("DB_2", &second);
    let tenants = [("ten_near", "DB"), ("ten_far", "DB_2")].map(|(tenant_id, database)| {
        let body = json!({ "tenant_id": tenant_id, "name": "Saltmarsh", "database": database });
        let tenant = Tenant { token: server.post::<TenantCreated>(OPERATOR, "/admin/tenants", &body).admin_token };
        server.location(&tenant, "loc_a");
        tenant
    });
    let patch = |token: &str, path: &str, body: &Value| {
        server.ask(ApiRequest { method: "PATCH".to_owned(), ..ApiRequest::post(path, body.to_string()) }.bearer(token))
    };
    for (tenant_id, tenant) in ["ten_near", "ten_far"].into_iter().zip(&tenants) {
        let body = json!({ "name": format!("{tenant_id} renamed"), "policy": { "self_approval": true } });
        let path = format!("/admin/tenants/{tenant_id}");
        let answer = patch(OPERATOR, &path, &body);
        let summary: TenantSummary = read(&answer);
        assert_eq!(summary.name, format!("{tenant_id} renamed"));
        assert_eq!(answer.tidings.moved.len(), 1, "its location hears of it");
        let device = server.enrol(tenant, "loc_a");
        let told = server.exchange(&device, None, &[]).changes;
        let settings = told.iter().find(|entry| entry.collection == Collection::Location).unwrap();
        let settings: LocationSettings = serde_json::from_str(settings.record.as_ref().unwrap().get()).unwrap();
        assert_eq!(settings.policy, Some(summary.policy.clone()));
        let own: TenantSummary = read(&patch(&tenant.token, &path, &json!({})));
        assert_eq!(own, summary, "its admin may still");
        assert_eq!(code(&patch(&device.token, &path, &json!({}))), "FORBIDDEN");
    }
    assert_eq!(code(&patch(&tenants[0].token, "/admin/tenants/ten_far", &json!({}))), "NOT_FOUND");
    assert_eq!(code(&patch(OPERATOR, "/admin/tenants/ten_nobody", &json!({ "name": "x" }))), "NOT_FOUND");
    assert_eq!(code(&patch("", "/admin/tenants/ten_near", &json!({}))), "UNAUTHORIZED");
    for path in ["/admin/locations/loc_a", "/admin/devices/dev_a", "/admin/staff/stf_mara"] {
        assert_eq!(code(&patch(OPERATOR, path, &json!({}))), "FORBIDDEN", "{path}");
    }
    for path in ["/admin/devices", "/admin/staff", "/sync/conflicts", "/sync/changes"] {
        assert_eq!(code(&server.ask(ApiRequest::get(path).bearer(OPERATOR))), "FORBIDDEN", "{path}");
    }
}
