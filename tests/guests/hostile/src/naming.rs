//! Names that lead astray: out of the run, out of the file, or a reader.

use host_guest::bindings::host::exploration::single_run;
use host_guest::bindings::host::exploration::types::Entry;
use host_guest::{Items, JobError, NamedValue, Plain, SingleRun, Table, Value};

use crate::{Mode, attempts::Attempts};

pub const MODES: &[(&str, Mode)] = &[
    ("names-of-results", names_of_results),
    ("names-of-items", names_of_items),
    ("names-of-derived-parameters", names_of_derived_parameters),
    ("names-of-annotations", names_of_annotations),
    ("names-of-columns-and-keys", names_of_columns_and_keys),
    ("names-of-classes", names_of_classes),
    ("names-to-look-up", names_to_look_up),
];

/// Each with a word for it, as some are megabytes long.
fn names() -> Vec<(&'static str, String)> {
    let mut names: Vec<(&str, String)> = [
        ("empty", ""),
        ("dot", "."),
        ("dots", ".."),
        ("up", "../z"),
        ("up inside", "a/../../z"),
        ("absolute", "/results/z"),
        ("slash", "a/b"),
        ("backslash", "a\\b"),
        ("zero", "a\0b"),
        ("zero alone", "\0"),
        ("newline", "a\nb"),
        ("carriage return", "a\rb"),
        ("tabulator", "a\tb"),
        ("escape", "\u{1b}[2J"),
        ("title", "\u{1b}]0;owned\u{7}"),
        ("one-byte escape", "\u{9b}31m"),
        ("delete", "a\u{7f}"),
        ("Cyrillic", "\u{430}lpha"),
        ("full width", "\u{ff41}"),
        ("override", "a\u{202e}b"),
        ("isolate", "\u{2066}a"),
        ("zero width", "a\u{200b}b"),
        ("byte order", "\u{feff}a"),
        ("combining", "a\u{301}"),
        ("astral", "\u{1f980}"),
        ("space", "a b"),
        ("percent", "a%2fb"),
        ("semicolon", "a;b"),
        ("quote", "a'b"),
        ("double quote", "a\"b"),
        ("private", "_private"),
        ("dunder", "__class__"),
        ("private inside", "a._b"),
        ("dot first", ".a"),
        ("dot last", "a."),
        ("two dots", "a..b"),
        ("dollar", "$"),
        ("par", "par"),
        ("res", "res.x"),
        ("crun", "crun"),
        ("run", "run_00000001"),
        ("run set", "run_set_00000"),
        ("all runs", "run_ALL"),
        ("branch", "a.config"),
    ]
    .map(|(what, name)| (what, name.to_owned()))
    .into();
    names.push(("one MiB", "x".repeat(1 << 20)));
    names.push(("one MiB of escapes", "\u{1b}[2J".repeat(1 << 18)));
    names.push(("one MiB of dots", ".".repeat(1 << 20)));
    names.push(("10,000 levels", vec!["a"; 10_000].join(".")));
    names.push(("a million levels", vec!["a"; 1_000_000].join(".")));
    names.push(("128 characters", "x".repeat(128)));
    names
}

fn one() -> Value {
    Value::Plain(Plain::Integer(1))
}

/// Without the words of the SDK, which repeat the name.
fn add(name: &str) -> Result<(), single_run::AddError> {
    single_run::f_add_result(name, &[NamedValue { name: String::new(), value: one() }], "")
}

fn names_of_results(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for (what, name) in names() {
        attempts.note(what, add(&name));
    }
    for name in
        ["results.z", "runs.run_00000001.z", "parameters.x", "config.x", "overview.x", "results.runs.run_00000000.z"]
    {
        attempts.note(name, traj.f_add_result(name, 1));
    }
    attempts.settle(traj)
}

fn names_of_items(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    // An item without a name takes that of its result.
    for (what, name) in names().into_iter().filter(|(what, _)| *what != "empty") {
        attempts.note(what, traj.result(&format!("r{}", attempts.count)).item(name, 1).add());
    }
    attempts.settle(traj)
}

fn names_of_derived_parameters(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for (what, name) in names() {
        attempts.note(what, single_run::f_add_derived_parameter(&name, &one(), ""));
    }
    attempts.settle(traj)
}

fn names_of_annotations(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    let mut attempts = Attempts::default();
    for (what, name) in names() {
        attempts.note(&format!("key {what}"), traj.f_set_annotation("z", &name, 1));
        attempts.note(&format!("node {what}"), single_run::f_set_annotation(&name, "key", &Plain::Integer(1)));
    }
    attempts.settle(traj)
}

fn names_of_columns_and_keys(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for (what, name) in names() {
        let result = format!("r{}", attempts.count);
        attempts.note(&format!("column {what}"), traj.f_add_result(&result, Table::new().column(&*name, [1.0])));
        let entries = vec![Entry { key: name, value: Plain::Boolean(true) }];
        attempts.note(&format!("key {what}"), traj.f_add_result(&result, Value::Dictionary(entries)));
    }
    attempts.settle(traj)
}

fn names_of_classes(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for (what, name) in names() {
        attempts.note(what, traj.f_add_result_as(&name, "z", Items::new().with("x", 1)));
        attempts.note(what, traj.f_add_derived_parameter_as(&name, "z", 1, ""));
    }
    attempts.settle(traj)
}

fn names_to_look_up(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for (what, name) in names() {
        attempts.note(what, single_run::f_get(&name));
        let _ = single_run::f_get_default(&name, &Value::Plain(Plain::None));
        if traj.f_contains(&name) {
            return Err(format!("`{what}` was found").into());
        }
        if !name.is_empty() && !traj.f_list_parameters(&name).is_empty() {
            return Err(format!("there is something below `{what}`").into());
        }
    }
    for name in
        ["config.hdf5", "results.z", "results.runs.run_00000000.z", "run_00000000.z", "derived_parameters.nowhere"]
    {
        attempts.note(name, single_run::f_get(name));
    }
    attempts.settle(traj)
}
