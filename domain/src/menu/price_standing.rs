//! Whether a line was sold at the menu's price: a device that was offline sells from the menu it has.
//!
//! The price that the guest was told is honoured, always: a difference is only ever noted. A small one is information, a
//! large one is for a person to look at.

use serde::{Deserialize, Serialize};

use super::{Menu, MenuItem};
use crate::finding::{Finding, FindingCode};
use crate::ids::ItemId;
use crate::limits::Label;
use crate::money::{Money, Rate};
use crate::order::{Modifier, TaxMode, TaxSnapshot};

/// How far a sold price may lie from the menu's before somebody should look. Whichever is exceeded first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTolerance {
    /// As a share of the menu's price for one, modifiers included.
    pub rate_ppm: Rate,
    /// As an amount for one.
    pub amount_minor: Money,
}

impl Default for PriceTolerance {
    /// A fifth, or 500 minor units.
    fn default() -> Self {
        let fifth = Rate::try_from(200_000).unwrap_or(Rate::ZERO);
        Self { rate_ppm: fifth, amount_minor: Money::try_from(500_i64).unwrap_or(Money::ZERO) }
    }
}

/// A line's price as it was sold: its snapshot.
#[derive(Debug, Clone, Copy)]
pub struct SoldPrice<'a> {
    /// The item.
    pub item_id: &'a ItemId,
    /// Its name on the bill.
    pub name: &'a Label,
    /// Its price without modifiers.
    pub unit_price_minor: Money,
    /// The modifiers with their prices.
    pub modifiers: &'a [Modifier],
    /// The taxes with their rates.
    pub taxes: &'a [TaxSnapshot],
    /// Whether a person with the right to do so set the unit price by hand: then it differs on purpose.
    pub overridden: bool,
}

/// One thing in which a line and the menu differ.
struct Difference {
    field: String,
    sold: String,
    menu: String,
    /// What it makes for one, in minor units; never negative.
    effect: i128,
}

/// Compares a sold line with the menu that was in effect at its corrected time. `PRICE_STALE` or `PRICE_SUSPECT` where they
/// differ, naming the line's value as the one that stands; `None` where they agree. Never a refusal: the sale has happened.
#[must_use]
pub fn price_standing(sold: SoldPrice<'_>, menu: &Menu, tolerance: PriceTolerance) -> Option<Finding> {
    let name = sold.name.as_str();
    let Some(item) = menu.item(sold.item_id) else {
        let message = format!("{name} was sold for {}, and menu {} does not have it", price(sold), menu.menu_version);
        let finding = Finding::new(FindingCode::PriceSuspect, message);
        return Some(finding.between("item_id", sold.item_id.to_string(), "not on the menu"));
    };
    let mut differences = Vec::new();
    if !sold.overridden && sold.unit_price_minor != item.price_minor {
        differences.push(between_amounts("unit_price_minor".to_owned(), sold.unit_price_minor, item.price_minor));
    }
    compare_modifiers(sold.modifiers, item, menu, &mut differences);
    compare_taxes(sold, item, menu, &mut differences);
    // Each difference counts for itself: a dearer burger does not make up for a cheese given away.
    let effect: i128 = differences.iter().map(|difference| difference.effect).sum();
    let code = if tolerance.is_exceeded_by(effect, menu_price(sold, item, menu)) {
        FindingCode::PriceSuspect
    } else {
        FindingCode::PriceStale
    };
    let first = differences.first()?;
    let listed: Vec<String> = differences
        .iter()
        .map(|difference| format!("{} {} and not {}", difference.field, difference.sold, difference.menu))
        .collect();
    let message = format!("{name} was sold with {} as in menu {}", listed.join(", "), menu.menu_version);
    Some(Finding::new(code, message).between(first.field.clone(), first.sold.clone(), first.menu.clone()))
}

impl PriceTolerance {
    fn is_exceeded_by(self, effect: i128, menu_price: i128) -> bool {
        effect > i128::from(self.amount_minor.minor())
            || effect * i128::from(Rate::PPM_WHOLE) > menu_price * i128::from(self.rate_ppm.ppm())
    }
}

fn compare_modifiers(sold: &[Modifier], item: &MenuItem, menu: &Menu, differences: &mut Vec<Difference>) {
    for modifier in sold {
        let field = || format!("modifiers[{}].price_minor", modifier.option_id);
        match option_price(modifier, item, menu) {
            Some(asked) if asked == modifier.price_minor => {}
            Some(asked) => differences.push(between_amounts(field(), modifier.price_minor, asked)),
            None => differences.push(Difference {
                menu: "not on the menu".to_owned(),
                ..between_amounts(field(), modifier.price_minor, Money::ZERO)
            }),
        }
    }
}

