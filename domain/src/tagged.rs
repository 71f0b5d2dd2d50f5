//! Reading a change by the name in its first field.
//!
//! A change is written `{"type":"clock_in",…}`. Serde's own reader of such a form first copies the whole object into a tree
//! and then reads the tree, with a second set of generated code for every type below. Here the first field must be `type`,
//! and the rest is read straight from the text. Everything that writes changes puts `type` first.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// A type whose form is named by the object's first field.
pub(crate) trait Tagged<'de>: Sized {
    /// What errors call the type.
    const EXPECTED: &'static str;
    /// Every name there is.
    const TYPES: &'static [&'static str];

    /// Reads the fields that follow the name; `None` where nothing has that name.
    fn read_named<A: MapAccess<'de>>(name: &str, fields: MapAccessDeserializer<A>) -> Result<Option<Self>, A::Error>;
}

/// Reads an object whose first field is `type`.
pub(crate) fn read_tagged<'de, T: Tagged<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TaggedVisitor(PhantomData))
}

struct TaggedVisitor<T>(PhantomData<T>);

impl<'de, T: Tagged<'de>> Visitor<'de> for TaggedVisitor<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: an object whose first field is `type`", T::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let first: Option<String> = fields.next_key()?;
        if first.as_deref() != Some("type") {
            return Err(A::Error::custom(format_args!("the first field of {} must be `type`", T::EXPECTED)));
        }
        let name: String = fields.next_value()?;
        let read = T::read_named(&name, MapAccessDeserializer::new(fields))?;
        read.ok_or_else(|| A::Error::unknown_variant(&name, T::TYPES))
    }
}

/// Makes a change enum of newtype variants readable, and gives it its names. Each variant is listed with the name it is
/// written by; a test of the enum's golden files notices a name that differs from the one serde writes.
macro_rules! tagged_change {
    ($change:ident, $expected:literal, { $($name:literal => $variant:ident),+ $(,)? }) => {
        impl $change {
            /// Every change type this version knows, as it stands on the wire.
            pub const TYPES: &'static [&'static str] = &[$($name),+];

            /// The change's type as it stands on the wire.
            #[must_use]
            pub const fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name),+
                }
            }
        }

        impl<'de> $crate::tagged::Tagged<'de> for $change {
            const EXPECTED: &'static str = $expected;
            const TYPES: &'static [&'static str] = Self::TYPES;

            fn read_named<A: serde::de::MapAccess<'de>>(
                name: &str,
                fields: serde::de::value::MapAccessDeserializer<A>,
            ) -> Result<Option<Self>, A::Error> {
                Ok(Some(match name {
                    $($name => Self::$variant(serde::Deserialize::deserialize(fields)?),)+
                    _ => return Ok(None),
                }))
            }
        }

        impl<'de> serde::Deserialize<'de> for $change {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::tagged::read_tagged(deserializer)
            }
        }
    };
}
pub(crate) use tagged_change;

#[cfg(test)]
#[allow(unreachable_pub, reason = "what is made for public changes is tried on a private one")]
mod tests {
    use serde::{Deserialize, Serialize};

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

    super::tagged_change!(Order, "an order to the waiter", { "bring_soup" => BringSoup, "leave" => Leave });

    fn refused(text: &str) -> String {
        serde_json::from_str::<Order>(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_by_its_name_is_read_by_its_name() {
        for order in [Order::BringSoup(Soup { bowls: 2 }), Order::Leave(Leave {})] {
            let text = serde_json::to_string(&order).unwrap();
            assert!(text.starts_with(&format!(r#"{{"type":"{}""#, order.type_name())), "{text}");
            assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
        }
        assert_eq!(Order::TYPES, ["bring_soup", "leave"]);
    }

    #[test]
    fn a_name_that_is_missing_late_or_unknown_is_told_apart() {
        let first = "the first field of an order to the waiter must be `type`";
        assert!(refused("{}").starts_with(first));
        assert!(refused(r#"{"bowls":2,"type":"bring_soup"}"#).starts_with(first));
        assert!(
            refused(r#"{"type":"dance"}"#).starts_with("unknown variant `dance`, expected `bring_soup` or `leave`")
        );
        assert!(refused("[]").contains("an object whose first field is `type`"));
    }

    #[test]
    fn unknown_missing_and_repeated_fields_are_refused() {
        assert!(refused(r#"{"type":"bring_soup","bowls":2,"salt":1}"#).contains("unknown field `salt`"));
        assert!(refused(r#"{"type":"bring_soup"}"#).contains("missing field `bowls`"));
        assert!(refused(r#"{"type":"bring_soup","bowls":1,"type":"leave"}"#).contains("unknown field `type`"));
        assert!(refused(r#"{"type":"bring_soup","bowls":1,"bowls":2}"#).contains("duplicate field `bowls`"));
    }
}
