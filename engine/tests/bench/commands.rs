//! Commands as a person would give them, on orders that are named by a number.

use domain::{ItemId, LineId, Money, OrderCommand, OrderCommandKind, OrderId, PaymentId, PaymentType};
use engine::Command;

use super::DAY_MS;

/// When the bench's first day was, in milliseconds: the first 48 bits of the ids of its orders.
const FIRST_DAY_MS: u64 = 0x01a1_9456_9e38;

pub(crate) fn order_id(number: u8) -> OrderId {
    format!("01a19456-9e38-7000-8000-{number:012x}").parse().unwrap()
}

/// An order made on a later day: numbers 100 and more stand for days.
pub(crate) fn on_day(day: u64, number: u8) -> OrderId {
    let millis = FIRST_DAY_MS + day * DAY_MS;
    let (high, low) = (millis >> 16, millis & 0xffff);
    format!("{high:08x}-{low:04x}-7000-8000-{day:06x}{number:06x}").parse().unwrap()
}

pub(crate) fn open(order: impl Named) -> Command {
    OrderCommand::new(OrderCommandKind::OpenOrder, order.order_id()).into()
}

pub(crate) fn add_fries(order: impl Named, line: u8) -> Command {
    let line_id: LineId = format!("01a19456-9e38-7000-9000-{line:012x}").parse().unwrap();
    let mut command = OrderCommand::new(OrderCommandKind::AddLine, order.order_id());
    command.line_id = Some(line_id.into());
    command.item_id = Some(ItemId::into("it_fries".parse().unwrap()));
    command.option_ids = Some(vec!["mo_aioli".parse().unwrap()].into());
    command.into()
}

pub(crate) fn pay(order: impl Named, payment: u8, amount: i64) -> Command {
    let payment_id: PaymentId = format!("01a19456-9e38-7000-a000-{payment:012x}").parse().unwrap();
    let mut command = OrderCommand::new(OrderCommandKind::AddPayment, order.order_id());
    command.payment_id = Some(payment_id.into());
    command.payment_type = Some(PaymentType::Cash.into());
    command.amount_minor = Some(Money::try_from(amount).unwrap().into());
    command.into()
}

pub(crate) fn close(order: impl Named) -> Command {
    OrderCommand::new(OrderCommandKind::CloseOrder, order.order_id()).into()
}

/// Sets the number of guests; the little server refuses it.
pub(crate) fn seat(order: impl Named, guests: u32) -> Command {
    let mut command = OrderCommand::new(OrderCommandKind::SetGuests, order.order_id());
    command.guests = Some(domain::Quantity::try_from(guests).unwrap().into());
    command.into()
}

pub(crate) fn note(order: impl Named, text: &str) -> Command {
    let mut command = OrderCommand::new(OrderCommandKind::AddNote, order.order_id());
    command.note = Some(domain::Label::try_from(text.to_owned()).unwrap().into());
    command.into()
}

/// What names an order.
pub(crate) trait Named {
    fn order_id(self) -> OrderId;
}

impl Named for u8 {
    fn order_id(self) -> OrderId {
        order_id(self)
    }
}

impl Named for OrderId {
    fn order_id(self) -> OrderId {
        self
    }
}
