//! Tenants in several databases: each is found in its own, and nobody is anybody in another's.
#![cfg(test)]

mod restaurant;

use std::cell::Cell;
use std::rc::Rc;

use edge_api::{ApiConfig, ApiRequest, Database, DatabaseError, Places, Rows, SqliteDatabase, Statement, SyncApi};
use pollster::block_on;
use protocol::{EnrolmentGrant, Health, TenantCreated};
use restaurant::*;
use serde_json::{Value, json};

const TABLES: [&str; 5] = [
    "SELECT * FROM tenants",
    "SELECT * FROM locations",
    "SELECT * FROM devices",
    "SELECT * FROM records",
    "SELECT * FROM operations",
];

/// SHA-256 of `dvc_` and 32 times `ab`.
const OLD_TOKEN_HASH: &str = "42b739cae76f88583dace73f774c36ebe6be1a4f66222ed642273a94278706df";

fn empty() -> SqliteDatabase {
    SqliteDatabase::open_in_memory().unwrap()
}

fn two_databases() -> Server {
    let mut server = Server::new();
    server.api = server.api.with_database("DB_2", empty());
    server
}

fn database<'a>(server: &'a Server, name: &str) -> &'a SqliteDatabase {
    server.api.database_named(name).unwrap()
}

fn everything(database: &SqliteDatabase) -> String {
    TABLES.map(|sql| format!("{:?}", database.run(&[Statement::new(sql, [])]).unwrap())).join("\n")
}

fn tenant_in<D: Database>(server: &Server<D>, tenant_id: &str, database: &str) -> Tenant {
    let body = json!({ "tenant_id": tenant_id, "name": "Saltmarsh", "database": database });
    Tenant { token: server.post::<TenantCreated>(OPERATOR, "/admin/tenants", &body).admin_token }
}

fn opened_in<D: Database>(server: &Server<D>, tenant_id: &str, database: &str) -> (Tenant, Device) {
    let tenant = tenant_in(server, tenant_id, database);
    server.location(&tenant, "loc_a");
    let device = server.enrol(&tenant, "loc_a");
    (tenant, device)
}

fn create(server: &Server, body: &Value) -> edge_api::ApiResponse {
    server.ask(ApiRequest::post("/admin/tenants", body.to_string()).bearer(OPERATOR))
}

/// The same credential with another tenant's hint.
fn claiming(token: &str, kind: &str, tenant_id: &str) -> String {
    let (_, secret) = token.rsplit_once('.').unwrap();
    format!("{kind}_{tenant_id}.{secret}")
}

#[test]
fn a_tenant_lives_in_one_database_whole_and_works_there_like_in_any() {
    let server = two_databases();
    let (_, first) = opened_in(&server, "ten_first", "DB");
    let (admin, second) = opened_in(&server, "ten_second", "DB_2");
    let before = everything(database(&server, "DB"));
    let reply = server.exchange(&second, None, &[second.open(1, 1), second.add_line(2, 1)]);
    assert_eq!(reply.verdicts.iter().map(outcome).collect::<Vec<_>>(), ["applied 1", "applied 2"]);
    assert_eq!(server.pull(&second, &reply.cursor, EVERYTHING).changes.len(), 0);
    assert_eq!(server.ask(ApiRequest::get("/admin/devices").bearer(&admin.token)).status, 200);
    assert_eq!(everything(database(&server, "DB")), before, "nothing of it reached the other database");
    for (name, absent) in [("DB", "ten_second"), ("DB_2", "ten_first")] {
        assert!(!everything(database(&server, name)).contains(absent), "{absent} in {name}");
    }
    assert_eq!(server.exchange(&first, None, &[first.open(1, 1)]).verdicts.len(), 1);
}

#[test]
fn a_hint_only_leads_the_way_and_a_credential_is_nobodys_in_another_database() {
    let server = two_databases();
    let (first_admin, first) = opened_in(&server, "ten_first", "DB");
    let (second_admin, second) = opened_in(&server, "ten_second", "DB_2");
    let ask = |path: &str, token: &str| server.ask(ApiRequest::get(path).bearer(token));
    for (token, other) in [(&first.token, "ten_second"), (&second.token, "ten_first"), (&second.token, "ten_nobody")] {
        let response = ask("/sync/changes", &claiming(token, "dvc", other));
        assert_eq!(code(&response), "UNAUTHORIZED");
        for canary in ["ten_first", "ten_second", "DB_2"] {
            assert!(!response.body.contains(canary), "{canary} in {}", response.body);
        }
    }
    for (token, other) in [(&first_admin.token, "ten_second"), (&second_admin.token, "ten_first")] {
        assert_eq!(code(&ask("/admin/devices", &claiming(token, "adm", other))), "UNAUTHORIZED");
    }
    let open_code = server.code(&second_admin, "loc_a");
    let stray = format!("ten_first.{}", open_code.rsplit_once('.').unwrap().1);
    let stray = server.ask(ApiRequest::post("/devices/enrol", enrolment(&stray).to_string()));
    assert_eq!(code(&stray), "ENROLMENT_CODE_INVALID");
    let _: EnrolmentGrant = server.post("", "/devices/enrol", &enrolment(&open_code));
}

#[test]
fn the_kind_before_a_hint_gives_no_rights() {
    let server = two_databases();
    let (admin, device) = opened_in(&server, "ten_second", "DB_2");
    let as_operator = json!({ "tenant_id": "ten_third", "name": "x" }).to_string();
    for token in [&admin.token, &device.token] {
        let request = ApiRequest::post("/admin/tenants", as_operator.clone()).bearer(token);
        assert_eq!(code(&server.ask(request)), "FORBIDDEN");
    }
    assert_eq!(code(&server.ask(ApiRequest::get("/admin/devices").bearer(&device.token))), "FORBIDDEN");
}

