//! A location's day: the report of everything confirmed, the close that is written once, and what came late.
#![cfg(test)]

mod restaurant;

use domain::{BusinessDate, DayFigures, DeviceClose, DeviceId, LocationId, Owed, TenantId};
use edge_api::{ApiRequest, ApiResponse};
use protocol::{ClosedDay, DeviceDayClose, FrontierDay, LocationDay, read_frontier};
use restaurant::*;
use serde_json::{Value, json};

const DAY: &str = "/admin/locations/loc_a/days/2026-10-31";

/// Two devices at one place, each with one order of two lines of 29.00.
fn two_tills() -> (Server, Tenant, [Device; 2]) {
    let server = Server::new();
    let (tenant, first) = server.open("ten_a", "loc_a");
    let second = server.enrol(&tenant, "loc_a");
    sells(&server, &first, 1, 1);
    sells(&server, &second, 1, 2);
    (server, tenant, [first, second])
}

/// Opens an order and sells 29.00 on it twice, in three mutations from `seq` on.
fn sells(server: &Server, device: &Device, seq: u64, order: u32) {
    let mut lines = [device.add_line(seq + 1, order), device.add_line(seq + 2, order)];
    for (place, line) in lines.iter_mut().enumerate() {
        line["change"]["line_id"] = json!(line_id(u64::from(order) * 100 + place as u64));
    }
    let [one, other] = lines;
    let reply = server.exchange(device, None, &[device.open(seq, order), one, other]);
    assert!(reply.verdicts.iter().all(|verdict| outcome(verdict).starts_with("applied")), "{:?}", reply.verdicts);
}

fn report(server: &Server, tenant: &Tenant) -> LocationDay {
    read(&server.ask(ApiRequest::get(DAY).bearer(&tenant.token)))
}

fn close(server: &Server, tenant: &Tenant, without: &[&str]) -> ApiResponse {
    let body = json!({ "closed_by": "stf_odell", "without": without });
    server.ask(ApiRequest::post(&format!("{DAY}/close"), body.to_string()).bearer(&tenant.token))
}

/// A device tells that its day was closed after so many mutations of orders, and what it came to there.
fn tells(server: &Server, device: &Device, last: u64, figures: DayFigures) -> ApiResponse {
    let close = DeviceClose {
        schema: 1,
        location_id: "loc_a".parse().unwrap(),
        device_id: device.id.parse().unwrap(),
        business_date: date(),
        closed_by: "stf_mara".parse().unwrap(),
        closed_at: domain::Timestamp::from_millis(NOW).unwrap(),
        last_seqs: [("orders".parse().unwrap(), last), ("shifts".parse().unwrap(), 0)].into(),
        currency: serde_json::from_value(json!({ "code": "USD", "exponent": 2 })).unwrap(),
        figures,
        open_checks: Vec::new(),
    };
    let told = DeviceDayClose { incarnation: INCARNATION.parse().unwrap(), close };
    let body = serde_json::to_string(&told).unwrap();
    server.ask(ApiRequest::post("/sync/close", body).bearer(&device.token))
}

fn date() -> BusinessDate {
    "2026-10-31".to_owned().try_into().unwrap()
}

#[test]
fn the_report_is_the_sum_over_the_devices_and_its_identities_hold() {
    let (server, tenant, [first, second]) = two_tills();
    let day = report(&server, &tenant).standing;
    let of = |device: &Device| day.by_device.part(&device.id.parse::<DeviceId>().unwrap());
    assert_eq!(day.figures, of(&first).plus(&of(&second)).unwrap());
    let figures = &day.figures;
    let minor = |amount: domain::Money| amount.minor();
    assert_eq!((minor(figures.gross_minor), figures.open_checks), (11_600, 2));
    let reduced = minor(figures.comps_minor) + minor(figures.discounts_minor) + minor(figures.included_tax_minor);
    assert_eq!(minor(figures.gross_minor) - reduced, minor(figures.net_minor));
    assert_eq!(
        minor(figures.net_minor) + minor(figures.service_minor) + minor(figures.tax_minor),
        minor(figures.total_minor)
    );
    assert_eq!(figures.by_hour_local_net.total().unwrap(), figures.net_minor);
}

#[test]
fn a_day_of_many_pages_holds_every_order_once() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    for batch in 0..6_u32 {
        let opened: Vec<Value> = (1..=100).map(|n| device.open(u64::from(batch * 100 + n), batch * 100 + n)).collect();
        server.exchange(&device, None, &opened);
    }
    let day = report(&server, &tenant).standing;
    assert_eq!((day.figures.open_checks, day.figures.guests), (600, 1_200));
}

