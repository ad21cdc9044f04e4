//! Values and runs made of bytes: all that the types allow.

use std::{collections::BTreeMap, time::Duration};

use arbitrary::{Result, Unstructured};
use host::trajectory::{
    Addition, AdditionKind, Array, ArrayData, Complex, Compressed, Coordinates, Dict, FinishedRun, Indices, Limited,
    MAX_RUNS, NodePath, RunFailure, RunIndex, Sequence, Sparse, Structure, Table, Value,
};

/// The most elements of a list.
const MANY: u64 = 12;

/// What all bits of `run` make: two runs are the same where these are, also if they hold NaN.
pub fn bits(run: &FinishedRun) -> Vec<u8> {
    postcard::to_allocvec(run).expect("a run can be written")
}

/// A list of at most [`MANY`].
pub fn list<T>(u: &mut Unstructured<'_>, mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>) -> Result<Vec<T>> {
    (0..u.int_in_range(0..=MANY)?).map(|_| one(u)).collect()
}

/// Numbers with any bits.
pub fn numbers<T: for<'a> arbitrary::Arbitrary<'a>>(u: &mut Unstructured<'_>, count: u64) -> Result<Vec<T>> {
    (0..count).map(|_| u.arbitrary()).collect()
}

/// A short text.
pub fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let length = u.int_in_range(0..=40)?;
    Ok(String::from_utf8_lossy(u.bytes(length.min(u.len()))?).into_owned())
}

/// A legal name; `at` tells it from others, and none lies inside of another.
pub fn name(u: &mut Unstructured<'_>, at: usize) -> Result<NodePath> {
    let letters = b"ABCXYZabcxyz0123456789_-";
    let mut name = format!("n{at}");
    for _ in 0..u.int_in_range(0..=3)? {
        name.push_str(".N");
        for _ in 0..u.int_in_range(0..=6)? {
            name.push(char::from(*u.choose(letters)?));
        }
    }
    Ok(NodePath::new(name).unwrap_or_else(|_| NodePath::new(format!("n{at}.N")).expect("a legal name")))
}

fn double(u: &mut Unstructured<'_>) -> Result<f64> {
    Ok(f64::from_bits(u.arbitrary()?))
}

fn complex(u: &mut Unstructured<'_>) -> Result<Complex> {
    Ok(Complex { re: double(u)?, im: double(u)? })
}

fn sequence(u: &mut Unstructured<'_>) -> Result<Sequence> {
    let count = u.int_in_range(0..=MANY)?;
    Ok(match u.int_in_range(0..=6)? {
        0 => Sequence::Empty,
        1 => Sequence::Bools(numbers(u, count)?),
        2 => Sequence::Ints(numbers(u, count)?),
        3 => Sequence::Floats((0..count).map(|_| double(u)).collect::<Result<_>>()?),
        4 => Sequence::Complexes((0..count).map(|_| complex(u)).collect::<Result<_>>()?),
        5 => Sequence::Texts((0..count).map(|_| text(u)).collect::<Result<_>>()?),
        _ => Sequence::Bytes((0..count).map(|_| Ok(text(u)?.into_bytes())).collect::<Result<_>>()?),
    })
}

fn data(u: &mut Unstructured<'_>, count: u64) -> Result<ArrayData> {
    let kind = u.int_in_range(0..=13)?;
    if kind == 13 {
        return Ok(ArrayData::Text((0..count).map(|_| text(u)).collect::<Result<_>>()?));
    }
    number_data(u, kind, count)
}

