//! Data files that a spec names.

use std::{fmt::Write, fs, time::Instant};

use npyz::WriterBuilder;

use super::*;
use crate::trajectory::{Array, ArrayData};

/// Resolves a spec that lies beside the data; messages name files without their folder.
fn outcome(folder: &Path, text: &str) -> String {
    let spec = SpecFile::parse(&format!("spec = 1\n{text}"), &folder.join("exp.toml"));
    let outcome = match spec.and_then(|spec| spec.resolve(&Overrides::default(), None)) {
        Ok(experiment) => listing(&experiment),
        Err(error) => error.to_string(),
    };
    format!("{text}\n=> {}", outcome.replace(&format!("{}/", folder.display()), ""))
}

#[test]
fn columns() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    fs::write(
        folder.join("a.csv"),
        "n, x, on, name, mixed, odd\n1, 1.5, true, a, 1, 1\n2, 2, False, 2, 2.5, 2\n3, 1e3, TRUE, , 3, x\n",
    )
    .unwrap();
    fs::write(folder.join("gap.csv"), "n,x\n1,2\n,3\n").unwrap();
    fs::write(folder.join("begin.csv"), "n,x\n,2\n1,3\n").unwrap();
    fs::write(folder.join("ragged.csv"), "n,x\n1,2\n1\n").unwrap();
    fs::write(folder.join("empty.csv"), "").unwrap();
    fs::write(folder.join("header.csv"), "n,x\n").unwrap();
    fs::write(folder.join("twice.csv"), "n,n\n1,2\n").unwrap();
    fs::write(folder.join("latin.csv"), b"n,x\n1,\xff\n").unwrap();
    fs::write(folder.join("huge.csv"), "n\n1e999\n").unwrap();
    fs::write(folder.join("nan.csv"), "n\n1.5\nnan\n").unwrap();
    let axis = |file: &str, column: &str| {
        outcome(folder, &format!("[explore.axes]\ny = {{ file = \"{file}.csv\", column = \"{column}\" }}"))
    };
    let mut said = ["n", "x", "on", "name", "mixed", "odd", "nix", "nam"].map(|column| axis("a", column)).to_vec();
    said.extend(["gap", "ragged", "empty", "header", "twice", "huge", "nan", "missing"].map(|file| axis(file, "n")));
    said.push(axis("latin", "x"));
    said.push(axis("begin", "n"));
    for spec in [
        "[explore.axes]\ny = { file = \"a.csv\" }",
        "[explore.axes]\ny = { file = \"a.xlsx\" }",
        "[explore.axes]\ny = { file = 5 }",
        "[explore.axes]\ny = { file = \"a.csv\", colum = \"n\" }",
        "[parameters]\ny = 1.5\n[explore.axes]\ny = { file = \"a.csv\", column = \"n\" }",
        "[parameters]\ny = \"a\"\n[explore.axes]\ny = { file = \"a.csv\", column = \"odd\" }",
        "[parameters]\ny = 1.5\n[explore.axes]\ny = { file = \"a.csv\", column = \"name\" }",
        "[parameters]\ny = true\n[explore.axes]\ny = { file = \"a.csv\", column = \"n\" }",
        "[parameters]\ny = { file = \"a.csv\", column = \"x\", unit = \"V\" }",
        "[parameters]\ny = { file = \"nan.csv\", column = \"n\" }",
        "[environment]\nfilename = \".\"",
    ] {
        said.push(outcome(folder, spec));
    }
    insta::assert_snapshot!(said.join("\n\n"));
}

/// Writes a `.npy` file by hand: `descr`, the order, the shape, the bytes.
fn npy(path: &Path, descr: &str, fortran: bool, shape: &str, bytes: &[u8]) {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    fs::write(path, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()).unwrap();
}

#[test]
fn arrays_of_every_type() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("a.npy");
    let check = |descr: &str, bytes: &[u8], expected: ArrayData| {
        npy(&file, descr, false, "(2,)", bytes);
        assert_eq!(npy::read(&file).unwrap(), Array::flat(expected).unwrap(), "{descr}");
    };
    let le = |values: &[u16]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    check("|b1", &[0, 1], ArrayData::Bool(vec![false, true]));
    check("|i1", &[1, 255], ArrayData::Int8(vec![1, -1]));
    check("<i2", &le(&[1, 0xffff]), ArrayData::Int16(vec![1, -1]));
    check(">i2", &[0, 1, 0xff, 0xff], ArrayData::Int16(vec![1, -1]));
    check("<i4", &[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], ArrayData::Int32(vec![1, -1]));
    check("<i8", &[[1i64, -1].map(i64::to_le_bytes).concat()].concat(), ArrayData::Int64(vec![1, -1]));
    check("|u1", &[1, 255], ArrayData::UInt8(vec![1, 255]));
    check("<u2", &le(&[1, 0xffff]), ArrayData::UInt16(vec![1, 0xffff]));
    check(">u4", &[1u32, 2].map(u32::to_be_bytes).concat(), ArrayData::UInt32(vec![1, 2]));
    check("<u8", &[1u64, u64::MAX].map(u64::to_le_bytes).concat(), ArrayData::UInt64(vec![1, u64::MAX]));
    check("<f4", &[1.5f32, -2.0].map(f32::to_le_bytes).concat(), ArrayData::Float32(vec![1.5, -2.0]));
    check(">f8", &[1.5f64, -2.0].map(f64::to_be_bytes).concat(), ArrayData::Float64(vec![1.5, -2.0]));
    check("<c8", &[1f32, 2., 3., 4.].map(f32::to_le_bytes).concat(), ArrayData::Complex64(vec![1., 2., 3., 4.]));
    check("<c16", &[1f64, 2., 3., 4.].map(f64::to_le_bytes).concat(), ArrayData::Complex128(vec![1., 2., 3., 4.]));
    let codes = ['a', '\0', 'ü', 'b'].map(|c| (c as u32).to_le_bytes()).concat();
    check("<U2", &codes, ArrayData::Text(vec!["a".into(), "üb".into()]));
    check("|S2", b"a\0bc", ArrayData::Text(vec!["a".into(), "bc".into()]));
}

