//! Compiled jobs are taken from the cache only if nobody else could have put them there.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
};

use super::*;

/// A cache with one job in it, in a directory that goes away.
struct Scratch {
    _dir: tempfile::TempDir,
    cache: PathBuf,
    wasm: Vec<u8>,
}

impl Scratch {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("deep/cache");
        let wasm = Guest::new(r#"(drop (call $add_real "z" (f64.const 7)))"#).component();
        let scratch = Self { _dir: dir, cache, wasm };
        scratch.load_and_run();
        scratch
    }

    /// What loading logs; the job must work in any case.
    fn load_and_run(&self) -> String {
        let options = JobOptions { cache: Some(self.cache.clone()), ..JobOptions::default() };
        let mut job = None;
        let log = logged(|| job = Some(load(&self.wasm, options).unwrap()));
        assert_eq!(results(&run(&job.unwrap())[0]), ["z.z=7.0"]);
        log
    }

    fn file(&self) -> PathBuf {
        let files = files(&self.cache);
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    fn mode(&self, path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }
}

#[test]
fn a_compiled_job_is_used_again() {
    let scratch = Scratch::new();
    assert_eq!(scratch.mode(&scratch.cache), 0o700);
    assert_eq!(scratch.mode(&scratch.file()), 0o600);
    let inode = fs::metadata(scratch.file()).unwrap().ino();
    assert_eq!(scratch.load_and_run(), "");
    assert_eq!(fs::metadata(scratch.file()).unwrap().ino(), inode, "it was not compiled again");
}

#[test]
fn settings_have_files_of_their_own() {
    let scratch = Scratch::new();
    let options = JobOptions { cache: Some(scratch.cache.clone()), strict_nan: true, ..JobOptions::default() };
    load(&scratch.wasm, options).unwrap();
    assert_eq!(files(&scratch.cache).len(), 2);
}

#[test]
fn damage_is_noticed_and_repaired() {
    let scratch = Scratch::new();
    let original = fs::read(scratch.file()).unwrap();
    let mut tampered = original.clone();
    let middle = tampered.len() / 2;
    tampered[middle] ^= 1;
    let cut = original[..100].to_vec();
    for damaged in [tampered, cut, Vec::new(), b"#!/bin/sh\n".to_vec()] {
        fs::write(scratch.file(), damaged).unwrap();
        assert!(scratch.load_and_run().contains("is damaged"));
        assert_eq!(scratch.load_and_run(), "", "it was repaired");
    }
}

#[test]
fn loose_permissions_are_not_trusted() {
    let scratch = Scratch::new();
    fs::set_permissions(scratch.file(), fs::Permissions::from_mode(0o620)).unwrap();
    assert!(scratch.load_and_run().contains("is writable by others"));
    assert_eq!(scratch.mode(&scratch.file()), 0o600, "it was replaced");
    fs::set_permissions(&scratch.cache, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(scratch.load_and_run().contains("is writable by others"));
}

#[test]
fn links_are_not_followed() {
    let scratch = Scratch::new();
    let (file, elsewhere) = (scratch.file(), scratch.cache.with_extension("elsewhere"));
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert!(scratch.load_and_run().contains("is a symbolic link"));
    assert!(!fs::symlink_metadata(&file).unwrap().is_symlink(), "it was replaced");
    let other = scratch.cache.with_extension("link");
    symlink(&scratch.cache, &other).unwrap();
    let log = logged(|| {
        load(&scratch.wasm, JobOptions { cache: Some(other), ..JobOptions::default() }).unwrap();
    });
    assert!(log.contains("not a directory itself"), "{log}");
}

#[test]
fn a_cache_that_cannot_be_made_is_no_error() {
    let scratch = Scratch::new();
    let options = JobOptions { cache: Some(scratch.file().join("below/a/file")), ..JobOptions::default() };
    let mut job = None;
    let log = logged(|| job = Some(load(&scratch.wasm, options).unwrap()));
    assert!(log.contains("not kept"), "{log}");
    assert_eq!(results(&run(&job.unwrap())[0]), ["z.z=7.0"]);
}
