//! What values are read as: whatever is exact, and nothing else.

const std = @import("std");

const contract = @import("contract.zig");
const values = @import("values.zig");
const versions = @import("versions.zig");

const Value = contract.Value;

/// Why the run refused. `SingleRun.message` says it in words.
pub const Error = error{
    /// Nothing has that name: no parameter, no node to annotate, no argument.
    NotFound,
    /// A short-cut that several nodes answer to.
    Ambiguous,
    /// The name breaks the naming rules, or leads out of this run.
    IllegalName,
    /// The name lies outside of what a single run may see.
    NotVisible,
    /// The value is there but of another type.
    WrongType,
    /// This run has added something of that name before.
    AlreadyExists,
    /// The value contradicts itself, for example a shape that does not match its data.
    InvalidValue,
    /// A limit of the run would be exceeded.
    LimitExceeded,
    /// No class of that name was loaded.
    UnknownClass,
    /// The class does not keep the value.
    ClassRefused,
    /// What `SingleRun.fail` was called for.
    Failed,
};

/// In the order of `host_error_t`.
const errors = [_]Error{
    error.NotFound,     error.Ambiguous,     error.IllegalName,  error.NotVisible,   error.WrongType, error.AlreadyExists,
    error.InvalidValue, error.LimitExceeded, error.UnknownClass, error.ClassRefused, error.Failed,
};

/// The error of a function of C.
pub fn check(code: c_int) Error!void {
    if (code != 0) return errorOf(code);
}

/// The error that a function of C has returned.
pub fn errorOf(code: c_int) Error {
    return errors[@intCast(code - 1)];
}

/// The number that a function of C would return for an error, if it is one of these.
pub fn codeOf(err: anyerror) ?c_int {
    for (errors, 1..) |known, code| if (err == known) return @intCast(code);
    return null;
}

/// A text that ends with a zero byte, for functions of C.
pub const Zeroed = struct {
    text: [:0]u8,

    pub fn of(text: []const u8) Zeroed {
        const copy = std.heap.c_allocator.allocSentinel(u8, text.len, 0) catch @panic("the job is out of memory");
        @memcpy(copy, text);
        return .{ .text = copy };
    }

    pub fn free(self: Zeroed) void {
        std.heap.c_allocator.free(self.text);
    }
};

/// A table, with columns that are read like parameters.
pub const Table = struct {
    traj: *contract.Traj,
    what: []const u8,
    raw: contract.Table,

    /// A column as a slice or an `Array`.
    pub fn column(self: Table, comptime T: type, name: []const u8) Error!T {
        for (self.columns()) |*known| {
            if (std.mem.eql(u8, known.name.slice(), name)) {
                const cells: Value = .{ .tag = .plain, .val = .{ .plain = .{ .tag = .array, .val = .{ .array = known.cells } } } };
                return read(self.traj, T, name, &cells);
            }
        }
        return mismatch(self.traj, self.what, "has no column `{s}`", .{name});
    }

    /// All of them, each with its name and its cells.
    pub fn columns(self: Table) []values.Column {
        return self.raw.columns.slice();
    }

    pub fn toValue(self: Table) Value {
        return .{ .tag = .table, .val = .{ .table = self.raw } };
    }
};

/// A dictionary, with entries that are read like parameters. Dots in keys nest.
pub const Dictionary = struct {
    traj: *contract.Traj,
    what: []const u8,
    raw: contract.Dictionary,

    pub fn get(self: Dictionary, comptime T: type, key: []const u8) Error!T {
        for (self.entries()) |*known| {
            if (std.mem.eql(u8, known.key.slice(), key)) {
                return read(self.traj, T, key, &.{ .tag = .plain, .val = .{ .plain = known.value } });
            }
        }
        return mismatch(self.traj, self.what, "has no entry `{s}`", .{key});
    }

    pub fn entries(self: Dictionary) []values.Entry {
        return self.raw.entries.slice();
    }

    pub fn toValue(self: Dictionary) Value {
        return .{ .tag = .dictionary, .val = .{ .dictionary = self.raw } };
    }
};

/// A sparse matrix in one of SciPy's formats.
pub const Sparse = struct {
    traj: *contract.Traj,
    what: []const u8,
    raw: contract.Sparse,

    /// All elements, zeros where nothing is stored; those that occur twice add up.
    pub fn toDense(self: Sparse) Error!values.Array(f64) {
        const what = Zeroed.of(self.what);
        defer what.free();
        var dense: contract.Elements = undefined;
        try check(contract.traj_dense(self.traj, what.text, &self.raw, &dense));
        return elements(f64, dense);
    }

    pub fn toValue(self: Sparse) Value {
        return .{ .tag = .sparse, .val = .{ .sparse = self.raw } };
    }
};

