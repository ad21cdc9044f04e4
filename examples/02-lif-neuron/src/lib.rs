//! A leaky integrate-and-fire neuron under a constant current.
//!
//! Between spikes the membrane follows `tau dV/dt = -V + R I`, with the potential `V` measured from rest. A spike is
//! sent when `V` reaches `v_th`; `V` then stays at 0 for `t_ref`. `neuron.rs` solves it.

mod neuron;

use host_guest::{JobError, Manifest, Parameter, ResultDeclaration, SingleRun};
use neuron::{Neuron, TRACE_SECONDS};

host_guest::job!(simulate, describe = describe);

fn describe() -> Manifest {
    Manifest::new("Leaky integrate-and-fire neuron under a constant current")
        .parameter(
            Parameter::real("neuron.tau").unit("s").default(20e-3).range(1e-6, 10.0).comment("membrane time constant"),
        )
        .parameter(
            Parameter::real("neuron.R").unit("ohm").default(100e6).range(1.0, 1e15).comment("membrane resistance"),
        )
        .parameter(
            Parameter::real("neuron.v_th")
                .unit("V")
                .default(15e-3)
                .range(1e-6, 1.0)
                .comment("threshold, above the resting potential"),
        )
        .parameter(Parameter::real("neuron.t_ref").unit("s").default(2e-3).range(0.0, 1.0).comment("refractory period"))
        .parameter(Parameter::real("sim.dt").unit("s").default(1e-4).range(1e-7, 0.1).comment("time step"))
        .parameter(Parameter::real("sim.duration").unit("s").default(2.0).range(0.1, 1e4).comment("simulated time"))
        .parameter(Parameter::real("input.current").unit("A").comment("constant input current"))
        .result(ResultDeclaration::new("rate").unit("Hz").comment("firing rate, from the intervals between spikes"))
        .result(ResultDeclaration::array("spikes.times", ["spike"]).unit("s").comment("when the neuron fired"))
        .result(ResultDeclaration::new("spikes.count").comment("how often the neuron fired"))
        .result(ResultDeclaration::array("trace", ["t"]).unit("V").comment("membrane potential, once per time step"))
}

fn simulate(traj: &mut SingleRun) -> Result<(), JobError> {
    let neuron = Neuron {
        tau: traj.f_get("neuron.tau")?,
        resistance: traj.f_get("neuron.R")?,
        threshold: traj.f_get("neuron.v_th")?,
        refractory: traj.f_get("neuron.t_ref")?,
    };
    let dt: f64 = traj.f_get("sim.dt")?;
    let duration: f64 = traj.f_get("sim.duration")?;
    let current: f64 = traj.f_get("input.current")?;
    if TRACE_SECONDS.min(duration) < dt {
        return Err(format!("sim.dt = {dt} s is too long for the {TRACE_SECONDS} s of the trace").into());
    }

    let (spikes, trace) = neuron.run(current, dt, duration);

    traj.result("rate").comment("Firing rate").value(neuron.rate(&spikes)).add()?;
    traj.result("spikes")
        .comment("When and how often the neuron fired")
        .item("count", spikes.len())
        .item("times", spikes)
        .add()?;
    traj.result("trace").comment("Membrane potential above rest, at the beginning").value(trace).add()?;
    Ok(())
}
