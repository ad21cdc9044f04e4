//! [`Launch`]: how the runs of an exploration are made. It stands in the journal and in the file of results, so that
//! either is enough to go on.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    sandbox::{Job, JobOptions},
    spec::{EnvironmentOptions, FailurePolicy, StorageOptions},
    storage::Head,
    trajectory::Value,
};

/// Everything but the trajectory that must be known to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Launch {
    format: u32,
    /// The file of results, with its whole path.
    pub(super) file: PathBuf,
    /// Whether that file was there before, with whatever else it held.
    pub(super) existed: bool,
    /// When the trajectory was made that this one replaces (`--overwrite`), in seconds since 1970.
    pub(super) replaces: Option<f64>,
    pub(super) environment: EnvironmentOptions,
    pub(super) storage: StorageOptions,
    pub(super) failure: FailurePolicy,
    pub(super) component: PathBuf,
    /// Its SHA-256 is among these.
    job: JobOptions,
    /// Arguments and keyword arguments of the job: JSON has no NaN.
    given: String,
    /// The SHA-256 of the classes, in the order of their components.
    pub(super) classes: Vec<String>,
    pub(super) provenance: Vec<(String, String)>,
}

/// Version of what [`Launch::text`] writes.
const FORMAT: u32 = 1;

type Given = (Vec<Value>, Vec<(String, Value)>);

impl Launch {
    /// How `job` is run in this environment. Paths become whole ones.
    pub(super) fn new(
        job: &Job,
        environment: &EnvironmentOptions,
        storage: &StorageOptions,
        failure: FailurePolicy,
        file: &Path,
        provenance: &[(String, String)],
    ) -> Self {
        let mut options = job.options();
        let given: Given = (std::mem::take(&mut options.args), std::mem::take(&mut options.kwargs));
        let given = postcard::to_allocvec(&given).expect("values can be written");
        let mut environment = environment.clone();
        environment.log_folder = absolute(&environment.log_folder);
        environment.dynamically_imported_classes = job.classes().iter().map(|class| absolute(class.path())).collect();
        Self {
            format: FORMAT,
            file: absolute(file),
            existed: file.exists(),
            replaces: None,
            environment,
            storage: storage.clone(),
            failure,
            component: absolute(job.component()),
            job: options,
            given: given.iter().map(|byte| format!("{byte:02x}")).collect(),
            classes: job.classes().iter().map(|class| class.sha256().to_owned()).collect(),
            provenance: provenance.to_vec(),
        }
    }

    /// As it is kept.
    ///
    /// # Errors
    /// A path in it is no text.
    pub(super) fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Of a head that was kept.
    ///
    /// # Errors
    /// It says nothing, or nothing that this version understands; in words.
    pub(super) fn of(head: &Head) -> Result<Self, String> {
        Self::of_text(head.launch.as_deref())
    }

    /// Of the text that was kept, if there was one.
    ///
    /// # Errors
    /// As [`Launch::of`].
    pub(super) fn of_text(text: Option<&str>) -> Result<Self, String> {
        let text = text.ok_or("it does not say how its runs are made")?;
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if format > FORMAT {
            return Err(format!("it was written by a newer version (format {format}, this one knows {FORMAT})"));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// How the job is loaded, its classes aside.
    ///
    /// # Errors
    /// The arguments make no sense; in words.
    pub(super) fn job(&self) -> Result<JobOptions, String> {
        let digits = self
            .given
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
        let bytes: Option<Vec<u8>> = digits.collect();
        let given = bytes.and_then(|bytes| postcard::from_bytes::<Given>(&bytes).ok());
        let (args, kwargs) = given.ok_or("the arguments of its job make no sense")?;
        Ok(JobOptions { args, kwargs, ..self.job.clone() })
    }

    /// The hash of the component that it began with.
    pub(super) fn sha256(&self) -> Option<&str> {
        self.job.sha256.as_deref()
    }

    /// The same after everything was moved: `folder` is where the journal or the file of results is now. What lay in a
    /// certain place relative to the results and lies there still is taken from there.
    pub(super) fn moved_to(mut self, folder: &Path) -> Self {
        let (Some(from), Some(name)) = (self.file.parent().map(Path::to_owned), self.file.file_name()) else {
            return self;
        };
        let here = folder.join(name);
        let part = folder.join(format!("{}.part", name.to_string_lossy()));
        // Whoever has moved the journal alone means the file that it belongs to.
        if same_folder(&from, folder) || from.exists() && !here.exists() && !part.exists() {
            return self;
        }
        let there = |path: &Path| moved(path, &from, folder).filter(|there| there.exists());
        if let Some(component) = there(&self.component) {
            self.component = component;
        }
        if let Some(logs) = moved(&self.environment.log_folder, &from, folder) {
            self.environment.log_folder = logs;
        }
        for class in &mut self.environment.dynamically_imported_classes {
            if let Some(there) = there(class) {
                *class = there;
            }
        }
        for dir in &mut self.job.grants.dirs {
            if let Some(there) = there(&dir.host) {
                dir.host = there;
                // It may have been copied.
                dir.identity = None;
            }
        }
        self.file = here;
        self
    }
}

/// `path` as a whole path, without asking whether it is there.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn same_folder(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// Where `path` is after `from` has become `to`, if both lie in one folder that was moved as a whole.
fn moved(path: &Path, from: &Path, to: &Path) -> Option<PathBuf> {
    let common = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let shared = from.components().take(common).filter(|part| matches!(part, Component::Normal(_))).count();
    if shared == 0 {
        return None;
    }
    let mut place = to.to_owned();
    for part in from.components().skip(common).collect::<Vec<_>>().into_iter().rev() {
        // A folder that has got another name was not moved together with the results.
        if place.file_name() != Some(part.as_os_str()) || !place.pop() {
            return None;
        }
    }
    Some(path.components().skip(common).fold(place, |place, part| place.join(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_together_is_found() {
        let moved = |path: &str, from: &str, to: &str| {
            moved(Path::new(path), Path::new(from), Path::new(to)).map(|path| path.display().to_string())
        };
        let there = |path: &str| Some(path.to_owned());
        assert_eq!(moved("/a/p/job.wasm", "/a/p/hdf5", "/b/q/hdf5"), there("/b/q/job.wasm"));
        assert_eq!(moved("/a/p/logs/x", "/a/p/out/hdf5", "/b/out/hdf5"), there("/b/logs/x"));
        assert_eq!(moved("/a/p/hdf5/job.wasm", "/a/p/hdf5", "/b/r"), there("/b/r/job.wasm"));
        // Only the folder of the results was moved, and renamed.
        assert_eq!(moved("/a/p/job.wasm", "/a/p/hdf5", "/b/results"), None);
        // These have nothing in common.
        assert_eq!(moved("/usr/job.wasm", "/a/p/hdf5", "/b/hdf5"), None);
    }
}
