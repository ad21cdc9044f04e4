//! What runs do that ask for less than everything: each crosses the border in a way of its own.

use host_guest::bindings::host::exploration::single_run::{self, AccessError, AddError};
use host_guest::bindings::host::exploration::types::Entry;
use host_guest::{
    ArrayData, Column, Compressed, Coordinates, Indices, IntoValue, JobError, List, NamedValue, Ndarray, Plain,
    SingleRun, SparseMatrix, SparseStructure, Table, Value,
};

use crate::{everything, values};

type Part = fn(&mut SingleRun) -> Result<(), JobError>;

/// The values of the parameter `part`.
pub const PARTS: [(&str, Part); 7] = [
    ("everything", everything),
    ("round_trip", round_trip),
    ("annotations", annotations),
    ("refusals", refusals),
    ("classes", classes),
    ("error", error),
    ("panic", panics),
];

/// Every value to the host and back, twice: as a derived parameter, and as a default.
fn round_trip(traj: &mut SingleRun) -> Result<(), JobError> {
    for (name, value) in values() {
        traj.f_add_derived_parameter(name, value.clone(), "")?;
        let back: Value = traj.f_get(name)?;
        traj.f_add_result(&format!("round_trip.{name}"), back)?;
        let default = single_run::f_get_default(&format!("nowhere.{name}"), &value).map_err(|error| kind_of(&error))?;
        traj.f_add_result(&format!("default.{name}"), default)?;
    }
    Ok(())
}

fn annotations(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("holder", 1)?;
    let mut attempts = Attempts::default();
    for (name, value) in values() {
        if let Value::Plain(plain) = value {
            attempts.add(name, single_run::f_set_annotation("holder", &name.replace('.', "_"), &plain));
        }
    }
    attempts.store(traj)
}

fn classes(traj: &mut SingleRun) -> Result<(), JobError> {
    let times = || vec![item("times", vec![100_i64, 103, 107, 200].into_value())];
    single_run::f_add_result_as("Packed", "spikes", &times(), "packed").map_err(|error| kind_of_add(&error))?;
    traj.f_add_derived_parameter_as("Duration", "twice", "5s 5s", "two pauses")?;
    let twice: Value = traj.f_get("twice")?;
    traj.f_add_result("twice_seen", twice)?;
    let mut attempts = Attempts::default();
    attempts.add("unknown class", single_run::f_add_result_as("Nowhere", "a", &times(), ""));
    let often = "often".into_value();
    let refused = single_run::f_add_derived_parameter_as("Duration", "b", &often, "");
    attempts.add("refused by the class", refused);
    attempts.store(traj)
}

fn error(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("dropped", "what a failed run added is not stored")?;
    Err("the guest fails on purpose: ä".into())
}

fn panics(_: &mut SingleRun) -> Result<(), JobError> {
    panic!("the guest panics on purpose: ä");
}

fn refusals(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    traj.f_add_derived_parameter("d", 1, "")?;
    let mut attempts = Attempts::default();
    for name in
        ["nowhere", "twin", "", "a/b", "config", "config.x", "results.run_00000000.z", "run_ALL.z", "part.below"]
    {
        attempts.get(&format!("get {name}"), single_run::f_get(name));
        let default = 1.into_value();
        attempts.get(&format!("get {name} or 1"), single_run::f_get_default(name, &default));
    }
    for name in ["z", "", "a/b", "results.z", "z.below", "run_00000001", "par", "_private", "ä"] {
        let one = [item("", 1.into_value())];
        attempts.add(&format!("result {name}"), single_run::f_add_result(name, &one, ""));
    }
    for name in ["d", "", "a/b", "parameters.x", "d.below"] {
        let one = 1.into_value();
        attempts.add(&format!("derived parameter {name}"), single_run::f_add_derived_parameter(name, &one, ""));
    }
    for name in ["nowhere", "", "results", "part"] {
        attempts.add(&format!("annotation of {name}"), single_run::f_set_annotation(name, "key", &Plain::Integer(1)));
    }
    let pair = [item("a", 1.into_value()), item("a", 2.into_value())];
    attempts.add("items of one name", single_run::f_add_result("r", &pair, ""));
    attempts.add("no items", single_run::f_add_result("r", &[], ""));
    for (what, value) in contradictions() {
        let name = format!("r{}", attempts.said.len());
        attempts.add(what, single_run::f_add_result(&name, &[item("", value)], ""));
    }
    let broken = Plain::Array(Ndarray { shape: vec![3], data: ArrayData::Signed64(vec![1, 2]) });
    attempts.add("annotation that contradicts itself", single_run::f_set_annotation("z", "key", &broken));
    attempts.store(traj)
}

