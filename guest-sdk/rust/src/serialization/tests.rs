use std::{collections::BTreeMap, fmt::Debug};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    reading::{self, Source},
    writing,
};
use crate::single_run::AccessError;
use crate::value::{Array, Complex, Dictionary, IntoArray, IntoValue, List, Sparse, Table, Tuple, Value};

/// Parameters by their paths.
#[derive(Default)]
struct Parameters(Vec<(String, Value)>);

impl Parameters {
    fn with(mut self, name: &str, value: impl IntoValue) -> Self {
        self.0.push((name.to_owned(), value.into_value()));
        self
    }

    #[track_caller]
    fn gives<T: DeserializeOwned + Debug + PartialEq>(&self, group: &str, expected: T) {
        assert_eq!(reading::read::<T>(self, group), Ok(expected));
    }

    #[track_caller]
    fn refuses<T: DeserializeOwned + Debug>(&self, group: &str, message: &str) {
        assert_eq!(reading::read::<T>(self, group).expect_err("this is refused").to_string(), message);
    }
}

impl Source for Parameters {
    fn names(&self, group: &str) -> Vec<String> {
        let below = |name: &String| name == group || group.is_empty() || name.starts_with(&format!("{group}."));
        self.0.iter().map(|(name, _)| name.clone()).filter(below).collect()
    }

