//! Files that are written, read back, refused and left behind.

use crate::{
    storage::{ReadError, Reader, StorageService, StoreRequest, samples::*},
    trajectory::*,
};

use super::{scalar_column::NO_INT, *};

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
        ("net.s", axis((0..4).map(|i| Value::Sparse(sparse(f64::from(i % 2)))).collect())),
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
        let annotated = values.iter().filter(|(_, v)| !is_no_annotation(v));
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

fn is_no_annotation(value: &Value) -> bool {
    matches!(value, Value::None | Value::Table(_) | Value::Dict(_) | Value::Sparse(_))
}

#[test]
fn everything_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    // Checks with other readers want to have the file.
    let path = scratch.path().join("sub/all.hdf5");
    write_everything(&path);
    assert!(!path.with_file_name("all.hdf5.part").exists());
    if let Some(wanted) = std::env::var_os("HOST_SAMPLE") {
        std::fs::copy(&path, wanted).unwrap();
    }
}

/// Equal, and with the same bits in every NaN and zero.
fn assert_same(found: &Value, expected: &Value, what: &str) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{what}");
}

#[test]
fn every_value_reads_back_exactly() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("all.hdf5");
    write_everything(&path);
    let reader = Hdf5Reader::open(&path).unwrap();
    let run = "runs.run_set_00000.run_00000002";
    let all = reader.leaf("sample", &format!("results.{run}.v")).unwrap();
    assert_eq!(all.unreadable, []);
    let values = every_value();
    let names = |items: &[(String, Value)]| items.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&all.items), values.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
    for ((name, expected), (_, found)) in values.iter().zip(&all.items) {
        assert_same(found, expected, &format!("result {name}"));
        if let Some(found) = all.annotations.get(*name) {
            assert_same(found, expected, &format!("annotation {name}"));
        }
        for path in [format!("parameters.fix.{name}"), format!("derived_parameters.{run}.d.{name}")] {
            let leaf = reader.leaf("sample", &path).unwrap();
            assert_eq!(leaf.unreadable, [], "{path}");
            assert_same(&leaf.items[0].1, expected, &path);
        }
    }
    let others = values.iter().filter(|(_, v)| is_no_annotation(v)).count();
    assert_eq!(all.annotations.len(), values.len() - others);
}

#[test]
fn a_file_tells_what_is_in_it() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("all.hdf5");
    write_everything(&path);
    let reader = Hdf5Reader::open(&path).unwrap();
    let infos = reader.trajectories().unwrap();
    assert_eq!(infos.len(), 1);
    assert_eq!((infos[0].name.as_str(), infos[0].length, infos[0].comment.as_str()), ("sample", 4, "a comment"));
    assert_eq!((infos[0].time.as_str(), infos[0].timestamp), ("2023_11_14_22h13m20s", 1_700_000_000.25));

    let runs = reader.runs("sample", 0..u64::MAX).unwrap();
    assert_eq!(runs.rows.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["ok", "error", "ok", "pending"]);
    assert_eq!(runs.rows[1].failure, "the job returned an error: außer Rand und Band");
    assert_eq!(runs.rows[1].started, 1_700_000_101.0);
    assert!((runs.rows[2].runtime - 0.001_502).abs() < 1e-6);
    assert_eq!(runs.rows[3].index, 3);
    assert_eq!(runs.explored.len(), 8);
    for row in &runs.rows {
        let x = runs.explored.iter().position(|name| name == "parameters.x").unwrap();
        let w = runs.explored.iter().position(|name| name == "parameters.net.v").unwrap();
        assert_eq!(row.values[x], Value::Float(row.index as f64 + 0.5));
        assert!(matches!(&row.values[w], Value::Array(array) if array.len() as u64 == row.index));
    }
    assert_eq!(reader.runs("sample", 2..3).unwrap().rows, runs.rows[2..3]);
    assert_eq!(reader.runs("sample", 9..12).unwrap().rows, []);

    let children = reader.children("sample", "parameters.net").unwrap();
    assert_eq!(
        children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>(),
        ["l", "mode", "n", "on", "s", "v", "w"]
    );
    assert!(children.iter().all(|child| child.is_leaf && child.comment == format!("the net.{}", child.name)));
    let top = reader.children("sample", "").unwrap();
    let top: Vec<_> = top.iter().map(|child| child.name.as_str()).collect();
    assert_eq!(top, ["config", "derived_parameters", "overview", "parameters", "results"]);

    let mode = reader.leaf("sample", "parameters.net.mode").unwrap();
    assert_eq!((mode.class.as_str(), mode.unit.as_str()), ("Parameter", "s"));
    assert_eq!(mode.explored.unwrap(), ["a", "grüße", "b", ""].map(|s| Value::Text(s.into())));
    // The lowest run keeps the comment, although a higher one came first.
    let comment = |run: &str| reader.leaf("sample", &format!("results.runs.run_set_00000.{run}.z")).unwrap().comment;
    assert_eq!((comment("run_00000000").as_str(), comment("run_00000002").as_str()), ("the product", ""));
    let z = reader.leaf("sample", "results.runs.run_set_00000.run_00000002.z").unwrap();
    assert_eq!((z.unit.as_str(), z.items.as_slice()), ("mm", &[("z".to_owned(), Value::Float(4.0))][..]));
    assert_eq!(reader.leaf("sample", "config.environment.env.runtime").unwrap().items[0].1, Value::Float(1.5));
}

