//! A leaky integrate-and-fire neuron under a constant current.
//!
//! Between spikes the membrane follows `tau dV/dt = -V + R I`, with the potential `V` measured from rest. A spike is
//! sent when `V` reaches `v_th`; `V` then stays at 0 for `t_ref`. The equation is linear, so each step is exact
//! (exponential), and the time of a spike **within** its step is exact too: the rate does not depend on `sim.dt`.

use host_guest::{JobError, Manifest, Parameter, ResultDeclaration, SingleRun};

host_guest::job!(simulate, describe = describe);

/// How much of the membrane potential is stored. The spikes tell the rest.
const TRACE_SECONDS: f64 = 0.2;

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

struct Neuron {
    tau: f64,
    resistance: f64,
    threshold: f64,
    refractory: f64,
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

impl Neuron {
    /// The times of all spikes, and the potential at the end of each step of the first [`TRACE_SECONDS`].
    fn run(&self, current: f64, dt: f64, duration: f64) -> (Vec<f64>, Vec<f64>) {
        let target = self.resistance * current;
        let steps = (duration / dt).round() as u64;
        let traced = (TRACE_SECONDS.min(duration) / dt).round() as usize;
        let (mut spikes, mut trace) = (Vec::new(), Vec::with_capacity(traced));
        let mut v = 0.0;
        // From here on the membrane integrates: the end of the last refractory period.
        let mut free_from = 0.0_f64;
        for step in 0..steps {
            let end = (step + 1) as f64 * dt;
            // Where a step holds the end of a refractory period, only the rest of it counts;
            // it may hold several spikes if `dt` is longer than the interval between them.
            let mut now = free_from.max(step as f64 * dt);
            while now < end {
                let next = target + (v - target) * (-(end - now) / self.tau).exp();
                // A target at the threshold is approached for ever; rounding must not make it a spike.
                if next < self.threshold || target <= self.threshold {
                    v = next;
                    break;
                }
                let spike = now + self.tau * ((target - v) / (target - self.threshold)).ln();
                spikes.push(spike);
                v = 0.0;
                free_from = spike + self.refractory;
                now = free_from;
            }
            if trace.len() < traced {
                trace.push(v);
            }
        }
        (spikes, trace)
    }

    /// Spikes per second.
    ///
    /// The number of spikes over the duration would be off by up to one spike; the time from the first to the
    /// last one holds a whole number of intervals. A single spike has at least the way to it, which starts as
    /// after a refractory period.
    fn rate(&self, spikes: &[f64]) -> f64 {
        match spikes {
            [] => 0.0,
            [only] => 1.0 / (self.refractory + only),
            [first, .., last] => (spikes.len() - 1) as f64 / (last - first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEURON: Neuron = Neuron { tau: 20e-3, resistance: 100e6, threshold: 15e-3, refractory: 2e-3 };

    fn theory(current: f64) -> f64 {
        let target = NEURON.resistance * current;
        if target <= NEURON.threshold {
            return 0.0;
        }
        1.0 / (NEURON.refractory + NEURON.tau * (target / (target - NEURON.threshold)).ln())
    }

    #[test]
    fn rates_follow_the_closed_form_for_every_step() {
        for dt in [1e-5, 1e-4, 1e-3, 7e-3, 0.1] {
            for tenths in 0..=10 {
                let current = f64::from(tenths) * 0.5e-10;
                let (spikes, _) = NEURON.run(current, dt, 2.0);
                let (got, want) = (NEURON.rate(&spikes), theory(current));
                assert!((got - want).abs() <= 1e-9 * want, "dt {dt}, current {current}: {got} instead of {want}");
            }
        }
    }

    #[test]
    fn traces_stay_below_the_threshold() {
        let (_, trace) = NEURON.run(4e-10, 1e-4, 1.0);
        assert_eq!(trace.len(), 2000);
        assert!(trace.iter().all(|&v| (0.0..NEURON.threshold).contains(&v)));
    }
}