/// Values that contradict themselves, in every way that a type allows.
fn contradictions() -> Vec<(&'static str, Value)> {
    let array = |shape: &[u64], data: ArrayData| Ndarray { shape: shape.to_vec(), data };
    let value = |array: Ndarray| Value::Plain(Plain::Array(array));
    let column = |name: &str, cells: Ndarray| Column { name: name.to_owned(), cells };
    let reals = |count: usize| ArrayData::Float64(vec![0.5; count]);
    let table = |columns: Vec<Column>| Value::Table(Table { columns });
    let entry = |key: &str| Entry { key: key.to_owned(), value: Plain::Integer(1) };
    let sparse = |shape: &[u64], structure: SparseStructure| {
        let count = shape.iter().product::<u64>();
        Value::Sparse(SparseMatrix { rows: 2, columns: 2, data: array(shape, reals(count as usize)), structure })
    };
    let narrow = |positions: &[i32]| Indices::Signed32(positions.to_vec());
    let wide = |positions: &[i64]| Indices::Signed64(positions.to_vec());
    vec![
        ("three of boolean", value(array(&[3], ArrayData::Boolean(vec![true, false])))),
        ("three of signed8", value(array(&[3], ArrayData::Signed8(vec![1, 2])))),
        ("three of signed16", value(array(&[3], ArrayData::Signed16(vec![1, 2])))),
        ("three of signed32", value(array(&[3], ArrayData::Signed32(vec![1, 2])))),
        ("three of signed64", value(array(&[3], ArrayData::Signed64(vec![1, 2])))),
        ("three of unsigned8", value(array(&[3], ArrayData::Unsigned8(vec![1, 2])))),
        ("three of unsigned16", value(array(&[3], ArrayData::Unsigned16(vec![1, 2])))),
        ("three of unsigned32", value(array(&[3], ArrayData::Unsigned32(vec![1, 2])))),
        ("three of unsigned64", value(array(&[3], ArrayData::Unsigned64(vec![1, 2])))),
        ("three of float32", value(array(&[3], ArrayData::Float32(vec![1.0, 2.0])))),
        ("three of float64", value(array(&[3], ArrayData::Float64(vec![1.0, 2.0])))),
        ("three of complex64", value(array(&[3], ArrayData::Complex64(vec![1.0, 2.0, 3.0, 4.0])))),
        ("three of complex128", value(array(&[3], ArrayData::Complex128(vec![1.0, 2.0, 3.0, 4.0])))),
        ("three of text", value(array(&[3], ArrayData::Text(vec!["a".into(), "b".into()])))),
        ("half a complex number", value(array(&[1], ArrayData::Complex128(vec![1.0])))),
        ("none of one", value(array(&[], reals(0)))),
        ("a shape beyond 64 bits", value(array(&[1 << 32, 1 << 32], reals(0)))),
        ("too many dimensions", value(array(&[1; 100], reals(1)))),
        ("table without columns", table(vec![])),
        ("columns of one name", table(vec![column("t", array(&[1], reals(1))), column("t", array(&[1], reals(1)))])),
        ("columns of two lengths", table(vec![column("t", array(&[2], reals(2))), column("v", array(&[1], reals(1)))])),
        ("column without rows to count", table(vec![column("t", array(&[], reals(1)))])),
        ("keys of one name", Value::Dictionary(vec![entry("a"), entry("a")])),
        ("key inside of a value", Value::Dictionary(vec![entry("a"), entry("a.b")])),
        ("key without a name", Value::Dictionary(vec![entry("")])),
        (
            "csr outside",
            sparse(&[1], SparseStructure::Csr(Compressed { indices: narrow(&[2]), indptr: narrow(&[0, 1, 1]) })),
        ),
        (
            "csc that ends early",
            sparse(&[1], SparseStructure::Csc(Compressed { indices: wide(&[0]), indptr: wide(&[0, 1]) })),
        ),
        (
            "bsr of flat data",
            sparse(&[1], SparseStructure::Bsr(Compressed { indices: narrow(&[0]), indptr: wide(&[0, 1]) })),
        ),
        (
            "coo of two lengths",
            sparse(&[1], SparseStructure::Coo(Coordinates { row: narrow(&[0]), col: narrow(&[0, 1]) })),
        ),
        ("dia of flat data", sparse(&[2], SparseStructure::Dia(narrow(&[0])))),
    ]
}

fn item(name: &str, value: Value) -> NamedValue {
    NamedValue { name: name.to_owned(), value }
}

/// What was tried, and what became of it.
#[derive(Default)]
struct Attempts {
    said: Vec<String>,
}

impl Attempts {
    fn get(&mut self, what: &str, answer: Result<Value, AccessError>) {
        self.said.push(format!("{what}: {}", answer.map_or_else(|error| kind_of(&error), |_| "accepted")));
    }

    fn add(&mut self, what: &str, answer: Result<(), AddError>) {
        self.said.push(format!("{what}: {}", answer.map_or_else(|error| kind_of_add(&error), |()| "accepted")));
    }

    fn store(self, traj: &mut SingleRun) -> Result<(), JobError> {
        Ok(traj.f_add_result("refusals", List::new(self.said))?)
    }
}

fn kind_of(error: &AccessError) -> &'static str {
    match error {
        AccessError::NotFound(_) => "not-found",
        AccessError::Ambiguous(_) => "ambiguous",
        AccessError::IllegalName(_) => "illegal-name",
        AccessError::NotVisible(_) => "not-visible",
    }
}

fn kind_of_add(error: &AddError) -> &'static str {
    match error {
        AddError::IllegalName(_) => "illegal-name",
        AddError::AlreadyExists(_) => "already-exists",
        AddError::InvalidValue(_) => "invalid-value",
        AddError::LimitExceeded(_) => "limit-exceeded",
        AddError::NotFound(_) => "not-found",
        AddError::UnknownClass(_) => "unknown-class",
        AddError::ClassRefused(_) => "class-refused",
    }
}
