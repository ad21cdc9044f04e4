//! What every storage must do, whatever it writes to: one suite for all services, also for those of library users.
//!
//! ```
//! use host::storage::{LazyStorage, conformance::{Fresh, check}};
//!
//! check(|| Fresh::new(LazyStorage::default()));
//! ```

use std::sync::Arc;

use super::{Head, ReadError, Reader, StorageService, StoreError, StoreRequest, compare, digests, samples::*};
use crate::trajectory::*;

/// A storage that has not stored anything yet, and how to read back what it will have stored.
pub struct Fresh {
    storage: Box<dyn StorageService>,
    reader: Option<Open>,
}

/// Opens what was stored.
type Open = Box<dyn FnOnce() -> Result<Box<dyn Reader>, ReadError>>;

impl Fresh {
    /// A storage that nothing reads back.
    pub fn new(storage: impl StorageService + 'static) -> Self {
        Self { storage: Box::new(storage), reader: None }
    }

    /// A storage, and what opens its file when it is finished.
    pub fn with_reader(
        storage: impl StorageService + 'static,
        open: impl FnOnce() -> Result<Box<dyn Reader>, ReadError> + 'static,
    ) -> Self {
        Self { storage: Box::new(storage), reader: Some(Box::new(open)) }
    }

    /// Closes the storage and opens what it has stored, if there is a way.
    fn read(self) -> Option<Box<dyn Reader>> {
        drop(self.storage);
        Some(self.reader?().expect("what was stored can be opened"))
    }
}

/// Runs the whole suite; `make` gives a new storage each time.
///
/// Storages may keep repeated comments with the lowest run only, and times of runs to a microsecond; everything
/// else must come back as it was. Those that give handles are asked by eight threads at once.
///
/// # Panics
///
/// As soon as a storage does something else than it should, with a message that says what.
pub fn check(mut make: impl FnMut() -> Fresh) {
    a_whole_trajectory(make());
    a_trajectory_without_runs(make());
    the_order_is_kept(make());
    runs_are_checked(make());
    what_was_stored_is_read_back(make());
    neither_order_nor_batches_matter(&mut make);
    handles_store_at_the_same_time(make());
}

fn three_runs() -> Arc<Trajectory> {
    trajectory(&[("x", Axis::linspace(0.0, 1.0, 3).expect("an axis"))], &[])
}

fn z(index: u32) -> FinishedRun {
    finished(index, vec![result("z", vec![("z", Value::Float(f64::from(index)))], "a comment")])
}

#[track_caller]
fn stored(answer: Result<(), StoreError>) {
    if let Err(error) = answer {
        panic!("this should have been stored: {error}");
    }
}

#[track_caller]
fn refused(answer: Result<(), StoreError>, expected: fn(&StoreError) -> bool, why: &str) {
    match answer {
        Err(error) if expected(&error) => {}
        Err(error) => panic!("{why}, which is not what was said: {error}"),
        Ok(()) => panic!("{why}, and it was stored"),
    }
}

fn a_whole_trajectory(fresh: Fresh) {
    let Fresh { mut storage, .. } = fresh;
    stored(storage.store(StoreRequest::Start(&head(three_runs()))));
    stored(storage.store(StoreRequest::Runs(&[])));
    stored(storage.store(StoreRequest::Runs(&[z(2), z(0)])));
    stored(storage.store(StoreRequest::Runs(&[failed(1, RunFailure::Trap("unreachable".into()))])));
    stored(storage.store(StoreRequest::Finish(&tail())));
}

fn a_trajectory_without_runs(mut fresh: Fresh) {
    let head = head(trajectory(&[], &[]));
    stored(fresh.storage.store(StoreRequest::Start(&head)));
    stored(fresh.storage.store(StoreRequest::Finish(&tail())));
    if let Some(reader) = fresh.read() {
        let runs = reader.finished("sample", 0..1).expect("runs can be read");
        assert!(runs.is_empty(), "a run that was not stored is pending, not {runs:?}");
    }
}

