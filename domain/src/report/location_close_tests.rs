//! Closing a day: who must have reported, what a manager may decide, and what becomes of what arrives later.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::test_days::{DEVICES, at, date, days_of, device, figures_of, new_york, orders, sketches, usd};
use super::*;
use crate::ids::{DeviceId, LocationId};
use crate::order::Order;
use crate::order::test_orders::fixture_order;
use crate::time::Timestamp;

const DAY: &str = "2026-10-31";
const MIDNIGHT: &str = "2026-11-01T04:00:00Z";

fn location() -> LocationId {
    "loc_quay".parse().unwrap()
}

fn seqs(orders: u64, shifts: u64) -> BTreeMap<StreamName, u64> {
    [("orders", orders), ("shifts", shifts)].map(|(name, seq)| (name.parse().unwrap(), seq)).into()
}

fn device_close<'a>(
    name: &str,
    last: BTreeMap<StreamName, u64>,
    orders: impl IntoIterator<Item = &'a Order>,
) -> DeviceClose {
    let key = DayKey { business_date: date(DAY), device_id: device(name) };
    let act = ("stf_odell".parse().unwrap(), at(MIDNIGHT));
    DeviceClose::new(location(), key, act, last, (usd(), &new_york()), orders).unwrap()
}

/// What the server knows of one device.
struct Known {
    device_id: DeviceId,
    last_heard_at: Option<Timestamp>,
    received: BTreeMap<StreamName, u64>,
    close: Option<DeviceClose>,
}

impl Known {
    fn new(name: &str, received: BTreeMap<StreamName, u64>, close: Option<DeviceClose>) -> Self {
        let last_heard_at = Some(at("2026-11-01T01:14:00Z"));
        Self { device_id: device(name), last_heard_at, received, close }
    }
}

fn standings(known: &[Known]) -> Vec<DeviceStanding<'_>> {
    let mut standings = Vec::new();
    for Known { device_id, last_heard_at, received, close } in known {
        let (last_heard_at, close) = (*last_heard_at, close.as_ref());
        standings.push(DeviceStanding { device_id, last_heard_at, received_seqs: received, close });
    }
    standings
}

fn close_at(
    moment: &str,
    known: &[Known],
    days: &BTreeMap<DayKey, DayFigures>,
    without: &[&str],
    earlier: Option<&LocationClose>,
) -> Result<LocationClose, LocationCloseRefused> {
    let without: BTreeSet<_> = without.iter().map(|name| device(name)).collect();
    let (location_id, by, currency) = (location(), "stf_odell".parse().unwrap(), usd());
    let ask = LocationCloseAsk {
        location_id: &location_id,
        business_date: date(DAY),
        by: &by,
        at: at(moment),
        currency: &currency,
        without: &without,
    };
    close_location(&ask, &standings(known), days, earlier)
}

#[test]
fn a_device_closes_its_own_day_and_lists_what_is_still_open() {
    let (mine, mut open, mut foreign, mut other_day) =
        (fixture_order(), fixture_order(), fixture_order(), fixture_order());
    open.order_id = "01a19456-9e38-7000-8000-0000000000ff".parse().unwrap();
    open.epochs.clear();
    open.payments.pop_last();
    foreign.device_id = device("dev_c");
    other_day.business_date = date("2026-11-01");
    let close = device_close("dev_b", seqs(14, 3), [&other_day, &open, &foreign, &mine]);
    assert_eq!(close.figures, figures_of([&mine, &open]));
    let listed: Vec<_> = close.open_checks.iter().map(|check| (check.order_id, check.due_minor.minor())).collect();
    assert_eq!(listed, [(open.order_id, 2466)]);
    assert_eq!((close.figures.open_checks, close.figures.open_due_minor.minor()), (1, 2466));
}

#[test]
fn a_day_is_closed_when_every_device_has_delivered_what_it_announced() {
    let days = days_of([&fixture_order()]);
    let known = [
        Known::new("dev_b", seqs(14, 3), Some(device_close("dev_b", seqs(14, 3), []))),
        Known::new("dev_c", seqs(20, 0), Some(device_close("dev_c", seqs(9, 0), []))),
    ];
    let close = close_at(MIDNIGHT, &known, &days, &[], None).unwrap();
    assert_eq!(close.figures, figures_of([&fixture_order()]));
    assert_eq!(close.by_device.iter().count(), 1, "dev_c sold nothing");
    assert!(close.missing.is_empty());
}

#[test]
fn a_day_is_not_closed_while_a_device_owes_something_unless_a_manager_names_it() {
    let known = [
        Known::new("dev_d", BTreeMap::new(), None),
        Known::new("dev_c", seqs(10, 1), Some(device_close("dev_c", seqs(14, 3), []))),
        Known::new("dev_b", seqs(14, 3), Some(device_close("dev_b", seqs(14, 3), []))),
    ];
    let days = days_of([&fixture_order()]);
    let refused = close_at(MIDNIGHT, &known, &days, &["dev_c", "dev_b"], None).unwrap_err();
    assert_eq!(refused.code(), "DEVICES_MISSING");
    let LocationCloseRefused::DevicesMissing(missing) = refused else { panic!("{refused}") };
    let owed: Vec<_> = missing.iter().map(|device| (device.device_id.as_str(), device.owes)).collect();
    assert_eq!(owed, [("dev_c", Owed::Mutations(6)), ("dev_d", Owed::DeviceClose)]);
    let close = close_at(MIDNIGHT, &known, &days, &["dev_c", "dev_d", "dev_b"], None).unwrap();
    assert_eq!(close.missing, missing, "who was named and reported all the same is not missing");
}

