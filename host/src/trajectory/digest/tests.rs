use std::{sync::Arc, time::Duration};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::trajectory::{Axis, Complex, Dict, Limited, SingleRun, Sparse, Table, samples::sparse_parts};

fn path(name: &str) -> NodePath {
    NodePath::new(name).unwrap()
}

fn addition(kind: AdditionKind, name: &str, items: Vec<(&str, Value)>) -> Addition {
    let items = items.into_iter().map(|(item, value)| (path(item), value)).collect();
    Addition { items, ..Addition::new(kind, path(name), String::new()) }
}

fn run(additions: Vec<Addition>) -> FinishedRun {
    FinishedRun { index: RunIndex(3), outcome: Ok(()), additions, started: 1.0, took: Duration::from_secs(2) }
}

fn failed(why: RunFailure) -> FinishedRun {
    FinishedRun { outcome: Err(why), ..run(vec![]) }
}

fn of(value: Value) -> Digest {
    run(vec![addition(AdditionKind::Result, "z", vec![("z", value)])]).digest()
}

fn arrays() -> impl Strategy<Value = Array> {
    let texts = || vec(".{0,3}", 4);
    prop_oneof![
        vec(any::<bool>(), 4).prop_map(ArrayData::Bool),
        vec(any::<u8>(), 4).prop_map(ArrayData::UInt8),
        vec(any::<i8>(), 4).prop_map(ArrayData::Int8),
        vec(0..3i32, 4).prop_map(ArrayData::Int32),
        vec(0..3i64, 4).prop_map(ArrayData::Int64),
        vec(0..3u64, 4).prop_map(ArrayData::UInt64),
        vec(-1e3f32..1e3, 4).prop_map(ArrayData::Float32),
        vec(-1e3f64..1e3, 4).prop_map(ArrayData::Float64),
        vec(-1e3f64..1e3, 8).prop_map(ArrayData::Complex128),
        texts().prop_map(ArrayData::Text),
    ]
    .prop_flat_map(|data| {
        let shapes = prop_oneof![Just(vec![4]), Just(vec![2, 2]), Just(vec![1, 4]), Just(vec![4, 1])];
        shapes.prop_map(move |shape| Array::new(shape, data.clone()).unwrap())
    })
}

fn sequences() -> impl Strategy<Value = Sequence> {
    prop_oneof![
        Just(Sequence::Empty),
        vec(any::<bool>(), 0..3).prop_map(Sequence::Bools),
        vec(0..2i64, 0..3).prop_map(Sequence::Ints),
        vec(-1.0..1.0f64, 0..3).prop_map(Sequence::Floats),
        vec(-1.0..1.0f64, 0..3)
            .prop_map(|v| Sequence::Complexes(v.iter().map(|&re| Complex { re, im: -re }).collect())),
        vec("[ab]{0,2}", 0..4).prop_map(Sequence::Texts),
        vec(vec(0..2u8, 0..3), 0..4).prop_map(Sequence::Bytes),
    ]
}

/// Values that are small, so that some are equal and many nearly.
fn values() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        (0..3i64).prop_map(Value::Int),
        prop_oneof![Just(0.0), Just(-0.0), Just(1.0), Just(2.0)].prop_map(Value::Float),
        (0..2u8).prop_map(|re| Value::Complex(Complex { re: re.into(), im: 0.0 })),
        "[ab\0]{0,3}".prop_map(Value::Text),
        vec(0..3u8, 0..3).prop_map(Value::Bytes),
        arrays().prop_map(Value::Array),
        sequences().prop_map(Value::List),
        sequences().prop_map(Value::Tuple),
    ];
    let entries = vec(("[ab]{1,2}", plain.clone()), 0..3);
    let dicts = entries.prop_filter_map("keys that agree", |entries| Dict::new(entries).ok().map(Value::Dict));
    let columns = vec(("[ab]{1,2}", arrays()), 1..3);
    let tables = columns.prop_filter_map("columns that agree", |columns| Table::new(columns).ok().map(Value::Table));
    let sparse = sparse_parts().prop_filter_map("a matrix", |(shape, data, structure)| {
        Sparse::new(shape, data, structure).ok().map(Value::Sparse)
    });
    prop_oneof![6 => plain, 1 => dicts, 1 => tables, 1 => sparse]
}