fn the_order_is_kept(fresh: Fresh) {
    let Fresh { mut storage, .. } = fresh;
    let head = head(three_runs());
    let is_order = |error: &StoreError| matches!(error, StoreError::Order { .. });
    refused(storage.store(StoreRequest::Runs(&[z(0)])), is_order, "runs came before the start");
    refused(storage.store(StoreRequest::Finish(&tail())), is_order, "the end came before the start");
    stored(storage.store(StoreRequest::Start(&head)));
    refused(storage.store(StoreRequest::Start(&head)), is_order, "the start came twice");
    stored(storage.store(StoreRequest::Finish(&tail())));
    refused(storage.store(StoreRequest::Runs(&[z(0)])), is_order, "runs came after the end");
    refused(storage.store(StoreRequest::Finish(&tail())), is_order, "the end came twice");
}

fn runs_are_checked(mut fresh: Fresh) {
    let storage = &mut fresh.storage;
    let is_twice = |error: &StoreError| matches!(error, StoreError::RunTwice { .. });
    let is_unknown = |error: &StoreError| matches!(error, StoreError::UnknownRun { count: 3, .. });
    stored(storage.store(StoreRequest::Start(&head(three_runs()))));
    stored(storage.store(StoreRequest::Runs(&[z(1)])));
    refused(storage.store(StoreRequest::Runs(&[z(1)])), is_twice, "a run came twice");
    refused(storage.store(StoreRequest::Runs(&[z(2), z(2)])), is_twice, "a run came twice at once");
    refused(storage.store(StoreRequest::Runs(&[z(2), z(3)])), is_unknown, "a run came that does not exist");
    // Of a refused request nothing was stored.
    stored(storage.store(StoreRequest::Runs(&[z(0), z(2)])));
    stored(storage.store(StoreRequest::Finish(&tail())));
    if let Some(reader) = fresh.read() {
        same_runs(&[z(0), z(1), z(2)], &*reader);
    }
}

/// Values whose bits a careless storage loses.
fn odd_bits() -> Vec<(&'static str, Value)> {
    let nan = f64::from_bits(0xfff8_0000_0000_1234);
    let single = f32::from_bits(0x7fc0_0042);
    let array = |data| Value::Array(Array::flat(data).expect("flat"));
    vec![
        ("nan", Value::Float(f64::NAN)),
        ("nan_payload", Value::Float(nan)),
        ("zero_minus", Value::Float(-0.0)),
        ("tiny", Value::Float(5e-324)),
        ("inf", Value::Float(f64::INFINITY)),
        ("int_max", Value::Int(i64::MAX)),
        ("nan_complex", Value::Complex(Complex { re: nan, im: -0.0 })),
        ("nan_array", array(ArrayData::Float64(vec![nan, -0.0, f64::NAN]))),
        ("nan_single", array(ArrayData::Float32(vec![single, -0.0]))),
        ("nan_pairs", array(ArrayData::Complex64(vec![single, 1.0, -0.0, single]))),
        ("nan_list", Value::List(Sequence::Floats(vec![nan, 1.0]))),
    ]
}

/// What a job may annotate with.
fn is_annotation(value: &Value) -> bool {
    !matches!(value, Value::None | Value::Table(_) | Value::Dict(_) | Value::Sparse(_))
}

