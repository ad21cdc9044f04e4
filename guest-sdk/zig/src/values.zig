//! Values: making them. Elements are not copied, so that what a value shows has to stay until it has been added.

const std = @import("std");

const contract = @import("contract.zig");
const versions = @import("versions.zig");

pub const Value = contract.Value;
pub const Complex = contract.Complex;
pub const Complex32 = contract.Complex32;
pub const Column = contract.Column;
pub const Entry = contract.Entry;

/// Bytes that are no text: `[]const u8` is one.
pub const Bytes = struct {
    data: []const u8,

    pub fn toValue(self: Bytes) Value {
        return bytes(self.data);
    }
};

/// An array of any shape, in row-major (C) order. Without dimensions it is that of one element.
pub fn Array(comptime T: type) type {
    return struct {
        data: []T,
        shape: []const u64,

        pub fn toValue(self: @This()) Value {
            return array(self.data, self.shape);
        }
    };
}

/// Whatever is not a value yet: truth values, numbers, texts (`[]const u8`), `Complex`, `null` and optionals, slices as arrays
/// with one dimension, and every structure with a function `toValue`.
pub fn value(x: anytype) Value {
    const T = @TypeOf(x);
    if (T == Value) return x;
    return switch (@typeInfo(T)) {
        .null => none,
        .optional => if (x) |there| value(there) else none,
        .bool => plain(.{ .tag = .boolean, .val = .{ .boolean = x } }),
        .int, .comptime_int => integer(x),
        .float, .comptime_float => plain(.{ .tag = .real, .val = .{ .real = x } }),
        .pointer => if (comptime isText(T))
            text(asText(x))
        else if (comptime isSlice(T))
            vector(x)
        else
            @compileError("there is no value for " ++ @typeName(T) ++ "; slices and pointers to arrays become arrays"),
        .array => @compileError("an array by value is gone when it is needed: take its address, `&name`"),
        .@"struct" => if (T == Complex)
            plain(.{ .tag = .complex, .val = .{ .complex = x } })
        else if (@hasDecl(T, "toValue"))
            x.toValue()
        else
            @compileError("there is no value for " ++ @typeName(T) ++ "; host.dictionary and host.table make one of the fields of a structure"),
        else => @compileError("there is no value for " ++ @typeName(T)),
    };
}

/// The absence of a value.
pub const none = plain(.{ .tag = .none, .val = .{ .boolean = false } });

fn plain(of: contract.Plain) Value {
    return .{ .tag = .plain, .val = .{ .plain = of } };
}

fn integer(x: anytype) Value {
    const T = @TypeOf(x);
    if (T != comptime_int and std.math.maxInt(T) > std.math.maxInt(i64)) {
        @compileError("a " ++ @typeName(T) ++ " may be larger than any integer: `@as(i64, @intCast(x))`, or host.scalar(x), which keeps the type");
    }
    return plain(.{ .tag = .integer, .val = .{ .integer = x } });
}

/// A text in UTF-8.
pub fn text(words: []const u8) Value {
    return plain(.{ .tag = .text, .val = .{ .text = .of(words) } });
}

pub fn bytes(data: []const u8) Value {
    return plain(.{ .tag = .bytes, .val = .{ .bytes = .of(data) } });
}

/// A slice, or a pointer to an array, as an array of that shape, slowest dimension first: `host.array(grid, &.{ rows, columns })`.
pub fn array(data: anytype, shape: []const u64) Value {
    const items = asSlice(data);
    const E = @typeInfo(@TypeOf(items)).pointer.child;
    const elements: contract.ArrayData = if (comptime isText(E)) .{
        .tag = .text,
        .val = raw(texts(items), 1),
    } else .{ .tag = elementTag(E), .val = raw(items, if (E == Complex or E == Complex32) 2 else 1) };
    return plain(.{ .tag = .array, .val = .{ .array = .{ .shape = .of(shape), .data = elements } } });
}

/// An array with one dimension.
pub fn vector(data: anytype) Value {
    const items = asSlice(data);
    return array(items, kept(u64, &.{items.len}));
}

/// An array without dimensions, which keeps the type of its one element.
pub fn scalar(x: anytype) Value {
    return array(kept(@TypeOf(x), &.{x}), &.{});
}

/// A list: flat, of one type, and another thing than an array. Its items are truth values, integers, real or complex numbers,
/// texts, or `host.Bytes`.
pub fn list(items: anytype) Value {
    return plain(.{ .tag = .list, .val = .{ .list = sequence(asSlice(items)) } });
}

