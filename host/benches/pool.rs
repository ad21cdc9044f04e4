//! What a run costs beside a bare loop over wasmtime, from the dispatcher to the journal:
//! `cargo bench -p host --bench pool [-- RUNS [JOB.wasm]]`.
//!
//! Everything is that of a real exploration but the storage, which stores nothing: workers, the queue or the lock, the
//! journal (in memory, `/dev/shm`). The bare loop instantiates the same component anew for every run, with the settings
//! of our sandbox and answers without content. Both take turns; the median counts. CPU is that of the whole process.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use host::{
    journal::{Journal, Sync},
    pool::{Activity, Collector, Delivery, PoolOptions, Runner, Stop, run_all},
    sandbox::{Job, JobOptions},
    storage::{Head, LazyStorage, Locked, StorageService, StoreRequest},
    trajectory::{
        Axis, Combine, Explored, FinishedRun, Identity, NodePath, Parameter, Points, RunSet, Trajectory, Value,
    },
};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, UpdateDeadline,
    component::{Component, HasSelf, Linker},
};

const ROUNDS: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let runs: u32 = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(100_000);
    let job = arguments.next().map_or_else(|| PathBuf::from("../examples/01-multiplication/job.wasm"), PathBuf::from);
    let wasm = std::fs::read(&job).expect("the job; compile it with guest-sdk/rust/build-job");
    let job = Job::load(&job, &JobOptions::default()).expect("a job");
    let trajectory = trajectory(runs);
    let ways = [("alone", 1), ("QUEUE", 1), ("LOCK", 1), ("QUEUE", 2), ("LOCK", 2)];
    let mut bare = Vec::new();
    let mut ours = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        bare.push(measure(runs, || bare_loop(&wasm, runs)));
        for (&(mode, workers), costs) in ways.iter().zip(&mut ours) {
            costs.push(measure(runs, || explore(&job, &trajectory, mode, workers)));
        }
    }
    let (bare_cpu, bare_wall) = medians(&bare);
    println!("{runs} runs          CPU us/run   over bare    wall us/run");
    println!("bare loop           {bare_cpu:10.2}        1.00     {bare_wall:10.2}");
    for ((mode, workers), costs) in ways.iter().zip(&ours) {
        let (cpu, wall) = medians(costs);
        println!("{mode:<8} {workers} workers  {cpu:10.2}  {:10.2}     {wall:10.2}", cpu / bare_cpu);
    }
}

/// CPU and wall time per run, in microseconds.
fn measure(runs: u32, action: impl FnOnce()) -> (f64, f64) {
    let (before, begun) = (cpu(), Instant::now());
    action();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(runs);
    (each(cpu() - before), each(begun.elapsed()))
}

fn medians(costs: &[(f64, f64)]) -> (f64, f64) {
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    (median(costs.iter().map(|cost| cost.0).collect()), median(costs.iter().map(|cost| cost.1).collect()))
}

