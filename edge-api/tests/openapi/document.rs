//! The document around the endpoints.

use std::collections::BTreeMap;

use protocol::ErrorCode;
use serde_json::{Map, Value, json};

use crate::endpoints;
use crate::operation::{Operation, Success};
use crate::shapes::{PLACE, Shapes};

const ABOUT: &str = "Orders, staff and menus of restaurants whose tills go on without a network. What the messages mean and \
    owe each other is in docs/protocol.md; every code is in docs/error-codes.md.\n\nBodies are `application/json` in UTF-8, as \
    they are or as gzip (`Content-Encoding: gzip`): unpacked at most 512 KiB, nested at most 16 deep, texts at most 4,096 \
    bytes, no key twice in one object. A method that a path does not know is answered 405 `METHOD_NOT_ALLOWED` with `Allow`, a \
    path that does not exist 404 `NOT_FOUND`. A parameter of the query that is empty is none, one that is unknown is passed \
    over, and values are taken as they stand, without unescaping.";

/// All of it.
pub(crate) fn whole() -> Value {
    let (mut shapes, mut responses) = (Shapes::new(), Map::new());
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in endpoints::all() {
        let entry = described(&operation, &mut shapes, &mut responses);
        paths.entry(operation.path).or_default().insert(operation.method.to_lowercase(), entry);
    }
    let mut document = json!({
        "openapi": "3.1.1",
        "info": {
            "title": "AuraConnect Offline Sync",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What devices, admins and the operator ask of the server.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "operator": credential("The operator's secret."),
                "admin": credential("A tenant's admin: `adm_…`."),
                "device": credential("A device: `dvc_…`."),
            },
            "headers": headers(),
            "responses": responses,
        },
    });
    let schemas = shapes.settle(&mut document);
    document.pointer_mut("/components").unwrap()[PLACE.rsplit('/').next().unwrap()] = schemas.into();
    document
}

fn credential(says: &str) -> Value {
    json!({ "type": "http", "scheme": "bearer", "description": says })
}

fn described(operation: &Operation, shapes: &mut Shapes, shared: &mut Map<String, Value>) -> Value {
    let mut entry = json!({
        "operationId": operation.id,
        "summary": operation.says,
        "security": operation.security(),
        "responses": {},
    });
    let parameters = parameters(operation, shapes);
    if !parameters.is_empty() {
        entry["parameters"] = parameters.into();
    }
    if let Some(shape) = &operation.body {
        entry["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": shape(shapes) } } });
    }
    for success in &operation.successes {
        entry["responses"][success.status.to_string()] = succeeded(success, shapes);
    }
    for (status, codes) in by_status(&operation.refusals) {
        let name = codes.iter().map(|code| in_camels(code.as_str())).collect::<Vec<_>>().join("Or");
        entry["responses"][status.to_string()] = json!({ "$ref": format!("#/components/responses/{name}") });
        shared.entry(name).or_insert_with(|| refused(status, &codes, shapes));
    }
    entry
}

fn parameters(operation: &Operation, shapes: &mut Shapes) -> Vec<Value> {
    let id = operation.path.contains("{id}").then(|| {
        let schema = shapes.asked::<domain::DeviceId>();
        json!({ "name": "id", "in": "path", "required": true, "schema": schema })
    });
    let date = operation.path.contains("{date}").then(|| {
        let schema = shapes.asked::<domain::BusinessDate>();
        json!({ "name": "date", "in": "path", "required": true, "schema": schema })
    });
    let query = operation.query.iter().map(|parameter| {
        let schema = (parameter.shape)(shapes);
        json!({ "name": parameter.name, "in": "query", "description": parameter.says, "schema": schema })
    });
    id.into_iter().chain(date).chain(query).collect()
}

fn succeeded(success: &Success, shapes: &mut Shapes) -> Value {
    let mut response = json!({ "description": success.says, "headers": sent_always() });
    match &success.body {
        Some(shape) => response["content"] = json!({ "application/json": { "schema": shape(shapes) } }),
        None => response["headers"] = json!({}),
    }
    response
}

fn by_status(codes: &[ErrorCode]) -> BTreeMap<u16, Vec<ErrorCode>> {
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(*code);
    }
    by_status
}

fn refused(status: u16, codes: &[ErrorCode], shapes: &mut Shapes) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let mut headers = sent_always();
    let more = match status {
        401 => Some("WWW-Authenticate"),
        429 | 503 => Some("Retry-After"),
        _ if codes.contains(&ErrorCode::UpgradeRequired) => Some("Upgrade"),
        _ => None,
    };
    if let Some(name) = more {
        headers[name] = header_reference(name);
    }
    json!({
        "description": format!("Refused: {}.", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        "headers": headers,
        "content": { "application/problem+json": { "schema": shapes.problem(status, &names) } },
    })
}

fn sent_always() -> Value {
    json!({ "X-Request-Id": header_reference("X-Request-Id"), "Cache-Control": header_reference("Cache-Control") })
}

fn header_reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn headers() -> Value {
    let header = |says: &str, schema: Value| json!({ "description": says, "required": true, "schema": schema });
    json!({
        "X-Request-Id": header(
            "Names the request in the server's log.",
            json!({ "type": "string", "pattern": "^req_[0-9a-f]{20}$" }),
        ),
        "Cache-Control": header("No answer is kept.", json!({ "type": "string", "const": "no-store" })),
        "Retry-After": header(
            "Seconds after which the same request may be sent again.",
            json!({ "type": "integer", "minimum": 1 }),
        ),
        "WWW-Authenticate": header("What is asked for.", json!({ "type": "string", "const": "Bearer" })),
        // It speaks of one connection, so whatever stands between may take it out.
        "Upgrade": {
            "description": "What is asked for.",
            "required": false,
            "schema": { "type": "string", "const": "websocket" },
        },
    })
}

/// `SEQ_GAP` as `SeqGap`.
fn in_camels(code: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(1);
        format!("{first}{}", rest.to_lowercase())
    };
    code.split('_').map(word).collect()
}
