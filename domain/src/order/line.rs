//! One line of an order. What was ordered and its price never change; its quantity, modifiers, note and fate do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kitchen::KitchenState;
use crate::ids::{CheckId, ItemId, LineId, OptionId, StaffId, TaxId};
use crate::limits::{Label, Quantity};
use crate::menu::SoldPrice;
use crate::money::{Money, MoneyError, Rate};
use crate::register::{Act, Register};
use crate::stamp::Stamp;

/// Something the guests asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// Identity.
    pub line_id: LineId,
    /// When it was added: lines stand in this order.
    pub added: Stamp,
    /// Who added it.
    pub added_by: StaffId,
    /// The item.
    pub item_id: ItemId,
    /// The item's name when it was added.
    pub name: Label,
    /// The item's category when it was added.
    pub category: Label,
    /// The kitchen station that makes it, where it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<Label>,
    /// The quantity it was added with.
    pub qty_added: i64,
    /// Later differences, by the stamp of their change: they add up in any order, and none counts twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub qty_changes: BTreeMap<Stamp, i32>,
    /// The item's price when it was added; for weighed goods, of 1,000 units of weight.
    pub unit_price_minor: Money,
    /// What one of the quantity weighs, for weighed goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_milli: Option<Weight>,
    /// Set when it was sold at another price than the menu's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_override: Option<PriceOverride>,
    /// The modifiers and their prices.
    pub modifiers: Vec<Modifier>,
    /// When the modifiers were chosen anew; absent while they are those it was added with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modifiers_set: Option<Stamp>,
    /// The taxes and their rates when it was added.
    pub taxes: Vec<TaxSnapshot>,
    /// The menu it was priced from.
    pub menu_version: u32,
    /// The seat it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<u8>,
    /// A wish to the kitchen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Register<Option<Label>>>,
    /// The check it is on; absent on the order's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_id: Option<Register<CheckId>>,
    /// How far the kitchen is.
    #[serde(default, skip_serializing_if = "KitchenState::is_new")]
    pub kitchen: KitchenState,
    /// Set when it was taken back; sticks. Of several the one with the lowest stamp stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<Act>,
    /// Set when it was served and given away; void beats it. Of several the one with the lowest stamp stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comp: Option<Act>,
}

impl Line {
    /// Changes of quantity that one line keeps.
    pub const QTY_CHANGES_MAX: usize = 200;

    /// How many: 0 to 9,999.
    #[must_use]
    pub fn qty(&self) -> u16 {
        let changes = self.qty_changes.values().map(|change| i64::from(*change)).sum::<i64>();
        u16::try_from(self.qty_added.saturating_add(changes).clamp(0, i64::from(Quantity::MAX))).unwrap_or(0)
    }

    /// Quantity × (unit price + modifiers); weighed goods by their weight, rounded half-even once.
    ///
    /// # Errors
    /// When the product leaves the range of money.
    pub fn gross(&self) -> Result<Money, MoneyError> {
        let qty = i64::from(self.qty());
        let modifiers = Money::sum(self.modifiers.iter().map(|modifier| modifier.price_minor))?;
        match self.weight_milli {
            None => self.unit_price_minor.plus(modifiers)?.times(qty),
            Some(weight) => self.unit_price_minor.weighed(weight, qty)?.plus(modifiers.times(qty)?),
        }
    }

    /// Its price as it was sold, to be compared with a menu.
    #[must_use]
    pub fn sold_price(&self) -> SoldPrice<'_> {
        SoldPrice {
            item_id: &self.item_id,
            name: &self.name,
            unit_price_minor: self.unit_price_minor,
            modifiers: &self.modifiers,
            taxes: &self.taxes,
            overridden: self.price_override.is_some(),
        }
    }

    /// When its modifiers were chosen.
    #[must_use]
    pub fn modifiers_stamp(&self) -> &Stamp {
        self.modifiers_set.as_ref().unwrap_or(&self.added)
    }

    /// The wish to the kitchen as it stands.
    #[must_use]
    pub fn note_text(&self) -> Option<&Label> {
        self.note.as_ref().and_then(|note| note.value.as_ref())
    }

    pub(super) fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        let acts = [&self.void, &self.comp].into_iter().flatten().map(|act| &act.stamp);
        let registers = self.note.iter().map(|note| &note.stamp).chain(self.check_id.iter().map(|check| &check.stamp));
        [&self.added].into_iter().chain(&self.modifiers_set).chain(self.qty_changes.keys()).chain(acts).chain(registers)
    }
}

/// One chosen modifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Modifier {
    /// Its id.
    pub option_id: OptionId,
    /// Its name when the line was added.
    pub name: Label,
    /// Its price when the line was added.
    pub price_minor: Money,
}

/// One tax of a line or a service charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxSnapshot {
    /// Its id.
    pub tax_id: TaxId,
    /// Its rate when the line was added.
    pub rate_ppm: Rate,
    /// Whether it comes on top of the price or is inside it.
    #[serde(default)]
    pub mode: TaxMode,
}

/// Whether a tax comes on top of the price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// On top of it.
    #[default]
    Additive,
    /// Inside it.
    Included,
}

/// A price that somebody with the right to do so set instead of the menu's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceOverride {
    /// What the menu asked for.
    pub list_price_minor: Money,
    /// Why.
    pub reason: Label,
}

/// What something weighs, in thousandths of the unit its price is for (1,250 is 1.25 kg): 1 to 9,999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Weight(u32);

impl Weight {
    /// The largest weight, in thousandths.
    pub const MILLI_MAX: u32 = 9_999_999;

    /// The weight in thousandths.
    #[must_use]
    pub const fn milli(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Weight {
    type Error = WeightError;

    fn try_from(milli: u32) -> Result<Self, WeightError> {
        if (1..=Self::MILLI_MAX).contains(&milli) { Ok(Self(milli)) } else { Err(WeightError) }
    }
}

impl From<Weight> for u32 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

/// Not a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a weight must be 1 to 9,999,999 thousandths")]
pub struct WeightError;
