//! `{ array = [[1, 2], [3, 4]], dtype = "float32" }`: arrays written out.

use super::{
    error::SpecError,
    node::{Node, Written},
    refusal::suggestion,
    source::Source,
};
use crate::trajectory::{Array, ArrayData, exact_double};

const DTYPES: [&str; 14] = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "str",
];

/// Reads nested lists of equal lengths. Without `dtype`, the first element says the type;
/// complex elements are pairs `[real, imaginary]`.
pub(super) fn array(node: &Node, dtype: Option<&Node>, source: &Source) -> Result<Array, SpecError> {
    let mut shape = Vec::new();
    let mut first = node;
    while let Written::Array(items) = &first.value {
        shape.push(items.len() as u64);
        match items.first() {
            Some(item) => first = item,
            None => break,
        }
    }
    let mut leaves = Vec::new();
    collect(node, &shape, source, &mut leaves)?;
    let dtype = match dtype {
        Some(Node { value: Written::Text(name), span }) => {
            let known = DTYPES.into_iter().find(|known| known == name);
            known.ok_or_else(|| {
                source.error(span, format!("unknown dtype `{name}`")).maybe_hint(suggestion(name, &DTYPES))
            })?
        }
        Some(other) => {
            return Err(source.error(&other.span, format!("`dtype` takes text in quotes, not {}", other.value.kind())));
        }
        None => match leaves.first().map(|leaf| &leaf.value) {
            Some(Written::Bool(_)) => "bool",
            Some(Written::Int(_)) => "int64",
            Some(Written::Text(_)) => "str",
            _ => "float64",
        },
    };
    if dtype.starts_with("complex") && shape.pop() != Some(2) {
        let message = "elements of a complex array are pairs";
        return Err(source.error(&node.span, message).hint("write [[1, 0], [0, 1]] for the two elements 1 and i"));
    }
    let data = data(dtype, &leaves, source)?;
    Array::new(shape, data).map_err(|error| source.error(&node.span, error.to_string()))
}

/// Gathers the elements in order, all at the depth and with the lengths of the first ones.
fn collect<'a>(node: &'a Node, shape: &[u64], source: &Source, leaves: &mut Vec<&'a Node>) -> Result<(), SpecError> {
    match (&node.value, shape.split_first()) {
        (Written::Array(items), Some((&length, rest))) => {
            if items.len() as u64 != length {
                let message = format!("this row has {} elements but the first one has {length}", items.len());
                return Err(source.error(&node.span, message).hint("all rows of an array are equally long"));
            }
            items.iter().try_for_each(|item| collect(item, rest, source, leaves))
        }
        (Written::Array(_), None) => {
            Err(source.error(&node.span, "a list stands where the rows before have an element"))
        }
        (_, Some(_)) => Err(source.error(&node.span, "an element stands where the rows before have a list")),
        (Written::Table(_), None) => Err(source.error(&node.span, "an array holds numbers, truth values or text")),
        (_, None) => {
            leaves.push(node);
            Ok(())
        }
    }
}

fn data(dtype: &str, leaves: &[&Node], source: &Source) -> Result<ArrayData, SpecError> {
    let refuse = |leaf: &Node| {
        let got = source.text().get(leaf.span.clone()).unwrap_or_default();
        let got: String = got.chars().take(40).collect();
        let hint = match (&leaf.value, dtype) {
            (Written::Float(_), "int64") => {
                Some("write the first element as a real, such as 1.0, or give a `dtype`".into())
            }
            _ => None,
        };
        source.error(&leaf.span, format!("{got} does not fit into an array of {dtype}")).maybe_hint(hint)
    };
    /// Elements of one type.
    macro_rules! elements {
        ($convert:expr) => {{
            let convert = $convert;
            leaves.iter().map(|leaf| convert(&leaf.value).ok_or_else(|| refuse(leaf))).collect::<Result<Vec<_>, _>>()?
        }};
    }
    macro_rules! integers {
        ($type:ty) => {
            elements!(|leaf: &Written| match leaf {
                Written::Int(i) => <$type>::try_from(*i).ok(),
                _ => None,
            })
        };
    }
    let double = |leaf: &Written| match leaf {
        Written::Float(x) => Some(*x),
        Written::Int(i) => exact_double(*i),
        _ => None,
    };
    // Rounded as NumPy does; what would become infinite is refused.
    let single = |leaf: &Written| double(leaf).filter(|x| !x.is_finite() || (*x as f32).is_finite()).map(|x| x as f32);
    Ok(match dtype {
        "bool" => ArrayData::Bool(elements!(|leaf: &Written| match leaf {
            Written::Bool(b) => Some(*b),
            _ => None,
        })),
        "str" => ArrayData::Text(elements!(|leaf: &Written| match leaf {
            Written::Text(s) => Some(s.clone()),
            _ => None,
        })),
        "int8" => ArrayData::Int8(integers!(i8)),
        "int16" => ArrayData::Int16(integers!(i16)),
        "int32" => ArrayData::Int32(integers!(i32)),
        "int64" => ArrayData::Int64(integers!(i64)),
        "uint8" => ArrayData::UInt8(integers!(u8)),
        "uint16" => ArrayData::UInt16(integers!(u16)),
        "uint32" => ArrayData::UInt32(integers!(u32)),
        "uint64" => ArrayData::UInt64(integers!(u64)),
        "float32" => ArrayData::Float32(elements!(single)),
        "complex64" => ArrayData::Complex64(elements!(single)),
        "complex128" => ArrayData::Complex128(elements!(double)),
        _ => ArrayData::Float64(elements!(double)),
    })
}
