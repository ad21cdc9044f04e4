//! The inner loops of four simulations. One source for both sides: a job, and a native program.

// A job has one such loop. So none is made part of another function, where all would share the registers.

/// Runs `kernel` for `work` steps, sweeps or repetitions. `None` if there is no such kernel.
pub fn run(kernel: &str, work: u32) -> Option<f64> {
    let outcome = match kernel {
        "sir" => sir(work),
        "ising" => ising(work),
        "lif" => lif(work),
        "matrix" => matrix(work),
        "tiles" => tiles(work),
        "nothing" => 0.0,
        _ => return None,
    };
    Some(outcome)
}

/// An epidemic (SIR), integrated by the classical Runge-Kutta method of fourth order; `work` steps.
#[inline(never)]
fn sir(work: u32) -> f64 {
    const BETA: f64 = 1.66;
    const GAMMA: f64 = 0.44;
    const POPULATION: f64 = 763.0;
    const H: f64 = 1e-3;
    let slope = |s: f64, i: f64| {
        let new = BETA * s * i / POPULATION;
        (-new, new - GAMMA * i)
    };
    let (mut s, mut i) = (762.0, 1.0);
    for _ in 0..work {
        let (s1, i1) = slope(s, i);
        let (s2, i2) = slope(s + H / 2.0 * s1, i + H / 2.0 * i1);
        let (s3, i3) = slope(s + H / 2.0 * s2, i + H / 2.0 * i2);
        let (s4, i4) = slope(s + H * s3, i + H * i3);
        s += H / 6.0 * (s1 + 2.0 * s2 + 2.0 * s3 + s4);
        i += H / 6.0 * (i1 + 2.0 * i2 + 2.0 * i3 + i4);
    }
    s + i
}

/// The Ising model on a torus of 64 x 64 spins, by Metropolis; `work` sweeps.
#[inline(never)]
fn ising(work: u32) -> f64 {
    const L: usize = 64;
    // exp(-4 / T) and exp(-8 / T) at T = 2.2, as numbers: an `exp` would be that of the platform.
    const ACCEPT_4: f64 = 0.162_320_611_181_847_7;
    const ACCEPT_8: f64 = 0.026_347_980_814_448_56;
    let mut spins = [1i8; L * L];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut magnetisation = 0i64;
    for _ in 0..work {
        for site in 0..L * L {
            let (row, column) = (site / L, site % L);
            let neighbours = spins[(row + 1) % L * L + column]
                + spins[(row + L - 1) % L * L + column]
                + spins[row * L + (column + 1) % L]
                + spins[row * L + (column + L - 1) % L];
            let aligned = spins[site] * neighbours;
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let chance = (state >> 11) as f64 / (1u64 << 53) as f64;
            if aligned <= 0 || (aligned == 2 && chance < ACCEPT_4) || (aligned == 4 && chance < ACCEPT_8) {
                spins[site] = -spins[site];
            }
        }
        magnetisation += spins.iter().map(|&spin| i64::from(spin)).sum::<i64>();
    }
    magnetisation as f64
}

/// A leaky integrate-and-fire neuron with a refractory period, by Euler's method; `work` steps.
#[inline(never)]
fn lif(work: u32) -> f64 {
    const TAU: f64 = 20e-3;
    const THRESHOLD: f64 = 15e-3;
    const REFRACTORY: f64 = 2e-3;
    const DT: f64 = 1e-5;
    let (mut v, mut refractory, mut spikes) = (0.0f64, 0.0f64, 0u32);
    for step in 0..work {
        let input = 20e-3 + 1e-9 * f64::from(step & 7);
        if refractory > 0.0 {
            refractory -= DT;
        } else {
            v += DT / TAU * (input - v);
            if v >= THRESHOLD {
                v = 0.0;
                refractory = REFRACTORY;
                spikes += 1;
            }
        }
    }
    f64::from(spikes) + v
}

const N: usize = 128;
type Matrix = Vec<[f64; N]>;

/// Products of two 128 x 128 matrices, row by row, as one writes it down; `work` of them.
fn matrix(work: u32) -> f64 {
    products(work, |a, b, c| {
        for (row_of_c, row_of_a) in c.iter_mut().zip(a) {
            row_of_c.fill(0.0);
            for (&x, row_of_b) in row_of_a.iter().zip(b) {
                for (sum, &y) in row_of_c.iter_mut().zip(row_of_b) {
                    *sum += x * y;
                }
            }
        }
    })
}

/// The same products, 4 x 4 elements at a time, as libraries do it: the sums stay in registers. Bit for bit those of [`matrix`].
fn tiles(work: u32) -> f64 {
    const T: usize = 4;
    products(work, |a, b, c| {
        for (rows_of_c, rows_of_a) in c.chunks_exact_mut(T).zip(a.chunks_exact(T)) {
            for column in (0..N).step_by(T) {
                let mut sums = [[0.0; T]; T];
                for (k, row_of_b) in b.iter().enumerate() {
                    let part: [f64; T] = row_of_b[column..column + T].try_into().expect("T elements");
                    for (sums, row_of_a) in sums.iter_mut().zip(rows_of_a) {
                        for (sum, y) in sums.iter_mut().zip(part) {
                            *sum += row_of_a[k] * y;
                        }
                    }
                }
                for (row_of_c, sums) in rows_of_c.iter_mut().zip(sums) {
                    row_of_c[column..column + T].copy_from_slice(&sums);
                }
            }
        }
    })
}

#[inline(never)]
fn products(work: u32, multiply: impl Fn(&Matrix, &Matrix, &mut Matrix)) -> f64 {
    let (mut a, mut b, mut c): (Matrix, Matrix, Matrix) = (vec![[0.0; N]; N], vec![[0.0; N]; N], vec![[0.0; N]; N]);
    for (i, (row_of_a, row_of_b)) in a.iter_mut().zip(&mut b).enumerate() {
        for j in 0..N {
            row_of_a[j] = (i * j % 7) as f64;
            row_of_b[j] = (i + j) as f64 * 0.5;
        }
    }
    let mut total = 0.0;
    for _ in 0..work {
        multiply(&a, &b, &mut c);
        total += c[3][5];
        // The next product depends on this one.
        a[0][0] += 1e-9 * total;
    }
    total
}
