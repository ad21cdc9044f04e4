//! What is granted and what is not: no path leads out of a directory, nothing of this machine shows through, and
//! whoever takes too much of it ends alone.

use std::{
    ffi::CString,
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::Path,
    time::{Duration, Instant},
};

use host::{
    storage,
    trajectory::{FinishedRun, Sequence, Value},
};

use crate::support::{Scratch, guest};

/// What a run said line by line, or kind and text of its failure.
type Said = Result<Vec<String>, (String, String)>;

/// Runs the guest `filing` over `scripts`, the exploration being called `name`.
fn filing(scratch: &Scratch, name: &str, scripts: &[&str], environment: &str, more: &str) -> Vec<Said> {
    let scripts: Vec<String> = scripts.iter().map(|script| script.replace("; ", "\n")).collect();
    scratch.write(
        "exp.toml",
        format!(
            "spec = 1\n[trajectory]\nname = \"{name}\"\nadd_time = false\n[environment]\n{environment}\n\
             [parameters]\nscript = \"\"\n[explore.axes]\nscript = {}\n{more}",
            serde_json::to_string(&scripts).expect("JSON")
        ),
    );
    let job = guest("filing").display().to_string();
    let ended = scratch.host(["run", &job, "--spec", "exp.toml", "-j", "2", "--overwrite"]);
    assert!(matches!(ended.code(), Some(0 | 1)), "{}", ended.message());
    said(&scratch.join(format!("hdf5/{name}.hdf5")), name, scripts.len())
}

fn said(file: &Path, name: &str, count: usize) -> Vec<Said> {
    let reader = storage::open(file).expect("a file");
    let runs: Vec<FinishedRun> = reader.finished(name, 0..count as u64).expect("runs");
    assert_eq!(runs.len(), count);
    let lines = |run: FinishedRun| match (run.outcome, run.additions.first().map(|one| &one.items[0].1)) {
        (Ok(()), Some(Value::List(Sequence::Texts(lines)))) => Ok(lines.clone()),
        (Ok(()), Some(Value::List(Sequence::Empty))) => Ok(Vec::new()),
        (Ok(()), other) => panic!("{other:?}"),
        (Err(failure), _) => Err((failure.kind().to_owned(), failure.to_string())),
    };
    runs.into_iter().map(lines).collect()
}

/// One run alone, whose lines are what counts.
#[track_caller]
fn one(scratch: &Scratch, script: &str, more: &str) -> Vec<String> {
    filing(scratch, "one", &[script], "", more).remove(0).expect("a run that goes well")
}

const BOTH: &str = "[capabilities]\ndirs = [{ host = \"in\", guest = \"/in\" }, \
                    { host = \"out\", guest = \"/out\", access = \"read-write\" }]\n";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("in/seen.txt", "seen");
    scratch.write("in/sub/deep.txt", "deep");
    scratch.write("out/old.txt", "old");
    scratch.write("secret.txt", "secret");
    scratch
}