fn compare_taxes(sold: SoldPrice<'_>, item: &MenuItem, menu: &Menu, differences: &mut Vec<Difference>) {
    let asked: Vec<TaxSnapshot> = menu.tax_snapshot(&item.tax_ids);
    let of = |taxes: &[TaxSnapshot], tax: &TaxSnapshot| taxes.iter().find(|other| other.tax_id == tax.tax_id).cloned();
    let mut differ = |sold_tax: Option<TaxSnapshot>, menu_tax: Option<TaxSnapshot>| {
        if sold_tax == menu_tax {
            return;
        }
        let Some(tax_id) = sold_tax.as_ref().or(menu_tax.as_ref()).map(|tax| tax.tax_id.clone()) else { return };
        let ppm = |tax: &Option<TaxSnapshot>| tax.as_ref().map_or(0, |tax| i128::from(tax.rate_ppm.ppm()));
        let same_mode = sold_tax.as_ref().map(|tax| tax.mode) == menu_tax.as_ref().map(|tax| tax.mode);
        // Moving a tax into or out of the price shifts the whole of it.
        let shifted =
            if same_mode { (ppm(&sold_tax) - ppm(&menu_tax)).abs() } else { ppm(&sold_tax).max(ppm(&menu_tax)) };
        let written = |tax: Option<TaxSnapshot>| {
            let Some(tax) = tax else { return "none".to_owned() };
            let mode = match tax.mode {
                TaxMode::Additive => "on top",
                TaxMode::Included => "included",
            };
            format!("{} ppm {mode}", tax.rate_ppm.ppm())
        };
        differences.push(Difference {
            field: format!("taxes[{tax_id}]"),
            sold: written(sold_tax),
            menu: written(menu_tax),
            effect: price(sold).abs() * shifted / i128::from(Rate::PPM_WHOLE),
        });
    };
    for tax in sold.taxes {
        differ(Some(tax.clone()), of(&asked, tax));
    }
    for tax in asked.iter().filter(|tax| of(sold.taxes, tax).is_none()) {
        differ(None, Some(tax.clone()));
    }
}

fn between_amounts(field: String, sold: Money, menu: Money) -> Difference {
    let effect = (i128::from(sold.minor()) - i128::from(menu.minor())).abs();
    Difference { field, sold: sold.minor().to_string(), menu: menu.minor().to_string(), effect }
}

/// What the line was sold for, for one.
fn price(sold: SoldPrice<'_>) -> i128 {
    let modifiers = sold.modifiers.iter().map(|modifier| i128::from(modifier.price_minor.minor()));
    i128::from(sold.unit_price_minor.minor()) + modifiers.sum::<i128>()
}

/// What the menu asks for the same, for one.
fn menu_price(sold: SoldPrice<'_>, item: &MenuItem, menu: &Menu) -> i128 {
    let modifiers = sold.modifiers.iter().filter_map(|modifier| option_price(modifier, item, menu));
    i128::from(item.price_minor.minor()) + modifiers.map(|price| i128::from(price.minor())).sum::<i128>()
}

