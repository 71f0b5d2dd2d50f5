//! Why a command or a change was refused. One closed list; nothing was changed.

use serde::{Deserialize, Serialize};

/// A refused command or change. The record is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{message}")]
pub struct Rejection {
    /// Which law.
    pub code: RejectionCode,
    /// The field at fault, as a path from the command or change.
    pub field: String,
    /// The same in a sentence for a person.
    pub message: String,
    /// What the field may hold, where it is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
}

/// The smallest and largest value that a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Allowed {
    /// The smallest.
    pub min: i64,
    /// The largest.
    pub max: i64,
}

impl Rejection {
    /// A rejection with its field and its sentence.
    #[must_use]
    pub fn new(code: RejectionCode, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, field: field.into(), message: message.into(), allowed: None }
    }

    /// The same with its field spelled as commands spell theirs: `lineId` and not `line_id`.
    #[must_use]
    pub fn of_command(mut self) -> Self {
        let mut after_underscore = false;
        let letters = std::mem::take(&mut self.field);
        for letter in letters.chars() {
            match letter {
                '_' => after_underscore = true,
                _ if after_underscore => {
                    self.field.extend(letter.to_uppercase());
                    after_underscore = false;
                }
                _ => self.field.push(letter),
            }
        }
        self
    }

    /// The same for a number that must lie in `min..=max`.
    #[must_use]
    pub const fn within(mut self, min: i64, max: i64) -> Self {
        self.allowed = Some(Allowed { min, max });
        self
    }
}

/// The closed list of laws that a command or a change can break.
///
/// The first group is checked wherever a change is applied, on the device and on the server. The second is checked where a
/// person gives the command: among devices that could not see each other the same facts are merged instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// The line was sent to the kitchen: its item, quantity and modifiers are frozen.
    LineSent,
    /// No payment with that id in the order.
    PaymentUnknown,
    /// No adjustment with that id in the order.
    AdjustmentUnknown,
    /// No check with that id in the order.
    CheckUnknown,
    /// Only the kitchen or the device that fired a line moves it on.
    NotKitchen,
    /// An epoch that the order has not reached.
    EpochUnknown,
    /// An amount in another currency than the order's.
    ForeignCurrency,
    /// No punch with that id.
    PunchUnknown,
    /// No drawer session with that id.
    DrawerUnknown,
    /// The menu was edited from a version that is no longer the current one, and the same fields moved on.
    MenuBaseStale,
    /// The menu's parts do not fit together.
    MenuInvalid,
    /// The conflict was decided by somebody else.
    AlreadyResolved,
    /// Nobody on this device holds the right that this takes.
    ScopeMissing,
    /// A manager must approve this.
    ApprovalRequired,
    /// The approval is for another mutation, by the same person, or by somebody without the right.
    ApprovalInvalid,
    /// The grant is not for this device, location or tenant.
    GrantForeign,
    /// The grant is not valid at this time.
    GrantExpired,
    /// The device could not send the mutation and says so in its place; the bytes stay on the device.
    Skipped,

    /// The field does not hold what it must: not a number in its range, not a text, not an id.
    FieldInvalid,
    /// The order is closed.
    OrderClosed,
    /// The order is open.
    OrderOpen,
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
    /// More is to be given back than was paid.
    RefundAmount,
    /// The payment was captured, declined or voided already.
    PaymentState,
    /// There is nothing to send to the kitchen.
    NothingToFire,
    /// The time lies in the future, or before something that must come first.
    TimeOrder,
    /// The person is already on the clock, on a break, or neither.
    ClockState,
    /// The drawer is open, or is not.
    DrawerState,
}

