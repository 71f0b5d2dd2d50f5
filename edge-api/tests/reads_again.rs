//! What only reads is read again where the store was cut off; what writes is not.
#![cfg(test)]

mod restaurant;

use std::cell::Cell;

use edge_api::{ApiRequest, ApiResponse, DatabaseError, Statement};
use restaurant::*;
use serde_json::json;

fn reads(statements: &[Statement]) -> bool {
    statements.iter().all(|statement| statement.sql.starts_with("SELECT") || statement.sql.starts_with("WITH"))
}

fn cut_off() -> DatabaseError {
    DatabaseError::Transient("D1_ERROR: Network connection lost.".to_owned())
}

/// Everything that a device, an admin or nobody may read.
fn questions(tenant: &Tenant, device: &Device) -> Vec<ApiRequest> {
    let exchange = json!({ "protocol": 1, "app_version": "1.4.0", "incarnation": INCARNATION, "cursor": null,
        "limit": EVERYTHING, "mutations": [] });
    vec![
        ApiRequest::get("/health"),
        ApiRequest::get("/sync/changes").bearer(&device.token),
        ApiRequest::get("/sync/conflicts").bearer(&device.token),
        ApiRequest::listen("auraconnect.v1").bearer(&device.token),
        ApiRequest::post("/sync/orders", exchange.to_string()).bearer(&device.token),
        ApiRequest::get("/admin/devices").bearer(&tenant.token),
        ApiRequest::get("/admin/staff").bearer(&tenant.token),
    ]
}

fn said(response: &ApiResponse) -> (u16, String) {
    (response.status, response.body.clone())
}

#[test]
fn every_read_survives_a_store_that_is_cut_off_twice_in_each() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1)]);
    let (cuts, all_cuts) = (Cell::new(0), Cell::new(0));
    let flaky = Server::on(Interleaved::new(server.api.database(), |statements| {
        if reads(statements) && cuts.get() < 2 {
            cuts.set(cuts.get() + 1);
            all_cuts.set(all_cuts.get() + 1);
            return Err(cut_off());
        }
        cuts.set(0);
        Ok(())
    }));
    for request in questions(&tenant, &device) {
        let path = request.path.clone();
        let calm = server.ask(request.clone());
        assert!(calm.status < 300, "{path}: {}", calm.body);
        let before = all_cuts.get();
        assert_eq!(said(&flaky.ask(request)), said(&calm), "{path}");
        assert!(all_cuts.get() >= before + 2, "{path} reads");
    }
    let taken = flaky.exchange(&device, None, &[device.add_line(2, 1), device.open(3, 2)]);
    assert_eq!(taken.verdicts.iter().map(outcome).collect::<Vec<_>>(), ["applied 2", "applied 1"]);
    let enrolled: serde_json::Value = flaky.post("", "/devices/enrol", &enrolment(&server.code(&tenant, "loc_a")));
    assert_eq!(enrolled["device_prefix"], "B");
}

#[test]
fn a_read_is_asked_three_times_in_all_and_then_whoever_asked_is_told_to_come_back() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    for request in questions(&tenant, &device) {
        let path = request.path.clone();
        let asked = Cell::new(0);
        let gone = Server::on(Interleaved::new(server.api.database(), |_| {
            asked.set(asked.get() + 1);
            Err(cut_off())
        }));
        let response = gone.ask(request);
        assert_eq!((response.status, asked.get()), (503, 3), "{path}");
        if path != "/health" {
            assert_eq!((code(&response), response.retry_after), ("BUSY", Some(1)), "{path}");
        }
    }
}

#[test]
fn a_store_that_is_overloaded_is_not_asked_again() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    for request in questions(&tenant, &device) {
        let path = request.path.clone();
        let asked = Cell::new(0);
        let overloaded = Server::on(Interleaved::new(server.api.database(), |_| {
            asked.set(asked.get() + 1);
            Err(DatabaseError::Transient("D1 DB is overloaded. Too many requests queued.".to_owned()))
        }));
        assert_eq!((overloaded.ask(request).status, asked.get()), (503, 1), "{path}");
    }
}

#[test]
fn an_exchange_that_brings_nothing_asks_for_its_delta_three_times_and_no_more() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let asked = Cell::new(0);
    let flaky = Server::on(Interleaved::new(server.api.database(), |statements| {
        if statements.iter().any(|statement| statement.sql.starts_with("WITH")) {
            asked.set(asked.get() + 1);
            return Err(cut_off());
        }
        Ok(())
    }));
    let response = flaky.exchange_raw(&device, INCARNATION, None, &[]);
    assert_eq!((code(&response), response.retry_after, asked.get()), ("BUSY", Some(1), 3));
}

#[test]
fn a_write_that_was_cut_off_outside_an_exchange_is_for_the_asker_to_repeat() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let code_of_a_till = server.code(&tenant, "loc_a");
    let place = json!({ "location_id": "loc_b", "name": "Quay", "zone": "America/New_York", "currency": "USD",
        "currency_exponent": 2 });
    let suspend = format!("/admin/devices/{}/suspend", device.id);
    let requests = [
        ApiRequest::post("/admin/locations", place.to_string()).bearer(&tenant.token),
        ApiRequest::post("/admin/enrolment-codes", json!({ "location_id": "loc_a" }).to_string()).bearer(&tenant.token),
        ApiRequest::post("/devices/enrol", enrolment(&code_of_a_till).to_string()),
        ApiRequest::post(&suspend, "").bearer(&tenant.token),
    ];
    for request in requests {
        let path = request.path.clone();
        let before = server.row_counts();
        let written = Cell::new(0);
        let flaky = Server::on(Interleaved::new(server.api.database(), |statements| {
            if reads(statements) {
                return Ok(());
            }
            written.set(written.get() + 1);
            if written.get() == 1 { Err(cut_off()) } else { Ok(()) }
        }));
        let response = flaky.ask(request.clone());
        assert_eq!((code(&response), response.status, response.retry_after), ("BUSY", 503, Some(1)), "{path}");
        assert_eq!((written.get(), server.row_counts()), (1, before), "{path} is not written again unasked");
        assert!(flaky.ask(request).status < 300, "{path}");
    }
}
