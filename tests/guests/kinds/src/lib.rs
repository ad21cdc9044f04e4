//! A scalar, an array and a text from every run; the runs where `x` is `fails` fail after the first of them.

use host_guest::{JobError, SingleRun};

host_guest::job!(kinds);

fn kinds(traj: &mut SingleRun) -> Result<(), JobError> {
    let (x, scale, length): (i64, f64, i64) = (traj.f_get("x")?, traj.f_get("scale")?, traj.f_get("length")?);
    let fails: i64 = traj.f_get("fails")?;
    traj.result("z").comment("a scalar").value(x as f64 * scale).add()?;
    if x == fails {
        return Err(format!("{x} is where this job fails").into());
    }
    let trace: Vec<f64> = (0..length).map(|at| (x * length + at) as f64 * scale).collect();
    traj.f_add_result("trace", trace)?;
    traj.result("label").comment(&format!("the label of {x}")).value(format!("run with x = {x}")).add()?;
    Ok(())
}
