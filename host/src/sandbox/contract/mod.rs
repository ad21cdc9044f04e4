//! The WIT contract as Rust: bindings, and what the host answers.
//!
//! The bindings are made from `wit/` at compile time. [`convert`] maps values between the contract
//! and the trajectory, [`measure`] says what a value costs the host, [`single_run`] implements the
//! functions that a guest calls, [`manifest`] checks what a guest says of itself.

pub(super) mod attachment;
pub(super) mod convert;
pub(super) mod manifest;
pub(super) mod measure;
mod single_run;

/// The version of the contract that this host speaks.
pub(super) const VERSION: (u64, u64, u64) = (0, 1, 0);

/// A job, with everything it imports.
#[expect(missing_docs, reason = "the macro takes over what wit/ says, but not of every field")]
mod job {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "job",
        imports: { default: trappable },
        require_store_data_send: true,
    });
}

/// A job that describes itself. Types and imports are those of [`job`].
mod described {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "described-job",
        imports: { default: trappable },
        require_store_data_send: true,
        with: {
            "host:exploration/types": super::job::host::exploration::types,
            "host:exploration/single-run": super::job::host::exploration::single_run,
        },
    });
}

/// A class of the user's own. It imports nothing but types.
mod class {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "custom-class",
        require_store_data_send: true,
        with: {
            "host:exploration/types": super::job::host::exploration::types,
        },
    });
}

pub(super) use self::single_run::{Calls, ClassFailed};
pub(super) use class::{CustomClass, CustomClassPre, host::exploration::class_description};
pub(super) use described::{DescribedJobPre, host::exploration::description};
pub(super) use job::{
    JobPre,
    host::exploration::{single_run as wit, types},
};
