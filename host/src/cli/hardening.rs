//! [`Hardening`]: restricts this process just before the first run, and says so.

use clap::Args;

use crate::{
    environment::{Environment, Listener},
    harden::{self, HardenError, Hardened, May, Reach},
    pool::Activity,
    sandbox::Job,
    spec::Access,
    trajectory::FinishedRun,
};

use super::progress::Progress;

/// Whether the process is to restrict itself.
#[derive(Debug, Args)]
pub(super) struct HardenArgs {
    /// Do not let the kernel keep this process from files and sockets that it does not need
    #[arg(long)]
    no_harden: bool,
}

/// Between the environment and the progress: by now git, storage, journal and logs are open, and no guest has run.
pub(super) struct Hardening<'a> {
    is_wanted: bool,
    job: &'a Job,
    progress: &'a mut Progress,
}

impl<'a> Hardening<'a> {
    pub(super) fn new(args: &HardenArgs, job: &'a Job, progress: &'a mut Progress) -> Self {
        Self { is_wanted: !args.no_harden, job, progress }
    }
}

impl Listener for Hardening<'_> {
    fn starting(&mut self, environment: &Environment) {
        if self.is_wanted {
            // As good as it goes: the sandbox is what holds guests, and an old kernel is no reason not to run. The line
            // below says which it is.
            let _ = restrict(environment, self.job);
        }
        self.progress.announce(&harden::state().to_string());
        self.progress.starting(environment);
    }

    fn stored(&mut self, runs: &[FinishedRun], activity: &Activity) {
        self.progress.stored(runs, activity);
    }
}

/// What `environment` and `job` need from their first run on, and nothing else.
fn restrict(environment: &Environment, job: &Job) -> Result<Hardened, HardenError> {
    let mut reach = Reach::of_this_program();
    for folder in environment.written_folders() {
        reach = reach.allow(folder, May::Store);
    }
    for folder in job.cache_folders() {
        reach = reach.allow(folder, May::Read);
    }
    for grant in &job.grants().dirs {
        let may = match grant.access {
            Access::Read => May::Read,
            Access::ReadWrite => May::Change,
        };
        reach = reach.allow(&grant.host, may);
    }
    if let Some(folder) = job.workspaces() {
        reach = reach.allow(folder, May::Change);
    }
    harden::restrict(&reach)
}
