//! The words of `exp.toml` as written. The comments here are the descriptions of the JSON Schema.

use std::{borrow::Cow, collections::BTreeMap};

use clap::ValueEnum;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema as schema};
use serde::{Deserialize, Serialize};

use super::{
    Access, Clock, LogLevel, Random, Stdin, Stdout,
    command::Adapter,
    node::{Entries, Node},
    quantity::{Share, Size, SyncWritten, Timeout},
    source::At,
};

/// A parameter exploration.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "exp.toml")]
pub(super) struct SpecWritten {
    /// Version of this format; always 1.
    #[schemars(extend("const" = 1))]
    pub spec: i64,
    /// What the exploration is called.
    pub trajectory: TrajectoryWritten,
    /// How and where it runs.
    pub environment: EnvironmentWritten,
    /// What runs.
    pub job: JobWritten,
    /// Parameters by name, `"neuron.tau" = 20e-3` or `[parameters.neuron] tau = 20e-3`.
    pub parameters: Entries,
    /// Which parameters take several values.
    pub explore: ExploreWritten,
    /// How often every point is run.
    pub replicate: ReplicateWritten,
    /// What a run may use before it is ended.
    pub limits: LimitsWritten,
    /// What happens when runs fail.
    pub failure: FailureWritten,
    /// What the job may reach of the world; nothing unless it is said here.
    pub capabilities: CapabilitiesWritten,
    /// How results are stored.
    pub storage: StorageWritten,
}

/// What the exploration is called.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Trajectory")]
pub(super) struct TrajectoryWritten {
    /// Name of the trajectory and of its group in the file. Default: `trajectory`.
    pub name: Option<At<String>>,
    /// Whether date and time are appended to the name. Default: true.
    pub add_time: Option<bool>,
    /// Stored with the trajectory.
    pub comment: Option<String>,
}

/// How and where it runs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Environment")]
pub(super) struct EnvironmentWritten {
    /// Folder for log files. Default: `logs`, beside the spec.
    pub log_folder: Option<At<String>>,
    /// From which level on lines go into the log files; the variable `RUST_LOG` wins. Default: INFO.
    pub log_level: Option<LogLevel>,
    /// Whether several runs go on at once. Default: true.
    pub multiproc: Option<bool>,
    /// How many runs go on at once; 0 for as many as there are cores. Default: 0.
    pub ncores: Option<At<u32>>,
    /// Whether a fixed set of workers takes run after run; if not, every run gets a process of its own. Default: true.
    pub use_pool: Option<At<bool>>,
    /// How results of several workers reach the storage. Default: QUEUE.
    pub wrap_mode: Option<At<WrapMode>>,
    /// Whether an exploration that is killed can be continued, from a `.cnt` file beside the results. Default: true.
    pub continuable: Option<At<bool>>,
    /// How long the power may have been out before what a finished run has left is also on the disk: a duration, `run`
    /// for before it counts as finished, or `none`. The end of the process loses nothing in any case. Default: 1s.
    pub sync: Option<At<SyncWritten>>,
    /// How long the runs under way may go on after Ctrl-C before they are abandoned. Default: 10s.
    pub grace: Option<Timeout>,
    /// The file of results; with a slash at the end, the folder for `<name>.hdf5`. Default: `hdf5/`, beside the spec;
    /// `sqlite/` and `<name>.sqlite` for that service.
    pub filename: Option<At<String>>,
    /// Title of the HDF5 file. Default: the name of the trajectory.
    pub file_title: Option<String>,
    /// Whether a comment that a result has in many runs is stored once, with the lowest of them. Default: as
    /// `small_overview_tables`, which it needs.
    pub purge_duplicate_comments: Option<At<bool>>,
    /// Whether there are tables of parameters, configuration and all names of results. Default: true.
    pub small_overview_tables: Option<bool>,
    /// Whether there are tables with a row for every result of every run. Default: false.
    pub large_overview_tables: Option<bool>,
    /// How many results a run adds, so that tables are made large enough at once. Default: 0, tables grow.
    pub results_per_run: Option<u32>,
    /// How many derived parameters a run adds, likewise. Default: 0.
    pub derived_parameters_per_run: Option<u32>,
    /// A git repository whose tracked files are committed before the exploration starts. Default: none.
    pub git_repository: Option<At<String>>,
    /// What the message of that commit begins with.
    pub git_message: Option<At<String>>,
    /// Whether there is such a commit; if not, the present one is recorded with what differs from it. Default: true.
    pub git_commit: Option<At<bool>>,
    /// Whether everything runs but nothing is written to disk. Default: false.
    pub lazy_debug: Option<bool>,
    /// Components that store and load parameters and results of classes of your own.
    pub dynamically_imported_classes: Vec<At<String>>,
}

