//! [`Toolchain`]: what is here of the programs that compile a language, and how to get what is not.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use super::Language;

/// What is here of the programs that compile one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Toolchain {
    /// The language.
    pub language: Language,
    /// What was found, also where that's not enough.
    pub parts: Vec<Part>,
    /// What is missing; nothing if jobs can be built.
    pub missing: Option<Missing>,
}

/// A program or library of a toolchain that is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name, such as `clang`.
    pub name: String,
    /// Its version, as it says itself.
    pub version: String,
    /// Where it lies.
    pub path: Option<PathBuf>,
}

/// What a toolchain lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What it is, such as `no wasm target of Rust is installed`.
    pub what: String,
    /// Commands that bring it, each by itself.
    pub commands: Vec<String>,
}

impl Toolchain {
    /// A toolchain that is complete.
    pub fn ready(language: Language, parts: Vec<Part>) -> Self {
        Self { language, parts, missing: None }
    }

    /// A toolchain that lacks something.
    pub fn lacking(language: Language, parts: Vec<Part>, missing: Missing) -> Self {
        Self { language, parts, missing: Some(missing) }
    }
}

impl Missing {
    /// `what`, and the commands of which each alone brings it.
    pub fn new(what: impl Into<String>, commands: &[&str]) -> Self {
        Self { what: what.into(), commands: commands.iter().map(|command| (*command).to_owned()).collect() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.commands.len() > 1 { "; any of these brings it:" } else { "; this brings it:" };
        write!(f, "{}{word}", self.what)?;
        self.commands.iter().try_for_each(|command| write!(f, "\n  {command}"))
    }
}
