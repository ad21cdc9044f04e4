//! What values are read as: whatever is exact, and nothing else. Fails where it is not so; stores nothing.

const std = @import("std");
const host = @import("host_guest");

pub fn run(traj: *host.SingleRun) !void {
    try scalars(traj);
    try arrays(traj);
    try wholes(traj);
    try numbers(traj);
    try heap(traj);
}

fn holds(traj: *host.SingleRun, at: std.builtin.SourceLocation, condition: bool) !void {
    if (!condition) return traj.failAt(at, "is read as something else", .{});
}

fn refuses(traj: *host.SingleRun, comptime T: type, name: []const u8, message: []const u8) !void {
    if (traj.get(T, name)) |_| {
        return traj.fail("{s} is read as {s}", .{ name, @typeName(T) });
    } else |err| if (err != error.WrongType or std.mem.indexOf(u8, traj.message(), message) == null) return err;
}

fn scalars(traj: *host.SingleRun) !void {
    try traj.addDerivedParameter("whole", 3, .{});
    try traj.addDerivedParameter("least", std.math.minInt(i64), .{});
    try traj.addDerivedParameter("real", @as(f64, 0.1), .{ .unit = "m" });
    try traj.addDerivedParameter("huge", 1e300, .{});
    try traj.addDerivedParameter("truth", true, .{});
    try traj.addDerivedParameter("word", "größe", .{});
    try traj.addDerivedParameter("zeros", "a\x00b", .{});
    try traj.addDerivedParameter("empty", "", .{});
    try traj.addDerivedParameter("complex", host.Complex{ .re = 1.5, .im = -2.5 }, .{});
    try traj.addDerivedParameter("nothing", null, .{});
    try holds(traj, @src(), try traj.get(f64, "whole") == 3 and try traj.get(f32, "whole") == 3 and try traj.get(u8, "whole") == 3);
    try holds(traj, @src(), try traj.get(usize, "whole") == 3 and try traj.get(isize, "whole") == 3);
    try holds(traj, @src(), (try traj.get(host.Complex, "whole")).re == 3);
    try holds(traj, @src(), try traj.get(i64, "least") == std.math.minInt(i64) and try traj.get(f64, "least") == -0x1p63);
    try refuses(traj, u64, "least", "`least` holds -9223372036854775808, outside of u64");
    try refuses(traj, i32, "least", "outside of i32 (-2147483648 to 2147483647)");
    try refuses(traj, bool, "least", "not a boolean");
    try holds(traj, @src(), try traj.get(f64, "real") == 0.1 and try traj.get(f32, "real") == 0.1);
    try refuses(traj, i64, "real", "`real` is the real number 0.1, not an integer");
    try refuses(traj, f32, "huge", "f32");
    try holds(traj, @src(), try traj.get(bool, "truth"));
    try refuses(traj, i32, "truth", "the boolean true");
    try holds(traj, @src(), std.mem.eql(u8, try traj.get([]const u8, "word"), "größe"));
    try holds(traj, @src(), std.mem.eql(u8, try traj.get([:0]const u8, "zeros"), "a\x00b"));
    try holds(traj, @src(), (try traj.get([]const u8, "empty")).len == 0);
    try refuses(traj, host.Bytes, "word", "not bytes");
    try refuses(traj, f64, "complex", "the complex number 1.5-2.5i");
    try holds(traj, @src(), try traj.get(?f64, "nothing") == null and (try traj.get(?f64, "real")).? == 0.1);
    try refuses(traj, f64, "nothing", "no value (none)");
    try holds(traj, @src(), try traj.getDefault(f64, "nowhere", 2.5) == 2.5);
    try holds(traj, @src(), traj.getDefault(f64, "word", 2.5) == error.WrongType);
    try holds(traj, @src(), traj.getDefault(f64, "a/b", 2.5) == error.IllegalName);
    try holds(traj, @src(), traj.arg(f64, 7) == error.NotFound and std.mem.startsWith(u8, traj.message(), "nothing is called `args[7]`"));
    try holds(traj, @src(), traj.kwarg(f64, "x") == error.NotFound and std.mem.startsWith(u8, traj.message(), "nothing is called `kwargs.x`"));
}

