//! Names that have passed their checks: [`NodePath`] and the rules it follows.
//!
//! The rules are pypet's (`naturalnaming.py`, `_check_names`), so that every file loads there and
//! natural naming works in Python: `[A-Za-z0-9_-]`, no leading underscore, fewer than 128
//! characters, none of the abbreviations that pypet rewrites in silence. Keywords of Python and
//! names of pypet's own methods (`lambda`, `v_th`) are allowed there, and here.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest name plus one, from pypet's `HDF5_STRCOL_MAX_NAME_LENGTH`.
pub const MAX_NAME_LENGTH: usize = 128;
/// Longest location plus one, from pypet's `HDF5_STRCOL_MAX_LOCATION_LENGTH`.
pub const MAX_LOCATION_LENGTH: usize = 512;

/// The four branches of a trajectory, as pypet names them.
pub const BRANCHES: [&str; 4] = ["config", "parameters", "derived_parameters", "results"];

/// The group of the overview tables, beside the branches.
const OVERVIEW: &str = "overview";

/// Where pypet's configuration says which overview tables there are: its entries have the names of the tables.
const ABOUT_TABLES: &str = "hdf5.overview.";

/// Where a node hangs, such as `neuron.tau` or `parameters.neuron.tau`.
///
/// Never empty; every component has passed [`check_component`], but for names of pypet's own
/// configuration entries `hdf5.overview.parameters` and the like.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodePath(String);

/// Why a name cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing at all, or nothing between two dots.
    #[error("`{name}` has an empty part; write one name between every two dots, and none at the ends")]
    Empty {
        /// The whole name as it was given.
        name: String,
    },
    /// Begins with `_`, which Python keeps for private names.
    #[error("`{part}` starts with an underscore; begin with a letter or digit")]
    LeadingUnderscore {
        /// The offending component.
        part: String,
    },
    /// A character outside of `[A-Za-z0-9_-]`.
    #[error("`{part}` contains {character:?}; use only letters A-Z and a-z, digits, `_` and `-`")]
    IllegalCharacter {
        /// The offending component, shortened.
        part: String,
        /// The first illegal character.
        character: char,
    },
    /// At least [`MAX_NAME_LENGTH`](super::MAX_NAME_LENGTH) characters in one component, or [`MAX_LOCATION_LENGTH`](super::MAX_LOCATION_LENGTH) before the last one.
    #[error("`{part}` is {length} characters long; at most {max} fit into the overview tables")]
    TooLong {
        /// The beginning of the name.
        part: String,
        /// Its length in characters.
        length: usize,
        /// The most that is allowed.
        max: usize,
    },
    /// An abbreviation or wildcard that pypet rewrites, or a name that the tree itself uses.
    #[error("`{part}` is reserved: {why}; choose another name, for example `{part}_`")]
    Reserved {
        /// The offending component.
        part: String,
        /// What it is kept for.
        why: &'static str,
    },
}

impl NodePath {
    /// Checks `name` and takes it; dots separate the components.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        let is_about_tables = name.starts_with(ABOUT_TABLES);
        for (depth, part) in name.split('.').enumerate() {
            // pypet's own settings have these names further inside: `config.hdf5.overview.parameters`.
            if part == OVERVIEW && depth > 0 || is_about_tables && BRANCHES.contains(&part) {
                continue;
            }
            if part.is_empty() {
                // With the whole name in the message, which tells more than an empty part.
                return Err(NameError::Empty { name: shortened(&name) });
            }
            check_component(part)?;
        }
        let location = name.rfind('.').unwrap_or(0);
        if location >= MAX_LOCATION_LENGTH {
            return Err(NameError::TooLong { part: shortened(&name), length: location, max: MAX_LOCATION_LENGTH - 1 });
        }
        Ok(Self(name))
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component: `tau` of `neuron.tau`.
    pub fn name(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// Everything before the last component; empty if there is only one.
    pub fn location(&self) -> &str {
        self.0.rsplit_once('.').map_or("", |(location, _)| location)
    }

    /// The components, from the root on.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// Whether `self` lies below `other`, or the other way round: one of them would have to be
    /// a leaf and a group at the same time.
    pub fn is_nested_with(&self, other: &NodePath) -> bool {
        let below = |a: &str, b: &str| a.len() > b.len() && a.starts_with(b) && a.as_bytes()[b.len()] == b'.';
        below(&self.0, &other.0) || below(&other.0, &self.0)
    }
}

/// Checks one component of a path by pypet's rules.
pub fn check_component(part: &str) -> Result<(), NameError> {
    if part.is_empty() {
        return Err(NameError::Empty { name: String::new() });
    }
    if let Some(character) = part.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))) {
        if matches!(part, "$" | "$set") {
            return Err(NameError::Reserved { part: part.into(), why: "pypet replaces it by the name of the run" });
        }
        return Err(NameError::IllegalCharacter { part: shortened(part), character });
    }
    if part.starts_with('_') {
        return Err(NameError::LeadingUnderscore { part: shortened(part) });
    }
    if part.len() >= MAX_NAME_LENGTH {
        return Err(NameError::TooLong { part: shortened(part), length: part.len(), max: MAX_NAME_LENGTH - 1 });
    }
    match reserved(part) {
        Some(why) => Err(NameError::Reserved { part: part.into(), why }),
        None => Ok(()),
    }
}

