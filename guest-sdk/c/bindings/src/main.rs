//! Writes the bindings of C beside this package, as `wit-bindgen` makes them from `wit/`.
//!
//! They are committed, so that whoever writes a job in C needs no `wit-bindgen`; a test compares them.

use std::error::Error;
use std::fs;
use std::path::Path;

use wit_bindgen_core::{Files, wit_parser::Resolve};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// Says what has changed since they were written last.
fn main() -> Result<(), Box<dyn Error>> {
    for (name, content) in bindings()? {
        let path = Path::new(FOLDER).join(&name);
        let unchanged = fs::read(&path).is_ok_and(|before| before == content);
        fs::write(path, content)?;
        println!("{name}: {}", if unchanged { "unchanged" } else { "written" });
    }
    Ok(())
}

/// The header, the code and the object with the type of the component, of the world `described-job`.
fn bindings() -> Result<Vec<(String, Vec<u8>)>, Box<dyn Error>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(Path::new(FOLDER).join("../../../wit"))?;
    let world = resolve.select_world(&[package], Some("described-job"))?;
    let short = |interface: &str, name: &str| (format!("host:exploration/{interface}@0.1.0"), name.to_owned());
    let options = wit_bindgen_c::Opts {
        rename: vec![short("types", "wit"), short("description", "wit_description"), short("single-run", "wit_run")],
        rename_world: Some("contract".to_owned()),
        ..wit_bindgen_c::Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    Ok(files.iter().map(|(name, content)| (name.to_owned(), content.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_bindings_are_those_of_the_contract() {
        let bindings = bindings().expect("C has a word for everything in the contract");
        assert_eq!(bindings.len(), 3);
        for (name, content) in bindings {
            let committed = fs::read(Path::new(FOLDER).join(&name)).unwrap_or_default();
            assert!(
                committed == content,
                "guest-sdk/c/bindings/{name} is not what wit/ says; `cargo run -p c-bindings` writes it anew"
            );
        }
    }
}
