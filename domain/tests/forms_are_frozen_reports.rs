//! The forms of reports and closed days are frozen: a text of today's form reads and writes the very same bytes again. A change
//! here is a new form, with a number, a step up and a golden file of its own beside the old.
#![cfg(test)]

use domain::{
    DayFigures, DeviceClose, LateArrivals, LocationClose, Order, PartialReport, Record, SchemaError, Versioned, Zone,
};

const DAY_FIGURES: &str = include_str!("golden/day_figures.1.json");
const PARTIAL_REPORT: &str = include_str!("golden/partial_report.1.json");
const DEVICE_CLOSE: &str = include_str!("golden/device_close.1.json");
const LOCATION_CLOSE: &str = include_str!("golden/location_close.1.json");
const LATE_ARRIVALS: &str = include_str!("golden/late_arrivals.1.json");

fn reads_and_writes<Form: Versioned>(golden: &str) -> Form {
    assert_eq!(Form::SCHEMA, 1, "{} has a new form, and it needs its golden file", Form::NAME);
    let form = Form::read(1, golden).unwrap();
    assert_eq!(serde_json::to_string(&form).unwrap(), golden.trim_end(), "{}", Form::NAME);
    form
}

fn reads_as_a_record<Form: Record + PartialEq + std::fmt::Debug>(golden: &str) {
    assert_eq!(Form::from_json(golden).unwrap(), reads_and_writes::<Form>(golden));
    let newer = golden.replacen("\"schema\":1", "\"schema\":2", 1);
    assert!(matches!(Form::from_json(&newer), Err(SchemaError::Newer { found: 2, .. })), "{}", Form::NAME);
}

fn refuses_what_it_does_not_know<Form: Versioned>(golden: &str) {
    let text = format!("{},\"zz_new\":1}}", golden.trim_end().strip_suffix('}').unwrap());
    assert!(Form::read(1, &text).is_err(), "{} took {text}", Form::NAME);
}

#[test]
fn the_figures_of_a_day_keep_their_form_and_what_an_order_comes_to_in_them() {
    reads_and_writes::<DayFigures>(DAY_FIGURES);
    let figures: DayFigures = reads_and_writes(include_str!("golden/day_figures_of_order.1.json"));
    let order = Order::from_json(include_str!("golden/order.2.json")).unwrap();
    let zone = Zone::new("America/New_York", "EST5EDT,M3.2.0,M11.1.0").unwrap();
    assert_eq!(DayFigures::of_order(&order, &zone), Ok(figures));
}

#[test]
fn reports_and_closed_days_keep_their_forms() {
    reads_as_a_record::<PartialReport>(PARTIAL_REPORT);
    reads_as_a_record::<DeviceClose>(DEVICE_CLOSE);
    reads_as_a_record::<LocationClose>(LOCATION_CLOSE);
    reads_as_a_record::<LateArrivals>(LATE_ARRIVALS);
}

#[test]
fn a_field_nobody_knows_is_refused_and_not_forgotten() {
    refuses_what_it_does_not_know::<DayFigures>(DAY_FIGURES);
    refuses_what_it_does_not_know::<PartialReport>(PARTIAL_REPORT);
    refuses_what_it_does_not_know::<DeviceClose>(DEVICE_CLOSE);
    refuses_what_it_does_not_know::<LocationClose>(LOCATION_CLOSE);
    refuses_what_it_does_not_know::<LateArrivals>(LATE_ARRIVALS);
}

#[test]
fn the_closed_days_on_file_add_up() {
    let close: LocationClose = reads_and_writes(LOCATION_CLOSE);
    let late: LateArrivals = reads_and_writes(LATE_ARRIVALS);
    assert_eq!(close.by_device.total(), Ok(close.figures));
    assert_eq!(late.by_device.total(), Ok(late.figures));
    let report: PartialReport = reads_and_writes(PARTIAL_REPORT);
    assert!(report.provisional);
    assert_eq!(report.confirmed.plus(&report.pending), Ok(report.figures));
}