/// CPU time of this process, all threads together.
fn cpu() -> Duration {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: `getrusage` fills what it is given, and cannot fail for this process.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// The journal first, then the storage, as in an exploration.
struct Shelf {
    journal: Arc<Mutex<Journal>>,
    storage: Box<dyn StorageService>,
}

impl Collector for Shelf {
    type Error = String;

    fn collect(&mut self, runs: &[FinishedRun]) -> Result<(), String> {
        let journaled = self.journal.lock().expect("nobody has panicked").finished(runs);
        journaled.map_err(|error| error.to_string())?;
        assert!(runs.iter().all(|run| run.outcome.is_ok()), "a good run");
        self.storage.store(StoreRequest::Runs(runs)).map_err(|error| error.to_string())
    }
}

fn explore(job: &Job, trajectory: &Arc<Trajectory>, mode: &str, workers: usize) {
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
    let journal = Journal::create(&folder.path().join("bench.cnt"), b"bench", Sync::default()).expect("a journal");
    let journal = Arc::new(Mutex::new(journal));
    let mut storage = Locked::new(LazyStorage::default());
    storage.store(StoreRequest::Start(&head(trajectory))).expect("a storage");
    let shelf = || Shelf { journal: journal.clone(), storage: storage.handle().expect("a handle") };
    let delivery = match mode {
        "alone" => Delivery::Alone(shelf()),
        "QUEUE" => Delivery::Queue(shelf()),
        _ => Delivery::Direct((0..workers).map(|_| shelf()).collect()),
    };
    let options = PoolOptions {
        runner: Runner::Pool,
        workers: NonZeroUsize::new(workers).expect("some workers"),
        queued_bytes: 64 << 20,
        retries: 0,
        tolerated: 0,
        done: RunSet::default(),
    };
    let stop = Arc::new(Stop::default());
    let activity = Arc::new(Activity::new(workers, stop.clone()));
    run_all(job, trajectory, &options, &stop, &activity, delivery, &mut || ()).expect("all runs");
    assert!(!stop.is_requested(), "no run has failed");
}

/// `runs` points of two explored integers, `x` and `y`.
fn trajectory(runs: u32) -> Arc<Trajectory> {
    let (x, y) = (i64::from(runs.div_ceil(1000)), i64::from(runs.min(1000)));
    let axis = |length, position| {
        let explored = Some(Explored { axis: Axis::integers(0, length, 1).expect("an axis"), position });
        Parameter { explored, ..Parameter::new(Value::Int(1), "") }
    };
    let name = |name| NodePath::new(name).expect("a name");
    let parameters = BTreeMap::from([(name("x"), axis(x, 0)), (name("y"), axis(y, 1))]);
    let points = Points::new(vec![x as u64, y as u64], Combine::Cartesian, 1).expect("points");
    Arc::new(Trajectory::from_parts("bench", "", parameters, points, 42).expect("a trajectory"))
}

fn head(trajectory: &Arc<Trajectory>) -> Head {
    Head {
        trajectory: trajectory.clone(),
        identity: Identity::new("bench", 0.0, "1970_01_01_00h00m00s".into(), "bench"),
        config: BTreeMap::new(),
        file_title: String::new(),
        dims: BTreeMap::new(),
        units: BTreeMap::new(),
        version: String::new(),
        launch: None,
    }
}

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "job" });
}
use bindings::host::exploration::{single_run as wit, types};

/// wasmtime alone, on a thread with the stack that guests need.
fn bare_loop(wasm: &[u8], runs: u32) {
    let mut pool = PoolingAllocationConfig::new();
    pool.decommit_batch_size(16).pagemap_scan(Enabled::Auto);
    pool.linear_memory_keep_resident(256 << 10).table_keep_resident(16 << 10);
    pool.total_memories(17).total_tables(17).max_memory_size(512 << 20).total_stacks(1);
    let mut config = Config::new();
    config.concurrency_support(false).epoch_interruption(true).relaxed_simd_deterministic(true);
    config.max_wasm_stack(1 << 20).async_stack_size(2 << 20);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let engine = Engine::new(&config).expect("an engine");
    // Compiled before the loop, and the same for all rounds.
    static COMPILED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let compiled = COMPILED.get_or_init(|| engine.precompile_component(wasm).expect("a component"));
    // SAFETY: these bytes are what this process has compiled.
    let component = unsafe { Component::deserialize(&engine, compiled).expect("a component") };
    let mut linker = Linker::new(&engine);
    bindings::Job::add_to_linker::<Bare, HasSelf<_>>(&mut linker, |state| state).expect("a linker");
    // What of WASI a toolchain imports, and this job never calls.
    linker.define_unknown_imports_as_traps(&component).expect("a linker");
    let pre = linker.instantiate_pre(&component).and_then(bindings::JobPre::new).expect("a job");
    std::thread::scope(|scope| {
        let each = || {
            for _ in 0..runs {
                let mut store = Store::new(&engine, Bare(Vec::new()));
                store.set_epoch_deadline(1);
                store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
                let job = pre.instantiate(&mut store).expect("an instance");
                job.call_run(&mut store, &[], &[]).expect("no trap").expect("no error");
                std::hint::black_box(store.into_data().0);
            }
        };
        let thread = std::thread::Builder::new().stack_size(8 << 20);
        thread.spawn_scoped(scope, each).expect("a thread");
    });
}

struct Bare(Vec<(String, Vec<types::NamedValue>)>);

impl types::Host for Bare {}

impl wit::Host for Bare {
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
        self.0.push((name, items));
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
