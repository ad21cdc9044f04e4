//! One run in a process of its own: `native KERNEL WORK`, or `native multiply X Y`. Prints the outcome and its bits.
//! `native neuron REPEATS` simulates the currents of example 02, each so many times; the outcome is the sum of all rates.

use std::{env, process::ExitCode};

#[path = "../../../kernels/src/kernels.rs"]
mod kernels;
#[path = "../../../../../../examples/02-lif-neuron/src/neuron.rs"]
mod neuron;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["multiply", x, y] => x.parse::<i64>().ok().zip(y.parse::<i64>().ok()).map(|(x, y)| (x * y) as f64),
        ["neuron", repeats] => repeats.parse().ok().map(fire),
        [kernel, work] => work.parse().ok().and_then(|work| kernels::run(kernel, work)),
        _ => None,
    };
    let Some(outcome) = outcome else {
        eprintln!("usage: native KERNEL WORK | native multiply X Y | native neuron REPEATS");
        return ExitCode::from(2);
    };
    println!("{outcome:?} {:016x}", outcome.to_bits());
    ExitCode::SUCCESS
}

/// As `exp.toml` of example 02 has it.
fn fire(repeats: u32) -> f64 {
    let neuron = neuron::Neuron { tau: 20e-3, resistance: 100e6, threshold: 15e-3, refractory: 2e-3 };
    let once = |run: u32| {
        let current = 500e-12 * f64::from(run % 32) / 31.0;
        let (spikes, trace) = neuron.run(std::hint::black_box(current), 1e-4, 2.0);
        std::hint::black_box(trace);
        neuron.rate(&spikes)
    };
    (0..32 * repeats).map(once).sum()
}
