//! Inputs to begin fuzzing with, made rather than found: `cargo test --test integration seeds -- --ignored`.
//!
//! Specs, arguments and data files are written by hand or by NumPy and SciPy; everything else is made here.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use arbitrary::Unstructured;
use host::{
    journal::{Journal, Sync},
    storage::{Hdf5Options, Hdf5Storage, Head, SqliteOptions, SqliteStorage, StorageService, StoreRequest, Tail},
    trajectory::{
        Addition, AdditionKind, Array, ArrayData, Axis, Combine, Dict, FinishedRun, Identity, NodePath, Parameter,
        RunFailure, RunIndex, Sequence, Table, Trajectory, Value,
    },
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::{Chance, targets::made};
use crate::support::{Scratch, repository};

/// Whole files in git stay below this.
const LARGEST: usize = 64 << 10;

fn keep(target: &str, name: &str, content: &[u8]) {
    assert!(content.len() < LARGEST, "{target}/{name} has {} bytes", content.len());
    let folder = repository().join("host/fuzz/corpus").join(target);
    fs::create_dir_all(&folder).expect("folders can be made");
    fs::write(folder.join(name), content).expect("files can be written");
}

#[test]
#[ignore = "writes the inputs that are in the repository"]
fn are_made() {
    for target in ["values", "journal_damage", "journal_roundtrip"] {
        for (at, length) in [40, 300, 900].into_iter().enumerate() {
            keep(target, &format!("chance-{at}"), &chance(at, length));
        }
    }
    journals();
    frames();
    components();
    for (at, runs) in [sample_runs(0), sample_runs(1), sample_runs(2)].into_iter().enumerate() {
        files(&format!("sample-{at}"), &runs);
    }
}

fn chance(at: usize, length: usize) -> Vec<u8> {
    let mut chance = Chance(at as u64);
    (0..length).map(|_| chance.below(256) as u8).collect()
}

fn some_runs(at: usize) -> Vec<FinishedRun> {
    let bytes = chance(at, 1500);
    let mut u = Unstructured::new(&bytes);
    (0..3).map(|_| made::run(&mut u).expect("bytes enough")).collect()
}

fn journals() {
    let scratch = Scratch::new();
    for at in 0..4 {
        let path = scratch.join(format!("{at}.cnt"));
        let mut journal = Journal::create(&path, b"header", Sync::Never).expect("a journal");
        for run in some_runs(at) {
            journal.started(run.index).expect("a note");
            journal.finished(&[run]).expect("a run");
        }
        journal.stored().expect("a note");
        journal.sync().expect("a disk");
        let whole = fs::read(&path).expect("a file");
        keep("journal", &format!("whole-{at}"), &whole);
        keep("journal", &format!("cut-{at}"), &whole[..whole.len() * 2 / 3]);
        if at == 0 {
            journal.complete().expect("a journal can be completed");
            keep("journal", "complete", &fs::read(&path).expect("a file"));
        }
    }
}

fn frames() {
    for at in 0..3 {
        let runs = some_runs(at + 10);
        let said: Vec<u8> = runs.iter().flat_map(host::pool::frames::said).collect();
        keep("frame", &format!("replies-{at}"), &[&[0], &host::pool::frames::greeted(&said)[..]].concat());
        keep("frame", &format!("greeted-{at}"), &[&[1], &said[..]].concat());
        keep("frame", &format!("run-{at}"), &[&[3], &chance(at, 700)[..]].concat());
    }
}

/// What a component of each kind is made of.
fn components() {
    let job = |extra: &str, run: &str| {
        format!(
            r#"(module
              (import "host:exploration/single-run@0.1.0" "v-seed" (func $seed (result i64)))
              (import "host:exploration/single-run@0.1.0" "f-get" (func $get (param i32 i32 i32)))
              (memory (export "memory") 2)
              (global $heap (mut i32) (i32.const 65536))
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 3))))
              {extra}
              (func (export "run") (param i32 i32 i32 i32) (result i32) {run} (i32.const 2048)))"#
        )
    };
    // Strings at 8192; a manifest without parameters and results.
    let described = r#"(func (export "describe") (result i32)
        (i32.store (i32.const 3000) (i32.const 8192)) (i32.store (i32.const 3004) (i32.const 5)) (i32.const 3000))
        (data (i32.const 8192) "hello")"#;
    let call = "(drop (call $seed)) (call $get (i32.const 8192) (i32.const 1) (i32.const 1024))";
    keep("component", "job", &component("job", &job("", "")));
    keep("component", "job-calls", &component("job", &job("(data (i32.const 8192) \"x\")", call)));
    keep("component", "described-job", &component("described-job", &job(described, "")));
    keep("component", "endless", &component("job", &job("", "(loop $l (br $l))")));
    let class = r#"(module
        (memory (export "memory") 2)
        (global $heap (mut i32) (i32.const 65536))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
          (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 3))))
        (func (export "describe") (result i32)
          (i32.store (i32.const 3000) (i32.const 8192)) (i32.store (i32.const 3004) (i32.const 5)) (i32.const 3000))
        (data (i32.const 8192) "Hello")
        (func (export "store-values") (param i32 i32) (result i32) (i32.const 2048))
        (func (export "load-values") (param i32 i32) (result i32) (i32.const 2048))
        (func (export "value-to-str") (param i32 i32) (result i32) (i32.const 2048)))"#;
    keep("component", "class", &component("custom-class", class));
}