fn number_data(u: &mut Unstructured<'_>, kind: u8, count: u64) -> Result<ArrayData> {
    let singles = |u: &mut Unstructured<'_>, count| Ok(numbers(u, count)?.into_iter().map(f32::from_bits).collect());
    let doubles = |u: &mut Unstructured<'_>, count| Ok(numbers(u, count)?.into_iter().map(f64::from_bits).collect());
    Ok(match kind {
        0 => ArrayData::Bool(numbers(u, count)?),
        1 => ArrayData::Int8(numbers(u, count)?),
        2 => ArrayData::Int16(numbers(u, count)?),
        3 => ArrayData::Int32(numbers(u, count)?),
        4 => ArrayData::Int64(numbers(u, count)?),
        5 => ArrayData::UInt8(numbers(u, count)?),
        6 => ArrayData::UInt16(numbers(u, count)?),
        7 => ArrayData::UInt32(numbers(u, count)?),
        8 => ArrayData::UInt64(numbers(u, count)?),
        9 => ArrayData::Float32(singles(u, count)?),
        10 => ArrayData::Float64(doubles(u, count)?),
        11 => ArrayData::Complex64(singles(u, 2 * count)?),
        _ => ArrayData::Complex128(doubles(u, 2 * count)?),
    })
}

fn array(u: &mut Unstructured<'_>) -> Result<Array> {
    if u.ratio(1, 16)? {
        // Nothing at all, however long the dimensions say that it is.
        let shape = vec![u.int_in_range(0..=1 << 20)?, 0, u.int_in_range(0..=1 << 20)?];
        return Ok(Array::new(shape, data(u, 0)?).expect("no elements"));
    }
    let shape: Vec<u64> = (0..u.int_in_range(0..=3)?).map(|_| u.int_in_range(0..=4)).collect::<Result<_>>()?;
    let count = shape.iter().product();
    Ok(Array::new(shape, data(u, count)?).expect("as many elements as the shape says"))
}

fn indices(u: &mut Unstructured<'_>, values: Vec<u64>) -> Result<Indices> {
    Ok(if u.arbitrary()? {
        Indices::Int32(values.into_iter().map(|index| index as i32).collect())
    } else {
        Indices::Int64(values.into_iter().map(|index| index as i64).collect())
    })
}

/// A small matrix in any of the formats.
pub fn sparse(u: &mut Unstructured<'_>) -> Result<Sparse> {
    let (rows, columns) = (u.int_in_range(1..=5u64)?, u.int_in_range(1..=5u64)?);
    let kind = u.int_in_range(0..=12)?;
    let format = u.int_in_range(0..=4)?;
    // Blocks have one element each.
    let (lines, others) = if format == 1 { (columns, rows) } else { (rows, columns) };
    let (shape, structure) = match format {
        0..=2 => {
            let mut pointers = vec![0u64];
            for _ in 0..lines {
                pointers.push(pointers.last().expect("one at least") + u.int_in_range(0..=3)?);
            }
            let count = *pointers.last().expect("one at least");
            let places = (0..count).map(|_| u.int_in_range(0..=others - 1)).collect::<Result<_>>()?;
            let parts = Compressed { indices: indices(u, places)?, indptr: indices(u, pointers)? };
            match format {
                0 => (vec![count], Structure::Csr(parts)),
                1 => (vec![count], Structure::Csc(parts)),
                _ => (vec![count, 1, 1], Structure::Bsr(parts)),
            }
        }
        3 => {
            let count = u.int_in_range(0..=MANY)?;
            let row = (0..count).map(|_| u.int_in_range(0..=rows - 1)).collect::<Result<_>>()?;
            let col = (0..count).map(|_| u.int_in_range(0..=columns - 1)).collect::<Result<_>>()?;
            (vec![count], Structure::Coo(Coordinates { row: indices(u, row)?, col: indices(u, col)? }))
        }
        _ => {
            let offsets = (0..u.int_in_range(0..=rows.min(3))?).collect::<Vec<u64>>();
            let shape = vec![offsets.len() as u64, columns];
            (shape, Structure::Dia(indices(u, offsets)?))
        }
    };
    let count = shape.iter().product();
    let data = Array::new(shape, number_data(u, kind, count)?).expect("as many elements as the shape says");
    Ok(Sparse::new([rows, columns], data, structure).expect("parts that agree"))
}

