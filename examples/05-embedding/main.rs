//! An exploration from a Rust program: no spec, no command line.
//!
//!     cargo run --release -p host --example embedding
//!
//! It explores z = x·y with the job of example 01 twice: into an HDF5 file, and into a storage of its own.

use std::{error::Error, path::Path};

use host::{
    environment::Environment,
    sandbox::{Job, JobOptions},
    storage::{self, StorageService, StoreError, StoreRequest},
    trajectory::{Axis, Combine, Trajectory, TrajectoryError, Value},
};

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let job = Job::load(&here.join("01-multiplication/job.wasm"), &JobOptions::default())?;

    let mut environment = Environment::builder()
        .trajectory(factors()?)
        .add_time(false)
        .filename(here.join("05-embedding/hdf5/embedding.hdf5"))
        .log_folder(here.join("05-embedding/logs"))
        .ncores(2)
        .overwrite(true)
        .build()?;
    let summary = environment.f_run(&job)?;
    println!("{} in {}", summary.headline(), environment.v_name());

    // Everything can be read back: parameters, results, what happened to each run.
    let trajectory = environment.v_trajectory();
    let file = storage::open(environment.v_filename())?;
    for run in trajectory.f_find_idx(|point| point[0] == Value::Int(6)) {
        let leaf = file.leaf(trajectory.v_name(), &format!("results.runs.{}.{run}.z", run.set_name()))?;
        println!("{run}  {}  z = {}", trajectory.summary(run), leaf.items[0].1.repr(20));
    }

    // A storage is whatever takes runs that have ended.
    let logs = here.join("05-embedding/logs");
    let builder = Environment::builder().trajectory(factors()?).storage_service(Largest::default()).log_folder(logs);
    builder.build()?.f_run(&job)?;
    Ok(())
}

/// x and y, each from 0 to 9.
fn factors() -> Result<Trajectory, TrajectoryError> {
    let mut traj = Trajectory::new("embedding")?.with_comment("z = x·y");
    traj.f_add_parameter("x", 0, "the first factor")?;
    traj.f_add_parameter("y", 0, "the second factor")?;
    let digits = || Axis::integers(0, 10, 1).expect("ten digits");
    traj.f_explore([("x", digits()), ("y", digits())], Combine::Cartesian)?;
    Ok(traj)
}

/// Keeps the largest z alone, and says it at the end.
#[derive(Debug, Default)]
struct Largest(i64);

impl StorageService for Largest {
    fn store(&mut self, request: StoreRequest<'_>) -> Result<(), StoreError> {
        match request {
            StoreRequest::Start(_) => {}
            StoreRequest::Runs(runs) => {
                for (_, value) in runs.iter().flat_map(|run| &run.additions).flat_map(|addition| &addition.items) {
                    if let Value::Int(z) = value {
                        self.0 = self.0.max(*z);
                    }
                }
            }
            StoreRequest::Finish(_) => println!("the largest z is {}", self.0),
        }
        Ok(())
    }

    fn name(&self) -> &'static str {
        "largest"
    }
}
