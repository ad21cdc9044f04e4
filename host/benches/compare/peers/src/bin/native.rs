//! One run in a process of its own: `native KERNEL WORK`, or `native multiply X Y`. Prints the outcome and its bits.

use std::{env, process::ExitCode};

#[path = "../../../kernels/src/kernels.rs"]
mod kernels;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["multiply", x, y] => x.parse::<i64>().ok().zip(y.parse::<i64>().ok()).map(|(x, y)| (x * y) as f64),
        [kernel, work] => work.parse().ok().and_then(|work| kernels::run(kernel, work)),
        _ => None,
    };
    let Some(outcome) = outcome else {
        eprintln!("usage: native KERNEL WORK | native multiply X Y");
        return ExitCode::from(2);
    };
    println!("{outcome:?} {:016x}", outcome.to_bits());
    ExitCode::SUCCESS
}
