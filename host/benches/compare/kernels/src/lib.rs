//! The loops of `kernels.rs` as a job: `kernel` says which, `work` how long.

use host_guest::{JobError, SingleRun};

mod kernels;

host_guest::job!(simulate);

fn simulate(traj: &mut SingleRun) -> Result<(), JobError> {
    let kernel: String = traj.f_get("kernel")?;
    let work: u32 = traj.f_get("work")?;
    let outcome = kernels::run(&kernel, work).ok_or_else(|| format!("there is no kernel `{kernel}`"))?;
    traj.f_add_result("outcome", outcome)?;
    Ok(())
}
