//! The schemas of what is asked and what is told, gathered from the types.
//!
//! A type may be asked for with fields left out that are always told, so the two are gathered apart. Where both say the same
//! they share one name; otherwise the one that is told is called after it.

use std::collections::BTreeSet;

use domain::STRING_BYTES_MAX;
use protocol::{EXCHANGE_MUTATIONS_MAX, ExchangeRequest, Mutation, Problem, Skipped};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Where schemas stand in the document.
pub(crate) const PLACE: &str = "/components/schemas";

/// Everything that was asked for so far.
pub(crate) struct Shapes {
    asked: SchemaGenerator,
    told: SchemaGenerator,
    /// Schemas that are put together here.
    made: Map<String, Value>,
}

impl Shapes {
    pub(crate) fn new() -> Self {
        let settings = |settings: SchemaSettings| {
            let place = |settings: &mut SchemaSettings| settings.definitions_path = PLACE.into();
            settings.with(place).into_generator()
        };
        Self {
            asked: settings(SchemaSettings::draft2020_12().for_deserialize()),
            told: settings(SchemaSettings::draft2020_12().for_serialize()),
            made: Map::new(),
        }
    }

    /// What a request may say.
    pub(crate) fn asked<T: JsonSchema>(&mut self) -> Value {
        asked_form(self.asked.subschema_for::<T>())
    }

    /// What an answer says; references in it are marked until it is known what they are called.
    pub(crate) fn told<T: JsonSchema>(&mut self) -> Value {
        let mut schema = plain(self.told.subschema_for::<T>());
        rename_references(&mut schema, &|name| format!("{name}{TOLD}"));
        schema
    }

    /// A refusal with one of these codes.
    pub(crate) fn problem(&mut self, status: u16, codes: &[&str]) -> Value {
        let mut problem = self.told::<Problem>();
        problem["properties"] = json!({ "status": { "const": status }, "code": { "enum": codes } });
        problem
    }

    /// An exchange in which one kind of change travels. Others are taken too, and are refused by their verdict.
    pub(crate) fn exchange_of<Change: JsonSchema>(&mut self, kind: &str) -> Value {
        let (change, skipped) = (self.asked::<Change>(), self.asked::<Skipped>());
        let mut mutation = plain(Mutation::json_schema(&mut self.asked));
        let known = json!({ "anyOf": [change, {}] });
        with(&mut mutation["properties"]["change"], known);
        let mut exchange = plain(ExchangeRequest::json_schema(&mut self.asked));
        let name = format!("{kind}Mutation");
        exchange["properties"]["mutations"] = json!({
            "description": "The oldest unsettled mutations, in order, or what stands in the place of one.",
            "type": "array",
            "items": { "anyOf": [reference(&name), skipped] },
            "maxItems": EXCHANGE_MUTATIONS_MAX,
        });
        for (name, schema) in [(name, mutation), (format!("{kind}Exchange"), exchange)] {
            self.made.insert(name, asked_form(Schema::try_from(schema).unwrap()));
        }
        reference(&format!("{kind}Exchange"))
    }

    /// Every schema under its name; references in `document` are given their final names.
    pub(crate) fn settle(mut self, document: &mut Value) -> Map<String, Value> {
        let mut all: Map<String, Value> = self
            .asked
            .take_definitions(true)
            .into_iter()
            .map(|(name, schema)| (name, asked_form(as_schema(schema))))
            .collect();
        let mut told: Map<String, Value> = self
            .told
            .take_definitions(true)
            .into_iter()
            .map(|(name, schema)| (name, plain(as_schema(schema))))
            .collect();
        all.append(&mut self.made);
        let apart = told_apart(&all, &told);
        let called = |name: &str| {
            let bare = name.strip_suffix(TOLD).unwrap_or(name);
            let is_told = name.ends_with(TOLD) && apart.contains(bare);
            if is_told { format!("{bare}Told") } else { bare.to_owned() }
        };
        for schema in told.values_mut() {
            rename_references(schema, &|name| called(&format!("{name}{TOLD}")));
        }
        rename_references(document, &called);
        all.extend(told.into_iter().map(|(name, schema)| (called(&format!("{name}{TOLD}")), schema)));
        referred_to(all, document)
    }
}

/// The schemas that the document, or one that it refers to, refers to.
fn referred_to(all: Map<String, Value>, document: &Value) -> Map<String, Value> {
    let mut wanted = BTreeSet::new();
    let mut found = references(document);
    while let Some(name) = found.pop_first() {
        if let Some(schema) = all.get(&name).filter(|_| wanted.insert(name.clone())) {
            found.extend(references(schema));
        }
    }
    all.into_iter().filter(|(name, _)| wanted.contains(name)).collect()
}