/// How results of several workers reach the storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WrapMode {
    /// Through a bounded queue to one writer.
    #[default]
    #[serde(rename = "QUEUE")]
    Queue,
    /// Each worker stores its own runs, one at a time.
    #[serde(rename = "LOCK")]
    Lock,
    /// Each worker stores its own runs, all at the same time; only for storage that allows it.
    #[serde(rename = "NONE")]
    None,
}

/// What runs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Job")]
pub(super) struct JobWritten {
    /// The WebAssembly component. The command line wins.
    pub component: Option<At<String>>,
    /// SHA-256 of the component in hexadecimal; anything else is refused.
    pub sha256: Option<At<String>>,
    /// Makes a job of a component or module that is none. Default: it is a job of the contract.
    pub adapter: Option<At<Adapter>>,
    /// How the program gets a point and where its results come from; for adapter = "command".
    pub command: Option<At<CommandWritten>>,
    /// Positional arguments, the same for every run; those of a program with `{name}` in the place of parameters.
    pub args: Vec<Node>,
    /// Keyword arguments, the same for every run.
    pub kwargs: Entries,
    /// Whether the bits of NaN are canonical inside of the guest, too; floating point is 2-3 times slower. Default: false.
    pub strict_nan: Option<bool>,
}

/// How a program that knows nothing of explorations gets a point, and where its results come from.
///
/// With `input` or `results`, every run has an empty folder of its own, which it sees as `/` and where it starts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Command")]
pub(super) struct CommandWritten {
    /// What it reads on standard input. Default: json.
    pub stdin: Option<Stdin>,
    /// What it writes on standard output. Default: json.
    pub stdout: Option<Stdout>,
    /// A file in its folder that holds the parameters, as on standard input. Default: none.
    pub input: Option<At<String>>,
    /// Files that it writes in its folder, by the names of the results: `.json`, `.npy` and `.csv` become values, arrays
    /// and tables, everything else bytes.
    pub results: BTreeMap<At<String>, At<String>>,
}

/// Which parameters take several values.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Explore")]
pub(super) struct ExploreWritten {
    /// How the axes are combined. Default: cartesian.
    pub mode: Option<Mode>,
    /// The values of each explored parameter; of several axes the last varies fastest.
    #[schemars(with = "AxesSchema")]
    pub axes: Entries,
}

/// How axes are combined.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mode {
    /// Every value with every other.
    #[default]
    Cartesian,
    /// The first values together, the second values together, and so on.
    Zip,
}

/// How often every point is run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Replicate")]
pub(super) struct ReplicateWritten {
    /// Runs per point, each with a seed of its own. Default: 1.
    pub count: Option<At<u32>>,
    /// Root of all seeds. Default: 0.
    pub seed: Option<At<u64>>,
}

/// What a run may use before it is ended.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Limits")]
pub(super) struct LimitsWritten {
    /// Wall time. Default: 1h.
    pub timeout: Option<Timeout>,
    /// Instructions, in wasmtime's units of fuel; the same on every machine. Default: no limit.
    pub fuel: Option<At<u64>>,
    /// Memory of the guest. Default: 512MiB.
    pub memory: Option<At<Size>>,
    /// Stack of the guest. Default: 1MiB.
    pub stack: Option<At<Size>>,
    /// All results of a run together. Default: 256MiB.
    pub results: Option<Size>,
    /// How many results a run may add. Default: 10000.
    pub result_count: Option<u64>,
    /// Log lines and standard output of a run together; what goes beyond is dropped. Default: 1MiB.
    pub log: Option<Size>,
    /// Calls of functions of the host. Default: 1000000000.
    pub host_calls: Option<At<u64>>,
    /// Files, directories and streams that are open at a time. Default: 256.
    pub open_files: Option<At<u64>>,
    /// Bytes written into files of granted directories. Default: 1GiB.
    pub written: Option<Size>,
}

/// What happens when runs fail.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Failure")]
pub(super) struct FailureWritten {
    /// Whether the other runs go on after one has failed. Default: continue.
    pub policy: Option<Policy>,
    /// With more failed runs than this, no further ones are started. Default: no limit.
    pub max_failures: Option<Share>,
    /// How often a failed run is tried again. Default: 0.
    pub retries: Option<u32>,
}

