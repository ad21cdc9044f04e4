//! Finished runs as bytes: number, times, outcome, additions.

use std::{collections::BTreeMap, time::Duration};

use super::{
    DecodeError, Decoder, Encoder,
    tag::tags,
    value::{read_value, write_value},
};
use crate::trajectory::{
    Addition, AdditionKind, FinishedRun, Limited, MAX_RUNS, NodePath, RunFailure, RunIndex, ValueError,
    check_component, check_unnested,
};

tags! { KindTag of AdditionKind, "the branch of an addition" {
    Result = 0,
    DerivedParameter = 1,
}}

tags! { FailureTag of RunFailure, "the failure of a run" {
    Error = 1,
    Panic = 2,
    Trap = 3,
    Timeout = 4,
    Memory = 5,
    Stack = 6,
    Limit = 7,
    Abandoned = 8,
    Host = 9,
    Process = 10,
    Recorded = 11,
    OwnStack = 12,
}}

/// Stands where the [`FailureTag`] of a failed run does.
const WELL: u8 = 0;

pub(in crate::journal) fn write_run<'a>(to: &mut Encoder<'a>, run: &'a FinishedRun) {
    let FinishedRun { index, outcome, additions, started, took } = run;
    write_index(to, *index);
    to.double(*started);
    write_duration(to, *took);
    match outcome {
        Ok(()) => to.byte(WELL),
        Err(failure) => write_failure(to, failure),
    }
    to.many(additions, write_addition);
}

pub(in crate::journal) fn read_run(from: &mut Decoder<'_>) -> Result<FinishedRun, DecodeError> {
    let index = read_index(from)?;
    let started = from.double()?;
    let took = read_duration(from)?;
    let outcome = read_outcome(from)?;
    // Kind, name, number of items, comment, number of annotations.
    let additions = from.many(5, read_addition)?;
    for kind in [AdditionKind::Result, AdditionKind::DerivedParameter] {
        check_unnested(additions.iter().filter(|addition| addition.kind == kind).map(|addition| &addition.name))?;
    }
    Ok(FinishedRun { index, outcome, additions, started, took })
}

pub(in crate::journal) fn write_index(to: &mut Encoder<'_>, index: RunIndex) {
    to.fixed(index.0.to_le_bytes());
}

pub(in crate::journal) fn read_index(from: &mut Decoder<'_>) -> Result<RunIndex, DecodeError> {
    let index = u32::from_le_bytes(from.fixed()?);
    if u64::from(index) < MAX_RUNS { Ok(RunIndex(index)) } else { Err(DecodeError::Index { index }) }
}

fn write_duration(to: &mut Encoder<'_>, duration: Duration) {
    to.number(duration.as_secs());
    to.fixed(duration.subsec_nanos().to_le_bytes());
}

fn read_duration(from: &mut Decoder<'_>) -> Result<Duration, DecodeError> {
    let seconds = from.number()?;
    match u32::from_le_bytes(from.fixed()?) {
        nanoseconds @ 0..1_000_000_000 => Ok(Duration::new(seconds, nanoseconds)),
        nanoseconds => Err(DecodeError::Duration { nanoseconds }),
    }
}

fn write_failure<'a>(to: &mut Encoder<'a>, failure: &'a RunFailure) {
    to.byte(FailureTag::of(failure) as u8);
    match failure {
        RunFailure::Error(message)
        | RunFailure::Trap(message)
        | RunFailure::Host(message)
        | RunFailure::OwnStack(message)
        | RunFailure::Process(message) => to.text(message),
        RunFailure::Recorded { kind, text } => {
            to.text(kind);
            to.text(text);
        }
        RunFailure::Panic { message, file, line } => {
            to.text(message);
            to.text(file);
            to.fixed(line.to_le_bytes());
        }
        RunFailure::Timeout { limit } => write_duration(to, *limit),
        RunFailure::Memory { wanted, limit } => {
            to.number(*wanted);
            to.number(*limit);
        }
        RunFailure::Stack { limit } => to.number(*limit),
        RunFailure::Limit { what, limit } => {
            to.text(what.words());
            to.text(what.key());
            to.number(*limit);
        }
        RunFailure::Abandoned => {}
    }
}

