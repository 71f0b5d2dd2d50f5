//! Tenants, locations, devices and menus, and what a device may do in each state.
#![cfg(test)]

mod restaurant;

use edge_api::{ApiConfig, ApiRequest, SqliteDatabase, SyncApi};
use pollster::block_on;
use protocol::{DeviceStatus, DeviceSummary, ExchangeReply, Health, LocationSettings, MenuPushed};
use restaurant::*;
use serde_json::{Value, json};

fn post(server: &Server, token: &str, path: &str, body: &Value) -> edge_api::ApiResponse {
    server.ask(ApiRequest::post(path, body.to_string()).bearer(token))
}

#[test]
fn an_enrolment_code_gives_one_device_and_lasts_ten_minutes() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    assert_eq!(device.prefix, "A");
    let code_text = server.code(&tenant, "loc_a");
    let enrol = |code: &str| post(&server, "", "/devices/enrol", &enrolment(code));
    assert_eq!(enrol(&code_text).status, 201);
    let before = server.row_counts();
    assert_eq!(code(&enrol(&code_text)), "ENROLMENT_CODE_INVALID", "used");
    assert_eq!(code(&enrol("0123456789abcdef")), "ENROLMENT_CODE_INVALID", "unknown");
    assert_eq!(server.row_counts(), before);
    let late = server.code(&tenant, "loc_a");
    server.pass(600_000);
    assert_eq!(code(&enrol(&late)), "ENROLMENT_CODE_INVALID", "expired");
    let in_time = server.code(&tenant, "loc_a");
    server.pass(599_999);
    assert_eq!(enrol(&in_time).status, 201);
    assert_eq!(server.enrol(&tenant, "loc_a").prefix, "D", "B and C are taken, and stay so");
}

#[test]
fn of_two_devices_that_spend_one_code_at_once_one_gets_in() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    let code_text = server.code(&tenant, "loc_a");
    let mut first = None;
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        let spends = statements.iter().any(|statement| statement.sql.contains("UPDATE enrolment_codes"));
        if spends && first.is_none() {
            first = Some(post(&server, "", "/devices/enrol", &enrolment(&code_text)));
        }
        Ok(())
    }));
    slow.now.set(server.now.get() + 1);
    let second = slow.ask(ApiRequest::post("/devices/enrol", enrolment(&code_text).to_string()));
    drop(slow);
    assert_eq!((first.unwrap().status, code(&second)), (201, "ENROLMENT_CODE_INVALID"));
    assert_eq!(server.number("SELECT count(*) AS n FROM devices"), 2);
    assert_eq!(server.number("SELECT devices_enrolled AS n FROM locations"), 2);
}

#[test]
fn two_codes_spent_at_once_give_two_prefixes() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    let codes = [server.code(&tenant, "loc_a"), server.code(&tenant, "loc_a")];
    let mut first = None;
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        let spends = statements.iter().any(|statement| statement.sql.contains("UPDATE enrolment_codes"));
        if spends && first.is_none() {
            first = Some(server.post::<Value>("", "/devices/enrol", &enrolment(&codes[0])));
        }
        Ok(())
    }));
    slow.now.set(server.now.get() + 1);
    for _ in 0..9 {
        // Another server has randomness of its own.
        slow.moment();
    }
    let second: Value = slow.post("", "/devices/enrol", &enrolment(&codes[1]));
    drop(slow);
    assert_eq!((&first.unwrap()["device_prefix"], &second["device_prefix"]), (&json!("B"), &json!("C")));
}

#[test]
fn a_suspended_device_delivers_but_reads_nothing_and_a_revoked_one_does_neither() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let cursor = server.exchange(&device, None, &[]).cursor;
    let set = |state: &str| -> DeviceSummary {
        let path = format!("/admin/devices/{}/{state}", device.id);
        read(&server.ask(ApiRequest { method: "POST".to_owned(), ..ApiRequest::get(&path) }.bearer(&tenant.token)))
    };
    let pull = || server.ask(ApiRequest::get("/sync/changes").bearer(&device.token));
    assert_eq!(set("suspend").status, DeviceStatus::Suspended);
    let reply = server.exchange(&device, Some(&cursor), &[device.open(1, 1)]);
    assert_eq!((outcome(&reply.verdicts[0]), reply.acked_seq), ("applied 1".to_owned(), 1));
    assert_eq!((reply.changes.len(), &reply.cursor, reply.has_more), (0, &cursor, false));
    let again = server.exchange(&device, None, &[device.open(1, 1)]);
    assert_eq!((again.verdicts[0].replayed, again.changes.len()), (true, 0));
    assert_eq!(code(&pull()), "DEVICE_SUSPENDED");

    assert_eq!(set("revoke").status, DeviceStatus::Revoked);
    let before = server.row_counts();
    assert_eq!(code(&server.exchange_raw(&device, INCARNATION, None, &[device.open(2, 2)])), "DEVICE_REVOKED");
    assert_eq!(code(&pull()), "DEVICE_REVOKED");
    assert_eq!(server.row_counts(), before);
    assert_eq!(set("suspend").status, DeviceStatus::Revoked, "what is revoked stays revoked");
}

