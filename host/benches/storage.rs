//! What it costs to store a run: `cargo bench -p host --bench storage [-- RUNS [FOLDER]]`.
//!
//! Prints CPU microseconds and bytes of the file per run. The folder should be in memory, so that
//! what is measured is our work and that of the HDF5 library.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use host::{
    storage::{Hdf5Options, Hdf5Storage, Head, StorageService, StoreRequest, Tail},
    trajectory::*,
};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let runs: u32 = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(20_000);
    let folder = arguments.next().map_or_else(|| PathBuf::from("/dev/shm"), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("a folder to write to");
    println!("{runs} runs          start  us/run   finish  total us/run  bytes/run");
    measure("no results", runs, &folder, |_| vec![]);
    measure("1 scalar  ", runs, &folder, |i| vec![scalar("z", i)]);
    measure("3 scalars ", runs, &folder, |i| vec![scalar("z", i), scalar("y", i), scalar("x", i)]);
    measure("8 kB array", runs.min(5000), &folder, |i| {
        let array = Array::flat(ArrayData::Float64(vec![f64::from(i); 1000])).expect("flat");
        vec![result("trace", Value::Array(array))]
    });
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

fn measure(what: &str, runs: u32, folder: &tempfile::TempDir, additions: impl Fn(u32) -> Vec<Addition>) {
    let path = folder.path().join("bench.hdf5");
    let axis = Axis::linspace(0.0, 1.0, runs.into()).expect("an axis");
    let explored = Some(Explored { axis: axis.clone(), position: 0 });
    let x = Parameter { explored, ..Parameter::new(axis.at(0), "the first factor") };
    let parameters = BTreeMap::from([(NodePath::new("x").expect("a legal name"), x)]);
    let points = Points::new(vec![runs.into()], Combine::Cartesian, 1).expect("points");
    let trajectory = Arc::new(Trajectory::from_parts("bench", "", parameters, points, 1).expect("a trajectory"));
    let head = Head {
        identity: Identity::new("bench", 1.7e9, "2023_11_14_22h13m20s".into(), "0.1.0"),
        trajectory,
        config: BTreeMap::new(),
        file_title: "bench".into(),
        dims: BTreeMap::new(),
        units: BTreeMap::new(),
        version: "bench".into(),
    };
    let finished = |i| FinishedRun {
        index: RunIndex(i),
        outcome: Ok(()),
        additions: additions(i),
        started: 1.7e9,
        took: Duration::from_micros(20),
    };
    let mut storage = Hdf5Storage::create(&path, Hdf5Options::default()).expect("a storage");
    let begin = cpu();
    storage.store(StoreRequest::Start(&head)).expect("the start");
    let started = cpu();
    let mut stored = Duration::ZERO;
    for first in (0..runs).step_by(100) {
        let batch: Vec<_> = (first..runs.min(first + 100)).map(finished).collect();
        let before = cpu();
        storage.store(StoreRequest::Runs(&batch)).expect("runs");
        stored += cpu() - before;
    }
    let before = cpu();
    storage.store(StoreRequest::Finish(&Tail::default())).expect("the end");
    let end = cpu() - before;
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
