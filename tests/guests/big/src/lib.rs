//! A result as large as asked for: `a` holds `n` elements, `a[i] = idx + i / 2`, which a test can compute again.

use host_guest::{JobError, SingleRun};

host_guest::job!(big);

fn big(traj: &mut SingleRun) -> Result<(), JobError> {
    let n: usize = traj.f_get("n")?;
    let first = traj.v_idx() as f64;
    let a: Vec<f64> = (0..n).map(|i| first + i as f64 * 0.5).collect();
    traj.f_add_result("a", a)?;
    Ok(())
}
