//! People who tap: they open tables, order, change their minds, pay, and pull plugs.

use domain::{Label, Money, PaymentType, Quantity, Uid};
use engine::{Command, Input, OrderFilter, OrderView};

use super::{World, timestamp};
use crate::checkers::Broken;
use crate::faults::happens;
use crate::till::Fact;

/// Items with the modifiers that make them orderable; the last two are refused.
const DISHES: [(&str, &[&str]); 8] = [
    ("it_fries", &["mo_aioli"]),
    ("it_burger", &["mo_med", "mo_cheddar", "mo_noonion"]),
    ("it_pale", &["mo_330"]),
    ("it_lemon", &["mo_l"]),
    ("it_brownie", &[]),
    ("it_soup", &[]),
    ("it_oyster", &[]),
    ("it_burger", &[]),
];

impl World {
    pub(super) fn tap(&mut self) -> Result<(), Broken> {
        let till = self.dice.usize(0..self.tills.len());
        if happens(&mut self.dice, self.options.killed_at_tap) && self.tills[till].engine.is_some() {
            self.kill(till);
            return Ok(());
        }
        if happens(&mut self.dice, self.options.clock_jumps) {
            self.tills[till].wall_error_ms = self.dice.i64(-86_400_000..=86_400_000);
        }
        if happens(&mut self.dice, self.options.network_flips) {
            self.tills[till].network_up = !self.tills[till].network_up;
            let lie = happens(&mut self.dice, self.options.signal_lies);
            let says_online = self.tills[till].network_up != lie;
            return self.feed(till, if says_online { Input::WentOnline } else { Input::WentOffline });
        }
        if self.dice.u8(0..40) == 0 {
            return self.feed(till, Input::SyncRequested);
        }
        // A burst: several taps before the first is saved.
        for _ in 0..self.dice.usize(1..=4) {
            let Some((fact, command)) = self.wish(till) else { return Ok(()) };
            let double_tap = self.dice.u8(0..8) == 0;
            self.give(till, fact.clone(), command.clone())?;
            if double_tap {
                self.give(till, fact, command)?;
            }
        }
        Ok(())
    }

    fn wish(&mut self, till: usize) -> Option<(Fact, Command)> {
        let orders = self.tills[till].engine.as_ref()?.orders(&OrderFilter::default());
        let order = if self.dice.u8(0..5) == 0 { None } else { self.dice.choice(&orders).cloned() };
        let Some(order) = order else { return self.open() };
        match self.dice.u8(0..10) {
            0..=4 => self.add_line(&order),
            5 => self.set_qty(&order),
            6 => self.void_line(&order),
            7 | 8 => self.pay(&order),
            _ => Some((Fact::Closed(order.order_id), Command::CloseOrder { order_id: order.order_id })),
        }
    }

    fn open(&mut self) -> Option<(Fact, Command)> {
        let order_id = self.uid();
        let table = self.dice.usize(1..=self.options.tables);
        let guests = Quantity::try_from(self.dice.u32(1..=8)).ok();
        let table_id = format!("tbl_{table}").parse().ok();
        let command = Command::OpenOrder { order_id: Some(order_id), table_id, guests, order_type: None };
        Some((Fact::Opened(order_id), command))
    }

    fn add_line(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let (item, options) = *self.dice.choice(&DISHES)?;
        let (order_id, line_id) = (order.order_id, self.uid());
        let command = Command::AddLine {
            order_id,
            line_id: Some(line_id),
            item_id: item.parse().ok()?,
            qty: Quantity::try_from(self.dice.u32(1..=6)).ok(),
            option_ids: options.iter().filter_map(|option| option.parse().ok()).collect(),
            seat: None,
            note: None,
        };
        Some((Fact::Line(order_id, line_id), command))
    }

    fn set_qty(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let line_id = self.dice.choice(&order.lines)?.line_id;
        let qty = Quantity::try_from(self.dice.u32(1..=9)).ok()?;
        let order_id = order.order_id;
        Some((Fact::Quantity(order_id, line_id), Command::SetQty { order_id, line_id, qty }))
    }

    fn void_line(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let line_id = self.dice.choice(&order.lines)?.line_id;
        let reason = Label::try_from("entered by mistake".to_owned()).ok()?;
        let order_id = order.order_id;
        Some((Fact::Void(order_id, line_id), Command::VoidLine { order_id, line_id, reason }))
    }

    fn pay(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let due = order.totals.balance_minor;
        let amount = if self.dice.bool() { due } else { due / 2 };
        let (order_id, payment_id) = (order.order_id, self.uid());
        let cash = self.dice.bool();
        let command = Command::AddPayment {
            order_id,
            payment_id: Some(payment_id),
            payment_type: if cash { PaymentType::Cash } else { PaymentType::CardExternal },
            amount_minor: Money::try_from(amount).ok()?,
            tendered_minor: if cash { Money::try_from(amount + 500).ok() } else { None },
            tip_minor: Money::try_from(self.dice.i64(0..=300)).ok(),
        };
        Some((Fact::Payment(order_id, payment_id, amount), command))
    }

    fn uid<Kind>(&mut self) -> Uid<Kind> {
        let mut random = [0; 10];
        self.dice.fill(&mut random);
        Uid::new(timestamp(self.now_ms), random)
    }
}
