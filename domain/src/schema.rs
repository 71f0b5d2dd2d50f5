//! Forms change from one release to the next; what was written stays readable.
//!
//! Every stored and sent type has a schema number. A text of an older form is lifted step by step to the one written today
//! ([`Versioned::UPCASTERS`]); a text of a newer form is refused by name, so that whoever holds it keeps its bytes until the
//! app is newer. Golden files hold one text of every form there ever was.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::tagged::type_first;

/// One step from a form to the next: it may move, rename and add fields of the object it is given.
pub type Upcaster = fn(&mut Map<String, Value>);

/// A stored or sent type whose form has a number.
pub trait Versioned: Serialize + DeserializeOwned {
    /// What errors call the type.
    const NAME: &'static str;
    /// The steps from form 1 to the one written today: the first leads from 1 to 2.
    const UPCASTERS: &'static [Upcaster];
    /// Whether its texts name their form in the field `type`.
    const TAGGED: bool = false;
    /// Whether such texts stand inside its texts too.
    const HOLDS_TAGGED: bool = false;
    /// The form written today.
    #[allow(clippy::cast_possible_truncation, reason = "a type with 65,535 forms would have other troubles")]
    const SCHEMA: u16 = Self::UPCASTERS.len() as u16 + 1;

    /// Reads a text whose form's number travels beside it.
    ///
    /// # Errors
    /// When the form is newer than this version, never was, or the text does not have it.
    fn read(schema: u16, text: &str) -> Result<Self, SchemaError> {
        if schema == Self::SCHEMA {
            // Whoever wrote the text may have put its fields in any order.
            let text = if Self::TAGGED { type_first(text) } else { Cow::Borrowed(text) };
            let read = serde_json::from_str(&text).map_err(damaged::<Self>);
            // Inside, the type may not stand first either; what is refused for another reason is refused again.
            return if read.is_err() && Self::HOLDS_TAGGED { lifted([], &text) } else { read };
        }
        lifted(steps_from::<Self>(schema)?, text)
    }
}

/// A record: it carries the number of its form in the field `schema`.
pub trait Record: Versioned {
    /// The number of the form it was read from or will be written in.
    fn schema(&self) -> u16;

    /// Reads a record of any form there ever was.
    ///
    /// # Errors
    /// When the form is newer than this version, never was, or the text does not have it.
    fn from_json(text: &str) -> Result<Self, SchemaError> {
        // Nearly every text has today's form; only the others are looked at twice.
        let read = serde_json::from_str::<Self>(text);
        if let Ok(record) = &read
            && record.schema() == Self::SCHEMA
        {
            return read.map_err(damaged::<Self>);
        }
        let SchemaOnly { schema } = serde_json::from_str(text).map_err(damaged::<Self>)?;
        if schema == Self::SCHEMA {
            return read.map_err(damaged::<Self>);
        }
        let renumber: Upcaster = |fields| {
            fields.insert("schema".to_owned(), Self::SCHEMA.into());
        };
        lifted(steps_from::<Self>(schema)?.iter().chain([&renumber]), text)
    }
}

#[derive(serde::Deserialize)]
struct SchemaOnly {
    schema: u16,
}

fn steps_from<T: Versioned>(schema: u16) -> Result<&'static [Upcaster], SchemaError> {
    if schema > T::SCHEMA {
        return Err(SchemaError::Newer { name: T::NAME, found: schema, known: T::SCHEMA });
    }
    let step = usize::from(schema).checked_sub(1).and_then(|step| T::UPCASTERS.get(step..));
    step.ok_or_else(|| SchemaError::Damaged { name: T::NAME, message: format!("there never was a schema {schema}") })
}

fn lifted<'a, T: Versioned>(steps: impl IntoIterator<Item = &'a Upcaster>, text: &str) -> Result<T, SchemaError> {
    let mut fields: Map<String, Value> = serde_json::from_str(text).map_err(damaged::<T>)?;
    for upcast in steps {
        upcast(&mut fields);
    }
    // Through text once more: a second reader for every type would cost more bytes than this rare path is worth.
    let mut lifted = String::new();
    write_object(&fields, &mut lifted);
    serde_json::from_str(&lifted).map_err(damaged::<T>)
}

