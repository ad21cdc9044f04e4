//! The overview tables as PyTables, pandas and pypet see them, for every setting.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use host::{
    storage::{Hdf5Options, Hdf5Storage, Head, StorageService, StoreRequest, Tail},
    trajectory::*,
};

use crate::support::{Scratch, guest, python};

const SETTINGS: [(bool, bool); 4] = [(true, false), (true, true), (false, true), (false, false)];

/// Explores `job` and returns what the readers say about the tables.
fn tables(job: &str, small: bool, large: bool, rest: &str) -> String {
    let scratch = Scratch::new();
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"t\"\nadd_time = false\n[environment]\nsmall_overview_tables = {small}\n\
         large_overview_tables = {large}\n{rest}"
    );
    scratch.write("exp.toml", spec);
    scratch.host(["run", &guest(job).display().to_string(), "--spec", "exp.toml"]).exits(0);
    let [small, large] = [small, large].map(|there| u8::from(there).to_string());
    let file = scratch.join("hdf5/t.hdf5").display().to_string();
    let said = python("check_tables.py", [&file, "t", &small, &large]);
    // The rest of the program is not disturbed by tables beside results.
    let run = "results.runs.run_set_00000.run_00000001";
    assert!(!scratch.host(["ls", "hdf5/t.hdf5", run]).exits(0).stdout().contains("explored_parameters"));
    assert!(!scratch.host(["show", "hdf5/t.hdf5", run]).exits(0).stdout().contains("explored_parameters"));
    said
}

#[test]
fn every_setting_has_its_tables_for_every_reader() {
    let rest = "[parameters]\n\"net.text\" = { value = \"grüße\", comment = \"ä\" }\nreal = 0.5\nwhole = 1\n\"net.label\" = \"\"\n[explore.axes]\n\
                whole = [1, 2, 3]\n\"net.label\" = [\"a\", \"ß\"]\n[replicate]\ncount = 2\n";
    for (small, large) in SETTINGS {
        let said = tables("conformance", small, large, rest);
        let on = |there| if there { "on" } else { "off" };
        insta::assert_snapshot!(format!("tables_small_{}_large_{}", on(small), on(large)), said);
    }
}

#[test]
fn tables_of_many_runs_are_complete() {
    // More rows are expected than come.
    let estimates = "results_per_run = 7\nderived_parameters_per_run = 1\n";
    let axes = "[explore.axes]\nx = { linspace = [0.0, 1.0, 50] }\ny = { linspace = [0.0, 9.9, 100] }\n";
    let said = tables("multiply", true, true, &format!("{estimates}{axes}"));
    for line in ["results_runs: 5000 rows", "results_overview: 5000 rows", "in 5000 runs", "5000 results"] {
        assert!(said.contains(line), "{line} is missing:\n{said}");
    }
}

#[test]
fn a_shared_comment_stands_with_run_0_whatever_order_runs_end_in() {
    let scratch = Scratch::new();
    let path = |name: &str| NodePath::new(name).expect("a legal name");
    let addition = |kind, name: &str, comment: String| Addition {
        items: vec![(path(name), Value::Int(42))],
        ..Addition::new(kind, path(name), comment)
    };
    let run = |index: u32| FinishedRun {
        index: RunIndex(index),
        outcome: Ok(()),
        additions: vec![
            addition(AdditionKind::Result, "my_result", "Mostly harmless!".into()),
            addition(AdditionKind::Result, "other", format!("one of three: {}", index % 3)),
            addition(AdditionKind::DerivedParameter, "d", "Mostly harmless!".into()),
        ],
        started: 1.7e9,
        took: Duration::from_millis(1),
    };
    let options = Hdf5Options { large_overview_tables: true, ..Hdf5Options::default() };
    let mut random = 42u64;
    let mut files = Vec::new();
    for shuffle in 0..20 {
        let mut trajectory = Trajectory::new("shuffled").expect("a name");
        trajectory.f_add_parameter("x", 0, "").expect("a parameter");
        let x = Axis::integers(0, 40, 1).expect("an axis");
        trajectory.f_explore([("x", x)], Combine::Cartesian).expect("an exploration");
        let head = Head {
            identity: Identity::new("shuffled", 1.7e9, "2023_11_14_22h13m20s".into(), "0"),
            trajectory: Arc::new(trajectory),
            config: options.config(),
            file_title: String::new(),
            dims: BTreeMap::new(),
            units: BTreeMap::new(),
            version: "0".into(),
            launch: None,
        };
        let mut runs: Vec<FinishedRun> = (0..40).map(run).collect();
        for at in (1..runs.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            runs.swap(at, (random >> 33) as usize % (at + 1));
        }
        let file = scratch.join(format!("{shuffle}.hdf5"));
        let mut storage = Hdf5Storage::create(&file, options).expect("a file");
        storage.store(StoreRequest::Start(&head)).expect("a start");
        for part in runs.chunks(7) {
            storage.store(StoreRequest::Runs(part)).expect("runs");
        }
        storage.store(StoreRequest::Finish(&Tail::default())).expect("an end");
        files.push(file);
    }
    println!("{}", python("check_comments.py", &files));
}
