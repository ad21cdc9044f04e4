//! [`Sparse`]: a matrix of which only some elements are stored, in the formats that SciPy saves.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    serialized::PlainSparse,
    value::{Array, ArrayData},
};

/// A sparse matrix, laid out as SciPy's `csr_matrix`, `csc_matrix`, `bsr_matrix`, `coo_matrix` or `dia_matrix`.
///
/// One that exists is consistent: lengths agree, every index lies inside of the shape. Indices need not be
/// sorted, and elements that occur twice add up, as in SciPy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PlainSparse", into = "PlainSparse")]
pub struct Sparse {
    rows: u64,
    columns: u64,
    data: Array,
    structure: Structure,
}

/// The format of a [`Sparse`], and where its stored elements stand. The names are SciPy's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Structure {
    /// Compressed rows: those of row `i` stand in the columns `indices[indptr[i]..indptr[i + 1]]`.
    Csr(Compressed),
    /// Compressed columns: those of column `j` stand in the rows `indices[indptr[j]..indptr[j + 1]]`.
    Csc(Compressed),
    /// Compressed rows of dense blocks of equal size; data has the dimensions block, row, column.
    Bsr(Compressed),
    /// Coordinates of each element.
    Coo(Coordinates),
    /// Whole diagonals; data has the dimensions diagonal, column.
    Dia(Indices),
}

/// Places in compressed formats.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Compressed {
    /// Place in its row (or column) of each stored element or block.
    pub indices: Indices,
    /// Where each row (or column) begins in `indices`, and where the last one ends.
    pub indptr: Indices,
}

/// Places in the coordinate format.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coordinates {
    /// The row of each stored element.
    pub row: Indices,
    /// The column of each stored element.
    pub col: Indices,
}

/// Indices in one of the two widths that SciPy uses. Inside of a [`Sparse`], they have the width that
/// SciPy gives them: 32 bits, unless a dimension or the number of elements needs more.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the variants are the element types, named as NumPy names them")]
pub enum Indices {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
}

