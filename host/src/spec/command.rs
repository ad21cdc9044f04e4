//! [`Command`]: how a program that knows nothing of us is run as a job.

use std::{
    collections::BTreeMap,
    path::{Component, Path},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    error::SpecError,
    file::SpecFile,
    node::{Node, Written},
};
use crate::trajectory::{Trajectory, Value};

/// How a program gets a point, and where its results come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What it reads on standard input.
    pub stdin: Stdin,
    /// What it writes on standard output.
    pub stdout: Stdout,
    /// The file in its folder that holds the parameters as JSON.
    pub input: Option<String>,
    /// The files in its folder that become results, by the names of these.
    pub results: BTreeMap<String, String>,
}

impl Command {
    /// Whether a run needs a folder of its own.
    pub fn has_folder(&self) -> bool {
        self.input.is_some() || !self.results.is_empty()
    }
}

/// What makes a program a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Adapter {
    /// It is a program with a `main`: a command of the first WASI, or a component that exports `wasi:cli/run`.
    Command,
}

/// What a program reads on standard input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stdin {
    /// The parameters of the point, as one object of JSON: `{"x": 1, "neuron.tau": 0.02}`.
    #[default]
    Json,
    /// Nothing.
    None,
}

/// What a program writes on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stdout {
    /// One object of JSON: each entry is a result, lists of numbers are arrays, an object in it holds items.
    #[default]
    Json,
    /// Text, which becomes the result `stdout`.
    Text,
    /// Lines for the log.
    Log,
}

/// An argument with places for values: `--tau={neuron.tau}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Goes to the program as it is.
    Text(String),
    /// The value of the parameter of this name.
    Name(String),
}

/// Why a text is no [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum TemplateError {
    #[error("a `{{` in `{text}` is never closed; write `{{{{` for the character itself")]
    Open { text: String },
    #[error("a `}}` in `{text}` closes nothing; write `}}}}` for the character itself")]
    Close { text: String },
    #[error("`{{}}` in `{text}` names no parameter")]
    Empty { text: String },
}

impl Template {
    /// Finds the places. `{{` and `}}` stand for the characters themselves.
    ///
    /// # Errors
    /// Braces do not match, or there is no name between them.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let owned = || text.to_owned();
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err(TemplateError::Close { text: owned() });
            }
            let (name, after) = rest.split_once('}').ok_or_else(|| TemplateError::Open { text: owned() })?;
            if name.contains('{') {
                return Err(TemplateError::Open { text: owned() });
            }
            if name.trim().is_empty() {
                return Err(TemplateError::Empty { text: owned() });
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Name(name.trim().to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// Its parts, in their order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

impl SpecFile {
    /// The adapter as meant, if there is one.
    pub(super) fn command(&self) -> Result<Option<Command>, SpecError> {
        let job = &self.written.job;
        let (Some(adapter), written) = (&job.adapter, &job.command) else {
            let Some(written) = &job.command else { return Ok(None) };
            let message = "this says how a program is run as a job, and the job is not said to be one";
            return Err(self.source.error(&written.span, message).hint("add adapter = \"command\" to [job]"));
        };
        let Adapter::Command = adapter.value;
        if let Some((name, _)) = job.kwargs.0.first() {
            let message = "a program takes no keyword arguments";
            return Err(self.source.error(&name.span, message).hint("write them into `args`, as \"--name=value\""));
        }
        for node in &job.args {
            self.check_argument(node)?;
        }
        let Some(written) = written.as_ref().map(|at| &at.value) else { return Ok(Some(Command::default())) };
        let input = written.input.as_ref().map(|input| self.own_file(&input.value, &input.span)).transpose()?;
        let mut results = BTreeMap::new();
        for (name, file) in &written.results {
            results.insert(name.value.clone(), self.own_file(&file.value, &file.span)?);
        }
        Ok(Some(Command {
            stdin: written.stdin.unwrap_or_default(),
            stdout: written.stdout.unwrap_or_default(),
            input,
            results,
        }))
    }

    /// An argument of a program is a text or becomes one.
    fn check_argument(&self, node: &Node) -> Result<(), SpecError> {
        match &node.value {
            Written::Text(text) => {
                Template::parse(text).map(drop).map_err(|why| self.source.error(&node.span, why.to_string()))
            }
            Written::Bool(_) | Written::Int(_) | Written::Float(_) => Ok(()),
            other => {
                let message = format!("a program takes texts and numbers as arguments, not {}", other.kind());
                Err(self.source.error(&node.span, message).hint("give it through standard input or `input`, as JSON"))
            }
        }
    }

    /// A file in the folder of a run: a relative path that leads nowhere else.
    fn own_file(&self, path: &str, span: &std::ops::Range<usize>) -> Result<String, SpecError> {
        let mut parts = Path::new(path).components();
        if path.is_empty() || !parts.all(|part| matches!(part, Component::Normal(_))) {
            let message = format!("`{path}` is no file in the folder of a run");
            return Err(self.source.error(span, message).hint("name it without `/` at its beginning and without `..`"));
        }
        Ok(path.to_owned())
    }

    /// Whether the program can be given what it asks for: every name stands for one value, and one that has a text.
    pub(super) fn check_command(&self, trajectory: &Trajectory) -> Result<(), SpecError> {
        let job = &self.written.job;
        if job.adapter.is_none() {
            return Ok(());
        }
        let run =
            crate::trajectory::SingleRun::new(std::sync::Arc::new(trajectory.clone()), crate::trajectory::RunIndex(0));
        for node in &job.args {
            let Written::Text(text) = &node.value else { continue };
            let template = Template::parse(text).map_err(|why| self.source.error(&node.span, why.to_string()))?;
            for piece in template.pieces() {
                let Piece::Name(name) = piece else { continue };
                match run.f_get(name) {
                    Ok(Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_)) => {}
                    Ok(other) => {
                        let message =
                            format!("`{name}` is of type {}, which has no place in an argument", other.type_name());
                        let hint = "the program finds it on standard input, or in the file that `input` of [job.command] names";
                        return Err(self.source.error(&node.span, message).hint(hint));
                    }
                    Err(why) => return Err(self.source.error(&node.span, why.to_string())),
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_in_arguments() {
        let pieces = |text: &str| match Template::parse(text) {
            Ok(template) => format!("{:?}", template.pieces()),
            Err(why) => why.to_string(),
        };
        let texts = ["-n", "--tau={neuron.tau}", "{x}{ y }", "{{literal}}", "a{", "a}b", "{}", "{x{y}}", ""];
        insta::assert_snapshot!(texts.map(|text| format!("{text:?}: {}", pieces(text))).join("\n"));
    }

    proptest! {
        #[test]
        fn a_text_without_places_stays(text in "[^{}]{0,30}", name in "[a-z.]{1,10}") {
            let whole = Template::parse(&format!("{text}{{{name}}}{text}")).unwrap();
            let mut expected = vec![Piece::Text(text.clone()), Piece::Name(name), Piece::Text(text)];
            expected.retain(|piece| *piece != Piece::Text(String::new()));
            prop_assert_eq!(whole.pieces(), expected);
        }
    }
}
