//! [`Worker`]: runs of one job on one thread.

use std::{
    io,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use thiserror::Error;
use wasmtime::{
    Engine, Store, UpdateDeadline,
    component::{ComponentExportIndex, InstancePre, TypedFunc},
};

use super::{
    class_worker::ClassWorkers,
    command,
    contract::{DescribedJobPre, JobPre, description, types},
    failure,
    job::Loaded,
    limiter::GuestLimiter,
    log::RunLog,
    run_state::{Budget, Deadline, RunState, RunTimes, Watch},
    settings::is_large,
    ticker,
    wasi::{JobOfWorker, WasiPart, WasiState},
    world,
};
use crate::{
    spec::Limits,
    trajectory::{FinishedRun, RunFailure, SingleRun},
};

/// Stack for the host's own functions, below that of the guest.
const HOST_STACK: usize = 2 << 20;
/// What one call may lift beside results that reach their limit: names, comments, log lines.
const CALL_OVERHEAD: u64 = 1 << 20;

/// Runs of one job, one after the other, each in a fresh instance.
///
/// Has an engine of its own, with a pool of instances unless it is made for one run, and stays on the thread that made it.
pub struct Worker {
    job: Arc<Loaded>,
    opened: Opened,
    /// How many freed regions the pool lets wait.
    batch: u32,
    watch: Arc<dyn Watch>,
    classes: ClassWorkers,
    clock: WallClock,
    /// What its runs have taken, if anybody wants to know.
    times: Option<RunTimes>,
    /// What the last run has taken once it had an instance.
    inside: Duration,
    /// The job once more, for its runs.
    own_job: Arc<JobOfWorker>,
    /// Guests run on the stack of this thread, whose size was checked.
    here: PhantomData<*const ()>,
}

/// Why there is no worker.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum WorkerError {
    #[error("the engine cannot be set up: {message}")]
    Engine { message: String },
    #[error("the thread has a stack of {got} bytes, and the job needs {needed}; lower `stack` in [limits]")]
    Stack { got: usize, needed: usize },
    #[error("the thread that watches deadlines cannot be started: {0}")]
    Ticker(io::Error),
}

/// How much stack a thread needs, for a guest with `limit` bytes.
pub(super) fn thread_stack(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX / 4).saturating_add(HOST_STACK)
}

/// All that a [`Worker`] needs, and no thread yet: neither the one it will stay on, nor the one that watches deadlines.
/// So a process that has nothing else may still copy itself.
pub struct PreparedWorker {
    job: Arc<Loaded>,
    opened: Opened,
    batch: u32,
}

/// An engine with a pool of its own, and the job ready to be instantiated in it.
struct Opened {
    engine: Engine,
    pre: InstancePre<RunState>,
    run: ComponentExportIndex,
    /// Whether `run` was found to have the type [`Run`], which takes as long as a third of an instance.
    is_checked: bool,
}

/// The function `run` of the contract.
type Run<'a> = TypedFunc<(&'a [types::Value], &'a [types::NamedValue]), (Result<(), String>,)>;

/// Where the guest begins.
enum Start<'a> {
    Job(Run<'a>),
    Program(TypedFunc<(), (Result<(), ()>,)>),
}

impl<'a> Start<'a> {
    /// Runs the guest. What a program says of its end is no text.
    fn call(&self, store: &mut Store<RunState>, job: &'a Loaded) -> wasmtime::Result<Result<(), String>> {
        match self {
            Self::Job(run) => Ok(run.call(store, (&job.args, &job.kwargs))?.0),
            Self::Program(run) => Ok(run.call(store, ())?.0.map_err(|()| String::new())),
        }
    }
}

impl PreparedWorker {
    pub(super) fn new(job: Arc<Loaded>) -> Result<Self, WorkerError> {
        let batch = if job.pooled { job.needs.batch() } else { 1 };
        let opened = open(&job, batch)?;
        Ok(Self { job, opened, batch })
    }

    /// A worker for the current thread, which has a stack of at least [`Job::thread_stack`](super::Job::thread_stack)
    /// bytes.
    pub fn here(self, watch: Arc<dyn Watch>) -> Result<Worker, WorkerError> {
        let needed = self.job.thread_stack();
        if let Some(got) = stack_of_this_thread().filter(|got| *got < needed) {
            return Err(WorkerError::Stack { got, needed });
        }
        watch_deadlines(&self.job, &self.opened.engine)?;
        let Self { job, opened, batch } = self;
        let classes = ClassWorkers::new(&job.classes);
        let (clock, own_job) = (WallClock::now(), Arc::new(JobOfWorker(Arc::clone(&job))));
        Ok(Worker {
            job,
            opened,
            batch,
            watch,
            classes,
            clock,
            times: None,
            inside: Duration::ZERO,
            own_job,
            here: PhantomData,
        })
    }
}

impl Worker {
    /// Does one run in a fresh instance. Whatever the guest does, this returns.
    pub fn run(&mut self, run: SingleRun) -> FinishedRun {
        self.run_from(run, Instant::now())
    }

