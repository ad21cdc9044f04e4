//! From what serde tells of a value to the items of a result.

use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};
use core::fmt;

use serde_core::{
    Serialize,
    ser::{
        self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{COMPLEX, said};
use crate::typed::below;
use crate::value::{
    ArrayData, Complex, Dictionary, IntoArray, IntoPlain, IntoValue, NamedValue, Ndarray, Plain, Table, Value,
};

/// The items that `value` consists of; one without a name if it is no struct.
pub fn items<T: Serialize + ?Sized>(value: &T) -> Result<Vec<NamedValue>, Refusal> {
    let mut items = Vec::new();
    match value.serialize(Told)? {
        Node::Fields(fields) if fields.is_empty() => return Err(Refusal::new("has no fields, and a result has items")),
        node => node.collect(String::new(), &mut items)?,
    }
    Ok(items)
}

/// Why something has no counterpart in the contract, and where it stands.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub place: String,
    pub reason: String,
}

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        Self { place: String::new(), reason: reason.into() }
    }

    /// The same, seen from where `place` is a part.
    fn inside(mut self, place: &str) -> Self {
        self.place = below(place, &self.place).replace(".[", "[");
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.place, self.reason)
    }
}

impl core::error::Error for Refusal {}

impl ser::Error for Refusal {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(format!("does not tell its content: {}", said(reason)))
    }
}

/// What serde has told of one value.
enum Node {
    None,
    /// One element, as an array of that would have it.
    Element(Element),
    Bytes(Vec<u8>),
    Array(Ndarray),
    Table(Table),
    Fields(Vec<(String, Node)>),
}

enum Element {
    Boolean(bool),
    Signed8(i8),
    Signed16(i16),
    Signed32(i32),
    Signed64(i64),
    Unsigned8(u8),
    Unsigned16(u16),
    Unsigned32(u32),
    Unsigned64(u64),
    Float32(f32),
    Float64(f64),
    Complex(Complex),
    Text(String),
}

impl Node {
    /// Adds items: those of fields, or the one that this is.
    fn collect(self, name: String, items: &mut Vec<NamedValue>) -> Result<(), Refusal> {
        let value = match self {
            Self::Fields(fields) if !fields.is_empty() => {
                return fields.into_iter().try_for_each(|(field, node)| node.collect(below(&name, &field), items));
            }
            Self::Fields(_) => Dictionary::new().into_value(),
            Self::None => Value::Plain(Plain::None),
            Self::Bytes(bytes) => bytes.into_value(),
            // As with `Vec<u8>` that is added without serde.
            Self::Array(Ndarray { shape, data: ArrayData::Unsigned8(bytes) }) if shape.len() == 1 => bytes.into_value(),
            Self::Array(array) => array.into_value(),
            Self::Table(table) => table.into_value(),
            Self::Element(element) => element.into_plain().map_err(|refusal| refusal.inside(&name))?.into_value(),
        };
        items.push(NamedValue { name, value });
        Ok(())
    }

    fn describe(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Element(element) => element.kind(),
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "a sequence",
            Self::Table(_) => "a sequence of structs",
            Self::Fields(_) => "a struct",
        }
    }
}

/// For every kind of element: its name, how it begins an array, how it goes on with one.
macro_rules! elements {
    ($($kind:ident),*) => {
        impl Element {
            fn into_array(self) -> ArrayData {
                match self {
                    $(Self::$kind(element) => ArrayData::$kind(vec![element]),)*
                    Self::Complex(Complex { re, im }) => ArrayData::Complex128(vec![re, im]),
                }
            }

            /// Gives itself back where it is of another type.
            fn append(self, data: &mut ArrayData) -> Result<(), Self> {
                match (self, data) {
                    $((Self::$kind(element), ArrayData::$kind(elements)) => elements.push(element),)*
                    (Self::Complex(Complex { re, im }), ArrayData::Complex128(parts)) => parts.extend([re, im]),
                    (other, _) => return Err(other),
                }
                Ok(())
            }

            fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => ArrayData::$kind(Vec::new()).element_name(),)*
                    Self::Complex(_) => "complex128",
                }
            }
        }

        /// Says whether both are of one type.
        fn extend(data: &mut ArrayData, more: ArrayData) -> bool {
            match (data, more) {
                $((ArrayData::$kind(elements), ArrayData::$kind(more)) => elements.extend(more),)*
                (ArrayData::Complex128(parts), ArrayData::Complex128(more)) => parts.extend(more),
                _ => return false,
            }
            true
        }
    };
}

