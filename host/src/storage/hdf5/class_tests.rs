//! What classes of the user's own have stored: written, read back, and stored again.

use std::sync::Arc;

use super::*;
use crate::{
    storage::{MemoryStorage, ReadError, Reader, StorageService, copy, samples::*},
    trajectory::*,
};

type Items = Vec<(NodePath, Value)>;

/// A class that stores integers as two items, one of them inside of a group.
struct Halves;

fn halves(n: i64) -> Items {
    vec![(path("z.half"), Value::Int(n / 2)), (path("odd"), Value::Bool(n % 2 == 1))]
}

impl ValueLoader for Halves {
    fn values(&self, class: &str, _: &str, items: &[(NodePath, Value)]) -> Option<Result<Items, String>> {
        let [(_, Value::Int(half)), (_, Value::Bool(odd))] = items else { return Some(Err("no halves".into())) };
        (class == "Halves").then(|| Ok(vec![(path("data"), Value::Int(2 * half + i64::from(*odd)))]))
    }
}

fn path(name: &str) -> NodePath {
    NodePath::new(name).expect("a legal name")
}

/// 1200 explored values of which two occur twice, and more than one group holds.
fn sample() -> Trajectory {
    let mut made = Trajectory::new("sample").unwrap().with_seed(7);
    for name in ["net.x", "y"] {
        made.f_add_parameter(name, 5, "of a class").unwrap().class = Some("Halves".into());
    }
    let values: Vec<i64> = (0..1198).chain([3, 4]).collect();
    let axis = Axis::list(values.iter().map(|&n| Value::Int(n)).collect()).unwrap();
    made.f_explore([("net.x", axis)], Combine::Zip).unwrap();
    let words = |n: &i64| format!("{n} in halves");
    let explored = StoredItems {
        default: halves(5),
        explored: values.iter().map(|&n| halves(n)).collect(),
        summary: words(&5),
        explored_summaries: values.iter().map(words).collect(),
    };
    let fixed = StoredItems { default: halves(5), summary: words(&5), ..StoredItems::default() };
    made.store_parameter_as(&path("net.x"), explored).unwrap();
    made.store_parameter_as(&path("y"), fixed).unwrap();
    made
}

fn of_class(addition: Addition, summary: &str) -> Addition {
    Addition { class: Some("Own".into()), summary: summary.into(), ..addition }
}

fn write(file: &Path) {
    let mut storage = Hdf5Storage::create(file, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head(Arc::new(sample())))).unwrap();
    let items = vec![("data", Value::Float(0.5)), ("a.b", Value::Text("ü".into()))];
    let two = Addition { items: halves(7), ..derived("d", Value::None) };
    let run = finished(1, vec![of_class(two, "d in words"), of_class(result("deep.r", items, "c"), "r in words")]);
    storage.store(StoreRequest::Runs(&[run])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

#[test]
fn a_parameter_has_its_items_and_each_explored_value_once() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("1.hdf5");
    write(&file);
    let reader = Hdf5Reader::open(&file).unwrap();
    let leaf = reader.leaf("sample", "parameters.net.x").unwrap();
    assert_eq!((leaf.class.as_str(), leaf.summary.as_deref(), leaf.explored), ("Halves", Some("5 in halves"), None));
    assert_eq!(leaf.items, [("z.half".into(), Value::Int(2)), ("odd".into(), Value::Bool(true))]);
    let explored = leaf.explored_items.unwrap();
    assert_eq!((explored.distinct.len(), explored.of_run.len()), (1198, 1200));
    assert_eq!(explored.of_run[1197..], [1197, 3, 4]);
    assert_eq!(explored.distinct[1001], [("z.half".into(), Value::Int(500)), ("odd".into(), Value::Bool(true))]);
    assert_eq!(explored.summaries[1001], "1001 in halves");
    let rows = reader.runs("sample", 1198..1200).unwrap().rows;
    assert_eq!(rows[1].values, [Value::Text("4 in halves".into())], "without the class, its words");
    let fixed = reader.leaf("sample", "parameters.y").unwrap();
    assert_eq!((fixed.items.len(), fixed.explored_items, fixed.unreadable.len()), (2, None, 0));
}

