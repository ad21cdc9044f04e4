//! What the tests share: the repository, scratch folders, the real binary, the Python readers.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("host lies in the repository").to_owned()
}

/// A folder of one test, removed when the test ends.
pub struct Scratch(TempDir);

impl Scratch {
    pub fn new() -> Self {
        Self(tempfile::Builder::new().prefix("host-test-").tempdir().expect("a scratch folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file below the folder and returns its path.
    pub fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders can be made");
        fs::write(&path, content).expect("files can be written");
        path
    }

    /// Starts the real binary in this folder.
    pub fn host<I: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Ended {
        self.host_with(&[], args)
    }

    /// Starts the real binary in this folder, with variables.
    pub fn host_with<I: AsRef<std::ffi::OsStr>>(
        &self,
        variables: &[(&str, &str)],
        args: impl IntoIterator<Item = I>,
    ) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        command.args(args).current_dir(self.path()).env_remove("RUST_LOG").env("NO_COLOR", "1");
        // One cache for all tests, so that each guest is compiled once.
        command.env("XDG_CACHE_HOME", repository().join("target/test-cache"));
        // What jobs in Rust are compiled from is compiled once, too.
        command.env("HOST_GUEST_TARGET_DIR", repository().join("target/guests"));
        command.envs(variables.iter().copied());
        Ended { output: command.output().expect("the binary starts"), scratch: self.path().to_owned() }
    }

    /// Everything below the folder, as sorted relative paths.
    pub fn listing(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a readable folder") {
                let path = entry.expect("an entry").path();
                found.push(path.strip_prefix(self.path()).expect("below").display().to_string());
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// A process that has ended.
pub struct Ended {
    output: Output,
    scratch: PathBuf,
}

impl Ended {
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub fn stdout(&self) -> String {
        self.cleaned(&self.output.stdout)
    }

    pub fn stderr(&self) -> String {
        self.cleaned(&self.output.stderr)
    }

    /// Demands an exit code; otherwise shows what the process said.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr());
        self
    }

    /// Exit code and standard error, without the scratch folder's name: for snapshots of messages.
    pub fn message(&self) -> String {
        format!("exit {}\n{}", self.code().map_or("by signal".into(), |code| code.to_string()), self.stderr())
    }

    fn cleaned(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(&format!("{}/", self.scratch.display()), "")
    }
}

/// The component of a job in `tests/guests`, built by `tests/run.sh`.
#[track_caller]
pub fn guest(name: &str) -> PathBuf {
    built(repository().join("tests/guests").join(name).join("job.wasm"))
}

/// The component of an example, built by `examples/start.sh`.
#[track_caller]
pub fn example(name: &str) -> PathBuf {
    built(repository().join("examples").join(name).join("job.wasm"))
}

#[track_caller]
fn built(component: PathBuf) -> PathBuf {
    assert!(component.is_file(), "{} is missing; tests/run.sh builds it", component.display());
    component
}

/// Runs a script of `tests/python` in the pinned environment and returns what it prints.
#[track_caller]
pub fn python<I: AsRef<std::ffi::OsStr>>(script: impl AsRef<Path>, args: impl IntoIterator<Item = I>) -> String {
    let interpreter = repository().join("target/python/bin/python");
    assert!(interpreter.is_file(), "{} is missing; tests/run.sh installs it", interpreter.display());
    let output = Command::new(interpreter)
        .arg(repository().join("tests/python").join(&script))
        .args(args)
        .output()
        .expect("Python starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let script = script.as_ref().display();
    assert!(output.status.success(), "{script}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A reason without how much memory was wanted: that is up to the compiler of the guest, or to its engine.
pub fn without_amount(reason: &str) -> String {
    match reason.split_once(" wanted ") {
        Some((before, after)) => {
            format!("{before} wanted [n]{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => reason.to_owned(),
    }
}
