//! Values as JSON, for `--json`. What JSON has no words for is written as text: `"nan"`, `"inf"`, complex numbers as pairs.

use serde_json::{Map, Value as Json, json};

use crate::trajectory::{Array, ArrayData, Complex, Indices, Sequence, Sparse, Value};

/// `value` as JSON. Arrays become `{"dtype": …, "shape": […], "data": […]}` with flat data, sparse matrices
/// `{"sparse": "csr", "shape": […], "indices": […], …, "data": {…}}` with SciPy's names.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Bool(b) => json!(b),
        Value::Int(i) => json!(i),
        Value::Float(x) => float(*x),
        Value::Complex(c) => complex(c.re, c.im),
        Value::Text(s) => json!(s),
        Value::Bytes(b) => json!({ "bytes": hexadecimal(b) }),
        Value::Array(a) => array(a),
        Value::List(s) => sequence(s),
        Value::Tuple(s) => json!({ "tuple": sequence(s) }),
        Value::Sparse(s) => sparse(s),
        Value::Table(t) => {
            let columns = t.columns().iter().map(|(name, cells)| (name.clone(), array(cells)));
            json!({ "table": columns.collect::<Map<_, _>>() })
        }
        Value::Dict(d) => {
            let entries = d.entries().iter().map(|(key, value)| (key.to_string(), json(value)));
            json!({ "dict": entries.collect::<Map<_, _>>() })
        }
    }
}

fn float(x: f64) -> Json {
    if x.is_finite() { json!(x) } else { json!(crate::trajectory::python_float(x)) }
}

fn complex(re: f64, im: f64) -> Json {
    json!({ "complex": [float(re), float(im)] })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn array(array: &Array) -> Json {
    let data: Json = match array.data() {
        ArrayData::Bool(v) => json!(v),
        ArrayData::Int8(v) => json!(v),
        ArrayData::Int16(v) => json!(v),
        ArrayData::Int32(v) => json!(v),
        ArrayData::Int64(v) => json!(v),
        ArrayData::UInt8(v) => json!(v),
        ArrayData::UInt16(v) => json!(v),
        ArrayData::UInt32(v) => json!(v),
        ArrayData::UInt64(v) => json!(v),
        // Through the shortest digits of the single, not those of the double that equals it.
        ArrayData::Float32(v) => v.iter().map(|x| float(shortest(*x))).collect(),
        ArrayData::Float64(v) => v.iter().map(|x| float(*x)).collect(),
        ArrayData::Complex64(v) => v.chunks_exact(2).map(|c| complex(shortest(c[0]), shortest(c[1]))).collect(),
        ArrayData::Complex128(v) => v.chunks_exact(2).map(|c| complex(c[0], c[1])).collect(),
        ArrayData::Text(v) => json!(v),
    };
    json!({ "dtype": array.data().dtype(), "shape": array.shape(), "data": data })
}

fn sparse(sparse: &Sparse) -> Json {
    let mut object = Map::new();
    object.insert("sparse".into(), json!(sparse.format()));
    object.insert("shape".into(), json!(sparse.shape()));
    for (part, indices) in sparse.structure().parts() {
        let indices = match indices {
            Indices::Int32(v) => json!(v),
            Indices::Int64(v) => json!(v),
        };
        object.insert(part.into(), indices);
    }
    object.insert("data".into(), array(sparse.data()));
    object.into()
}

fn shortest(x: f32) -> f64 {
    x.to_string().parse().unwrap_or(f64::from(x))
}

fn sequence(sequence: &Sequence) -> Json {
    match sequence {
        Sequence::Empty => json!([]),
        Sequence::Bools(v) => json!(v),
        Sequence::Ints(v) => json!(v),
        Sequence::Floats(v) => v.iter().map(|x| float(*x)).collect(),
        Sequence::Complexes(v) => v.iter().map(|Complex { re, im }| complex(*re, *im)).collect(),
        Sequence::Texts(v) => json!(v),
        Sequence::Bytes(v) => v.iter().map(|b| json!({ "bytes": hexadecimal(b) })).collect(),
    }
}
