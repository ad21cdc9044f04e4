//! [`SpecFile`]: a spec as written, and the way from there to an [`Experiment`].

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::{
    Access, Contradiction, DirGrant, GrantError, Grants, Limits, Manifest, Service,
    error::SpecError,
    experiment::{
        Compression, EnvironmentOptions, Experiment, FailurePolicy, GitOptions, JobOptions, MaxFailures,
        StorageOptions, Target,
    },
    quantity::Share,
    refusal::{refusal, suggestion},
    resolve,
    source::{At, Source},
    value::{hexadecimal, value},
    written::SpecWritten,
};
use crate::trajectory::{NodePath, check_component};

/// The version of the format that this program reads.
const VERSION: i64 = 1;

/// The name of a trajectory that nobody has named.
const DEFAULT_NAME: &str = "trajectory";

/// What `add_time` appends, in characters: `_2026_11_22_22h08m49s`.
const TIME_LENGTH: usize = 21;

/// A spec as written, with its text for messages.
#[derive(Clone, Debug)]
pub struct SpecFile {
    pub(super) source: Source,
    pub(super) written: SpecWritten,
    /// Whether there is a file at all.
    given: bool,
}

/// What the command line says beside the spec; it wins. Paths are relative to the current folder.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// One `name=values` for each `-p`.
    pub axes: Vec<String>,
    /// The component.
    pub component: Option<PathBuf>,
    /// Name of the trajectory.
    pub name: Option<String>,
    /// Whether the time of the start is appended to the name.
    pub add_time: Option<bool>,
    /// Comment of the trajectory.
    pub comment: Option<String>,
    /// The HDF5 file, or with a slash at the end its folder.
    pub filename: Option<String>,
    /// Folder for log files.
    pub log_folder: Option<PathBuf>,
    /// How many runs go on at once.
    pub ncores: Option<u32>,
    /// Runs per point.
    pub replicates: Option<u32>,
    /// Root of all seeds.
    pub seed: Option<u64>,
}

impl SpecFile {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<Self, SpecError> {
        let bytes = std::fs::read(path)
            .map_err(|error| SpecError::new(format!("the spec `{}` cannot be read: {error}", path.display())))?;
        match String::from_utf8(bytes) {
            Ok(text) => Self::parse(&text, path),
            Err(error) => {
                let upto = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Err(Source::file(path, text).error(&(upto..upto + 1), "the spec is not text in UTF-8"))
            }
        }
    }

    /// Reads `text`, which came from `origin`: paths in it are relative to that file.
    pub fn parse(text: &str, origin: &Path) -> Result<Self, SpecError> {
        // Some editors begin a file with a mark that is not part of it.
        let source = Source::file(origin, text.strip_prefix('\u{feff}').unwrap_or(text));
        let document = DeTable::parse(source.text()).map_err(|error| refusal(&error, &source))?;
        check_version(document.get_ref(), &source)?;
        let written = SpecWritten::deserialize(toml::de::Deserializer::from(document))
            .map_err(|error| refusal(&error, &source))?;
        Ok(Self { source, written, given: true })
    }

    /// No spec: everything has its default, and the command line says what is explored.
    pub fn empty() -> Self {
        Self { source: Source::file(Path::new(""), ""), written: SpecWritten::default(), given: false }
    }

    /// The text of the spec, to be stored beside the results; empty without a spec.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// What runs, under which limits and grants: all that is needed to load the job and ask it for its manifest.
    pub fn job_options(&self, overrides: &Overrides) -> Result<JobOptions, SpecError> {
        let job = &self.written.job;
        let sha256 = job.sha256.as_ref().map(|pin| {
            let digest = hexadecimal(&pin.value).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            let refusal = || {
                let message = "a SHA-256 has 64 hexadecimal digits";
                self.source.error(&pin.span, message).hint("print it with `sha256sum job.wasm`")
            };
            digest.ok_or_else(refusal)
        });
        let component = job.component.as_ref().map(|component| self.source.resolve(&component.value));
        let keyword = |(name, node): &(At<String>, _)| Ok((name.value.clone(), value(node, &self.source)?));
        Ok(JobOptions {
            component: overrides.component.clone().or(component),
            sha256: sha256.transpose()?,
            command: self.command()?,
            args: job.args.iter().map(|node| value(node, &self.source)).collect::<Result<_, _>>()?,
            kwargs: job.kwargs.0.iter().map(keyword).collect::<Result<_, SpecError>>()?,
            strict_nan: job.strict_nan.unwrap_or(false),
            limits: self.limits()?,
            grants: self.grants()?,
        })
    }