fn arrays(traj: *host.SingleRun) !void {
    try traj.addDerivedParameter("small", &[_]i16{ 1, -2, 300 }, .{});
    try traj.addDerivedParameter("grid", host.array(&[_]f64{ 0.5, 1.5, 2.5, 3.5 }, &.{ 2, 2 }), .{});
    try traj.addDerivedParameter("bytes", host.vector(&[_]u8{ 0, 255 }), .{});
    try traj.addDerivedParameter("most", host.scalar(@as(u64, std.math.maxInt(u64))), .{});
    try traj.addDerivedParameter("words", &[_][]const u8{ "ä", "" }, .{});
    try traj.addDerivedParameter("list", host.list(&[_]i64{ 1, 2, 3 }), .{});
    try traj.addDerivedParameter("pairs", &[_]host.Complex32{.{ .re = 1, .im = 2 }}, .{});
    const small = try traj.get([]i16, "small");
    try holds(traj, @src(), std.mem.eql(i16, small, &.{ 1, -2, 300 }));
    small[0] = 7; // It is the run's own.
    try holds(traj, @src(), (try traj.get([]const f64, "small"))[2] == 300);
    try refuses(traj, []const u16, "small", "`small` holds -2, outside of u16");
    try refuses(traj, []const bool, "small", "is an array of signed16, not of booleans");
    try refuses(traj, f64, "small", "an array of signed16, shape [3]");
    const grid = try traj.get(host.Array(f64), "grid");
    try holds(traj, @src(), grid.data.len == 4 and grid.data[3] == 3.5 and grid.shape.len == 2 and grid.shape[1] == 2);
    try refuses(traj, []const f64, "grid", "`grid` has 2 dimensions, not one; host.Array(f64) has any");
    try refuses(traj, host.Array(i32), "grid", "is an array of float64, not of integers");
    try holds(traj, @src(), (try traj.get(host.Bytes, "bytes")).data[1] == 255 and (try traj.get([]u8, "bytes"))[1] == 255);
    try holds(traj, @src(), try traj.get(u64, "most") == std.math.maxInt(u64));
    try refuses(traj, i64, "most", "outside of i64");
    const words = try traj.get([]const []const u8, "words");
    try holds(traj, @src(), words.len == 2 and std.mem.eql(u8, words[0], "ä") and words[1].len == 0);
    try refuses(traj, []const f64, "words", "is an array of text, not of real numbers");
    try holds(traj, @src(), (try traj.get([]const i64, "list"))[2] == 3 and (try traj.get([]const f32, "list"))[2] == 3);
    try holds(traj, @src(), (try traj.get([]const host.Complex, "pairs"))[0].im == 2);
}

fn wholes(traj: *host.SingleRun) !void {
    try traj.addDerivedParameter("table", host.table(.{ .t = &[_]f64{ 0.5, 1.5 } }), .{});
    try traj.addDerivedParameter("dictionary", host.dictionary(.{ .@"a.b" = 1, .c = "d" }), .{});
    const row = &[_]i32{ 1, 0, 1 };
    const column = &[_]i64{ 0, 2, 0 };
    try traj.addDerivedParameter("matrix", host.coo(2, 3, &[_]f64{ 2, 3, 4 }, row, column), .{});
    const table = try traj.get(host.Table, "table");
    try holds(traj, @src(), table.columns().len == 1 and (try table.column([]const f64, "t"))[1] == 1.5);
    try holds(traj, @src(), table.column([]const f64, "v") == error.WrongType);
    try holds(traj, @src(), std.mem.eql(u8, traj.message(), "`table` has no column `v`"));
    const dictionary = try traj.get(host.Dictionary, "dictionary");
    try holds(traj, @src(), try dictionary.get(i32, "a.b") == 1 and dictionary.entries().len == 2);
    try holds(traj, @src(), dictionary.get(i32, "a") == error.WrongType);
    const dense = try (try traj.get(host.Sparse, "matrix")).toDense();
    // Elements that occur twice add up.
    try holds(traj, @src(), dense.data[3] == 6 and dense.data[2] == 3 and dense.shape[1] == 3);
    try refuses(traj, host.Dictionary, "table", "not a dictionary");
    try refuses(traj, host.Array(f64), "matrix", "a sparse matrix (coo)");
    // What was read can be added again.
    inline for (.{ table, dictionary, dense, traj.get(host.Sparse, "matrix") }, 0..) |x, i| {
        const name = .{ "again.table", "again.dictionary", "again.dense", "again.sparse" }[i];
        try traj.addResult(name, if (i == 3) try x else x, .{ .unit = "m" });
    }
}