/// A value as `T`; `what` names it in messages.
pub fn read(traj: *contract.Traj, comptime T: type, what: []const u8, from: *const Value) Error!T {
    const name = Zeroed.of(what);
    defer name.free();
    switch (T) {
        Value => return from.*,
        values.Bytes => {
            const data = try by(contract.List(u8), contract.traj_read_bytes, traj, name, from);
            return .{ .data = data.slice() };
        },
        Table => return whole(Table, try by(contract.Table, contract.traj_read_table, traj, name, from), traj, what),
        Dictionary => return whole(Dictionary, try by(contract.Dictionary, contract.traj_read_dictionary, traj, name, from), traj, what),
        Sparse => return whole(Sparse, try by(contract.Sparse, contract.traj_read_sparse, traj, name, from), traj, what),
        []const u8, [:0]const u8 => {
            const words = try by([*:0]const u8, contract.traj_read_text, traj, name, from);
            // A text of the host may hold zero bytes.
            const plain = &from.val.plain;
            const length = if (plain.tag == .text) plain.val.text.len else std.mem.len(words);
            return words[0..length :0];
        },
        else => {},
    }
    switch (@typeInfo(T)) {
        .optional => |optional| {
            const absent = from.tag == .plain and from.val.plain.tag == .none;
            return if (absent) null else try read(traj, optional.child, what, from);
        },
        .pointer => |pointer| {
            if (pointer.size != .slice) @compileError("a parameter is no " ++ @typeName(T));
            const found = try arrayOf(pointer.child, traj, name, from);
            if (found.shape.len != 1) {
                return mismatch(traj, what, "has {d} dimensions, not one; host.Array({s}) has any", .{ found.shape.len, @typeName(pointer.child) });
            }
            return found.data;
        },
        .@"struct" => if (T != values.Complex) {
            if (!@hasField(T, "shape")) @compileError("a parameter is no " ++ @typeName(T));
            return arrayOf(@typeInfo(@FieldType(T, "data")).pointer.child, traj, name, from);
        },
        else => {},
    }
    const C = switch (T) {
        usize, c_uint, c_ulong => u32,
        isize, c_int, c_long => i32,
        else => T,
    };
    return try by(C, switch (C) {
        bool => contract.traj_read_bool,
        i8 => contract.traj_read_i8,
        i16 => contract.traj_read_i16,
        i32 => contract.traj_read_i32,
        i64 => contract.traj_read_i64,
        u8 => contract.traj_read_u8,
        u16 => contract.traj_read_u16,
        u32 => contract.traj_read_u32,
        u64 => contract.traj_read_u64,
        f32 => contract.traj_read_f32,
        f64 => contract.traj_read_f64,
        values.Complex => contract.traj_read_complex,
        else => @compileError("a parameter is no " ++ @typeName(T)),
    }, traj, name, from);
}

fn by(comptime T: type, comptime reader: anytype, traj: *contract.Traj, what: Zeroed, from: *const Value) Error!T {
    var into: T = undefined;
    try check(reader(traj, what.text, from, &into));
    return into;
}

fn whole(comptime T: type, raw: anytype, traj: *contract.Traj, what: []const u8) T {
    return .{ .traj = traj, .what = Zeroed.of(what).text, .raw = raw };
}

fn arrayOf(comptime E: type, traj: *contract.Traj, what: Zeroed, from: *const Value) Error!values.Array(E) {
    if (comptime values.isText(E)) {
        const found = elements(contract.Text, try by(contract.Elements, contract.traj_read_text_array, traj, what, from));
        const texts = std.heap.c_allocator.alloc(E, found.data.len) catch @panic("the job is out of memory");
        for (texts, found.data) |*to, text| to.* = text.slice();
        return .{ .data = texts, .shape = found.shape };
    }
    return elements(E, try by(contract.Elements, switch (values.elementTag(E)) {
        .boolean => contract.traj_read_bool_array,
        .signed8 => contract.traj_read_i8_array,
        .signed16 => contract.traj_read_i16_array,
        .signed32 => contract.traj_read_i32_array,
        .signed64 => contract.traj_read_i64_array,
        .unsigned8 => contract.traj_read_u8_array,
        .unsigned16 => contract.traj_read_u16_array,
        .unsigned32 => contract.traj_read_u32_array,
        .unsigned64 => contract.traj_read_u64_array,
        .float32 => contract.traj_read_f32_array,
        .float64 => contract.traj_read_f64_array,
        .complex64 => contract.traj_read_complex32_array,
        .complex128 => contract.traj_read_complex_array,
        .text => unreachable,
    }, traj, what, from));
}

fn elements(comptime E: type, of: contract.Elements) values.Array(E) {
    const data: [*]E = @ptrCast(@alignCast(of.data orelse return .{ .data = &.{}, .shape = of.shape.slice() }));
    return .{ .data = data[0..of.count], .shape = of.shape.slice() };
}

/// `what` is not as it was asked for.
pub fn mismatch(traj: *contract.Traj, what: []const u8, comptime why: []const u8, args: anytype) Error {
    const name = Zeroed.of(what);
    defer name.free();
    const words = Zeroed.of(versions.print(why, args));
    return errorOf(contract.host_guest_mismatch(traj, name.text, words.text));
}
