//! Bytes as a file of NumPy.

use host::{
    numpy::read_array,
    spec::{Overrides, SpecFile},
};

use super::{memory, place, spec::check};

/// An array is as large as the file that it comes from, and can be explored or is refused.
pub fn npy(bytes: &[u8]) {
    // A byte of text becomes a text with a length of its own.
    let most = 64 * bytes.len() + (1 << 20);
    match memory::bounded(most, || read_array(bytes)) {
        Ok(array) => assert!(array.len() <= bytes.len(), "{} elements in {} bytes", array.len(), bytes.len()),
        Err(why) => return assert!(!why.to_string().is_empty()),
    }
    let path = place::file("data.npy", bytes);
    for words in ["[explore.axes]\nx = { file = \"data.npy\" }", "[parameters]\nx = { file = \"data.npy\" }"] {
        let spec = SpecFile::parse(&format!("spec = 1\n{words}\n"), &path.with_file_name("exp.toml"));
        let spec = spec.expect("a right spec");
        match memory::bounded(most, || spec.resolve(&Overrides::default(), None)) {
            Ok(experiment) => check(&experiment),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
}
