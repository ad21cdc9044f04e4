//! Attacks of the guest `hostile`, and how each is to end.

use super::spec::Limits;

/// A mode of the guest, and the statuses that its run may have.
pub struct Attack {
    pub mode: &'static str,
    /// As the file names them. More than one where it is a race which limit comes first.
    pub ends: &'static [&'static str],
    /// Time for the run.
    pub timeout: &'static str,
    /// More of `[capabilities]`.
    pub capabilities: &'static str,
    /// What it stores is made to deceive who reads it.
    pub tells: bool,
}

/// Long enough for all that ends by itself, on a busy machine too.
const LONG: &str = "60s";
/// For what is to be ended by the clock; good runs beside it take a few milliseconds.
const SHORT: &str = "800ms";

const fn ends(mode: &'static str, ends: &'static [&'static str]) -> Attack {
    Attack { mode, ends, timeout: LONG, capabilities: "", tells: false }
}

const fn late(mode: &'static str) -> Attack {
    Attack { mode, ends: &["timeout"], timeout: SHORT, capabilities: "", tells: false }
}

const fn harmless(mode: &'static str) -> Attack {
    ends(mode, &["ok"])
}

impl Attack {
    pub fn limits(&self) -> Limits {
        Limits { timeout: self.timeout, ..Limits::default() }
    }
}

/// All of them. What a job is refused by an answer it may survive: its run is `ok`, and tells what it was refused.
pub const ATTACKS: &[Attack] = &[
    // Time, stack, memory.
    late("loop"),
    late("loop-of-host-calls"),
    late("loop-of-log-lines"),
    late("loop-of-progress"),
    late("loop-of-panic-reports"),
    late("loop-of-lookups"),
    late("loop-of-refusals"),
    ends("recursion-in-memory", &["stack"]),
    ends("recursion-on-the-stack", &["stack"]),
    Attack { ends: &["timeout", "stack", "trap"], ..late("recursion-with-host-calls") },
    ends("allocate", &["memory"]),
    ends("grow-memory", &["memory"]),
    ends("trap", &["trap"]),
    ends("trap-after-results", &["trap"]),
    ends("keep-state", &["error"]),
    harmless("go-on-after-refusals"),
    harmless("add-after-limit"),
    // Too much at once.
    ends("4-GiB-in-one-result", &["results"]),
    harmless("4-GiB-in-many-results"),
    ends("same-text-a-million-times", &["results"]),
    ends("same-bytes-a-million-times", &["results"]),
    ends("same-column-many-times", &["results"]),
    ends("same-entry-many-times", &["results"]),
    ends("million-shapes", &["results"]),
    Attack { ends: &["timeout", "result_count"], ..late("results-without-end") },
    Attack { ends: &["timeout", "result_count"], ..late("derived-parameters-without-end") },
    ends("100-thousand-items", &["result_count"]),
    ends("100-thousand-entries", &["result_count"]),
    ends("100-thousand-columns", &["result_count"]),
    ends("100-thousand-annotations", &["result_count"]),
    late("default-of-many-MiB"),
    Attack { tells: true, ..harmless("comment-of-many-MiB") },
    harmless("annotation-of-many-MiB"),
    ends("error-of-many-MiB", &["error"]),
    ends("panic-of-many-MiB", &["panic"]),
    ends("one-long-text-among-short-ones", &["results"]),
    ends("one-long-text-in-a-table", &["results"]),
    ends("one-long-text-in-a-list", &["results"]),
    ends("one-long-entry-of-bytes", &["results"]),
    // Shapes.
    harmless("contradictions"),
    Attack { tells: true, ..harmless("hollow-arrays") },
    Attack { tells: true, ..harmless("hollow-tables") },
    Attack { tells: true, ..harmless("hollow-columns-of-zero-rows") },
    Attack { tells: true, ..harmless("sparse-without-end") },
    harmless("sparse-lies"),
    harmless("deep-dictionary"),
    Attack { tells: true, ..harmless("annotations-of-every-kind") },
    Attack { tells: true, ..harmless("texts-with-zeros") },
    // Names.
    harmless("names-of-results"),
    harmless("names-of-items"),
    harmless("names-of-derived-parameters"),
    harmless("names-of-annotations"),
    harmless("names-of-columns-and-keys"),
    harmless("names-of-classes"),
    harmless("names-to-look-up"),
    // Words.
    harmless("log-flood"),
    ends("log-line-of-many-MiB", &["results"]),
    harmless("log-lines-without-text"),
    harmless("forged-log-lines"),
    // A fast machine is through with these before the clock is.
    late("stdout-flood"),
    late("stderr-without-newline"),
    harmless("stdout-of-escapes"),
    ends("zeros-to-stdout", &["trap"]),
    harmless("read-stdin"),
    harmless("progress-of-many-MiB"),
    ends("forged-error", &["error"]),
    ends("forged-panic", &["panic"]),
    // WASI beside files.
    ends("exit-as-if-well", &["error"]),
    ends("exit-with-code", &["error"]),
    harmless("sleep-for-years"),
    Attack { capabilities: "clock = \"real\"\n", ..late("sleep-for-years") },
    late("sleep-in-small-steps"),
    Attack { capabilities: "clock = \"real\"\n", ..late("sleep-in-small-steps") },
    ends("poll-many", &["open_files"]),
    ends("poll-nothing", &["trap"]),
    ends("timers-without-end", &["open_files"]),
    ends("streams-without-end", &["open_files"]),
    ends("random-of-all-bytes", &["trap"]),
    late("random-of-many-MiB"),
    Attack { capabilities: "random = \"os\"\n", ..late("random-of-many-MiB") },
    harmless("environment"),
    ends("forged-handle", &["trap"]),
    ends("stale-handle", &["trap"]),
    ends("dropped-twice", &["trap"]),
    ends("handle-of-another-kind", &["trap"]),
    ends("handle-zero", &["trap"]),
    // Files.
    harmless("climb-out"),
    harmless("link-out"),
    harmless("link-chain"),
    harmless("rename-out"),
    harmless("write-where-only-reading-is-granted"),
    harmless("change-the-given-file"),
    Attack { timeout: "150s", ..harmless("list-100-thousand-files") },
    ends("open-without-end", &["open_files"]),
    ends("listings-without-end", &["open_files", "memory"]),
    ends("make-files-without-end", &["written"]),
    ends("make-folders-without-end", &["written", "open_files"]),
    ends("fill-the-disk", &["written"]),
    ends("fill-the-disk-by-a-stream", &["written"]),
    ends("zeros-to-a-file", &["trap", "written"]),
    ends("file-of-exabytes", &["written"]),
    ends("hole-of-exabytes", &["written"]),
    harmless("read-exabytes"),
    ends("open-a-pipe", &["error"]),
    harmless("names-of-files"),
    // A class that its results are stored as.
    late("class: loop"),
    late("class: loop when loading"),
    ends("class: trap", &["error"]),
    ends("class: memory", &["error", "memory"]),
    ends("class: recursion", &["error"]),
    ends("class: huge", &["error"]),
    ends("class: many", &["error", "result_count"]),
    ends("class: names", &["error"]),
    ends("class: error", &["error"]),
    ends("class: lie", &["error"]),
    Attack { tells: true, ..harmless("class: words") },
];

/// Some of them again with a process for every run.
pub const IN_PROCESSES: &[&str] = &[
    "loop",
    "recursion-on-the-stack",
    "allocate",
    "trap-after-results",
    "keep-state",
    "4-GiB-in-one-result",
    "one-long-text-in-a-list",
    "hollow-tables",
    "names-of-results",
    "forged-error",
    "forged-panic",
    "stdout-of-escapes",
    "exit-as-if-well",
    "open-without-end",
    "class: loop",
];
