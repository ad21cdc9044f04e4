//! What a run costs in the sandbox, beside a bare loop over wasmtime with the same settings.
//!
//! `cargo bench -p host --bench sandbox`. Both take turns within a round; the median of the rounds counts.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use host::{
    sandbox::{Job, JobOptions},
    trajectory::{Axis, Combine, Explored, NodePath, Parameter, Points, SingleRun, Trajectory, Value},
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

#[path = "compare/bare/alone.rs"]
#[expect(dead_code, reason = "the bench `bare` tries other settings too")]
mod alone;
use alone::{Alone, Plain, Point};

const RUNS: u32 = 4000;
const ROUNDS: usize = 15;

/// Does nothing at all.
const NOTHING: &str = "";
/// One `f-get`, one `f-add-result` with a number.
const GET_AND_ADD: &str = r#"
  (call $f_get (i32.const 8192) (i32.const 3) (i32.const 1024))
  (i32.store8 (i32.const 4112) (i32.const 3))
  (f64.store (i32.const 4120) (f64.load (i32.const 1048)))
  (call $f_add_result (i32.const 8195) (i32.const 1) (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 1024))"#;

fn main() {
    for (name, body) in [("nothing", NOTHING), ("one get, one add", GET_AND_ADD)] {
        let wasm = component(body);
        let dir = tempfile::tempdir().expect("a directory for the job");
        let path = dir.path().join("job.wasm");
        std::fs::write(&path, &wasm).expect("room for the job");
        let options = JobOptions { cache: Some(dir.path().join("cache")), ..JobOptions::default() };
        Job::load(&path, &options).expect("a job");
        let start = Instant::now();
        let job = Job::load(&path, &options).expect("a job");
        println!("{name:<20} loading from the cache takes {:?}", start.elapsed());
        let rounds = || {
            let start = Instant::now();
            drop(job.worker(Arc::new(())).expect("a worker"));
            println!("{name:<20} a worker takes {:?}", start.elapsed());
            let trajectory = trajectory();
            let mut worker = job.worker(Arc::new(())).expect("a worker");
            let bare = Alone::pooled(&wasm).expect("a job");
            let point = Point::from([("tau", Plain::Integer(1))]);
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(each(|i| {
                    let index = host::trajectory::RunIndex(i % 1000);
                    worker.run(SingleRun::new(Arc::clone(&trajectory), index)).outcome.expect("a good run");
                }));
                theirs.push(each(|_| drop(std::hint::black_box(bare.run(&point).expect("a good run")))));
            }
            let (ours, theirs) = (median(ours), median(theirs));
            println!("{name:<20} sandbox {ours:>6.0} ns/run   bare {theirs:>6.0} ns/run   ratio {:.2}", ours / theirs);
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(job.thread_stack());
            thread.spawn_scoped(scope, rounds).expect("a thread");
        });
        let alone = threads(&job, 1);
        let both = threads(&job, 2);
        println!(
            "{name:<20} 1 thread {alone:>6.0} ns/run   2 threads {both:>6.0} ns/run   speed-up {:.2}",
            alone / both
        );
    }
}

/// Nanoseconds per run on so many threads, each with a worker of its own.
fn threads(job: &Job, count: u32) -> f64 {
    let rounds = (0..5).map(|_| {
        let barrier = std::sync::Barrier::new(count as usize + 1);
        let start = std::thread::scope(|scope| {
            for _ in 0..count {
                let work = || {
                    let trajectory = trajectory();
                    let mut worker = job.worker(Arc::new(())).expect("a worker");
                    barrier.wait();
                    each(|i| {
                        let index = host::trajectory::RunIndex(i % 1000);
                        worker.run(SingleRun::new(Arc::clone(&trajectory), index)).outcome.expect("a good run");
                    });
                };
                let thread = std::thread::Builder::new().stack_size(job.thread_stack());
                thread.spawn_scoped(scope, work).expect("a thread");
            }
            barrier.wait();
            Instant::now()
        });
        start.elapsed().as_nanos() as f64 / f64::from(RUNS * count)
    });
    median(rounds.collect())
}

fn each(mut run: impl FnMut(u32)) -> f64 {
    let start = Instant::now();
    (0..RUNS).for_each(&mut run);
    start.elapsed().as_nanos() as f64 / f64::from(RUNS)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn trajectory() -> Arc<Trajectory> {
    let axis = Axis::integers(0, 1000, 1).expect("an axis");
    let explored = Some(Explored { axis, position: 0 });
    let tau = Parameter { explored, ..Parameter::new(Value::Int(0), "") };
    let parameters = BTreeMap::from([(NodePath::new("tau").expect("a name"), tau)]);
    let points = Points::new(vec![1000], Combine::Cartesian, 1).expect("points");
    Arc::new(Trajectory::from_parts("bench", "", parameters, points, 42).expect("a trajectory"))
}

fn component(body: &str) -> Vec<u8> {
    let module = format!(
        r#"(module
          (import "host:exploration/single-run@0.1.0" "f-get" (func $f_get (param i32 i32 i32)))
          (import "host:exploration/single-run@0.1.0" "f-add-result" (func $f_add_result (param i32 i32 i32 i32 i32 i32 i32)))
          (memory (export "memory") 2)
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
          (data (i32.const 8192) "tauz")
          (func (export "run") (param i32 i32 i32 i32) (result i32) {body} (i32.const 2048)))"#
    );
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).expect("the contract");
    let world = resolve.select_world(&[package], Some("job")).expect("its world");
    let mut module = wat::parse_str(module).expect("a module");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("a description of it");
    ComponentEncoder::default().module(&module).and_then(|encoder| encoder.encode()).expect("a component")
}
