//! From parameters to what a type asks serde for.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::{self, Vec},
};
use core::fmt;

use serde_core::{
    de::{
        self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};

use crate::single_run::AccessError;
use crate::typed::below;
use crate::value::{Complex, Entry, FromValue, IntoPlain, IntoValue, Mismatch, Ndarray, Plain, Sequence, Table, Value};

/// Where parameters come from.
pub trait Source {
    /// The paths below `parameters` of all that lie below `group`.
    fn names(&self, group: &str) -> Vec<String>;

    /// The parameter of exactly this path.
    fn value(&self, name: &str) -> Result<Value, AccessError>;
}

/// Reads what is at `path`: a group or a parameter.
pub fn read<T: DeserializeOwned>(source: &impl Source, path: &str) -> Result<T, AccessError> {
    let names = source.names(path);
    let read = T::deserialize(Node { source, names: &names, path });
    read.map_err(|refusal| refusal.of(path))
}

/// Why a type does not get what it asks for.
#[derive(Debug)]
pub enum Refusal {
    /// With the name of the parameter.
    Access(AccessError),
    /// A field that has no default, of something whose name is not known yet.
    Missing(&'static str),
    /// In the words of [`FromValue`].
    Mismatch(Mismatch),
    /// In the words of the type.
    Said(String),
}

impl Refusal {
    /// The same for the group `path`.
    fn of_group(self, path: &str) -> Self {
        match self {
            Self::Missing(field) => Self::Access(AccessError::NotFound { name: below(path, field) }),
            other => Self::Access(other.of(path)),
        }
    }

    /// The same for the parameter `name`.
    fn of(self, name: &str) -> AccessError {
        let mismatch = match self {
            Self::Access(error) => return error,
            Self::Missing(field) => Mismatch::new(format!("has no `{field}`")),
            Self::Mismatch(mismatch) => mismatch,
            Self::Said(said) => Mismatch::new(format!("cannot be read: {said}")),
        };
        let name = if name.is_empty() { "parameters" } else { name };
        AccessError::WrongType { name: name.to_owned(), mismatch }
    }
}

impl Refusal {
    /// The same for the whole of which `part` is a part.
    fn inside(self, part: &str) -> Self {
        match self {
            Self::Access(error) => Self::Access(error),
            Self::Missing(field) => Self::Mismatch(Mismatch::new(format!("has no `{field}` in {part}"))),
            Self::Mismatch(mismatch) => Self::Mismatch(Mismatch::new(format!("has {part}, which {mismatch}"))),
            Self::Said(said) => Self::Said(format!("{part}: {said}")),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access(error) => error.fmt(f),
            Self::Missing(field) => write!(f, "there is no `{field}`"),
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Said(said) => f.write_str(said),
        }
    }
}

impl core::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(said: T) -> Self {
        Self::Said(said.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

impl From<Mismatch> for Refusal {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

/// A place in the tree of parameters: a group or a parameter.
struct Node<'a, S> {
    source: &'a S,
    /// Every parameter of the tree that is read.
    names: &'a [String],
    path: &'a str,
}

enum Found<'a, S> {
    Parameter(Content),
    Group(Children<'a, S>),
}

impl<'a, S: Source> Node<'a, S> {
    fn find(&self) -> Result<Found<'a, S>, Refusal> {
        if !self.path.is_empty() && self.names.iter().any(|name| name == self.path) {
            return Ok(Found::Parameter(Content(self.source.value(self.path).map_err(Refusal::Access)?)));
        }
        let mut children: Vec<String> = Vec::new();
        for name in self.names {
            let rest = match self.path {
                "" => Some(name.as_str()),
                path => name.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')),
            };
            let Some(child) = rest.and_then(|rest| rest.split('.').next()) else { continue };
            if !children.iter().any(|other| other == child) {
                children.push(child.to_owned());
            }
        }
        let group = Node { source: self.source, names: self.names, path: self.path };
        Ok(Found::Group(Children { group, left: children.into_iter(), current: String::new() }))
    }
}

macro_rules! by_kind {
    ($($method:ident,)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            match self.find()? {
                Found::Parameter(content) => {
                    content.$method(visitor).map_err(|refusal| Refusal::Access(refusal.of(self.path)))
                }
                Found::Group(children) => visitor.visit_map(children).map_err(|refusal| refusal.of_group(self.path)),
            }
        }
    )* };
}

impl<'de, S: Source> de::Deserializer<'de> for Node<'_, S> {
    type Error = Refusal;

    by_kind! {
        deserialize_any, deserialize_bool, deserialize_i8, deserialize_i16, deserialize_i32, deserialize_i64,
        deserialize_i128, deserialize_u8, deserialize_u16, deserialize_u32, deserialize_u64, deserialize_u128,
        deserialize_f32, deserialize_f64, deserialize_char, deserialize_str, deserialize_string, deserialize_bytes,
        deserialize_byte_buf, deserialize_unit, deserialize_seq, deserialize_map, deserialize_identifier,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.find()? {
            Found::Parameter(Content(Value::Plain(Plain::None))) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let read = match self.find()? {
            Found::Parameter(content) => content.deserialize_enum(name, variants, visitor),
            Found::Group(children) => visitor.visit_enum(MapAccessDeserializer::new(children)),
        };
        read.map_err(|refusal| Refusal::Access(refusal.of(self.path)))
    }

    /// What nobody asks for is not read.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }
}

/// What is right below a group.
struct Children<'a, S> {
    group: Node<'a, S>,
    left: vec::IntoIter<String>,
    current: String,
}

