// A ball that is thrown, with the drag of the air: how far does it get?

/** What the job reads and what it adds, so that a spec is checked before anything runs. */
export const manifest = {
  comment: "A ball, thrown through air",
  parameters: [
    { name: "ball.speed", type: "real", unit: "m/s", default: 20, minimum: 0, maximum: 1e3, comment: "speed at the start" },
    { name: "ball.angle", type: "real", unit: "degree", default: 45, minimum: 0, maximum: 90, comment: "above the ground" },
    { name: "air.drag", type: "real", unit: "1/m", default: 0.01, minimum: 0, maximum: 1, comment: "slowing per speed squared" },
  ],
  results: [
    { name: "distance", unit: "m", comment: "from the start to where it lands" },
    { name: "height", unit: "m", dimensions: ["t"], comment: "every tenth of a second" },
  ],
};

const STEP = 1e-3;

/**
 * Simulates one point. `host` calls it for every point of the exploration, each time in a fresh sandbox.
 *
 * @param {import("host-guest").SingleRun} traj
 */
export function run(traj) {
  const [speed, angle, drag] = [traj.ball.speed, (traj.ball.angle * Math.PI) / 180, traj.air.drag];

  let [x, y] = [0, 0];
  let [vx, vy] = [speed * Math.cos(angle), speed * Math.sin(angle)];
  const height = [];
  for (let step = 0; ; step++) {
    if (step % 100 === 0) height.push(y);
    const v = Math.hypot(vx, vy);
    vx -= STEP * drag * v * vx;
    vy -= STEP * (drag * v * vy + 9.81);
    x += STEP * vx;
    y += STEP * vy;
    if (y <= 0) break;
  }

  traj.f_add_result("distance", x, "From the start to where it lands");
  traj.f_add_result("height", Float64Array.from(height), "Every tenth of a second");
}
