use proptest::prelude::*;

use super::test_menus::{full_menu, item_mut, label, money};
use super::*;
use crate::rejection::RejectionCode;

fn edited(edit: impl FnOnce(&mut Menu)) -> Menu {
    let mut menu = full_menu();
    edit(&mut menu);
    menu
}

fn delta(edit: impl FnOnce(&mut Menu)) -> MenuDelta {
    Menu::delta(&full_menu(), &edited(edit))
}

fn burger_price(minor: i64) -> MenuDelta {
    delta(|menu| item_mut(menu, "it_burger").price_minor = money(minor))
}

fn stale(current: &Menu, delta: &MenuDelta) -> Vec<String> {
    match current.apply_delta(delta) {
        Err(MenuRefused::Stale { fields }) => fields,
        other => panic!("expected a stale edit, not {other:?}"),
    }
}

#[test]
fn an_edit_of_the_current_menu_is_taken_and_counted() {
    let menu = full_menu().apply_delta(&burger_price(1550)).unwrap();
    let burger = menu.item(&"it_burger".parse().unwrap()).unwrap();
    assert_eq!((burger.price_minor.minor(), burger.rev, menu.menu_version), (1550, 4, 42));
    assert_eq!(menu.items[1].rev, 3, "the others are as they were");
}

#[test]
fn two_admins_who_edit_different_fields_of_one_item_both_get_what_they_wanted() {
    let renamed = delta(|menu| item_mut(menu, "it_burger").name = label("Harbour burger"));
    let menu = full_menu().apply_delta(&burger_price(1550)).unwrap().apply_delta(&renamed).unwrap();
    let burger = menu.item(&"it_burger".parse().unwrap()).unwrap();
    assert_eq!((burger.price_minor.minor(), burger.name.as_str(), burger.rev), (1550, "Harbour burger", 5));
    assert_eq!(menu.menu_version, 43);
}

#[test]
fn an_edit_of_fields_that_moved_on_is_refused_whole_and_names_every_one() {
    let current = full_menu()
        .apply_delta(&delta(|menu| {
            item_mut(menu, "it_burger").price_minor = money(1550);
            menu.taxes[0].rate_ppm = Rate::try_from(90_000).unwrap();
            menu.modifier_groups[0].options[0].price_minor = money(200);
        }))
        .unwrap();
    let late = delta(|menu| {
        item_mut(menu, "it_burger").price_minor = money(1600);
        item_mut(menu, "it_slaw").price_minor = money(500);
        menu.taxes[0].rate_ppm = Rate::try_from(95_000).unwrap();
        menu.modifier_groups[0].options[0].price_minor = money(250);
    });
    let fields = [
        "taxes[tax_food].rate_ppm",
        "modifier_groups[mg_cheese].options[mo_cheddar].price_minor",
        "items[it_burger].price_minor",
    ];
    assert_eq!(stale(&current, &late), fields);
    let rejection = current.apply_delta(&late).unwrap_err().rejection();
    assert_eq!((rejection.code, rejection.field.as_str()), (RejectionCode::MenuBaseStale, fields[0]));
    assert!(fields.iter().all(|field| rejection.message.contains(field)), "{}", rejection.message);
}

#[test]
fn an_item_taken_away_by_one_and_changed_by_the_other_is_a_matter_for_the_second() {
    let removed = delta(|menu| menu.items.retain(|item| item.id.as_str() != "it_burger"));
    let without = full_menu().apply_delta(&removed).unwrap();
    assert_eq!(without.items.len(), 20);
    assert_eq!(stale(&without, &burger_price(1550)), ["items[it_burger]"]);
    let dearer = full_menu().apply_delta(&burger_price(1550)).unwrap();
    assert_eq!(stale(&dearer, &removed), ["items[it_burger]"]);
    assert_eq!(without.apply_delta(&removed), Ok(without), "gone is gone");
}

