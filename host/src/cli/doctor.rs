//! `host doctor`: which languages can be built here, and what the others lack.

use std::{io::Write, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::building::{Language, Toolchain, toolchains};

use super::{failure::Failure, output::output, wording::aligned};

/// Show which languages jobs can be built in here, and how to get the others
///
/// With --lang, the exit code tells whether that language can be built.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host doctor
  host doctor --lang rust                exit code 0 if Rust can be built, 2 if not
  host doctor --json                     for programs
")]
pub(super) struct Doctor {
    /// Look at one language only
    #[arg(short, long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        let found = self.lang.map_or_else(toolchains, |language| vec![language.inspect()]);
        let mut out = output();
        if self.json {
            let json = json!({ "host": crate::VERSION, "languages": found });
            writeln!(out, "{json:#}")?;
        } else {
            write!(out, "{}", aligned(&found.iter().map(row).collect::<Vec<_>>()))?;
            for toolchain in &found {
                if let Some(missing) = &toolchain.missing {
                    writeln!(out, "\n{}: {missing}", toolchain.language)?;
                }
            }
        }
        out.flush()?;
        let lacks = self.lang.is_some() && found.iter().any(|toolchain| toolchain.missing.is_some());
        Ok(ExitCode::from(if lacks { 2 } else { 0 }))
    }
}

/// `Rust  ready  rustc 1.95.0, wasm32-wasip2`.
fn row(toolchain: &Toolchain) -> Vec<String> {
    let parts = toolchain.parts.iter().map(|part| format!("{} {}", part.name, part.version));
    let parts: Vec<String> = parts.collect();
    let word = if toolchain.missing.is_some() { "incomplete" } else { "ready" };
    vec![toolchain.language.name().to_owned(), word.to_owned(), parts.join(", ")]
}
