//! `host journal`: what a journal (`.cnt`) holds, without touching it.

use std::{collections::BTreeMap, io::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::{
    environment::{RecordedExploration, read_journal},
    journal::{JournalError, Record},
    trajectory::{FinishedRun, RunSet},
};

use super::{
    failure::Failure,
    output::output,
    wording::{aligned, bytes, count, duration, quoted},
};

/// Show what a journal (.cnt) holds: the exploration, its finished runs, and whether it is whole
///
/// Reads only, also while an exploration writes to it.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host journal hdf5/exp.cnt                whose it is, how many runs are in it, is it whole?
  host journal hdf5/exp.cnt --records      every record, one on each line
  host journal hdf5/exp.cnt --json         for programs
")]
pub(super) struct Journal {
    /// The journal
    #[arg(value_name = "FILE.cnt")]
    file: PathBuf,
    /// List every record, one on each line
    #[arg(long)]
    records: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What was counted.
#[derive(Default)]
struct Found {
    started: u64,
    ok: u64,
    failed: BTreeMap<&'static str, u64>,
    stored: u64,
    /// Runs of which large arrays are nowhere any more.
    gone: u64,
    /// Runs that have ended, each once.
    ended: RunSet,
    /// Why there are no more records, if not because the file ends.
    broken: Option<JournalError>,
    /// Bytes behind the last whole record.
    cut: u64,
}

impl Journal {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        let size = std::fs::metadata(&self.file).map_or(0, |file| file.len());
        let RecordedExploration { head, filename, component, sha256, reader } =
            read_journal(&self.file).map_err(Failure::looking)?;
        let is_complete = reader.is_complete();
        let mut out = output();
        let mut found = Found::default();
        let mut listed = Vec::new();
        let mut records = reader.records();
        for record in &mut records {
            match record {
                Err(error) => found.broken = Some(error),
                Ok(record) => {
                    found.count(&record);
                    match (self.records, self.json) {
                        (true, true) => listed.push(record_json(&record)),
                        (true, false) => writeln!(out, "{}", line(&record))?,
                        (false, _) => {}
                    }
                }
            }
        }
        found.cut = match &found.broken {
            Some(JournalError::Damaged { bytes, .. }) => *bytes,
            Some(JournalError::Undecodable { at, .. }) => size.saturating_sub(*at),
            _ => records.torn().unwrap_or(0),
        };
        let trajectory = &head.trajectory;
        if self.json {
            let mut all = json!({
                "trajectory": trajectory.name(),
                "runs": trajectory.run_count(),
                "file": filename.display().to_string(),
                "component": component.display().to_string(),
                "sha256": sha256,
                "begun": head.identity.trajectory_time,
                "timestamp": head.identity.trajectory_timestamp,
                "complete": is_complete,
                "bytes": size,
                "records": {
                    "started": found.started,
                    "ok": found.ok,
                    "failed": found.failed,
                    "stored": found.stored,
                    "gone": found.gone,
                },
                "ended": found.ended.len(),
                "tail": found.tail(),
                "cut": found.cut,
                "damage": found.broken.as_ref().map(ToString::to_string),
            });
            if self.records {
                all["list"] = listed.into();
            }
            writeln!(out, "{all:#}")?;
        } else if !self.records {
            let rows = [
                ("trajectory", format!("{}, {} runs", trajectory.name(), count(trajectory.run_count()))),
                ("file", filename.display().to_string()),
                ("component", component.display().to_string()),
                ("sha256", sha256),
                ("begun", head.identity.trajectory_time.clone()),
                ("records", found.words()),
                ("bytes", bytes(size)),
                ("state", self.state(&found, is_complete, trajectory.run_count())),
            ];
            write!(out, "{}", aligned(&rows.map(|(what, text)| vec![what.to_owned(), text])))?;
        }
        out.flush()?;
        match found.broken {
            // What is wrong is said above, but not where only records are listed.
            Some(error) if self.records && !self.json => Err(error.into()),
            Some(_) => Ok(ExitCode::from(5)),
            None => Ok(ExitCode::SUCCESS),
        }
    }

    fn state(&self, found: &Found, is_complete: bool, runs: u64) -> String {
        let go_on = format!("go on with `host resume {}`", quoted(&self.file.display().to_string()));
        match (&found.broken, found.cut) {
            (Some(error), cut) => format!("{error}; resuming cuts off {} and runs the rest again", bytes(cut)),
            _ if is_complete => "complete: everything is in the file".into(),
            (None, 0) => format!("whole; {} of {} runs have ended; {go_on}", count(found.ended.len()), count(runs)),
            (None, cut) => format!(
                "the last record is not written to its end ({} that resuming cuts off); {} of {} runs have ended; {go_on}",
                bytes(cut),
                count(found.ended.len()),
                count(runs)
            ),
        }
    }
}

impl Found {
    fn count(&mut self, record: &Record) {
        match record {
            Record::Started(_) => self.started += 1,
            Record::Stored => self.stored += 1,
            Record::Complete | Record::Again(_) | Record::Gone { again: true, .. } => {}
            Record::Gone { run, again: false } => {
                self.ended.insert(*run);
                self.gone += 1;
            }
            Record::Finished(run) => {
                self.ended.insert(run.index);
                match &run.outcome {
                    Ok(()) => self.ok += 1,
                    Err(why) => *self.failed.entry(why.kind()).or_default() += 1,
                }
            }
        }
    }

    fn tail(&self) -> &'static str {
        match (&self.broken, self.cut) {
            (Some(_), _) => "damaged",
            (None, 0) => "whole",
            (None, _) => "torn",
        }
    }

    /// `12 started, 10 ok, 1 failed (trap), 1 failed (timeout), 2 times stored`.
    fn words(&self) -> String {
        let mut words = vec![format!("{} started", count(self.started)), format!("{} ok", count(self.ok))];
        words.extend(self.failed.iter().map(|(kind, number)| format!("{} failed ({kind})", count(*number))));
        words.push(format!("{} stored", count(self.stored)));
        if self.gone > 0 {
            words.push(format!("{} without their large arrays, whose file is gone", count(self.gone)));
        }
        words.join(", ")
    }
}

