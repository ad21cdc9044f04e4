//! Write jobs for `host` in Rust.
//!
//! A job is a function that simulates **one** point of a parameter exploration. `host` compiles it once and
//! calls it for every point, each time in a fresh sandbox:
//!
//! ```
//! use host_guest::{JobError, SingleRun};
//!
//! fn multiply(traj: &mut SingleRun) -> Result<(), JobError> {
//!     let x: f64 = traj.f_get("x")?;
//!     let y: f64 = traj.f_get("y")?;
//!     traj.f_add_result("z", x * y)?;
//!     Ok(())
//! }
//!
//! host_guest::job!(multiply);
//! # fn main() {}
//! ```
//!
//! - [`SingleRun`] is the run: parameters in, results out, logs, progress, the seed.
//! - [`FromValue`], [`IntoValue`] and [`IntoPlain`] say which Rust types cross the border, and how.
//! - [`Manifest`] lets a job describe itself, so that a spec is checked before anything runs.
//! - `Rng` (feature `random`, on by default) gives numbers that follow from the seed of the run.
//! - `files` (feature `files`) reads the directories that the spec grants.
//!
//! The crate adds types and words to the contract in `wit/` and keeps nothing from the host: checks of names,
//! shapes and limits happen there.

mod arguments;
#[cfg(feature = "files")]
pub mod files;
mod job;
mod manifest;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(feature = "random")]
mod random;
mod single_run;
mod value;

pub use arguments::{Arguments, KeywordArguments};
pub use job::JobError;
pub use manifest::{Manifest, Parameter, ResultDeclaration};
#[cfg(feature = "random")]
pub use random::Rng;
pub use single_run::{AccessError, AddError, Level, ParameterInfo, ResultBuilder, SingleRun};
pub use value::{
    Array, ArrayData, Column, Complex, Complex32, Compressed, Coordinates, Dictionary, Element, Entry, FromValue,
    Indices, IntoArray, IntoPlain, IntoValue, List, Mismatch, NamedValue, Ndarray, Plain, Sequence, SequenceItem,
    Sparse, SparseMatrix, SparseStructure, Table, Tuple, Value,
};

/// The contract as `wit-bindgen` sees it: for [`job!`], and for tests that need to break it.
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "described-job",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        default_bindings_module: "host_guest::bindings",
    });
}

#[doc(hidden)]
pub use job::enter;

/// Makes a function the job of this component.
///
/// ```
/// # use host_guest::{JobError, Manifest, Parameter, SingleRun};
/// fn simulate(traj: &mut SingleRun) -> Result<(), JobError> {
///     let tau: f64 = traj.f_get("neuron.tau")?;
///     traj.f_add_result("rate", 1.0 / tau)?;
///     Ok(())
/// }
///
/// fn describe() -> Manifest {
///     Manifest::new("Rate of a neuron").parameter(Parameter::real("neuron.tau").unit("s").default(20e-3))
/// }
///
/// host_guest::job!(simulate, describe = describe);
/// # fn main() {}
/// ```
///
/// The function takes `&mut SingleRun` and returns a `Result<(), E>`; `E` is [`JobError`] or anything that turns
/// into it, such as `String`. Without `describe` the job says nothing of itself, and nothing is checked before
/// it runs. Use the macro once, at the top level of the library.
#[macro_export]
macro_rules! job {
    ($run:path $(,)?) => {
        $crate::job!($run, describe = $crate::Manifest::default);
    };
    ($run:path, describe = $describe:path $(,)?) => {
        const _: () = {
            struct Job;

            impl $crate::bindings::Guest for Job {
                fn run(
                    args: ::std::vec::Vec<$crate::Value>,
                    kwargs: ::std::vec::Vec<$crate::NamedValue>,
                ) -> ::std::result::Result<(), ::std::string::String> {
                    $crate::enter($run, args, kwargs)
                }

                fn describe() -> $crate::bindings::Manifest {
                    let manifest: $crate::Manifest = $describe();
                    manifest.into()
                }
            }

    $crate::bindings::export!(Job with_types_in $crate::bindings);
        };
    };
}
