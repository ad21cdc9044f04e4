//! The two-dimensional Ising model on a square lattice with periodic boundaries, without a field, in units of J / k.
//!
//! A sweep is one Metropolis step for every spin and one Wolff cluster. Single spins are fast where clusters are
//! small, far above the critical temperature of 2.269; clusters are fast where single spins freeze, near it and
//! below. Both keep the Boltzmann distribution, and so does their fixed alternation.

use host_guest::{JobError, Manifest, Parameter, ResultDeclaration, Rng, SingleRun};

host_guest::job!(simulate, describe = describe);

fn describe() -> Manifest {
    Manifest::new("Two-dimensional Ising model, Metropolis and Wolff")
        .parameter(Parameter::integer("lattice.L").range(2.0, 4096.0).default(64).comment("spins along each side"))
        .parameter(Parameter::real("lattice.temperature").unit("1").range(1e-3, 1e3).comment("k T / J"))
        .parameter(
            Parameter::integer("sim.thermalisation").minimum(0.0).default(300).comment("sweeps before measuring"),
        )
        .parameter(Parameter::integer("sim.sweeps").minimum(1.0).default(2000).comment("sweeps that are measured"))
        .result(ResultDeclaration::new("abs_m").unit("1").comment("mean of the absolute magnetisation per spin"))
        .result(ResultDeclaration::new("mean_energy").unit("1").comment("mean energy per spin, in J"))
        .result(ResultDeclaration::array("magnetisation", ["sweep"]).unit("1").comment("per spin, after each sweep"))
        .result(ResultDeclaration::array("energy", ["sweep"]).unit("1").comment("per spin in J, after each sweep"))
}

fn simulate(traj: &mut SingleRun) -> Result<(), JobError> {
    let length: usize = traj.f_get("lattice.L")?;
    let temperature: f64 = traj.f_get("lattice.temperature")?;
    let thermalisation: usize = traj.f_get("sim.thermalisation")?;
    let sweeps: usize = traj.f_get("sim.sweeps")?;

    let mut lattice = Lattice::new(length, temperature, traj.rng());
    for _ in 0..thermalisation {
        lattice.sweep();
    }
    let (mut magnetisation, mut energy) = (Vec::with_capacity(sweeps), Vec::with_capacity(sweeps));
    for sweep in 0..sweeps {
        lattice.sweep();
        magnetisation.push(lattice.magnetisation());
        energy.push(lattice.energy());
        if sweep % 500 == 499 {
            traj.progress((sweep + 1) as f64 / sweeps as f64, "");
        }
    }

    let abs_m = mean(magnetisation.iter().map(|m| m.abs()));
    let mean_energy = mean(energy.iter().copied());
    traj.result("abs_m").comment("Mean of the absolute magnetisation per spin").value(abs_m).add()?;
    traj.result("mean_energy").comment("Mean energy per spin").value(mean_energy).add()?;
    traj.result("magnetisation").comment("Magnetisation per spin after each sweep").value(magnetisation).add()?;
    traj.result("energy").comment("Energy per spin after each sweep").value(energy).add()?;
    Ok(())
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

struct Lattice {
    /// +1 or -1.
    spins: Vec<i8>,
    /// For each spin its neighbours: right, below, left, above.
    neighbours: Vec<[u32; 4]>,
    /// The chance of a flip that costs 4 J and of one that costs 8 J; all others are free.
    flip: [f64; 2],
    /// The chance that a cluster takes in an aligned neighbour.
    join: f64,
    /// Spins of the cluster whose neighbours are still to be asked.
    border: Vec<u32>,
    rng: Rng,
}

impl Lattice {
    /// Begins with all spins aligned: a random start may freeze into stripes, which take long to vanish.
    fn new(length: usize, temperature: f64, rng: Rng) -> Self {
        let at = |row: usize, column: usize| (row % length * length + column % length) as u32;
        let neighbours = (0..length * length).map(|site| (site / length, site % length)).map(|(row, column)| {
            [at(row, column + 1), at(row + 1, column), at(row, column + length - 1), at(row + length - 1, column)]
        });
        Self {
            spins: vec![1; length * length],
            neighbours: neighbours.collect(),
            flip: [(-4.0 / temperature).exp(), (-8.0 / temperature).exp()],
            join: 1.0 - (-2.0 / temperature).exp(),
            border: Vec::new(),
            rng,
        }
    }

    fn sweep(&mut self) {
        for site in 0..self.spins.len() {
            self.metropolis(site);
        }
        self.wolff();
    }

    fn metropolis(&mut self, site: usize) {
        let around: i8 = self.neighbours[site].iter().map(|&near| self.spins[near as usize]).sum();
        let accepted = match self.spins[site] * around {
            4 => self.rng.chance(self.flip[1]),
            2 => self.rng.chance(self.flip[0]),
            _ => true,
        };
        if accepted {
            self.spins[site] = -self.spins[site];
        }
    }

    /// Grows a cluster of aligned spins around a random one, and flips it as a whole.
    fn wolff(&mut self) {
        let seed = self.rng.below(self.spins.len() as u64) as usize;
        let aligned = self.spins[seed];
        self.spins[seed] = -aligned;
        self.border.push(seed as u32);
        while let Some(site) = self.border.pop() {
            for near in self.neighbours[site as usize] {
                if self.spins[near as usize] == aligned && self.rng.chance(self.join) {
                    self.spins[near as usize] = -aligned;
                    self.border.push(near);
                }
            }
        }
    }

    /// Per spin, from -1 to 1.
    fn magnetisation(&self) -> f64 {
        let sum: i64 = self.spins.iter().map(|&spin| i64::from(spin)).sum();
        sum as f64 / self.spins.len() as f64
    }

    /// Per spin, in J; every bond counts once.
    fn energy(&self) -> f64 {
        let bonds = self.spins.iter().zip(&self.neighbours).map(|(&spin, &[right, below, ..])| {
            i64::from(spin * (self.spins[right as usize] + self.spins[below as usize]))
        });
        -(bonds.sum::<i64>() as f64) / self.spins.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lattice of 2 x 2 can be summed up by hand: each of its 16 states has a weight.
    #[test]
    fn the_smallest_lattice_follows_its_partition_function() {
        for temperature in [1.0, 2.0, 3.0, 5.0] {
            let mut lattice = Lattice::new(2, temperature, Rng::new(1));
            // Each of the four neighbours is met twice: energies are 0 and +-8 J, in 12, 2 and 2 states.
            let (low, high) = ((8.0 / temperature).exp(), (-8.0 / temperature).exp());
            let energy = 8.0 * (2.0 * high - 2.0 * low) / (12.0 + 2.0 * low + 2.0 * high) / 4.0;
            let abs_m = (2.0 * low + 8.0 * 0.5) / (12.0 + 2.0 * low + 2.0 * high);
            const SWEEPS: usize = 200_000;
            let (mut energies, mut magnetisations) = (0.0, 0.0);
            for _ in 0..SWEEPS {
                lattice.sweep();
                energies += lattice.energy() / SWEEPS as f64;
                magnetisations += lattice.magnetisation().abs() / SWEEPS as f64;
            }
            assert!((energies - energy).abs() < 0.01, "T {temperature}: energy {energies} instead of {energy}");
            assert!((magnetisations - abs_m).abs() < 0.01, "T {temperature}: |m| {magnetisations} instead of {abs_m}");
        }
    }
}
