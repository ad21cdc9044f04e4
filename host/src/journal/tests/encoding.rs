//! Runs become bytes and come back; other bytes are refused.

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::*;
use crate::journal::{
    DecodeError,
    encoding::{
        DataTag, Decoder, Encoder, FailureTag, KindTag, SequenceTag, StructureTag, ValueTag, read_run, write_run,
    },
    samples::{any_run, any_value, float_bits},
};

fn encoded(run: &FinishedRun) -> Vec<u8> {
    let mut to = Encoder::after(Vec::new());
    write_run(&mut to, run);
    assert_eq!(to.len(), to.slices().iter().map(|slice| slice.len()).sum::<usize>());
    to.slices().iter().flat_map(|slice| slice.to_vec()).collect()
}

fn decoded(bytes: &[u8]) -> Result<FinishedRun, DecodeError> {
    let mut from = Decoder::new(bytes);
    let run = read_run(&mut from)?;
    from.end()?;
    Ok(run)
}

proptest! {
    #[test]
    fn every_run_comes_back_bit_for_bit(run in any_run()) {
        let back = decoded(&encoded(&run)).expect("what was written is read");
        prop_assert_eq!(format!("{run:?}"), format!("{back:?}"));
        prop_assert_eq!(float_bits(&run), float_bits(&back));
    }

    #[test]
    fn damaged_runs_are_refused_or_consistent(run in any_run(), at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
        let mut bytes = encoded(&run);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        if let Ok(run) = decoded(&bytes) {
            prop_assert_eq!(float_bits(&decoded(&encoded(&run)).expect("what was written is read")), float_bits(&run));
        }
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0..16u8], 0..200)) {
        let _ = decoded(&bytes);
        // Behind a beginning that leads to a value.
        let mut behind = encoded(&run(1, Value::None));
        behind.truncate(behind.iter().rposition(|&byte| byte == b'z').expect("the name of the item") + 1);
        behind.extend(bytes);
        let _ = decoded(&behind);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // Every journal is synced when it begins, which takes time.
    #[test]
    fn runs_come_back_from_the_file(runs in proptest::collection::vec(any_run(), 0..5)) {
        let (_folder, path) = scratch();
        create(&path).finished(&runs).unwrap();
        let back = read_whole(&path);
        prop_assert_eq!(format!("{:?}", runs.into_iter().map(Record::Finished).collect::<Vec<_>>()), format!("{back:?}"));
    }
}

#[test]
fn the_strategy_makes_every_variant() {
    let mut runner = TestRunner::deterministic();
    let (mut values, mut sequences, mut data) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut kinds, mut failures, mut structures) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for _ in 0..2000 {
        let value = any_value().new_tree(&mut runner).unwrap().current();
        values.insert(ValueTag::of(&value));
        match value {
            Value::List(sequence) | Value::Tuple(sequence) => {
                sequences.insert(SequenceTag::of(&sequence));
            }
            Value::Array(array) => {
                data.insert(DataTag::of(array.data()));
            }
            Value::Sparse(sparse) => {
                structures.insert(StructureTag::of(sparse.structure()));
            }
            _ => {}
        }
    }
    for _ in 0..300 {
        let run = any_run().new_tree(&mut runner).unwrap().current();
        kinds.extend(run.additions.iter().map(|addition| KindTag::of(&addition.kind)));
        if let Err(failure) = run.outcome {
            failures.insert(FailureTag::of(&failure));
        }
    }
    assert!(values.iter().eq(ValueTag::ALL), "{values:?}");
    assert!(sequences.iter().eq(SequenceTag::ALL), "{sequences:?}");
    assert!(data.iter().eq(DataTag::ALL), "{data:?}");
    assert!(structures.iter().eq(StructureTag::ALL), "{structures:?}");
    assert!(kinds.iter().eq(KindTag::ALL), "{kinds:?}");
    assert!(failures.iter().eq(FailureTag::ALL), "{failures:?}");
}

/// A run whose only value is `bytes`.
fn with_value(bytes: &[u8]) -> Vec<u8> {
    let mut run = encoded(&run(1, Value::None));
    let at = run.iter().rposition(|&byte| byte == b'z').expect("the name of the item") + 1;
    run.splice(at..=at, bytes.iter().copied());
    run
}

#[test]
fn one_scalar_is_small() {
    assert_eq!(encoded(&run(1, Value::Float(0.5))).len(), 4 + 8 + 5 + 1 + 1 + 1 + 2 + 1 + 2 + 9 + 9 + 1 + 1 + 1);
}

#[test]
fn hostile_bytes_are_refused() {
    // A table, one of whose columns is longer than the other.
    let array = |rows: u8| [&[1, 1, rows, rows][..], &vec![0; rows.into()]].concat();
    let ragged = [&[10, 2, 1, b'a'][..], &array(1), &[1, b'b'], &array(2)].concat();
    let elements =
        [&[7, 10, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f][..], &[0xff; 8], &[0x7f]].concat();
    let cases: [(&str, Vec<u8>); 11] = [
        ("a dictionary within a dictionary, a million times", [11, 1, 1, b'a'].repeat(1_000_000)),
        ("more elements than there are bytes", elements),
        ("a shape for more elements", vec![7, 1, 1, 5, 2, 0, 0]),
        ("a column that is too long", ragged),
        ("no such type", vec![99]),
        ("no such element type", vec![7, 99]),
        ("half of a truth", vec![1, 2]),
        ("half a truth in a list", vec![8, 1, 2, 0, 7]),
        ("a text that is none", vec![5, 2, 0xc3, 0x28]),
        ("a count without end", [&[5][..], &[0xff; 12]].concat()),
        ("a key that is no name", vec![11, 1, 2, b'/', b'x', 0]),
    ];
    let refusal = |bytes: &[u8]| decoded(&with_value(bytes)).expect_err("hostile bytes").to_string();
    let mut messages: Vec<String> = cases.iter().map(|(what, bytes)| format!("{what}: {}", refusal(bytes))).collect();
    let mut whole = encoded(&run(1, Value::None));
    whole.push(0);
    messages.push(format!("one byte more: {}", decoded(&whole).unwrap_err()));
    whole.truncate(20);
    messages.push(format!("cut off: {}", decoded(&whole).unwrap_err()));
    whole[13..17].fill(0xff);
    messages.push(format!("too many nanoseconds: {}", decoded(&whole).unwrap_err()));
    whole[..4].fill(0xff);
    messages.push(format!("beyond the last run: {}", decoded(&whole).unwrap_err()));
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn additions_are_what_a_run_can_add() {
    let refusal = |change: fn(&mut FinishedRun)| {
        let mut run = run(1, Value::Int(1));
        change(&mut run);
        decoded(&encoded(&run)).expect_err("no run adds this").to_string()
    };
    let messages = [
        refusal(|run| run.additions[0].items.clear()),
        refusal(|run| {
            run.additions[0].kind = AdditionKind::DerivedParameter;
            run.additions[0].items.push((path("y"), Value::None));
        }),
        refusal(|run| run.additions[0].items.push((path("z.y"), Value::None))),
        refusal(|run| run.additions.push(run.additions[0].clone())),
        refusal(|run| drop(run.additions[0].annotations.insert("a/b".into(), Value::Int(1)))),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}
