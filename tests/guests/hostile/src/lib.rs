//! A job that tries to do harm: to the host, to the machine, and to the runs beside it. The parameter `mode` chooses.
//!
//! `class: ...` leaves the harm to the guest `hostile-class`. `good` is the run beside it: it stores what any of the others could have spoiled. Where the host has to refuse
//! something, a mode fails with what was wrongly accepted. The other modes are to be stopped by the host, or do no harm.

mod attempts;
mod computing;
mod good;
mod handing_over;
mod lending;
mod naming;
mod reaching;
mod shapes;
mod streams;
mod talking;

use host_guest::{Items, JobError, SingleRun};

host_guest::job!(attack);

type Mode = fn(&mut SingleRun) -> Result<(), JobError>;

const GROUPS: [&[(&str, Mode)]; 8] = [
    &[("good", good::good)],
    computing::MODES,
    handing_over::MODES,
    shapes::MODES,
    naming::MODES,
    talking::MODES,
    streams::MODES,
    reaching::MODES,
];

fn attack(traj: &mut SingleRun) -> Result<(), JobError> {
    let wanted: String = traj.f_get("mode")?;
    if let Some(what) = wanted.strip_prefix("class: ") {
        return Ok(traj.f_add_result_as("Hostile", "kept", Items::new().with("mode", what))?);
    }
    match GROUPS.iter().copied().flatten().find(|(name, _)| *name == wanted) {
        Some((_, mode)) => mode(traj),
        None => Err(format!("there is no mode `{wanted}`").into()),
    }
}
