//! `host schema`: the JSON Schema of a spec, for editors.

use std::{io::Write, process::ExitCode};

use anstream::stdout;
use clap::Args;

use crate::spec;

use super::failure::Failure;

/// Write the JSON Schema of a spec, for editors that complete and check TOML
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host schema > exp.schema.json      then begin the spec with `#:schema ./exp.schema.json`
")]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        writeln!(stdout().lock(), "{:#}", spec::json_schema())?;
        Ok(ExitCode::SUCCESS)
    }
}
