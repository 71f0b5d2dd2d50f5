//! What the kitchen is told, and how far it is.
//!
//! Telling the kitchen is an event with an id of its own. A printer or display keeps the ids it has seen and never prints one
//! twice by itself, so a retry, a second device or a sync can never cook a dish twice.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Order;
use super::line::Line;
use crate::ids::{FireId, LineId};
use crate::limits::{Label, Quantity};
use crate::register::Act;

/// How far the kitchen is with a line. Merging takes the larger; a recall is a new fire, not a step back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KitchenState {
    /// Not told yet.
    #[default]
    New,
    /// Told.
    Sent,
    /// Being made.
    InProgress,
    /// Ready to be brought.
    Ready,
    /// With the guests.
    Served,
}

impl KitchenState {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) const fn is_new(&self) -> bool {
        matches!(self, Self::New)
    }
}

/// Lines told to the kitchen together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FireEvent {
    /// What to make.
    pub lines: Vec<FiredLine>,
    /// The station, where all go to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<Label>,
    /// Set when somebody asked for an earlier ticket to be printed again: nothing is made anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reprint_of: Option<FireId>,
    /// Who fired it.
    pub fired: Act,
}

/// One line of a fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FiredLine {
    /// The line.
    pub line_id: LineId,
    /// How many of it to make now.
    pub qty: Quantity,
}

/// What tells two kitchen tickets apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KitchenTicketId {
    /// The ticket of a fire.
    Fire(FireId),
    /// The ticket that calls a line back.
    Cancel(LineId),
}

/// A piece of paper, or a card on a display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitchenTicket<'a> {
    /// Its identity.
    pub id: KitchenTicketId,
    /// What it asks for.
    pub kind: KitchenTicketKind,
    /// Where it goes; `None` where the lines name their stations themselves.
    pub station: Option<&'a Label>,
    /// The lines with the quantity to make or to stop making.
    pub lines: Vec<(&'a Line, u16)>,
    /// Who asked for it, and when.
    pub act: &'a Act,
}

/// What a kitchen ticket asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KitchenTicketKind {
    /// To make the lines.
    Make,
    /// To print an earlier ticket again.
    Reprint,
    /// To stop making a line.
    Cancel,
}

impl Order {
    /// How many of a line the kitchen was told to make.
    #[must_use]
    pub fn fired_qty(&self, line_id: LineId) -> u32 {
        let fires = self.fires.values().filter(|fire| fire.reprint_of.is_none());
        let lines = fires.flat_map(|fire| &fire.lines).filter(|fired| fired.line_id == line_id);
        lines.fold(0, |sum, fired| sum.saturating_add(u32::from(fired.qty.get())))
    }

    /// Whether the kitchen was told of a line: its item, quantity and modifiers are then frozen.
    #[must_use]
    pub fn is_sent(&self, line: &Line) -> bool {
        line.kitchen != KitchenState::New || self.fired_qty(line.line_id) > 0
    }

    /// The kitchen tickets that a printer or display has not seen yet, oldest first; from now on it has. Whatever comes twice, by
    /// a retry, from a second device or after a sync, is printed once.
    pub fn unseen_tickets(&self, seen: &mut BTreeSet<KitchenTicketId>) -> Vec<KitchenTicket<'_>> {
        self.kitchen_tickets().into_iter().filter(|ticket| seen.insert(ticket.id)).collect()
    }

    /// Every kitchen ticket of the order, oldest first. What was called back before it was fired needs none.
    #[must_use]
    pub fn kitchen_tickets(&self) -> Vec<KitchenTicket<'_>> {
        let fires = self.fires.iter().map(|(fire_id, fire)| KitchenTicket {
            id: KitchenTicketId::Fire(*fire_id),
            kind: if fire.reprint_of.is_some() { KitchenTicketKind::Reprint } else { KitchenTicketKind::Make },
            station: fire.station.as_ref(),
            lines: fire
                .lines
                .iter()
                .filter_map(|fired| Some((self.lines.get(&fired.line_id)?, fired.qty.get())))
                .collect(),
            act: &fire.fired,
        });
        let cancels = self.lines.values().filter_map(|line| {
            let fired = u16::try_from(self.fired_qty(line.line_id)).unwrap_or(u16::MAX);
            let act = line.void.as_ref().filter(|_| fired > 0)?;
            let id = KitchenTicketId::Cancel(line.line_id);
            let station = line.station.as_ref();
            Some(KitchenTicket { id, kind: KitchenTicketKind::Cancel, station, lines: vec![(line, fired)], act })
        });
        let mut tickets: Vec<_> = fires.chain(cancels).collect();
        tickets.sort_by(|a, b| (&a.act.stamp, a.id).cmp(&(&b.act.stamp, b.id)));
        tickets
    }
}
