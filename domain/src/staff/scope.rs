//! Single rights, and sets of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ChangeKind;

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Open an order.
    OrderCreate,
    /// Change an open order.
    OrderUpdate,
    /// Send lines to the kitchen.
    OrderSend,
    /// Take back a line that the kitchen has not been told of.
    LineVoidUnsent,
    /// Take back a line that was sent to the kitchen.
    LineVoidSent,
    /// Give a line away.
    LineComp,
    /// Give a discount within the limit.
    DiscountApply,
    /// Give a larger one.
    DiscountOverLimit,
    /// Set a price by hand.
    PriceOverride,
    /// Take cash.
    PaymentCash,
    /// Record a payment taken elsewhere, on a card terminal.
    PaymentRecord,
    /// Give money back.
    RefundCreate,
    /// Open a closed order again.
    OrderReopen,
    /// Hand an order to another server.
    OrderTransfer,
    /// Open the drawer without a sale.
    DrawerNoSale,
    /// Count the drawer.
    DrawerCount,
    /// Clock oneself in and out.
    ShiftSelf,
    /// Correct somebody's punches.
    ShiftAmend,
    /// See reports.
    ReportView,
    /// Change the menu.
    MenuPush,
    /// Say what the kitchen has run out of.
    MenuEightySix,
    /// Decide a conflict.
    ConflictResolve,
    /// Enrol a device.
    DeviceRegister,
    /// Hire, change roles, set PINs.
    StaffManage,
}

impl Scope {
    /// Every right.
    pub const ALL: [Self; 24] = [
        Self::OrderCreate,
        Self::OrderUpdate,
        Self::OrderSend,
        Self::LineVoidUnsent,
        Self::LineVoidSent,
        Self::LineComp,
        Self::DiscountApply,
        Self::DiscountOverLimit,
        Self::PriceOverride,
        Self::PaymentCash,
        Self::PaymentRecord,
        Self::RefundCreate,
        Self::OrderReopen,
        Self::OrderTransfer,
        Self::DrawerNoSale,
        Self::DrawerCount,
        Self::ShiftSelf,
        Self::ShiftAmend,
        Self::ReportView,
        Self::MenuPush,
        Self::MenuEightySix,
        Self::ConflictResolve,
        Self::DeviceRegister,
        Self::StaffManage,
    ];

    /// The right's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderCreate => "order.create",
            Self::OrderUpdate => "order.update",
            Self::OrderSend => "order.send",
            Self::LineVoidUnsent => "line.void.unsent",
            Self::LineVoidSent => "line.void.sent",
            Self::LineComp => "line.comp",
            Self::DiscountApply => "discount.apply",
            Self::DiscountOverLimit => "discount.over_limit",
            Self::PriceOverride => "price.override",
            Self::PaymentCash => "payment.cash",
            Self::PaymentRecord => "payment.record",
            Self::RefundCreate => "refund.create",
            Self::OrderReopen => "order.reopen",
            Self::OrderTransfer => "order.transfer",
            Self::DrawerNoSale => "drawer.no_sale",
            Self::DrawerCount => "drawer.count",
            Self::ShiftSelf => "shift.self",
            Self::ShiftAmend => "shift.amend",
            Self::ReportView => "report.view",
            Self::MenuPush => "menu.push",
            Self::MenuEightySix => "menu.eighty_six",
            Self::ConflictResolve => "conflict.resolve",
            Self::DeviceRegister => "device.register",
            Self::StaffManage => "staff.manage",
        }
    }

    /// Whether what the right allows has happened in the room once it is done, or asks for trust.
    #[must_use]
    pub const fn change_kind(self) -> ChangeKind {
        match self {
            Self::LineVoidSent
            | Self::LineComp
            | Self::RefundCreate
            | Self::OrderReopen
            | Self::ShiftAmend
            | Self::MenuPush
            | Self::ConflictResolve
            | Self::DeviceRegister
            | Self::StaffManage => ChangeKind::Privileged,
            Self::OrderCreate
            | Self::OrderUpdate
            | Self::OrderSend
            | Self::LineVoidUnsent
            | Self::DiscountApply
            | Self::DiscountOverLimit
            | Self::PriceOverride
            | Self::PaymentCash
            | Self::PaymentRecord
            | Self::OrderTransfer
            | Self::DrawerNoSale
            | Self::DrawerCount
            | Self::ShiftSelf
            | Self::ReportView
            | Self::MenuEightySix => ChangeKind::Fact,
        }
    }

    /// Whether somebody who holds the right may lend it for one mutation. The daily ones are a matter of the role, and the
    /// office's are done by whoever holds them.
    #[must_use]
    pub const fn may_be_lent(self) -> bool {
        match self {
            Self::LineVoidSent
            | Self::LineComp
            | Self::DiscountOverLimit
            | Self::PriceOverride
            | Self::RefundCreate
            | Self::OrderReopen
            | Self::OrderTransfer
            | Self::DrawerNoSale
            | Self::ShiftAmend
            | Self::MenuEightySix => true,
            Self::OrderCreate
            | Self::OrderUpdate
            | Self::OrderSend
            | Self::LineVoidUnsent
            | Self::DiscountApply
            | Self::PaymentCash
            | Self::PaymentRecord
            | Self::DrawerCount
            | Self::ShiftSelf
            | Self::ReportView
            | Self::MenuPush
            | Self::ConflictResolve
            | Self::DeviceRegister
            | Self::StaffManage => false,
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(ScopeError)
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.as_str().to_owned()
    }
}

