//! The first example of pypet: the product of two numbers.

use host_guest::{JobError, Manifest, Parameter, ResultDeclaration, SingleRun};

host_guest::job!(multiply, describe = describe);

const COMMENT: &str = "I am the product of two values!";

fn describe() -> Manifest {
    Manifest::new("Multiplies two integers")
        .parameter(Parameter::integer("x").default(1).comment("The first dimension"))
        .parameter(Parameter::integer("y").default(1).comment("The second dimension"))
        .result(ResultDeclaration::new("z").comment(COMMENT))
}

fn multiply(traj: &mut SingleRun) -> Result<(), JobError> {
    let x: i64 = traj.f_get("x")?;
    let y: i64 = traj.f_get("y")?;
    let z = x.checked_mul(y).ok_or_else(|| format!("{x} * {y} is larger than 64 bits can hold"))?;
    traj.result("z").comment(COMMENT).value(z).add()?;
    Ok(())
}
