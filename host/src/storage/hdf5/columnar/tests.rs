//! Runs in columns are those of a tree.

use std::path::Path;

use proptest::prelude::*;

use super::super::{Hdf5Options, Hdf5Reader, Hdf5Storage, value_tests};
use crate::{
    spec::Layout,
    storage::{Child, ReadError, Reader, StorageService, StoreRequest, check, difference, samples::*},
    trajectory::*,
};

const COLUMNS: Layout = Layout::Columns;

fn options(layout: Layout) -> Hdf5Options {
    Hdf5Options { layout, ..Hdf5Options::default() }
}

fn write(path: &Path, options: Hdf5Options, head: &crate::storage::Head, batches: &[&[FinishedRun]]) -> Hdf5Reader {
    let mut storage = Hdf5Storage::create(path, options).unwrap();
    storage.store(StoreRequest::Start(head)).unwrap();
    batches.iter().for_each(|runs| storage.store(StoreRequest::Runs(runs)).unwrap());
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    Hdf5Reader::open(path).unwrap()
}

/// The same runs as a tree and in columns, there in another order.
fn both(count: u32, runs: &[FinishedRun], options: Hdf5Options) -> (tempfile::TempDir, [Hdf5Reader; 2]) {
    let scratch = tempfile::tempdir().unwrap();
    let head = head(trajectory(&[("x", Axis::integers(0, count.into(), 1).unwrap())], &[]));
    let mut turned: Vec<FinishedRun> = runs.to_vec();
    turned.reverse();
    let (first, second) = turned.split_at(turned.len() / 3);
    let tree = Hdf5Options { layout: Layout::Tree, ..options };
    let tree = write(&scratch.path().join("tree.hdf5"), tree, &head, &[runs]);
    let columns = Hdf5Options { layout: COLUMNS, ..options };
    let columns = write(&scratch.path().join("columns.hdf5"), columns, &head, &[second, first]);
    (scratch, [tree, columns])
}

fn flat(values: Vec<f64>) -> Value {
    Value::Array(Array::flat(ArrayData::Float64(values)).unwrap())
}

/// Everything below a node: names, leaves, comments.
fn walk(reader: &dyn Reader, node: &str, found: &mut Vec<String>) {
    match reader.children("sample", node) {
        Ok(children) => {
            for Child { name, is_leaf, comment } in children {
                let path = if node.is_empty() { name.clone() } else { format!("{node}.{name}") };
                found.push(format!("{path} {is_leaf} {comment}"));
                walk(reader, &path, found);
            }
        }
        Err(ReadError::NotAGroup { .. }) => found.push(format!("{:?}", reader.leaf("sample", node).unwrap())),
        Err(error) => panic!("{node}: {error}"),
    }
}

#[test]
fn every_node_is_that_of_a_tree() {
    // More columns than there may be: its result has a long form, in which comments repeat.
    let (wide, items): (Vec<_>, Vec<_>) = every_value().into_iter().partition(|(name, _)| *name == "table_wide");
    let mut all = result("deep.all", items.clone(), "every value");
    all.annotations = [("unit", Value::Text("Hz".into())), ("k", Value::Int(3))].map(|(k, v)| (k.to_owned(), v)).into();
    let mut own = result("z", vec![("z", Value::Float(0.5))], "the product");
    own.annotations.insert("unit".into(), Value::Text("mm".into()));
    let of_class = Addition {
        class: Some("classes.Mine".into()),
        summary: "mine".into(),
        ..result("made", vec![("a", Value::Int(1)), ("b", Value::Bool(true))], "of a class")
    };
    let mut first = vec![all.clone(), own, of_class, result("wide", wide, "")];
    first.extend(items.iter().map(|(name, value)| derived(&format!("d.{name}"), value.clone())));
    let runs = [
        finished(0, first),
        finished(1, vec![result("z", vec![("z", Value::Float(0.25))], "the product")]),
        failed(2, RunFailure::Trap("unreachable".into())),
        finished(3, vec![]),
        finished(4, vec![all, result("trace", vec![("trace", flat(vec![1.0, 2.0]))], "")]),
        finished(1001, vec![result("trace", vec![("trace", flat(vec![3.0]))], "")]),
    ];
    let (_scratch, [tree, columns]) = both(1200, &runs, Hdf5Options::default());
    assert_eq!(difference(&tree, &columns, "sample").unwrap(), None);
    let nodes = [&tree, &columns].map(|reader| {
        let mut found = Vec::new();
        ["parameters", "results", "derived_parameters"].iter().for_each(|branch| walk(reader, branch, &mut found));
        found
    });
    assert!(nodes[0].len() > 100, "{}", nodes[0].len());
    let odd = nodes[0].iter().zip(&nodes[1]).find(|(a, b)| a != b);
    assert_eq!((odd, nodes[0].len()), (None, nodes[1].len()));
    let rows = [&tree, &columns].map(|reader| reader.runs("sample", 0..6).unwrap());
    assert_eq!(rows[0].explored, rows[1].explored);
    for (a, b) in rows[0].rows.iter().zip(&rows[1].rows) {
        assert_eq!(
            (a.index, &a.status, &a.failure, a.started, a.seed, &a.values),
            (b.index, &b.status, &b.failure, b.started, b.seed, &b.values)
        );
        assert!((a.runtime - b.runtime).abs() < 1e-6);
    }
    assert_eq!(
        (tree.layout("sample").unwrap(), columns.layout("sample").unwrap()),
        (Some(Layout::Tree), Some(COLUMNS))
    );
    for (node, is_group) in [
        ("results.runs.run_set_00009", false),
        ("results.runs.run_set_00000.run_00000003", false),
        ("results.runs.run_set_00000.run_00001001", false),
        ("results.runs.run_set_0.run_00000000", false),
        ("results.runs.run_set_00000.run_00000000.nowhere", false),
        ("results.runs.run_set_00000.run_00000000.deep", true),
    ] {
        let questions = [&tree as &dyn Reader, &columns].map(|reader| {
            let (children, leaf) = (reader.children("sample", node), reader.leaf("sample", node));
            assert_eq!(children.is_ok(), is_group, "{node}");
            (children.map_err(|error| error.to_string()), leaf.map(|_| ()).map_err(|error| error.to_string()))
        });
        assert_eq!(questions[0], questions[1], "{node}");
    }
}