#[test]
fn two_admins_who_add_items_get_both_and_the_same_id_with_other_content_is_refused() {
    let add = |id: &str, price: i64| {
        delta(|menu| {
            let pie = MenuItem { id: id.parse().unwrap(), price_minor: money(price), rev: 1, ..menu.items[0].clone() };
            menu.items.insert(3, pie);
        })
    };
    let menu = full_menu().apply_delta(&add("it_pie", 900)).unwrap();
    assert_eq!(menu.items[3].id.as_str(), "it_pie");
    assert_eq!(menu.apply_delta(&add("it_tart", 800)).unwrap().items.len(), 23);
    assert_eq!(stale(&menu, &add("it_pie", 950)), ["items[it_pie]"]);
}

#[test]
fn edits_that_only_together_do_not_fit_are_refused_as_invalid() {
    let taxed = delta(|menu| item_mut(menu, "it_slaw").tax_ids = vec!["tax_alc".parse().unwrap()]);
    let untaxed = delta(|menu| {
        menu.taxes.pop();
        menu.items.retain(|item| !item.tax_ids.iter().any(|tax| tax.as_str() == "tax_alc"));
    });
    let current = full_menu().apply_delta(&untaxed).unwrap();
    let refused = current.apply_delta(&taxed).unwrap_err();
    assert_eq!(refused.rejection().code, RejectionCode::MenuInvalid);
    assert!(refused.rejection().message.contains("tax_alc"));
}

#[test]
fn an_edit_of_a_version_that_never_was_is_refused() {
    let ahead = MenuDelta { base_version: 42, ..burger_price(1550) };
    assert_eq!(stale(&full_menu(), &ahead), ["base_version"]);
}

#[test]
fn an_edit_of_a_menu_of_form_1_makes_it_one_of_today() {
    let base = super::test_menus::menu();
    let mut weighed = base.clone();
    item_mut(&mut weighed, "it_cod").sold_by = SoldBy::Weight;
    let menu = base.apply_delta(&Menu::delta(&base, &weighed)).unwrap();
    assert_eq!((menu.schema, menu.item(&"it_cod".parse().unwrap()).unwrap().sold_by), (2, SoldBy::Weight));
    assert_eq!(base.apply_delta(&Menu::delta(&base, &base)), Ok(base), "no edit, no change");
}

