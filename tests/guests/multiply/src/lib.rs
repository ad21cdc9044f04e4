//! The smallest job, without a description of itself.

use host_guest::{JobError, SingleRun};

host_guest::job!(multiply);

fn multiply(traj: &mut SingleRun) -> Result<(), JobError> {
    let x: f64 = traj.f_get("x")?;
    let y: f64 = traj.f_get("y")?;
    traj.f_add_result("z", x * y)?;
    Ok(())
}
