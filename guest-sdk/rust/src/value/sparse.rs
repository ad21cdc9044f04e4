//! Sparse matrices: of which only some elements are stored.

use alloc::{format, vec, vec::Vec};
use core::ops::AddAssign;

use super::{
    Array, Compressed, Coordinates, Element, FromValue, Indices, IntoArray, IntoValue, Mismatch, SparseMatrix,
    SparseStructure, Value,
};

/// A sparse matrix in one of SciPy's formats, over elements of one type.
///
/// [`csr`](Self::csr), [`csc`](Self::csc) and [`coo`](Self::coo) take the parts as SciPy names them, `from_dense`
/// leaves out zeros. The host refuses parts that contradict each other. Whatever the format, [`entries`](Self::entries)
/// gives the stored elements with their rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse<T> {
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The stored elements; flat, but for BSR and DIA.
    pub data: Array<T>,
    /// The format, and where the elements stand.
    pub structure: SparseStructure,
}

impl<T: Element> Sparse<T> {
    /// Compressed rows: row `i` has the elements `data[indptr[i]..indptr[i + 1]]` in the columns
    /// `indices[indptr[i]..indptr[i + 1]]`.
    pub fn csr(shape: [usize; 2], data: impl Into<Vec<T>>, indices: &[usize], indptr: &[usize]) -> Self {
        let parts = Compressed { indices: Indices::from(indices), indptr: Indices::from(indptr) };
        Self::flat(shape, data.into(), SparseStructure::Csr(parts))
    }

    /// Compressed columns: the same with rows and columns exchanged.
    pub fn csc(shape: [usize; 2], data: impl Into<Vec<T>>, indices: &[usize], indptr: &[usize]) -> Self {
        let parts = Compressed { indices: Indices::from(indices), indptr: Indices::from(indptr) };
        Self::flat(shape, data.into(), SparseStructure::Csc(parts))
    }

    /// Coordinates: `data[k]` stands in row `row[k]` and column `col[k]`. What occurs twice adds up.
    pub fn coo(shape: [usize; 2], data: impl Into<Vec<T>>, row: &[usize], col: &[usize]) -> Self {
        let places = Coordinates { row: Indices::from(row), col: Indices::from(col) };
        Self::flat(shape, data.into(), SparseStructure::Coo(places))
    }

    /// Compressed rows of the elements of `dense`, an array of two dimensions in row-major order, that are not zero.
    ///
    /// # Errors
    /// `dense` has another number of dimensions, or its shape does not match its data.
    pub fn from_dense(dense: &Array<T>) -> Result<Self, Mismatch>
    where
        T: Default + PartialEq,
    {
        let &[rows, columns] = dense.shape.as_slice() else {
            return Err(Mismatch::new(format!("is an array of shape {:?}, not a matrix", dense.shape)));
        };
        if rows.checked_mul(columns) != Some(dense.data.len()) {
            let count = dense.data.len();
            return Err(Mismatch::new(format!("is an array of shape {:?} with {count} elements", dense.shape)));
        }
        let (mut data, mut indices, mut indptr) = (Vec::new(), Vec::new(), vec![0]);
        for row in 0..rows {
            let elements = &dense.data[row * columns..(row + 1) * columns];
            for (column, element) in elements.iter().enumerate().filter(|(_, element)| **element != T::default()) {
                data.push(element.clone());
                indices.push(column);
            }
            indptr.push(data.len());
        }
        Ok(Self::csr([rows, columns], data, &indices, &indptr))
    }

