//! Where attacks take place: a folder with what is granted, what is not, and a file to compare with.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::CString,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    attacks::Attack,
    measured::{Measured, Watch, host},
    report::{Report, Row},
    spec::{Limits, POSITION, RUNS, spec},
};
use crate::support::{Scratch, guest, python, repository};

/// Files of the folder that is listed.
const MANY: usize = 100_000;
/// A run that is to end is given this long, with everything around it.
const LONGEST: Watch = Watch::seconds(180);
const CANARY: &str = "nobody touches this\n";

/// The folder of the test.
pub struct Stage {
    scratch: Scratch,
    job: String,
    class: PathBuf,
    /// The largest memory of a host with nothing but good runs.
    good_mib: u64,
    before: u64,
}

impl Stage {
    pub fn new() -> Self {
        let scratch = Scratch::new();
        scratch.write("data/given.txt", "given\n");
        scratch.write("canary.txt", CANARY);
        let many = scratch.join("data/many");
        fs::create_dir(&many).expect("folders can be made");
        for at in 0..MANY {
            fs::File::create(many.join(format!("{at:06}"))).expect("files can be made");
        }
        let pipe = CString::new(scratch.join("data/pipe").as_os_str().as_bytes()).expect("no zeros");
        // SAFETY: the path lives through the call.
        assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0, "pipes can be made");
        let before = surroundings(scratch.path());
        let job = guest("hostile").display().to_string();
        let mut stage = Self { scratch, job, class: guest("hostile-class"), good_mib: 0, before };
        // Twice, as the first one compiles the guest.
        for name in ["first", "good"] {
            let (ended, _) = stage.run(name, Some("good"), &Limits::default(), true, "");
            assert_eq!(ended.code, Some(0), "{}", ended.said);
            stage.good_mib = ended.peak_mib;
        }
        stage
    }

    /// The cache that all share.
    pub fn cache(&self) -> PathBuf {
        repository().join("target/test-cache")
    }

    pub fn folder(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }

    /// What a host may have at most, with an attack under these limits.
    pub fn most_mib(&self, limits: &Limits) -> u64 {
        self.good_mib + limits.room_mib()
    }

    /// A folder of its own, with a spec.
    pub fn prepare(&self, name: &str, mode: Option<&str>, limits: &Limits, use_pool: bool, more: &str) -> PathBuf {
        let folder = self.folder(name);
        fs::create_dir_all(folder.join("out")).expect("folders can be made");
        fs::write(folder.join("canary.txt"), CANARY).expect("files can be written");
        let data = self.scratch.join("data");
        let text = spec(mode, limits, use_pool, &data, &self.class, more);
        fs::write(folder.join("exp.toml"), text).expect("files can be written");
        folder
    }

    fn run(&self, name: &str, mode: Option<&str>, limits: &Limits, use_pool: bool, more: &str) -> (Measured, PathBuf) {
        let folder = self.prepare(name, mode, limits, use_pool, more);
        (host(&folder, ["run", &self.job, "--spec", "exp.toml"], &self.cache(), LONGEST), folder)
    }

    /// One mode of the guest `hostile` among good runs.
    pub fn attack(&self, name: &str, attack: &Attack, use_pool: bool) -> Row {
        let limits = attack.limits();
        let (ended, folder) = self.run(name, Some(attack.mode), &limits, use_pool, attack.capabilities);
        let codes = match attack.ends {
            ["ok"] => &[0][..],
            ends if ends.contains(&"ok") => &[0, 1],
            _ => &[1],
        };
        let mut problems = self.problems(&ended, &folder, &limits, codes);
        if problems.is_empty() {
            let run = format!("results.runs.run_set_00000.run_{POSITION:08}");
            // What a run has stored is shown in many ways; of the others there is only the reason.
            let shows: &[&[&str]] = match ended.code.unwrap_or(1) {
                0 if attack.tells => &[
                    &["show", "hdf5/t.hdf5", &run, "--width", "1000"],
                    &["show", "hdf5/t.hdf5", &run, "--json"],
                    &["ls", "hdf5/t.hdf5", &run],
                    &["runs", "hdf5/t.hdf5", "--json"],
                    &["export", "hdf5/t.hdf5", "--output", "out/t.sqlite"],
                    &["show", "out/t.sqlite", &run],
                ],
                0 => &[],
                _ => &[&["runs", "hdf5/t.hdf5", "--failed"]],
            };
            for args in shows {
                let shown = host(&folder, args.iter().copied(), &self.cache(), LONGEST);
                problems.extend(unescaped(&shown.said).map(|what| format!("{args:?}: {what}")));
                if shown.code != Some(0) {
                    problems.push(format!("{args:?}: exit code {:?}", shown.code));
                }
            }
        }
        let more =
            [(!use_pool).then_some("in a process"), attack.capabilities.split('\n').next().filter(|c| !c.is_empty())];
        let more: String = more.into_iter().flatten().map(|word| format!(", {word}")).collect();
        Row {
            name: format!("{}{more}", attack.mode),
            caught: String::new(),
            peak_mib: ended.peak_mib,
            seconds: ended.seconds,
            equal: None,
            files: stored(&folder).map(|file| (file, self.folder("good/hdf5/t.hdf5"))),
            repeatable: attack.capabilities.is_empty(),
            ends: attack.ends,
            problems,
        }
    }

    /// What is wrong with how the host has ended, and with what it has left.
    pub fn problems(&self, ended: &Measured, folder: &Path, limits: &Limits, codes: &[i32]) -> Vec<String> {
        let mut problems = Vec::new();
        if !ended.code.is_some_and(|code| codes.contains(&code)) {
            let said: String = ended.said.chars().take(2000).collect();
            problems
                .push(format!("exit code {:?} after {:.1} s and not {codes:?}:\n{said}", ended.code, ended.seconds));
        }
        let most = self.most_mib(limits);
        if ended.peak_mib > most {
            problems.push(format!("{} MiB of memory, where {most} are enough", ended.peak_mib));
        }
        problems.extend(unescaped(&ended.said));
        for log in files_below(&folder.join("logs")) {
            let text = fs::read(&log).expect("logs are readable");
            problems
                .extend(unescaped(&String::from_utf8_lossy(&text)).map(|what| format!("{}: {what}", log.display())));
        }
        self.clear(folder);
        for file in files_below(folder) {
            let name = file.strip_prefix(folder).expect("below").display().to_string();
            let ours = ["hdf5/t.hdf5", "hdf5/t.hdf5.part", "hdf5/t.cnt", "exp.toml", "canary.txt", "job.wasm"];
            if !ours.contains(&name.as_str()) && !name.starts_with("logs/t/") && !name.starts_with("cache/") {
                problems.push(format!("`{name}` is new"));
            }
        }
        if fs::read_to_string(folder.join("canary.txt")).ok().as_deref() != Some(CANARY) {
            problems.push("the canary beside the granted folder is not as it was".into());
        }
        problems
    }

    /// Empties the folder that the guest may write to.
    fn clear(&self, folder: &Path) {
        // What the guest made in its own folder may be many files, or deep.
        let removed = Command::new("rm").arg("-rf").arg(folder.join("out")).status().expect("rm starts");
        assert!(removed.success(), "what a guest makes can be removed");
        fs::create_dir(folder.join("out")).expect("folders can be made");
    }

    /// Reads all files by h5py: how each attack has ended, and whether its neighbours are those of the file without it.
    pub fn compare(&self, report: &mut Report) {
        let files: BTreeSet<&PathBuf> =
            report.rows.iter().filter_map(|row| row.files.as_ref()).flat_map(|(file, good)| [file, good]).collect();
        let read = python("check_hostile.py", &files);
        let read = read.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let read: BTreeMap<PathBuf, _> = files.into_iter().cloned().zip(read).collect();
        for row in &mut report.rows {
            let Some((file, good)) = &row.files else { continue };
            let (runs, good) = (&read[file], &read[good]);
            let hostile = &runs[POSITION];
            let status = hostile["status"].as_str().expect("text");
            let failure = hostile["failure"].as_str().expect("text");
            row.caught = caught(status, failure);
            if !row.ends.contains(&status) {
                row.problems.push(format!("ended as {status} and not as {:?}: {failure}", row.ends));
            }
            if status != "ok" && hostile["stored"] != serde_json::json!([]) {
                row.problems.push(format!("something of it is stored: {}", hostile["stored"]));
            }
            row.problems.extend(unescaped(failure));
            let stored = |at: usize| good[at]["digest"].as_array().is_some_and(|digest| !digest.is_empty());
            let is_equal = |at: usize| {
                assert!(stored(at), "there is something to compare");
                runs[at]["status"] == "ok" && (runs[at] == good[at] || !row.repeatable)
            };
            let equal = (0..RUNS).filter(|at| *at != POSITION).all(is_equal);
            row.equal = Some(equal);
            if !equal {
                row.problems.push(format!("its neighbours are not as without it: {runs}"));
            }
        }
        assert_eq!(
            surroundings(self.scratch.path()),
            self.before,
            "something outside of the granted folders has changed"
        );
    }
}

