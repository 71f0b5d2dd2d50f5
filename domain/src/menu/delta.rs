//! An admin's edit of a menu: what they changed, and not a picture of the whole.
//!
//! Two admins edit the same version, one the price of the burger, the other its name: both get what they wanted. Both edit
//! its price: the second is told, by name of every field that moved on, and nothing of their push is taken. The laws:
//! applying an edit to what it was made from gives what was edited; applying it twice is applying it once; edits of
//! different fields may come in either order.

use serde::{Deserialize, Serialize};

use super::field_delta::{DeltaOf, FieldChange, ListDelta, Merge, Part};
use super::{Discount, DiscountScope, Menu, MenuItem, ModifierGroup, ModifierOption, ServiceCharge, SoldBy, Tax};
use crate::ids::{DiscountId, ItemId, ModifierGroupId, OptionId, ServiceChargeId, TaxId};
use crate::limits::Label;
use crate::money::{CurrencyCode, CurrencyExponent, Money, Rate};
use crate::order::{AdjustmentSize, TaxMode};
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Record, Upcaster, Versioned};
use crate::time::Timestamp;

/// An edit of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MenuDelta {
    /// The version of this form.
    pub schema: u16,
    /// The version of the menu that the editor saw.
    pub base_version: u32,
    /// What they changed.
    pub changes: MenuChanges,
}

impl Versioned for MenuDelta {
    const NAME: &'static str = "menu delta";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for MenuDelta {
    fn schema(&self) -> u16 {
        self.schema
    }
}

/// Why an edit of a menu was not taken. The menu is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MenuRefused {
    /// These fields moved on to other values since the editor saw them.
    #[error("somebody else changed {} since; edit the current menu", .fields.join(", "))]
    Stale {
        /// Paths like `items[it_burger].price_minor`.
        fields: Vec<String>,
    },
    /// Every field could be set, and together they do not fit.
    #[error("{0}")]
    Invalid(Rejection),
}

impl MenuRefused {
    /// The same as a rejection: `MENU_BASE_STALE` at the first stale field, or `MENU_INVALID`.
    #[must_use]
    pub fn rejection(&self) -> Rejection {
        match self {
            Self::Stale { fields } => {
                let first = fields.first().cloned().unwrap_or_default();
                Rejection::new(RejectionCode::MenuBaseStale, first, self.to_string())
            }
            Self::Invalid(rejection) => rejection.clone(),
        }
    }
}

impl Menu {
    /// What somebody changed who edited `base` into `edited`. Both must pass [`Menu::check`]. Versions and an item's `rev` are
    /// no part of it: the server counts them.
    #[must_use]
    pub fn delta(base: &Self, edited: &Self) -> MenuDelta {
        MenuDelta {
            schema: MenuDelta::SCHEMA,
            base_version: base.menu_version,
            changes: MenuChanges::between(base, edited),
        }
    }

    /// This menu with an edit of it or of an earlier version. Its version, and the `rev` of every item changed, grow by one
    /// where the edit changes anything.
    ///
    /// # Errors
    /// [`MenuRefused::Stale`] with every field that somebody else set to another value since; [`MenuRefused::Invalid`] where
    /// the menu would not pass [`Menu::check`].
    pub fn apply_delta(&self, delta: &MenuDelta) -> Result<Self, MenuRefused> {
        if delta.base_version > self.menu_version {
            return Err(MenuRefused::Stale { fields: vec!["base_version".to_owned()] });
        }
        let mut merged = self.clone();
        let mut merge = Merge::default();
        delta.changes.merge_into(&mut merged, "", &mut merge);
        if !merge.stale.is_empty() {
            return Err(MenuRefused::Stale { fields: merge.stale });
        }
        if merge.changes > 0 {
            merged.menu_version = merged.menu_version.saturating_add(1);
            merged.schema = Self::SCHEMA;
        }
        merged.check().map_err(MenuRefused::Invalid)?;
        Ok(merged)
    }
}

impl MenuDelta {
    /// Whether nothing was changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_none()
    }
}

/// Makes a struct with one optional change for each field of a part, and its way there and back.
macro_rules! changes_of {
    ($(#[$doc:meta])* $name:ident, $whole:ty, { $($(#[$field_doc:meta])* $field:ident: $delta:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(default, skip_serializing_if = "DeltaOf::is_none")]
                pub $field: $delta,
            )*
        }

        impl DeltaOf<$whole> for $name {
            fn between(base: &$whole, edited: &$whole) -> Self {
                Self { $($field: DeltaOf::between(&base.$field, &edited.$field),)* }
            }

            fn is_none(&self) -> bool {
                $(DeltaOf::is_none(&self.$field))&&*
            }

            fn merge_into(&self, current: &mut $whole, path: &str, merge: &mut Merge) {
                $(self.$field.merge_into(&mut current.$field, &field_path(path, stringify!($field)), merge);)*
            }
        }
    };
}

