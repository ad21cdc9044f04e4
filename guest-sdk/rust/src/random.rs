//! Random numbers that are the same wherever and whenever a run is repeated.

use core::convert::Infallible;
#[cfg(any(feature = "std", feature = "libm"))]
use core::f64::consts::TAU;

use chacha20::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng, TryRng};

/// A generator that follows from the seed of the run: ChaCha8, with the seed in the first eight bytes of its key.
///
/// The numbers depend on nothing but seed and stream: not on the machine, the compiler or the order of the runs.
/// It implements the traits of `rand_core` 0.10, so that `rand` and `rand_distr` work on it; what those crates
/// make of it may change with their versions, while the methods here will not. It cannot be cloned: a copy would
/// silently repeat its numbers.
#[derive(Debug)]
pub struct Rng {
    chacha: ChaCha8Rng,
}

impl Rng {
    /// The generator of `seed`; [`SingleRun::rng`](crate::SingleRun::rng) makes the one of the run.
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self { chacha: ChaCha8Rng::from_seed(key) }
    }

    /// The generator of `seed` in one of 2^64 independent streams; stream 0 is that of [`new`](Self::new).
    pub fn with_stream(seed: u64, stream: u64) -> Self {
        let mut rng = Self::new(seed);
        rng.chacha.set_stream(stream);
        rng
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.chacha.next_u64()
    }

    /// A number from 0 to 1, without 1; a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.bits() >> 11) as f64 * STEP
    }

    /// An integer from 0 to `end`, without `end`, each as likely as the other.
    ///
    /// # Panics
    /// If `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        assert!(end > 0, "there is no integer below 0 to draw");
        // Lemire's method: the high half of the product is the number, a low half in the first
        // `2^64 mod end` would make some numbers more likely and is drawn again.
        let surplus = end.wrapping_neg() % end;
        loop {
            let product = u128::from(self.bits()) * u128::from(end);
            if product as u64 >= surplus {
                return (product >> 64) as u64;
            }
        }
    }

    /// Whether an event of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A normally distributed number of mean 0 and variance 1.
    #[cfg(any(feature = "std", feature = "libm"))]
    pub fn normal(&mut self) -> f64 {
        // Box and Muller, without the second number: a generator then has no state besides its position.
        let radius = sqrt(-2.0 * ln(1.0 - self.uniform()));
        radius * cos(TAU * self.uniform())
    }

    /// An exponentially distributed number of mean 1.
    #[cfg(any(feature = "std", feature = "libm"))]
    pub fn exponential(&mut self) -> f64 {
        -ln(1.0 - self.uniform())
    }

    /// Puts `items` into random order, each as likely as the other.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(all(feature = "libm", not(feature = "std")))]
use libm::{cos, log as ln, sqrt};
#[cfg(feature = "std")]
use of_std::{cos, ln, sqrt};

#[cfg(feature = "std")]
mod of_std {
    pub fn ln(x: f64) -> f64 {
        x.ln()
    }

    pub fn sqrt(x: f64) -> f64 {
        x.sqrt()
    }

    pub fn cos(x: f64) -> f64 {
        x.cos()
    }
}

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.chacha.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.chacha.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.chacha.try_fill_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results are only repeatable as long as these numbers stay.
    #[test]
    fn numbers_never_change() {
        // ChaCha8 with a key and nonce of zeros begins with the bytes 3e 00 ef 2f 89 5f 40 d6.
        assert_eq!(Rng::new(0).bits(), 0xd640_5f89_2fef_003e);
    }

    #[test]
    fn streams_and_seeds_differ_and_stream_0_is_the_plain_one() {
        let first = |mut rng: Rng| rng.bits();
        assert_eq!(first(Rng::with_stream(7, 0)), first(Rng::new(7)));
        assert_ne!(first(Rng::with_stream(7, 1)), first(Rng::new(7)));
        assert_ne!(first(Rng::new(8)), first(Rng::new(7)));
    }

    #[test]
    fn distributions_have_their_moments() {
        const DRAWS: usize = 100_000;
        let mut rng = Rng::new(42);
        let mut mean = |draw: fn(&mut Rng) -> f64| (0..DRAWS).map(|_| draw(&mut rng)).sum::<f64>() / DRAWS as f64;
        // Five standard errors of the mean.
        let near = |got: f64, want: f64, deviation: f64| (got - want).abs() < 5.0 * deviation / (DRAWS as f64).sqrt();
        assert!(near(mean(Rng::uniform), 0.5, 0.289));
        assert!(near(mean(Rng::normal), 0.0, 1.0));
        assert!(near(mean(|rng| rng.normal().powi(2)), 1.0, 1.42));
        assert!(near(mean(Rng::exponential), 1.0, 1.0));
        assert!(near(mean(|rng| rng.below(10) as f64), 4.5, 2.88));
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Rng::new(1).shuffle(&mut items);
        assert_ne!(items[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