impl<'de, S: Source> MapAccess<'de> for Children<'_, S> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let Some(name) = self.left.next() else { return Ok(None) };
        self.current = below(self.group.path, &name);
        let key: StringDeserializer<Refusal> = name.into_deserializer();
        seed.deserialize(key).map(Some).map_err(|refusal| Refusal::Access(refusal.of(&self.current)))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let child = Node { source: self.group.source, names: self.group.names, path: &self.current };
        seed.deserialize(child).map_err(|refusal| Refusal::Access(refusal.of(&self.current)))
    }
}

/// The value of a parameter, or a part of it.
struct Content(Value);

impl Content {
    fn elements<'de, V: Visitor<'de>>(items: impl Iterator<Item = Value>, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_seq(Items { items, at: 0 })
    }

    fn sequence<'de, V: Visitor<'de>>(items: Sequence, visitor: V) -> Result<V::Value, Refusal> {
        fn plain<T: IntoPlain>(items: Vec<T>) -> impl Iterator<Item = Value> {
            items.into_iter().map(|item| Value::Plain(item.into_plain()))
        }
        match items {
            Sequence::Empty => Self::elements(core::iter::empty(), visitor),
            Sequence::Booleans(items) => Self::elements(plain(items), visitor),
            Sequence::Integers(items) => Self::elements(plain(items), visitor),
            Sequence::Reals(items) => Self::elements(plain(items), visitor),
            Sequence::Complexes(items) => Self::elements(plain(items), visitor),
            Sequence::Texts(items) => Self::elements(plain(items), visitor),
            Sequence::ByteStrings(items) => Self::elements(plain(items), visitor),
        }
    }

    /// Rows as maps.
    fn rows<'de, V: Visitor<'de>>(table: Table, visitor: V) -> Result<V::Value, Refusal> {
        let rows = usize::try_from(table.rows()).unwrap_or(usize::MAX);
        let row = |at| {
            let cells = table.columns.iter().map(|column| (column.name.clone(), column.cells.part(at)));
            Cells { left: cells.collect::<Vec<_>>().into_iter(), current: None }
        };
        visitor.visit_seq(Rows { row, at: 0, rows })
    }

    fn entries<'de, V: Visitor<'de>>(entries: Vec<Entry>, visitor: V) -> Result<V::Value, Refusal> {
        let mut cells: Vec<(String, Value)> = Vec::new();
        for Entry { key, value } in entries {
            let Some((first, rest)) = key.split_once('.') else {
                cells.push((key, Value::Plain(value)));
                continue;
            };
            let entry = Entry { key: rest.to_owned(), value };
            match cells.iter_mut().find(|(name, _)| name == first) {
                Some((_, Value::Dictionary(inner))) => inner.push(entry),
                _ => cells.push((first.to_owned(), Value::Dictionary(vec::Vec::from([entry])))),
            }
        }
        visitor.visit_map(Cells { left: cells.into_iter(), current: None })
    }
}

macro_rules! exact {
    ($($method:ident: $wanted:ty => $visit:ident;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            visitor.$visit(<$wanted>::from_value(self.0)?)
        }
    )* };
}

