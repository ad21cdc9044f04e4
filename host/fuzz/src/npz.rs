//! Bytes as a sparse matrix of SciPy.

use std::io::Cursor;

use host::{
    numpy::{read_sparse, write_sparse},
    trajectory::Sparse,
};

/// A matrix that is read can be written and is the same afterwards.
pub fn npz(bytes: &[u8]) {
    match read_sparse(Cursor::new(bytes)) {
        Ok(sparse) => {
            sparse.stored();
            for level in [0, 6] {
                let again = read_sparse(Cursor::new(write_sparse(&sparse, level))).expect("what is written is read");
                assert_eq!(bits(&again), bits(&sparse));
            }
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

fn bits(sparse: &Sparse) -> Vec<u8> {
    postcard::to_allocvec(sparse).expect("a matrix can be written")
}
