//! Every message that needs neither a data file nor a manifest.

use super::*;

fn refusals(cases: &[&str]) -> String {
    let cases: Vec<(&str, &[&str])> = cases.iter().map(|case| (*case, &[][..])).collect();
    outcomes(&cases, None)
}

#[test]
fn the_beginning_of_a_file() {
    let parse = |text: &str| SpecFile::parse(text, Path::new("exp.toml")).unwrap_err().to_string();
    let texts = [
        "",
        "[explore]",
        "Spec = 1",
        "spec = 2",
        "spec = \"1\"",
        "spec = 1.0",
        "spec = 1\nspec = 1",
        "<xml/>",
        "spec = 1\n\"\u{0}",
    ];
    insta::assert_snapshot!(texts.map(|text| format!("{text:?}\n{}", parse(text))).join("\n\n"));
}

#[test]
fn wrong_keys_and_tables() {
    insta::assert_snapshot!(refusals(&[
        "[environmment]\nncores = 1",
        "[environment]\nncore = 1",
        "[environment]\nqwertz = 1",
        "environment.ncore = 1",
        "parameter = 1",
        "[explore.axis]\nx = [1]",
        "[explore]\naxes.x = [1]\nmod = \"zip\"",
        "[capabilities]\ndirs = [{ host = \"data\", guset = \"/data\" }]",
        "[capabilities]\ndirs = [{ host = \"data\" }]",
        "[limits]\nramm = 1",
        "[job]\nkwarg = {}",
    ]));
}

#[test]
fn words_of_later_versions() {
    insta::assert_snapshot!(refusals(&[
        "[explore]\nmode = \"sobol\"",
        "[storage]\nlayout = \"rows\"",
        "[capabilities]\nnet = []",
    ]));
}

#[test]
fn classes_of_parameters() {
    insta::assert_snapshot!(refusals(&[
        "[parameters]\nx = { value = 1, class = 1 }",
        "[parameters]\nx = { value = 1, class = \"\" }",
        "[parameters]\nx = { value = 1, class = \"a.b\" }",
        "[parameters]\nx = { value = 1, class = \"PickleParameter\" }",
        "[parameters]\nx = { class = \"Own\" }",
    ]));
}

#[test]
fn options_that_contradict_one_another() {
    insta::assert_snapshot!(refusals(&[
        "[environment]\nmultiproc = false\nuse_pool = true",
        "[environment]\nuse_pool = false\nmultiproc = false",
        "[environment]\npurge_duplicate_comments = true\nsmall_overview_tables = false",
        "[environment]\nlazy_debug = true\ncontinuable = true",
        "[environment]\nwrap_mode = \"NONE\"",
        "[environment]\nwrap_mode = \"queue\"",
        "[environment]\nwrap_mode = \"PIPE\"",
        "[environment]\nwrap_mode = 1",
        "[environment]\ngit_message = \"before\"",
        "[environment]\ngit_commit = false",
        "[environment]\nlog_level = \"LOUD\"",
        "[environment]\nresults_per_run = -1",
        "[environment]\nlarge_overview_tables = \"yes\"",
        "[environment]\ndynamically_imported_classes = \"class.wasm\"",
        "[environment]\ndynamically_imported_classes = [1]",
        "[environment]\ngit_repository = true",
        "[environment]\nlazy_debug = 1",
        "[environment]\nuse_pool = \"no\"",
        "[environment]\nfilename = \"out/all.hdf5\"\n[storage]\nservice = \"sqlite\"",
        "[environment]\nfilename = \"out/all.sqlite\"",
        "[storage]\nservice = \"sqlite\"\ncompression = \"gzip:3\"",
        "[storage]\nservice = \"sqlit\"",
    ]));
}

