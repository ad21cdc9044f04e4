//! Jobs of the tests that run a script, which the spec gives them: what a test wants done stands in the test.

use crate::support::{Scratch, guest};

/// An exploration of scripts, one per run, with a few parameters beside them.
pub struct Scripted {
    pub scratch: Scratch,
}

impl Scripted {
    /// Explores `scripts` with the guest `job`; `more` is added to the spec. The command ends with `code`.
    #[track_caller]
    pub fn explored(job: &str, scripts: &[&str], more: &str, code: i32) -> Self {
        let scratch = Scratch::new();
        let scripts = serde_json::to_string(scripts).expect("texts are JSON, and so are those of TOML");
        let spec = format!(
            "spec = 1\n[trajectory]\nname = \"scripts\"\nadd_time = false\n[environment]\nfilename = \"scripts.hdf5\"\n\
             [job]\nargs = [1, \"two\"]\nkwargs = {{ verbose = true }}\n[parameters]\nscript = \"\"\n\
             \"net.tau\" = {{ value = 0.5, unit = \"s\", comment = \"time constant\" }}\n\"net.size\" = 3\n\
             \"a.twin\" = 1\n\"b.twin\" = 2\n[explore.axes]\nscript = {scripts}\n{more}"
        );
        scratch.write("exp.toml", spec);
        scratch.host(["run", &guest(job).display().to_string(), "--spec", "exp.toml", "--quiet"]).exits(code);
        Self { scratch }
    }

    /// What became of each run: `ok`, or why it failed.
    pub fn outcomes(&self) -> Vec<String> {
        let runs = self.scratch.host(["runs", "scripts.hdf5", "--json"]).exits(0).stdout();
        let runs: Vec<serde_json::Value> = serde_json::from_str(&runs).expect("JSON");
        let told = runs.iter().map(|run| match run["failure"].as_str().unwrap_or_default() {
            "" => run["status"].as_str().expect("text").to_owned(),
            failure => failure.to_owned(),
        });
        told.collect()
    }

    /// Each script with what became of it, for a snapshot.
    pub fn told(&self, scripts: &[&str]) -> String {
        let lines = scripts.iter().zip(self.outcomes()).map(|(script, outcome)| format!("{script}\n    {outcome}\n"));
        lines.collect()
    }

    /// The lines that the runs have logged, with their levels, in their order.
    pub fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.scratch.join("logs/scripts/main.txt")).expect("a log");
        let lines = text.lines().filter_map(|line| line.split_once(" job "));
        lines.map(|(_, said)| said.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }
}
