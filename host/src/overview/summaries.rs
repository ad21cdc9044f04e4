//! [`Summaries`]: what runs have added, one entry for each name. pypet's summary tables.

use std::collections::BTreeMap;

use sha1::{Digest, Sha1};

use crate::trajectory::{Addition, AdditionKind, NodePath, RunIndex};

use super::{
    MAX_COMMENT,
    rows::{cut_with_dots, words_of},
};

/// What runs have added, one entry for each name; it does not depend on the order in which runs end.
#[derive(Clone, Debug, Default)]
pub struct Summaries {
    of_kind: [Names; 2],
}

/// The names of one kind.
#[derive(Clone, Debug, Default)]
struct Names {
    examples: BTreeMap<NodePath, Example>,
    /// How many nodes were seen, also under names that were left out.
    seen: u64,
}

/// One name that runs have added something under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The lowest run that has it, which is the one shown.
    pub run: RunIndex,
    /// Its value in that run, in Python's words.
    pub value: String,
    /// Its comment in that run, cut with dots.
    pub comment: String,
    /// SHA-1 of the whole comment.
    pub digest: [u8; 20],
    /// How many runs have it.
    pub count: u64,
}

/// A job that makes up a name in every run shall not fill the memory: of more names than these, the first in
/// alphabetical order stay.
pub const MAX_NAMES: usize = 10_000;

impl Summaries {
    /// Takes note of an addition of `run`.
    pub fn see(&mut self, addition: &Addition, run: RunIndex) {
        let known = self.of_kind[addition.kind as usize].examples.get_mut(&addition.name);
        if let Some(example) = known.filter(|example| example.run <= run) {
            example.count += 1;
            self.of_kind[addition.kind as usize].seen += 1;
            return;
        }
        self.add(addition.kind, &addition.name, Example::of(addition, run));
    }

    /// Takes note of as many additions under `name` as `example` counts, all of them of its run or higher ones.
    pub fn add(&mut self, kind: AdditionKind, name: &NodePath, example: Example) {
        let Names { examples, seen } = &mut self.of_kind[kind as usize];
        *seen += example.count;
        if let Some(known) = examples.get_mut(name) {
            let count = known.count + example.count;
            if example.run < known.run {
                *known = example;
            }
            known.count = count;
            return;
        }
        if examples.len() >= MAX_NAMES {
            // A name that goes never comes back, so what stays has been counted from its first run on.
            match examples.last_key_value() {
                Some((last, _)) if name < last => drop(examples.pop_last()),
                _ => return,
            }
        }
        examples.insert(name.clone(), example);
    }

    /// All names of one kind, in their order.
    pub fn of(&self, kind: AdditionKind) -> &BTreeMap<NodePath, Example> {
        &self.of_kind[kind as usize].examples
    }

    /// How many nodes of one kind are not counted, because there were more than [`MAX_NAMES`] names.
    pub fn left_out(&self, kind: AdditionKind) -> u64 {
        let Names { examples, seen } = &self.of_kind[kind as usize];
        seen - examples.values().map(|example| example.count).sum::<u64>()
    }
}

impl Example {
    /// The first of its name.
    pub fn of(addition: &Addition, run: RunIndex) -> Self {
        let comment = cut_with_dots(&addition.comment, MAX_COMMENT).into();
        let digest = Sha1::digest(&addition.comment).into();
        Self { run, value: words_of(addition), comment, digest, count: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::Value;

    fn about(name: &str, v: f64) -> Addition {
        Addition {
            items: vec![(NodePath::new("z").unwrap(), Value::Float(v))],
            ..Addition::new(AdditionKind::Result, NodePath::new(name).unwrap(), format!("about {v}"))
        }
    }

    #[test]
    fn the_example_is_the_lowest_run() {
        let mut summaries = Summaries::default();
        for run in [3, 1, 2] {
            summaries.see(&about("z", f64::from(run)), RunIndex(run));
        }
        let example = summaries.of(AdditionKind::Result).values().next().unwrap();
        let comment = "about 1".to_owned();
        let digest = Sha1::digest(&comment).into();
        assert_eq!(*example, Example { run: RunIndex(1), value: "z=1.0".into(), comment, digest, count: 3 });
        assert_eq!(summaries.left_out(AdditionKind::Result), 0);
        assert!(summaries.of(AdditionKind::DerivedParameter).is_empty());
    }

    #[test]
    fn of_too_many_names_the_same_stay_in_any_order() {
        let count = MAX_NAMES as u32 + 500;
        let kept = |runs: &mut dyn Iterator<Item = u32>| {
            let mut summaries = Summaries::default();
            for run in runs {
                summaries.see(&about(&format!("n{}", run * 7919 % count), 0.0), RunIndex(run));
                summaries.see(&about("always", 0.0), RunIndex(run));
            }
            let left_out = summaries.left_out(AdditionKind::Result);
            (summaries.of(AdditionKind::Result).clone(), left_out)
        };
        let forwards = kept(&mut (0..count));
        assert_eq!(forwards, kept(&mut (0..count).rev()));
        assert_eq!((forwards.0.len(), forwards.1), (MAX_NAMES, 501));
        assert_eq!(forwards.0[&NodePath::new("always").unwrap()].count, u64::from(count));
    }
}