#[test]
fn wrong_kinds() {
    insta::assert_snapshot!(refusals(&[
        "environment = 5",
        "[environment]\nncores = \"four\"",
        "[environment]\nncores = -1",
        "[environment]\nncores = 1.5",
        "[environment]\nncores = 99999999999",
        "[environment]\nmultiproc = 1",
        "[trajectory]\nname = 5",
        "[trajectory]\ncomment = ['a']",
        "[job]\nargs = 5",
        "[job]\nkwargs = [1]",
        "[explore]\nmode = \"zipp\"",
        "[explore]\nmode = 5",
        "[explore]\naxes = [1]",
        "parameters = 5",
        "[failure]\npolicy = \"fail-fast\"",
        "[failure]\nmax_failures = \"5\"",
        "[failure]\nmax_failures = -5",
        "[failure]\nmax_failures = 2.5",
        "[limits]\ntimeout = 5",
        "[limits]\ntimeout = \"5\"",
        "[limits]\ntimeout = \"0s\"",
        "[limits]\ntimeout = \"forever\"",
        "[limits]\nmemory = \"512 mb\"",
        "[limits]\nmemory = 0",
        "[limits]\nfuel = 0",
        "[limits]\nresults = -1",
        "[limits]\nlog = true",
        "[capabilities]\nclock = \"atomic\"",
        "[capabilities]\nenv = { LANG = 5 }",
        "[storage]\ncompression = \"gzip:10\"",
        "[storage]\ncompression = \"zstd\"",
        "[storage]\ndims = { trace = [\"t\", \"t\"] }",
        "[storage]\ndims = { \"_x\" = [\"t\"] }",
        "[job]\nsha256 = \"9f2c\"",
    ]));
}

#[test]
fn wrong_names() {
    insta::assert_snapshot!(refusals(&[
        "[trajectory]\nname = \"my run\"",
        "[trajectory]\nname = \"\"",
        "[trajectory]\nname = \"results\"",
        &format!("[trajectory]\nname = \"{}\"", "n".repeat(120)),
        "[parameters]\n\"my par\" = 1",
        "[parameters]\n_x = 1",
        "[parameters]\n\"net.run_00000001\" = 1",
        "[parameters]\n\"\" = 1",
        "[parameters]\nx = 1\n\"x.y\" = 1",
        "[explore.axes]\n\"a b\" = [1]",
        "[explore.axes]\nx = [1]\nx = [2]",
        "[parameters]\nneuron.tau = 1\n\"neuron.tau\" = 2",
        "[parameters]\n\"neuron.tau\" = 1.0\n[explore.axes]\ntau = [1.0]\n\"neuron.tau\" = [2.0]",
        "[parameters]\n\"neuron.tau\" = 1.0\n\"synapse.tau\" = 1.0\n[explore.axes]\ntau = [1.0]",
        "[parameters]\n\"neuron.tau\" = 1.0\n[explore.axes]\n\"neuron.tua\" = [1.0]",
        "[parameters]\n\"neuron.tau\" = 1.0\n[explore.axes]\nxyz = [1.0]",
        "[parameters]\nreplicate = 1\n[replicate]\ncount = 2",
    ]));
}

