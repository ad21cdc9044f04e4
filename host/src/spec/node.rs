//! [`Written`]: a value in a spec before anyone asked what it means.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::source::At;

/// A value with its place.
pub(super) type Node = At<Written>;

/// A value as TOML has it. Dates are refused while reading.
#[derive(Clone, Debug)]
pub(super) enum Written {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Array(Vec<Node>),
    Table(Entries),
}

/// The entries of a table, in the order in which they were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries(pub Vec<(At<String>, Node)>);

impl Entries {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

impl Written {
    /// The kind in the words of messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a real",
            Self::Text(_) => "text",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, b: bool) -> Result<Written, E> {
                Ok(Written::Bool(b))
            }

            fn visit_i64<E>(self, i: i64) -> Result<Written, E> {
                Ok(Written::Int(i))
            }

            fn visit_u64<E: Error>(self, i: u64) -> Result<Written, E> {
                Err(too_large(i))
            }

            fn visit_i128<E: Error>(self, i: i128) -> Result<Written, E> {
                Err(too_large(i))
            }

            fn visit_u128<E: Error>(self, i: u128) -> Result<Written, E> {
                Err(too_large(i))
            }

            fn visit_f64<E>(self, x: f64) -> Result<Written, E> {
                Ok(Written::Float(x))
            }

            fn visit_str<E>(self, text: &str) -> Result<Written, E> {
                Ok(Written::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Written, E> {
                Ok(Written::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Written, A::Error> {
                let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0));
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Written::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                read_entries(map).map(Written::Table)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

fn too_large<E: Error>(i: impl fmt::Display) -> E {
    E::custom(format!("{i} does not fit into the 64 bits of an integer\nwrite it as a real, `{i}.0`, or as text"))
}

fn read_entries<'de, A: MapAccess<'de>>(mut map: A) -> Result<Entries, A::Error> {
    let mut entries = Vec::new();
    while let Some(entry) = map.next_entry()? {
        entries.push(entry);
    }
    Ok(Entries(entries))
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;

        impl<'de> Visitor<'de> for Table {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entries, A::Error> {
                read_entries(map)
            }
        }

        deserializer.deserialize_map(Table)
    }
}

impl JsonSchema for Written {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let this = generator.subschema_for::<Self>();
        let number = json_schema!({ "type": "number" });
        let about = json_schema!({ "type": "string" });
        // Each of these forms says what TOML has no words for.
        let form = |key: &str, schema: Schema, more: &[(&str, Schema)]| {
            let mut properties = serde_json::Map::new();
            properties.insert(key.into(), schema.into());
            let also = ["unit", "comment", "class"].map(|name| (name, about.clone()));
            for (name, schema) in more.iter().chain(&also) {
                properties.insert((*name).into(), schema.clone().into());
            }
            json_schema!({ "type": "object", "properties": properties, "required": [key], "additionalProperties": false })
        };
        let list = json_schema!({ "type": "array", "items": this });
        let open = json_schema!({ "type": "object", "additionalProperties": this });
        json_schema!({
            "description": "a number, text, a truth value, a list of one type, or a table that says what TOML has no words for",
            "anyOf": [
                { "type": ["boolean", "integer", "number", "string"] },
                list.clone(),
                form("value", this.clone(), &[]),
                form("file", about.clone(), &[("column", about.clone())]),
                form("complex", json_schema!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 }), &[]),
                form("array", json_schema!({}), &[("dtype", about.clone())]),
                form("tuple", list, &[]),
                form("bytes", json_schema!({ "type": "string", "pattern": "^([0-9A-Fa-f]{2})*$" }), &[]),
                form("dict", open.clone(), &[]),
                form("table", open, &[]),
            ],
        })
    }
}

/// Parameters by name; tables without one of the forms of a value are groups.
impl JsonSchema for Entries {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (value, group) = (generator.subschema_for::<Written>(), generator.subschema_for::<Self>());
        json_schema!({ "type": "object", "additionalProperties": { "anyOf": [value, group] } })
    }
}