fn option_price(modifier: &Modifier, item: &MenuItem, menu: &Menu) -> Option<Money> {
    let groups = menu.modifier_groups.iter().filter(|group| item.modifier_groups.contains(&group.id));
    let option = groups.flat_map(|group| &group.options).find(|option| option.id == modifier.option_id);
    option.map(|option| option.price_minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FindingWeight;
    use crate::menu::test_menus::{item_mut, menu, money};
    use crate::menu::{LineChoice, PricedLine};

    fn burger() -> (ItemId, PricedLine) {
        let item_id: ItemId = "it_burger".parse().unwrap();
        let option_ids = ["mo_med", "mo_cheddar"].map(|option| option.parse().unwrap());
        let line = menu().price(LineChoice { item_id: &item_id, option_ids: &option_ids }).unwrap();
        (item_id, line)
    }

    /// How a burger with cheddar, sold from the fixture's menu, stands with an edited one.
    fn standing(overridden: bool, edit: impl FnOnce(&mut Menu)) -> Option<Finding> {
        let (item_id, line) = burger();
        let mut then = menu();
        edit(&mut then);
        let sold = SoldPrice {
            item_id: &item_id,
            name: &line.name,
            unit_price_minor: line.unit_price_minor,
            modifiers: &line.modifiers,
            taxes: &line.taxes,
            overridden,
        };
        price_standing(sold, &then, PriceTolerance::default())
    }

    fn code(edit: impl FnOnce(&mut Menu)) -> Option<FindingCode> {
        standing(false, edit).map(|finding| finding.code)
    }

    #[test]
    fn v7_a_burger_sold_at_1450_while_the_menu_says_1550_stays_at_1450_and_is_noted() {
        let finding = standing(false, |menu| {
            menu.menu_version = 42;
            item_mut(menu, "it_burger").price_minor = money(1550);
        });
        let finding = finding.unwrap();
        assert_eq!(finding.code, FindingCode::PriceStale);
        assert_eq!(finding.code.weight(), FindingWeight::Notice);
        assert_eq!(finding.field.as_deref(), Some("unit_price_minor"));
        assert_eq!((finding.kept.as_deref(), finding.lost.as_deref()), (Some("1450"), Some("1550")));
        assert!(finding.message.contains("Quayside smash burger") && finding.message.contains("menu 42"));
    }

    #[test]
    fn a_line_at_the_menus_price_is_not_spoken_of() {
        assert_eq!(standing(false, |_| {}), None);
        assert_eq!(standing(false, |menu| menu.menu_version = 99), None);
    }

    #[test]
    fn a_difference_beyond_either_limit_waits_for_a_person() {
        // 1450 and 150 for the cheese. A fifth of a menu price p + 150 is exceeded from p = 1776 on: 326 of 1926 is not yet.
        let price = |minor| code(|menu| item_mut(menu, "it_burger").price_minor = money(minor));
        assert_eq!(price(1849), Some(FindingCode::PriceStale), "399 of 1999 is less than a fifth");
        assert_eq!(price(1850), Some(FindingCode::PriceStale), "400 of 2000 is a fifth and not more");
        assert_eq!(price(1851), Some(FindingCode::PriceSuspect), "401 of 2001 is more than a fifth");
        assert_eq!(price(1184), Some(FindingCode::PriceStale), "266 of 1334 is less than a fifth");
        assert_eq!(price(1183), Some(FindingCode::PriceSuspect), "267 of 1333 is more than a fifth");
        assert_eq!(price(0), Some(FindingCode::PriceSuspect));
    }

    #[test]
    fn an_amount_beyond_the_limit_waits_for_a_person_however_dear_the_dish() {
        let (item_id, line) = burger();
        let sold = |minor| SoldPrice {
            item_id: &item_id,
            name: &line.name,
            unit_price_minor: money(minor),
            modifiers: &[],
            taxes: &line.taxes,
            overridden: false,
        };
        let mut banquet = menu();
        item_mut(&mut banquet, "it_burger").price_minor = money(100_000);
        let code = |minor| price_standing(sold(minor), &banquet, PriceTolerance::default()).unwrap().code;
        assert_eq!(code(99_500), FindingCode::PriceStale);
        assert_eq!(code(99_499), FindingCode::PriceSuspect);
    }

    #[test]
    fn an_item_that_the_menu_did_not_have_waits_for_a_person() {
        let finding = standing(false, |menu| menu.items.retain(|item| item.id.as_str() != "it_burger")).unwrap();
        assert_eq!(finding.code, FindingCode::PriceSuspect);
        assert_eq!((finding.kept.as_deref(), finding.lost.as_deref()), (Some("it_burger"), Some("not on the menu")));
    }

    #[test]
    fn modifiers_and_taxes_are_compared_like_the_price() {
        let cheddar = |menu: &mut Menu| menu.modifier_groups[0].options[0].price_minor = money(175);
        let finding = standing(false, cheddar).unwrap();
        assert_eq!(finding.code, FindingCode::PriceStale);
        assert_eq!(finding.field.as_deref(), Some("modifiers[mo_cheddar].price_minor"));
        let gone = standing(false, |menu| drop(menu.modifier_groups[0].options.remove(0))).unwrap();
        assert_eq!(gone.lost.as_deref(), Some("not on the menu"));
        let rate = standing(false, |menu| menu.taxes[0].rate_ppm = Rate::try_from(90_000).unwrap()).unwrap();
        assert_eq!((rate.code, rate.field.as_deref()), (FindingCode::PriceStale, Some("taxes[tax_food]")));
        let untaxed = standing(false, |menu| item_mut(menu, "it_burger").tax_ids = vec!["tax_alc".parse().unwrap()]);
        assert!(untaxed.unwrap().message.contains("taxes[tax_alc] none"));
        let mode = |menu: &mut Menu| menu.taxes[0].mode = TaxMode::Included;
        assert_eq!(code(mode), Some(FindingCode::PriceStale));
        let (item_id, mut line) = burger();
        line.taxes[0].rate_ppm = Rate::try_from(250_000).unwrap();
        let mut moved = menu();
        (moved.taxes[0].rate_ppm, moved.taxes[0].mode) = (line.taxes[0].rate_ppm, TaxMode::Included);
        let sold = SoldPrice {
            item_id: &item_id,
            name: &line.name,
            unit_price_minor: line.unit_price_minor,
            modifiers: &line.modifiers,
            taxes: &line.taxes,
            overridden: false,
        };
        let finding = price_standing(sold, &moved, PriceTolerance::default()).unwrap();
        assert_eq!(finding.code, FindingCode::PriceSuspect, "a quarter more that the guest was not told of");
    }

    #[test]
    fn two_differences_do_not_make_up_for_each_other() {
        let finding = standing(false, |menu| {
            item_mut(menu, "it_burger").price_minor = money(1250);
            menu.modifier_groups[0].options[0].price_minor = money(350);
        });
        assert_eq!(finding.unwrap().code, FindingCode::PriceSuspect, "200 and 200 of 1600");
    }

    #[test]
    fn a_price_set_by_hand_with_the_right_to_do_so_is_no_difference_but_a_modifier_still_is() {
        assert_eq!(standing(true, |menu| item_mut(menu, "it_burger").price_minor = money(9_000)), None);
        assert!(standing(true, |menu| menu.modifier_groups[0].options[0].price_minor = money(151)).is_some());
    }
}
