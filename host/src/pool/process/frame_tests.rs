//! Whatever a run can end with arrives with all its bits; whatever is not whole is not believed.

use std::{collections::BTreeMap, time::Duration};

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::trajectory::{
    Addition, AdditionKind, Array, ArrayData, Complex, Dict, Limited, NodePath, RunFailure, Sequence, Table, Value,
};

/// Any bits, so that every NaN is among them.
fn float() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

fn array() -> impl Strategy<Value = Array> {
    let data = prop_oneof![
        vec(any::<bool>(), 0..9).prop_map(ArrayData::Bool),
        vec(any::<i8>(), 0..9).prop_map(ArrayData::Int8),
        vec(any::<i64>(), 0..9).prop_map(ArrayData::Int64),
        vec(any::<u64>(), 0..9).prop_map(ArrayData::UInt64),
        vec(any::<u32>().prop_map(f32::from_bits), 0..9).prop_map(ArrayData::Float32),
        vec(float(), 0..9).prop_map(ArrayData::Float64),
        vec(float(), 4..5).prop_map(ArrayData::Complex128),
        vec(".*", 0..9).prop_map(ArrayData::Text),
    ];
    data.prop_map(|data| Array::flat(data).expect("a flat array"))
}

fn value() -> impl Strategy<Value = Value> {
    let complex = || (float(), float()).prop_map(|(re, im)| Complex { re, im });
    let plain = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        float().prop_map(Value::Float),
        complex().prop_map(Value::Complex),
        ".*".prop_map(Value::Text),
        vec(any::<u8>(), 0..99).prop_map(Value::Bytes),
        array().prop_map(Value::Array),
        vec(complex(), 0..5).prop_map(|items| Value::List(Sequence::Complexes(items))),
        vec(vec(any::<u8>(), 0..5), 0..5).prop_map(|items| Value::Tuple(Sequence::Bytes(items))),
    ]
    .boxed();
    let column = || vec(float(), 3).prop_map(|cells| Array::flat(ArrayData::Float64(cells)).expect("a column"));
    let table = (column(), column())
        .prop_map(|(a, b)| Value::Table(Table::new(vec![("a".into(), a), ("b".into(), b)]).expect("equal lengths")));
    let dict = (plain.clone(), plain.clone())
        .prop_map(|(a, b)| Value::Dict(Dict::new(vec![("x.a".into(), a), ("x.b".into(), b)]).expect("two keys")));
    prop_oneof![8 => plain, 1 => table, 1 => dict]
}

fn failure() -> impl Strategy<Value = RunFailure> {
    prop_oneof![
        ".*".prop_map(RunFailure::Error),
        (".*", ".*", any::<u32>()).prop_map(|(message, file, line)| RunFailure::Panic { message, file, line }),
        ".*".prop_map(RunFailure::Trap),
        any::<Duration>().prop_map(|limit| RunFailure::Timeout { limit }),
        any::<(u64, u64)>().prop_map(|(wanted, limit)| RunFailure::Memory { wanted, limit }),
        any::<u64>().prop_map(|limit| RunFailure::Stack { limit }),
        (select(&Limited::ALL[..]), any::<u64>()).prop_map(|(what, limit)| RunFailure::Limit { what, limit }),
        ".{0,20}".prop_map(RunFailure::OwnStack),
        Just(RunFailure::Abandoned),
        ".*".prop_map(RunFailure::Host),
    ]
}

fn addition() -> impl Strategy<Value = Addition> {
    let path = || "[a-z]{1,9}".prop_map(|name| NodePath::new(format!("n_{name}")).expect("a name"));
    let annotations = vec(("[a-z]{1,5}", value()), 0..3).prop_map(BTreeMap::from_iter);
    (any::<bool>(), path(), vec((path(), value()), 1..4), ".*", annotations, proptest::option::of(".*")).prop_map(
        |(derived, name, items, comment, annotations, class)| {
            let kind = if derived { AdditionKind::DerivedParameter } else { AdditionKind::Result };
            Addition { items, annotations, class, ..Addition::new(kind, name, comment) }
        },
    )
}

