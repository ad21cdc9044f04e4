//! [`Template`]: what a job begins as.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{BuildError, Language, c, js, numpy, python, rust, zig};

/// The name that stands in templates where the job's own belongs.
const NAME: &str = "my_job";

/// The files that a job in one language begins as.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    files: &'static [(&'static str, &'static str)],
}

impl Template {
    /// The one for a language.
    pub fn of(language: Language) -> Self {
        let files = match language {
            Language::Rust => rust::TEMPLATE,
            Language::C => c::TEMPLATE,
            Language::Cpp => c::TEMPLATE_CPP,
            Language::Python => python::TEMPLATE,
            Language::Numpy => numpy::TEMPLATE,
            Language::Js => js::TEMPLATE,
            Language::Zig => zig::TEMPLATE,
        };
        Self { files }
    }

    /// Writes the files into `folder`, which is made if it isn't there, with the folder's name as that of the job.
    /// Returns their names.
    ///
    /// # Errors
    /// The folder holds something already, or a file can't be written.
    pub fn write(self, folder: &Path) -> Result<Vec<&'static str>, BuildError> {
        let failed = |path: PathBuf| move |source: io::Error| BuildError::Write { path, source };
        fs::create_dir_all(folder).map_err(failed(folder.to_owned()))?;
        let unreadable = |source| BuildError::Folder { folder: folder.to_owned(), source };
        if let Some(entry) = fs::read_dir(folder).map_err(unreadable)?.next() {
            let entry = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
            return Err(BuildError::NotEmpty { folder: folder.to_owned(), entry });
        }
        let name = job_name(&folder.canonicalize().map_err(unreadable)?);
        for (file, text) in self.files {
            let path = folder.join(file);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(failed(parent.to_owned()))?;
            }
            fs::write(&path, text.replace(NAME, &name)).map_err(failed(path))?;
        }
        Ok(self.files.iter().map(|(file, _)| *file).collect())
    }
}

/// The name of a folder as one that trajectories and packages of every language may have.
fn job_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    match name.trim_matches('_') {
        "" => NAME.to_owned(),
        // Words that Cargo takes for itself, or that no name begins with.
        name if name.starts_with(|c: char| c.is_ascii_digit()) || matches!(name, "test" | "core" | "std" | "alloc") => {
            format!("job_{name}")
        }
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_folder_names_the_job() {
        let named =
            ["sweep", "My Job-2", "2026", "__", "ising.model", "test", "Größe"].map(|name| job_name(Path::new(name)));
        assert_eq!(named, ["sweep", "my_job_2", "job_2026", "my_job", "ising_model", "job_test", "gr__e"]);
    }

    proptest! {
        #[test]
        fn every_folder_gives_a_name(folder in "[^/]{1,20}") {
            let name = job_name(Path::new(&folder));
            prop_assert!(name.starts_with(|c: char| c.is_ascii_lowercase()));
            prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        }
    }

    #[test]
    fn a_folder_with_something_in_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "").unwrap();
        let refused = Template::of(Language::Rust).write(folder.path()).unwrap_err();
        assert!(matches!(&refused, BuildError::NotEmpty { entry, .. } if entry == "thesis.tex"), "{refused}");
    }

    #[test]
    fn every_template_has_what_a_job_needs() {
        for language in Language::ALL {
            let template = Template::of(language);
            for needed in ["exp.toml", "README.md", ".gitignore"] {
                assert!(template.files.iter().any(|(file, _)| *file == needed), "{language}: {needed}");
            }
        }
    }
}
