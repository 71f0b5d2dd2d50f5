//! What is refused as a whole is refused with a stable code and writes nothing.
#![cfg(test)]

mod restaurant;

use edge_api::{ApiRequest, ApiResponse};
use restaurant::*;
use serde_json::{Value, json};

/// Every endpoint that takes a body.
const PATHS: [&str; 6] =
    ["/sync/orders", "/sync/menu", "/devices/enrol", "/admin/tenants", "/admin/locations", "/admin/enrolment-codes"];

struct Door {
    server: Server,
    tenant: Tenant,
    device: Device,
    before: Vec<u64>,
}

impl Door {
    fn new() -> Self {
        let server = Server::new();
        let (tenant, device) = server.open("ten_a", "loc_a");
        let before = server.row_counts();
        Self { server, tenant, device, before }
    }

    fn token(&self, path: &str) -> &str {
        match path {
            "/admin/tenants" => OPERATOR,
            "/sync/orders" => &self.device.token,
            _ => &self.tenant.token,
        }
    }

    fn send(&self, path: &str, body: impl Into<Vec<u8>>) -> ApiResponse {
        let response = self.server.ask(ApiRequest::post(path, body).bearer(self.token(path)));
        assert_eq!(self.server.row_counts(), self.before, "{path} wrote something");
        response
    }
}

#[test]
fn a_body_that_is_not_json_is_malformed() {
    let door = Door::new();
    let whole = json!({ "protocol": 1, "app_version": "1", "incarnation": INCARNATION, "cursor": null, "limit": 1,
        "mutations": [door.device.open(1, 1)] })
    .to_string();
    let cut_off = whole.strip_suffix("}").unwrap();
    let captive_portal = "<!doctype html><title>Sign in to WiFi</title>";
    let bodies = ["", " ", "{", captive_portal, cut_off, "{\"protocol\":\"one\",", "\u{feff}{}", "{} {}", "NaN"];
    for path in PATHS {
        for body in bodies {
            assert_eq!(code(&door.send(path, body)), "MALFORMED_BODY", "{path} {body}");
        }
        assert_eq!(code(&door.send(path, [b'"', 0xff, b'"'])), "MALFORMED_BODY", "{path}");
    }
}

#[test]
fn json_of_another_kind_is_invalid() {
    let door = Door::new();
    for path in PATHS {
        for body in ["[]", "null", "7", "\"text\"", "{}", "{\"hello\":\"world\"}", "[[[]]]"] {
            assert_eq!(code(&door.send(path, body)), "INVALID_REQUEST", "{path} {body}");
        }
    }
}

#[test]
fn a_field_that_is_no_part_of_a_request_is_refused() {
    let door = Door::new();
    let body = json!({ "tenant_id": "ten_b", "name": "B", "admin_token": "mine" }).to_string();
    assert_eq!(code(&door.send("/admin/tenants", body)), "INVALID_REQUEST");
    let twice = r#"{"name":"A","name":"B"}"#;
    assert_eq!(code(&door.send("/admin/tenants", twice)), "INVALID_REQUEST");
}

#[test]
fn deep_long_and_large_bodies_are_stopped_before_they_are_read() {
    let door = Door::new();
    let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    for path in PATHS {
        assert_eq!(code(&door.send(path, nested(16))), "INVALID_REQUEST", "{path}");
        assert!(problem(&door.send(path, nested(16))).detail.contains("nested"), "{path}");
        assert_eq!(code(&door.send(path, nested(200_000))), "INVALID_REQUEST", "{path}");
        let long = json!({ "x": "y".repeat(4_097) }).to_string();
        assert!(problem(&door.send(path, long)).detail.contains("4096"), "{path}");
        assert_eq!(code(&door.send(path, vec![b' '; 512 * 1024 + 1])), "BODY_TOO_LARGE", "{path}");
        let mut declared = ApiRequest::post(path, "{}").bearer(door.token(path));
        declared.content_length = Some(1 << 40);
        assert_eq!(code(&door.server.ask(declared)), "BODY_TOO_LARGE", "{path}");
    }
}

