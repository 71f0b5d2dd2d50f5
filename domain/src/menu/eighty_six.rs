//! The 86 list: what the kitchen has run out of tonight.
//!
//! It is kept apart from the menu, because whoever sees the last oyster go says so at once, with or without a network. One
//! register for each item: the later word stands on every device, whichever arrives first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{MENU_ITEMS_MAX, MenuItem};
use crate::ids::{ItemId, StaffId};
use crate::order::ChangeContext;
use crate::register::Register;
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Record, Upcaster, Versioned};

/// Items the list may name: those of the menu, and as many that have left it since.
pub const EIGHTY_SIX_MAX: usize = 2 * MENU_ITEMS_MAX;

/// A location's 86 list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EightySix {
    /// The version of this form of the record.
    pub schema: u16,
    /// The last word on every item that somebody spoke about.
    pub items: BTreeMap<ItemId, Register<Availability>>,
}

/// Somebody's word on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Availability {
    /// Whether the kitchen has it.
    pub available: bool,
    /// Who said so; when stands in the register's stamp.
    pub by: StaffId,
}

/// The kitchen has run out of an item, or has it again. Takes the right `menu.eighty_six`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EightySixChange {
    /// The item.
    pub item_id: ItemId,
    /// Whether the kitchen has it.
    pub available: bool,
}

impl Versioned for EightySixChange {
    const NAME: &'static str = "86 change";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Versioned for EightySix {
    const NAME: &'static str = "86 list";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for EightySix {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Default for EightySix {
    fn default() -> Self {
        Self { schema: Self::SCHEMA, items: BTreeMap::new() }
    }
}

impl EightySix {
    /// Takes somebody's word on an item. The later one stands; nobody has to be asked when two differ, because the kitchen
    /// knows best and says so last.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` where the list would name more than [`EIGHTY_SIX_MAX`] items.
    pub fn apply(&mut self, change: &EightySixChange, context: ChangeContext<'_>) -> Result<(), Rejection> {
        let word = Availability { available: change.available, by: context.staff.clone() };
        if let Some(register) = self.items.get_mut(&change.item_id) {
            let _ = register.write(word, context.stamp, None);
            return Ok(());
        }
        if self.items.len() >= EIGHTY_SIX_MAX {
            let message = format!("the 86 list names {EIGHTY_SIX_MAX} items already");
            return Err(Rejection::new(RejectionCode::LimitExceeded, "item_id", message));
        }
        self.items.insert(change.item_id.clone(), Register::new(word, context.stamp.clone()));
        Ok(())
    }

    /// Whether the kitchen has an item: the list's word where it has one, and the menu's where it has none.
    #[must_use]
    pub fn leaves(&self, item: &MenuItem) -> bool {
        self.items.get(&item.id).map_or(item.available, |register| register.value.available)
    }

    /// A list with these words on it.
    #[cfg(test)]
    pub(super) fn of<const COUNT: usize>(words: [(&str, bool); COUNT]) -> Self {
        let word = |available| Availability { available, by: "stf_odell".parse().unwrap() };
        let stamp = || "01a19484e5e0-0000-dev_b".parse().unwrap();
        let items = words.map(|(item, available)| (item.parse().unwrap(), Register::new(word(available), stamp())));
        Self { items: items.into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stamp::Stamp;
    use crate::time::Timestamp;

    fn said(list: &mut EightySix, item: &str, available: bool, stamp: &str) {
        let stamp: Stamp = stamp.parse().unwrap();
        let (staff, at) = ("stf_odell".parse().unwrap(), Timestamp::nearest(1_793_000_000_000));
        let context = ChangeContext::new(&stamp, &staff, at);
        list.apply(&EightySixChange { item_id: item.parse().unwrap(), available }, context).unwrap();
    }

    #[test]
    fn an_old_word_that_arrives_late_does_not_beat_a_newer_one() {
        let mut list = EightySix::default();
        said(&mut list, "it_soup", false, "01a19484e5e0-0002-dev_b");
        said(&mut list, "it_soup", true, "01a19484e5e0-0001-dev_c");
        assert!(!list.items[&"it_soup".parse().unwrap()].value.available);
    }

    #[test]
    fn the_list_has_its_limit_and_still_takes_words_on_what_it_names() {
        let mut list = EightySix::default();
        for n in 0..EIGHTY_SIX_MAX {
            said(&mut list, &format!("it_{n}"), false, "01a19484e5e0-0001-dev_b");
        }
        said(&mut list, "it_7", true, "01a19484e5e0-0002-dev_b");
        let (stamp, staff) = ("01a19484e5e0-0003-dev_b".parse::<Stamp>().unwrap(), "stf_odell".parse().unwrap());
        let context = ChangeContext::new(&stamp, &staff, stamp.moment());
        let one_more = EightySixChange { item_id: "it_more".parse().unwrap(), available: false };
        assert_eq!(list.apply(&one_more, context).map_err(|refused| refused.code), Err(RejectionCode::LimitExceeded));
    }

    proptest! {
        #[test]
        fn words_may_arrive_in_any_order_and_more_than_once(
            words in proptest::collection::vec((0_u8..4, any::<bool>(), 0_u16..6), 1..12),
            repeated in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6),
            rotation in any::<proptest::sample::Index>(),
        ) {
            // One device never stamps twice alike, so a stamp names one word.
            let words: BTreeMap<String, (u8, bool)> = words
                .into_iter()
                .map(|(item, available, counter)| (format!("01a19484e5e0-{counter:04x}-dev_{item}"), (item % 2, available)))
                .collect();
            let words: Vec<_> = words.into_iter().collect();
            let arrived = |words: &[(String, (u8, bool))]| {
                let mut list = EightySix::default();
                for (stamp, (item, available)) in words {
                    said(&mut list, &format!("it_{item}"), *available, stamp);
                }
                list
            };
            let mut shuffled = words.clone();
            shuffled.rotate_left(rotation.index(words.len()));
            shuffled.extend(repeated.iter().map(|index| words[index.index(words.len())].clone()));
            prop_assert_eq!(arrived(&shuffled), arrived(&words));
        }
    }
}
