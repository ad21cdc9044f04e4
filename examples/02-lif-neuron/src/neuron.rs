//! The arithmetic of the neuron. Its equation is linear, so each step is exact (exponential), and the time of a spike **within**
//! its step is exact too: the rate does not depend on the step.

/// How much of the membrane potential is stored. The spikes tell the rest.
pub const TRACE_SECONDS: f64 = 0.2;

/// The neuron, in SI units.
pub struct Neuron {
    pub tau: f64,
    pub resistance: f64,
    pub threshold: f64,
    pub refractory: f64,
}

impl Neuron {
    /// The times of all spikes, and the potential at the end of each step of the first [`TRACE_SECONDS`].
    pub fn run(&self, current: f64, dt: f64, duration: f64) -> (Vec<f64>, Vec<f64>) {
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
    pub fn rate(&self, spikes: &[f64]) -> f64 {
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
