//! The words of `exp.toml`: as written, and as meant.
//!
//! [`SpecFile`] is the text with its places, [`Experiment`] what it means: no option is left open,
//! every name is resolved, every value has its type. Everything that can be wrong with a spec is
//! said here, as a [`SpecError`] with the place and the way out. Reads the data files that a spec
//! names and writes nothing; knows neither the sandbox nor the storage.

mod array;
mod axis;
mod column;
mod command;
mod command_line;
mod contradiction;
mod error;
mod experiment;
mod file;
mod grants;
mod limits;
mod manifest;
mod node;
mod npy;
mod quantity;
mod refusal;
mod resolve;
mod source;
mod value;
mod written;

pub use command::{Command, Piece, Stdin, Stdout, Template, TemplateError};
pub use contradiction::Contradiction;
pub use error::{Place, SpecError};
pub use experiment::{
    Compression, EnvironmentOptions, Experiment, FailurePolicy, GitOptions, JobOptions, LogLevel, MaxFailures,
    StorageOptions, Target,
};
pub use file::{Overrides, SpecFile};
pub use grants::{Access, Clock, DirGrant, DirIdentity, GrantError, Grants, Random, part_of_machine};
pub use limits::Limits;
pub use manifest::{DeclaredType, Manifest, ParameterDeclaration, ResultDeclaration};
pub use written::{Layout, Policy, Service, WrapMode, json_schema};

#[cfg(test)]
mod tests;