#[test]
fn fortran_order_is_turned_round() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("a.npy");
    npy(&file, "|u1", true, "(2, 3)", &[1, 4, 2, 5, 3, 6]);
    assert_eq!(npy::read(&file).unwrap(), Array::new(vec![2, 3], ArrayData::UInt8(vec![1, 2, 3, 4, 5, 6])).unwrap());
}

#[test]
fn the_library_writes_what_we_read() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("a.npy");
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&[2, 2])
        .writer(fs::File::create(&file).unwrap())
        .begin_nd()
        .unwrap();
    writer.extend([1.5f64, 2.5, 3.5, 4.5]).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        npy::read(&file).unwrap(),
        Array::new(vec![2, 2], ArrayData::Float64(vec![1.5, 2.5, 3.5, 4.5])).unwrap()
    );
}

#[test]
fn arrays_as_parameters_and_axes() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    npy(&folder.join("flat.npy"), "<i4", false, "(3,)", &[1u32, 2, 3].map(u32::to_le_bytes).concat());
    npy(&folder.join("grid.npy"), "|u1", false, "(2, 3)", &[1, 2, 3, 4, 5, 6]);
    npy(&folder.join("point.npy"), "|u1", false, "()", &[1]);
    npy(&folder.join("none.npy"), "|u1", false, "(0, 3)", &[]);
    npy(&folder.join("short.npy"), "<f8", false, "(4,)", &[0; 8]);
    npy(&folder.join("long.npy"), "<f8", false, "(1,)", &[0; 16]);
    npy(&folder.join("giant.npy"), "<f8", false, "(9999999999, 9999999999)", &[]);
    npy(&folder.join("half.npy"), "<f2", false, "(1,)", &[0; 2]);
    npy(&folder.join("dates.npy"), "<M8[s]", false, "(1,)", &[0; 8]);
    npy(&folder.join("large.npy"), "<u8", false, "(1,)", &[255; 8]);
    fs::write(folder.join("text.npy"), "hello").unwrap();
    let parameter = |file: &str| outcome(folder, &format!("[parameters]\nw = {{ file = \"{file}.npy\" }}"));
    let axis = |file: &str| outcome(folder, &format!("[explore.axes]\nw = {{ file = \"{file}.npy\" }}"));
    let mut said: Vec<String> =
        ["flat", "grid", "point", "none", "short", "long", "giant", "half", "dates", "text", "missing"]
            .map(parameter)
            .to_vec();
    said.extend(["flat", "grid", "point", "none", "large"].map(axis));
    said.push(outcome(folder, "[parameters]\nw = { file = \"flat.npy\", column = \"a\" }"));
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn a_million_rows_and_a_million_points() {
    let scratch = tempfile::tempdir().unwrap();
    let mut text = String::from("x,label\n");
    for i in 0..1_000_000 {
        writeln!(text, "{},l{i}", f64::from(i) * 0.5).unwrap();
    }
    fs::write(scratch.path().join("a.csv"), text).unwrap();
    let timed = |text: &str| {
        let start = Instant::now();
        let spec = SpecFile::parse(&format!("spec = 1\n{text}"), &scratch.path().join("exp.toml")).unwrap();
        let experiment = spec.resolve(&Overrides::default(), None).unwrap();
        assert_eq!(experiment.trajectory.run_count(), 1_000_000);
        start.elapsed()
    };
    let rows = timed("[explore.axes]\nx = { file = \"a.csv\", column = \"x\" }");
    let grid = timed("[explore.axes]\nx = { range = [0, 1000] }\ny = { linspace = [0, 1, 1000] }");
    eprintln!("a million rows: {rows:?}, a million points: {grid:?}");
    assert!(grid * 20 < rows, "a grid is not written out point by point: {rows:?}, {grid:?}");
}