fn field_path(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

changes_of! {
    /// Changes of a menu.
    MenuChanges, Menu, {
        /// The currency.
        currency: Option<FieldChange<CurrencyCode>>,
        /// The digits of its minor unit.
        currency_exponent: Option<FieldChange<CurrencyExponent>>,
        /// From when on it is in effect.
        effective_from: Option<FieldChange<Option<Timestamp>>>,
        /// Taxes.
        taxes: ListDelta<Tax, TaxId, TaxChange>,
        /// Groups of modifiers.
        modifier_groups: ListDelta<ModifierGroup, ModifierGroupId, GroupChange>,
        /// Items.
        items: ListDelta<MenuItem, ItemId, ItemChange>,
        /// Discounts.
        discounts: ListDelta<Discount, DiscountId, DiscountChange>,
        /// Service charges.
        service_charges: ListDelta<ServiceCharge, ServiceChargeId, ServiceChargeChange>,
    }
}

changes_of! {
    /// Changes of a tax.
    TaxChange, Tax, {
        /// Its name.
        name: Option<FieldChange<Label>>,
        /// Its rate.
        rate_ppm: Option<FieldChange<Rate>>,
        /// Whether it is inside the price.
        mode: Option<FieldChange<TaxMode>>,
    }
}

changes_of! {
    /// Changes of a group of modifiers.
    GroupChange, ModifierGroup, {
        /// Its name.
        name: Option<FieldChange<Label>>,
        /// Fewest choices.
        min: Option<FieldChange<u8>>,
        /// Most choices.
        max: Option<FieldChange<u8>>,
        /// What can be chosen.
        options: ListDelta<ModifierOption, OptionId, OptionChange>,
    }
}

changes_of! {
    /// Changes of a modifier.
    OptionChange, ModifierOption, {
        /// Its name.
        name: Option<FieldChange<Label>>,
        /// What it adds to the price.
        price_minor: Option<FieldChange<Money>>,
    }
}

changes_of! {
    /// Changes of an item.
    ItemChange, MenuItem, {
        /// Its name.
        name: Option<FieldChange<Label>>,
        /// Where the screen shows it.
        category: Option<FieldChange<Label>>,
        /// The station that makes it.
        station: Option<FieldChange<Label>>,
        /// Its price.
        price_minor: Option<FieldChange<Money>>,
        /// The taxes it bears.
        tax_ids: Option<FieldChange<Vec<TaxId>>>,
        /// The modifier groups that apply to it.
        modifier_groups: Option<FieldChange<Vec<ModifierGroupId>>>,
        /// Whether the kitchen has it.
        available: Option<FieldChange<bool>>,
        /// Whether it is counted or weighed.
        sold_by: Option<FieldChange<SoldBy>>,
    }
}

changes_of! {
    /// Changes of a discount.
    DiscountChange, Discount, {
        /// Its name.
        name: Option<FieldChange<Label>>,
        /// How much it takes off.
        size: Option<FieldChange<AdjustmentSize>>,
        /// What it is taken off.
        scope: Option<FieldChange<DiscountScope>>,
        /// Whether it may be given more than once.
        stackable: Option<FieldChange<bool>>,
    }
}

changes_of! {
    /// Changes of a service charge.
    ServiceChargeChange, ServiceCharge, {
        /// Its name.
        name: Option<FieldChange<Label>>,
        /// How much it adds.
        size: Option<FieldChange<AdjustmentSize>>,
        /// The taxes it bears.
        tax_ids: Option<FieldChange<Vec<TaxId>>>,
    }
}

macro_rules! parts {
    ($($part:ty: $id:ty,)*) => {
        $(impl Part for $part {
            type Id = $id;

            fn id(&self) -> &$id {
                &self.id
            }
        })*
    };
}

parts! {
    Tax: TaxId,
    ModifierGroup: ModifierGroupId,
    ModifierOption: OptionId,
    Discount: DiscountId,
    ServiceCharge: ServiceChargeId,
}

impl Part for MenuItem {
    type Id = ItemId;

    fn id(&self) -> &ItemId {
        &self.id
    }

    fn touched(&mut self) {
        self.rev = self.rev.saturating_add(1);
    }
}
