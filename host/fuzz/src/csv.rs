//! Bytes as a CSV file that a spec names.

use host::spec::{Overrides, SpecFile};

use super::{memory, place, spec::check};

/// A column is explored, or refused with the place.
pub fn csv(bytes: &[u8]) {
    let path = place::file("data.csv", bytes);
    for parameters in ["", "x = 1.5", "x = \"text\""] {
        for column in ["a", "b", ""] {
            let spec = format!(
                "spec = 1\n[parameters]\n{parameters}\n[explore.axes]\nx = {{ file = \"data.csv\", column = \"{column}\" }}\n"
            );
            let spec = SpecFile::parse(&spec, &path.with_file_name("exp.toml")).expect("a right spec");
            let resolved = memory::bounded(64 * bytes.len() + (1 << 20), || spec.resolve(&Overrides::default(), None));
            match resolved {
                Ok(experiment) => {
                    check(&experiment);
                    let rows = experiment.trajectory.run_count();
                    assert!(rows <= bytes.len() as u64 + 1, "{rows} values in {} bytes", bytes.len());
                }
                Err(why) => assert!(!why.to_string().is_empty()),
            }
        }
    }
}
