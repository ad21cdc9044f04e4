//! Adds results and derived parameters through classes; `mode` says what the class `Packed` shall do wrong.

use host_guest::{Items, JobError, SingleRun};

host_guest::job!(add);

fn add(traj: &mut SingleRun) -> Result<(), JobError> {
    let mode: String = traj.f_get_default("mode", String::new())?;
    let pause: String = traj.f_get_default("pause", "5s".to_owned())?;
    let index = i64::try_from(traj.v_idx())?;
    traj.f_add_result("pause_seen", &*pause)?;
    let times = vec![100 + index, 103, 107, 200];
    if mode.is_empty() {
        traj.f_add_result_as("Packed", "spikes", Items::new().with("times", times))?;
        traj.f_add_derived_parameter_as("Duration", "twice", format!("{pause} {pause}"), "two pauses")?;
        traj.f_add_result("twice_seen", traj.f_get::<String>("twice")?)?;
        return Ok(());
    }
    let values = Items::new().with("times", times);
    let added = match mode.strip_prefix("handled ") {
        None => return Ok(traj.f_add_result_as("Packed", "net.spikes", values.with("mode", mode))?),
        Some("unknown") => traj.f_add_result_as("Nowhere", "net.spikes", values),
        Some("parameter class") => traj.f_add_result_as("Duration", "net.spikes", values),
        Some("result class") => traj.f_add_derived_parameter_as("Packed", "net.spikes", 1, ""),
        Some("no duration") => traj.f_add_derived_parameter_as("Duration", "net.pause", "often", ""),
        Some("number") => traj.result("net.spikes").class("Packed").item("times", 1.5).add(),
        Some("no items") => traj.f_add_result_as("Packed", "net.spikes", Items::new()),
        Some("twice") => traj.f_add_result_as("Packed", "pause_seen", values),
        Some(mode) => traj.f_add_result_as("Packed", "net.spikes", values.with("mode", mode)),
    };
    let refusal = added.err().map_or("was accepted".to_owned(), |error| error.to_string());
    traj.f_add_result("refusal", refusal)?;
    Ok(())
}