/// Why something is no sparse matrix.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum SparseError {
    #[error("a sparse matrix has at most 2^63 - 1 rows and columns, not {rows} and {columns}")]
    Shape { rows: u64, columns: u64 },
    #[error("a sparse matrix holds numbers or truth values, not text")]
    Text,
    #[error("the data of a {format} matrix has {expected} dimensions, not {got}")]
    Rank { format: &'static str, expected: usize, got: usize },
    #[error("`indptr` has {got} elements; {lines} {of} need {expected}")]
    Pointers { got: usize, lines: u64, of: &'static str, expected: u64 },
    #[error("`indptr` begins with {got}, not with 0")]
    Start { got: i64 },
    #[error("`indptr` falls from {before} to {got} at position {at}")]
    Falls { at: usize, before: i64, got: i64 },
    #[error("`indptr` ends with {got} but `indices` has {indices} elements")]
    End { got: i64, indices: usize },
    #[error("`{what}` has {got} elements but the data holds {expected}")]
    Length { what: &'static str, got: usize, expected: u64 },
    #[error("`{what}` holds {got} at position {at}; it has to lie between {least} and {most}")]
    Outside { what: &'static str, at: usize, got: i64, least: i64, most: i64 },
    #[error("`{what}` holds {got} at position {at}, but there is nothing to point to: the matrix has no {of}")]
    Hollow { what: &'static str, at: usize, got: i64, of: &'static str },
    #[error("blocks of {high} x {wide} do not fill {rows} rows and {columns} columns")]
    Blocks { high: u64, wide: u64, rows: u64, columns: u64 },
    #[error("the diagonal {offset} occurs twice")]
    DiagonalTwice { offset: i64 },
    #[error("a sparse matrix of {bytes} bytes does not fit into the file, where it is one text; at most {MAX_BYTES}")]
    TooLarge { bytes: u64 },
}

/// pypet stores a matrix as one text of two digits a byte, and HDF5's texts end at 4 GiB. Leaves room for headers.
const MAX_BYTES: u64 = (1 << 31) - (1 << 16);

impl Sparse {
    /// Checks that the parts agree with each other.
    pub fn new(shape: [u64; 2], data: Array, structure: Structure) -> Result<Self, SparseError> {
        let [rows, columns] = shape;
        if rows.max(columns) > i64::MAX as u64 {
            return Err(SparseError::Shape { rows, columns });
        }
        if matches!(data.data(), ArrayData::Text(_)) {
            return Err(SparseError::Text);
        }
        let expected = match structure {
            Structure::Csr(_) | Structure::Csc(_) | Structure::Coo(_) => 1,
            Structure::Bsr(_) => 3,
            Structure::Dia(_) => 2,
        };
        let got = data.shape().len();
        if got != expected {
            return Err(SparseError::Rank { format: structure.format(), expected, got });
        }
        let stored = data.shape()[0];
        let fits = |length: u64| length <= i32::MAX as u64;
        let narrow = fits(rows) && fits(columns);
        let structure = match structure {
            Structure::Csr(parts) => {
                Structure::Csr(parts.checked(["rows", "columns"], [rows, columns], stored, narrow)?)
            }
            Structure::Csc(parts) => {
                Structure::Csc(parts.checked(["columns", "rows"], [columns, rows], stored, narrow)?)
            }
            Structure::Bsr(parts) => {
                let [high, wide] = [data.shape()[1], data.shape()[2]];
                if high == 0 || wide == 0 || !rows.is_multiple_of(high) || !columns.is_multiple_of(wide) {
                    return Err(SparseError::Blocks { high, wide, rows, columns });
                }
                let blocks = [rows / high, columns / wide];
                Structure::Bsr(parts.checked(["rows of blocks", "columns of blocks"], blocks, stored, narrow)?)
            }
            Structure::Coo(Coordinates { row, col }) => {
                row.check_length("row", stored)?;
                col.check_length("col", stored)?;
                row.check_inside("row", rows, "rows")?;
                col.check_inside("col", columns, "columns")?;
                Structure::Coo(Coordinates { row: row.into_width(narrow), col: col.into_width(narrow) })
            }
            Structure::Dia(offsets) => {
                offsets.check_length("offsets", stored)?;
                let most = if narrow { i32::MAX.into() } else { i64::MAX };
                offsets.check_between("offsets", -most, most)?;
                let mut seen = std::collections::HashSet::with_capacity(offsets.len());
                if let Some(offset) = offsets.to_wide().into_iter().find(|offset| !seen.insert(*offset)) {
                    return Err(SparseError::DiagonalTwice { offset });
                }
                Structure::Dia(offsets.into_width(narrow))
            }
        };
        let sparse = Self { rows, columns, data, structure };
        let bytes = sparse.bytes();
        if bytes > MAX_BYTES { Err(SparseError::TooLarge { bytes }) } else { Ok(sparse) }
    }

    /// Rows and columns.
    pub fn shape(&self) -> [u64; 2] {
        [self.rows, self.columns]
    }

    /// The stored numbers: flat, of blocks for BSR, of diagonals for DIA.
    pub fn data(&self) -> &Array {
        &self.data
    }

    /// The format, and where the stored numbers stand.
    pub fn structure(&self) -> &Structure {
        &self.structure
    }

    /// Shape, data and structure, to be moved on.
    pub fn into_parts(self) -> ([u64; 2], Array, Structure) {
        ([self.rows, self.columns], self.data, self.structure)
    }

    /// The format in SciPy's word, such as `csr`.
    pub fn format(&self) -> &'static str {
        self.structure.format()
    }

    /// The number of stored elements, zeros among them included. SciPy's `nnz`.
    pub fn stored(&self) -> u64 {
        match &self.structure {
            Structure::Dia(offsets) => {
                let [rows, columns] = [self.rows as i128, self.columns as i128];
                let width = columns.min(self.data.shape()[1].into());
                let on = |offset: i64| (rows + i128::from(offset)).min(width) - i128::from(offset.max(0));
                offsets.to_wide().into_iter().map(|offset| on(offset).max(0) as u64).sum()
            }
            _ => self.data.len() as u64,
        }
    }

    /// What it occupies, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        let indices = self.structure.parts().into_iter().map(|(_, indices)| indices.bytes());
        self.data.bytes() + 8 * 2 + indices.sum::<u64>()
    }

    /// Gives every NaN the same bits.
    pub(super) fn canonicalize_nans(&mut self) {
        self.data.canonicalize_nans();
    }
}

impl Structure {
    /// The format in SciPy's word, such as `csr`.
    pub fn format(&self) -> &'static str {
        match self {
            Self::Csr(_) => "csr",
            Self::Csc(_) => "csc",
            Self::Bsr(_) => "bsr",
            Self::Coo(_) => "coo",
            Self::Dia(_) => "dia",
        }
    }

    /// The lists of indices under the names that SciPy's files give them.
    pub fn parts(&self) -> Vec<(&'static str, &Indices)> {
        match self {
            Self::Csr(parts) | Self::Csc(parts) | Self::Bsr(parts) => {
                vec![("indices", &parts.indices), ("indptr", &parts.indptr)]
            }
            Self::Coo(places) => vec![("row", &places.row), ("col", &places.col)],
            Self::Dia(offsets) => vec![("offsets", offsets)],
        }
    }
}

