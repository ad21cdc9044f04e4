//! Sparse matrices.

use super::{
    DecodeError, Decoder, Encoder,
    array::{read_array, write_array},
    tag::tags,
};
use crate::trajectory::{Compressed, Coordinates, Indices, Sparse, Structure, ValueError};

tags! { StructureTag of Structure, "the format of a sparse matrix" {
    Csr = 0,
    Csc = 1,
    Bsr = 2,
    Coo = 3,
    Dia = 4,
}}

/// Bytes of an index.
const NARROW: u8 = 4;
const WIDE: u8 = 8;

pub(super) fn write_sparse<'a>(to: &mut Encoder<'a>, sparse: &'a Sparse) {
    let [rows, columns] = sparse.shape();
    to.number(rows);
    to.number(columns);
    write_array(to, sparse.data());
    to.byte(StructureTag::of(sparse.structure()) as u8);
    for (_, indices) in sparse.structure().parts() {
        match indices {
            Indices::Int32(v) => {
                to.byte(NARROW);
                to.numbers(v);
            }
            Indices::Int64(v) => {
                to.byte(WIDE);
                to.numbers(v);
            }
        }
    }
}

pub(super) fn read_sparse(from: &mut Decoder<'_>) -> Result<Sparse, DecodeError> {
    let shape = [from.number()?, from.number()?];
    let data = read_array(from)?;
    let structure = match StructureTag::read(from)? {
        StructureTag::Csr => Structure::Csr(read_compressed(from)?),
        StructureTag::Csc => Structure::Csc(read_compressed(from)?),
        StructureTag::Bsr => Structure::Bsr(read_compressed(from)?),
        StructureTag::Coo => Structure::Coo(Coordinates { row: read_indices(from)?, col: read_indices(from)? }),
        StructureTag::Dia => Structure::Dia(read_indices(from)?),
    };
    Ok(Sparse::new(shape, data, structure).map_err(ValueError::from)?)
}

fn read_compressed(from: &mut Decoder<'_>) -> Result<Compressed, DecodeError> {
    Ok(Compressed { indices: read_indices(from)?, indptr: read_indices(from)? })
}

fn read_indices(from: &mut Decoder<'_>) -> Result<Indices, DecodeError> {
    match from.fixed::<1>()? {
        [NARROW] => Ok(Indices::Int32(from.numbers()?)),
        [WIDE] => Ok(Indices::Int64(from.numbers()?)),
        [tag] => Err(DecodeError::Tag { what: "the width of indices", tag }),
    }
}
