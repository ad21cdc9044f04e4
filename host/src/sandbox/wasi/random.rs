//! Random numbers: from the seed of the run, or from the operating system.

use chacha20::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use thiserror::Error;
use wasmtime::component::Linker;
use wasmtime_wasi::{
    p2::bindings::random::{insecure, insecure_seed, random},
    thread_rng,
};

use super::{View, Wasi, view};
use crate::{sandbox::run_state::RunState, spec::Random};

/// The most random bytes in one call; the host makes them before the guest has room for them.
const MAX_BYTES: u64 = 16 << 20;
/// Tells these numbers from all others that are made of the same seed.
const LABEL: [u8; 24] = *b"host: wasi:random, v1\0\0\0";

/// The three sources of a run. Seeded ones are made when they are asked for.
pub enum RandomState {
    /// From the seed of the run.
    Seeded(u64, [Option<Box<ChaCha20Rng>>; 3]),
    /// From the operating system.
    Os(Box<dyn Rng + Send>),
}

/// One of the interfaces, whose numbers do not depend on how often the others are used.
#[derive(Clone, Copy)]
enum Source {
    Secure,
    Insecure,
    Seed,
}

#[derive(Debug, Error)]
#[error("the guest asked for {0} random bytes in one call; {MAX_BYTES} are the most")]
struct TooMany(u64);

impl RandomState {
    /// As granted, for a run with this seed.
    pub fn new(random: Random, seed: u64) -> Self {
        match random {
            Random::Seeded => Self::Seeded(seed, Default::default()),
            Random::Os => Self::Os(thread_rng()),
        }
    }

    fn source(&mut self, source: Source) -> &mut dyn Rng {
        match self {
            Self::Os(rng) => rng,
            Self::Seeded(seed, sources) => &mut **sources[source as usize].get_or_insert_with(|| {
                let mut key = [0; 32];
                key[..8].copy_from_slice(&seed.to_le_bytes());
                key[8..].copy_from_slice(&LABEL);
                let mut rng = ChaCha20Rng::from_seed(key);
                rng.set_stream(source as u64);
                Box::new(rng)
            }),
        }
    }

    fn bytes(&mut self, source: Source, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > MAX_BYTES {
            return Err(TooMany(len).into());
        }
        let mut bytes = vec![0; len as usize];
        self.source(source).fill_bytes(&mut bytes);
        Ok(bytes)
    }
}

/// Links `wasi:random`.
pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    random::add_to_linker::<RunState, Wasi>(linker, view)?;
    insecure::add_to_linker::<RunState, Wasi>(linker, view)?;
    insecure_seed::add_to_linker::<RunState, Wasi>(linker, view)?;
    Ok(())
}

impl random::Host for View<'_> {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.0.begin()?.random.bytes(Source::Secure, len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.0.begin()?.random.source(Source::Secure).next_u64())
    }
}

impl insecure::Host for View<'_> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.0.begin()?.random.bytes(Source::Insecure, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.0.begin()?.random.source(Source::Insecure).next_u64())
    }
}

impl insecure_seed::Host for View<'_> {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        let rng = self.0.begin()?.random.source(Source::Seed);
        Ok((rng.next_u64(), rng.next_u64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_for_ever() {
        let mut random = RandomState::new(Random::Seeded, 42);
        let first = random.source(Source::Secure).next_u64();
        let other = random.source(Source::Insecure).next_u64();
        let mut again = RandomState::new(Random::Seeded, 42);
        assert_eq!(again.source(Source::Insecure).next_u64(), other, "sources do not depend on each other");
        assert_eq!(again.source(Source::Secure).next_u64(), first);
        assert_ne!(first, other);
        // A change here would change the results of everybody's experiments.
        insta::assert_snapshot!(format!("{first:016x} {other:016x}"));
        assert!(random.bytes(Source::Secure, MAX_BYTES + 1).is_err());
    }
}
