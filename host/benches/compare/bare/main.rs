//! wasmtime without `host` around it, for `host/benches/compare`: `cargo bench -p host --bench bare -- …`
//!
//! - `loop JOB RUNS THREADS`: z = x y in a fresh instance for every run, an engine for every thread. Prints, as JSON, what a
//!   run took of the processor and of the clock, without loading.
//! - `settings JOB ROUNDS [KERNEL…]`: what each setting of the engine costs the kernels of `kernels/`, as ratios of medians.
//!   The settings take turns within a round.
//! - `builds ROUNDS JOB…`: the same kernels in components that were built in different ways.

use std::{
    collections::BTreeSet,
    env, fs,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use wasmtime::{Config, OptLevel, RegallocAlgorithm};

mod alone;
use alone::{Alone, Plain, Point, Value, config};

fn main() -> wasmtime::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["loop", job, runs, threads] => bare_loop(&fs::read(job)?, runs.parse()?, threads.parse()?),
        ["settings", job, rounds, ref kernels @ ..] => settings(&fs::read(job)?, rounds.parse()?, kernels),
        ["builds", rounds, ref jobs @ ..] => builds(rounds.parse()?, jobs),
        _ => {
            eprintln!("usage: bare loop JOB RUNS THREADS | settings JOB ROUNDS [KERNEL...] | builds ROUNDS JOB...");
            std::process::exit(2);
        }
    }
}

fn bare_loop(wasm: &[u8], runs: u32, threads: u32) -> wasmtime::Result<()> {
    // One waits for all to have loaded, one for all to have run.
    let (begin, end) = (Barrier::new(threads as usize + 1), Barrier::new(threads as usize + 1));
    let each = || -> wasmtime::Result<()> {
        let point = Point::from([("x", Plain::Integer(6)), ("y", Plain::Integer(7))]);
        let alone = Alone::pooled(wasm);
        begin.wait();
        let alone = alone?;
        let done =
            (0..runs / threads).try_for_each(|_| alone.run(&point).map(|results| drop(std::hint::black_box(results))));
        end.wait();
        done
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| thread::Builder::new().stack_size(4 << 20).spawn_scoped(scope, each).expect("a thread"))
            .collect();
        begin.wait();
        let (start, cpu_before) = (Instant::now(), cpu_of_process());
        end.wait();
        let (wall, cpu) = (start.elapsed(), cpu_of_process() - cpu_before);
        workers.into_iter().try_for_each(|worker| worker.join().expect("no panic"))?;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(runs / threads * threads);
        println!("{{\"cpu_us\": {:.4}, \"wall_us\": {:.4}}}", each(cpu), each(wall));
        Ok(())
    })
}

/// The kernels, and how much work takes a few tens of milliseconds natively.
const KERNELS: [(&str, i64); 4] = [("sir", 2_000_000), ("ising", 1500), ("lif", 20_000_000), ("matrix", 60)];

/// What the first setting is compared with.
type Setting = (&'static str, fn(&mut Config) -> &mut Config, bool, bool);
const SETTINGS: [Setting; 10] = [
    ("as host sets it", |config| config, true, false),
    ("without epochs", |config| config.epoch_interruption(false), false, false),
    ("with fuel too", |config| config.consume_fuel(true), true, true),
    ("fuel, no epochs", |config| config.epoch_interruption(false).consume_fuel(true), false, true),
    ("strict_nan", |config| config.cranelift_nan_canonicalization(true), true, false),
    ("speed and size", |config| config.cranelift_opt_level(OptLevel::SpeedAndSize), true, false),
    ("not optimised", |config| config.cranelift_opt_level(OptLevel::None), true, false),
    ("single-pass registers", |config| config.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass), true, false),
    ("bounds checks", |config| config.memory_reservation(0).memory_guard_size(0), true, false),
    ("memory not copied on write", |config| config.memory_init_cow(false), true, false),
];

fn settings(wasm: &[u8], rounds: usize, kernels: &[&str]) -> wasmtime::Result<()> {
    let mut sides = Vec::new();
    for (name, change, deadline, fuel) in SETTINGS {
        let mut config = config();
        change(&mut config);
        sides.push((name.to_owned(), Alone::new(&config, wasm)?.with(deadline, fuel)));
    }
    take_turns(&sides, rounds, kernels)
}

fn builds(rounds: usize, jobs: &[&str]) -> wasmtime::Result<()> {
    let mut sides = Vec::new();
    for job in jobs {
        let wasm = fs::read(job)?;
        sides.push(((*job).to_owned(), Alone::new(&config(), &wasm)?));
        let without = Alone::new(config().epoch_interruption(false), &wasm)?.with(false, false);
        sides.push((format!("{job} without epochs"), without));
    }
    take_turns(&sides, rounds, &[])
}

/// Prints medians and their ratios to that of the first side. All sides must come to the same results, bit for bit.
fn take_turns(sides: &[(String, Alone)], rounds: usize, kernels: &[&str]) -> wasmtime::Result<()> {
    for (kernel, work) in KERNELS.into_iter().filter(|(kernel, _)| kernels.is_empty() || kernels.contains(kernel)) {
        let point = Point::from([("kernel", Plain::Text(kernel.to_owned())), ("work", Plain::Integer(work))]);
        let mut times = vec![Vec::new(); sides.len()];
        let mut outcomes = BTreeSet::new();
        for _ in 0..rounds {
            for ((_, alone), times) in sides.iter().zip(&mut times) {
                let before = cpu_of_thread();
                let results = alone.run(&point)?;
                times.push(cpu_of_thread() - before);
                outcomes.extend(results.iter().map(bits));
            }
        }
        assert_eq!(outcomes.len(), 1, "{kernel} has other results on another side");
        let medians: Vec<f64> = times.into_iter().map(|times| median(times).as_secs_f64() * 1e3).collect();
        for ((name, _), milliseconds) in sides.iter().zip(&medians) {
            println!("{kernel:<7} {name:<40} {milliseconds:>8.2} ms  {:.2} x", milliseconds / medians[0]);
        }
    }
    Ok(())
}

fn bits(value: &Value) -> u64 {
    match value {
        Value::Plain(Plain::Real(number)) => number.to_bits(),
        other => panic!("a kernel adds a real number and not {other:?}"),
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn cpu_of_thread() -> Duration {
    cpu(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn cpu_of_process() -> Duration {
    cpu(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn cpu(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a `timespec` that the call writes into and nothing else uses.
    assert_eq!(unsafe { libc::clock_gettime(clock, &mut time) }, 0, "the clock is known");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
