//! Runs end in whatever order the parameter `work` puts them; what they add does not depend on it.

use std::hint::black_box;

use host_guest::{JobError, SingleRun};

host_guest::job!(linger);

fn linger(traj: &mut SingleRun) -> Result<(), JobError> {
    let work: i64 = traj.f_get("work")?;
    for turn in 0..work * 3_000_000 {
        black_box(turn);
    }
    let x: i64 = traj.f_get("x")?;
    traj.f_add_derived_parameter("twice", 2 * x, "the same in every run")?;
    traj.result("z").comment("Mostly harmless!").value(x * x).add()?;
    let comment = if x % 2 == 0 { "even" } else { "odd" };
    traj.result("deep.parity").comment(comment).value(x % 2).add()?;
    traj.result("own").comment(&format!("only of x = {x}")).value(x).add()?;
    Ok(())
}
