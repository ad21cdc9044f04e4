//! The job of `multiply` without the standard library, and what its SDK has in place of that: memory, panics, logarithms.

#![no_std]

extern crate alloc;

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use host_guest::{JobError, Parameters, Results, SingleRun};

#[derive(Parameters)]
struct Factors {
    x: f64,
    #[parameter(default = 2.0)]
    y: f64,
    /// What the run does besides
    #[parameter(default = "nothing")]
    what: String,
}

#[derive(Results)]
struct Product {
    z: f64,
    /// From the seed of the run
    normal: f64,
    label: String,
}

/// The product of two numbers
#[host_guest::simulation]
fn multiply(Factors { x, y, what }: Factors, traj: &mut SingleRun) -> Result<Product, JobError> {
    match what.as_str() {
        "nothing" => {}
        // More than the memory that a job begins with, and given back in between.
        "memory" => {
            let sum: u64 =
                (0..20).map(|round| (0..1 << 18).map(|at| at * round).collect::<Vec<u64>>().iter().sum::<u64>()).sum();
            traj.f_add_result("sum", sum as f64)?;
            traj.f_add_serialized("map", &BTreeMap::from([("a", 1), ("b", 2)]))?;
        }
        "error" => Err("the job says so")?,
        "panic" => panic!("x is {x}"),
        "index" => traj.f_add_result("nothing", Vec::<f64>::new()[what.len()])?,
        // Longer than what the panic handler keeps, and not cut inside of a character.
        "long" => panic!("{}", "ä".repeat(4000)),
        "too much" => drop(core::hint::black_box(Vec::<f64>::with_capacity(1 << 27))),
        other => Err(format!("`{other}` is nothing to do"))?,
    }
    Ok(Product { z: x * y, normal: traj.rng().normal(), label: format!("{x} times {y}") })
}
