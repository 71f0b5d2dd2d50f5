//! Whether a menu's parts fit together: what an admin's push must pass before a till shows it.
//!
//! Every id stands once in its list, every id named is there, no price is negative, and every item can be ordered.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::{Menu, MenuItem, ModifierGroup, SoldBy};
use crate::ids::TaxId;
use crate::limits::MODIFIERS_MAX;
use crate::money::{Money, Rate};
use crate::order::AdjustmentSize;
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::Versioned;

/// Items a menu may have.
pub const MENU_ITEMS_MAX: usize = 2_000;
/// Modifier groups a menu may have.
pub const MODIFIER_GROUPS_MAX: usize = 500;
/// Options a modifier group may have.
pub const GROUP_OPTIONS_MAX: usize = 100;
/// Taxes a menu may have.
pub const TAXES_MAX: usize = 100;
/// Discounts a menu may have.
pub const DISCOUNTS_MAX: usize = 200;
/// Service charges a menu may have.
pub const SERVICE_CHARGES_MAX: usize = 50;
/// Modifier groups an item may name.
pub const ITEM_GROUPS_MAX: usize = 50;
/// Taxes an item or a service charge may name.
pub const ITEM_TAXES_MAX: usize = 10;

impl Menu {
    /// Whether the menu's parts fit together.
    ///
    /// # Errors
    /// `MENU_INVALID` with the path of the first part that does not fit.
    pub fn check(&self) -> Result<(), Rejection> {
        self.check_form()?;
        counted("taxes", self.taxes.len(), TAXES_MAX)?;
        counted("modifier_groups", self.modifier_groups.len(), MODIFIER_GROUPS_MAX)?;
        counted("items", self.items.len(), MENU_ITEMS_MAX)?;
        counted("discounts", self.discounts.len(), DISCOUNTS_MAX)?;
        counted("service_charges", self.service_charges.len(), SERVICE_CHARGES_MAX)?;
        each_once("taxes", ".id", self.taxes.iter().map(|tax| &tax.id))?;
        each_once("modifier_groups", ".id", self.modifier_groups.iter().map(|group| &group.id))?;
        each_once("items", ".id", self.items.iter().map(|item| &item.id))?;
        each_once("discounts", ".id", self.discounts.iter().map(|discount| &discount.id))?;
        each_once("service_charges", ".id", self.service_charges.iter().map(|charge| &charge.id))?;
        for (position, group) in self.modifier_groups.iter().enumerate() {
            check_group(&format!("modifier_groups[{position}]"), group)?;
        }
        for (position, item) in self.items.iter().enumerate() {
            self.check_item(&format!("items[{position}]"), item)?;
        }
        for (position, discount) in self.discounts.iter().enumerate() {
            check_size(&format!("discounts[{position}].size"), discount.size)?;
        }
        for (position, charge) in self.service_charges.iter().enumerate() {
            check_size(&format!("service_charges[{position}].size"), charge.size)?;
            self.check_taxes(&format!("service_charges[{position}].tax_ids"), &charge.tax_ids)?;
        }
        Ok(())
    }

    /// An app of form 1 would sell a kilogram as a piece and overlook a discount, so a menu that says it has form 1 must.
    fn check_form(&self) -> Result<(), Rejection> {
        if self.schema == 0 || self.schema > Self::SCHEMA {
            return invalid("schema", format!("a menu has schema 1 to {}, not {}", Self::SCHEMA, self.schema));
        }
        let weighed = self.items.iter().any(|item| item.sold_by == SoldBy::Weight);
        if self.schema == 1 && (weighed || !self.discounts.is_empty() || !self.service_charges.is_empty()) {
            return invalid(
                "schema",
                "a menu with discounts, service charges or weighed items has schema 2".to_owned(),
            );
        }
        Ok(())
    }

    fn check_item(&self, path: &str, item: &MenuItem) -> Result<(), Rejection> {
        not_negative(path, item.price_minor)?;
        self.check_taxes(&format!("{path}.tax_ids"), &item.tax_ids)?;
        let groups_path = format!("{path}.modifier_groups");
        counted(&groups_path, item.modifier_groups.len(), ITEM_GROUPS_MAX)?;
        each_once(&groups_path, "", &item.modifier_groups)?;
        let mut groups = Vec::new();
        for id in &item.modifier_groups {
            match self.modifier_groups.iter().find(|group| group.id == *id) {
                Some(group) => groups.push(group),
                None => return invalid(groups_path, format!("there is no group {id}")),
            }
        }
        // A choice names options without their groups, so an option in two of them could never be chosen.
        each_once(&groups_path, "", groups.iter().flat_map(|group| &group.options).map(|option| &option.id))?;
        let fewest: usize = groups.iter().map(|group| usize::from(group.min)).sum();
        if fewest > MODIFIERS_MAX {
            let message = format!("{} asks for {fewest} modifiers, and a line holds {MODIFIERS_MAX}", item.id);
            return invalid(groups_path, message);
        }
        Ok(())
    }

