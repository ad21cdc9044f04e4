//! `host export`: trajectories of one file into another, of the same kind or another.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::{
    spec::{Layout, Service},
    storage::{
        self, Existing, Hdf5Options, Hdf5Storage, LazyStorage, ReadError, Reader, SqliteOptions, SqliteStorage,
        StorageService, StoreError,
    },
};

use super::{
    Manners,
    apart::go_on_in_a_copy,
    classes::KnownClasses,
    failure::Failure,
    output::output,
    wording::{bytes, count, quoted},
};

/// Store the trajectories of a file again, in HDF5 or SQLite
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host export hdf5/exp.hdf5 --output exp.sqlite          all trajectories of the file, for SQL
  host export exp.sqlite --output exp.hdf5               and back, for pypet and xarray
  host export hdf5/all.hdf5 first second -o two.hdf5     some of them
")]
pub(super) struct Export {
    /// The file to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which trajectories; all of them if none is named
    #[arg(value_name = "TRAJECTORY")]
    trajectories: Vec<String>,
    /// The file to write; what it holds already stays. Its ending tells the kind: .hdf5, .h5, .sqlite, .sqlite3 or .db
    #[arg(short, long, value_name = "OUT.{hdf5,sqlite}")]
    output: PathBuf,
    /// Replace trajectories of the same names that OUT holds already
    #[arg(long)]
    overwrite: bool,
    /// The component of a class that has stored parameters; by default the recorded one, if it is still there
    #[arg(long, value_name = "FILE")]
    class: Vec<PathBuf>,
    /// How runs are laid out in an HDF5 file: a group for each, or columns for all of them [default: as they were]
    #[arg(long, value_enum, value_name = "LAYOUT")]
    layout: Option<Layout>,
    /// Write the summary as JSON
    #[arg(long)]
    json: bool,
}

/// A trajectory that was exported.
struct Exported {
    name: String,
    runs: u64,
    ended: u64,
}

