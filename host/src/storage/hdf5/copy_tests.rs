//! A trajectory that was stored, read back and stored again.

use std::sync::Arc;

use super::*;
use crate::{
    storage::{MemoryStorage, Reader, StorageService, copy, samples::*},
    trajectory::*,
};

/// A file with everything that a trajectory can hold, and two of four runs.
fn write(path: &Path) {
    let axis = |values: Vec<Value>| Axis::list(values).expect("an axis");
    let whole = (0..3).map(|i| Value::Array(Array::flat(ArrayData::Float64(vec![f64::from(i); i as usize])).unwrap()));
    let axes = [("net.x", axis([0.5, 1.5].map(Value::Float).into())), ("w", axis(whole.collect()))];
    let fixed: Vec<(String, Value)> = every_value().into_iter().map(|(n, v)| (format!("fix.{n}"), v)).collect();
    let mut made = Trajectory::new("sample").unwrap().with_comment("about").with_seed(7);
    for (name, value) in &fixed {
        made.f_add_parameter(name, value.clone(), "fixed").unwrap().unit = "mV".into();
    }
    for (name, axis) in &axes {
        made.f_add_parameter(name, axis.at(0), "explored").unwrap();
    }
    made.f_explore(axes, Combine::Cartesian).unwrap();
    let mut made = made.with_replicates(2).unwrap();
    made.f_add_derived_parameter("own.d", 2.5, "of the trajectory").unwrap();
    made.f_add_result("own.r", vec![("a".into(), 1.into()), ("b".into(), "text".into())], "of the trajectory").unwrap();
    let mut storage = Hdf5Storage::create(path, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head(Arc::new(made)))).unwrap();
    let items: Vec<(&str, Value)> = every_value();
    let run = finished(
        3,
        vec![
            derived("a.d", Value::Int(1)),
            result("deep.all", items, "all of them"),
            result("z", vec![("z", Value::Float(0.5))], ""),
        ],
    );
    let timeout = RunFailure::Timeout { limit: Duration::from_secs(1) };
    storage.store(StoreRequest::Runs(&[run, failed(5, timeout), finished(0, vec![])])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

/// All of a file in words; NaN makes comparing values useless.
fn words(path: &Path) -> String {
    let reader = Hdf5Reader::open(path).unwrap();
    let head = reader.head("sample").unwrap();
    let t = &head.trajectory;
    let seeds: Vec<u64> = t.runs().map(|run| t.seed(run)).collect();
    let tree = (t.name(), t.comment(), t.parameters(), t.points(), t.additions(), seeds);
    let rest = (&head.identity, &head.config, &head.file_title, &head.dims, &head.units, &head.version);
    format!("{tree:#?}\n{rest:#?}\n{:#?}", reader.finished("sample", 0..99).unwrap())
}

#[test]
fn a_copy_is_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let [first, second] = ["1.hdf5", "2.hdf5"].map(|name| scratch.path().join(name));
    write(&first);
    let reader = Hdf5Reader::open(&first).unwrap();
    let mut storage = Hdf5Storage::create(&second, Hdf5Options::default()).unwrap();
    assert_eq!(copy(&reader, "sample", &mut storage).unwrap(), 3);
    let (first, second) = (words(&first), words(&second));
    let odd = first.lines().zip(second.lines()).find(|(a, b)| a != b);
    assert_eq!((odd, first.len()), (None, second.len()));
}

#[test]
fn what_is_read_back_is_what_was_stored() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("1.hdf5");
    write(&path);
    let mut memory = MemoryStorage::default();
    copy(&Hdf5Reader::open(&path).unwrap(), "sample", &mut memory).unwrap();
    let head = memory.head.unwrap();
    assert_eq!(head.trajectory.run_count(), 12);
    assert_eq!(
        head.trajectory.summary(RunIndex(11)),
        "x: 1.5,   replicate: 1,   w: array([2.0, 2.0], shape=[2], dtype=float64)"
    );
    assert_eq!(head.config.len(), 3, "what was known at the end only is there as well");
    assert_eq!(memory.runs[2].outcome.as_ref().unwrap_err().kind(), "timeout");
    assert_eq!(memory.runs.iter().map(|run| run.index.0).collect::<Vec<_>>(), [0, 3, 5]);
}

/// Its configuration says which tables there are: `hdf5.overview.results_overview` and so on.
#[test]
fn the_configuration_of_pypet_is_read_back() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/pypet-0.7.0.hdf5");
    let head = Hdf5Reader::open(&path).unwrap().head("made_by_pypet").unwrap();
    let tables = head.config.keys().filter(|path| path.as_str().starts_with("hdf5.overview.")).count();
    assert_eq!(tables, 7);
}
