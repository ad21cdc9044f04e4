//! The disk is full, broken, or may not be written to.

use std::{os::unix::process::CommandExt, process::Command};

use super::{
    is_long, sample,
    scenario::{ALONE, Before, HDF5, LONG, QUEUE, SQLITE, Scenario, Stage, restore},
    shim::{Ended, Mode, Process, When},
    try_all,
};

/// What the process says when something has failed: one message that names the file, or another that it needs, and
/// how to go on. If it did not notice, it must have done everything.
fn judge(stage: &Stage, ended: &Ended) -> Result<&'static str, String> {
    let said = ended.stderr();
    let errors = said.lines().filter(|line| line.starts_with("error: ")).count();
    if ended.code() == Some(1) {
        if errors > 0 {
            return Err(format!("neither failed nor went well: {}", ended.said()));
        }
        stage.compare_content()?;
        return Ok("did without");
    }
    // A journal that could not be begun durably may look begun, and no run was.
    let begun = stage.has_begun() && !said.contains("cannot begin the journal");
    let code = ended.code().ok_or_else(|| format!("killed by a signal: {}", ended.said()))?;
    if !(code == 5 || (!begun && matches!(code, 2 | 3))) {
        return Err(format!("not exit 5: {}", ended.said()));
    }
    if errors != 1 {
        return Err(format!("{errors} errors: {}", ended.said()));
    }
    if said.contains("panicked") {
        return Err(format!("a panic: {}", ended.said()));
    }
    let place = stage.place();
    if !["results.", "steps.cnt", "logs", &place.display().to_string()].iter().any(|name| said.contains(name)) {
        return Err(format!("no file is named: {}", ended.said()));
    }
    // Who has just said `host resume`, and hears what cannot be opened, knows the way.
    let is_known = said.contains("could not continue the experiment");
    if begun && !stage.is_complete() && !said.contains("host resume") && !is_known {
        return Err(format!("the way to go on is not named: {}", ended.said()));
    }
    Ok("stopped")
}

/// Judges a process that has met errors, makes room, and goes on.
fn end(stage: &Stage, ended: &Ended) -> Result<&'static str, String> {
    let how = judge(stage, ended)?;
    if how == "did without" {
        return Ok("did without equal");
    }
    stage.recover()
}

fn errors(file: &'static str, before: Before, environment: &'static str) {
    let stage = Stage::new(Scenario { file, before, environment, length: LONG });
    let steps: Vec<u64> = stage.steps.iter().map(|step| step.number).collect();
    let all = steps.len() as u64;
    let mut modes = Vec::new();
    let each: u64 = if is_long() { 50 } else { 5 };
    for turn in 0..each {
        let at = 1 + turn * (all - 1) / (each - 1);
        modes.push(Mode::FailFrom(at, When::Before, libc::ENOSPC));
        // A write that is cut short, and what follows fails.
        modes.push(Mode::FailFrom(at, When::Middle, libc::ENOSPC));
        modes.push(Mode::FailFrom(at, When::Before, [libc::EIO, libc::EDQUOT, libc::EROFS][turn as usize % 3]));
    }
    for (turn, &at) in sample(steps, 5).iter().enumerate() {
        modes.push(Mode::Fail(at, When::Before, [libc::EIO, libc::ENOSPC][turn % 2]));
        if is_long() {
            modes.push(Mode::Fail(at, When::Before, [libc::ENOSPC, libc::EIO][turn % 2]));
        }
    }
    try_all(&format!("errors of {file} over {before:?} ({environment})"), modes, |&mode| {
        let ended = stage.play(mode);
        if !ended.was_disturbed() {
            return Ok("not reached");
        }
        end(&stage, &ended)
    });
}

#[test]
fn a_new_hdf5_file() {
    errors(HDF5, Before::Nothing, ALONE);
}

#[test]
fn an_hdf5_file_with_another_trajectory() {
    errors(HDF5, Before::Other, QUEUE);
}

#[test]
fn an_hdf5_file_that_is_resumed() {
    errors(HDF5, Before::Begun, ALONE);
}

#[test]
fn a_new_sqlite_file() {
    errors(SQLITE, Before::Nothing, QUEUE);
}

#[test]
fn an_sqlite_file_that_is_overwritten() {
    errors(SQLITE, Before::Same, ALONE);
}

#[test]
fn an_sqlite_file_that_is_resumed() {
    errors(SQLITE, Before::Begun, ALONE);
}

/// A single write fails, and all others go well: HDF5 holds data back, and says so only when it closes something.
fn writes(file: &'static str) {
    let stage = Stage::new(Scenario { file, before: Before::Begun, environment: ALONE, length: LONG });
    let of_file = |path: &str| path.contains("results.");
    let writes = stage.steps.iter().filter(|step| step.call == "write" && of_file(&step.path.to_string_lossy()));
    let cases = sample(writes.map(|step| step.number).collect(), 8);
    try_all(&format!("single writes to {file} failed"), cases, |&at| {
        end(&stage, &stage.play(Mode::Fail(at, When::Before, libc::EIO)))
    });
}

#[test]
fn a_write_to_an_hdf5_file_that_fails() {
    writes(HDF5);
}

#[test]
fn a_write_to_an_sqlite_file_that_fails() {
    writes(SQLITE);
}