impl Export {
    /// An export of all trajectories in another layout.
    pub(super) fn converting(layout: Layout, file: &Path, output: &Path, class: &[PathBuf], json: bool) -> Self {
        Self {
            file: file.to_owned(),
            trajectories: Vec::new(),
            output: output.to_owned(),
            overwrite: false,
            class: class.to_owned(),
            layout: Some(layout),
            json,
        }
    }

    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let service = self.service()?;
        if self.layout.is_some() && service != Service::Hdf5 {
            return Err(Failure::Usage(format!(
                "{} has no layout to choose, for only HDF5 files have one\nhint: remove --layout",
                self.output.display()
            )));
        }
        self.refuse_itself()?;
        go_on_in_a_copy(&self.file)?;
        let reader = storage::open(&self.file)?;
        let names = self.names(&*reader)?;
        let progress = Progress::new(manners.quiet, names.len());
        self.refuse_existing(&names)?;
        // Everything is read once before anything is written: what cannot be read leaves nothing behind.
        for name in &names {
            progress.say(format!("reading {name}"));
            let classes = KnownClasses::new(&self.class, &*reader, name)?;
            storage::copy_with(&*reader, name, &mut LazyStorage::default(), &classes)?;
        }
        let mut exported = Vec::new();
        for name in names {
            progress.say(format!("writing {name}"));
            let classes = KnownClasses::new(&self.class, &*reader, &name)?;
            let config = reader.head_with(&name, &classes)?.config;
            let mut options = Hdf5Options::of_config(&config);
            // A file that was converted may be laid out in another way than its configuration says.
            options.layout = self.layout.or(reader.layout(&name)?).unwrap_or(options.layout);
            let mut storage = self.storage(service, &options)?;
            let ended = storage::copy_with(&*reader, &name, &mut *storage, &classes)?;
            drop(storage);
            progress.say(format!("comparing {name}"));
            let written = storage::open(&self.output)?;
            if let Some(what) = storage::difference_with(&*reader, &*written, &name, &classes)? {
                let (file, output) = (self.file.display(), self.output.display());
                return Err(Failure::Differs(format!(
                    "{output} does not read back like {file}: {what} of `{name}` differs"
                )));
            }
            let runs = reader.trajectories()?.iter().find(|info| info.name == name).map_or(0, |info| info.length);
            exported.push(Exported { name, runs, ended });
            progress.step();
        }
        progress.finish();
        self.print(&exported)?;
        Ok(ExitCode::SUCCESS)
    }

    /// What to write, by the ending of the output.
    fn service(&self) -> Result<Service, Failure> {
        Service::of_file(&self.output).ok_or_else(|| {
            Failure::Usage(format!(
                "{} does not tell what to write\nhint: let it end with .hdf5 or .sqlite",
                self.output.display()
            ))
        })
    }

    /// Whoever writes into what he reads may lose it.
    fn refuse_itself(&self) -> Result<(), Failure> {
        let identity = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
        match (identity(&self.file), identity(&self.output)) {
            (Some(file), Some(output)) if file == output => Err(Failure::Usage(format!(
                "{} and {} are the same file; choose another output",
                self.file.display(),
                self.output.display()
            ))),
            _ => Ok(()),
        }
    }

    /// The trajectories that were asked for, each once.
    fn names(&self, reader: &dyn Reader) -> Result<Vec<String>, Failure> {
        let there = reader.trajectories()?;
        if there.is_empty() {
            return Err(Failure::Usage(format!("{} holds no trajectory", self.file.display())));
        }
        if self.trajectories.is_empty() {
            return Ok(there.into_iter().map(|info| info.name).collect());
        }
        let mut seen = BTreeSet::new();
        let wanted: Vec<String> = self.trajectories.iter().filter(|name| seen.insert(*name)).cloned().collect();
        match wanted.iter().find(|name| !there.iter().any(|info| info.name == **name)) {
            Some(name) => Err(ReadError::no_trajectory(&self.file, name, &there).into()),
            None => Ok(wanted),
        }
    }

    /// Finds out before anything is written whether one of several trajectories would be refused.
    fn refuse_existing(&self, names: &[String]) -> Result<(), Failure> {
        if self.overwrite {
            return Ok(());
        }
        // What cannot be opened is refused with its reason when it is written.
        let there = storage::open(&self.output).and_then(|reader| reader.trajectories()).unwrap_or_default();
        match names.iter().find(|name| there.iter().any(|info| info.name == **name)) {
            Some(name) => Err(Failure::Taken(format!(
                "{} already holds a trajectory `{name}`\nhint: choose another output, or replace it with --overwrite",
                self.output.display()
            ))),
            None => Ok(()),
        }
    }

    /// A new storage for one trajectory, with the choices that were made when it was stored first.
    fn storage(&self, service: Service, as_before: &Hdf5Options) -> Result<Box<dyn StorageService>, StoreError> {
        let existing = if self.overwrite { Existing::Overwrite } else { Existing::Refuse };
        Ok(match service {
            Service::Hdf5 => Box::new(Hdf5Storage::create(&self.output, Hdf5Options { existing, ..*as_before })?),
            Service::Sqlite => {
                let purge_duplicate_comments = as_before.purge_duplicate_comments;
                Box::new(SqliteStorage::create(&self.output, SqliteOptions { existing, purge_duplicate_comments })?)
            }
            Service::None | Service::Own => Box::new(LazyStorage::default()),
        })
    }

    fn print(&self, exported: &[Exported]) -> Result<(), Failure> {
        let size = fs::metadata(&self.output).map_or(0, |file| file.len());
        let mut out = output();
        if self.json {
            let trajectories: Vec<_> =
                exported.iter().map(|one| json!({ "name": one.name, "runs": one.runs, "ended": one.ended })).collect();
            let summary = json!({ "file": self.file.to_string_lossy(), "output": self.output.to_string_lossy(),
                "bytes": size, "trajectories": trajectories });
            writeln!(out, "{summary:#}")?;
        } else {
            for Exported { name, runs, ended } in exported {
                let pending =
                    if ended < runs { format!(", {} of them pending", count(runs - ended)) } else { String::new() };
                writeln!(out, "{name}   {} runs{pending}", count(*runs))?;
            }
            writeln!(out, "  {}  {}, compared with {}", self.output.display(), bytes(size), self.file.display())?;
            writeln!(out, "Next:  host ls {}", quoted(&self.output.to_string_lossy()))?;
        }
        out.flush()?;
        Ok(())
    }
}

/// Which trajectory it is at, on a terminal.
struct Progress(ProgressBar);

impl Progress {
    fn new(quiet: bool, count: usize) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(count as u64), target);
        bar.set_style(ProgressStyle::with_template("{pos}/{len}  {msg}  {elapsed}").expect("the template is right"));
        Self(bar)
    }

    fn say(&self, what: String) {
        self.0.set_message(what);
        self.0.tick();
    }

    fn step(&self) {
        self.0.inc(1);
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}
