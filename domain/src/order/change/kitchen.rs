//! Telling the kitchen, and hearing from it.

use serde::{Deserialize, Serialize};

use super::{ChangeContext, immutable, invalid, line_mut};
use crate::finding::{Finding, FindingCode};
use crate::ids::{FireId, LineId};
use crate::limits::{LINES_MAX, Label, ORDER_FACTS_MAX};
use crate::order::{FireEvent, FiredLine, KitchenState, Order};
use crate::rejection::{Rejection, RejectionCode};

/// Lines were told to the kitchen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fire {
    /// Its identity: a printer that has seen it does not print it again.
    pub fire_id: FireId,
    /// What to make.
    pub lines: Vec<FiredLine>,
    /// The station, where all go to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<Label>,
    /// Set to have an earlier ticket printed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reprint_of: Option<FireId>,
}

/// The kitchen, or the device that fired them, moved lines on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bump {
    /// The lines.
    pub line_ids: Vec<LineId>,
    /// How far they are now: in progress, ready or served.
    pub to: KitchenState,
}

impl Fire {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if let Some(known) = order.fires.get(&self.fire_id) {
            let same = known.lines == self.lines && known.reprint_of == self.reprint_of;
            let message = format!("fire {} already holds other lines", self.fire_id);
            return if same { Ok(Vec::new()) } else { Err(immutable("fire_id", message)) };
        }
        if self.lines.is_empty() || self.lines.len() > LINES_MAX {
            return Err(invalid("lines", "a fire holds 1 to 300 lines").within(1, 300));
        }
        if order.fires.len() >= ORDER_FACTS_MAX {
            let message = format!("an order is fired at most {ORDER_FACTS_MAX} times");
            return Err(Rejection::new(RejectionCode::LimitExceeded, "fire_id", message));
        }
        for fired in &self.lines {
            line_mut(order, fired.line_id)?;
        }
        let fire = FireEvent {
            lines: self.lines.clone(),
            station: self.station.clone(),
            reprint_of: self.reprint_of,
            fired: context.act(None),
        };
        order.fires.insert(self.fire_id, fire);
        if self.reprint_of.is_some() {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        for fired in &self.lines {
            let told = order.fired_qty(fired.line_id);
            let Ok(line) = line_mut(order, fired.line_id) else { continue };
            line.kitchen = line.kitchen.max(KitchenState::Sent);
            let (name, qty) = (line.name.as_str(), u32::from(line.qty()));
            if line.void.is_some() {
                findings.push(super::lines::already_void(format!("{name} was fired after it was voided")));
            } else if told != qty {
                let message = format!("{name}: the kitchen makes {told}, the bill says {qty}");
                let field = format!("lines.{}.qty", fired.line_id);
                let finding = Finding::new(FindingCode::FiredQtyDiffers, message);
                findings.push(finding.between(field, qty.to_string(), told.to_string()));
            }
        }
        Ok(findings)
    }
}

impl Bump {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if self.to <= KitchenState::Sent || self.line_ids.is_empty() {
            return Err(invalid("to", "lines are bumped to in_progress, ready or served"));
        }
        for line_id in &self.line_ids {
            line_mut(order, *line_id)?;
            if !context.kitchen && !fired_by(order, *line_id, context) {
                let message = "only the kitchen or the device that fired a line moves it on";
                return Err(Rejection::new(RejectionCode::NotKitchen, "line_ids", message));
            }
        }
        for line_id in &self.line_ids {
            if let Some(line) = order.lines.get_mut(line_id) {
                line.kitchen = line.kitchen.max(self.to);
            }
        }
        Ok(Vec::new())
    }
}

fn fired_by(order: &Order, line_id: LineId, context: ChangeContext<'_>) -> bool {
    let own = order.fires.values().filter(|fire| fire.fired.stamp.device() == context.device());
    own.flat_map(|fire| &fire.lines).any(|fired| fired.line_id == line_id)
}
