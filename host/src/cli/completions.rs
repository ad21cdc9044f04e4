//! `host completions`: scripts for shells.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::failure::Failure;

/// Write a completion script for a shell
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host completions bash > ~/.local/share/bash-completion/completions/host
  host completions zsh > ~/.zfunc/_host
")]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn execute(&self, command: &mut Command) -> Result<ExitCode, Failure> {
        clap_complete::generate(self.shell, command, "host", &mut std::io::stdout().lock());
        Ok(ExitCode::SUCCESS)
    }
}
