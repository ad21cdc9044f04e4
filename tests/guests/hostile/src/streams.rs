//! Handles, clocks, random numbers and the end of the program: what WASI offers beside files.

use host_guest::{JobError, SingleRun};
use wasip2::cli::{environment, exit, stdout};
use wasip2::clocks::monotonic_clock;
use wasip2::filesystem::types::Descriptor;
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::OutputStream;
use wasip2::random::{insecure, random};

use crate::Mode;

pub const MODES: &[(&str, Mode)] = &[
    ("exit-as-if-well", exit_as_if_well),
    ("exit-with-code", exit_with_code),
    ("sleep-for-years", sleep_for_years),
    ("sleep-in-small-steps", sleep_in_small_steps),
    ("poll-many", poll_many),
    ("poll-nothing", poll_nothing),
    ("timers-without-end", timers_without_end),
    ("streams-without-end", streams_without_end),
    ("random-of-all-bytes", random_of_all_bytes),
    ("random-of-many-MiB", random_of_many_mib),
    ("environment", environment_of_the_host),
    ("forged-handle", forged_handle),
    ("stale-handle", stale_handle),
    ("dropped-twice", dropped_twice),
    ("handle-of-another-kind", handle_of_another_kind),
    ("handle-zero", handle_zero),
];

const YEAR: u64 = 365 * 24 * 3600 * 1_000_000_000;

fn exit_as_if_well(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    exit::exit(Ok(()));
    Err("the program goes on after its end".into())
}

fn exit_with_code(_: &mut SingleRun) -> Result<(), JobError> {
    exit::exit(Err(()));
    Err("the program goes on after its end".into())
}

/// The virtual clock does not make anybody wait; the real one is ended by the time limit.
fn sleep_for_years(traj: &mut SingleRun) -> Result<(), JobError> {
    for years in [1, 100, 584] {
        monotonic_clock::subscribe_duration(years * YEAR).block();
    }
    monotonic_clock::subscribe_instant(u64::MAX).block();
    traj.f_add_result("z", 1)?;
    Ok(())
}

fn sleep_in_small_steps(_: &mut SingleRun) -> Result<(), JobError> {
    loop {
        monotonic_clock::subscribe_duration(1_000_000).block();
    }
}

fn poll_many(traj: &mut SingleRun) -> Result<(), JobError> {
    let timers: Vec<Pollable> = (1..100).map(|years| monotonic_clock::subscribe_duration(years * YEAR)).collect();
    // The same ones again and again.
    let all: Vec<&Pollable> = timers.iter().cycle().take(100_000).collect();
    for _ in 0..10 {
        poll(&all);
    }
    traj.f_add_result("z", 1)?;
    Ok(())
}

fn poll_nothing(_: &mut SingleRun) -> Result<(), JobError> {
    poll(&[]);
    Err("nothing is ready".into())
}

fn timers_without_end(_: &mut SingleRun) -> Result<(), JobError> {
    let mut hoard = Vec::new();
    for _ in 0..10_000_000 {
        hoard.push(monotonic_clock::subscribe_duration(YEAR));
    }
    Err("there is no end of timers".into())
}

fn streams_without_end(_: &mut SingleRun) -> Result<(), JobError> {
    let mut hoard = Vec::new();
    for _ in 0..10_000_000 {
        hoard.push(stdout::get_stdout());
    }
    Err("there is no end of streams".into())
}

fn random_of_all_bytes(_: &mut SingleRun) -> Result<(), JobError> {
    let bytes = random::get_random_bytes(1 << 40);
    Err(format!("{} random bytes at once", bytes.len()).into())
}

fn random_of_many_mib(_: &mut SingleRun) -> Result<(), JobError> {
    loop {
        std::hint::black_box(random::get_random_bytes(15 << 20).len());
        std::hint::black_box(insecure::get_insecure_random_bytes(15 << 20).len());
    }
}

fn environment_of_the_host(traj: &mut SingleRun) -> Result<(), JobError> {
    let (variables, arguments) = (environment::get_environment(), environment::get_arguments());
    if !variables.is_empty() || !arguments.is_empty() || environment::initial_cwd().is_some() {
        return Err(format!("{variables:?} {arguments:?}").into());
    }
    traj.f_add_result("z", 1)?;
    Ok(())
}

fn forged_handle(_: &mut SingleRun) -> Result<(), JobError> {
    // SAFETY: nothing here depends on what the number stands for; the host has to find out.
    let forged = unsafe { Descriptor::from_handle(12_345) };
    Err(format!("a forged handle works: {:?}", forged.stat()).into())
}

fn stale_handle(_: &mut SingleRun) -> Result<(), JobError> {
    let stream = stdout::get_stdout();
    let handle = stream.handle();
    drop(stream);
    // SAFETY: as above.
    let stale = unsafe { OutputStream::from_handle(handle) };
    Err(format!("a stale handle works: {:?}", stale.check_write()).into())
}

fn dropped_twice(_: &mut SingleRun) -> Result<(), JobError> {
    let stream = stdout::get_stdout();
    // SAFETY: as above.
    let twin = unsafe { OutputStream::from_handle(stream.handle()) };
    drop(stream);
    drop(twin);
    Err("a handle was dropped twice".into())
}

fn handle_of_another_kind(_: &mut SingleRun) -> Result<(), JobError> {
    let timer = monotonic_clock::subscribe_duration(1);
    // SAFETY: as above.
    let other = unsafe { Descriptor::from_handle(timer.handle()) };
    Err(format!("a timer works as a file: {:?}", other.stat()).into())
}

fn handle_zero(_: &mut SingleRun) -> Result<(), JobError> {
    // SAFETY: as above.
    let forged = unsafe { Pollable::from_handle(0) };
    forged.block();
    Err("the handle 0 works".into())
}