    /// The components of classes of the user's own, which parameters and results are stored as.
    pub fn class_files(&self) -> Vec<PathBuf> {
        let written = &self.written.environment.dynamically_imported_classes;
        written.iter().map(|class| self.source.resolve(&class.value)).collect()
    }

    /// The spec as meant. With a manifest, parameters are checked against what the job declares.
    pub fn resolve(&self, overrides: &Overrides, manifest: Option<&Manifest>) -> Result<Experiment, SpecError> {
        let job = self.job_options(overrides)?;
        let written = &self.written.trajectory;
        let comment = overrides.comment.clone().or_else(|| written.comment.clone()).unwrap_or_default();
        let add_time = overrides.add_time.or(written.add_time).unwrap_or(true);
        let name = self.name(overrides, add_time)?;
        let trajectory = resolve::trajectory(
            &resolve::Question { source: &self.source, written: &self.written, overrides, manifest },
            &name,
            &comment,
        )?;
        self.check_command(&trajectory)?;
        Ok(Experiment {
            environment: self.environment(overrides)?,
            failure: self.failure(),
            storage: self.storage()?,
            name,
            comment,
            add_time,
            job,
            trajectory,
        })
    }

    fn name(&self, overrides: &Overrides, add_time: bool) -> Result<String, SpecError> {
        let command_line;
        let (name, source, span) = match (&overrides.name, &self.written.trajectory.name) {
            (Some(name), _) => {
                command_line = Source::command_line(format!("--name {name}"));
                (name.as_str(), &command_line, "--name ".len().."--name ".len() + name.len())
            }
            (None, Some(name)) => (name.value.as_str(), &self.source, name.span.clone()),
            (None, None) if self.given => return Ok(DEFAULT_NAME.into()),
            (None, None) => return Ok(overrides.component.as_deref().map_or(DEFAULT_NAME.into(), name_after)),
        };
        if name.is_empty() {
            return Err(source
                .error(&span, "the name of the trajectory is empty")
                .hint("leave it out for its default"));
        }
        check_component(name).map_err(|error| source.error(&span, error.to_string()))?;
        if add_time {
            check_component(&format!("{name}{}", "t".repeat(TIME_LENGTH))).map_err(|_| {
                let message = "with the time appended, this name is longer than 127 characters";
                source.error(&span, message).hint("shorten it, or write add_time = false")
            })?;
        }
        Ok(name.into())
    }

