//! The overview tables: which there are, what is in them, and that it does not depend on the order of runs.

use std::collections::BTreeMap;

use super::*;
use crate::{
    overview::MAX_NAMES,
    storage::{Reader, samples::*},
    trajectory::*,
};

const SMALL: Hdf5Options = Hdf5Options {
    layout: crate::spec::Layout::Tree,
    existing: Existing::Refuse,
    compression: crate::spec::Compression::None,
    purge_duplicate_comments: true,
    small_overview_tables: true,
    large_overview_tables: false,
    results_per_run: 0,
    derived_parameters_per_run: 0,
    leftover: Leftover::SetAside,
};
const LARGE: Hdf5Options = Hdf5Options { large_overview_tables: true, ..SMALL };

/// A trajectory of so many runs, with something of its own.
fn started(path: &Path, runs: u64, options: Hdf5Options) -> Hdf5Storage {
    let axes = [
        ("b.x", Axis::linspace(0.0, 1.0, runs).unwrap()),
        ("a.x", Axis::integers(0, runs as i64, 1).unwrap()),
        ("mode", Axis::list((0..runs).map(|i| Value::Text(format!("ü{i}"))).collect()).unwrap()),
    ];
    let mut made = (*trajectory(&axes, &[("fixed", Value::Int(1))])).clone();
    made.f_add_derived_parameter("own.d", 2.5, "of the trajectory").unwrap();
    made.f_add_result("own.r", vec![("a".into(), 1.into()), ("b".into(), "text".into())], "also").unwrap();
    let mut storage = Hdf5Storage::create(path, options).unwrap();
    storage.store(StoreRequest::Start(&head(made.into()))).unwrap();
    storage
}

fn run(index: u32) -> FinishedRun {
    let i = f64::from(index);
    let z = result("z", vec![("z", Value::Float(i))], "the product");
    finished(index, vec![z, derived("deep.d", Value::Float(i / 2.0)), result("deep.y", vec![("a", i.into())], "")])
}

/// A table as lines of text, column by column as they stand in the file.
fn table(path: &Path, name: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let file = File::open(path, false).unwrap();
    let mut node = file.root().open("sample").unwrap();
    for part in name.split('/') {
        node = node.open(part).unwrap();
    }
    let rows = node.shape().unwrap().points();
    let mut lines = vec![Vec::new(); rows as usize];
    let mut columns = Vec::new();
    for (column, found) in leaf_reader::found_columns(&node, 0..rows).unwrap_or_else(|_| panic!("{name}")) {
        columns.push(column);
        let cells = leaf_reader::each_row(found).map(|cell| match cell.value() {
            Ok(Value::Text(text)) => text,
            Ok(other) => other.repr(64),
            Err(error) => panic!("{name}: {error:?}"),
        });
        lines.iter_mut().zip(cells).for_each(|(line, cell)| line.push(cell));
    }
    (columns, lines)
}

fn rows(path: &Path, name: &str) -> Vec<Vec<String>> {
    table(path, name).1
}

/// The tables of the overview with their columns.
fn listing(path: &Path) -> String {
    let file = File::open(path, false).unwrap();
    let overview = file.root().open("sample").unwrap().open("overview").unwrap();
    let mut lines = Vec::new();
    for name in overview.child_names().unwrap() {
        if !["columns", "host_digests", start::FACTS].contains(&name.as_str()) {
            let (columns, rows) = table(path, &format!("overview/{name}"));
            lines.push(format!("{name}: {} rows of {}", rows.len(), columns.join(", ")));
        }
    }
    lines.join("\n")
}

