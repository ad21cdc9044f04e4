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
//! - [`Class`] says how values are written into the file; a component of its own.
//! - [`Manifest`] lets a job describe itself, so that a spec is checked before anything runs.
//! - `Rng` (feature `random`, on by default) gives numbers that follow from the seed of the run.
//! - `files` (feature `files`) reads the directories that the spec grants.
//!
//! The crate adds types and words to the contract in `wit/` and keeps nothing from the host: checks of names,
//! shapes and limits happen there.

#[cfg(all(feature = "allocator", target_arch = "wasm32", target_os = "unknown"))]
mod allocator;
mod arguments;
mod class;
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
pub use class::{Class, ClassKind, Items};
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

/// The world of classes, with the types of [`bindings`]: for [`class!`], and for tests that need to break it.
#[doc(hidden)]
pub mod class_bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "custom-class",
        with: {
            "host:exploration/types@0.1.0": crate::bindings::host::exploration::types,
        },
        pub_export_macro: true,
        default_bindings_module: "host_guest::class_bindings",
    });
}

#[doc(hidden)]
pub use class::{about, call};
#[doc(hidden)]
pub use job::enter;

/// Makes a type the class of this component.
///
/// ```
/// # use host_guest::{Class, ClassKind, Items, JobError};
/// struct Celsius;
///
/// impl Class for Celsius {
///     const NAME: &'static str = "Celsius";
///     const KIND: ClassKind = ClassKind::Parameter;
///
///     fn store(values: Items) -> Result<Items, JobError> {
///         Ok(Items::new().with("degrees", values.get::<f64>("data")?))
///     }
///     fn load(items: Items) -> Result<Items, JobError> {
///         Ok(Items::data(items.get::<f64>("degrees")?))
///     }
///     fn value_to_str(values: Items) -> Result<String, JobError> {
///         Ok(format!("{} °C", values.get::<f64>("data")?))
///     }
/// }
///
/// host_guest::class!(Celsius);
/// # fn main() {}
/// ```
///
/// Use the macro once, at the top level of the library, and without [`job!`]: a component is a job or a class.
#[macro_export]
macro_rules! class {
    ($class:ty $(,)?) => {
        const _: () = {
            struct ClassComponent;

            impl $crate::class_bindings::Guest for ClassComponent {
                fn describe() -> $crate::class_bindings::ClassAbout {
                    $crate::about::<$class>()
                }

                fn store_values(
                    values: ::std::vec::Vec<$crate::NamedValue>,
                ) -> ::std::result::Result<::std::vec::Vec<$crate::NamedValue>, ::std::string::String> {
                    $crate::call(<$class as $crate::Class>::store, values).map(::std::convert::Into::into)
                }

                fn load_values(
                    items: ::std::vec::Vec<$crate::NamedValue>,
                ) -> ::std::result::Result<::std::vec::Vec<$crate::NamedValue>, ::std::string::String> {
                    $crate::call(<$class as $crate::Class>::load, items).map(::std::convert::Into::into)
                }

                fn value_to_str(
                    values: ::std::vec::Vec<$crate::NamedValue>,
                ) -> ::std::result::Result<::std::string::String, ::std::string::String> {
                    $crate::call(<$class as $crate::Class>::value_to_str, values)
                }
            }

    $crate::class_bindings::export!(ClassComponent with_types_in $crate::class_bindings);
        };
    };
}

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
