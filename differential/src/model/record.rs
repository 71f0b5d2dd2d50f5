//! A record of a location.

use std::collections::BTreeMap;

use domain::{
    AuditHead, BusinessDate, Conflict, ConflictStatus, DeviceId, DrawerChange, DrawerSession, EightySix, Order,
    OrderId, ShiftLog, StatusRank,
};
use protocol::GrantSheet;

use super::json;

/// A record, with what the server knows of it besides.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(super) content: Content,
    pub(super) rev: u64,
    pub(super) changed_seq: u64,
    /// The highest number of each stream that is part of it, by `{device}/{incarnation}`.
    pub(super) sources: BTreeMap<String, u64>,
    /// The only device that is sent it.
    pub(super) only_device: Option<DeviceId>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Content {
    /// There is no such record yet.
    #[default]
    Nothing,
    Order(Box<Order>),
    Shifts(ShiftLog),
    Drawer(DrawerSession),
    EightySix(EightySix),
    Audit(AuditHead),
    Conflict(Box<Conflict>),
    /// Made by the server itself: menu, settings, roster, grants.
    Published(String),
}

impl Record {
    pub(super) fn published(rev: u64, text: String, only_device: Option<DeviceId>) -> Self {
        Self { content: Content::Published(text), rev, only_device, ..Self::default() }
    }

    pub(super) const fn order(&self) -> Option<&Order> {
        if let Content::Order(order) = &self.content { Some(order) } else { None }
    }

    pub(super) const fn conflict(&self) -> Option<&Conflict> {
        if let Content::Conflict(conflict) = &self.content { Some(conflict) } else { None }
    }

    pub(super) fn text(&self) -> String {
        match &self.content {
            Content::Nothing => "null".to_owned(),
            Content::Order(order) => json(order),
            Content::Shifts(log) => json(log),
            Content::Drawer(session) => json(session),
            Content::EightySix(list) => json(list),
            Content::Audit(head) => json(head),
            Content::Conflict(conflict) => json(conflict),
            Content::Published(text) => text.clone(),
        }
    }

    /// What the record, whose text is given, weighs in a page. A device's grants are stored with their verifiers sealed, and nobody here has a PIN.
    pub(super) fn weight(&self, text: &str) -> usize {
        let sheet: Option<GrantSheet> = self.only_device.as_ref().and_then(|_| serde_json::from_str(text).ok());
        let verifiers = sheet.map_or(0, |sheet| sheet.grants.len());
        text.len() - verifiers * ("verifier".len() - "sealed".len())
    }

    /// The day after which the record is left out of snapshots once it is long past; none while it is undecided.
    pub(super) fn filed_under(&self) -> Option<BusinessDate> {
        match &self.content {
            Content::Order(order) if order.status().rank == StatusRank::Open => None,
            Content::Order(order) => Some(order.business_date),
            Content::Shifts(log) => Some(log.business_date),
            Content::Drawer(session) => {
                let closed = session.entries.values().find(|entry| matches!(entry.change, DrawerChange::Close(_)))?;
                Some(BusinessDate::of(closed.at, 0, 0))
            }
            Content::Conflict(conflict) => Some(BusinessDate::of(conflict.resolution.as_ref()?.at, 0, 0)),
            Content::Nothing | Content::EightySix(_) | Content::Audit(_) | Content::Published(_) => None,
        }
    }

    pub(super) fn awaits(&self) -> bool {
        self.conflict().is_some_and(|conflict| conflict.status == ConflictStatus::Open)
    }

    /// The order's ticket within its location, and the order.
    pub(super) fn ticket(&self) -> Option<(String, OrderId)> {
        let order = self.order()?;
        Some((format!("{}|{}", order.business_date, order.ticket_no), order.order_id))
    }
}
