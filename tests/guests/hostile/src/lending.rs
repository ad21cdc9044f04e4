//! Values that show the same memory many times, so that the host is asked for more than the guest has.

use std::mem::forget;

use host_guest::bindings::host::exploration::single_run::{self, AddError};
use host_guest::{ArrayData, NamedValue, Ndarray, Plain, Value};

/// Vectors that all show `block`. They must be [given back](forget) and never dropped.
pub fn shown<T>(block: &[T], count: usize) -> Vec<Vec<T>> {
    // SAFETY: whoever gets them only reads them while `block` lives, and forgets them.
    (0..count).map(|_| unsafe { Vec::from_raw_parts(block.as_ptr().cast_mut(), block.len(), block.len()) }).collect()
}

/// Texts that all show `text`; to be forgotten as well.
pub fn shown_texts(text: &str, count: usize) -> Vec<String> {
    // SAFETY: as above, and the bytes are those of a text.
    shown(text.as_bytes(), count).into_iter().map(|bytes| unsafe { String::from_utf8_unchecked(bytes) }).collect()
}

/// A real array that shows `block`.
pub fn array(block: Vec<f64>) -> Ndarray {
    Ndarray { shape: vec![block.len() as u64], data: ArrayData::Float64(block) }
}

/// Adds one value that is lent, and forgets it.
pub fn add(name: &str, value: Value) -> Result<(), AddError> {
    add_items(name, vec![NamedValue { name: String::new(), value }])
}

/// Adds items that are lent, and forgets them.
pub fn add_items(name: &str, items: Vec<NamedValue>) -> Result<(), AddError> {
    let answer = single_run::f_add_result(name, &items, "");
    forget(items);
    answer
}

/// A plain value as any value.
pub fn plain(value: Plain) -> Value {
    Value::Plain(value)
}