#[test]
fn the_nesting_of_a_change_counts() {
    let door = Door::new();
    let deep: Value = serde_json::from_str(&format!("{}{}", "[".repeat(14), "]".repeat(14))).unwrap();
    let response = door.server.exchange_raw(&door.device, INCARNATION, None, &[door.device.mutation(1, 1, &deep)]);
    assert_eq!(code(&response), "INVALID_REQUEST");
    assert_eq!(door.server.row_counts(), door.before);
}

#[test]
fn a_body_declared_as_something_else_or_encoded_is_not_read() {
    let door = Door::new();
    for path in PATHS {
        let request = || ApiRequest::post(path, "{").bearer(door.token(path));
        for content_type in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")]
        {
            let request = ApiRequest { content_type: content_type.map(str::to_owned), ..request() };
            assert_eq!(code(&door.server.ask(request)), "UNSUPPORTED_MEDIA_TYPE", "{path} {content_type:?}");
        }
        let encoded = ApiRequest { content_encoding: Some("br".to_owned()), ..request() };
        assert_eq!(code(&door.server.ask(encoded)), "UNSUPPORTED_MEDIA_TYPE", "{path}");
        let declared = ApiRequest { content_type: Some("Application/JSON; charset=utf-8".to_owned()), ..request() };
        assert_eq!(code(&door.server.ask(declared)), "MALFORMED_BODY", "{path}");
    }
}

#[test]
fn an_exchange_carries_a_hundred_mutations_and_not_one_more() {
    let door = Door::new();
    let mutations =
        |count: u64| (1..=count).map(|seq| door.device.open(seq, u32::try_from(seq).unwrap())).collect::<Vec<_>>();
    let response = door.server.exchange_raw(&door.device, INCARNATION, None, &mutations(101));
    assert_eq!(code(&response), "TOO_MANY_MUTATIONS");
    assert_eq!(door.server.row_counts(), door.before);
    assert_eq!(door.server.exchange(&door.device, None, &mutations(100)).acked_seq, 100);
}

#[test]
fn another_protocol_is_told_the_range_whatever_its_shape() {
    let door = Door::new();
    for body in [json!({ "protocol": 2, "batch": [] }), json!({ "protocol": 0 })] {
        let response = door.send("/sync/orders", body.to_string());
        assert_eq!(code(&response), "PROTOCOL_UNSUPPORTED");
        assert!(problem(&response).detail.contains("1 to 1"), "{}", response.body);
    }
}

#[test]
fn a_list_is_not_taken_for_the_fields_of_an_object() {
    let door = Door::new();
    let open = door.device.open(1, 1);
    let (id, seq) = (&open["id"], &open["seq"]);
    let exchange = json!({ "protocol": 1, "app_version": "1", "incarnation": INCARNATION, "cursor": null, "limit": 1,
        "mutations": [[id, seq, "TOO_LARGE"]] });
    let no_policy = json!({ "policy": [] }).to_string();
    let patch = ApiRequest { method: "PATCH".to_owned(), ..ApiRequest::post("/admin/tenants/ten_a", no_policy) };
    assert_eq!(code(&door.server.ask(patch.bearer(door.token("/admin/locations")))), "INVALID_REQUEST");
    for (path, body) in [
        ("/admin/locations", json!(["loc_b", "Quay", "America/New_York", "USD", 2])),
        ("/sync/orders", json!([1, "1", INCARNATION, null, 1, []])),
        ("/sync/orders", exchange),
    ] {
        let refused = door.server.ask(ApiRequest::post(path, body.to_string()).bearer(door.token(path)));
        assert_eq!(code(&refused), "INVALID_REQUEST", "{path} {body}");
    }
    assert_eq!(door.server.row_counts(), door.before);
}

