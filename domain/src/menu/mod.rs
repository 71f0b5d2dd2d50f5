//! The menu: what can be ordered, at what price, under which taxes. The server's word; devices only read it.
//!
//! A line is priced once, when it is added, and keeps that price: [`Menu::price`] takes the snapshot.

use serde::{Deserialize, Serialize};

use crate::ids::{ItemId, ModifierGroupId, OptionId, TaxId};
use crate::limits::{Label, MODIFIERS_MAX};
use crate::money::{CurrencyCode, CurrencyExponent, Money, Rate};
use crate::order::{Modifier, TaxMode, TaxSnapshot};
use crate::rejection::{Rejection, RejectionCode};

/// A location's menu at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// A tax of the location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct MenuItem {
    /// Its id.
    pub id: ItemId,
    /// What the bill calls it.
    pub name: Label,
    /// Where the screen shows it.
    pub category: Label,
    /// The kitchen station that makes it.
    pub station: Label,
    /// Its price without modifiers.
    pub price_minor: Money,
    /// The taxes it bears.
    pub tax_ids: Vec<TaxId>,
    /// The modifier groups that apply to it.
    pub modifier_groups: Vec<ModifierGroupId>,
    /// Whether the kitchen still has it.
    pub available: bool,
    /// The item's own version.
    pub rev: u32,
}

/// What a person picked for a new line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineChoice<'a> {
    /// The item.
    pub item_id: &'a ItemId,
    /// The modifiers.
    pub option_ids: &'a [OptionId],
}

/// A line's snapshot of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// The item's name.
    pub name: Label,
    /// The item's category.
    pub category: Label,
    /// The item's price.
    pub unit_price_minor: Money,
    /// The chosen modifiers with their prices, in the menu's order.
    pub modifiers: Vec<Modifier>,
    /// The taxes with their rates.
    pub taxes: Vec<TaxSnapshot>,
    /// The version the snapshot was taken from.
    pub menu_version: u32,
}

impl Menu {
    /// The item with this id.
    #[must_use]
    pub fn item(&self, item_id: &ItemId) -> Option<&MenuItem> {
        self.items.iter().find(|item| item.id == *item_id)
    }

    /// Takes the snapshot for a new line.
    ///
    /// # Errors
    /// `ITEM_UNKNOWN`, `ITEM_UNAVAILABLE`, or `MODIFIER_CHOICE` where the modifiers are not of this item's groups or are
    /// fewer or more than a group allows.
    pub fn price(&self, choice: LineChoice<'_>) -> Result<PricedLine, Rejection> {
        let item = self.item(choice.item_id).ok_or_else(|| {
            Rejection::new(RejectionCode::ItemUnknown, "item_id", format!("{} is not on the menu", choice.item_id))
        })?;
        if !item.available {
            let message = format!("{} has run out", item.name.as_str());
            return Err(Rejection::new(RejectionCode::ItemUnavailable, "item_id", message));
        }
        Ok(PricedLine {
            name: item.name.clone(),
            category: item.category.clone(),
            unit_price_minor: item.price_minor,
            modifiers: self.chosen_modifiers(item, choice.option_ids)?,
            taxes: self.tax_snapshot(item),
            menu_version: self.menu_version,
        })
    }

    /// Whether the menu's parts fit together: every id named is there, every id there stands once.
    ///
    /// # Errors
    /// `CHANGE_INVALID` with the first part that does not fit.
    pub fn check(&self) -> Result<(), Rejection> {
        let invalid =
            |field: String, message: String| Err(Rejection::new(RejectionCode::ChangeInvalid, field, message));
        for (position, group) in self.modifier_groups.iter().enumerate() {
            if group.min > group.max || usize::from(group.min) > group.options.len() {
                let message = format!("{} asks for more modifiers than it has or allows", group.id);
                return invalid(format!("modifier_groups[{position}]"), message);
            }
        }
        for (position, item) in self.items.iter().enumerate() {
            if self.items.iter().take(position).any(|earlier| earlier.id == item.id) {
                return invalid(format!("items[{position}].id"), format!("{} stands twice", item.id));
            }
            if let Some(tax) = item.tax_ids.iter().find(|id| !self.taxes.iter().any(|tax| tax.id == **id)) {
                return invalid(format!("items[{position}].tax_ids"), format!("there is no tax {tax}"));
            }
            let unknown = |id: &&ModifierGroupId| !self.modifier_groups.iter().any(|group| group.id == **id);
            if let Some(group) = item.modifier_groups.iter().find(unknown) {
                return invalid(format!("items[{position}].modifier_groups"), format!("there is no group {group}"));
            }
        }
        Ok(())
    }

