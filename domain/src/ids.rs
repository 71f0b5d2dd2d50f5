//! Identities. A [`Uid`] is made by a device and never shown; a [`TextId`] is given by a person or the server.
//!
//! Both carry what they identify in their type, so that a line's id can never stand where a payment's is wanted.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::time::Timestamp;

/// The longest text id, in bytes.
pub const TEXT_ID_BYTES_MAX: usize = 64;

/// A UUIDv7 made on a device (RFC 9562): identity of a record or a mutation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Uid<Kind> {
    uuid: Uuid,
    #[serde(skip)]
    kind: PhantomData<Kind>,
}

impl<Kind> Uid<Kind> {
    /// Builds the id from the moment of its making and ten random bytes; both come from the host.
    #[must_use]
    pub fn new(made_at: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(made_at.millis()).unwrap_or(0);
        Self { uuid: Builder::from_unix_timestamp_millis(millis, &random).into_uuid(), kind: PhantomData }
    }

    /// The same id for something else that it names too.
    #[must_use]
    pub const fn cast<Other>(self) -> Uid<Other> {
        Uid { uuid: self.uuid, kind: PhantomData }
    }

    /// The sixteen bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.uuid.as_bytes()
    }
}

impl<Kind> fmt::Display for Uid<Kind> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(out)
    }
}

impl<Kind> fmt::Debug for Uid<Kind> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(out)
    }
}

impl<Kind> FromStr for Uid<Kind> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Uuid::try_parse(text).map(|uuid| Self { uuid, kind: PhantomData }).map_err(|_| IdError::NotUuid)
    }
}

/// A short id of letters, digits, `_`, `-` and `.`, 1 to [`TEXT_ID_BYTES_MAX`] bytes long.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "Kind: Clone")]
pub struct TextId<Kind> {
    text: String,
    kind: PhantomData<Kind>,
}

impl<Kind> TextId<Kind> {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<Kind> AsRef<str> for TextId<Kind> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<Kind> TryFrom<String> for TextId<Kind> {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        let well_formed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        if text.is_empty() || text.len() > TEXT_ID_BYTES_MAX || !well_formed {
            return Err(IdError::NotTextId);
        }
        Ok(Self { text, kind: PhantomData })
    }
}

impl<Kind> FromStr for TextId<Kind> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::try_from(text.to_owned())
    }
}

impl<Kind> From<TextId<Kind>> for String {
    fn from(id: TextId<Kind>) -> Self {
        id.text
    }
}

impl<Kind> fmt::Display for TextId<Kind> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl<Kind> fmt::Debug for TextId<Kind> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// A text that is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID in its hyphenated form.
    #[error("an id must be a UUID")]
    NotUuid,
    /// Empty, too long, or with a character outside letters, digits, `_`, `-`, `.`.
    #[error("an id must be 1 to 64 letters, digits, '_', '-' or '.'")]
    NotTextId,
}

/// What an id identifies. Markers only; no value of them exists.
pub mod kind {
    /// An order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Order {}
    /// A line of an order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Line {}
    /// A payment.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Payment {}
    /// A discount or other adjustment of an order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Adjustment {}
    /// A business.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Tenant {}
    /// One of a tenant's restaurants.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Location {}
    /// A till, tablet, phone or browser.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Device {}
    /// A person who works there.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Staff {}
    /// A table of the floor plan.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Table {}
    /// An item of the menu.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Item {}
    /// A group of modifiers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum ModifierGroup {}
    /// A modifier.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Option {}
    /// A tax.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Tax {}
    /// A check of an order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Check {}
    /// A sending of lines to the kitchen.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Fire {}
    /// Money given back.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Refund {}
    /// A tip entered or adjusted.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Tip {}
    /// A discount of the tenant's list.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Discount {}
    /// A service charge of the tenant's list.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum ServiceCharge {}
    /// A punch or amendment.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Punch {}
    /// A cash drawer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Drawer {}
    /// A drawer's session, from its opening to its closing.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum DrawerSession {}
    /// Something that happened in a drawer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum DrawerEvent {}
    /// A change on its way to the server.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Mutation {}
    /// Whatever a mutation changes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Record {}
    /// A staff member's grant on a device.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Grant {}
    /// A conflict that waits for a person or a rule.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Conflict {}
}

/// Identity of an order; the human label is its [`TicketNo`](crate::TicketNo).
pub type OrderId = Uid<kind::Order>;
/// Identity of a line.
pub type LineId = Uid<kind::Line>;
/// Identity of a payment.
pub type PaymentId = Uid<kind::Payment>;
/// Identity of an adjustment.
pub type AdjustmentId = Uid<kind::Adjustment>;
/// Identity of a check.
pub type CheckId = Uid<kind::Check>;
/// Identity of a sending to the kitchen: a printer that has seen it never prints it again by itself.
pub type FireId = Uid<kind::Fire>;
/// Identity of a refund.
pub type RefundId = Uid<kind::Refund>;
/// Identity of a tip entry.
pub type TipId = Uid<kind::Tip>;
/// Identity of a punch or amendment.
pub type PunchId = Uid<kind::Punch>;
/// Identity of a drawer's session.
pub type DrawerSessionId = Uid<kind::DrawerSession>;
/// Identity of something that happened in a drawer.
pub type DrawerEventId = Uid<kind::DrawerEvent>;
/// A mutation's identity: made on the device in the same durable write as its effect. A retry is a look-up of this id.
pub type MutationId = Uid<kind::Mutation>;
/// Identity of what a mutation changes: an order, a punch, a drawer's session.
pub type RecordId = Uid<kind::Record>;
/// Identity of a grant.
pub type GrantId = Uid<kind::Grant>;
/// Identity of a conflict.
pub type ConflictId = Uid<kind::Conflict>;
/// Identity of a cash drawer.
pub type DrawerId = TextId<kind::Drawer>;
/// Identity of a discount of the tenant's list.
pub type DiscountId = TextId<kind::Discount>;
/// Identity of a service charge of the tenant's list.
pub type ServiceChargeId = TextId<kind::ServiceCharge>;
/// Identity of a tenant.
pub type TenantId = TextId<kind::Tenant>;
/// Identity of a location.
pub type LocationId = TextId<kind::Location>;
/// Identity of a device.
pub type DeviceId = TextId<kind::Device>;
/// Identity of a staff member.
pub type StaffId = TextId<kind::Staff>;
/// Identity of a table.
pub type TableId = TextId<kind::Table>;
/// Identity of a menu item.
pub type ItemId = TextId<kind::Item>;
/// Identity of a modifier group.
pub type ModifierGroupId = TextId<kind::ModifierGroup>;
/// Identity of a modifier.
pub type OptionId = TextId<kind::Option>;
/// Identity of a tax.
pub type TaxId = TextId<kind::Tax>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_made_later_sorts_later_and_reads_back() {
        let early = OrderId::new(Timestamp::from_millis(1_793_000_000_000).unwrap(), [9; 10]);
        let late = OrderId::new(Timestamp::from_millis(1_793_000_000_001).unwrap(), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<OrderId>(), Ok(early));
    }

    #[test]
    fn a_text_id_refuses_what_could_break_a_key_or_a_path() {
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert_eq!(bad.parse::<DeviceId>(), Err(IdError::NotTextId), "{bad:?}");
        }
        assert!("dev_b".parse::<DeviceId>().is_ok());
    }
}
