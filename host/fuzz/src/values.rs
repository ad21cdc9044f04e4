//! Whatever a guest can hand over as a value: it fits together or is refused, and is what it was.

use arbitrary::{Result, Unstructured};
use host::{
    sandbox::border::{
        ArrayData, Column, Complex, Compressed, Coordinates, Entry, Indices, Ndarray, Plain, Sequence, SparseMatrix,
        SparseStructure, Table, Value, from_guest, measure, plain_from_guest, plain_measure, to_guest,
    },
    trajectory,
};

use super::made::{list, numbers, text};

/// What is accepted is consistent, has canonical NaNs, comes back to a guest as it is, and was measured.
pub fn values(bytes: &[u8]) {
    let u = &mut Unstructured::new(bytes);
    if let Ok(given) = plain(u) {
        let cost = plain_measure(&given);
        taken(plain_from_guest(given), cost);
    }
    if let Ok(given) = value(u) {
        let cost = measure(&given);
        taken(from_guest(given), cost);
    }
    if let Ok(right) = super::made::value(u) {
        // What is right already is taken, whatever its NaNs are.
        let mut canonical = right.clone();
        canonical.canonicalize_nans();
        let through = from_guest(to_guest(right)).expect("a value that exists is consistent");
        assert_eq!(bits(&through), bits(&canonical));
    }
}

fn taken(taken: std::result::Result<trajectory::Value, trajectory::ValueError>, cost: u64) {
    let value = match taken {
        Ok(value) => value,
        Err(why) => return assert!(!why.to_string().is_empty()),
    };
    // Positions in a large sparse matrix become twice as wide.
    assert!(value.bytes() <= 2 * cost, "{} bytes were measured as {cost}", value.bytes());
    let mut canonical = value.clone();
    canonical.canonicalize_nans();
    assert_eq!(bits(&canonical), bits(&value), "a NaN is as the guest has made it");
    let read: trajectory::Value = postcard::from_bytes(&bits(&value)).expect("a value is checked when it is read");
    assert_eq!(bits(&read), bits(&value));
    value.repr(200);
    let again = from_guest(to_guest(value.clone())).expect("what was taken is taken again");
    assert_eq!(bits(&again), bits(&value));
}

fn bits(value: &trajectory::Value) -> Vec<u8> {
    postcard::to_allocvec(value).expect("a value can be written")
}

fn complex(u: &mut Unstructured<'_>) -> Result<Complex> {
    Ok(Complex { re: u.arbitrary()?, im: u.arbitrary()? })
}

fn sequence(u: &mut Unstructured<'_>) -> Result<Sequence> {
    Ok(match u.int_in_range(0..=6)? {
        0 => Sequence::Empty,
        1 => Sequence::Booleans(u.arbitrary()?),
        2 => Sequence::Integers(u.arbitrary()?),
        3 => Sequence::Reals(u.arbitrary()?),
        4 => Sequence::Complexes(list(u, complex)?),
        5 => Sequence::Texts(list(u, text)?),
        _ => Sequence::ByteStrings(u.arbitrary()?),
    })
}

/// A length that often is that of the data, and may be anything.
fn length(u: &mut Unstructured<'_>, right: usize) -> Result<u64> {
    Ok(match u.int_in_range(0..=7)? {
        0 => u.arbitrary()?,
        1 => 0,
        2 => right as u64 / 2,
        _ => right as u64,
    })
}

