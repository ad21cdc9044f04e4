//! Clocks: a virtual one that every run reads alike, or the real one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::{
    async_trait,
    clocks::WasiClocksView,
    p2::{
        DynPollable, Pollable,
        bindings::clocks::{monotonic_clock, wall_clock},
        subscribe,
    },
};

use super::{View, Wasi, view};
use crate::{sandbox::run_state::RunState, spec::Clock};

/// 2000-01-01 in seconds since 1970.
pub const START: u64 = 946_684_800;
/// What a look at the clock takes, so that a guest that waits for it to move does not wait for ever.
const STEP: u64 = 1_000_000;

/// Which clock a run sees.
#[derive(Debug)]
pub enum ClockState {
    /// Nanoseconds since the start of the run, as far as the guest can tell.
    Virtual(Arc<AtomicU64>),
    /// That of this machine.
    Real,
}

impl ClockState {
    /// As granted; [`Clock::None`] is never read.
    pub fn new(clock: Clock) -> Self {
        match clock {
            Clock::Real => Self::Real,
            Clock::Virtual | Clock::None => Self::Virtual(Arc::default()),
        }
    }
}

/// Links `wasi:clocks`.
pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    wall_clock::add_to_linker::<RunState, Wasi>(linker, view)?;
    monotonic_clock::add_to_linker::<RunState, Wasi>(linker, view)?;
    Ok(())
}

impl View<'_> {
    /// The virtual time, which moves on by being read.
    fn look(&mut self) -> Option<u64> {
        match &self.0.wasi().clock {
            ClockState::Virtual(time) => Some(time.fetch_add(STEP, Ordering::Relaxed)),
            ClockState::Real => None,
        }
    }

    /// Something to wait for until the virtual clock shows `when`.
    fn alarm(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let wasi = self.0.wasi();
        let ClockState::Virtual(time) = &wasi.clock else { unreachable!("asked for the virtual clock only") };
        let alarm = wasi.table.push(Alarm { time: Arc::clone(time), when })?;
        subscribe(&mut wasi.table, alarm)
    }
}

impl View<'_> {
    /// Something to wait for on the real clock.
    fn timer(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        // Epochs do not interrupt a thread that sleeps, so it sleeps no longer than the run lasts.
        let left = u64::try_from(self.0.deadline.left().as_nanos()).unwrap_or(u64::MAX);
        monotonic_clock::Host::subscribe_duration(&mut self.0.clocks(), duration.min(left))
    }
}

/// Waiting takes no time: the virtual clock moves on to when the alarm is due.
struct Alarm {
    time: Arc<AtomicU64>,
    when: u64,
}

#[async_trait]
impl Pollable for Alarm {
    async fn ready(&mut self) {
        self.time.fetch_max(self.when, Ordering::Relaxed);
    }
}

impl wall_clock::Host for View<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.0.enter()?;
        match self.look() {
            Some(time) => {
                let time = Duration::from_secs(START) + Duration::from_nanos(time);
                Ok(wall_clock::Datetime { seconds: time.as_secs(), nanoseconds: time.subsec_nanos() })
            }
            None => wall_clock::Host::now(&mut self.0.clocks()),
        }
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.0.enter()?;
        match &self.0.wasi().clock {
            ClockState::Virtual(_) => Ok(wall_clock::Datetime { seconds: 0, nanoseconds: STEP as u32 }),
            ClockState::Real => wall_clock::Host::resolution(&mut self.0.clocks()),
        }
    }
}

impl monotonic_clock::Host for View<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.0.enter()?;
        match self.look() {
            Some(time) => Ok(time),
            None => monotonic_clock::Host::now(&mut self.0.clocks()),
        }
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.0.enter()?;
        match &self.0.wasi().clock {
            ClockState::Virtual(_) => Ok(STEP),
            ClockState::Real => monotonic_clock::Host::resolution(&mut self.0.clocks()),
        }
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.0.enter()?;
        if let ClockState::Virtual(_) = self.0.wasi().clock {
            return self.alarm(when);
        }
        let now = monotonic_clock::Host::now(&mut self.0.clocks())?;
        self.timer(when.saturating_sub(now))
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.0.enter()?;
        if let ClockState::Virtual(time) = &self.0.wasi().clock {
            let when = time.load(Ordering::Relaxed).saturating_add(duration);
            return self.alarm(when);
        }
        self.timer(duration)
    }
}
