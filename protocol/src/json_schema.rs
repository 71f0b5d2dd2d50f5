//! JSON Schema of what is kept as it was written, and of records by the collection they belong to.

use std::borrow::Cow;

use domain::{Approval, AuditHead, Conflict, DrawerSession, EightySix, Menu, Order, ShiftLog, StaffRoster};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::admin::{DeviceNotice, LocationSettings};
use crate::exchange::{Collection, DeltaEntry};
use crate::staff::GrantSheet;

/// A change: any JSON. One that is of no known form gets its final verdict like every other.
pub(crate) fn change(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "The change itself, kept as it was written. One that this server cannot read is taken all the same \
                        and gets its final verdict: `CHANGE_UNKNOWN` where its type or form is a newer one, \
                        `CHANGE_INVALID` where it does not have the form that its type demands.",
    })
}

/// An approval, or whatever stands in its place.
pub(crate) fn approval(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "A manager's approval of this very mutation, where it took one. One of a form that the server does \
                        not know is none, and no reason to refuse the rest.",
        "anyOf": [schemas.subschema_for::<Approval>(), {}],
    })
}

impl JsonSchema for DeltaEntry {
    fn schema_name() -> Cow<'static, str> {
        "DeltaEntry".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let of_each = Collection::ALL.map(|collection| of_collection(collection, schemas));
        json_schema!({ "description": "One changed record.", "oneOf": of_each })
    }
}

fn of_collection(collection: Collection, schemas: &mut SchemaGenerator) -> Schema {
    let record = match collection {
        Collection::Orders => schemas.subschema_for::<Order>(),
        Collection::Menu => schemas.subschema_for::<Menu>(),
        Collection::Location => schemas.subschema_for::<LocationSettings>(),
        Collection::Shifts => schemas.subschema_for::<ShiftLog>(),
        Collection::Drawers => schemas.subschema_for::<DrawerSession>(),
        Collection::EightySix => schemas.subschema_for::<EightySix>(),
        Collection::Audit => schemas.subschema_for::<AuditHead>(),
        Collection::Staff => schemas.subschema_for::<StaffRoster>(),
        Collection::Grants => schemas.subschema_for::<GrantSheet>(),
        Collection::Conflicts => schemas.subschema_for::<Conflict>(),
        Collection::Notices => schemas.subschema_for::<DeviceNotice>(),
        Collection::Unknown => json_schema!(true),
    };
    json_schema!({
        "type": "object",
        "properties": {
            "collection": { "const": collection.as_str() },
            "id": { "description": "Which record.", "type": "string" },
            "rev": { "description": "The record's version; only grows.", "type": "integer", "minimum": 1 },
            "changed_seq": {
                "description": "Its place in the location's change sequence.",
                "type": "integer",
                "minimum": 1,
            },
            "own_seq": {
                "description": "The highest `seq` of the asking device's stream that is part of this version.",
                "type": "integer",
                "minimum": 0,
            },
            "record": { "description": "`null` is a tombstone.", "anyOf": [record, { "type": "null" }] },
        },
        "required": ["collection", "id", "rev", "changed_seq", "own_seq", "record"],
    })
}
