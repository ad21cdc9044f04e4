//! A ball that is thrown, with the drag of the air: how far does it get?

const std = @import("std");
const host = @import("host_guest");

/// What the job reads and what it adds, so that a spec is checked before anything runs.
pub const describe: host.Manifest = .{
    .comment = "A ball, thrown through air",
    .parameters = &.{
        .{
            .name = "ball.speed",
            .type = .real,
            .unit = "m/s",
            .default = host.value(20.0),
            .minimum = 0,
            .maximum = 1e3,
            .comment = "speed at the start",
        },
        .{
            .name = "ball.angle",
            .type = .real,
            .unit = "degree",
            .default = host.value(45.0),
            .minimum = 0,
            .maximum = 90,
            .comment = "above the ground",
        },
        .{
            .name = "air.drag",
            .type = .real,
            .unit = "1/m",
            .default = host.value(0.01),
            .minimum = 0,
            .maximum = 1,
            .comment = "slowing per speed squared",
        },
    },
    .results = &.{
        .{ .name = "distance", .unit = "m", .comment = "from the start to where it lands" },
        .{ .name = "height", .unit = "m", .dimensions = &.{"t"}, .comment = "every tenth of a second" },
    },
};

/// Simulates one point. `host` calls it for every point of the exploration, each time in a fresh sandbox.
pub fn run(traj: *host.SingleRun) !void {
    const speed = try traj.get(f64, "ball.speed");
    const angle = std.math.degreesToRadians(try traj.get(f64, "ball.angle"));
    const drag = try traj.get(f64, "air.drag");

    const dt = 1e-3;
    var height: [2100]f64 = undefined; // tenths of a second: nothing flies longer at that speed
    var heights: usize = 0;
    var x: f64 = 0;
    var y: f64 = 0;
    var vx = speed * @cos(angle);
    var vy = speed * @sin(angle);
    var step: usize = 0;
    while (step == 0 or y > 0) : (step += 1) {
        if (step % 100 == 0 and heights < height.len) {
            height[heights] = y;
            heights += 1;
        }
        const v = @sqrt(vx * vx + vy * vy);
        vx -= dt * drag * v * vx;
        vy -= dt * (drag * v * vy + 9.81);
        x += dt * vx;
        y += dt * vy;
    }

    try traj.addResult("distance", x, .{});
    try traj.addResult("height", height[0..heights], .{});
}
