//! Columns depend on the runs alone, not on the order in which they end.

use std::collections::BTreeMap;

use hdf5::types::{TypeDescriptor, VarLenUnicode};

use super::{scalar_column::NO_INT, *};
use crate::{
    storage::{StorageService, StoreRequest, samples::*},
    trajectory::*,
};

/// A trajectory of so many runs.
fn many(count: usize) -> std::sync::Arc<Trajectory> {
    trajectory(&[("x", Axis::list((0..count as i64).map(Value::Int).collect()).unwrap())], &[])
}

/// A result with one item of the same name.
fn one(name: &str, value: Value) -> Addition {
    result(name, vec![(name, value)], &format!("comment on {name}"))
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// The texts of all attributes of an object that has such.
fn notes(at: &hdf5::Location) -> BTreeMap<String, String> {
    let names = at.attr_names().unwrap();
    let words =
        names.into_iter().filter(|name| ["note", "units", "long_name", "dtype", "_FillValue"].contains(&name.as_str()));
    words
        .map(|name| {
            let attribute = at.attr(&name).unwrap();
            let text = match attribute.dtype().unwrap().to_descriptor().unwrap() {
                TypeDescriptor::FixedUnicode(_) => {
                    attribute.read_scalar::<hdf5::types::FixedUnicode<2048>>().unwrap().to_string()
                }
                _ => attribute.read_scalar::<i64>().unwrap().to_string(),
            };
            (name, text)
        })
        .collect()
}

/// Every column with its attributes and cells; the attributes of the group stand under the empty name.
type Dump = BTreeMap<String, (BTreeMap<String, String>, Vec<String>)>;

fn dump(path: &Path) -> Dump {
    let file = hdf5::File::open(path).unwrap();
    let group = file.group("sample/overview/columns").unwrap();
    let mut all = Dump::from([(String::new(), (notes(&group), Vec::new()))]);
    for name in group.member_names().unwrap() {
        let column = group.dataset(&name).unwrap();
        let cells = match column.dtype().unwrap().to_descriptor().unwrap() {
            TypeDescriptor::Float(_) => column.read_raw::<f64>().unwrap().iter().map(|x| format!("{x:?}")).collect(),
            TypeDescriptor::VarLenUnicode => {
                column.read_raw::<VarLenUnicode>().unwrap().iter().map(|text| format!("{:?}", text.as_str())).collect()
            }
            TypeDescriptor::Unsigned(_) => column.read_raw::<u64>().unwrap().iter().map(u64::to_string).collect(),
            _ => column.read_raw::<i64>().unwrap().iter().map(i64::to_string).collect(),
        };
        all.insert(name, (notes(&column), cells));
    }
    all
}

/// Writes runs in this order, so many in a request.
fn write(runs: &[FinishedRun], order: &[usize], at_once: usize) -> Dump {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let mut storage = Hdf5Storage::create(&path, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head(many(runs.len())))).unwrap();
    let ordered: Vec<FinishedRun> = order.iter().map(|&at| runs[at].clone()).collect();
    for runs in ordered.chunks(at_once) {
        storage.store(StoreRequest::Runs(runs)).unwrap();
    }
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    drop(storage);
    dump(&path)
}

/// The columns of these runs, which are the same whatever the order.
fn columns(runs: &[FinishedRun]) -> Dump {
    let forth: Vec<usize> = (0..runs.len()).collect();
    let back: Vec<usize> = forth.iter().rev().copied().collect();
    let mixed: Vec<usize> = (0..runs.len()).map(|at| (at * 7 + 3) % runs.len()).collect();
    let expected = write(runs, &forth, runs.len());
    assert_eq!(write(runs, &back, 1), expected, "backwards");
    if mixed.iter().collect::<std::collections::BTreeSet<_>>().len() == runs.len() {
        assert_eq!(write(runs, &mixed, 2), expected, "mixed");
    }
    expected
}

fn names(dump: &Dump) -> Vec<&str> {
    let known = ["", "run", "status", "runtime", "seed", "x"];
    dump.keys().map(String::as_str).filter(|name| !known.contains(name)).collect()
}

fn note(dump: &Dump, name: &str) -> String {
    dump[name].0.get("note").cloned().unwrap_or_default()
}