/// Whether the other runs go on after one has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The other runs go on.
    #[default]
    Continue,
    /// No further runs are started.
    FailFast,
}

/// What the job may reach of the world; nothing unless it is said here.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Capabilities")]
pub(super) struct CapabilitiesWritten {
    /// Directories that the guest sees.
    pub dirs: Vec<At<DirWritten>>,
    /// Environment variables that the guest sees.
    pub env: BTreeMap<At<String>, String>,
    /// Which clock the guest sees. Default: virtual.
    pub clock: Option<Clock>,
    /// Where random numbers come from. Default: seeded.
    pub random: Option<Random>,
}

/// A directory that the guest sees.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Dir")]
pub(super) struct DirWritten {
    /// The directory on this machine; relative to the spec.
    pub host: At<String>,
    /// Where the guest sees it, such as `/data`.
    pub guest: At<String>,
    /// What the guest may do there. Default: read.
    #[serde(default)]
    pub access: Access,
    /// Whether each run gets an empty folder of its own there, `<trajectory>/<run>`; if not, runs share the directory,
    /// and what they write may depend on one another. Default: false.
    pub per_run: Option<At<bool>>,
}

/// How results are stored.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Storage")]
pub(super) struct StorageWritten {
    /// What stores the results. Default: hdf5.
    pub service: Option<Service>,
    /// How the file is laid out. Default: tree.
    pub layout: Option<Layout>,
    /// `none`, or `gzip:1` (fast) to `gzip:9` (small). Default: none.
    pub compression: Option<At<String>>,
    /// Names of the dimensions of array results, slowest first.
    pub dims: BTreeMap<At<String>, Vec<At<String>>>,
}

/// What stores the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// One HDF5 file.
    #[default]
    Hdf5,
    /// One SQLite file.
    Sqlite,
    /// Nothing is stored.
    None,
    /// A storage that a program gives; no spec can name it.
    #[serde(skip)]
    Own,
}

impl Service {
    /// What its files end with; also the folder that they go to where none is named.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Hdf5 | Self::None | Self::Own => "hdf5",
            Self::Sqlite => "sqlite",
        }
    }

    /// The service whose files end like this one.
    pub(crate) fn of_file(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "hdf5" | "h5" | "hdf" => Some(Self::Hdf5),
            "sqlite" | "sqlite3" | "db" => Some(Self::Sqlite),
            _ => None,
        }
    }
}

/// How the file is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// A group for each run, in buckets of 1000, as pypet has it.
    #[default]
    Tree,
    /// Columns for all runs, and no group for any: small and fast for very many of them.
    Columns,
}

/// The schema of axes, which serde reads as [`Entries`]: tables that are no axes are groups.
struct AxesSchema;

impl JsonSchema for AxesSchema {
    fn schema_name() -> Cow<'static, str> {
        "Axes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (axis, group) = (generator.subschema_for::<AxisSchema>(), generator.subschema_for::<Self>());
        schema!({ "type": "object", "additionalProperties": { "anyOf": [axis, group] } })
    }
}

/// The values of an axis.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[schemars(rename = "Axis", untagged)]
enum AxisSchema {
    /// The values themselves.
    List(Vec<super::node::Written>),
    Range {
        /// `[start, stop]` or `[start, stop, step]`; `stop` is not part of it.
        range: Vec<f64>,
    },
    Linspace {
        /// `[start, stop, count]`, both ends included.
        linspace: (f64, f64, u32),
    },
    Logspace {
        /// `[a, b, count]`: from 10^a to 10^b, both included.
        logspace: (f64, f64, u32),
    },
    File {
        /// A `.csv` file, or a `.npy` file, which is explored along its first dimension.
        file: String,
        /// The column of the `.csv` file.
        column: Option<String>,
    },
}

/// The whole format as a JSON Schema, for editors and other programs.
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(SpecWritten);
    schema.insert("required".into(), serde_json::json!(["spec"]));
    let mut schema = schema.into();
    drop_null(&mut schema);
    schema
}

/// TOML has no null: a key that is not needed is left out.
fn drop_null(schema: &mut serde_json::Value) {
    use serde_json::Value;
    let Value::Object(object) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(drop_null);
        }
        return;
    };
    // Defaults are said in words; those of serde are only stand-ins.
    object.remove("default");
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only);
        }
    }
    object.values_mut().for_each(drop_null);
}
