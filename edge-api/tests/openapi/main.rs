//! `docs/openapi.json`, which the server serves: it says what the types say, and of every route that there is.
//!
//! `WRITE_OPENAPI=1 cargo test -p edge-api --test openapi` writes it anew.
#![cfg(test)]

mod document;
mod endpoints;
mod operation;
mod shapes;

use std::collections::BTreeSet;

use edge_api::{ApiConfig, ApiRequest, Moment, SqliteDatabase, SyncApi};
use serde_json::{Map, Value};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

#[test]
fn the_committed_document_is_what_the_types_say() {
    let mut text = serde_json::to_string_pretty(&document::whole()).unwrap();
    text.push('\n');
    if std::env::var_os("WRITE_OPENAPI").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(committed == text, "docs/openapi.json is not what the types say; WRITE_OPENAPI=1 writes it anew");
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let described: BTreeSet<_> = endpoints::all().iter().map(|operation| operation.name()).collect();
    assert_eq!(described.len(), endpoints::all().len(), "an operation is described twice");
    assert_eq!(described, routes());
}

/// The routes, as `GET /health`, from the source of the table that the server finds them in.
fn routes() -> BTreeSet<String> {
    let source = include_str!("../../src/sync_api/route.rs");
    let (_, table) = source.split_once("fn at(path: &str)").unwrap();
    let (table, _) = table.split_once("_ => Vec::new()").unwrap();
    let mut routes = BTreeSet::new();
    for entry in table.split("[\"\", ").skip(1) {
        let (segments, methods) = entry.split_once("] =>").unwrap();
        let path: String = segments.split(", ").map(segment).collect();
        let before = routes.len();
        routes.extend(methods.split("(\"").skip(1).map(|rest| format!("{} {path}", rest.split('"').next().unwrap())));
        assert!(routes.len() > before, "no method was found for {path}");
    }
    assert!(routes.len() > 20, "the table of routes was not read");
    routes
}

/// A name that stands for whatever is there is the id of what the path is about, but for a date.
fn segment(pattern: &str) -> String {
    let named = || if pattern == "date" { "/{date}" } else { "/{id}" }.to_owned();
    pattern.strip_prefix('"').map_or_else(named, |literal| format!("/{}", literal.trim_matches('"')))
}

#[test]
fn the_server_hands_the_document_to_anyone() {
    let api = SyncApi::new(SqliteDatabase::open_in_memory().unwrap(), ApiConfig::default());
    let moment = Moment { now: "2026-10-31T23:41:07.120Z".parse().unwrap(), entropy: [7; 64] };
    let response = pollster::block_on(api.handle(moment, ApiRequest::get("/openapi.json")));
    assert_eq!((response.status, response.content_type), (200, "application/json"));
    let told: Value = serde_json::from_str(&response.body).unwrap();
    assert!(told == document::whole(), "the server hands out another document");
}

#[test]
fn every_reference_leads_somewhere_and_every_part_is_referred_to() {
    let document = document::whole();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    for reference in &references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for kind in ["schemas", "responses", "headers"] {
        let parts: &Map<String, Value> = document["components"][kind].as_object().unwrap();
        for name in parts.keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(&reference), "nothing refers to {reference}");
        }
    }
}

fn collect_references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_references(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
