//! What a job sees of the world around it. Each answer is stored; what is granted or virtual is up to the host.

use host_guest::{JobError, List, SingleRun, files};
use wasip2::cli::{environment, stderr, stdout};
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::filesystem::preopens::get_directories;
use wasip2::random;

host_guest::job!(look_around);

fn look_around(traj: &mut SingleRun) -> Result<(), JobError> {
    command_line(traj)?;
    clocks(traj)?;
    random_numbers(traj)?;
    standard_streams(traj)?;
    directories(traj)
}

fn command_line(traj: &mut SingleRun) -> Result<(), JobError> {
    let variables = environment::get_environment();
    traj.f_add_result("environment", List::new(variables.into_iter().map(|(name, value)| format!("{name}={value}"))))?;
    traj.f_add_result("arguments", List::new(environment::get_arguments()))?;
    traj.f_add_result("initial_directory", environment::initial_cwd())?;
    Ok(())
}

/// Each clock twice, with work in between: a virtual one may stand still or advance by a fixed step.
fn clocks(traj: &mut SingleRun) -> Result<(), JobError> {
    let read = || {
        let wall = wall_clock::now();
        (wall.seconds as f64 + f64::from(wall.nanoseconds) * 1e-9, monotonic_clock::now())
    };
    let (wall, monotonic) = read();
    std::hint::black_box((0..1_000_000_u64).fold(0, |sum, i| sum ^ std::hint::black_box(i)));
    let (wall_later, monotonic_later) = read();
    traj.f_add_result("wall_clock", [wall, wall_later])?;
    traj.f_add_result("monotonic_clock", [monotonic, monotonic_later])?;
    Ok(())
}

fn random_numbers(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("random", [random::random::get_random_u64(), random::random::get_random_u64()])?;
    traj.f_add_result("insecure_random", [random::insecure::get_insecure_random_u64()])?;
    let (low, high) = random::insecure_seed::insecure_seed();
    traj.f_add_result("insecure_seed", [low, high])?;
    Ok(())
}

fn standard_streams(traj: &mut SingleRun) -> Result<(), JobError> {
    let out = stdout::get_stdout().blocking_write_and_flush(b"a line to stdout\n");
    let err = stderr::get_stderr().blocking_write_and_flush(b"a line to stderr\n");
    traj.f_add_result("streams", List::new([format!("{out:?}"), format!("{err:?}")]))?;
    Ok(())
}

/// Lists what is granted, reads the first file of each directory, tries to write there, and to get out.
fn directories(traj: &mut SingleRun) -> Result<(), JobError> {
    let granted: Vec<String> = get_directories().into_iter().map(|(_, path)| path).collect();
    let mut seen = Vec::new();
    let mut tried = Vec::new();
    for directory in &granted {
        match files::list(directory) {
            Ok(names) => {
                if let Some(name) = names.first() {
                    let path = format!("{directory}/{name}");
                    tried.push(format!("read {path}: {:?}", files::read_to_string(&path)));
                }
                seen.extend(names.into_iter().map(|name| format!("{directory}/{name}")));
            }
            Err(error) => tried.push(format!("list {directory}: {error}")),
        }
        let new = format!("{directory}/written-by-the-guest.txt");
        tried.push(format!("write {new}: {:?}", files::write(&new, "the guest was here\n")));
        let outside = format!("{directory}/../outside.txt");
        tried.push(format!("read {outside}: {:?}", files::read(&outside)));
    }
    let ungranted = "/etc/passwd";
    tried.push(match files::read(ungranted) {
        Ok(bytes) => format!("read {ungranted}: {} bytes", bytes.len()),
        Err(error) => format!("read {ungranted}: {error}"),
    });
    traj.f_add_result("directories", List::new(granted))?;
    traj.f_add_result("files", List::new(seen))?;
    traj.f_add_result("tried", List::new(tried))?;
    Ok(())
}