fn read_outcome(from: &mut Decoder<'_>) -> Result<Result<(), RunFailure>, DecodeError> {
    if from.peek()? == WELL {
        from.byte()?;
        return Ok(Ok(()));
    }
    Ok(Err(match FailureTag::read(from)? {
        FailureTag::Error => RunFailure::Error(from.text()?),
        FailureTag::Panic => {
            RunFailure::Panic { message: from.text()?, file: from.text()?, line: u32::from_le_bytes(from.fixed()?) }
        }
        FailureTag::Trap => RunFailure::Trap(from.text()?),
        FailureTag::Timeout => RunFailure::Timeout { limit: read_duration(from)? },
        FailureTag::Memory => RunFailure::Memory { wanted: from.number()?, limit: from.number()? },
        FailureTag::Stack => RunFailure::Stack { limit: from.number()? },
        FailureTag::OwnStack => RunFailure::OwnStack(from.text()?),
        FailureTag::Limit => {
            let (words, key, limit) = (from.text()?, from.text()?, from.number()?);
            match Limited::from_key(&key) {
                Some(what) => RunFailure::Limit { what, limit },
                // Of a later version.
                None => RunFailure::Recorded {
                    text: format!("the run exceeded its limit on {words}: {limit} ([limits] {key})"),
                    kind: key,
                },
            }
        }
        FailureTag::Abandoned => RunFailure::Abandoned,
        FailureTag::Host => RunFailure::Host(from.text()?),
        FailureTag::Process => RunFailure::Process(from.text()?),
        FailureTag::Recorded => RunFailure::Recorded { kind: from.text()?, text: from.text()? },
    }))
}

fn write_addition<'a>(to: &mut Encoder<'a>, addition: &'a Addition) {
    let Addition { kind, name, items, comment, annotations, class, summary } = addition;
    to.byte(KindTag::of(kind) as u8);
    to.text(name.as_str());
    to.many(items, |to, (item, value)| {
        to.text(item.as_str());
        write_value(to, value);
    });
    to.text(comment);
    to.number(annotations.len() as u64);
    for (key, value) in annotations {
        to.text(key);
        write_value(to, value);
    }
    // No class has an empty name.
    to.text(class.as_deref().unwrap_or_default());
    to.text(summary);
}

fn read_addition(from: &mut Decoder<'_>) -> Result<Addition, DecodeError> {
    let kind = match KindTag::read(from)? {
        KindTag::Result => AdditionKind::Result,
        KindTag::DerivedParameter => AdditionKind::DerivedParameter,
    };
    let name = NodePath::new(from.text()?)?;
    let items = from.many(2, |from| Ok((NodePath::new(from.text()?)?, read_value(from)?)))?;
    check_unnested(items.iter().map(|(item, _)| item))?;
    let comment = from.text()?;
    let mut annotations = BTreeMap::new();
    for (key, value) in from.many(2, |from| Ok((from.text()?, read_value(from)?)))? {
        check_component(&key)?;
        if annotations.contains_key(&key) {
            return Err(ValueError::Twice { name: key }.into());
        }
        annotations.insert(key, value);
    }
    let class = Some(from.text()?).filter(|class| !class.is_empty());
    // A class of the user's own makes as many items as it likes.
    let single = kind == AdditionKind::DerivedParameter && class.is_none();
    if items.is_empty() || (single && items.len() > 1) {
        return Err(DecodeError::Items { name: name.to_string(), got: items.len(), derived: single });
    }
    Ok(Addition { kind, name, items, comment, annotations, class, summary: from.text()? })
}
