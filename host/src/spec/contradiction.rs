//! [`Contradiction`]: options of an environment that cannot both be meant.

use thiserror::Error;

use super::{EnvironmentOptions, Service, WrapMode};

/// Two options that contradict one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what the variants are")]
pub enum Contradiction {
    #[error("`use_pool` says how runs are shared out to workers, and `multiproc = false` asks for none")]
    PoolWithoutMultiproc,
    #[error("`purge_duplicate_comments` needs the summary tables, and `small_overview_tables = false` leaves them out")]
    PurgeWithoutSummaries,
    #[error("`continuable` needs a file on disk, and `lazy_debug = true` writes none")]
    ContinuableLazy,
    #[error("`continuable` needs a storage that another process can open, and this one is your own")]
    ContinuableOwnService,
    #[error("an HDF5 file takes one writer at a time, so `wrap_mode = \"NONE\"` would destroy it")]
    SharedHdf5,
    #[error("`git_message` and `git_commit` say what happens to a repository, and there is none")]
    GitWithoutRepository,
}

impl Contradiction {
    /// The way out, in the words of a spec.
    pub fn hint(self) -> &'static str {
        match self {
            Self::PoolWithoutMultiproc | Self::ContinuableLazy => "remove one of them",
            Self::PurgeWithoutSummaries => "change one of them",
            Self::ContinuableOwnService => "leave `continuable` out",
            Self::SharedHdf5 => "use \"QUEUE\" or \"LOCK\"",
            Self::GitWithoutRepository => "name it: git_repository = \".\"",
        }
    }

    /// Finds what is wrong with these options; `others` are contradictions among what was asked for and is no
    /// longer told apart from defaults.
    pub fn check(
        environment: &EnvironmentOptions,
        service: Service,
        others: &[(bool, Contradiction)],
    ) -> Result<(), Contradiction> {
        let lazy = environment.lazy_debug;
        let purge = environment.purge_duplicate_comments && !environment.small_overview_tables;
        let shared = environment.wrap_mode == WrapMode::None && service == Service::Hdf5 && !lazy;
        let own = [
            (purge, Self::PurgeWithoutSummaries),
            (environment.continuable && lazy, Self::ContinuableLazy),
            (shared, Self::SharedHdf5),
        ];
        match own.iter().chain(others).find(|(wrong, _)| *wrong) {
            Some((_, contradiction)) => Err(*contradiction),
            None => Ok(()),
        }
    }
}
