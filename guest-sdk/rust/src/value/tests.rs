//! What is accepted, what is refused, and in which words.

use std::fmt::Debug;

use super::*;

fn check<T: FromValue + Debug + PartialEq>(value: impl IntoValue, expected: T) {
    assert_eq!(T::from_value(value.into_value()), Ok(expected));
}

fn refused<T: FromValue + Debug>(value: impl IntoValue, message: &str) {
    assert_eq!(T::from_value(value.into_value()).expect_err("has to be refused").to_string(), message);
}

fn array_of(shape: &[u64], data: ArrayData) -> Ndarray {
    Ndarray { shape: shape.to_vec(), data }
}

#[test]
fn scalars_come_back_as_they_went() {
    check(true, true);
    check(-5_i64, -5_i64);
    check(i64::MIN, i64::MIN);
    check(7_u32, 7_u32);
    check(7_usize, 7_usize);
    check(0.1, 0.1);
    check(0.1_f32, 0.1_f32);
    check(Complex::new(1.0, -2.0), Complex::new(1.0, -2.0));
    check("größe 🦀", String::from("größe 🦀"));
    check(vec![0_u8, 255], vec![0_u8, 255]);
    check(None::<f64>, None::<f64>);
    check(Some(2.0), Some(2.0));
    check(Plain::Boolean(true), Value::Plain(Plain::Boolean(true)));
    check(3_i32, Plain::Integer(3));
}

#[test]
fn widths_of_integers_are_bridged_without_loss() {
    check(200_i64, 200_u8);
    check(-128_i64, -128_i8);
    check(3_i64, 3_u64);
    refused::<u32>(-3_i64, "holds -3, outside of u32 (0 to 4294967295)");
    refused::<i32>(1_i64 << 31, "holds 2147483648, outside of i32 (-2147483648 to 2147483647)");
    refused::<u64>(-1_i64, "holds -1, outside of u64 (0 to 18446744073709551615)");
}

#[test]
fn integers_are_real_numbers_where_that_is_exact() {
    check(3_i64, 3.0_f64);
    check(1_i64 << 53, 9_007_199_254_740_992.0_f64);
    check(16_777_216_i64, 16_777_216.0_f32);
    check(2_i64, Complex::from(2.0));
    refused::<f64>((1_i64 << 53) + 1, "holds 9007199254740993, which no f64 represents exactly");
    refused::<f64>(i64::MAX, "holds 9223372036854775807, which no f64 represents exactly");
    refused::<f32>(16_777_217_i64, "holds 16777217, which no f32 represents exactly");
    refused::<Complex>((1_i64 << 53) + 1, "holds 9007199254740993, which no f64 represents exactly");
}

#[test]
fn single_precision_rounds_but_never_overflows() {
    check(0.1_f64, 0.1_f32);
    check(f64::INFINITY, f32::INFINITY);
    refused::<f32>(1e300, "holds 1e300, outside of f32 (-3.4028235e38 to 3.4028235e38)");
}

#[test]
fn other_types_are_refused() {
    refused::<bool>(1_i64, "is the integer 1, not a boolean");
    refused::<i64>(3.0, "is the real number 3.0, not an integer");
    refused::<i64>(true, "is the boolean true, not an integer");
    refused::<f64>("3.0", "is the text \"3.0\", not a real number");
    refused::<f32>(false, "is the boolean false, not a real number");
    refused::<f64>(Complex::new(1.0, -2.0), "is the complex number 1.0-2.0i, not a real number");
    refused::<Complex>("i", "is the text \"i\", not a complex number");
    refused::<String>(vec![104_u8, 105], "is 2 bytes, not a text");
    refused::<Vec<u8>>("hi", "is the text \"hi\", not bytes");
    refused::<f64>(None::<f64>, "is no value (none), not a real number");
    refused::<Option<f64>>("x", "is the text \"x\", not a real number");
    refused::<Plain>(Table::new().column("t", [1.0]), "is a table of 1 columns, not a plain value");
    refused::<Table>(Dictionary::new().entry("a", 1), "is a dictionary of 1 entries, not a table");
    refused::<Dictionary>(1.5, "is the real number 1.5, not a dictionary");
    refused::<List>(Tuple::new([1, 2]), "is a tuple of 2 integers, not a list");
    refused::<Tuple>(vec![1.0], "is an array of float64, shape [1], not a tuple");
    refused::<Ndarray>(List::new(["a"]), "is a list of 1 texts, not an array");
    refused::<Array<f64>>(1.0, "is the real number 1.0, not an array");
}

#[test]
fn long_texts_are_cut_in_messages() {
    let text = "ä".repeat(50);
    refused::<f64>(text.as_str(), &format!("is the text \"{}\"…, not a real number", "ä".repeat(40)));
}

