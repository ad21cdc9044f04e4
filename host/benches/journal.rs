//! What the journal costs: `cargo bench -p host --bench journal [-- RUNS [FOLDER]]`.
//!
//! One-scalar runs in microseconds a run (appended one by one and in batches), runs with an array of
//! 1 MB in GB/s; both with a sync every second and without, and the time to read them back. The wall
//! time of a sync is that of the disk: compare a folder in memory with one on the disk.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use host::{
    journal::{Journal, JournalReader, Sync},
    trajectory::*,
};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let runs: u32 = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(1_000_000);
    let folder = arguments.next().map_or_else(|| PathBuf::from("/dev/shm"), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).expect("a folder to write to");
    let large = (runs / 500).clamp(1, 1000);
    println!("{runs} runs with a scalar, {large} with 1 MB      CPU        wall        read     bytes/run");
    for (sync, name) in [(Sync::default(), "sync every second"), (Sync::Never, "no sync          ")] {
        for batch in [1, 100, 1000] {
            let cost = measure(folder.path(), sync, runs, batch, |i| Value::Float(f64::from(i)));
            let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(runs);
            println!(
                "scalar, {name}, {batch:4} at once  {:6.3} us  {:6.3} us   {:6.3} us  {:8}",
                each(cost.cpu),
                each(cost.wall),
                each(cost.read),
                cost.bytes / u64::from(runs)
            );
        }
        for batch in [1, 10] {
            let cost = measure(folder.path(), sync, large, batch, |i| {
                Value::Array(Array::flat(ArrayData::Float64(vec![f64::from(i); 131_072])).expect("flat"))
            });
            let rate = |time: Duration| cost.bytes as f64 / 1e9 / time.as_secs_f64();
            println!(
                "1 MB,   {name}, {batch:4} at once  {:6.2} GB/s{:6.2} GB/s {:6.2} GB/s{:8}",
                rate(cost.cpu),
                rate(cost.wall),
                rate(cost.read),
                cost.bytes / u64::from(large)
            );
        }
    }
}

struct Cost {
    cpu: Duration,
    wall: Duration,
    read: Duration,
    bytes: u64,
}

fn measure(folder: &Path, sync: Sync, runs: u32, batch: usize, value: impl Fn(u32) -> Value) -> Cost {
    let path = folder.join("bench.cnt");
    // The same few runs again and again: what making them costs is not of interest.
    let made: Vec<FinishedRun> = (0..batch as u32).map(|i| finished(i, value(i))).collect();
    let mut journal = Journal::create(&path, b"bench", sync).expect("a journal");
    let (cpu_before, before) = (cpu(), Instant::now());
    for _ in 0..runs as usize / batch {
        journal.finished(&made).expect("the runs are written");
    }
    let (cpu, wall) = (cpu() - cpu_before, before.elapsed());
    let bytes = std::fs::metadata(&path).expect("the file").len();
    let before = Instant::now();
    let records = JournalReader::open(&path).expect("the journal").records();
    let count = records.inspect(|record| assert!(record.is_ok())).count();
    let read = before.elapsed();
    assert_eq!(count, runs as usize / batch * batch);
    journal.complete().expect("the end");
    std::fs::remove_file(&path).expect("our own file");
    Cost { cpu, wall, read, bytes }
}

fn finished(i: u32, value: Value) -> FinishedRun {
    let name = NodePath::new("z").expect("a legal name");
    let items = vec![(name.clone(), value)];
    let comment = "I am the product of two values!".into();
    let additions = vec![Addition { items, ..Addition::new(AdditionKind::Result, name, comment) }];
    FinishedRun { index: RunIndex(i), outcome: Ok(()), additions, started: 1.7e9, took: Duration::from_micros(20) }
}

/// CPU time of this process, from the kernel's own count in nanoseconds.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let nanos = text.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    Duration::from_nanos(nanos)
}