#[test]
fn credentials_without_a_hint_are_still_good_in_the_first_database() {
    let server = two_databases();
    let (admin, device) = opened_in(&server, "ten_first", "DB");
    // As it stands in a store that was made before there were hints, where tokens were a kind and 64 digits.
    let old = format!("dvc_{}", "ab".repeat(32));
    let set = Statement::new(
        "UPDATE devices SET token_hash = ?1 WHERE device_id = ?2",
        [OLD_TOKEN_HASH.into(), device.id.as_str().into()],
    );
    database(&server, "DB").run(&[set]).unwrap();
    assert_eq!(server.ask(ApiRequest::get("/sync/changes").bearer(&old)).status, 200);
    assert_eq!(code(&server.ask(ApiRequest::get("/sync/changes").bearer(&device.token))), "UNAUTHORIZED");
    assert_eq!(server.ask(ApiRequest::get("/admin/devices").bearer(&admin.token)).status, 200);
}

#[test]
fn a_new_tenant_is_placed_where_the_fewest_live() {
    let server = two_databases();
    for number in 0..3 {
        tenant_in(&server, &format!("ten_{number}"), "DB");
    }
    let count = |name: &str| {
        let counted = database(&server, name).run(&[Statement::new("SELECT count(*) AS n FROM tenants", [])]).unwrap();
        counted[0][0].integer("n").unwrap()
    };
    for number in 3..6 {
        server.tenant(&format!("ten_{number}"));
    }
    assert_eq!((count("DB"), count("DB_2")), (3, 3));
    server.tenant("ten_6");
    server.tenant("ten_7");
    assert_eq!((count("DB"), count("DB_2")), (4, 4));
}

#[test]
fn a_tenant_half_made_is_finished_by_the_repeat_and_a_whole_one_exists_already() {
    let server = two_databases();
    let placed = Statement::new(
        "INSERT INTO directory (tenant_id, database, created_at) VALUES (?1, ?2, ?3)",
        ["ten_half".into(), "DB_2".into(), "2026-10-31T23:41:07.120Z".into()],
    );
    database(&server, "DB").run(&[placed]).unwrap();
    let elsewhere = json!({ "tenant_id": "ten_half", "name": "Saltmarsh", "database": "DB" });
    assert_eq!(code(&create(&server, &elsewhere)), "ALREADY_EXISTS");
    server.tenant("ten_half");
    assert!(everything(database(&server, "DB_2")).contains("ten_half"));
    for body in [json!({ "tenant_id": "ten_half", "name": "Saltmarsh" }), elsewhere] {
        assert_eq!(code(&create(&server, &body)), "ALREADY_EXISTS");
    }
    let unknown = json!({ "tenant_id": "ten_new", "name": "Saltmarsh", "database": "DB_9" });
    assert_eq!(code(&create(&server, &unknown)), "INVALID_REQUEST");
    let rows = database(&server, "DB").run(&[Statement::new("SELECT tenant_id FROM directory", [])]).unwrap();
    assert_eq!(rows[0].len(), 1, "a refused wish leaves no place behind");
}

#[test]
fn the_directory_is_read_once_a_minute_and_every_other_request_touches_only_the_tenants_database() {
    let (first, second) = (empty(), empty());
    let places: Rc<Places> = Rc::default();
    let clock = Cell::new(NOW);
    // Each request has a server of its own, as each event of a Worker has; the places outlive it.
    let fresh = || {
        let [one, other] = [&first, &second].map(|inner| Interleaved::new(inner, |_| Ok(())));
        let mut server = Server::on(one);
        server.api = server.api.with_database("DB_2", other).with_places(Rc::clone(&places));
        server.now.set(clock.get());
        server
    };
    let (_, device) = opened_in(&fresh(), "ten_second", "DB_2");
    let mut directory_reads = Vec::new();
    for (seq, pause) in [(1, 60_000), (2, 0), (3, 59_999), (4, 1), (5, 0)] {
        clock.set(clock.get() + pause);
        let server = fresh();
        server.exchange(&device, None, &[device.open(seq, u32::try_from(seq).unwrap())]);
        directory_reads.push(server.api.database().batches.get());
    }
    assert_eq!(directory_reads, [1, 0, 0, 1, 0]);
}

/// A store that may not answer.
struct Silent<'a>(Option<&'a SqliteDatabase>);

impl Database for Silent<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        match self.0 {
            Some(inner) => inner.run(&statements),
            None => Err(DatabaseError::Failed("secret cause".to_owned())),
        }
    }
}

#[test]
fn health_reports_every_database_and_is_down_only_without_the_first() {
    let store = empty();
    let cases = [
        (Some(&store), Some(&store), 200, "ok"),
        (Some(&store), None, 200, "degraded"),
        (None, Some(&store), 503, "unavailable"),
        (None, None, 503, "unavailable"),
    ];
    for (first, second, status, word) in cases {
        let config = ApiConfig { operator_token: OPERATOR.to_owned(), ..ApiConfig::default() };
        let api = SyncApi::new(Silent(first), config).with_database("DB_2", Silent(second));
        let response = block_on(api.handle(Server::new().moment(), ApiRequest::get("/health")));
        assert_eq!(response.status, status);
        let health: Health = serde_json::from_str(&response.body).unwrap();
        let oks: Vec<_> = health.databases.iter().map(|report| (report.name.as_str(), report.ok)).collect();
        assert_eq!((health.status.as_str(), oks), (word, vec![("DB", first.is_some()), ("DB_2", second.is_some())]));
        assert_eq!(health.schema_version.is_some(), first.is_some());
        assert!(!response.body.contains("secret"));
        assert_eq!(response.trace.cause.is_some(), word != "ok", "the log knows why");
    }
}