#[test]
fn questions_without_an_answer() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("all.hdf5");
    write_everything(&path);
    let reader = Hdf5Reader::open(&path).unwrap();
    let message = |error: ReadError| error.to_string().replace(&scratch.path().display().to_string(), "FOLDER");
    let mut messages = vec![
        message(reader.runs("other", 0..1).unwrap_err()),
        message(reader.children("sample", "parameters.nothing").unwrap_err()),
        message(reader.leaf("sample", "parameters.net").unwrap_err()),
        message(reader.leaf("sample", "parameters..net").unwrap_err()),
        message(reader.leaf("sample/parameters", "net").unwrap_err()),
        message(reader.leaf("sample", "parameters.x.data.y").unwrap_err()),
        message(Hdf5Reader::open(&scratch.path().join("missing")).unwrap_err()),
        message(Hdf5Reader::open(scratch.path()).unwrap_err()),
    ];
    std::fs::write(scratch.path().join("text"), "not at all").unwrap();
    messages.push(message(Hdf5Reader::open(&scratch.path().join("text")).unwrap_err()));
    insta::assert_snapshot!(messages.join("\n"));
}

fn small(name: &str) -> std::sync::Arc<Trajectory> {
    let mut points = Points::new(vec![], Combine::Zip, 1).unwrap();
    if name == "two" {
        points = Points::new(vec![], Combine::Zip, 2).unwrap();
    }
    std::sync::Arc::new(Trajectory::from_parts(name, "", Default::default(), points, 1).unwrap())
}

fn write_small(path: &Path, name: &str, options: Hdf5Options) -> Result<(), StoreError> {
    let mut storage = Hdf5Storage::create(path, options)?;
    storage.store(StoreRequest::Start(&head(small(name))))?;
    storage.store(StoreRequest::Runs(&[finished(0, vec![result("z", vec![("z", Value::Int(1))], "")])]))?;
    storage.store(StoreRequest::Finish(&tail()))
}

fn names(path: &Path) -> Vec<String> {
    Hdf5Reader::open(path).unwrap().trajectories().unwrap().into_iter().map(|info| info.name).collect()
}

#[test]
fn trajectories_share_a_file_and_replace_only_themselves() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let overwrite = Hdf5Options { existing: Existing::Overwrite, ..Hdf5Options::default() };
    write_small(&path, "one", Hdf5Options::default()).unwrap();
    write_small(&path, "one", overwrite).unwrap();
    write_small(&path, "two", Hdf5Options::default()).unwrap();
    assert_eq!(names(&path), ["one", "two"]);
    write_small(&path, "one", overwrite).unwrap();
    assert_eq!(names(&path), ["one", "two"]);
    let before = std::fs::read(&path).unwrap();
    let refused = write_small(&path, "two", Hdf5Options::default()).unwrap_err();
    assert!(matches!(&refused, StoreError::TrajectoryExists { name, .. } if name == "two"), "{refused}");
    assert!(
        refused
            .to_string()
            .ends_with("choose another name (`--name`) or file (`--output`), or replace it with `--overwrite`")
    );
    assert_eq!(std::fs::read(&path).unwrap(), before, "a refusal changes nothing");
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1, "and leaves nothing");
    let reader = Hdf5Reader::open(&path).unwrap();
    let status = |name| reader.runs(name, 0..9).unwrap().rows.into_iter().map(|row| row.status).collect::<Vec<_>>();
    assert_eq!((status("one"), status("two")), (vec!["ok".into()], vec!["ok".into(), "pending".into()]));
}

