//! Files that are written, read back, refused and left behind.

use crate::{
    storage::{Storage, StoreRequest, samples::*},
    trajectory::*,
};

use super::*;

/// A file with every kind of value as parameter, derived parameter, result, annotation and axis.
fn write_everything(path: &Path) {
    let values = every_value();
    let axis = |values: Vec<Value>| Axis::list(values).expect("an axis");
    let flat = |data| Value::Array(Array::flat(data).unwrap());
    let axes = [
        ("x", axis(vec![Value::Float(0.5), Value::Float(1.5), Value::Float(2.5), Value::Float(3.5)])),
        ("net.mode", axis(["a", "grüße", "b", ""].map(|s| Value::Text(s.into())).into())),
        ("net.n", axis([1, 2, 3, 4].map(Value::Int).into())),
        ("net.on", axis([true, false, true, true].map(Value::Bool).into())),
        ("net.w", axis((0..4).map(|i| flat(ArrayData::Float64(vec![f64::from(i); 3]))).collect())),
        ("net.v", axis((0..4).map(|i| flat(ArrayData::Float64(vec![f64::from(i); i as usize]))).collect())),
        ("net.l", axis((0..4).map(|i| Value::List(Sequence::Ints(vec![i, 1]))).collect())),
    ];
    let fixed: Vec<(String, Value)> = values.iter().map(|(n, v)| (format!("fix.{n}"), v.clone())).collect();
    let fixed: Vec<(&str, Value)> = fixed.iter().map(|(n, v)| (n.as_str(), v.clone())).collect();
    let trajectory = trajectory(&axes, &fixed);
    let mut storage = Hdf5Storage::create(path, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head(trajectory))).unwrap();
    let run = |index: u32| {
        let i = f64::from(index);
        let mut all = result("v", values.iter().map(|(n, v)| (*n, v.clone())).collect(), "every value");
        let annotated = values.iter().filter(|(_, v)| !matches!(v, Value::None | Value::Table(_) | Value::Dict(_)));
        all.annotations = annotated.map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        let mut additions = vec![
            all,
            result("z", vec![("z", Value::Float(i * 2.0))], "the product"),
            result("deep.er.n", vec![("n", Value::Int(7)), ("sub.a", Value::Bool(true))], ""),
            result("trace", vec![("trace", flat(ArrayData::Float64(vec![i; 5])))], "voltage"),
        ];
        additions.extend(values.iter().map(|(n, v)| derived(&format!("d.{n}"), v.clone())));
        finished(index, additions)
    };
    storage.store(StoreRequest::Runs(&[run(2), run(0)])).unwrap();
    let failure = RunFailure::Error("außer Rand und Band".into());
    storage.store(StoreRequest::Runs(&[failed(1, failure)])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

#[test]
fn everything_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    // Checks with other readers want to have the file.
    let path = std::env::var_os("HOST_SAMPLE").map_or(scratch.path().join("sub/all.hdf5"), Into::into);
    write_everything(&path);
    assert!(!path.with_file_name("all.hdf5.part").exists());
}