fn numbers(traj: *host.SingleRun) !void {
    const draws = 100_000;
    var rng: host.Rng = .of(42, 0);
    var zero: host.Rng = .of(0, 0);
    try holds(traj, @src(), zero.bits() == 0xd6405f892fef003e);
    var sums: struct { uniform: f64 = 0, normal: f64 = 0, squares: f64 = 0, exponential: f64 = 0, below: f64 = 0, chance: f64 = 0 } = .{};
    for (0..draws) |_| {
        sums.uniform += rng.uniform();
        const drawn = rng.normal();
        sums.normal += drawn;
        sums.squares += drawn * drawn;
        sums.exponential += rng.exponential();
        sums.below += @floatFromInt(rng.below(10));
        sums.chance += if (rng.chance(0.25)) 1 else 0;
    }
    // Five standard errors of each mean.
    const err = 5.0 / @sqrt(@as(f64, draws));
    try holds(traj, @src(), @abs(sums.uniform / draws - 0.5) < 0.289 * err and @abs(sums.normal / draws) < err);
    try holds(traj, @src(), @abs(sums.squares / draws - 1) < 1.42 * err and @abs(sums.exponential / draws - 1) < err);
    try holds(traj, @src(), @abs(sums.below / draws - 4.5) < 2.88 * err and @abs(sums.chance / draws - 0.25) < 0.44 * err);
    var items: [50]u8 = undefined;
    for (&items, 0..) |*item, i| item.* = @intCast(i);
    rng.shuffle(u8, &items);
    var sum: usize = 0;
    var moved: usize = 0;
    for (items, 0..) |item, i| {
        sum += item;
        moved += @intFromBool(item != i);
    }
    try holds(traj, @src(), sum == 1225 and moved > 30);
    // The bits are the same through the interface of Zig, in the order of their bytes.
    var again: host.Rng = .of(0, 0);
    try holds(traj, @src(), again.random().int(u64) == 0xd6405f892fef003e);
}

/// Blocks of many sizes and alignments, taken, grown and freed in random order: each keeps its bytes.
fn heap(traj: *host.SingleRun) !void {
    const Block = struct { items: []align(1) u8 = &.{}, alignment: usize = 1, mark: u8 = 0 };
    const allocator = host.allocator;
    var blocks: [100]Block = @splat(.{});
    var rng: host.Rng = .of(1, 2);
    for (0..20_000) |turn| {
        const block = &blocks[@intCast(rng.below(blocks.len))];
        try holds(traj, @src(), std.mem.allEqual(u8, @alignCast(block.items), block.mark));
        const size: usize = @intCast(rng.below(if (rng.chance(0.01)) 300_000 else 400));
        const mark: u8 = @truncate(turn);
        if (rng.chance(0.3) and block.alignment == 1 and block.items.len > 0) {
            const kept = @min(size, block.items.len);
            block.items = try allocator.realloc(@as([]u8, @alignCast(block.items)), size);
            try holds(traj, @src(), std.mem.allEqual(u8, block.items[0..kept], block.mark));
        } else {
            switch (block.alignment) {
                1 => allocator.free(@as([]u8, @alignCast(block.items))),
                else => allocator.free(@as([]align(64) u8, @alignCast(block.items))),
            }
            block.alignment = if (rng.chance(0.2)) 64 else 1;
            block.items = if (block.alignment == 1) try allocator.alloc(u8, size) else try allocator.alignedAlloc(u8, .@"64", size);
            try holds(traj, @src(), size == 0 or @intFromPtr(block.items.ptr) % block.alignment == 0);
        }
        block.mark = mark;
        @memset(block.items, mark);
    }
    // Elements of large alignment, and what no memory holds.
    try holds(traj, @src(), std.c.malloc(std.math.maxInt(usize)) == null and std.c.malloc(1 << 31) == null);
}