#[test]
fn no_path_leads_out() {
    let scratch = scratch();
    let (inside, outside) = (scratch.join("in"), scratch.join("secret.txt"));
    symlink("../secret.txt", inside.join("relative")).expect("a link");
    symlink(&outside, inside.join("absolute")).expect("a link");
    symlink("relative", inside.join("chain")).expect("a link");
    symlink("..", inside.join("up")).expect("a link");
    symlink("/proc/self/root", inside.join("magic")).expect("a link");
    symlink("loop", inside.join("loop")).expect("a link");
    symlink("sub/deep.txt", inside.join("within")).expect("a link");
    let said = one(
        &scratch,
        "read /in seen.txt; read /in within; read /in sub/../seen.txt; \
         read /in ../secret.txt; read /in sub/../../secret.txt; read /in /etc/passwd; read /in relative; \
         read /in absolute; read /in chain; read /in up/secret.txt; read /in up; open /in ..; open /in .; \
         read /in magic/etc/passwd; read /in loop; stat /in up/secret.txt; identity /in relative; list /in ..; \
         write /in seen.txt x; append /in seen.txt x; resize /in seen.txt 0; mkdir /in new; unlink /in seen.txt; \
         symlink /in new seen.txt; rename /in seen.txt /in other; link /in seen.txt /in other; \
         write /out ../secret.txt x; mkdir /out ../new; symlink /out abs /etc/passwd; symlink /out rel ../secret.txt; \
         read /out abs; read /out rel; write /out rel x; append /out rel x; readlink /out rel; \
         mkdir /out d; rename /out rel /out d/rel; read /out d/rel; symlink /out d/up2 ../..; read /out d/up2/secret.txt; \
         link /out old.txt /out ../linked; link /out ../secret.txt /out stolen; link /out rel /out hard; read /out hard; \
         rename /out ../secret.txt /out stolen; rename /out old.txt /out ../moved; rename /out old.txt /in moved; \
         rename /in seen.txt /out moved; link /in seen.txt /out linked; link /out old.txt /in linked; \
         unlink /out ../secret.txt; rmdir /out ..; rmdir /out ../in; write /out new.txt new; read /out new.txt",
        BOTH,
    );
    insta::assert_snapshot!(said.join("\n"));
    assert_eq!(fs::read_to_string(outside).expect("the secret"), "secret");
    assert_eq!(fs::read_to_string(inside.join("seen.txt")).expect("a file"), "seen");
    let around = fs::read_dir(scratch.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut around: Vec<String> = around.map(|name| name.to_string_lossy().into_owned()).collect();
    around.sort();
    assert_eq!(around, ["exp.toml", "hdf5", "in", "logs", "out", "secret.txt"]);
}

#[test]
fn a_directory_that_is_moved_away_takes_nobody_along() {
    // The second grant is inside of the first on this machine: what the guest renames there moves under its feet.
    let scratch = scratch();
    fs::create_dir(scratch.join("out/box")).expect("a folder");
    let grants = "[capabilities]\ndirs = [{ host = \"out\", guest = \"/out\", access = \"read-write\" }, \
                  { host = \"out/box\", guest = \"/box\", access = \"read-write\" }]\n";
    let said = one(
        &scratch,
        "mkdir /box a; mkdir /box a/b; rename /out box/a /out moved; open /box ..; open /out moved/b/../../..; \
         write /box x.txt x; rename /out box /out elsewhere; read /box x.txt; read /box ../old.txt; open /out elsewhere/../..",
        grants,
    );
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn only_files_and_directories_are_opened() {
    let scratch = scratch();
    let pipe = CString::new(scratch.join("in/pipe").display().to_string()).expect("a path");
    // SAFETY: the path ends with a zero.
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    let _socket = std::os::unix::net::UnixListener::bind(scratch.join("in/socket")).expect("a socket");
    let start = Instant::now();
    let said = one(&scratch, "open /in pipe; read /in pipe; open /in socket; list /in .; stat /in pipe", BOTH);
    assert!(start.elapsed() < Duration::from_secs(60), "a pipe without a writer is not waited for");
    insta::assert_snapshot!(said.join("\n"));
    // The whole machine for reading is still not its kernel, and no devices.
    let all = "[capabilities]\ndirs = [{ host = \"/\", guest = \"/all\" }]\n";
    let said = one(
        &scratch,
        "open /all etc; open /all proc; open /all proc/self/environ; open /all proc/self/mem; open /all sys/kernel; \
         open /all dev/null; open /all dev/zero; read /all proc/version; list /all proc/self/fd",
        all,
    );
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn parts_of_the_machine_are_refused_before_the_first_run() {
    let scratch = scratch();
    symlink("/proc/self", scratch.join("link")).expect("a link");
    let mut messages = Vec::new();
    for (host, access) in [
        ("/proc", "read"),
        ("/proc/self", "read-write"),
        ("link", "read"),
        ("/sys/kernel", "read"),
        ("/dev", "read-write"),
        ("/", "read-write"),
        ("secret.txt", "read"),
        ("nowhere", "read"),
    ] {
        scratch.write(
            "exp.toml",
            format!(
                "spec = 1\n[capabilities]\ndirs = [{{ host = \"{host}\", guest = \"/x\", access = \"{access}\" }}]\n"
            ),
        );
        let ended = scratch.host(["run", &guest("filing").display().to_string(), "--spec", "exp.toml"]);
        messages.push(ended.exits(2).message());
    }
    scratch.write("exp.toml", "spec = 1\n[capabilities]\ndirs = [{ host = \"in\", guest = \"/x\", per_run = true }]\n");
    let ended = scratch.host(["run", &guest("filing").display().to_string(), "--spec", "exp.toml"]);
    messages.push(ended.exits(2).message());
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn each_run_has_a_folder_of_its_own() {
    let scratch = scratch();
    let grants =
        "[capabilities]\ndirs = [{ host = \"out\", guest = \"/own\", access = \"read-write\", per_run = true }]\n";
    let script = "list /own .; write /own mine.txt mine; open /own ..; open /own ../run_00000001; list /own .";
    let scripts = ["count-clock 1; ".to_owned() + script, "count-clock 2; ".to_owned() + script];
    let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
    for use_pool in ["use_pool = true", "use_pool = false"] {
        for said in filing(&scratch, "own", &scripts, use_pool, grants) {
            let said = said.expect("a run that goes well");
            assert_eq!(said[1], "list /own .: ", "it begins empty: {said:?}");
            assert_eq!(said[2..4], ["write /own mine.txt mine: done", "open /own ..: refused: not-permitted"]);
            assert_eq!(said[4..], ["open /own ../run_00000001: refused: not-permitted", "list /own .: mine.txt"]);
        }
    }
    // What was left stays, and what an earlier attempt has left is put aside.
    for folder in ["run_00000000", "run_00000001", "run_00000000.earlier_1", "run_00000001.earlier_1"] {
        let kept = fs::read_to_string(scratch.join("out/own").join(folder).join("mine.txt"));
        assert_eq!(kept.expect("a file"), "mine", "{folder}");
    }
    // A retry begins empty, too.
    let limits = "[limits]\nhost_calls = 30\n[failure]\nretries = 1\n";
    let failing = "write /own first.txt x; count-clock 1000";
    let ended = filing(&scratch, "retried", &[failing], "", &format!("{limits}{grants}"));
    assert_eq!(ended[0].as_ref().expect_err("a failed run").0, "host_calls");
    assert!(scratch.join("out/retried/run_00000000/first.txt").is_file());
    assert!(scratch.join("out/retried/run_00000000.earlier_1/first.txt").is_file());
    // Nobody follows a link that stands where the folder should be.
    symlink(scratch.path(), scratch.join("out/linked")).expect("a link");
    let ended = filing(&scratch, "linked", &["list /own ."], "", grants);
    assert_eq!(ended[0].as_ref().expect_err("a failed run").0, "host");
}

#[test]
fn a_file_tells_nothing_of_this_machine() {
    let script = "stat /in .; stat /in seen.txt; stat /out old.txt; identity /in seen.txt; identity /out old.txt; \
                  identity /in seen.txt; identity /in .; list /in .; write /out new.txt abc; stat /out new.txt; \
                  identity /out new.txt; sleep 3600000000000; sleep 315360000000000000; count-clock 3; long-path /in 2000; long-path /in 10000000; \
                  read-through-stream /in long.txt";
    let mut all = Vec::new();
    for (name, use_pool) in [("a", "use_pool = true"), ("b", "use_pool = true"), ("c", "use_pool = false")] {
        let scratch = scratch();
        // Made in another order, at another time, with another number of links.
        let order = if name == "a" { ["z", "m", "b"] } else { ["b", "z", "m"] };
        for file in order {
            scratch.write(format!("in/{file}"), "");
        }
        scratch.write("in/long.txt", vec![b'x'; 200_000]);
        if name == "b" {
            fs::hard_link(scratch.join("in/seen.txt"), scratch.join("in-linked")).expect("a link");
        }
        let start = Instant::now();
        // Each writes a file of its own: nobody else's writing may be seen in it.
        let another = format!("{}; count-clock 1", script.replace("new.txt", "own.txt"));
        let said = filing(&scratch, "told", &[script, &another], use_pool, BOTH);
        assert!(start.elapsed() < Duration::from_secs(60), "nobody sleeps on a virtual clock");
        all.push(said.into_iter().map(|run| run.expect("a run that goes well")).collect::<Vec<_>>());
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    let other: Vec<String> = all[0][1].iter().map(|line| line.replace("own.txt", "new.txt")).collect();
    assert_eq!(all[0][0][..], other[..all[0][0].len()], "runs differ by nothing but what they do");
    insta::assert_snapshot!(all[0][0].join("\n"));
    // Random numbers follow from the run alone.
    let random = |use_pool| filing(&scratch(), "random", &["random 100", "random 100; random 7"], use_pool, "");
    let (pool, processes) = (random("use_pool = true"), random("use_pool = false"));
    assert_eq!(pool, processes);
    assert_ne!(pool[0].as_ref().expect("a run")[0], pool[1].as_ref().expect("a run")[0]);
    // The real clock brings the real times.
    let scratch = scratch();
    let real = one(&scratch, "stat /in seen.txt", &format!("{BOTH}clock = \"real\"\n"));
    let changed = fs::metadata(scratch.join("in/seen.txt")).expect("a file").mtime();
    assert!(real[0].contains(&format!("Some({changed})")), "{real:?}");
}

/// Limits that are small enough to be reached at once.
const SMALL: &str =
    "[limits]\ntimeout = \"20s\"\nmemory = \"16MiB\"\nhost_calls = 20000\nopen_files = 20\nwritten = \"1MiB\"\n";

#[test]
fn whoever_takes_too_much_ends_alone() {
    let scratch = scratch();
    scratch.write("out/block", vec![b'x'; 60_000]);
    // Script, kind of the failure; none for those that stay within the limits.
    let cases = [
        ("read /in seen.txt", ""),
        ("fill /out filled 900000", ""),
        ("fill /out f1 2000000", "written"),
        ("fill-through-stream /out f2 2000000", "written"),
        ("fill-by-splicing /out block f3 30", "written"),
        ("resize /out f4 2000000", "written"),
        ("resize /out f5 1152921504606846976", "written"),
        ("create-many /out empty 1000", "written"),
        ("open-many /in seen.txt 10", ""),
        ("open-many /in seen.txt 100", "open_files"),
        ("list-many /in sub 100", "open_files"),
        ("list-many /in . 10", ""),
        ("count-clock 10000", ""),
        ("count-clock 100000", "host_calls"),
        ("random 1000000", ""),
        ("random 4294967296", "trap"),
        ("poll-many 1000", ""),
        ("poll-many 1000000", "trap"),
        ("read /in seen.txt; read /in seen.txt", ""),
    ];
    let scripts: Vec<&str> = cases.iter().map(|(script, _)| *script).collect();
    let more = format!("{SMALL}{BOTH}");
    let pool = filing(&scratch, "pool", &scripts, "use_pool = true", &more);
    fs::remove_file(scratch.join("out/f3")).expect("what was appended to");
    let processes = filing(&scratch, "processes", &scripts, "use_pool = false", &more);
    let kinds: Vec<(&str, &str)> = scripts
        .iter()
        .zip(&pool)
        .map(|(script, said)| (*script, said.as_ref().map_or_else(|(kind, _)| kind.as_str(), |_| "")))
        .collect();
    assert_eq!(kinds, cases);
    let reasons = |all: &[Said]| {
        let text = |said: &Said| said.as_ref().err().map(|(kind, text)| format!("{kind}: {text}"));
        all.iter().filter_map(text).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(reasons(&pool), reasons(&processes));
    // Which functions are named depends on how the guest was compiled.
    let bare = |line: &str| {
        let names = [" in filing::", " in wasip2::"].iter().filter_map(|name| line.find(name)).min();
        line[..names.unwrap_or(line.len())].to_owned()
    };
    insta::assert_snapshot!(reasons(&pool).lines().map(bare).collect::<Vec<_>>().join("\n"));
    // No more than the limit and a piece was written.
    for file in ["f1", "f2", "f3", "f4", "f5"] {
        let size = fs::metadata(scratch.join("out").join(file)).map_or(0, |found| found.len());
        assert!(size <= 1 << 20, "{file}: {size}");
    }
    let empty = fs::read_dir(scratch.join("out")).expect("a folder").count();
    // 256 blocks in each of the two explorations, beside the files above.
    assert!(empty <= 2 * 256 + 20, "{empty} files");
}

#[test]
fn lists_that_the_host_keeps_count_as_memory() {
    let scratch = scratch();
    for index in 0..20_000 {
        scratch.write(format!("in/many/{index:0200}"), "");
    }
    // 20,000 entries of 264 bytes each are 5 MiB.
    let limits = "[limits]\nmemory = \"16MiB\"\n";
    let scripts = ["list-many /in many 1", "list-many /in many 10", "list-many /in . 1"];
    let ended = filing(&scratch, "lists", &scripts, "", &format!("{limits}{BOTH}"));
    assert!(ended[0].is_ok() && ended[2].is_ok(), "{ended:?}");
    assert_eq!(ended[1].as_ref().expect_err("a failed run").0, "memory");
}

#[test]
fn nobody_sleeps_past_the_deadline() {
    let scratch = scratch();
    let more = "[limits]\ntimeout = \"1s\"\n[capabilities]\nclock = \"real\"\n";
    let start = Instant::now();
    let ended = filing(&scratch, "sleeping", &["sleep 1000000", "sleep 86400000000000"], "", more);
    assert!(ended[0].is_ok(), "{ended:?}");
    assert_eq!(ended[1].as_ref().expect_err("a failed run").0, "timeout");
    assert!(start.elapsed() < Duration::from_secs(30));
}
