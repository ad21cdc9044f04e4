//! Explorations without the command line: the library as a program uses it.

use std::{path::PathBuf, process::Command};

use host::{
    environment::{Builder, Environment},
    sandbox::{Job, JobOptions},
    spec::{Service, WrapMode},
    storage::{self, StorageService, StoreError, StoreRequest},
    trajectory::{Axis, Combine, Trajectory, Value},
};

use crate::support::{Scratch, guest, repository};

fn job(name: &str) -> Job {
    let options = JobOptions { cache: Some(repository().join("target/test-cache/library")), ..JobOptions::default() };
    Job::load(&guest(name), &options).expect("a job")
}

/// Twelve runs of `tests/guests/linger`.
fn trajectory() -> Trajectory {
    let mut made = Trajectory::new("library").expect("a name").with_comment("from a program").with_seed(3);
    made.f_add_parameter("x", 0, "explored").expect("a parameter");
    made.f_add_parameter("work", 0, "none").expect("a parameter");
    made.f_add_config("who", "a test", "").expect("an entry");
    made.f_add_derived_parameter("limit", 2.5, "of the trajectory").expect("a derived parameter");
    made.f_add_result("about", vec![(String::new(), "text".into())], "of the trajectory").expect("a result");
    made.f_explore([("x", Axis::integers(0, 12, 1).expect("an axis"))], Combine::Cartesian).expect("an exploration");
    made
}

fn builder(scratch: &Scratch) -> Builder {
    Environment::builder().trajectory(trajectory()).add_time(false).log_folder(scratch.join("logs"))
}

