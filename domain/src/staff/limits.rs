//! How much may be given away without asking somebody.

use serde::{Deserialize, Serialize};

use super::{Role, Scope};
use crate::money::{Money, Rate};
use crate::rejection::{Rejection, RejectionCode};

/// A tenant's limits on what staff give away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffLimits {
    /// The largest discount, as a share of what it is taken off, that takes no more than `discount.apply`.
    pub discount_rate_max_ppm: Rate,
    /// The dearest line that a shift lead may give away.
    pub shift_lead_comp_max_minor: Money,
}

impl Default for StaffLimits {
    /// A fifth off, and 5,000 minor units given away.
    fn default() -> Self {
        Self {
            discount_rate_max_ppm: Rate::try_from(200_000).unwrap_or(Rate::ZERO),
            shift_lead_comp_max_minor: Money::try_from(5_000_i64).unwrap_or(Money::ZERO),
        }
    }
}

impl StaffLimits {
    /// The right that a discount takes. `discount` and `base`, what it is taken off, are in minor units, so that a fixed
    /// amount off a small bill is weighed like a share of it.
    #[must_use]
    pub fn discount_scope(self, discount: Money, base: Money) -> Scope {
        let most = i128::from(base.minor()) * i128::from(self.discount_rate_max_ppm.ppm());
        let over = i128::from(discount.minor()) * i128::from(Rate::PPM_WHOLE) > most;
        if over { Scope::DiscountOverLimit } else { Scope::DiscountApply }
    }

    /// Whether somebody in a role may give away, or approve giving away, a line that comes to `amount`. Whether they hold
    /// `line.comp` at all is asked elsewhere.
    ///
    /// # Errors
    /// `APPROVAL_REQUIRED` beyond the limit, for everybody but managers and admins.
    pub fn check_comp(self, role: Role, amount: Money) -> Result<(), Rejection> {
        let limited = match role {
            Role::Manager | Role::Admin => false,
            Role::LineCook | Role::Server | Role::Bartender | Role::Cashier | Role::ShiftLead => true,
        };
        let most = self.shift_lead_comp_max_minor;
        if limited && amount > most {
            let message = format!("{} is more than may be given away without a manager", amount.minor());
            let rejection = Rejection::new(RejectionCode::ApprovalRequired, "line_id", message);
            return Err(rejection.within(0, most.minor()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64) -> Money {
        Money::try_from(minor).unwrap()
    }

    #[test]
    fn a_discount_of_a_fifth_is_within_the_limit_and_a_cent_more_is_over_it() {
        let scope = |discount, base| StaffLimits::default().discount_scope(money(discount), money(base));
        assert_eq!(scope(456, 4565), Scope::DiscountApply);
        assert_eq!(scope(913, 4565), Scope::DiscountApply);
        assert_eq!(scope(914, 4565), Scope::DiscountOverLimit);
        assert_eq!(scope(500, 700), Scope::DiscountOverLimit, "five off a coffee is no small thing");
        assert_eq!(scope(1, 0), Scope::DiscountOverLimit);
    }

    #[test]
    fn a_shift_lead_gives_away_a_dish_and_a_manager_a_banquet() {
        let may = |role, amount| {
            StaffLimits::default()
                .check_comp(role, money(amount))
                .map_err(|rejection| (rejection.code, rejection.allowed))
        };
        assert_eq!(may(Role::ShiftLead, 5_000), Ok(()));
        let allowed = Some(crate::rejection::Allowed { min: 0, max: 5_000 });
        assert_eq!(may(Role::ShiftLead, 5_001), Err((RejectionCode::ApprovalRequired, allowed)));
        assert_eq!([may(Role::Manager, 90_000), may(Role::Admin, 90_000)], [Ok(()), Ok(())]);
    }
}