fn everything() -> (Head, Vec<FinishedRun>) {
    let values: Vec<(&str, Value)> = every_value().into_iter().chain(odd_bits()).collect();
    let named = |prefix: &str| -> Vec<(String, Value)> {
        values.iter().map(|(name, value)| (format!("{prefix}.{name}"), value.clone())).collect()
    };
    let list = |values: Vec<Value>| Axis::list(values).expect("an axis");
    let grid = |i: i64| Value::Array(Array::flat(ArrayData::Int64(vec![i; i as usize])).expect("flat"));
    let axes = [
        ("net.x", list([0.5, f64::NAN].map(Value::Float).into())),
        ("net.mode", list(["a", "grüße\0"].map(|text| Value::Text(text.into())).into())),
        ("w", list((0..3).map(grid).collect())),
    ];
    let mut made = Trajectory::new("sample").expect("a name").with_comment("about").with_seed(u64::MAX);
    for (name, value) in named("fix") {
        made.f_add_parameter(&name, value, "fixed").expect("a parameter").unit = "mV".into();
    }
    for (name, axis) in &axes {
        made.f_add_parameter(name, axis.at(0), "explored").expect("a parameter");
    }
    made.f_explore(axes, Combine::Cartesian).expect("axes");
    let mut made = made.with_replicates(2).expect("replicates");
    made.f_add_derived_parameter("own.d", 2.5, "of the trajectory").expect("a derived parameter");
    let own = vec![("a".into(), 1.into()), ("b".into(), "text".into())];
    made.f_add_result("own.r", own, "of the trajectory").expect("a result");
    let head = head(Arc::new(made));

    let mut all = result("deep.all", values.clone(), "every value");
    let annotations = values.iter().filter(|(_, value)| is_annotation(value));
    all.annotations = annotations.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    // `z` has the unit `mm` from the spec: whether a run says the same, or something else, is to be told apart.
    let unit = |run: u32, unit: Value| {
        let mut z = result("z", vec![("z", Value::Int(1))], "");
        z.annotations.insert("unit".to_owned(), unit);
        finished(run, vec![z])
    };
    let mut additions: Vec<Addition> = named("d").into_iter().map(|(name, value)| derived(&name, value)).collect();
    additions.extend([all, result("z", vec![("z", Value::Float(0.25))], "the product")]);
    let timeout = RunFailure::Timeout { limit: std::time::Duration::from_secs(1) };
    let panic = RunFailure::Panic { message: "außer\nsich".into(), file: "job.rs".into(), line: 3 };
    let runs = vec![
        z(0),
        finished(3, additions),
        failed(5, timeout),
        finished(7, vec![]),
        failed(8, panic),
        unit(10, Value::Text("mm".into())),
        unit(11, Value::Text("Hz".into())),
        unit(12, Value::Int(3)),
        finished(23, vec![result("z", vec![("z", Value::Bool(true)), ("more", Value::Int(1))], "another one")]),
    ];
    (head, runs)
}

fn what_was_stored_is_read_back(mut fresh: Fresh) {
    let (head, runs) = everything();
    stored(fresh.storage.store(StoreRequest::Start(&head)));
    stored(fresh.storage.store(StoreRequest::Runs(&runs)));
    stored(fresh.storage.store(StoreRequest::Finish(&tail())));
    let Some(reader) = fresh.read() else { return };
    let names: Vec<String> =
        reader.trajectories().expect("trajectories can be read").into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["sample"], "a file tells which trajectories are in it");
    let mut expected = head;
    expected.config.extend(tail().config);
    let found = reader.head("sample").expect("a head can be read");
    assert_eq!(compare::of_heads(&expected, &found), None, "what was stored before the runs was read back");
    same_runs(&runs, &*reader);
    same_digests(&expected, &runs, &*reader);
    let rows = reader.runs("sample", 0..u64::MAX).expect("runs can be read").rows;
    assert_eq!(rows.len() as u64, expected.trajectory.run_count(), "every run has a row");
    for (row, run) in rows.iter().zip(expected.trajectory.runs()) {
        assert_eq!((row.index, row.seed), (u64::from(run.0), expected.trajectory.seed(run)), "index and seed of {run}");
        let values = expected.trajectory.explored().map(|(_, parameter)| expected.trajectory.value_of(parameter, run));
        let is_same = values.eq_by_bits(&row.values);
        assert!(is_same, "{run} has other explored values: {:?}", row.values);
    }
}

