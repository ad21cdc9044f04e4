//! The files of ours that jobs are built with: this program carries them, so whoever has it has them.

/// Files of a folder of this repository, by their names there: `carried!("wit", ["job.wit", "types.wit"])` is a slice of names and
/// texts.
macro_rules! carried {
    ($folder:literal, [$($name:literal),* $(,)?]) => {
        &[$((
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../", $folder, "/", $name)),
        )),*]
    };
}
