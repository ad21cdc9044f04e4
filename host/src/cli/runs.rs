//! `host runs`: the table of runs.

use std::{io::Write, process::ExitCode};

use clap::Args;
use serde::Serialize;

use crate::{
    storage::{RunRow, Runs as Rows},
    trajectory::{RunIndex, Value, exact_double, harmless},
};

use super::{
    failure::Failure,
    json::json as to_json,
    opening::FileArgs,
    output::{Output, output},
    wording::{aligned, count, duration},
};

/// List runs with status, time and parameters
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host runs hdf5/exp.hdf5
  host runs hdf5/exp.hdf5 --failed                     which failed, and why
  host runs hdf5/exp.hdf5 --where neuron.model=lif --csv > lif.csv
  host runs hdf5/exp.hdf5 --status timeout --status memory --json
")]
pub(super) struct Runs {
    #[command(flatten)]
    file: FileArgs,
    /// Only runs that failed
    #[arg(long, conflicts_with = "status")]
    failed: bool,
    /// Only runs with this status
    #[arg(long, value_name = "STATUS", value_parser = STATUSES)]
    status: Vec<String>,
    /// Only runs at which a parameter has this value
    #[arg(long = "where", value_name = "NAME=VALUE")]
    conditions: Vec<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Write JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV
    #[arg(long)]
    csv: bool,
}

/// What the runs table says of a run: `pending`, `ok`, or the kind of its failure.
const STATUSES: [&str; 17] = [
    "ok",
    "pending",
    "error",
    "panic",
    "trap",
    "timeout",
    "memory",
    "stack",
    "fuel",
    "results",
    "result_count",
    "host_calls",
    "open_files",
    "written",
    "limit",
    "host",
    "process",
];

/// Rows that are read at once: enough to be quick, few enough for any trajectory.
const CHUNK: u64 = 10_000;

impl Runs {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        let reader = self.file.open()?;
        let info = self.file.trajectory(&*reader)?;
        let explored = reader.explored(&info.name)?;
        let conditions = self.conditions(&explored)?;
        let names: Vec<&str> = explored.iter().map(|name| short(name)).collect();
        let mut page = Page::new(self, &names)?;
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut start = 0;
        while start < info.length && left > 0 {
            let end = (start + CHUNK).min(info.length);
            let Rows { rows, .. } = reader.runs(&info.name, start..end)?;
            for row in rows.iter().filter(|row| self.is_wanted(row, &conditions)) {
                if left == 0 {
                    break;
                }
                left -= 1;
                page.add(&names, row)?;
            }
            start = end;
        }
        page.close(info.length)?;
        Ok(ExitCode::SUCCESS)
    }

    fn is_wanted(&self, row: &RunRow, conditions: &[(usize, &str)]) -> bool {
        let status = if self.failed {
            !matches!(row.status.as_str(), "ok" | "pending")
        } else {
            self.status.is_empty() || self.status.contains(&row.status)
        };
        status && conditions.iter().all(|(at, wanted)| row.values.get(*at).is_some_and(|value| is(value, wanted)))
    }

    /// Positions among the explored parameters, and the values wanted there.
    fn conditions(&self, explored: &[String]) -> Result<Vec<(usize, &str)>, Failure> {
        let position = |condition| {
            let Some((name, value)) = str::split_once(condition, '=') else {
                return Err(Failure::Usage(format!("`--where {condition}` has no `=`; write `--where name=value`")));
            };
            let ends = |full: &str| full == name || full.ends_with(&format!(".{name}"));
            let matching: Vec<usize> = (0..explored.len()).filter(|&at| ends(&explored[at])).collect();
            match matching[..] {
                [at] => Ok((at, value.trim())),
                [] => Err(Failure::Usage(format!(
                    "`{name}` is not explored; these are: {}",
                    explored.iter().map(|name| short(name)).collect::<Vec<_>>().join(", ")
                ))),
                _ => Err(Failure::Usage(format!(
                    "`{name}` is ambiguous: {}",
                    matching.iter().map(|&at| short(&explored[at])).collect::<Vec<_>>().join(", ")
                ))),
            }
        };
        self.conditions.iter().map(|condition| position(condition.as_str())).collect()
    }
}

