//! The shim, compiled, and processes that run with it.

use std::{
    ffi::OsString,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use crate::support::repository;

/// What is done to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing; its steps are counted.
    Count,
    /// It is killed at a step.
    Kill(u64, When),
    /// A step fails with this error.
    Fail(u64, When, i32),
    /// This step and what follows fail with this error.
    FailFrom(u64, When, i32),
    /// Its steps are recorded with their data.
    Record,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Before,
    /// Half of a write is done.
    Middle,
    After,
}

/// A line of the shim's log.
#[derive(Clone, Debug)]
pub struct Step {
    pub number: u64,
    pub call: String,
    /// What was done to it: `done`, `failed` …
    pub done: String,
    pub path: PathBuf,
}

/// How a process has ended.
#[derive(Debug)]
pub struct Ended {
    pub output: Output,
    pub steps: Vec<Step>,
}

impl Ended {
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// What it said, for those who wonder.
    pub fn said(&self) -> String {
        format!("exit {:?}\n{}{}", self.code(), self.stdout(), self.stderr())
    }

    /// Whether anything was done to it.
    pub fn was_disturbed(&self) -> bool {
        self.steps.iter().any(|step| step.done != "done")
    }
}

/// The compiled shim; what the compiler warns of is an error.
pub fn compiled() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let folder = repository().join("target/disk-shim");
        fs::create_dir_all(&folder).expect("a folder for the shim");
        let new = folder.join(format!("shim.{}.so", std::process::id()));
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-o"])
            .arg(&new)
            .args(["step.c", "data.c", "names.c"].map(|name| repository().join("tests/disk/shim").join(name)))
            .args(["-ldl", "-lpthread"])
            .output()
            .expect("a C compiler");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        // Several test processes at once each see a whole file.
        let shim = folder.join("shim.so");
        fs::rename(&new, &shim).expect("the shim gets its name");
        shim
    })
}

/// Nothing here takes as long; whoever does not end by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that may be disturbed.
pub struct Process<'a> {
    pub place: &'a Path,
    /// A folder for what the shim writes, elsewhere.
    pub notes: &'a Path,
    pub mode: Mode,
}

impl Process<'_> {
    /// The recording, if there is one.
    pub fn recording(notes: &Path) -> PathBuf {
        notes.join("recording")
    }

    /// Runs the real binary in the place until it ends.
    pub fn host(&self, args: &[OsString]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        command.args(args);
        self.run(command)
    }

    /// Runs a command in the place until it ends, without the shim.
    pub fn run_without_shim(&self, mut command: Command) -> Ended {
        self.prepare(&mut command);
        Ended { output: self.wait(command), steps: Vec::new() }
    }

    fn prepare(&self, command: &mut Command) {
        command.current_dir(self.place).env_remove("RUST_LOG").env("NO_COLOR", "1");
        command.env("XDG_CACHE_HOME", repository().join("target/test-cache"));
    }

    /// Runs a command in the place until it ends.
    pub fn run(&self, mut command: Command) -> Ended {
        let (state, log) = (self.notes.join("state"), self.notes.join("log"));
        fs::write(&state, [0; 8]).expect("notes can be written");
        fs::write(&log, "").expect("notes can be written");
        fs::write(Self::recording(self.notes), "").expect("notes can be written");
        let (name, at, when, error, goes_on) = match self.mode {
            Mode::Count => ("count", 0, When::Before, 0, false),
            Mode::Record => ("record", 0, When::Before, 0, false),
            Mode::Kill(at, when) => ("kill", at, when, 0, false),
            Mode::Fail(at, when, error) => ("fail", at, when, error, false),
            Mode::FailFrom(at, when, error) => ("fail", at, when, error, true),
        };
        self.prepare(&mut command);
        command
            .env("LD_PRELOAD", compiled())
            .env("DISK_WATCH", fs::canonicalize(self.place).expect("a place"))
            .env("DISK_STATE", state)
            .env("DISK_LOG", &log)
            .env("DISK_RECORD", Self::recording(self.notes))
            .env("DISK_CLOCK", "1")
            .env("DISK_MODE", name)
            .env("DISK_AT", at.to_string())
            .env("DISK_WHEN", format!("{when:?}").to_lowercase())
            .env("DISK_ERROR", error.to_string())
            .env("DISK_ON", if goes_on { "1" } else { "0" })
            // The shim kills the whole group.
            .process_group(0);
        let output = self.wait(command);
        let steps = fs::read_to_string(&log).expect("a log").lines().map(parse).collect();
        Ended { output, steps }
    }

    fn wait(&self, mut command: Command) -> Output {
        let [stdout, stderr] = ["stdout", "stderr"].map(|name| self.notes.join(name));
        let file = |path: &Path| Stdio::from(fs::File::create(path).expect("notes can be written"));
        let mut child = command.stdout(file(&stdout)).stderr(file(&stderr)).spawn().expect("the binary starts");
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            if begin.elapsed() > PATIENCE {
                child.kill().expect("it can be killed");
                child.wait().expect("it ends");
                let said = fs::read_to_string(&stderr).unwrap_or_default();
                panic!("{:?}: it does not end by itself\n{said}", self.mode);
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let read = |path: &Path| fs::read(path).expect("notes can be read");
        Output { status, stdout: read(&stdout), stderr: read(&stderr) }
    }
}

/// Reads a line of the log: number, call, offset, length, what was done, path.
fn parse(line: &str) -> Step {
    let mut words = line.splitn(6, ' ');
    let mut word = || words.next().expect("a line has six words").to_owned();
    let (number, call) = (word().parse().expect("a number"), word());
    let (_offset, _length) = (word(), word());
    Step { number, call, done: word(), path: word().into() }
}

mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::disk::scenario::{ALONE, Before, HDF5, LONG, QUEUE, SQLITE, Scenario, Stage};

    /// Calls by their kind and file, as often as they were made.
    type Counts = BTreeMap<(String, PathBuf), usize>;

    #[test]
    fn the_log_is_what_the_kernel_saw() {
        if !Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).status().is_ok_and(|ended| ended.success()) {
            println!("disk: the log of the shim is not compared, because strace is missing or may not trace here");
            return;
        }
        for (file, before, environment) in [
            (HDF5, Before::Other, QUEUE),
            (HDF5, Before::Begun, ALONE),
            (HDF5, Before::Nothing, "use_pool = false"),
            (SQLITE, Before::Same, ALONE),
        ] {
            let stage = Stage::new(Scenario { file, before, environment, length: LONG });
            stage.reset();
            let place = stage.place().canonicalize().expect("a place");
            let trace = stage.notes().join("trace");
            let mut command = Command::new("strace");
            command.args(["-f", "-y", "-s", "0", "-e", CALLS, "-o"]).arg(&trace);
            command.arg(env!("CARGO_BIN_EXE_host")).args(stage.args());
            let ended = stage.process(Mode::Count, |process| process.run(command));
            assert_eq!(ended.code(), Some(1), "{}", ended.said());
            let mut logged = Counts::new();
            for step in ended.steps {
                *logged.entry((family(&step.call).to_owned(), step.path)).or_default() += 1;
            }
            let seen = seen(&fs::read_to_string(&trace).expect("a trace"), &place);
            assert!(seen.values().sum::<usize>() > 100, "{seen:?}");
            // Several threads may want to make the same folder, and only one of them does.
            let once = |counts: &mut Counts| {
                counts.iter_mut().filter(|((call, _), _)| call == "mkdir").for_each(|(_, count)| *count = 1);
            };
            let (mut logged, mut seen) = (logged, seen);
            once(&mut logged);
            once(&mut seen);
            assert_eq!(logged, seen, "{file} over {before:?}");
            println!("disk: {} calls are what the kernel saw", seen.values().sum::<usize>());
        }
    }

    /// Everything by which a process changes a disk.
    const CALLS: &str = "trace=open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,\
                         fallocate,fsync,fdatasync,sync_file_range,syncfs,sync,msync,rename,renameat,renameat2,link,\
                         linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,mknod,mknodat,rmdir,copy_file_range,\
                         sendfile,splice,ioctl,fchmod,chmod,fchmodat,fchown,chown,fchownat,utimensat,setxattr,\
                         fsetxattr,mmap,io_uring_setup";

    /// Calls that do the same have the same name.
    fn family(call: &str) -> &str {
        match call {
            "openat" | "creat" => "open",
            "pwrite64" | "writev" | "pwritev" | "pwritev2" => "write",
            "ftruncate" => "truncate",
            "fallocate" => "allocate",
            "renameat" | "renameat2" => "rename",
            "linkat" => "link",
            "unlinkat" => "unlink",
            "mkdirat" => "mkdir",
            "copy_file_range" | "sendfile" | "splice" => "copy",
            "fchmod" | "fchmodat" => "chmod",
            "fchown" | "fchownat" => "chown",
            "utimensat" => "utimens",
            other => other,
        }
    }

    /// The calls of a trace that change what lies below `place`.
    fn seen(trace: &str, place: &Path) -> Counts {
        let mut counts = Counts::new();
        for line in trace.lines() {
            // `123 call(arguments…`; what was interrupted is continued in another line, which says `resumed`.
            let Some((_, rest)) = line.split_once(' ') else { continue };
            let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
            if rest.contains(" resumed>") || !call.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            {
                continue;
            }
            let opens = matches!(call, "open" | "openat" | "openat2");
            let changes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| arguments.contains(flag));
            let shares = ["PROT_WRITE", "MAP_SHARED"].iter().all(|flag| arguments.contains(flag));
            // Where there is no such folder, nothing is changed, and nobody can tell which one was meant.
            if rest.contains("= -1 ENOENT")
                || opens && !changes
                || call == "mmap" && !shares
                || call == "ioctl" && !arguments.contains("FICLONE")
            {
                continue;
            }
            let Some(path) = path(call, arguments, place) else { continue };
            if path.starts_with(place) {
                *counts.entry((family(call).to_owned(), path)).or_default() += 1;
            }
        }
        counts
    }

    /// The file that a call changes.
    fn path(call: &str, arguments: &str, place: &Path) -> Option<PathBuf> {
        let quoted = |part: &str| part.split('"').nth(1).map(|name| place.join(name.trim_end_matches('/')));
        let descriptor = |part: &str| Some(PathBuf::from(part.split_once('<')?.1.split_once('>')?.0));
        match call {
            "rename" | "link" | "symlink" => quoted(arguments.split_once(", ")?.1),
            "renameat" | "renameat2" | "linkat" => quoted(arguments.split_once("\", ")?.1),
            "copy_file_range" | "splice" => descriptor(arguments.split_once(", ")?.1.split_once(", ")?.1),
            "mmap" => descriptor(arguments.splitn(5, ", ").nth(4)?),
            // `utimensat(3</path>, NULL, …` is what `futimens` calls.
            _ if arguments.contains('"')
                && !matches!(call, "write" | "pwrite64" | "writev" | "pwritev" | "pwritev2") =>
            {
                quoted(arguments)
            }
            _ => descriptor(arguments),
        }
    }
}
