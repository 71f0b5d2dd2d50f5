//! What a till says its day came to, alone and offline: every figure adds up, and what it cannot know stands at its head.

#![cfg(test)]

mod bench;

use std::collections::BTreeMap;

use bench::{
    Bench, add_fries, close, cold_days, note, on_day, open, order_id, other_device, pay, reply, seat, small,
    small_checkpoints,
};
use domain::{Order, OrderCommand, Record, ShiftCommand};
use engine::{Command, FiguresView, ReportAsk, ReportView};
use serde_json::{Value, json};

/// What a plate of fries with aioli comes to: 615, and 50.7375 of tax, so 51.
const FRIES_MINOR: i64 = 666;

fn report_of(bench: &Bench, ask: &ReportAsk) -> ReportView {
    bench.manager.report(ask, &bench.moment()).unwrap().unwrap()
}

fn report(bench: &Bench) -> ReportView {
    report_of(bench, &ReportAsk::default())
}

fn on(date: &str) -> ReportAsk {
    ReportAsk { business_date: Some(date.to_owned().try_into().unwrap()), ..ReportAsk::default() }
}

/// An order of two that another device opened and worked on.
fn order_of(device: &str) -> Order {
    Order::from_json(&include_str!("../../domain/tests/golden/order.2.json").replace("dev_b", device)).unwrap()
}

/// What a person does who takes the fixture order, from its opening to its closing.
fn taking_the_fixture_order() -> Vec<Command> {
    let order: Value = serde_json::from_str(include_str!("../../fixtures/order.json")).unwrap();
    let id = &order["order_id"];
    let mut given = vec![json!({"type": "open_order", "tableId": order["table_id"], "guests": order["guests"]})];
    for line in order["lines"].as_array().unwrap() {
        let options = line["modifiers"].as_array().unwrap().iter().map(|option| option["option_id"].clone());
        let (line_id, options) = (&line["line_id"], options.collect::<Value>());
        given.push(json!({
            "type": "add_line", "lineId": line_id, "itemId": line["item_id"], "qty": line["qty"], "optionIds": options,
            "seat": line["seat"],
        }));
        for (act, name) in [("void", "void_line"), ("comp", "comp_line")] {
            let acts = line.get(act).into_iter();
            given.extend(acts.map(|act| json!({"type": name, "lineId": line_id, "reason": act["reason"]})));
        }
    }
    given.extend(order["adjustments"].as_array().unwrap().iter().map(|adjustment| {
        json!({"type": "add_adjustment", "adjustmentKind": adjustment["kind"], "name": adjustment["name"],
            "ratePpm": adjustment["rate_ppm"]})
    }));
    given.extend(order["payments"].as_array().unwrap().iter().map(|payment| {
        json!({"type": "add_payment", "paymentId": payment["payment_id"], "paymentType": payment["type"],
            "amountMinor": payment["amount_minor"], "tipMinor": payment["tip_minor"]})
    }));
    given.push(json!({"type": "close_order"}));
    let command = |mut text: Value| {
        text["orderId"] = id.clone();
        serde_json::from_value::<OrderCommand>(text).unwrap().into()
    };
    given.into_iter().map(command).collect()
}

/// Takes these entries of a delta over.
fn pull(bench: &mut Bench, changes: &str, cursor: &str) {
    bench.body().unwrap();
    bench.answer(200, "application/json", &reply("", changes, cursor));
}

fn settings(zone: &str, rule: &str, cut_over_hour: u8) -> String {
    format!(
        r#"{{"collection":"location","id":"loc_quay","rev":2,"changed_seq":2,"record":{{"location_id":"loc_quay",
            "name":"Quay","zone":"{zone}","zone_rule":"{rule}","currency":"USD","currency_exponent":2,
            "cut_over_hour":{cut_over_hour}}}}}"#
    )
}

