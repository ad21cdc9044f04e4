//! Runs for the tests of this module: strategies for all that there can be, and small ones by hand.

use std::{collections::BTreeMap, time::Duration};

use proptest::{collection::vec, prelude::*, sample::select};

use crate::trajectory::*;

pub(super) fn path(name: &str) -> NodePath {
    NodePath::new(name).expect("a legal name")
}

/// A run with one result.
pub(super) fn run(index: u32, value: Value) -> FinishedRun {
    let items = vec![(path("z"), value)];
    let (kind, comment, annotations) = (AdditionKind::Result, "a result".into(), BTreeMap::new());
    let additions =
        vec![Addition { kind, name: path("z"), items, comment, annotations, class: None, summary: String::new() }];
    FinishedRun { index: RunIndex(index), outcome: Ok(()), additions, started: 1.7e9, took: Duration::from_micros(20) }
}

/// Every finished run that the types allow and a run can make.
pub(super) fn any_run() -> impl Strategy<Value = FinishedRun> {
    let outcome = prop_oneof![3 => Just(Ok(())), 2 => failure().prop_map(Err)];
    (0..MAX_RUNS as u32, outcome, vec(addition(), 0..4), double(), duration()).prop_map(
        |(index, outcome, additions, started, took)| {
            let apart = |(at, mut addition): (usize, Addition)| {
                addition.name = path(&format!("a{at}.{}", addition.name));
                addition
            };
            let additions = additions.into_iter().enumerate().map(apart).collect();
            FinishedRun { index: RunIndex(index), outcome, additions, started, took }
        },
    )
}

fn addition() -> impl Strategy<Value = Addition> {
    let items = vec((name(), any_value()), 1..4).prop_map(|items| {
        let apart = |(at, (name, value))| (path(&format!("i{at}.{name}")), value);
        items.into_iter().enumerate().map(apart).collect::<Vec<_>>()
    });
    let annotations = proptest::collection::btree_map("[A-Z]{1,5}", plain_value(), 0..3);
    (any::<bool>(), name(), items, ".{0,20}", annotations, proptest::option::of("[A-Z]{1,5}")).prop_map(
        |(derived, name, mut items, comment, annotations, class)| {
            let kind = if derived { AdditionKind::DerivedParameter } else { AdditionKind::Result };
            if derived && class.is_none() {
                items.truncate(1);
            }
            Addition { kind, name: path(&name), items, summary: comment.clone(), comment, annotations, class }
        },
    )
}

fn name() -> impl Strategy<Value = String> {
    // Upper case: no name of the tree itself is written so.
    "[A-Z][A-Z0-9_-]{0,8}(\\.[A-Z]{1,3}){0,2}"
}

fn failure() -> impl Strategy<Value = RunFailure> {
    prop_oneof![
        ".{0,20}".prop_map(RunFailure::Error),
        (".{0,20}", ".{0,20}", any::<u32>()).prop_map(|(message, file, line)| RunFailure::Panic {
            message,
            file,
            line
        }),
        ".{0,20}".prop_map(RunFailure::Trap),
        duration().prop_map(|limit| RunFailure::Timeout { limit }),
        (any::<u64>(), any::<u64>()).prop_map(|(wanted, limit)| RunFailure::Memory { wanted, limit }),
        any::<u64>().prop_map(|limit| RunFailure::Stack { limit }),
        (select(&Limited::ALL[..]), any::<u64>()).prop_map(|(what, limit)| RunFailure::Limit { what, limit }),
        ".{0,20}".prop_map(RunFailure::OwnStack),
        Just(RunFailure::Abandoned),
        ".{0,20}".prop_map(RunFailure::Host),
        ".{0,20}".prop_map(RunFailure::Process),
        (".{0,20}", ".{0,20}").prop_map(|(kind, text)| RunFailure::Recorded { kind, text }),
    ]
}

fn duration() -> impl Strategy<Value = Duration> {
    (prop_oneof![0..100u64, any::<u64>()], 0..1_000_000_000u32).prop_map(|(s, ns)| Duration::new(s, ns))
}

/// Any bits, so that many are NaN with a payload.
fn double() -> impl Strategy<Value = f64> {
    prop_oneof![any::<u64>(), any::<u64>().prop_map(|bits| bits | 0x7ff0 << 48), Just(1 << 63)].prop_map(f64::from_bits)
}

fn single() -> impl Strategy<Value = f32> {
    prop_oneof![any::<u32>(), any::<u32>().prop_map(|bits| bits | 0x7f80 << 16), Just(1 << 31)].prop_map(f32::from_bits)
}

fn complex() -> impl Strategy<Value = Complex> {
    (double(), double()).prop_map(|(re, im)| Complex { re, im })
}

