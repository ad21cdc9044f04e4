//! Natural naming: finding a node by its full name or by a short-cut that is unique.
//!
//! pypet takes the shallowest of several matches in silence; here a short-cut that more than one
//! node answers to is an error, because a result must not hang on which one was meant.

use std::collections::HashMap;

use super::name::NodePath;

/// The names below one branch, ready for look-ups. Positions are those of the slice it was made from.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    paths: Vec<NodePath>,
    by_path: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

/// What a name led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Exactly this one.
    One(usize),
    /// Several answer to the short-cut.
    Ambiguous(Vec<usize>),
    /// Nothing does.
    Nothing,
}

impl Lookup {
    /// Prepares `paths`, which are relative to their branch (`neuron.tau`) and unique.
    pub fn new(paths: impl IntoIterator<Item = NodePath>) -> Self {
        let mut lookup = Self::default();
        for (position, path) in paths.into_iter().enumerate() {
            lookup.by_name.entry(path.name().to_owned()).or_default().push(position);
            lookup.by_path.insert(path.as_str().to_owned(), position);
            lookup.paths.push(path);
        }
        lookup
    }

    /// The path at `position`.
    pub fn path(&self, position: usize) -> &NodePath {
        &self.paths[position]
    }

    /// All paths, in their order.
    pub fn paths(&self) -> &[NodePath] {
        &self.paths
    }

    /// Finds `name`: the exact path first, then the one path that it is a short-cut of.
    ///
    /// A short-cut ends like the path and leaves out components before that:
    /// `tau`, `neuron.tau` and `net.tau` all mean `net.neuron.tau`.
    pub fn find(&self, name: &str) -> Found {
        if let Some(&position) = self.by_path.get(name) {
            return Found::One(position);
        }
        let last = name.rsplit('.').next().unwrap_or(name);
        let Some(candidates) = self.by_name.get(last) else { return Found::Nothing };
        let mut matching = candidates.iter().copied().filter(|&at| is_shortcut(name, &self.paths[at]));
        match (matching.next(), matching.next()) {
            (None, _) => Found::Nothing,
            (Some(one), None) => Found::One(one),
            (Some(first), Some(second)) => Found::Ambiguous([first, second].into_iter().chain(matching).collect()),
        }
    }

    /// The path most like `name`, for "did you mean".
    pub fn similar(&self, name: &str) -> Option<&NodePath> {
        let wanted = name.rsplit('.').next().unwrap_or(name);
        self.paths
            .iter()
            .map(|path| {
                let whole = strsim::jaro_winkler(name, path.as_str());
                let last = strsim::jaro_winkler(wanted, path.name());
                (last, whole, path)
            })
            // A location in common alone makes no likeness.
            .filter(|(last, whole, _)| *last > 0.8 || *whole > 0.93)
            .map(|(last, whole, path)| (last.max(whole), path))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, path)| path)
    }
}

/// Whether `name` is `path` with some components left out, but not the last one.
fn is_shortcut(name: &str, path: &NodePath) -> bool {
    let mut components = path.components().rev();
    let mut wanted = name.rsplit('.');
    if wanted.next() != components.next() {
        return false;
    }
    wanted.all(|part| components.any(|component| component == part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lookup(paths: &[&str]) -> Lookup {
        Lookup::new(paths.iter().map(|path| NodePath::new(*path).unwrap()))
    }

    #[test]
    fn shortcuts_find_what_is_unique() {
        let l = lookup(&["net.neuron.tau", "net.synapse.tau", "net.neuron.R", "tau_m", "dt", "sim.dt"]);
        assert_eq!(l.find("net.neuron.tau"), Found::One(0));
        assert_eq!(l.find("neuron.tau"), Found::One(0));
        assert_eq!(l.find("R"), Found::One(2));
        assert_eq!(l.find("net.R"), Found::One(2));
        assert_eq!(l.find("tau"), Found::Ambiguous(vec![0, 1]));
        assert_eq!(l.find("net.tau"), Found::Ambiguous(vec![0, 1]));
        assert_eq!(l.find("dt"), Found::One(4), "an exact path wins over a short-cut");
        assert_eq!(l.find("neuron"), Found::Nothing);
        assert_eq!(l.find("tau.neuron"), Found::Nothing);
        assert_eq!(l.find(""), Found::Nothing);
        assert_eq!(l.similar("net.neuron.tua").map(NodePath::as_str), Some("net.neuron.tau"));
        assert_eq!(l.similar("zzz"), None);
    }

    proptest! {
        #[test]
        fn every_full_path_is_found(paths in proptest::collection::btree_set("[a-c](\\.[a-c]){0,3}", 1..20)) {
            let paths: Vec<String> = paths.into_iter().collect();
            let l = lookup(&paths.iter().map(String::as_str).collect::<Vec<_>>());
            for (position, path) in paths.iter().enumerate() {
                prop_assert_eq!(l.find(path), Found::One(position));
            }
        }
    }
}
