"""A leaky integrate-and-fire neuron under a constant current, with the arithmetic of ../src/neuron.rs.

Between spikes the membrane follows `tau dV/dt = -V + R I`, with the potential `V` measured from rest. A spike is sent when
`V` reaches `v_th`; `V` then stays at 0 for `t_ref`. The equation is linear, so each step is exact (exponential), and the
time of a spike **within** its step is exact too: the rate does not depend on `sim.dt`.
"""

from math import exp, floor, log

from host_guest import Manifest, Parameter, ResultDeclaration, SingleRun, array

#: How much of the membrane potential is stored. The spikes tell the rest.
TRACE_SECONDS = 0.2

real = Parameter.real
manifest = Manifest(
    "Leaky integrate-and-fire neuron under a constant current",
    parameters=[
        real("neuron.tau", unit="s", default=20e-3, minimum=1e-6, maximum=10.0, comment="membrane time constant"),
        real("neuron.R", unit="ohm", default=100e6, minimum=1.0, maximum=1e15, comment="membrane resistance"),
        real(
            "neuron.v_th",
            unit="V",
            default=15e-3,
            minimum=1e-6,
            maximum=1.0,
            comment="threshold, above the resting potential",
        ),
        real("neuron.t_ref", unit="s", default=2e-3, minimum=0.0, maximum=1.0, comment="refractory period"),
        real("sim.dt", unit="s", default=1e-4, minimum=1e-7, maximum=0.1, comment="time step"),
        real("sim.duration", unit="s", default=2.0, minimum=0.1, maximum=1e4, comment="simulated time"),
        real("input.current", unit="A", comment="constant input current"),
    ],
    results=[
        ResultDeclaration("rate", unit="Hz", comment="firing rate, from the intervals between spikes"),
        ResultDeclaration("spikes.times", unit="s", comment="when the neuron fired", dimensions=["spike"]),
        ResultDeclaration("spikes.count", comment="how often the neuron fired"),
        ResultDeclaration("trace", unit="V", comment="membrane potential, once per time step", dimensions=["t"]),
    ],
)


def run(traj: SingleRun) -> None:
    dt, duration = traj.sim.dt, traj.sim.duration
    if min(TRACE_SECONDS, duration) < dt:
        raise ValueError(f"sim.dt = {dt} s is too long for the {TRACE_SECONDS} s of the trace")
    spikes, trace = integrate(traj.neuron, traj.input.current, dt, duration)

    traj.f_add_result("rate", rate_of(spikes, traj.neuron.t_ref), comment="Firing rate")
    traj.f_add_result(
        "spikes",
        comment="When and how often the neuron fired",
        count=len(spikes),
        times=array(spikes, dtype="float64"),
    )
    traj.f_add_result("trace", array(trace), comment="Membrane potential above rest, at the beginning")


def integrate(neuron, current: float, dt: float, duration: float) -> tuple[list[float], list[float]]:
    """The times of all spikes, and the potential at the end of each step of the first `TRACE_SECONDS`."""
    tau, threshold, refractory = neuron.tau, neuron.v_th, neuron.t_ref
    target = neuron.R * current
    steps, traced = rounded(duration / dt), rounded(min(TRACE_SECONDS, duration) / dt)
    spikes: list[float] = []
    trace: list[float] = []
    v = 0.0
    # From here on the membrane integrates: the end of the last refractory period.
    free_from = 0.0
    for step in range(steps):
        end = (step + 1) * dt
        # Where a step holds the end of a refractory period, only the rest of it counts;
        # it may hold several spikes if `dt` is longer than the interval between them.
        now = max(free_from, step * dt)
        while now < end:
            following = target + (v - target) * exp(-(end - now) / tau)
            # A target at the threshold is approached for ever; rounding must not make it a spike.
            if following < threshold or target <= threshold:
                v = following
                break
            spike = now + tau * log((target - v) / (target - threshold))
            spikes.append(spike)
            v = 0.0
            free_from = now = spike + refractory
        if len(trace) < traced:
            trace.append(v)
    return spikes, trace


def rate_of(spikes: list[float], refractory: float) -> float:
    """Spikes per second, from the intervals between them, or from the way to the only one."""
    if not spikes:
        return 0.0
    if len(spikes) == 1:
        return 1.0 / (refractory + spikes[0])
    return (len(spikes) - 1) / (spikes[-1] - spikes[0])


def rounded(x: float) -> int:
    """To the nearest whole number, and halves up; Python's `round` takes halves to the even one."""
    return floor(x + 0.5)