impl RejectionCode {
    /// Every rejection.
    pub const ALL: [Self; 40] = [
        Self::ChangeInvalid,
        Self::ChangeUnknown,
        Self::OrderUnknown,
        Self::LineUnknown,
        Self::ImmutableChanged,
        Self::LimitExceeded,
        Self::LineSent,
        Self::PaymentUnknown,
        Self::AdjustmentUnknown,
        Self::CheckUnknown,
        Self::NotKitchen,
        Self::EpochUnknown,
        Self::ForeignCurrency,
        Self::PunchUnknown,
        Self::DrawerUnknown,
        Self::MenuBaseStale,
        Self::MenuInvalid,
        Self::AlreadyResolved,
        Self::ScopeMissing,
        Self::ApprovalRequired,
        Self::ApprovalInvalid,
        Self::GrantForeign,
        Self::GrantExpired,
        Self::Skipped,
        Self::FieldInvalid,
        Self::OrderClosed,
        Self::OrderOpen,
        Self::LineVoid,
        Self::MenuMissing,
        Self::ItemUnknown,
        Self::ItemUnavailable,
        Self::ModifierChoice,
        Self::BalanceDue,
        Self::PaymentAmount,
        Self::RefundAmount,
        Self::PaymentState,
        Self::NothingToFire,
        Self::TimeOrder,
        Self::ClockState,
        Self::DrawerState,
    ];

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
            Self::LineSent => "LINE_SENT",
            Self::PaymentUnknown => "PAYMENT_UNKNOWN",
            Self::AdjustmentUnknown => "ADJUSTMENT_UNKNOWN",
            Self::CheckUnknown => "CHECK_UNKNOWN",
            Self::NotKitchen => "NOT_KITCHEN",
            Self::EpochUnknown => "EPOCH_UNKNOWN",
            Self::ForeignCurrency => "FOREIGN_CURRENCY",
            Self::PunchUnknown => "PUNCH_UNKNOWN",
            Self::DrawerUnknown => "DRAWER_UNKNOWN",
            Self::MenuBaseStale => "MENU_BASE_STALE",
            Self::MenuInvalid => "MENU_INVALID",
            Self::AlreadyResolved => "ALREADY_RESOLVED",
            Self::ScopeMissing => "SCOPE_MISSING",
            Self::ApprovalRequired => "APPROVAL_REQUIRED",
            Self::ApprovalInvalid => "APPROVAL_INVALID",
            Self::GrantForeign => "GRANT_FOREIGN",
            Self::GrantExpired => "GRANT_EXPIRED",
            Self::Skipped => "SKIPPED",
            Self::FieldInvalid => "FIELD_INVALID",
            Self::OrderClosed => "ORDER_CLOSED",
            Self::OrderOpen => "ORDER_OPEN",
            Self::LineVoid => "LINE_VOID",
            Self::MenuMissing => "MENU_MISSING",
            Self::ItemUnknown => "ITEM_UNKNOWN",
            Self::ItemUnavailable => "ITEM_UNAVAILABLE",
            Self::ModifierChoice => "MODIFIER_CHOICE",
            Self::BalanceDue => "BALANCE_DUE",
            Self::PaymentAmount => "PAYMENT_AMOUNT",
            Self::RefundAmount => "REFUND_AMOUNT",
            Self::PaymentState => "PAYMENT_STATE",
            Self::NothingToFire => "NOTHING_TO_FIRE",
            Self::TimeOrder => "TIME_ORDER",
            Self::ClockState => "CLOCK_STATE",
            Self::DrawerState => "DRAWER_STATE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_of_its_fields_in_its_own_spelling() {
        let field = |field: &str| Rejection::new(RejectionCode::LineUnknown, field, "").of_command().field;
        assert_eq!([field("line_id"), field("qty"), field("lines.a_b.qty")], ["lineId", "qty", "lines.aB.qty"]);
    }

    #[test]
    fn the_list_of_rejections_is_closed_and_each_is_written_as_it_is_named() {
        // Reading an unknown code names every known one.
        let error = serde_json::from_str::<RejectionCode>(r#""?""#).unwrap_err().to_string();
        assert_eq!(error.matches('`').count() / 2, RejectionCode::ALL.len() + 1, "ALL holds every rejection");
        for code in RejectionCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!(error.contains(code.as_str()));
        }
    }
}