#[test]
fn a_device_revoked_while_its_exchange_is_decided_writes_nothing() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let path = format!("/admin/devices/{}/revoke", device.id);
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        if settles(statements) {
            server.ask(ApiRequest { method: "POST".to_owned(), ..ApiRequest::get(&path) }.bearer(&tenant.token));
        }
        Ok(())
    }));
    assert_eq!(code(&slow.exchange_raw(&device, INCARNATION, None, &[device.open(1, 1)])), "DEVICE_REVOKED");
    drop(slow);
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 0);
}

#[test]
fn the_admin_sees_every_device_and_how_far_its_streams_have_come() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    server.enrol(&tenant, "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.open(2, 2)]);
    let devices: Vec<DeviceSummary> = read(&server.ask(ApiRequest::get("/admin/devices").bearer(&tenant.token)));
    let of = |prefix: &str| devices.iter().find(|device| device.device_prefix == prefix).unwrap();
    assert_eq!((devices.len(), of("A").streams.len(), of("B").streams.len()), (2, 1, 0));
    let stream = &of("A").streams[0];
    assert_eq!((stream.stream.as_str(), stream.incarnation.as_str(), stream.acked_seq), ("orders", INCARNATION, 2));
    assert_eq!(of("A").last_seen_at.map(domain::Timestamp::millis), Some(server.now.get()));
    assert_eq!((of("A").name.as_str(), of("B").last_seen_at), ("Bar till", None));
}

#[test]
fn a_menu_is_pushed_onto_the_version_it_was_edited_from() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let menu: Value = serde_json::from_str(include_str!("../../fixtures/menu.json")).unwrap();
    let push = |base: u32, version: u32| {
        let mut menu = menu.clone();
        menu["menu_version"] = json!(version);
        post(
            &server,
            &tenant.token,
            "/sync/menu",
            &json!({ "location_id": "loc_a", "base_version": base, "menu": menu }),
        )
    };
    assert_eq!(problem(&push(40, 41)).detail, "the current menu is version 0, edit that one");
    assert_eq!(read::<MenuPushed>(&push(0, 41)).menu_version, 41);
    let before = server.rows("SELECT * FROM records ORDER BY changed_seq");
    let stale = push(0, 42);
    assert_eq!(code(&stale), "MENU_BASE_STALE");
    assert!(problem(&stale).detail.contains("41"), "{}", stale.body);
    assert_eq!(code(&push(41, 41)), "INVALID_REQUEST", "the version must grow");
    assert_eq!(server.rows("SELECT * FROM records ORDER BY changed_seq"), before);
    assert_eq!(read::<MenuPushed>(&push(41, 42)).menu_version, 42);
    let entries = server.exchange(&device, None, &[]).changes;
    assert_eq!(entries.iter().map(|entry| (entry.rev, entry.changed_seq)).collect::<Vec<_>>(), [(1, 1), (2, 3)]);
}

#[test]
fn of_two_menus_pushed_at_once_onto_one_version_one_stands() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    let mut menu: Value = serde_json::from_str(include_str!("../../fixtures/menu.json")).unwrap();
    let mut body = |version: u32| {
        menu["menu_version"] = json!(version);
        json!({ "location_id": "loc_a", "base_version": 0, "menu": menu })
    };
    let (ours, theirs) = (body(41), body(42));
    let mut first = None;
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        if statements.len() > 2 && first.is_none() {
            first = Some(post(&server, &tenant.token, "/sync/menu", &theirs));
        }
        Ok(())
    }));
    let second = slow.ask(ApiRequest::post("/sync/menu", ours.to_string()).bearer(&tenant.token));
    drop(slow);
    assert_eq!((first.unwrap().status, code(&second)), (200, "MENU_BASE_STALE"));
    assert_eq!(server.number("SELECT record ->> '$.menu_version' AS n FROM records WHERE collection = 'menu'"), 42);
}

#[test]
fn a_menu_that_does_not_fit_together_is_refused_with_the_place() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let mut menu: Value = serde_json::from_str(include_str!("../../fixtures/menu.json")).unwrap();
    menu["taxes"] = json!([]);
    let body = json!({ "location_id": "loc_a", "base_version": 0, "menu": menu });
    let refused = post(&server, &tenant.token, "/sync/menu", &body);
    assert_eq!(code(&refused), "INVALID_REQUEST");
    assert!(problem(&refused).detail.contains("menu.items[0].tax_ids"), "{}", refused.body);
    assert_eq!(code(&post(&server, &device.token, "/sync/menu", &body)), "FORBIDDEN", "the menu is the admin's");
}

