//! Nothing finished is ever lost: the real binary is killed, failed and cut off from power at every step by which it
//! changes the disk.
//!
//! `tests/disk/shim/step.c` stands between the program, with all of its libraries, and the disk. Nothing is compiled into
//! the program for this, and no step can be forgotten: `shim::the_log_is_what_the_kernel_saw` compares with strace.
//!
//! Usually a sample of all steps is taken. All of them, which takes some minutes, and how many there were:
//!
//! ```sh
//! HOST_DISK=all cargo test --release -p host --test integration disk -- --nocapture
//! ```

mod crashes;
mod cuts;
mod errors;
mod power;
mod recording;
mod scenario;
mod shim;

/// Whether everything is tried, and not a sample.
fn is_long() -> bool {
    std::env::var_os("HOST_DISK").is_some_and(|value| value == "all")
}

/// All of `cases`, or `some` of them that are spread evenly.
fn sample<T>(cases: Vec<T>, some: usize) -> Vec<T> {
    if is_long() || cases.len() <= some {
        return cases;
    }
    let all = cases.len();
    let wanted: std::collections::BTreeSet<usize> = (0..some).map(|at| at * (all - 1) / (some - 1).max(1)).collect();
    cases.into_iter().enumerate().filter(|(at, _)| wanted.contains(at)).map(|(_, case)| case).collect()
}

/// Tries all `cases`, demands that none goes wrong, and says how they ended.
#[track_caller]
fn try_all<T: std::fmt::Debug>(what: &str, cases: Vec<T>, mut attempt: impl FnMut(&T) -> Result<&'static str, String>) {
    let mut ends = std::collections::BTreeMap::<&str, usize>::new();
    let (all, mut wrong) = (cases.len(), Vec::new());
    for case in cases {
        match attempt(&case) {
            Ok(end) => *ends.entry(end).or_default() += 1,
            Err(why) => wrong.push(format!("{case:?}: {why}")),
        }
    }
    let ends: Vec<String> = ends.iter().map(|(end, count)| format!("{count} {end}")).collect();
    println!("disk: {all} {what}, {}{}", ends.join(", "), if wrong.is_empty() { "" } else { ", OTHERS WRONG" });
    assert!(wrong.is_empty(), "{} of {all} {what} went wrong:\n{}", wrong.len(), wrong.join("\n"));
}
