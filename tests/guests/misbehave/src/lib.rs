//! Everything a job should not do. The parameter `mode` chooses; [`MODES`] lists them.
//!
//! Where the host has to refuse something, the mode stores the messages of the host as the result `refusals`,
//! and fails with the names of what was wrongly accepted. The other modes are to be stopped by the host.

use std::hint::black_box;

use host_guest::bindings::host::exploration::single_run;
use host_guest::bindings::host::exploration::types::Entry;
use host_guest::{ArrayData, Column, IntoValue, JobError, List, NamedValue, Ndarray, Plain, SingleRun, Table, Value};

host_guest::job!(misbehave);

type Mode = fn(&mut SingleRun) -> Result<(), JobError>;

const MODES: [(&str, Mode); 22] = [
    ("ok", ok),
    ("trap", trap),
    ("panic", panics),
    ("error", error),
    ("loop", endless_loop),
    ("host-call-loop", host_call_loop),
    ("memory", memory),
    ("stack", stack),
    ("same-result-twice", same_result_twice),
    ("outside", outside),
    ("bad-shape", bad_shape),
    ("duplicate-column", duplicate_column),
    ("ragged-table", ragged_table),
    ("duplicate-key", duplicate_key),
    ("huge-array", huge_array),
    ("reserved-names", reserved_names),
    ("many-results", many_results),
    ("log-flood", log_flood),
    ("get-unknown", get_unknown),
    ("get-ambiguous", get_ambiguous),
    ("get-other-run", get_other_run),
    ("partial", partial),
];

fn misbehave(traj: &mut SingleRun) -> Result<(), JobError> {
    let wanted: String = traj.f_get("mode")?;
    match MODES.iter().find(|(name, _)| *name == wanted) {
        Some((_, mode)) => mode(traj),
        None => {
            let known: Vec<&str> = MODES.iter().map(|(name, _)| *name).collect();
            Err(format!("there is no mode `{wanted}`; there are {}", known.join(", ")).into())
        }
    }
}

fn ok(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    Ok(())
}