elements!(
    Boolean, Signed8, Signed16, Signed32, Signed64, Unsigned8, Unsigned16, Unsigned32, Unsigned64, Float32, Float64,
    Text
);

impl Element {
    fn into_plain(self) -> Result<Plain, Refusal> {
        Ok(match self {
            Self::Boolean(boolean) => boolean.into_plain(),
            Self::Signed8(integer) => integer.into_plain(),
            Self::Signed16(integer) => integer.into_plain(),
            Self::Signed32(integer) => integer.into_plain(),
            Self::Signed64(integer) => integer.into_plain(),
            Self::Unsigned8(integer) => integer.into_plain(),
            Self::Unsigned16(integer) => integer.into_plain(),
            Self::Unsigned32(integer) => integer.into_plain(),
            Self::Unsigned64(integer) => i64::try_from(integer).map_err(|_| beyond(integer))?.into_plain(),
            Self::Float32(real) => real.into_plain(),
            Self::Float64(real) => real.into_plain(),
            Self::Complex(complex) => complex.into_plain(),
            Self::Text(text) => text.into_plain(),
        })
    }
}

fn beyond(integer: impl fmt::Display) -> Refusal {
    Refusal::new(format!(
        "holds {integer}, beyond the host's integers, which are i64; in a sequence, u64 has all its bits"
    ))
}

/// The serializer: gives back what it is told.
struct Told;

macro_rules! tell {
    ($($method:ident: $from:ty => $kind:ident;)*) => { $(
        fn $method(self, element: $from) -> Result<Node, Refusal> {
            Ok(Node::Element(Element::$kind(element.into())))
        }
    )* };
}

impl ser::Serializer for Told {
    type Ok = Node;
    type Error = Refusal;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Variant<Elements>;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Variant<Fields>;

    tell! {
        serialize_bool: bool => Boolean;
        serialize_i8: i8 => Signed8;
        serialize_i16: i16 => Signed16;
        serialize_i32: i32 => Signed32;
        serialize_i64: i64 => Signed64;
        serialize_u8: u8 => Unsigned8;
        serialize_u16: u16 => Unsigned16;
        serialize_u32: u32 => Unsigned32;
        serialize_u64: u64 => Unsigned64;
        serialize_f32: f32 => Float32;
        serialize_f64: f64 => Float64;
        serialize_char: char => Text;
        serialize_str: &str => Text;
    }

    fn serialize_i128(self, integer: i128) -> Result<Node, Refusal> {
        i64::try_from(integer).map_err(|_| beyond(integer)).map(|integer| Node::Element(Element::Signed64(integer)))
    }

