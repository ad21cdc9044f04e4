//! A leaky integrate-and-fire neuron under a constant current: the job of ../src/lib.rs in Zig, with the same arithmetic.
//!
//! Between spikes the membrane follows `tau dV/dt = -V + R I`, with the potential `V` measured from rest. A spike is sent when
//! `V` reaches `v_th`; `V` then stays at 0 for `t_ref`. The equation is linear, so each step is exact (exponential), and the time
//! of a spike within its step is exact too: the rate does not depend on `sim.dt`.

const std = @import("std");
const host = @import("host_guest");

/// How much of the membrane potential is stored. The spikes tell the rest.
const trace_seconds = 0.2;

pub const describe: host.Manifest = .{
    .comment = "Leaky integrate-and-fire neuron under a constant current",
    .parameters = &.{
        .{
            .name = "neuron.tau",
            .type = .real,
            .unit = "s",
            .default = host.value(20e-3),
            .minimum = 1e-6,
            .maximum = 10.0,
            .comment = "membrane time constant",
        },
        .{
            .name = "neuron.R",
            .type = .real,
            .unit = "ohm",
            .default = host.value(100e6),
            .minimum = 1.0,
            .maximum = 1e15,
            .comment = "membrane resistance",
        },
        .{
            .name = "neuron.v_th",
            .type = .real,
            .unit = "V",
            .default = host.value(15e-3),
            .minimum = 1e-6,
            .maximum = 1.0,
            .comment = "threshold, above the resting potential",
        },
        .{
            .name = "neuron.t_ref",
            .type = .real,
            .unit = "s",
            .default = host.value(2e-3),
            .minimum = 0.0,
            .maximum = 1.0,
            .comment = "refractory period",
        },
        .{
            .name = "sim.dt",
            .type = .real,
            .unit = "s",
            .default = host.value(1e-4),
            .minimum = 1e-7,
            .maximum = 0.1,
            .comment = "time step",
        },
        .{
            .name = "sim.duration",
            .type = .real,
            .unit = "s",
            .default = host.value(2.0),
            .minimum = 0.1,
            .maximum = 1e4,
            .comment = "simulated time",
        },
        .{ .name = "input.current", .type = .real, .unit = "A", .comment = "constant input current" },
    },
    .results = &.{
        .{ .name = "rate", .unit = "Hz", .comment = "firing rate, from the intervals between spikes" },
        .{ .name = "spikes.times", .unit = "s", .dimensions = &.{"spike"}, .comment = "when the neuron fired" },
        .{ .name = "spikes.count", .comment = "how often the neuron fired" },
        .{ .name = "trace", .unit = "V", .dimensions = &.{"t"}, .comment = "membrane potential, once per time step" },
    },
};

const Neuron = struct {
    tau: f64,
    resistance: f64,
    threshold: f64,
    refractory: f64,

    /// The times of all spikes into `spikes`, and the potential at the end of each step into `trace`, as long as there is room.
    fn simulate(self: Neuron, current: f64, dt: f64, duration: f64, spikes: *Series, trace: []f64) void {
        const target = self.resistance * current;
        const steps: u64 = @intFromFloat(@round(duration / dt));
        var v: f64 = 0;
        // From here on the membrane integrates: the end of the last refractory period.
        var free_from: f64 = 0;
        for (0..@intCast(steps)) |step| {
            const end = @as(f64, @floatFromInt(step + 1)) * dt;
            // Where a step holds the end of a refractory period, only the rest of it counts; it may hold several spikes if `dt`
            // is longer than the interval between them.
            var now = @max(free_from, @as(f64, @floatFromInt(step)) * dt);
            while (now < end) {
                const next = target + (v - target) * @exp(-(end - now) / self.tau);
                // A target at the threshold is approached for ever; rounding must not make it a spike.
                if (next < self.threshold or target <= self.threshold) {
                    v = next;
                    break;
                }
                const spike = now + self.tau * @log((target - v) / (target - self.threshold));
                spikes.push(spike);
                v = 0;
                free_from = spike + self.refractory;
                now = free_from;
            }
            if (step < trace.len) trace[step] = v;
        }
    }

    /// Spikes per second. The time from the first to the last one holds a whole number of intervals; a single spike has at least
    /// the way to it, which starts as after a refractory period.
    fn rate(self: Neuron, spikes: []const f64) f64 {
        if (spikes.len == 0) return 0;
        const first, const last = .{ spikes[0], spikes[spikes.len - 1] };
        return if (spikes.len == 1) 1 / (self.refractory + first) else @as(f64, @floatFromInt(spikes.len - 1)) / (last - first);
    }
};

/// Numbers that become more.
const Series = struct {
    room: []f64 = &.{},
    count: usize = 0,

    fn push(self: *Series, number: f64) void {
        if (self.count == self.room.len) {
            self.room = host.allocator.realloc(self.room, @max(1024, 2 * self.room.len)) catch @panic("no memory for the spikes");
        }
        self.room[self.count] = number;
        self.count += 1;
    }
};

pub fn run(traj: *host.SingleRun) !void {
    const neuron: Neuron = .{
        .tau = try traj.get(f64, "neuron.tau"),
        .resistance = try traj.get(f64, "neuron.R"),
        .threshold = try traj.get(f64, "neuron.v_th"),
        .refractory = try traj.get(f64, "neuron.t_ref"),
    };
    const dt = try traj.get(f64, "sim.dt");
    const duration = try traj.get(f64, "sim.duration");
    const current = try traj.get(f64, "input.current");
    const traced = @min(trace_seconds, duration);
    if (traced < dt) return traj.fail("sim.dt = {d} s is too long for the {d} s of the trace", .{ dt, trace_seconds });

    var spikes: Series = .{};
    const trace = try host.allocator.alloc(f64, @intFromFloat(@round(traced / dt)));
    neuron.simulate(current, dt, duration, &spikes, trace);
    const times = spikes.room[0..spikes.count];

    try traj.addResult("rate", neuron.rate(times), .{ .comment = "Firing rate" });
    try traj.addItems("spikes", .{ .count = times.len, .times = times }, .{ .comment = "When and how often the neuron fired" });
    try traj.addResult("trace", trace, .{ .comment = "Membrane potential above rest, at the beginning" });
}
