//! What a device reports: what it adds up, what it says it cannot know, hours and drawers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::test_days::{DEVICES, at, date, days_of, device, figures_of, money, new_york, orders, sketches, usd};
use super::*;
use crate::drawer::{DrawerSession, DrawerView};
use crate::money::Money;
use crate::order::Order;
use crate::order::test_orders::fixture_order;
use crate::schema::Record;
use crate::shift::{PunchKind, StaffTimecards, Timecard, TimecardBreak, TimecardPunch};

const NOW: &str = "2026-11-01T02:00:00Z";

fn scope(of: Option<&str>, day: Option<&str>) -> ReportScope {
    let location_id = "loc_quay".parse().unwrap();
    ReportScope { location_id, device_id: of.map(device), business_date: day.map(date) }
}

fn horizon() -> ReportHorizon {
    ReportHorizon {
        device_id: device("dev_b"),
        made_at: at(NOW),
        local_from: Some(at("2026-10-31T23:41:07Z")),
        local_to: Some(at("2026-11-01T00:31:40Z")),
        last_sync_at: None,
        unsynced_mutations: 14,
        others_included_until: BTreeMap::new(),
    }
}

fn report(
    scope: ReportScope,
    confirmed: &[Order],
    visible: &[Order],
    timecards: &[StaffTimecards],
    drawers: &[DrawerView],
) -> PartialReport {
    let (confirmed, visible) = (days_of(confirmed), days_of(visible));
    let (zone, currency) = (new_york(), usd());
    let wages = [("stf_mara".parse().unwrap(), money(1501))].into();
    let sources = ReportSources {
        confirmed: &confirmed,
        visible: &visible,
        timecards,
        wages: Some(&wages),
        drawers,
        currency: &currency,
        zone: &zone,
        cut_over_hour: 4,
    };
    PartialReport::of(scope, horizon(), &sources).unwrap()
}

#[test]
fn the_fixture_order_unsynced_is_pending_and_provisional() {
    let order = fixture_order();
    let report = report(scope(Some("dev_b"), Some("2026-10-31")), &[], std::slice::from_ref(&order), &[], &[]);
    assert!(report.provisional);
    assert_eq!(report.horizon.unsynced_mutations, 14);
    assert_eq!((&report.figures, &report.pending), (&figures_of([&order]), &report.figures));
    assert_eq!(report.confirmed, DayFigures::default());
    assert_eq!(report.average_check_minor, Some(money(4109)));
    assert_eq!(report.labour, None, "people work for the location, not for a till");
}

#[test]
fn the_head_names_every_other_device_and_since_when_it_is_not_included() {
    let mut horizon = horizon();
    horizon.others_included_until = [
        (device("dev_c"), Some(at("2026-11-01T01:14:00Z"))),
        (device("dev_a"), Some(at("2026-10-30T22:05:00Z"))),
        (device("dev_d"), None),
    ]
    .into();
    let expected = [
        "dev_a not included since 18:05 on 2026-10-30",
        "dev_c not included since 21:14",
        "dev_d not included: never heard of",
    ];
    assert_eq!(horizon.sentences(&new_york()), expected);
}

fn punch(kind: PunchKind, moment: &str) -> TimecardPunch {
    let counted = at(moment);
    let punch_id = crate::ids::PunchId::new(counted, [1; 10]);
    TimecardPunch { punch_id, kind, at: counted, counted, original: None, amendments: Vec::new() }
}

fn card(day: &str, start: Option<&str>, paid_minutes: Option<u64>) -> Timecard {
    Timecard {
        business_date: date(day),
        job: None,
        start: start.map(|start| punch(PunchKind::ClockIn, start)),
        end: None,
        ended_at: paid_minutes.map(|_| at(NOW)),
        auto: false,
        breaks: Vec::new(),
        set_aside: Vec::new(),
        declared_cash_tips_minor: None,
        break_attestation: None,
        paid_ms: paid_minutes.map(|minutes| minutes * 60_000),
        paid_minutes,
        findings: Vec::new(),
        needs_review: false,
    }
}

fn pause(start: &str, ms: Option<u64>, paid: bool) -> TimecardBreak {
    TimecardBreak { break_type: None, start: punch(PunchKind::BreakStart, start), end: None, ms, paid, short: false }
}

fn staff(name: &str, cards: Vec<Timecard>) -> StaffTimecards {
    StaffTimecards { staff_id: name.parse().unwrap(), cards, waiting: Vec::new() }
}

