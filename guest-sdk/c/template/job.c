// A ball that is thrown, with the drag of the air: how far does it get?

#include "host_guest.h"

#include <math.h>

// What the job reads and what it adds, so that a spec is checked before anything runs.
static void describe(host_manifest_t *manifest) {
    host_comment(manifest, "A ball, thrown through air");
    host_parameter(manifest, "ball.speed", HOST_REAL, .unit = "m/s", HOST_DEFAULT(20.0), HOST_RANGE(0.0, 1e3),
                   .comment = "speed at the start");
    host_parameter(manifest, "ball.angle", HOST_REAL, .unit = "degree", HOST_DEFAULT(45.0), HOST_RANGE(0.0, 90.0),
                   .comment = "above the ground");
    host_parameter(manifest, "air.drag", HOST_REAL, .unit = "1/m", HOST_DEFAULT(0.01), HOST_RANGE(0.0, 1.0),
                   .comment = "slowing per speed squared");
    host_result(manifest, "distance", .unit = "m", .comment = "from the start to where it lands");
    host_result(manifest, "height", .unit = "m", HOST_DIMENSIONS("t"), .comment = "every tenth of a second");
}

// Simulates one point. `host` calls it for every point of the exploration, each time in a fresh sandbox.
static int throw(traj_t *traj) {
    double speed, angle, drag;
    HOST_TRY(traj_f_get(traj, "ball.speed", &speed));
    HOST_TRY(traj_f_get(traj, "ball.angle", &angle));
    HOST_TRY(traj_f_get(traj, "air.drag", &drag));
    angle *= M_PI / 180.0;

    enum { LONGEST = 2100 }; // tenths of a second: nothing flies longer at that speed
    const double dt = 1e-3;
    static double height[LONGEST];
    size_t heights = 0;
    double x = 0.0, y = 0.0;
    double vx = speed * cos(angle), vy = speed * sin(angle);
    for (long step = 0; step == 0 || y > 0.0; step++) {
        if (step % 100 == 0 && heights < LONGEST) {
            height[heights++] = y;
        }
        double v = sqrt(vx * vx + vy * vy);
        vx -= dt * drag * v * vx;
        vy -= dt * (drag * v * vy + 9.81);
        x += dt * vx;
        y += dt * vy;
    }

    HOST_TRY(traj_f_add_result(traj, "distance", x));
    return traj_f_add_result(traj, "height", HOST_VECTOR(height, heights));
}

HOST_DESCRIBED_JOB(throw, describe)