#[test]
fn repeated_comments_are_purged_as_in_a_tree() {
    let run = |index: u32| {
        let comment = format!("comment {}", index % 40);
        finished(
            index,
            vec![result("z", vec![("z", Value::Int(1))], &comment), result("y", vec![("y", Value::Int(1))], "y")],
        )
    };
    let runs: Vec<FinishedRun> = (0..120).map(run).collect();
    for purge_duplicate_comments in [true, false] {
        let options = Hdf5Options { purge_duplicate_comments, ..Hdf5Options::default() };
        let (_scratch, [tree, columns]) = both(120, &runs, options);
        assert_eq!(difference(&tree, &columns, "sample").unwrap(), None);
    }
}

#[test]
fn a_job_that_makes_up_names_loses_nothing() {
    let run = |index: u32| {
        let made = format!("n{index}");
        let item = format!("i{index}");
        finished(
            index,
            vec![
                result("z", vec![("z", Value::Float(f64::from(index)))], "always"),
                result(&made, vec![(&made, Value::Int(index.into()))], "made up"),
                result("items", vec![(&item, flat(vec![f64::from(index); 3]))], ""),
                derived("d", Value::Text("word ".repeat(index as usize % 200))),
            ],
        )
    };
    let runs: Vec<FinishedRun> = (0..900).map(run).collect();
    let (scratch, [tree, columns]) = both(1000, &runs, Hdf5Options::default());
    assert_eq!(difference(&tree, &columns, "sample").unwrap(), None);
    let checked = check(&columns, "sample").unwrap();
    assert_eq!((checked.count, checked.ended), (0, 900), "{:?}", checked.wrong);
    let bytes = |name: &str| std::fs::metadata(scratch.path().join(name)).unwrap().len();
    assert!(bytes("columns.hdf5") < 2 * bytes("tree.hdf5"), "{} of {}", bytes("columns.hdf5"), bytes("tree.hdf5"));
}

#[test]
fn results_that_come_and_go_have_few_columns() {
    let run = |index: u32| {
        let some = (0..12).filter(|at| index >> at & 1 == 1);
        let additions = some.map(|at| result(&format!("r{at}"), vec![("v", Value::Int(index.into()))], ""));
        finished(index, additions.collect())
    };
    let runs: Vec<FinishedRun> = (0..4096).map(run).collect();
    let (_scratch, [_, columns]) = both(
        4096,
        &runs,
        Hdf5Options { small_overview_tables: false, purge_duplicate_comments: false, ..Hdf5Options::default() },
    );
    assert_eq!(columns.finished("sample", 0..4096).unwrap().len(), 4096);
    let checked = check(&columns, "sample").unwrap();
    assert_eq!((checked.count, checked.ended), (0, 4096), "{:?}", checked.wrong);
    let layout = columns_of(&columns);
    assert_eq!(layout.len(), 12, "{layout:?}");
}

