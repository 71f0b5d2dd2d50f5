//! A field of a command as an app filled it in: what it means, or why it means nothing.
//!
//! An app may fill a field with anything. Reading a command never fails because of one field; asking for that field does, with
//! its name, the reason in words and the range it must lie in.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::ids::{TextId, Uid};
use crate::limits::{Label, Quantity, STRING_BYTES_MAX};
use crate::money::{AMOUNT_MINOR_MAX, CurrencyCode, Money, Rate};
use crate::rejection::{Allowed, Rejection, RejectionCode};

/// What a field may hold.
pub trait FieldValue: DeserializeOwned + Clone {
    /// The range of a number, or of a text's length in bytes.
    const ALLOWED: Option<Allowed> = None;
}

/// A field as it was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<Value>(Result<Value, Unread>);

/// What a field was filled in with that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unread {
    reason: String,
    /// As it was given, so that it can be told again.
    text: String,
}

impl<Value: FieldValue> Field<Value> {
    /// What the field means.
    ///
    /// # Errors
    /// `FIELD_INVALID` with the field's name, the reason and the range.
    pub fn value(&self, name: &str) -> Result<Value, Rejection> {
        self.0.clone().map_err(|Unread { reason, .. }| Rejection {
            allowed: Value::ALLOWED,
            ..Rejection::new(RejectionCode::FieldInvalid, name, format!("{name}: {reason}"))
        })
    }
}

impl<Value> From<Value> for Field<Value> {
    fn from(value: Value) -> Self {
        Self(Ok(value))
    }
}

impl<'de, Value: FieldValue> Deserialize<'de> for Field<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let read = serde_json::from_str(raw.get());
        Ok(Self(read.map_err(|error| Unread { reason: reason(&error), text: raw.get().to_owned() })))
    }
}

impl<Value: Serialize> Serialize for Field<Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(value) => value.serialize(serializer),
            Err(Unread { text, .. }) => serde_json::from_str::<&RawValue>(text)
                .map_err(serde::ser::Error::custom)
                .and_then(|text| text.serialize(serializer)),
        }
    }
}

/// The reason without the place in the text, which says nothing to a person.
fn reason(error: &serde_json::Error) -> String {
    let told = error.to_string();
    told.split(" at line ").next().unwrap_or(&told).to_owned()
}

const fn allowed(min: i64, max: i64) -> Option<Allowed> {
    Some(Allowed { min, max })
}

impl FieldValue for Quantity {
    const ALLOWED: Option<Allowed> = allowed(1, Self::MAX as i64);
}
impl FieldValue for Money {
    const ALLOWED: Option<Allowed> = allowed(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX);
}
impl FieldValue for Rate {
    const ALLOWED: Option<Allowed> = allowed(0, Self::PPM_MAX as i64);
}
impl FieldValue for Label {
    #[allow(clippy::cast_possible_wrap, reason = "a small constant")]
    const ALLOWED: Option<Allowed> = allowed(1, STRING_BYTES_MAX as i64);
}
impl FieldValue for u8 {
    const ALLOWED: Option<Allowed> = allowed(0, Self::MAX as i64);
}
impl FieldValue for CurrencyCode {}
impl<Kind: Clone> FieldValue for Uid<Kind> {}
impl<Kind: Clone> FieldValue for TextId<Kind> {}
impl<Value: FieldValue> FieldValue for Vec<Value> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(json: &str) -> Result<u16, Rejection> {
        serde_json::from_str::<Field<Quantity>>(json).unwrap().value("qty").map(Quantity::get)
    }

    #[test]
    fn a_number_outside_its_range_is_named_with_the_range() {
        assert_eq!(quantity("3"), Ok(3));
        for bad in ["0", "-1", "10000", "1e99", "99999999999999999999", "1.5", "\"2\"", "[]", "null"] {
            let rejection = quantity(bad).unwrap_err();
            assert_eq!((rejection.code, rejection.field.as_str()), (RejectionCode::FieldInvalid, "qty"), "{bad}");
            assert_eq!(rejection.allowed, Some(Allowed { min: 1, max: 9_999 }));
            assert!(!rejection.message.contains("line 1"), "{}", rejection.message);
        }
        assert_eq!(quantity("0").unwrap_err().message, "qty: a quantity must be 1 to 9,999");
    }

    #[test]
    fn a_field_is_told_again_as_it_was_given_whether_it_means_something_or_not() {
        for given in ["3", "0", "1e99", r#"[{"a": 1}]"#, r#""\ud83d""#] {
            let field = serde_json::from_str::<Field<Quantity>>(given).unwrap();
            let told = serde_json::to_string(&field).unwrap();
            assert_eq!(told, given);
            assert_eq!(serde_json::from_str::<Field<Quantity>>(&told).unwrap(), field);
        }
    }

    #[test]
    fn a_text_with_nul_or_half_a_character_is_refused_by_its_name() {
        for bad in [r#""\u0000""#, r#""no nuts\u0000""#, r#""\ud83d""#, r#""\ude00 x""#, "\"\"", "7"] {
            let note = serde_json::from_str::<Field<Label>>(bad).unwrap();
            assert_eq!(note.value("note").unwrap_err().field, "note", "{bad}");
        }
        let whole = serde_json::from_str::<Field<Label>>(r#""\ud83d\ude00 no nuts""#).unwrap();
        assert_eq!(whole.value("note").unwrap().as_str(), "😀 no nuts");
    }
}