/// A tuple, with the items that a list may have.
pub fn tuple(items: anytype) Value {
    return plain(.{ .tag = .tuple, .val = .{ .tuple = sequence(asSlice(items)) } });
}

fn sequence(items: anytype) contract.Sequence {
    const E = @typeInfo(@TypeOf(items)).pointer.child;
    if (items.len == 0) return .{ .tag = .empty, .val = .{} };
    if (comptime isText(E)) return .{ .tag = .texts, .val = raw(texts(items), 1) };
    if (E == Bytes) {
        const strings = reserve(contract.List(u8), items.len);
        for (strings, items) |*string, item| string.* = .of(item.data);
        return .{ .tag = .byte_strings, .val = raw(strings, 1) };
    }
    return switch (@typeInfo(E)) {
        .bool => .{ .tag = .booleans, .val = raw(items, 1) },
        .int => .{ .tag = .integers, .val = raw(widened(i64, items), 1) },
        .float => .{ .tag = .reals, .val = raw(widened(f64, items), 1) },
        else => if (E == Complex)
            .{ .tag = .complexes, .val = raw(items, 1) }
        else
            @compileError("a list cannot hold " ++ @typeName(E)),
    };
}

/// The same numbers as `T`, which are copied if they are of another type.
fn widened(comptime T: type, items: anytype) []const T {
    if (@typeInfo(@TypeOf(items)).pointer.child == T) return items;
    const wide = reserve(T, items.len);
    for (wide, items) |*to, item| to.* = item;
    return wide;
}

/// A table: the fields of a structure are its columns, `host.table(.{ .t = t, .v = v })`, or those of a slice of `Column`.
pub fn table(columns: anytype) Value {
    const all = if (comptime isSlice(@TypeOf(columns))) asSlice(columns) else fields(Column, column, columns);
    return .{ .tag = .table, .val = .{ .table = .{ .columns = .of(all) } } };
}

/// A column of a table. `cells` become an array.
pub fn column(name: []const u8, cells: anytype) Column {
    return .{ .name = .of(name), .cells = arrayIn(value(cells), "the column ", name) };
}

/// A dictionary: the fields of a structure are its entries, `host.dictionary(.{ .steps = 3, .@"inner.list" = … })`, or those of a
/// slice of `Entry`. Dots in keys nest.
pub fn dictionary(entries: anytype) Value {
    const all = if (comptime isSlice(@TypeOf(entries))) asSlice(entries) else fields(Entry, entry, entries);
    return .{ .tag = .dictionary, .val = .{ .dictionary = .{ .entries = .of(all) } } };
}

/// An entry of a dictionary.
pub fn entry(key: []const u8, x: anytype) Entry {
    const made = value(x);
    if (made.tag != .plain) {
        panic("the entry {s} is a table, a dictionary or a sparse matrix; dots in keys nest dictionaries", .{key});
    }
    return .{ .key = .of(key), .value = made.val.plain };
}

/// The fields of a structure, each made by `make(name, value)`.
pub fn fields(comptime T: type, comptime make: anytype, of: anytype) []const T {
    const names = comptime versions.fieldNames(@TypeOf(of));
    const made = reserve(T, names.len);
    inline for (names, 0..) |name, i| made[i] = make(name, @field(of, name));
    return made;
}

/// Sparse matrices in SciPy's formats. `data` becomes an array, positions are slices of `i32` or `i64`.
pub fn csr(rows: u64, columns: u64, data: anytype, indices: anytype, indptr: anytype) Value {
    return sparse(.csr, rows, columns, value(data), .{ positions(indices), positions(indptr) });
}

pub fn csc(rows: u64, columns: u64, data: anytype, indices: anytype, indptr: anytype) Value {
    return sparse(.csc, rows, columns, value(data), .{ positions(indices), positions(indptr) });
}

/// `data` has the dimensions block, row and column.
pub fn bsr(rows: u64, columns: u64, data: anytype, indices: anytype, indptr: anytype) Value {
    return sparse(.bsr, rows, columns, value(data), .{ positions(indices), positions(indptr) });
}

pub fn coo(rows: u64, columns: u64, data: anytype, row: anytype, col: anytype) Value {
    return sparse(.coo, rows, columns, value(data), .{ positions(row), positions(col) });
}