#[test]
fn places_that_cannot_be_written() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    std::fs::write(at("text"), "not HDF5").unwrap();
    let refusal = |path: &Path| {
        let error = Hdf5Storage::create(path, Hdf5Options::default()).unwrap_err();
        error.to_string().replace(&scratch.path().display().to_string(), "FOLDER")
    };
    let first = Hdf5Storage::create(&at("locked.hdf5"), Hdf5Options::default()).unwrap();
    let messages =
        [refusal(&at("text")), refusal(scratch.path()), refusal(&at("text/f.hdf5")), refusal(&at("locked.hdf5"))];
    insta::assert_snapshot!(messages.join("\n"));
    drop(first);
    assert!(Hdf5Storage::create(&at("locked.hdf5"), Hdf5Options::default()).is_ok(), "the lock ends with its owner");
    assert_eq!(std::fs::read(at("text")).unwrap(), b"not HDF5");
}

#[test]
fn a_part_file_stays_only_if_runs_are_in_it() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let start = || {
        let mut storage = Hdf5Storage::create(&path, Hdf5Options::default()).unwrap();
        storage.store(StoreRequest::Start(&head(small("one")))).unwrap();
        storage
    };
    let storage = start();
    let part = storage.part().to_owned();
    assert!(part.exists());
    drop(storage);
    assert!(!part.exists());
    let mut storage = start();
    storage.store(StoreRequest::Runs(&[finished(0, vec![])])).unwrap();
    drop(storage);
    assert!(part.exists() && !path.exists());
    write_small(&path, "one", Hdf5Options::default()).unwrap();
    assert!(path.exists() && !part.exists());
    let old = scratch.path().join("f.hdf5.part.old");
    assert_eq!(names(&old), ["one"], "what the dead exploration left is moved, not overwritten");
}

#[test]
fn after_a_failure_nothing_more_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let mut storage = Hdf5Storage::create(&path, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head(small("two")))).unwrap();
    // The trajectory refuses names twice; HDF5 has the last word on what slips through.
    let twice = |name: &str| result(name, vec![("z", Value::Int(1))], "");
    let error = storage.store(StoreRequest::Runs(&[finished(0, vec![twice("z"), twice("z")])])).unwrap_err();
    assert!(matches!(&error, StoreError::Library { text, .. } if text.contains("H5Gcreate2")), "{error}");
    let again = storage.store(StoreRequest::Runs(&[finished(1, vec![])])).unwrap_err();
    assert!(matches!(again, StoreError::Poisoned { .. }));
    assert!(matches!(storage.store(StoreRequest::Finish(&tail())), Err(StoreError::Poisoned { .. })));
    drop(storage);
    assert!(!path.exists());
}

#[test]
fn reasons_are_short_where_they_are_known() {
    let reason = |text: &str| reason(&CallError { call: "H5Dwrite", text: text.into() });
    let words = |number| format!("H5Dwrite(): file write failed: time = now, errno = {number}, error message = 'x'");
    assert_eq!(reason(&words(libc::ENOSPC)), "the disk is full");
    assert_eq!(reason(&words(libc::EDQUOT)), "the disk is full");
    assert_eq!(reason(&words(libc::EFBIG)), "the file may not grow further (ulimit -f)");
    assert_eq!(reason(&words(libc::EIO)), "the disk failed (input/output error)");
    for other in [words(285), "no number".into(), "errno = ".into()] {
        assert_eq!(reason(&other), format!("H5Dwrite: {other}"));
    }
}

#[test]
fn a_failure_says_what_is_left() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let mut storage = Hdf5Storage::create(&path, Hdf5Options::default()).unwrap();
    storage.store(StoreRequest::Start(&head(small("two")))).unwrap();
    let twice = || result("z", vec![("z", Value::Int(1))], "");
    let error = storage.store(StoreRequest::Runs(&[finished(0, vec![twice(), twice()])])).unwrap_err().to_string();
    let (path, part) = (path.display(), storage.part().display());
    assert!(error.starts_with(&format!("HDF5 failed while storing runs in `{path}`: ")), "{error}");
    let end = format!(
        "; nothing more is written there, and the runs stored since the last flush are lost; \
         what there is stands in `{part}`"
    );
    assert!(error.ends_with(&end), "{error}");
    assert!(storage.part().exists());
}