    fn environment(&self, overrides: &Overrides) -> Result<EnvironmentOptions, SpecError> {
        let written = &self.written.environment;
        let target = match (&overrides.filename, &written.filename) {
            (Some(name), _) => {
                let source = Source::command_line(format!("--output {name}"));
                self.target(name, name.into(), &source, &("--output ".len()..source.text().len()))?
            }
            (None, Some(name)) => {
                self.target(&name.value, self.source.resolve(&name.value), &self.source, &name.span)?
            }
            (None, None) => Target::Folder(self.source.resolve(self.service().extension())),
        };
        let log_folder = match (&overrides.log_folder, &written.log_folder) {
            (Some(folder), _) => folder.clone(),
            (None, Some(folder)) => self.source.resolve(&folder.value),
            (None, None) => self.source.resolve("logs"),
        };
        // `-j 4` asks for several runs at once, whatever the spec says.
        let multiproc = overrides.ncores.is_some() || written.multiproc.unwrap_or(true);
        let ncores = overrides.ncores.or(written.ncores.as_ref().map(|n| n.value)).unwrap_or(0) as usize;
        let value = |word: &Option<At<bool>>| word.as_ref().map(|word| word.value);
        let lazy_debug = written.lazy_debug.unwrap_or(false);
        let small_overview_tables = written.small_overview_tables.unwrap_or(true);
        let git = written.git_repository.as_ref().map(|repository| GitOptions {
            repository: self.source.resolve(&repository.value),
            message: written.git_message.as_ref().map(|message| message.value.clone()).unwrap_or_default(),
            commit: value(&written.git_commit).unwrap_or(true),
        });
        let options = EnvironmentOptions {
            log_folder,
            log_level: written.log_level.unwrap_or_default(),
            multiproc,
            ncores,
            use_pool: value(&written.use_pool).unwrap_or(true),
            wrap_mode: written.wrap_mode.as_ref().map(|mode| mode.value).unwrap_or_default(),
            continuable: value(&written.continuable).unwrap_or(!lazy_debug),
            sync: written.sync.as_ref().map(|sync| sync.value.0).unwrap_or_default(),
            grace: written.grace.map_or(EnvironmentOptions::default().grace, |grace| grace.0),
            target,
            file_title: written.file_title.clone(),
            purge_duplicate_comments: value(&written.purge_duplicate_comments).unwrap_or(small_overview_tables),
            small_overview_tables,
            large_overview_tables: written.large_overview_tables.unwrap_or(false),
            results_per_run: written.results_per_run.unwrap_or(0),
            derived_parameters_per_run: written.derived_parameters_per_run.unwrap_or(0),
            git,
            lazy_debug,
            dynamically_imported_classes: self.class_files(),
        };
        self.check_environment(&options, overrides)?;
        Ok(options)
    }

    fn service(&self) -> Service {
        self.written.storage.service.unwrap_or_default()
    }

    /// Options that contradict one another.
    fn check_environment(&self, options: &EnvironmentOptions, overrides: &Overrides) -> Result<(), SpecError> {
        let written = &self.written.environment;
        let (message, commit) = (&written.git_message, &written.git_commit);
        let alone = options.git.is_none() && (message.is_some() || commit.is_some());
        let single = written.multiproc == Some(false) && overrides.ncores.is_none();
        let service = self.service();
        let checked = Contradiction::check(
            options,
            service,
            &[
                (single && written.use_pool.is_some(), Contradiction::PoolWithoutMultiproc),
                (alone, Contradiction::GitWithoutRepository),
            ],
        );
        let Err(contradiction) = checked else { return Ok(()) };
        fn span<T>(word: &Option<At<T>>) -> Option<&Range<usize>> {
            word.as_ref().map(|word| &word.span)
        }
        let span = match contradiction {
            Contradiction::PoolWithoutMultiproc => span(&written.use_pool),
            Contradiction::PurgeWithoutSummaries => span(&written.purge_duplicate_comments),
            Contradiction::ContinuableLazy | Contradiction::ContinuableOwnService => span(&written.continuable),
            Contradiction::SharedHdf5 => span(&written.wrap_mode),
            Contradiction::GitWithoutRepository => span(message).or(span(commit)),
        };
        let error = match span {
            Some(span) => self.source.error(span, contradiction.to_string()),
            None => SpecError::new(contradiction.to_string()),
        };
        Err(error.hint(contradiction.hint()))
    }

    fn target(&self, written: &str, path: PathBuf, source: &Source, span: &Range<usize>) -> Result<Target, SpecError> {
        let target = Target::new(path, written);
        if written.is_empty() {
            return Err(source
                .error(span, "the name of the file is empty")
                .hint("leave `filename` out for its default"));
        }
        if let Target::File(path) = &target
            && path.is_dir()
        {
            let message = format!("`{written}` is a folder");
            return Err(source.error(span, message).hint(format!("write \"{written}/\" for a file inside of it")));
        }
        let service = self.service();
        if let Target::File(path) = &target
            && service != Service::None
            && let Some(other) = Service::of_file(path)
            && other != service
        {
            let (is, says) = (service.extension(), other.extension());
            let message = format!("`{written}` is named like another kind of file than the service \"{is}\" writes");
            let hint = format!("name it with .{is}, or write [storage] service = \"{says}\"");
            return Err(source.error(span, message).hint(hint));
        }
        Ok(target)
    }

