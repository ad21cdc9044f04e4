//! However runs are shared out and stored, the same comes of them.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use host::journal::{JournalReader, Record};

use crate::support::{Scratch, guest, python};

const RUNS: usize = 20;

/// An exploration of [`RUNS`] runs that take as long as `work` says.
fn explored(environment: &str, work: &[usize]) -> Scratch {
    let scratch = Scratch::new();
    let x: Vec<usize> = (0..work.len()).collect();
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"modes\"\nadd_time = false\n[environment]\n{environment}\n\
         [explore]\nmode = \"zip\"\n[explore.axes]\nx = {x:?}\nwork = {work:?}\n"
    );
    scratch.write("exp.toml", spec);
    let job = guest("linger").display().to_string();
    scratch.host(["run", &job, "--spec", "exp.toml", "--quiet"]).exits(0);
    scratch
}

/// 1 to `n` in an order that `seed` chooses; the first run takes by far the longest.
fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (1..n).collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for at in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
    let mut work = vec![5 * n];
    work.extend(order);
    work
}

#[test]
fn every_mode_gives_the_same_content() {
    let work: Vec<usize> = (0..RUNS).map(|run| run % 3).collect();
    let mut ways = vec!["multiproc = false".to_owned()];
    for pool in [true, false] {
        for mode in ["QUEUE", "LOCK"] {
            for cores in [1, 2, 8] {
                ways.push(format!("use_pool = {pool}\nwrap_mode = \"{mode}\"\nncores = {cores}"));
            }
        }
    }
    let explored: Vec<Scratch> = ways.iter().map(|way| explored(way, &work)).collect();
    println!("{}", python("check_same_results.py", explored.iter().map(|scratch| scratch.join("hdf5"))));
}

#[test]
fn one_digest_whatever_happens() {
    // Runs that end well and in many other ways. Fuel ends a loop in the same place everywhere; a time limit would not.
    let modes =
        ["ok", "trap", "panic", "error", "partial", "memory", "stack", "bad-shape", "get-unknown", "ok", "loop"];
    let modes: Vec<&str> = modes.iter().copied().cycle().take(44).collect();
    let spec = |environment: &str, layout: &str| {
        format!(
            "spec = 1\n[trajectory]\nname = \"any\"\nadd_time = false\n[environment]\n{environment}\n[limits]\n\
             fuel = 200_000_000\nmemory = \"16MiB\"\n[storage]\nlayout = {layout:?}\n[job]\ncomponent = {:?}\n\
             [explore.axes]\nmode = {modes:?}\n",
            guest("misbehave").display().to_string()
        )
    };
    let (mut digests, mut kept) = (Vec::new(), 0);
    for (pool, mode, cores, is_killed) in [true, false]
        .iter()
        .flat_map(|pool| ["QUEUE", "LOCK"].map(|mode| (pool, mode)))
        .flat_map(|(pool, mode)| [1, 2, 8].map(|cores| (pool, mode, cores)))
        .flat_map(|(pool, mode, cores)| [false, true].map(|is_killed| (pool, mode, cores, is_killed)))
    {
        let scratch = Scratch::new();
        let way = format!("use_pool = {pool}\nwrap_mode = {mode:?}\nncores = {cores}");
        let layout = if (digests.len() / 2).is_multiple_of(2) { "tree" } else { "columns" };
        scratch.write("exp.toml", spec(&way, layout));
        if is_killed {
            let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
            command.args(["run", "--spec", "exp.toml", "-q"]).current_dir(scratch.path());
            let mut child = command.stdout(Stdio::null()).spawn().expect("the binary starts");
            let begin = Instant::now();
            // Once a run is in the journal.
            while JournalReader::open(&scratch.join("hdf5/any.cnt"))
                .ok()
                .is_none_or(|journal| !journal.records().any(|record| matches!(record, Ok(Record::Finished(_)))))
            {
                assert!(begin.elapsed() < Duration::from_secs(60), "no run ends");
            }
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            let ended = scratch.host(["resume", "hdf5/any.cnt", "--json", "-q"]).exits(1);
            let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).expect("JSON");
            kept += summary["kept"].as_u64().expect("kept");
        } else {
            scratch.host(["run", "--spec", "exp.toml", "-q"]).exits(1);
        }
        let digest = scratch.host(["digest", "hdf5/any.hdf5"]).exits(0).stdout();
        digests.push((digest, format!("{way}, {layout}, killed: {is_killed}")));
    }
    assert!(digests.len() == 24 && kept > 0);
    for (digest, way) in &digests {
        assert_eq!(*digest, digests[0].0, "{way}");
    }
    println!("one digest: {} ways, {kept} runs kept after kills: {}", digests.len(), digests[0].0.trim());
}

