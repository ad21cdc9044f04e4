//! Why a run failed: from what wasmtime reports to a [`RunFailure`] that names the limit or the place.

use std::any::Any;

use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::{I32Exit, ResourceTableError};

use super::{
    contract::ClassFailed,
    log::one_line,
    run_state::{DeadlinePassed, LimitReached, RunState},
};
use crate::{
    spec::Limits,
    trajectory::{Limited, RunFailure},
};

/// The longest text of a failure, in characters. It is stored with the run and shown in tables.
const LONGEST: usize = 2000;
/// How many functions of the guest are named below a trap.
const FRAMES: usize = 5;

/// The job returned an error: its own, or that of a limit it was told of.
pub fn returned(message: &str, state: &RunState, limits: &Limits) -> RunFailure {
    match state.budget.refused() {
        Some(what) => RunFailure::Limit { what, limit: limits.of(what) },
        None => RunFailure::Error(one_line(message, LONGEST)),
    }
}

/// The guest was ended, or could not begin.
pub fn ended(error: &wasmtime::Error, state: &RunState, limits: &Limits) -> RunFailure {
    if let Some(wanted) = state.limiter.refused() {
        return RunFailure::Memory { wanted, limit: limits.memory };
    }
    let timeout = || RunFailure::Timeout { limit: limits.timeout.unwrap_or_default() };
    if error.is::<DeadlinePassed>() {
        return timeout();
    }
    let reached = match error.downcast_ref::<LimitReached>() {
        Some(LimitReached(what)) => Some(*what),
        None => matches!(error.downcast_ref(), Some(ResourceTableError::Full)).then_some(Limited::OpenFiles),
    };
    if let Some(what) = reached {
        return RunFailure::Limit { what, limit: limits.of(what) };
    }
    if let Some(ClassFailed(failure)) = error.downcast_ref::<ClassFailed>() {
        return failure.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) if state.deadline.check().is_ok() => return RunFailure::Abandoned,
        Some(Trap::Interrupt) => return timeout(),
        Some(Trap::StackOverflow) => return RunFailure::Stack { limit: limits.stack },
        Some(Trap::OutOfFuel) => return RunFailure::Limit { what: Limited::Fuel, limit: limits.of(Limited::Fuel) },
        _ => {}
    }
    // A guest that does not expect to be refused ends by a panic, a trap or an exit.
    if let Some(what) = state.budget.refused() {
        return RunFailure::Limit { what, limit: limits.of(what) };
    }
    if let Some(panic) = &state.panic {
        let panic = panic.clone();
        let mut message = panic.message;
        // Where the language cannot tell the place in the source, the functions that panicked are one.
        if panic.file.is_empty()
            && let Some(functions) = functions(error, |name| !name.to_lowercase().contains("panic"))
        {
            message.push_str(&format!(" (in {functions})"));
        }
        return RunFailure::Panic { message, file: panic.file, line: panic.line };
    }
    if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
        return RunFailure::Error(format!(
            "it ended the program with exit code {code}; a job returns from `run` instead"
        ));
    }
    if is_hostcall_fuel(error) {
        return RunFailure::Limit { what: Limited::Results, limit: limits.results };
    }
    // The pool holds one instance and all that waits for its return, so a guest cannot cause this.
    if error.is::<PoolConcurrencyLimitError>() {
        return RunFailure::Host(format!("the pool of instances is too small: {error:#}"));
    }
    if used_up_own_stack(error) { RunFailure::OwnStack(trap_text(error)) } else { RunFailure::Trap(trap_text(error)) }
}

/// A program has ended by itself and says that not all is well; `tail` is what it said last.
pub fn exited(code: i32, tail: &str, state: &RunState, limits: &Limits) -> RunFailure {
    if let Some(wanted) = state.limiter.refused() {
        return RunFailure::Memory { wanted, limit: limits.memory };
    }
    let said = if tail.is_empty() { "and says nothing on standard error".to_owned() } else { one_line(tail, LONGEST) };
    // Only components tell other codes; of a module of the first WASI, every failure arrives as 1.
    let code = if code == 1 { String::new() } else { format!(" with exit code {code}") };
    let joint = if tail.is_empty() { " " } else { ": " };
    RunFailure::Error(format!("its program failed{code}{joint}{said}"))
}

/// The host's own code panicked.
pub fn host_panicked(payload: &(dyn Any + Send)) -> RunFailure {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    RunFailure::Host(format!("a defect of the host itself, please report it: {}", one_line(message, LONGEST)))
}

/// The error of wasmtime has no public type; a test holds us to its words.
fn is_hostcall_fuel(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| cause.to_string().contains("fuel allocated for hostcalls"))
}

/// What happened, and in which functions of the guest, innermost first.
fn trap_text(error: &wasmtime::Error) -> String {
    let mut text = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        // The root says what, the rest only where; a backtrace is told below.
        None => error.root_cause().to_string(),
    };
    if let Some(stripped) = text.strip_prefix("wasm trap: ") {
        text = stripped.to_owned();
    }
    let mut text = one_line(&text, LONGEST / 2);
    if let Some(functions) = functions(error, |_| true) {
        text.push_str(&format!(" in {functions}"));
    }
    text
}

/// The functions of the guest in which it ended, innermost first, from the first one on that `begins`.
fn functions(error: &wasmtime::Error, begins: impl Fn(&str) -> bool) -> Option<String> {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let names = backtrace.into_iter().flat_map(|trace| trace.frames()).filter_map(|frame| frame.func_name());
    let names = names.skip_while(|name| !begins(name)).take(FRAMES);
    let shown = names.map(|name| one_line(&format!("{:#}", rustc_demangle::demangle(name)), LONGEST / 20));
    shown.reduce(|callee, caller| format!("{callee}, called by {caller}"))
}

/// Compilers keep most of a stack in the guest's memory, where its end is not recognised as such.
fn used_up_own_stack(error: &wasmtime::Error) -> bool {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let frames = backtrace.into_iter().flat_map(|trace| trace.frames());
    let functions: Vec<u32> = frames.take(FRAMES).map(|frame| frame.func_index()).collect();
    let recursive = functions.len() == FRAMES && functions.iter().skip(1).all(|function| *function == functions[1]);
    recursive && matches!(error.downcast_ref(), Some(Trap::MemoryOutOfBounds))
}
