//! The bodies of the fuzz targets on what fuzzing has saved, and on small changes of it.
//!
//! `host/fuzz/` looks for new inputs, for as long as one likes; here the known ones are replayed, so that what was
//! found once stays mended. The changes are the same in every run of the tests.

use std::{
    env, fs,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::repository;

mod seeds;

#[path = "../host/fuzz/src/lib.rs"]
mod targets;

/// How long changes are tried for each target. Slow ones, and slow machines, try fewer; but always the same first ones.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most changes that are tried for each target.
const CHANGES: u64 = 20_000;
/// Names the target that this process is to replay: what C libraries read may end the process.
const CHILD: &str = "HOST_TEST_FUZZ_TARGET";

#[test]
fn every_target_has_a_binary_and_inputs() {
    let fuzz = repository().join("host/fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("a manifest");
    let mut binaries: Vec<String> = fs::read_dir(fuzz.join("fuzz_targets"))
        .expect("a folder of binaries")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    binaries.sort();
    let names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(binaries, names);
    for name in names {
        assert!(manifest.contains(&format!("\nname = \"{name}\"\n")), "{name} is no binary of the manifest");
        assert!(saved(name).len() > 2, "{name} has no inputs to begin with");
    }
}

/// A test for each target that runs in this process.
macro_rules! replayed {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        #[test]
        fn every_target_is_replayed() {
            let mut names = vec!["hdf5", $(stringify!($name)),*];
            names.sort();
            assert_eq!(names, targets::TARGETS.map(|(name, _)| name));
        }
    };
}

replayed! {
    component csv frame journal journal_damage journal_roundtrip names npy npz spec sqlite values
}

/// In a process of its own, which a damaged file may end inside of the HDF5 library.
#[test]
fn hdf5() {
    let tests = env::current_exe().expect("this program has a path");
    let ended = Command::new(tests)
        .args(["fuzz::replay_as_told", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "hdf5")
        .output()
        .expect("this program starts again");
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    let in_the_library = ended.status.signal().is_some_and(|signal| signal != libc::SIGABRT);
    assert!(ended.status.success() || in_the_library, "{}\n{said}", ended.status);
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn replay_as_told() {
    if let Ok(target) = env::var(CHILD) {
        replay(&target);
    }
}

fn replay(target: &str) {
    let (_, body) = targets::TARGETS.into_iter().find(|(name, _)| *name == target).expect("a target");
    let inputs = saved(target);
    for (path, input) in &inputs {
        let last = Naming(path.display().to_string());
        body(input);
        last.fine();
    }
    let began = Instant::now();
    let mut chance = Chance(0x0123_4567_89ab_cdef);
    for change in 0..CHANGES {
        if began.elapsed() > PATIENCE {
            break;
        }
        let (_, one) = chance.choose(&inputs);
        let (_, other) = chance.choose(&inputs);
        let last = Naming(format!("change {change} of those that {target} tries"));
        body(&changed(one, other, &mut chance));
        last.fine();
    }
}

/// Says which input it was, if a body panics.
struct Naming(String);

impl Naming {
    fn fine(self) {
        std::mem::forget(self);
    }
}

impl Drop for Naming {
    fn drop(&mut self) {
        eprintln!("the input was {}", self.0);
    }
}

/// What was found or chosen for a target, in the order of the names.
fn saved(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths = Vec::new();
    for kind in ["corpus", "regressions"] {
        let folder = repository().join("host/fuzz").join(kind).join(target);
        let Ok(entries) = fs::read_dir(folder) else { continue };
        paths.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).expect("a readable input"))).collect()
}

/// An input with a few changes: bits, bytes, a cut, or a piece of another one.
fn changed(one: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut input = one.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(input.len() + 1);
        let piece = {
            let from = chance.below(other.len() + 1);
            &other[from..(from + chance.below(64)).min(other.len())]
        };
        match chance.below(6) {
            0 if at < input.len() => input[at] ^= 1 << chance.below(8),
            1 if at < input.len() => input[at] = *chance.choose(&[0, 1, 0x7f, 0x80, 0xff, b'.', b'9', b'"', b'[']),
            2 => input.truncate(at),
            3 => drop(input.splice(at..at, piece.iter().copied())),
            4 => {
                let end = (at + piece.len()).min(input.len());
                drop(input.splice(at..end, piece.iter().copied()));
            }
            _ => {
                let end = (at + chance.below(16)).min(input.len());
                drop(input.drain(at..end));
            }
        }
    }
    input
}

/// Numbers that look random and are the same every time (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
