//! The menu: what can be ordered, at what price, under which taxes. The server's word; devices only read it.
//!
//! A line is priced once, when it is added, and keeps that price: [`Menu::price`] takes the snapshot. An admin who edits the
//! menu sends what they changed ([`MenuDelta`]), so that two of them lose nothing. What the kitchen has run out of is kept
//! apart ([`EightySix`]), because a device may say so while it is offline.

mod check;
mod delta;
mod eighty_six;
mod field_delta;
mod menu_age;
mod price;
mod price_standing;

use serde::{Deserialize, Serialize};

pub use self::check::{
    DISCOUNTS_MAX, GROUP_OPTIONS_MAX, ITEM_GROUPS_MAX, ITEM_TAXES_MAX, MENU_ITEMS_MAX, MODIFIER_GROUPS_MAX,
    SERVICE_CHARGES_MAX, TAXES_MAX,
};
pub use self::delta::{
    DiscountChange, GroupChange, ItemChange, MenuChanges, MenuDelta, MenuRefused, OptionChange, ServiceChargeChange,
    TaxChange,
};
pub use self::eighty_six::{Availability, EIGHTY_SIX_MAX, EightySix, EightySixChange};
pub use self::field_delta::{FieldChange, ListDelta};
pub use self::menu_age::{MenuAge, MenuAgePolicy};
pub use self::price::{LineChoice, PricedLine};
pub use self::price_standing::{PriceTolerance, SoldPrice, price_standing};
use crate::ids::{DiscountId, ItemId, ModifierGroupId, OptionId, ServiceChargeId, TaxId};
use crate::limits::Label;
use crate::money::{CurrencyCode, CurrencyExponent, Money, Rate};
use crate::order::{AdjustmentSize, TaxMode};
use crate::schema::{Record, Upcaster, Versioned};
use crate::time::Timestamp;

/// A location's menu at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Menu {
    /// The version of this form of the record.
    pub schema: u16,
    /// Grows by one with every push.
    pub menu_version: u32,
    /// ISO 4217 code of every price.
    pub currency: CurrencyCode,
    /// Digits of the currency's minor unit.
    pub currency_exponent: CurrencyExponent,
    /// Taxes that items name.
    pub taxes: Vec<Tax>,
    /// Groups of modifiers that items name.
    pub modifier_groups: Vec<ModifierGroup>,
    /// What can be ordered.
    pub items: Vec<MenuItem>,
    /// The discounts that staff may give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// What the house adds to a bill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_charges: Vec<ServiceCharge>,
    /// From when on its prices are asked for; a menu without it counts from its first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Timestamp>,
}

impl Versioned for Menu {
    const NAME: &'static str = "menu";
    /// Form 2 added discounts, service charges and items sold by weight. All of them are optional, so nothing has to be
    /// moved; the number grew so that an app of form 1 refuses the menu by name and does not sell a kilogram as a piece.
    const UPCASTERS: &'static [Upcaster] = &[|_| {}];
}

impl Record for Menu {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Menu {
    /// The item with this id.
    #[must_use]
    pub fn item(&self, item_id: &ItemId) -> Option<&MenuItem> {
        self.items.iter().find(|item| item.id == *item_id)
    }

    /// The one of several versions whose prices were asked for at a moment: the last to have come into effect, and of two at
    /// the same moment the higher version. `None` where all of them came later.
    #[must_use]
    pub fn in_effect<'a>(versions: impl IntoIterator<Item = &'a Self>, at: Timestamp) -> Option<&'a Self> {
        let begun = versions.into_iter().filter(|menu| menu.effective_from.is_none_or(|from| from <= at));
        begun.max_by_key(|menu| (menu.effective_from, menu.menu_version))
    }
}

/// A tax of the location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tax {
    /// Its id.
    pub id: TaxId,
    /// What the bill calls it.
    pub name: Label,
    /// Its rate.
    pub rate_ppm: Rate,
    /// Whether it comes on top of the price or is inside it.
    pub mode: TaxMode,
}

/// Modifiers of which between `min` and `max` must be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModifierGroup {
    /// Its id.
    pub id: ModifierGroupId,
    /// What the screen calls it.
    pub name: Label,
    /// Fewest choices.
    pub min: u8,
    /// Most choices.
    pub max: u8,
    /// What can be chosen.
    pub options: Vec<ModifierOption>,
}

