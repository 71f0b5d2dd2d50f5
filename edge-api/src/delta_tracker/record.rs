//! The records that mutations change: how each is kept, and what applying a change to one comes to.

use std::collections::BTreeMap;
use std::fmt;

use domain::{
    AuditHead, BusinessDate, ChangeContext, Conflict, ConflictStatus, DrawerChange, DrawerSession, EightySix, Finding,
    LocationId, Order, OrderId, Record, Rejection, RejectionCode, SchemaError, ShiftLog, StaffChange, StatusRank,
    apply,
};
use protocol::Collection;
use serde::Serialize;

use super::stream::Change;
use crate::database::{DatabaseError, Row};

/// Which record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordKey {
    pub(crate) collection: Collection,
    pub(crate) id: String,
}

/// A record with what the server knows of it besides.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoredRecord {
    /// Nothing where there is no such record yet.
    pub(crate) content: Option<Content>,
    pub(crate) rev: u64,
    /// The highest sequence number of each stream that is part of it.
    pub(crate) sources: BTreeMap<String, u64>,
    pub(crate) record_bytes: usize,
}

/// A record of a collection that mutations change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Order(Box<Order>),
    ShiftLog(Box<ShiftLog>),
    Drawer(Box<DrawerSession>),
    EightySix(EightySix),
    Audit(AuditHead),
    Conflict(Box<Conflict>),
}

impl RecordKey {
    pub(crate) fn new(collection: Collection, id: impl fmt::Display) -> Self {
        Self { collection, id: id.to_string() }
    }
}

impl StoredRecord {
    /// From a row with the columns `collection`, `rev`, `record_bytes`, `sources` and `record`.
    pub(crate) fn of(row: &Row) -> Result<(RecordKey, Self), DatabaseError> {
        let collection = collection_of(row.text("collection")?)?;
        let content = match row.optional_text("record")? {
            Some(text) => Some(Content::read(collection, text)?),
            None => None,
        };
        let stored = Self {
            content,
            rev: row.integer("rev")?,
            sources: row.json("sources")?,
            record_bytes: usize::try_from(row.integer("record_bytes")?).unwrap_or(usize::MAX),
        };
        Ok((RecordKey { collection, id: row.text("record_id")?.to_owned() }, stored))
    }

    /// The order, where the record is one.
    pub(crate) fn order(&self) -> Option<&Order> {
        match &self.content {
            Some(Content::Order(order)) => Some(order),
            Some(
                Content::ShiftLog(_)
                | Content::Drawer(_)
                | Content::EightySix(_)
                | Content::Audit(_)
                | Content::Conflict(_),
            )
            | None => None,
        }
    }

    /// Applies a change. On an error the record is as it was.
    pub(crate) fn take(
        &mut self,
        change: &Change,
        order_id: OrderId,
        location_id: &LocationId,
        context: ChangeContext<'_>,
    ) -> Result<Vec<Finding>, Rejection> {
        match change {
            Change::Order(change) => {
                let mut order = self.order().cloned();
                let findings = apply(&mut order, order_id, change, context)?;
                self.content = order.map(|order| Content::Order(Box::new(order)));
                Ok(findings)
            }
            Change::Staff(StaffChange::Punch(punch)) => {
                let mut log = match &self.content {
                    Some(Content::ShiftLog(log)) => log.clone(),
                    Some(_) | None => {
                        let (staff_id, day) = (punch.staff_id.clone(), punch.filed_under());
                        Box::new(ShiftLog::new(staff_id, location_id.clone(), day))
                    }
                };
                let findings = log.apply(&punch.event, context)?;
                self.content = Some(Content::ShiftLog(log));
                Ok(findings)
            }
            Change::Staff(StaffChange::Drawer(event)) => {
                let mut session = match &self.content {
                    Some(Content::Drawer(session)) => session.clone(),
                    Some(_) | None => Box::new(DrawerSession::new(event.session_id, event.event.drawer().clone())),
                };
                let findings = session.apply(&event.event, context)?;
                self.content = Some(Content::Drawer(session));
                Ok(findings)
            }
            Change::Staff(StaffChange::EightySix(change)) => {
                let mut list = match &self.content {
                    Some(Content::EightySix(list)) => list.clone(),
                    Some(_) | None => EightySix::default(),
                };
                list.apply(change, context)?;
                self.content = Some(Content::EightySix(list));
                Ok(Vec::new())
            }
            Change::Staff(StaffChange::Audit(audited)) => {
                let head = match &self.content {
                    Some(Content::Audit(head)) => *head,
                    Some(_) | None => AuditHead::START,
                };
                Ok(self.follow(head, audited, context))
            }
        }
    }

