//! Records that are kept as the server sent them: conflicts, and what is read of them only when somebody asks.
//!
//! A form that only a newer version reads outlives this one: the text is kept, whatever can be read of it.

use std::collections::BTreeMap;

use domain::{Conflict, ConflictId, ConflictStatus, Record, StaffRoster};
use protocol::Collection;
use serde_json::value::RawValue;

use crate::sign_in::KeptSheet;

/// Decided conflicts that are kept for the screen; older ones stay on the server.
const DECIDED_MAX: usize = 200;

/// The part of a store that such records stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// What a person must decide or should know.
    Conflicts,
    /// The 86 list, which is about the menu.
    MenuCache,
    /// Punches, drawers, audit chains, staff and their grants.
    StaffLogs,
}

/// Where a collection's records stand; nothing of one that has a place of its own.
pub(crate) const fn shelf_of(collection: Collection) -> Option<Shelf> {
    match collection {
        Collection::Conflicts | Collection::Notices => Some(Shelf::Conflicts),
        Collection::EightySix => Some(Shelf::MenuCache),
        Collection::Shifts | Collection::Drawers | Collection::Audit | Collection::Staff | Collection::Grants => {
            Some(Shelf::StaffLogs)
        }
        Collection::Orders | Collection::Menu | Collection::Location | Collection::Unknown => None,
    }
}

/// One record as the server has it; `None` where it was deleted.
#[derive(Debug, Clone)]
pub(crate) struct KeptRecord {
    pub(crate) rev: u64,
    pub(crate) record: Option<Box<RawValue>>,
}

/// The records.
#[derive(Debug, Default)]
pub(crate) struct KeptRecords {
    records: BTreeMap<(Collection, String), KeptRecord>,
    conflicts: BTreeMap<ConflictId, Conflict>,
    /// The tenant's staff, where this version can read who they are.
    roster: Option<StaffRoster>,
    /// Whether somebody has a PIN that this device can check. Of grants that cannot be read it is taken to be so: what is damaged
    /// opens no till.
    pins: bool,
}

impl KeptRecords {
    /// Takes a record over where it is newer. Tells whether it was.
    pub(crate) fn confirm(
        &mut self,
        collection: Collection,
        id: &str,
        rev: u64,
        record: Option<Box<RawValue>>,
    ) -> bool {
        if self.records.get(&(collection, id.to_owned())).is_some_and(|known| known.rev >= rev) {
            return false;
        }
        if collection == Collection::Conflicts
            && let Ok(conflict_id) = id.parse()
        {
            match record.as_ref().and_then(|record| Conflict::from_json(record.get()).ok()) {
                Some(conflict) => self.conflicts.insert(conflict_id, conflict),
                None => self.conflicts.remove(&conflict_id),
            };
            self.forget_oldest_decided();
        }
        if collection == Collection::Staff {
            self.roster = record.as_ref().and_then(|record| StaffRoster::from_json(record.get()).ok());
        }
        if collection == Collection::Grants {
            let sheet = |record: &RawValue| KeptSheet::read(record.get()).is_none_or(|sheet| sheet.has_pins());
            self.pins = record.as_deref().is_some_and(sheet);
        }
        self.records.insert((collection, id.to_owned()), KeptRecord { rev, record });
        true
    }

    /// Ids begin with the moment of their making: the first are the oldest.
    fn forget_oldest_decided(&mut self) {
        let decided = self.conflicts.values().filter(|conflict| conflict.status == ConflictStatus::Resolved);
        let decided: Vec<ConflictId> = decided.map(|conflict| conflict.id).collect();
        for id in decided.iter().take(decided.len().saturating_sub(DECIDED_MAX)) {
            self.conflicts.remove(id);
            self.records.remove(&(Collection::Conflicts, id.to_string()));
        }
    }

    /// The conflicts that can be read, oldest first.
    pub(crate) const fn conflicts(&self) -> &BTreeMap<ConflictId, Conflict> {
        &self.conflicts
    }

    /// The tenant's staff; `None` where nobody is employed, or this version cannot read who is.
    pub(crate) const fn roster(&self) -> Option<&StaffRoster> {
        self.roster.as_ref()
    }

    /// Whether somebody can sign in here, as far as it is known.
    pub(crate) const fn has_pins(&self) -> bool {
        self.pins
    }

    /// The grants of this device, as they are kept; `None` where it was never sent any.
    pub(crate) fn grants(&self) -> Option<&RawValue> {
        let grants = self.records.iter().find(|((collection, _), _)| *collection == Collection::Grants);
        grants.and_then(|(_, kept)| kept.record.as_deref())
    }

    /// Everything, as collection, id, version and content.
    pub(super) fn all(&self) -> impl Iterator<Item = (Collection, &str, u64, Option<&RawValue>)> {
        self.records.iter().map(|((collection, id), kept)| (*collection, id.as_str(), kept.rev, kept.record.as_deref()))
    }

    /// What stands on a shelf.
    pub(crate) fn on(&self, shelf: Shelf) -> impl Iterator<Item = (Collection, &str, &KeptRecord)> {
        let there = move |collection: Collection| shelf_of(collection) == Some(shelf);
        let records = self.records.iter().filter(move |((collection, _), _)| there(*collection));
        records.map(|((collection, id), record)| (*collection, id.as_str(), record))
    }
}
