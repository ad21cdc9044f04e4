//! Where attacks take place: a folder with what is granted, what is not, and a file to compare with.

use std::{
    collections::BTreeMap,
    ffi::CString,
    fs,
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
const LONGEST: Watch = Watch::seconds(60);
const CANARY: &str = "nobody touches this\n";

/// The folder of the test.
pub struct Stage {
    scratch: Scratch,
    job: String,
    class: PathBuf,
    /// The largest memory of a host with nothing but good runs.
    good_mib: u64,
    before: BTreeMap<PathBuf, (u64, i64, u32)>,
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

    fn run(
        &self,
        name: &str,
        mode: Option<&str>,
        limits: &Limits,
        use_pool: bool,
        more: &str,
    ) -> (Measured, PathBuf) {
        let folder = self.prepare(name, mode, limits, use_pool, more);
        (host(&folder, ["run", &self.job, "--spec", "exp.toml"], &self.cache(), LONGEST), folder)
    }

    /// One mode of the guest `hostile` among good runs.
    pub fn attack(&self, name: &str, attack: &Attack, use_pool: bool) -> Row {
        let limits = attack.limits();
        let (ended, folder) = self.run(name, Some(attack.mode), &limits, use_pool, attack.capabilities);
        let code = if attack.ends == ["ok"] { 0 } else { 1 };
        let mut problems = self.problems(&ended, &folder, &limits, code);
        if problems.is_empty() {
            for args in [
                &["runs", "hdf5/t.hdf5"][..],
                &["runs", "hdf5/t.hdf5", "--json"],
                &["ls", "hdf5/t.hdf5", &format!("results.runs.run_set_00000.run_{:08}", POSITION - (code as usize))],
                &["show", "hdf5/t.hdf5", &format!("run_{POSITION:08}"), "--width", "1000"],
            ] {
                problems.extend(unescaped(&host(&folder, args.iter().copied(), &self.cache(), LONGEST).said));
            }
        }
        let more = [(!use_pool).then_some("in a process"), attack.capabilities.split('\n').next().filter(|c| !c.is_empty())];
        let more: String = more.into_iter().flatten().map(|word| format!(", {word}")).collect();
        Row {
            name: format!("{}{more}", attack.mode),
            caught: String::new(),
            peak_mib: ended.peak_mib,
            seconds: ended.seconds,
            equal: None,
            file: Some(folder.join("hdf5/t.hdf5")).filter(|file| file.is_file()),
            ends: attack.ends,
            problems,
        }
    }

    /// What is wrong with how the host has ended, and with what it has left.
    pub fn problems(&self, ended: &Measured, folder: &Path, limits: &Limits, code: i32) -> Vec<String> {
        let mut problems = Vec::new();
        if ended.code != Some(code) {
            let said: String = ended.said.chars().take(2000).collect();
            problems.push(format!("exit code {:?} after {:.1} s and not {code}:\n{said}", ended.code, ended.seconds));
        }
        let most = self.most_mib(limits);
        if ended.peak_mib > most {
            problems.push(format!("{} MiB of memory, where {most} are enough", ended.peak_mib));
        }
        problems.extend(unescaped(&ended.said));
        for log in files_below(&folder.join("logs")) {
            let text = fs::read(&log).expect("logs are readable");
            problems.extend(unescaped(&String::from_utf8_lossy(&text)).map(|what| format!("{}: {what}", log.display())));
        }
        // What the guest made in its own folder may be many files, or deep.
        let removed = Command::new("rm").arg("-rf").arg(folder.join("out")).status().expect("rm starts");
        assert!(removed.success(), "what a guest makes can be removed");
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

    /// Reads all files by h5py: how each attack has ended, and whether its neighbours are those of the file without it.
    pub fn compare(&self, report: &mut Report) {
        let good = self.folder("good/hdf5/t.hdf5");
        let files: Vec<&PathBuf> = report.rows.iter().filter_map(|row| row.file.as_ref()).collect();
        let read = python("check_hostile.py", [&good].into_iter().chain(files));
        let mut read = read.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let good = read.next().expect("the good file");
        for row in report.rows.iter_mut().filter(|row| row.file.is_some()) {
            let runs = read.next().expect("a line for each file");
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
            let neighbours = (0..RUNS).filter(|at| *at != POSITION);
            let equal = neighbours.clone().all(|at| runs[at] == good[at] && runs[at]["status"] == "ok");
            assert!(neighbours.count() == RUNS - 1 && good[0]["digest"].as_array().is_some_and(|all| all.len() == 2));
            row.equal = Some(equal);
            if !equal {
                row.problems.push(format!("its neighbours are not as without it: {runs}"));
            }
        }
        assert_eq!(surroundings(self.scratch.path()), self.before, "something outside of the granted folders has changed");
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

/// Size, time of change and kind of everything that no attack is granted.
fn surroundings(scratch: &Path) -> BTreeMap<PathBuf, (u64, i64, u32)> {
    let mut all = files_below(&scratch.join("data"));
    all.push(scratch.join("canary.txt"));
    all.into_iter()
        .map(|path| {
            let about = path.symlink_metadata().expect("what was there is still there");
            (path, (about.size(), about.mtime(), about.mode()))
        })
        .collect()
}