    fn serialize_u128(self, integer: u128) -> Result<Node, Refusal> {
        u64::try_from(integer).map_err(|_| beyond(integer)).map(|integer| Node::Element(Element::Unsigned64(integer)))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Node, Refusal> {
        Ok(Node::Bytes(bytes.to_vec()))
    }

    fn serialize_none(self) -> Result<Node, Refusal> {
        Ok(Node::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Node, Refusal> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Node, Refusal> {
        Ok(Node::None)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, Refusal> {
        Ok(Node::None)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Node, Refusal> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Node, Refusal> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Node, Refusal> {
        let node = value.serialize(self).map_err(|refusal| refusal.inside(variant))?;
        Ok(Node::Fields(vec![(variant.to_owned(), node)]))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements, Refusal> {
        Ok(Elements { count: 0, collected: Collected::Nothing })
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements, Refusal> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements, Refusal> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Variant<Elements>, Refusal> {
        Ok(Variant { variant, content: self.serialize_seq(Some(length))? })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields, Refusal> {
        Ok(Fields { complex: false, key: String::new(), fields: Vec::new() })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields, Refusal> {
        Ok(Fields { complex: name == COMPLEX, key: String::new(), fields: Vec::new() })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Variant<Fields>, Refusal> {
        Ok(Variant { variant, content: self.serialize_struct("", length)? })
    }
}

/// A sequence as far as it has been told.
struct Elements {
    count: u64,
    collected: Collected,
}

enum Collected {
    Nothing,
    /// Elements, or equally long sequences of them.
    Array {
        shape_of_each: Vec<u64>,
        data: ArrayData,
    },
    /// A column for each field, in the order of the first row.
    Rows(Vec<(String, Elements)>),
}

impl Elements {
    fn push(&mut self, node: Node) -> Result<(), Refusal> {
        let refused = |node: &Node, why: &str| Err(Refusal::new(format!("is {}{why}", node.describe())));
        match node {
            Node::None => {
                return refused(&node, "; neither arrays nor tables have room for that: use NaN, or leave it out");
            }
            Node::Bytes(_) => return refused(&node, ", which cannot be an element of a sequence"),
            Node::Table(_) => return refused(&node, " inside of a sequence; a table has no further dimension"),
            Node::Element(element) => match &mut self.collected {
                Collected::Nothing => {
                    self.collected = Collected::Array { shape_of_each: Vec::new(), data: element.into_array() };
                }
                Collected::Array { shape_of_each, data } if shape_of_each.is_empty() => {
                    element.append(data).map_err(|element| differs(element.kind(), data.element_name()))?;
                }
                other => return Err(differs(element.kind(), other.describe())),
            },
            Node::Array(Ndarray { shape, data: more }) => match &mut self.collected {
                Collected::Nothing => self.collected = Collected::Array { shape_of_each: shape, data: more },
                Collected::Array { shape_of_each, data } if !shape_of_each.is_empty() => {
                    if *shape_of_each != shape {
                        let reason = format!("has the shape {shape:?} where those before have {shape_of_each:?}");
                        return Err(Refusal::new(format!("{reason}; an array is rectangular")));
                    }
                    let (kind, other) = (more.element_name(), data.element_name());
                    if !extend(data, more) {
                        return Err(differs(kind, other));
                    }
                }
                other => return Err(differs("a sequence", other.describe())),
            },
            Node::Fields(fields) => self.push_row(fields)?,
        }
        self.count += 1;
        Ok(())
    }

    fn push_row(&mut self, fields: Vec<(String, Node)>) -> Result<(), Refusal> {
        if let Collected::Nothing = self.collected {
            if fields.is_empty() {
                return Err(Refusal::new("has no fields, and a table has columns"));
            }
            let column = |(name, _): &(String, Node)| (name.clone(), Self { count: 0, collected: Collected::Nothing });
            self.collected = Collected::Rows(fields.iter().map(column).collect());
        }
        let Collected::Rows(columns) = &mut self.collected else {
            return Err(differs("a struct", self.collected.describe()));
        };
        let names = |fields: &mut dyn Iterator<Item = &String>| {
            fields.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        if !columns.iter().map(|(name, _)| name).eq(fields.iter().map(|(name, _)| name)) {
            return Err(Refusal::new(format!(
                "has the fields {} where the rows before have {}; all rows of a table have the same columns",
                names(&mut fields.iter().map(|(name, _)| name)),
                names(&mut columns.iter().map(|(name, _)| name))
            )));
        }
        for ((_, column), (name, node)) in columns.iter_mut().zip(fields) {
            if let Node::Fields(_) = node {
                return Err(
                    Refusal::new("is a struct inside of a row; a column holds elements or arrays").inside(&name)
                );
            }
            column.push(node).map_err(|refusal| refusal.inside(&name))?;
        }
        Ok(())
    }

    fn array(self) -> Ndarray {
        match self.collected {
            Collected::Array { shape_of_each, data } => {
                let mut shape = vec![self.count];
                shape.extend(shape_of_each);
                Ndarray { shape, data }
            }
            Collected::Nothing | Collected::Rows(_) => Vec::<f64>::new().into_array(),
        }
    }

    fn node(self) -> Node {
        match self.collected {
            Collected::Rows(columns) => Node::Table(
                columns.into_iter().fold(Table::new(), |table, (name, column)| table.column(name, column.array())),
            ),
            _ => Node::Array(self.array()),
        }
    }
}

impl Collected {
    fn describe(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Array { shape_of_each, data } if shape_of_each.is_empty() => data.element_name(),
            Self::Array { .. } => "a sequence",
            Self::Rows(_) => "a struct",
        }
    }
}

fn differs(found: &str, before: &str) -> Refusal {
    Refusal::new(format!("is {found} where what comes before is {before}; all elements of a sequence are of one type"))
}

macro_rules! sequences {
    ($($name:ident: $method:ident;)*) => { $(
        impl $name for Elements {
            type Ok = Node;
            type Error = Refusal;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                let at = self.count;
                let pushed = value.serialize(Told).and_then(|node| self.push(node));
                pushed.map_err(|refusal| refusal.inside(&format!("[{at}]")))
            }

            fn end(self) -> Result<Node, Refusal> {
                Ok(self.node())
            }
        }
    )* };
}

sequences! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
}

/// A struct or map as far as it has been told.
struct Fields {
    complex: bool,
    key: String,
    fields: Vec<(String, Node)>,
}

impl Fields {
    fn push<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Refusal> {
        let node = value.serialize(Told).map_err(|refusal| refusal.inside(name))?;
        self.fields.push((name.to_owned(), node));
        Ok(())
    }

    fn node(self) -> Node {
        if self.complex
            && let [(_, Node::Element(Element::Float64(re))), (_, Node::Element(Element::Float64(im)))] =
                self.fields[..]
        {
            return Node::Element(Element::Complex(Complex { re, im }));
        }
        Node::Fields(self.fields)
    }
}

impl SerializeStruct for Fields {
    type Ok = Node;
    type Error = Refusal;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Refusal> {
        self.push(name, value)
    }

    fn end(self) -> Result<Node, Refusal> {
        Ok(self.node())
    }
}

impl SerializeMap for Fields {
    type Ok = Node;
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        self.key = match key.serialize(Told)? {
            Node::Element(Element::Text(text)) => text,
            Node::Element(Element::Float32(_) | Element::Float64(_) | Element::Complex(_)) => {
                return Err(Refusal::new("has a key that is a real or complex number, which cannot be a name"));
            }
            Node::Element(Element::Unsigned64(integer)) => said(integer),
            Node::Element(element) => match element.into_plain()? {
                Plain::Boolean(boolean) => said(boolean),
                Plain::Integer(integer) => said(integer),
                _ => return Err(Refusal::new("has a key that cannot be a name")),
            },
            other => {
                return Err(Refusal::new(format!("has a key that is {}, which cannot be a name", other.describe())));
            }
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let key = core::mem::take(&mut self.key);
        self.push(&key, value)
    }

    fn end(self) -> Result<Node, Refusal> {
        Ok(self.node())
    }
}

/// The content of an enum's variant.
struct Variant<C> {
    variant: &'static str,
    content: C,
}

impl<C> Variant<C> {
    fn push(&mut self, push: impl FnOnce(&mut C) -> Result<(), Refusal>) -> Result<(), Refusal> {
        push(&mut self.content).map_err(|refusal| refusal.inside(self.variant))
    }

    fn node(self, node: impl FnOnce(C) -> Node) -> Node {
        Node::Fields(vec![(self.variant.to_owned(), node(self.content))])
    }
}

impl SerializeTupleVariant for Variant<Elements> {
    type Ok = Node;
    type Error = Refusal;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        self.push(|elements| SerializeSeq::serialize_element(elements, value))
    }

    fn end(self) -> Result<Node, Refusal> {
        Ok(self.node(Elements::node))
    }
}

impl SerializeStructVariant for Variant<Fields> {
    type Ok = Node;
    type Error = Refusal;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Refusal> {
        self.push(|fields| fields.push(name, value))
    }

    fn end(self) -> Result<Node, Refusal> {
        Ok(self.node(Fields::node))
    }
}
