// A leaky integrate-and-fire neuron under a constant current: the job of ../src/lib.rs in C, with the same arithmetic.
//
// Between spikes the membrane follows `tau dV/dt = -V + R I`, with the potential `V` measured from rest. A spike is sent when
// `V` reaches `v_th`; `V` then stays at 0 for `t_ref`. The equation is linear, so each step is exact (exponential), and the time
// of a spike within its step is exact too: the rate does not depend on `sim.dt`.

#include "host_guest.h"

#include <math.h>

// How much of the membrane potential is stored. The spikes tell the rest.
static const double TRACE_SECONDS = 0.2;

static void describe(host_manifest_t *manifest) {
    host_comment(manifest, "Leaky integrate-and-fire neuron under a constant current");
    host_parameter(manifest, "neuron.tau", HOST_REAL, .unit = "s", HOST_DEFAULT(20e-3), HOST_RANGE(1e-6, 10.0),
                   .comment = "membrane time constant");
    host_parameter(manifest, "neuron.R", HOST_REAL, .unit = "ohm", HOST_DEFAULT(100e6), HOST_RANGE(1.0, 1e15),
                   .comment = "membrane resistance");
    host_parameter(manifest, "neuron.v_th", HOST_REAL, .unit = "V", HOST_DEFAULT(15e-3), HOST_RANGE(1e-6, 1.0),
                   .comment = "threshold, above the resting potential");
    host_parameter(manifest, "neuron.t_ref", HOST_REAL, .unit = "s", HOST_DEFAULT(2e-3), HOST_RANGE(0.0, 1.0),
                   .comment = "refractory period");
    host_parameter(manifest, "sim.dt", HOST_REAL, .unit = "s", HOST_DEFAULT(1e-4), HOST_RANGE(1e-7, 0.1), .comment = "time step");
    host_parameter(manifest, "sim.duration", HOST_REAL, .unit = "s", HOST_DEFAULT(2.0), HOST_RANGE(0.1, 1e4),
                   .comment = "simulated time");
    host_parameter(manifest, "input.current", HOST_REAL, .unit = "A", .comment = "constant input current");
    host_result(manifest, "rate", .unit = "Hz", .comment = "firing rate, from the intervals between spikes");
    host_result(manifest, "spikes.times", .unit = "s", HOST_DIMENSIONS("spike"), .comment = "when the neuron fired");
    host_result(manifest, "spikes.count", .comment = "how often the neuron fired");
    host_result(manifest, "trace", .unit = "V", HOST_DIMENSIONS("t"), .comment = "membrane potential, once per time step");
}

typedef struct {
    double tau, resistance, threshold, refractory;
} neuron_t;

// Numbers that become more.
typedef struct {
    double *data;
    size_t count, room;
} series_t;

static void push(series_t *series, double number) {
    if (series->count == series->room) {
        series->room = series->room == 0 ? 1024 : 2 * series->room;
        series->data = realloc(series->data, series->room * sizeof *series->data);
        if (series->data == NULL) {
            HOST_PANIC("no memory for the spikes");
        }
    }
    series->data[series->count++] = number;
}

// The times of all spikes, and the potential at the end of each step of the first TRACE_SECONDS.
static void simulate(const neuron_t *neuron, double current, double dt, double duration, series_t *spikes, series_t *trace) {
    double target = neuron->resistance * current;
    uint64_t steps = (uint64_t)round(duration / dt);
    size_t traced = (size_t)round(fmin(TRACE_SECONDS, duration) / dt);
    double v = 0.0;
    // From here on the membrane integrates: the end of the last refractory period.
    double free_from = 0.0;
    for (uint64_t step = 0; step < steps; step++) {
        double end = (double)(step + 1) * dt;
        // Where a step holds the end of a refractory period, only the rest of it counts; it may hold several spikes if `dt`
        // is longer than the interval between them.
        double start = (double)step * dt, now = free_from > start ? free_from : start;
        while (now < end) {
            double next = target + (v - target) * exp(-(end - now) / neuron->tau);
            // A target at the threshold is approached for ever; rounding must not make it a spike.
            if (next < neuron->threshold || target <= neuron->threshold) {
                v = next;
                break;
            }
            double spike = now + neuron->tau * log((target - v) / (target - neuron->threshold));
            push(spikes, spike);
            v = 0.0;
            free_from = spike + neuron->refractory;
            now = free_from;
        }
        if (trace->count < traced) {
            push(trace, v);
        }
    }
}

// Spikes per second. The time from the first to the last one holds a whole number of intervals; a single spike has at least
// the way to it, which starts as after a refractory period.
static double rate_of(const neuron_t *neuron, const series_t *spikes) {
    if (spikes->count == 0) {
        return 0.0;
    }
    double first = spikes->data[0], last = spikes->data[spikes->count - 1];
    return spikes->count == 1 ? 1.0 / (neuron->refractory + first) : (double)(spikes->count - 1) / (last - first);
}

static int run(traj_t *traj) {
    neuron_t neuron;
    double dt, duration, current;
    HOST_TRY(traj_f_get(traj, "neuron.tau", &neuron.tau));
    HOST_TRY(traj_f_get(traj, "neuron.R", &neuron.resistance));
    HOST_TRY(traj_f_get(traj, "neuron.v_th", &neuron.threshold));
    HOST_TRY(traj_f_get(traj, "neuron.t_ref", &neuron.refractory));
    HOST_TRY(traj_f_get(traj, "sim.dt", &dt));
    HOST_TRY(traj_f_get(traj, "sim.duration", &duration));
    HOST_TRY(traj_f_get(traj, "input.current", &current));
    if (fmin(TRACE_SECONDS, duration) < dt) {
        return traj_fail(traj, "sim.dt is too long for the 0.2 s of the trace");
    }

    series_t spikes = {0}, trace = {0};
    simulate(&neuron, current, dt, duration, &spikes, &trace);

    HOST_TRY(traj_f_add_result_items(traj, "rate", "Firing rate", HOST_ITEMS({"", host_f64(rate_of(&neuron, &spikes))})));
    HOST_TRY(traj_f_add_result_items(traj, "spikes", "When and how often the neuron fired",
                                     HOST_ITEMS({"count", host_i64((int64_t)spikes.count)},
                                                {"times", HOST_VECTOR(spikes.data, spikes.count)})));
    return traj_f_add_result_items(traj, "trace", "Membrane potential above rest, at the beginning",
                                   HOST_ITEMS({"", HOST_VECTOR(trace.data, trace.count)}));
}

HOST_DESCRIBED_JOB(run, describe)
