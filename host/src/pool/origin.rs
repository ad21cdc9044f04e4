//! [`Origin`]: on whose behalf a thread works, so that the log knows which file a line belongs to.
//!
//! Threads say what they begin, end and take as `tracing` events with the target [`ORIGIN_TARGET`]. These are for
//! whoever keeps the files and are no lines of a log.

use std::{cell::Cell, fmt, marker::PhantomData};

use crate::trajectory::RunIndex;

/// Target of the events of this module. They have one field: [`BEGINS`], [`ENDS`], or [`TAKES`] with the run.
pub(crate) const ORIGIN_TARGET: &str = "host::origin";
/// The thread works for [`Origin::here`] from now on.
pub(crate) const BEGINS: &str = "begins";
/// The thread does no longer work for [`Origin::here`].
pub(crate) const ENDS: &str = "ends";
/// [`Origin::here`] starts the run whose index is the value.
pub(crate) const TAKES: &str = "takes";

/// Who writes a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Whatever has no place of its own.
    Main,
    /// A worker thread, from 0; it takes run after run.
    Worker(usize),
    /// A process for one run alone.
    Run(RunIndex),
    /// Whoever writes results that workers have put into a queue.
    Queue,
}

thread_local! {
    static HERE: Cell<Origin> = const { Cell::new(Origin::Main) };
}

impl Origin {
    /// The origin of this thread.
    pub fn here() -> Self {
        HERE.get()
    }

    /// Makes it the origin of this thread until the guard is dropped.
    ///
    /// The thread must have its `tracing` dispatcher by then: the log opens the files of the origin now, and writes
    /// them out when the guard is dropped. An origin is entered by one thread at a time.
    #[must_use = "the origin lasts as long as the guard"]
    pub fn enter(self) -> Entered {
        let before = HERE.replace(self);
        tracing::info!(target: ORIGIN_TARGET, begins = true);
        Entered { before, here: PhantomData }
    }

    /// Notes that this origin of the thread starts `run`.
    pub(crate) fn takes(run: RunIndex) {
        tracing::info!(target: ORIGIN_TARGET, takes = run.0);
    }
}

/// Until this is dropped, a thread has the [`Origin`] that it entered.
#[derive(Debug)]
pub struct Entered {
    before: Origin,
    /// It belongs to its thread.
    here: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        tracing::info!(target: ORIGIN_TARGET, ends = true);
        HERE.set(self.before);
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => f.write_str("main"),
            Self::Worker(number) => write!(f, "worker-{number:04}"),
            Self::Run(run) => run.fmt(f),
            Self::Queue => f.write_str("queue"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_lasts_as_long_as_its_guard() {
        assert_eq!(Origin::here(), Origin::Main);
        let worker = Origin::Worker(3).enter();
        {
            let _run = Origin::Run(RunIndex(7)).enter();
            assert_eq!(Origin::here(), Origin::Run(RunIndex(7)));
            let elsewhere = std::thread::spawn(Origin::here).join().unwrap();
            assert_eq!(elsewhere, Origin::Main, "an origin belongs to one thread");
        }
        assert_eq!(Origin::here(), Origin::Worker(3));
        drop(worker);
        assert_eq!(Origin::here(), Origin::Main);
    }

    #[test]
    fn names() {
        let origins = [Origin::Main, Origin::Worker(3), Origin::Run(RunIndex(7)), Origin::Queue];
        assert_eq!(origins.map(|origin| origin.to_string()), ["main", "worker-0003", "run_00000007", "queue"]);
    }
}
