//! The contract, as this program carries it.

use std::{fs, io, path::Path};

/// The files of the contract, by their names.
pub const WIT: [(&str, &str); 4] = *carried!("wit", ["class.wit", "job.wit", "single-run.wit", "types.wit"]);

/// Writes the contract into `folder`, for tools that read it. Files that are right already are left alone.
///
/// # Errors
/// The folder cannot be made, or a file not be written.
pub fn write_wit(folder: &Path) -> io::Result<()> {
    write_files(folder, &WIT)
}

/// Writes text files below `folder`, and touches none that is right already: compilers look at times.
pub(super) fn write_files(folder: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|found| found == text.as_bytes()) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_contract_is_carried() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, WIT.map(|(name, _)| name));
    }

    #[test]
    fn files_that_are_right_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        write_wit(folder.path()).unwrap();
        let job = folder.path().join("job.wit");
        let before = fs::metadata(&job).unwrap().modified().unwrap();
        fs::write(folder.path().join("types.wit"), "of another version").unwrap();
        write_wit(folder.path()).unwrap();
        assert_eq!(fs::metadata(&job).unwrap().modified().unwrap(), before);
        assert_eq!(fs::read_to_string(folder.path().join("types.wit")).unwrap(), WIT[3].1);
    }
}
