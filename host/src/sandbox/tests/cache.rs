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

    fn file_if_one(&self) -> Option<PathBuf> {
        fs::read_dir(&self.cache).unwrap().find_map(|entry| Some(entry.ok()?.path()))
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

#[test]
fn a_file_of_another_name_is_not_taken() {
    let scratch = Scratch::new();
    let other = Guest::new(r#"(drop (call $add_real "z" (f64.const 8)))"#).component();
    let options = || JobOptions { cache: Some(scratch.cache.clone()), ..JobOptions::default() };
    let own = scratch.file();
    load(&other, options()).unwrap();
    let planted = files(&scratch.cache).into_iter().find(|file| *file != own).unwrap();
    fs::copy(&planted, &own).unwrap();
    assert!(scratch.load_and_run().contains("is damaged"), "whole, but compiled from another component");
    assert_eq!(scratch.load_and_run(), "", "it was replaced");
}

#[test]
fn a_file_of_another_version_is_not_taken() {
    let scratch = Scratch::new();
    let original = fs::read(scratch.file()).unwrap();
    let older = [&original[..original.len() - 16], b"host cwasm v1\n\0\0"].concat();
    fs::write(scratch.file(), older).unwrap();
    assert!(scratch.load_and_run().contains("is damaged"));
    assert_eq!(fs::read(scratch.file()).unwrap(), original, "it was replaced");
}

#[test]
fn what_belongs_to_others_is_not_trusted() {
    let scratch = Scratch::new();
    if std::os::unix::fs::chown(scratch.file(), Some(65534), None).is_err() {
        // Only root gives files away.
        eprintln!("not tested: this user cannot give files away");
        return;
    }
    assert!(scratch.load_and_run().contains("is owned by another user"));
    assert_eq!(scratch.load_and_run(), "", "it was replaced");
    std::os::unix::fs::chown(&scratch.cache, Some(65534), None).unwrap();
    let log = scratch.load_and_run();
    assert!(log.contains("compiled jobs are not kept") && log.contains("is owned by another user"), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn several_may_fill_it_at_once() {
    let scratch = Scratch::new();
    let log: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut said = String::new();
                    for _ in 0..5 {
                        let _ = fs::remove_file(scratch.file_if_one().unwrap_or_default());
                        said += &scratch.load_and_run();
                    }
                    said
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // In the words of the system, or of the standard library.
    let gone = |line: &str| line.contains("No such file") || line.contains("entity not found");
    let harmless = |line: &str| line.contains("a compiled job is not kept") && gone(line);
    let others: Vec<&str> = log.iter().flat_map(|log| log.lines()).filter(|line| !harmless(line)).collect();
    assert_eq!(others, [""; 0], "a file that is removed at once is all that may happen");
    assert_eq!(scratch.load_and_run(), "");
    assert_eq!(files(&scratch.cache).len(), 1, "nothing half-written stays");
}

#[test]
fn a_directory_that_holds_it_is_not_granted_for_writing() {
    let scratch = Scratch::new();
    let grants = |host: &Path, access| crate::spec::Grants {
        dirs: vec![crate::spec::DirGrant {
            host: host.to_owned(),
            guest: "/data".to_owned(),
            access,
            per_run: false,
            identity: None,
        }],
        ..Default::default()
    };
    let load_with = |grants, cache: PathBuf| {
        load(&scratch.wasm, JobOptions { cache: Some(cache), grants, ..JobOptions::default() }).map(drop)
    };
    let (above, write) = (scratch.cache.parent().unwrap(), crate::spec::Access::ReadWrite);
    let absent = above.join("a/cache/that/is/not/there");
    for (granted, cache) in [(above, &scratch.cache), (&scratch.cache, &scratch.cache), (above, &absent)] {
        let error = load_with(grants(granted, write), cache.clone()).unwrap_err();
        assert!(matches!(error, JobError::HoldsCache { .. }), "{granted:?}: {error}");
    }
    let link = scratch.cache.with_extension("link");
    symlink(above, &link).unwrap();
    assert!(load_with(grants(&link, write), scratch.cache.clone()).is_err(), "by another name");
    let beside = above.join("data");
    fs::create_dir(&beside).unwrap();
    load_with(grants(&beside, write), scratch.cache.clone()).unwrap();
    load_with(grants(above, crate::spec::Access::Read), scratch.cache.clone()).unwrap();
    let error = load_with(grants(above, write), scratch.cache.clone()).unwrap_err().to_string();
    let message = error.replace(&above.display().to_string(), "/home/me");
    insta::assert_snapshot!(message);
}
