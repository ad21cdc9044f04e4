//! Jobs in Python with NumPy: what it computes there, what a job is told where something goes wrong, and what building says.

use std::fs;

use crate::{
    scripted::{Scripted, build_path, built_from_template, influenza_sums, thousand},
    support::{Scratch, guest, python},
};

const GUEST: &str = "numpy";

/// By whatever way a run can fail: one message, with the line of the job it came from.
#[test]
fn every_way_to_fail_has_its_reason() {
    let scripts = [
        "helper.fails()",
        "np.linalg.inv(np.zeros((2, 2)))",
        "np.ones(3) @ np.ones(4)",
        "deep(0)",
        "deep_in_c(0)",
        "sys.exit(3)",
        "os._exit(4)",
        "import torch",
        "import scipy.io; scipy.io.loadmat('/nowhere.mat')",
        "held = [np.ones(10**7) for _ in range(10)]",
        "while True: pass",
        "open('/etc/passwd')",
        "import threading; threading.Thread(target=print).start()",
        "traj.nothing",
        "traj.f_add_result('r', np.array([object()]))",
        "traj.f_add_result('r', np.float16(1))",
        "traj.f_add_result('r', np.ones(2)); traj.f_add_result('r', np.ones(2))",
    ];
    let explored = Scripted::explored(GUEST, &scripts, "[limits]\ntimeout = \"5s\"\nmemory = \"256 MiB\"\n", 1);
    insta::assert_snapshot!(explored.told(&scripts));
}

/// What jobs do that is right, checked where it is done.
#[test]
fn what_can_be_done_works() {
    let scripts = [
        "assert traj.tau == 0.5 and traj.net.size == 3 and traj.f_get('tau').v_unit == 's'",
        "traj.f_add_result('some', np.arange(12.0).reshape(3, 4)[:, ::2], np.array([1 + 2j], 'complex64'), np.array([True, False]))",
        "traj.f_add_derived_parameter('d', np.eye(2)); assert (traj.f_get('d', fast_access=True) == np.eye(2)).all()",
        "a = np.arange(10**6); [traj.f_add_derived_parameter('d', a)] + [traj.d for _ in range(100)]",
        "import pandas as pd; traj.f_add_result('t', pd.DataFrame({'a': [1, 2], 'b': ['x', 'ä']}))",
        "import csv, sqlite3, zoneinfo, asyncio, sklearn.linear_model, statsmodels.api, networkx",
        "assert np.random.default_rng(1).integers(100) == 47",
        "np.random.default_rng(); np.random.rand()",
        "print('said by', traj.v_name)",
    ];
    let explored = Scripted::explored(GUEST, &scripts, "", 0);
    assert_eq!(explored.outcomes(), ["ok"; 9]);
    assert!(explored.log().iter().any(|line| line.ends_with("said by run_00000008")), "{:?}", explored.log());
}

/// Linear algebra, transforms and SciPy agree with native NumPy.
#[test]
fn numbers_are_those_of_native_numpy() {
    let scratch = computed("1");
    println!("{}", python("check_numpy.py", [scratch.join("out.hdf5")]));
    // Nothing depends on how many workers there are.
    let others = ["1", "2", "4"].map(computed);
    let folders: Vec<_> = others.iter().chain([&scratch]).map(|scratch| scratch.path().to_owned()).collect();
    println!("{}", python("check_same_results.py", folders));
}

fn computed(ncores: &str) -> Scratch {
    let scratch = Scratch::new();
    let matrix: Vec<Vec<f64>> =
        (0..6).map(|i| (0..6).map(|j| f64::from((7 * i + 3 * j * j) % 11) / 4.0).collect()).collect();
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"numbers\"\nadd_time = false\n[environment]\nfilename = \"out.hdf5\"\n[parameters]\n\
         matrix = {{ array = {matrix:?} }}\nvector = {{ array = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] }}\nn = 0\n\
         [explore.axes]\nn = [0, 1, 2, 3, 4, 5, 6, 7]\n"
    );
    scratch.write("exp.toml", spec);
    scratch.host(["run", &guest(GUEST).display().to_string(), "--spec", "exp.toml", "--quiet", "-j", ncores]).exits(0);
    scratch
}

#[test]
fn a_thousand_runs_on_two_workers() {
    thousand(GUEST, "traj.f_add_result('z', float((np.full(10, traj.x) * 0.3).sum()).__round__(6))");
}

#[test]
fn the_template_works_at_once() {
    assert_eq!(built_from_template("numpy"), 22);
}

/// The example reads the file that the spec grants, and comes to the sums of the one in Rust.
#[test]
fn files_that_are_granted_are_read() {
    let sums = ["job.wasm", "numpy/job.wasm"].map(|job| influenza_sums(job, &["other"]));
    for (rust, numpy) in sums[0].iter().zip(sums[1]) {
        assert!((rust - numpy).abs() <= 1e-12 * rust && *rust > 1000.0, "{rust} and {numpy}");
    }
}

/// What is wrong with a job is told when it is built, in one line.
#[test]
fn what_cannot_be_built_says_why() {
    let broken = [
        ("syntax", "import numpy\ndef run(traj):\n    x = = 1\n"),
        ("import", "import numpy\nimport nowhere\n\n\ndef run(traj):\n    pass\n"),
        ("no run", "import numpy\ndef simulate(traj):\n    pass\n"),
    ];
    let mut told = String::new();
    for (what, source) in broken {
        let scratch = Scratch::new();
        scratch.write("sweep/job.py", source);
        let ended = scratch.host_with(&[("PATH", &build_path())], ["build", "sweep"]).exits(2);
        told += &format!("{what}: {}\n", ended.message());
    }
    let scratch = Scratch::new();
    scratch.write("sweep/job.py", "import numpy\n");
    let nowhere = [("PATH", "/nowhere"), ("VIRTUAL_ENV", "/nowhere")];
    told += &format!("no tools: {}\n", scratch.host_with(&nowhere, ["build", "sweep"]).message());
    insta::assert_snapshot!(told);
}

/// All jobs are the same interpreter: what differs lies behind it.
#[test]
fn jobs_share_their_interpreter() {
    let interpreters = [GUEST, "conformance-numpy"].map(|job| {
        let wasm = fs::read(guest(job)).expect("it was built");
        let (interpreter, source) = host::building::split(&wasm);
        assert!(source.starts_with(b"{\"module\":\"job\""), "{}", String::from_utf8_lossy(&source[..40]));
        (interpreter.len(), blake3::hash(interpreter))
    });
    assert_eq!(interpreters[0], interpreters[1]);
}
