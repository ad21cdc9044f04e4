//! What a run costs in the sandbox, beside a bare loop over wasmtime with the same settings.
//!
//! `cargo bench -p host --bench sandbox`. Both take turns within a round; the median of the rounds counts.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use host::{
    sandbox::{Job, JobOptions},
    trajectory::{Axis, Combine, Explored, NodePath, Parameter, Points, SingleRun, Trajectory, Value},
};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, StoreLimits, StoreLimitsBuilder,
    UpdateDeadline,
    component::{Component, HasSelf, Linker},
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

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
            let bare = Bare::new(&wasm);
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(each(|i| {
                    let index = host::trajectory::RunIndex(i % 1000);
                    worker.run(SingleRun::new(Arc::clone(&trajectory), index)).outcome.expect("a good run");
                }));
                theirs.push(each(|_| bare.run()));
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

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "job" });
}
use bindings::host::exploration::{single_run as wit, types};

/// wasmtime alone: the same settings and limits, answers without content.
struct Bare {
    engine: Engine,
    pre: bindings::JobPre<State>,
}

struct State {
    limits: StoreLimits,
    results: Vec<(String, Vec<types::NamedValue>)>,
}

impl Bare {
    fn new(wasm: &[u8]) -> Self {
        let mut pool = PoolingAllocationConfig::new();
        pool.decommit_batch_size(16).linear_memory_keep_resident(16 << 10).table_keep_resident(16 << 10);
        pool.total_memories(17).total_tables(17).max_memory_size(512 << 20).total_stacks(1);
        let mut config = Config::new();
        config.concurrency_support(false).epoch_interruption(true).relaxed_simd_deterministic(true);
        config.max_wasm_stack(1 << 20).async_stack_size(2 << 20);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::new(&engine, wasm).expect("a component");
        let mut linker = Linker::new(&engine);
        bindings::Job::add_to_linker::<State, HasSelf<_>>(&mut linker, |state| state).expect("a linker");
        let pre = linker.instantiate_pre(&component).and_then(bindings::JobPre::new).expect("a job");
        Self { engine, pre }
    }

    fn run(&self) {
        let limits = StoreLimitsBuilder::new().memory_size(512 << 20).trap_on_grow_failure(true).build();
        let mut store = Store::new(&self.engine, State { limits, results: Vec::new() });
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
        let job = self.pre.instantiate(&mut store).expect("an instance");
        job.call_run(&mut store, &[], &[]).expect("no trap").expect("no error");
        std::hint::black_box(store.into_data().results);
    }
}

impl types::Host for State {}

impl wit::Host for State {
    fn f_get(&mut self, _: String) -> Result<types::Value, wit::AccessError> {
        Ok(types::Value::Plain(types::Plain::Integer(1)))
    }
    fn f_contains(&mut self, _: String) -> bool {
        true
    }
    fn f_get_default(&mut self, _: String, default: types::Value) -> Result<types::Value, wit::AccessError> {
        Ok(default)
    }
    fn f_list_parameters(&mut self, _: String) -> Vec<wit::ParameterInfo> {
        Vec::new()
    }
    fn f_add_result(&mut self, name: String, items: Vec<types::NamedValue>, _: String) -> Result<(), wit::AddError> {
        self.results.push((name, items));
        Ok(())
    }
    fn f_add_derived_parameter(&mut self, _: String, _: types::Value, _: String) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn f_add_result_as(
        &mut self,
        _: String,
        _: String,
        _: Vec<types::NamedValue>,
        _: String,
    ) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn f_add_derived_parameter_as(
        &mut self,
        _: String,
        _: String,
        _: types::Value,
        _: String,
    ) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn f_set_annotation(&mut self, _: String, _: String, _: types::Plain) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn v_idx(&mut self) -> u64 {
        0
    }
    fn v_name(&mut self) -> String {
        String::new()
    }
    fn v_length(&mut self) -> u64 {
        0
    }
    fn v_seed(&mut self) -> u64 {
        0
    }
    fn v_trajectory_name(&mut self) -> String {
        String::new()
    }
    fn log(&mut self, _: wit::Level, _: String) {}
    fn progress(&mut self, _: f64, _: String) {}
    fn report_panic(&mut self, _: String, _: String, _: u32) {}
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