#[test]
fn the_example_runs() {
    let beside = std::env::current_exe().expect("a path");
    let example = beside.parent().and_then(|deps| deps.parent()).expect("a folder").join("examples/embedding");
    let output = Command::new(&example).env_remove("RUST_LOG").output().expect("the example was built with the tests");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Its name has hash and time in it.
    let said: Vec<String> =
        said.lines().map(|line| line.split(" in environment_").next().unwrap_or(line).into()).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn every_service_and_wrap_mode_holds_the_same() {
    let job = job("linger");
    let ways = [
        ("alone.hdf5", Service::Hdf5, None, true),
        ("queue.hdf5", Service::Hdf5, Some(WrapMode::Queue), true),
        ("lock.hdf5", Service::Hdf5, Some(WrapMode::Lock), true),
        ("queue.sqlite", Service::Sqlite, Some(WrapMode::Queue), true),
        ("lock.sqlite", Service::Sqlite, Some(WrapMode::Lock), true),
        ("none.sqlite", Service::Sqlite, Some(WrapMode::None), true),
    ];
    let scratch = Scratch::new();
    let content = |path: &PathBuf| {
        let reader = storage::open(path).expect("a file");
        let head = reader.head("library").expect("a head");
        let mut runs = reader.finished("library", 0..99).expect("runs");
        runs.iter_mut().for_each(|run| (run.started, run.took) = (0.0, std::time::Duration::ZERO));
        (head.trajectory.additions().to_vec(), head.trajectory.parameters().clone(), runs)
    };
    let mut first = None;
    for (name, service, mode, purge) in ways {
        let mut builder =
            builder(&scratch).service(service).filename(scratch.join(name)).purge_duplicate_comments(purge);
        builder = match mode {
            None => builder.multiproc(false),
            Some(mode) => builder.ncores(4).wrap_mode(mode),
        };
        let summary = builder.build().expect("an environment").f_run(&job).expect("it runs");
        assert_eq!((summary.ok, summary.not_run()), (12, 0));
        let found = content(&scratch.join(name));
        assert_eq!(found.2.len(), 12);
        assert_eq!(*first.get_or_insert_with(|| found.clone()), found, "{name}");
    }
}

#[test]
fn a_stored_trajectory_is_continued() {
    let (scratch, job) = (Scratch::new(), job("linger"));
    let file = scratch.join("all.hdf5");
    let mut environment =
        builder(&scratch).filename(&file).ncores(1).continuable(false).build().expect("an environment");
    let stop = std::sync::Arc::new(host::pool::Stop::default());
    struct First(std::sync::Arc<host::pool::Stop>);
    impl host::environment::Listener for First {
        fn starting(&mut self, _: &Environment) {
            self.0.finish_running();
        }
        fn stored(&mut self, _: &[host::trajectory::FinishedRun], _: &host::pool::Activity) {}
    }
    let summary = environment.f_run_watched(&job, &stop, &mut First(stop.clone())).expect("it is interrupted");
    assert_eq!(summary.not_run(), 12);
    let again = Environment::builder().stored_trajectory(&file, None).log_folder(scratch.join("logs"));
    let mut again = again.continuable(false).build().expect("the trajectory is there");
    assert!(again.is_continued() && again.v_trajectory().v_name() == "library");
    assert_eq!(again.f_run(&job).expect("it runs").ok, 12);
    let mut whole = builder(&scratch).filename(scratch.join("whole.hdf5")).build().expect("an environment");
    whole.f_run(&job).expect("it runs");
    let reader = storage::open(&file).expect("a file");
    assert_eq!(reader.finished("library", 0..99).expect("runs").len(), 12);
    assert_eq!(
        reader.children("library", "config.environment").expect("nodes").len(),
        2,
        "a node for each environment"
    );
    // Both environments have left their names; what the runs have added is that of an undisturbed exploration.
    let results = |path: &PathBuf| {
        let mut runs = storage::open(path).expect("a file").finished("library", 0..99).expect("runs");
        runs.iter_mut().for_each(|run| (run.started, run.took) = (0.0, std::time::Duration::ZERO));
        runs
    };
    assert_eq!(results(&file), results(&scratch.join("whole.hdf5")));
}

#[test]
fn options_that_contradict_one_another() {
    struct Own;
    impl StorageService for Own {
        fn store(&mut self, _: StoreRequest<'_>) -> Result<(), StoreError> {
            Ok(())
        }
        fn name(&self) -> &'static str {
            "own"
        }
    }
    let scratch = Scratch::new();
    let refused = [
        builder(&scratch).multiproc(false).use_pool(true),
        builder(&scratch).small_overview_tables(false).purge_duplicate_comments(true),
        builder(&scratch).lazy_debug(true).continuable(true),
        builder(&scratch).wrap_mode(WrapMode::None),
        builder(&scratch).storage_service(Own).continuable(true),
        builder(&scratch).git_message("before"),
        Environment::builder().stored_trajectory(scratch.join("nothing.hdf5"), None),
    ];
    let mut said: Vec<String> =
        refused.into_iter().map(|builder| builder.build().err().expect("a refusal").to_string()).collect();
    let own = builder(&scratch).storage_service(Own).wrap_mode(WrapMode::None).ncores(2);
    said.push(own.build().expect("an environment").f_run(&job("linger")).expect_err("a refusal").to_string());
    let mut once = builder(&scratch).storage_service(Own).build().expect("an environment");
    once.f_run(&job("linger")).expect("it runs");
    said.push(once.f_run(&job("linger")).expect_err("a refusal").to_string());
    insta::assert_snapshot!(said.join("\n").replace(&scratch.path().display().to_string(), "SCRATCH"));
}

#[test]
fn classes_are_given_to_the_builder() {
    let scratch = Scratch::new();
    let mut made = trajectory();
    let pause = made.f_add_parameter("pause", Value::Text("1h 30min".into()), "as text").expect("a parameter");
    pause.class = Some("Duration".into());
    let file = scratch.join("classes.hdf5");
    let builder = Environment::builder().trajectory(made).add_time(false).log_folder(scratch.join("logs"));
    let builder = builder.filename(&file).dynamically_imported_classes([guest("duration-class")]);
    builder.build().expect("an environment").f_run(&job("linger")).expect("it runs");
    let leaf = storage::open(&file).expect("a file").leaf("library", "parameters.pause").expect("a parameter");
    assert_eq!(leaf.class, "Duration");
    assert!(leaf.items.len() > 1, "{leaf:?}");
}
