//! Bytes as a component: of a job, and of a class of the user's own.

use std::time::Duration;

use host::{
    sandbox::{Class, ClassOptions, Job, JobOptions},
    spec::Limits,
};

use super::place;

/// It is compiled and says what it is, within its limits, or is refused with a message of sensible length.
pub fn component(bytes: &[u8]) {
    let path = place::file("any.wasm", bytes);
    let limits = Limits {
        timeout: Some(Duration::from_millis(200)),
        memory: 16 << 20,
        stack: 256 << 10,
        results: 1 << 20,
        log: 1 << 10,
        ..Limits::default()
    };
    let cache = place::folder().join("cache");
    let options = JobOptions { limits: limits.clone(), cache: Some(cache.clone()), ..JobOptions::default() };
    match Job::load(&path, &options) {
        Ok(job) => {
            let manifest = job.manifest();
            assert_eq!(manifest.map_err(|why| said(&why)).ok(), job.manifest().ok(), "it says the same twice");
            let again = Job::load(&path, &options).unwrap_or_else(|why| panic!("it was taken before: {why}"));
            assert_eq!(again.sha256(), job.sha256());
        }
        Err(why) => said(&why),
    }
    let options = ClassOptions { limits, cache: Some(cache.clone()), ..ClassOptions::default() };
    if let Err(why) = Class::load(&path, &options) {
        said(&why);
    }
    let _ = std::fs::remove_dir_all(cache);
}

/// A message may quote what the component says, but not all that it could say.
fn said(why: &dyn std::error::Error) {
    let length = why.to_string().len();
    assert!((1..20_000).contains(&length), "a message of {length} bytes");
}