    fn check_taxes(&self, path: &str, tax_ids: &[TaxId]) -> Result<(), Rejection> {
        counted(path, tax_ids.len(), ITEM_TAXES_MAX)?;
        each_once(path, "", tax_ids)?;
        match tax_ids.iter().find(|id| !self.taxes.iter().any(|tax| tax.id == **id)) {
            Some(tax) => invalid(path, format!("there is no tax {tax}")),
            None => Ok(()),
        }
    }
}

fn check_group(path: &str, group: &ModifierGroup) -> Result<(), Rejection> {
    if group.min > group.max || usize::from(group.min) > group.options.len() {
        return invalid(path, format!("{} asks for more modifiers than it has or allows", group.id));
    }
    let options_path = format!("{path}.options");
    counted(&options_path, group.options.len(), GROUP_OPTIONS_MAX)?;
    each_once(&options_path, ".id", group.options.iter().map(|option| &option.id))?;
    for (position, option) in group.options.iter().enumerate() {
        not_negative(&format!("{options_path}[{position}]"), option.price_minor)?;
    }
    Ok(())
}

fn check_size(path: &str, size: AdjustmentSize) -> Result<(), Rejection> {
    match size {
        AdjustmentSize::RatePpm(rate) if !(1..=Rate::PPM_WHOLE).contains(&rate.ppm()) => {
            invalid(path, "a rate must be 1 to 1,000,000 parts per million".to_owned())
        }
        AdjustmentSize::AmountMinor(amount) if amount <= Money::ZERO => {
            invalid(path, "an amount must be more than zero".to_owned())
        }
        AdjustmentSize::RatePpm(_) | AdjustmentSize::AmountMinor(_) => Ok(()),
    }
}

fn counted(path: &str, count: usize, count_max: usize) -> Result<(), Rejection> {
    if count > count_max { invalid(path, format!("{count} are more than {count_max}")) } else { Ok(()) }
}

fn each_once<'a, Id: Ord + Display + 'a>(
    list: &str,
    field: &str,
    ids: impl IntoIterator<Item = &'a Id>,
) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    match ids.into_iter().enumerate().find(|(_, id)| !seen.insert(*id)) {
        Some((position, id)) => invalid(format!("{list}[{position}]{field}"), format!("{id} stands twice")),
        None => Ok(()),
    }
}

fn not_negative(path: &str, price: Money) -> Result<(), Rejection> {
    if price < Money::ZERO {
        return invalid(format!("{path}.price_minor"), "a price must not be negative".to_owned());
    }
    Ok(())
}