#[test]
fn a_killed_exploration_leaves_what_was_flushed() {
    let scratch = tempfile::tempdir().unwrap();
    for (every, expected, cell) in [(Duration::ZERO, ["ok", "pending"], 1), (FLUSH_EVERY, ["pending"; 2], NO_INT)] {
        let path = scratch.path().join(format!("{}.hdf5", every.as_secs()));
        let mut storage = Hdf5Storage::create(&path, Hdf5Options::default()).unwrap();
        storage.flushed.every = every;
        storage
            .store(StoreRequest::Start(&head(trajectory(&[("x", Axis::linspace(0.0, 1.0, 2).unwrap())], &[]))))
            .unwrap();
        storage.store(StoreRequest::Runs(&[finished(0, vec![result("n", vec![("n", Value::Int(1))], "")])])).unwrap();
        // As the file would be if the process were killed here.
        let copy = scratch.path().join("copy.hdf5");
        std::fs::copy(storage.part(), &copy).unwrap();
        let rows = Hdf5Reader::open(&copy).unwrap().runs("sample", 0..9).unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), expected);
        let cells = hdf5::File::open(&copy).and_then(|file| file.dataset("sample/overview/columns/n"));
        let first = cells.and_then(|cells| cells.read_raw::<i64>()).map_or(NO_INT, |cells| cells[0]);
        assert_eq!(first, cell);
        storage.store(StoreRequest::Finish(&tail())).unwrap();
    }
}

/// With many runs, what is known of each of them is written with the first flush, so that the first run starts at once.
#[test]
fn what_is_known_of_many_runs_is_written_later() {
    for layout in [Layout::Tree, Layout::Columns] {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("many.hdf5");
        let axes = [("x", Axis::integers(0, 2000, 1).unwrap()), ("y", Axis::linspace(0.0, 1.0, 2000).unwrap())];
        let trajectory = trajectory(&axes, &[]);
        let options = Hdf5Options { layout, ..Hdf5Options::default() };
        let mut storage = Hdf5Storage::create(&path, options).unwrap();
        storage.store(StoreRequest::Start(&head(trajectory.clone()))).unwrap();
        // As if the process had ended here, and then after a flush.
        let left = scratch.path().join("left.hdf5");
        let broken_off = || {
            std::fs::copy(scratch.path().join("many.hdf5.part"), &left).unwrap();
            Hdf5Reader::open(&left).unwrap()
        };
        let refused = broken_off().runs("sample", 0..10).unwrap_err().to_string();
        assert!(refused.contains("was not written") && refused.contains("`host resume`"), "{refused}");
        storage.flushed.every = Duration::ZERO;
        storage
            .store(StoreRequest::Runs(&[finished(1500, vec![result("z", vec![("z", Value::Float(1.0))], "")])]))
            .unwrap();
        let runs = broken_off().runs("sample", 0..u64::MAX).unwrap().rows;
        let ended: Vec<u64> = runs.iter().filter(|row| row.status == "ok").map(|row| row.index).collect();
        assert_eq!((runs.len(), ended), (2000, vec![1500]), "{layout:?}");
        for row in &runs {
            let run = RunIndex(row.index as u32);
            let expected: Vec<Value> = trajectory.explored().map(|(_, p)| trajectory.value_of(p, run)).collect();
            assert_eq!(row.values, expected, "{run} {layout:?}");
            assert_eq!((row.status == "pending", row.seed), (row.index != 1500, trajectory.seed(run)), "{layout:?}");
        }
        assert_eq!(runs.iter().map(|row| row.index).collect::<Vec<_>>(), (0..2000).collect::<Vec<_>>());
        storage.flushed.every = FLUSH_EVERY;
        storage
            .store(StoreRequest::Runs(&[finished(3, vec![result("z", vec![("z", Value::Float(2.0))], "")])]))
            .unwrap();
        storage.store(StoreRequest::Finish(&tail())).unwrap();
        let runs = Hdf5Reader::open(&path).unwrap().runs("sample", 0..u64::MAX).unwrap().rows;
        let count = |status: &str| runs.iter().filter(|row| row.status == status).count();
        assert_eq!((count("ok"), count("pending")), (2, 1998), "{layout:?}");
        assert!(runs.iter().all(|row| row.seed == trajectory.seed(RunIndex(row.index as u32))), "{layout:?}");
    }
}