    /// As [`Worker::run`], for those who have just looked at the clock.
    pub fn run_from(&mut self, run: SingleRun, start: Instant) -> FinishedRun {
        let index = run.index();
        let started = self.clock.at(start);
        // A worker keeps nothing of a run, so a panic leaves nothing half-done behind.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let (state, outcome) = self.attempt(run, start);
            (state.run.expect("a run comes out as it went in"), outcome)
        }));
        match ended {
            Ok((run, outcome)) => {
                let took = start.elapsed();
                if let Some(times) = &mut self.times {
                    // What was measured so far is inside of instances.
                    times.instantiate += took.saturating_sub(std::mem::take(&mut self.inside));
                }
                run.finish(outcome, started, took)
            }
            Err(payload) => FinishedRun {
                index,
                outcome: Err(failure::host_panicked(&*payload)),
                additions: Vec::new(),
                started,
                took: start.elapsed(),
            },
        }
    }

    /// Measures from now on what runs take.
    pub fn measure(&mut self) {
        self.times.get_or_insert_default();
    }

    /// What its runs have taken since that was first asked for.
    pub fn times(&self) -> Option<RunTimes> {
        self.times
    }

    fn attempt(&mut self, run: SingleRun, start: Instant) -> (RunState, Result<(), RunFailure>) {
        let mut store = match self.store(Some(run), start) {
            Ok(store) => store,
            Err((state, failure)) => return (*state, Err(failure)),
        };
        let called = self.opened.instantiate(&mut store, &self.job).and_then(|start| {
            let since = self.times.is_some().then(Instant::now);
            let returned = start.call(&mut store, &self.job);
            if let (Some(since), Some(times)) = (since, &mut self.times) {
                self.inside = since.elapsed();
                let called = store.data().called.unwrap_or_default();
                times.host_calls += called;
                times.guest += self.inside.saturating_sub(called);
            }
            returned
        });
        let limits = &self.job.settings.limits;
        let mut state = store.into_data();
        let outcome = match (&self.job.program, called) {
            (Some(program), called) => program.ended(called.map(|returned| returned.map_err(drop)), &mut state, limits),
            (None, Ok(Ok(()))) => Ok(()),
            (None, Ok(Err(message))) => Err(failure::returned(&message, &state, limits)),
            (None, Err(error)) => Err(failure::ended(&error, &state, limits)),
        };
        state.log.finish();
        if self.batch > 1 && is_large(state.limiter.used()) {
            self.give_back_at_once();
        }
        (state, outcome)
    }

    /// Runs turned out to be large: from now on none of their memory waits.
    fn give_back_at_once(&mut self) {
        self.batch = 1;
        let opened = open(&self.job, self.batch).and_then(|opened| {
            watch_deadlines(&self.job, &opened.engine)?;
            Ok(opened)
        });
        match opened {
            Ok(opened) => self.opened = opened,
            // The old one works as well; it only needs more memory.
            Err(error) => tracing::warn!("the pool of instances cannot be changed: {error}"),
        }
    }

    /// Asks the job to describe itself, in an instance of its own.
    pub(super) fn describe(&self) -> Result<description::Manifest, RunFailure> {
        let host = |error: wasmtime::Error| RunFailure::Host(format!("{error:#}"));
        let mut store = self.store(None, Instant::now()).map_err(|(_, failure)| failure)?;
        let pre = DescribedJobPre::new(self.opened.pre.clone()).map_err(host)?;
        let called = pre.instantiate(&mut store).and_then(|job| job.call_describe(&mut store));
        let described = called.map_err(|error| failure::ended(&error, store.data(), &self.job.settings.limits));
        store.data().log.finish();
        described
    }

    /// A store with every limit set.
    fn store(&self, run: Option<SingleRun>, start: Instant) -> Result<Store<RunState>, (Box<RunState>, RunFailure)> {
        let limits = &self.job.settings.limits;
        let index = run.as_ref().map(SingleRun::index);
        let log = Arc::new(RunLog::new(index, limits.log));
        let deadline = Deadline::new(start, limits.timeout);
        let mut state = RunState {
            limiter: GuestLimiter::new(limits.memory, self.job.needs.table_elements()),
            deadline,
            budget: Budget::new(limits),
            log,
            panic: None,
            watch: Arc::clone(&self.watch),
            progress: None,
            ticks: ticker::ticks(),
            called: self.times.map(|_| Duration::ZERO),
            wasi: WasiPart::None,
            classes: self.classes.clone(),
            attachment: Arc::clone(&self.job.attachment),
            run,
        };
        if self.job.uses_wasi {
            if WasiState::can_wait(&self.job.grants) && self.job.program.is_none() {
                state.wasi = WasiPart::Later(Arc::clone(&self.own_job));
            } else {
                match self.wasi(&state) {
                    Ok(wasi) => state.wasi = WasiPart::Ready(Box::new(wasi)),
                    Err(failure) => return Err((Box::new(state), failure)),
                }
            }
        }
        Ok(limited(&self.opened.engine, state, limits))
    }

    /// All that a run of this job may reach, and what a program finds when it starts.
    fn wasi(&self, state: &RunState) -> Result<WasiState, RunFailure> {
        let (job, run) = (&self.job, state.run.as_ref());
        let limits = &job.settings.limits;
        let process = job.program.as_ref().zip(run).map(|(program, run)| program.process(run, limits)).transpose()?;
        WasiState::new(&job.grants, limits, run, Arc::clone(&state.log), process)
            .map_err(|why| RunFailure::Host(why.to_string()))
    }
}