/// A value that a dictionary takes.
fn plain(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=9)? {
        0 => Value::None,
        1 => Value::Bool(u.arbitrary()?),
        2 => Value::Int(u.arbitrary()?),
        3 => Value::Float(double(u)?),
        4 => Value::Complex(complex(u)?),
        5 => Value::Text(text(u)?),
        6 => Value::Bytes(text(u)?.into_bytes()),
        7 => Value::Array(array(u)?),
        8 => Value::List(sequence(u)?),
        _ => Value::Tuple(sequence(u)?),
    })
}

/// Any value.
pub fn value(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=7)? {
        0 => {
            let rows = u.int_in_range(0..=4)?;
            let column = |u: &mut Unstructured<'_>, at: u64| {
                let mut shape = vec![rows];
                if u.ratio(1, 3)? {
                    shape.push(u.int_in_range(0..=3)?);
                }
                let data = data(u, shape.iter().product())?;
                Ok((format!("c{at}"), Array::new(shape, data).expect("as many elements as the shape says")))
            };
            let columns = (0..u.int_in_range(1..=3)?).map(|at| column(u, at)).collect::<Result<_>>()?;
            Value::Table(Table::new(columns).expect("equal lengths"))
        }
        1 => {
            let mut at = 0;
            let entry = |u: &mut Unstructured<'_>| {
                at += 1;
                Ok((name(u, at)?.to_string(), plain(u)?))
            };
            Value::Dict(Dict::new(list(u, entry)?).expect("separate keys"))
        }
        2 => Value::Sparse(sparse(u)?),
        _ => plain(u)?,
    })
}

fn duration(u: &mut Unstructured<'_>) -> Result<Duration> {
    Ok(Duration::new(u.arbitrary()?, u.int_in_range(0..=999_999_999)?))
}

fn failure(u: &mut Unstructured<'_>) -> Result<RunFailure> {
    Ok(match u.int_in_range(0..=11)? {
        0 => RunFailure::Error(text(u)?),
        1 => RunFailure::Panic { message: text(u)?, file: text(u)?, line: u.arbitrary()? },
        2 => RunFailure::Trap(text(u)?),
        3 => RunFailure::Timeout { limit: duration(u)? },
        4 => RunFailure::Memory { wanted: u.arbitrary()?, limit: u.arbitrary()? },
        5 => RunFailure::Stack { limit: u.arbitrary()? },
        6 => RunFailure::Limit { what: *u.choose(&Limited::ALL)?, limit: u.arbitrary()? },
        7 => RunFailure::Abandoned,
        8 => RunFailure::Host(text(u)?),
        9 => RunFailure::Process(text(u)?),
        10 => RunFailure::OwnStack(text(u)?),
        _ => RunFailure::Recorded { kind: text(u)?, text: text(u)? },
    })
}

fn addition(u: &mut Unstructured<'_>, at: usize) -> Result<Addition> {
    let kind = if u.arbitrary()? { AdditionKind::Result } else { AdditionKind::DerivedParameter };
    let class = if u.ratio(1, 4)? { Some("Odd".to_owned()) } else { None };
    let most = if kind == AdditionKind::DerivedParameter && class.is_none() { 1 } else { 3 };
    let items = (0..u.int_in_range(1..=most)?).map(|at| Ok((name(u, at)?, value(u)?))).collect::<Result<_>>()?;
    let annotations: BTreeMap<String, Value> =
        (0..u.int_in_range(0..=2)?).map(|at| Ok((format!("a{at}"), value(u)?))).collect::<Result<_>>()?;
    let comment = text(u)?;
    Ok(Addition { items, annotations, class, summary: text(u)?, ..Addition::new(kind, name(u, at)?, comment) })
}

/// A run that has ended, in whatever way.
pub fn run(u: &mut Unstructured<'_>) -> Result<FinishedRun> {
    let index = RunIndex(u.int_in_range(0..=MAX_RUNS as u32 - 1)?);
    let outcome = if u.ratio(2, 3)? { Ok(()) } else { Err(failure(u)?) };
    let additions = (0..u.int_in_range(0..=3)?).map(|at| addition(u, at)).collect::<Result<_>>()?;
    Ok(FinishedRun { index, outcome, additions, started: double(u)?, took: duration(u)? })
}