#[test]
fn only_a_trajectory_is_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    let overwrite = Hdf5Options { existing: Existing::Overwrite, ..Hdf5Options::default() };
    let file = hdf5::File::create(&path).unwrap();
    file.create_group("one").unwrap().create_group("overview").unwrap();
    file.new_dataset::<f64>().shape(3).create("data").unwrap();
    file.link_soft("/nowhere", "two").unwrap();
    drop(file);
    let before = std::fs::read(&path).unwrap();
    for name in ["one", "data", "two"] {
        for options in [overwrite, Hdf5Options::default()] {
            let error = write_small(&path, name, options).unwrap_err();
            let path = path.display();
            let expected = format!("`{path}` holds something else called `{name}`; choose another name or filename");
            assert_eq!(error.to_string(), expected);
        }
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);

    // An attribute of the file's owner survives, although the trajectory is all there is.
    let path = scratch.path().join("g.hdf5");
    write_small(&path, "one", overwrite).unwrap();
    let mark = |path: &Path| hdf5::File::open_rw(path).unwrap().new_attr::<i64>().create("mine").map(drop);
    mark(&path).unwrap();
    write_small(&path, "one", overwrite).unwrap();
    assert!(mark(&path).is_err(), "it is there still");
    assert_eq!(names(&path), ["one"]);
}

#[test]
fn links_are_followed() {
    use std::os::unix::fs::symlink;
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    std::fs::create_dir(at("there")).unwrap();
    symlink("there/f.hdf5", at("second")).unwrap();
    symlink(at("second"), at("first")).unwrap();
    // First the link leads to nothing, then to a file.
    for name in ["one", "two"] {
        let storage = Hdf5Storage::create(&at("first"), Hdf5Options::default()).unwrap();
        assert_eq!(storage.part().canonicalize().unwrap(), at("there/f.hdf5.part").canonicalize().unwrap());
        let again = Hdf5Storage::create(&at("there/f.hdf5"), Hdf5Options::default()).unwrap_err();
        assert!(matches!(again, StoreError::Locked { .. }), "{again}");
        drop(storage);
        write_small(&at("first"), name, Hdf5Options::default()).unwrap();
        assert!(at("first").is_symlink() && at("second").is_symlink() && !at("there/f.hdf5").is_symlink());
    }
    assert_eq!(names(&at("there/f.hdf5")), ["one", "two"]);
    symlink("circle", at("circle")).unwrap();
    let error = Hdf5Storage::create(&at("circle"), Hdf5Options::default()).unwrap_err();
    assert!(matches!(error, StoreError::NotWritable { .. }), "{error}");
}

#[test]
fn a_part_file_that_is_none_is_left_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let refused = |name: &str| {
        let error = Hdf5Storage::create(&at(name), Hdf5Options::default()).unwrap_err();
        assert!(
            matches!(&error, StoreError::NotAPlainFile { path } if *path == at(&format!("{name}.part"))),
            "{error}"
        );
    };
    std::fs::write(at("precious"), "mine").unwrap();
    std::os::unix::fs::symlink(at("precious"), at("f.part")).unwrap();
    refused("f");
    assert_eq!(std::fs::read(at("precious")).unwrap(), b"mine");
    std::os::unix::fs::symlink(at("not yet"), at("g.part")).unwrap();
    refused("g");
    assert!(!at("not yet").exists());
    let made = std::process::Command::new("mkfifo").arg(at("h.part")).status();
    assert!(made.unwrap().success());
    refused("h");
}

#[test]
fn what_a_dead_exploration_left_is_moved() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let left = || ["f.part.old", "f.part.old_1"].map(|name| std::fs::read_to_string(at(name)).unwrap_or_default());
    for (content, expected) in [("first", ["first", ""]), ("second", ["first", "second"])] {
        std::fs::write(at("f.part"), content).unwrap();
        write_small(&at("f"), content, Hdf5Options::default()).unwrap();
        assert_eq!(left(), expected, "none takes the place of another");
        assert!(!at("f.part").exists());
    }
    std::fs::write(at("f.part"), "third, which a journal has").unwrap();
    write_small(&at("f"), "third", Hdf5Options { leftover: Leftover::Discard, ..Hdf5Options::default() }).unwrap();
    assert_eq!(left(), ["first", "second"]);
    assert!(!at("f.part").exists() && !at("f.part.old_2").exists());
}

