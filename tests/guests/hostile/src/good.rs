//! The run beside the attacks.

use std::sync::atomic::{AtomicU64, Ordering};

use host_guest::{JobError, List, SingleRun, Table, files};
use wasip2::clocks::monotonic_clock;
use wasip2::random::random;

/// How often this memory was used. A run has memory of its own, so it finds 0.
pub static USES: AtomicU64 = AtomicU64::new(0);

/// Stores whatever another run could have spoiled: results, random numbers, the clock, memory, a granted file.
pub fn good(traj: &mut SingleRun) -> Result<(), JobError> {
    let uses = USES.fetch_add(1, Ordering::Relaxed);
    if uses != 0 {
        return Err(format!("this memory was used {uses} times before").into());
    }
    let x: i64 = traj.f_get("x")?;
    traj.f_add_result("z", x * x)?;
    traj.f_add_result("seed", [traj.v_seed()])?;
    traj.f_add_result("random", [random::get_random_u64(), random::get_random_u64()])?;
    traj.f_add_result("clock", [monotonic_clock::now(), monotonic_clock::now()])?;
    traj.f_add_result("array", (0..1000).map(|i| f64::from(i) / (x as f64 + 1.0)).collect::<Vec<_>>())?;
    traj.f_add_result("texts", List::new(["ä", "β", "\u{1f980}"]))?;
    traj.f_add_result("table", Table::new().column("t", [1.0, 2.0]).column("n", [x, x + 1]))?;
    traj.f_add_derived_parameter("twice", 2 * x, "what follows from x")?;
    traj.f_add_result("file", files::read_to_string("/data/given.txt")?)?;
    traj.info(format!("run {x} is well"));
    Ok(())
}
