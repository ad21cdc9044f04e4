//! Files that are written, read with plain SQL, refused, broken off, and damaged.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::{
    storage::{ReadError, Reader, plain::same, samples::*},
    trajectory::*,
};

fn create(path: &Path) -> SqliteStorage {
    SqliteStorage::create(path, SqliteOptions::default()).unwrap()
}

fn overwriting(path: &Path) -> SqliteStorage {
    SqliteStorage::create(path, SqliteOptions { existing: Existing::Overwrite, ..SqliteOptions::default() }).unwrap()
}

/// A trajectory with two axes of two values, over which `z` is their product.
fn named(name: &str) -> Head {
    let mut made = Trajectory::new(name).unwrap();
    made.f_add_parameter("net.x", 1.0, "the first factor").unwrap().unit = "m".into();
    made.f_add_parameter("y", 1, "the second factor").unwrap();
    made.f_add_parameter("fixed", Value::Text("a 'word'".into()), "").unwrap();
    let axes = [
        ("net.x", Axis::list(vec![Value::Float(0.5), Value::Float(f64::NAN)]).unwrap()),
        ("y", Axis::integers(10, 13, 1).unwrap()),
    ];
    made.f_explore(axes, Combine::Cartesian).unwrap();
    head(Arc::new(made))
}

fn z(index: u32) -> FinishedRun {
    finished(index, vec![result("z", vec![("z", Value::Float(f64::from(index)))], "the product")])
}

