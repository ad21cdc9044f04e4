//! What it costs to store a run: `cargo bench -p host --bench storage [-- RUNS [FOLDER]]`, and what the large
//! overview tables add to it, with and without a right estimate of their rows: `… -- tables [REPETITIONS [FOLDER]]`.
//!
//! Prints CPU microseconds and bytes of the file per run, for HDF5 and SQLite, also those that it takes to read every
//! run back against its digest (`host check-file`) and what of storing is the digest, then what it takes eight threads to store
//! runs in SQLite through their handles; and how the layout `columns` of HDF5 grows, alone:
//! `… -- columns [RUNS [FOLDER]]`. The folder should be in memory, so that
//! what is measured is our work and that of the HDF5 library.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use host::{
    spec::Layout,
    storage::{
        Hdf5Options, Hdf5Storage, Head, SqliteOptions, SqliteStorage, StorageService, StoreRequest, Tail, check, open,
    },
    trajectory::*,
};
use tempfile::TempDir;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    let is_about_tables = arguments.next_if(|argument| argument == "tables").is_some();
    let is_about_columns = arguments.next_if(|argument| argument == "columns").is_some();
    let number: Option<u32> = arguments.next().and_then(|number| number.parse().ok());
    let folder = arguments.next().map_or_else(|| PathBuf::from("/dev/shm"), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("a folder to write to");
    if is_about_tables {
        tables(number.unwrap_or(5), &folder);
    } else if is_about_columns {
        growth(number.unwrap_or(1_000_000), &folder);
    } else {
        kinds(number.unwrap_or(20_000), &folder);
    }
}

/// The layout `columns` with ever more runs of three numbers, and with other results.
fn growth(most: u32, folder: &TempDir) {
    println!("columns                  runs     start    us/run    finish  total us/run  bytes/run  peak MiB");
    let show = |what: &str, runs: u32, additions: &dyn Fn(u32) -> Vec<Addition>| {
        let Cost { start, stored, end, bytes, .. } = stored(runs, &columns, folder, additions);
        println!(
            "{what:18} {runs:10} {start:9.3} {stored:9.3} {end:9.3} {:13.3} {bytes:10.1} {:9}",
            start + stored + end,
            peak_memory() >> 20
        );
    };
    let three = |i: u32| vec![scalar("z", i), scalar("y", i), scalar("x", i)];
    for runs in [10_000, 100_000, 1_000_000].into_iter().filter(|runs| *runs <= most) {
        show("no results", runs, &|_| vec![]);
        show("1 scalar", runs, &|i| vec![scalar("z", i)]);
        show("3 scalars", runs, &three);
    }
    show("a text", 100_000, &|i| vec![result("w", Value::Text(format!("word {i}")))]);
    show("ragged", 100_000, &|i| {
        let array = Array::flat(ArrayData::Float64(vec![f64::from(i); (i % 7) as usize])).expect("flat");
        vec![result("trace", Value::Array(array))]
    });
    show("a new name each", 20_000, &|i| vec![scalar("z", i), scalar(&format!("n{i}"), i)]);
    let trace = |length: usize| {
        move |i: u32| {
            let array = Array::flat(ArrayData::Float64(vec![f64::from(i); length])).expect("flat");
            vec![result("trace", Value::Array(array))]
        }
    };
    show("8 kB array", 20_000, &trace(1000));
    show("1 MB array", 500, &trace(131_072));
}

/// The most memory that this process had, in bytes.
fn peak_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

/// Runs with different results.
fn kinds(runs: u32, folder: &TempDir) {
    for (what, make) in [("tree", &hdf5 as &Make), ("columns", &columns), ("sqlite", &sqlite)] {
        println!(
            "{runs} runs, {:10}  start  us/run   finish  total us/run  bytes/run  check us/run  digest us/run",
            what
        );
        let show = |what: &str, runs: u32, additions: &dyn Fn(u32) -> Vec<Addition>| {
            let cost = measure(runs, make, folder, additions);
            let Cost { start, stored, end, bytes, check, digest } = cost;
            println!(
                "{what}   {start:8.2} {stored:8.2} {end:8.2}      {:8.2}   {bytes:8.0}      {check:8.2}       {digest:8.2}",
                cost.time()
            );
        };
        show("no results", runs, &|_| vec![]);
        show("1 scalar  ", runs, &|i| vec![scalar("z", i)]);
        show("3 scalars ", runs, &|i| vec![scalar("z", i), scalar("y", i), scalar("x", i)]);
        show("8 kB array", runs.min(5000), &|i| {
            let array = Array::flat(ArrayData::Float64(vec![f64::from(i); 1000])).expect("flat");
            vec![result("trace", Value::Array(array))]
        });
        show("1 MB array", runs.min(200), &|i| {
            let array =
                Array::flat(ArrayData::Float64((0..131_072).map(|at| f64::from(i * at)).collect())).expect("flat");
            vec![result("trace", Value::Array(array))]
        });
    }
    handles(runs, folder);
}

