//! Every function of the contract and every value, once.

const std = @import("std");
const host = @import("host_guest");

const job = @import("job.zig");
const values = @import("values.zig");

pub fn run(traj: *host.SingleRun) !void {
    try echo(traj);
    try properties(traj);
    for (values.all()) |one| try traj.addResult(one.name, one.value, .{});
    try items(traj);
    try derived(traj);
    try access(traj);
    traj.debug("a debug line", .{});
    traj.info("an info line: ä 漢 🦀", .{});
    traj.warning("a warning line", .{});
    traj.err("an error line\nwith a second line", .{});
    traj.info("", .{});
    for (0..5) |step| {
        traj.progress(@as(f64, @floatFromInt(step)) / 4, "step {d} of 4", .{step});
    }
}

fn echo(traj: *host.SingleRun) !void {
    const parameters = traj.listParameters("");
    const known = try host.allocator.alloc([]const u8, parameters.len);
    for (known, parameters) |*words, info| {
        const start = "parameters.";
        const rest = if (std.mem.startsWith(u8, info.name, start)) info.name[start.len..] else info.name;
        const found = try traj.get(host.Value, info.name);
        try traj.addResult(job.joined("echo.{s}", .{rest}), found, .{ .comment = info.comment });
        words.* = job.joined("{s}|{s}|{}|{s}", .{ info.name, info.unit, info.explored, info.comment });
    }
    try traj.addResult("parameters_seen", host.list(known), .{});
    for (0..traj.argCount()) |i| {
        try traj.addResult(job.joined("args.arg_{d}", .{i}), try traj.arg(host.Value, i), .{});
    }
    for (traj.kwargs()) |named| {
        const name = named.name.slice();
        try traj.addResult(job.joined("kwargs.{s}", .{name}), try traj.kwarg(host.Value, name), .{});
    }
}

fn properties(traj: *host.SingleRun) !void {
    var rng = traj.rng();
    const random = [_]f64{ rng.uniform(), rng.uniform() };
    try traj.addItems("properties", .{
        .idx = @as(i64, @intCast(traj.idx())),
        .length = @as(i64, @intCast(traj.length())),
        .name = traj.name(),
        .seed = host.scalar(traj.seed()),
        .trajectory_name = traj.trajectoryName(),
        .random = &random,
    }, .{});
}

fn items(traj: *host.SingleRun) !void {
    try traj.addItems("items.named", .{
        .times = &[_]f64{ 0.1, 0.2 },
        .count = 2,
        .@"place.row" = 7,
    }, .{ .comment = "Drei Posten: Zeiten, Anzahl, Ort" });
    try traj.addItems("items.mixed_with_sparse", .{
        .z = 1.5,
        .a = host.coo(1, 2, &[_]i32{7}, &[_]i32{0}, &[_]i32{1}),
        .@"deep.matrix" = host.csr(1, 1, &[_]f64{0.25}, &[_]i32{0}, &[_]i32{ 0, 1 }),
        .@"deep.words" = host.list(&[_][]const u8{ "ä", "b" }),
    }, .{ .comment = "matrices beside other values" });
    const numbered = [_]host.Item{ host.item("", 1), host.item("", 2), host.item("", 3) };
    try traj.addItems("items.numbered", &numbered, .{ .comment = "named after the result" });
}

fn derived(traj: *host.SingleRun) !void {
    const doubled: i64 = @intCast(2 * traj.idx());
    try traj.addDerivedParameter("derived.doubled", doubled, .{ .comment = "twice the index" });
    try traj.addDerivedParameter("derived.opaque", host.bytes(&.{ 0, 128, 4, 46 }), .{ .comment = "what a job alone understands" });
    try traj.addDerivedParameter("derived.sparse", host.csr(1, 1, &[_]f64{0.5}, &[_]i32{0}, &[_]i32{ 0, 1 }), .{});
    const again = try traj.get(host.Sparse, "derived.sparse");
    try traj.addResult("derived_sparse_seen", try again.toDense(), .{});
    try traj.addResult("derived_seen", try traj.get(i64, "derived.doubled"), .{});
    try traj.setAnnotation("plain.real", "replaced", "before");
    try traj.setAnnotation("plain.real", "replaced", "after ä");
    try traj.setAnnotation("plain.real", "list", host.list(&[_]i64{ 1, 2 }));
    try traj.setAnnotation("derived.doubled", "factor", 2);
}

fn access(traj: *host.SingleRun) !void {
    const nowhere = "there.is_no.such_parameter";
    try traj.addResult("access.raw_default", try traj.getDefault(host.Value, nowhere, host.value("a default ä")), .{});
    try traj.addResult("access.typed_default", try traj.getDefault(f64, nowhere, 4.5), .{});
    const contains = [_]bool{ traj.contains(nowhere), traj.contains("derived.doubled") };
    try traj.addResult("access.contains", &contains, .{});
}