#[test]
fn the_type_of_the_lowest_run_keeps_the_plain_name() {
    let runs = [
        finished(0, vec![result("w.real", vec![("real", Value::Int(1))], "")]),
        finished(1, vec![one("w", text("one")), one("status", Value::Int(5)), derived("w", Value::Int(7))]),
        finished(2, vec![one("w", Value::Float(2.0))]),
        finished(3, vec![one("w", Value::Int(3))]),
        finished(4, vec![one("w", Value::Float(4.0))]),
    ];
    let found = columns(&runs);
    let expected = ["derived_parameters.w", "results.status", "w", "w.integer", "w.real", "w.real_"];
    assert_eq!(names(&found), expected);
    assert_eq!(found["w"].1, [r#""""#, r#""one""#, r#""""#, r#""""#, r#""""#]);
    assert_eq!(found["w.real_"].1, ["NaN", "NaN", "2.0", "NaN", "4.0"]);
    assert_eq!(found["w.real"].1[0], "1");
    assert_eq!(found["w.integer"].1[3], "3");
    assert_eq!(note(&found, "w"), "runs with a value of another type are in w.real_, w.integer");
    assert_eq!(note(&found, ""), "");
}

#[test]
fn too_many_columns_are_none() {
    let run = |index: u32, names: std::ops::Range<u32>| {
        finished(index, names.map(|i| one(&format!("r{i}"), Value::Int(i64::from(i)))).collect())
    };
    let found = columns(&[run(0, 0..200), run(1, 100..300), run(2, 250..500)]);
    assert_eq!((names(&found).len(), note(&found, "")), (500, String::new()));
    let found = columns(&[run(0, 0..200), run(1, 100..300), run(2, 250..501)]);
    assert_eq!(names(&found), [""; 0]);
    assert_eq!(
        note(&found, ""),
        "there are more than 500 columns of results, so none of them is here; the tree has all results"
    );
    assert_eq!(found["x"].1, ["0", "1", "2"]);
    assert_eq!(found["status"].1, [r#""ok""#; 3]);
}

#[test]
fn what_is_no_cell_is_left_out_with_a_note() {
    let array = || Value::Array(Array::flat(ArrayData::Float64(vec![1.0])).unwrap());
    let part = |letter: &str| letter.repeat(120);
    // 255 and 256 bytes.
    let (fits, long) = (
        format!("{}.{}.{}", part("a"), part("b"), "c".repeat(13)),
        format!("{}.{}.{}", part("a"), part("b"), "d".repeat(14)),
    );
    let own = |name: &str, value: Value| result(name, vec![(name.rsplit('.').next().unwrap(), value)], "");
    assert_eq!((fits.len(), long.len()), (255, 256));
    let runs = [
        finished(
            0,
            vec![own("zero", text("a\0b")), own("s", Value::Float(1.0)), own("only", array()), own("n", Value::None)],
        ),
        finished(1, vec![own("zero", text("ab")), own("s", array()), own("only", array()), own("n", Value::Int(1))]),
        finished(2, vec![own("long", text(&"x".repeat(257))), own(&fits, Value::Int(1)), own(&long, Value::Int(1))]),
        finished(3, vec![own("long", text(&"x".repeat(256)))]),
    ];
    let found = columns(&runs);
    assert_eq!(names(&found), [fits.as_str(), "long", "n", "s", "zero"]);
    assert_eq!(found["zero"].1, [r#""""#, r#""ab""#, r#""""#, r#""""#]);
    assert_eq!(found["s"].1, ["1.0", "NaN", "NaN", "NaN"]);
    assert_eq!(found["long"].1[2], r#""""#);
    let expected = format!(
        "names longer than 255 bytes are left out: {}…; texts with a zero byte are left out: zero; \
         texts longer than 256 bytes are left out: long; values that are no scalars are left out: s; \
         the tree has all results",
        "a".repeat(60)
    );
    assert_eq!(note(&found, ""), expected);
}

#[test]
fn so_many_names_that_none_is_told() {
    let array = || Value::Array(Array::flat(ArrayData::Float64(vec![1.0])).unwrap());
    let run = |index: u32| finished(index, (0..700).map(|i| one(&format!("r{index}_{i}"), array())).collect());
    let found = columns(&[run(0), run(1), finished(2, vec![one("w", Value::Int(1))]), run(3)]);
    assert_eq!(names(&found), ["w"]);
    assert!(note(&found, "").contains("values that are no scalars are left out;"), "{}", note(&found, ""));
}

#[test]
fn fill_values_do_not_cost_digits() {
    let exact = 1i64 << 53;
    let runs = [
        finished(0, vec![one("b", Value::Bool(true)), one("i", Value::Int(exact)), one("j", Value::Int(-exact - 1))]),
        finished(1, vec![one("all", Value::Bool(true))]),
        finished(2, vec![one("all", Value::Bool(true))]),
    ];
    let all = finished(0, vec![one("all", Value::Bool(false)), one("j", Value::Int(i64::MAX))]);
    let found = columns(&runs);
    let attribute = |name: &str, which: &str| found[name].0.get(which).cloned();
    let missing =
        |fill: &str| format!("missing where status is not ok, or the run has no such result; there stands {fill}");
    let fill = NO_INT.to_string();
    assert_eq!((attribute("i", "_FillValue"), note(&found, "i")), (Some(fill.clone()), String::new()));
    assert_eq!((attribute("j", "_FillValue"), note(&found, "j")), (None, missing(&fill)));
    assert_eq!(found["j"].1, [(-exact - 1).to_string(), fill.clone(), fill]);
    assert_eq!((attribute("b", "_FillValue"), attribute("b", "dtype")), (Some("-1".into()), None));
    assert_eq!((note(&found, "b"), &found["b"].1), (missing("-1"), &vec!["1".to_owned(), "-1".into(), "-1".into()]));
    let found = columns(&[all]);
    assert_eq!(found["all"].0.get("dtype").map(String::as_str), Some("bool"));
    assert_eq!((found["j"].0.get("_FillValue"), note(&found, "j")), (None, String::new()));
}
