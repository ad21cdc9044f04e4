//! Purging of repeated comments: each different comment of a result is stored once, with the lowest run.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::trajectory::{AdditionKind, NodePath, RunIndex};

/// Which run keeps each comment.
///
/// The rule is that of pypet's documentation: *the lowest run index keeps the comment, regardless of
/// the order in which runs end*. A comment that was stored with a higher run therefore moves.
#[derive(Clone, Debug, Default)]
pub struct Comments {
    /// Per node name and hash of the comment; twelve bytes for a comment that differs in every run.
    kept: [BTreeMap<NodePath, HashMap<u64, RunIndex>>; 2],
}

/// What to do with the comment of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Store it here.
    Here,
    /// Store it here, and remove it from the node of this run, which has a higher index.
    InsteadOf(RunIndex),
    /// A lower run has the same one.
    Not,
}

impl Comments {
    /// Decides about the comment of the node `name` of `run`.
    pub fn see(&mut self, kind: AdditionKind, name: &NodePath, comment: &str, run: RunIndex) -> Keep {
        if comment.is_empty() {
            return Keep::Not;
        }
        let mut hasher = DefaultHasher::new();
        comment.hash(&mut hasher);
        let of_kind = &mut self.kept[kind as usize];
        if !of_kind.contains_key(name) {
            of_kind.insert(name.clone(), HashMap::new());
        }
        let keeper = of_kind.get_mut(name).and_then(|comments| match comments.entry(hasher.finish()) {
            std::collections::hash_map::Entry::Occupied(entry) => Some(entry.into_mut()),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(run);
                None
            }
        });
        match keeper {
            None => Keep::Here,
            Some(keeper) if run < *keeper => Keep::InsteadOf(std::mem::replace(keeper, run)),
            Some(_) => Keep::Not,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_lowest_run_keeps_the_comment_in_any_order() {
        let (mut comments, z) = (Comments::default(), NodePath::new("z").unwrap());
        let mut see = |comment: &str, run| comments.see(AdditionKind::Result, &z, comment, RunIndex(run));
        assert_eq!(see("Mostly harmless!", 5), Keep::Here);
        assert_eq!(see("Mostly harmless!", 7), Keep::Not);
        assert_eq!(see("Harmless!", 6), Keep::Here);
        assert_eq!(see("Mostly harmless!", 2), Keep::InsteadOf(RunIndex(5)));
        assert_eq!(see("Mostly harmless!", 3), Keep::Not);
        assert_eq!(see("", 0), Keep::Not);
    }

    proptest! {
        #[test]
        fn who_keeps_a_comment_does_not_depend_on_the_order(runs in proptest::collection::vec((0u32..50, 0u8..4), 1..40)) {
            let kept = |order: &[(u32, u8)]| {
                let (mut comments, z) = (Comments::default(), NodePath::new("z").unwrap());
                let mut stored = std::collections::BTreeSet::new();
                for &(run, comment) in order {
                    let text = comment.to_string();
                    match comments.see(AdditionKind::Result, &z, &text, RunIndex(run)) {
                        Keep::Here => { stored.insert((run, comment)); }
                        Keep::InsteadOf(other) => {
                            stored.remove(&(other.0, comment));
                            stored.insert((run, comment));
                        }
                        Keep::Not => {}
                    }
                }
                stored
            };
            let mut sorted = runs.clone();
            sorted.sort_unstable();
            prop_assert_eq!(kept(&runs), kept(&sorted));
        }
    }
}
