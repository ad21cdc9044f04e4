// A leaky integrate-and-fire neuron under a constant current, with the arithmetic of ../src/neuron.rs.
//
// Between spikes the membrane follows `tau dV/dt = -V + R I`, with the potential `V` measured from rest. A spike is sent
// when `V` reaches `v_th`; `V` then stays at 0 for `t_ref`. The equation is linear, so each step is exact (exponential),
// and the time of a spike **within** its step is exact too: the rate does not depend on `sim.dt`.
import { integer } from "host-guest";

/** How much of the membrane potential is stored. The spikes tell the rest. */
const TRACE_SECONDS = 0.2;

const real = (name, more) => ({ name, type: "real", ...more });
export const manifest = {
  comment: "Leaky integrate-and-fire neuron under a constant current",
  parameters: [
    real("neuron.tau", { unit: "s", default: 20e-3, minimum: 1e-6, maximum: 10, comment: "membrane time constant" }),
    real("neuron.R", { unit: "ohm", default: 100e6, minimum: 1, maximum: 1e15, comment: "membrane resistance" }),
    real("neuron.v_th", {
      unit: "V",
      default: 15e-3,
      minimum: 1e-6,
      maximum: 1,
      comment: "threshold, above the resting potential",
    }),
    real("neuron.t_ref", { unit: "s", default: 2e-3, minimum: 0, maximum: 1, comment: "refractory period" }),
    real("sim.dt", { unit: "s", default: 1e-4, minimum: 1e-7, maximum: 0.1, comment: "time step" }),
    real("sim.duration", { unit: "s", default: 2, minimum: 0.1, maximum: 1e4, comment: "simulated time" }),
    real("input.current", { unit: "A", comment: "constant input current" }),
  ],
  results: [
    { name: "rate", unit: "Hz", comment: "firing rate, from the intervals between spikes" },
    { name: "spikes.times", unit: "s", comment: "when the neuron fired", dimensions: ["spike"] },
    { name: "spikes.count", comment: "how often the neuron fired" },
    { name: "trace", unit: "V", comment: "membrane potential, once per time step", dimensions: ["t"] },
  ],
};

/** @param {import("host-guest").SingleRun} traj */
export function run(traj) {
  const { dt, duration } = traj.sim;
  if (Math.min(TRACE_SECONDS, duration) < dt) {
    throw new RangeError(`sim.dt = ${dt} s is too long for the ${TRACE_SECONDS} s of the trace`);
  }
  const { spikes, trace } = integrate(traj.neuron, traj.input.current, dt, duration);

  traj.f_add_result("rate", rateOf(spikes, traj.neuron.t_ref), "Firing rate");
  const items = { count: integer(spikes.length), times: Float64Array.from(spikes) };
  traj.f_add_result("spikes", items, "When and how often the neuron fired");
  traj.f_add_result("trace", Float64Array.from(trace), "Membrane potential above rest, at the beginning");
}

/** The times of all spikes, and the potential at the end of each step of the first TRACE_SECONDS. */
function integrate({ tau, R, v_th: threshold, t_ref: refractory }, current, dt, duration) {
  const target = R * current;
  const steps = Math.round(duration / dt);
  const traced = Math.round(Math.min(TRACE_SECONDS, duration) / dt);
  const [spikes, trace] = [[], []];
  let v = 0;
  // From here on the membrane integrates: the end of the last refractory period.
  let freeFrom = 0;
  for (let step = 0; step < steps; step++) {
    const end = (step + 1) * dt;
    // Where a step holds the end of a refractory period, only the rest of it counts;
    // it may hold several spikes if `dt` is longer than the interval between them.
    let now = Math.max(freeFrom, step * dt);
    while (now < end) {
      const next = target + (v - target) * Math.exp(-(end - now) / tau);
      // A target at the threshold is approached for ever; rounding must not make it a spike.
      if (next < threshold || target <= threshold) {
        v = next;
        break;
      }
      const spike = now + tau * Math.log((target - v) / (target - threshold));
      spikes.push(spike);
      v = 0;
      freeFrom = spike + refractory;
      now = freeFrom;
    }
    if (trace.length < traced) trace.push(v);
  }
  return { spikes, trace };
}

/** Spikes per second, from the intervals between them, or from the way to the only one. */
function rateOf(spikes, refractory) {
  if (spikes.length === 0) return 0;
  if (spikes.length === 1) return 1 / (refractory + spikes[0]);
  return (spikes.length - 1) / (spikes.at(-1) - spikes[0]);
}
