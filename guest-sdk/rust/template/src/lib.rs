//! A ball that is thrown, with the drag of the air: how far does it get?

use host_guest::{JobError, Manifest, Parameter, ResultDeclaration, SingleRun};

host_guest::job!(throw, describe = describe);

/// What the job reads and what it adds, so that a spec is checked before anything runs.
fn describe() -> Manifest {
    Manifest::new("A ball, thrown through air")
        .parameter(Parameter::real("ball.speed").unit("m/s").default(20.0).range(0.0, 1e3).comment("speed at the start"))
        .parameter(Parameter::real("ball.angle").unit("degree").default(45.0).range(0.0, 90.0).comment("above the ground"))
        .parameter(Parameter::real("air.drag").unit("1/m").default(0.01).range(0.0, 1.0).comment("slowing per speed squared"))
        .result(ResultDeclaration::new("distance").unit("m").comment("from the start to where it lands"))
        .result(ResultDeclaration::array("height", ["t"]).unit("m").comment("every tenth of a second"))
}

/// Simulates one point. `host` calls it for every point of the exploration, each time in a fresh sandbox.
fn throw(traj: &mut SingleRun) -> Result<(), JobError> {
    let speed: f64 = traj.f_get("ball.speed")?;
    let angle = traj.f_get::<f64>("ball.angle")?.to_radians();
    let drag: f64 = traj.f_get("air.drag")?;

    const STEP: f64 = 1e-3;
    let (mut x, mut y) = (0.0, 0.0);
    let (mut vx, mut vy) = (speed * angle.cos(), speed * angle.sin());
    let mut height = Vec::new();
    for step in 0.. {
        if step % 100 == 0 {
            height.push(y);
        }
        let v = (vx * vx + vy * vy).sqrt();
        vx -= STEP * drag * v * vx;
        vy -= STEP * (drag * v * vy + 9.81);
        x += STEP * vx;
        y += STEP * vy;
        if y <= 0.0 {
            break;
        }
    }

    traj.f_add_result("distance", x)?;
    traj.f_add_result("height", height)?;
    Ok(())
}
