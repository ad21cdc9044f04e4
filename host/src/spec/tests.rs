//! What a spec means, and what is said when it means nothing.

mod files;
mod manifests;
mod meanings;
mod properties;
mod refusals;

use std::path::Path;

use super::*;
use crate::trajectory::{NodePath, Value};

/// A spec in the file `exp.toml` of the current folder. `spec = 1` goes without saying.
fn spec(text: &str) -> Result<SpecFile, SpecError> {
    SpecFile::parse(&format!("spec = 1\n{text}"), Path::new("exp.toml"))
}

fn overrides(axes: &[&str]) -> Overrides {
    Overrides { axes: axes.iter().map(|text| (*text).to_owned()).collect(), ..Overrides::default() }
}

fn resolve(text: &str, axes: &[&str], manifest: Option<&Manifest>) -> Result<Experiment, SpecError> {
    spec(text)?.resolve(&overrides(axes), manifest)
}

/// The parameters and their values, one a line.
fn listing(experiment: &Experiment) -> String {
    let mut lines = vec![format!("{} runs", experiment.trajectory.run_count())];
    for (path, parameter) in experiment.trajectory.parameters() {
        let mut line = match &parameter.explored {
            Some(explored) => format!("{path} [{}] = {}", explored.position, explored.axis.summary()),
            None => format!("{path} = {}", parameter.value.repr(64)),
        };
        for (mark, text) in [(" in ", &parameter.unit), ("  # ", &parameter.comment)] {
            if !text.is_empty() {
                line += &format!("{mark}{text}");
            }
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Each case with what comes of it: a listing, or a message.
fn outcomes(cases: &[(&str, &[&str])], manifest: Option<&Manifest>) -> String {
    let one = |(text, axes): &(&str, &[&str])| {
        let command_line: String = axes.iter().map(|axis| format!("-p {axis}\n")).collect();
        let outcome = match resolve(text, axes, manifest) {
            Ok(experiment) => listing(&experiment),
            Err(error) => error.to_string(),
        };
        let newline = if text.is_empty() { "" } else { "\n" };
        format!("{text}{newline}{command_line}=> {outcome}")
    };
    cases.iter().map(one).collect::<Vec<_>>().join("\n\n----\n")
}

fn path(name: &str) -> NodePath {
    NodePath::new(name).expect("a legal name")
}

/// The value of a parameter called `x`.
fn value_of(written: &str) -> Value {
    let experiment =
        resolve(&format!("[parameters]\nx = {written}"), &[], None).unwrap_or_else(|error| panic!("{error}"));
    experiment.trajectory.parameters()[&path("x")].value.clone()
}