/// `data` has the dimensions diagonal and column.
pub fn dia(rows: u64, columns: u64, data: anytype, offsets: anytype) Value {
    const all = positions(offsets);
    return sparse(.dia, rows, columns, value(data), .{ all, all });
}

fn sparse(format: contract.Sparse.Format, rows: u64, columns: u64, data: Value, places: [2]contract.Indices) Value {
    const elements = arrayIn(data, "the data of a sparse matrix", "");
    const matrix: contract.Sparse = .{
        .rows = rows,
        .columns = columns,
        .data = elements,
        .structure = .{ .format = format, .places = places },
    };
    return .{ .tag = .sparse, .val = .{ .sparse = matrix } };
}

fn positions(of: anytype) contract.Indices {
    const items = asSlice(of);
    return switch (@typeInfo(@TypeOf(items)).pointer.child) {
        i32 => .{ .tag = .signed32, .val = raw(items, 1) },
        i64 => .{ .tag = .signed64, .val = raw(items, 1) },
        else => |T| @compileError("positions in a sparse matrix are i32 or i64, not " ++ @typeName(T)),
    };
}

fn arrayIn(of: Value, where: []const u8, name: []const u8) contract.Ndarray {
    if (of.tag != .plain or of.val.plain.tag != .array) panic("{s}{s} is no array", .{ where, name });
    return of.val.plain.val.array;
}

/// What the elements of an array are called in the contract.
pub fn elementTag(comptime T: type) contract.ArrayData.Tag {
    return switch (T) {
        bool => .boolean,
        i8 => .signed8,
        i16 => .signed16,
        i32, isize, c_int, c_long => .signed32,
        i64, c_longlong => .signed64,
        u8 => .unsigned8,
        u16 => .unsigned16,
        u32, usize, c_uint, c_ulong => .unsigned32,
        u64, c_ulonglong => .unsigned64,
        f32 => .float32,
        f64 => .float64,
        Complex32 => .complex64,
        Complex => .complex128,
        else => @compileError("an array cannot hold " ++ @typeName(T) ++
            "; there are bool, i8 to i64, u8 to u64, f32, f64, host.Complex, host.Complex32 and texts ([]const u8)"),
    };
}

/// Whether `T` is what texts are in Zig: slices of bytes, and pointers to arrays of them.
pub fn isText(comptime T: type) bool {
    if (@typeInfo(T) != .pointer) return false;
    const pointer = @typeInfo(T).pointer;
    return switch (pointer.size) {
        .slice => pointer.child == u8,
        .one => @typeInfo(pointer.child) == .array and @typeInfo(pointer.child).array.child == u8,
        else => T == [*:0]const u8 or T == [*:0]u8,
    };
}

fn asText(x: anytype) []const u8 {
    return if (@typeInfo(@TypeOf(x)).pointer.size == .many) std.mem.span(x) else x;
}

/// Whether `T` is a slice, or a pointer to an array.
fn isSlice(comptime T: type) bool {
    if (@typeInfo(T) != .pointer) return false;
    const pointer = @typeInfo(T).pointer;
    return pointer.size == .slice or pointer.size == .one and @typeInfo(pointer.child) == .array;
}

fn Element(comptime T: type) type {
    if (!isSlice(T)) @compileError("a slice or a pointer to an array is needed, not " ++ @typeName(T));
    const pointer = @typeInfo(T).pointer;
    return if (pointer.size == .slice) pointer.child else @typeInfo(pointer.child).array.child;
}

fn asSlice(x: anytype) []const Element(@TypeOf(x)) {
    return x;
}

/// Texts as the contract has them: what a slice looks like in memory is not for us to know.
fn texts(items: anytype) []const contract.Text {
    const all = reserve(contract.Text, items.len);
    for (all, items) |*to, item| to.* = .of(asText(item));
    return all;
}

fn raw(items: anytype, numbers: usize) contract.Raw {
    return if (items.len == 0) .{} else .{ .ptr = @ptrCast(@constCast(items.ptr)), .len = items.len * numbers };
}

/// A copy that stays until the run ends.
fn kept(comptime T: type, items: []const T) []const T {
    const copy = reserve(T, items.len);
    @memcpy(copy, items);
    return copy;
}

/// Memory that stays until the run ends.
fn reserve(comptime T: type, count: usize) []T {
    return std.heap.c_allocator.alloc(T, count) catch @panic("the job is out of memory");
}

pub fn panic(comptime format: []const u8, args: anytype) noreturn {
    @panic(versions.print(format, args));
}
