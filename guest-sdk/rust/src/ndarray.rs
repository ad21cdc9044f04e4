//! Arrays of the crate `ndarray` as values of the host.

use alloc::format;

use ndarray::{ArrayBase, ArrayD, Data, Dimension};

use crate::value::{Array, Element, FromValue, IntoArray, IntoPlain, Mismatch, Ndarray, Plain, Value};

/// Arrays and views of any number of dimensions, in whichever order they lie in memory.
impl<T: Element, S: Data<Elem = T>, D: Dimension> IntoArray for ArrayBase<S, D> {
    fn into_array(self) -> Ndarray {
        let shape = self.shape().to_vec();
        let data = self.iter().cloned().collect();
        Array { shape, data }.into_array()
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> IntoPlain for ArrayBase<S, D> {
    fn into_plain(self) -> Plain {
        Plain::Array(self.into_array())
    }
}

impl<T: Element> FromValue for ArrayD<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        let Array { shape, data } = Array::from_value(value)?;
        ArrayD::from_shape_vec(shape, data)
            .map_err(|error| Mismatch::new(format!("is an array that contradicts itself: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::value::{ArrayData, IntoValue};

    #[test]
    fn transposed_arrays_arrive_in_row_major_order() {
        let transposed = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].reversed_axes();
        let sent = transposed.clone().into_array();
        assert_eq!(sent.shape, [3, 2]);
        assert_eq!(sent.data, ArrayData::Float64(vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
        assert_eq!(ArrayD::<f64>::from_value(sent.into_value()), Ok(transposed.into_dyn()));
    }
}
