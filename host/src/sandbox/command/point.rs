//! One point as text: JSON, and values in arguments.

use serde_json::{Map, Value as Json, json};

use crate::{
    sandbox::job::hex,
    spec::{Piece, Template},
    trajectory::{Array, ArrayData, Sequence, SingleRun, Value, python_float},
};

/// All parameters of a point, by their names below `parameters`.
///
/// What JSON has no words for is text (`"nan"`, `"inf"`), complex numbers are pairs, bytes hexadecimal digits.
///
/// # Errors
/// A parameter has no place in JSON; in words.
pub fn json(run: &SingleRun) -> Result<String, String> {
    let mut object = Map::new();
    for path in run.trajectory().parameters().keys() {
        let full = format!("parameters.{path}");
        let value = run.f_get(&full).map_err(|why| why.to_string())?;
        let value = of_value(&value)
            .ok_or_else(|| format!("`{path}` is of type {}, which JSON has no place for", value.type_name()))?;
        object.insert(path.to_string(), value);
    }
    Ok(Json::Object(object).to_string())
}

/// An argument with the values of a point.
///
/// # Errors
/// There is no such parameter, or its value has no place in an argument; in words.
pub fn filled(template: &Template, run: &SingleRun) -> Result<String, String> {
    let mut text = String::new();
    for piece in template.pieces() {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Name(name) => {
                let value = run.f_get(name).map_err(|why| why.to_string())?;
                let value = argument(&value).ok_or_else(|| {
                    format!("`{name}` is of type {}, which has no place in an argument", value.type_name())
                })?;
                text.push_str(&value);
            }
        }
    }
    Ok(text)
}

/// A value as an argument, if it has a place there.
pub fn argument(value: &Value) -> Option<String> {
    match value {
        Value::Bool(b) => Some(b.to_string()),
        Value::Int(i) => Some(i.to_string()),
        Value::Float(x) => Some(python_float(*x)),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn of_value(value: &Value) -> Option<Json> {
    Some(match value {
        Value::None => Json::Null,
        Value::Bool(b) => json!(b),
        Value::Int(i) => json!(i),
        Value::Float(x) => float(*x),
        Value::Complex(c) => json!([float(c.re), float(c.im)]),
        Value::Text(text) => json!(text),
        Value::Bytes(bytes) => json!(hex(bytes)),
        Value::Array(array) => of_array(array),
        Value::List(sequence) | Value::Tuple(sequence) => of_sequence(sequence),
        Value::Table(table) => {
            table.columns().iter().map(|(name, cells)| (name.clone(), of_array(cells))).collect::<Map<_, _>>().into()
        }
        Value::Dict(dict) => {
            let entry = |(key, value): &(_, Value)| Some((format!("{key}"), of_value(value)?));
            dict.entries().iter().map(entry).collect::<Option<Map<_, _>>>()?.into()
        }
        Value::Sparse(_) => return None,
    })
}

fn float(x: f64) -> Json {
    if x.is_finite() { json!(x) } else { json!(python_float(x)) }
}

fn of_sequence(sequence: &Sequence) -> Json {
    match sequence {
        Sequence::Empty => json!([]),
        Sequence::Bools(v) => json!(v),
        Sequence::Ints(v) => json!(v),
        Sequence::Floats(v) => v.iter().map(|x| float(*x)).collect(),
        Sequence::Complexes(v) => v.iter().map(|c| json!([float(c.re), float(c.im)])).collect(),
        Sequence::Texts(v) => json!(v),
        Sequence::Bytes(v) => v.iter().map(|bytes| json!(hex(bytes))).collect(),
    }
}

/// Lists in lists, as many as there are dimensions.
fn of_array(array: &Array) -> Json {
    let elements: Vec<Json> = match array.data() {
        ArrayData::Bool(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::Int8(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::Int16(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::Int32(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::Int64(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::UInt8(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::UInt16(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::UInt32(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::UInt64(v) => v.iter().map(|x| json!(x)).collect(),
        ArrayData::Float32(v) => v.iter().map(|x| float(f64::from(*x))).collect(),
        ArrayData::Float64(v) => v.iter().map(|x| float(*x)).collect(),
        ArrayData::Complex64(v) => {
            v.chunks_exact(2).map(|c| json!([float(f64::from(c[0])), float(f64::from(c[1]))])).collect()
        }
        ArrayData::Complex128(v) => v.chunks_exact(2).map(|c| json!([float(c[0]), float(c[1])])).collect(),
        ArrayData::Text(v) => v.iter().map(|x| json!(x)).collect(),
    };
    nested(array.shape(), &mut elements.into_iter())
}

fn nested(shape: &[u64], elements: &mut impl Iterator<Item = Json>) -> Json {
    match shape {
        [] => elements.next().unwrap_or(Json::Null),
        [length, inner @ ..] => (0..*length).map(|_| nested(inner, elements)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_json() {
        let array = |shape: Vec<u64>, data| Value::Array(Array::new(shape, data).unwrap());
        let values = [
            Value::Float(0.1),
            Value::Float(1.0),
            Value::Float(f64::NAN),
            Value::Int(i64::MIN),
            Value::Text("\"ä\n".into()),
            array(vec![2, 2], ArrayData::Float64(vec![1.0, 2.5, f64::INFINITY, 4.0])),
            array(vec![2, 0, 3], ArrayData::Int8(vec![])),
            array(vec![], ArrayData::UInt64(vec![u64::MAX])),
            array(vec![1], ArrayData::Complex128(vec![1.0, -2.0])),
            Value::Tuple(Sequence::Texts(vec!["a".into(), "b".into()])),
        ];
        insta::assert_snapshot!(values.map(|value| of_value(&value).unwrap().to_string()).join("\n"));
    }

    #[test]
    fn values_as_arguments() {
        let texts = [Value::Float(1e-9), Value::Float(1e300), Value::Int(-3), Value::Bool(true)]
            .map(|value| argument(&value).unwrap());
        assert_eq!(texts, ["1e-09", "1e+300", "-3", "true"]);
        assert_eq!(argument(&Value::None), None);
    }
}