/// Not the name of a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such right")]
pub struct ScopeError;

/// A set of rights. Written as the list of their names; a name that this version does not know is left out when read, because
/// a right that it does not understand is one that it cannot give.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<Scope>")]
pub struct Scopes(u32);

impl Scopes {
    /// No right at all.
    pub const NONE: Self = Self(0);

    /// The set of these rights.
    #[must_use]
    pub const fn of(scopes: &[Scope]) -> Self {
        let mut bits = 0;
        let mut rest = scopes;
        while let [scope, others @ ..] = rest {
            bits |= scope.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Whether the right is in the set.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The rights in either set.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The rights in both sets.
    #[must_use]
    pub const fn within(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// The rights that are not in the other set.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// The rights, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl From<Vec<String>> for Scopes {
    fn from(names: Vec<String>) -> Self {
        names.iter().filter_map(|name| name.parse().ok()).collect()
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.iter().collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<Rights: IntoIterator<Item = Scope>>(scopes: Rights) -> Self {
        scopes.into_iter().fold(Self::NONE, |set, scope| set.and(Self::of(&[scope])))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter().map(Scope::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_right_has_its_own_name_and_bit_and_reads_back() {
        let names: std::collections::BTreeSet<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        assert_eq!(names.len(), Scope::ALL.len());
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(Scopes::of(&[scope]).iter().collect::<Vec<_>>(), [scope]);
        }
        assert_eq!("order.eat".parse::<Scope>(), Err(ScopeError));
    }

    #[test]
    fn a_right_that_this_version_does_not_know_is_not_given() {
        let read: Scopes = serde_json::from_str(r#"["order.send","order.teleport","order.create"]"#).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"["order.create","order.send"]"#);
        assert!(serde_json::from_str::<Scope>(r#""order.teleport""#).is_err(), "one alone is a fault");
    }

    #[test]
    fn only_money_given_away_and_past_made_different_ask_for_trust() {
        let floor = [Scope::LineVoidSent, Scope::LineComp, Scope::RefundCreate, Scope::OrderReopen, Scope::ShiftAmend];
        assert!(floor.into_iter().all(|scope| scope.change_kind() == ChangeKind::Privileged && scope.may_be_lent()));
        let facts = [Scope::PaymentCash, Scope::OrderSend, Scope::ShiftSelf, Scope::DrawerCount, Scope::MenuEightySix];
        assert!(facts.into_iter().all(|scope| scope.change_kind() == ChangeKind::Fact));
    }

    proptest! {
        #[test]
        fn sets_of_rights_keep_what_they_were_given(
            one in proptest::sample::subsequence(Scope::ALL.to_vec(), 0..24),
            other in proptest::sample::subsequence(Scope::ALL.to_vec(), 0..24),
        ) {
            let (first, second) = (Scopes::of(&one), Scopes::of(&other));
            for scope in Scope::ALL {
                let (in_one, in_other) = (one.contains(&scope), other.contains(&scope));
                prop_assert_eq!(first.contains(scope), in_one);
                prop_assert_eq!(first.and(second).contains(scope), in_one || in_other);
                prop_assert_eq!(first.within(second).contains(scope), in_one && in_other);
                prop_assert_eq!(first.without(second).contains(scope), in_one && !in_other);
            }
            let text = serde_json::to_string(&first).unwrap();
            prop_assert_eq!(serde_json::from_str::<Scopes>(&text).unwrap(), first);
        }
    }
}