/// One modifier of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModifierOption {
    /// Its id.
    pub id: OptionId,
    /// What the bill calls it.
    pub name: Label,
    /// What it adds to the item's price.
    pub price_minor: Money,
}

/// Something that can be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MenuItem {
    /// Its id.
    pub id: ItemId,
    /// What the bill calls it.
    pub name: Label,
    /// Where the screen shows it.
    pub category: Label,
    /// The kitchen station that makes it.
    pub station: Label,
    /// Its price without modifiers: for one, or for one whole unit of weight (a kilogram, a pound).
    pub price_minor: Money,
    /// The taxes it bears.
    pub tax_ids: Vec<TaxId>,
    /// The modifier groups that apply to it.
    pub modifier_groups: Vec<ModifierGroupId>,
    /// Whether the kitchen still has it.
    pub available: bool,
    /// The item's own version; the server counts it.
    pub rev: u32,
    /// Whether its quantity is counted or weighed.
    #[serde(default, skip_serializing_if = "SoldBy::is_each")]
    pub sold_by: SoldBy,
}

/// How an item's quantity is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SoldBy {
    /// Counted: a burger, a glass.
    #[default]
    Each,
    /// Weighed, in thousandths of the unit that the price is for: 340 g of fish at a price by the kilogram is 340.
    Weight,
}

impl SoldBy {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "its shape is that of `skip_serializing_if`")]
    fn is_each(&self) -> bool {
        *self == Self::Each
    }
}

/// A discount that staff may give: ten per cent for neighbours, five off at happy hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Discount {
    /// Its id.
    pub id: DiscountId,
    /// What the bill calls it.
    pub name: Label,
    /// How much it takes off.
    pub size: AdjustmentSize,
    /// What it is taken off.
    pub scope: DiscountScope,
    /// Whether it may be given more than once to the same order or line.
    pub stackable: bool,
}

/// What a discount is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiscountScope {
    /// The whole order.
    Order,
    /// One line.
    Line,
}

/// What the house adds to a bill, a large table's 18 %: taxable, and not staff money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceCharge {
    /// Its id.
    pub id: ServiceChargeId,
    /// What the bill calls it.
    pub name: Label,
    /// How much it adds.
    pub size: AdjustmentSize,
    /// The taxes it bears.
    pub tax_ids: Vec<TaxId>,
}

#[cfg(test)]
mod delta_tests;
#[cfg(test)]
mod test_menus;

#[cfg(test)]
mod tests {
    use super::test_menus::menu;
    use super::*;

    #[test]
    fn a_menu_of_form_1_reads_as_one_of_today_and_says_the_same() {
        let lifted = Menu::from_json(include_str!("../../../fixtures/menu.json")).unwrap();
        assert_eq!(lifted, Menu { schema: 2, ..menu() });
        assert!(lifted.items.iter().all(|item| item.sold_by == SoldBy::Each));
        assert_eq!(lifted.effective_from.map(|from| from.to_string()).as_deref(), Some("2026-10-30T10:00:00.000Z"));
    }

    #[test]
    fn the_menu_in_effect_is_the_last_one_that_has_begun() {
        let at = |hour: i64| Timestamp::nearest(1_793_000_000_000).after(hour * 3_600_000);
        let version = |menu_version, hour: Option<i64>| Menu { menu_version, effective_from: hour.map(at), ..menu() };
        let versions = [version(41, None), version(42, Some(5)), version(43, Some(9)), version(44, Some(9))];
        let in_effect = |hour| Menu::in_effect(&versions, at(hour)).map(|menu| menu.menu_version);
        assert_eq!([4, 5, 8, 9].map(in_effect), [Some(41), Some(42), Some(42), Some(44)]);
        let withdrawn = [version(43, Some(9)), version(45, Some(2))];
        assert_eq!(
            Menu::in_effect(&withdrawn, at(9)).map(|menu| menu.menu_version),
            Some(43),
            "45 was for that morning"
        );
        assert_eq!(Menu::in_effect(&versions[1..], at(4)), None, "none of them had begun");
    }
}