#[test]
fn an_exchange_says_which_protocol_it_speaks() {
    let door = Door::new();
    let body = json!({ "app_version": "1", "incarnation": INCARNATION, "cursor": null, "limit": 1, "mutations": [] });
    assert_eq!(code(&door.send("/sync/orders", body.to_string())), "INVALID_REQUEST");
}

#[test]
fn an_exchange_with_impossible_values_is_invalid() {
    let door = Door::new();
    let body = |key: &str, value: Value| {
        let mut body = json!({ "protocol": 1, "app_version": "1", "incarnation": INCARNATION, "cursor": null, "limit": 1,
            "mutations": [door.device.open(1, 1)] });
        body[key] = value;
        body.to_string()
    };
    let mutation = |key: &str, value: Value| {
        let mut mutation = door.device.open(1, 1);
        mutation[key] = value;
        body("mutations", json!([mutation]))
    };
    let bodies = [
        body("app_version", json!("x".repeat(65))),
        body("incarnation", json!("not a uuid")),
        body("limit", json!(-1)),
        mutation("seq", json!(0)),
        mutation("seq", json!(9_007_199_254_740_992_u64)),
        mutation("seq", json!(1.5)),
        mutation("stamp", json!("yesterday")),
        mutation("record_id", json!("1 OR 1=1")),
    ];
    for body in bodies {
        assert_eq!(code(&door.send("/sync/orders", body.clone())), "INVALID_REQUEST", "{body}");
    }
}

#[test]
fn paths_and_methods_that_do_not_exist_say_so_before_anything_is_asked() {
    let server = Server::new();
    for path in ["/", "", "/sync", "/sync/orders/", "/admin/devices/a b/revoke", "/admin/devices//revoke", "//health"] {
        assert_eq!(code(&server.ask(ApiRequest::get(path))), "NOT_FOUND", "{path}");
    }
    for path in PATHS {
        let response = server.ask(ApiRequest::get(path));
        assert_eq!((code(&response), response.allow.as_deref()), ("METHOD_NOT_ALLOWED", Some("POST")), "{path}");
    }
    for path in ["/health", "/sync/changes", "/admin/devices"] {
        let response = server.ask(ApiRequest::post(path, "{}"));
        assert_eq!((code(&response), response.allow.as_deref()), ("METHOD_NOT_ALLOWED", Some("GET")), "{path}");
    }
}

#[test]
fn a_credential_is_asked_for_before_the_body_is_looked_at() {
    let door = Door::new();
    let paths = PATHS.into_iter().filter(|path| *path != "/devices/enrol");
    for path in paths {
        for authorization in [None, Some(""), Some("Bearer "), Some("Bearer nobody"), Some("Basic b3A6cHc=")] {
            let request = ApiRequest { authorization: authorization.map(str::to_owned), ..ApiRequest::post(path, "{") };
            assert_eq!(code(&door.server.ask(request)), "UNAUTHORIZED", "{path} {authorization:?}");
        }
        // The menu is for devices too: whoever edits on one shows their grant in the body.
        let wrong = match path {
            "/sync/orders" => &door.tenant.token,
            "/sync/menu" => OPERATOR,
            _ => &door.device.token,
        };
        assert_eq!(code(&door.server.ask(ApiRequest::post(path, "{").bearer(wrong))), "FORBIDDEN", "{path}");
    }
    assert_eq!(door.server.row_counts(), door.before);
}

#[test]
fn a_query_that_makes_no_sense_is_invalid() {
    let door = Door::new();
    for query in ["limit=many", "limit=-1", "incarnation=me"] {
        let request = ApiRequest::get(&format!("/sync/changes?{query}")).bearer(&door.device.token);
        assert_eq!(code(&door.server.ask(request)), "INVALID_REQUEST", "{query}");
    }
    let most = ApiRequest::get("/sync/changes?limit=4000000000&cursor=").bearer(&door.device.token);
    assert_eq!(door.server.ask(most).status, 200);
}
