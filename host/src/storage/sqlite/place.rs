//! [`Place`]: what a path below a trajectory leads to, in tables.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    storage::Child,
    trajectory::{AdditionKind, NodePath, RUNS_PER_SET, RunIndex},
};

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub(super) enum Place<'a> {
    /// The trajectory itself.
    Root,
    /// A parameter, an entry of the configuration, or a group of them.
    Parameters { table: &'static str, name: &'a str },
    /// What a run (or, without one, the trajectory itself) has added, or a group of it.
    Additions { kind: AdditionKind, run: Option<RunIndex>, name: &'a str },
    /// All buckets of runs.
    Sets { kind: AdditionKind },
    /// One bucket.
    Set { kind: AdditionKind, runs: Range<u32> },
}

impl<'a> Place<'a> {
    /// The branches, in the order of their names.
    pub(super) const BRANCHES: [&'static str; 4] = ["config", "derived_parameters", "parameters", "results"];

    /// What the path `node` leads to; `None` if it cannot lead to anything.
    pub(super) fn of(node: &'a str) -> Option<Self> {
        if node.is_empty() {
            return Some(Self::Root);
        }
        let (branch, name) = node.split_once('.').unwrap_or((node, ""));
        if node.ends_with('.') {
            return None;
        }
        let kind = match branch {
            "parameters" => return Some(Self::Parameters { table: "parameters", name }),
            "config" => return Some(Self::Parameters { table: "config", name }),
            "results" => AdditionKind::Result,
            "derived_parameters" => AdditionKind::DerivedParameter,
            _ => return None,
        };
        if name == "runs" {
            return Some(Self::Sets { kind });
        }
        let Some(below) = name.strip_prefix("runs.") else {
            return Some(Self::Additions { kind, run: None, name });
        };
        let (set, rest) = below.split_once('.').unwrap_or((below, ""));
        let first = set.strip_prefix("run_set_")?.parse::<u32>().ok()?.checked_mul(RUNS_PER_SET)?;
        let runs = first..first.checked_add(RUNS_PER_SET)?;
        if RunIndex(first).set_name() != set {
            return None;
        }
        if rest.is_empty() {
            return Some(Self::Set { kind, runs });
        }
        let (run, name) = rest.split_once('.').unwrap_or((rest, ""));
        let run = RunIndex::from_name(run).filter(|run| runs.contains(&run.0))?;
        Some(Self::Additions { kind, run: Some(run), name })
    }

    /// Whether it is there even if nothing is in it.
    pub(super) fn is_branch(&self) -> bool {
        matches!(self, Self::Root | Self::Parameters { name: "", .. } | Self::Additions { run: None, name: "", .. })
    }
}

/// The children of the group `name`, among all nodes with their comments; or why these cannot be nodes.
pub(super) fn children(nodes: Vec<(String, String)>, name: &str) -> Result<Vec<Child>, String> {
    let mut found: BTreeMap<String, Child> = BTreeMap::new();
    for (node, comment) in nodes {
        NodePath::new(node.as_str()).map_err(|error| error.to_string())?;
        let below = if name.is_empty() { Some(node.as_str()) } else { below(&node, name) };
        let Some(below) = below else { continue };
        let (first, is_leaf) = below.split_once('.').map_or((below, true), |(first, _)| (first, false));
        let comment = if is_leaf { comment } else { String::new() };
        let child = Child { name: first.to_owned(), is_leaf, comment };
        if let Some(other) = found.insert(first.to_owned(), child)
            && (other.is_leaf || is_leaf)
        {
            return Err(format!("`{node}` and another node cannot both be there"));
        }
    }
    Ok(found.into_values().collect())
}

fn below<'n>(node: &'n str, name: &str) -> Option<&'n str> {
    node.strip_prefix(name)?.strip_prefix('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_tables() {
        let kind = AdditionKind::Result;
        let run = Some(RunIndex(1234));
        assert_eq!(Place::of(""), Some(Place::Root));
        assert_eq!(Place::of("config.a.b"), Some(Place::Parameters { table: "config", name: "a.b" }));
        assert_eq!(Place::of("results.a"), Some(Place::Additions { kind, run: None, name: "a" }));
        assert_eq!(Place::of("results.runs"), Some(Place::Sets { kind }));
        assert_eq!(Place::of("results.runs.run_set_00001"), Some(Place::Set { kind, runs: 1000..2000 }));
        let deep = "results.runs.run_set_00001.run_00001234.a.b";
        assert_eq!(Place::of(deep), Some(Place::Additions { kind, run, name: "a.b" }));
        for nothing in [
            "overview",
            "results.",
            "results.runs.run_00000001",
            "results.runs.run_set_00000.run_00001234",
            "results.runs.run_set_1.run_00001234",
            "results.runs.run_set_1",
            "results.runs.run_set_99999999999",
            "results.runs.run_set_04294967.a",
            "results.runs.run_set_4294967",
        ] {
            assert_eq!(Place::of(nothing), None, "{nothing}");
        }
    }
}
