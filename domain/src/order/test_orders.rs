//! Orders for this crate's tests: the fixture order, made by the changes that a till would have made, and orders of plain
//! lines.

use serde_json::Value;

use super::{
    AddAdjustment, AddLine, AddPayment, AdjustmentKind, AdjustmentScope, AdjustmentSize, Close, CompLine, Open, Order,
    OrderChange, OrderType, PaymentType, VoidLine,
};
use crate::finding::FindingCode;
use crate::ids::LineId;
use crate::limits::{Label, Quantity};
use crate::money::{Currency, Money, Rate};
use crate::order::{ChangeContext, apply};
use crate::rejection::RejectionCode;
use crate::stamp::Stamp;

pub(crate) fn fixture_json() -> Value {
    serde_json::from_str(include_str!("../../../fixtures/order.json")).unwrap()
}

/// Applies a change as `device` at clock reading `counter`.
pub(crate) fn change_by(
    order: &mut Option<Order>,
    device: &str,
    counter: u16,
    change: &OrderChange,
) -> Result<Vec<FindingCode>, RejectionCode> {
    let json = fixture_json();
    let stamp: Stamp = format!("01a19484e5e0-{counter:04x}-{device}").parse().unwrap();
    let staff = text(&json["opened_by"]).parse().unwrap();
    let context = ChangeContext::new(&stamp, &staff, at(&json["opened_at"]));
    let findings = apply(order, text(&json["order_id"]).parse().unwrap(), change, context);
    findings.map(|all| all.iter().map(|finding| finding.code).collect()).map_err(|rejection| rejection.code)
}

/// The fixture order as its till made it: facts only, none of its computed answers.
pub(crate) fn fixture_order() -> Order {
    let json = fixture_json();
    let mut order = opened();
    let mut counter = 0;
    let mut give = |change: OrderChange| {
        counter += 1;
        assert_eq!(change_by(&mut order, "dev_b", counter, &change), Ok(vec![]), "{change:?}");
    };
    for line in json["lines"].as_array().unwrap() {
        let line_id = text(&line["line_id"]).parse().unwrap();
        give(OrderChange::AddLine(AddLine {
            line_id,
            item_id: text(&line["item_id"]).parse().unwrap(),
            name: label(&line["name"]),
            qty: u32::try_from(line["qty"].as_u64().unwrap()).unwrap().try_into().unwrap(),
            unit_price_minor: money(&line["unit_price_minor"]),
            modifiers: serde_json::from_value(line["modifiers"].clone()).unwrap(),
            taxes: serde_json::from_value(line["tax_snapshot"].clone()).unwrap(),
            seat: line["seat"].as_u64().map(|seat| u8::try_from(seat).unwrap()),
            ..plain_line(line_id, 0, 1)
        }));
        if let Some(void) = line.get("void") {
            give(OrderChange::VoidLine(VoidLine { line_id, reason: label(&void["reason"]) }));
        }
        if let Some(comp) = line.get("comp") {
            give(OrderChange::CompLine(CompLine { line_id, reason: label(&comp["reason"]) }));
        }
    }
    for adjustment in json["adjustments"].as_array().unwrap() {
        let rate = Rate::try_from(u32::try_from(adjustment["rate_ppm"].as_u64().unwrap()).unwrap()).unwrap();
        give(OrderChange::AddAdjustment(AddAdjustment {
            adjustment_id: text(&adjustment["adj_id"]).parse().unwrap(),
            kind: AdjustmentKind::Discount,
            name: label(&adjustment["name"]),
            scope: AdjustmentScope::Order,
            size: AdjustmentSize::RatePpm(rate),
            discount_id: None,
            stackable: false,
            taxes: Vec::new(),
            reason: None,
        }));
    }
    for payment in json["payments"].as_array().unwrap() {
        let cash = text(&payment["type"]) == "cash";
        give(OrderChange::AddPayment(AddPayment {
            payment_id: text(&payment["payment_id"]).parse().unwrap(),
            payment_type: if cash { PaymentType::Cash } else { PaymentType::CardExternal },
            amount_minor: money(&payment["amount_minor"]),
            tendered_minor: cash.then(|| money(&payment["tendered_minor"])),
            tip_minor: money(&payment["tip_minor"]),
            check_id: None,
            drawer_session_id: None,
        }));
    }
    give(OrderChange::Close(Close { epoch: 0, total_minor: Some(money(&json["totals"]["total_minor"])) }));
    order.unwrap()
}

/// An order just opened by `dev_b`.
pub(crate) fn opened() -> Option<Order> {
    let mut order = None;
    change_by(&mut order, "dev_b", 0, &open_change("B-0042")).unwrap();
    order
}

pub(crate) fn open_change(ticket_no: &str) -> OrderChange {
    let json = fixture_json();
    OrderChange::Open(Open {
        ticket_no: ticket_no.parse().unwrap(),
        business_date: text(&json["business_date"]).to_owned().try_into().unwrap(),
        currency: Currency {
            code: text(&json["currency"]).to_owned().try_into().unwrap(),
            exponent: 2.try_into().unwrap(),
        },
        order_type: OrderType::DineIn,
        table_id: Some("tbl_12".parse().unwrap()),
        guests: 2.try_into().unwrap(),
    })
}

/// An open order with one line a (unit price, quantity), untaxed.
pub(crate) fn order_with_lines(lines: &[(i64, u16)]) -> Order {
    let mut order = opened();
    for (position, (price, qty)) in lines.iter().enumerate() {
        let number = u16::try_from(position).unwrap();
        let line = plain_line(line_id(number), *price, *qty);
        change_by(&mut order, "dev_b", number + 1, &OrderChange::AddLine(line)).unwrap();
    }
    order.unwrap()
}

pub(crate) fn line_id(number: u16) -> LineId {
    format!("01a19456-9e38-7000-8000-{number:012x}").parse().unwrap()
}

pub(crate) fn plain_line(line_id: LineId, price: i64, qty: u16) -> AddLine {
    AddLine {
        line_id,
        item_id: "it_pale".parse().unwrap(),
        name: Label::try_from("Pale ale".to_owned()).unwrap(),
        category: Label::try_from("bar".to_owned()).unwrap(),
        station: None,
        qty: Quantity::try_from(u32::from(qty)).unwrap(),
        unit_price_minor: Money::try_from(price).unwrap(),
        weight_milli: None,
        price_override: None,
        modifiers: Vec::new(),
        taxes: Vec::new(),
        menu_version: 41,
        seat: None,
        note: None,
        check_id: None,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn at(value: &Value) -> crate::time::Timestamp {
    text(value).parse().unwrap()
}

fn money(value: &Value) -> Money {
    Money::try_from(value.as_i64().unwrap()).unwrap()
}

fn label(value: &Value) -> Label {
    Label::try_from(text(value).to_owned()).unwrap()
}
