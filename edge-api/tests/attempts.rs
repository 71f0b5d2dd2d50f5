//! Every wrong code and every new PIN counts, however many are tried at once and wherever.
#![cfg(test)]

mod restaurant;

use edge_api::{ApiRequest, ApiResponse, Database, SqliteDatabase};
use protocol::{StaffSummary, TenantCreated};
use restaurant::*;
use serde_json::{Value, json};

const HERE: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.9";
const WINDOW: i64 = 600_000;
const HOUR: i64 = 3_600_000;
const COUNTED: &str = "SELECT coalesce(sum(count), 0) AS n FROM attempts";

fn wrong(tenant_id: &str, number: u32) -> String {
    format!("{tenant_id}.{number:032x}")
}

fn enrolling(address: &str, code: &str) -> ApiRequest {
    ApiRequest::post("/devices/enrol", enrolment(code).to_string()).coming_from(address)
}

/// Asks with so many wrong codes from here.
fn guess<D: Database>(server: &Server<D>, tenant_id: &str, times: u32) -> Vec<&'static str> {
    (0..times).map(|number| code(&server.ask(enrolling(HERE, &wrong(tenant_id, number))))).collect()
}

fn waits(refused: &ApiResponse, seconds: u32) {
    assert_eq!((code(refused), refused.status, refused.retry_after), ("TOO_MANY_REQUESTS", 429, Some(seconds)));
}

#[test]
fn after_twenty_wrong_codes_no_code_is_good_from_there_until_the_window_ends() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    assert_eq!(guess(&server, "ten_a", 20), ["ENROLMENT_CODE_INVALID"; 20]);
    server.pass(1);
    let good = server.code(&tenant, "loc_a");
    let before = (server.row_counts(), server.rows("SELECT * FROM attempts"));
    waits(&server.ask(enrolling(HERE, &wrong("ten_a", 20))), 600);
    waits(&server.ask(enrolling(HERE, &good)), 600);
    server.pass(WINDOW - 2);
    waits(&server.ask(enrolling(HERE, &good)), 1);
    assert_eq!((server.row_counts(), server.rows("SELECT * FROM attempts")), before, "a refusal writes nothing");
    server.pass(1);
    assert_eq!(server.ask(enrolling(HERE, &good)).status, 201);
    assert_eq!(guess(&server, "ten_a", 20), ["ENROLMENT_CODE_INVALID"; 20], "the next window is a whole one");
    waits(&server.ask(enrolling(HERE, &wrong("ten_a", 20))), 600);
}

#[test]
fn who_guesses_locks_out_neither_another_address_nor_another_tenant() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    let (other, _) = server.open("ten_b", "loc_b");
    guess(&server, "ten_a", 21);
    assert_eq!(server.ask(enrolling(ELSEWHERE, &server.code(&tenant, "loc_a"))).status, 201);
    assert_eq!(server.ask(enrolling(HERE, &server.code(&other, "loc_b"))).status, 201);
    let unknown = ApiRequest::post("/devices/enrol", enrolment(&server.code(&tenant, "loc_a")).to_string());
    assert_eq!(server.ask(unknown).status, 201, "without an address");
}

#[test]
fn those_without_an_address_are_counted_together() {
    let server = Server::new();
    server.open("ten_a", "loc_a");
    let ask = |number| server.ask(ApiRequest::post("/devices/enrol", enrolment(&wrong("ten_a", number)).to_string()));
    assert!((0..20).all(|number| code(&ask(number)) == "ENROLMENT_CODE_INVALID"));
    waits(&ask(20), 600);
}

#[test]
fn a_good_code_counts_nothing_and_a_spent_or_expired_one_counts() {
    let server = Server::new();
    let (tenant, _) = server.open("ten_a", "loc_a");
    let spent = server.code(&tenant, "loc_a");
    for _ in 0..25 {
        assert_eq!(server.ask(enrolling(HERE, &server.code(&tenant, "loc_a"))).status, 201);
    }
    assert_eq!(server.ask(enrolling(HERE, &spent)).status, 201);
    assert_eq!(server.number(COUNTED), 0);
    assert_eq!(code(&server.ask(enrolling(HERE, &spent))), "ENROLMENT_CODE_INVALID");
    let expired = server.code(&tenant, "loc_a");
    server.pass(599_999);
    assert_eq!(server.number(COUNTED), 1);
    server.pass(1);
    let late = server.code(&tenant, "loc_a");
    assert_eq!(code(&server.ask(enrolling(HERE, &expired))), "ENROLMENT_CODE_INVALID");
    assert_eq!(server.number(COUNTED), 1, "in a window of its own");
    assert_eq!(server.ask(enrolling(HERE, &late)).status, 201);
}

#[test]
fn a_tenant_that_does_not_exist_costs_no_row() {
    let server = Server::new();
    server.open("ten_a", "loc_a");
    assert_eq!(guess(&server, "ten_nobody", 30), ["ENROLMENT_CODE_INVALID"; 30]);
    for unnamed in ["0".repeat(32), format!("ten_a.{}", "F".repeat(32)), "ten_a".to_owned(), ".".to_owned()] {
        assert_eq!(code(&server.ask(enrolling(HERE, &unnamed))), "ENROLMENT_CODE_INVALID");
    }
    assert_eq!(server.number("SELECT count(*) AS n FROM attempts"), 0);
}

