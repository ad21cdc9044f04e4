//! [`Alone`]: wasmtime and nothing of `host` around it: a fresh instance for every run, and answers that cost nothing.

use std::sync::Arc;

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, StoreLimits, StoreLimitsBuilder,
    UpdateDeadline,
    component::{Component, HasSelf, Linker},
};

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "job" });
}
use bindings::host::exploration::{single_run as wit, types};
pub use types::{Plain, Value};

/// A component that is ready to run, in an engine of its own.
pub struct Alone {
    engine: Engine,
    pre: bindings::JobPre<State>,
    deadline: bool,
    fuel: bool,
}

/// What a run is asked to do.
pub type Point = Arc<[(&'static str, Plain)]>;

struct State {
    limits: StoreLimits,
    point: Point,
    results: Vec<(String, Vec<types::NamedValue>)>,
}

/// What `host` tells its engines by default, without the pool.
pub fn config() -> Config {
    let mut config = Config::new();
    config.concurrency_support(false).epoch_interruption(true).relaxed_simd_deterministic(true);
    config.max_wasm_stack(1 << 20).async_stack_size(2 << 20);
    config
}

/// A pool for one instance, whose memory may wait to be given back.
pub fn pool() -> PoolingAllocationConfig {
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let mut pool = PoolingAllocationConfig::new();
    pool.decommit_batch_size(16).table_keep_resident(16 << 10).pagemap_scan(wasmtime::Enabled::Auto);
    pool.linear_memory_keep_resident(if scan { 256 << 10 } else { 16 << 10 });
    pool.total_memories(17).total_tables(17).max_memory_size(512 << 20).total_stacks(1);
    pool
}

impl Alone {
    /// The job `wasm` with the settings of `host` and a pool.
    pub fn pooled(wasm: &[u8]) -> wasmtime::Result<Self> {
        let mut config = config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        Self::new(&config, wasm)
    }

    /// The job `wasm` in an engine with `config`.
    pub fn new(config: &Config, wasm: &[u8]) -> wasmtime::Result<Self> {
        let engine = Engine::new(config)?;
        let component = Component::new(&engine, wasm)?;
        let mut linker = Linker::new(&engine);
        bindings::Job::add_to_linker::<State, HasSelf<_>>(&mut linker, |state| state)?;
        // Jobs built for wasm32-wasip2 import parts of WASI that Rust's standard library knows and these do not call.
        linker.define_unknown_imports_as_traps(&component)?;
        let pre = bindings::JobPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, pre, deadline: true, fuel: false })
    }

    /// For an engine that counts fuel or has no epochs.
    pub fn with(mut self, deadline: bool, fuel: bool) -> Self {
        (self.deadline, self.fuel) = (deadline, fuel);
        self
    }

    /// One run at `point` in a fresh instance; all items of the results that it has added.
    pub fn run(&self, point: &Point) -> wasmtime::Result<Vec<Value>> {
        let limits = StoreLimitsBuilder::new().memory_size(512 << 20).trap_on_grow_failure(true).build();
        let state = State { limits, point: Arc::clone(point), results: Vec::new() };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        if self.deadline {
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
        }
        if self.fuel {
            store.set_fuel(u64::MAX)?;
        }
        let job = self.pre.instantiate(&mut store)?;
        job.call_run(&mut store, &[], &[])?
            .map_err(|message| wasmtime::format_err!("the job has failed: {message}"))?;
        Ok(store.into_data().results.into_iter().flat_map(|(_, items)| items).map(|item| item.value).collect())
    }
}

impl types::Host for State {}

impl wit::Host for State {
    fn f_get(&mut self, name: String) -> Result<Value, wit::AccessError> {
        let found = self.point.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| Value::Plain(value.clone())).ok_or(wit::AccessError::NotFound(name))
    }
    fn f_contains(&mut self, name: String) -> bool {
        self.point.iter().any(|(known, _)| *known == name)
    }
    fn f_get_default(&mut self, name: String, default: Value) -> Result<Value, wit::AccessError> {
        Ok(self.f_get(name).unwrap_or(default))
    }
    fn f_list_parameters(&mut self, _: String) -> Vec<wit::ParameterInfo> {
        Vec::new()
    }
    fn f_add_result(&mut self, name: String, items: Vec<types::NamedValue>, _: String) -> Result<(), wit::AddError> {
        self.results.push((name, items));
        Ok(())
    }
    fn f_add_derived_parameter(&mut self, _: String, _: Value, _: String) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn f_add_result_as(
        &mut self,
        _: String,
        _: String,
        _: Vec<types::NamedValue>,
        _: String,
    ) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn f_add_derived_parameter_as(&mut self, _: String, _: String, _: Value, _: String) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn f_set_annotation(&mut self, _: String, _: String, _: Plain) -> Result<(), wit::AddError> {
        Ok(())
    }
    fn v_idx(&mut self) -> u64 {
        0
    }
    fn v_name(&mut self) -> String {
        String::new()
    }
    fn v_length(&mut self) -> u64 {
        0
    }
    fn v_seed(&mut self) -> u64 {
        0
    }
    fn v_trajectory_name(&mut self) -> String {
        String::new()
    }
    fn log(&mut self, _: wit::Level, _: String) {}
    fn progress(&mut self, _: f64, _: String) {}
    fn report_panic(&mut self, _: String, _: String, _: u32) {}
}
