//! [`Line`]: one event as text.

use std::fmt::{self, Write};

use chrono::Local;
use tracing::{
    Event, Level,
    field::{Field, Visit},
};

use crate::pool::Origin;

/// One event, ready to be written in either of pypet's formats.
pub(super) struct Line {
    time: String,
    process: String,
    name: &'static str,
    level: &'static str,
    message: String,
}

impl Line {
    /// What `event` says, from this thread and now. A run that the event names comes before the message, where
    /// no message can forge it.
    pub(super) fn new(event: &Event<'_>, origin: Origin) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let process = match origin {
            Origin::Main => std::thread::current().name().unwrap_or("main").to_owned(),
            other => other.to_string(),
        };
        Self {
            time: Local::now().format("%Y-%m-%d %H:%M:%S,%3f").to_string(),
            process,
            name: event.metadata().target(),
            level: python_name(*event.metadata().level()),
            message: fields.joined(),
        }
    }

    /// `%(asctime)s %(processName)-10s %(name)s %(levelname)-8s %(message)s`, and the end of the line.
    pub(super) fn with_process(&self) -> String {
        let Self { time, process, name, level, message } = self;
        format!("{time} {process:<10} {name} {level:<8} {message}\n")
    }

    /// `%(asctime)s %(name)s %(levelname)-8s %(message)s`, and the end of the line.
    pub(super) fn without_process(&self) -> String {
        let Self { time, name, level, message, .. } = self;
        format!("{time} {name} {level:<8} {message}\n")
    }
}

/// A level as Python calls it.
fn python_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

#[derive(Default)]
struct Fields {
    run: String,
    message: String,
    others: String,
}

impl Fields {
    fn joined(self) -> String {
        let Self { run, message, others } = self;
        if run.is_empty() { message + &others } else { format!("{run}: {message}{others}") }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            "run" => write!(self.run, "{value:?}"),
            other => write!(self.others, " {other}={value:?}"),
        };
        // Text takes everything; a value that cannot show itself has shown what it could.
        let _ = written;
    }
}
