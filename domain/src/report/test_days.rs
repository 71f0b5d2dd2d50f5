//! Days for this module's tests: generated orders of several devices, made by the changes that tills would have made.

use proptest::prelude::*;

use super::*;
use crate::ids::{DeviceId, OrderId, StaffId};
use crate::limits::Label;
use crate::money::{Currency, Money, Rate};
use crate::order::{
    AddAdjustment, AddLine, AddPayment, AddRefund, AdjustmentKind, AdjustmentScope, AdjustmentSize, ChangeContext,
    Close, CompLine, Modifier, Moved, Open, Order, OrderChange, OrderType, PaymentType, SplitCheck, TaxMode,
    TaxSnapshot, VoidLine, VoidOrder, VoidPayment, apply,
};
use crate::stamp::Stamp;
use crate::time::{BusinessDate, Timestamp};
use crate::zone::Zone;

/// Devices that generated orders may come from.
pub(super) const DEVICES: [&str; 6] = ["dev_a", "dev_b", "dev_c", "dev_d", "dev_e", "dev_f"];
const DATES: [&str; 2] = ["2026-10-31", "2026-11-01"];
const STAFF: [&str; 3] = ["stf_mara", "stf_ines", "stf_tomas"];

pub(super) fn money(minor: i64) -> Money {
    minor.try_into().unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn date(text: &str) -> BusinessDate {
    text.to_owned().try_into().unwrap()
}

pub(super) fn device(text: &str) -> DeviceId {
    text.parse().unwrap()
}

pub(super) fn usd() -> Currency {
    Currency { code: "USD".to_owned().try_into().unwrap(), exponent: 2.try_into().unwrap() }
}

pub(super) fn new_york() -> Zone {
    Zone::new("America/New_York", "EST5EDT,M3.2.0,M11.1.0").unwrap()
}

fn label(text: &str) -> Label {
    text.to_owned().try_into().unwrap()
}

fn uid<Kind>(order: u16, set: u16, number: usize) -> crate::ids::Uid<Kind> {
    format!("01a19456-9e38-7{set:03x}-8000-{order:04x}{number:08x}").parse().unwrap()
}

/// What one line of a generated order is.
#[derive(Debug, Clone)]
struct LineSketch {
    price: i64,
    qty: u32,
    ppm: u32,
    included: bool,
    modifiers: Vec<i64>,
    item: u8,
    fate: u8,
}

/// What a generated order is, before it has an id.
#[derive(Debug, Clone)]
pub(super) struct OrderSketch {
    device: usize,
    date: usize,
    staff: usize,
    minute: i64,
    order_type: u8,
    lines: Vec<LineSketch>,
    discount_ppm: u32,
    service_ppm: u32,
    payments: Vec<(i64, u8)>,
    refunds: usize,
    split: bool,
    fate: u8,
}

pub(super) fn sketches(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<OrderSketch>> {
    let line = (
        0_i64..5_000,
        1_u32..5,
        0_u32..250_000,
        any::<bool>(),
        proptest::collection::vec(0_i64..300, 0..5),
        0_u8..5,
        0_u8..8,
    )
        .prop_map(|(price, qty, ppm, included, modifiers, item, fate)| LineSketch {
            price,
            qty,
            ppm,
            included,
            modifiers,
            item,
            fate,
        });
    let place = (0..DEVICES.len(), 0..DATES.len(), 0..STAFF.len(), 0_i64..900, 0_u8..3);
    let money = (
        prop_oneof![Just(0), 1_u32..300_000],
        prop_oneof![Just(0), 1_u32..200_000],
        proptest::collection::vec((1_i64..20_000, 0_u8..8), 0..4),
        0_usize..3,
    );
    let lines = proptest::collection::vec(line, 1..41);
    let order = (place, lines, money, any::<bool>(), 0_u8..6).prop_map(|(place, lines, money, split, fate)| {
        let (device, date, staff, minute, order_type) = place;
        let (discount_ppm, service_ppm, payments, refunds) = money;
        OrderSketch {
            device,
            date,
            staff,
            minute,
            order_type,
            lines,
            discount_ppm,
            service_ppm,
            payments,
            refunds,
            split,
            fate,
        }
    });
    proptest::collection::vec(order, count)
}

/// The orders of a sketch as they stand in the end.
pub(super) fn orders(sketches: &[OrderSketch]) -> Vec<Order> {
    let last = |(number, sketch): (usize, &OrderSketch)| sketch.states(u16::try_from(number).unwrap()).pop().unwrap();
    sketches.iter().enumerate().map(last).collect()
}

impl OrderSketch {
    /// How the order stood after each of its changes; `number` makes its ids.
    pub(super) fn states(&self, number: u16) -> Vec<Order> {
        let order_id: OrderId = uid(number, 0, 0);
        let staff: StaffId = STAFF[self.staff].parse().unwrap();
        let opened_at = at("2026-10-31T15:00:00Z").after(self.minute * 60_000);
        let mut order = None;
        let mut states = Vec::new();
        for (counter, change) in self.changes(number).iter().enumerate() {
            let stamp: Stamp = format!("01a19484e5e0-{counter:04x}-{}", DEVICES[self.device]).parse().unwrap();
            apply(&mut order, order_id, change, ChangeContext::new(&stamp, &staff, opened_at)).unwrap();
            states.push(order.clone().unwrap());
        }
        states
    }

    fn changes(&self, number: u16) -> Vec<OrderChange> {
        let mut changes = vec![OrderChange::Open(Open {
            ticket_no: format!("{}-{:04}", ["A", "B", "C", "D", "E", "F"][self.device], number + 1).parse().unwrap(),
            business_date: date(DATES[self.date]),
            currency: usd(),
            order_type: [OrderType::DineIn, OrderType::Takeaway, OrderType::Delivery][usize::from(self.order_type)],
            table_id: None,
            guests: u32::from(self.order_type + 1).try_into().unwrap(),
        })];
        for (position, line) in self.lines.iter().enumerate() {
            changes.extend(line.changes(number, position));
        }
        let kinds = [(AdjustmentKind::Discount, self.discount_ppm), (AdjustmentKind::ServiceCharge, self.service_ppm)];
        for (position, (kind, ppm)) in kinds.into_iter().enumerate().filter(|(_, (_, ppm))| *ppm > 0) {
            changes.push(OrderChange::AddAdjustment(AddAdjustment {
                adjustment_id: uid(number, 2, position),
                kind,
                name: label("Neighbour"),
                scope: AdjustmentScope::Order,
                size: AdjustmentSize::RatePpm(Rate::try_from(ppm).unwrap()),
                discount_id: None,
                stackable: true,
                taxes: if kind == AdjustmentKind::Discount { vec![] } else { vec![tax(82_500, false)] },
                reason: None,
            }));
        }
        for (position, (amount, way)) in self.payments.iter().enumerate() {
            let payment_id = uid(number, 3, position);
            changes.push(OrderChange::AddPayment(AddPayment {
                payment_id,
                payment_type: way_of(*way),
                amount_minor: money(*amount),
                tendered_minor: None,
                tip_minor: money(amount % 700),
                check_id: None,
                drawer_session_id: None,
            }));
            if *way == 7 {
                changes.push(OrderChange::VoidPayment(VoidPayment { payment_id, reason: label("wrong card") }));
            }
        }
        for (position, (amount, way)) in self.payments.iter().enumerate().take(self.refunds) {
            changes.push(OrderChange::AddRefund(AddRefund {
                refund_id: uid(number, 4, position),
                payment_id: None,
                payment_type: way_of(*way),
                amount_minor: money(*amount),
                reason: label("cold"),
                drawer_session_id: None,
            }));
        }
        if self.split {
            let lines = vec![Moved { id: uid(number, 1, 0), seen: None }];
            changes.push(OrderChange::SplitCheck(SplitCheck { check_id: uid(number, 5, 0), name: None, lines }));
        }
        match self.fate {
            0 => changes.push(OrderChange::VoidOrder(VoidOrder { epoch: 0, reason: label("left") })),
            1 | 2 => {}
            _ => changes.push(OrderChange::Close(Close { epoch: 0, total_minor: None })),
        }
        changes
    }
}

impl LineSketch {
    fn changes(&self, order: u16, position: usize) -> Vec<OrderChange> {
        let line_id = uid(order, 1, position);
        let modifier = |price: &i64| Modifier {
            option_id: "mo_x".parse().unwrap(),
            name: label("extra"),
            price_minor: money(*price),
        };
        let mut changes = vec![OrderChange::AddLine(AddLine {
            item_id: format!("it_{}", self.item).parse().unwrap(),
            category: label(["mains", "bar"][usize::from(self.item % 2)]),
            qty: self.qty.try_into().unwrap(),
            modifiers: self.modifiers.iter().map(modifier).collect(),
            taxes: vec![tax(self.ppm, self.included)],
            ..crate::order::test_orders::plain_line(line_id, self.price, 1)
        })];
        match self.fate {
            0 => changes.push(OrderChange::VoidLine(VoidLine { line_id, reason: label("mistake") })),
            1 => changes.push(OrderChange::CompLine(CompLine { line_id, reason: label("long wait") })),
            _ => {}
        }
        changes
    }
}

fn tax(ppm: u32, included: bool) -> TaxSnapshot {
    let mode = if included { TaxMode::Included } else { TaxMode::Additive };
    TaxSnapshot { tax_id: format!("tax_{}", ppm % 3).parse().unwrap(), rate_ppm: Rate::try_from(ppm).unwrap(), mode }
}

fn way_of(way: u8) -> PaymentType {
    [PaymentType::Cash, PaymentType::CardExternal, PaymentType::GiftCard, PaymentType::Other][usize::from(way % 4)]
}

/// What orders come to together.
pub(super) fn figures_of<'a>(orders: impl IntoIterator<Item = &'a Order>) -> DayFigures {
    let each: Vec<_> = orders.into_iter().map(|order| DayFigures::of_order(order, &new_york()).unwrap()).collect();
    DayFigures::sum(&each).unwrap()
}

/// The days that orders make, one a device and date.
pub(super) fn days_of<'a>(
    orders: impl IntoIterator<Item = &'a Order>,
) -> std::collections::BTreeMap<DayKey, DayFigures> {
    let mut days = std::collections::BTreeMap::<DayKey, DayFigures>::new();
    for order in orders {
        let day = days.entry(DayKey::of(order)).or_default();
        *day = day.plus(&figures_of([order])).unwrap();
    }
    days
}
