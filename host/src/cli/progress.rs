//! [`Progress`]: how far the exploration is, on standard error. A bar on a terminal, a line every
//! 30 seconds elsewhere, nothing when quiet.

use std::{
    io::{IsTerminal, Write, stderr},
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::{
    environment::{Environment, Listener},
    pool::Activity,
    trajectory::FinishedRun,
};

use super::wording::duration;

/// Counts runs and shows them.
pub(super) struct Progress {
    display: Display,
    header: String,
    total: u64,
    /// Runs that earlier environments have left.
    kept: u64,
    ok: u64,
    failed: u64,
    begin: Instant,
    /// Filled with the file to continue from, for whoever listens to signals.
    resumable: Arc<OnceLock<PathBuf>>,
}

enum Display {
    Bar(ProgressBar),
    Lines { next: Instant },
    Nothing,
}

/// How often a line is written when nobody sees a bar.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Progress {
    /// `header` is written once, before the first run.
    pub(super) fn new(quiet: bool, header: String, resumable: Arc<OnceLock<PathBuf>>) -> Self {
        let display = if quiet {
            Display::Nothing
        } else if stderr().is_terminal() {
            Display::Bar(ProgressBar::hidden())
        } else {
            Display::Lines { next: Instant::now() + LINE_EVERY }
        };
        Self { display, header, total: 0, kept: 0, ok: 0, failed: 0, begin: Instant::now(), resumable }
    }

    /// Adds a line to the header.
    pub(super) fn announce(&mut self, line: &str) {
        self.header.push_str("\n  ");
        self.header.push_str(line);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }

    fn line(&self) -> String {
        let new = self.ok + self.failed;
        let done = self.kept + new;
        let elapsed = self.begin.elapsed().as_secs_f64();
        let rate = new as f64 / elapsed.max(1e-9);
        let percent = done as f64 / self.total.max(1) as f64 * 100.0;
        let eta = if new == 0 { "?".into() } else { duration(self.total.saturating_sub(done) as f64 / rate) };
        format!(
            "{done}/{} runs  {percent:.0}%  {} failed  {rate:.1}/s  eta {eta}  elapsed {}",
            self.total,
            self.failed,
            duration(elapsed)
        )
    }
}

/// Writes a line. An exploration goes on if nobody can be told of it.
fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

impl Listener for Progress {
    fn starting(&mut self, environment: &Environment) {
        self.total = environment.v_trajectory().run_count();
        self.kept = environment.kept();
        self.begin = Instant::now();
        if let Some(file) = environment.continue_file() {
            let _ = self.resumable.set(file);
        }
        if !matches!(self.display, Display::Nothing) {
            say(&self.header);
        }
        if let Display::Bar(bar) = &mut self.display {
            *bar = ProgressBar::with_draw_target(Some(self.total), ProgressDrawTarget::stderr_with_hz(10));
            let template = "[{bar:25}] {pos}/{len}  {percent}%  {rate}  eta {eta}  elapsed {elapsed}  {msg}";
            let style = ProgressStyle::with_template(template).expect("the template is right");
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // Nobody can be told of a failure to draw.
                let _ = write!(out, "{:.1}/s", state.per_sec());
            };
            bar.set_position(self.kept);
            bar.reset_eta();
            bar.set_style(style.with_key("rate", rate).progress_chars("#>-"));
        }
    }

    fn stored(&mut self, runs: &[FinishedRun], activity: &Activity) {
        let failed = runs.iter().filter(|run| run.outcome.is_err()).count() as u64;
        self.failed += failed;
        self.ok += runs.len() as u64 - failed;
        match &self.display {
            Display::Bar(bar) => {
                bar.set_position(self.kept + self.ok + self.failed);
                // A run that takes long is worth naming.
                let slow = activity.now().into_iter().filter(|now| now.since.elapsed() > Duration::from_secs(2));
                let slow: Vec<String> = slow
                    .map(|now| {
                        let told = match now.progress {
                            Some((fraction, message)) => format!(" {:.0}% {message}", fraction * 100.0),
                            None => String::new(),
                        };
                        format!("#{} {}{told}", now.run.0, duration(now.since.elapsed().as_secs_f64()))
                    })
                    .collect();
                bar.set_message(format!("failed {}  {}", self.failed, slow.join(" | ")));
            }
            Display::Lines { next } if Instant::now() >= *next => {
                say(&self.line());
                self.display = Display::Lines { next: Instant::now() + LINE_EVERY };
            }
            Display::Lines { .. } | Display::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_runs_count_as_done_and_not_for_the_rate() {
        let mut progress = Progress::new(true, String::new(), Arc::default());
        (progress.total, progress.kept, progress.ok, progress.failed) = (100, 60, 9, 1);
        progress.begin -= Duration::from_secs(10);
        let line = progress.line();
        assert!(line.starts_with("70/100 runs  70%  1 failed  1.0/s  eta 30"), "{line}");
    }
}