/// A store for `state` with every limit set. The deadline is that of the state, which may be earlier than `limits` say.
pub(super) fn limited(engine: &Engine, state: RunState, limits: &Limits) -> Store<RunState> {
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    if limits.timeout.is_some() {
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            let state = store.data();
            Ok(if state.watch.is_abandoned() { UpdateDeadline::Interrupt } else { state.deadline.on_tick() })
        });
    }
    if let Some(fuel) = limits.fuel {
        store.set_fuel(fuel).expect("the engine was told to count fuel");
    }
    // Names and small values weigh more while they are lifted than what the limit counts.
    let lifted = limits.results.saturating_add(limits.results / 4).saturating_add(CALL_OVERHEAD);
    store.set_hostcall_fuel(usize::try_from(lifted).unwrap_or(usize::MAX));
    store
}

impl Opened {
    /// Where a fresh instance begins.
    fn instantiate<'a>(&mut self, store: &mut Store<RunState>, job: &Loaded) -> wasmtime::Result<Start<'a>> {
        let instance = self.pre.instantiate(&mut *store)?;
        if job.program.is_some() {
            return Ok(Start::Program(instance.get_typed_func(&mut *store, self.run)?));
        }
        let run = match instance.get_func(&mut *store, self.run) {
            // SAFETY: an instance of the same component had a function of this type at the same place.
            Some(run) if self.is_checked => unsafe { TypedFunc::new_unchecked(run) },
            _ => instance.get_typed_func(&mut *store, self.run)?,
        };
        self.is_checked = true;
        Ok(Start::Job(run))
    }
}

/// The time of day, without a look at it for every run.
struct WallClock {
    at: Instant,
    /// Seconds since 1970 at that instant.
    since_1970: f64,
}

/// A clock that is set right shows after that time at the latest.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl WallClock {
    fn now() -> Self {
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |since| since.as_secs_f64());
        Self { at: Instant::now(), since_1970 }
    }

    /// Seconds since 1970 at `instant`, which has just been.
    fn at(&mut self, instant: Instant) -> f64 {
        if instant.saturating_duration_since(self.at) >= LOOK_AGAIN {
            *self = Self::now();
        }
        let after = instant.saturating_duration_since(self.at).as_secs_f64();
        self.since_1970 + after - self.at.saturating_duration_since(instant).as_secs_f64()
    }
}

/// An engine with a pool of its own, and the job ready to be instantiated in it.
fn open(job: &Loaded, batch: u32) -> Result<Opened, WorkerError> {
    let open = |config| -> wasmtime::Result<_> {
        let engine = Engine::new(&config)?;
        let component = job.code.component(&engine)?;
        let run = match &job.program {
            None => component.get_export_index(None, "run"),
            Some(_) => command::start(&component, &world::exports(&engine, &component.component_type())),
        };
        let run = run.ok_or_else(|| wasmtime::Error::msg("the component has no function `run`"))?;
        let pre = job.linker(&engine)?.instantiate_pre(&component)?;
        if job.program.is_none() {
            // Whatever has another type is refused now and not in every run.
            JobPre::new(pre.clone())?;
        }
        Ok(Opened { engine, pre, run, is_checked: false })
    };
    let opened = if job.pooled {
        open(job.settings.pooled(job.needs, batch)).or_else(|error| {
            // A limit on address space, for example.
            tracing::warn!("instances are not pooled, so runs start more slowly: {error:#}");
            open(job.settings.config())
        })
    } else {
        open(job.settings.config())
    };
    opened.map_err(|error| WorkerError::Engine { message: format!("{error:#}") })
}

/// Lets runs in `engine` notice that they are late.
fn watch_deadlines(job: &Loaded, engine: &Engine) -> Result<(), WorkerError> {
    match job.settings.limits.timeout {
        Some(_) => ticker::register(engine).map_err(WorkerError::Ticker),
        None => Ok(()),
    }
}

/// `None` where it cannot be found out.
#[cfg(target_os = "linux")]
fn stack_of_this_thread() -> Option<usize> {
    let mut size = 0;
    // SAFETY: `attributes` is initialized by `pthread_getattr_np` before anything reads it, and
    // destroyed once; `pthread_self` is this thread, which exists.
    unsafe {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let known = libc::pthread_attr_getstacksize(attributes.as_ptr(), &mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        known.then_some(size)
    }
}

/// `None` where it cannot be found out.
#[cfg(not(target_os = "linux"))]
fn stack_of_this_thread() -> Option<usize> {
    None
}
