//! What has another name, or another form, in other versions of Zig: from 0.14 on.

const std = @import("std");

/// The names of the fields of a structure.
pub fn fieldNames(comptime T: type) []const [:0]const u8 {
    const info = @typeInfo(T).@"struct";
    if (@hasField(@TypeOf(info), "field_names")) return info.field_names;
    comptime {
        var names: [info.fields.len][:0]const u8 = undefined;
        for (info.fields, 0..) |field, i| names[i] = field.name;
        const all = names;
        return &all;
    }
}

pub fn isTuple(comptime T: type) bool {
    return @typeInfo(T).@"struct".is_tuple;
}

/// A text made of others, in memory that stays until the run ends.
pub fn print(comptime format: []const u8, args: anytype) []u8 {
    const allocator = std.heap.c_allocator;
    const made = if (@hasDecl(std.mem.Allocator, "print"))
        allocator.print(format, args)
    else
        std.fmt.allocPrint(allocator, format, args);
    return made catch @panic("the job is out of memory");
}
