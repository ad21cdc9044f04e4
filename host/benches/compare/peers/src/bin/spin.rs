//! What the machine gives just now: THREADS threads that compute, and nothing else, each ROUNDS rounds: `spin THREADS ROUNDS`.

use std::{env, hint::black_box, thread};

fn main() {
    let arguments: Vec<u64> = env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [threads, rounds] = arguments[..] else { panic!("usage: spin THREADS ROUNDS") };
    let spinning: Vec<_> = (0..threads).map(|seed| thread::spawn(move || black_box(spin(seed + 1, rounds)))).collect();
    for thread in spinning {
        thread.join().expect("it only computes");
    }
}

fn spin(mut state: u64, rounds: u64) -> u64 {
    for _ in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}