/// The names that something refers to.
fn references(value: &Value) -> BTreeSet<String> {
    let names = std::cell::RefCell::new(BTreeSet::new());
    rename_references(&mut value.clone(), &|name| {
        names.borrow_mut().insert(name.to_owned());
        name.to_owned()
    });
    names.into_inner()
}

/// Marks a reference to what is told. No type's name ends so.
const TOLD: &str = "~told";

/// The names under which something else is told than is asked, themselves or by what they refer to.
fn told_apart(asked: &Map<String, Value>, told: &Map<String, Value>) -> BTreeSet<String> {
    let mut apart: BTreeSet<String> = told
        .iter()
        .filter(|(name, schema)| asked.get(*name).is_some_and(|other| other != *schema))
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let more: Vec<String> = told
            .iter()
            .filter(|(name, schema)| asked.contains_key(*name) && !apart.contains(*name) && refers_to(schema, &apart))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return apart;
        }
        apart.extend(more);
    }
}

fn refers_to(schema: &Value, names: &BTreeSet<String>) -> bool {
    !references(schema).is_disjoint(names)
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#{PLACE}/{name}") })
}

fn rename_references(value: &mut Value, called: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some(name) = target.strip_prefix(&format!("#{PLACE}/"))
            {
                *target = format!("#{PLACE}/{}", called(name));
            }
            fields.values_mut().for_each(|value| rename_references(value, called));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename_references(value, called)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn as_schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap()
}

/// A schema of what is asked: every text in it is bounded.
fn asked_form(schema: Schema) -> Value {
    let mut value = plain(schema);
    each_schema(&mut value, &mut bound_text);
    value
}

/// A schema without what only Rust knows of.
fn plain(schema: Schema) -> Value {
    let mut value = schema.to_value();
    each_schema(&mut value, &mut |schema| {
        bound_integer(schema);
        list_names(schema);
    });
    value
}

/// Visits every object within: schemas, and also what merely looks like one, which none of the changes here touches.
fn each_schema(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            change(fields);
            fields.values_mut().for_each(|value| each_schema(value, change));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| each_schema(value, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Says in numbers what the name of one of Rust's integers means.
fn bound_integer(schema: &mut Map<String, Value>) {
    let bounds = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => json!({ "minimum": 0, "maximum": u8::MAX }),
        Some("uint16") => json!({ "minimum": 0, "maximum": u16::MAX }),
        Some("uint32") => json!({ "minimum": 0, "maximum": u32::MAX }),
        Some("uint64") => json!({ "minimum": 0, "maximum": u64::MAX }),
        Some("int16") => json!({ "minimum": i16::MIN, "maximum": i16::MAX }),
        Some("int32") => json!({ "minimum": i32::MIN, "maximum": i32::MAX }),
        Some("int64") => json!({ "minimum": i64::MIN, "maximum": i64::MAX }),
        Some(_) | None => return,
    };
    schema.remove("format");
    for (bound, value) in bounds.as_object().unwrap() {
        schema.entry(bound.clone()).or_insert_with(|| value.clone());
    }
}

/// Names that stand for themselves, each with its sentence, become one list.
fn list_names(schema: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = schema.get("oneOf") else { return };
    let named = |choice: &Value| {
        Some((choice.get("const")?.as_str()?.to_owned(), choice.get("description")?.as_str()?.to_owned()))
    };
    let Some(names) = choices.iter().map(named).collect::<Option<Vec<_>>>() else { return };
    let sentences: Vec<String> = names.iter().map(|(name, says)| format!("`{name}`: {says}")).collect();
    let before = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{before}\n\n{}", sentences.join("\n"));
    schema.remove("oneOf");
    schema.insert("description".to_owned(), description.trim().into());
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), names.into_iter().map(|(name, _)| name).collect());
}

/// No text of a body may be longer than this, whatever it is for. Bytes are counted, which are as many as characters or more.
fn bound_text(schema: &mut Map<String, Value>) {
    let is_text = match schema.get("type") {
        Some(Value::String(name)) => name == "string",
        Some(Value::Array(names)) => names.iter().any(|name| name == "string"),
        _ => false,
    };
    if is_text && !["maxLength", "pattern", "enum", "const"].iter().any(|key| schema.contains_key(*key)) {
        schema.insert("maxLength".to_owned(), STRING_BYTES_MAX.into());
    }
}

fn with(schema: &mut Value, more: Value) {
    let (Some(fields), Value::Object(more)) = (schema.as_object_mut(), more) else { return };
    fields.extend(more);
}
