//! Figures by hour, by item, by anything: sums that take apart again exactly.
//!
//! An entry of zero is no entry, so that equal figures are equal values whatever was added and taken away on the way.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::money::{Money, MoneyError};

/// Whether figures are put in or taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Put in.
    Plus,
    /// Taken out.
    Minus,
}

/// Something that reports add up: an amount, a count, or several of them together. Zero is the default.
pub trait Figure: Clone + Default + PartialEq {
    /// This with the other put in or taken out.
    ///
    /// # Errors
    /// When an amount or a count leaves the range of money.
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError>;

    /// Whether there is nothing in it.
    fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl Figure for Money {
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError> {
        match sign {
            Sign::Plus => self.plus(*other),
            Sign::Minus => self.minus(*other),
        }
    }
}

/// Counts keep to the range of money, where a JavaScript number is exact.
impl Figure for i64 {
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError> {
        let (one, other) = (Money::try_from(*self)?, Money::try_from(*other)?);
        one.joined(&other, sign).map(Money::minor)
    }
}

/// Figures by a key, none of them zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Breakdown<Key: Ord, Part> {
    parts: BTreeMap<Key, Part>,
}

impl<Key: Ord, Part> Default for Breakdown<Key, Part> {
    fn default() -> Self {
        Self { parts: BTreeMap::new() }
    }
}

impl<Key: Ord + Clone, Part: Figure> Breakdown<Key, Part> {
    /// The figures of one key alone.
    #[must_use]
    pub fn only(key: Key, part: Part) -> Self {
        let mut parts = BTreeMap::new();
        if !part.is_zero() {
            parts.insert(key, part);
        }
        Self { parts }
    }

    /// Puts in more under a key.
    ///
    /// # Errors
    /// When the sum leaves the range of money; nothing is put in then.
    pub fn add(&mut self, key: &Key, part: &Part) -> Result<(), MoneyError> {
        self.join(key, part, Sign::Plus)
    }

    /// What stands under a key; zero where nothing does.
    #[must_use]
    pub fn part(&self, key: &Key) -> Part {
        self.parts.get(key).cloned().unwrap_or_default()
    }

    /// Every entry, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Part)> {
        self.parts.iter()
    }

    /// Everything together.
    ///
    /// # Errors
    /// When the sum leaves the range of money.
    pub fn total(&self) -> Result<Part, MoneyError> {
        self.parts.values().try_fold(Part::default(), |sum, part| sum.joined(part, Sign::Plus))
    }

    fn join(&mut self, key: &Key, part: &Part, sign: Sign) -> Result<(), MoneyError> {
        let sum = self.part(key).joined(part, sign)?;
        if sum.is_zero() {
            self.parts.remove(key);
        } else {
            self.parts.insert(key.clone(), sum);
        }
        Ok(())
    }
}

impl<Key: Ord + Clone, Part: Figure> Figure for Breakdown<Key, Part> {
    fn joined(&self, other: &Self, sign: Sign) -> Result<Self, MoneyError> {
        let mut sum = self.clone();
        for (key, part) in &other.parts {
            sum.join(key, part, sign)?;
        }
        Ok(sum)
    }
}

impl<'de, Key, Part> Deserialize<'de> for Breakdown<Key, Part>
where
    Key: Ord + Deserialize<'de>,
    Part: Figure + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut parts = BTreeMap::<Key, Part>::deserialize(deserializer)?;
        parts.retain(|_, part| !part.is_zero());
        Ok(Self { parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::AMOUNT_MINOR_MAX;

    fn money(minor: i64) -> Money {
        minor.try_into().unwrap()
    }

    #[test]
    fn an_entry_that_comes_to_zero_is_gone_and_one_that_was_written_as_zero_is_not_read() {
        let one = Breakdown::only(19_u8, money(4109));
        let back = one.joined(&one, Sign::Minus).unwrap();
        assert_eq!(back, Breakdown::default());
        assert_eq!(Breakdown::only(19_u8, Money::ZERO), back);
        let read: Breakdown<u8, Money> = serde_json::from_str(r#"{"18":0,"19":4109}"#).unwrap();
        assert_eq!((serde_json::to_string(&read).unwrap().as_str(), read), (r#"{"19":4109}"#, one));
    }

    #[test]
    fn a_sum_beyond_the_range_is_refused_and_changes_nothing() {
        let mut most = Breakdown::only(19_u8, money(AMOUNT_MINOR_MAX));
        let before = most.clone();
        assert_eq!(most.add(&19, &money(1)), Err(MoneyError));
        assert_eq!(most, before);
        assert_eq!(AMOUNT_MINOR_MAX.joined(&1, Sign::Plus), Err(MoneyError));
        assert_eq!(i64::MIN.joined(&i64::MIN, Sign::Plus), Err(MoneyError));
    }
}