#[test]
fn the_lowest_run_keeps_a_comment_whatever_order_runs_end_in() {
    let mut explorations = Vec::new();
    for seed in 0..20 {
        for mode in ["QUEUE", "LOCK"] {
            for cores in [2, 8] {
                let way = format!("wrap_mode = \"{mode}\"\nncores = {cores}");
                explorations.push(explored(&way, &shuffled(RUNS, seed)));
            }
        }
    }
    let said = python("check_purged_comments.py", explorations.iter().map(|scratch| scratch.join("hdf5/modes.hdf5")));
    println!("{said}");
    // Otherwise nothing was shown.
    let words: Vec<&str> = said.split(' ').collect();
    assert!(words[0].parse::<usize>().expect("a number") > 40, "run 0 was first in most explorations: {said}");
}

#[test]
fn lazy_debug_leaves_nothing_behind() {
    let scratch = explored("lazy_debug = true", &[0; RUNS]);
    assert_eq!(scratch.listing(), ["exp.toml"]);
    let scratch = Scratch::new();
    let spec = "spec = 1\n[storage]\nservice = \"none\"\n[explore.axes]\nx = [1]\nwork = [1]\n";
    scratch.write("exp.toml", spec);
    scratch.host(["run", &guest("linger").display().to_string(), "--spec", "exp.toml"]).exits(0);
    assert!(
        !scratch.listing().iter().any(|name| name.contains("hdf5") || name.ends_with(".cnt")),
        "{:?}",
        scratch.listing()
    );
}

#[test]
fn the_time_of_an_exploration_adds_up() {
    let ways =
        [("multiproc = false", 1), ("wrap_mode = \"QUEUE\"\nncores = 2", 3), ("wrap_mode = \"LOCK\"\nncores = 2", 2)];
    for (way, threads) in ways {
        let scratch = Scratch::new();
        let spec = format!(
            "spec = 1\n[trajectory]\nname = \"timed\"\nadd_time = false\n[environment]\n{way}\n\
             [explore]\nmode = \"zip\"\n[explore.axes]\nx = {{ range = [0, 2000, 1] }}\nwork = {{ range = [0, 2000, 1] }}\n"
        );
        // The work of a run has no matter here; most take no time.
        let spec = spec.replace("work = { range = [0, 2000, 1] }", &format!("work = {:?}", [0, 0, 0, 1].repeat(500)));
        scratch.write("exp.toml", spec);
        let job = guest("linger").display().to_string();
        let run = |more: &[&str]| {
            let arguments =
                [&["run", job.as_str(), "--spec", "exp.toml", "--quiet", "--json", "--overwrite"], more].concat();
            let said = scratch.host(arguments).exits(0).stdout();
            serde_json::from_str::<serde_json::Value>(&said).expect("JSON")
        };
        assert!(run(&[]).get("timings").is_none(), "nobody has asked");
        let timings = &run(&["--timings"])["timings"];
        let time = |part: &str| timings[part].as_f64().unwrap_or_else(|| panic!("no {part} in {timings}"));
        assert_eq!(timings["threads"], threads, "{way}");
        let (wall, total) = (time("wall"), time("total"));
        assert!((wall * f64::from(threads) - total).abs() < 1e-6, "{way}: {timings}");
        let parts =
            ["compile", "start_up", "instantiate", "guest", "host_calls", "journal", "store", "waiting", "finishing"];
        let measured: f64 = parts.iter().map(|part| time(part)).sum();
        // What is measured leaves out a tenth at most, and counts nothing twice.
        assert!(measured <= 1.01 * total, "{way}: {measured} of {timings}");
        assert!(measured >= 0.9 * total - 0.05, "{way}: {measured} of {timings}");
        assert!((measured + time("other") - total).abs() <= 0.01 * total, "{way}: {timings}");
        for part in ["start_up", "instantiate", "guest", "host_calls", "journal", "store", "finishing"] {
            assert!(time(part) > 0.0, "{way}: {part} in {timings}");
        }
        assert!(time("first_run") > 0.0 && time("first_run") < wall, "{way}: {timings}");
    }
}

#[test]
fn a_short_run_does_not_wait_for_a_long_one() {
    for mode in ["QUEUE", "LOCK"] {
        let scratch = Scratch::new();
        // One worker: nothing but the first run ends before the second one, which takes far too long.
        let spec = format!(
            "spec = 1\n[trajectory]\nname = \"waits\"\nadd_time = false\n[environment]\nwrap_mode = \"{mode}\"\nncores = 1\n\
             [limits]\ntimeout = \"60s\"\n[explore]\nmode = \"zip\"\n[explore.axes]\nx = [0, 1]\nwork = [0, 100000]\n"
        );
        scratch.write("exp.toml", spec);
        let job = guest("linger").display().to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_host"))
            .args(["run", &job, "--spec", "exp.toml", "--quiet"])
            .current_dir(scratch.path())
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        let began = Instant::now();
        let journal = scratch.join("hdf5/waits.cnt");
        let finished = || {
            let records = JournalReader::open(&journal).ok()?.records();
            Some(records.filter(|record| matches!(record, Ok(Record::Finished(_)))).count())
        };
        while finished() != Some(1) && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let seen = finished();
        child.kill().expect("it runs still");
        child.wait().expect("it ends");
        assert_eq!(seen, Some(1), "{mode}");
    }
}
