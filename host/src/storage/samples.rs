//! Trajectories and runs for the conformance suite and for the tests of this module.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{Head, Tail};
use crate::trajectory::*;

pub(super) fn path(name: &str) -> NodePath {
    NodePath::new(name).expect("a legal name")
}

/// A trajectory over zipped axes, with `fixed` beside them.
pub(super) fn trajectory(axes: &[(&str, Axis)], fixed: &[(&str, Value)]) -> Arc<Trajectory> {
    let mut parameters = BTreeMap::new();
    for (name, value) in fixed {
        let comment = format!("the {name}");
        parameters.insert(path(name), Parameter { unit: "mV".into(), ..Parameter::new(value.clone(), comment) });
    }
    for (position, (name, axis)) in axes.iter().enumerate() {
        let explored = Some(Explored { axis: axis.clone(), position });
        let parameter = Parameter { explored, unit: "s".into(), ..Parameter::new(axis.at(0), format!("the {name}")) };
        parameters.insert(path(name), parameter);
    }
    let lengths = axes.iter().map(|(_, axis)| axis.len()).collect();
    let points = Points::new(lengths, Combine::Zip, 1).expect("equal lengths");
    Arc::new(Trajectory::from_parts("sample", "a comment", parameters, points, 42).expect("a trajectory"))
}

pub(super) fn head(trajectory: Arc<Trajectory>) -> Head {
    let identity = Identity::new(trajectory.name(), 1_700_000_000.25, "2023_11_14_22h13m20s".into(), "0.1.0");
    let config = BTreeMap::from([
        (
            path("environment.env.hexsha"),
            Parameter::new(Value::Text(identity.hexsha.clone()), "SHA-1 of the environment"),
        ),
        (path("hdf5.purge_duplicate_comments"), Parameter::new(Value::Bool(true), "")),
    ]);
    let dims = BTreeMap::from([("trace".to_owned(), vec!["t".to_owned()])]);
    let units = BTreeMap::from([("z".to_owned(), "mm".to_owned()), ("v.grid".to_owned(), "Hz".to_owned())]);
    Head {
        trajectory,
        identity,
        config,
        file_title: "samples".into(),
        dims,
        units,
        version: "host 0.1.0".into(),
        launch: Some("{}".into()),
    }
}

pub(super) fn tail() -> Tail {
    Tail {
        config: BTreeMap::from([(path("environment.env.runtime"), Parameter::new(Value::Float(1.5), "in seconds"))]),
    }
}

pub(super) fn result(name: &str, items: Vec<(&str, Value)>, comment: &str) -> Addition {
    let items = items.into_iter().map(|(item, value)| (path(item), value)).collect();
    Addition { items, ..Addition::new(AdditionKind::Result, path(name), comment.into()) }
}

pub(super) fn derived(name: &str, value: Value) -> Addition {
    let kind = AdditionKind::DerivedParameter;
    let items = vec![(path("data"), value)];
    Addition { items, ..Addition::new(kind, path(name), "derived".into()) }
}

pub(super) fn finished(index: u32, additions: Vec<Addition>) -> FinishedRun {
    let took = Duration::from_micros(1500 + u64::from(index));
    FinishedRun {
        index: RunIndex(index),
        outcome: Ok(()),
        additions,
        started: 1_700_000_100.0 + f64::from(index),
        took,
    }
}

pub(super) fn failed(index: u32, why: RunFailure) -> FinishedRun {
    FinishedRun { outcome: Err(why), ..finished(index, vec![]) }
}

fn array(shape: &[u64], data: ArrayData) -> Value {
    Value::Array(Array::new(shape.to_vec(), data).expect("a matching shape"))
}

/// [[0, 0, 3], [corner, 0, 0]].
pub(super) fn sparse(corner: f64) -> Sparse {
    let data = Array::flat(ArrayData::Float64(vec![3.0, corner])).expect("a shape");
    let places = Coordinates { row: Indices::Int32(vec![0, 1]), col: Indices::Int32(vec![2, 0]) };
    Sparse::new([2, 3], data, Structure::Coo(places)).expect("places inside of the shape")
}

