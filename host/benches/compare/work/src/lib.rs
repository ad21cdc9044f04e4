//! Works for `rounds` of a generator of random numbers, then adds `scalars` numbers and, if `length` is above 0, an array of
//! so many real numbers.

use host_guest::{JobError, SingleRun};

host_guest::job!(work);

fn work(traj: &mut SingleRun) -> Result<(), JobError> {
    let rounds: u64 = traj.f_get_default("rounds", 0)?;
    let scalars: usize = traj.f_get_default("scalars", 1)?;
    let length: usize = traj.f_get_default("length", 0)?;
    let mut state = traj.v_seed() | 1;
    for _ in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    for (name, shift) in ["z0", "z1", "z2", "z3"].into_iter().zip([11, 12, 13, 14]).take(scalars) {
        traj.f_add_result(name, (state >> shift) as f64)?;
    }
    if length > 0 {
        let first = traj.v_idx() as f64;
        let array: Vec<f64> = (0..length).map(|i| first + i as f64 * 0.5).collect();
        traj.f_add_result("array", array)?;
    }
    Ok(())
}
