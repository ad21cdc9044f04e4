//! A ball that is thrown, with the drag of the air: how far does it get?

use host_guest::{JobError, Parameters, Results};

/// What the job reads. `host` knows it, and checks a spec before anything runs.
#[derive(Parameters)]
struct Throw {
    /// Speed at the start
    #[parameter(name = "ball.speed", unit = "m/s", default = 20.0, range = 0.0..=1e3)]
    speed: f64,
    /// Above the ground
    #[parameter(name = "ball.angle", unit = "degree", default = 45.0, range = 0.0..=90.0)]
    angle: f64,
    /// Slowing per speed squared
    #[parameter(name = "air.drag", unit = "1/m", default = 0.01, range = 0.0..=1.0)]
    drag: f64,
}

/// What it adds to the file.
#[derive(Results)]
struct Flight {
    /// From the start to where it lands
    #[result(unit = "m")]
    distance: f64,
    /// Every tenth of a second
    #[result(unit = "m", dimensions = ["t"])]
    height: Vec<f64>,
}

/// A ball, thrown through air
#[host_guest::simulation] // one point of the exploration: called for each, every time in a fresh sandbox
fn throw(Throw { speed, angle, drag }: Throw) -> Result<Flight, JobError> {
    const STEP: f64 = 1e-3;
    let angle = angle.to_radians();
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
    Ok(Flight { distance: x, height })
}
