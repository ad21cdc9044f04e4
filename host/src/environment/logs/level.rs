//! [`Threshold`]: which lines go into the files.

use std::ffi::OsStr;

use thiserror::Error;
use tracing::{Metadata, level_filters::LevelFilter};
use tracing_subscriber::filter::Targets;

use crate::spec::LogLevel;

/// Which lines go into the files, by where they come from.
#[derive(Debug)]
pub(super) struct Threshold(Targets);

/// Why `RUST_LOG` is not followed.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "RUST_LOG is ignored: {why}; it lists levels (off, error, warn, info, debug, trace), for everything or for a target, \
     as in `debug` or `info,job=debug`"
)]
pub(super) struct IgnoredVariable {
    why: String,
}

impl Threshold {
    /// Everything from `level` on, unless `variable`, the value of `RUST_LOG`, says otherwise for all targets or some.
    ///
    /// A variable that cannot be understood changes nothing.
    pub(super) fn new(level: LogLevel, variable: Option<&OsStr>) -> (Self, Option<IgnoredVariable>) {
        let level = match level {
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Warning => LevelFilter::WARN,
            LogLevel::Error => LevelFilter::ERROR,
        };
        let plain = || Self(Targets::new().with_default(level));
        match variable.map(|variable| understood(level, variable)) {
            None => (plain(), None),
            Some(Ok(targets)) => (Self(targets), None),
            Some(Err(ignored)) => (plain(), Some(ignored)),
        }
    }

    /// Whether lines of this kind go into the files.
    pub(super) fn takes(&self, metadata: &Metadata<'_>) -> bool {
        self.0.would_enable(metadata.target(), metadata.level())
    }

    /// No line below this goes into the files.
    pub(super) fn lowest(&self) -> LevelFilter {
        self.0.iter().map(|(_, level)| level).chain(self.0.default_level()).max().unwrap_or(LevelFilter::OFF)
    }
}

/// What `variable` says on top of `level`; of two levels for the same target, the later one counts.
fn understood(level: LevelFilter, variable: &OsStr) -> Result<Targets, IgnoredVariable> {
    let ignored = |why| IgnoredVariable { why };
    let variable = variable.to_str().ok_or_else(|| ignored(format!("{} is no text", variable.display())))?;
    let mut all = level.to_string();
    for part in variable.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        if let Some(why) = mistaken_level(part) {
            return Err(ignored(why));
        }
        part.parse::<Targets>().map_err(|error| ignored(format!("`{part}`: {error}")))?;
        all.push(',');
        all.push_str(part);
    }
    all.parse().map_err(|error| ignored(format!("{error}")))
}

/// A word alone is a level or else a target, of which every line is wanted. Words that can only be meant as
/// levels would silently be targets that do not exist.
fn mistaken_level(word: &str) -> Option<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    if word.contains(['=', ':', '[']) || word.parse::<LevelFilter>().is_ok() {
        return None;
    }
    let lower = word.to_lowercase();
    let close = LEVELS.iter().any(|level| lower.starts_with(level) || strsim::osa_distance(&lower, level) == 1);
    let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (close || !is_name).then(|| format!("`{word}` is no level"))
}