#[test]
fn what_exists_is_not_made_again_and_what_does_not_is_not_found() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    let before = server.row_counts();
    let location = json!({ "location_id": "loc_a", "name": "Quay", "zone": "UTC", "currency": "USD",
        "currency_exponent": 2 });
    let mut late = location.clone();
    late["cut_over_hour"] = json!(24);
    let at = json!({ "location_id": "loc_z" });
    let again = json!({ "tenant_id": "ten_a", "name": "Again" });
    assert_eq!(code(&post(&server, OPERATOR, "/admin/tenants", &again)), "ALREADY_EXISTS");
    assert_eq!(code(&post(&server, &tenant.token, "/admin/locations", &location)), "ALREADY_EXISTS");
    assert_eq!(code(&post(&server, &tenant.token, "/admin/locations", &late)), "INVALID_REQUEST");
    let mut nowhere = location;
    nowhere["zone"] = json!("Atlantis/Old_Harbour");
    assert_eq!(code(&post(&server, &tenant.token, "/admin/locations", &nowhere)), "INVALID_REQUEST");
    assert_eq!(code(&post(&server, &tenant.token, "/admin/enrolment-codes", &at)), "NOT_FOUND");
    assert_eq!(code(&post(&server, &tenant.token, "/admin/devices/dev_z/revoke", &json!({}))), "NOT_FOUND");
    assert_eq!(server.row_counts(), before);
}

#[test]
fn a_location_gets_the_rule_of_its_zone_and_so_do_its_devices() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    let location = json!({ "location_id": "loc_b", "name": "Hill", "zone": "Europe/Madrid", "currency": "EUR",
        "currency_exponent": 2 });
    let made: LocationSettings = read(&post(&server, &tenant.token, "/admin/locations", &location));
    assert_eq!(made.zone_rule.as_deref(), Some("CET-1CEST,M3.5.0,M10.5.0/3"));
    let stored = "SELECT count(*) AS n FROM records WHERE json_extract(record, '$.zone_rule') LIKE 'CET-1CEST,%'";
    assert_eq!(server.number(stored), 1, "devices read it in the collection `location`");
}

#[test]
fn ids_not_chosen_are_made_and_differ() {
    let server = Server::new();
    let ids: Vec<String> = (0..3)
        .map(|_| {
            let created: Value = server.post(OPERATOR, "/admin/tenants", &json!({ "name": "Any" }));
            created["tenant_id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(ids.iter().all(|id| id.starts_with("ten_") && id.len() == 20), "{ids:?}");
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
}

#[test]
fn without_an_operator_token_nobody_is_the_operator() {
    let api = SyncApi::new(SqliteDatabase::open_in_memory().unwrap(), ApiConfig::default());
    let server = Server::new();
    for token in ["", OPERATOR] {
        let request = ApiRequest::post("/admin/tenants", r#"{"name":"x"}"#).bearer(token);
        assert_eq!(code(&block_on(api.handle(server.moment(), request))), "UNAUTHORIZED");
    }
}

#[test]
fn tokens_and_codes_are_stored_only_as_hashes() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let open_code = server.code(&tenant, "loc_a");
    let stored = format!(
        "{:?}{:?}{:?}",
        server.rows("SELECT * FROM tenants"),
        server.rows("SELECT * FROM devices"),
        server.rows("SELECT * FROM enrolment_codes")
    );
    for secret in [&tenant.token, &device.token, &open_code] {
        let (_, random) = secret.rsplit_once('.').unwrap();
        assert!(random.len() >= 32 && !stored.contains(random));
    }
}

#[test]
fn health_says_which_schema_and_protocol_and_that_the_store_answers() {
    let server = Server::new();
    let health: Health = read(&server.ask(ApiRequest::get("/health")));
    let migrations = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    let name = |file: std::io::Result<std::fs::DirEntry>| file.unwrap().file_name().into_string().unwrap();
    let number = |name: String| name.split_once('_').unwrap().0.parse::<u32>().unwrap();
    let schema_version = migrations.map(|file| number(name(file))).max();
    assert_eq!((health.status.as_str(), health.schema_version, health.protocol), ("ok", schema_version, 1));
}

#[test]
fn a_store_in_a_file_is_opened_again_as_it_was() {
    let path = std::env::temp_dir().join(format!("edge-api-{}.sqlite", std::process::id()));
    let server = Server::on(SqliteDatabase::open(&path).unwrap());
    let (_, device) = server.open("ten_a", "loc_a");
    let first = server.exchange(&device, None, &[device.open(1, 1)]);
    drop(server);
    let server = Server::on(SqliteDatabase::open(&path).unwrap());
    let reply: ExchangeReply = server.exchange(&device, None, &[device.open(1, 1)]);
    assert!(reply.verdicts[0].replayed);
    assert_eq!(reply.cursor, first.cursor);
    drop(server);
    std::fs::remove_file(path).unwrap();
}