#[test]
fn wrong_values() {
    insta::assert_snapshot!(refusals(&[
        "[parameters]\nx = 2020-01-01",
        "[parameters]\nx = [07:30:00]",
        "[parameters]\nx = 99999999999999999999",
        "[parameters]\nx = 1e999",
        "[parameters]\nx = fast",
        "[parameters]\nx = [1, 2.5]",
        "[parameters]\nx = [2.5, 1]",
        "[parameters]\nx = [1, \"a\"]",
        "[parameters]\nx = [[1, 2], [3, 4]]",
        "[parameters]\nx = {}",
        "[parameters]\nx = { valeu = 5 }",
        "[parameters]\nx = { unit = \"s\" }",
        "[parameters]\nx = { value = 5, units = \"s\" }",
        "[parameters]\nx = { value = 5, unit = 5 }",
        "[parameters]\nx = { value = 5, bytes = \"00\" }",
        "[parameters]\nx = { value = 5, qqqqqq = 5 }",
        "[parameters]\nx = { complex = [1] }",
        "[parameters]\nx = { complex = 1 }",
        "[parameters]\nx = { bytes = \"0g\" }",
        "[parameters]\nx = { bytes = \"000\" }",
        "[parameters]\nx = { tuple = 5 }",
        "[parameters]\nx = { array = [[1, 2], [3]] }",
        "[parameters]\nx = { array = [[1, 2], 3] }",
        "[parameters]\nx = { array = [1, [2]] }",
        "[parameters]\nx = { array = [1, 2.5] }",
        "[parameters]\nx = { array = [1, 256], dtype = \"uint8\" }",
        "[parameters]\nx = { array = [1e300], dtype = \"float32\" }",
        "[parameters]\nx = { array = [1], dtype = \"float23\" }",
        "[parameters]\nx = { array = [1], dtype = 5 }",
        "[parameters]\nx = { array = [1, 2], dtype = \"complex128\" , unit = \"V\" }\ny = { array = [1], dtype = \"complex64\" }",
        "[parameters]\nx = { array = [{ complex = [1, 2] }] }",
        "[parameters]\nx = { dict = 5 }",
        "[parameters]\nx = { dict = { \"_a\" = 5 } }",
        "[parameters]\nx = { table = { a = [1, 2], b = [1] } }",
        "[parameters]\nx = { table = { a = 5 } }",
        "[parameters]\nx = { table = {} }",
        "[parameters]\nx = { array = [1], column = \"a\" }",
    ]));
}

