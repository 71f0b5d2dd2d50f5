//! Who may listen for live pokes, and which requests poke whom.
#![cfg(test)]

mod restaurant;

use edge_api::{ApiRequest, LIVE_PROTOCOL, LiveOpening, LiveSeat, Moved, Tidings};
use restaurant::*;
use serde_json::{Value, json};

fn offering(token: &str) -> String {
    format!("{LIVE_PROTOCOL}, bearer.{token}")
}

fn opening(server: &Server, request: ApiRequest) -> LiveOpening {
    let response = server.ask(request);
    assert_eq!((response.status, response.body.as_str()), (101, ""));
    response.tidings.opening.unwrap()
}

fn fixture_menu() -> Value {
    let mut menu: Value = serde_json::from_str(include_str!("../../fixtures/menu.json")).unwrap();
    menu["location_id"] = json!("loc_quay");
    menu
}

fn admin(server: &Server, tenant: &Tenant, path: &str, body: &Value) -> Tidings {
    let response = server.ask(ApiRequest::post(path, body.to_string()).bearer(&tenant.token));
    assert!(response.status < 300, "{}", response.body);
    response.tidings
}

#[test]
fn a_device_listens_at_its_own_location_from_its_present_head() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_quay");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1), device.open(3, 2)]);
    let named = opening(&server, ApiRequest::listen(&offering(&device.token)));
    let seat = LiveSeat {
        tenant_id: "ten_a".parse().unwrap(),
        location_id: "loc_quay".parse().unwrap(),
        device_id: device.id.parse().unwrap(),
    };
    assert_eq!(named, LiveOpening { seat: seat.clone(), head: 3, offers_protocol: true });
    let unnamed = opening(&server, ApiRequest::listen("").bearer(&device.token));
    assert_eq!(unnamed, LiveOpening { seat, head: 3, offers_protocol: false });
}

#[test]
fn nobody_listens_without_a_devices_credential() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_quay");
    for (request, expected) in [
        (ApiRequest::listen(""), "UNAUTHORIZED"),
        (ApiRequest::listen(LIVE_PROTOCOL), "UNAUTHORIZED"),
        (ApiRequest::listen(&offering("dvc_0000")), "UNAUTHORIZED"),
        (ApiRequest::listen(&offering("")), "UNAUTHORIZED"),
        (ApiRequest::listen(&offering(&device.token)).bearer("dvc_0000"), "UNAUTHORIZED"),
        (ApiRequest::listen(&offering(&tenant.token)), "FORBIDDEN"),
        (ApiRequest::listen(&offering(OPERATOR)), "FORBIDDEN"),
        (
            ApiRequest { method: "POST".to_owned(), ..ApiRequest::listen(&offering(&device.token)) },
            "METHOD_NOT_ALLOWED",
        ),
        (ApiRequest::listen("chat").bearer(&device.token), "INVALID_REQUEST"),
    ] {
        let response = server.ask(request);
        assert_eq!(code(&response), expected);
        assert_eq!(response.tidings, Tidings::default());
    }
}

#[test]
fn without_an_upgrade_the_answer_names_the_one_that_is_needed() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_quay");
    for upgrade in [None, Some("h2c")] {
        let request = ApiRequest { upgrade: upgrade.map(str::to_owned), ..ApiRequest::get("/sync/live") };
        let response = server.ask(request.bearer(&device.token));
        assert_eq!((code(&response), response.upgrade), ("UPGRADE_REQUIRED", Some("websocket")));
    }
}

#[test]
fn a_token_among_subprotocols_opens_no_other_path() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_quay");
    let request = ApiRequest { path: "/sync/changes".to_owned(), ..ApiRequest::listen(&offering(&device.token)) };
    assert_eq!(code(&server.ask(request)), "UNAUTHORIZED");
}

#[test]
fn an_exchange_pokes_its_location_with_the_head_that_the_next_reader_finds() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_quay");
    server.open("ten_b", "loc_quay");
    let moved = |mutations: &[Value]| server.exchange_raw(&device, INCARNATION, None, mutations).tidings.moved;
    let at = |head| Moved { tenant_id: "ten_a".parse().unwrap(), location_id: "loc_quay".parse().unwrap(), head };
    assert_eq!(moved(&[device.open(1, 1), device.add_line(2, 1)]), [at(2)]);
    assert_eq!(moved(&[device.open(3, 2), device.open(4, 3)]), [at(4)]);
    assert!(server.exchange(&device, None, &[]).cursor.ends_with(".4"));
}

#[test]
fn a_request_that_moves_no_head_pokes_nobody() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_quay");
    server.exchange(&device, None, &[device.open(1, 1)]);
    let ask = |mutations: &[Value]| server.exchange_raw(&device, INCARNATION, None, mutations).tidings;
    assert_eq!(ask(&[]), Tidings::default(), "a pull");
    assert_eq!(ask(&[device.open(1, 1)]), Tidings::default(), "a repeat");
    assert_eq!(ask(&[device.add_line(2, 9)]), Tidings::default(), "a rejected mutation");
    assert_eq!(ask(&[device.open(9, 9)]), Tidings::default(), "a refused batch");
    let pulled = server.ask(ApiRequest::get("/sync/changes").bearer(&device.token)).tidings;
    let listed = server.ask(ApiRequest::get("/admin/devices").bearer(&tenant.token)).tidings;
    assert_eq!((pulled, listed), (Tidings::default(), Tidings::default()));
}

#[test]
fn a_new_menu_pokes_its_location_alone() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_quay");
    server.location(&tenant, "loc_pier");
    let push = json!({ "location_id": "loc_quay", "base_version": 0, "menu": fixture_menu() });
    let moved = admin(&server, &tenant, "/sync/menu", &push).moved;
    assert_eq!(
        moved.iter().map(|moved| (moved.location_id.as_str(), moved.head)).collect::<Vec<_>>(),
        [("loc_quay", 2)]
    );
    assert!(server.exchange(&device, None, &[]).cursor.ends_with(".2"));
}

#[test]
fn who_is_suspended_or_revoked_loses_its_socket_and_gets_no_other() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_quay");
    for (action, expected) in [("suspend", "DEVICE_SUSPENDED"), ("revoke", "DEVICE_REVOKED")] {
        let tidings = admin(&server, &tenant, &format!("/admin/devices/{}/{action}", device.id), &json!({}));
        let silenced = tidings.silenced.unwrap();
        assert_eq!(
            (silenced.tenant_id.as_str(), silenced.location_id.as_str(), silenced.device_id.as_str()),
            ("ten_a", "loc_quay", device.id.as_str())
        );
        assert_eq!(code(&server.ask(ApiRequest::listen(&offering(&device.token)))), expected);
    }
}
