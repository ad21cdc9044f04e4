//! What good specs mean.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::*;
use crate::trajectory::{Array, ArrayData, Complex, Dict, Sequence, Table};

#[test]
fn values() {
    let array = |shape: &[u64], data| Value::Array(Array::new(shape.to_vec(), data).unwrap());
    assert_eq!(value_of("[1, 2, 3]"), Value::List(Sequence::Ints(vec![1, 2, 3])));
    assert_eq!(value_of("[]"), Value::List(Sequence::Empty));
    assert_eq!(value_of("{ tuple = [true, false] }"), Value::Tuple(Sequence::Bools(vec![true, false])));
    assert_eq!(value_of("{ tuple = [{ bytes = \"00ff\" }] }"), Value::Tuple(Sequence::Bytes(vec![vec![0, 255]])));
    assert_eq!(value_of("{ complex = [1, -2.5] }"), Value::Complex(Complex { re: 1.0, im: -2.5 }));
    assert_eq!(value_of("{ bytes = \"00Ff\" }"), Value::Bytes(vec![0, 255]));
    assert_eq!(value_of("{ array = [[1, 2], [3, 4]] }"), array(&[2, 2], ArrayData::Int64(vec![1, 2, 3, 4])));
    assert_eq!(
        value_of("{ array = [[1, 2], [3, 4.5]], dtype = \"float32\" }"),
        array(&[2, 2], ArrayData::Float32(vec![1.0, 2.0, 3.0, 4.5]))
    );
    assert_eq!(
        value_of("{ array = [[1, 0], [0, 1]], dtype = \"complex128\" }"),
        array(&[2], ArrayData::Complex128(vec![1.0, 0.0, 0.0, 1.0]))
    );
    assert_eq!(value_of("{ array = [] }"), array(&[0], ArrayData::Float64(vec![])));
    assert_eq!(value_of("{ array = 5 }"), array(&[], ArrayData::Int64(vec![5])));
    assert_eq!(value_of("{ array = [[], []] }"), array(&[2, 0], ArrayData::Float64(vec![])));
    let entries =
        [("a.b", Value::Int(1)), ("a.c", Value::Complex(Complex { re: 1.0, im: 0.0 })), ("d", Value::Text("x".into()))];
    assert_eq!(
        value_of("{ dict = { a = { b = 1, c = { complex = [1, 0] } }, d = \"x\" } }"),
        Value::Dict(Dict::new(entries.map(|(key, value)| (key.to_owned(), value)).into()).unwrap())
    );
    let column = |name: &str, data| (name.to_owned(), Array::flat(data).unwrap());
    assert_eq!(
        value_of("{ table = { a = [1, 2], b = { array = [1, 2], dtype = \"uint8\" } } }"),
        Value::Table(
            Table::new(vec![column("a", ArrayData::Int64(vec![1, 2])), column("b", ArrayData::UInt8(vec![1, 2]))])
                .unwrap()
        )
    );
    assert!(matches!(value_of("nan"), Value::Float(x) if x.is_nan()), "a fixed value may be nan");
}

#[test]
fn a_parameter_has_the_class_that_is_named_for_it() {
    let text =
        "[parameters]\na = { value = 1, class = \"Own\" }\nb = { array = [1.0], class = \"ArrayParameter\" }\nc = 1";
    let class = |axes: &[&str], name: &str| {
        let experiment = resolve(text, axes, None).unwrap();
        experiment.trajectory.parameters()[&path(name)].class.clone()
    };
    assert_eq!(["a", "b", "c"].map(|name| class(&[], name)), [Some("Own".into()), Some("ArrayParameter".into()), None]);
    assert_eq!(class(&["a=2"], "a"), Some("Own".into()), "another value stays of its class");
    assert_eq!(class(&["a=2,3"], "a"), Some("Own".into()), "and so does an axis");
}

#[test]
fn parameters_and_axes() {
    insta::assert_snapshot!(outcomes(
        &[
            ("", &[]),
            (
                r#"[parameters]
"neuron.tau" = { value = 20e-3, unit = "s", comment = "membrane time constant" }
sim.dt = 1e-4
[parameters.net]
size = 100
density = { value = 0.1, comment = "of connections" }
[parameters."net.kind"]
value = "random"
unit = ""
[explore.axes]
tau = [1, 2.5, 10]
"net.size" = { range = [10, 20, 5] }"#,
                &[],
            ),
            ("[explore.axes]\nb = ['x', 'y']\na = { linspace = [0, 1, 5] }\nneuron.c = [true, false]", &[]),
            ("[explore]\nmode = 'zip'\naxes = { b = [1, 2], a = { logspace = [0, 1, 2] } }", &[]),
            ("[explore.axes]\nx = { range = [0, 3] }\ny = { range = [0.0, 1, 0.25] }\n[replicate]\ncount = 3", &[]),
            ("[explore.axes]\nx = [[1, 2], [3]]\ny = [{ array = [1.0] }, { array = [2.0, 3.0] }]\nz = [1.0, inf]", &[]),
            ("[parameters]\nx = 1.0\n[explore.axes]\nx = { range = [0, 3] }", &[]),
        ],
        None
    ));
}

