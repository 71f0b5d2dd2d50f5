//! Reads `{"type": "add_line", …}` straight into the struct that the type names.
//!
//! The type stands first in every text this product writes, so nothing is buffered, which is faster than the general way and a
//! good deal smaller as WebAssembly. A text from elsewhere, whose fields may stand in any order, is turned around first.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A type whose texts name their form in the field `type`.
pub(crate) trait Tagged: Sized {
    /// What errors call it.
    const NAME: &'static str;
    /// Every form there is.
    const TYPES: &'static [&'static str];

    /// Reads the other fields of the form called `name`; `None` where there is no such form.
    fn read<'de, Fields: MapAccess<'de>>(
        name: &str,
        fields: MapAccessDeserializer<Fields>,
    ) -> Option<Result<Self, Fields::Error>>;
}

/// Reads a tagged text.
pub(crate) fn read_tagged<'de, T: Tagged, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TypeFirst(PhantomData))
}

struct TypeFirst<T>(PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for TypeFirst<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} whose first field is `type`", T::NAME)
    }

    fn visit_map<Fields: MapAccess<'de>>(self, mut fields: Fields) -> Result<T, Fields::Error> {
        let first: Option<String> = fields.next_key()?;
        if first.as_deref() != Some("type") {
            return Err(Error::custom(format_args!("the first field of {} must be `type`", T::NAME)));
        }
        let name: String = fields.next_value()?;
        T::read(&name, MapAccessDeserializer::new(fields))
            .unwrap_or_else(|| Err(Error::unknown_variant(&name, T::TYPES)))
    }
}

/// The same text with its type first. What is no object is left as it is, for its reader to refuse.
pub(crate) fn type_first(text: &str) -> Cow<'_, str> {
    if text.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(r#""type""#)) {
        return Cow::Borrowed(text);
    }
    let Ok(Fields(mut fields)) = serde_json::from_str(text) else { return Cow::Borrowed(text) };
    // Stable: a field that stands twice stands twice afterwards, and is refused.
    fields.sort_by_key(|(name, _)| name != "type");
    let pairs =
        fields.iter().filter_map(|(name, value)| Some(format!("{}:{value}", serde_json::to_string(name).ok()?)));
    Cow::Owned(format!("{{{}}}", pairs.collect::<Vec<_>>().join(",")))
}

/// An object's fields in the order they stand, doubled ones included.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AllFields).map(Self)
    }
}

struct AllFields;

impl<'de> Visitor<'de> for AllFields {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<Entries: MapAccess<'de>>(self, mut entries: Entries) -> Result<Self::Value, Entries::Error> {
        let mut fields = Vec::new();
        while let Some(field) = entries.next_entry()? {
            fields.push(field);
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[test]
    fn a_text_is_turned_around_only_where_its_type_is_not_first() {
        for (text, turned) in [
            (r#" { "type":"close","epoch":0}"#, r#" { "type":"close","epoch":0}"#),
            (r#"{"epoch": 0, "type": "close"}"#, r#"{"type":"close","epoch":0}"#),
            (r#"{"a":1,"type":"x","a":2}"#, r#"{"type":"x","a":1,"a":2}"#),
            (r#"{"a\"b":{"type":[1, 2]}}"#, r#"{"a\"b":{"type":[1, 2]}}"#),
            ("[1]", "[1]"),
            ("{", "{"),
            ("{}", "{}"),
        ] {
            assert_eq!(type_first(text), turned);
        }
    }

    #[derive(Debug, PartialEq, Serialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Order {
        BringSoup(Soup),
        Leave(Leave),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Soup {
        bowls: u8,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Leave {}

    impl Tagged for Order {
        const NAME: &'static str = "an order to the waiter";
        const TYPES: &'static [&'static str] = &["bring_soup", "leave"];

        fn read<'de, Fields: MapAccess<'de>>(
            name: &str,
            fields: MapAccessDeserializer<Fields>,
        ) -> Option<Result<Self, Fields::Error>> {
            Some(match name {
                "bring_soup" => Soup::deserialize(fields).map(Self::BringSoup),
                "leave" => Leave::deserialize(fields).map(Self::Leave),
                _ => return None,
            })
        }
    }

    impl<'de> Deserialize<'de> for Order {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            read_tagged(deserializer)
        }
    }

    fn refused(text: &str) -> String {
        serde_json::from_str::<Order>(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_by_its_name_is_read_by_its_name() {
        for order in [Order::BringSoup(Soup { bowls: 2 }), Order::Leave(Leave {})] {
            let text = serde_json::to_string(&order).unwrap();
            assert!(text.starts_with(r#"{"type":""#), "{text}");
            assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
        }
    }

    #[test]
    fn a_name_that_is_missing_late_or_unknown_is_told_apart() {
        let first = "the first field of an order to the waiter must be `type`";
        assert!(refused("{}").starts_with(first));
        assert!(refused(r#"{"bowls":2,"type":"bring_soup"}"#).starts_with(first));
        assert!(
            refused(r#"{"type":"dance"}"#).starts_with("unknown variant `dance`, expected `bring_soup` or `leave`")
        );
        assert!(refused("[]").contains("an order to the waiter whose first field is `type`"));
    }

    #[test]
    fn unknown_missing_and_repeated_fields_are_refused() {
        assert!(refused(r#"{"type":"bring_soup","bowls":2,"salt":1}"#).contains("unknown field `salt`"));
        assert!(refused(r#"{"type":"bring_soup"}"#).contains("missing field `bowls`"));
        assert!(refused(r#"{"type":"bring_soup","bowls":1,"type":"leave"}"#).contains("unknown field `type`"));
        assert!(refused(r#"{"type":"bring_soup","bowls":1,"bowls":2}"#).contains("duplicate field `bowls`"));
    }
}
