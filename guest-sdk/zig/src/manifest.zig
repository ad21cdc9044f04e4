//! A job in its own words, so that a spec is checked before anything runs.

const std = @import("std");

const contract = @import("contract.zig");
const Zeroed = @import("reading.zig").Zeroed;

/// What a job says of itself: `pub const describe: host.Manifest = .{ … };`, or a function that returns it.
pub const Manifest = struct {
    /// What the job is about.
    comment: []const u8 = "",
    /// Every parameter that the job reads, or nothing: then nothing is checked.
    parameters: ?[]const Parameter = null,
    results: []const Result = &.{},
};

pub const ValueType = enum(c_int) { boolean, integer, real, complex, text, bytes, array, sequence, table, dictionary, sparse };

/// A parameter below `parameters`.
pub const Parameter = struct {
    name: []const u8,
    type: ValueType,
    /// In UDUNITS.
    unit: []const u8 = "",
    comment: []const u8 = "",
    /// `host.value(20e-3)`: the value where the spec gives none. Without it the spec must.
    default: ?contract.Value = null,
    /// The smallest and the largest value allowed, of integers and reals.
    minimum: ?f64 = null,
    maximum: ?f64 = null,
};

/// A result, or an item of one as `result.item`.
pub const Result = struct {
    name: []const u8,
    unit: []const u8 = "",
    comment: []const u8 = "",
    /// Names of the dimensions of an array, slowest first.
    dimensions: []const []const u8 = &.{},
};

const CParameter = extern struct {
    unit: [*:0]const u8,
    comment: [*:0]const u8,
    standard: ?*const contract.Value,
    minimum: ?*const f64,
    maximum: ?*const f64,
};

const CResult = extern struct {
    unit: [*:0]const u8,
    comment: [*:0]const u8,
    dimensions: ?[*]const ?[*:0]const u8,
};

extern fn host_comment(into: *anyopaque, comment: [*:0]const u8) void;
extern fn host_no_parameters(into: *anyopaque) void;
extern fn host_declare_parameter(into: *anyopaque, name: [*:0]const u8, of: c_int, about: CParameter) void;
extern fn host_declare_result(into: *anyopaque, name: [*:0]const u8, about: CResult) void;

/// Says all of it to the SDK of C.
pub fn tell(manifest: Manifest, into: *anyopaque) void {
    host_comment(into, zeroed(manifest.comment));
    if (manifest.parameters) |parameters| {
        if (parameters.len == 0) host_no_parameters(into);
        for (parameters) |*parameter| host_declare_parameter(into, zeroed(parameter.name), @backingInt(parameter.type), .{
            .unit = zeroed(parameter.unit),
            .comment = zeroed(parameter.comment),
            .standard = if (parameter.default) |*default| default else null,
            .minimum = if (parameter.minimum) |*least| least else null,
            .maximum = if (parameter.maximum) |*most| most else null,
        });
    }
    for (manifest.results) |result| {
        const dimensions = std.heap.c_allocator.alloc(?[*:0]const u8, result.dimensions.len + 1) catch @panic("the job is out of memory");
        for (dimensions[0..result.dimensions.len], result.dimensions) |*to, name| to.* = zeroed(name);
        dimensions[result.dimensions.len] = null;
        host_declare_result(into, zeroed(result.name), .{
            .unit = zeroed(result.unit),
            .comment = zeroed(result.comment),
            .dimensions = dimensions.ptr,
        });
    }
}

/// The instance that describes a job does nothing else: nothing has to be freed.
fn zeroed(text: []const u8) [*:0]const u8 {
    return Zeroed.of(text).text;
}
