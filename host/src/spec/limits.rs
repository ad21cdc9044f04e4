//! [`Limits`]: what one run may use before it is ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::trajectory::Limited;

/// What one run may use. Reaching a limit ends that run alone; the reason names the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall time of a run, checked every few milliseconds. `None` for no limit.
    pub timeout: Option<Duration>,
    /// Instructions of the guest, in wasmtime's units of fuel; the same on every machine. `None` for no limit.
    pub fuel: Option<u64>,
    /// Linear memories of the guest together, in bytes.
    pub memory: u64,
    /// Stack of the guest, in bytes.
    pub stack: u64,
    /// All results and derived parameters of a run together, in bytes.
    pub results: u64,
    /// How many results and derived parameters a run may add.
    pub result_count: u64,
    /// Log lines and standard output of a run together, in bytes; what goes beyond is dropped, with one line that says so.
    pub log: u64,
    /// Calls of functions of the host, those of WASI among them.
    pub host_calls: u64,
    /// Files, directories and streams that a run holds at a time.
    pub open_files: u64,
    /// Bytes that a run writes into files of granted directories; whatever it creates there counts as a block.
    pub written: u64,
}

impl Limits {
    /// How much of something a run may have.
    pub fn of(&self, what: Limited) -> u64 {
        match what {
            Limited::Fuel => self.fuel.unwrap_or(u64::MAX),
            Limited::Results => self.results,
            Limited::ResultCount => self.result_count,
            Limited::HostCalls => self.host_calls,
            Limited::OpenFiles => self.open_files,
            Limited::Written => self.written,
        }
    }

    /// What is otherwise than in `before`, a sentence each: results may differ where a run reaches a limit.
    pub fn difference(&self, before: &Self) -> Vec<String> {
        let none = || "none".to_owned();
        let duration = |limit: Option<Duration>| limit.map_or_else(none, |limit| format!("{limit:?}"));
        let fuel = |limit: Option<u64>| limit.map_or_else(none, |limit| limit.to_string());
        let both = |key, was: u64, is: u64| (key, was.to_string(), is.to_string());
        let all = [
            ("timeout", duration(before.timeout), duration(self.timeout)),
            ("fuel", fuel(before.fuel), fuel(self.fuel)),
            both("memory", before.memory, self.memory),
            both("stack", before.stack, self.stack),
            both("results", before.results, self.results),
            both("result_count", before.result_count, self.result_count),
            both("log", before.log, self.log),
            both("host_calls", before.host_calls, self.host_calls),
            both("open_files", before.open_files, self.open_files),
            both("written", before.written, self.written),
        ];
        let others = all.into_iter().filter(|(_, was, is)| was != is);
        others.map(|(key, was, is)| format!("the limit `{key}` was {was} and is now {is}")).collect()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Long enough for nearly every simulation, short enough that a loop without end is noticed within a day.
            timeout: Some(Duration::from_secs(3600)),
            fuel: None,
            memory: 512 << 20,
            stack: 1 << 20,
            // The host holds a result until it is stored, and a few of them wait in the queue.
            results: 256 << 20,
            result_count: 10_000,
            log: 1 << 20,
            // Minutes of nothing but calls.
            host_calls: 1_000_000_000,
            // Files of all workers count against the limit of the process.
            open_files: 256,
            written: 1 << 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_told() {
        let before = Limits::default();
        assert_eq!(before.difference(&before), Vec::<String>::new());
        let now = Limits {
            timeout: None,
            fuel: Some(1),
            memory: 2,
            stack: 3,
            results: 4,
            result_count: 5,
            log: 6,
            host_calls: 7,
            open_files: 8,
            written: 9,
        };
        insta::assert_snapshot!(now.difference(&before).join("\n"));
    }
}