/// Whether `value` is what somebody wrote as `wanted`.
fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Text(text) => text == wanted,
        Value::Float(x) => wanted.parse::<f64>().is_ok_and(|wanted| wanted == *x),
        Value::Int(i) => match wanted.parse::<i64>() {
            Ok(wanted) => wanted == *i,
            Err(_) => wanted.parse::<f64>().is_ok_and(|wanted| exact_double(*i) == Some(wanted)),
        },
        Value::Bool(b) => wanted.eq_ignore_ascii_case(if *b { "true" } else { "false" }),
        other => other.repr(usize::MAX) == wanted,
    }
}

fn short(full: &str) -> &str {
    full.strip_prefix("parameters.").unwrap_or(full)
}

/// A run as JSON.
#[derive(Serialize)]
struct Line<'a> {
    run: &'a str,
    index: u64,
    status: &'a str,
    failure: &'a str,
    started: f64,
    seconds: f64,
    seed: u64,
    parameters: serde_json::Map<String, serde_json::Value>,
}

/// The rows on their way to standard output.
enum Page {
    Text { rows: Vec<Vec<String>>, shown: u64 },
    Json { out: Output, first: bool },
    Csv(Box<csv::Writer<std::io::StdoutLock<'static>>>),
}

impl Page {
    fn new(options: &Runs, names: &[&str]) -> Result<Self, Failure> {
        if options.json {
            let mut out = output();
            write!(out, "[")?;
            return Ok(Self::Json { out, first: true });
        }
        if options.csv {
            let mut writer = csv::Writer::from_writer(std::io::stdout().lock());
            let head = ["run", "status", "seconds", "seed"].into_iter().chain(names.iter().copied()).chain(["failure"]);
            writer.write_record(head).map_err(csv_error)?;
            return Ok(Self::Csv(Box::new(writer)));
        }
        let head = ["run", "status", "time"].iter().chain(names).chain(&["failure"]).map(|s| (*s).to_owned()).collect();
        Ok(Self::Text { rows: vec![head], shown: 0 })
    }

    fn add(&mut self, names: &[&str], row: &RunRow) -> Result<(), Failure> {
        // Files cannot hold more runs than their names have digits for.
        let name = RunIndex(row.index as u32).name();
        match self {
            Self::Text { rows, shown } => {
                let time = if row.status == "pending" { String::new() } else { duration(row.runtime) };
                let values = row.values.iter().map(|value| value.repr(24));
                let failure = harmless(&row.failure).into_owned();
                let cells = [name, harmless(&row.status).into_owned(), time].into_iter().chain(values).chain([failure]);
                rows.push(cells.collect());
                *shown += 1;
            }
            Self::Json { out, first } => {
                let values = names.iter().zip(&row.values).map(|(name, value)| ((*name).to_owned(), to_json(value)));
                let row = Line {
                    run: &name,
                    index: row.index,
                    status: &row.status,
                    failure: &row.failure,
                    started: row.started,
                    seconds: row.runtime,
                    seed: row.seed,
                    parameters: values.collect(),
                };
                let mut text = if *first { "\n" } else { ",\n" }.to_owned();
                text.push_str(&serde_json::to_string(&row).expect("a row has no keys but text"));
                // In one piece: what acts on a terminal is looked for in every piece.
                out.write_all(text.as_bytes())?;
                *first = false;
            }
            Self::Csv(writer) => {
                let plain = |value: &Value| match value {
                    Value::Text(text) => text.clone(),
                    other => other.repr(usize::MAX),
                };
                let head = [name, row.status.clone(), row.runtime.to_string(), row.seed.to_string()];
                let record = head.into_iter().chain(row.values.iter().map(plain)).chain([row.failure.clone()]);
                writer.write_record(record).map_err(csv_error)?;
            }
        }
        Ok(())
    }

    fn close(self, total: u64) -> Result<(), Failure> {
        match self {
            Self::Text { rows, shown } => {
                let mut out = output();
                if shown > 0 {
                    write!(out, "{}", aligned(&rows))?;
                }
                writeln!(out, "{} of {} runs", count(shown), count(total))?;
                out.flush()?;
            }
            Self::Json { mut out, .. } => {
                writeln!(out, "\n]")?;
                out.flush()?;
            }
            Self::Csv(mut writer) => writer.flush()?,
        }
        Ok(())
    }
}

/// Writing CSV to standard output fails as writing does.
fn csv_error(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Output(error),
        other => Failure::Output(std::io::Error::other(format!("{other:?}"))),
    }
}