/// Tells apart what `==` does not: zeros with different signs.
fn same(a: &Value, b: &Value) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

proptest! {
    #[test]
    fn values_have_the_same_digest_only_if_they_are_the_same(a in values(), b in values()) {
        prop_assert_eq!(of(a.clone()) == of(b.clone()), same(&a, &b), "{:?} and {:?}", a, b);
        prop_assert_eq!(of(a.clone()), of(a));
    }

    #[test]
    fn the_order_of_additions_and_items_does_not_matter(numbers in vec(0..9i64, 1..6), turn: usize) {
        let kind = |i: usize| if i.is_multiple_of(2) { AdditionKind::Result } else { AdditionKind::DerivedParameter };
        let items = |n: i64| vec![("b", Value::Int(n)), ("a", Value::Int(n + 1)), ("a-b", Value::None)];
        let all: Vec<Addition> =
            numbers.iter().enumerate().map(|(i, n)| addition(kind(i), &format!("n{i}"), items(*n))).collect();
        let mut turned = all.clone();
        turned.rotate_left(turn % all.len());
        turned.iter_mut().for_each(|addition| addition.items.reverse());
        prop_assert_eq!(run(turned).digest(), run(all.clone()).digest());
        prop_assert_ne!(run(all[1..].to_vec()).digest(), run(all).digest());
    }

    #[test]
    fn every_bit_of_a_large_array_counts(at in 0usize..3000, bit in 0..64u32) {
        let flat = |numbers| Value::Array(Array::flat(ArrayData::Float64(numbers)).unwrap());
        let mut numbers = vec![0.5f64; 3000];
        let before = of(flat(numbers.clone()));
        numbers[at] = f64::from_bits(numbers[at].to_bits() ^ 1 << bit);
        prop_assert_ne!(of(flat(numbers)), before);
    }

    #[test]
    fn digits_are_read_back(bytes: [u8; 32]) {
        let digest = Digest(bytes);
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        prop_assert_eq!(serde_json::from_str::<Digest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
    }

    #[test]
    fn comments_count_once_in_any_order(runs in vec((0u32..20, 0u8..3), 1..20), turn: usize) {
        let run = |(index, comment): &(u32, u8)| {
            let z = Addition { comment: comment.to_string(), ..addition(AdditionKind::Result, "z", vec![]) };
            FinishedRun { index: RunIndex(*index), ..run(vec![z]) }
        };
        let digest = |runs: &[(u32, u8)]| {
            let mut comments = CommentDigest::default();
            runs.iter().for_each(|at| comments.see(&run(at)));
            comments.digest()
        };
        let mut turned = runs.clone();
        turned.rotate_left(turn % runs.len());
        prop_assert_eq!(digest(&turned), digest(&runs));
        // What is left when repeated comments are purged.
        let lowest = |at: &&(u32, u8)| !runs.iter().any(|other| other.1 == at.1 && other.0 < at.0);
        let purged: Vec<_> = runs.iter().filter(lowest).copied().collect();
        prop_assert_eq!(digest(&purged), digest(&runs));
        let first = runs.iter().position(|at| *at == purged[0]).unwrap();
        let mut other = runs.clone();
        other[first].1 = 9;
        prop_assert_ne!(digest(&other), digest(&runs));
    }
}

#[test]
fn what_is_no_digest() {
    let messages = ["", "12", &"g".repeat(64), &"+1".repeat(32), &"ü".repeat(32)]
        .map(|text| text.parse::<Digest>().expect_err("no digest").to_string());
    insta::assert_snapshot!(messages.join("\n"));
    assert!("AB".repeat(32).parse::<Digest>().is_ok(), "large digits do as well");
}

#[test]
fn times_do_not_count_and_indices_do() {
    let one = run(vec![]);
    let later = FinishedRun { started: 7.0, took: Duration::ZERO, ..one.clone() };
    assert_eq!(later.digest(), one.digest());
    assert_ne!(FinishedRun { index: RunIndex(4), ..one.clone() }.digest(), one.digest());
}

#[test]
fn names_classes_and_annotations_count() {
    let base = || addition(AdditionKind::Result, "a.b", vec![("b", Value::Int(1))]);
    let mut annotated = base();
    annotated.annotations.insert("unit".into(), Value::Text("mV".into()));
    let others = [
        addition(AdditionKind::DerivedParameter, "a.b", vec![("b", Value::Int(1))]),
        addition(AdditionKind::Result, "a.c", vec![("b", Value::Int(1))]),
        addition(AdditionKind::Result, "a.b", vec![("c", Value::Int(1))]),
        addition(AdditionKind::Result, "a.b", vec![("b", Value::Int(1)), ("c", Value::Int(1))]),
        Addition { class: Some("Own".into()), ..base() },
        annotated,
    ];
    let mut seen = std::collections::HashSet::from([run(vec![]).digest(), run(vec![base()]).digest()]);
    for other in others {
        assert!(seen.insert(run(vec![other.clone()]).digest()), "{other:?}");
    }
    let built_in = Addition { class: Some("Result".into()), ..base() };
    let commented = Addition { comment: "purged or not".into(), summary: "b=1".into(), ..base() };
    let derived =
        |item: &str| run(vec![addition(AdditionKind::DerivedParameter, "d", vec![(item, Value::None)])]).digest();
    assert_eq!(derived("d"), derived("data"), "the only item of a derived parameter has no name");
    for same in [built_in, commented] {
        assert_eq!(run(vec![same]).digest(), run(vec![base()]).digest());
    }
}

#[test]
fn failures_are_the_same_as_read_back() {
    let limit = Duration::from_millis(1500);
    let failures = [
        RunFailure::Error("x".repeat(511) + "üü"),
        RunFailure::Panic { message: "m".into(), file: "f".into(), line: 3 },
        RunFailure::Trap("unreachable".into()),
        RunFailure::Timeout { limit },
        RunFailure::Memory { wanted: 2, limit: 1 },
        RunFailure::Stack { limit: 1 },
        RunFailure::Limit { what: Limited::Fuel, limit: 1 },
        RunFailure::OwnStack("out of bounds".into()),
        RunFailure::Abandoned,
        RunFailure::Host("in /tmp/7123".into()),
        RunFailure::Process("killed by signal 9".into()),
    ];
    let mut seen = std::collections::HashSet::from([run(vec![]).digest()]);
    for why in failures {
        let mut text = why.to_string();
        text.truncate(text.floor_char_boundary(512));
        let recorded = RunFailure::Recorded { kind: why.kind().into(), text };
        assert_eq!(failed(recorded).digest(), failed(why.clone()).digest(), "{why}");
        assert!(seen.insert(failed(why.clone()).digest()), "{why}");
    }
    let host = |text: &str| failed(RunFailure::Host(text.into())).digest();
    assert_eq!(host("in /tmp/1"), host("in /tmp/2"), "what tells of the machine does not count");
}

fn trajectory() -> Trajectory {
    let mut t = Trajectory::new("t").unwrap().with_comment("about t").with_seed(3);
    t.f_add_parameter("net.x", 1.0, "an x").unwrap().unit = "s".into();
    t.f_add_parameter("net.y", 2, "a y").unwrap();
    t.f_add_derived_parameter("twice", 2.0, "2 x").unwrap();
    t.f_add_result("about", vec![(String::new(), "text".into())], "a result").unwrap();
    t.f_explore([("x", Axis::linspace(0.0, 1.0, 3).unwrap())], Combine::Cartesian).unwrap();
    t
}

fn head(t: &Trajectory) -> Digest {
    t.digest(&BTreeMap::new(), &BTreeMap::new())
}

#[test]
fn everything_of_a_head_counts_but_its_name_and_configuration() {
    let base = head(&trajectory());
    let mut configured = trajectory().with_name("t_2026").unwrap();
    configured.f_add_config("verbose", true, "").unwrap();
    assert_eq!(head(&configured), base);
    let list = Axis::list([0.0, 0.5, 1.0].map(Value::Float).into()).unwrap();
    let mut listed = trajectory();
    listed.parameters.get_mut(&path("net.x")).unwrap().explored =
        Some(super::super::Explored { axis: list, position: 0 });
    assert_eq!(head(&listed), base, "values count and not how they were written");

    let changed = |change: &dyn Fn(&mut Trajectory)| {
        let mut t = trajectory();
        change(&mut t);
        head(&t)
    };
    let x = |t: &mut Trajectory, change: &dyn Fn(&mut Parameter)| change(t.parameters.get_mut(&path("net.x")).unwrap());
    let others = [
        changed(&|t| t.comment = "other".into()),
        changed(&|t| t.root_seed = 4),
        changed(&|t| x(t, &|x| x.unit = "ms".into())),
        changed(&|t| x(t, &|x| x.comment = "ms".into())),
        changed(&|t| x(t, &|x| x.value = Value::Float(2.0))),
        changed(&|t| x(t, &|x| x.class = Some("Own".into()))),
        changed(&|t| x(t, &|x| x.explored = None)),
        changed(&|t| x(t, &|x| x.explored.as_mut().unwrap().axis = Axis::linspace(0.0, 2.0, 3).unwrap())),
        changed(&|t| drop(t.parameters.remove(&path("net.y")))),
        changed(&|t| t.additions[0].comment.push('!')),
        changed(&|t| drop(t.additions.pop())),
        head(&trajectory().with_replicates(2).unwrap()),
        trajectory().digest(&BTreeMap::from([("z".into(), vec!["t".into()])]), &BTreeMap::new()),
        trajectory().digest(&BTreeMap::new(), &BTreeMap::from([("z".into(), "t".into())])),
    ];
    let mut seen = std::collections::HashSet::from([base]);
    for (at, other) in others.into_iter().enumerate() {
        assert!(seen.insert(other), "change number {at} makes no difference");
    }
}

#[test]
fn runs_that_are_pending_count() {
    let digest = |indices: &[u32]| {
        let mut all = TrajectoryDigest::new(Digest([7; 32]), 5);
        for &index in indices {
            all.run(&FinishedRun { index: RunIndex(index), ..run(vec![]) });
        }
        all.finish()
    };
    let all = [&[][..], &[0], &[1], &[4], &[0, 1], &[0, 1, 2, 3, 4]].map(digest);
    let different: std::collections::HashSet<Digest> = all.into();
    assert_eq!(different.len(), all.len());
}

/// The encoding never changes: digests are kept in files and in people's notes.
#[test]
fn digests_stay_as_they_are() {
    let t = Arc::new(trajectory());
    let mut single = SingleRun::new(t.clone(), RunIndex(1));
    single.f_add_result("z", vec![(String::new(), Value::Float(0.5))], "a z".into()).unwrap();
    single.f_set_annotation("z", "note", Value::Text("n".into())).unwrap();
    let finished = single.finish(Ok(()), 1.0, Duration::ZERO);
    let mut all = TrajectoryDigest::new(head(&t), t.run_count());
    let digests = [head(&t), all.run(&finished), all.comments().digest(), all.finish()];
    insta::assert_snapshot!(digests.map(|digest| digest.to_string()).join("\n"));
}