#[test]
fn every_setting_has_its_tables() {
    let scratch = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for (small, large) in [(true, false), (true, true), (false, true), (false, false)] {
        let path = scratch.path().join(format!("{small}-{large}.hdf5"));
        let options = Hdf5Options {
            small_overview_tables: small,
            large_overview_tables: large,
            purge_duplicate_comments: small,
            results_per_run: 2,
            ..SMALL
        };
        let mut storage = started(&path, 3, options);
        storage.store(StoreRequest::Runs(&[run(0), run(2)])).unwrap();
        storage.store(StoreRequest::Finish(&tail())).unwrap();
        all.push_str(&format!("# small = {small}, large = {large}\n{}\n", listing(&path)));
        let (names, settings) = table(&path, "overview/hdf5_settings");
        let setting: BTreeMap<&String, &String> = names.iter().zip(&settings[0]).collect();
        for (name, value) in setting {
            let expected = match name.as_str() {
                "complib" => "zlib".into(),
                "pandas_format" => "fixed".into(),
                "encoding" => "utf8".into(),
                "results_per_run" => "2".into(),
                "complevel" | "fletcher32" | "derived_parameters_per_run" => "0".into(),
                "shuffle" => "1".into(),
                "results_overview" | "derived_parameters_overview" => u8::from(large).to_string(),
                _ => u8::from(small).to_string(),
            };
            assert_eq!(*value, expected, "{name} with {small}, {large}");
        }
        let run = File::open(&path, false).unwrap();
        let results = run.root().open("sample/results/runs/run_set_00000/run_00000002").unwrap();
        assert_eq!(results.has("explored_parameters").unwrap(), large);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn tables_say_what_there_is() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let mut storage = started(&path, 3, LARGE);
    let timeout = RunFailure::Timeout { limit: Duration::from_secs(1) };
    storage.store(StoreRequest::Runs(&[run(2), failed(1, timeout), run(0)])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    let mut all = String::new();
    for name in options::tests::tables() {
        let (columns, rows) = table(&path, &format!("overview/{name}"));
        all.push_str(&format!("# {name}\n{}\n", columns.join(" | ")));
        rows.iter().for_each(|row| all.push_str(&format!("{}\n", row.join(" | "))));
    }
    for run in ["run_00000000", "run_00000002"] {
        let rows = rows(&path, &format!("results/runs/run_set_00000/{run}/explored_parameters"));
        all.push_str(&format!("# {run}\n{rows:?}\n"));
    }
    insta::assert_snapshot!(all);
    // What stands in a run beside its results is none of them.
    let reader = Hdf5Reader::open(&path).unwrap();
    let there = reader.finished("sample", 0..3).unwrap();
    assert_eq!(there.iter().map(|run| run.additions.len()).collect::<Vec<_>>(), [3, 0, 3]);
    let children = reader.children("sample", "results.runs.run_set_00000.run_00000002").unwrap();
    assert_eq!(children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>(), ["deep", "z"]);
}

#[test]
fn a_result_may_have_the_name_of_the_table_in_its_run() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["explored_parameters", "explored_parameters.deep"] {
        let path = scratch.path().join(format!("{name}.hdf5"));
        let mut storage = started(&path, 2, LARGE);
        let taken = finished(0, vec![result(name, vec![("a", Value::Int(5))], "")]);
        storage.store(StoreRequest::Runs(&[taken, run(1)])).unwrap();
        storage.store(StoreRequest::Finish(&tail())).unwrap();
        let reader = Hdf5Reader::open(&path).unwrap();
        let leaf = reader.leaf("sample", &format!("results.runs.run_set_00000.run_00000000.{name}")).unwrap();
        assert_eq!(leaf.items, [("a".to_owned(), Value::Int(5))]);
        assert_eq!(rows(&path, "results/runs/run_set_00000/run_00000001/explored_parameters").len(), 3);
    }
}

/// Many more rows than fit into a chunk, presized or not, in two orders, with flushes that come at odd moments.
#[test]
fn large_tables_are_complete_and_in_order() {
    let scratch = tempfile::tempdir().unwrap();
    let mut seen: Option<Vec<Vec<String>>> = None;
    for (name, results_per_run, reverse) in [("a", 0, false), ("b", 2, true), ("c", 1, true), ("d", 50, false)] {
        let path = scratch.path().join(name);
        let mut storage = started(&path, 1500, Hdf5Options { results_per_run, ..LARGE });
        let mut runs: Vec<FinishedRun> = (0..1500).filter(|i| i % 10 != 3).map(run).collect();
        if reverse {
            runs.reverse();
        }
        for (at, part) in runs.chunks(77).enumerate() {
            storage.store(StoreRequest::Runs(part)).unwrap();
            if at % 3 == 0 {
                let State::Writing(writer) = &mut storage.state else { panic!("it is writing") };
                writer.flush().unwrap();
                let reader = Hdf5Reader::open(storage.part());
                assert_eq!(reader.unwrap().trajectories().unwrap().len(), 1, "a flushed file opens");
            }
        }
        storage.store(StoreRequest::Finish(&tail())).unwrap();
        let found = rows(&path, "overview/results_runs");
        assert_eq!(found.len(), 2 * 1350);
        assert_eq!(rows(&path, "overview/derived_parameters_runs").len(), 1350);
        assert_eq!(rows(&path, "overview/results_overview").len(), 2 * 1350 + 1);
        assert!(found.is_sorted_by_key(|row| row[1].split('.').nth(3).map(str::to_owned)), "runs in order");
        assert!(found.iter().all(|row| row.iter().all(|cell| !cell.is_empty())), "none is empty");
        assert_eq!(*seen.get_or_insert(found.clone()), found);
    }
}

#[test]
fn tables_of_parameters_have_no_end() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let names: Vec<String> = (0..2500).map(|i| format!("group{}.p{i}", i % 7)).collect();
    let fixed: Vec<(&str, Value)> = names.iter().map(|name| (name.as_str(), Value::Int(1))).collect();
    let mut storage = Hdf5Storage::create(&path, SMALL).unwrap();
    let entries = |from: i32, to: i32| {
        let entry =
            |i: i32| (crate::storage::samples::path(&format!("entry{i}")), Parameter::new(Value::Int(i.into()), ""));
        (from..to).map(entry).collect::<BTreeMap<_, _>>()
    };
    let head = crate::storage::Head { config: entries(0, 1200), ..head(trajectory(&[], &fixed)) };
    storage.store(StoreRequest::Start(&head)).unwrap();
    storage.store(StoreRequest::Finish(&Tail { config: entries(1200, 2400) })).unwrap();
    for name in ["parameters", "parameters_overview"] {
        assert_eq!(rows(&path, &format!("overview/{name}")).len(), 2500);
    }
    for name in ["config", "config_overview"] {
        let rows = rows(&path, &format!("overview/{name}"));
        let names: std::collections::BTreeSet<&String> =
            rows.iter().flatten().filter(|c| c.starts_with("ent")).collect();
        assert_eq!((rows.len(), names.len()), (2400, 2400));
    }
}

#[test]
fn summaries_say_what_they_leave_out() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let many: Vec<Addition> =
        (0..MAX_NAMES + 5).map(|i| result(&format!("n{i}"), vec![("n", Value::Int(1))], "")).collect();
    let mut storage = started(&path, 2, SMALL);
    storage.store(StoreRequest::Runs(&[finished(0, many)])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    assert_eq!(rows(&path, "overview/results_runs_summary").len(), MAX_NAMES);
    let file = File::open(&path, false).unwrap();
    let overview = file.root().open("sample/overview").unwrap();
    for (name, left_out) in
        [("results_runs_summary", Some(5)), ("results_summary", Some(5)), ("derived_parameters_summary", None)]
    {
        let found = leaf_reader::integer_attribute(&overview.open(name).unwrap(), "HOST_LEFT_OUT").unwrap();
        assert_eq!(found, left_out, "{name}");
    }
}

#[test]
fn purging_needs_the_summaries() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let refused = Hdf5Storage::create(&path, Hdf5Options { small_overview_tables: false, ..SMALL }).unwrap_err();
    insta::assert_snapshot!(refused);
    assert!(std::fs::read_dir(scratch.path()).unwrap().next().is_none(), "nothing is left");
}
