//! Lines: added, changed while the kitchen does not know of them, taken back, given away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChangeContext, first_stands, immutable, invalid, keep_within_money, line_mut};
use crate::finding::{Finding, FindingCode};
use crate::ids::{CheckId, ItemId, LineId};
use crate::limits::{LINES_MAX, Label, MODIFIERS_MAX, Quantity};
use crate::money::{Money, MoneyError};
use crate::order::{KitchenState, Line, Modifier, Order, PriceOverride, StatusRank, TaxSnapshot, Weight};
use crate::register::{Act, Register, Written};
use crate::rejection::{Rejection, RejectionCode};
use crate::stamp::Stamp;

/// A line was added, priced from the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddLine {
    /// Its identity.
    pub line_id: LineId,
    /// The item.
    pub item_id: ItemId,
    /// The item's name.
    pub name: Label,
    /// The item's category.
    pub category: Label,
    /// The kitchen station that makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<Label>,
    /// How many.
    pub qty: Quantity,
    /// The item's price; for weighed goods, of 1,000 units of weight.
    pub unit_price_minor: Money,
    /// What one of the quantity weighs, for weighed goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_milli: Option<Weight>,
    /// Set when it is sold at another price than the menu's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_override: Option<PriceOverride>,
    /// The chosen modifiers and their prices.
    pub modifiers: Vec<Modifier>,
    /// The taxes and their rates.
    pub taxes: Vec<TaxSnapshot>,
    /// The menu it was priced from.
    pub menu_version: u32,
    /// The seat it is for.
    pub seat: Option<u8>,
    /// A wish to the kitchen.
    pub note: Option<Label>,
    /// The check it is on; absent for the order's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_id: Option<CheckId>,
}

/// A line's quantity was changed. Both numbers travel: their difference is what merges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetQty {
    /// The line.
    pub line_id: LineId,
    /// What the person saw.
    pub from: Quantity,
    /// What the person wanted.
    pub to: Quantity,
}

/// A line's modifiers were chosen anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetModifiers {
    /// The line.
    pub line_id: LineId,
    /// All of its modifiers and their prices.
    pub modifiers: Vec<Modifier>,
    /// The stamp of the choice that the person saw.
    pub seen: Stamp,
}

/// A line was taken back. After it was sent the kitchen gets a ticket that calls it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VoidLine {
    /// The line.
    pub line_id: LineId,
    /// Why.
    pub reason: Label,
}

/// A line was served and given away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompLine {
    /// The line.
    pub line_id: LineId,
    /// Why.
    pub reason: Label,
}

impl AddLine {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if let Some(known) = order.lines.get(&self.line_id) {
            let message = format!("line {} already holds {}", self.line_id, known.name.as_str());
            return if self.made(known) { Ok(Vec::new()) } else { Err(immutable("line_id", message)) };
        }
        if self.unit_price_minor < Money::ZERO || self.taxes.len() > MODIFIERS_MAX {
            return Err(invalid("change", "a line needs a price of zero or more and at most 20 taxes"));
        }
        check_modifiers(self.unit_price_minor, &self.modifiers)?;
        if let Some(check_id) = self.check_id
            && !order.has_check(check_id)
        {
            return Err(super::checks::unknown(check_id));
        }
        if order.lines.len() >= LINES_MAX {
            let message = format!("an order holds at most {LINES_MAX} lines");
            return Err(Rejection::new(RejectionCode::LimitExceeded, "line_id", message).within(1, 300));
        }
        order.lines.insert(self.line_id, self.line(context));
        keep_within_money(order, "unit_price_minor", |order| {
            order.lines.remove(&self.line_id);
        })?;
        let how = match order.status().rank {
            StatusRank::Open => return Ok(Vec::new()),
            StatusRank::Closed => "closed",
            StatusRank::Voided => "voided",
        };
        let message = format!("{} was added to {} after it was {how}", self.name.as_str(), order.ticket_no);
        Ok(vec![Finding::new(FindingCode::LateLine, message)])
    }

    /// Whether the line is the one this change makes. Its quantity, modifiers and note may have moved on since; what was
    /// ordered and its price may not.
    fn made(&self, line: &Line) -> bool {
        line.item_id == self.item_id
            && line.unit_price_minor == self.unit_price_minor
            && line.weight_milli == self.weight_milli
            && line.price_override == self.price_override
            && (line.modifiers_set.is_some() || line.modifiers == self.modifiers)
            && line.taxes == self.taxes
    }

    fn line(&self, context: ChangeContext<'_>) -> Line {
        let stamp = context.stamp;
        Line {
            line_id: self.line_id,
            added: stamp.clone(),
            added_by: context.staff.clone(),
            item_id: self.item_id.clone(),
            name: self.name.clone(),
            category: self.category.clone(),
            station: self.station.clone(),
            qty_added: i64::from(self.qty.get()),
            qty_changes: BTreeMap::new(),
            unit_price_minor: self.unit_price_minor,
            weight_milli: self.weight_milli,
            price_override: self.price_override.clone(),
            modifiers: self.modifiers.clone(),
            modifiers_set: None,
            taxes: self.taxes.clone(),
            menu_version: self.menu_version,
            seat: self.seat,
            note: self.note.clone().map(|note| Register::new(Some(note), stamp.clone())),
            check_id: self.check_id.map(|check_id| Register::new(check_id, stamp.clone())),
            kitchen: KitchenState::New,
            void: None,
            comp: None,
        }
    }
}