/// Every kind of value, and the corners of each, under legal names.
pub(super) fn every_value() -> Vec<(&'static str, Value)> {
    let texts = || vec!["a".to_owned(), "grüße".to_owned(), String::new()];
    let complexes = || vec![Complex { re: 1.0, im: -2.5 }, Complex { re: f64::NAN, im: f64::INFINITY }];
    let column =
        |name: &str, shape: &[u64], data| (name.to_owned(), Array::new(shape.to_vec(), data).expect("a shape"));
    let entry = |key: &str, value| (key.to_owned(), value);
    let table = |columns| Value::Table(Table::new(columns).expect("a table"));
    let dict = |entries| Value::Dict(Dict::new(entries).expect("a dictionary"));
    vec![
        ("none", Value::None),
        ("true_", Value::Bool(true)),
        ("false_", Value::Bool(false)),
        ("int", Value::Int(-42)),
        ("int_big", Value::Int(i64::MIN)),
        ("float", Value::Float(0.1)),
        ("float_inf", Value::Float(f64::NEG_INFINITY)),
        ("complex", Value::Complex(Complex { re: 1.0, im: -2.5 })),
        ("text", Value::Text("grüße".into())),
        ("text_empty", Value::Text(String::new())),
        ("text_zeros", Value::Text("a\0b\0\0".into())),
        ("text_zero", Value::Text("\0".into())),
        ("text_long", Value::Text("lang ".repeat(1000))),
        ("bytes", Value::Bytes(vec![0, 255, 1, 0])),
        ("bytes_plain", Value::Bytes(b"abc".to_vec())),
        ("bytes_empty", Value::Bytes(vec![])),
        ("array_bool", array(&[3], ArrayData::Bool(vec![true, false, true]))),
        ("array_i8", array(&[2], ArrayData::Int8(vec![-1, 2]))),
        ("array_i16", array(&[2], ArrayData::Int16(vec![-1, 2]))),
        ("array_i32", array(&[2, 2], ArrayData::Int32(vec![-1, 2, 3, 4]))),
        ("array_i64", array(&[1, 2, 1], ArrayData::Int64(vec![-1, i64::MAX]))),
        ("array_u8", array(&[2], ArrayData::UInt8(vec![1, 255]))),
        ("array_u16", array(&[2], ArrayData::UInt16(vec![1, 2]))),
        ("array_u32", array(&[2], ArrayData::UInt32(vec![1, 2]))),
        ("array_u64", array(&[2], ArrayData::UInt64(vec![1, u64::MAX]))),
        ("array_f32", array(&[2], ArrayData::Float32(vec![0.5, f32::MAX]))),
        ("array_f64", array(&[2, 3], ArrayData::Float64(vec![0.0, 1.0, 2.0, 3.0, -0.0, 5.0]))),
        ("array_c64", array(&[2], ArrayData::Complex64(vec![1.0, 2.0, 3.0, 4.0]))),
        ("array_c128", array(&[1, 2], ArrayData::Complex128(vec![1.0, 2.0, 3.0, 4.0]))),
        ("array_text", array(&[3], ArrayData::Text(texts()))),
        ("array_text2", array(&[2, 1], ArrayData::Text(vec!["ä".into(), "b\0".into()]))),
        ("array_point", array(&[], ArrayData::Float64(vec![1.5]))),
        ("array_empty", array(&[0], ArrayData::Float64(vec![]))),
        ("array_hollow", array(&[3, 0, 2], ArrayData::Int16(vec![]))),
        ("array_no_rows", array(&[0, 3], ArrayData::Text(vec![]))),
        ("array_large", array(&[100, 300], ArrayData::Float64((0..30_000).map(f64::from).collect()))),
        ("sparse", Value::Sparse(sparse(0.5))),
        ("list_empty", Value::List(Sequence::Empty)),
        ("list_bools", Value::List(Sequence::Bools(vec![true, false]))),
        ("list_ints", Value::List(Sequence::Ints(vec![1, -2, i64::MAX]))),
        ("list_no_ints", Value::List(Sequence::Ints(vec![]))),
        ("list_floats", Value::List(Sequence::Floats(vec![0.5, f64::INFINITY]))),
        ("list_one", Value::List(Sequence::Floats(vec![0.5]))),
        ("list_complexes", Value::List(Sequence::Complexes(vec![Complex { re: 0.0, im: 1.0 }]))),
        ("list_texts", Value::List(Sequence::Texts(texts()))),
        ("list_bytes", Value::List(Sequence::Bytes(vec![b"a".to_vec(), vec![0, 0], vec![]]))),
        ("tuple_empty", Value::Tuple(Sequence::Empty)),
        ("tuple_ints", Value::Tuple(Sequence::Ints(vec![1]))),
        ("tuple_texts", Value::Tuple(Sequence::Texts(texts()))),
        (
            "table",
            table(vec![
                column("z", &[2], ArrayData::Int32(vec![1, 2])),
                column("names", &[2], ArrayData::Text(vec!["q".into(), "rü".into()])),
                column("flag", &[2], ArrayData::Bool(vec![true, false])),
                column("x", &[2], ArrayData::Float64(vec![0.5, 1.5])),
                column("c", &[2], ArrayData::Complex64(vec![0.5, 1.5, 2.5, 3.5])),
            ]),
        ),
        (
            "table_deep",
            table(vec![
                column("a", &[2, 2], ArrayData::Float32(vec![1.0, 2.0, 3.0, 4.0])),
                column("b", &[2, 1, 2], ArrayData::Bool(vec![true, false, false, true])),
                column("t", &[2, 2], ArrayData::Text(vec!["a".into(), "b\0".into(), "ß".into(), String::new()])),
                column("hollow", &[2, 0], ArrayData::UInt16(vec![])),
            ]),
        ),
        ("table_no_rows", table(vec![column("a", &[0], ArrayData::Int8(vec![]))])),
        ("table_wide", table((0..600).map(|i| column(&format!("c{i}"), &[1], ArrayData::Int8(vec![1]))).collect())),
        ("dict_empty", dict(vec![])),
        (
            "dict",
            dict(vec![
                entry("zeta", Value::Int(1)),
                entry("alpha", Value::Float(0.5)),
                entry("word", Value::Text("grüße".into())),
                entry("yes", Value::Bool(true)),
                entry("list", Value::List(Sequence::Ints(vec![1, 2]))),
                entry("words", Value::Tuple(Sequence::Texts(texts()))),
                entry("grid", array(&[2, 2], ArrayData::Float64(vec![1.0, 2.0, 3.0, 4.0]))),
                entry("mask", array(&[2], ArrayData::Bool(vec![true, false]))),
            ]),
        ),
        (
            "dict_deep",
            dict(vec![
                entry("b.z", Value::None),
                entry("b.a", Value::List(Sequence::Empty)),
                entry("a", Value::Complex(complexes()[0])),
            ]),
        ),
    ]
}