fn write(storage: &mut SqliteStorage, head: &Head, runs: &[FinishedRun]) {
    storage.store(StoreRequest::Start(head)).unwrap();
    storage.store(StoreRequest::Runs(runs)).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

fn scratch() -> (TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("all.sqlite");
    (scratch, path)
}

fn listing(scratch: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(scratch.path()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The rows of a query as text, cells between bars.
fn query(path: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let cell = |value: rusqlite::types::ValueRef<'_>| match value {
        rusqlite::types::ValueRef::Null => "NULL".to_owned(),
        rusqlite::types::ValueRef::Integer(i) => i.to_string(),
        rusqlite::types::ValueRef::Real(x) => format!("{x:?}"),
        rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        rusqlite::types::ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    };
    let rows = statement
        .query_map([], |row| (0..columns).map(|at| row.get_ref(at).map(cell)).collect::<rusqlite::Result<Vec<_>>>());
    rows.unwrap().map(|row| row.unwrap().join("|")).collect()
}

#[test]
fn plain_sql_tells_what_is_in_a_file() {
    let (scratch, path) = scratch();
    let mut run = z(4);
    run.additions.push(result("z2", vec![("a", Value::Complex(Complex { re: 1.0, im: 2.0 })), ("b", 7.into())], ""));
    run.additions.push(result("Z", vec![("Z", Value::Text("other case".into()))], ""));
    run.additions.push(derived("x", Value::Float(f64::NAN)));
    write(&mut create(&path), &named("sample"), &[z(5), run, failed(0, RunFailure::Trap("unreachable".into()))]);
    assert_eq!(listing(&scratch), ["all.sqlite"], "nothing beside the file");
    let mut text = String::new();
    for sql in [
        "SELECT name, length, finished, points_view, scalars_view FROM trajectories",
        "SELECT name, value, text, unit, comment, explored, length, stride, type FROM parameters ORDER BY name",
        "SELECT idx, name, status, failure, runtime, parameter_summary FROM runs",
        "SELECT run, name, item, value, text, unit, comment, type, layout FROM results ORDER BY run, name, item",
        "SELECT * FROM sample_points",
        "SELECT * FROM sample_scalars",
        "SELECT name, value FROM config",
        "PRAGMA integrity_check",
        "PRAGMA foreign_key_check",
    ] {
        text.push_str(&format!("{sql}\n  {}\n", query(&path, sql).join("\n  ")));
    }
    let connection = Connection::open(&path).unwrap();
    let columns = connection.prepare("SELECT * FROM sample_scalars").unwrap();
    text.push_str(&columns.column_names().collect::<Vec<_>>().join(" "));
    insta::assert_snapshot!(text);
}

#[test]
fn others_read_while_it_is_written() {
    let (_scratch, path) = scratch();
    let mut storage = create(&path);
    storage.store(StoreRequest::Start(&named("sample"))).unwrap();
    let statuses = || query(&path, "SELECT status FROM runs");
    assert_eq!(statuses(), ["pending"; 6]);
    storage.store(StoreRequest::Runs(&[z(1)])).unwrap();
    let reader = SqliteReader::open(&path).unwrap();
    assert_eq!(reader.finished("sample", 0..6).unwrap().len(), 1);
    // Closing one reader does not end the locks of the others, nor those of the writer.
    drop(SqliteReader::open(&path).unwrap());
    storage.store(StoreRequest::Runs(&[z(2)])).unwrap();
    assert_eq!(reader.finished("sample", 0..6).unwrap().len(), 2);
    drop(reader);
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    assert_eq!(statuses()[..4], ["pending", "ok", "ok", "pending"]);
}

/// Runs get their rows in blocks, so that the first of many starts at once; readers see all of them at any time.
#[test]
fn rows_of_many_runs_are_written_later() {
    let (_scratch, path) = scratch();
    let trajectory = trajectory(&[("x", Axis::integers(0, 2500, 1).unwrap())], &[]);
    let mut storage = create(&path);
    storage.store(StoreRequest::Start(&head(trajectory.clone()))).unwrap();
    storage.store(StoreRequest::Runs(&[z(2100)])).unwrap();
    assert_eq!(query(&path, "SELECT count(*) FROM runs"), ["1500"]);
    let check = |expected: &[u64]| {
        let rows = SqliteReader::open(&path).unwrap().runs("sample", 0..u64::MAX).unwrap().rows;
        let ended: Vec<u64> = rows.iter().filter(|row| row.status == "ok").map(|row| row.index).collect();
        assert_eq!((rows.len(), ended.as_slice()), (2500, expected));
        for (at, row) in rows.iter().enumerate() {
            let run = RunIndex(at as u32);
            assert_eq!((row.index, row.seed), (at as u64, trajectory.seed(run)));
            assert_eq!(row.values, [Value::Int(at as i64)]);
        }
        let some = SqliteReader::open(&path).unwrap().runs("sample", 998..1002).unwrap().rows;
        assert_eq!(some.iter().map(|row| row.index).collect::<Vec<_>>(), [998, 999, 1000, 1001]);
    };
    check(&[2100]);
    storage.store(StoreRequest::Runs(&[z(7)])).unwrap();
    check(&[7, 2100]);
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    check(&[7, 2100]);
    assert_eq!(query(&path, "SELECT count(*) FROM runs WHERE status = 'pending'"), ["2498"]);
}

#[test]
fn whoever_reads_at_the_end_keeps_nothing_from_the_file() {
    let (_scratch, path) = scratch();
    let mut storage = create(&path);
    storage.store(StoreRequest::Start(&named("sample"))).unwrap();
    let reader = SqliteReader::open(&path).unwrap();
    assert_eq!(reader.finished("sample", 0..6).unwrap().len(), 0);
    storage.store(StoreRequest::Runs(&[z(1), z(2)])).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    drop(storage);
    // The file alone is whole, whatever stands beside it.
    let left = tempfile::tempdir().unwrap();
    let alone = left.path().join("alone.sqlite");
    std::fs::copy(&path, &alone).unwrap();
    assert_eq!(SqliteReader::open(&alone).unwrap().finished("sample", 0..6).unwrap().len(), 2);
    assert_eq!(reader.finished("sample", 0..6).unwrap().len(), 2);
    drop(reader);
    write(&mut create(&path), &named("next"), &[z(0)]);
    assert_eq!(query(&path, "SELECT name, finished FROM trajectories"), ["sample|1", "next|1"]);
}

#[test]
fn trajectories_share_a_file_and_are_replaced() {
    let (scratch, path) = scratch();
    for name in ["b", "a", "A", "sqlite_x"] {
        write(&mut create(&path), &named(name), &[z(0)]);
    }
    let names = || -> Vec<String> {
        SqliteReader::open(&path).unwrap().trajectories().unwrap().into_iter().map(|info| info.name).collect()
    };
    assert_eq!(names(), ["A", "a", "b", "sqlite_x"]);
    let views = query(&path, "SELECT scalars_view FROM trajectories ORDER BY id");
    assert_eq!(views, ["b_scalars", "a_scalars", "trajectory_3_scalars", "trajectory_4_scalars"]);
    let again = create(&path).store(StoreRequest::Start(&named("a"))).unwrap_err();
    assert!(matches!(&again, StoreError::TrajectoryExists { name, .. } if name == "a"), "{again}");

    // The old one stays until the new one is complete.
    let mut storage = overwriting(&path);
    storage.store(StoreRequest::Start(&named("a"))).unwrap();
    storage.store(StoreRequest::Runs(&[z(1), z(2)])).unwrap();
    let ended = |name: &str| SqliteReader::open(&path).unwrap().finished(name, 0..6).unwrap().len();
    assert_eq!((names(), ended("a")), (["A", "a", "a_part", "b", "sqlite_x"].map(str::to_owned).into(), 1));
    storage.store(StoreRequest::Finish(&tail())).unwrap();
    drop(storage);
    assert_eq!((names(), ended("a"), ended("b")), (["A", "a", "b", "sqlite_x"].map(str::to_owned).into(), 2, 1));
    assert_eq!(query(&path, "SELECT run FROM a_scalars WHERE z IS NOT NULL"), ["1", "2"]);
    assert_eq!(query(&path, "SELECT count(*) FROM a_points"), ["6"]);
    assert_eq!(query(&path, "PRAGMA foreign_key_check"), [""; 0]);
    assert_eq!(listing(&scratch), ["all.sqlite"]);
}

#[test]
fn what_is_broken_off() {
    let (scratch, path) = scratch();
    drop(create(&path));
    assert_eq!(listing(&scratch), [""; 0], "a storage that was not used");
    let mut storage = create(&path);
    storage.store(StoreRequest::Start(&named("a"))).unwrap();
    assert_eq!(listing(&scratch).len(), 4, "the file, its journal and the lock");
    drop(storage);
    assert_eq!(listing(&scratch), [""; 0], "a trajectory without runs");

    write(&mut create(&path), &named("a"), &[z(0)]);
    let mut storage = overwriting(&path);
    storage.store(StoreRequest::Start(&named("a"))).unwrap();
    drop(storage);
    assert_eq!(query(&path, "SELECT name, finished FROM trajectories"), ["a|1"]);

    let mut storage = create(&path);
    storage.store(StoreRequest::Start(&named("b"))).unwrap();
    storage.store(StoreRequest::Runs(&[z(3)])).unwrap();
    drop(storage);
    assert_eq!(query(&path, "SELECT name, finished FROM trajectories"), ["a|1", "b|0"]);
    assert_eq!(SqliteReader::open(&path).unwrap().finished("b", 0..6).unwrap(), [FinishedRun { ..z(3) }]);
    assert_eq!(listing(&scratch), ["all.sqlite"], "the next one finds a whole file");
}

#[test]
fn a_process_that_is_killed_leaves_its_runs() {
    let (scratch, path) = scratch();
    let mut storage = create(&path);
    storage.store(StoreRequest::Start(&named("a"))).unwrap();
    storage.store(StoreRequest::Runs(&[z(3)])).unwrap();
    // What a killed process leaves: the file and its journal, as they are on disk now.
    let left = tempfile::tempdir().unwrap();
    for name in listing(&scratch) {
        std::fs::copy(scratch.path().join(&name), left.path().join(&name)).unwrap();
    }
    drop(storage);
    let path = left.path().join("all.sqlite");
    assert_eq!(SqliteReader::open(&path).unwrap().finished("a", 0..6).unwrap().len(), 1);
    write(&mut overwriting(&path), &named("a"), &[z(0), z(1)]);
    assert_eq!(SqliteReader::open(&path).unwrap().finished("a", 0..6).unwrap().len(), 2);
    assert_eq!(listing(&left), ["all.sqlite"]);
}

#[test]
fn refusals() {
    let (scratch, path) = scratch();
    let at = |name: &str| scratch.path().join(name);
    let mut messages = Vec::new();
    let mut refused = |path: &Path| {
        let error = SqliteStorage::create(path, SqliteOptions::default()).unwrap_err().to_string();
        messages.push(error.replace(&scratch.path().display().to_string(), "FOLDER"));
    };
    std::fs::create_dir(at("folder")).unwrap();
    refused(&at("folder"));
    std::fs::write(at("text"), "This is text, and not a little of it, so that it cannot be a file of SQLite.").unwrap();
    refused(&at("text"));
    refused(&at("text/below"));
    write_hdf5(&at("hdf5"));
    refused(&at("hdf5"));
    Connection::open(at("other")).unwrap().execute_batch("CREATE TABLE runs (x); INSERT INTO runs VALUES (1)").unwrap();
    refused(&at("other"));
    assert_eq!(query(&at("other"), "SELECT x FROM runs"), ["1"]);
    write(&mut create(&at("newer")), &named("a"), &[z(0)]);
    Connection::open(at("newer")).unwrap().pragma_update(None, "user_version", 9).unwrap();
    refused(&at("newer"));
    std::os::unix::fs::symlink("/dev/null", at("device")).unwrap();
    refused(&at("device"));
    std::os::unix::fs::symlink("circle", at("circle")).unwrap();
    refused(&at("circle"));
    std::fs::create_dir(at("all.sqlite.lock")).unwrap();
    refused(&path);
    std::fs::remove_dir(at("all.sqlite.lock")).unwrap();
    let first = create(&path);
    refused(&path);
    drop(first);
    drop(create(&path));

    let read = |path: &Path| match SqliteReader::open(path) {
        Ok(reader) => format!("{} trajectories", reader.trajectories().unwrap().len()),
        Err(error) => error.to_string().replace(&scratch.path().display().to_string(), "FOLDER"),
    };
    messages.extend(["nothing", "folder", "text", "hdf5", "other", "newer"].map(|name| read(&at(name))));
    let open = |name: &str| crate::storage::open(&at(name)).map(drop);
    messages.push(format!("{:?} {:?}", open("hdf5").is_ok(), open("other").is_ok()));
    messages.push(open("text").unwrap_err().to_string().replace(&scratch.path().display().to_string(), "FOLDER"));
    insta::assert_snapshot!(messages.join("\n"));
    let left = listing(&scratch).into_iter().filter(|name| name.ends_with(".lock")).collect::<Vec<_>>();
    assert_eq!(left, [""; 0]);
}

fn write_hdf5(path: &Path) {
    let mut storage = crate::storage::Hdf5Storage::create(path, crate::storage::Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&named("a"))).unwrap();
    storage.store(StoreRequest::Finish(&tail())).unwrap();
}

#[test]
fn after_a_failed_statement_it_is_spent() {
    let (_scratch, path) = scratch();
    let mut storage = create(&path);
    storage.store(StoreRequest::Start(&named("a"))).unwrap();
    storage.store(StoreRequest::Runs(&[z(0)])).unwrap();
    let mut handle = storage.handle().unwrap();
    Connection::open(&path).unwrap().execute_batch("DROP TABLE results").unwrap();
    let failed = handle.store(StoreRequest::Runs(&[z(1)])).unwrap_err();
    let said = failed.to_string();
    assert!(matches!(failed, StoreError::Library { library: "SQLite", doing: "storing runs", .. }), "{said}");
    assert!(said.contains("no such table") && said.contains("the 1 runs stored before are in it"), "{said}");
    for storage in [&mut storage as &mut dyn StorageService, &mut *handle] {
        let spent = storage.store(StoreRequest::Finish(&tail())).unwrap_err();
        assert!(matches!(spent, StoreError::Poisoned { .. }), "{spent}");
    }
}

#[test]
fn comments_that_repeat_stay_with_the_lowest_run() {
    let (_scratch, path) = scratch();
    for (purge, expected) in [(true, ["the product", "", ""]), (false, ["the product"; 3])] {
        let options = SqliteOptions { existing: Existing::Overwrite, purge_duplicate_comments: purge };
        let mut storage = SqliteStorage::create(&path, options).unwrap();
        write(&mut storage, &named("a"), &[z(2), z(1), z(5)]);
        drop(storage);
        assert_eq!(query(&path, "SELECT comment FROM results ORDER BY run"), expected);
    }
}

#[test]
fn contradictory_files_are_errors() {
    let (_scratch, path) = scratch();
    let everything = |path: &Path| -> Result<usize, ReadError> {
        let reader = SqliteReader::open(path)?;
        reader.trajectories()?;
        reader.head("a")?;
        reader.runs("a", 0..u64::MAX)?;
        Ok(reader.finished("a", 0..6)?.len())
    };
    let values: Vec<(&str, Value)> = every_value();
    let mut messages = Vec::new();
    for harm in [
        "UPDATE trajectories SET facts = '{}'",
        "UPDATE trajectories SET length = 'many'",
        "UPDATE trajectories SET name = x'00ff' || name",
        "UPDATE parameters SET length = 0 WHERE name = 'y'",
        "UPDATE parameters SET length = 9223372036854775807 WHERE name = 'y'",
        "UPDATE parameters SET stride = -1 WHERE name = 'y'",
        "UPDATE parameters SET explored = 0 WHERE name = 'y'",
        "UPDATE parameters SET name = 'fixed.inside' WHERE name = 'y'",
        "UPDATE parameters SET comment = x'ff'",
        "DELETE FROM explored WHERE idx = 1",
        "UPDATE explored SET value = 'text'",
        "UPDATE explored SET idx = idx + 7",
        "UPDATE runs SET idx = idx + 9223372036854775000",
        "UPDATE runs SET status = x'ff'",
        "UPDATE results SET type = 'frame' WHERE item = 'array_f64'",
        "UPDATE results SET layout = '{\"dtype\": \"<f8\", \"shape\": [4611686018427387904]}' WHERE item = 'array_f64'",
        "UPDATE results SET layout = replace(layout, '\"offset\":', '\"offset\":99') WHERE item = 'table'",
        "UPDATE results SET layout = printf('%.*c', 100000, '[') WHERE item = 'table'",
        "UPDATE results SET data = zeroblob(100000000) WHERE item = 'array_f64'",
        "UPDATE results SET data = 5 WHERE item = 'array_f64'",
        "UPDATE results SET value = CAST(x'ff' AS TEXT) WHERE item = 'text'",
        "UPDATE results SET name = 'a..b'",
        "DROP TABLE results; CREATE VIEW results AS SELECT 1",
        "DROP TABLE annotations",
    ] {
        std::fs::remove_file(&path).ok();
        let run = finished(1, vec![result("all", values.clone(), "")]);
        write(&mut create(&path), &named("a"), &[run]);
        Connection::open(&path).unwrap().execute_batch(&format!("PRAGMA foreign_keys = OFF; {harm}")).unwrap();
        let said = match everything(&path) {
            Ok(runs) => format!("{runs} runs"),
            Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
        };
        messages.push(format!("{harm}\n  {said}"));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn flipped_bytes_are_errors_or_other_values() {
    let (_scratch, path) = scratch();
    write(&mut create(&path), &named("a"), &[finished(1, vec![result("all", every_value(), "")])]);
    let whole = std::fs::read(&path).unwrap();
    let mut answers = BTreeMap::new();
    let mut state = 7u64;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Most of what matters stands at the beginning of pages.
            let page = (state >> 33) as usize % bytes.len() / 4096 * 4096;
            let at = (page + (state >> 20) as usize % 300).min(bytes.len() - 1);
            bytes[at] ^= 1 << (state >> 60 & 7);
        }
        std::fs::write(&path, &bytes).unwrap();
        let answer = SqliteReader::open(&path).and_then(|reader| {
            reader.trajectories()?;
            reader.head("a")?;
            reader.finished("a", 0..6)
        });
        *answers.entry(answer.is_ok()).or_insert(0) += 1;
    }
    assert_eq!(answers.len(), 2, "some harm is found, some hits what nobody reads: {answers:?}");
}

/// Any value at all, also with bits that compare as unequal.
fn any_value() -> impl Strategy<Value = Value> {
    let float = || any::<u64>().prop_map(f64::from_bits);
    let texts = || proptest::collection::vec(".{0,5}", 0..5);
    let array = (proptest::collection::vec(0u64..4, 0..3), 0usize..14, any::<u64>()).prop_map(|(shape, kind, seed)| {
        let count = shape.iter().product::<u64>();
        let bits = |i: u64| seed.wrapping_mul(i + 1).rotate_left(i as u32);
        macro_rules! data {
            ($variant:ident, $number:ty, $times:expr) => {
                ArrayData::$variant((0..count * $times).map(|i| bits(i) as $number).collect())
            };
        }
        let data = match kind {
            0 => ArrayData::Bool((0..count).map(|i| bits(i) & 1 == 1).collect()),
            1 => data!(Int8, i8, 1),
            2 => data!(Int16, i16, 1),
            3 => data!(Int32, i32, 1),
            4 => data!(Int64, i64, 1),
            5 => data!(UInt8, u8, 1),
            6 => data!(UInt16, u16, 1),
            7 => data!(UInt32, u32, 1),
            8 => data!(UInt64, u64, 1),
            9 => ArrayData::Float32((0..count).map(|i| f32::from_bits(bits(i) as u32)).collect()),
            10 => ArrayData::Float64((0..count).map(|i| f64::from_bits(bits(i))).collect()),
            11 => ArrayData::Complex64((0..count * 2).map(|i| f32::from_bits(bits(i) as u32)).collect()),
            12 => ArrayData::Complex128((0..count * 2).map(|i| f64::from_bits(bits(i))).collect()),
            _ => ArrayData::Text((0..count).map(|i| format!("\0{}\"\\ß", bits(i))).collect()),
        };
        Array::new(shape, data).unwrap()
    });
    let sequence = prop_oneof![
        Just(Sequence::Empty),
        proptest::collection::vec(any::<bool>(), 0..5).prop_map(Sequence::Bools),
        proptest::collection::vec(any::<i64>(), 0..5).prop_map(Sequence::Ints),
        proptest::collection::vec(float(), 0..5).prop_map(Sequence::Floats),
        proptest::collection::vec((float(), float()), 0..5)
            .prop_map(|v| Sequence::Complexes(v.into_iter().map(|(re, im)| Complex { re, im }).collect())),
        texts().prop_map(Sequence::Texts),
        proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5), 0..5).prop_map(Sequence::Bytes),
    ];
    let simple = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        float().prop_map(Value::Float),
        (float(), float()).prop_map(|(re, im)| Value::Complex(Complex { re, im })),
        any::<String>().prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
        array.clone().prop_map(Value::Array),
        sequence.clone().prop_map(Value::List),
        sequence.prop_map(Value::Tuple),
    ];
    let table = (1u64..4, proptest::collection::vec(array, 1..4)).prop_map(|(rows, columns)| {
        let columns = columns.into_iter().enumerate().map(|(at, column)| {
            let fits = column.shape().first() == Some(&rows);
            let cells = if fits {
                column
            } else {
                Array::new(vec![rows], ArrayData::UInt64(vec![u64::MAX; rows as usize])).unwrap()
            };
            (format!("c{at}"), cells)
        });
        Value::Table(Table::new(columns.collect()).unwrap())
    });
    let dict = proptest::collection::vec(simple.clone(), 0..4).prop_map(|values| {
        let entries = values.into_iter().enumerate().map(|(at, value)| (format!("k{at}.v"), value));
        Value::Dict(Dict::new(entries.collect()).unwrap())
    });
    prop_oneof![5 => simple, 1 => table, 1 => dict]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_values_read_back(values in proptest::collection::vec(any_value(), 1..20)) {
        let (_scratch, path) = scratch();
        let named_values: Vec<(String, Value)> =
            values.iter().enumerate().map(|(at, value)| (format!("v{at}"), value.clone())).collect();
        let items = named_values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        write(&mut create(&path), &named("a"), &[finished(3, vec![result("all", items, "")])]);
        let reader = SqliteReader::open(&path).unwrap();
        let leaf = reader.leaf("a", "results.runs.run_set_00000.run_00000003.all").unwrap();
        prop_assert_eq!(&leaf.unreadable, &vec![]);
        prop_assert_eq!(leaf.items.len(), named_values.len());
        for ((name, value), (found_name, found)) in named_values.iter().zip(&leaf.items) {
            prop_assert_eq!(name, found_name);
            prop_assert!(same(value, found), "{:?} was {:?}", found, value);
        }
    }
}
