const host = @import("host_guest");

pub fn run(traj: *host.SingleRun) !void {
    try traj.addResult("z", try traj.get(f64, "x") * try traj.get(f64, "y"), .{});
}
