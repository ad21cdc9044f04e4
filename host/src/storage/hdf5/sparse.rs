//! Sparse matrices in the file, as pypet's `SparseParameter` and `SparseResult` have them: SciPy's own file as text.
//!
//! Two hexadecimal digits stand for each byte; a mark in the name of the node tells that from other texts.

use std::{borrow::Cow, io::Cursor};

use crate::{
    numpy::{read_sparse, write_sparse},
    trajectory::{SPARSE_MARK, Sparse, Value},
};

use super::{
    cells::{Cells, Collection, Element},
    decode::Why,
    kit::Kit,
    raw::{Called, Node},
};

/// Under which name an item is stored.
pub(super) fn stored_name<'n>(name: &'n str, value: &Value) -> Cow<'n, str> {
    match value {
        Value::Sparse(_) => Cow::Owned(format!("{name}{SPARSE_MARK}")),
        _ => Cow::Borrowed(name),
    }
}

/// The name of an item that was stored as `name` if it is a sparse matrix.
pub(super) fn unmarked(name: &str) -> Option<&str> {
    name.split_once(SPARSE_MARK).map(|(name, _)| name)
}

/// The node of the `index`th of all matrices that a parameter explores.
pub(super) fn explored_name(index: usize) -> String {
    format!("xspm{SPARSE_MARK}{index:08}")
}

/// Writes a matrix as `name`, which has the mark.
pub(super) fn put_sparse(kit: &mut Kit, group: &Node, name: &str, sparse: &Sparse) -> Called<Node> {
    let digits = hexadecimal(&write_sparse(sparse, kit.level()));
    let element = Element::Text { width: digits.len(), utf8: true };
    let cells = Cells::scalar(element, "str", digits);
    let (node, _) = kit.put_cells(group, name, &cells)?;
    kit.put_word(&node, c"SRVC_STORE", "ARRAY")?;
    kit.put_word(&node, c"SRVC_DATA_COLL_TYPE", Collection::Scalar.word())?;
    kit.put_word(&node, c"SRVC_DATA_SCALAR_TYPE", "str")?;
    Ok(node)
}

/// The matrix that a node with the mark holds as text.
pub(super) fn sparse(text: Value) -> Result<Value, Why> {
    let digits = match text {
        Value::Text(digits) => digits.into_bytes(),
        Value::Bytes(digits) => digits,
        other => return Err(format!("it is marked as a sparse matrix but is of type {}", other.type_name())),
    };
    let bytes = from_hexadecimal(digits).ok_or("it is marked as a sparse matrix but is not hexadecimal")?;
    read_sparse(Cursor::new(bytes)).map(Value::Sparse).map_err(|error| error.to_string())
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

fn from_hexadecimal(digits: Vec<u8>) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_matrix_is_said() {
        let why = |text: Value| sparse(text).unwrap_err();
        let messages = [
            why(Value::Int(1)),
            why(Value::Text("abc".into())),
            why(Value::Text("zz".into())),
            why(Value::Bytes(vec![])),
        ];
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn hexadecimal_reads_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(hexadecimal(&bytes[9..18]), b"090a0b0c0d0e0f1011");
        assert_eq!(from_hexadecimal(hexadecimal(&bytes)), Some(bytes));
    }
}