#[test]
fn arrays_of_every_element_come_back_as_they_went() {
    fn there_and_back<T: Element + Debug + PartialEq>(data: [T; 2], name: &str) {
        let array = Array::new([2, 1], data);
        assert_eq!(array.clone().into_array().data.element_name(), name);
        check(array.clone(), array);
        check(Array::<T>::new([0, 3], []), Array::<T>::new([0, 3], []));
    }
    there_and_back([true, false], "boolean");
    there_and_back([i8::MIN, i8::MAX], "signed8");
    there_and_back([i16::MIN, i16::MAX], "signed16");
    there_and_back([i32::MIN, i32::MAX], "signed32");
    there_and_back([i64::MIN, i64::MAX], "signed64");
    there_and_back([u8::MIN, u8::MAX], "unsigned8");
    there_and_back([u16::MIN, u16::MAX], "unsigned16");
    there_and_back([u32::MIN, u32::MAX], "unsigned32");
    there_and_back([u64::MIN, u64::MAX], "unsigned64");
    there_and_back([0.1_f32, f32::INFINITY], "float32");
    there_and_back([0.1_f64, -0.0], "float64");
    there_and_back([Complex32 { re: 1.0, im: 2.0 }, Complex32::default()], "complex64");
    there_and_back([Complex::new(1.0, 2.0), Complex::from(3.0)], "complex128");
    there_and_back([String::new(), String::from("ß\0")], "text");
}

#[test]
fn elements_are_converted_without_loss_or_refused() {
    let integers = |data: &[i64]| array_of(&[data.len() as u64], ArrayData::Signed64(data.to_vec()));
    check(integers(&[1, 2]), vec![1_u16, 2]);
    check(integers(&[1, 2]), vec![1.0_f64, 2.0]);
    check(integers(&[1]), vec![Complex::from(1.0)]);
    check(vec![0.5_f32], vec![0.5_f64]);
    check(vec![0.5_f64], vec![0.5_f32]);
    check(vec![0.5_f32], vec![Complex::from(0.5)]);
    check(vec![Complex::new(1.0, 2.0)], vec![Complex32 { re: 1.0, im: 2.0 }]);
    check(vec![Complex32 { re: 1.0, im: 2.0 }], vec![Complex::new(1.0, 2.0)]);
    refused::<Vec<u16>>(integers(&[1, -1]), "holds -1, outside of u16 (0 to 65535)");
    refused::<Array<u8>>(integers(&[256]), "holds 256, outside of u8 (0 to 255)");
    refused::<Vec<f64>>(integers(&[(1 << 53) + 1]), "holds 9007199254740993, which no f64 represents exactly");
    refused::<Vec<f32>>(integers(&[(1 << 24) + 1]), "holds 16777217, which no f32 represents exactly");
    refused::<Vec<f32>>(vec![1e300], "holds 1e300, outside of f32 (-3.4028235e38 to 3.4028235e38)");
    refused::<Vec<Complex32>>(vec![1e300], "holds 1e300, outside of f32 (-3.4028235e38 to 3.4028235e38)");
    refused::<Vec<i64>>(vec![1.0], "is an array of float64, not of integers");
    refused::<Vec<f64>>(vec![true], "is an array of boolean, not of real numbers");
    refused::<Vec<Complex>>(vec![String::new()], "is an array of text, not of complex numbers");
    refused::<Vec<bool>>(vec![1_i64], "is an array of signed64, not of booleans");
    refused::<Vec<String>>(vec![1_i64], "is an array of signed64, not of texts");
}

#[test]
fn a_vec_has_exactly_one_dimension() {
    refused::<Vec<f64>>(
        Array::new([2, 1], [1.0, 2.0]),
        "is an array of float64, shape [2, 1], not an array with one dimension",
    );
    refused::<Vec<f64>>(Array::scalar(1.0), "is an array of float64, shape [], not an array with one dimension");
    refused::<Vec<u8>>(Array::new([2, 1], [1_u8, 2]), "is an array of unsigned8, shape [2, 1], not bytes");
    check(Array::new([2], [1_u8, 2]), vec![1_u8, 2]);
}

#[test]
fn an_array_without_dimensions_counts_as_its_element() {
    check(Array::scalar(u64::MAX), u64::MAX);
    check(Array::scalar(5_u64), 5_i32);
    check(Array::scalar(0.5_f32), 0.5_f64);
    check(Array::scalar(Complex::new(0.0, 1.0)), Complex::new(0.0, 1.0));
    check(Array::scalar(Complex32 { re: 0.0, im: 1.0 }), Complex::new(0.0, 1.0));
    check(Array::scalar(true), true);
    check(Array::scalar(String::from("a")), String::from("a"));
    check(Array::scalar(0.5), Array::scalar(0.5));
    refused::<i64>(
        Array::scalar(u64::MAX),
        "holds 18446744073709551615, outside of i64 (-9223372036854775808 to 9223372036854775807)",
    );
    refused::<i64>(Array::scalar(0.5), "is the real number 0.5, not an integer");
    refused::<f64>(vec![0.5], "is an array of float64, shape [1], not a real number");
}

