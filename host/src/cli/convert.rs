//! `host convert`: a file in another layout.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::spec::{Layout, Service};

use super::{Manners, export::Export, failure::Failure};

/// Write a file again in another layout: runs as groups (tree), or as columns
///
/// pypet loads the layout tree; columns are small and quick for very many runs, and xarray opens them in either. What was
/// written is compared with what was read, to the last bit, and both have the same digest.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host convert tree hdf5/exp.hdf5 for_pypet.hdf5         so that pypet loads the runs
  host convert columns hdf5/exp.hdf5 small.hdf5          a fraction of the size
  host convert columns exp.sqlite exp.hdf5               also from SQLite
")]
pub(super) struct Convert {
    /// The layout of OUT
    #[arg(value_name = "LAYOUT", value_enum)]
    layout: Layout,
    /// The file to read
    #[arg(value_name = "IN")]
    file: PathBuf,
    /// The HDF5 file to write, which must not be there
    #[arg(value_name = "OUT.hdf5")]
    output: PathBuf,
    /// The component of a class that has stored parameters; by default the recorded one, if it is still there
    #[arg(long, value_name = "FILE")]
    class: Vec<PathBuf>,
    /// Write the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Convert {
    pub(super) fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        let output = self.output.display();
        if Service::of_file(&self.output) != Some(Service::Hdf5) {
            let what = format!("{output} is to be an HDF5 file, which alone has a layout\nhint: let it end with .hdf5");
            return Err(Failure::Usage(what));
        }
        if self.output.exists() {
            let what = format!("{output} is there already\nhint: choose another output, or remove it first");
            return Err(Failure::Taken(what));
        }
        let export = Export::converting(self.layout, &self.file, &self.output, &self.class, self.json);
        export.execute(manners)
    }
}