/// Every number of some figures by where it stands: entries of a breakdown by their keys, zeros left out.
fn flat(figures: &FiguresView) -> BTreeMap<String, i64> {
    const KEYS: [&str; 8] = ["taxId", "ratePpm", "type", "staffId", "hour", "itemId", "category", "orderType"];
    let mut numbers = BTreeMap::new();
    for (name, value) in serde_json::to_value(figures).unwrap().as_object().unwrap() {
        let Some(parts) = value.as_array() else {
            numbers.insert(name.clone(), value.as_i64().unwrap());
            continue;
        };
        for part in parts {
            let key: Vec<String> = KEYS.iter().filter_map(|key| part.get(key)).map(Value::to_string).collect();
            let amounts = part.as_object().unwrap().iter().filter(|(field, _)| !KEYS.contains(&field.as_str()));
            for (field, amount) in amounts.filter_map(|(field, amount)| Some((field, amount.as_i64()?))) {
                numbers.insert(format!("{name} {key:?} {field}"), amount);
            }
        }
    }
    numbers.retain(|_, number| *number != 0);
    numbers
}

fn together(one: &FiguresView, other: &FiguresView) -> BTreeMap<String, i64> {
    let mut sum = flat(one);
    for (place, number) in flat(other) {
        *sum.entry(place).or_default() += number;
    }
    sum.retain(|_, number| *number != 0);
    sum
}

fn assert_identities(figures: &FiguresView) {
    let f = figures;
    assert_eq!(f.gross_minor - f.comps_minor - f.discounts_minor - f.included_tax_minor, f.net_minor);
    assert_eq!(f.net_minor + f.service_minor + f.tax_minor, f.total_minor);
    assert_eq!(f.paid_minor - f.refunded_minor, f.total_minor - f.balance_minor);
    assert_eq!(f.by_payment.iter().map(|tally| tally.amount_minor).sum::<i64>(), f.paid_minor);
    assert_eq!(f.by_refund.iter().map(|tally| tally.amount_minor).sum::<i64>(), f.refunded_minor);
    assert_eq!(f.by_tax.iter().map(|tax| tax.tax_minor).sum::<i64>(), f.tax_minor);
    assert_eq!(f.by_staff_tips.iter().map(|tip| tip.tips_minor).sum::<i64>(), f.tips_minor);
    assert_eq!(f.by_hour.iter().map(|part| part.net_minor).sum::<i64>(), f.net_minor);
    assert_eq!(f.by_item.iter().map(|part| part.net_minor).sum::<i64>(), f.net_minor);
    assert_eq!(f.by_category.iter().map(|part| part.net_minor).sum::<i64>(), f.net_minor);
    assert_eq!(f.by_staff.iter().map(|part| part.net_minor).sum::<i64>(), f.net_minor);
    assert_eq!(f.by_order_type.iter().map(|part| part.net_minor).sum::<i64>(), f.net_minor);
}

fn assert_adds_up(report: &ReportView) {
    for figures in [&report.figures, &report.confirmed, &report.pending] {
        assert_identities(figures);
    }
    assert_eq!(together(&report.confirmed, &report.pending), flat(&report.figures));
    assert_eq!(report.open_checks.len(), usize::try_from(report.figures.open_checks).unwrap());
    let due: i64 = report.open_checks.iter().map(|check| check.due_minor).sum();
    assert_eq!(due, report.figures.open_due_minor);
}

#[test]
fn taking_the_fixture_order_gives_the_fixture_report() {
    let told: Value = serde_json::from_str(include_str!("../../fixtures/report.json")).unwrap();
    let mut bench = small();
    // 19:41 in New York.
    bench.pass_ms(101 * 60_000);
    bench.do_all(taking_the_fixture_order());
    assert!(bench::resolved(&bench.heard).into_iter().all(|taken| taken));
    let own = ReportAsk { own_only: true, ..on(told["scope"]["business_date"].as_str().unwrap()) };
    let report = report_of(&bench, &own);
    assert_adds_up(&report);
    assert_eq!(Value::from(report.provisional), told["provisional"]);
    assert_eq!(report.horizon.device_id.as_str(), told["scope"]["device_id"]);
    let figures = serde_json::to_value(&report.figures).unwrap();
    for (field, name) in [
        ("ordersClosed", "orders_closed"),
        ("openChecks", "open_checks"),
        ("guests", "guests"),
        ("grossMinor", "gross_minor"),
        ("voidsMinor", "voids_minor"),
        ("compsMinor", "comps_minor"),
        ("discountsMinor", "discounts_minor"),
        ("netMinor", "net_minor"),
        ("taxMinor", "tax_minor"),
        ("totalMinor", "total_minor"),
        ("tipsMinor", "tips_minor"),
    ] {
        assert_eq!(figures[field], told[name], "{name}");
    }
    for (list, key, amount, name) in [
        ("byPayment", "type", "amountMinor", "by_payment"),
        ("byItem", "itemId", "netMinor", "by_item_net"),
        ("byHour", "hour", "netMinor", "by_hour_local_net"),
    ] {
        let parts = figures[list].as_array().unwrap().iter();
        let key_of = |part: &Value| part[key].as_str().map_or_else(|| part[key].to_string(), str::to_owned);
        let parts: Value = parts.map(|part| (key_of(part), part[amount].clone())).collect();
        assert_eq!(parts, told[name], "{name}");
    }
    assert_eq!(report.average_check_minor, Some(4109));
}

