//! JSON Schema of the types that are read and written as one text or number: what each of them takes, as narrow as JSON Schema
//! can say it. Every other type derives its own.
//!
//! Where a type also reads other spellings than it writes, as a moment does, the schema asks for the one that is written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::audit::AuditHash;
use crate::conflict::{ConflictRule, ConflictRules};
use crate::ids::{TEXT_ID_BYTES_MAX, TextId, Uid};
use crate::limits::{Label, Quantity, STRING_BYTES_MAX};
use crate::money::{AMOUNT_MINOR_MAX, CurrencyCode, CurrencyExponent, Money, Rate};
use crate::order::Weight;
use crate::report::Breakdown;
use crate::staff::Scope;
use crate::stamp::Stamp;
use crate::ticket::TicketNo;
use crate::time::{BusinessDate, Timestamp};
use crate::time_confidence::{BOOT_ID_BYTES_MAX, BootId};
use crate::zone::{NAME_BYTES_MAX, ZoneName};

/// What Rust's `trim` takes for blank, as the inside of a character class.
const BLANK: &str = r"\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";

impl<Kind> JsonSchema for Uid<Kind> {
    fn schema_name() -> Cow<'static, str> {
        "Uid".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "domain::Uid".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A UUID, made where what it names was made.",
            "type": "string",
            "format": "uuid",
            "pattern": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
        })
    }
}

impl<Kind> JsonSchema for TextId<Kind> {
    fn schema_name() -> Cow<'static, str> {
        "TextId".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "domain::TextId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An id that a person or the server gave.",
            "type": "string",
            "pattern": format!("^[A-Za-z0-9_.-]{{1,{TEXT_ID_BYTES_MAX}}}$"),
        })
    }
}

impl JsonSchema for Label {
    fn schema_name() -> Cow<'static, str> {
        "Label".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": format!("A text of at most {STRING_BYTES_MAX} bytes of UTF-8, not blank, without NUL."),
            "type": "string",
            "minLength": 1,
            "maxLength": STRING_BYTES_MAX,
            "pattern": format!(r"^[^\u0000]*[^\u0000{BLANK}][^\u0000]*$"),
        })
    }
}

impl JsonSchema for BootId {
    fn schema_name() -> Cow<'static, str> {
        "BootId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": format!("Names one run of a monotonic clock; at most {BOOT_ID_BYTES_MAX} bytes of UTF-8."),
            "type": "string",
            "minLength": 1,
            "maxLength": BOOT_ID_BYTES_MAX,
        })
    }
}

impl JsonSchema for Stamp {
    fn schema_name() -> Cow<'static, str> {
        "Stamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A reading of a hybrid logical clock: milliseconds since 1970 and a counter in hexadecimal digits, \
                            and the device that read it.",
            "type": "string",
            "pattern": format!("^[0-9a-f]{{12}}-[0-9a-f]{{4}}-[A-Za-z0-9_.-]{{1,{TEXT_ID_BYTES_MAX}}}$"),
        })
    }
}

impl JsonSchema for TicketNo {
    fn schema_name() -> Cow<'static, str> {
        "TicketNo".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // The counter has at least four digits, more only where it needs them, and is never 0: up to 4,294,967,295.
        let more = "[1-9][0-9]{4,8}|[1-3][0-9]{9}|4[01][0-9]{8}";
        let four = "000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3}";
        let letters = Self::PREFIX_LETTERS_MAX;
        json_schema!({
            "description": "A device's letters and its counter of the day; a label and never a key.",
            "type": "string",
            "pattern": format!("^[A-Z]{{1,{letters}}}-({four}|{more})$"),
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (day, time) = ("(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]");
        json_schema!({
            "description": "A moment in UTC with milliseconds, from 2000 to 2099.",
            "type": "string",
            "format": "date-time",
            "pattern": format!(r"^20[0-9]{{2}}-{day}T{time}\.[0-9]{{3}}Z$"),
        })
    }
}

impl JsonSchema for BusinessDate {
    fn schema_name() -> Cow<'static, str> {
        "BusinessDate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The day that a sale counts for; it begins at the location's cut-over hour.",
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        })
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An amount in minor units.",
            "type": "integer",
            "minimum": -AMOUNT_MINOR_MAX,
            "maximum": AMOUNT_MINOR_MAX,
        })
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Parts per million.",
            "type": "integer",
            "minimum": 0,
            "maximum": Self::PPM_MAX,
        })
    }
}

impl JsonSchema for CurrencyCode {
    fn schema_name() -> Cow<'static, str> {
        "CurrencyCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "As in ISO 4217.", "type": "string", "pattern": "^[A-Z]{3}$" })
    }
}

impl JsonSchema for CurrencyExponent {
    fn schema_name() -> Cow<'static, str> {
        "CurrencyExponent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Digits of the minor unit.", "type": "integer", "enum": [0, 2, 3] })
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "How many.", "type": "integer", "minimum": 1, "maximum": Self::MAX })
    }
}

impl JsonSchema for Weight {
    fn schema_name() -> Cow<'static, str> {
        "Weight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Thousandths of the unit that a price is for.",
            "type": "integer",
            "minimum": 1,
            "maximum": Self::MILLI_MAX,
        })
    }
}

impl JsonSchema for AuditHash {
    fn schema_name() -> Cow<'static, str> {
        "AuditHash".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "SHA-256.", "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

impl JsonSchema for ConflictRules {
    fn schema_name() -> Cow<'static, str> {
        "ConflictRules".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Rules by field, under keys like `orders.table_id`; a person decides about every other field.",
            "type": "object",
            "propertyNames": schemas.subschema_for::<Label>(),
            "additionalProperties": schemas.subschema_for::<ConflictRule>(),
        })
    }
}

impl<Key: Ord + JsonSchema, Part: JsonSchema> JsonSchema for Breakdown<Key, Part> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Breakdown_of_{}_by_{}", Part::schema_name(), Key::schema_name()).into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        // Keys are texts in JSON whatever they are elsewhere, an hour or a rate for example.
        json_schema!({ "type": "object", "additionalProperties": schemas.subschema_for::<Part>() })
    }
}

impl JsonSchema for Scope {
    fn schema_name() -> Cow<'static, str> {
        "Scope".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "One right.", "type": "string", "enum": Self::ALL.map(Self::as_str) })
    }
}

impl JsonSchema for ZoneName {
    fn schema_name() -> Cow<'static, str> {
        "ZoneName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let part = "[A-Za-z][A-Za-z0-9_+-]*";
        json_schema!({
            "description": "A name as the IANA zone database has them.",
            "type": "string",
            "maxLength": NAME_BYTES_MAX,
            "pattern": format!("^{part}(/{part})*$"),
        })
    }
}
