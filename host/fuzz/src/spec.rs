//! Text as a spec: as written, and as meant.

use std::fs;

use host::{
    spec::{DeclaredType, Experiment, Manifest, Overrides, ParameterDeclaration, ResultDeclaration, SpecFile},
    trajectory::{NodePath, RunIndex, Trajectory, Value},
};

use super::place;

/// Beyond this, a trajectory is not written and read back: it may hold a million values.
const SMALL: u64 = 10_000;

/// A spec means something, always the same, or is refused with a message.
pub fn spec(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let origin = data_files().join("exp.toml");
    let file = match SpecFile::parse(text, &origin) {
        Ok(file) => file,
        Err(why) => return assert!(!why.to_string().is_empty()),
    };
    let none = Overrides::default();
    if let Err(why) = file.job_options(&none) {
        assert!(file.resolve(&none, None).is_err(), "without options for its job there is no experiment: {why}");
    }
    file.class_files();
    let manifest = manifest(true);
    for manifest in [None, Some(&manifest), Some(&self::manifest(false))] {
        match file.resolve(&none, manifest) {
            Ok(experiment) => {
                check(&experiment);
                let again = file.resolve(&none, manifest).expect("what has a meaning keeps it");
                assert_eq!(options(&experiment), options(&again));
                assert_eq!(written(&experiment.trajectory), written(&again.trajectory));
                for declared in manifest.into_iter().filter_map(|manifest| manifest.parameters.as_ref()).flatten() {
                    let parameter = &experiment.trajectory.parameters()[&declared.name];
                    assert!(declared.value_type.accepts(&parameter.value), "{} has another type", declared.name);
                }
            }
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
}

/// Whatever is done with an experiment works.
pub fn check(experiment: &Experiment) {
    let trajectory = &experiment.trajectory;
    let last = trajectory.run_count().checked_sub(1).expect("an experiment has a run");
    for run in [0, last / 2, last] {
        let run = RunIndex(u32::try_from(run).expect("runs are numbered in 32 bits"));
        for (path, parameter) in trajectory.parameters() {
            let value = trajectory.value_of(parameter, run);
            assert!(value.same_type(&parameter.value), "{path} changes its type");
            value.repr(64);
        }
        trajectory.summary(run);
        trajectory.seed(run);
    }
    if let Some(bytes) = written(trajectory) {
        let read: Trajectory = postcard::from_bytes(&bytes).expect("a trajectory reads back");
        assert_eq!(written(&read), Some(bytes), "a trajectory reads back as it was");
    }
}

/// Everything but the trajectory.
fn options(experiment: &Experiment) -> String {
    let Experiment { name, comment, add_time, job, environment, failure, storage, .. } = experiment;
    format!("{name:?} {comment:?} {add_time:?} {job:?} {environment:?} {failure:?} {storage:?}")
}

/// The bytes of a trajectory that is not too large for that.
fn written(trajectory: &Trajectory) -> Option<Vec<u8>> {
    let small = trajectory.parameters().values().all(|parameter| {
        let values = parameter.explored.as_ref().map_or(0, |explored| explored.axis.len());
        values <= SMALL && parameter.value.bytes() <= SMALL
    });
    small.then(|| postcard::to_allocvec(trajectory).expect("a trajectory can be written"))
}

/// A folder with one data file of each kind, for specs that name them.
fn data_files() -> std::path::PathBuf {
    let folder = place::folder();
    let csv = folder.join("a.csv");
    if !csv.exists() {
        fs::write(&csv, "n,x,on,name\n1,0.5,true,a\n2,1.5,false,b\n").expect("files can be written");
        let mut npy = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        npy.extend(format!("{:<117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }").bytes());
        npy.extend([1.0f64, 2.0, 3.0, 4.0].iter().flat_map(|x| x.to_le_bytes()));
        fs::write(folder.join("a.npy"), npy).expect("files can be written");
        let sparse = super::made::sparse(&mut arbitrary::Unstructured::new(&[3; 64])).expect("a matrix");
        fs::write(folder.join("a.npz"), host::numpy::write_sparse(&sparse, 1)).expect("files can be written");
    }
    folder
}

/// What a job says that reads a few parameters. Without defaults, the spec must give them.
fn manifest(defaults: bool) -> Manifest {
    let parameter = |name: &str, value_type, default: Value, range: Option<(f64, f64)>| ParameterDeclaration {
        name: NodePath::new(name).expect("a legal name"),
        value_type,
        unit: "s".into(),
        comment: String::new(),
        default: defaults.then_some(default),
        minimum: range.map(|(minimum, _)| minimum),
        maximum: range.map(|(_, maximum)| maximum),
    };
    Manifest {
        comment: "a job".into(),
        parameters: Some(vec![
            parameter("x", DeclaredType::Real, Value::Float(1.5), Some((-100.0, 100.0))),
            parameter("net.n", DeclaredType::Integer, Value::Int(3), Some((0.0, 1e6))),
            parameter("mode", DeclaredType::Text, Value::Text("fast".into()), None),
        ]),
        results: vec![ResultDeclaration {
            name: NodePath::new("z").expect("a legal name"),
            unit: String::new(),
            comment: String::new(),
            dimensions: vec!["t".into()],
        }],
    }
}