fn component(world: &str, module: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(repository().join("wit")).expect("the contract");
    let world = resolve.select_world(&[package], Some(world)).expect("a world");
    let mut module = wat::parse_str(module).expect("a module");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("a module for the world");
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap_or_else(|why| panic!("{why:?}"))
}

fn path(name: &str) -> NodePath {
    NodePath::new(name).expect("a legal name")
}

/// Few values in each file, so that these are small.
fn sample_runs(which: u32) -> Vec<FinishedRun> {
    let floats = |n: u64| Array::new(vec![n, 2], ArrayData::Float64(vec![0.5; 2 * n as usize])).expect("a shape");
    let values = match which {
        0 => vec![("z", Value::Float(2.5)), ("n", Value::Int(3)), ("ok", Value::Bool(true))],
        1 => vec![
            ("a", Value::Array(floats(3))),
            ("t", Value::Text("müsli".into())),
            ("l", Value::List(Sequence::Texts(vec!["a".into(), "bc".into()]))),
            ("none", Value::None),
        ],
        _ => vec![
            (
                "table",
                Value::Table(Table::new(vec![("c".into(), floats(2)), ("d".into(), floats(2))]).expect("a table")),
            ),
            ("dict", Value::Dict(Dict::new(vec![("a.b".into(), Value::Int(1))]).expect("a dictionary"))),
            ("m", Value::Sparse(made::sparse(&mut Unstructured::new(&[1; 90])).expect("a matrix"))),
        ],
    };
    let additions: Vec<Addition> = values
        .into_iter()
        .map(|(name, value)| Addition {
            items: vec![(path(name), value)],
            annotations: BTreeMap::from([("note".to_owned(), Value::Int(7))]),
            ..Addition::new(AdditionKind::Result, path(&format!("net.{name}")), "a comment".into())
        })
        .collect();
    let run = |index, outcome, additions| FinishedRun {
        index: RunIndex(index),
        outcome,
        additions,
        started: 1_700_000_000.0,
        took: std::time::Duration::from_millis(20),
    };
    vec![run(0, Ok(()), additions), run(1, Err(RunFailure::Error("no".into())), Vec::new())]
}

fn files(name: &str, runs: &[FinishedRun]) {
    let mut trajectory = Trajectory::new("exp").expect("a name").with_comment("a comment");
    trajectory.f_add_parameter("x", 1.5, "explored").expect("a parameter");
    trajectory.f_add_parameter("neuron.tau", 3, "fixed").expect("a parameter");
    let axis = Axis::list(vec![Value::Float(1.0), Value::Float(2.0)]).expect("an axis");
    trajectory.f_explore([("x", axis)], Combine::Cartesian).expect("an exploration");
    let trajectory = Arc::new(trajectory);
    let identity = Identity::new("exp", 1_700_000_000.25, "2023_11_14_22h13m20s".into(), "0.1.0");
    let head = Head {
        trajectory,
        identity,
        config: BTreeMap::from([(path("environment.ncores"), Parameter::new(Value::Int(2), "workers"))]),
        file_title: "samples".into(),
        dims: BTreeMap::new(),
        units: BTreeMap::from([("net.z".to_owned(), "mm".to_owned())]),
        version: "host 0.1.0".into(),
    };
    let tail = Tail { config: BTreeMap::new() };
    let store = |storage: &mut dyn StorageService| {
        storage.store(StoreRequest::Start(&head)).expect("a start");
        storage.store(StoreRequest::Runs(runs)).expect("runs");
        storage.store(StoreRequest::Finish(&tail)).expect("an end");
    };
    let scratch = Scratch::new();
    let file = scratch.join("a.hdf5");
    let options = Hdf5Options {
        small_overview_tables: false,
        large_overview_tables: false,
        purge_duplicate_comments: false,
        ..Hdf5Options::default()
    };
    store(&mut Hdf5Storage::create(&file, options).expect("a file"));
    keep("hdf5", name, &fs::read(&file).expect("a file"));
    let file = scratch.join("a.sqlite");
    store(&mut SqliteStorage::create(&file, SqliteOptions::default()).expect("a file"));
    keep("sqlite", name, &smaller(&file));
}

/// An SQLite file with small pages.
fn smaller(file: &Path) -> Vec<u8> {
    let connection = rusqlite::Connection::open(file).expect("a file");
    connection
        .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM")
        .expect("the same, smaller");
    drop(connection);
    fs::read(file).expect("a file")
}
