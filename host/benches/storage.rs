//! What it costs to store a run: `cargo bench -p host --bench storage [-- RUNS [FOLDER]]`.
//!
//! Prints CPU microseconds and bytes of the file per run, for HDF5 and SQLite, then what it takes eight threads to store
//! runs in SQLite through their handles. The folder should be in memory, so that
//! what is measured is our work and that of the HDF5 library.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use host::{
    storage::{Hdf5Options, Hdf5Storage, Head, SqliteOptions, SqliteStorage, StorageService, StoreRequest, Tail},
    trajectory::*,
};
use tempfile::TempDir;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let runs: u32 = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(20_000);
    let folder = arguments.next().map_or_else(|| PathBuf::from("/dev/shm"), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("a folder to write to");
    for make in [hdf5 as Make, sqlite] {
        println!("{runs} runs, {:10}  start  us/run   finish  total us/run  bytes/run", make(&folder).name());
        measure("no results", runs, make, &folder, |_| vec![]);
        measure("1 scalar  ", runs, make, &folder, |i| vec![scalar("z", i)]);
        measure("3 scalars ", runs, make, &folder, |i| vec![scalar("z", i), scalar("y", i), scalar("x", i)]);
        measure("8 kB array", runs.min(5000), make, &folder, |i| {
            let array = Array::flat(ArrayData::Float64(vec![f64::from(i); 1000])).expect("flat");
            vec![result("trace", Value::Array(array))]
        });
    }
    handles(runs, &folder);
}

type Make = fn(&TempDir) -> Box<dyn StorageService>;

fn hdf5(folder: &TempDir) -> Box<dyn StorageService> {
    Box::new(Hdf5Storage::create(&folder.path().join(FILE), Hdf5Options::default()).expect("a storage"))
}

fn sqlite(folder: &TempDir) -> Box<dyn StorageService> {
    Box::new(SqliteStorage::create(&folder.path().join(FILE), SqliteOptions::default()).expect("a storage"))
}

const FILE: &str = "bench";

/// Wall time of eight threads that store one run at a time.
fn handles(runs: u32, folder: &TempDir) {
    let mut storage = sqlite(folder);
    storage.store(StoreRequest::Start(&head(runs))).expect("the start");
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let mut handle = storage.handle().expect("a handle");
            scope.spawn(move || {
                for i in (thread..runs).step_by(8) {
                    handle.store(StoreRequest::Runs(&[finished(i, vec![scalar("z", i)])])).expect("runs");
                }
            });
        }
    });
    let each = begin.elapsed().as_secs_f64() * 1e6 / f64::from(runs);
    storage.store(StoreRequest::Finish(&Tail::default())).expect("the end");
    println!("8 handles   {each:8.2} us/run, one run at a time");
}

fn scalar(name: &str, i: u32) -> Addition {
    result(name, Value::Float(f64::from(i)))
}

fn result(name: &str, value: Value) -> Addition {
    let name = NodePath::new(name).expect("a legal name");
    let items = vec![(name.clone(), value)];
    let comment = "I am the product of two values!".into();
    Addition { items, ..Addition::new(AdditionKind::Result, name, comment) }
}

fn head(runs: u32) -> Head {
    let axis = Axis::linspace(0.0, 1.0, runs.into()).expect("an axis");
    let explored = Some(Explored { axis: axis.clone(), position: 0 });
    let x = Parameter { explored, ..Parameter::new(axis.at(0), "the first factor") };
    let parameters = BTreeMap::from([(NodePath::new("x").expect("a legal name"), x)]);
    let points = Points::new(vec![runs.into()], Combine::Cartesian, 1).expect("points");
    let trajectory = Arc::new(Trajectory::from_parts("bench", "", parameters, points, 1).expect("a trajectory"));
    Head {
        identity: Identity::new("bench", 1.7e9, "2023_11_14_22h13m20s".into(), "0.1.0"),
        trajectory,
        config: BTreeMap::new(),
        file_title: "bench".into(),
        dims: BTreeMap::new(),
        units: BTreeMap::new(),
        version: "bench".into(),
    }
}

fn finished(i: u32, additions: Vec<Addition>) -> FinishedRun {
    FinishedRun { index: RunIndex(i), outcome: Ok(()), additions, started: 1.7e9, took: Duration::from_micros(20) }
}

fn measure(what: &str, runs: u32, make: Make, folder: &TempDir, additions: impl Fn(u32) -> Vec<Addition>) {
    let head = head(runs);
    let mut storage = make(folder);
    let begin = cpu();
    storage.store(StoreRequest::Start(&head)).expect("the start");
    let started = cpu();
    let mut stored = Duration::ZERO;
    for first in (0..runs).step_by(100) {
        let batch: Vec<_> = (first..runs.min(first + 100)).map(|i| finished(i, additions(i))).collect();
        let before = cpu();
        storage.store(StoreRequest::Runs(&batch)).expect("runs");
        stored += cpu() - before;
    }
    let before = cpu();
    storage.store(StoreRequest::Finish(&Tail::default())).expect("the end");
    let end = cpu() - before;
    drop(storage);
    let path = folder.path().join(FILE);
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(runs);
    let bytes = std::fs::metadata(&path).expect("the file").len() / u64::from(runs);
    let start = started - begin;
    println!(
        "{what}   {:8.2} {:8.2} {:8.2}      {:8.2}   {bytes:8}",
        each(start),
        each(stored),
        each(end),
        each(start + stored + end)
    );
    std::fs::remove_file(&path).expect("our own file");
}

/// CPU time of this process, from the kernel's own count in nanoseconds.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let nanos = text.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    Duration::from_nanos(nanos)
}
