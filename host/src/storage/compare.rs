//! Whether two files hold the same trajectory.

use std::collections::BTreeMap;

use super::{Facts, Head, ReadError, Reader, copy::each_batch, plain::same};
use crate::trajectory::{Addition, FinishedRun, NodePath, Parameter, Value, ValueLoader, is_built_in_class};

/// The first thing in which the trajectory `name` differs between two files, in a few words; `None` if it is the
/// same in both to the last bit. Times of runs may differ by a microsecond, and titles of files do not matter.
pub fn difference(a: &dyn Reader, b: &dyn Reader, name: &str) -> Result<Option<String>, ReadError> {
    difference_with(a, b, name, &())
}

/// As [`difference`], where `classes` give the values of parameters that classes of the user's own have stored.
pub fn difference_with(
    a: &dyn Reader,
    b: &dyn Reader,
    name: &str,
    classes: &dyn ValueLoader,
) -> Result<Option<String>, ReadError> {
    let head = a.head_with(name, classes)?;
    if let Some(what) = of_heads(&head, &b.head_with(name, classes)?) {
        return Ok(Some(what));
    }
    let mut found = None;
    each_batch(a, name, head.trajectory.run_count(), |range, runs| {
        if found.is_none() {
            found = of_runs(runs, &b.finished(name, range)?, &mut |_, a, b| a == b);
        }
        Ok::<(), ReadError>(())
    })?;
    Ok(found)
}

/// The first difference between two trajectories before their runs.
pub(super) fn of_heads(a: &Head, b: &Head) -> Option<String> {
    let (one, other) = (&a.trajectory, &b.trajectory);
    if (one.name(), one.comment()) != (other.name(), other.comment()) {
        return Some("name or comment of the trajectory".into());
    }
    if Facts::of(a) != Facts::of(b) {
        return Some("how runs are numbered, the root of the seeds, the identity, or dimensions or units".into());
    }
    of_parameters("parameters", one.parameters(), other.parameters())
        .or_else(|| of_parameters("config", &a.config, &b.config))
        .or_else(|| of_additions("the trajectory", one.additions(), other.additions(), &mut |a, b| a == b))
}

fn of_parameters(branch: &str, a: &BTreeMap<NodePath, Parameter>, b: &BTreeMap<NodePath, Parameter>) -> Option<String> {
    if !a.keys().eq(b.keys()) {
        return Some(format!("the names of {branch}"));
    }
    let differ = |(one, other): &(&Parameter, &Parameter)| {
        let (class, others_class) = (own_class(&one.class), own_class(&other.class));
        let items = |parameter: &Parameter| parameter.stored.clone().unwrap_or_default().default;
        // The default of a class of the user's own stands in its items.
        !(class.is_some() || same(&one.value, &other.value))
            || class != others_class
            || !same_items(&items(one), &items(other))
            || (&one.comment, &one.unit) != (&other.comment, &other.unit)
            || one.explored.is_some() != other.explored.is_some()
            || one.explored.iter().zip(&other.explored).any(|(one, other)| {
                one.position != other.position
                    || one.axis.len() != other.axis.len()
                    || one.axis.values().zip(other.axis.values()).any(|(a, b)| !same(&a, &b))
            })
    };
    let pairs = a.iter().zip(b.values());
    pairs
        .map(|((path, a), b)| (path, (a, b)))
        .find(|(_, pair)| differ(pair))
        .map(|(path, _)| format!("{branch}.{path}"))
}

/// A class that is not chosen by the value.
fn own_class(class: &Option<String>) -> Option<&str> {
    class.as_deref().filter(|class| !is_built_in_class(class))
}

/// The first difference between the same runs. `comments` says whether the comment of a node of a run may have
/// become another one.
pub(super) fn of_runs(
    a: &[FinishedRun],
    b: &[FinishedRun],
    comments: &mut dyn FnMut(&FinishedRun, &str, &str) -> bool,
) -> Option<String> {
    if !a.iter().map(|run| run.index).eq(b.iter().map(|run| run.index)) {
        return Some("which runs have ended".into());
    }
    for (one, other) in a.iter().zip(b) {
        let outcome = |run: &FinishedRun| run.outcome.as_ref().map_err(|why| (why.kind(), why.to_string())).err();
        if outcome(one) != outcome(other) {
            return Some(format!("how {} has ended", one.index));
        }
        if one.started.to_bits() != other.started.to_bits() || one.took.abs_diff(other.took).as_nanos() > 1000 {
            return Some(format!("the times of {}", one.index));
        }
        let name = one.index.name();
        let found = of_additions(&name, &one.additions, &other.additions, &mut |a, b| comments(one, a, b));
        if found.is_some() {
            return found;
        }
    }
    None
}

fn of_additions(
    of: &str,
    a: &[Addition],
    b: &[Addition],
    comments: &mut dyn FnMut(&str, &str) -> bool,
) -> Option<String> {
    let (a, b) = (sorted(a), sorted(b));
    let key = |addition: &&Addition| (addition.kind.branch(), addition.name.to_string());
    if !a.iter().map(key).eq(b.iter().map(key)) {
        return Some(format!("the names of what {of} has added"));
    }
    for (one, other) in a.into_iter().zip(b) {
        let is_same = own_class(&one.class) == own_class(&other.class)
            && same_items(&one.items, &other.items)
            && one.annotations.keys().eq(other.annotations.keys())
            && one.annotations.values().zip(other.annotations.values()).all(|(a, b)| same(a, b))
            && comments(&one.comment, &other.comment);
        if !is_same {
            return Some(format!("`{}` among the {} of {of}", one.name, one.kind.branch()));
        }
    }
    None
}

fn sorted(additions: &[Addition]) -> Vec<&Addition> {
    let mut sorted: Vec<&Addition> = additions.iter().collect();
    sorted.sort_by(|a, b| (a.kind.branch(), &a.name).cmp(&(b.kind.branch(), &b.name)));
    sorted
}

fn same_items(a: &[(NodePath, Value)], b: &[(NodePath, Value)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((a, one), (b, other))| a == b && same(one, other))
}
