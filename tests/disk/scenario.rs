//! Explorations that are disturbed: what is there before, and what must be there in the end.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use host::{
    journal::{JournalError, JournalReader, Record},
    storage,
    trajectory::{FinishedRun, RunSet},
};

use super::shim::{Ended, Mode, Process, Step, When};
use crate::support::{Scratch, guest};

/// What is explored, into what, and what is there before.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub file: &'static str,
    pub before: Before,
    /// Further lines of `[environment]`.
    pub environment: &'static str,
    /// The length of an array of each run.
    pub length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing at all.
    Nothing,
    /// A file that holds another trajectory.
    Other,
    /// One that also holds a trajectory of the same name, which is overwritten.
    Same,
    /// One with another trajectory, and an exploration that was killed and is resumed.
    Begun,
}

pub const HDF5: &str = "results.hdf5";
pub const SQLITE: &str = "results.sqlite";
/// In a folder that is not there.
pub const NEW_FOLDERS: &str = "new/deep/results.hdf5";
/// One run after the other, each stored before the next begins.
pub const ALONE: &str = "multiproc = false";
/// Several workers and a writer.
pub const QUEUE: &str = "ncores = 2";

/// An array that does not fit into a block of the disk.
pub const LONG: usize = 700;
/// An array that is written once, into the file of results, where the journal refers to it.
pub const LARGE: usize = 33_000;

/// Runs of the exploration; one of them fails.
const RUNS: u64 = 8;

/// A place where a scenario is played again and again.
pub struct Stage {
    scratch: Scratch,
    pub scenario: Scenario,
    /// What the file holds after an undisturbed exploration.
    expected: Vec<String>,
    /// The steps of an undisturbed one.
    pub steps: Vec<Step>,
}

impl Stage {
    pub fn new(scenario: Scenario) -> Self {
        let scratch = Scratch::new();
        for folder in ["place", "before", "notes"] {
            fs::create_dir(scratch.join(folder)).expect("folders can be made");
        }
        let mut stage = Self { scratch, scenario, expected: Vec::new(), steps: Vec::new() };
        stage.write_spec("steps", RUNS, 0.5);
        stage.set_up();
        copy_all(&stage.place(), &stage.scratch.join("before"));
        let ended = stage.play(Mode::Count);
        assert_eq!(ended.code(), Some(1), "{}", ended.said());
        let forbidden: Vec<&Step> = ended.steps.iter().filter(|step| step.number == 0).collect();
        assert!(forbidden.iter().all(|step| is_allowed(step)), "past the shim: {forbidden:?}");
        stage.expected = content(&stage.file(), "steps");
        assert_eq!(stage.expected.len() as u64, RUNS + 1);
        stage.steps = ended.steps.into_iter().filter(|step| step.number > 0).collect();
        stage
    }

    pub fn place(&self) -> PathBuf {
        self.scratch.join("place")
    }

    pub fn notes(&self) -> PathBuf {
        self.scratch.join("notes")
    }

    pub fn file(&self) -> PathBuf {
        self.place().join(self.scenario.file)
    }

    pub fn journal(&self) -> PathBuf {
        self.file().with_file_name("steps.cnt")
    }

    /// What the place looks like before it begins.
    pub fn before(&self) -> PathBuf {
        self.scratch.join("before")
    }

    fn write_spec(&self, name: &str, runs: u64, scale: f64) {
        let Scenario { file, environment, length, .. } = self.scenario;
        let service = if file.ends_with(".sqlite") { "sqlite" } else { "hdf5" };
        let text = format!(
            "spec = 1\n[trajectory]\nname = \"{name}\"\nadd_time = false\n[environment]\nfilename = \"{file}\"\n\
             {environment}\n[storage]\nservice = \"{service}\"\n[parameters]\nx = 0\nscale = {scale:?}\nlength = {length}\n\
             fails = 5\n[explore.axes]\nx = {{ range = [0, {runs}] }}\n"
        );
        fs::write(self.place().join(format!("{name}.toml")), text).expect("files can be written");
    }

    fn set_up(&mut self) {
        let run = |name: &str| {
            let ended = self.host(Mode::Count, &run_args(name, false));
            assert_eq!(ended.code(), Some(0), "{}", ended.said());
        };
        if self.scenario.before == Before::Nothing {
            return;
        }
        self.write_spec("other", 3, 2.0);
        run("other");
        fs::copy(self.file(), self.scratch.join("other")).expect("files can be copied");
        match self.scenario.before {
            Before::Same => {
                self.write_spec("steps", 4, 9.0);
                run("steps");
                self.write_spec("steps", RUNS, 0.5);
            }
            Before::Begun => {
                // Until the journal holds about half of the runs.
                let whole = self.scratch.join("whole");
                copy_all(&self.place(), &whole);
                let undisturbed = self.host(Mode::Count, &run_args("steps", false)).steps;
                let of_journal = |step: &&Step| step.path == canonical(&self.journal()) && step.call == "write";
                let writes: Vec<u64> = undisturbed.iter().filter(of_journal).map(|step| step.number).collect();
                let at = writes[writes.len() / 2];
                restore(&whole, &self.place());
                self.host(Mode::Kill(at, When::After), &run_args("steps", false));
                let finished = self.finished().expect("the journal has begun").len();
                assert!(finished > 0 && finished < RUNS, "{finished}");
            }
            _ => {}
        }
    }