/// What pypet appends to the name of a sparse matrix in the file.
pub(crate) const SPARSE_MARK: &str = "__spsp__";

/// What `part` is kept for, if it is.
fn reserved(part: &str) -> Option<&'static str> {
    match part {
        "par" => return Some("pypet reads it as `parameters`"),
        "dpar" => return Some("pypet reads it as `derived_parameters`"),
        "res" => return Some("pypet reads it as `results`"),
        "conf" => return Some("pypet reads it as `config`"),
        "crun" | "crunset" => return Some("pypet replaces it by the name of the run"),
        OVERVIEW => return Some("the overview tables stand there"),
        _ => {}
    }
    if part.contains(SPARSE_MARK) {
        return Some("pypet marks sparse matrices by `__spsp__`");
    }
    if BRANCHES.contains(&part) {
        return Some("it is a branch of the trajectory");
    }
    let number_after = |prefix: &str| {
        part.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    if matches!(part, "run_ALL" | "runs")
        || ["run_", "r_", "rts_", "runtoset_", "run_set_"].into_iter().any(number_after)
    {
        return Some("it names a run");
    }
    None
}

/// At most 40 characters of a name that may be megabytes long, with control characters escaped.
pub(crate) fn shortened(name: &str) -> String {
    let mut short: String = name.chars().take(40).flat_map(char::escape_debug).collect();
    if name.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for NodePath {
    type Error = NameError;
    fn try_from(name: String) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl From<NodePath> for String {
    fn from(path: NodePath) -> String {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(name: &str) -> String {
        NodePath::new(name).expect_err(name).to_string()
    }

    #[test]
    fn refusals_name_the_part_and_the_way_out() {
        insta::assert_snapshot!(
            [
                "",
                ".a",
                "a..b",
                "a.",
                "_x",
                "a._b",
                "ü",
                "a b",
                "a/b",
                "..",
                "par",
                "net.dpar",
                "run_00000001",
                "$",
                "results.z",
                "runs.z",
                "overview",
                "\u{0}"
            ]
            .map(refusal)
            .join("\n")
        );
        assert!(refusal(&"x".repeat(128)).contains("128 characters long; at most 127"));
        assert!(refusal(&format!("{}z", "abc.".repeat(200))).contains("at most 511"));
    }

    #[test]
    fn configuration_about_tables_has_their_names() {
        for name in ["hdf5.overview.results_runs", "hdf5.overview.config", "hdf5.overview.parameters"] {
            assert_eq!(NodePath::new(name).expect("as in files of pypet").as_str(), name);
        }
        assert!(NodePath::new("net.overview").is_ok(), "only at the top it is taken");
        for name in ["overview.x", "hdf5.config", "hdf5.overview.run_1"] {
            assert!(matches!(NodePath::new(name), Err(NameError::Reserved { .. })), "{name}");
        }
    }

    #[test]
    fn nesting_is_a_matter_of_whole_components() {
        let path = |s: &str| NodePath::new(s).expect("a good name");
        assert!(path("a").is_nested_with(&path("a.b")));
        assert!(path("a.b").is_nested_with(&path("a")));
        assert!(!path("a").is_nested_with(&path("ab.c")));
        assert!(!path("a").is_nested_with(&path("a")));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_whole_or_refused(name in ".{0,200}") {
            if let Ok(path) = NodePath::new(name.clone()) {
                prop_assert_eq!(path.as_str(), &name);
                prop_assert!(path.components().all(|part| check_component(part).is_ok()));
                let joined = if path.location().is_empty() { path.name().to_owned() } else { format!("{}.{}", path.location(), path.name()) };
                prop_assert_eq!(joined, name);
            }
        }

        #[test]
        fn plain_identifiers_are_taken(name in "[a-e][a-eg-u0-9]{0,20}(\\.[a-e][a-eg-u0-9]{4,20}){0,4}") {
            prop_assume!(name.split('.').all(|part| reserved(part).is_none()));
            prop_assert!(NodePath::new(name).is_ok());
        }
    }
}
