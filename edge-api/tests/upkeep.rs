//! What the server does by the clock: it forgets what nobody can ask for, and notices what must not be.
#![cfg(test)]

mod restaurant;

use edge_api::{ApiRequest, UpkeepReport};
use pollster::block_on;
use protocol::Outcome;
use restaurant::*;

const DAY: i64 = 24 * 3_600_000;

fn upkeep(server: &Server) -> UpkeepReport {
    block_on(server.api.upkeep(server.moment())).remove(0)
}

fn busy() -> (Server, Device) {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1), device.add_line(3, 9)]);
    (server, device)
}

#[test]
fn a_sound_store_raises_no_alarm_and_loses_nothing_young() {
    let (server, device) = busy();
    server.pass(399 * DAY);
    let report = upkeep(&server);
    assert_eq!((report.operations_pruned, report.alarms, report.failed), (0, Vec::new(), None));
    let replay = server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1), device.add_line(3, 9)]);
    let outcomes: Vec<_> = replay.verdicts.iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        ["applied 1", "applied 2", "rejected ORDER_UNKNOWN"],
        "after more than ninety days the very same"
    );
}

#[test]
fn what_the_journal_no_longer_holds_is_still_known_to_be_decided() {
    let (server, device) = busy();
    server.pass(401 * DAY);
    assert_eq!(upkeep(&server).operations_pruned, 3);
    let before = server.rows("SELECT * FROM records");
    let replay = server.exchange(&device, None, &[device.open(1, 1), device.add_line(2, 1), device.add_line(3, 9)]);
    assert!(replay.verdicts.iter().all(|verdict| verdict.replayed));
    assert_eq!(replay.verdicts[0].outcome, Outcome::Decided { rev: 2 });
    assert_eq!(replay.verdicts[2].outcome, Outcome::Decided { rev: 0 });
    assert_eq!((replay.acked_seq, server.rows("SELECT * FROM records")), (3, before), "nothing takes effect twice");
    let next = server.exchange(&device, None, &[device.add_line(4, 1)]);
    assert_eq!((outcome(&next.verdicts[0]), next.acked_seq), ("applied 3".to_owned(), 4));
    assert_eq!(upkeep(&server).alarms, Vec::new());
    assert_eq!(upkeep(&server).operations_pruned, 0, "the new one is young");
}

#[test]
fn what_must_never_be_is_told_by_its_law_and_whom_it_concerns() {
    let broken = |sql: &'static str| {
        let (server, _) = busy();
        server.rows(sql);
        let report = upkeep(&server);
        report.alarms.into_iter().map(|alarm| (alarm.law, alarm.subject)).collect::<Vec<_>>()
    };
    let law = |sql| broken(sql).first().map(|(law, _)| *law);
    assert_eq!(law("UPDATE locations SET head = head + 1"), Some("a location's head is the number of its last change"));
    assert_eq!(
        law("UPDATE streams SET acked_seq = 2"),
        Some("a stream's watermark is the number of its last operation")
    );
    assert_eq!(law("UPDATE locations SET floor = head + 1"), Some("a location's floor lies below its head"));
    assert_eq!(broken("UPDATE locations SET head = head + 1")[0].1, "ten_a/loc_a");
}

#[test]
fn codes_and_grants_are_kept_no_longer_than_they_say_anything() {
    let (server, _) = busy();
    let tenant = server.tenant("ten_b");
    server.location(&tenant, "loc_b");
    server.code(&tenant, "loc_b");
    server.pass(2 * DAY);
    assert_eq!(upkeep(&server).codes_pruned, 2, "the one that was spent, and the one that nobody spent");
}

#[test]
fn a_count_of_tries_is_kept_for_a_day() {
    let (server, _) = busy();
    let wrong = enrolment(&format!("ten_a.{:032x}", 1)).to_string();
    server.ask(ApiRequest::post("/devices/enrol", wrong));
    server.pass(DAY);
    assert_eq!(upkeep(&server).attempts_pruned, 0);
    server.pass(1);
    assert_eq!(upkeep(&server).attempts_pruned, 1);
    assert_eq!(server.number("SELECT count(*) AS n FROM attempts"), 0);
}