#[test]
fn wrong_axes() {
    insta::assert_snapshot!(refusals(&[
        "[explore.axes]\nx = 5",
        "[explore.axes]\nx = []",
        "[explore.axes]\nx = [1, 2.5]",
        "[explore.axes]\nx = [1, 2, 3, \"a\"]",
        "[explore.axes]\nx = [1.0, nan]",
        "[explore.axes]\nx = { linspaze = [0, 1, 5] }",
        "[explore.axes]\nx = { value = 5 }",
        "[explore.axes]\nx = {}",
        "[explore.axes]\nx = { range = 5 }",
        "[explore.axes]\nx = { range = [5] }",
        "[explore.axes]\nx = { range = [0, 10, 0] }",
        "[explore.axes]\nx = { range = [10, 0] }",
        "[explore.axes]\nx = { range = [0, 10, -1] }",
        "[explore.axes]\nx = { range = [0, \"a\"] }",
        "[explore.axes]\nx = { range = [0, inf] }",
        "[explore.axes]\nx = { range = [0, 1, nan] }",
        "[explore.axes]\nx = { range = [0, 1000000000000] }",
        "[explore.axes]\nx = { range = [0.0, 1e300, 1e-300] }",
        "[explore.axes]\nx = { linspace = [0, 1] }",
        "[explore.axes]\nx = { linspace = [0, 1, 0] }",
        "[explore.axes]\nx = { linspace = [0, 1, 5.0] }",
        "[explore.axes]\nx = { linspace = [0, inf, 5] }",
        "[explore.axes]\nx = { linspace = [0, 1, 1_000_000_000_000] }",
        "[explore.axes]\nx = { logspace = [0, 400, 5] }",
        "[explore.axes]\nx = { linspace = [0, 1, 5], unit = \"s\" }",
        "[explore.axes]\nx = { linspace = [0, 1, 5], range = [1, 2] }",
        "[explore.axes]\nx = [{ dict = { a = 1 } }]",
        "[explore]\nmode = \"zip\"\n[explore.axes]\nx = [1, 2]\ny = [1, 2]\nz = [1, 2, 3]",
        "[explore.axes]\nx = { range = [0, 1000000] }\ny = { range = [0, 1000000] }\nz = [1, 2]",
        "[replicate]\ncount = 1_000_000_000",
        "[replicate]\ncount = 0",
        "[replicate]\nseed = -1",
        "[parameters]\nx = 1\n[explore.axes]\nx = [1.5]",
        "[parameters]\nx = 1.5\n[explore.axes]\nx = [2, 3, 9007199254740993]",
        "[parameters]\nx = 1.5\n[explore.axes]\nx = [\"a\"]",
        "[parameters]\nx = { array = [1] }\n[explore.axes]\nx = [{ array = [1.5] }]",
    ]));
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let numbers = |n: usize| vec!["1.5"; n].join(", ");
    let specs = [
        format!("[explore.axes]\nx = [{}, \"a\", {}]", numbers(1000), numbers(1000)),
        format!("[explore.axes]\nx = [{}, \"a\"]", numbers(1000)),
        format!("[explore.axes]\nx = [{}, \"a\", {}]", numbers(17), numbers(10)),
        format!("[explore.axes]\nx = [\"a\", {}]", numbers(1000)),
        format!("[explore.axes]\nx = {{ range = [{}] }}", numbers(1000)),
        "[explore.axes]\n\tx\t=\t[1, \"grüße\", 'ü']".into(),
    ];
    let said = specs.map(|text| resolve(&text, &[], None).unwrap_err().to_string());
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn wrong_command_lines() {
    let cases = [
        "x",
        "=5",
        "x=",
        "x=1,,2",
        "x=1,",
        "x=0..10",
        "x=0..10:0",
        "x=0..10:x",
        "x=0..10:5:lin",
        "x=-1..10:5:log",
        "x=0..inf:5",
        "x=0..1:1000000000000",
        "x=.5",
        "x=01",
        "x=1,a",
        "x=\"a",
        "x=\"a\"b",
        "x=[1, 2",
        "x=[1, 'a']",
        "x={lin=[1, 2]}",
        "x={linspace=[1, 2]}",
        "x={valeu=3}",
        "x=[2020-01-01]",
        "a b=5",
        "runs=5",
        "ü=5",
        "x=1.0,nan",
        "x=[]",
    ];
    let cases: Vec<(&str, Vec<&str>)> = cases.iter().map(|case| ("", vec![*case])).collect();
    let mut cases: Vec<(&str, &[&str])> = cases.iter().map(|(spec, axes)| (*spec, axes.as_slice())).collect();
    let known = "[parameters]\n\"neuron.tau\" = 1.0\n[explore.axes]\ntau = [1.0, 2.0]";
    cases.extend([
        (known, &["tau=1.5", "neuron.tau=2.5"][..]),
        (known, &["tua=1.5"]),
        (known, &["tau=fast"]),
        (known, &["tau=1,fast"]),
    ]);
    insta::assert_snapshot!(outcomes(&cases, None));
}

#[test]
fn wrong_grants() {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::create_dir(scratch.path().join("data")).unwrap();
    std::fs::write(scratch.path().join("file"), "").unwrap();
    let cases = [
        "{ host = \"nix\", guest = \"/data\" }",
        "{ host = \"file\", guest = \"/data\" }",
        "{ host = \"data\", guest = \"data\" }",
        "{ host = \"data\", guest = \"/a/../b\" }",
        "{ host = \"data\", guest = \"/a//b\" }",
        "{ host = \"data\", guest = \"/a\" }, { host = \"data\", guest = \"/a/\" }",
        "{ host = \"data\", guest = \"/a\" }, { host = \"data\", guest = \"/a/b\" }",
        "{ host = \"data\", guest = \"/\" }, { host = \"data\", guest = \"/a\" }",
        "{ host = \"data\", guest = \"/a\", access = \"write\" }",
    ];
    let said = cases.map(|dirs| {
        let text = format!("spec = 1\n[capabilities]\ndirs = [{dirs}]");
        let spec = SpecFile::parse(&text, &scratch.path().join("exp.toml"));
        let error = spec.and_then(|spec| spec.job_options(&Overrides::default())).unwrap_err();
        error.to_string().replace(&format!("{}/", scratch.path().display()), "")
    });
    insta::assert_snapshot!(said.join("\n\n"));
}
