//! The main job: explorations with the real binary, judged by the real readers.

use crate::support::{Scratch, example, guest, python};

/// Runs an example's own spec in a scratch folder and returns it; the file is `hdf5/<name>.hdf5`.
fn explored(name: &str, extra: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    let folder = example(name).parent().expect("a folder").to_owned();
    for entry in std::fs::read_dir(&folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().expect("a name").to_owned();
        if path.is_file() {
            std::fs::copy(&path, scratch.join(&file)).expect("files can be copied");
        } else if file == "data" {
            for data in std::fs::read_dir(&path).expect("a readable folder") {
                let data = data.expect("an entry").path();
                let name = format!("data/{}", data.file_name().expect("a name").display());
                scratch.write(&name, std::fs::read(&data).expect("data is readable"));
            }
        }
    }
    scratch.host(["run", "job.wasm", "--spec", "exp.toml"].iter().chain(extra)).exits(0);
    scratch
}

#[test]
fn multiplication_is_right_for_every_reader() {
    let scratch = explored("01-multiplication", &[]);
    let said = python("check_multiplication.py", [scratch.join("hdf5/multiplication.hdf5")]);
    insta::assert_snapshot!(said);
}

#[test]
fn firing_rates_follow_the_closed_form() {
    let scratch = explored("02-lif-neuron", &[]);
    println!("{}", python("check_lif_neuron.py", [scratch.path().join("hdf5")]));
}

#[test]
fn influenza_finds_the_least_squares_optimum() {
    let scratch = explored("03-influenza", &[]);
    println!("{}", python("check_influenza.py", [scratch.path().join("hdf5")]));
}

#[test]
fn magnetisation_follows_onsager() {
    let scratch = explored("04-ising", &[]);
    println!("{}", python("check_ising.py", [scratch.path().join("hdf5")]));
}

#[test]
fn results_do_not_depend_on_workers_or_repetition() {
    let short: &[&str] = &["-p", "sim.sweeps=100", "-p", "sim.thermalisation=20"];
    for (name, extra) in [("02-lif-neuron", &[][..]), ("04-ising", short)] {
        let files: Vec<_> = [["-j", "1"], ["-j", "2"], ["-j", "2"], ["-j", "8"]]
            .map(|cores| explored(name, &[&cores, extra].concat()))
            .into_iter()
            .map(|scratch| (scratch.path().join("hdf5"), scratch))
            .collect();
        println!("{}", python("check_same_results.py", files.iter().map(|(folder, _)| folder)));
    }
}

#[test]
fn every_value_of_the_contract_survives() {
    let scratch = Scratch::new();
    scratch.write("weights.csv", "current,label\n1.5,a\n2.5,ü\n");
    scratch.write("exp.toml", CONFORMANCE);
    let job = guest("conformance");
    scratch.host(["run", &job.display().to_string(), "--spec", "exp.toml"]).exits(0);
    insta::assert_snapshot!(
        "conformance_read_by_pypet",
        python("read_with_pypet.py", [scratch.join("hdf5/conformance.hdf5")])
    );
    let shown = scratch.host(["show", "hdf5/conformance.hdf5", "results.runs.run_set_00000.run_00000001", "--json"]);
    insta::assert_snapshot!("conformance_shown", shown.exits(0).stdout());
}

pub const CONFORMANCE: &str = r#"
spec = 1
[trajectory]
name = "conformance"
comment = "Wörter"
add_time = false
[job]
args = [1, 2.5, "drei"]
kwargs = { verbose = true }
[parameters]
truth = true
whole = { value = 4611686018427387904, comment = "more than 32 bits: ä" }
"net.real" = { value = 0.5, unit = "s" }
"net.text" = "grüße"
"net.list" = [1, 2, 3]
"net.current" = { value = 0.0, unit = "A" }
"net.label" = ""
"net.array" = { array = [[1.0, 2.0], [3.0, 4.0]] }
[explore]
mode = "zip"
[explore.axes]
"net.current" = { file = "weights.csv", column = "current" }
"net.label" = { file = "weights.csv", column = "label" }
[replicate]
count = 2
seed = 7
"#;

#[test]
fn a_job_may_not_leave_its_run() {
    let modes = [
        "same-result-twice",
        "outside",
        "bad-shape",
        "duplicate-column",
        "ragged-table",
        "duplicate-key",
        "reserved-names",
        "get-unknown",
        "get-ambiguous",
        "get-other-run",
    ];
    let scratch = Scratch::new();
    let job = guest("misbehave").display().to_string();
    let spec = format!(
        "spec = 1\n[trajectory]\nname = \"refusals\"\nadd_time = false\n[parameters]\nmode = \"ok\"\n\"a.twin\" = 1\n\"b.twin\" = 2\n[explore.axes]\nmode = {modes:?}\n"
    );
    scratch.write("exp.toml", spec);
    scratch.host(["run", &job, "--spec", "exp.toml"]).exits(0);
    let mut refusals = String::new();
    for (index, mode) in modes.iter().enumerate() {
        let path = format!("results.runs.run_set_00000.run_{index:08}.refusals");
        let shown = scratch.host(["show", "hdf5/refusals.hdf5", &path, "--json"]).exits(0).stdout();
        let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        let said = shown[&path]["items"]["refusals"].as_array().expect("a list of refusals");
        refusals.push_str(&format!("## {mode}\n"));
        said.iter().for_each(|line| refusals.push_str(&format!("{}\n", line.as_str().expect("text"))));
    }
    insta::assert_snapshot!(refusals);
}

#[test]
fn grants_and_nothing_else() {
    let scratch = Scratch::new();
    let job = guest("wasi").display().to_string();
    scratch.host(["run", &job, "-p", "x=1,2", "--name", "alone", "--no-time", "-o", "alone.hdf5"]).exits(0);
    insta::assert_snapshot!(
        "wasi_without_grants",
        scratch.host(["show", "alone.hdf5", "results", "--json"]).exits(0).stdout()
    );
}