#[test]
fn of_fifty_wrong_codes_at_once_twenty_are_looked_at() {
    for by in [1, 7, 50] {
        let server = Server::new();
        server.open("ten_a", "loc_a");
        let racing = Server::on(TakingTurns { inner: server.api.database(), guarded: true });
        let asks = (0..50).map(|number| {
            let ask = enrolling(HERE, &wrong("ten_a", number));
            racing.api.handle(racing.moment(), ask)
        });
        let mut turns = (0..).step_by(by);
        let answers = at_once(asks, |under_way| turns.next().unwrap() % under_way);
        let looked_at = answers.iter().filter(|answer| code(answer) == "ENROLMENT_CODE_INVALID").count();
        assert_eq!((looked_at, server.number(COUNTED)), (20, 20));
        answers.iter().filter(|answer| answer.status == 429).for_each(|answer| waits(answer, 600));
    }
}

#[test]
fn a_guess_is_counted_where_the_tenant_lives() {
    let second = SqliteDatabase::open_in_memory().unwrap();
    let first = SqliteDatabase::open_in_memory().unwrap();
    let mut server = Server::on(&first);
    server.api = edge_api::SyncApi::new(&first, config()).with_database("DB_2", &second);
    let body = json!({ "tenant_id": "ten_far", "name": "Saltmarsh", "database": "DB_2" });
    let _: TenantCreated = server.post(OPERATOR, "/admin/tenants", &body);
    guess(&server, "ten_far", 20);
    waits(&server.ask(enrolling(HERE, &wrong("ten_far", 20))), 600);
    let counted = |database: &SqliteDatabase| {
        let rows = database.run(&[edge_api::Statement::new(COUNTED, [])]).unwrap();
        rows[0][0].integer("n").unwrap()
    };
    assert_eq!((counted(&first), counted(&second)), (0, 20));
}

/// A tenant with two people who have PINs.
fn staffed() -> (Server, Tenant) {
    let server = Server::new();
    let tenant = server.tenant("ten_a");
    server.location(&tenant, "loc_a");
    for staff_id in ["stf_mara", "stf_ines"] {
        let body = json!({ "staff_id": staff_id, "display": staff_id, "role": "server", "pin": "7294" });
        let _: StaffSummary = server.post(&tenant.token, "/admin/staff", &body);
    }
    (server, tenant)
}

fn patching(tenant: &Tenant, staff_id: &str, body: &Value) -> ApiRequest {
    let post = ApiRequest::post(&format!("/admin/staff/{staff_id}"), body.to_string());
    ApiRequest { method: "PATCH".to_owned(), ..post }.bearer(&tenant.token)
}

#[test]
fn one_person_is_given_at_most_ten_pins_an_hour() {
    let (server, tenant) = staffed();
    let reset = |staff_id, pin: &str| server.ask(patching(&tenant, staff_id, &json!({ "pin": pin })));
    for _ in 0..12 {
        assert_eq!(code(&reset("stf_mara", "1111")), "PIN_WEAK", "what is no PIN counts nothing");
    }
    for _ in 0..10 {
        assert_eq!(reset("stf_mara", "8305").status, 200);
    }
    server.pass(1_500);
    let before = server.rows("SELECT * FROM staff");
    waits(&reset("stf_mara", "7294"), 3_599);
    assert_eq!(server.rows("SELECT * FROM staff"), before);
    assert_eq!(reset("stf_ines", "8305").status, 200, "somebody else");
    assert_eq!(server.ask(patching(&tenant, "stf_mara", &json!({ "display": "Mara" }))).status, 200, "another change");
    assert_eq!(code(&reset("stf_nobody", "8305")), "NOT_FOUND");
    server.pass(HOUR - 1_500);
    assert_eq!(reset("stf_mara", "7294").status, 200);
}

#[test]
fn of_fifty_new_pins_at_once_ten_are_looked_at() {
    let (server, tenant) = staffed();
    let racing = Server::on(TakingTurns { inner: server.api.database(), guarded: true });
    let asks = (0..50).map(|_| {
        let ask = patching(&tenant, "stf_mara", &json!({ "pin": "8305" }));
        racing.api.handle(racing.moment(), ask)
    });
    let mut turns = 0..;
    let answers = at_once(asks, |under_way| turns.next().unwrap() % under_way);
    let (refused, looked_at): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 429);
    assert_eq!((refused.len(), looked_at.len(), server.number(COUNTED)), (40, 10, 10));
    refused.into_iter().for_each(|answer| waits(answer, 3_600));
    let set = looked_at.iter().filter(|answer| answer.status == 200).count();
    assert!(set >= 1 && looked_at.iter().all(|answer| answer.status == 200 || code(answer) == "BUSY"), "{set}");
}