#[test]
fn a_copy_needs_the_class_of_parameters() {
    let scratch = tempfile::tempdir().unwrap();
    let [first, second] = ["1.hdf5", "2.hdf5"].map(|name| scratch.path().join(name));
    write(&first);
    let reader = Hdf5Reader::open(&first).unwrap();
    let refused = reader.head("sample").unwrap_err();
    assert!(matches!(refused, ReadError::Unreadable { .. }));
    insta::assert_snapshot!(refused);
    assert!(copy(&reader, "sample", &mut MemoryStorage::default()).is_err());

    let head = reader.head_with("sample", &Halves).unwrap();
    let made = sample();
    let words = |t: &Trajectory| {
        format!("{:?}", t.parameters().iter().map(|(p, q)| (p, &q.value, &q.class, &q.stored)).collect::<Vec<_>>())
    };
    assert_eq!(words(&head.trajectory), words(&made));
    assert_eq!(head.trajectory.seed(RunIndex(1199)), made.seed(RunIndex(1199)));
    let runs = reader.finished("sample", 0..9).unwrap();
    let own: Vec<_> =
        runs[0].additions.iter().map(|a| (a.class.as_deref(), a.summary.as_str(), a.items.len())).collect();
    assert_eq!(own, [(Some("Own"), "d in words", 2), (Some("Own"), "r in words", 2)]);

    let mut storage = Hdf5Storage::create(&second, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head)).unwrap();
    storage.store(StoreRequest::Runs(&runs)).unwrap();
    storage.store(StoreRequest::Finish(&Default::default())).unwrap();
    let again = Hdf5Reader::open(&second).unwrap();
    for node in ["parameters.net.x", "parameters.y", "results.runs.run_set_00000.run_00000001.deep.r"] {
        assert_eq!(again.leaf("sample", node).unwrap(), reader.leaf("sample", node).unwrap());
    }
}

#[test]
fn array_parameters_on_request() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("1.hdf5");
    let mut made = Trajectory::new("sample").unwrap();
    let array = |x: f64| Value::Array(Array::flat(ArrayData::Float64(vec![x, 2.0])).unwrap());
    for (name, value) in [("fixed", array(1.0)), ("explored", array(1.0)), ("scalar", Value::Int(3))] {
        made.f_add_parameter(name, value, "").unwrap().class = Some("ArrayParameter".into());
    }
    made.f_add_parameter("free", array(1.0), "").unwrap();
    let axis = Axis::list(vec![array(1.0), array(4.0)]).unwrap();
    made.f_explore([("explored", axis)], Combine::Zip).unwrap();
    let mut storage = Hdf5Storage::create(&file, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head(Arc::new(made)))).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    let reader = Hdf5Reader::open(&file).unwrap();
    let leaf = |name: &str| reader.leaf("sample", &format!("parameters.{name}")).unwrap();
    let data = |value| vec![("data".to_owned(), value)];
    assert_eq!((leaf("fixed").class.as_str(), leaf("fixed").items), ("ArrayParameter", data(array(1.0))));
    assert_eq!(leaf("explored").explored, Some(vec![array(1.0), array(4.0)]));
    assert_eq!((leaf("scalar").class.as_str(), leaf("scalar").items), ("ArrayParameter", data(Value::Int(3))));
    assert_eq!(leaf("free").class, "Parameter");
    let file = raw::File::open(&scratch.path().join("1.hdf5"), false).unwrap();
    let has = |name: &str, item: &str| {
        let parameters = file.root().open("sample").unwrap().open("parameters").unwrap();
        parameters.open(name).unwrap().has(item).unwrap()
    };
    assert!(has("fixed", "data__rr__") && has("explored", "explored__rr__") && has("scalar", "data"));
}
