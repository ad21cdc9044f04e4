//! [`snapshot`]: an interpreter is started, and its memory then becomes that of the module.
//!
//! It is started without optimisation, which takes a third of the time, and with nothing of this machine within reach:
//! the clock stands still, random numbers are always the same, and of files it sees its library alone. So the snapshot is
//! the same, bit for bit, wherever it is taken.

mod library;

use std::{
    fs,
    future::Future as _,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use wasmtime::{
    Config, Engine, Instance, Linker, Module, OptLevel, RegallocAlgorithm, Store, Val, error::Context as _,
};
use wasmtime_wasi::{
    FsPerms, HostMonotonicClock, HostWallClock, WasiCtxBuilder,
    p1::{self, WasiP1Ctx},
    p2::pipe::MemoryOutputPipe,
    random::Deterministic,
};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType, Wizer};

use crate::building::Interpreter;

/// The stack that starting takes at most.
const STACK: usize = 8 << 20;
/// As much is kept of what it says.
const SAID: usize = 1 << 20;
/// What the clock shows, in seconds since 1970: the first day of 2026.
const TODAY: u64 = 1_767_225_600;

/// Starts an interpreter and returns the module that begins where it has come to.
///
/// # Errors
/// The module is not an interpreter as expected, or its program fails.
pub fn snapshot(interpreter: &Interpreter) -> Result<Vec<u8>, String> {
    // Deep in C, and a thread of our own has a stack that is known.
    let started = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("snapshot".into()).stack_size(4 * STACK);
        let thread = thread.spawn_scoped(scope, || start(interpreter)).map_err(|error| error.to_string())?;
        thread
            .join()
            .unwrap_or_else(|_| Err(wasmtime::Error::msg("it has panicked")))
            .map_err(|error| format!("{error:#}"))
    })?;
    Ok(started)
}

fn start(interpreter: &Interpreter) -> wasmtime::Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    // It is one of the exports that are kept, and no longer needed.
    wizer.init_func("run");
    let (context, module) = wizer.instrument(&interpreter.module)?;
    let engine = Engine::new(&config())?;
    let module = Module::new(&engine, &module)?;

    let (folder, name) = interpreter.place;
    let library = tempfile::tempdir().context("no folder for the library")?;
    let link = library.path().join(name);
    if fs::hard_link(&interpreter.archive, &link).is_err() {
        fs::copy(&interpreter.archive, &link).context("the library cannot be read")?;
    }
    let said = MemoryOutputPipe::new(SAID);
    let mut wasi = WasiCtxBuilder::new();
    wasi.arg("/usr/local/bin/python.wasm")
        .env("HOME", "/")
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONTZPATH", "")
        .env("TMPDIR", "/tmp")
        .stdout(said.clone())
        .stderr(said.clone())
        .wall_clock(Still)
        .monotonic_clock(Still)
        .secure_random(Deterministic::new(b"host".to_vec()))
        .insecure_random(Deterministic::new(b"host".to_vec()))
        .insecure_random_seed(0)
        .allow_blocking_current_thread(true)
        .preopened_dir(library.path(), folder, FsPerms::ReadOnly)?;
    let mut linker = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |wasi: &mut WasiP1Ctx| wasi)?;
    let size = fs::metadata(&interpreter.archive).context("the library cannot be read")?.len();
    library::add_to_linker(&mut linker, name, size)?;
    // Nobody answers yet.
    linker.func_wrap("host", "call", |_: i32, _: i32, _: i32, _: i32| -> i32 { -1 })?;
    let mut store = Store::new(&engine, wasi.build_p1());
    let instance = linker.instantiate(&mut store, &module)?;

    let begin = interpreter.begin.as_bytes();
    let length = i32::try_from(begin.len()).context("its program is too long")?;
    let allocate = instance.get_typed_func::<i32, i32>(&mut store, "host_alloc")?;
    let turn = instance.get_typed_func::<(i32, i32), i32>(&mut store, "turn")?;
    let memory = instance.get_memory(&mut store, "memory").context("it has no memory")?;
    let address = allocate.call(&mut store, length)?;
    memory.write(&mut store, address.cast_unsigned() as usize, begin)?;
    let ended = turn.call(&mut store, (address, length));
    // The last line of a traceback says what went wrong; those before may quote all of the program.
    let told = || String::from_utf8_lossy(&said.contents()).lines().last().unwrap_or_default().to_owned();
    match ended {
        Ok(0) => {}
        Ok(code) => return Err(wasmtime::Error::msg(format!("its program ended with {code}: {}", told()))),
        Err(error) => return Err(error.context(told())),
    }
    let mut state = Started { store: &mut store, instance };
    let taking = pin!(wizer.snapshot(&context, &mut state));
    // Nothing in it waits: the state is at hand.
    match taking.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(module) => module,
        Poll::Pending => Err(wasmtime::Error::msg("the snapshot waits for something")),
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_exceptions(true)
        .concurrency_support(false)
        .relaxed_simd_deterministic(true)
        .cranelift_opt_level(OptLevel::None)
        .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
        .max_wasm_stack(STACK)
        .async_stack_size(STACK + (1 << 20));
    config
}

/// A clock that stands still.
struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(TODAY)
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}

/// The interpreter, once it has started.
struct Started<'a> {
    store: &'a mut Store<WasiP1Ctx>,
    instance: Instance,
}

impl InstanceState for Started<'_> {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut *self.store, name).expect("the module was told to export it");
        match global.get(&mut *self.store) {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(value) => SnapshotVal::F32(value),
            Val::F64(value) => SnapshotVal::F64(value),
            Val::V128(value) => SnapshotVal::V128(value.as_u128()),
            _ => unreachable!("references were refused before"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut *self.store, name).expect("the module was told to export it");
        contents(memory.data(&self.store));
    }
}
