//! A floor of tills that cannot see each other, and the server they meet at. Tills give the commands that an app would give;
//! the server applies the changes that come of them, in whatever order they arrive.
#![allow(dead_code, reason = "each test file uses what it needs of the floor")]

use std::cell::Cell;
use std::sync::LazyLock;

use domain::{
    BusinessDate, ChangeContext, Desk, DeviceId, Finding, FindingCode, HybridClock, Menu, Order, OrderChange,
    OrderCommand, OrderId, Rejection, StaffId, Stamp, TicketNo, Timestamp, Uid, Versioned, apply,
};
use serde_json::{Value, json};

/// One change on its way.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) stamp: Stamp,
    pub(crate) staff: StaffId,
    pub(crate) at: Timestamp,
    pub(crate) change: OrderChange,
}

impl Made {
    /// Applies the change; a kitchen's device is named so.
    pub(crate) fn apply(&self, order: &mut Option<Order>) -> Result<Vec<Finding>, Rejection> {
        let context = ChangeContext::new(&self.stamp, &self.staff, self.at);
        let kitchen = self.stamp.device().as_str().contains("kitchen");
        apply(order, order_id(), &self.change, if kitchen { context.in_kitchen() } else { context })
    }
}

/// A till and what it sees.
#[derive(Debug, Clone)]
pub(crate) struct Till {
    pub(crate) order: Option<Order>,
    /// What it has made since it last met the others.
    pub(crate) stream: Vec<Made>,
    device: DeviceId,
    staff: StaffId,
    clock: HybridClock,
    now: Timestamp,
    ids: Cell<u64>,
}

impl Till {
    /// A till worked by somebody, its clock at the fixture evening.
    pub(crate) fn new(device: &str, staff: &str) -> Self {
        Self {
            order: None,
            stream: Vec::new(),
            device: device.parse().unwrap(),
            staff: staff.parse().unwrap(),
            clock: HybridClock::default(),
            now: "2026-10-31T23:41:07Z".parse().unwrap(),
            ids: Cell::new(0),
        }
    }

    /// Another till that has seen all that this one has.
    pub(crate) fn joined_by(&self, device: &str, staff: &str) -> Self {
        let mut other = Self::new(device, staff);
        other.order.clone_from(&self.order);
        other.clock = self.clock;
        other.now = self.now;
        other
    }

    /// Lets time pass.
    pub(crate) fn wait_s(&mut self, seconds: i64) {
        self.now = self.now.after(seconds * 1000);
    }

    /// Gives a command as JSON, without its `orderId`, as an app would.
    pub(crate) fn give(&mut self, command: Value) -> Result<Vec<Finding>, Rejection> {
        let mut command = command;
        command["orderId"] = json!(order_id());
        let command: OrderCommand = serde_json::from_str(&command.to_string()).unwrap();
        self.command(command)
    }

    /// Gives a command. One whose fact already stands makes no change, as in the engine.
    pub(crate) fn command(&mut self, command: OrderCommand) -> Result<Vec<Finding>, Rejection> {
        let (_, change) = command.change(self.order.as_ref(), self)?;
        self.now = self.now.after(1);
        let made =
            Made { stamp: self.clock.tick(self.now, &self.device), staff: self.staff.clone(), at: self.now, change };
        let before = self.order.clone();
        let findings = made.apply(&mut self.order).map_err(Rejection::of_command)?;
        if self.order != before {
            self.stream.push(made);
        }
        Ok(findings)
    }

    /// Opens the order and adds dishes of the fixture menu: (item, quantity, modifiers).
    pub(crate) fn with_order(mut self, dishes: &[(&str, u32, &[&str])]) -> Self {
        self.give(json!({ "type": "open_order", "tableId": "tbl_12", "guests": 2 })).unwrap();
        for (item, qty, options) in dishes {
            self.give(add(item, *qty, options)).unwrap();
        }
        self
    }

    pub(crate) fn seen(&self) -> &Order {
        self.order.as_ref().unwrap()
    }

    /// The id of the first line of an item.
    pub(crate) fn line_of(&self, item: &str) -> String {
        let order = self.seen();
        order.lines_in_order().into_iter().find(|line| line.item_id.as_str() == item).unwrap().line_id.to_string()
    }

    /// Pays what is due and closes.
    pub(crate) fn settle(&mut self, payment_type: &str) {
        let due = self.seen().totals().unwrap().balance.minor();
        if due > 0 {
            let payment = json!({ "type": "add_payment", "paymentType": payment_type, "amountMinor": due });
            self.give(payment).unwrap();
        }
        self.give(json!({ "type": "close_order" })).unwrap();
    }

    /// Meets the server: what was made before the parting is known to all.
    pub(crate) fn part(&mut self) -> Option<Order> {
        self.stream.clear();
        self.order.clone()
    }
}

