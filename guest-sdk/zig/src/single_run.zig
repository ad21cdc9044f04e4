//! The run, as its job sees it.

const std = @import("std");

const contract = @import("contract.zig");
const reading = @import("reading.zig");
const values = @import("values.zig");
const versions = @import("versions.zig");
const Rng = @import("random.zig").Rng;

const Error = reading.Error;
const Value = contract.Value;
const Zeroed = reading.Zeroed;

/// What is known of a parameter besides its value.
pub const ParameterInfo = struct { name: []const u8, comment: []const u8, unit: []const u8, explored: bool };

/// An item of a result. Dots in its name nest; an empty one stands for the name of the result, with a number where it occurs
/// again.
pub const Item = contract.NamedValue;

pub fn item(name: []const u8, x: anytype) Item {
    return .{ .name = .of(name), .value = values.value(x) };
}

/// What is added beside a value.
pub const About = struct {
    comment: []const u8 = "",
    /// In UDUNITS. What `describe` says of a result holds for all runs and needs no place in each of them.
    unit: []const u8 = "",
    /// A class of your own that stores it, whose component the spec names.
    class: ?[]const u8 = null,
};

/// One run: exactly one point of the exploration, and the place where its results go.
pub const SingleRun = struct {
    c: *contract.Traj,

    /// The value of a parameter at this point, or of a derived parameter that this run has added. `path` is a name with dots, or a
    /// short-cut that only one node answers to.
    pub fn get(self: *SingleRun, comptime T: type, path: []const u8) Error!T {
        var found: Value = undefined;
        var refusal: contract.AccessError = undefined;
        if (!contract.wit_run_f_get(&.of(path), &found, &refusal)) return self.refusedAccess(path, &refusal);
        return reading.read(self.c, T, path, &found);
    }

    /// The same, but `default` where nothing has that name.
    pub fn getDefault(self: *SingleRun, comptime T: type, path: []const u8, default: T) Error!T {
        var found: Value = undefined;
        var refusal: contract.AccessError = undefined;
        if (T == Value) {
            const there = contract.wit_run_f_get_default(&.of(path), &default, &found, &refusal);
            return if (there) found else self.refusedAccess(path, &refusal);
        }
        if (contract.wit_run_f_get(&.of(path), &found, &refusal)) return reading.read(self.c, T, path, &found);
        const refused = self.refusedAccess(path, &refusal);
        return if (refused == error.NotFound) default else refused;
    }

    /// Whether anything has that name; true for an ambiguous one as well.
    pub fn contains(self: *SingleRun, path: []const u8) bool {
        _ = self;
        return contract.wit_run_f_contains(&.of(path));
    }

    /// All parameters below the path `under`, in the order of their names; every one for "".
    pub fn listParameters(self: *SingleRun, under: []const u8) []const ParameterInfo {
        _ = self;
        var found: contract.List(contract.ParameterInfo) = undefined;
        contract.wit_run_f_list_parameters(&.of(under), &found);
        const known = std.heap.c_allocator.alloc(ParameterInfo, found.len) catch @panic("the job is out of memory");
        for (known, found.slice()) |*to, from| to.* = .{
            .name = from.name.slice(),
            .comment = from.comment.slice(),
            .unit = from.unit.slice(),
            .explored = from.explored,
        };
        return known;
    }

    /// How many positional arguments the spec hands to every run.
    pub fn argCount(self: *const SingleRun) usize {
        return self.c.args.len;
    }

    pub fn arg(self: *SingleRun, comptime T: type, position: usize) Error!T {
        var buffer: [24]u8 = undefined;
        const path = std.fmt.bufPrint(&buffer, "args[{d}]", .{position}) catch unreachable;
        if (position >= self.c.args.len) return self.notFound(path);
        return reading.read(self.c, T, path, &self.c.args.slice()[position]);
    }

    /// The named arguments of the spec, as they are.
    pub fn kwargs(self: *const SingleRun) []const Item {
        return self.c.kwargs.slice();
    }

    pub fn kwarg(self: *SingleRun, comptime T: type, path: []const u8) Error!T {
        for (self.c.kwargs.slice()) |*known| {
            if (std.mem.eql(u8, known.name.slice(), path)) return reading.read(self.c, T, path, &known.value);
        }
        const whole = versions.print("kwargs.{s}", .{path});
        defer std.heap.c_allocator.free(whole);
        return self.notFound(whole);
    }

    /// Adds a result: `traj.addResult("rate", rate, .{ .comment = "…", .unit = "Hz" })`. What can be one, `host.value` says.
    pub fn addResult(self: *SingleRun, path: []const u8, x: anytype, about: About) Error!void {
        return self.addItems(path, &[_]Item{item("", x)}, about);
    }

    /// Adds a result of several items, the fields of a structure, `traj.addItems("spikes", .{ .times = times, .count = n }, .{})`, or
    /// those of a slice of `Item`.
    pub fn addItems(self: *SingleRun, path: []const u8, items: anytype, about: About) Error!void {
        const by_name = @typeInfo(@TypeOf(items)) == .@"struct";
        const all: []const Item = if (by_name) values.fields(Item, item, items) else items;
        defer if (by_name) std.heap.c_allocator.free(all);
        const list: contract.List(Item) = .of(all);
        var refusal: contract.AddError = undefined;
        const added = if (about.class) |class|
            contract.wit_run_f_add_result_as(&.of(class), &.of(path), &list, &.of(about.comment), &refusal)
        else
            contract.wit_run_f_add_result(&.of(path), &list, &.of(about.comment), &refusal);
        if (!added) return self.refusedAdding(path, &refusal);
        if (about.unit.len > 0) try self.setAnnotation(path, "unit", about.unit);
    }

    /// Adds a value that follows from the parameters of this point.
    pub fn addDerivedParameter(self: *SingleRun, path: []const u8, x: anytype, about: About) Error!void {
        const made = values.value(x);
        var refusal: contract.AddError = undefined;
        const added = if (about.class) |class|
            contract.wit_run_f_add_derived_parameter_as(&.of(class), &.of(path), &made, &.of(about.comment), &refusal)
        else
            contract.wit_run_f_add_derived_parameter(&.of(path), &made, &.of(about.comment), &refusal);
        if (!added) return self.refusedAdding(path, &refusal);
        if (about.unit.len > 0) try self.setAnnotation(path, "unit", about.unit);
    }

    /// Attaches an annotation to a result or derived parameter of this run, replacing one of the same key.
    pub fn setAnnotation(self: *SingleRun, node: []const u8, key: []const u8, x: anytype) Error!void {
        const made = values.value(x);
        if (made.tag != .plain) {
            const words = "the annotation `{s}` of `{s}` is of the kind {s}, not a plain value";
            return self.remember(error.InvalidValue, words, .{ key, node, @tagName(made.tag) });
        }
        var refusal: contract.AddError = undefined;
        if (!contract.wit_run_f_set_annotation(&.of(node), &.of(key), &made.val.plain, &refusal)) {
            return self.refusedAdding(node, &refusal);
        }
    }

    /// The index of this run, from 0.
    pub fn idx(self: *const SingleRun) u64 {
        _ = self;
        return contract.wit_run_v_idx();
    }

    /// The number of runs.
    pub fn length(self: *const SingleRun) u64 {
        _ = self;
        return contract.wit_run_v_length();
    }

    /// The seed of this run: it follows from the root seed, the point and the replicate, never from the position.
    pub fn seed(self: *const SingleRun) u64 {
        _ = self;
        return contract.wit_run_v_seed();
    }

    /// The name of this run, `run_00000003`.
    pub fn name(self: *const SingleRun) []const u8 {
        _ = self;
        var found: contract.Text = .{};
        contract.wit_run_v_name(&found);
        return found.slice();
    }

    pub fn trajectoryName(self: *const SingleRun) []const u8 {
        _ = self;
        var found: contract.Text = .{};
        contract.wit_run_v_trajectory_name(&found);
        return found.slice();
    }

    /// Random numbers that follow from the seed of this run.
    pub fn rng(self: *const SingleRun) Rng {
        return self.rngStream(0);
    }

    /// Streams are independent of one another; 0 is the usual one.
    pub fn rngStream(self: *const SingleRun, stream: u64) Rng {
        return .of(self.seed(), stream);
    }

    // Lines in the log of the exploration, under the name of this run. `std.log` and `std.debug.print` go there, too.

    pub fn debug(self: *SingleRun, comptime format: []const u8, args: anytype) void {
        _ = self;
        log(0, format, args);
    }

    pub fn info(self: *SingleRun, comptime format: []const u8, args: anytype) void {
        _ = self;
        log(1, format, args);
    }

    pub fn warning(self: *SingleRun, comptime format: []const u8, args: anytype) void {
        _ = self;
        log(2, format, args);
    }

    pub fn err(self: *SingleRun, comptime format: []const u8, args: anytype) void {
        _ = self;
        log(3, format, args);
    }

    /// Tells how far this run has come, from 0 to 1.
    pub fn progress(self: *SingleRun, fraction: f64, comptime format: []const u8, args: anytype) void {
        _ = self;
        const words = versions.print(format, args);
        defer std.heap.c_allocator.free(words);
        contract.wit_run_progress(fraction, &.of(words));
    }

    /// An error with a reason in words: `return traj.fail("no solution after {d} steps", .{n});`.
    pub fn fail(self: *SingleRun, comptime format: []const u8, args: anytype) Error {
        return self.remember(error.Failed, format, args);
    }

    /// The same with the place in the source: `return traj.failAt(@src(), "no solution", .{});`.
    pub fn failAt(self: *SingleRun, at: std.builtin.SourceLocation, comptime format: []const u8, args: anytype) Error {
        return self.remember(error.Failed, format ++ " (at {s}:{d} in {s})", args ++ .{ at.file, at.line, at.fn_name });
    }

    /// The last error in words; empty if there was none.
    pub fn message(self: *const SingleRun) []const u8 {
        return std.mem.span(self.c.message);
    }

    /// `what`, with its reason in words.
    fn remember(self: *SingleRun, what: Error, comptime format: []const u8, args: anytype) Error {
        const plain = versions.print(format, args);
        defer std.heap.c_allocator.free(plain);
        const words = Zeroed.of(plain);
        defer words.free();
        _ = contract.traj_fail(self.c, words.text);
        self.c.code = reading.codeOf(what).?;
        return what;
    }

    fn notFound(self: *SingleRun, of: []const u8) Error {
        return self.refusedAccess(of, &.{ .tag = 0, .val = .{ .text = .of(of) } });
    }

    fn refusedAccess(self: *SingleRun, of: []const u8, refusal: *const contract.AccessError) Error {
        const asked = Zeroed.of(of);
        defer asked.free();
        return reading.errorOf(contract.host_guest_access_refused(self.c, asked.text, refusal));
    }

    fn refusedAdding(self: *SingleRun, of: []const u8, refusal: *const contract.AddError) Error {
        const added = Zeroed.of(of);
        defer added.free();
        return reading.errorOf(contract.host_guest_add_refused(self.c, added.text, refusal));
    }
};

/// A line in the log.
pub fn log(level: u8, comptime format: []const u8, args: anytype) void {
    const words = versions.print(format, args);
    defer std.heap.c_allocator.free(words);
    contract.wit_run_log(level, &.of(words));
}
