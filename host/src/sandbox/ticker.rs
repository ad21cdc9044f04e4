//! The clock of all deadlines: one thread per process that advances the epoch of every engine.
//!
//! Guests compare the epoch at loops and calls; when it has advanced, the run looks at the real
//! clock. The thread holds engines weakly, ends when none is left, and is started again when needed.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use wasmtime::{Engine, EngineWeak};

/// How late a deadline may be noticed.
const TICK: Duration = Duration::from_millis(2);

struct Ticker {
    engines: Vec<EngineWeak>,
    running: bool,
}

static TICKER: Mutex<Ticker> = Mutex::new(Ticker { engines: Vec::new(), running: false });

static TICKS: AtomicU64 = AtomicU64::new(0);

/// A number that changes with every tick, which is cheaper to look at than the real clock.
pub fn ticks() -> u64 {
    TICKS.load(Ordering::Relaxed)
}

/// Advances the epoch of `engine` for as long as it exists.
pub fn register(engine: &Engine) -> io::Result<()> {
    let mut ticker = ticker();
    ticker.engines.push(engine.weak());
    if !ticker.running {
        thread::Builder::new().name("deadlines".into()).spawn(run)?;
        ticker.running = true;
    }
    Ok(())
}

fn run() {
    loop {
        thread::sleep(TICK);
        TICKS.fetch_add(1, Ordering::Relaxed);
        let mut ticker = ticker();
        ticker.engines.retain(|engine| match engine.upgrade() {
            Some(engine) => {
                engine.increment_epoch();
                true
            }
            None => false,
        });
        if ticker.engines.is_empty() {
            ticker.running = false;
            return;
        }
    }
}

fn ticker() -> MutexGuard<'static, Ticker> {
    // Nothing in here can be left half-done.
    TICKER.lock().unwrap_or_else(PoisonError::into_inner)
}
