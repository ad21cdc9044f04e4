//! The command line: words, colours, progress, exit codes. One file per verb.
//!
//! Standard output is data, standard error is progress and messages (clig.dev).

mod apart;
mod build;
mod check;
mod check_file;
mod classes;
mod completions;
mod convert;
mod digest;
mod doctor;
mod export;
mod failure;
mod hardening;
mod init;
mod journal;
mod json;
mod launching;
mod loading;
mod ls;
mod opening;
mod output;
mod plan;
mod progress;
mod resume;
mod run;
mod runs;
mod schema;
mod show;
mod warnings;
mod wording;

use std::{
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::pool;
use failure::Failure;

/// Runs parameter explorations of WebAssembly simulations into one HDF5 file.
#[derive(Debug, Parser)]
#[command(
    name = "host",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    before_help = EXAMPLES,
    after_help = EXIT_CODES,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    manners: Manners,
}

/// Options that every verb understands.
#[derive(Debug, clap::Args)]
struct Manners {
    /// Say more on standard error: the log too (-v), debug lines too (-vv)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Colours; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, default_value_t = Colour::Auto, global = true, value_name = "WHEN")]
    color: Colour,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::Init),
    Build(build::Build),
    Doctor(doctor::Doctor),
    Run(run::Run),
    Resume(resume::Resume),
    Check(check::Check),
    Plan(plan::Plan),
    Ls(ls::Ls),
    Show(show::Show),
    Runs(runs::Runs),
    Export(export::Export),
    Convert(convert::Convert),
    Digest(digest::Digest),
    CheckFile(check_file::CheckFile),
    Journal(journal::Journal),
    Completions(completions::Completions),
    Schema(schema::Schema),
}

const EXAMPLES: &str = "\
Examples:
  host init sweep --lang rust                begin a job
  host build sweep                           compile it
  host run job.wasm --spec exp.toml          explore what the spec says
  host run job.wasm -p x=0..1:11 -p y=1,2    explore without a spec
  host check job.wasm --spec exp.toml        is the spec right for this job?
  host plan job.wasm --spec exp.toml         which runs would there be?
  host runs hdf5/exp.hdf5 --failed           which runs failed, and why?
  host resume hdf5/exp.cnt                   go on after a crash or Ctrl-C
  host check-file hdf5/exp.hdf5              is everything in the file as it was stored?
  host digest hdf5/exp.hdf5                  one hash that two files share if their content is the same
";

const EXIT_CODES: &str = "\
Exit codes:
  0 all runs ok   1 some runs failed   2 wrong usage or spec   3 refused (hash, grant, file in use)
  4 too many failures   5 the file could not be written or read   130 interrupted
";

impl Manners {
    fn log_level(&self) -> LevelFilter {
        match self.verbose {
            0 => LevelFilter::OFF,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        }
    }

    fn apply(&self) {
        let choice = match self.color {
            Colour::Auto => return,
            Colour::Always => anstream::ColorChoice::Always,
            Colour::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Runs the program: serves a single run if it was started for that; else reads the arguments, does what they say, returns the exit code.
pub fn main() -> ExitCode {
    pool::serve_single_run_if_asked();
    let cli = Cli::parse();
    cli.manners.apply();
    let verb = || survive_file_limits().and_then(|()| cli.verb.execute(&cli.manners));
    let result = warnings::shown(cli.manners.quiet, verb);
    match result {
        Ok(code) => code,
        // `host runs FILE | head` is no failure.
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}

/// Lets a write beyond `ulimit -f` fail, with an error that is reported; by itself the signal would end
/// the process without a word.
fn survive_file_limits() -> Result<(), Failure> {
    let seen = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGXFSZ, seen).map_err(Failure::Signals)?;
    Ok(())
}

impl Verb {
    fn execute(&self, manners: &Manners) -> Result<ExitCode, Failure> {
        match self {
            Self::Init(verb) => verb.execute(manners),
            Self::Build(verb) => verb.execute(manners),
            Self::Doctor(verb) => verb.execute(),
            Self::Run(verb) => verb.execute(manners),
            Self::Resume(verb) => verb.execute(manners),
            Self::Check(verb) => verb.execute(manners),
            Self::Plan(verb) => verb.execute(),
            Self::Ls(verb) => verb.execute(),
            Self::Show(verb) => verb.execute(),
            Self::Runs(verb) => verb.execute(),
            Self::Export(verb) => verb.execute(manners),
            Self::Convert(verb) => verb.execute(manners),
            Self::Digest(verb) => verb.execute(),
            Self::CheckFile(verb) => verb.execute(),
            Self::Journal(verb) => verb.execute(),
            Self::Completions(verb) => verb.execute(&mut Cli::command()),
            Self::Schema(verb) => verb.execute(),
        }
    }
}