#[test]
fn a_device_that_is_behind_is_named_and_the_day_is_not_closed_without_saying_so() {
    let (server, tenant, [first, second]) = two_tills();
    let held = report(&server, &tenant).standing.by_device.part(&second.id.parse().unwrap());
    assert_eq!(tells(&server, &first, 3, DayFigures::default()).status, 200);
    // It has four tickets more than have arrived, in twelve mutations more.
    let more =
        DayFigures { orders_closed: 4, total_minor: (held.total_minor.minor() + 6_110).try_into().unwrap(), ..held };
    assert_eq!(tells(&server, &second, 15, more).status, 200);
    let day = report(&server, &tenant).standing;
    let owes: Vec<_> = day.devices.iter().map(|device| (device.device_id.to_string(), device.owes)).collect();
    assert!(owes.contains(&(first.id, None)) && owes.contains(&(second.id.clone(), Some(Owed::Mutations(12)))));
    assert_eq!(day.sentences[0], "sales from 1 of 2 devices");
    assert!(day.sentences[1].ends_with("owes 12 mutations; 4 tickets, 61.10 USD"), "{:?}", day.sentences);

    assert_eq!(code(&close(&server, &tenant, &[])), "INVALID_REQUEST");
    assert_eq!(server.number("SELECT count(*) AS n FROM location_closes"), 0);
    let closed: ClosedDay = read(&close(&server, &tenant, &[&second.id]));
    let missing: Vec<_> = closed.close.missing.iter().map(|device| device.device_id.to_string()).collect();
    assert_eq!((missing, closed.close.closed_by.as_str()), (vec![second.id], "stf_odell"));
}

#[test]
fn a_close_is_written_once_and_a_late_order_stands_beside_it() {
    let (server, tenant, [first, second]) = two_tills();
    let without = [first.id.as_str(), second.id.as_str()];
    let written = close(&server, &tenant, &without);
    let closed: ClosedDay = read(&written);
    assert_eq!(closed.close.figures, report(&server, &tenant).standing.figures);
    assert_eq!(report(&server, &tenant).late, None, "nothing came late yet");

    server.pass(60_000);
    sells(&server, &second, 4, 3);
    assert_eq!(close(&server, &tenant, &[]).body, written.body, "whatever a second one asks, the first is answered");
    let day = report(&server, &tenant);
    assert_eq!(day.closed.as_ref(), Some(&closed));
    let late = day.late.unwrap();
    assert_eq!(late.orders.iter().map(|order| order.order_id.to_string()).collect::<Vec<_>>(), [order_id(3)]);
    assert_eq!(late.added_at, domain::Timestamp::from_millis(NOW + 60_000).unwrap());
    assert_eq!(closed.close.figures.plus(&late.figures).unwrap(), day.standing.figures);
}

#[test]
fn the_store_itself_refuses_to_rewrite_a_closed_day() {
    let (server, tenant, [first, second]) = two_tills();
    close(&server, &tenant, &[&first.id, &second.id]);
    for sql in [
        "UPDATE location_closes SET document = '{}'",
        "DELETE FROM location_closes",
        "INSERT OR REPLACE INTO location_closes SELECT * FROM location_closes",
    ] {
        assert!(server.api.database().run(&[edge_api::Statement::new(sql, [])]).is_err(), "{sql}");
    }
}

#[test]
fn of_two_closes_at_once_one_is_written_and_both_answer_it() {
    let (server, tenant, [first, second]) = two_tills();
    let without = [first.id.as_str(), second.id.as_str()];
    let mut faster = None;
    let slow = Server::on(Interleaved::new(server.api.database(), |statements| {
        if statements.iter().any(|statement| statement.sql.starts_with("INSERT INTO location_closes")) {
            faster = Some(close(&server, &tenant, &without));
        }
        Ok(())
    }));
    slow.now.set(NOW + 5_000);
    let body = json!({ "closed_by": "stf_other", "without": without });
    let answer = slow.ask(ApiRequest::post(&format!("{DAY}/close"), body.to_string()).bearer(&tenant.token));
    drop(slow);
    assert_eq!((answer.status, answer.body), (200, faster.unwrap().body));
}

#[test]
fn the_frontier_proves_how_far_each_stream_was_decided_on_that_day_alone() {
    let (server, tenant, [first, second]) = two_tills();
    let closed: ClosedDay = read(&close(&server, &tenant, &[&first.id, &second.id]));
    let keys: Vec<protocol::ServerKey> = {
        let code = server.code(&tenant, "loc_a");
        let grant: protocol::EnrolmentGrant = server.post("", "/devices/enrol", &enrolment(&code));
        grant.server_keys
    };
    let (tenant_id, other): (TenantId, TenantId) = ("ten_a".parse().unwrap(), "ten_b".parse().unwrap());
    let location_id: LocationId = "loc_a".parse().unwrap();
    let day = FrontierDay { tenant_id: &tenant_id, location_id: &location_id, business_date: date() };
    let mut proved = 0;
    for signed in closed.standing.devices.iter().flat_map(|device| &device.frontier) {
        let token = signed.token.as_deref().unwrap();
        assert_eq!((read_frontier(token, day, &keys).as_ref(), signed.point.seq), (Some(&signed.point), 3));
        let next = FrontierDay { business_date: date().next(), ..day };
        let elsewhere = FrontierDay { tenant_id: &other, ..day };
        assert_eq!((read_frontier(token, next, &keys), read_frontier(token, elsewhere, &keys)), (None, None));
        let forged = token.replacen("v4.public.e", "v4.public.f", 1);
        assert_eq!(read_frontier(&forged, day, &keys), None);
        proved += 1;
    }
    assert_eq!(proved, 2);
}

#[test]
fn a_device_tells_of_its_own_day_alone_and_the_first_it_tells_stands() {
    let (server, _, [first, second]) = two_tills();
    let told = tells(&server, &first, 3, DayFigures::default());
    assert_eq!(tells(&server, &first, 9, DayFigures::default()).body, told.body);
    let stolen = Device { id: first.id, prefix: second.prefix, token: second.token };
    assert_eq!(code(&tells(&server, &stolen, 3, DayFigures::default())), "INVALID_REQUEST");
}