/// Writes an object with its `type` first, where it has one: whoever reads a change reads its name before its fields, and
/// a tree keeps its fields in the order of the alphabet.
fn write_object(fields: &Map<String, Value>, out: &mut String) {
    let (named, others): (Vec<_>, Vec<_>) = fields.iter().partition(|(name, _)| *name == "type");
    out.push('{');
    for (position, (name, value)) in named.into_iter().chain(others).enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_value(&Value::from(name.as_str()), out);
        out.push(':');
        write_value(value, out);
    }
    out.push('}');
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => write_object(fields, out),
        Value::Array(values) => {
            out.push('[');
            for (position, value) in values.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_value(value, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "its shape is that of `map_err`")]
fn damaged<T: Versioned>(error: serde_json::Error) -> SchemaError {
    SchemaError::Damaged { name: T::NAME, message: error.to_string() }
}

/// A text that this version cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Written by a newer version: keep the bytes.
    #[error("this version knows {name} up to schema {known}, not {found}")]
    Newer {
        /// The type.
        name: &'static str,
        /// The form found.
        found: u16,
        /// The newest form known.
        known: u16,
    },
    /// Not of the form it claims.
    #[error("not a valid {name}: {message}")]
    Damaged {
        /// The type.
        name: &'static str,
        /// What is wrong.
        message: String,
    },
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Cup {
        schema: u16,
        litres_milli: u32,
        colour: String,
    }

    /// Form 1 counted decilitres; form 2 had no colour.
    impl Versioned for Cup {
        const NAME: &'static str = "cup";
        const UPCASTERS: &'static [Upcaster] = &[
            |fields| {
                let decilitres = fields.remove("decilitres").and_then(|value| value.as_u64()).unwrap_or(0);
                fields.insert("litres_milli".to_owned(), (decilitres * 100).into());
            },
            |fields| {
                fields.insert("colour".to_owned(), "white".into());
            },
        ];
    }

    impl Record for Cup {
        fn schema(&self) -> u16 {
            self.schema
        }
    }

    fn white(litres_milli: u32) -> Cup {
        Cup { schema: 3, litres_milli, colour: "white".to_owned() }
    }

    #[test]
    fn a_record_of_any_older_form_reads_as_one_of_today() {
        assert_eq!(Cup::from_json(r#"{"schema":1,"decilitres":3}"#), Ok(white(300)));
        assert_eq!(Cup::from_json(r#"{"schema":2,"litres_milli":250}"#), Ok(white(250)));
        assert_eq!(Cup::from_json(r#"{"schema":3,"litres_milli":250,"colour":"white"}"#), Ok(white(250)));
    }

    #[test]
    fn a_newer_form_is_refused_by_name_and_a_damaged_one_is_told_apart() {
        let newer = SchemaError::Newer { name: "cup", found: 4, known: 3 };
        assert_eq!(Cup::from_json(r#"{"schema":4,"handles":2}"#), Err(newer.clone()));
        assert_eq!(Cup::read(4, "{}"), Err(newer));
        for damaged in ["", "{}", r#"{"schema":0}"#, r#"{"schema":3}"#, r#"{"schema":2,"litres_milli":-1}"#] {
            assert!(matches!(Cup::from_json(damaged), Err(SchemaError::Damaged { .. })), "{damaged}");
        }
    }

    #[test]
    fn lifting_keeps_the_type_first_at_every_depth() {
        let text = r#"{"b":[{"type":"x","a":"\"q\""},[],null],"a":{"type":{"z":1,"type":2.5},"a":true}}"#;
        let fields: Map<String, Value> = serde_json::from_str(text).unwrap();
        let mut written = String::new();
        write_object(&fields, &mut written);
        let expected = r#"{"a":{"type":{"type":2.5,"z":1},"a":true},"b":[{"type":"x","a":"\"q\""},[],null]}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn a_number_that_travels_beside_the_text_leads_to_the_same() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Plate {
            wide: bool,
        }
        impl Versioned for Plate {
            const NAME: &'static str = "plate";
            const UPCASTERS: &'static [Upcaster] = &[|fields| {
                fields.insert("wide".to_owned(), true.into());
            }];
        }
        assert_eq!(Plate::read(1, "{}"), Ok(Plate { wide: true }));
        assert_eq!(Plate::read(2, r#"{"wide":false}"#), Ok(Plate { wide: false }));
        assert!(matches!(Plate::read(0, "{}"), Err(SchemaError::Damaged { .. })));
    }
}
