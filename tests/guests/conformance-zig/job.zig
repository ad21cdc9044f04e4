//! The job of ../conformance, in Zig. What each part does is said in its README.md.

const std = @import("std");
const host = @import("host_guest");

const everything = @import("everything.zig");
const typed = @import("typed.zig");
const values = @import("values.zig");

pub const describe: host.Manifest = .{
    .comment = "Every function and every value of the contract: ä 漢 🦀",
    .results = &.{
        .{ .name = "plain.real", .unit = "m s-1", .comment = "a real number" },
        .{ .name = "arrays.float64", .unit = "V", .dimensions = &.{ "row", "column" }, .comment = "an array" },
    },
};

pub fn run(traj: *host.SingleRun) !void {
    const parts = .{
        .everything = everything.run,
        .round_trip = roundTrip,
        .annotations = annotations,
        .refusals = refusals,
        .classes = classes,
        .@"error" = fails,
        .panic = panics,
        .typed = typed.run,
    };
    const part = try traj.getDefault([]const u8, "part", "everything");
    inline for (.{ "everything", "round_trip", "annotations", "refusals", "classes", "error", "panic", "typed" }) |name| {
        if (std.mem.eql(u8, part, name)) return @field(parts, name)(traj);
    }
    return traj.fail("there is no part `{s}`", .{part});
}

pub fn joined(comptime format: []const u8, args: anytype) []const u8 {
    var room: [300]u8 = undefined;
    return host.allocator.dupe(u8, std.fmt.bufPrint(&room, format, args) catch unreachable) catch unreachable;
}

/// Every value to the host and back, twice: as a derived parameter, and as a default.
fn roundTrip(traj: *host.SingleRun) !void {
    for (values.all()) |one| {
        try traj.addDerivedParameter(one.name, one.value, .{});
        try traj.addResult(joined("round_trip.{s}", .{one.name}), try traj.get(host.Value, one.name), .{});
        const back = try traj.getDefault(host.Value, joined("nowhere.{s}", .{one.name}), one.value);
        try traj.addResult(joined("default.{s}", .{one.name}), back, .{});
    }
}

/// What was tried, and what became of it.
const Attempts = struct {
    said: [200][]const u8 = undefined,
    count: usize = 0,

    fn note(self: *Attempts, what: []const u8, answer: anytype) void {
        const kind = if (answer) |_| "accepted" else |err| switch (err) {
            error.NotFound => "not-found",
            error.Ambiguous => "ambiguous",
            error.IllegalName => "illegal-name",
            error.NotVisible => "not-visible",
            error.WrongType => "wrong-type",
            error.AlreadyExists => "already-exists",
            error.InvalidValue => "invalid-value",
            error.LimitExceeded => "limit-exceeded",
            error.UnknownClass => "unknown-class",
            error.ClassRefused => "class-refused",
            error.Failed => "failed",
        };
        self.said[self.count] = joined("{s}: {s}", .{ what, kind });
        self.count += 1;
    }

    fn store(self: *Attempts, traj: *host.SingleRun) !void {
        try traj.addResult("refusals", host.list(self.said[0..self.count]), .{});
    }
};

fn annotations(traj: *host.SingleRun) !void {
    try traj.addResult("holder", 1, .{});
    var attempts: Attempts = .{};
    for (values.all()) |one| {
        if (one.value.tag != .plain) continue;
        const key = try host.allocator.dupe(u8, one.name);
        key[std.mem.indexOfScalar(u8, key, '.').?] = '_';
        attempts.note(one.name, traj.setAnnotation("holder", key, one.value));
    }
    try attempts.store(traj);
}

fn classes(traj: *host.SingleRun) !void {
    const times = &[_]i64{ 100, 103, 107, 200 };
    try traj.addItems("spikes", .{ .times = times }, .{ .comment = "packed", .class = "Packed" });
    try traj.addDerivedParameter("twice", "5s 5s", .{ .comment = "two pauses", .class = "Duration" });
    try traj.addResult("twice_seen", try traj.get(host.Value, "twice"), .{});
    var attempts: Attempts = .{};
    attempts.note("unknown class", traj.addItems("a", .{ .times = times }, .{ .class = "Nowhere" }));
    attempts.note("refused by the class", traj.addDerivedParameter("b", "often", .{ .class = "Duration" }));
    try attempts.store(traj);
}

fn refusals(traj: *host.SingleRun) !void {
    try traj.addResult("z", 1, .{});
    try traj.addDerivedParameter("d", 1, .{});
    var attempts: Attempts = .{};
    for ([_][]const u8{ "nowhere", "twin", "", "a/b", "config", "config.x", "results.run_00000000.z", "run_ALL.z", "part.below" }) |name| {
        attempts.note(joined("get {s}", .{name}), traj.get(host.Value, name));
        attempts.note(joined("get {s} or 1", .{name}), traj.getDefault(host.Value, name, host.value(1)));
    }
    for ([_][]const u8{ "z", "", "a/b", "results.z", "z.below", "run_00000001", "par", "_private", "ä" }) |name| {
        attempts.note(joined("result {s}", .{name}), traj.addResult(name, 1, .{}));
    }
    for ([_][]const u8{ "d", "", "a/b", "parameters.x", "d.below" }) |name| {
        attempts.note(joined("derived parameter {s}", .{name}), traj.addDerivedParameter(name, 1, .{}));
    }
    for ([_][]const u8{ "nowhere", "", "results", "part" }) |name| {
        attempts.note(joined("annotation of {s}", .{name}), traj.setAnnotation(name, "key", 1));
    }
    const twice = [_]host.Item{ host.item("a", 1), host.item("a", 2) };
    attempts.note("items of one name", traj.addItems("r", @as([]const host.Item, &twice), .{}));
    attempts.note("no items", traj.addItems("r", .{}, .{}));
    for (values.contradictions()) |one| {
        attempts.note(one.name, traj.addResult(joined("r{d}", .{attempts.count}), one.value, .{}));
    }
    const broken = values.ofLength(host.value(&[_]i64{ 1, 2, 3 }), 2);
    attempts.note("annotation that contradicts itself", traj.setAnnotation("z", "key", broken));
    try attempts.store(traj);
}

fn fails(traj: *host.SingleRun) !void {
    try traj.addResult("dropped", "what a failed run added is not stored", .{});
    return traj.fail("the guest fails on purpose: {s}", .{"ä"});
}

fn panics(_: *host.SingleRun) !void {
    @panic("the guest panics on purpose: ä");
}
