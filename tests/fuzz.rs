//! The bodies of the fuzz targets on what fuzzing has saved, and on small changes of it.
//!
//! `host/fuzz/` looks for new inputs, for as long as one likes; here the known ones are replayed, so that what was
//! found once stays mended. The changes are the same in every run of the tests.

use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{Scratch, repository};

mod seeds;

#[path = "../host/fuzz/src/lib.rs"]
mod targets;

/// How long changes are tried for each target. Slow ones, and slow machines, try fewer; but always the same first ones.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most changes that are tried for each target.
const CHANGES: u64 = 20_000;
/// Names the target that this process is to replay, and the first input: what C libraries read may end the process.
const CHILD: &str = "HOST_TEST_FUZZ_TARGET";
/// Stands before the number of each input that such a process begins with.
const INPUT: &str = "input ";

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
            replay(stringify!($name), 0, |_| {});
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

/// In processes of their own, which a damaged file may end inside of the HDF5 library. That is not ours to mend;
/// everything else is.
#[test]
fn hdf5() {
    let tests = env::current_exe().expect("this program has a path");
    let began = Instant::now();
    let mut first = 0;
    while began.elapsed() < 5 * PATIENCE {
        let ended = Command::new(&tests)
            .args(["fuzz::replay_as_told", "--exact", "--nocapture", "--test-threads=1"])
            .env(CHILD, format!("hdf5 {first}"))
            .output()
            .expect("this program starts again");
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        let ours =
            ["panicked", "overflowed its stack", "memory allocation of"].iter().any(|words| said.contains(words));
        if ended.status.success() {
            return;
        }
        assert!(ended.status.signal().is_some() && !ours, "{}\n{said}", ended.status);
        let last = said.lines().rev().find_map(|line| line.strip_prefix(INPUT)).expect("it says where it is");
        first = last.parse::<u64>().expect("a number") + 1;
    }
}

#[test]
fn replay_as_told() {
    let Ok(told) = env::var(CHILD) else { return };
    let (target, first) = told.split_once(' ').expect("a target and a number");
    replay(target, first.parse().expect("a number"), |input| println!("\n{INPUT}{input}"));
}

#[test]
fn damaged_files_are_one_error_each() {
    for (name, args, wanted) in [
        // Where the library of another version does not crash, it refuses.
        ("library-crashes-in-ls", &["ls"][..], "is damaged"),
        ("library-crashes-in-runs", &["runs"], "is damaged"),
        ("groups-hold-themselves", &["show", "results"], "maybe one holds itself"),
        ("leaf-holds-itself", &["show", "results"], "maybe one holds itself"),
    ] {
        let file = repository().join("host/fuzz/regressions/hdf5").join(name);
        let args = [&[args[0].as_ref(), file.as_os_str()], &args[1..].iter().map(OsStr::new).collect::<Vec<_>>()[..]];
        let said = Scratch::new().host(args.concat()).exits(5).stderr();
        assert!(said.starts_with("error: ") && said.contains(wanted) && said.lines().count() == 1, "{said}");
    }
}

/// Replays everything from input number `first` on; `before` is told the number of each.
fn replay(target: &str, first: u64, before: impl Fn(u64)) {
    let (_, body) = targets::TARGETS.into_iter().find(|(name, _)| *name == target).expect("a target");
    let inputs = saved(target);
    for (number, (path, input)) in (0..).zip(&inputs).skip_while(|(number, _)| *number < first) {
        before(number);
        let last = Naming(path.display().to_string());
        body(input);
        last.fine();
    }
    let began = Instant::now();
    let mut chance = Chance(0x0123_4567_89ab_cdef);
    for number in inputs.len() as u64..inputs.len() as u64 + CHANGES {
        let (_, one) = chance.choose(&inputs);
        let (_, other) = chance.choose(&inputs);
        let input = changed(one, other, &mut chance);
        if number < first {
            continue;
        }
        if began.elapsed() > PATIENCE {
            break;
        }
        before(number);
        let last = Naming(format!("number {number} of those that {target} tries"));
        body(&input);
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
