//! What was in the drawers that were closed, and what should have been.

use serde::{Deserialize, Serialize};

use super::partial::ReportScope;
use crate::drawer::DrawerView;
use crate::ids::{DrawerId, DrawerSessionId};
use crate::money::{Money, MoneyError};
use crate::zone::Zone;

/// The drawers of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerBalances {
    /// Sessions that are still open: what is in them nobody has counted for good, and it is in none of the figures.
    pub open: i64,
    /// Too much (or, below zero, too little) in the closed ones together.
    pub over_short_minor: Money,
    /// The closed ones, earliest opening first.
    pub closed: Vec<DrawerBalance>,
}

/// A closed drawer session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerBalance {
    /// The drawer.
    pub drawer_id: DrawerId,
    /// Its session.
    pub session_id: DrawerSessionId,
    /// What should have been in it.
    pub expected_minor: Money,
    /// What was counted.
    pub counted_minor: Money,
    /// What was too much or, below zero, too little.
    pub over_short_minor: Money,
}

impl DrawerBalances {
    /// The drawers of a report's scope. A session counts for the business date on which it was opened and the device that
    /// opened it; while its opening is still on its way, for those of its closing.
    ///
    /// # Errors
    /// When the differences together leave the range of money.
    pub fn of(views: &[DrawerView], scope: &ReportScope, zone: &Zone, cut_over_hour: u8) -> Result<Self, MoneyError> {
        let mut balances = Self::default();
        for view in views {
            let Some(act) = view.opened.as_ref().or(view.closed.as_ref()) else { continue };
            if !scope.covers(zone.business_date(act.at, cut_over_hour), &act.device_id) {
                continue;
            }
            let counted = (view.expected_minor, view.counted_minor, view.over_short_minor);
            let (Some(_), (Some(expected_minor), Some(counted_minor), Some(over_short_minor))) =
                (&view.closed, counted)
            else {
                balances.open += 1;
                continue;
            };
            balances.over_short_minor = balances.over_short_minor.plus(over_short_minor)?;
            balances.closed.push(DrawerBalance {
                drawer_id: view.drawer.drawer_id.clone(),
                session_id: view.session_id,
                expected_minor,
                counted_minor,
                over_short_minor,
            });
        }
        Ok(balances)
    }
}
