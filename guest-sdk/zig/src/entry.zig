//! The root of a job's program: the way into the job, and out of it.

const std = @import("std");

const host = @import("host_guest");
const job = @import("job");

const contract = host.contract;

pub const std_options: std.Options = .{ .logFn = log };

/// Safety checks, `unreachable` and `@panic` end the run with their message. There is no place in the source: nothing of Zig can
/// tell it in WebAssembly. `host` says which functions they came from.
pub const panic = std.debug.FullPanic(panicked);

fn panicked(message: []const u8, _: ?usize) noreturn {
    @branchHint(.cold);
    const nowhere: contract.Text = .of("");
    contract.wit_run_report_panic(&.of(message), &nowhere, 0);
    @trap();
}

fn log(comptime level: std.log.Level, comptime scope: @TypeOf(.enum_literal), comptime format: []const u8, args: anytype) void {
    const prefix = if (scope == .default) "" else "(" ++ @tagName(scope) ++ ") ";
    host.log(switch (level) {
        .debug => 0,
        .info => 1,
        .warn => 2,
        .err => 3,
    }, prefix ++ format, args);
}

export fn host_job_run(traj: *contract.Traj) c_int {
    var run: host.SingleRun = .{ .c = traj };
    const Returned = @TypeOf(@call(.never_inline, job.run, .{&run}));
    if (@typeInfo(Returned) == .error_union) {
        // So that a trap can tell where it happened.
        @call(.never_inline, job.run, .{&run}) catch |err| return ended(&run, err);
    } else {
        @call(.never_inline, job.run, .{&run});
    }
    return 0;
}

/// An error of the run has its message; one of the job's own has nothing but its name.
fn ended(run: *host.SingleRun, err: anyerror) c_int {
    if (host.codeOf(err)) |code| if (code == run.c.code) return code;
    const before = run.message();
    const joint = if (before.len == 0) "" else "; the last error before: ";
    return host.codeOf(run.fail("error.{s}{s}{s}", .{ @errorName(err), joint, before })).?;
}

export fn host_job_describe(manifest: *anyopaque) void {
    if (@hasDecl(job, "describe")) {
        const said: host.Manifest = if (@typeInfo(@TypeOf(job.describe)) == .@"fn") job.describe() else job.describe;
        host.tell(said, manifest);
    }
}

comptime {
    _ = @import("heap.zig");
}