#[test]
fn command_lines() {
    let spec = "[parameters]\n\"neuron.tau\" = 1.0\nn = 1\n[explore.axes]\ntau = [1.0, 2.0]\nn = [1, 2]";
    insta::assert_snapshot!(outcomes(
        &[
            ("", &["x=1,2,3"]),
            ("", &["x=0..1:5", "model=lif,adex"]),
            ("", &["x=0..10:11", "y=10..0:6", "z=0.0..10:11", "w=0..10:4"]),
            ("", &["x=1e-12..1e-9:4:log", "y=5..5:1"]),
            ("", &["x=5", "y=lif", "z=1,2"]),
            ("", &["x=\"a,b\",c,'d\"'", "y=it's,fine", "z= a , b ", "w=../data", "v=true,false"]),
            ("", &["x=[1, 2]", "y={linspace=[0, 1, 3]}", "z=[5]", "w={array=[1, 2], unit=\"V\"}"]),
            (spec, &["tau=5,6,7"]),
            (spec, &["neuron.tau=5"]),
            (spec, &["parameters.neuron.tau=0..4:3"]),
            ("[explore.axes]\nneuron.tau = [1.0, 2.0]", &["tau=3,4", "other=1"]),
        ],
        None
    ));
}

#[test]
fn everything_else_has_its_default() {
    let experiment = SpecFile::empty().resolve(&overrides(&["x=1,2"]), None).unwrap();
    assert_eq!(experiment.name, "trajectory");
    assert!(experiment.add_time);
    assert_eq!(experiment.trajectory.name(), "trajectory");
    assert_eq!(experiment.trajectory.root_seed(), 0);
    assert_eq!(experiment.trajectory.points().replicates(), 1);
    assert_eq!(experiment.environment.log_folder, PathBuf::from("logs"));
    assert!(experiment.environment.multiproc);
    assert_eq!(experiment.environment.ncores, 0);
    assert_eq!(experiment.file("t_2026"), PathBuf::from("hdf5/t_2026.hdf5"));
    assert_eq!(experiment.file_title("t_2026"), "t_2026");
    assert_eq!(experiment.job.limits, Limits::default());
    assert_eq!(experiment.job.grants, Grants::default());
    assert_eq!(experiment.failure.tolerated(100), u64::MAX);
    assert_eq!(experiment.storage.compression, Compression::None);
    let component = |name: &str| Overrides { component: Some(name.into()), ..Overrides::default() };
    let name = |file: &str| SpecFile::empty().resolve(&component(file), None).unwrap().name;
    assert_eq!(name("a/lif.wasm"), "lif");
    assert_eq!(name("my job (2).wasm"), "my_job__2");
    assert_eq!(name("results.wasm"), "results_");
    assert_eq!(name("ü.wasm"), "trajectory");
    assert_eq!(spec("").unwrap().resolve(&component("lif.wasm"), None).unwrap().name, "trajectory");
}