#[test]
fn hours_of_the_day_count_with_a_running_shift_up_to_now_less_its_unpaid_breaks() {
    let mut running = card("2026-10-31", Some("2026-10-31T22:00:00Z"), None);
    running.breaks = vec![
        pause("2026-10-31T23:00:00Z", Some(10 * 60_000), true),
        pause("2026-11-01T00:00:00Z", Some(31 * 60_000), false),
        pause("2026-11-01T01:51:00Z", None, false),
    ];
    let unknown = card("2026-10-31", None, None);
    let mara = staff("stf_mara", vec![card("2026-10-30", Some(NOW), Some(999)), running, unknown]);
    let labour = Labour::of(&[mara], Some(date("2026-10-31")), None, money(4109), at(NOW)).unwrap();
    assert_eq!((labour.minutes, labour.shifts_unknown), (240 - 31 - 9, 1));
    assert_eq!((labour.cost_minor, labour.cost_ppm), (None, None));
}

#[test]
fn hours_cost_what_the_wages_say_and_nothing_is_guessed_for_who_has_none() {
    let mara =
        staff("stf_mara", vec![card("2026-10-31", Some(NOW), Some(50)), card("2026-10-31", Some(NOW), Some(40))]);
    let of_day = scope(None, Some("2026-10-31"));
    let sold = [fixture_order()];
    let told = report(of_day.clone(), &[], &sold, std::slice::from_ref(&mara), &[]).labour.unwrap();
    // 90 minutes at 15.01 an hour are 22.515, rounded half-even once.
    assert_eq!((told.minutes, told.cost_minor), (90, Some(money(2252))));
    assert_eq!(told.cost_ppm, Some(548_065));
    let unsold = report(of_day.clone(), &[], &[], std::slice::from_ref(&mara), &[]).labour.unwrap();
    assert_eq!((unsold.cost_minor, unsold.cost_ppm), (Some(money(2252)), None));
    let ines = staff("stf_ines", vec![card("2026-10-31", Some(NOW), Some(60))]);
    let both = report(of_day, &[], &sold, &[mara, ines], &[]).labour.unwrap();
    assert_eq!((both.minutes, both.cost_minor, both.cost_ppm), (150, None, None));
}

#[test]
fn closed_drawers_of_the_day_and_device_show_what_was_over_or_short() {
    let golden = include_str!("../../tests/golden/drawer_session.1.json");
    let mut view = DrawerView::of(&DrawerSession::from_json(golden).unwrap());
    let balances =
        |view: &DrawerView, of, day| report(scope(of, day), &[], &[], &[], std::slice::from_ref(view)).drawers;
    let closed = balances(&view, None, Some("2026-10-31"));
    assert_eq!((closed.over_short_minor, closed.closed.len(), closed.open), (money(-100), 1, 0));
    assert_eq!(closed, balances(&view, Some("dev_b"), None));
    for (of, day) in [(Some("dev_c"), None), (None, Some("2026-11-01"))] {
        assert_eq!(balances(&view, of, day), DrawerBalances::default());
    }
    // The opening is still on its way from another device: the closing says the day.
    let opened = view.opened.take();
    assert_eq!(balances(&view, None, Some("2026-10-31")).closed.len(), 1);
    view.opened = opened;
    view.closed = None;
    let open = balances(&view, None, None);
    assert_eq!((open.over_short_minor, open.closed.len(), open.open), (Money::ZERO, 0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_shown_is_what_is_confirmed_and_what_is_pending(sketched in sketches(1..7), synced in 0_usize..9) {
        let visible = orders(&sketched);
        let confirmed: Vec<_> = sketched.iter().enumerate().filter_map(|(at, sketch)| {
            let mut states = sketch.states(u16::try_from(at).unwrap());
            states.truncate(states.len() * synced.min(8) / 8);
            states.pop()
        }).collect();
        for of in DEVICES.map(Some).into_iter().chain([None]) {
            for day in [Some("2026-10-31"), None] {
                let scope = scope(of, day);
                let report = report(scope.clone(), &confirmed, &visible, &[], &[]);
                let covered = visible.iter().filter(|order| scope.covers(order.business_date, &order.device_id));
                prop_assert_eq!(&report.figures, &figures_of(covered));
                prop_assert_eq!(&report.confirmed.plus(&report.pending).unwrap(), &report.figures);
                if synced == 8 {
                    prop_assert_eq!(&report.pending, &DayFigures::default());
                }
            }
        }
    }
}