/// A record on one line.
fn line(record: &Record) -> String {
    match record {
        Record::Started(run) => format!("started   {run}"),
        Record::Finished(run) => format!("finished  {}  {}", run.index, words(run)),
        Record::Again(run) => format!("again     {}  {}", run.index, words(run)),
        Record::Gone { run, again: false } => format!("finished  {run}  its large arrays are gone"),
        Record::Gone { run, again: true } => format!("again     {run}  its large arrays are gone"),
        Record::Stored => "stored".into(),
        Record::Complete => "complete".into(),
    }
}

fn words(run: &FinishedRun) -> String {
    let took = duration(run.took.as_secs_f64());
    match &run.outcome {
        Ok(()) => format!("ok after {took}, {} added, {}", run.additions.len(), bytes(run.bytes())),
        Err(why) => format!("failed after {took}: {why}"),
    }
}

fn record_json(record: &Record) -> serde_json::Value {
    match record {
        Record::Started(run) => json!({ "kind": "started", "run": run.name() }),
        Record::Stored => json!({ "kind": "stored" }),
        Record::Complete => json!({ "kind": "complete" }),
        Record::Gone { run, again } => {
            json!({ "kind": if *again { "again" } else { "finished" }, "run": run.name(), "status": "gone" })
        }
        Record::Finished(run) | Record::Again(run) => json!({
            "kind": if matches!(record, Record::Again(_)) { "again" } else { "finished" },
            "run": run.index.name(),
            "status": run.outcome.as_ref().map_or_else(|why| why.kind(), |()| "ok"),
            "failure": run.outcome.as_ref().err().map(ToString::to_string),
            "started": run.started,
            "seconds": run.took.as_secs_f64(),
            "added": run.additions.len(),
            "bytes": run.bytes(),
            "digest": run.digest(),
        }),
    }
}