#[test]
fn every_option_arrives() {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::create_dir(scratch.path().join("data")).unwrap();
    let text = r#"
        spec = 1
        [trajectory]
        name = "lif"
        add_time = false
        comment = "f-I curve"
        [environment]
        log_folder = "l"
        log_level = "WARNING"
        multiproc = true
        ncores = 3
        use_pool = false
        wrap_mode = "LOCK"
        continuable = false
        sync = "250ms"
        grace = "none"
        filename = "out/"
        file_title = "experiments"
        purge_duplicate_comments = false
        small_overview_tables = false
        large_overview_tables = true
        results_per_run = 4
        derived_parameters_per_run = 5
        git_repository = "."
        git_message = "before"
        git_commit = false
        lazy_debug = false
        dynamically_imported_classes = ["class.wasm"]
        [job]
        component = "job.wasm"
        sha256 = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"
        args = [1, 2.5, { bytes = "00" }]
        kwargs = { verbose = true, deep = { dict = { a = 1 } } }
        strict_nan = true
        [replicate]
        count = 10
        seed = 42
        [limits]
        timeout = "none"
        fuel = 50_000_000_000
        memory = "1GiB"
        stack = 65536
        results = "200MiB"
        result_count = 7
        log = "1kB"
        host_calls = 8
        open_files = 9
        written = "2kB"
        [failure]
        policy = "continue"
        max_failures = "5%"
        retries = 2
        [capabilities]
        dirs = [{ host = "data", guest = "/data", access = "read-write" }, { host = ".", guest = "/here/" }]
        env = { LANG = "C" }
        clock = "none"
        random = "os"
        [storage]
        service = "hdf5"
        layout = "columns"
        compression = "gzip:4"
        dims = { "trace" = ["t"], "net.w" = ["pre", "post"] }
    "#;
    let spec = SpecFile::parse(text, &scratch.path().join("exp.toml")).unwrap();
    let mut experiment = spec.resolve(&Overrides::default(), None).unwrap();
    // Their numbers are those of the scratch directory.
    assert!(experiment.job.grants.dirs.iter_mut().all(|dir| dir.identity.take().is_some()));
    assert_eq!(experiment.trajectory.comment(), "f-I curve");
    assert_eq!(experiment.trajectory.run_count(), 10);
    assert_eq!(experiment.trajectory.root_seed(), 42);
    assert_eq!(experiment.file("lif"), scratch.path().join("out/lif.hdf5"));
    let said = format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}",
        experiment.environment, experiment.job, experiment.failure, experiment.storage
    );
    insta::assert_snapshot!(
        said.replace(scratch.path().canonicalize().unwrap().to_str().unwrap(), "SCRATCH")
            .replace(scratch.path().to_str().unwrap(), "SCRATCH")
    );
    assert_eq!(experiment.failure.tolerated(100), 5);
    assert_eq!(experiment.job.limits.timeout, None);

    let overrides = Overrides {
        component: Some("other.wasm".into()),
        name: Some("adex".into()),
        add_time: Some(true),
        comment: Some("other".into()),
        filename: Some("x.h5".into()),
        log_folder: Some("elsewhere".into()),
        ncores: Some(2),
        replicates: Some(3),
        seed: Some(1),
        axes: vec![],
    };
    let experiment = spec.resolve(&overrides, None).unwrap();
    assert_eq!((experiment.name.as_str(), experiment.comment.as_str(), experiment.add_time), ("adex", "other", true));
    assert_eq!(experiment.job.component, Some("other.wasm".into()));
    assert_eq!(experiment.file("adex"), PathBuf::from("x.h5"));
    assert_eq!(experiment.environment.log_folder, PathBuf::from("elsewhere"));
    assert_eq!((experiment.environment.ncores, experiment.environment.multiproc), (2, true));
    assert_eq!((experiment.trajectory.run_count(), experiment.trajectory.root_seed()), (3, 1));
}

#[test]
fn limits_of_the_design() {
    let job = spec("[limits]\ntimeout = \"5min\"").unwrap().job_options(&Overrides::default()).unwrap();
    assert_eq!(job.limits.timeout, Some(Duration::from_secs(300)));
    let policy = |text: &str| resolve(text, &[], None).unwrap().failure;
    assert_eq!(policy("[failure]\npolicy = \"fail_fast\"\nmax_failures = 5").tolerated(100), 0);
    assert_eq!(policy("[failure]\nmax_failures = 5").tolerated(100), 5);
}

#[test]
fn a_trajectory_is_renamed_once_the_time_is_known() {
    let experiment = resolve("[trajectory]\nname = \"a\"", &["x=1,2"], None).unwrap();
    let renamed = experiment.trajectory.clone().with_name("a_2026").unwrap();
    assert_eq!((renamed.name(), renamed.run_count()), ("a_2026", 2));
    assert!(experiment.trajectory.with_name("a b").is_err());
}

#[test]
fn the_schema_names_every_table() {
    let schema = json_schema();
    for table in [
        "trajectory",
        "environment",
        "job",
        "parameters",
        "explore",
        "replicate",
        "limits",
        "failure",
        "capabilities",
        "storage",
    ] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
    assert_eq!(schema["additionalProperties"], false);
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap());
}

#[test]
fn the_service_names_folder_and_ending() {
    let file = |text: &str| {
        let spec = SpecFile::parse(text, Path::new("/there/exp.toml")).unwrap();
        spec.resolve(&Overrides::default(), None).unwrap().file("lif")
    };
    let sqlite = "[storage]\nservice = \"sqlite\"";
    let with = |filename: &str| format!("spec = 1\n[environment]\nfilename = \"{filename}\"\n");
    assert_eq!(file("spec = 1"), Path::new("/there/hdf5/lif.hdf5"));
    assert_eq!(file(&format!("spec = 1\n{sqlite}")), Path::new("/there/sqlite/lif.sqlite"));
    assert_eq!(file(&format!("{}{sqlite}", with("out/"))), Path::new("/there/out/lif.sqlite"));
    assert_eq!(file(&format!("{}{sqlite}", with("out/all.DB"))), Path::new("/there/out/all.DB"));
    assert_eq!(file(&format!("{}wrap_mode = \"NONE\"\n{sqlite}", with("all"))), Path::new("/there/all"));
    let none = "[storage]\nservice = \"none\"";
    assert_eq!(file(&format!("{}{none}", with("all.sqlite"))), Path::new("/there/all.sqlite"));
}
