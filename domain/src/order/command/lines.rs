//! Lines and the kitchen: what is refused while somebody is there to be told.

use super::{Desk, OrderCommand, line_of, live_line, needed, optional, refuse, still_open};
use crate::limits::Quantity;
use crate::menu::{LineChoice, SoldBy};
use crate::money::Money;
use crate::order::{
    AddLine, Bump, CompLine, Fire, FiredLine, KitchenState, Line, Order, OrderChange, PriceOverride, SetModifiers,
    SetQty, VoidLine,
};
use crate::rejection::{Rejection, RejectionCode};

impl OrderCommand {
    pub(super) fn add_line(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        let line_id = optional(&mut self.line_id, "lineId")?.unwrap_or_else(|| desk.new_id());
        if !order.lines.contains_key(&line_id) {
            still_open(order)?;
        }
        let item_id = needed(&mut self.item_id, "itemId")?;
        let option_ids = optional(&mut self.option_ids, "optionIds")?.unwrap_or_default();
        let choice = LineChoice { item_id: &item_id, option_ids: &option_ids };
        let priced = desk.menu()?.price(choice).map_err(Rejection::of_command)?;
        let (unit_price_minor, price_override) = match optional(&mut self.unit_price_minor, "unitPriceMinor")? {
            None => (priced.unit_price_minor, None),
            Some(price) if price < Money::ZERO => {
                return refuse(RejectionCode::FieldInvalid, "unitPriceMinor", "a price must be zero or more");
            }
            Some(price) => {
                let reason = needed(&mut self.reason, "reason")?;
                (price, Some(PriceOverride { list_price_minor: priced.unit_price_minor, reason }))
            }
        };
        let weight_milli = match priced.sold_by {
            SoldBy::Each => None,
            SoldBy::Weight => Some(needed(&mut self.weight_milli, "weightMilli")?),
        };
        Ok(OrderChange::AddLine(AddLine {
            line_id,
            item_id,
            name: priced.name,
            category: priced.category,
            station: Some(priced.station),
            qty: optional(&mut self.qty, "qty")?.unwrap_or(Quantity::ONE),
            unit_price_minor,
            weight_milli,
            price_override,
            modifiers: priced.modifiers,
            taxes: priced.taxes,
            menu_version: priced.menu_version,
            seat: optional(&mut self.seat, "seat")?,
            note: optional(&mut self.note, "note")?,
            check_id: optional(&mut self.check_id, "checkId")?,
        }))
    }

    pub(super) fn set_qty(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let line = unsent(order, live_line(order, needed(&mut self.line_id, "lineId")?)?)?;
        // Reductions on two devices can leave a line at zero; going up from there counts from one less.
        let from = Quantity::try_from(u32::from(line.qty())).unwrap_or(Quantity::ONE);
        Ok(OrderChange::SetQty(SetQty { line_id: line.line_id, from, to: needed(&mut self.qty, "qty")? }))
    }

    pub(super) fn set_modifiers(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        let line = unsent(order, live_line(order, needed(&mut self.line_id, "lineId")?)?)?;
        let option_ids = needed(&mut self.option_ids, "optionIds")?;
        let choice = LineChoice { item_id: &line.item_id, option_ids: &option_ids };
        let priced = desk.menu()?.price(choice).map_err(Rejection::of_command)?;
        let seen = line.modifiers_stamp().clone();
        Ok(OrderChange::SetModifiers(SetModifiers { line_id: line.line_id, modifiers: priced.modifiers, seen }))
    }

    pub(super) fn void_line(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let line_id = live_line(order, needed(&mut self.line_id, "lineId")?)?.line_id;
        Ok(OrderChange::VoidLine(VoidLine { line_id, reason: needed(&mut self.reason, "reason")? }))
    }

    pub(super) fn comp_line(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let line_id = live_line(order, needed(&mut self.line_id, "lineId")?)?.line_id;
        Ok(OrderChange::CompLine(CompLine { line_id, reason: needed(&mut self.reason, "reason")? }))
    }

    pub(super) fn fire(&mut self, order: &Order, desk: &impl Desk) -> Result<OrderChange, Rejection> {
        let fire_id = optional(&mut self.fire_id, "fireId")?.unwrap_or_else(|| desk.new_id());
        let station = optional(&mut self.station, "station")?;
        if let Some(reprint_of) = optional(&mut self.reprint_of, "reprintOf")? {
            let Some(fire) = order.fires.get(&reprint_of) else {
                let message = format!("{} was never fired as {reprint_of}", order.ticket_no);
                return refuse(RejectionCode::NothingToFire, "reprintOf", message);
            };
            let (lines, reprint_of) = (fire.lines.clone(), Some(reprint_of));
            return Ok(OrderChange::Fire(Fire { fire_id, lines, station, reprint_of }));
        }
        let line_ids = optional(&mut self.line_ids, "lineIds")?;
        if let Some(fire) = order.fires.get(&fire_id) {
            return Ok(OrderChange::Fire(Fire { fire_id, lines: fire.lines.clone(), station, reprint_of: None }));
        }
        still_open(order)?;
        let chosen = match line_ids {
            Some(line_ids) => line_ids.iter().map(|id| live_line(order, *id)).collect::<Result<Vec<_>, _>>()?,
            None => order.lines_in_order().into_iter().filter(|line| line.void.is_none()).collect(),
        };
        let to_make = |line: &&Line| {
            let left = u32::from(line.qty()).saturating_sub(order.fired_qty(line.line_id));
            Quantity::try_from(left).ok().map(|qty| FiredLine { line_id: line.line_id, qty })
        };
        let lines: Vec<FiredLine> = chosen.iter().filter_map(to_make).collect();
        if lines.is_empty() {
            let message = format!("the kitchen knows all of {} already", order.ticket_no);
            return refuse(RejectionCode::NothingToFire, "lineIds", message);
        }
        Ok(OrderChange::Fire(Fire { fire_id, lines, station, reprint_of: None }))
    }

    pub(super) fn bump(&mut self, order: &Order) -> Result<OrderChange, Rejection> {
        let line_ids = needed(&mut self.line_ids, "lineIds")?;
        line_ids.iter().try_for_each(|line_id| line_of(order, *line_id).map(|_| ()))?;
        let to = needed(&mut self.to, "to")?;
        if to <= KitchenState::Sent || line_ids.is_empty() {
            return refuse(RejectionCode::FieldInvalid, "to", "lines are moved on to in_progress, ready or served");
        }
        Ok(OrderChange::Bump(Bump { line_ids, to }))
    }
}

fn unsent<'a>(order: &Order, line: &'a Line) -> Result<&'a Line, Rejection> {
    if order.is_sent(line) {
        let message = format!("{} was sent to the kitchen: void it and add it anew", line.name.as_str());
        return refuse(RejectionCode::LineSent, "lineId", message);
    }
    Ok(line)
}