pub(super) fn any_value() -> impl Strategy<Value = Value> {
    let table = (0..4u64, vec(vec(0..3u64, 0..2), 1..4)).prop_flat_map(|(rows, shapes)| {
        let columns: Vec<_> = shapes
            .into_iter()
            .enumerate()
            .map(|(at, mut shape)| {
                shape.insert(0, rows);
                (Just(format!("c{at}")), array(shape))
            })
            .collect();
        columns.prop_map(|columns| Value::Table(Table::new(columns).expect("equal lengths")))
    });
    let dict = vec((name(), plain_value()), 0..4).prop_map(|entries| {
        let apart = |(at, (key, value))| (format!("k{at}.{key}"), value);
        Value::Dict(Dict::new(entries.into_iter().enumerate().map(apart).collect()).expect("separate keys"))
    });
    let sparse = crate::trajectory::samples::sparse().prop_map(Value::Sparse);
    prop_oneof![6 => plain_value(), 1 => table, 1 => dict, 1 => sparse]
}

/// What a dictionary takes.
fn plain_value() -> BoxedStrategy<Value> {
    let shape = prop_oneof![
        8 => vec(0..4u64, 0..4),
        // Long enough not to be copied.
        1 => (500..700u64).prop_map(|length| vec![length]),
        1 => Just(vec![1 << 29, 0, 1 << 29]),
    ];
    prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        double().prop_map(Value::Float),
        complex().prop_map(Value::Complex),
        ".{0,30}".prop_map(Value::Text),
        prop_oneof![vec(any::<u8>(), 0..30), vec(any::<u8>(), 5000)].prop_map(Value::Bytes),
        shape.prop_flat_map(array).prop_map(Value::Array),
        sequence().prop_map(Value::List),
        sequence().prop_map(Value::Tuple),
    ]
    .boxed()
}

fn sequence() -> impl Strategy<Value = Sequence> {
    prop_oneof![
        Just(Sequence::Empty),
        vec(any::<bool>(), 0..5).prop_map(Sequence::Bools),
        vec(any::<i64>(), 0..5).prop_map(Sequence::Ints),
        vec(double(), 0..5).prop_map(Sequence::Floats),
        vec(complex(), 0..5).prop_map(Sequence::Complexes),
        vec(".{0,5}", 0..5).prop_map(Sequence::Texts),
        vec(vec(any::<u8>(), 0..5), 0..5).prop_map(Sequence::Bytes),
    ]
}

fn array(shape: Vec<u64>) -> impl Strategy<Value = Array> {
    let n = if shape.contains(&0) { 0 } else { shape.iter().product::<u64>() as usize };
    let data = prop_oneof![
        vec(any::<bool>(), n).prop_map(ArrayData::Bool),
        vec(any::<i8>(), n).prop_map(ArrayData::Int8),
        vec(any::<i16>(), n).prop_map(ArrayData::Int16),
        vec(any::<i32>(), n).prop_map(ArrayData::Int32),
        vec(any::<i64>(), n).prop_map(ArrayData::Int64),
        vec(any::<u8>(), n).prop_map(ArrayData::UInt8),
        vec(any::<u16>(), n).prop_map(ArrayData::UInt16),
        vec(any::<u32>(), n).prop_map(ArrayData::UInt32),
        vec(any::<u64>(), n).prop_map(ArrayData::UInt64),
        vec(single(), n).prop_map(ArrayData::Float32),
        vec(double(), n).prop_map(ArrayData::Float64),
        vec(single(), 2 * n).prop_map(ArrayData::Complex64),
        vec(double(), 2 * n).prop_map(ArrayData::Complex128),
        vec(".{0,5}", n).prop_map(ArrayData::Text),
    ];
    data.prop_map(move |data| Array::new(shape.clone(), data).expect("as many elements as the shape says"))
}

/// All floating-point numbers of a run, as bits: what `==` and `{:?}` do not tell apart.
pub(super) fn float_bits(run: &FinishedRun) -> Vec<u64> {
    let mut bits = vec![run.started.to_bits()];
    for addition in &run.additions {
        addition.items.iter().for_each(|(_, value)| collect(value, &mut bits));
        addition.annotations.values().for_each(|value| collect(value, &mut bits));
    }
    bits
}

fn collect(value: &Value, bits: &mut Vec<u64>) {
    match value {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Bytes(_) => {}
        Value::Float(x) => bits.push(x.to_bits()),
        Value::Complex(c) => bits.extend([c.re.to_bits(), c.im.to_bits()]),
        Value::Array(array) => collect_array(array, bits),
        Value::List(sequence) | Value::Tuple(sequence) => match sequence {
            Sequence::Floats(v) => bits.extend(v.iter().map(|x| x.to_bits())),
            Sequence::Complexes(v) => bits.extend(v.iter().flat_map(|c| [c.re.to_bits(), c.im.to_bits()])),
            _ => {}
        },
        Value::Table(table) => table.columns().iter().for_each(|(_, cells)| collect_array(cells, bits)),
        Value::Dict(dict) => dict.entries().iter().for_each(|(_, value)| collect(value, bits)),
        Value::Sparse(sparse) => collect_array(sparse.data(), bits),
    }
}

fn collect_array(array: &Array, bits: &mut Vec<u64>) {
    match array.data() {
        ArrayData::Float32(v) | ArrayData::Complex64(v) => bits.extend(v.iter().map(|x| u64::from(x.to_bits()))),
        ArrayData::Float64(v) | ArrayData::Complex128(v) => bits.extend(v.iter().map(|x| x.to_bits())),
        _ => {}
    }
}