#[test]
fn a_till_that_was_never_online_reports_what_it_sold_and_what_nobody_has_paid() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1), pay(1, 1, FRIES_MINOR), close(1), open(2), add_fries(2, 2)]);
    let report = report(&bench);
    assert_adds_up(&report);
    assert_eq!(flat(&report.pending), flat(&report.figures));
    assert_eq!(report.confirmed, FiguresView::default());
    let figures = &report.figures;
    assert_eq!(
        (figures.orders_closed, figures.net_minor, figures.tax_minor, figures.total_minor),
        (1, 1230, 102, 1332)
    );
    assert_eq!(
        (figures.by_hour[0].hour, figures.by_hour.len()),
        (18, 1),
        "until the settings arrive, this clock's hour"
    );
    assert_eq!((figures.by_item[0].qty, figures.by_item[0].name.as_deref()), (2, Some("Salt-marsh fries")));
    let waits = &report.open_checks[0];
    assert_eq!((waits.order_id, waits.due_minor), (order_id(2), FRIES_MINOR));
    assert_eq!(report.horizon.unsynced_mutations, 6);
    assert_eq!(report.business_date.to_string(), "2026-10-31");
    assert!(report.head.contains(&"6 changes made here have not reached the server".to_owned()), "{:?}", report.head);
}

#[test]
fn what_is_shown_is_always_what_is_confirmed_and_what_is_pending() {
    for seed in 0..40 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut bench = Bench::ready_with(small_checkpoints());
        for step in 0..30_u8 {
            let order = dice.u8(1..6);
            let command = match dice.u8(..10) {
                0..3 => open(order),
                3..6 => add_fries(order, step + 1),
                6 => pay(order, step + 1, dice.i64(1..2000)),
                7 => seat(order, dice.u32(1..9)),
                8 => note(order, "window"),
                _ => close(order),
            };
            bench.do_all([command]);
            match dice.u8(..12) {
                0 | 1 => bench.sync(),
                2 => bench.server.put_foreign(order_of("dev_c")),
                3 => bench.settle(),
                4 => bench.restart_and_load(),
                _ => {}
            }
            assert_adds_up(&report(&bench));
            let own = ReportAsk { own_only: true, ..ReportAsk::default() };
            assert_adds_up(&report_of(&bench, &own));
        }
        for _ in 0..4 {
            bench.sync();
        }
        let report = report(&bench);
        assert_eq!(report.pending, FiguresView::default(), "everything is settled and has arrived");
        assert_eq!(report.confirmed, report.figures);
    }
}

#[test]
fn another_device_is_named_with_the_moment_up_to_which_it_is_included() {
    let mut bench = small();
    bench.server.put_foreign(order_of("dev_c"));
    bench.sync();
    let whole = report(&bench);
    assert_eq!(whole.figures.net_minor, order_of("dev_c").totals().unwrap().net.minor());
    let [other] = whole.horizon.others.as_slice() else { panic!("{:?}", whole.horizon.others) };
    let latest = order_of("dev_c").latest_stamp().moment();
    assert_eq!((other.device_id.as_str(), other.included_until), ("dev_c", Some(latest)));
    let named = whole.head.iter().any(|sentence| sentence.starts_with("dev_c not included since "));
    assert!(named, "{:?}", whole.head);
    let own = report_of(&bench, &ReportAsk { own_only: true, ..ReportAsk::default() });
    assert_eq!(own.figures, FiguresView::default());
    assert_eq!(own.labour, None, "people work for the location, not for a till");
}

