//! A drawer's session: a set of events that only grows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use super::change::{DRAWER_AMOUNT_MINOR_MAX, DrawerChange, DrawerRef};
use super::view::DrawerView;
use crate::finding::{Finding, FindingCode};
use crate::ids::{DrawerEventId, DrawerSessionId, StaffId};
use crate::order::ChangeContext;
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Record, Upcaster, Versioned};
use crate::stamp::Stamp;
use crate::time::Timestamp;

/// Events a session may hold.
pub const DRAWER_EVENTS_MAX: usize = 2_000;

/// Everything that happened in a drawer between its opening and its closing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerSession {
    /// The version of this record's form.
    pub schema: u16,
    /// Identity.
    pub session_id: DrawerSessionId,
    /// The drawer and its currency.
    pub drawer: DrawerRef,
    /// Every event, none of them ever changed or taken away.
    pub entries: BTreeMap<DrawerEventId, DrawerEntry>,
}

/// An event as a session keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerEntry {
    /// By whom.
    pub by: StaffId,
    /// When, by that device's clock.
    pub at: Timestamp,
    /// Its place among all changes; names the device.
    pub stamp: Stamp,
    /// What happened.
    pub change: DrawerChange,
}

impl Versioned for DrawerSession {
    const NAME: &'static str = "drawer session";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for DrawerSession {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl DrawerSession {
    /// A session without events. Every event names its drawer, so whichever arrives first tells it.
    #[must_use]
    pub const fn new(session_id: DrawerSessionId, drawer: DrawerRef) -> Self {
        Self { schema: Self::SCHEMA, session_id, drawer, entries: BTreeMap::new() }
    }

    /// Adds one event. Adding one that the session holds already does nothing. Whatever order events arrive in, the session
    /// is the same. What comes back is what this event made apparent; views hold the full list.
    ///
    /// # Errors
    /// `IMMUTABLE_CHANGED` when the id came before with another content or the drawer is another one, `FOREIGN_CURRENCY`,
    /// `CHANGE_INVALID` for an amount that may not be, `LIMIT_EXCEEDED` beyond [`DRAWER_EVENTS_MAX`] events or
    /// [`DRAWER_AMOUNT_MINOR_MAX`]. The session is then unchanged.
    pub fn apply(&mut self, change: &DrawerChange, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        self.refuse_other_drawer(change.drawer())?;
        refuse_amount(change, RejectionCode::ChangeInvalid)?;
        let full = self.entries.len() >= DRAWER_EVENTS_MAX;
        let known = self.entries.contains_key(&change.event_id());
        let before = if known { Vec::new() } else { DrawerView::of(self).findings };
        let entry = DrawerEntry {
            by: context.staff.clone(),
            at: context.at,
            stamp: context.stamp.clone(),
            change: change.clone(),
        };
        match self.entries.entry(change.event_id()) {
            Entry::Occupied(mut known) => return keep(known.get_mut(), entry),
            Entry::Vacant(_) if full => {
                let message = format!("a drawer's session holds at most {DRAWER_EVENTS_MAX} events");
                return Err(Rejection::new(RejectionCode::LimitExceeded, "event_id", message));
            }
            Entry::Vacant(free) => {
                free.insert(entry);
            }
        }
        let mut found = DrawerView::of(self).findings;
        found.retain(|finding| !before.contains(finding));
        // An opening that is still on its way is no news: what it will explain is not reported as strange.
        if self.opened().is_none() {
            found.retain(|finding| finding.code != FindingCode::DrawerNotOpen);
        }
        Ok(found)
    }

    /// The opening that counts: the earliest.
    pub(super) fn opened(&self) -> Option<&DrawerEntry> {
        self.in_order().into_iter().find(|entry| matches!(entry.change, DrawerChange::Open(_)))
    }

    /// The closing that counts: the earliest.
    pub(super) fn closed(&self) -> Option<&DrawerEntry> {
        self.in_order().into_iter().find(|entry| matches!(entry.change, DrawerChange::Close(_)))
    }

    /// Whether it was opened and not closed, as far as this device knows.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.opened().is_some() && self.closed().is_none()
    }

    /// Its events in the order they were made.
    pub(super) fn in_order(&self) -> Vec<&DrawerEntry> {
        let mut entries: Vec<_> = self.entries.values().collect();
        entries.sort_by_key(|entry| (&entry.stamp, entry.change.event_id()));
        entries
    }

    fn refuse_other_drawer(&self, drawer: &DrawerRef) -> Result<(), Rejection> {
        if drawer.currency != self.drawer.currency {
            let message =
                format!("the drawer holds {}, not {}", self.drawer.currency.as_str(), drawer.currency.as_str());
            return Err(Rejection::new(RejectionCode::ForeignCurrency, "drawer.currency", message));
        }
        if drawer.drawer_id != self.drawer.drawer_id {
            let message = format!("the session is of drawer {}, not {}", self.drawer.drawer_id, drawer.drawer_id);
            return Err(Rejection::new(RejectionCode::ImmutableChanged, "drawer.drawer_id", message));
        }
        Ok(())
    }
}

/// Refuses an amount below what its event may carry, or beyond what a session can add up.
pub(super) fn refuse_amount(change: &DrawerChange, below: RejectionCode) -> Result<(), Rejection> {
    let Some((amount, field, min)) = change.amount() else { return Ok(()) };
    let code = if amount.minor() < min {
        below
    } else if amount.minor() > DRAWER_AMOUNT_MINOR_MAX {
        RejectionCode::LimitExceeded
    } else {
        return Ok(());
    };
    let least = if min > 0 { "more than zero" } else { "zero or more" };
    let message = format!("The amount must be {least} and at most {DRAWER_AMOUNT_MINOR_MAX} minor units.");
    Err(Rejection::new(code, field, message).within(min, DRAWER_AMOUNT_MINOR_MAX))
}

fn keep(known: &mut DrawerEntry, entry: DrawerEntry) -> Result<Vec<Finding>, Rejection> {
    let same = known.change == entry.change && known.by == entry.by && known.stamp.device() == entry.stamp.device();
    if !same {
        let message = format!("event {} already says something else", entry.change.event_id());
        return Err(Rejection::new(RejectionCode::ImmutableChanged, "event_id", message));
    }
    // The server may have clamped one copy: of both, the same one stays whichever came first.
    if (&entry.stamp, entry.at) < (&known.stamp, known.at) {
        *known = entry;
    }
    Ok(Vec::new())
}