/// The names of datasets in `overview/columns` that runs have made, in alphabetical order.
fn columns_of(reader: &Hdf5Reader) -> Vec<String> {
    let file = super::super::raw::File::open(reader.path(), false).unwrap();
    let columns = file.root().open("sample").unwrap().open("overview").unwrap().open("columns").unwrap();
    let known = ["run", "status", "runtime", "seed", "x", "string16"];
    columns.child_names().unwrap().into_iter().filter(|name| !known.contains(&name.as_str())).collect()
}

#[test]
fn names_do_not_depend_on_the_order() {
    let one = |name: &str, item: &str, value: Value| result(name, vec![(item, value)], "");
    let runs = [
        finished(0, vec![one("w", "w", Value::Int(1)), one("x", "x", Value::Int(1)), one("a.b", "c", Value::Int(1))]),
        finished(1, vec![one("w", "w", Value::Text("b".into())), one("a", "b.c", Value::Int(2))]),
        finished(2, vec![one("w", "w", Value::Float(0.5)), one("status", "status", flat(vec![1.0]))]),
        finished(3, vec![one("w", "w", flat(vec![1.0, 2.0])), derived("w", Value::Int(1))]),
    ];
    let head = head(trajectory(&[("x", Axis::integers(0, 4, 1).unwrap())], &[]));
    let scratch = tempfile::tempdir().unwrap();
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]].map(|order| {
        let runs: Vec<FinishedRun> = order.iter().map(|&at| runs[at as usize].clone()).collect();
        let path = scratch.path().join(format!("{order:?}.hdf5"));
        columns_of(&write(&path, options(COLUMNS), &head, &[&runs]))
    });
    assert_eq!(orders[0], orders[1]);
    assert_eq!(orders[0], orders[2]);
    assert_eq!(
        orders[0],
        [
            "a.b.c",
            "a.b.c_",
            "derived_parameters.w",
            "results.status",
            "results.status_dim_0",
            "results.x",
            "w",
            "w.array_float64_2",
            "w.real",
            "w.text",
            "w_dim_0",
        ]
        .map(|name| name.replace("results.status_dim_0", "status_dim_0"))
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
}

#[test]
fn damage_is_found() {
    let runs: Vec<FinishedRun> =
        (0..50).map(|index| finished(index, vec![result("z", vec![("z", Value::Float(index.into()))], "")])).collect();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("columns.hdf5");
    let head = head(trajectory(&[("x", Axis::integers(0, 50, 1).unwrap())], &[]));
    drop(write(&path, options(COLUMNS), &head, &[&runs]));
    {
        let file = super::super::raw::File::open(&path, true).unwrap();
        let z =
            file.root().open("sample").unwrap().open("overview").unwrap().open("columns").unwrap().open("z").unwrap();
        z.write_rows(&super::super::raw::Type::real(8).unwrap(), 7, &0.5f64.to_ne_bytes()).unwrap();
        drop(z);
        file.close().unwrap();
    }
    let checked = check(&Hdf5Reader::open(&path).unwrap(), "sample").unwrap();
    let places: Vec<&str> = checked.wrong.iter().map(|wrong| wrong.place.as_str()).collect();
    assert_eq!(places, ["run_00000007", "overview.columns.z"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn any_value_reads_back_from_columns(
        values in proptest::collection::vec(
            proptest::collection::btree_map("[a-c]", value_tests::values(), 1..4), 1..6
        ),
        annotation in value_tests::simple(),
    ) {
        let runs: Vec<FinishedRun> = values.iter().zip(0u32..).map(|(items, index)| {
            let items = items.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            let mut of_run = result("r", items, "ä");
            if annotation != Value::None {
                of_run.annotations.insert("key".to_owned(), annotation.clone());
            }
            let own = values[0].values().next().cloned().unwrap_or(Value::None);
            finished(index, vec![derived("d", own), of_run])
        }).collect();
        let count = runs.len() as u64;
        let head = head(trajectory(&[("x", Axis::integers(0, count as i64, 1).unwrap())], &[]));
        let file = tempfile::tempdir().unwrap();
        let options = Hdf5Options { purge_duplicate_comments: false, ..options(COLUMNS) };
        let reader = write(&file.path().join("columns.hdf5"), options, &head, &[&runs]);
        let found = reader.finished("sample", 0..count).unwrap();
        prop_assert_eq!(found.len(), runs.len());
        for (found, run) in found.iter().zip(&runs) {
            prop_assert_eq!(found.digest(), run.digest());
            for (found, addition) in found.additions.iter().zip(&run.additions) {
                prop_assert_eq!(&found.items, &addition.items);
                prop_assert_eq!((&found.comment, &found.annotations), (&addition.comment, &addition.annotations));
            }
        }
    }
}
