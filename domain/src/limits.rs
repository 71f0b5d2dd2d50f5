//! How much of anything one record may hold, and the types that cannot hold more.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Lines an order may have, voided ones included.
pub const LINES_MAX: usize = 300;
/// Fires, payments, refunds, adjustments and checks an order may have, of each.
pub const ORDER_FACTS_MAX: usize = 100;
/// Modifiers a line may have.
pub const MODIFIERS_MAX: usize = 20;
/// Bytes a text may have.
pub const STRING_BYTES_MAX: usize = 4_096;

/// How many of an item: 1 to 9,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Quantity(u16);

impl Quantity {
    /// The largest quantity.
    pub const MAX: u16 = 9_999;
    /// One.
    pub const ONE: Self = Self(1);

    /// The quantity as a number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u32> for Quantity {
    type Error = QuantityError;

    fn try_from(count: u32) -> Result<Self, QuantityError> {
        match u16::try_from(count) {
            Ok(count @ 1..=Self::MAX) => Ok(Self(count)),
            Ok(_) | Err(_) => Err(QuantityError),
        }
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> Self {
        Self::from(quantity.0)
    }
}

/// Not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quantity must be 1 to 9,999")]
pub struct QuantityError;

/// A text of 1 to [`STRING_BYTES_MAX`] bytes, for names, notes and reasons. It holds more than blanks and no NUL, which would
/// end the text early in a database or on a printer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

impl Label {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Label {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Label {
    type Error = LabelError;

    fn try_from(text: String) -> Result<Self, LabelError> {
        let unfit = text.trim().is_empty() || text.len() > STRING_BYTES_MAX || text.contains('\0');
        if unfit { Err(LabelError) } else { Ok(Self(text)) }
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// An empty, overlong or unprintable text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a text must be 1 to 4,096 bytes, not blank, without NUL characters")]
pub struct LabelError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_one_to_9999() {
        assert!([0, 10_000, u32::MAX].into_iter().all(|count| Quantity::try_from(count).is_err()));
        assert!([1, 9_999].into_iter().all(|count| Quantity::try_from(count).is_ok()));
    }

    #[test]
    fn a_label_is_neither_blank_nor_over_4_kib_nor_holds_nul() {
        assert!(Label::try_from(String::new()).is_err());
        assert!(Label::try_from("x".repeat(STRING_BYTES_MAX + 1)).is_err());
        assert!(Label::try_from("x".repeat(STRING_BYTES_MAX)).is_ok());
        assert!(["\0", "no nuts\0", " \t"].iter().all(|text| Label::try_from((*text).to_owned()).is_err()));
    }
}
