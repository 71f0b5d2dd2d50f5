//! Table, server, guests, order type, notes: each command tells which value the person saw.

use super::{OrderCommand, line_of, needed, optional, still_open};
use crate::order::{AddNote, MoveTable, Order, OrderChange, SetGuests, SetOrderType, TransferServer};
use crate::rejection::Rejection;

impl OrderCommand {
    pub(super) fn add_note(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let line_id = optional(&mut self.line_id, "lineId")?;
        let note = optional(&mut self.note, "note")?;
        let register = match line_id {
            None => &order.note,
            Some(line_id) => &line_of(order, line_id)?.note,
        };
        let seen = register.as_ref().map(|register| register.stamp.clone());
        Ok(OrderChange::AddNote(AddNote { line_id, note, seen }))
    }

    pub(super) fn move_table(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let table_id = optional(&mut self.table_id, "tableId")?;
        Ok(OrderChange::MoveTable(MoveTable { table_id, seen: order.table_id.stamp.clone() }))
    }

    pub(super) fn transfer_server(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let server_id = needed(&mut self.server_id, "serverId")?;
        Ok(OrderChange::TransferServer(TransferServer { server_id, seen: order.server_id.stamp.clone() }))
    }

    pub(super) fn set_guests(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let guests = needed(&mut self.guests, "guests")?;
        Ok(OrderChange::SetGuests(SetGuests { guests, seen: order.guests.stamp.clone() }))
    }

    pub(super) fn set_order_type(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        still_open(order)?;
        let order_type = needed(&mut self.order_type, "orderType")?;
        Ok(OrderChange::SetOrderType(SetOrderType { order_type, seen: order.order_type.stamp.clone() }))
    }
}