#[test]
fn the_hour_of_a_sale_and_the_day_that_it_is_are_those_of_the_place() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1)]);
    let sold = report(&bench).business_date;
    pull(&mut bench, &settings("Asia/Tokyo", "JST-9", 4), "c2");
    let moved = report(&bench);
    assert_ne!(moved.business_date, sold, "there it is the morning of the next day");
    let back = report_of(&bench, &on(&sold.to_string()));
    assert_eq!((back.figures.by_hour[0].hour, back.figures.net_minor), (7, 615));
}

#[test]
fn a_day_that_is_on_disk_is_said_to_be_missing_and_cannot_be_closed_until_it_is_loaded() {
    let mut bench = cold_days();
    let day = bench.status().storage.days_on_disk[0];
    let asked = on(&day.to_string());
    let part = report_of(&bench, &asked);
    assert_adds_up(&part);
    assert!(!part.day_loaded);
    assert!(part.head.contains(&format!("finished checks of {day} are on disk and not in this report")));
    assert_eq!((part.figures.orders_closed, part.figures.open_checks), (0, 1), "what is worked on is always in memory");
    let refused = bench.manager.device_close(Some(day), &bench.moment()).unwrap_err();
    assert_eq!(refused.code.as_str(), "DAY_NOT_LOADED");
    bench.do_all([Command::LoadDays { date: Some(day) }]);
    let whole = report_of(&bench, &asked);
    assert!(whole.day_loaded);
    assert_eq!((whole.figures.orders_closed, whole.figures.open_checks), (2, 1));
    let close = bench.manager.device_close(Some(day), &bench.moment()).unwrap();
    assert_eq!(close.figures, whole.figures);
}

#[test]
fn local_times_cover_the_days_that_are_on_disk_too() {
    let bench = cold_days();
    let report = report(&bench);
    let first = bench.status().storage.days_on_disk[0];
    let from = report.horizon.local_from.unwrap();
    assert!(from.to_string().starts_with(&first.to_string()), "{from} is not of {first}");
    assert!(report.horizon.local_to.unwrap() > from);
}

