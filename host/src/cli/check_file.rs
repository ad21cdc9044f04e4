//! `host check-file`: whether a file still holds what was stored in it.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::storage::{self, Checked};

use super::{apart::go_on_in_a_copy, failure::Failure, opening::chosen, output::output, wording::count};

/// Read a file back and compare it with the digests that were stored with every run
///
/// Exit code 0: all right. 5: something is damaged, and where.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host check-file hdf5/exp.hdf5                      everything in the file
  host check-file hdf5/exp.hdf5 --trajectory exp     one trajectory
  host check-file exp.sqlite --json                  for programs
")]
pub(super) struct CheckFile {
    /// The file, HDF5 or SQLite
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which trajectory; all of them if none is named
    #[arg(short, long, value_name = "NAME")]
    trajectory: Option<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl CheckFile {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        go_on_in_a_copy(&self.file)?;
        let reader = storage::open(&self.file)?;
        let mut out = output();
        let mut all = Vec::new();
        let mut is_right = true;
        let unopened = if self.trajectory.is_none() { reader.unopened()? } else { Vec::new() };
        for (name, why) in &unopened {
            is_right = false;
            if self.json {
                let wrong = json!({ "place": name, "what": why });
                all.push(json!({ "name": name, "right": false, "wrong_count": 1, "wrong": [wrong] }));
            } else {
                writeln!(out, "{}: {name} cannot be opened: {why}", self.file.display())?;
            }
        }
        // Where nothing else can be opened, that was all.
        let is_lost = !unopened.is_empty() && reader.trajectories().is_ok_and(|there| there.is_empty());
        let names = if is_lost { Vec::new() } else { chosen(&self.file, &*reader, self.trajectory.as_deref())? };
        for name in names {
            let checked = storage::check(&*reader, &name)?;
            is_right &= checked.count == 0;
            if self.json {
                all.push(json(&name, &checked));
            } else {
                write!(out, "{}", self.words(&name, &checked))?;
            }
        }
        if self.json {
            let all = json!({ "file": self.file.display().to_string(), "right": is_right, "trajectories": all });
            writeln!(out, "{all:#}")?;
        }
        out.flush()?;
        Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::from(5) })
    }

    fn words(&self, name: &str, checked: &Checked) -> String {
        let pending = match checked.runs.saturating_sub(checked.ended) {
            pending if pending > 0 && checked.count + checked.unread_count == 0 => {
                format!(", {} pending", count(pending))
            }
            _ => String::new(),
        };
        let verdict = match (checked.count, checked.has_digests) {
            (0, true) => "all right".to_owned(),
            (0, false) => {
                "structure all right; no digests are stored with it, so it cannot be checked beyond its structure"
                    .into()
            }
            (1, _) => "1 thing is wrong".into(),
            (wrong, _) => format!("{} things are wrong", count(wrong)),
        };
        let mut text = format!(
            "{}: trajectory {name}: {} {}{pending}, {verdict}\n",
            self.file.display(),
            count(checked.runs),
            if checked.runs == 1 { "run" } else { "runs" }
        );
        checked.wrong.iter().for_each(|wrong| text.push_str(&format!("  {wrong}\n")));
        let more = checked.count - checked.wrong.len() as u64;
        if more > 0 {
            text.push_str(&format!("  and {} more\n", count(more)));
        }
        if checked.count > 0 && !checked.has_digests {
            text.push_str("  no digests are stored with it, so it cannot be checked beyond its structure\n");
        }
        if let Some(unread) = &checked.unread {
            let number = count(checked.unread_count);
            text.push_str(&format!("  not read here: {number} nodes of another program, the first is {unread}\n"));
        }
        text
    }
}

fn json(name: &str, checked: &Checked) -> serde_json::Value {
    let wrong = checked.wrong.iter().map(|wrong| json!({ "place": wrong.place, "what": wrong.what }));
    json!({
        "name": name,
        "right": checked.count == 0,
        "runs": checked.runs,
        "ended": checked.ended,
        "digests": checked.has_digests,
        "unread_count": checked.unread_count,
        "wrong_count": checked.count,
        "wrong": wrong.collect::<Vec<_>>(),
    })
}