#[test]
fn damaged_files_are_errors() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    write_small(&path, "one", Hdf5Options::default()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in [whole.len() - 1, whole.len() / 2, 200, 9] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(Hdf5Reader::open(&path).is_err(), "cut at {cut}");
        let refused = write_small(&path, "two", Hdf5Options::default()).unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    }
    let file = hdf5::File::create(&path).unwrap();
    file.create_group("mine").unwrap();
    file.new_dataset::<f64>().shape(3).create("data").unwrap();
    drop(file);
    let reader = Hdf5Reader::open(&path).unwrap();
    assert_eq!(reader.trajectories().unwrap(), []);
    assert!(matches!(reader.runs("mine", 0..1), Err(ReadError::NoTrajectory { .. })));
    drop(reader);
    write_small(&path, "one", Hdf5Options::default()).unwrap();
    assert_eq!(names(&path), ["one"]);
    assert!(hdf5::File::open(&path).unwrap().dataset("data").is_ok(), "what was there stays");
}

#[test]
fn files_of_pypet_are_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/pypet-0.7.0.hdf5");
    let reader = Hdf5Reader::open(&path).unwrap();
    let infos = reader.trajectories().unwrap();
    let info = &infos[0];
    assert_eq!((info.name.as_str(), info.length, info.version.as_str()), ("made_by_pypet", 3, "0.7.0"));
    let mut lines = vec![format!("{}: {}", info.name, info.comment)];
    let describe = |lines: &mut Vec<String>, path: &str| {
        let leaf = reader.leaf(&info.name, path).unwrap();
        lines.push(format!("{path} ({}): {}", leaf.class, leaf.comment));
        let line = |(name, value): (&String, &Value)| format!("  {name} = {} {}", value.type_name(), value.repr(60));
        lines.extend(leaf.items.iter().map(|(name, value)| line((name, value))));
        lines.extend(leaf.annotations.iter().map(line));
        lines.extend(leaf.explored.into_iter().flatten().map(|value| format!("  -> {}", value.repr(60))));
        lines.extend(leaf.unreadable.iter().map(|(name, why)| format!("  {name} cannot be read: {why}")));
    };
    for child in reader.children(&info.name, "parameters.net").unwrap() {
        describe(&mut lines, &format!("parameters.net.{}", child.name));
    }
    describe(&mut lines, "parameters.x");
    describe(&mut lines, "derived_parameters.runs.run_00000001.half");
    describe(&mut lines, "results.runs.run_00000001.z");
    describe(&mut lines, "results.runs.run_00000001.sparse");
    describe(&mut lines, "results.runs.run_00000001.pickled");
    describe(&mut lines, "results.runs.run_00000001.many");
    let runs = reader.runs(&info.name, 0..3).unwrap();
    lines.push(runs.explored.join(", "));
    for row in runs.rows {
        let values: Vec<String> = row.values.iter().map(|value| value.repr(40)).collect();
        lines.push(format!("{} {} {}", row.index, row.status, values.join(", ")));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// Bytes are flipped where the library keeps its own checksums; without those, HDF5 1.10 itself may
/// crash, as in tables of many links.
#[test]
fn flipped_bytes_are_errors_or_other_values() {
    flip_bytes(Layout::Tree);
    flip_bytes(Layout::Columns);
}

fn flip_bytes(layout: Layout) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.hdf5");
    write_small(&path, "one", Hdf5Options { layout, ..Hdf5Options::default() }).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let look = || -> Result<(), ReadError> {
        let reader = Hdf5Reader::open(&path)?;
        reader.trajectories()?;
        reader.runs("one", 0..10)?;
        reader.finished("one", 0..10)?;
        reader.leaf("one", "config.environment.env.runtime")?;
        reader.leaf("one", "results.runs.run_set_00000.run_00000000.z").map(drop)
    };
    let mut random = 42u64;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..4 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (random >> 20) as usize % bytes.len();
            bytes[at] ^= (random >> 12) as u8;
        }
        std::fs::write(&path, &bytes).unwrap();
        let _ = look();
    }
}
