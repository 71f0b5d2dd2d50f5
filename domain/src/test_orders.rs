//! Orders for this crate's tests: the fixture order as a record, and orders of plain lines.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ids::LineId;
use crate::limits::{Label, Quantity};
use crate::money::{Currency, Money, Rate};
use crate::order::{
    Adjustment, AdjustmentSize, Comp, Line, LineVoid, Order, OrderStatus, OrderType, Payment, PaymentType,
};
use crate::register::Register;
use crate::stamp::Stamp;

pub(crate) fn fixture_json() -> Value {
    serde_json::from_str(include_str!("../../fixtures/order.json")).unwrap()
}

/// The fixture order as the record it would be: facts only, none of its computed answers.
pub(crate) fn fixture_order() -> Order {
    let json = fixture_json();
    let mut order = order_with_lines(&[]);
    for (position, line) in json["lines"].as_array().unwrap().iter().enumerate() {
        let line = fixture_line(line, &stamp(position));
        order.lines.insert(line.line_id, line);
    }
    for adjustment in json["adjustments"].as_array().unwrap() {
        let adjustment = Adjustment {
            adjustment_id: text(&adjustment["adj_id"]).parse().unwrap(),
            name: label(&adjustment["name"]),
            size: AdjustmentSize::RatePpm(
                Rate::try_from(u32::try_from(number(&adjustment["rate_ppm"])).unwrap()).unwrap(),
            ),
            by: text(&adjustment["by"]).parse().unwrap(),
        };
        order.adjustments.insert(adjustment.adjustment_id, adjustment);
    }
    for payment in json["payments"].as_array().unwrap() {
        let cash = text(&payment["type"]) == "cash";
        let payment = Payment {
            payment_id: text(&payment["payment_id"]).parse().unwrap(),
            payment_type: if cash { PaymentType::Cash } else { PaymentType::CardExternal },
            amount_minor: money(&payment["amount_minor"]),
            tendered_minor: cash.then(|| money(&payment["tendered_minor"])),
            tip_minor: money(&payment["tip_minor"]),
            by: text(&payment["by"]).parse().unwrap(),
            at: text(&payment["at"]).parse().unwrap(),
            stamp: stamp(100),
        };
        order.payments.insert(payment.payment_id, payment);
    }
    order
}

/// An open order with one line a (unit price, quantity), untaxed.
pub(crate) fn order_with_lines(lines: &[(i64, u16)]) -> Order {
    let json = fixture_json();
    let lines = lines.iter().enumerate().map(|(position, (price, qty))| {
        let line_id: LineId = format!("01a19456-9e38-7000-8000-{position:012x}").parse().unwrap();
        let line = Line {
            line_id,
            added: stamp(position),
            added_by: "stf_mara".parse().unwrap(),
            item_id: "it_burger".parse().unwrap(),
            name: Label::try_from("Burger".to_owned()).unwrap(),
            category: Label::try_from("mains".to_owned()).unwrap(),
            qty_sum: i64::from(*qty),
            unit_price_minor: Money::try_from(*price).unwrap(),
            modifiers: Vec::new(),
            taxes: Vec::new(),
            menu_version: 41,
            seat: None,
            note: None,
            void: None,
            comp: None,
        };
        (line_id, line)
    });
    Order {
        schema: Order::SCHEMA,
        order_id: text(&json["order_id"]).parse().unwrap(),
        ticket_no: text(&json["ticket_no"]).parse().unwrap(),
        device_id: text(&json["device_id"]).parse().unwrap(),
        business_date: text(&json["business_date"]).to_owned().try_into().unwrap(),
        currency: Currency {
            code: text(&json["currency"]).to_owned().try_into().unwrap(),
            exponent: 2.try_into().unwrap(),
        },
        opened_at: text(&json["opened_at"]).parse().unwrap(),
        opened_by: text(&json["opened_by"]).parse().unwrap(),
        order_type: Register { value: OrderType::DineIn, stamp: stamp(0) },
        table_id: Register { value: Some("tbl_12".parse().unwrap()), stamp: stamp(0) },
        guests: Register { value: Quantity::try_from(2).unwrap(), stamp: stamp(0) },
        status: OrderStatus::default(),
        closing: None,
        lines: lines.collect(),
        adjustments: BTreeMap::new(),
        payments: BTreeMap::new(),
    }
}

fn fixture_line(line: &Value, added: &Stamp) -> Line {
    let by = |fact: &Value| text(&fact["by"]).parse().unwrap();
    Line {
        line_id: text(&line["line_id"]).parse().unwrap(),
        added: added.clone(),
        added_by: "stf_mara".parse().unwrap(),
        item_id: text(&line["item_id"]).parse().unwrap(),
        name: label(&line["name"]),
        category: Label::try_from("any".to_owned()).unwrap(),
        qty_sum: number(&line["qty"]),
        unit_price_minor: money(&line["unit_price_minor"]),
        modifiers: serde_json::from_value(line["modifiers"].clone()).unwrap(),
        taxes: serde_json::from_value(line["tax_snapshot"].clone()).unwrap(),
        menu_version: 41,
        seat: None,
        note: None,
        void: line.get("void").map(|fact| LineVoid {
            reason: label(&fact["reason"]),
            by: by(fact),
            at: text(&fact["at"]).parse().unwrap(),
            stamp: added.clone(),
        }),
        comp: line.get("comp").map(|fact| Comp {
            reason: label(&fact["reason"]),
            by: by(fact),
            at: text(&fact["at"]).parse().unwrap(),
        }),
    }
}

pub(crate) fn stamp(counter: usize) -> Stamp {
    format!("01a19484e5e0-{counter:04x}-dev_b").parse().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn money(value: &Value) -> Money {
    Money::try_from(number(value)).unwrap()
}

fn label(value: &Value) -> Label {
    Label::try_from(text(value).to_owned()).unwrap()
}