fn finished() -> impl Strategy<Value = FinishedRun> {
    let outcome = prop_oneof![3 => Just(Ok(())), 1 => failure().prop_map(Err)];
    (any::<u32>(), outcome, vec(addition(), 0..4), float(), any::<Duration>()).prop_map(
        |(index, outcome, additions, started, took)| FinishedRun {
            index: RunIndex(index),
            outcome,
            additions,
            started,
            took,
        },
    )
}

/// The bytes of a process that says `replies`.
fn said(replies: &[Reply]) -> Vec<u8> {
    let mut bytes = hello().to_vec();
    replies.iter().for_each(|reply| write_reply(&mut bytes, reply).expect("memory takes everything"));
    bytes
}

/// All replies in `bytes`, which arrive in pieces of `size`.
fn heard(bytes: &[u8], size: usize) -> Result<Vec<Reply>, Nonsense> {
    let mut replies = Replies::new(1 << 20);
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        replies.push(piece);
        while let Some(reply) = replies.next()? {
            all.push(reply);
        }
    }
    Ok(all)
}

proptest! {
    #[test]
    fn every_end_of_a_run_arrives_with_all_its_bits(run in finished(), size in 1_usize..5000, from in 0.0..1.0) {
        let sent = [Reply::Started, Reply::Progress(from, "ü".into()), Reply::Finished(Box::new(run))];
        let bytes = said(&sent);
        let got = heard(&bytes, size).expect("whole replies");
        // Of the values, NaN equals nothing; of the bytes, it does.
        prop_assert_eq!(said(&got), bytes);
        prop_assert_eq!(format!("{got:?}"), format!("{sent:?}"));
    }

    #[test]
    fn what_is_cut_off_is_no_end(run in finished(), at in 0.0..1.0) {
        let bytes = said(&[Reply::Finished(Box::new(run))]);
        let cut = (bytes.len() as f64 * at) as usize;
        prop_assert_eq!(heard(&bytes[..cut], 100).expect("nothing wrong so far"), []);
        // The block with a length that fits what is left of it.
        if let Some(rest) = bytes[..cut].get(HELLO + 8..) {
            let shorter = [&bytes[..HELLO], &length(rest.len()), rest].concat();
            prop_assert!(heard(&shorter, 100).is_err());
            let longer = [&bytes[..HELLO], &length(bytes.len() - HELLO - 7), &bytes[HELLO + 8..], &[0]].concat();
            prop_assert!(heard(&longer, 100).is_err());
        }
    }

    #[test]
    fn nonsense_is_survived(noise in vec(any::<u8>(), 0..300), greets in any::<bool>(), kind in 0_u8..5) {
        let mut bytes = if greets { hello().to_vec() } else { Vec::new() };
        bytes.extend(length(noise.len() + 1));
        bytes.push(kind);
        bytes.extend(&noise);
        let heard = heard(&bytes, 7);
        prop_assert!(greets || heard.is_err());
    }
}

#[test]
fn nobody_is_believed_who_announces_too_much() {
    let mut bytes = hello().to_vec();
    bytes.extend(u64::MAX.to_le_bytes());
    let why = heard(&bytes, 64).expect_err("too long").to_string();
    assert_eq!(why, "a reply of 18446744073709551615 bytes, where 1048576 are possible");
    let mut endless = &bytes[HELLO..];
    assert!(read_block(&mut endless).is_err());
    assert_eq!(
        heard(b"Usage: another program", 3).expect_err("no greeting").to_string(),
        "it did not begin as a host 0.1.0 does"
    );
}

#[test]
fn the_end_of_a_run_shows_before_it_is_there() {
    let run =
        FinishedRun { index: RunIndex(0), outcome: Ok(()), additions: Vec::new(), started: 0.0, took: Duration::ZERO };
    for (reply, ends) in [(Reply::Started, false), (Reply::Finished(Box::new(run)), true)] {
        let bytes = said(&[reply]);
        let mut replies = Replies::new(1 << 20);
        replies.push(&bytes[..HELLO + 9]);
        let _ = replies.next();
        assert_eq!(replies.is_ending(), ends);
    }
}