#[test]
fn the_wire_holds_only_what_was_changed() {
    let text = serde_json::to_string(&burger_price(1550)).unwrap();
    let changed = r#"{"items":{"changed":{"it_burger":{"price_minor":{"was":1450,"now":1550}}}}}"#;
    assert_eq!(text, format!(r#"{{"schema":1,"base_version":41,"changes":{changed}}}"#));
    assert_eq!(MenuDelta::from_json(&text), Ok(burger_price(1550)));
}

/// One thing that an admin does at a desk; `which` and `value` choose among what there is.
fn act(menu: &mut Menu, what: u8, which: usize, value: u16) {
    let (item, group) = (which % menu.items.len().max(1), which % menu.modifier_groups.len().max(1));
    let price = money(i64::from(value));
    match what {
        0 => menu.items[item].price_minor = price,
        1 => menu.items[item].name = label(&format!("Dish {}", value % 3)),
        2 => menu.items[item].available ^= true,
        3 => menu.items[item].sold_by = SoldBy::Weight,
        4 => drop(menu.items.remove(item)),
        5 => {
            let id = format!("it_new_{}", value % 4).parse().unwrap();
            let new = MenuItem { id, price_minor: price, rev: 1, ..full_menu().items[5].clone() };
            menu.items.insert(item, new);
        }
        6 => menu.items.swap(0, item),
        7 => menu.modifier_groups[group].options[0].price_minor = price,
        8 => menu.modifier_groups[group].options.reverse(),
        9 => menu.modifier_groups[group].max = 4,
        10 => menu.taxes[which % 2].rate_ppm = Rate::try_from(u32::from(value)).unwrap(),
        11 => menu.discounts[0].stackable ^= true,
        12 => menu.discounts.clear(),
        13 => menu.service_charges[0].tax_ids.clear(),
        14 => menu.effective_from = Some(Timestamp::nearest(1_793_000_000_000 + i64::from(value))),
        _ => menu.items[item].category = label("specials"),
    }
}

/// The fixture's menu after an evening at the desk; what would not fit together is not done.
fn desk() -> impl Strategy<Value = Menu> {
    proptest::collection::vec((0_u8..16, 0_usize..40, 1_u16..2_000), 0..6).prop_map(|acts| {
        acts.into_iter().fold(full_menu(), |menu, (what, which, value)| {
            let mut edited = menu.clone();
            if what < 11 || !menu.discounts.is_empty() {
                act(&mut edited, what, which, value);
            }
            if edited.check().is_ok() { edited } else { menu }
        })
    })
}

/// The edited menu as the server counts it.
fn counted(edited: &Menu) -> Menu {
    let base = full_menu();
    let mut menu = edited.clone();
    for item in &mut menu.items {
        let before = base.item(&item.id);
        item.rev += u32::from(before.is_some_and(|before| before != item));
    }
    menu.menu_version += u32::from(*edited != base);
    menu
}

/// The same without the server's counts.
fn uncounted(mut menu: Menu) -> Menu {
    menu.menu_version = 0;
    menu.items.iter_mut().for_each(|item| item.rev = 0);
    menu
}

proptest! {
    #[test]
    fn an_edit_applied_to_what_it_was_made_from_gives_what_was_edited(edited in desk()) {
        let delta = Menu::delta(&full_menu(), &edited);
        prop_assert_eq!(full_menu().apply_delta(&delta), Ok(counted(&edited)));
        prop_assert_eq!(delta.is_empty(), edited == full_menu());
        prop_assert_eq!(MenuDelta::from_json(&serde_json::to_string(&delta).unwrap()), Ok(delta));
    }

    #[test]
    fn an_edit_applied_twice_is_applied_once(edited in desk()) {
        let delta = Menu::delta(&full_menu(), &edited);
        let once = full_menu().apply_delta(&delta).unwrap();
        prop_assert_eq!(once.apply_delta(&delta), Ok(once));
    }

    #[test]
    fn two_edits_come_to_the_same_whichever_is_pushed_first(one in desk(), other in desk()) {
        let deltas = [Menu::delta(&full_menu(), &one), Menu::delta(&full_menu(), &other)];
        let both = |first: usize, second: usize| {
            let menu = full_menu().apply_delta(&deltas[first]).unwrap();
            menu.apply_delta(&deltas[second])
        };
        match (both(0, 1), both(1, 0)) {
            (Ok(ahead), Ok(behind)) => {
                prop_assert_eq!(ahead.apply_delta(&deltas[0]), Ok(ahead.clone()), "the first again");
                prop_assert_eq!(uncounted(ahead), uncounted(behind));
            }
            (Err(ahead), Err(behind)) => prop_assert_eq!(ahead.rejection().code, behind.rejection().code),
            (ahead, behind) => prop_assert!(false, "one way {:?}, the other {:?}", ahead, behind),
        }
    }

    #[test]
    fn edits_of_different_fields_commute_to_the_last_count(price in 0_i64..9_000, minor in 0_i64..9_000, at in 0_usize..21) {
        let one = delta(|menu| menu.items[at].price_minor = money(price));
        let other = delta(|menu| {
            menu.items[at].station = label("pass");
            menu.modifier_groups[0].options[1].price_minor = money(minor);
        });
        let both = |first: &MenuDelta, second| full_menu().apply_delta(first).unwrap().apply_delta(second).unwrap();
        prop_assert_eq!(both(&one, &other), both(&other, &one));
    }
}