/// No file may grow beyond `bytes`, as `ulimit -f` does.
fn limited(stage: &Stage, bytes: u64) -> Ended {
    stage.reset();
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(stage.args());
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: setrlimit may be called between fork and exec, and the limit lives until then.
    unsafe {
        command.pre_exec(move || match libc::setrlimit(libc::RLIMIT_FSIZE, &limit) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    // Without the shim, whose log would be cut off.
    stage.process(Mode::Count, |process| process.run_without_shim(command))
}

/// The limit holds for the notes as well, and what the process says shall fit into them.
const MESSAGES: u64 = 2048;

fn sizes(file: &'static str, before: Before) {
    let stage = Stage::new(Scenario { file, before, environment: ALONE, length: LONG });
    let largest = std::fs::metadata(stage.file()).expect("a file").len() + 8192;
    let each: u64 = if is_long() { 50 } else { 6 };
    let sizes: Vec<u64> = (0..each).map(|turn| MESSAGES + turn * largest / (each - 1)).collect();
    try_all(&format!("sizes of {file} over {before:?} limited"), sizes, |&size| end(&stage, &limited(&stage, size)));
}

#[test]
fn an_hdf5_file_that_may_not_grow() {
    sizes(HDF5, Before::Nothing);
}

#[test]
fn an_sqlite_file_that_may_not_grow() {
    sizes(SQLITE, Before::Other);
}

/// A file system of a few pages, where we may mount one.
struct Small<'a>(&'a Stage);

impl<'a> Small<'a> {
    fn mount(stage: &'a Stage, pages: u64) -> Result<Self, String> {
        let options = format!("size={}", pages * 4096);
        mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], stage)?;
        Ok(Self(stage))
    }

    fn make_room(&self) -> Result<(), String> {
        mount(&["-o", "remount,size=16M"], self.0)
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        // Lazily: a process that another test has just started may hold what HDF5 has opened.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.0.place()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "it stays mounted: {}", self.0.place().display());
    }
}

fn mount(arguments: &[&str], stage: &Stage) -> Result<(), String> {
    let mounted = Command::new("mount").args(arguments).arg(stage.place()).output().map_err(|e| e.to_string())?;
    if mounted.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&mounted.stderr).into_owned()) }
}

fn small_disks(file: &'static str, before: Before) {
    let stage = Stage::new(Scenario { file, before, environment: ALONE, length: LONG });
    let there: u64 = walk(&stage.before()).iter().map(|bytes| bytes.div_ceil(4096)).sum();
    let needed: u64 = walk(&stage.place()).iter().map(|bytes| bytes.div_ceil(4096)).sum();
    // Room for what is there, and some more; HDF5 needs a second copy of it.
    let most = there + 2 * needed;
    let each = if is_long() { 50 } else { 6 };
    let pages: Vec<u64> = (0..each).map(|turn| there + 3 + turn * (most - there) / (each - 1)).collect();
    if let Err(why) = Small::mount(&stage, 100) {
        println!("disk: small disks are skipped, because nothing can be mounted here: {}", why.trim());
        return;
    }
    try_all(&format!("small disks of {file} over {before:?}"), pages, |&pages| {
        let disk = Small::mount(&stage, pages)?;
        restore(&stage.before(), &stage.place());
        let ended = stage.host(Mode::Count, &stage.args());
        disk.make_room()?;
        end(&stage, &ended)
    });
}

/// The sizes of all files below a folder, and of nothing for each folder.
fn walk(folder: &std::path::Path) -> Vec<u64> {
    let mut sizes = vec![1];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sizes.extend(walk(&path));
        } else {
            sizes.push(path.metadata().expect("a file").len());
        }
    }
    sizes
}

#[test]
fn an_hdf5_file_on_a_small_disk() {
    small_disks(HDF5, Before::Other);
}

#[test]
fn an_sqlite_file_on_a_small_disk() {
    small_disks(SQLITE, Before::Nothing);
}

#[test]
fn logs_that_cannot_be_written_stop_nothing() {
    let stage = Stage::new(Scenario { file: HDF5, before: Before::Nothing, environment: QUEUE, length: LONG });
    let logs = stage.steps.iter().filter(|step| step.path.to_string_lossy().contains("/logs/") && step.call == "write");
    let cases = sample(logs.map(|step| step.number).collect(), 3);
    assert!(!cases.is_empty());
    try_all("writes of logs failed", cases, |&at| {
        let ended = stage.play(Mode::Fail(at, When::Before, libc::ENOSPC));
        let failed: Vec<_> = ended.steps.iter().filter(|step| step.done != "done").collect();
        // Another step may have come at this time.
        if !failed.iter().all(|step| step.path.to_string_lossy().contains("/logs/")) {
            return end(&stage, &ended);
        }
        match judge(&stage, &ended)? {
            "did without" => Ok("did without equal"),
            _ => Err(format!("stopped by a log: {}", ended.said())),
        }
    });
}

#[test]
fn full_standard_streams_stop_nothing_before_its_end() {
    let stage = Stage::new(Scenario { file: HDF5, before: Before::Nothing, environment: QUEUE, length: LONG });
    for stream in ["1", "2"] {
        stage.reset();
        let mut command = Command::new("bash");
        let host = format!("exec \"$@\" {stream}>/dev/full");
        command.args(["-c", &host, "bash", env!("CARGO_BIN_EXE_host"), "-v"]);
        command.args(stage.args().iter().filter(|argument| *argument != "--quiet"));
        let ended = stage.process(Mode::Count, |process: Process<'_>| process.run(command));
        // What it should have said is lost, and that is an error; results are not.
        assert_eq!(ended.code(), Some(if stream == "1" { 5 } else { 1 }), "{}", ended.said());
        stage.compare().unwrap_or_else(|why| panic!("{why}"));
    }
}