    fn limits(&self) -> Result<Limits, SpecError> {
        let (written, default) = (&self.written.limits, Limits::default());
        let above_zero = |name: &str, given: Option<(u64, &Range<usize>)>| match given {
            Some((0, span)) => Err(self.source.error(span, format!("no job runs with a {name} of 0"))),
            Some((value, _)) => Ok(Some(value)),
            None => Ok(None),
        };
        let fuel = above_zero("fuel", written.fuel.as_ref().map(|at| (at.value, &at.span)))?;
        let memory = above_zero("memory", written.memory.as_ref().map(|at| (at.value.0, &at.span)))?;
        let stack = above_zero("stack", written.stack.as_ref().map(|at| (at.value.0, &at.span)))?;
        let host_calls = above_zero("host_calls", written.host_calls.as_ref().map(|at| (at.value, &at.span)))?;
        Ok(Limits {
            timeout: written.timeout.map_or(default.timeout, |timeout| timeout.0),
            fuel: fuel.or(default.fuel),
            memory: memory.unwrap_or(default.memory),
            stack: stack.unwrap_or(default.stack),
            results: written.results.map_or(default.results, |size| size.0),
            result_count: written.result_count.unwrap_or(default.result_count),
            log: written.log.map_or(default.log, |size| size.0),
            host_calls: host_calls.unwrap_or(default.host_calls),
            open_files: written.open_files.as_ref().map_or(default.open_files, |at| at.value),
            written: written.written.map_or(default.written, |size| size.0),
        })
    }

    fn grants(&self) -> Result<Grants, SpecError> {
        let written = &self.written.capabilities;
        let mut dirs: Vec<DirGrant> = Vec::new();
        for At { value: dir, .. } in &written.dirs {
            let guest = guest_path(&dir.guest.value).map_err(|why| self.source.error(&dir.guest.span, why))?;
            for other in &dirs {
                if is_inside(&guest, &other.guest) || is_inside(&other.guest, &guest) {
                    let message = if guest == other.guest {
                        format!("`{guest}` is granted twice")
                    } else {
                        format!("`{guest}` and `{}` lie inside of one another", other.guest)
                    };
                    return Err(self
                        .source
                        .error(&dir.guest.span, message)
                        .hint("give each directory a place of its own"));
                }
            }
            let path = self.source.resolve(&dir.host.value);
            let cannot = |why: &str| {
                self.source
                    .error(&dir.host.span, format!("the directory `{}` cannot be granted: {why}", path.display()))
            };
            let mut grant = DirGrant::new(&path, guest, dir.access);
            grant.per_run = dir.per_run.as_ref().is_some_and(|at| at.value);
            if let Some(at) = dir.per_run.as_ref().filter(|at| at.value && dir.access == Access::Read) {
                let why = "a run that only reads needs no folder of its own";
                return Err(self.source.error(&at.span, why).hint("add access = \"read-write\", or remove `per_run`"));
            }
            grant.resolve().map_err(|why| match why {
                GrantError::File => cannot("it is a file").hint("grant the directory that it lies in"),
                GrantError::Machine { .. } | GrantError::Root => {
                    cannot(&why.to_string()).hint("grant the directory that holds the data, and nothing above it")
                }
                GrantError::Io(_) => cannot(&why.to_string()),
            })?;
            dirs.push(grant);
        }
        if let Some((name, _)) =
            written.env.iter().find(|(name, _)| name.value.is_empty() || name.value.contains(['=', '\0']))
        {
            return Err(self.source.error(&name.span, "this is no name of an environment variable"));
        }
        let env = written.env.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
        Ok(Grants { dirs, env, clock: written.clock.unwrap_or_default(), random: written.random.unwrap_or_default() })
    }

    fn failure(&self) -> FailurePolicy {
        let written = &self.written.failure;
        let max_failures = written.max_failures.map(|share| match share {
            Share::Count(count) => MaxFailures::Count(count),
            Share::Percent(share) => MaxFailures::Percent(share),
        });
        FailurePolicy {
            policy: written.policy.unwrap_or_default(),
            max_failures,
            retries: written.retries.unwrap_or(0),
        }
    }

