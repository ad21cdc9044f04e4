//! Everything that goes wrong in Zig. The parameter `mode` chooses; each way ends its own run and no other.

const std = @import("std");
const host = @import("host_guest");

/// What only the compiler could know at compile time stays unknown to it.
var zero: i32 = 0;

fn unknown(comptime T: type, x: T) T {
    const pointer: *volatile i32 = &zero;
    return if (pointer.* == 0) x else undefined;
}

const Modes = struct {
    pub fn good(_: *host.SingleRun) !void {}

    // Errors.

    pub fn @"own error"(_: *host.SingleRun) !void {
        return error.NoSolution;
    }

    pub fn failure(traj: *host.SingleRun) !void {
        return traj.fail("no solution after {d} steps, residual {d}", .{ 12, 0.25 });
    }

    pub fn @"failure with its place"(traj: *host.SingleRun) !void {
        return traj.failAt(@src(), "no solution after {d} steps", .{12});
    }

    pub fn @"not found"(traj: *host.SingleRun) !void {
        _ = try traj.get(f64, "nowhere");
    }

    pub fn ambiguous(traj: *host.SingleRun) !void {
        _ = try traj.get(f64, "twin");
    }

    pub fn @"wrong type"(traj: *host.SingleRun) !void {
        _ = try traj.get(f64, "mode");
    }

    pub fn @"too large"(traj: *host.SingleRun) !void {
        _ = try traj.get(i8, "a.twin");
    }

    pub fn @"two dimensions"(traj: *host.SingleRun) !void {
        _ = try traj.get([]const f64, "grid");
    }

    pub fn twice(traj: *host.SingleRun) !void {
        try traj.addResult("before", 1, .{});
    }

    pub fn forgotten(traj: *host.SingleRun) !void {
        _ = traj.get(f64, "nowhere") catch return error.Hopeless;
    }

    pub fn stale(traj: *host.SingleRun) !void {
        _ = traj.get(f64, "nowhere") catch {};
        return error.WrongType;
    }

    pub fn @"annotation of a table"(traj: *host.SingleRun) !void {
        try traj.setAnnotation("before", "key", host.table(.{ .t = &[_]f64{1} }));
    }

    pub fn @"shape of others"(traj: *host.SingleRun) !void {
        try traj.addResult("r", host.array(&[_]f64{ 1, 2, 3 }, &.{ 2, 2 }), .{});
    }

    pub fn @"no text"(traj: *host.SingleRun) !void {
        try traj.addResult("r", "\xff\xfe", .{});
    }

    // Panics.

    pub fn panic(_: *host.SingleRun) !void {
        std.debug.panic("the guest panics on purpose: {s}", .{"ä"});
    }

    pub fn @"unreachable"(_: *host.SingleRun) !void {
        if (unknown(bool, true)) unreachable;
    }

    pub fn assert(_: *host.SingleRun) !void {
        std.debug.assert(!unknown(bool, true));
    }

    pub fn @"out of bounds"(_: *host.SingleRun) !void {
        const items = [_]f64{ 1, 2, 3 };
        const slice: []const f64 = &items;
        report(slice[unknown(usize, 5)]);
    }

    pub fn @"empty slice"(_: *host.SingleRun) !void {
        const items: []const f64 = &.{};
        report(items[unknown(usize, 2)..][0]);
    }

    pub fn overflow(_: *host.SingleRun) !void {
        report(unknown(i32, std.math.maxInt(i32)) + unknown(i32, 1));
    }

    pub fn cast(_: *host.SingleRun) !void {
        report(@as(u8, @intCast(unknown(i32, -1))));
    }

    pub fn @"no integer"(_: *host.SingleRun) !void {
        report(@as(i32, @intFromFloat(unknown(f64, 1e300))));
    }

    pub fn @"null"(_: *host.SingleRun) !void {
        report(unknown(?f64, null).?);
    }

    pub fn divide(_: *host.SingleRun) !void {
        report(@divTrunc(unknown(i32, 3), unknown(i32, 0)));
    }

    pub fn @"caught too early"(traj: *host.SingleRun) !void {
        report(traj.get(f64, "nowhere") catch unreachable);
    }

    pub fn @"entry in entry"(traj: *host.SingleRun) !void {
        try traj.addResult("d", host.dictionary(.{ .inner = host.dictionary(.{ .a = 1 }) }), .{});
    }

    // What ends the program, or does not.

    pub fn abort(_: *host.SingleRun) !void {
        std.process.abort();
    }

    pub fn exit(_: *host.SingleRun) !void {
        std.process.exit(3);
    }

    pub fn trap(_: *host.SingleRun) !void {
        @trap();
    }

    pub fn recursion(_: *host.SingleRun) !void {
        report(deeper(1));
    }

    pub fn @"wild pointer"(_: *host.SingleRun) !void {
        const pointer: *volatile u8 = @ptrFromInt(0x7fffff00);
        pointer.* = 1;
    }

    pub fn unchecked(_: *host.SingleRun) !void {
        @setRuntimeSafety(false);
        const items: []f64 = try host.allocator.alloc(f64, 3);
        report(items[unknown(usize, 5)]);
    }

    pub fn loop(_: *host.SingleRun) !void {
        while (unknown(bool, true)) {}
    }

    pub fn memory(_: *host.SingleRun) !void {
        while (true) @memset(try host.allocator.alloc(u8, 1 << 20), 1);
    }
};

/// So that something is done with a result.
fn report(x: anytype) void {
    std.mem.doNotOptimizeAway(x);
}

noinline fn deeper(depth: usize) usize {
    var frame: [64]usize = @splat(depth);
    std.mem.doNotOptimizeAway(&frame);
    return deeper(depth + 1) + frame[depth % 64];
}

pub fn run(traj: *host.SingleRun) !void {
    const mode = try traj.get([]const u8, "mode");
    try traj.addResult("before", mode, .{});
    std.log.info("begins: {s}", .{mode});
    std.debug.print("printed by {s}\n", .{mode});
    inline for (comptime names()) |name| {
        if (std.mem.eql(u8, mode, name)) {
            try @call(.never_inline, @field(Modes, name), .{traj});
            return traj.addResult("after", mode, .{});
        }
    }
    return traj.fail("there is no mode `{s}`", .{mode});
}

fn names() []const []const u8 {
    return &.{
        "good",             "own error",      "failure",               "failure with its place", "not found",
        "ambiguous",        "wrong type",     "too large",             "two dimensions",         "twice",
        "forgotten",        "stale",          "annotation of a table", "shape of others",        "no text",
        "panic",            "unreachable",    "assert",                "out of bounds",          "empty slice",
        "overflow",         "cast",           "no integer",            "null",                   "divide",
        "caught too early", "entry in entry", "abort",                 "exit",                   "trap",
        "recursion",        "wild pointer",   "unchecked",             "loop",                   "memory",
    };
}