    fn chosen_modifiers(&self, item: &MenuItem, option_ids: &[OptionId]) -> Result<Vec<Modifier>, Rejection> {
        let refuse = |message: String| Err(Rejection::new(RejectionCode::ModifierChoice, "option_ids", message));
        let mut chosen = Vec::new();
        let groups = self.modifier_groups.iter().filter(|group| item.modifier_groups.contains(&group.id));
        for group in groups {
            let before = chosen.len();
            for option in group.options.iter().filter(|option| option_ids.contains(&option.id)) {
                chosen.push(Modifier {
                    option_id: option.id.clone(),
                    name: option.name.clone(),
                    price_minor: option.price_minor,
                });
            }
            let count = chosen.len() - before;
            if count < usize::from(group.min) || count > usize::from(group.max) {
                return refuse(format!("{}: choose {} to {}, not {count}", group.name.as_str(), group.min, group.max));
            }
        }
        if chosen.len() != option_ids.len() || chosen.len() > MODIFIERS_MAX {
            return refuse(format!("a modifier stands twice or does not belong to {}", item.name.as_str()));
        }
        Ok(chosen)
    }

    fn tax_snapshot(&self, item: &MenuItem) -> Vec<TaxSnapshot> {
        let taxes = self.taxes.iter().filter(|tax| item.tax_ids.contains(&tax.id));
        taxes.map(|tax| TaxSnapshot { tax_id: tax.id.clone(), rate_ppm: tax.rate_ppm, mode: tax.mode }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn menu() -> Menu {
        serde_json::from_str(include_str!("../../../fixtures/menu.json")).unwrap()
    }

    fn price(item: &str, options: &[&str]) -> Result<PricedLine, RejectionCode> {
        let option_ids: Vec<OptionId> = options.iter().map(|option| option.parse().unwrap()).collect();
        let choice = LineChoice { item_id: &item.parse().unwrap(), option_ids: &option_ids };
        menu().price(choice).map_err(|rejection| rejection.code)
    }

    #[test]
    fn the_fixture_menu_fits_together() {
        assert_eq!(menu().check(), Ok(()));
        assert_eq!((menu().items.len(), menu().modifier_groups.len()), (21, 8));
    }

    #[test]
    fn a_line_takes_its_price_modifiers_and_taxes_from_the_menu() {
        let line = price("it_burger", &["mo_noonion", "mo_med", "mo_cheddar"]).unwrap();
        assert_eq!(line.unit_price_minor.minor(), 1450);
        let modifiers: Vec<_> = line.modifiers.iter().map(|m| (m.option_id.as_str(), m.price_minor.minor())).collect();
        assert_eq!(modifiers, [("mo_cheddar", 150), ("mo_med", 0), ("mo_noonion", 0)]);
        assert_eq!(line.taxes.iter().map(|tax| tax.rate_ppm.ppm()).collect::<Vec<_>>(), [82_500]);
        assert_eq!(line.menu_version, 41);
    }

    #[test]
    fn a_choice_outside_the_menu_is_refused_with_its_reason() {
        assert_eq!(price("it_lobster", &[]), Err(RejectionCode::ItemUnknown));
        assert_eq!(price("it_oyster", &[]), Err(RejectionCode::ItemUnavailable));
        assert_eq!(price("it_burger", &[]), Err(RejectionCode::ModifierChoice), "the cooking must be chosen");
        assert_eq!(price("it_burger", &["mo_med", "mo_well"]), Err(RejectionCode::ModifierChoice), "one cooking only");
        assert_eq!(price("it_slaw", &["mo_med"]), Err(RejectionCode::ModifierChoice), "not a modifier of slaw");
        assert_eq!(price("it_fries", &["mo_aioli", "mo_aioli"]), Err(RejectionCode::ModifierChoice), "named twice");
    }

    #[test]
    fn a_menu_that_names_what_it_does_not_have_is_refused() {
        let mut menu = menu();
        menu.taxes.pop();
        assert_eq!(menu.check().map_err(|rejection| rejection.code), Err(RejectionCode::ChangeInvalid));
    }
}
