//! Jobs of the tests that run a script, which the spec gives them: what a test wants done stands in the test.

use std::fs;

use host::{storage, trajectory::Value};

use crate::support::{Scratch, guest, repository, without_amount};

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
             \"net.tau\" = {{ value = 0.5, unit = \"s\", comment = \"time constant\" }}\n\"net.size\" = 3\n\"net.v_th\" = 0.25\n\
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
            failure => without_amount(failure),
        });
        told.collect()
    }

    /// Each script with what became of it, for a snapshot.
    pub fn told(&self, scripts: &[&str]) -> String {
        let lines = scripts.iter().zip(self.outcomes()).map(|(script, outcome)| format!("{script}\n    {outcome}\n"));
        lines.collect()
    }

    /// The real number that a run has added as the result `name`.
    #[track_caller]
    pub fn real(&self, run: u64, name: &str) -> f64 {
        let reader = storage::open(&self.scratch.join("scripts.hdf5")).expect("the file opens");
        let node = format!("results.runs.run_set_00000.run_{run:08}.{name}");
        match reader.leaf("scripts", &node).expect("it was added").items.as_slice() {
            [(_, Value::Float(number))] => *number,
            other => panic!("{other:?} is no real number"),
        }
    }

    /// The lines that the runs have logged, with their levels: run after run, in their order.
    pub fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.scratch.join("logs/scripts/main.txt")).expect("a log");
        let lines = text.lines().filter_map(|line| line.split_once(" job "));
        let mut said: Vec<String> =
            lines.map(|(_, said)| said.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        // Runs take turns as they like.
        said.sort_by_key(|line| line.split_whitespace().nth(1).map(str::to_owned));
        said
    }
}

/// A thousand runs of `script` on two workers, which adds three times the parameter `x` as the result `z`.
#[track_caller]
pub fn thousand(job: &str, script: &str) {
    let scratch = Scratch::new();
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"many\"\nadd_time = false\n[environment]\nfilename = \"many.hdf5\"\nncores = 2\n\
         [parameters]\nx = 0.0\nscript = {script:?}\n[explore.axes]\nx = {{ linspace = [0.0, 999.0, 1000] }}\n"
    );
    scratch.write("exp.toml", spec);
    scratch.host(["run", &guest(job).display().to_string(), "--spec", "exp.toml", "--quiet"]).exits(0);
    let reader = storage::open(&scratch.join("many.hdf5")).expect("the file opens");
    for run in 0..1000 {
        let node = format!("results.runs.run_set_00000.run_{run:08}.z");
        let leaf = reader.leaf("many", &node).expect("every run has stored");
        assert!(matches!(leaf.items.as_slice(), [(_, Value::Float(z))] if *z == f64::from(run) * 3.0), "{leaf:?}");
    }
}

/// What `host build` says of each source that is no job, and of one where the tools are missing.
#[track_caller]
pub fn refused_builds(file: &str, sources: &[(&str, &str)]) -> String {
    let mut told = String::new();
    let mut build = |what: &str, source: &str, variables: &[(&str, &str)]| {
        let scratch = Scratch::new();
        scratch.write(format!("sweep/{file}"), source);
        let ended = scratch.host_with(variables, ["build", "sweep"]);
        assert!(ended.code().is_some_and(|code| code != 0) && !scratch.join("sweep/job.wasm").exists(), "{what}");
        told += &format!("{what}: {}\n", ended.message().replace(&scratch.path().display().to_string(), "DIR"));
    };
    for (what, source) in sources {
        build(what, source, &[("PATH", &build_path())]);
    }
    build("no tools", "", &[("PATH", "/nowhere"), ("HOME", "/nowhere"), ("VIRTUAL_ENV", "/nowhere")]);
    told
}

/// The sums of squares that example 03 comes to for two transmission rates, by a job below its folder. Folders of these names are granted
/// before that of its data.
#[track_caller]
pub fn influenza_sums(job: &str, before: &[&str]) -> [f64; 2] {
    let scratch = Scratch::new();
    let folder = repository().join("examples/03-influenza");
    let mut grants = String::new();
    for name in before {
        fs::create_dir(scratch.join(name)).expect("a folder can be made");
        grants += &format!("{{ host = \"{name}\", guest = \"/{name}\", access = \"read\" }}, ");
    }
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"influenza\"\nadd_time = false\n[environment]\nfilename = \"out.hdf5\"\n[explore]\n\
         mode = \"cartesian\"\n[explore.axes]\n\"epidemic.beta\" = [1.5, 1.67]\n\"epidemic.gamma\" = [0.443]\n\
         [capabilities]\ndirs = [{grants}{{ host = \"{}\", guest = \"/data\", access = \"read\" }}]\n",
        folder.join("data").display()
    );
    scratch.write("exp.toml", spec);
    scratch.host(["run", &folder.join(job).display().to_string(), "--spec", "exp.toml", "--quiet"]).exits(0);
    let reader = storage::open(&scratch.join("out.hdf5")).expect("the file opens");
    [0, 1].map(|run| {
        let leaf = reader.leaf("influenza", &format!("results.runs.run_set_00000.run_{run:08}.sse"));
        match leaf.expect("it was added").items.as_slice() {
            [(_, Value::Float(sum))] => *sum,
            other => panic!("{other:?} is no sum"),
        }
    })
}

/// Writes the template of a language, builds it and runs it; how many runs it made.
#[track_caller]
pub fn built_from_template(language: &str) -> usize {
    let scratch = Scratch::new();
    scratch.host(["init", "ball", "--lang", language]).exits(0);
    scratch.host_with(&[("PATH", &build_path())], ["build", "ball"]).exits(0);
    scratch.host(["run", "ball/job.wasm", "--spec", "ball/exp.toml", "--output", "ball.hdf5", "--quiet"]).exits(0);
    let reader = storage::open(&scratch.join("ball.hdf5")).expect("the file opens");
    let name = reader.trajectories().expect("the trajectories")[0].name.clone();
    let runs = reader.runs(&name, 0..1000).expect("the runs").rows;
    assert!(runs.iter().all(|run| run.failure.is_empty()));
    runs.len()
}

/// The PATH on which `host build` finds what `tests/run.sh` has installed for Python and JavaScript.
pub fn build_path() -> String {
    let target = repository().join("target");
    let own = ["componentize/bin", "js/node_modules/.bin"].map(|folder| target.join(folder).display().to_string());
    format!("{}:{}", own.join(":"), std::env::var("PATH").unwrap_or_default())
}
