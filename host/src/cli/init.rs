//! `host init`: begins a job in a new folder.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::building::{Language, Template};

use super::{Manners, failure::Failure, output::output};

/// Begin a job in a new folder: source, spec, README
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host init sweep --lang rust
  host build sweep                       then compile it
")]
pub(super) struct Init {
    /// The folder; it must be empty, or not there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The language to write the job in
    #[arg(short, long, value_enum, value_name = "LANGUAGE")]
    lang: Language,
}

impl Init {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let files = Template::of(self.lang).write(&self.folder)?;
        if !manners.quiet {
            let mut out = output();
            let folder = self.folder.display();
            writeln!(out, "A job in {} begins in {folder}: {}", self.lang, files.join(", "))?;
            writeln!(out, "Next:  host build {folder}")?;
            writeln!(out, "       host plan {folder}")?;
            writeln!(out, "       host run {folder}")?;
            let missing = self.lang.inspect().missing;
            if let Some(missing) = missing {
                writeln!(out, "First, what compiles {} has to come: {missing}", self.lang)?;
            }
            out.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
