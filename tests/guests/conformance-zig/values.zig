//! Values of every type.

const std = @import("std");
const host = @import("host_guest");

const inf = std.math.inf(f64);
const nan = std.math.nan(f64);

/// A value of the contract, and the name it is stored under.
pub const Named = struct { name: []const u8, value: host.Value };

fn named(name: []const u8, x: anytype) Named {
    return .{ .name = name, .value = host.value(x) };
}

/// What cannot stand in a constant, as memory has to be taken for it, stays until the run ends.
fn kept(comptime T: type, items: []const T) []T {
    return host.allocator.dupe(T, items) catch unreachable;
}

fn extremes(comptime T: type) host.Value {
    const least = std.math.minInt(T);
    return host.value(kept(T, &.{ least, if (least < 0) 0 else 1, std.math.maxInt(T) }));
}

const grid = host.Array(f64){
    .data = @constCast(&[_]f64{ 0.0, 0.1, 0.2, 1.0, 1.1, 1.2 }),
    .shape = &.{ 2, 3 },
};
const flags = &[_]bool{ true, false };
const halves = &[_]f64{ 0.5, 1.5 };

fn sequences(comptime kind: []const u8, make: anytype) [7]Named {
    const byte_strings = &[_]host.Bytes{ .{ .data = &.{ 1, 2 } }, .{ .data = "" } };
    const complexes = &[_]host.Complex{ .{ .re = 0, .im = 1 }, .{ .re = 1 } };
    return .{
        named(kind ++ ".empty", make(&[_]bool{})),
        named(kind ++ ".booleans", make(flags)),
        named(kind ++ ".integers", make(&[_]u8{ 1, 2, 3 })),
        named(kind ++ ".reals", make(halves)),
        named(kind ++ ".complexes", make(complexes)),
        named(kind ++ ".texts", make(&[_][]const u8{ "ä", "b", "" })),
        named(kind ++ ".byte_strings", make(byte_strings)),
    };
}

fn sparse() [7]Named {
    const bsr = host.array(&[_]f64{ 1, 2, 3, 4, 5, 6, 7, 8 }, &.{ 2, 2, 2 });
    const dia = host.array(&[_]i16{ 4, 5, 0, 0, 0, 3 }, &.{ 2, 3 });
    return .{
        named("sparse.csr", host.csr(2, 3, &[_]f64{ 3.0, nan }, &[_]i32{ 2, 0 }, &[_]i32{ 0, 1, 2 })),
        named("sparse.csc", host.csc(2, 3, &[_]host.Complex32{.{ .re = 4, .im = -1 }}, &[_]i32{1}, &[_]i32{ 0, 1, 1, 1 })),
        named("sparse.bsr", host.bsr(4, 4, bsr, &[_]i32{ 1, 0 }, &[_]i64{ 0, 1, 2 })),
        named("sparse.coo", host.coo(2, 3, flags, &[_]i32{ 1, 0 }, &[_]i32{ 0, 2 })),
        named("sparse.dia", host.dia(3, 3, dia, &[_]i32{ -1, 2 })),
        named("sparse.empty", host.csr(0, 3, host.vector(&[_]u8{}), &[_]i32{}, &[_]i32{0})),
        named("sparse.wide", host.csr(1, 1 << 31, &[_]u64{1}, &[_]i32{std.math.maxInt(i32)}, &[_]i32{ 0, 1 })),
    };
}

