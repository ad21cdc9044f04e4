//! What differs between what an exploration began with and what it shall go on with.

use std::collections::BTreeSet;

use crate::{
    sandbox::{Job, JobOptions},
    spec::Experiment,
    trajectory::{NodePath, Parameter, Trajectory},
};

/// Instead of what an exploration began with: its spec anew, and the job that was loaded for it.
#[derive(Clone)]
pub struct Wanted {
    /// The spec as meant.
    pub experiment: Experiment,
    /// The job with the limits and grants of that spec.
    pub job: Job,
    /// The text of the spec and what the command line adds to it, to be stored beside the results.
    pub provenance: Vec<(String, String)>,
}

/// Why the points of `wanted` are not those that the exploration `began` with, if they are not.
pub(super) fn other_points(began: &Trajectory, wanted: &Trajectory) -> Vec<String> {
    let (old, new) = (began.parameters(), wanted.parameters());
    let names: BTreeSet<&NodePath> = old.keys().chain(new.keys()).collect();
    let mut found: Vec<String> = Vec::new();
    for name in names {
        match (old.get(name), new.get(name)) {
            (Some(_), None) => found.push(format!("the parameter `{name}` is missing")),
            (None, Some(_)) => found.push(format!("the parameter `{name}` is new")),
            (Some(old), Some(new)) if bits(old) != bits(new) => {
                let what = if old.explored.is_some() || new.explored.is_some() { "explored values" } else { "a value" };
                found
                    .push(format!("the parameter `{name}` has other {what}").replace("other a value", "another value"));
            }
            _ => {}
        }
    }
    if began.points() != wanted.points() {
        found.push(format!(
            "there are {} runs instead of {}, or they are combined otherwise",
            wanted.run_count(),
            began.run_count()
        ));
    }
    if began.root_seed() != wanted.root_seed() {
        found.push(format!("the seed is {} instead of {}", wanted.root_seed(), began.root_seed()));
    }
    found
}

/// Values bit by bit, so that NaN is the same as NaN; however the axis is written.
fn bits(parameter: &Parameter) -> Vec<u8> {
    let axis = parameter.explored.as_ref();
    let axis = axis.map(|explored| (explored.position, explored.axis.values().collect::<Vec<_>>()));
    postcard::to_allocvec(&(&parameter.value, &parameter.unit, axis)).expect("values can be written")
}

/// What of `now` is other than what the exploration began with: a sentence for each.
pub(super) fn other_job(began: &JobOptions, classes: &[String], now: &Job) -> Vec<String> {
    let new = now.options();
    let mut found = Vec::new();
    if let Some(sha256) = &began.sha256
        && sha256 != now.sha256()
    {
        found.push(format!("the component: SHA-256 {} instead of {sha256}", now.sha256()));
    }
    found.extend(new.grants.difference(&began.grants));
    found.extend(new.limits.difference(&began.limits));
    let mut say = |what: &str, differs: bool, old: String, new: String| {
        if differs {
            found.push(format!("{what}: {new} instead of {old}"));
        }
    };
    let bits =
        |options: &JobOptions| postcard::to_allocvec(&(&options.args, &options.kwargs)).expect("values can be written");
    let given = |options: &JobOptions| format!("{:?} {:?}", options.args, options.kwargs);
    say("the arguments", bits(began) != bits(&new), given(began), given(&new));
    let adapter = |options: &JobOptions| format!("{:?}", options.command);
    say("the adapter", began.command != new.command, adapter(began), adapter(&new));
    say("`strict_nan`", began.strict_nan != new.strict_nan, began.strict_nan.to_string(), new.strict_nan.to_string());
    let there: Vec<String> = now.classes().iter().map(|class| class.sha256().to_owned()).collect();
    say("the classes: SHA-256", *classes != *there, listed(classes), listed(&there));
    found
}

fn listed(words: &[String]) -> String {
    if words.is_empty() { "none".into() } else { words.join(", ") }
}
