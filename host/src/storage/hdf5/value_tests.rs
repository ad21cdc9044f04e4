//! Any value whatever survives the file.

use proptest::prelude::*;

use super::{kit::Kit, leaf, leaf_reader, raw::File};
use crate::trajectory::*;

fn reals() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>().prop_filter("one NaN is as good as another", |x| !x.is_nan()), Just(-0.0), Just(0.0)]
}

fn complexes() -> impl Strategy<Value = Complex> {
    (reals(), reals()).prop_map(|(re, im)| Complex { re, im })
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![".{0,12}", "[\u{0}a]{0,3}"]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![any::<u8>(), Just(0)], 0..6)
}

/// Data of `n` elements.
fn data(n: usize) -> impl Strategy<Value = ArrayData> {
    use proptest::collection::vec;
    prop_oneof![
        vec(any::<bool>(), n).prop_map(ArrayData::Bool),
        vec(any::<i8>(), n).prop_map(ArrayData::Int8),
        vec(any::<i16>(), n).prop_map(ArrayData::Int16),
        vec(any::<i32>(), n).prop_map(ArrayData::Int32),
        vec(any::<i64>(), n).prop_map(ArrayData::Int64),
        vec(any::<u8>(), n).prop_map(ArrayData::UInt8),
        vec(any::<u16>(), n).prop_map(ArrayData::UInt16),
        vec(any::<u32>(), n).prop_map(ArrayData::UInt32),
        vec(any::<u64>(), n).prop_map(ArrayData::UInt64),
        vec(-1e30f32..1e30, n).prop_map(ArrayData::Float32),
        vec(reals(), n).prop_map(ArrayData::Float64),
        vec(-1e30f32..1e30, 2 * n).prop_map(ArrayData::Complex64),
        vec(reals(), 2 * n).prop_map(ArrayData::Complex128),
        vec(texts(), n).prop_map(ArrayData::Text),
    ]
}

fn shaped(shape: Vec<u64>) -> impl Strategy<Value = Array> {
    let n = shape.iter().product::<u64>() as usize;
    data(n).prop_map(move |data| Array::new(shape.clone(), data).expect("a matching shape"))
}

fn arrays() -> impl Strategy<Value = Array> {
    proptest::collection::vec(0u64..4, 0..4).prop_flat_map(shaped)
}

fn sequences() -> impl Strategy<Value = Sequence> {
    use proptest::collection::vec;
    prop_oneof![
        Just(Sequence::Empty),
        vec(any::<bool>(), 0..4).prop_map(Sequence::Bools),
        vec(any::<i64>(), 0..4).prop_map(Sequence::Ints),
        vec(reals(), 0..4).prop_map(Sequence::Floats),
        vec(complexes(), 0..4).prop_map(Sequence::Complexes),
        vec(texts(), 0..4).prop_map(Sequence::Texts),
        vec(bytes(), 0..4).prop_map(Sequence::Bytes),
    ]
}

fn tables() -> impl Strategy<Value = Value> {
    let column = |rows: u64| {
        proptest::collection::vec(0u64..3, 0..3)
            .prop_flat_map(move |inner| shaped(std::iter::once(rows).chain(inner).collect()))
    };
    (0u64..4).prop_flat_map(move |rows| proptest::collection::vec(column(rows), 1..5)).prop_map(|columns| {
        let named = columns.into_iter().enumerate().map(|(at, column)| (format!("c{}", 9 - at), column)).collect();
        Value::Table(Table::new(named).expect("a table"))
    })
}

pub(super) fn simple() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        reals().prop_map(Value::Float),
        complexes().prop_map(Value::Complex),
        texts().prop_map(Value::Text),
        bytes().prop_map(Value::Bytes),
        arrays().prop_map(Value::Array),
        sequences().prop_map(Value::List),
        sequences().prop_map(Value::Tuple),
    ]
}

pub(super) fn values() -> impl Strategy<Value = Value> {
    let dicts = proptest::collection::vec((prop_oneof![Just(""), Just("deep."), Just("a.b.")], simple()), 0..5)
        .prop_map(|entries| {
            let named =
                entries.into_iter().enumerate().map(|(at, (prefix, value))| (format!("{prefix}k{}", 9 - at), value));
            Value::Dict(Dict::new(named.collect()).expect("a dictionary"))
        });
    prop_oneof![6 => simple(), 2 => tables(), 2 => dicts, 2 => samples::sparse().prop_map(Value::Sparse)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn any_value_reads_back(
        items in proptest::collection::btree_map("[a-e]{1,2}[0-9]{1,2}", values(), 1..4),
        value in values(),
        annotation in simple(),
        reversed in any::<bool>(),
    ) {
        let path = |name: &str| NodePath::new(name).expect("a legal name");
        let mut items: Vec<(NodePath, Value)> = items.iter().map(|(name, value)| (path(name), value.clone())).collect();
        if reversed {
            items.reverse();
        }
        let annotations = [("key".to_owned(), annotation.clone())].into_iter().filter(|(_, v)| *v != Value::None).collect();
        let (kind, name) = (AdditionKind::Result, path("r"));
        let result = Addition { items: items.clone(), annotations, ..Addition::new(kind, name, "ä".into()) };
        let (kind, name) = (AdditionKind::DerivedParameter, path("p"));
        let derived = Addition { kind, name, items: vec![(path("data"), value.clone())], ..result.clone() };

        let file = tempfile::NamedTempFile::new().unwrap();
        let written = File::create(file.path()).unwrap();
        let mut kit = Kit::new(0).unwrap();
        let about = leaf::About { class: "Result", comment: "ä", unit: "" };
        leaf::put_result(&mut kit, written.root(), &result, about, |_| None).unwrap();
        super::parameter::put_derived(&mut kit, written.root(), &derived, "ä", "").unwrap();
        written.close().unwrap();

        let read = File::open(file.path(), false).unwrap();
        let leaf = leaf_reader::read_leaf(&read.root().open("r").unwrap()).unwrap();
        prop_assert_eq!(&leaf.unreadable, &[]);
        let expected: Vec<(String, Value)> = items.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        prop_assert_eq!(&leaf.items, &expected);
        prop_assert_eq!(leaf.annotations.get("key"), Some(&annotation).filter(|v| **v != Value::None));
        prop_assert_eq!(&leaf.comment, "ä");
        let leaf = leaf_reader::read_leaf(&read.root().open("p").unwrap()).unwrap();
        prop_assert_eq!(&leaf.unreadable, &[]);
        prop_assert_eq!(&leaf.items, &[("data".to_owned(), value)]);
    }
}