impl<'de> de::Deserializer<'de> for Content {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let plain = match self.0 {
            Value::Plain(plain) => plain,
            Value::Table(table) => {
                let columns = table.columns.into_iter().map(|column| (column.name, column.cells.into_value()));
                return visitor.visit_map(Cells { left: columns.collect::<Vec<_>>().into_iter(), current: None });
            }
            Value::Dictionary(entries) => return Self::entries(entries, visitor),
            Value::Sparse(_) => {
                return Err(
                    Mismatch::wanted("a value that serde knows; get it by `f_get` as `Sparse<f64>`", &self.0).into()
                );
            }
        };
        match plain {
            Plain::None => visitor.visit_unit(),
            Plain::Boolean(boolean) => visitor.visit_bool(boolean),
            Plain::Integer(integer) => visitor.visit_i64(integer),
            Plain::Real(real) => visitor.visit_f64(real),
            Plain::Complex(Complex { re, im }) => {
                let parts = [("re".to_owned(), re.into_value()), ("im".to_owned(), im.into_value())];
                visitor.visit_map(Cells { left: Vec::from(parts).into_iter(), current: None })
            }
            Plain::Text(text) => visitor.visit_string(text),
            Plain::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Plain::Array(array) => match array.shape.first() {
                Some(&rows) => {
                    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
                    Self::elements((0..rows).map(|at| array.part(at)), visitor)
                }
                None => match array.data.only() {
                    Some(element) => Self(Value::Plain(element)).deserialize_any(visitor),
                    // The one that is no other plain value: 64 bits without a sign.
                    None => visitor.visit_u64(u64::from_value(array.into_value())?),
                },
            },
            Plain::List(items) | Plain::Tuple(items) => Self::sequence(items, visitor),
        }
    }

    exact! {
        deserialize_bool: bool => visit_bool;
        deserialize_i8: i8 => visit_i8;
        deserialize_i16: i16 => visit_i16;
        deserialize_i32: i32 => visit_i32;
        deserialize_i64: i64 => visit_i64;
        deserialize_i128: i64 => visit_i64;
        deserialize_u8: u8 => visit_u8;
        deserialize_u16: u16 => visit_u16;
        deserialize_u32: u32 => visit_u32;
        deserialize_u64: u64 => visit_u64;
        deserialize_u128: u64 => visit_u64;
        deserialize_f32: f32 => visit_f32;
        deserialize_f64: f64 => visit_f64;
        deserialize_char: String => visit_string;
        deserialize_str: String => visit_string;
        deserialize_string: String => visit_string;
        deserialize_identifier: String => visit_string;
        deserialize_bytes: Vec<u8> => visit_byte_buf;
        deserialize_byte_buf: Vec<u8> => visit_byte_buf;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Plain(Plain::None) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Table(table) => Self::rows(table, visitor),
            Value::Plain(Plain::Bytes(bytes)) => {
                Self::elements(bytes.into_iter().map(|byte| byte.into_value()), visitor)
            }
            other => Self(other).deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Dictionary(entries) => Self::entries(entries, OfVariant(visitor)),
            other => {
                let text: StringDeserializer<Refusal> = String::from_value(other)?.into_deserializer();
                visitor.visit_enum(text)
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { unit unit_struct map struct }
}

/// The one entry of a dictionary as the variant of an enum, with its content.
struct OfVariant<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OfVariant<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(MapAccessDeserializer::new(entries))
    }
}

impl Ndarray {
    /// What is at `at` of the first dimension: an array of one dimension less, or an element.
    fn part(&self, at: usize) -> Value {
        let shape = self.shape.get(1..).unwrap_or_default().to_vec();
        let size = shape.iter().fold(1_usize, |size, &length| size.saturating_mul(length as usize));
        let data = self.data.part(at.saturating_mul(size), size);
        match data.only().filter(|_| shape.is_empty()) {
            Some(element) => Value::Plain(element),
            None => Self { shape, data }.into_value(),
        }
    }
}

struct Items<I> {
    items: I,
    at: usize,
}

impl<'de, I: Iterator<Item = Value>> SeqAccess<'de> for Items<I> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        seed.deserialize(Content(item)).map(Some).map_err(|refusal| refusal.inside(&format!("element {at}")))
    }

    fn size_hint(&self) -> Option<usize> {
        self.items.size_hint().1
    }
}

struct Rows<R> {
    row: R,
    at: usize,
    rows: usize,
}

impl<'de, R: FnMut(usize) -> Cells> SeqAccess<'de> for Rows<R> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        if self.at == self.rows {
            return Ok(None);
        }
        let at = self.at;
        self.at += 1;
        let row = MapAccessDeserializer::new((self.row)(at));
        seed.deserialize(row).map(Some).map_err(|refusal| refusal.inside(&format!("row {at}")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rows - self.at)
    }
}

/// Named parts of a value.
struct Cells {
    left: vec::IntoIter<(String, Value)>,
    current: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Cells {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        self.current = self.left.next();
        let Some((name, _)) = &self.current else { return Ok(None) };
        let key: StringDeserializer<Refusal> = name.clone().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let Some((name, value)) = self.current.take() else {
            return Err(de::Error::custom("a value is asked for before its name"));
        };
        seed.deserialize(Content(value)).map_err(|refusal| refusal.inside(&format!("`{name}`")))
    }
}

/// Reads [`Complex`] from real and complex numbers, and from its parts.
pub struct ComplexVisitor;

impl<'de> Visitor<'de> for ComplexVisitor {
    type Value = Complex;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a complex number")
    }

    fn visit_f64<E: de::Error>(self, re: f64) -> Result<Complex, E> {
        Ok(re.into())
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Complex, E> {
        Complex::from_value(integer.into_value()).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Complex, A::Error> {
        let (mut re, mut im) = (None, None);
        while let Some(part) = parts.next_key::<String>()? {
            match part.as_str() {
                "re" => re = Some(parts.next_value()?),
                "im" => im = Some(parts.next_value()?),
                _ => return Err(de::Error::unknown_field(&part, &["re", "im"])),
            }
        }
        let part = |part: Option<f64>, name| part.ok_or_else(|| de::Error::missing_field(name));
        Ok(Complex::new(part(re, "re")?, part(im, "im")?))
    }
}