/// Runs with 1 and 5 results: medians of `repetitions` for each choice of overview tables, which take turns.
fn tables(repetitions: u32, folder: &TempDir) {
    println!("medians of {repetitions}         tables            us/run (lowest to highest)   bytes/run");
    let names = ["z", "y", "x", "w", "v"];
    for (runs, results) in [(10_000, 1), (10_000, 5), (100_000, 1), (100_000, 5)] {
        let additions = |i: u32| names[..results].iter().map(|name| scalar(name, i)).collect::<Vec<_>>();
        let small = Hdf5Options::default();
        let large = Hdf5Options { large_overview_tables: true, ..small };
        let choices = [
            ("small only", small),
            ("large", large),
            ("large, estimated", Hdf5Options { results_per_run: results as u32, ..large }),
        ];
        let mut costs = choices.map(|_| Vec::new());
        for _ in 0..repetitions {
            for ((_, options), costs) in choices.iter().zip(&mut costs) {
                let options = *options;
                let make = move |folder: &TempDir| with(folder, options);
                costs.push(measure(runs, &make, folder, &additions));
            }
        }
        for ((name, _), mut costs) in choices.into_iter().zip(costs) {
            costs.sort_by(|a, b| a.time().total_cmp(&b.time()));
            let (lowest, highest) = (costs[0].time(), costs[costs.len() - 1].time());
            let Cost { bytes, .. } = costs[costs.len() / 2];
            let time = costs[costs.len() / 2].time();
            println!(
                "{runs:7} runs, {results} results  {name:16}  {time:8.2} ({lowest:.2} to {highest:.2})  {bytes:8.0}"
            );
        }
    }
}

/// CPU microseconds and bytes of the file, per run.
struct Cost {
    start: f64,
    stored: f64,
    end: f64,
    bytes: f64,
    check: f64,
    digest: f64,
}

impl Cost {
    fn time(&self) -> f64 {
        self.start + self.stored + self.end
    }
}

type Make = dyn Fn(&TempDir) -> Box<dyn StorageService>;

fn hdf5(folder: &TempDir) -> Box<dyn StorageService> {
    with(folder, Hdf5Options::default())
}

fn columns(folder: &TempDir) -> Box<dyn StorageService> {
    with(folder, Hdf5Options { layout: Layout::Columns, ..Hdf5Options::default() })
}

fn with(folder: &TempDir, options: Hdf5Options) -> Box<dyn StorageService> {
    Box::new(Hdf5Storage::create(&folder.path().join(FILE), options).expect("a storage"))
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
        launch: None,
    }
}

fn finished(i: u32, additions: Vec<Addition>) -> FinishedRun {
    // As an exploration has them: one after the other, each some microseconds long.
    let took = Duration::from_nanos(18_000 + u64::from(i.wrapping_mul(2_654_435_761) >> 20));
    FinishedRun { index: RunIndex(i), outcome: Ok(()), additions, started: 1.7e9 + f64::from(i) * 2e-5, took }
}

fn measure(runs: u32, make: &Make, folder: &TempDir, additions: &dyn Fn(u32) -> Vec<Addition>) -> Cost {
    let cost = stored(runs, make, folder, additions);
    let path = folder.path().join(FILE);
    let before = cpu();
    let checked = check(&*open(&path).expect("a file"), "bench").expect("a trajectory");
    let check = (cpu() - before).as_secs_f64() * 1e6 / f64::from(runs);
    assert_eq!(checked.count, 0, "{:?}", checked.wrong);
    Cost { check, ..cost }
}

/// Stores runs; the file stays until the next ones.
fn stored(runs: u32, make: &Make, folder: &TempDir, additions: &dyn Fn(u32) -> Vec<Addition>) -> Cost {
    let path = folder.path().join(FILE);
    let _ = std::fs::remove_file(&path);
    let head = head(runs);
    let mut storage = make(folder);
    let begin = cpu();
    storage.store(StoreRequest::Start(&head)).expect("the start");
    let started = cpu();
    let (mut stored, mut digest) = (Duration::ZERO, Duration::ZERO);
    let mut comments = CommentDigest::default();
    for first in (0..runs).step_by(100) {
        let batch: Vec<_> = (first..runs.min(first + 100)).map(|i| finished(i, additions(i))).collect();
        let before = cpu();
        storage.store(StoreRequest::Runs(&batch)).expect("runs");
        stored += cpu() - before;
        // Part of what was just measured.
        let before = cpu();
        for run in &batch {
            comments.see(run);
            std::hint::black_box(run.digest());
        }
        digest += cpu() - before;
    }
    let before = cpu();
    storage.store(StoreRequest::Finish(&Tail::default())).expect("the end");
    let end = cpu() - before;
    drop(storage);
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(runs);
    let bytes = std::fs::metadata(&path).expect("the file").len() as f64 / f64::from(runs);
    Cost { start: each(started - begin), stored: each(stored), end: each(end), bytes, check: 0.0, digest: each(digest) }
}

/// CPU time of this process, from the kernel's own count in nanoseconds.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let nanos = text.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    Duration::from_nanos(nanos)
}