#[test]
fn lists_and_tuples_know_their_items() {
    check(List::new([1, 2, 3]), vec![1_i64, 2, 3]);
    check(Tuple::new(["a", "b"]), vec![String::from("a"), String::from("b")]);
    check(List::new([1, 2]), vec![1.0, 2.0]);
    check(List::new(Vec::<f64>::new()), Vec::<String>::new());
    assert_eq!(List::new(Vec::<f64>::new()).0, Sequence::Empty);
    assert_eq!(List::new([vec![1_u8], vec![]]).into_vec::<Vec<u8>>(), Ok(vec![vec![1], vec![]]));
    assert_eq!(Tuple::new([Complex::from(1.0)]).into_vec::<Complex>(), Ok(vec![Complex::from(1.0)]));
    check(Tuple::new([true]), Tuple::new([true]));
    refused::<Vec<bool>>(List::new([1, 0]), "is the integer 1, not a boolean");
}

#[test]
fn tables_give_their_columns() {
    let table = Table::new().column("t", [0.5, 1.0]).column("pair", Array::new([2, 2], [1_i32, 2, 3, 4]));
    assert_eq!(table.rows(), 2);
    assert_eq!(Table::new().rows(), 0);
    assert_eq!(table.get::<f64>("t"), Ok(vec![0.5, 1.0]));
    assert_eq!(table.get::<i64>("pair"), Ok(vec![1, 2, 3, 4]));
    assert_eq!(table.get::<f64>("u"), Err(Mismatch::new("has no column `u`")));
    assert_eq!(table.get::<bool>("t"), Err(Mismatch::new("is an array of float64, not of booleans")));
    check(table.clone(), table);
}

#[test]
fn dictionaries_nest_by_dots() {
    let inner = Dictionary::new().entry("b", 1).entry("c", List::new([0.5]));
    let outer = Dictionary::new().nested("a", inner).entry("none", None::<bool>);
    assert_eq!(outer.entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["a.b", "a.c", "none"]);
    assert_eq!(outer.get::<i64>("a.b"), Ok(1));
    assert_eq!(outer.get::<i64>("a"), Err(Mismatch::new("has no entry `a`")));
    assert_eq!(outer.get::<bool>("a.b"), Err(Mismatch::new("is the integer 1, not a boolean")));
    check(outer.clone(), outer);
}

#[test]
fn sparse_matrices_know_their_entries() {
    // [[0, 0, 3], [4, 0, 0]] in every format; SciPy has these parts.
    let indices = |of: &[usize]| Indices::from(of);
    let blocks = Compressed { indices: indices(&[0, 1]), indptr: indices(&[0, 2]) };
    let raw = |shape: &[usize], data: &[f64], structure| {
        let data = Array::new(shape, data);
        Sparse { rows: 2, columns: 3, data, structure }
    };
    let all = [
        Sparse::csr([2, 3], [3.0, 4.0], &[2, 0], &[0, 1, 2]),
        Sparse::csc([2, 3], [4.0, 3.0], &[1, 0], &[0, 1, 1, 2]),
        Sparse::coo([2, 3], [3.0, 1.0, 3.0], &[0, 1, 1], &[2, 0, 0]),
        Sparse::from_dense(&Array::new([2, 3], [0.0, 0.0, 3.0, 4.0, 0.0, 0.0])).expect("a matrix"),
        raw(&[2, 3], &[4.0, 0.0, 9.0, 9.0, 9.0, 3.0], SparseStructure::Dia(Indices::Signed32(vec![-1, 2]))),
    ];
    for matrix in all {
        assert_eq!(matrix.to_dense(), Array::new([2, 3], [0.0, 0.0, 3.0, 4.0, 0.0, 0.0]), "{matrix:?}");
        check(matrix.clone(), matrix);
    }
    let blocks = Sparse {
        rows: 2,
        columns: 4,
        data: Array::new([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
        structure: SparseStructure::Bsr(blocks),
    };
    assert_eq!(blocks.to_dense(), Array::new([2, 4], [1, 2, 5, 6, 3, 4, 7, 8]));
    assert_eq!(Sparse::<f64>::from_value(blocks.clone().into_value()).map(|wide| wide.data.data[7]), Ok(8.0));
    refused::<Sparse<u8>>(Sparse::csr([1, 1], [-1], &[0], &[0, 1]), "holds -1, outside of u8 (0 to 255)");
    refused::<Sparse<f64>>(1.5, "is the real number 1.5, not a sparse matrix");
    refused::<Array<i32>>(blocks, "is a sparse matrix (bsr) of signed32, shape [2, 4], not an array");
    let flat = Sparse::from_dense(&Array::new([4], [1, 2, 3, 4])).expect_err("has to be refused");
    assert_eq!(flat.to_string(), "is an array of shape [4], not a matrix");
    let short = Sparse::from_dense(&Array::new([2, 2], [1])).expect_err("has to be refused");
    assert_eq!(short.to_string(), "is an array of shape [2, 2] with 1 elements");
}
