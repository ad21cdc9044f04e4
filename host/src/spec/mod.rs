//! The words of `exp.toml`: as written, and as meant.

mod grants;
mod limits;
mod manifest;

pub use grants::{Access, Clock, DirGrant, Grants, Random};
pub use limits::Limits;
pub use manifest::{DeclaredType, Manifest, ParameterDeclaration, ResultDeclaration};