fn trap(_: &mut SingleRun) -> Result<(), JobError> {
    #[cfg(target_arch = "wasm32")]
    std::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

fn panics(_: &mut SingleRun) -> Result<(), JobError> {
    panic!("the guest panics on purpose: ä");
}

fn error(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("dropped", "what a failed run added is not stored")?;
    Err("the guest fails on purpose: ä".into())
}

/// Adds results and only then fails, by a trap: nothing of it may be stored.
fn partial(traj: &mut SingleRun) -> Result<(), JobError> {
    for index in 0..10 {
        traj.f_add_result(&format!("partial.part_{index}"), index)?;
    }
    trap(traj)
}

fn endless_loop(_: &mut SingleRun) -> Result<(), JobError> {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn host_call_loop(traj: &mut SingleRun) -> Result<(), JobError> {
    loop {
        black_box(traj.v_idx());
    }
}

/// Grows until the host refuses; allocation then fails, and the guest aborts.
fn memory(_: &mut SingleRun) -> Result<(), JobError> {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(black_box(vec![1; 1 << 20]));
    }
}

fn stack(_: &mut SingleRun) -> Result<(), JobError> {
    #[expect(unconditional_recursion, reason = "the stack is to overflow")]
    fn deeper(depth: u64) -> u64 {
        let frame = black_box([depth; 16]);
        black_box(deeper(depth + 1)) + black_box(frame)[0]
    }
    Err(format!("the stack has no end: {}", deeper(0)).into())
}

fn same_result_twice(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    traj.f_add_derived_parameter("d", 1, "")?;
    traj.result("group.z").item("a", 1).add()?;
    let mut attempts = Attempts::default();
    attempts.note("z", traj.f_add_result("z", 2));
    attempts.note("derived d", traj.f_add_derived_parameter("d", 2, ""));
    attempts.note("group", traj.f_add_result("group", 2));
    attempts.note("z.below", traj.f_add_result("z.below", 2));
    attempts.note("items", traj.result("items").item("a", 1).item("a", 2).add());
    attempts.settle(traj)
}

/// Names that would lead out of this run, or into what is not its own.
fn outside(traj: &mut SingleRun) -> Result<(), JobError> {
    const NAMES: [&str; 19] = [
        "",
        ".",
        "..",
        "../z",
        "a/../../z",
        "/z",
        "/results/z",
        "a/b",
        ".z",
        "z.",
        "a..b",
        "a.\0.b",
        "runs.run_00000001.z",
        "results.z",
        "results.runs.run_set_00000.run_00000001.z",
        "parameters.x",
        "config.x",
        "derived_parameters.x",
        "overview.x",
    ];
    let mut attempts = Attempts::default();
    for name in NAMES {
        attempts.note(&format!("result {name:?}"), traj.f_add_result(name, 1));
        attempts.note(&format!("derived parameter {name:?}"), traj.f_add_derived_parameter(name, 1, ""));
    }
    for item in ["..", "../z", "a/b", ".z", "z.", "a..b", "a\0"] {
        attempts.note(&format!("item {item:?}"), traj.result(&format!("r{}", attempts.count)).item(item, 1).add());
    }
    for node in ["parameters.mode", "mode", "", "..", "results", "nowhere"] {
        attempts.note(&format!("annotation of {node:?}"), traj.f_set_annotation(node, "key", 1));
    }
    attempts.settle(traj)
}

/// Shapes that do not match their data, which the typed constructors would let through as well.
fn bad_shape(traj: &mut SingleRun) -> Result<(), JobError> {
    let real = |count: usize| ArrayData::Float64(vec![0.0; count]);
    let cases = [
        ("five of six", vec![2, 3], real(5)),
        ("one too many", vec![2, 3], real(7)),
        ("none of one", vec![], real(0)),
        ("two of one", vec![], real(2)),
        ("some of none", vec![0], real(1)),
        ("product overflows to zero", vec![1 << 32, 1 << 32], real(0)),
        ("product overflows to one", vec![u64::MAX, u64::MAX], real(1)),
        ("half a complex number", vec![1], ArrayData::Complex128(vec![0.0])),
        ("one part each", vec![2], ArrayData::Complex64(vec![0.0, 0.0])),
        ("texts", vec![3], ArrayData::Text(vec![String::new(); 2])),
        ("too many dimensions", vec![1; 100], real(1)),
    ];
    let mut attempts = Attempts::default();
    for (case, shape, data) in cases {
        let value = Ndarray { shape, data };
        let name = format!("r{}", attempts.count);
        attempts.note(case, traj.f_add_result(&name, value.clone()));
        attempts.note(&format!("{case}, derived"), traj.f_add_derived_parameter(&name, value, ""));
    }
    attempts.settle(traj)
}

fn duplicate_column(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    attempts.note("same name", traj.f_add_result("a", Table::new().column("t", [1.0]).column("t", [2.0])));
    attempts.note("no name", traj.f_add_result("b", Table::new().column("", [1.0])));
    attempts.note("slash", traj.f_add_result("c", Table::new().column("a/b", [1.0])));
    attempts.note("no columns", traj.f_add_result("d", Table::new()));
    attempts.settle(traj)
}

fn ragged_table(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    attempts.note("unequal", traj.f_add_result("a", Table::new().column("t", [1.0, 2.0]).column("v", [1.0])));
    let without_rows =
        Column { name: "t".into(), cells: Ndarray { shape: vec![], data: ArrayData::Float64(vec![1.0]) } };
    attempts.note("no dimension", traj.f_add_result("b", Table { columns: vec![without_rows] }));
    let shape = Column { name: "t".into(), cells: Ndarray { shape: vec![3], data: ArrayData::Float64(vec![1.0]) } };
    attempts.note("wrong shape", traj.f_add_result("c", Table { columns: vec![shape] }));
    attempts.settle(traj)
}

fn duplicate_key(traj: &mut SingleRun) -> Result<(), JobError> {
    let entry = |key: &str| Entry { key: key.to_owned(), value: Plain::Integer(1) };
    let cases = [
        ("same key", vec![entry("a"), entry("a")]),
        ("value and dictionary", vec![entry("a"), entry("a.b")]),
        ("no key", vec![entry("")]),
        ("two dots", vec![entry("a..b")]),
    ];
    let mut attempts = Attempts::default();
    for (case, entries) in cases {
        let name = format!("r{}", attempts.count);
        attempts.note(case, traj.f_add_result(&name, Value::Dictionary(entries)));
    }
    attempts.settle(traj)
}

/// Hands the same 64 MiB over 48 times in one call, so that the host is asked for 3 GiB at once, and then
/// in ever more calls: the guest itself needs no more than 70 MiB.
fn huge_array(traj: &mut SingleRun) -> Result<(), JobError> {
    const BYTES: usize = 64 << 20;
    let block = vec![1.0_f64; BYTES / 8];
    let mut attempts = Attempts::default();
    attempts.note("3 GiB in one result", lend(&block, 48, "huge"));
    let one_by_one = (0..48).try_for_each(|index| lend(&block, 1, &format!("huge_{index}")));
    attempts.note("3 GiB in 48 results", one_by_one);
    drop(block);
    attempts.settle(traj)
}

/// Adds a result of `count` items that all show the same memory.
fn lend(block: &[f64], count: usize, name: &str) -> Result<(), single_run::AddError> {
    let item = || NamedValue {
        name: String::new(),
        value: Value::Plain(Plain::Array(Ndarray {
            shape: vec![block.len() as u64],
            // SAFETY: the bindings only read the items while the call lasts, `block` outlives it, and the vector
            // is forgotten below, so that the memory is neither written nor freed through it.
            data: ArrayData::Float64(unsafe {
                Vec::from_raw_parts(block.as_ptr().cast_mut(), block.len(), block.len())
            }),
        })),
    };
    let items: Vec<NamedValue> = (0..count).map(|_| item()).collect();
    let answer = single_run::f_add_result(name, &items, "");
    std::mem::forget(items);
    answer
}

/// Names that pypet rewrites, hides or cannot store.
fn reserved_names(traj: &mut SingleRun) -> Result<(), JobError> {
    const NAMES: [&str; 22] = [
        "par",
        "dpar",
        "res",
        "conf",
        "crun",
        "crunset",
        "overview",
        "results",
        "parameters",
        "a.config",
        "runs",
        "run_ALL",
        "run_00000001",
        "run_set_00000",
        "r_1",
        "$",
        "$set",
        "_private",
        "__class__",
        "a._b",
        "a b",
        "ä",
    ];
    let mut attempts = Attempts::default();
    for name in NAMES {
        attempts.note(name, traj.f_add_result(name, 1));
    }
    attempts.note("too long", traj.f_add_result(&"x".repeat(128), 1));
    attempts.note("too deep", traj.f_add_result(&vec!["deep"; 1000].join("."), 1));
    attempts.settle(traj)
}

/// Adds results until the host has had enough.
fn many_results(traj: &mut SingleRun) -> Result<(), JobError> {
    const ENOUGH: u64 = 10_000_000;
    for index in 0..ENOUGH {
        traj.f_add_result(&format!("many.r{index}"), 1)?;
    }
    Err(format!("{ENOUGH} results were accepted").into())
}

/// Logs more than any limit allows; the run itself goes on.
fn log_flood(traj: &mut SingleRun) -> Result<(), JobError> {
    let line = "flood ".repeat(20);
    for index in 0..100_000 {
        traj.info(format!("{index} {line}"));
    }
    traj.info("one line of 16 MiB: ".to_owned() + &"x".repeat(16 << 20));
    traj.progress(f64::NAN, "not a number");
    traj.progress(-1.0, "before the start");
    traj.progress(f64::INFINITY, "beyond the end");
    traj.f_add_result("z", 1)?;
    Ok(())
}

fn get_unknown(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for name in ["nowhere", "parameters.nowhere", "results.nowhere", "", "..", "a/b", "mode.below"] {
        attempts.note(name, traj.f_get::<Value>(name));
    }
    attempts.note("another type", traj.f_get::<f64>("mode"));
    attempts.settle(traj)
}

/// Needs two parameters `a.twin` and `b.twin`.
fn get_ambiguous(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    attempts.note("twin", traj.f_get::<Value>("twin"));
    attempts.note("twin with default", single_run::f_get_default("twin", &1.into_value()));
    let contains = traj.f_contains("twin");
    traj.f_add_result("contains_twin", contains)?;
    attempts.settle(traj)
}

/// Asks for results of other runs, and for values of other points.
fn get_other_run(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    let other = format!("run_{:08}", if traj.v_idx() == 0 { 1 } else { 0 });
    let mut attempts = Attempts::default();
    for name in [
        format!("results.runs.run_set_00000.{other}.z"),
        format!("results.runs.{other}.z"),
        format!("runs.{other}.z"),
        format!("{other}.z"),
        format!("results.{other}.z"),
        format!("parameters.{other}.mode"),
        "run_ALL.z".to_owned(),
    ] {
        attempts.note(&name, traj.f_get::<Value>(&name));
    }
    attempts.settle(traj)
}

/// What was tried, and what became of it.
#[derive(Default)]
struct Attempts {
    count: usize,
    accepted: Vec<String>,
    refusals: Vec<String>,
}

impl Attempts {
    fn note<T, E: std::fmt::Debug>(&mut self, what: &str, answer: Result<T, E>) {
        self.count += 1;
        match answer {
            Ok(_) => self.accepted.push(what.to_owned()),
            Err(error) => self.refusals.push(format!("{what}: {error:?}")),
        }
    }

    /// Stores the refusals, or fails with what should have been refused.
    fn settle(self, traj: &mut SingleRun) -> Result<(), JobError> {
        if !self.accepted.is_empty() {
            return Err(format!("wrongly accepted: {}", self.accepted.join(", ")).into());
        }
        traj.f_add_result("refusals", List::new(self.refusals))?;
        Ok(())
    }
}