fn invalid(path: impl Into<String>, message: String) -> Result<(), Rejection> {
    Err(Rejection::new(RejectionCode::MenuInvalid, path, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::menu::test_menus::{full_menu, item_mut, menu, money};
    use crate::money::Rate;

    fn fault(edit: impl FnOnce(&mut Menu)) -> String {
        let mut menu = full_menu();
        edit(&mut menu);
        let rejection = menu.check().expect_err("the edit breaks the menu");
        assert_eq!(rejection.code, RejectionCode::MenuInvalid);
        rejection.field
    }

    #[test]
    fn the_fixture_menu_fits_together() {
        assert_eq!(menu().check(), Ok(()));
        assert_eq!(full_menu().check(), Ok(()));
        assert_eq!((menu().items.len(), menu().modifier_groups.len()), (21, 8));
    }

    #[test]
    fn a_menu_that_names_what_it_does_not_have_is_refused() {
        assert_eq!(fault(|menu| drop(menu.taxes.pop())), "items[18].tax_ids");
        assert_eq!(fault(|menu| drop(menu.modifier_groups.remove(0))), "items[0].modifier_groups");
        let unknown = || vec!["tax_none".parse().unwrap()];
        assert_eq!(fault(|menu| menu.service_charges[0].tax_ids = unknown()), "service_charges[0].tax_ids");
    }

    #[test]
    fn an_id_that_stands_twice_is_refused_in_every_list() {
        assert_eq!(fault(|menu| menu.taxes.push(menu.taxes[0].clone())), "taxes[2].id");
        assert_eq!(fault(|menu| menu.modifier_groups.push(menu.modifier_groups[0].clone())), "modifier_groups[8].id");
        assert_eq!(fault(|menu| menu.items.push(menu.items[0].clone())), "items[21].id");
        assert_eq!(fault(|menu| menu.discounts.push(menu.discounts[0].clone())), "discounts[1].id");
        assert_eq!(fault(|menu| menu.service_charges.push(menu.service_charges[0].clone())), "service_charges[1].id");
        let options = "modifier_groups[0].options[3].id";
        let double = |menu: &mut Menu| {
            let options = &mut menu.modifier_groups[0].options;
            options.push(options[0].clone());
        };
        assert_eq!(fault(double), options);
        let twice = |list: &mut Vec<TaxId>| list.push(list[0].clone());
        assert_eq!(fault(|menu| twice(&mut menu.items[0].tax_ids)), "items[0].tax_ids[1]");
        assert_eq!(fault(|menu| twice(&mut menu.service_charges[0].tax_ids)), "service_charges[0].tax_ids[1]");
        let again = |menu: &mut Menu| menu.items[0].modifier_groups.push("mg_cook".parse().unwrap());
        assert_eq!(fault(again), "items[0].modifier_groups[3]");
    }

    #[test]
    fn an_option_in_two_groups_of_one_item_is_refused_because_nobody_could_choose_it() {
        let shared = |menu: &mut Menu| {
            let option = menu.modifier_groups[0].options[0].clone();
            menu.modifier_groups[1].options.push(option);
        };
        assert!(fault(shared).starts_with("items[0].modifier_groups"));
    }

    #[test]
    fn a_negative_price_is_refused() {
        assert_eq!(fault(|menu| menu.items[2].price_minor = money(-1)), "items[2].price_minor");
        let option = |menu: &mut Menu| menu.modifier_groups[3].options[1].price_minor = money(-75);
        assert_eq!(fault(option), "modifier_groups[3].options[1].price_minor");
    }

    #[test]
    fn a_group_never_asks_for_more_than_it_has_and_an_item_never_for_more_than_a_line_holds() {
        assert_eq!(fault(|menu| menu.modifier_groups[1].min = 2), "modifier_groups[1]");
        let more_than_it_has = |menu: &mut Menu| (menu.modifier_groups[1].min, menu.modifier_groups[1].max) = (3, 3);
        assert_eq!(fault(more_than_it_has), "modifier_groups[1]");
        let too_many = |menu: &mut Menu| {
            let group = &mut menu.modifier_groups[0];
            (group.min, group.max) = (21, 21);
            let option = group.options[0].clone();
            group.options = (0..21)
                .map(|n| crate::menu::ModifierOption { id: format!("mo_{n}").parse().unwrap(), ..option.clone() })
                .collect();
        };
        assert_eq!(fault(too_many), "items[0].modifier_groups");
    }

    #[test]
    fn a_discount_and_a_service_charge_change_the_bill_and_by_no_more_than_all_of_it() {
        for rate in [0, 1_000_001] {
            let size = AdjustmentSize::RatePpm(Rate::try_from(rate).unwrap());
            assert_eq!(fault(|menu| menu.discounts[0].size = size), "discounts[0].size", "{rate}");
        }
        for amount in [0, -100] {
            let size = AdjustmentSize::AmountMinor(money(amount));
            assert_eq!(fault(|menu| menu.service_charges[0].size = size), "service_charges[0].size", "{amount}");
        }
    }

    #[test]
    fn every_list_has_its_limit() {
        fn fill<Part: Clone>(list: &mut Vec<Part>, count: usize) {
            let first = list[0].clone();
            list.resize(count, first);
        }
        assert_eq!(fault(|menu| fill(&mut menu.taxes, TAXES_MAX + 1)), "taxes");
        assert_eq!(fault(|menu| fill(&mut menu.modifier_groups, MODIFIER_GROUPS_MAX + 1)), "modifier_groups");
        assert_eq!(fault(|menu| fill(&mut menu.items, MENU_ITEMS_MAX + 1)), "items");
        assert_eq!(fault(|menu| fill(&mut menu.discounts, DISCOUNTS_MAX + 1)), "discounts");
        assert_eq!(fault(|menu| fill(&mut menu.service_charges, SERVICE_CHARGES_MAX + 1)), "service_charges");
        let options = |menu: &mut Menu| fill(&mut menu.modifier_groups[0].options, GROUP_OPTIONS_MAX + 1);
        assert_eq!(fault(options), "modifier_groups[0].options");
        assert_eq!(fault(|menu| fill(&mut menu.items[0].tax_ids, ITEM_TAXES_MAX + 1)), "items[0].tax_ids");
        let groups = |menu: &mut Menu| fill(&mut menu.items[0].modifier_groups, ITEM_GROUPS_MAX + 1);
        assert_eq!(fault(groups), "items[0].modifier_groups");
    }

    #[test]
    fn a_menu_of_form_1_holds_nothing_that_an_app_of_form_1_would_overlook() {
        assert_eq!(fault(|menu| menu.schema = 1), "schema");
        assert_eq!(fault(|menu| menu.schema = 3), "schema");
        let mut weighed = menu();
        item_mut(&mut weighed, "it_cod").sold_by = SoldBy::Weight;
        assert_eq!(weighed.check().map_err(|rejection| rejection.field), Err("schema".to_owned()));
        weighed.schema = 2;
        assert_eq!(weighed.check(), Ok(()));
    }
}
