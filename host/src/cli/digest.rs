//! `host digest`: one hash that two files share if their content is the same.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{environment::read_journal, storage};

use super::{apart::go_on_in_a_copy, failure::Failure, opening::chosen, output::output};

/// Print one hash of all that an exploration has found
///
/// It is computed from what is read back, and does not depend on names, times, machines, workers, or what the results
/// are stored in: an .hdf5 file, an .sqlite file and the journal of the same exploration have the same one.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host digest hdf5/exp.hdf5                      a line for each trajectory, as sha256sum writes them
  host digest exp.sqlite --trajectory exp        one of them
  host digest hdf5/exp.cnt                       the runs so far, from the journal
  host digest hdf5/exp.hdf5 --runs               a line for each run that has ended, too
")]
pub(super) struct Digest {
    /// The file, HDF5 or SQLite, or a journal (.cnt)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which trajectory; all of them if none is named
    #[arg(short, long, value_name = "NAME")]
    trajectory: Option<String>,
    /// A line for each run that has ended, before that of its trajectory
    #[arg(long)]
    runs: bool,
}

impl Digest {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        let mut out = output();
        if self.file.extension().is_some_and(|ending| ending == "cnt") {
            self.journal(&mut out)?;
        } else {
            go_on_in_a_copy(&self.file)?;
            let reader = storage::open(&self.file)?;
            for name in chosen(&self.file, &*reader, self.trajectory.as_deref())? {
                let mut written = Ok(());
                let mut each = |run, digest| self.line(&mut out, &mut written, &name, run, digest);
                let digest = storage::digest(&*reader, &name, &mut each)?;
                written?;
                writeln!(out, "{digest}  {name}")?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn journal(&self, out: &mut impl Write) -> Result<(), Failure> {
        let recorded = read_journal(&self.file).map_err(Failure::looking)?;
        let name = recorded.head.trajectory.name().to_owned();
        if self.trajectory.as_ref().is_some_and(|wanted| *wanted != name) {
            return Err(Failure::Usage(format!("{} is the journal of `{name}`", self.file.display())));
        }
        if recorded.reader.is_complete() {
            return Err(Failure::Usage(format!(
                "{} holds no runs any more, for the exploration is complete\nhint: ask its file, {}",
                self.file.display(),
                recorded.filename.display()
            )));
        }
        let mut written = Ok(());
        let digest = recorded.digest(&mut |run, digest| self.line(out, &mut written, &name, run, digest))?;
        written?;
        writeln!(out, "{digest}  {name}")?;
        Ok(())
    }

    fn line(
        &self,
        out: &mut impl Write,
        written: &mut std::io::Result<()>,
        name: &str,
        run: crate::trajectory::RunIndex,
        digest: crate::trajectory::Digest,
    ) {
        if self.runs && written.is_ok() {
            *written = writeln!(out, "{digest}  {name}.{run}");
        }
    }
}