/// Values that are the same to the last bit.
trait Bits: Iterator<Item = Value> + Sized {
    fn eq_by_bits(self, others: &[Value]) -> bool {
        let values: Vec<Value> = self.collect();
        values.len() == others.len() && values.iter().zip(others).all(|(a, b)| super::plain::same(a, b))
    }
}

impl<I: Iterator<Item = Value>> Bits for I {}

/// Compares all runs of `sample` with those that were stored, which are in order.
#[track_caller]
fn same_runs(expected: &[FinishedRun], reader: &dyn Reader) {
    let found = reader.finished("sample", 0..u64::from(u32::MAX)).expect("runs can be read");
    let lower = |run: &FinishedRun, comment: &str| {
        let before = expected.iter().take_while(|other| other.index < run.index);
        before.flat_map(|other| &other.additions).any(|addition| addition.comment == comment)
    };
    let mut comments =
        |run: &FinishedRun, stored: &str, found: &str| stored == found || found.is_empty() && lower(run, stored);
    assert_eq!(compare::of_runs(expected, &found, &mut comments), None, "the runs that were stored are read back");
}

/// The digest of what is read back is that of what was stored, and so are those that the storage keeps.
#[track_caller]
fn same_digests(head: &Head, runs: &[FinishedRun], reader: &dyn Reader) {
    let mut all = TrajectoryDigest::new(head.digest(), head.trajectory.run_count());
    let expected: Vec<_> = runs.iter().map(|run| (run.index, all.run(run))).collect();
    let (comments, whole) = (all.comments().digest(), all.finish());
    let mut found = Vec::new();
    let digest = digests::digest(reader, "sample", &mut |run, digest| found.push((run, digest)));
    assert_eq!(found, expected, "runs that are read back have the digests of those that were stored");
    assert_eq!(digest.expect("everything can be read"), whole, "the digest of all that is read back");
    // Who keeps no digests is asked nothing more.
    let Some(kept) = reader.stored_digests("sample", 0..u64::MAX).expect("digests can be read") else { return };
    assert_eq!(kept.head, Some(head.digest()), "the digest of the head is kept");
    assert_eq!(kept.comments, Some(comments), "the digest of the comments is kept");
    assert_eq!(kept.runs.len() as u64, head.trajectory.run_count(), "every run has a place for its digest");
    let kept = kept.runs.into_iter().zip(head.trajectory.runs());
    let kept: Vec<_> = kept.filter_map(|(digest, run)| Some((run, digest?))).collect();
    assert_eq!(kept.len(), expected.len(), "the digests of runs that have ended are kept");
    for ((run, kept), (index, digest)) in kept.iter().zip(&expected) {
        assert!(
            run == index && kept.is_of(digest),
            "the digest of {index} is kept with it, which is not {kept} of {run}"
        );
    }
}

fn many_runs(count: u32) -> (Head, Vec<FinishedRun>) {
    let head = head(trajectory(&[("x", Axis::integers(0, count.into(), 1).expect("an axis"))], &[]));
    let run = |index: u32| {
        let comment = format!("comment {}", index % 3);
        let trace = Array::flat(ArrayData::Float64(vec![f64::from(index); 20])).expect("flat");
        finished(
            index,
            vec![
                result("z", vec![("z", Value::Int(index.into()))], &comment),
                result("trace", vec![("trace", Value::Array(trace))], ""),
            ],
        )
    };
    (head, (0..count).map(run).collect())
}

fn neither_order_nor_batches_matter(make: &mut impl FnMut() -> Fresh) {
    let (head, runs) = many_runs(60);
    let mut store = |batches: &[Vec<FinishedRun>]| {
        let mut fresh = make();
        stored(fresh.storage.store(StoreRequest::Start(&head)));
        batches.iter().for_each(|batch| stored(fresh.storage.store(StoreRequest::Runs(batch))));
        stored(fresh.storage.store(StoreRequest::Finish(&tail())));
        fresh.read()
    };
    let forwards = store(std::slice::from_ref(&runs));
    let mut backwards = runs.clone();
    backwards.reverse();
    let backwards = store(&backwards.chunks(7).map(<[FinishedRun]>::to_vec).collect::<Vec<_>>());
    if let (Some(a), Some(b)) = (forwards, backwards) {
        let found = compare::difference(&*a, &*b, "sample").expect("both can be read");
        assert_eq!(found, None, "the order of runs makes a difference");
        [&a, &b].into_iter().for_each(|reader| same_digests(&head, &runs, &**reader));
    }
}

