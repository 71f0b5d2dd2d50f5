//! The fixture's menu, and edits of it, for tests.

use super::{Discount, DiscountScope, Menu, MenuItem, ServiceCharge};
use crate::limits::Label;
use crate::money::{Money, Rate};
use crate::order::AdjustmentSize;

pub(super) fn menu() -> Menu {
    serde_json::from_str(include_str!("../../../fixtures/menu.json")).unwrap()
}

/// The fixture's menu in today's form, with a discount and a service charge.
pub(super) fn full_menu() -> Menu {
    let discount = Discount {
        id: "dsc_neighbour".parse().unwrap(),
        name: label("Neighbours"),
        size: AdjustmentSize::RatePpm(Rate::try_from(100_000).unwrap()),
        scope: DiscountScope::Order,
        stackable: false,
    };
    let service_charge = ServiceCharge {
        id: "svc_party".parse().unwrap(),
        name: label("Party of eight"),
        size: AdjustmentSize::RatePpm(Rate::try_from(180_000).unwrap()),
        tax_ids: vec!["tax_food".parse().unwrap()],
    };
    Menu { schema: 2, discounts: vec![discount], service_charges: vec![service_charge], ..menu() }
}

pub(super) fn label(text: &str) -> Label {
    Label::try_from(text.to_owned()).unwrap()
}

pub(super) fn money(minor: i64) -> Money {
    Money::try_from(minor).unwrap()
}

pub(super) fn item_mut<'a>(menu: &'a mut Menu, item_id: &str) -> &'a mut MenuItem {
    menu.items.iter_mut().find(|item| item.id.as_str() == item_id).unwrap()
}
