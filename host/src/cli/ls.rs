//! `host ls`: what is in a file.

use std::{io::Write, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::trajectory::{harmless, one_line};

use super::{
    failure::Failure,
    opening::FileArgs,
    output::output,
    wording::{aligned, count},
};

/// More of a comment would not stand on a line; `host show` shows all of it.
const LONGEST_COMMENT: usize = 200;

/// List the trajectories of a file, or what is below a node
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host ls hdf5/exp.hdf5                            its trajectories and their branches
  host ls hdf5/exp.hdf5 parameters.neuron          what is below a node
  host ls hdf5/exp.hdf5 results.runs.run_set_00000.run_00000003
")]
pub(super) struct Ls {
    #[command(flatten)]
    file: FileArgs,
    /// A node of the trajectory, with dots
    #[arg(value_name = "NODE")]
    node: Option<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl Ls {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        let reader = self.file.open()?;
        let mut out = output();
        match &self.node {
            None if self.json => {
                let all = reader.trajectories()?;
                let all = all.iter().map(|info| {
                    json!({ "name": info.name, "runs": info.length, "comment": info.comment, "time": info.time,
                            "timestamp": info.timestamp, "version": info.version })
                });
                writeln!(out, "{:#}", all.collect::<serde_json::Value>())?;
            }
            None => {
                for info in reader.trajectories()? {
                    let (name, time, comment) = (harmless(&info.name), harmless(&info.time), harmless(&info.comment));
                    writeln!(out, "{name}   {} runs   {time}   {comment}", count(info.length))?;
                    for branch in reader.children(&info.name, "")? {
                        let inside = reader.children(&info.name, &branch.name)?.len();
                        if branch.name != "overview" {
                            writeln!(out, "  {:20} {inside} below", harmless(&branch.name))?;
                        }
                    }
                }
            }
            Some(node) => {
                let trajectory = self.file.trajectory(&*reader)?.name;
                let children = reader.children(&trajectory, node)?;
                if self.json {
                    let children =
                        children.iter().map(|c| json!({ "name": c.name, "leaf": c.is_leaf, "comment": c.comment }));
                    writeln!(out, "{:#}", children.collect::<serde_json::Value>())?;
                } else {
                    let rows: Vec<_> = children
                        .into_iter()
                        .map(|c| {
                            let name = format!("{}{}", harmless(&c.name), if c.is_leaf { "" } else { "." });
                            vec![name, one_line(&c.comment, LONGEST_COMMENT)]
                        })
                        .collect();
                    write!(out, "{}", aligned(&rows))?;
                }
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
