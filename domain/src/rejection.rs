//! Why a change was refused: a law it would break.

use serde::{Deserialize, Serialize};

/// A refused change. The record is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Which law.
    pub code: RejectionCode,
    /// The field at fault, as a path from the change.
    pub field: String,
    /// The same in a sentence for a person.
    pub message: String,
}

impl Rejection {
    /// A rejection with its field and its sentence.
    #[must_use]
    pub fn new(code: RejectionCode, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, field: field.into(), message: message.into() }
    }
}

/// The closed list of laws a change can break. Those of the second group are checked where a person gives the command;
/// among devices that could not see each other they are merged instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RejectionCode {
    /// The change does not have the form its type demands.
    ChangeInvalid,
    /// A change type this version does not know.
    ChangeUnknown,
    /// No order with that id.
    OrderUnknown,
    /// No line with that id in the order.
    LineUnknown,
    /// Something that is set once was given another value.
    ImmutableChanged,
    /// More lines, modifiers or money than a record may hold.
    LimitExceeded,

    /// The order is closed.
    OrderClosed,
    /// The line is void.
    LineVoid,
    /// The menu has not reached this device yet.
    MenuMissing,
    /// No item with that id on the menu.
    ItemUnknown,
    /// The kitchen has run out of the item.
    ItemUnavailable,
    /// The chosen modifiers are too few, too many, or not of this item.
    ModifierChoice,
    /// The order cannot be closed before it is paid.
    BalanceDue,
    /// The payment is larger than what is due, or less was handed over than is to be paid.
    PaymentAmount,
}

impl RejectionCode {
    /// The code as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChangeInvalid => "CHANGE_INVALID",
            Self::ChangeUnknown => "CHANGE_UNKNOWN",
            Self::OrderUnknown => "ORDER_UNKNOWN",
            Self::LineUnknown => "LINE_UNKNOWN",
            Self::ImmutableChanged => "IMMUTABLE_CHANGED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::OrderClosed => "ORDER_CLOSED",
            Self::LineVoid => "LINE_VOID",
            Self::MenuMissing => "MENU_MISSING",
            Self::ItemUnknown => "ITEM_UNKNOWN",
            Self::ItemUnavailable => "ITEM_UNAVAILABLE",
            Self::ModifierChoice => "MODIFIER_CHOICE",
            Self::BalanceDue => "BALANCE_DUE",
            Self::PaymentAmount => "PAYMENT_AMOUNT",
        }
    }
}