    fn storage(&self) -> Result<StorageOptions, SpecError> {
        let written = &self.written.storage;
        let compression = match &written.compression {
            None => Compression::None,
            Some(word) => self.compression(word)?,
        };
        if let Some(word) = &written.compression
            && compression != Compression::None
            && self.service() == Service::Sqlite
        {
            let message = "an SQLite file is not compressed";
            return Err(self.source.error(&word.span, message).hint("remove it, or write service = \"hdf5\""));
        }
        let mut dims = BTreeMap::new();
        for (result, names) in &written.dims {
            NodePath::new(result.value.as_str()).map_err(|error| self.source.error(&result.span, error.to_string()))?;
            for (position, name) in names.iter().enumerate() {
                check_component(&name.value).map_err(|error| self.source.error(&name.span, error.to_string()))?;
                if names[..position].iter().any(|other| other.value == name.value) {
                    let message = format!("`{}` names two dimensions of `{}`", name.value, result.value);
                    return Err(self.source.error(&name.span, message).hint("give each dimension a name of its own"));
                }
            }
            dims.insert(result.value.clone(), names.iter().map(|name| name.value.clone()).collect());
        }
        Ok(StorageOptions { service: self.service(), layout: written.layout.unwrap_or_default(), compression, dims })
    }

    fn compression(&self, word: &At<String>) -> Result<Compression, SpecError> {
        let hint = "write \"none\", or \"gzip:1\" (fast) to \"gzip:9\" (small)";
        match word.value.strip_prefix("gzip:").map(str::parse::<u8>) {
            Some(Ok(level @ 1..=9)) => Ok(Compression::Gzip(level)),
            None if word.value == "none" => Ok(Compression::None),
            _ => Err(self.source.error(&word.span, format!("unknown compression {:?}", word.value)).hint(hint)),
        }
    }
}

fn check_version(document: &DeTable, source: &Source) -> Result<(), SpecError> {
    let way_out = format!("begin the file with `spec = {VERSION}`");
    let Some((key, value)) = document.iter().find(|(key, _)| key.get_ref() == "spec") else {
        let near = document.keys().find(|key| key.get_ref().eq_ignore_ascii_case("spec"));
        return Err(match near {
            Some(key) => source
                .error(&key.span(), format!("unknown key `{}`", key.get_ref()))
                .maybe_hint(suggestion("spec", &["spec"])),
            None => source
                .error(&(0..1), "the spec does not say which version of the format it is written in")
                .hint(way_out),
        });
    };
    match value.get_ref() {
        DeValue::Integer(version) if version.as_str().parse() == Ok(VERSION) => Ok(()),
        DeValue::Integer(version) => {
            let message = format!("version {version} of the format is not known to this program");
            Err(source
                .error(&value.span(), message)
                .hint(format!("it reads version {VERSION}; a newer `host` may read yours")))
        }
        _ => Err(source.error(&key.span(), format!("`spec` is the version of the format, {VERSION}")).hint(way_out)),
    }
}

/// The component's name, as far as it is legal for a trajectory.
fn name_after(component: &Path) -> String {
    let stem = component.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let legal: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(100).collect();
    let legal = legal.trim_matches('_');
    [legal.to_owned(), format!("{legal}_")]
        .into_iter()
        .find(|name| check_component(name).is_ok() && !name.is_empty() && name != "_")
        .unwrap_or(DEFAULT_NAME.into())
}

/// A path as the guest sees it: absolute, plain, without a slash at the end.
fn guest_path(path: &str) -> Result<String, String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!("the guest sees absolute paths; write \"/{path}\""));
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.is_empty() {
        return Ok("/".into());
    }
    match rest.split('/').find(|part| part.is_empty() || matches!(*part, "." | "..") || part.contains('\0')) {
        Some(part) => Err(format!("`{}` cannot be a part of a path that the guest sees", part.escape_debug())),
        None => Ok(format!("/{rest}")),
    }
}

/// Whether `inner` is `outer` or lies below it.
fn is_inside(inner: &str, outer: &str) -> bool {
    Path::new(inner).starts_with(outer)
}
