//! What somebody is in a restaurant, and which rights come with it.

use serde::{Deserialize, Serialize};

use super::{Scope, Scopes};

/// What somebody is in a restaurant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Cooks: clocks in and out.
    LineCook,
    /// Waits at tables.
    Server,
    /// Tends the bar.
    Bartender,
    /// Sits at the till.
    Cashier,
    /// Runs the floor for a shift.
    ShiftLead,
    /// Runs the restaurant.
    Manager,
    /// Runs the business.
    Admin,
}

const SERVER: Scopes = Scopes::of(&[
    Scope::OrderCreate,
    Scope::OrderUpdate,
    Scope::OrderSend,
    Scope::LineVoidUnsent,
    Scope::DiscountApply,
    Scope::PaymentCash,
    Scope::PaymentRecord,
    Scope::ShiftSelf,
]);

const CASHIER: Scopes = SERVER.and(Scopes::of(&[Scope::DrawerCount]));

const SHIFT_LEAD: Scopes = CASHIER.and(Scopes::of(&[
    Scope::LineVoidSent,
    Scope::LineComp,
    Scope::DrawerNoSale,
    Scope::OrderTransfer,
    Scope::ReportView,
]));

const MANAGER: Scopes = SHIFT_LEAD.and(Scopes::of(&[
    Scope::RefundCreate,
    Scope::DiscountOverLimit,
    Scope::PriceOverride,
    Scope::OrderReopen,
    Scope::ShiftAmend,
    Scope::MenuEightySix,
    Scope::ConflictResolve,
]));

const ADMIN: Scopes = MANAGER.and(Scopes::of(&[Scope::MenuPush, Scope::DeviceRegister, Scope::StaffManage]));

impl Scopes {
    /// The rights that only managers and admins have: a grant gives them for a shorter time than the others.
    pub const MANAGERIAL: Self = ADMIN.without(SHIFT_LEAD);
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] =
        [Self::LineCook, Self::Server, Self::Bartender, Self::Cashier, Self::ShiftLead, Self::Manager, Self::Admin];

    /// The role's rights. From server to admin each has those of the one before.
    #[must_use]
    pub const fn scopes(self) -> Scopes {
        match self {
            Self::LineCook => Scopes::of(&[Scope::ShiftSelf]),
            Self::Server | Self::Bartender => SERVER,
            Self::Cashier => CASHIER,
            Self::ShiftLead => SHIFT_LEAD,
            Self::Manager => MANAGER,
            Self::Admin => ADMIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_the_rights_of_the_one_before_and_those_of_the_table() {
        let listed = |role: Role| role.scopes().iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
        let server = "order.create order.update order.send line.void.unsent discount.apply payment.cash payment.record shift.self";
        assert_eq!(listed(Role::Server), server);
        assert_eq!(Role::Bartender.scopes(), Role::Server.scopes());
        assert_eq!(listed(Role::LineCook), "shift.self");
        let gained = |role: Role, before: Role| {
            assert_eq!(before.scopes().without(role.scopes()), Scopes::NONE, "{role:?} has what {before:?} has");
            role.scopes().without(before.scopes()).iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(gained(Role::Cashier, Role::Server), "drawer.count");
        let shift_lead = "line.void.sent line.comp order.transfer drawer.no_sale report.view";
        assert_eq!(gained(Role::ShiftLead, Role::Cashier), shift_lead);
        let manager = "discount.over_limit price.override refund.create order.reopen shift.amend menu.eighty_six conflict.resolve";
        assert_eq!(gained(Role::Manager, Role::ShiftLead), manager);
        assert_eq!(gained(Role::Admin, Role::Manager), "menu.push device.register staff.manage");
        assert_eq!(Role::Admin.scopes().iter().count(), Scope::ALL.len(), "an admin has every right");
    }

    #[test]
    fn a_role_is_written_as_the_roster_writes_it() {
        let names = Role::ALL.map(|role| serde_json::to_string(&role).unwrap());
        let roster = ["line_cook", "server", "bartender", "cashier", "shift_lead", "manager", "admin"];
        assert_eq!(names, roster.map(|name| format!("\"{name}\"")));
    }
}
