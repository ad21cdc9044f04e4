//! Shapes that contradict themselves, overflow, or are huge without an element.

use host_guest::bindings::host::exploration::types::{Entry, Table};
use host_guest::{
    ArrayData, Column, Coordinates, Indices, JobError, Ndarray, Plain, SingleRun, SparseMatrix, SparseStructure, Value,
};

use crate::{Mode, attempts::Attempts};

pub const MODES: &[(&str, Mode)] = &[
    ("contradictions", contradictions),
    ("hollow-arrays", hollow_arrays),
    ("hollow-tables", hollow_tables),
    ("hollow-columns-of-zero-rows", hollow_columns_of_zero_rows),
    ("sparse-without-end", sparse_without_end),
    ("sparse-lies", sparse_lies),
    ("deep-dictionary", deep_dictionary),
    ("annotations-of-every-kind", annotations_of_every_kind),
    ("texts-with-zeros", texts_with_zeros),
];

fn real(count: usize) -> ArrayData {
    ArrayData::Float64(vec![0.0; count])
}

fn array(shape: &[u64], data: ArrayData) -> Plain {
    Plain::Array(Ndarray { shape: shape.to_vec(), data })
}

fn contradictions(traj: &mut SingleRun) -> Result<(), JobError> {
    let half = 1 << 32;
    let cases: [(&[u64], ArrayData); 10] = [
        (&[half, half], real(0)),
        (&[u64::MAX, u64::MAX], real(1)),
        (&[half, half, 2], real(0)),
        (&[u64::MAX], real(1)),
        (&[1 << 61], real(0)),
        (&[], real(0)),
        (&[0], real(1)),
        (&[3], ArrayData::Complex128(vec![0.0; 3])),
        (&[1; 33], real(1)),
        (&[1; 1000], real(1)),
    ];
    let mut attempts = Attempts::default();
    for (shape, data) in cases {
        let what = format!("{:?}", &shape[..shape.len().min(3)]);
        let name = format!("r{}", attempts.count);
        attempts.note(&what, traj.f_add_result(&name, array(shape, data.clone())));
        attempts.note(&what, traj.f_add_derived_parameter(&name, array(shape, data), ""));
    }
    attempts.settle(traj)
}

/// No element at all, and dimensions that no address has. Each may be refused or stored, but not end the exploration.
fn hollow_arrays(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut stored = 0;
    let shapes: [&[u64]; 7] = [
        &[0, u64::MAX],
        &[u64::MAX, 0],
        &[1 << 63, 0, 1 << 63],
        &[1 << 32, 1 << 32, 0],
        &[0, 1 << 62],
        &[0; 32],
        &[u64::MAX, u64::MAX, u64::MAX, 0],
    ];
    for (at, shape) in shapes.iter().enumerate() {
        for data in [real(0), ArrayData::Text(vec![]), ArrayData::Complex64(vec![]), ArrayData::Boolean(vec![])] {
            stored += usize::from(traj.f_add_result(&format!("h{at}_{stored}"), array(shape, data)).is_ok());
        }
        let key = format!("k{at}");
        let entries = vec![Entry { key, value: array(shape, real(0)) }];
        let _ = traj.f_add_result(&format!("dictionary_{at}"), Value::Dictionary(entries));
        let _ = traj.f_add_derived_parameter(&format!("derived_{at}"), array(shape, real(0)), "");
        traj.f_add_result(&format!("z{at}"), 1)?;
        let _ = traj.f_set_annotation(&format!("z{at}"), "hollow", array(shape, real(0)));
    }
    Ok(())
}

fn hollow_table(traj: &mut SingleRun, rows: u64) -> Result<(), JobError> {
    let column = |name: &str, shape: &[u64]| Column {
        name: name.into(),
        cells: Ndarray { shape: shape.to_vec(), data: real(0) },
    };
    for (at, rest) in [[0, 1], [0, u64::MAX], [1 << 40, 0]].into_iter().enumerate() {
        let shape = [rows, rest[0], rest[1]];
        let columns = vec![column("a", &shape), column("b", &shape)];
        let _ = traj.f_add_result(&format!("table_{at}"), Table { columns });
    }
    Ok(())
}

/// Rows without cells: nothing to hand over, and more rows than there are bytes in the world.
fn hollow_tables(traj: &mut SingleRun) -> Result<(), JobError> {
    for rows in [1 << 34, 1 << 40, 1 << 62, u64::MAX] {
        let name = format!("t{rows}");
        traj.f_add_result(&name, 1)?;
        let columns = vec![Column { name: "a".into(), cells: Ndarray { shape: vec![rows, 0], data: real(0) } }];
        let _ = traj.f_add_result(&format!("rows_{rows}"), Table { columns });
    }
    hollow_table(traj, u64::MAX)
}

fn hollow_columns_of_zero_rows(traj: &mut SingleRun) -> Result<(), JobError> {
    hollow_table(traj, 0)?;
    let cells = |shape: &[u64]| Ndarray { shape: shape.to_vec(), data: real(0) };
    for (at, shape) in [vec![0, u64::MAX], vec![0, 1 << 40, 1 << 40], vec![0, 1 << 31]].iter().enumerate() {
        let columns = vec![Column { name: "a".into(), cells: cells(shape) }];
        let _ = traj.f_add_result(&format!("wide_{at}"), Table { columns });
    }
    Ok(())
}