/// The fixture menu with what it lacks: discounts, a service charge, and fish by weight.
fn house_menu() -> Menu {
    let mut menu: Value = serde_json::from_str(include_str!("../../../fixtures/menu.json")).unwrap();
    menu["schema"] = json!(Menu::SCHEMA);
    menu["discounts"] = json!([
        { "id": "dsc_neighbour", "name": "Neighbour", "size": { "rate_ppm": 100_000 }, "scope": "order", "stackable": false },
        { "id": "dsc_dish", "name": "Dish of the day", "size": { "amount_minor": 200 }, "scope": "line", "stackable": true },
    ]);
    menu["service_charges"] = json!([
        { "id": "chg_party", "name": "Large party", "size": { "rate_ppm": 180_000 }, "tax_ids": ["tax_food"] },
    ]);
    menu["items"].as_array_mut().unwrap().push(json!({
        "id": "it_turbot", "name": "Turbot", "category": "mains", "station": "grill", "price_minor": 4800,
        "tax_ids": ["tax_food"], "modifier_groups": [], "available": true, "rev": 1, "sold_by": "weight",
    }));
    let menu: Menu = serde_json::from_value(menu).unwrap();
    menu.check().unwrap();
    menu
}

impl Desk for Till {
    fn menu(&self) -> Result<&Menu, Rejection> {
        static MENU: LazyLock<Menu> = LazyLock::new(house_menu);
        Ok(&MENU)
    }

    fn next_ticket(&self) -> Result<(TicketNo, BusinessDate), Rejection> {
        Ok((TicketNo::new("B", 42).unwrap(), BusinessDate::try_from("2026-10-31".to_owned()).unwrap()))
    }

    fn new_id<Kind>(&self) -> Uid<Kind> {
        self.ids.set(self.ids.get() + 1);
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.ids.get().to_be_bytes());
        // Two tills never make the same id.
        random[8] = self.device.as_str().bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte));
        Uid::new(self.now, random)
    }
}

pub(crate) fn order_id() -> OrderId {
    "01a19456-9e38-7f7d-a7c9-0bb511e88c5c".parse().unwrap()
}

/// The command that adds a dish.
pub(crate) fn add(item: &str, qty: u32, options: &[&str]) -> Value {
    json!({ "type": "add_line", "itemId": item, "qty": qty, "optionIds": options })
}

/// What the server made of everything.
#[derive(Debug, Clone)]
pub(crate) struct Reunion {
    pub(crate) order: Order,
    pub(crate) findings: Vec<Finding>,
    pub(crate) rejections: Vec<Rejection>,
}

impl Reunion {
    pub(crate) fn codes(&self) -> Vec<FindingCode> {
        let mut codes: Vec<_> = self.findings.iter().map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes
    }
}

/// Lets streams arrive at the server, each in its own order, interleaved as `next` says: which stream's turn it is.
pub(crate) fn arrive(start: Option<Order>, streams: &[&[Made]], mut next: impl FnMut() -> usize) -> Reunion {
    let mut order = start;
    let (mut findings, mut rejections) = (Vec::new(), Vec::new());
    let mut at: Vec<usize> = vec![0; streams.len()];
    while (0..streams.len()).any(|stream| at[stream] < streams[stream].len()) {
        let stream = next() % streams.len();
        if let Some(made) = streams[stream].get(at[stream]) {
            at[stream] += 1;
            match made.apply(&mut order) {
                Ok(noticed) => findings.extend(noticed),
                Err(rejection) => rejections.push(rejection),
            }
        }
    }
    Reunion { order: order.unwrap(), findings, rejections }
}

/// Every way in which the changes of two tills can arrive. All must lead to the same order. The findings returned are those
/// that every way gives; some ways give more, about what was so only for a while.
pub(crate) fn reunited(start: &Option<Order>, a: &Till, b: &Till) -> Reunion {
    let (a, b) = (a.stream.as_slice(), b.stream.as_slice());
    let mut ways: Vec<Reunion> = Vec::new();
    for pattern in 0..1_u32 << (a.len() + b.len()) {
        if usize::try_from(pattern.count_ones()).unwrap() != b.len() {
            continue;
        }
        let mut turn = 0;
        let reunion = arrive(start.clone(), &[a, b], || {
            turn += 1;
            usize::try_from(pattern >> (turn - 1) & 1).unwrap()
        });
        assert_eq!(reunion.rejections, [], "nothing of this scenario is refused");
        ways.push(reunion);
    }
    let mut always = ways.pop().unwrap();
    for way in ways {
        assert_eq!(way.order, always.order, "the order of arrival matters");
        always.findings.retain(|finding| way.codes().contains(&finding.code));
    }
    always
}