    /// Row, column and element of everything that is stored, zeros as well, in the order of the format.
    pub fn entries(&self) -> Vec<(usize, usize, T)> {
        let elements = &self.data.data;
        match &self.structure {
            SparseStructure::Csr(parts) => {
                let places = parts.places();
                places.zip(elements).map(|((row, column), element)| (row, column, element.clone())).collect()
            }
            SparseStructure::Csc(parts) => {
                let places = parts.places();
                places.zip(elements).map(|((column, row), element)| (row, column, element.clone())).collect()
            }
            SparseStructure::Bsr(parts) => {
                let &[_, high, wide] = self.data.shape.as_slice() else { return Vec::new() };
                let blocks = parts.places().zip(elements.chunks((high * wide).max(1)));
                let of_block = |((row, column), block): ((usize, usize), &[T])| {
                    let place = move |at: usize| (row * high + at / wide, column * wide + at % wide);
                    let entries = block.iter().enumerate().map(|(at, element)| (place(at), element.clone()));
                    entries.map(|((row, column), element)| (row, column, element)).collect::<Vec<_>>()
                };
                blocks.flat_map(of_block).collect()
            }
            SparseStructure::Coo(Coordinates { row, col }) => {
                let places = row.iter().zip(col.iter());
                places.zip(elements).map(|((row, column), element)| (row, column, element.clone())).collect()
            }
            SparseStructure::Dia(offsets) => {
                let &[_, width] = self.data.shape.as_slice() else { return Vec::new() };
                let mut entries = Vec::new();
                for (offset, diagonal) in offsets.wide().into_iter().zip(elements.chunks(width.max(1))) {
                    for (column, element) in diagonal.iter().enumerate().take(self.columns) {
                        let row = usize::try_from(column as i64 - offset).ok().filter(|row| *row < self.rows);
                        entries.extend(row.map(|row| (row, column, element.clone())));
                    }
                }
                entries
            }
        }
    }

    /// All elements, zeros where nothing is stored.
    pub fn to_dense(&self) -> Array<T>
    where
        T: Default + AddAssign,
    {
        let mut data = vec![T::default(); self.rows * self.columns];
        for (row, column, element) in self.entries() {
            data[row * self.columns + column] += element;
        }
        Array { shape: vec![self.rows, self.columns], data }
    }

    fn flat([rows, columns]: [usize; 2], data: Vec<T>, structure: SparseStructure) -> Self {
        Self { rows, columns, data: data.into(), structure }
    }
}

impl Compressed {
    /// Line and place in it of each stored element or block.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let indptr: Vec<usize> = self.indptr.iter().collect();
        let lines = (0..indptr.len().saturating_sub(1))
            .flat_map(move |line| core::iter::repeat_n(line, indptr[line + 1].saturating_sub(indptr[line])));
        lines.zip(self.indices.iter())
    }
}

impl Indices {
    /// In 64 bits.
    fn wide(&self) -> Vec<i64> {
        match self {
            Self::Signed32(indices) => indices.iter().map(|&index| index.into()).collect(),
            Self::Signed64(indices) => indices.clone(),
        }
    }

    /// As positions. The host gives none below zero but for diagonals.
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.wide().into_iter().map(|index| usize::try_from(index).unwrap_or(usize::MAX))
    }
}

impl From<&[usize]> for Indices {
    /// In 32 bits if they fit. What does not even fit 63 bits lies outside of any matrix and is refused by the host.
    fn from(indices: &[usize]) -> Self {
        let narrow = indices.iter().map(|&index| i32::try_from(index)).collect::<Result<_, _>>();
        narrow.map_or_else(
            |_| Self::Signed64(indices.iter().map(|&index| i64::try_from(index).unwrap_or(i64::MAX)).collect()),
            Self::Signed32,
        )
    }
}

impl<T: Element> IntoValue for Sparse<T> {
    fn into_value(self) -> Value {
        let (rows, columns) = (self.rows as u64, self.columns as u64);
        Value::Sparse(SparseMatrix { rows, columns, data: self.data.into_array(), structure: self.structure })
    }
}

impl<T: Element> FromValue for Sparse<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        let SparseMatrix { rows, columns, data, structure } = SparseMatrix::from_value(value)?;
        let length = |length: u64| {
            usize::try_from(length).map_err(|_| Mismatch::new(format!("has {length} rows or columns, more than fit")))
        };
        let shape = data.shape.iter().map(|&length_of| length(length_of)).collect::<Result<_, _>>()?;
        let data = Array { shape, data: T::unpack(data.data)? };
        Ok(Self { rows: length(rows)?, columns: length(columns)?, data, structure })
    }
}

impl IntoValue for SparseMatrix {
    fn into_value(self) -> Value {
        Value::Sparse(self)
    }
}

impl FromValue for SparseMatrix {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Sparse(matrix) => Ok(matrix),
            other => Err(Mismatch::wanted("a sparse matrix", &other)),
        }
    }
}

impl SparseStructure {
    /// The name of the format, such as `csr`.
    pub fn format(&self) -> &'static str {
        match self {
            Self::Csr(_) => "csr",
            Self::Csc(_) => "csc",
            Self::Bsr(_) => "bsr",
            Self::Coo(_) => "coo",
            Self::Dia(_) => "dia",
        }
    }
}