/// A matrix larger than the world, with nothing in it, in every format.
fn sparse_without_end(traj: &mut SingleRun) -> Result<(), JobError> {
    let none = || Indices::Signed64(vec![]);
    let mut at = 0;
    for (rows, columns) in [(u64::MAX, u64::MAX), (1 << 62, 1 << 62), (i64::MAX as u64, 1), (0, u64::MAX)] {
        let structures = [
            SparseStructure::Coo(Coordinates { row: none(), col: none() }),
            SparseStructure::Dia(none()),
            SparseStructure::Csr(host_guest::Compressed { indices: none(), indptr: Indices::Signed64(vec![0]) }),
            SparseStructure::Csc(host_guest::Compressed { indices: none(), indptr: Indices::Signed32(vec![0]) }),
            SparseStructure::Bsr(host_guest::Compressed { indices: none(), indptr: none() }),
        ];
        for structure in structures {
            at += 1;
            let shape = match structure {
                SparseStructure::Bsr(_) => vec![0, u64::MAX, u64::MAX],
                SparseStructure::Dia(_) => vec![0, u64::MAX],
                _ => vec![0],
            };
            let data = Ndarray { shape, data: real(0) };
            let matrix = SparseMatrix { rows, columns, data, structure };
            let _ = traj.f_add_result(&format!("m{at}"), Value::Sparse(matrix));
        }
    }
    traj.f_add_result("tried", at)?;
    Ok(())
}

/// Positions outside of the matrix, lines that run backwards, too few of everything.
fn sparse_lies(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    let data = || Ndarray { shape: vec![2], data: real(2) };
    let compressed = |indices: Vec<i32>, indptr: Vec<i64>| {
        SparseStructure::Csr(host_guest::Compressed {
            indices: Indices::Signed32(indices),
            indptr: Indices::Signed64(indptr),
        })
    };
    let coordinates = |row: Vec<i64>, col: Vec<i32>| {
        SparseStructure::Coo(Coordinates { row: Indices::Signed64(row), col: Indices::Signed32(col) })
    };
    let cases = [
        ("outside", compressed(vec![0, 5], vec![0, 1, 2])),
        ("negative", compressed(vec![0, -1], vec![0, 1, 2])),
        ("backwards", compressed(vec![0, 1], vec![0, 2, 1])),
        ("beyond", compressed(vec![0, 1], vec![0, i64::MAX, 2])),
        ("too few lines", compressed(vec![0, 1], vec![0, 2])),
        ("too few columns", compressed(vec![0], vec![0, 1, 2])),
        ("row outside", coordinates(vec![0, i64::MAX], vec![0, 1])),
        ("unequal", coordinates(vec![0], vec![0, 1])),
    ];
    for (case, structure) in cases {
        let name = format!("m{}", attempts.count);
        let matrix = SparseMatrix { rows: 2, columns: 2, data: data(), structure };
        attempts.note(case, traj.f_add_result(&name, Value::Sparse(matrix)));
    }
    attempts.settle(traj)
}

fn deep_dictionary(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for depth in [300, 10_000, 1_000_000] {
        let key = vec!["d"; depth].join(".");
        let name = format!("deep_{depth}");
        let entries = vec![Entry { key: key.clone(), value: Plain::Boolean(true) }];
        attempts.note(&format!("{depth} levels"), traj.f_add_result(&name, Value::Dictionary(entries)));
        attempts.note(&format!("item in {depth} levels"), traj.result(&name).item(key, 1).add());
    }
    // 256 levels fit into what a location may be, and each of many keys has its own.
    let entry = |at: u32| Entry { key: format!("k{at}{}", ".d".repeat(200)), value: Plain::Boolean(true) };
    traj.f_add_result("many_deep", Value::Dictionary((0..20).map(entry).collect()))?;
    attempts.settle(traj)
}

fn annotations_of_every_kind(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    let values = [
        Plain::None,
        Plain::Text("a\0b".into()),
        Plain::Text(String::new()),
        Plain::Text("\u{1b}[31m\u{202e}".into()),
        Plain::Bytes(vec![0; 10]),
        array(&[0], real(0)),
        array(&[0], ArrayData::Text(vec![])),
        array(&[2], ArrayData::Text(vec!["a\0".into(), "\u{1b}".into()])),
        Plain::List(host_guest::Sequence::Empty),
        Plain::Text("x".repeat(65_535)),
        Plain::Text("x".repeat(65_000)),
        Plain::Bytes(vec![1; 65_536]),
        array(&[8192], real(8192)),
    ];
    for (at, value) in values.into_iter().enumerate() {
        let _ = traj.f_set_annotation("z", &format!("k{at}"), value);
    }
    Ok(())
}

fn texts_with_zeros(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("text", "a\0b\0")?;
    traj.f_add_result("escape", "\u{1b}[2J\u{1b}]0;owned\u{7}\r\u{202e}\u{9b}31m")?;
    traj.result("commented").item("z", 1).comment("a\0b\u{1b}[2J\r\u{202e}").add()?;
    traj.f_add_derived_parameter("derived", "\u{1b}[2J\0", "\u{1b}[2J\0")?;
    Ok(())
}
