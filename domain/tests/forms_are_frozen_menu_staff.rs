//! The forms of menus, staff and conflicts are frozen: a text of today's form reads and writes the very same fields again,
//! and one of every earlier form still reads. A change here is a new form, with a number, a step up and a golden file.
#![cfg(test)]

use domain::{
    Approval, Conflict, EightySix, EightySixChange, Grant, GrantPolicy, Menu, MenuAgePolicy, MenuDelta, PriceTolerance,
    Record, Resolution, StaffLimits, StaffRoster, Versioned,
};
use serde::Serialize;
use serde_json::{Value, json};

fn written(form: &impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(form).unwrap()).unwrap()
}

fn reads_and_writes<Form: Versioned>(schema: u16, golden: &str) {
    assert_eq!(schema, Form::SCHEMA, "{} has a new form, and it needs its golden file", Form::NAME);
    let form = Form::read(schema, golden).unwrap();
    assert_eq!(written(&form), serde_json::from_str::<Value>(golden).unwrap(), "{}", Form::NAME);
}

#[test]
fn a_menu_its_edits_and_the_86_list_keep_their_forms() {
    reads_and_writes::<Menu>(2, include_str!("golden/menu.2.json"));
    reads_and_writes::<MenuDelta>(1, include_str!("golden/menu_delta.1.json"));
    reads_and_writes::<EightySix>(1, include_str!("golden/eighty_six.1.json"));
    reads_and_writes::<EightySixChange>(1, include_str!("golden/eighty_six_change.1.json"));
}

#[test]
fn a_menu_of_form_1_still_reads_and_nothing_on_it_changes() {
    let golden = include_str!("golden/menu.1.json");
    let (menu, text) = (written(&Menu::from_json(golden).unwrap()), serde_json::from_str::<Value>(golden).unwrap());
    assert_eq!((&menu["schema"], &text["schema"]), (&json!(2), &json!(1)));
    for field in ["menu_version", "currency", "currency_exponent", "taxes", "modifier_groups", "items"] {
        assert_eq!(menu[field], text[field], "{field}");
    }
}

#[test]
fn grants_approvals_and_the_roster_keep_their_forms() {
    reads_and_writes::<Grant>(1, include_str!("golden/grant.1.json"));
    reads_and_writes::<Approval>(1, include_str!("golden/approval.1.json"));
    reads_and_writes::<StaffRoster>(1, include_str!("golden/staff_roster.1.json"));
}

#[test]
fn conflicts_and_decisions_keep_their_forms() {
    reads_and_writes::<Conflict>(1, include_str!("golden/conflict.1.json"));
    reads_and_writes::<Resolution>(1, include_str!("golden/resolution.1.json"));
}

#[test]
fn the_policies_a_tenant_starts_with_are_these() {
    let policies = json!({
        "price_tolerance": written(&PriceTolerance::default()),
        "menu_age": written(&MenuAgePolicy::default()),
        "grants": written(&GrantPolicy::default()),
        "staff_limits": written(&StaffLimits::default()),
    });
    let golden: Value = serde_json::from_str(include_str!("golden/menu_and_staff_policies.json")).unwrap();
    assert_eq!(policies, golden);
    assert_eq!(serde_json::from_value::<GrantPolicy>(golden["grants"].clone()).unwrap(), GrantPolicy::default());
}