impl SetQty {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let line = unsent(order, self.line_id, context.stamp)?;
        let stamp = context.stamp;
        if line.qty_changes.contains_key(stamp) {
            return Ok(Vec::new());
        }
        if line.qty_changes.len() >= Line::QTY_CHANGES_MAX {
            let message = format!("a line's quantity changes at most {} times", Line::QTY_CHANGES_MAX);
            return Err(Rejection::new(RejectionCode::LimitExceeded, "line_id", message));
        }
        let seen = line.qty();
        line.qty_changes.insert(stamp.clone(), i32::from(self.to.get()) - i32::from(self.from.get()));
        let (name, now, void) = (line.name.clone(), line.qty(), line.void.is_some());
        keep_within_money(order, "to", |order| {
            if let Some(line) = order.lines.get_mut(&self.line_id) {
                line.qty_changes.remove(stamp);
            }
        })?;
        let (name, from, to) = (name.as_str(), self.from.get(), self.to.get());
        if void {
            return Ok(vec![already_void(format!("{name} was changed to {to} after it was voided"))]);
        }
        if seen != from {
            let message = format!("{name}: changed from {from} to {to}, was {seen}, now {now}");
            let field = format!("lines.{}.qty", self.line_id);
            return Ok(vec![Finding::new(FindingCode::QtyMerged, message).between(
                field,
                now.to_string(),
                to.to_string(),
            )]);
        }
        Ok(Vec::new())
    }
}

impl SetModifiers {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let line = unsent(order, self.line_id, context.stamp)?;
        check_modifiers(line.unit_price_minor, &self.modifiers)?;
        let before = (line.modifiers.clone(), line.modifiers_set.clone());
        let mut register = Register::new(line.modifiers.clone(), line.modifiers_stamp().clone());
        let written = register.write(self.modifiers.clone(), context.stamp, Some(&self.seen));
        if register.stamp != *line.modifiers_stamp() {
            line.modifiers_set = Some(register.stamp);
            line.modifiers = register.value;
        }
        let (name, kept) = (line.name.clone(), names(&line.modifiers));
        keep_within_money(order, "modifiers", |order| {
            if let Some(line) = order.lines.get_mut(&self.line_id) {
                (line.modifiers, line.modifiers_set) = before;
            }
        })?;
        let Written::Concurrent { lost } = written else { return Ok(Vec::new()) };
        let lost = names(&lost);
        let message = format!("{}: two people chose its modifiers: {kept} stands, {lost} does not", name.as_str());
        let field = format!("lines.{}.modifiers", self.line_id);
        Ok(vec![Finding::new(FindingCode::ModifiersReplaced, message).between(field, kept, lost)])
    }
}

impl VoidLine {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let line = line_mut(order, self.line_id)?;
        let lost = Act::keep_first(&mut line.void, context.act(Some(&self.reason)));
        let what = format!("{} was voided", line.name.as_str());
        let field = format!("lines.{}.void", self.line_id);
        Ok(first_stands(FindingCode::LineAlreadyVoid, &what, &field, lost, line.void.as_ref()))
    }
}

impl CompLine {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let line = line_mut(order, self.line_id)?;
        let again = line.comp.as_ref().is_some_and(|comp| comp.stamp == *context.stamp);
        let lost = Act::keep_first(&mut line.comp, context.act(Some(&self.reason)));
        if line.void.is_some() && !again {
            return Ok(vec![already_void(format!("{} was given away after it was voided", line.name.as_str()))]);
        }
        let what = format!("{} was given away", line.name.as_str());
        let field = format!("lines.{}.comp", self.line_id);
        Ok(first_stands(FindingCode::LineAlreadyComped, &what, &field, lost, line.comp.as_ref()))
    }
}

pub(super) fn already_void(message: String) -> Finding {
    Finding::new(FindingCode::LineAlreadyVoid, message)
}

/// The line, where the kitchen does not know of it yet. An edit that the line holds already is let through: it is a repeat.
fn unsent<'a>(order: &'a mut Order, line_id: LineId, stamp: &Stamp) -> Result<&'a mut Line, Rejection> {
    let sent = order.lines.get(&line_id).is_some_and(|line| order.is_sent(line));
    let line = line_mut(order, line_id)?;
    if sent && !line.qty_changes.contains_key(stamp) && line.modifiers_set.as_ref() != Some(stamp) {
        let message = format!("{} was sent to the kitchen: void it and add it anew", line.name.as_str());
        return Err(Rejection::new(RejectionCode::LineSent, "line_id", message));
    }
    Ok(line)
}

fn check_modifiers(unit_price: Money, modifiers: &[Modifier]) -> Result<(), Rejection> {
    if modifiers.len() > MODIFIERS_MAX {
        return Err(invalid("modifiers", "a line has at most 20 modifiers").within(0, 20));
    }
    let unit: Result<Money, MoneyError> = Money::sum(modifiers.iter().map(|modifier| modifier.price_minor));
    match unit.and_then(|modifiers| modifiers.plus(unit_price)) {
        Ok(unit) if unit >= Money::ZERO => Ok(()),
        Ok(_) => Err(invalid("modifiers", "modifiers may not take a price below zero")),
        Err(error) => Err(invalid("modifiers", &error.to_string())),
    }
}

fn names(modifiers: &[Modifier]) -> String {
    let names: Vec<&str> = modifiers.iter().map(|modifier| modifier.name.as_str()).collect();
    if names.is_empty() { "no modifiers".to_owned() } else { names.join(", ") }
}
