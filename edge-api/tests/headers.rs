//! What every answer says to browsers.
#![cfg(test)]

mod restaurant;

use std::collections::BTreeMap;

use edge_api::{ApiRequest, ApiResponse};
use restaurant::*;

fn headers(response: &ApiResponse) -> BTreeMap<&'static str, String> {
    response.headers().into_iter().collect()
}

fn from(origin: &str, request: ApiRequest) -> ApiRequest {
    ApiRequest { origin: Some(origin.to_owned()), ..request }
}

#[test]
fn every_answer_is_kept_by_nobody_framed_by_nobody_and_names_its_request() {
    let server = Server::new();
    for request in [ApiRequest::get("/health"), ApiRequest::get("/nowhere"), ApiRequest::post("/sync/orders", "{")] {
        let response = server.ask(request);
        let headers = headers(&response);
        assert_eq!(headers["Cache-Control"], "no-store");
        assert_eq!(headers["X-Content-Type-Options"], "nosniff");
        assert_eq!(headers["Referrer-Policy"], "no-referrer");
        assert_eq!(headers["Vary"], "Origin");
        assert_eq!(headers["X-Request-Id"], response.trace.request_id);
        assert!(headers["Content-Security-Policy"].contains("frame-ancestors 'none'"));
        assert!(headers["Strict-Transport-Security"].starts_with("max-age="));
        assert_eq!(headers.contains_key("WWW-Authenticate"), response.status == 401);
        assert!(!headers.keys().any(|name| name.starts_with("Access-Control-")), "nobody asked from elsewhere");
    }
}

#[test]
fn only_pages_of_the_named_origins_may_read_an_answer() {
    let server = Server::new();
    let ours = headers(&server.ask(from("https://pos.example.com", ApiRequest::get("/health"))));
    assert_eq!(ours["Access-Control-Allow-Origin"], "https://pos.example.com");
    assert!(!ours.contains_key("Access-Control-Allow-Credentials"));
    let refused = server.ask(from("https://pos.example.com", ApiRequest::get("/sync/changes")));
    assert_eq!(refused.status, 401);
    assert!(headers(&refused).contains_key("Access-Control-Allow-Origin"), "a page may read why it was refused");
    for origin in
        ["https://pos.example.com.evil.net", "http://pos.example.com", "https://POS.example.com", "null", "*", ""]
    {
        let theirs = headers(&server.ask(from(origin, ApiRequest::get("/health"))));
        assert!(!theirs.keys().any(|name| name.starts_with("Access-Control-")), "{origin}");
    }
}

#[test]
fn a_preflight_is_answered_for_the_named_origins_and_paths_that_there_are() {
    let server = Server::new();
    let preflight = |origin: &str, path: &str| {
        server.ask(from(origin, ApiRequest { method: "OPTIONS".to_owned(), ..ApiRequest::get(path) }))
    };
    let ours = preflight("https://pos.example.com", "/admin/staff");
    assert_eq!((ours.status, ours.body.as_str()), (204, ""));
    let said = headers(&ours);
    assert_eq!(said["Access-Control-Allow-Methods"], "GET, POST");
    assert!(said["Access-Control-Allow-Headers"].contains("Authorization"));
    assert_eq!(code(&preflight("https://pos.example.com", "/nowhere")), "NOT_FOUND");
    assert_eq!(code(&preflight("https://evil.example", "/sync/orders")), "METHOD_NOT_ALLOWED");
}