#[test]
fn hours_run_up_to_the_moment_of_the_report_and_cost_what_the_app_says_they_cost() {
    let mut bench = Bench::ready();
    bench.do_all([Command::Punch(ShiftCommand::ClockIn { job: "server".to_owned().try_into().unwrap() })]);
    bench.do_all([open(1), add_fries(1, 1)]);
    bench.pass_ms(90 * 60_000);
    let labour = report(&bench).labour.unwrap();
    assert_eq!((labour.minutes, labour.by_staff[0].staff_id.as_str()), (90, "stf_mara"));
    assert_eq!((labour.cost_minor, labour.cost_ppm), (None, None), "nobody said what an hour costs");
    let ask: ReportAsk = serde_json::from_str(r#"{"wages":{"stf_mara":1501}}"#).unwrap();
    let labour = report_of(&bench, &ask).labour.unwrap();
    // 22.515 is rounded half-even.
    assert_eq!((labour.cost_minor, labour.cost_ppm), (Some(2252), Some(3_661_789)));
}

#[test]
fn a_closed_drawer_tells_what_was_over_or_short() {
    let mut bench = Bench::ready();
    assert_eq!((report(&bench).drawers.open, report(&bench).drawers.closed.len()), (0, 0));
    let session = include_str!("../../domain/tests/golden/drawer_session.1.json");
    let id = serde_json::from_str::<Value>(session).unwrap()["session_id"].clone();
    let entry = format!(r#"{{"collection":"drawers","id":{id},"rev":3,"changed_seq":3,"record":{session}}}"#);
    pull(&mut bench, &entry, "c3");
    let drawers = report_of(&bench, &on("2026-10-31")).drawers;
    assert_eq!((drawers.over_short_minor, drawers.closed.len(), drawers.open), (-100, 1, 0));
    assert_eq!(report_of(&bench, &on("2026-11-01")).drawers.closed.len(), 0);
}

#[test]
fn a_tab_that_does_not_sync_itself_says_when_the_one_that_does_last_did() {
    let mut bench = Bench::ready();
    let synced = report(&bench).horizon.last_sync_at;
    assert!(synced.is_some());
    bench.restart();
    let alone = report(&bench);
    assert_eq!(alone.horizon.last_sync_at, None);
    assert!(alone.head.contains(&"not synced since the app was started".to_owned()), "{:?}", alone.head);
    let told = report_of(&bench, &ReportAsk { last_sync_at: synced, ..ReportAsk::default() });
    assert_eq!(told.horizon.last_sync_at, synced);
    assert!(told.head.iter().any(|sentence| sentence.starts_with("last synced ")), "{:?}", told.head);
}

#[test]
fn a_report_after_a_restart_is_the_report_before_it() {
    let mut bench = Bench::ready_with(small_checkpoints());
    bench.do_all([open(1), add_fries(1, 1), pay(1, 1, FRIES_MINOR), close(1), open(2), add_fries(2, 2)]);
    bench.sync();
    bench.do_all([add_fries(2, 3)]);
    let before = report(&bench);
    bench.settle();
    bench.restart_and_load();
    let after = report(&bench);
    assert_eq!((after.figures, after.confirmed, after.pending), (before.figures, before.confirmed, before.pending));
}

#[test]
fn a_device_close_is_of_what_the_device_opened_itself_and_says_how_far_its_streams_go() {
    let mut bench = Bench::ready();
    bench.do_all([open(1), add_fries(1, 1), pay(1, 1, FRIES_MINOR), close(1), open(2), add_fries(2, 2)]);
    bench.server.put_foreign(order_of("dev_c"));
    bench.sync();
    bench.do_all([Command::Punch(ShiftCommand::ClockIn { job: "server".to_owned().try_into().unwrap() })]);
    let close = bench.manager.device_close(None, &bench.moment()).unwrap();
    assert_identities(&close.figures);
    assert_eq!((close.device_id.as_str(), close.closed_by.as_str()), ("dev_b", "stf_mara"));
    assert_eq!((close.figures.net_minor, close.open_checks.len()), (1230, 1));
    let last_seqs: BTreeMap<&str, u64> = close.last_seqs.iter().map(|(name, last)| (name.as_str(), *last)).collect();
    assert_eq!(last_seqs, [("orders", 6), ("shifts", 1)].into());
}

#[test]
fn a_till_that_does_not_know_its_place_has_no_report_and_closes_nothing() {
    let bench = Bench::new();
    let now = bench.moment();
    assert_eq!(bench.manager.report(&ReportAsk::default(), &now), Ok(None));
    let code = |bench: &Bench| bench.manager.device_close(None, &bench.moment()).unwrap_err().code.as_str();
    assert_eq!(code(&bench), "NOT_ENROLLED");
    let mut bench = Bench::over(BTreeMap::new(), engine::EngineConfig { staff: None, ..bench::config() });
    bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }]);
    assert_eq!(code(&bench), "NOT_SIGNED_IN");
    let mut bench = Bench::new();
    bench.do_all([Command::Start { enrolment: Some(bench::enrolment()) }]);
    assert_eq!(bench.manager.report(&ReportAsk::default(), &bench.moment()), Ok(None));
    assert_eq!(code(&bench), "MENU_MISSING");
}

#[test]
fn two_tills_that_have_exchanged_everything_report_the_same_day() {
    let mut one = small();
    one.do_all([open(on_day(0, 1)), add_fries(on_day(0, 1), 1), open(on_day(0, 2)), add_fries(on_day(0, 2), 2)]);
    one.sync();
    let mut other = other_device();
    other.server = one.server.clone();
    other.pass_ms(1);
    for _ in 0..3 {
        other.sync();
    }
    assert_eq!(report(&other).figures, report(&one).figures);
    assert_eq!(report(&other).horizon.others[0].device_id.as_str(), "dev_b");
}