    fn value(&self, name: &str) -> Result<Value, AccessError> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| AccessError::NotFound { name: name.to_owned() })
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Neuron {
    tau: f64,
    count: u8,
    label: Option<String>,
    #[serde(rename = "in")]
    input: Input,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Input {
    #[serde(default)]
    mode: Mode,
    current: Vec<f64>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Direct,
    Noisy,
    Ramp {
        slope: f64,
    },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Spike {
    t: f64,
    cell: u32,
}

fn neuron() -> Parameters {
    Parameters::default()
        .with("neuron.tau", 0.5)
        .with("neuron.count", 3)
        .with("neuron.in.current", [1.0, 2.0])
        .with("neuron.unread", Sparse::csr([1, 1], [1.0], &[0], &[0, 1]))
}

#[test]
fn groups_become_structs() {
    let input = |mode| Input { mode, current: vec![1.0, 2.0] };
    neuron().gives("neuron", Neuron { tau: 0.5, count: 3, label: None, input: input(Mode::Direct) });
    let more = neuron().with("neuron.label", "a").with("neuron.in.mode", "noisy");
    more.gives("neuron", Neuron { tau: 0.5, count: 3, label: Some("a".into()), input: input(Mode::Noisy) });
    neuron().with("neuron.in.mode.ramp.slope", 2).gives("neuron.in", input(Mode::Ramp { slope: 2.0 }));
    more.gives("neuron.tau", 0.5);
    let groups = Parameters::default().with("a.x", 1).with("a.y", 2).with("b.x", 3);
    let group = |of: &[(&str, i64)]| of.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let map: BTreeMap<String, BTreeMap<String, i64>> =
        BTreeMap::from([("a".to_owned(), group(&[("x", 1), ("y", 2)])), ("b".to_owned(), group(&[("x", 3)]))]);
    groups.gives("", map);
}

#[test]
fn values_become_what_is_asked_for() {
    let table = Table::new().column("t", [0.5, 1.5]).column("cell", [1_u32, 2]);
    let parameters = Parameters::default()
        .with("grid", Array::new([2, 2], [1.5, 2.5, 3.5, 4.5]))
        .with("table", table)
        .with("list", List::new(["a", "b"]))
        .with("pair", Tuple::new([1, 2]))
        .with("z", Complex::new(1.0, -2.0))
        .with("zs", [Complex::new(1.0, -2.0), Complex::new(0.0, 1.0)])
        .with("bits", Array::scalar(u64::MAX))
        .with("bytes", vec![1_u8, 2])
        .with("none", None::<f64>)
        .with("d", Dictionary::new().entry("a", 1).entry("in.b", 2.5).entry("in.c", 3.5));
    parameters.gives("grid", vec![vec![1.5, 2.5], vec![3.5, 4.5]]);
    parameters.gives("grid", [[1.5_f32, 2.5], [3.5, 4.5]]);
    parameters.gives("table", vec![Spike { t: 0.5, cell: 1 }, Spike { t: 1.5, cell: 2 }]);
    parameters.gives("table", BTreeMap::from([("t".to_owned(), vec![0.5, 1.5]), ("cell".to_owned(), vec![1.0, 2.0])]));
    parameters.gives("list", vec!["a".to_owned(), "b".to_owned()]);
    parameters.gives("pair", (1_i8, 2_u64));
    parameters.gives("z", Complex::new(1.0, -2.0));
    parameters.gives("zs", vec![Complex::new(1.0, -2.0), Complex::new(0.0, 1.0)]);
    parameters.gives("bits", u64::MAX);
    parameters.gives("bytes", vec![1_u8, 2]);
    parameters.gives("none", None::<f64>);
    parameters.gives("pair", Some((1, 2)));
    #[derive(Debug, PartialEq, Deserialize)]
    struct Nested {
        a: i64,
        #[serde(rename = "in")]
        inner: BTreeMap<String, f64>,
    }
    let inner = BTreeMap::from([("b".to_owned(), 2.5), ("c".to_owned(), 3.5)]);
    parameters.gives("d", Nested { a: 1, inner });
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let without = |name: &str| Parameters(neuron().0.into_iter().filter(|(other, _)| other != name).collect());
    without("neuron.tau").refuses::<Neuron>("neuron", "nothing is called `neuron.tau`; the spec has to give it");
    without("neuron.in.current").refuses::<Neuron>("neuron", "nothing is called `neuron.in`; the spec has to give it");
    without("neuron.in.current")
        .with("neuron.in.mode", "noisy")
        .refuses::<Neuron>("neuron", "nothing is called `neuron.in.current`; the spec has to give it");
    without("neuron.tau")
        .with("neuron.tau", "fast")
        .refuses::<Neuron>("neuron", "`neuron.tau` is the text \"fast\", not a real number");
    without("neuron.count")
        .with("neuron.count", 300)
        .refuses::<Neuron>("neuron", "`neuron.count` holds 300, outside of u8 (0 to 255)");
    without("neuron.count")
        .with("neuron.count", 3.0)
        .refuses::<Neuron>("neuron", "`neuron.count` is the real number 3.0, not an integer");
    neuron().with("neuron.in.mode", "warp").refuses::<Neuron>(
        "neuron",
        "`neuron.in.mode` cannot be read: unknown variant `warp`, expected one of `direct`, `noisy`, `ramp`",
    );
    neuron().refuses::<f64>("neuron", "`neuron` cannot be read: invalid type: map, expected f64");
    neuron().refuses::<Input>(
        "neuron.tau",
        "`neuron.tau` cannot be read: invalid type: floating point `0.5`, expected struct Input",
    );
    neuron().refuses::<Vec<f64>>(
        "neuron.unread",
        "`neuron.unread` is a sparse matrix (csr) of float64, shape [1, 1], not a value that serde knows; get it by \
         `f_get` as `Sparse<f64>`",
    );
    let table = Parameters::default().with("table", Table::new().column("t", [0.5]));
    table.refuses::<Vec<Spike>>("table", "`table` has no `cell` in row 0");
    let texts = Parameters::default().with("list", List::new(["a"]));
    texts.refuses::<Vec<f64>>("list", "`list` has element 0, which is the text \"a\", not a real number");
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[expect(dead_code, reason = "nothing is read here")]
        tau: f64,
    }
    neuron().refuses::<Strict>("neuron", "`neuron.count` cannot be read: unknown field `count`, expected `tau`");
}

/// The items as names and values.
#[track_caller]
fn check<T: Serialize + ?Sized>(value: &T, expected: &[(&str, Value)]) {
    let items = writing::items(value).expect("this has a counterpart");
    let items: Vec<(&str, &Value)> = items.iter().map(|item| (item.name.as_str(), &item.value)).collect();
    assert_eq!(items, expected.iter().map(|(name, value)| (*name, value)).collect::<Vec<_>>());
}

#[track_caller]
fn refused<T: Serialize + ?Sized>(value: &T, message: &str) {
    assert_eq!(writing::items(value).expect_err("this is refused").to_string(), message);
}

#[test]
fn structs_become_items() {
    let input = Input { mode: Mode::Ramp { slope: 2.0 }, current: vec![1.0] };
    check(
        &Neuron { tau: 0.5, count: 3, label: None, input },
        &[
            ("tau", 0.5.into_value()),
            ("count", 3.into_value()),
            ("label", None::<f64>.into_value()),
            ("in.mode.ramp.slope", 2.0.into_value()),
            ("in.current", [1.0].into_value()),
        ],
    );
    check(&BTreeMap::from([(3, true), (5, false)]), &[("3", true.into_value()), ("5", false.into_value())]);
    check(&Mode::Noisy, &[("", "noisy".into_value())]);
    check(&2.5_f32, &[("", 2.5.into_value())]);
    check(&(), &[("", None::<f64>.into_value())]);
    check(&BTreeMap::from([("a", BTreeMap::<String, f64>::new())]), &[("a", Dictionary::new().into_value())]);
}

#[test]
fn sequences_become_arrays_and_tables() {
    let spikes = [Spike { t: 0.5, cell: 1 }, Spike { t: 1.5, cell: 2 }];
    let table = Table::new().column("t", [0.5, 1.5]).column("cell", [1_u32, 2]);
    check(&spikes, &[("", table.into_value())]);
    check(
        &vec![(1.5, 2.5), (3.5, 4.5), (5.5, 6.5)],
        &[("", Array::new([3, 2], [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]).into_value())],
    );
    check(&["a", "b"], &[("", ["a".to_owned(), "b".to_owned()].into_value())]);
    check(&[u64::MAX], &[("", [u64::MAX].into_value())]);
    check(&[1_i16], &[("", [1_i16].into_value())]);
    check(&[1_u8, 2], &[("", vec![1_u8, 2].into_value())]);
    check(&[[1_u8], [2]], &[("", Array::new([2, 1], [1_u8, 2]).into_value())]);
    check(&Vec::<String>::new(), &[("", Vec::<f64>::new().into_value())]);
    check(&[Complex::new(1.0, 2.0)], &[("", [Complex::new(1.0, 2.0)].into_value())]);
    check(&Complex::new(1.0, 2.0), &[("", Complex::new(1.0, 2.0).into_value())]);
    #[derive(Serialize)]
    struct Row {
        at: [f64; 2],
    }
    let column = Array::new([2, 2], [0.0, 1.0, 2.0, 3.0]).into_array();
    let table = Table::new().column("at", column);
    check(&[Row { at: [0.0, 1.0] }, Row { at: [2.0, 3.0] }], &[("", table.into_value())]);
}

#[test]
fn what_the_contract_has_no_value_for_is_refused_by_name() {
    #[derive(Serialize)]
    struct Of<T> {
        a: T,
    }
    refused(
        &Of { a: u64::MAX },
        "`a` holds 18446744073709551615, beyond the host's integers, which are i64; in a sequence, u64 has all its bits",
    );
    refused(
        &Of { a: Of { a: u128::MAX } },
        "`a.a` holds 340282366920938463463374607431768211455, beyond the host's integers, which are i64; in a sequence, u64 has all its bits",
    );
    refused(
        &Of { a: (1.5, 2) },
        "`a[1]` is signed32 where what comes before is float64; all elements of a sequence are of one type",
    );
    refused(
        &Of { a: vec![vec![1.5], vec![]] },
        "`a[1]` has the shape [0] where those before have [1]; an array is rectangular",
    );
    refused(
        &Of { a: [Some(1.5), None] },
        "`a[1]` is nothing; neither arrays nor tables have room for that: use NaN, or leave it out",
    );
    refused(
        &Of { a: [Of { a: Some(1.5) }, Of { a: None }] },
        "`a[1].a` is nothing; neither arrays nor tables have room for that: use NaN, or leave it out",
    );
    refused(
        &Of { a: [Of { a: Of { a: 1 } }] },
        "`a[0].a` is a struct inside of a row; a column holds elements or arrays",
    );
    refused(
        &Of { a: [[Of { a: 1 }]] },
        "`a[0]` is a sequence of structs inside of a sequence; a table has no further dimension",
    );
    refused(
        &Of { a: [BTreeMap::from([("x", 1)]), BTreeMap::from([("y", 1)])] },
        "`a[1]` has the fields `y` where the rows before have `x`; all rows of a table have the same columns",
    );
    refused(
        &Of { a: (Of { a: 1 }, 2.5) },
        "`a[1]` is float64 where what comes before is a struct; all elements of a sequence are of one type",
    );
    refused(&BTreeMap::from([(Some(vec![1]), 2)]), "`` has a key that is a sequence, which cannot be a name");
    refused(&BTreeMap::<String, f64>::new(), "`` has no fields, and a result has items");
}