/// One value of every type, and one array of every element and of every shape that is special.
pub fn all() []const Named {
    const plain = [_]Named{
        named("plain.none", null),
        named("plain.boolean", true),
        named("plain.integer", std.math.minInt(i64)),
        named("plain.real", 0.1),
        named("plain.real_nan", nan),
        named("plain.real_infinite", -inf),
        named("plain.complex", host.Complex{ .re = 1.5, .im = -2.5 }),
        named("plain.text", "größe 漢字 🦀"),
        named("plain.text_empty", ""),
        named("plain.bytes", host.Bytes{ .data = &.{ 0, 1, 254, 255 } }),
        named("plain.bytes_empty", host.bytes("")),
    };
    const arrays = [_]Named{
        named("arrays.boolean", &[_]bool{ true, false, true }),
        named("arrays.signed8", extremes(i8)),
        named("arrays.signed16", extremes(i16)),
        named("arrays.signed32", extremes(i32)),
        named("arrays.signed64", extremes(i64)),
        named("arrays.unsigned8", host.vector(&[_]u8{ 0, 1, 255 })),
        named("arrays.unsigned16", extremes(u16)),
        named("arrays.unsigned32", extremes(usize)),
        named("arrays.unsigned64", extremes(u64)),
        named("arrays.float32", &[_]f32{ 0.1, -0.0, std.math.inf(f32) }),
        named("arrays.float64", grid),
        named("arrays.complex64", &[_]host.Complex32{ .{ .re = 1.5, .im = -2.5 }, .{ .re = 0, .im = 1 } }),
        named("arrays.complex128", host.array(&[_]host.Complex{ .{ .re = 1.5, .im = -2.5 }, .{ .re = 3 } }, &.{ 2, 1 })),
        named("arrays.text", &[_][]const u8{ "ä", "", "漢字" }),
        named("arrays.text_2d", host.array(&[_][]const u8{ "a", "bb", "ccc", "🦀" }, &.{ 2, 2 })),
        named("arrays.empty", &[_]f64{}),
        named("arrays.empty_3d", host.array(&[_]i32{}, &.{ 2, 0, 3 })),
        named("arrays.empty_text", &[_][]const u8{}),
        named("arrays.scalar", host.scalar(@as(f64, 2.5))),
        named("arrays.cube", host.array(&[_]i32{ 0, 1, 2, 3, 4, 5, 6, 7 }, &.{ 2, 2, 2 })),
    };
    const others = [_]Named{
        named("tables.every_column", host.table(.{
            .boolean = flags,
            .signed64 = &[_]i64{ 1, -1 },
            .unsigned8 = host.vector(&[_]u8{ 1, 2 }),
            .float32 = &[_]f32{ 0.5, 1.5 },
            .float64 = halves,
            .complex128 = &[_]host.Complex{ .{ .re = 1, .im = 2 }, .{ .re = 3 } },
            .text = &[_][]const u8{ "kurz", "länger" },
            .vectors = grid,
        })),
        named("tables.without_rows", host.table(kept(host.Column, &.{host.column("t", &[_]f64{})}))),
        named("dictionaries.nested", host.dictionary(.{
            .flag = true,
            .text = "ä",
            .nothing = null,
            .@"inner.list" = host.list(&[_]i64{ 1, 2 }),
            .@"inner.deep.array" = halves,
        })),
        named("dictionaries.empty", host.dictionary(.{})),
    };
    const made = [_][]const Named{ &plain, &arrays, &sequences("lists", host.list), &sequences("tuples", host.tuple), &others, &sparse() };
    return std.mem.concat(host.allocator, Named, &made) catch unreachable;
}

/// An array whose list has another length than its shape asks for: the SDK never makes one of what has a length.
pub fn ofLength(array: host.Value, length: usize) host.Value {
    var broken = array;
    broken.val.plain.val.array.data.val.len = length;
    return broken;
}

fn threeOf(comptime T: type, element: T, length: usize) host.Value {
    return ofLength(host.vector(kept(T, &.{ element, element, element })), length);
}

/// Values that contradict themselves, in every way that a type allows.
pub fn contradictions() []const Named {
    const one = host.vector(halves[0..1]);
    const two = host.vector(halves);
    const alone = host.scalar(@as(f64, 0.5));
    const i = host.value(1);
    const ones = kept(u64, &@as([100]u64, @splat(1)));
    const bits = 1 << 32;
    const made = [_]Named{
        named("three of boolean", threeOf(bool, true, 2)),
        named("three of signed8", threeOf(i8, 1, 2)),
        named("three of signed16", threeOf(i16, 1, 2)),
        named("three of signed32", threeOf(i32, 1, 2)),
        named("three of signed64", threeOf(i64, 1, 2)),
        named("three of unsigned8", threeOf(u8, 1, 2)),
        named("three of unsigned16", threeOf(u16, 1, 2)),
        named("three of unsigned32", threeOf(u32, 1, 2)),
        named("three of unsigned64", threeOf(u64, 1, 2)),
        named("three of float32", threeOf(f32, 1, 2)),
        named("three of float64", threeOf(f64, 1, 2)),
        named("three of complex64", threeOf(host.Complex32, .{ .re = 1 }, 4)),
        named("three of complex128", threeOf(host.Complex, .{ .re = 1 }, 4)),
        named("three of text", threeOf([]const u8, "a", 2)),
        named("half a complex number", ofLength(host.vector(kept(host.Complex, &.{.{ .re = 1 }})), 1)),
        named("none of one", ofLength(alone, 0)),
        named("a shape beyond 64 bits", host.array(halves[0..0], &.{ bits, bits })),
        named("too many dimensions", host.array(halves[0..1], ones)),
        named("table without columns", host.table(.{})),
        named("columns of one name", host.table(kept(host.Column, &.{ host.column("t", one), host.column("t", one) }))),
        named("columns of two lengths", host.table(.{ .t = two, .v = one })),
        named("column without rows to count", host.table(.{ .t = alone })),
        named("keys of one name", host.dictionary(kept(host.Entry, &.{ host.entry("a", i), host.entry("a", i) }))),
        named("key inside of a value", host.dictionary(.{ .a = i, .@"a.b" = i })),
        named("key without a name", host.dictionary(kept(host.Entry, &.{host.entry("", i)}))),
        named("csr outside", host.csr(2, 2, one, &[_]i32{2}, &[_]i32{ 0, 1, 1 })),
        named("csc that ends early", host.csc(2, 2, one, &[_]i64{0}, &[_]i64{ 0, 1 })),
        named("bsr of flat data", host.bsr(2, 2, one, &[_]i32{0}, &[_]i64{ 0, 1 })),
        named("coo of two lengths", host.coo(2, 2, one, &[_]i32{0}, &[_]i32{ 0, 1 })),
        named("dia of flat data", host.dia(2, 2, two, &[_]i32{0})),
    };
    return kept(Named, &made);
}
