//! People who tap: they open tables, order, change their minds, pay, and pull plugs.

use domain::{
    AdjustmentKind, Field, ItemId, Label, Money, OptionId, OrderCommand, OrderCommandKind, PaymentType, Quantity, Rate,
    ShiftCommand, TableId, Uid,
};
use engine::{Command, Input, OrderFilter, OrderView};

use super::{World, timestamp};
use crate::checkers::Broken;
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
        if self.tills[till].frozen_until_ms > self.now_ms || self.trouble_at(till)? {
            return Ok(());
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
        if self.dice.u8(0..16) == 0 {
            return self.punch();
        }
        let orders = self.tills[till].engine.as_ref()?.orders(&OrderFilter::default());
        let order = if self.dice.u8(0..5) == 0 { None } else { self.dice.choice(&orders).cloned() };
        let Some(order) = order else { return self.open() };
        let command = match self.dice.u8(0..16) {
            0..=4 => return self.add_line(&order),
            5 => return self.set_qty(&order),
            6 => return self.void_line(&order),
            7 | 8 => return self.pay(&order),
            9 => return self.comp_line(&order),
            10 => return self.refund(&order),
            11 => about(OrderCommandKind::Fire, &order),
            12 => self.move_table(&order),
            13 => self.discount(&order)?,
            14 => self.split_check(&order)?,
            _ => return Some((Fact::Closed(order.order_id), about(OrderCommandKind::CloseOrder, &order).into())),
        };
        Some((Fact::Changed(order.order_id), command.into()))
    }

    /// Somebody comes, goes on a break or leaves; what does not follow on what was before is refused.
    fn punch(&mut self) -> Option<(Fact, Command)> {
        let command = match self.dice.u8(0..6) {
            0 | 1 => ShiftCommand::ClockIn { job: "server".to_owned().try_into().ok()? },
            2 => ShiftCommand::BreakStart { break_type: "rest".to_owned().try_into().ok()? },
            3 => ShiftCommand::BreakEnd,
            _ => ShiftCommand::ClockOut { declared_cash_tips_minor: Money::ZERO, break_attestation: None },
        };
        Some((Fact::Punched, Command::Punch(command)))
    }

    fn open(&mut self) -> Option<(Fact, Command)> {
        let order_id = self.uid();
        let table = self.dice.usize(1..=self.options.tables);
        let mut command = OrderCommand::new(OrderCommandKind::OpenOrder, order_id);
        command.guests = Quantity::try_from(self.dice.u32(1..=8)).ok().map(Field::from);
        command.table_id = format!("tbl_{table}").parse().ok().map(TableId::into);
        Some((Fact::Opened(order_id), command.into()))
    }

    fn add_line(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let (item, options) = *self.dice.choice(&DISHES)?;
        let line_id = self.uid();
        let mut command = about(OrderCommandKind::AddLine, order);
        command.line_id = Some(Field::from(line_id));
        command.item_id = Some(ItemId::into(item.parse().ok()?));
        command.qty = Quantity::try_from(self.dice.u32(1..=6)).ok().map(Field::from);
        let options: Vec<OptionId> = options.iter().filter_map(|option| option.parse().ok()).collect();
        command.option_ids = Some(options.into());
        Some((Fact::Line(order.order_id, line_id), command.into()))
    }

    fn set_qty(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let line_id = self.dice.choice(&order.lines)?.line_id;
        let mut command = about(OrderCommandKind::SetQty, order);
        command.line_id = Some(line_id.into());
        command.qty = Some(Quantity::try_from(self.dice.u32(1..=9)).ok()?.into());
        Some((Fact::Quantity(order.order_id, line_id), command.into()))
    }

    fn void_line(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let line_id = self.dice.choice(&order.lines)?.line_id;
        let mut command = about(OrderCommandKind::VoidLine, order);
        command.line_id = Some(line_id.into());
        command.reason = Some(label("entered by mistake")?.into());
        Some((Fact::Void(order.order_id, line_id), command.into()))
    }

    fn comp_line(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let line_id = self.dice.choice(&order.lines)?.line_id;
        let mut command = about(OrderCommandKind::CompLine, order);
        command.line_id = Some(line_id.into());
        command.reason = Some(label("long wait")?.into());
        Some((Fact::Comp(order.order_id, line_id), command.into()))
    }

    fn pay(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let due = order.totals.balance_minor;
        let amount = if self.dice.bool() { due } else { due / 2 };
        let payment_id = self.uid();
        let cash = self.dice.bool();
        let mut command = about(OrderCommandKind::AddPayment, order);
        command.payment_id = Some(Field::from(payment_id));
        command.payment_type = Some(if cash { PaymentType::Cash } else { PaymentType::CardExternal }.into());
        command.amount_minor = Some(Money::try_from(amount).ok()?.into());
        command.tendered_minor = if cash { Money::try_from(amount + 500).ok().map(Field::from) } else { None };
        command.tip_minor = Money::try_from(self.dice.i64(0..=300)).ok().map(Field::from);
        Some((Fact::Payment(order.order_id, payment_id, amount), command.into()))
    }

    fn refund(&mut self, order: &OrderView) -> Option<(Fact, Command)> {
        let payment = self.dice.choice(&order.payments)?;
        let (payment_id, amount) = (payment.payment_id, payment.amount_minor / 2);
        let refund_id = self.uid();
        let mut command = about(OrderCommandKind::AddRefund, order);
        command.refund_id = Some(Field::from(refund_id));
        command.payment_id = Some(payment_id.into());
        command.payment_type = Some(PaymentType::Cash.into());
        command.amount_minor = Some(Money::try_from(amount).ok()?.into());
        command.reason = Some(label("cold")?.into());
        Some((Fact::Refund(order.order_id, refund_id, amount), command.into()))
    }

    fn move_table(&mut self, order: &OrderView) -> OrderCommand {
        let table = self.dice.usize(1..=self.options.tables);
        let mut command = about(OrderCommandKind::MoveTable, order);
        command.table_id = format!("tbl_{table}").parse().ok().map(TableId::into);
        command
    }

    fn discount(&mut self, order: &OrderView) -> Option<OrderCommand> {
        let mut command = about(OrderCommandKind::AddAdjustment, order);
        command.adjustment_id = Some(Field::from(self.uid()));
        command.adjustment_kind = Some(AdjustmentKind::Discount.into());
        command.name = Some(label("Neighbour")?.into());
        command.rate_ppm = Some(Rate::try_from(self.dice.u32(1..=300_000)).ok()?.into());
        Some(command)
    }

    fn split_check(&mut self, order: &OrderView) -> Option<OrderCommand> {
        let line_id = self.dice.choice(&order.lines)?.line_id;
        let mut command = about(OrderCommandKind::SplitCheck, order);
        command.check_id = Some(Field::from(self.uid()));
        command.line_ids = Some(vec![line_id].into());
        Some(command)
    }

    fn uid<Kind>(&mut self) -> Uid<Kind> {
        let mut random = [0; 10];
        self.dice.fill(&mut random);
        Uid::new(timestamp(self.now_ms), random)
    }
}

fn about(kind: OrderCommandKind, order: &OrderView) -> OrderCommand {
    OrderCommand::new(kind, order.order_id)
}

fn label(text: &str) -> Option<Label> {
    Label::try_from(text.to_owned()).ok()
}