impl Compressed {
    /// The same in the right width, if it fits `lengths`: of the dimension that is compressed, and of the other.
    fn checked(
        self,
        names: [&'static str; 2],
        lengths: [u64; 2],
        stored: u64,
        narrow: bool,
    ) -> Result<Self, SparseError> {
        let Self { indices, indptr } = self;
        let lines = lengths[0];
        if indptr.len() as u128 != u128::from(lines) + 1 {
            let expected = lines.saturating_add(1);
            return Err(SparseError::Pointers { got: indptr.len(), lines, of: names[0], expected });
        }
        let end = match &indptr {
            Indices::Int32(v) => check_pointers(v)?,
            Indices::Int64(v) => check_pointers(v)?,
        };
        if end as u64 != indices.len() as u64 {
            return Err(SparseError::End { got: end, indices: indices.len() });
        }
        indices.check_length("indices", stored)?;
        indices.check_inside("indices", lengths[1], names[1])?;
        let narrow = narrow && end <= i32::MAX.into();
        Ok(Self { indices: indices.into_width(narrow), indptr: indptr.into_width(narrow) })
    }
}

/// The last of the pointers, which begin with 0 and never fall; there is at least one.
fn check_pointers<T: Copy + Into<i64>>(indptr: &[T]) -> Result<i64, SparseError> {
    let mut before = 0;
    for (at, &got) in indptr.iter().enumerate() {
        let got = got.into();
        if at == 0 && got != 0 {
            return Err(SparseError::Start { got });
        }
        if got < before {
            return Err(SparseError::Falls { at, before, got });
        }
        before = got;
    }
    Ok(before)
}

impl Indices {
    /// The number of indices.
    pub fn len(&self) -> usize {
        match self {
            Self::Int32(v) => v.len(),
            Self::Int64(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them in 64 bits.
    pub fn to_wide(&self) -> Vec<i64> {
        match self {
            Self::Int32(v) => v.iter().map(|&index| index.into()).collect(),
            Self::Int64(v) => v.clone(),
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Int32(v) => size_of_val(v.as_slice()) as u64,
            Self::Int64(v) => size_of_val(v.as_slice()) as u64,
        }
    }

    /// The same in 32 bits, into which they fit if `narrow`, or in 64.
    fn into_width(self, narrow: bool) -> Self {
        match self {
            Self::Int64(v) if narrow => Self::Int32(v.into_iter().map(|index| index as i32).collect()),
            Self::Int32(v) if !narrow => Self::Int64(v.into_iter().map(i64::from).collect()),
            same => same,
        }
    }

    fn check_length(&self, what: &'static str, expected: u64) -> Result<(), SparseError> {
        let got = self.len();
        if got as u64 == expected { Ok(()) } else { Err(SparseError::Length { what, got, expected }) }
    }

    /// Refuses what does not count the `length` things `of` which there are.
    fn check_inside(&self, what: &'static str, length: u64, of: &'static str) -> Result<(), SparseError> {
        match (length, self.first()) {
            (0, Some(got)) => Err(SparseError::Hollow { what, at: 0, got, of }),
            (0, None) => Ok(()),
            (length, _) => self.check_between(what, 0, length as i64 - 1),
        }
    }

    fn check_between(&self, what: &'static str, least: i64, most: i64) -> Result<(), SparseError> {
        let outside = |(_, index): &(usize, i64)| *index < least || *index > most;
        let odd = match self {
            Self::Int32(v) => v.iter().map(|&index| index.into()).enumerate().find(outside),
            Self::Int64(v) => v.iter().copied().enumerate().find(outside),
        };
        odd.map_or(Ok(()), |(at, got)| Err(SparseError::Outside { what, at, got, least, most }))
    }

    fn first(&self) -> Option<i64> {
        match self {
            Self::Int32(v) => v.first().map(|&index| index.into()),
            Self::Int64(v) => v.first().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::samples::sparse_parts;
    use proptest::prelude::*;

    fn narrow(indices: &[i32]) -> Indices {
        Indices::Int32(indices.to_vec())
    }

    fn compressed(indices: &[i32], indptr: &[i32]) -> Compressed {
        Compressed { indices: narrow(indices), indptr: narrow(indptr) }
    }

    fn reals(shape: &[u64]) -> Array {
        let count = shape.iter().product::<u64>() as usize;
        Array::new(shape.to_vec(), ArrayData::Float64(vec![1.5; count])).unwrap()
    }

    #[test]
    fn inconsistent_matrices_are_refused() {
        let csr = |shape, n, indices: &[i32], indptr: &[i32]| {
            Sparse::new(shape, reals(&[n]), Structure::Csr(compressed(indices, indptr)))
        };
        let coo = |shape, n, row: &[i32], col: &[i32]| {
            let places = Coordinates { row: narrow(row), col: narrow(col) };
            Sparse::new(shape, reals(&[n]), Structure::Coo(places))
        };
        let dia = |shape: &[u64], offsets| Sparse::new([3, 3], reals(shape), Structure::Dia(offsets));
        let bsr = |shape: &[u64], indices: &[i32], indptr: &[i32]| {
            Sparse::new([4, 6], reals(shape), Structure::Bsr(compressed(indices, indptr)))
        };
        let text = Array::flat(ArrayData::Text(vec!["a".into()])).unwrap();
        let messages = [
            csr([u64::MAX, 1], 0, &[], &[0]),
            Sparse::new([1, 1], text, Structure::Csr(compressed(&[0], &[0, 1]))),
            Sparse::new([1, 1], reals(&[1, 1]), Structure::Csr(compressed(&[0], &[0, 1]))),
            csr([2, 3], 1, &[0], &[0, 1]),
            csr([i64::MAX as u64, 3], 0, &[], &[0, 0]),
            csr([2, 3], 1, &[0], &[1, 1, 1]),
            csr([2, 3], 1, &[0], &[0, 2, 1]),
            csr([2, 3], 1, &[0], &[0, -1, 1]),
            csr([2, 3], 2, &[0, 1], &[0, 1, 3]),
            csr([2, 3], 1, &[0, 1], &[0, 1, 2]),
            csr([2, 3], 2, &[0, 3], &[0, 1, 2]),
            csr([2, 3], 2, &[-1, 0], &[0, 1, 2]),
            csr([1, 0], 1, &[0], &[0, 1]),
            Sparse::new([3, 2], reals(&[2]), Structure::Csc(compressed(&[0, 3], &[0, 1, 2]))),
            Sparse::new([3, 2], reals(&[2]), Structure::Csc(compressed(&[0, 2], &[0, 1, 2, 2]))),
            coo([2, 3], 2, &[0], &[0, 1]),
            coo([2, 3], 2, &[0, 1], &[0]),
            coo([2, 3], 1, &[2], &[0]),
            coo([2, 3], 1, &[1], &[3]),
            bsr(&[1, 3, 2], &[0], &[0, 1]),
            bsr(&[1, 0, 2], &[0], &[0, 1]),
            bsr(&[1, 2, 3], &[0], &[0, 1]),
            bsr(&[1, 2, 3], &[2], &[0, 1, 1]),
            dia(&[2, 3], narrow(&[0])),
            dia(&[2, 3], narrow(&[1, 1])),
            dia(&[1, 3], Indices::Int64(vec![1 << 40])),
        ]
        .map(|refused| refused.unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn indices_have_scipys_width() {
        let wide = |indices: &[i64]| Indices::Int64(indices.to_vec());
        let of = |columns| {
            let parts = Compressed { indices: wide(&[2]), indptr: narrow(&[0, 1]) };
            Sparse::new([1, columns], reals(&[1]), Structure::Csr(parts)).unwrap().into_parts().2
        };
        assert_eq!(of(3), Structure::Csr(compressed(&[2], &[0, 1])));
        assert_eq!(of(1 << 31), Structure::Csr(Compressed { indices: wide(&[2]), indptr: wide(&[0, 1]) }));
    }

    #[test]
    fn stored_elements_are_counted_as_scipy_counts_them() {
        // The expected counts were printed by SciPy 1.17.
        let dia = |shape, width, offsets: &[i32]| {
            let data = reals(&[offsets.len() as u64, width]);
            Sparse::new(shape, data, Structure::Dia(narrow(offsets))).unwrap().stored()
        };
        assert_eq!(dia([3, 3], 3, &[9]), 0);
        assert_eq!(dia([3, 3], 9, &[0]), 3);
        assert_eq!(dia([3, 3], 1, &[0]), 1);
        assert_eq!(dia([3, 3], 3, &[1, 0]), 5);
        assert_eq!(dia([2, 3], 3, &[-1, 2]), 2);
        let blocks = Structure::Bsr(compressed(&[1, 0, 2], &[0, 2, 3]));
        assert_eq!(Sparse::new([4, 9], reals(&[3, 2, 3]), blocks).unwrap().stored(), 18);
    }

    proptest! {
        /// Whatever is accepted can be walked through without leaving the matrix.
        #[test]
        fn an_index_out_of_place_is_refused(
            (shape, data, structure) in sparse_parts(),
            which in any::<prop::sample::Index>(),
            wrong in prop_oneof![Just(i32::MIN), Just(-1), Just(1000), Just(i32::MAX)],
        ) {
            prop_assert!(Sparse::new(shape, data.clone(), structure.clone()).is_ok());
            let spoil = |indices: Indices| {
                let mut indices: Vec<i32> = indices.to_wide().into_iter().map(|index| index as i32).collect();
                let at = which.index(indices.len());
                indices[at] = wrong;
                Indices::Int32(indices)
            };
            let spoiled = match structure {
                // Diagonals may lie outside, as in SciPy.
                Structure::Dia(_) => return Ok(()),
                _ if data.is_empty() => return Ok(()),
                Structure::Csr(parts) => Structure::Csr(Compressed { indices: spoil(parts.indices), ..parts }),
                Structure::Csc(parts) => Structure::Csc(Compressed { indptr: spoil(parts.indptr), ..parts }),
                Structure::Bsr(parts) => Structure::Bsr(Compressed { indices: spoil(parts.indices), ..parts }),
                Structure::Coo(places) => Structure::Coo(Coordinates { col: spoil(places.col), ..places }),
            };
            prop_assert!(Sparse::new(shape, data, spoiled).is_err());
        }
    }
}
