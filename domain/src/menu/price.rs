//! Taking a line's price: once, when it is added, as a snapshot that no later menu changes.

use super::{EightySix, Menu, MenuItem, SoldBy};
use crate::ids::{ItemId, OptionId, TaxId};
use crate::limits::{Label, MODIFIERS_MAX};
use crate::money::Money;
use crate::order::{Modifier, TaxSnapshot};
use crate::rejection::{Rejection, RejectionCode};

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
    /// The kitchen station that makes it.
    pub station: Label,
    /// Whether the quantity is counted or weighed.
    pub sold_by: SoldBy,
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
    /// Takes the snapshot for a new line, by the menu's own word on what there is.
    ///
    /// # Errors
    /// `ITEM_UNKNOWN`, `ITEM_UNAVAILABLE`, or `MODIFIER_CHOICE` where the modifiers are not of this item's groups or are
    /// fewer or more than a group allows.
    pub fn price(&self, choice: LineChoice<'_>) -> Result<PricedLine, Rejection> {
        self.price_where(choice, |item| item.available)
    }

    /// The same, but asks the 86 list what the kitchen has run out of or has again.
    ///
    /// # Errors
    /// Those of [`Menu::price`].
    pub fn price_with(&self, choice: LineChoice<'_>, eighty_six: &EightySix) -> Result<PricedLine, Rejection> {
        self.price_where(choice, |item| eighty_six.leaves(item))
    }

    fn price_where(
        &self,
        choice: LineChoice<'_>,
        available: impl Fn(&MenuItem) -> bool,
    ) -> Result<PricedLine, Rejection> {
        let item = self.item(choice.item_id).ok_or_else(|| {
            Rejection::new(RejectionCode::ItemUnknown, "item_id", format!("{} is not on the menu", choice.item_id))
        })?;
        if !available(item) {
            let message = format!("{} has run out", item.name.as_str());
            return Err(Rejection::new(RejectionCode::ItemUnavailable, "item_id", message));
        }
        Ok(PricedLine {
            name: item.name.clone(),
            category: item.category.clone(),
            station: item.station.clone(),
            sold_by: item.sold_by,
            unit_price_minor: item.price_minor,
            modifiers: self.chosen_modifiers(item, choice.option_ids)?,
            taxes: self.tax_snapshot(&item.tax_ids),
            menu_version: self.menu_version,
        })
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

    /// The taxes with these ids and their rates, for what bears them.
    pub(crate) fn tax_snapshot(&self, tax_ids: &[TaxId]) -> Vec<TaxSnapshot> {
        let taxes = self.taxes.iter().filter(|tax| tax_ids.contains(&tax.id));
        taxes.map(|tax| TaxSnapshot { tax_id: tax.id.clone(), rate_ppm: tax.rate_ppm, mode: tax.mode }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::menu::test_menus::menu;

    fn price(item: &str, options: &[&str]) -> Result<PricedLine, RejectionCode> {
        let option_ids: Vec<OptionId> = options.iter().map(|option| option.parse().unwrap()).collect();
        let choice = LineChoice { item_id: &item.parse().unwrap(), option_ids: &option_ids };
        menu().price(choice).map_err(|rejection| rejection.code)
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
    fn the_86_list_takes_an_item_off_and_puts_one_back_on() {
        let eighty_six = EightySix::of([("it_slaw", false), ("it_oyster", true)]);
        let with = |item: &str| {
            let choice = LineChoice { item_id: &item.parse().unwrap(), option_ids: &[] };
            menu().price_with(choice, &eighty_six).map(|line| line.unit_price_minor.minor())
        };
        assert_eq!(with("it_slaw").map_err(|rejection| rejection.code), Err(RejectionCode::ItemUnavailable));
        assert_eq!(with("it_oyster"), Ok(2100), "the kitchen has oysters again");
        assert_eq!(with("it_soup"), Ok(725), "what the list does not name is as the menu says");
    }
}
