//! Logs and prints: `times` times one line of every level and one on each standard stream. Each line says which
//! run speaks, where, and how often it has spoken before.

use host_guest::{JobError, SingleRun};
use wasip2::cli::{stderr, stdout};

host_guest::job!(talk);

fn talk(traj: &mut SingleRun) -> Result<(), JobError> {
    let run = traj.v_idx();
    let (out, err) = (stdout::get_stdout(), stderr::get_stderr());
    for time in 0..traj.f_get::<i64>("times")? {
        let line = |place: &str| format!("{place} {time} of {run}");
        traj.debug(line("debug"));
        traj.info(line("info"));
        traj.warning(line("warning"));
        traj.error(line("error"));
        out.blocking_write_and_flush(format!("{}\n", line("out")).as_bytes()).map_err(|error| error.to_string())?;
        err.blocking_write_and_flush(format!("{}\n", line("err")).as_bytes()).map_err(|error| error.to_string())?;
    }
    traj.f_add_result("z", 1)?;
    Ok(())
}
