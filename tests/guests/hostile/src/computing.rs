//! Time, stack and memory without end.

use std::{hint::black_box, sync::atomic::Ordering};

use host_guest::bindings::host::exploration::single_run;
use host_guest::{JobError, SingleRun};

use crate::{Mode, good::USES};

pub const MODES: &[(&str, Mode)] = &[
    ("loop", endless_loop),
    ("loop-of-host-calls", loop_of_host_calls),
    ("loop-of-log-lines", loop_of_log_lines),
    ("loop-of-progress", loop_of_progress),
    ("loop-of-panic-reports", loop_of_panic_reports),
    ("loop-of-lookups", loop_of_lookups),
    ("loop-of-refusals", loop_of_refusals),
    ("recursion-in-memory", recursion_in_memory),
    ("recursion-on-the-stack", recursion_on_the_stack),
    ("recursion-with-host-calls", recursion_with_host_calls),
    ("allocate", allocate),
    ("grow-memory", grow_memory),
    ("trap", trap),
    ("trap-after-results", trap_after_results),
    ("keep-state", keep_state),
    ("go-on-after-refusals", go_on_after_refusals),
    ("add-after-limit", add_after_limit),
];

fn endless_loop(_: &mut SingleRun) -> Result<(), JobError> {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn loop_of_host_calls(traj: &mut SingleRun) -> Result<(), JobError> {
    loop {
        black_box(traj.v_idx());
    }
}

fn loop_of_log_lines(traj: &mut SingleRun) -> Result<(), JobError> {
    loop {
        traj.info("");
    }
}

fn loop_of_progress(traj: &mut SingleRun) -> Result<(), JobError> {
    let message = "\u{1b}[2J".repeat(10_000);
    loop {
        traj.progress(f64::NAN, &message);
    }
}

fn loop_of_panic_reports(_: &mut SingleRun) -> Result<(), JobError> {
    let message = "\u{1b}]0;owned\u{7}".repeat(100_000);
    loop {
        single_run::report_panic(&message, &message, u32::MAX);
    }
}

fn loop_of_lookups(traj: &mut SingleRun) -> Result<(), JobError> {
    let name = "a.".repeat(100_000);
    loop {
        black_box(traj.f_contains(&name));
        black_box(traj.f_list_parameters("").len());
    }
}

fn loop_of_refusals(traj: &mut SingleRun) -> Result<(), JobError> {
    loop {
        let _ = traj.f_add_result("a/b", 1);
    }
}

/// The frames lie in linear memory, as compilers put large ones.
fn recursion_in_memory(_: &mut SingleRun) -> Result<(), JobError> {
    #[expect(unconditional_recursion, reason = "the stack is to overflow")]
    fn deeper(depth: u64) -> u64 {
        let frame = black_box([depth; 16]);
        black_box(deeper(depth + 1)) + black_box(frame)[0]
    }
    Err(format!("the stack has no end: {}", deeper(0)).into())
}

/// The frames lie on the stack of the machine.
fn recursion_on_the_stack(traj: &mut SingleRun) -> Result<(), JobError> {
    fn deeper(x: f64) -> f64 {
        if x < 0.0 { x } else { deeper(x + 1.0).sqrt() + x }
    }
    let x: i64 = traj.f_get("x")?;
    Err(format!("the stack has no end: {}", deeper(x as f64)).into())
}

fn recursion_with_host_calls(_: &mut SingleRun) -> Result<(), JobError> {
    #[expect(unconditional_recursion, reason = "the stack is to overflow")]
    fn deeper() -> u64 {
        single_run::v_idx() + deeper()
    }
    Err(format!("the stack has no end: {}", deeper()).into())
}

fn allocate(_: &mut SingleRun) -> Result<(), JobError> {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(black_box(vec![1; 1 << 20]));
    }
}

/// Asks for pages by the instruction itself, and goes on when it is told that there are none.
fn grow_memory(_: &mut SingleRun) -> Result<(), JobError> {
    loop {
        #[cfg(target_arch = "wasm32")]
        black_box(std::arch::wasm32::memory_grow::<0>(1));
        #[cfg(not(target_arch = "wasm32"))]
        std::process::abort();
    }
}

fn trap(_: &mut SingleRun) -> Result<(), JobError> {
    #[cfg(target_arch = "wasm32")]
    std::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

fn trap_after_results(traj: &mut SingleRun) -> Result<(), JobError> {
    for index in 0..10 {
        traj.f_add_result(&format!("never.part_{index}"), index)?;
    }
    trap(traj)
}

/// Leaves a mark in memory. A run after this one that finds it fails.
fn keep_state(_: &mut SingleRun) -> Result<(), JobError> {
    USES.store(u64::MAX, Ordering::Relaxed);
    Err("it has left a mark in its memory".into())
}

/// What was added before and after a refusal is stored, as if nothing had been tried between.
fn go_on_after_refusals(traj: &mut SingleRun) -> Result<(), JobError> {
    for index in 0..20 {
        traj.f_add_result(&format!("part_{index}"), index)?;
        if traj.f_add_result(&format!("part_{index}"), -1).is_ok() || traj.f_add_result("a/b", 1).is_ok() {
            return Err("a refusal was expected".into());
        }
    }
    Ok(())
}

/// Goes on adding after the limit has said no, larger and smaller.
fn add_after_limit(traj: &mut SingleRun) -> Result<(), JobError> {
    let block = vec![0.5; 1 << 17];
    let mut refused = 0;
    for index in 0..200 {
        refused += usize::from(traj.f_add_result(&format!("block_{index}"), block.clone()).is_err());
    }
    if refused == 0 { Err("200 MiB were accepted".into()) } else { Ok(()) }
}