    /// A chain that breaks raises an alarm and stops nothing: the server follows it from where it goes on.
    fn follow(&mut self, head: AuditHead, audited: &domain::Audited, context: ChangeContext<'_>) -> Vec<Finding> {
        let entry = &audited.entry;
        let (head, findings) = match head.follow(context.stamp.device(), [entry]) {
            Ok(head) => (head, Vec::new()),
            // One that came before is no break: a device offers it again under a new incarnation.
            Err(_) if entry.number <= head.number => (head, Vec::new()),
            Err(broken) => (AuditHead { number: entry.number, hash: entry.hash }, vec![broken]),
        };
        self.content = Some(Content::Audit(head));
        findings
    }
}

impl Content {
    /// Reads a record of a collection that mutations change.
    pub(crate) fn read(collection: Collection, text: &str) -> Result<Self, DatabaseError> {
        let damaged = |error: SchemaError| DatabaseError::Failed(error.to_string());
        Ok(match collection {
            Collection::Orders => Self::Order(Box::new(Order::from_json(text).map_err(damaged)?)),
            Collection::Shifts => Self::ShiftLog(Box::new(ShiftLog::from_json(text).map_err(damaged)?)),
            Collection::Drawers => Self::Drawer(Box::new(DrawerSession::from_json(text).map_err(damaged)?)),
            Collection::EightySix => Self::EightySix(EightySix::from_json(text).map_err(damaged)?),
            Collection::Conflicts => Self::Conflict(Box::new(Conflict::from_json(text).map_err(damaged)?)),
            Collection::Audit => {
                Self::Audit(serde_json::from_str(text).map_err(|error| DatabaseError::Failed(error.to_string()))?)
            }
            Collection::Menu
            | Collection::Location
            | Collection::Staff
            | Collection::Grants
            | Collection::Notices
            | Collection::Unknown => {
                return Err(DatabaseError::Failed(
                    "a record of this collection is not changed by mutations".to_owned(),
                ));
            }
        })
    }

    /// The day after which the record is left out of snapshots once that day is long past; `None` while it is never left
    /// out: an open order, an open drawer, an undecided conflict.
    pub(crate) fn day(&self) -> Option<BusinessDate> {
        match self {
            Self::Order(order) => (order.status().rank != StatusRank::Open).then_some(order.business_date),
            Self::ShiftLog(log) => Some(log.business_date),
            Self::Drawer(session) => {
                let closing = session.entries.values().find(|entry| matches!(entry.change, DrawerChange::Close(_)));
                closing.map(|entry| BusinessDate::of(entry.at, 0, 0))
            }
            Self::Conflict(conflict) => {
                conflict.resolution.as_ref().map(|resolution| BusinessDate::of(resolution.at, 0, 0))
            }
            Self::EightySix(_) | Self::Audit(_) => None,
        }
    }

    /// Whether somebody has to decide about the record.
    pub(crate) fn awaits(&self) -> bool {
        match self {
            Self::Conflict(conflict) => conflict.status == ConflictStatus::Open,
            Self::Order(_) | Self::ShiftLog(_) | Self::Drawer(_) | Self::EightySix(_) | Self::Audit(_) => false,
        }
    }
}

/// The column `collection`.
pub(crate) fn collection_of(text: &str) -> Result<Collection, DatabaseError> {
    let collection = Collection::ALL.into_iter().find(|collection| collection.as_str() == text);
    collection.ok_or_else(|| DatabaseError::Failed("a record is of no known collection".to_owned()))
}

/// The refusal of a change that would make a record too large.
pub(crate) fn too_large(bytes_max: usize) -> Rejection {
    Rejection::new(RejectionCode::LimitExceeded, "change", format!("a record may have at most {bytes_max} bytes"))
}