#[test]
fn a_close_of_another_day_place_or_device_is_no_report_of_this_one() {
    let close = device_close("dev_b", seqs(14, 3), []);
    let others = [
        DeviceClose { business_date: date("2026-10-30"), ..close.clone() },
        DeviceClose { device_id: device("dev_c"), ..close.clone() },
        DeviceClose { location_id: "loc_hill".parse().unwrap(), ..close },
    ];
    for other in others {
        let known = [Known::new("dev_b", seqs(99, 99), Some(other))];
        let missing = missing_devices(&location(), date(DAY), &standings(&known));
        assert_eq!(missing.first().map(|device| device.owes), Some(Owed::DeviceClose));
    }
}

#[test]
fn a_missing_device_is_told_in_a_sentence() {
    let mut missing = MissingDevice {
        device_id: device("dev_c"),
        missing_since: Some(at("2026-11-01T01:14:00Z")),
        owes: Owed::DeviceClose,
    };
    let sentence = |missing: &MissingDevice, now| missing.sentence(&new_york(), at(now));
    let that_night = "2026-11-01T03:00:00Z";
    assert_eq!(sentence(&missing, that_night), "dev_c missing since 21:14, owes the close of its day");
    missing.owes = Owed::Mutations(14);
    let next_day = "2026-11-01T15:00:00Z";
    assert_eq!(sentence(&missing, next_day), "dev_c missing since 21:14 on 2026-10-31, owes 14 mutations");
    missing.missing_since = None;
    missing.owes = Owed::Mutations(1);
    assert_eq!(sentence(&missing, next_day), "dev_c never heard of, owes 1 mutation");
}

#[test]
fn a_day_is_closed_once() {
    let first = close_at(MIDNIGHT, &[], &days_of([&fixture_order()]), &[], None).unwrap();
    let second = close_at("2026-11-01T05:00:00Z", &[], &BTreeMap::new(), &[], Some(&first)).unwrap_err();
    assert_eq!(second.code(), "DAY_CLOSED");
    assert!(second.to_string().contains("stf_odell"), "{second}");
}

#[test]
fn what_arrives_for_another_day_or_changes_no_figure_makes_no_addendum() {
    let order = fixture_order();
    let close = close_at(MIDNIGHT, &[], &days_of([&order]), &[], None).unwrap();
    let mut other_day = order.clone();
    other_day.business_date = date("2026-11-01");
    let days = days_of([&order, &other_day]);
    assert_eq!(late_arrivals(&close, &[], &days, [&order, &other_day], at(MIDNIGHT)), Ok(None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_close_and_its_addenda_add_up_to_the_day(sketched in sketches(1..9), known in 0_usize..9, later in 0_usize..9) {
        // Of every order the server holds some changes at closing time, more when the first addendum is written, then all.
        let states: Vec<_> =
            sketched.iter().enumerate().map(|(at, sketch)| sketch.states(u16::try_from(at).unwrap())).collect();
        let held = |share: usize| {
            let upto = |states: &Vec<Order>| states.get(..states.len() * share / 8).and_then(<[Order]>::last).cloned();
            states.iter().filter_map(upto).collect::<Vec<Order>>()
        };
        let (known, later) = (known.min(8), known.max(later).min(8));
        let close = close_at(MIDNIGHT, &[], &days_of(&held(known)), &[], None).unwrap();
        let before = close.clone();
        let mut addenda: Vec<LateArrivals> = Vec::new();
        for share in [later, 8, 8] {
            let orders = held(share);
            addenda.extend(late_arrivals(&close, &addenda, &days_of(&orders), &orders, at(MIDNIGHT)).unwrap());
        }
        let all: Vec<_> = orders(&sketched).into_iter().filter(|order| order.business_date == date(DAY)).collect();
        let figures = addenda.iter().fold(close.figures.clone(), |sum, late| sum.plus(&late.figures).unwrap());
        prop_assert_eq!(&figures, &figures_of(&all));
        for name in DEVICES {
            let of = |by: &Breakdown<DeviceId, DayFigures>| by.part(&device(name));
            let figures = addenda.iter().fold(of(&close.by_device), |sum, late| sum.plus(&of(&late.by_device)).unwrap());
            prop_assert_eq!(figures, figures_of(all.iter().filter(|order| order.device_id.as_str() == name)));
        }
        prop_assert_eq!(close, before);
        let numbers: Vec<_> = addenda.iter().map(|late| late.number).collect();
        prop_assert_eq!(numbers, (1..=u32::try_from(addenda.len()).unwrap()).collect::<Vec<_>>());
        for late in &addenda {
            prop_assert!(!late.orders.is_empty() && late.business_date == date(DAY));
            prop_assert!(late.orders.iter().all(|late| all.iter().any(|order| order.order_id == late.order_id)));
        }
    }
}