/// What stopped an attack, in a few words.
fn caught(status: &str, failure: &str) -> String {
    let key = failure.split_once("[limits] ").map(|(_, key)| key.trim_end_matches([')', '`']).to_owned());
    match (status, key) {
        ("ok", _) => "refused, or did no harm".into(),
        (status, Some(key)) => format!("{status}: `{}`", key.split([' ', ')']).next().unwrap_or(status)),
        (status, None) => {
            let words: String = failure.chars().take(90).collect();
            format!("{status}: {words}")
        }
    }
}

/// What acts on a terminal in what the host has said, apart from its own colours.
pub fn unescaped(said: &str) -> Option<String> {
    let mut rest = said;
    let mut plain = String::with_capacity(said.len());
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest = match end.strip_prefix('m') {
            Some(end) => end,
            None => {
                plain.push('\u{1b}');
                after
            }
        };
    }
    plain.push_str(rest);
    let at = plain.find(|c: char| c != '\n' && c != '\t' && host::trajectory::deceives(c))?;
    let around: String = plain[at..].chars().take(40).flat_map(char::escape_debug).collect();
    let before: String = plain[..at].chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
    Some(format!("unescaped: {before}>>>{around}"))
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        match path.symlink_metadata().expect("metadata").is_dir() {
            true => found.extend(files_below(&path)),
            false => found.push(path),
        }
    }
    found
}

/// A digest of the names, sizes, times of change and kinds of everything that no attack is granted. No more is kept, as
/// a program inherits the largest memory of the one that starts it.
fn surroundings(scratch: &Path) -> u64 {
    let mut all = files_below(&scratch.join("data"));
    all.push(scratch.join("canary.txt"));
    all.sort();
    let mut digest = DefaultHasher::new();
    for path in all {
        let about = path.symlink_metadata().expect("metadata");
        (path, about.size(), about.mtime(), about.mtime_nsec(), about.mode()).hash(&mut digest);
    }
    digest.finish()
}

/// The file of results, if there is one.
pub fn stored(folder: &Path) -> Option<PathBuf> {
    Some(folder.join("hdf5/t.hdf5")).filter(|file| file.is_file())
}

#[test]
fn what_acts_on_a_terminal_is_seen() {
    assert_eq!(unescaped("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m plain ü\n"), None);
    for text in ["a\u{1b}[2J", "\u{1b}]0;owned\u{7}", "\u{9b}31m", "a\rb", "\u{202e}", "\u{1b}[31", "\0"] {
        assert!(unescaped(text).is_some(), "{text:?}");
    }
}
