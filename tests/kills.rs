//! An exploration is killed at random instants, goes on, and has lost nothing and done nothing twice.
//!
//! `HOST_KILLS=1000` kills so often (otherwise a few times); `HOST_KILLS_SEED=7` chooses other instants.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use host::journal::{JournalReader, Record};

use crate::support::{Scratch, guest};

const FILE: &str = "hdf5/killed.hdf5";
const JOURNAL: &str = "hdf5/killed.cnt";

/// What is explored.
#[derive(Clone, Copy)]
struct Content {
    guest: &'static str,
    axes: &'static str,
    runs: u64,
}

const CONTENTS: [Content; 2] = [
    Content {
        guest: "linger",
        axes: "[parameters]\nx = 0\nwork = 2\n[explore.axes]\nx = { range = [0, 80] }\n",
        runs: 80,
    },
    // From 8 kB to 400 kB.
    Content {
        guest: "big",
        axes: "[parameters]\nn = 0\n[explore.axes]\nn = { range = [1000, 51000, 1000] }\n",
        runs: 50,
    },
];

/// Content, workers, wrap mode.
type Scenario = (Content, u32, &'static str);

fn scenarios() -> Vec<Scenario> {
    let modes = CONTENTS.iter().flat_map(|content| [1, 2].map(|ncores| (*content, ncores)));
    modes.flat_map(|(content, ncores)| ["QUEUE", "LOCK"].map(|mode| (content, ncores, mode))).collect()
}

fn scratch((content, ncores, wrap_mode): Scenario) -> Scratch {
    let scratch = Scratch::new();
    scratch.write(
        "exp.toml",
        format!(
            "spec = 1\n[trajectory]\nname = \"killed\"\nadd_time = false\n[environment]\nncores = {ncores}\n\
             wrap_mode = {wrap_mode:?}\n[job]\ncomponent = {:?}\n{}",
            guest(content.guest).display().to_string(),
            content.axes
        ),
    );
    scratch
}

/// Numbers that are the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A part of `whole`, or a little more.
    fn instant(&mut self, whole: Duration) -> Duration {
        whole.mul_f64(1.05 * (self.next() >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// Starts `host`, with a line on standard error for each run that is finished; kills it after that time. Whether it
/// was still there to be killed, and the runs that it has reported.
fn killed(scratch: &Scratch, args: &[&str], after: Duration) -> (bool, BTreeSet<u32>) {
    let said = scratch.join("said");
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.args(args).args(["-vv", "--json"]).current_dir(scratch.path()).env("NO_COLOR", "1");
    command.env("XDG_CACHE_HOME", crate::support::repository().join("target/test-cache"));
    command.stdout(Stdio::null()).stderr(File::create(&said).expect("a file"));
    let mut child = command.spawn().expect("the binary starts");
    std::thread::sleep(after);
    child.kill().expect("it can be killed");
    let status = child.wait().expect("it ends");
    let said = fs::read_to_string(said).expect("what it said");
    let reported = said.lines().filter(|line| line.contains(" finished in "));
    let number = |line: &str| line.split("run_").nth(1)?.get(..8)?.parse().ok();
    assert!(status.signal().is_some() || status.success(), "{said}");
    (status.signal().is_some(), reported.filter_map(number).collect())
}

/// The runs that the journal holds; `None` if it was not even begun.
fn recorded(scratch: &Scratch) -> Option<BTreeSet<u32>> {
    let reader = JournalReader::open(&scratch.join(JOURNAL)).ok()?;
    let runs = reader.records().map(|record| record.expect("no record is damaged"));
    let finished = runs.filter_map(|record| match record {
        Record::Finished(run) => Some(run.index.0),
        // Its large arrays are in the file, which is not looked for here.
        Record::Gone { run, again: false } => Some(run.0),
        _ => None,
    });
    Some(finished.collect())
}

fn digest(scratch: &Scratch) -> String {
    let line = scratch.host(["digest", FILE]).exits(0).stdout();
    line.split_whitespace().next().expect("a digest").to_owned()
}

/// How the kills went.
#[derive(Default)]
struct Tally {
    kills: AtomicU64,
    of_resuming: AtomicU64,
    before_the_journal: AtomicU64,
    with_runs: AtomicU64,
}

/// Kills one exploration, and often its resumption too, and compares what comes of it in the end.
fn kill_one(scenario: Scenario, whole: Duration, expected: &str, random: &mut Random, tally: &Tally) {
    let scratch = scratch(scenario);
    let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
    let run = ["run", "--spec", "exp.toml"];
    let (was_killed, mut reported) = killed(&scratch, &run, random.instant(whole));
    if was_killed {
        count(&tally.kills);
    }
    let mut before = BTreeSet::new();
    for _ in 0..random.next() % 3 {
        let Some(there) = recorded(&scratch) else { break };
        before = there;
        let (was_killed, more) = killed(&scratch, &["resume", JOURNAL], random.instant(whole));
        assert!(before.is_disjoint(&more), "these were run again: {:?}", before.intersection(&more));
        reported.extend(more);
        if was_killed {
            count(&tally.kills);
            count(&tally.of_resuming);
        }
    }
    let there = recorded(&scratch);
    let is_anew = there.is_none();
    match there {
        None => {
            count(&tally.before_the_journal);
            assert!(reported.is_empty(), "these are lost: {reported:?}");
            scratch.host(run.iter().chain(&["-q"])).exits(0);
        }
        Some(there) => {
            let is_complete = JournalReader::open(&scratch.join(JOURNAL)).expect("a journal").is_complete();
            let ended = scratch.host(["resume", JOURNAL, "--json", "-q"]).exits(0);
            let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).expect("JSON");
            let (kept, ok) = (summary["kept"].as_u64().expect("kept"), summary["ok"].as_u64().expect("ok"));
            assert_eq!(ok, scenario.0.runs, "{summary}");
            if is_complete {
                assert_eq!(kept, ok, "{summary}");
            } else {
                assert!(reported.is_subset(&there), "these are lost: {:?}", reported.difference(&there));
                assert!(before.is_subset(&there), "these are lost: {:?}", before.difference(&there));
                assert_eq!(kept, there.len() as u64, "what was finished is kept: {summary}");
                tally.with_runs.fetch_add(u64::from(!there.is_empty()), Ordering::Relaxed);
            }
        }
    }
    assert_eq!(digest(&scratch), expected);
    scratch.host(["check-file", FILE]).exits(0);
    let mut left: Vec<String> = scratch.listing().into_iter().filter(|path| path.starts_with("hdf5/")).collect();
    if is_anew {
        // Nobody can know that nothing was in it.
        left.retain(|path| !path.ends_with(".part.old"));
    }
    assert_eq!(left, [JOURNAL, FILE], "nothing else is left");
}

#[test]
fn kills_lose_nothing() {
    let setting = |name: &str, default: u64| match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    };
    let (wanted, seed) = (setting("HOST_KILLS", 24), setting("HOST_KILLS_SEED", 1));
    let scenarios = scenarios();
    let undisturbed: Vec<(Duration, String)> = scenarios
        .iter()
        .map(|scenario| {
            let scratch = scratch(*scenario);
            let begin = Instant::now();
            scratch.host(["run", "--spec", "exp.toml", "-q", "-vv"].iter().filter(|word| **word != "-q")).exits(0);
            let took = begin.elapsed();
            (took, digest(&scratch))
        })
        .collect();
    let of_guest = |name: &str| {
        let same = scenarios.iter().zip(&undisturbed).filter(|((content, ..), _)| content.guest == name);
        same.map(|(_, (_, digest))| digest).collect::<BTreeSet<_>>().len()
    };
    assert_eq!((of_guest("linger"), of_guest("big")), (1, 1), "workers and wrap modes make no difference");

    let tally = Tally::default();
    let next = Mutex::new((0, Random(seed)));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while tally.kills.load(Ordering::Relaxed) < wanted {
                    let (number, mut random) = {
                        let mut next = next.lock().expect("nobody panics with it");
                        next.0 += 1;
                        (next.0, Random(next.1.next()))
                    };
                    let at = number % scenarios.len();
                    let (whole, expected) = &undisturbed[at];
                    kill_one(scenarios[at], *whole, expected, &mut random, &tally);
                }
            });
        }
    });
    let said = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "kills: {} of {} explorations, {} of them while resuming, {} before there was a journal, {} with runs in it; \
         every one went on to the digest of the undisturbed one",
        said(&tally.kills),
        next.lock().expect("nobody panics with it").0,
        said(&tally.of_resuming),
        said(&tally.before_the_journal),
        said(&tally.with_runs)
    );
    assert!(said(&tally.with_runs) > 0, "some were killed in the midst of it");
}