fn array(u: &mut Unstructured<'_>) -> Result<Ndarray> {
    let count = u.int_in_range(0..=16)?;
    let data = match u.int_in_range(0..=13)? {
        0 => ArrayData::Boolean(numbers(u, count)?),
        1 => ArrayData::Signed8(numbers(u, count)?),
        2 => ArrayData::Signed16(numbers(u, count)?),
        3 => ArrayData::Signed32(numbers(u, count)?),
        4 => ArrayData::Signed64(numbers(u, count)?),
        5 => ArrayData::Unsigned8(numbers(u, count)?),
        6 => ArrayData::Unsigned16(numbers(u, count)?),
        7 => ArrayData::Unsigned32(numbers(u, count)?),
        8 => ArrayData::Unsigned64(numbers(u, count)?),
        9 => ArrayData::Float32(numbers(u, count)?),
        10 => ArrayData::Float64(numbers(u, count)?),
        11 => ArrayData::Complex64(numbers(u, count)?),
        12 => ArrayData::Complex128(numbers(u, count)?),
        _ => ArrayData::Text((0..count).map(|_| text(u)).collect::<Result<_>>()?),
    };
    let mut shape = vec![length(u, count as usize)?];
    for _ in 0..u.int_in_range(0..=8u8)?.saturating_sub(5) {
        let one = *u.choose(&[1, 0, 2, u64::MAX, 1 << 32])?;
        shape.insert(u.int_in_range(0..=shape.len())?, one);
    }
    if u.ratio(1, 8)? {
        shape.pop();
    }
    Ok(Ndarray { shape, data })
}

fn plain(u: &mut Unstructured<'_>) -> Result<Plain> {
    Ok(match u.int_in_range(0..=9)? {
        0 => Plain::None,
        1 => Plain::Boolean(u.arbitrary()?),
        2 => Plain::Integer(u.arbitrary()?),
        3 => Plain::Real(u.arbitrary()?),
        4 => Plain::Complex(complex(u)?),
        5 => Plain::Text(text(u)?),
        6 => Plain::Bytes(u.arbitrary()?),
        7 => Plain::Array(array(u)?),
        8 => Plain::List(sequence(u)?),
        _ => Plain::Tuple(sequence(u)?),
    })
}

/// A name that is legal, or nearly.
fn word(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(1, 6)? {
        return text(u);
    }
    Ok((*u.choose(&["a", "b", "c", "a.b", "a.b.c", "x-y", "run_1", "_", "", "a.", "results"])?).to_owned())
}

fn indices(u: &mut Unstructured<'_>) -> Result<Indices> {
    let small = u.ratio(5, 6)?;
    let values = list(u, |u| if small { u.int_in_range(0..=6i64) } else { u.arbitrary() })?;
    let mut values = values;
    if u.arbitrary()? {
        values.sort_unstable();
    }
    if u.arbitrary()?
        && let Some(first) = values.first_mut()
    {
        *first = 0;
    }
    Ok(if u.arbitrary()? {
        Indices::Signed32(values.into_iter().map(|at| at as i32).collect())
    } else {
        Indices::Signed64(values)
    })
}

fn compressed(u: &mut Unstructured<'_>) -> Result<Compressed> {
    Ok(Compressed { indices: indices(u)?, indptr: indices(u)? })
}

fn side(u: &mut Unstructured<'_>) -> Result<u64> {
    if u.ratio(1, 8)? { u.arbitrary() } else { u.int_in_range(0..=8) }
}

fn sparse(u: &mut Unstructured<'_>) -> Result<SparseMatrix> {
    let structure = match u.int_in_range(0..=4)? {
        0 => SparseStructure::Csr(compressed(u)?),
        1 => SparseStructure::Csc(compressed(u)?),
        2 => SparseStructure::Bsr(compressed(u)?),
        3 => SparseStructure::Coo(Coordinates { row: indices(u)?, col: indices(u)? }),
        _ => SparseStructure::Dia(indices(u)?),
    };
    Ok(SparseMatrix { rows: side(u)?, columns: side(u)?, data: array(u)?, structure })
}

fn value(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=3)? {
        0 => Value::Plain(plain(u)?),
        1 => Value::Table(Table { columns: list(u, |u| Ok(Column { name: word(u)?, cells: array(u)? }))? }),
        2 => Value::Dictionary(list(u, |u| Ok(Entry { key: word(u)?, value: plain(u)? }))?),
        _ => Value::Sparse(sparse(u)?),
    })
}