    /// Brings back what was there before.
    pub fn reset(&self) {
        restore(&self.before(), &self.place());
    }

    pub fn process(&self, mode: Mode, play: impl FnOnce(Process<'_>) -> Ended) -> Ended {
        play(Process { place: &self.place(), notes: &self.notes(), mode })
    }

    pub fn host(&self, mode: Mode, args: &[OsString]) -> Ended {
        self.process(mode, |process| process.host(args))
    }

    /// The arguments of the binary that go on from the journal.
    pub fn resume_args(&self) -> Vec<OsString> {
        let journal = Path::new(self.scenario.file).with_file_name("steps.cnt");
        ["resume".into(), journal.into(), "--json".into(), "--quiet".into()].to_vec()
    }

    /// What is disturbed: the arguments of the binary.
    pub fn args(&self) -> Vec<OsString> {
        match self.scenario.before {
            Before::Nothing | Before::Other => run_args("steps", false),
            Before::Same => run_args("steps", true),
            Before::Begun => self.resume_args(),
        }
    }

    /// Plays the scenario from its beginning.
    pub fn play(&self, mode: Mode) -> Ended {
        self.reset();
        self.host(mode, &self.args())
    }

    /// The runs that the journal holds: those that were reported as finished. `None` if it was not begun, or not
    /// as far as to its whole header.
    pub fn finished(&self) -> Option<RunSet> {
        match JournalReader::open(&self.journal()) {
            Ok(_) => Some(finished(&self.journal())),
            Err(JournalError::NoHeader { .. } | JournalError::Io { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether the journal says that everything is in the file.
    pub fn is_complete(&self) -> bool {
        JournalReader::open(&self.journal()).is_ok_and(|reader| reader.is_complete())
    }

    /// Whether the journal is still that of the trajectory that is to be overwritten.
    fn is_older(&self) -> bool {
        let read = |folder: PathBuf| fs::read(folder.join("steps.cnt"));
        self.scenario.before == Before::Same && read(self.before()).ok() == read(self.place()).ok()
    }

    /// Goes on as the user is told to, and compares with the undisturbed exploration.
    ///
    /// With a whole header in the journal, `host resume` is the way; if the journal is complete, it says that all is
    /// kept. Without a whole header, or with the journal of what is to be overwritten, nothing was begun, and the same
    /// `host run` is the way. If it finds the name taken, by a trajectory without any run, it needs `--overwrite`.
    pub fn recover(&self) -> Result<&'static str, String> {
        let how = match self.finished().filter(|_| self.has_begun()) {
            Some(_) if self.is_complete() => {
                expect_kept(&self.host(Mode::Count, &self.resume_args()), RUNS)?;
                "were complete"
            }
            Some(finished) => {
                expect_kept(&self.host(Mode::Count, &self.resume_args()), finished.len())?;
                "resumed equal"
            }
            None => {
                let run = run_args("steps", self.scenario.before == Before::Same);
                let mut ended = self.host(Mode::Count, &run);
                let is_taken = ended.code() == Some(3) && ended.stderr().contains("`--overwrite`");
                if is_taken && content(&self.file(), "steps").len() == 1 {
                    ended = self.host(Mode::Count, &run_args("steps", true));
                }
                expect_code(&ended, 1)?;
                // What the first one has left: without a journal, nobody knows that there is no run in it.
                let part = self.place().join(format!("{}.part.old", self.scenario.file));
                if part.exists() {
                    fs::remove_file(part).map_err(|error| error.to_string())?;
                }
                if is_taken { "run anew with --overwrite equal" } else { "run anew equal" }
            }
        };
        self.compare()?;
        Ok(how)
    }

    /// Whether this exploration has begun: its journal has a whole header.
    pub fn has_begun(&self) -> bool {
        self.finished().is_some() && !self.is_older()
    }

    /// Whether everything that must be there is there, to the last bit, and nothing else.
    pub fn compare(&self) -> Result<(), String> {
        self.compare_content()?;
        let file = self.file();
        let known = ["logs", "other.cnt", "other.toml", "steps.cnt", "steps.toml"].map(OsString::from);
        let known: Vec<OsString> = known.into_iter().chain(file.file_name().map(OsString::from)).collect();
        let folder = fs::read_dir(file.parent().expect("a folder")).expect("the folder can be read");
        let there = folder.map(|entry| entry.expect("an entry").file_name());
        // What was damaged in a journal is kept. A lock that nobody holds harms nobody.
        let is_damaged = |name: &OsString| name.to_string_lossy().starts_with("steps.cnt.damaged-at-");
        let is_lock = |name: &OsString| name.to_string_lossy().ends_with(".sqlite.lock");
        let is_known = |name: &OsString| known.contains(name) || is_damaged(name) || is_lock(name);
        let left: Vec<OsString> = there.filter(|name| !is_known(name)).collect();
        if !left.is_empty() {
            return Err(format!("left beside the file: {left:?}"));
        }
        if !self.is_complete() {
            return Err("the journal is not complete".into());
        }
        Ok(())
    }

    /// Whether the file holds everything that it must, to the last bit, and nothing else.
    pub fn compare_content(&self) -> Result<(), String> {
        let found = std::panic::catch_unwind(|| content(&self.file(), "steps"))
            .map_err(|_| "the file cannot be read".to_owned())?;
        if let Some((found, expected)) = found.iter().zip(&self.expected).find(|(found, expected)| found != expected) {
            let same = found.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
            let around = |line: &str| line.chars().skip(same.saturating_sub(200)).take(400).collect::<String>();
            return Err(format!("WRONG CONTENT: … {}\ninstead of … {}", around(found), around(expected)));
        }
        if found.len() != self.expected.len() {
            return Err(format!("WRONG CONTENT: {} of {} runs", found.len() - 1, self.expected.len() - 1));
        }
        let reader = storage::open(&self.file()).map_err(|error| error.to_string())?;
        let mut names: Vec<String> =
            reader.trajectories().map_err(|error| error.to_string())?.into_iter().map(|info| info.name).collect();
        if self.scenario.before != Before::Nothing {
            let other = storage::open(&self.scratch.join("other")).expect("a copy");
            if let Some(what) = storage::difference(&*other, &*reader, "other").map_err(|error| error.to_string())? {
                return Err(format!("THE OTHER TRAJECTORY IS DAMAGED: {what}"));
            }
            names.retain(|name| name != "other");
        }
        if names != ["steps"] {
            return Err(format!("left in the file: {names:?}"));
        }
        Ok(())
    }
}

/// The runs of a journal that are whole, with their large arrays, which lie in the file of results or beside it.
pub fn finished(journal: &Path) -> RunSet {
    let reader = host::environment::read_journal(journal).expect("a journal").reader;
    let mut runs = RunSet::default();
    for run in reader.ended_runs().into_iter().flatten().map_while(Result::ok) {
        runs.insert(run.index);
    }
    runs
}

/// The runs of which a journal says that they have finished.
pub fn reported(reader: JournalReader) -> RunSet {
    let mut runs = RunSet::default();
    for record in reader.records().map_while(Result::ok) {
        match record {
            Record::Finished(FinishedRun { index: run, .. }) | Record::Gone { run, again: false } => {
                runs.insert(run);
            }
            _ => {}
        }
    }
    runs
}

/// SQLite's index of its own journal is shared between processes, and made anew after a crash.
fn is_allowed(step: &Step) -> bool {
    step.call == "mmap" && step.path.to_string_lossy().ends_with("-shm")
}

fn run_args(name: &str, overwrite: bool) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["run".into(), guest("kinds").into()];
    args.extend(["--spec", &format!("{name}.toml"), "--json", "--quiet"].map(OsString::from));
    args.extend(overwrite.then(|| "--overwrite".into()));
    args
}

/// All went well, and so many runs were not run again.
fn expect_kept(ended: &Ended, runs: u64) -> Result<(), String> {
    expect_code(ended, 1)?;
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).map_err(|error| error.to_string())?;
    match &summary["kept"] {
        kept if *kept == runs => Ok(()),
        kept => Err(format!("{runs} runs were finished, {kept} kept")),
    }
}

fn expect_code(ended: &Ended, code: i32) -> Result<(), String> {
    if ended.code() == Some(code) { Ok(()) } else { Err(format!("instead of exit {code}: {}", ended.said())) }
}

/// Everything that does not depend on when a trajectory was explored: a line for what was known before, and one for
/// each run that has ended.
fn content(file: &Path, name: &str) -> Vec<String> {
    let reader = storage::open(file).expect("the file can be read");
    let head = reader.head(name).expect("its head can be read");
    let trajectory = &head.trajectory;
    let mut lines = vec![format!("{:?} {:?} {:?}", trajectory.name(), trajectory.comment(), trajectory.parameters())];
    for run in reader.finished(name, 0..trajectory.run_count()).expect("its runs can be read") {
        lines.push(format!("{} {:?} {:?}", run.index, run.outcome, run.additions));
    }
    lines
}

fn canonical(path: &Path) -> PathBuf {
    let folder = path.parent().expect("a folder").canonicalize().expect("the folder is there");
    folder.join(path.file_name().expect("a name"))
}

/// Makes `to` what `from` is.
pub fn restore(from: &Path, to: &Path) {
    for entry in fs::read_dir(to).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("it can be removed");
    }
    copy_all(from, to);
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folders can be made");
    let mut entries: Vec<PathBuf> =
        fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    // A `.part` file becomes no younger than its journal.
    entries.sort();
    for path in entries {
        let there = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_all(&path, &there);
        } else {
            fs::copy(&path, there).expect("files can be copied");
        }
    }
}