const THREADS: usize = 8;

fn handles_store_at_the_same_time(mut fresh: Fresh) {
    let (head, runs) = many_runs(200);
    stored(fresh.storage.store(StoreRequest::Start(&head)));
    let handles: Option<Vec<_>> = (0..THREADS).map(|_| fresh.storage.handle()).collect();
    match handles {
        None => stored(fresh.storage.store(StoreRequest::Runs(&runs))),
        Some(handles) => std::thread::scope(|scope| {
            for (thread, mut handle) in handles.into_iter().enumerate() {
                let own: Vec<FinishedRun> = runs.iter().skip(thread).step_by(THREADS).cloned().collect();
                scope.spawn(move || own.chunks(2).for_each(|batch| stored(handle.store(StoreRequest::Runs(batch)))));
            }
        }),
    }
    let is_twice = |error: &StoreError| matches!(error, StoreError::RunTwice { .. });
    refused(fresh.storage.store(StoreRequest::Runs(&runs[3..4])), is_twice, "a run came through a handle before");
    stored(fresh.storage.store(StoreRequest::Finish(&tail())));
    if let Some(reader) = fresh.read() {
        same_runs(&runs, &*reader);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{
        Hdf5Options, Hdf5Storage, LazyStorage, Locked, MemoryStorage, SqliteOptions, SqliteStorage, open,
    };

    #[test]
    fn memory_conforms() {
        check(|| Fresh::new(MemoryStorage::default()));
        check(|| Fresh::new(Locked::new(MemoryStorage::default())));
    }

    #[test]
    fn lazy_conforms() {
        check(|| Fresh::new(LazyStorage::default()));
        check(|| Fresh::new(Locked::new(LazyStorage::default())));
    }

    /// A new file for each storage.
    fn in_files<S: StorageService + 'static>(make: impl Fn(&std::path::Path) -> S) {
        let scratch = tempfile::tempdir().unwrap();
        let mut number = 0;
        check(|| {
            number += 1;
            let path = scratch.path().join(number.to_string());
            Fresh::with_reader(make(&path), move || open(&path))
        });
    }

    #[test]
    fn hdf5_conforms() {
        in_files(|path| Hdf5Storage::create(path, Hdf5Options::default()).unwrap());
        in_files(|path| Locked::new(Hdf5Storage::create(path, Hdf5Options::default()).unwrap()));
    }

    #[test]
    fn columns_conform() {
        let options = Hdf5Options { layout: crate::spec::Layout::Columns, ..Hdf5Options::default() };
        in_files(|path| Hdf5Storage::create(path, options).unwrap());
        in_files(|path| Locked::new(Hdf5Storage::create(path, options).unwrap()));
        let options = Hdf5Options { purge_duplicate_comments: false, large_overview_tables: true, ..options };
        in_files(|path| Hdf5Storage::create(path, options).unwrap());
    }

    #[test]
    fn sqlite_conforms() {
        in_files(|path| SqliteStorage::create(path, SqliteOptions::default()).unwrap());
        in_files(|path| Locked::new(SqliteStorage::create(path, SqliteOptions::default()).unwrap()));
    }

    #[test]
    #[should_panic(expected = "a run came twice, and it was stored")]
    fn who_takes_everything_does_not_conform() {
        struct Careless;
        impl StorageService for Careless {
            fn store(&mut self, _: StoreRequest<'_>) -> Result<(), StoreError> {
                Ok(())
            }
            fn name(&self) -> &'static str {
                "careless"
            }
        }
        runs_are_checked(Fresh::new(Careless));
    }
}
