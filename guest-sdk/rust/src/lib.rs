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
//! - [`Parameters`] and [`Results`] derive that from structs, and [`simulation`] makes a job of a function between them.
//! - `Rng` (feature `random`, on by default) gives numbers that follow from the seed of the run.
//! - `files` (feature `files`) reads the directories that the spec grants.
//!
//! The crate adds types and words to the contract in `wit/` and keeps nothing from the host: checks of names,
//! shapes and limits happen there.

#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[doc(hidden)]
pub extern crate alloc;
// What the macros write is the same here and in jobs.
extern crate self as host_guest;

#[cfg(all(feature = "allocator", target_arch = "wasm32", any(target_os = "unknown", not(feature = "std"))))]
mod allocator;
mod arguments;
mod class;
#[cfg(feature = "files")]
pub mod files;
mod job;
mod manifest;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(any(feature = "std", all(feature = "panic-handler", target_arch = "wasm32", not(test))))]
mod panicking;
#[cfg(feature = "random")]
mod random;
#[cfg(feature = "serde")]
mod serialization;
mod single_run;
mod typed;
mod value;
#[cfg(all(not(feature = "std"), target_os = "wasi", target_env = "p2"))]
mod wasi;

pub use arguments::{Arguments, KeywordArguments};
pub use class::{Class, ClassKind, Items};
pub use job::JobError;
pub use manifest::{Manifest, Parameter, ResultDeclaration};
#[cfg(feature = "random")]
pub use random::Rng;
pub use single_run::{AccessError, AddError, Level, ParameterInfo, ResultBuilder, SingleRun};
pub use typed::{Outcome, ParameterType, Parameters, Ranged, Results};
pub use value::{
    Array, ArrayData, Column, Complex, Complex32, Compressed, Coordinates, Dictionary, Element, Entry, FromValue,
    Indices, IntoArray, IntoPlain, IntoValue, List, Mismatch, NamedValue, Ndarray, Plain, Sequence, SequenceItem,
    Sparse, SparseMatrix, SparseStructure, Table, Tuple, Value,
};

/// Makes an enum the type of a parameter that is one of a few texts.
///
/// ```
/// # use host_guest::{FromValue, IntoValue};
/// #[derive(Clone, Copy, Debug, PartialEq, host_guest::Choice)]
/// enum Solver {
///     Euler,
///     RungeKutta,             // "runge_kutta"
///     #[choice(name = "LSODA")]
///     Lsoda,
/// }
///
/// assert_eq!(Solver::from_value("runge_kutta".into_value()), Ok(Solver::RungeKutta));
/// let refused = Solver::from_value("rk4".into_value()).unwrap_err();
/// assert_eq!(refused.to_string(), r#"is the text "rk4", not "euler", "runge_kutta" or "LSODA""#);
/// ```
///
/// The manifest declares a text. It cannot say which ones are allowed but in the comment, so a run with another one fails.
#[cfg(feature = "macros")]
pub use host_guest_macros::Choice;
/// Reads a struct from the parameters of a run, and declares them.
///
/// ```
/// use host_guest::Parameters;
///
/// #[derive(Parameters)]
/// #[parameters(group = "neuron")]
/// struct Neuron {
///     /// Membrane time constant
///     #[parameter(unit = "s", default = 20e-3, range = 1e-6..=10.0)]
///     tau: f64,
///     /// Threshold, above rest
///     #[parameter(name = "v_th", unit = "V")]
///     threshold: f64,
///     #[parameter(group)]
///     input: Input,
/// }
///
/// #[derive(Parameters)]
/// struct Input {
///     #[parameter(default = [0.0, 1e-9])]
///     current: Vec<f64>,
/// }
/// ```
///
/// declares `neuron.tau`, `neuron.v_th` and `neuron.input.current`. Documentation comments become comments.
///
/// | of the struct | |
/// |---|---|
/// | `#[parameters(group = "a.b")]` | its parameters are below this path |
///
/// | of a field | |
/// |---|---|
/// | `name = "v_th"` | where the name differs from that of the field; dots nest |
/// | `unit = "V"` | a UDUNITS string |
/// | `comment = "…"` | in place of the documentation comment |
/// | `default = 1.0` | an expression of the field's type; `default` alone is that of the type |
/// | `range = 0.0..=1.0` | what is allowed, ends included; `0.0..` and `..=1.0` have one end; integers and reals only |
/// | `group`, `group = "a"` | the field is a struct of parameters, below its own name or that path |
/// | `flatten` | the field is a struct of parameters, which are not below a path of their own |
///
/// A field can be of every [`ParameterType`]. The trait can be implemented by hand where this does not do.
#[cfg(feature = "macros")]
pub use host_guest_macros::Parameters;
/// Adds a struct to the results of a run, and declares them.
///
/// ```
/// use host_guest::Results;
///
/// #[derive(Results)]
/// struct Response {
///     /// Firing rate
///     #[result(unit = "Hz")]
///     rate: f64,
///     /// Membrane potential
///     #[result(unit = "V", dimensions = ["t"])]
///     trace: Option<Vec<f64>>,
///     #[result(flatten)]
///     spikes: Spikes,
/// }
///
/// /// Spikes of the whole population
/// #[derive(Results)]
/// #[results(result = "spikes")]
/// struct Spikes {
///     times: Vec<f64>,
///     count: usize,
/// }
/// ```
///
/// adds the result `rate`, the result `trace` if there is one, and the result `spikes` with the items `times` and `count`.
///
/// | of the struct | |
/// |---|---|
/// | `#[results(group = "a.b")]` | its results are below this path |
/// | `#[results(result = "a")]` | its fields are the items of this one result; with `comment` and `class` where it needs them |
///
/// | of a field | |
/// |---|---|
/// | `name = "z"` | where the name differs from that of the field; dots nest |
/// | `unit = "V"` | a UDUNITS string |
/// | `comment = "…"` | in place of the documentation comment |
/// | `dimensions = ["t", "cell"]` | the names of an array's dimensions, slowest first |
/// | `class = "Packed"` | a class of the user's own stores it |
/// | `derived_parameter` | it is added as a derived parameter |
/// | `group`, `group = "a"`, `flatten` | the field is a struct of results, as for [`Parameters`](derive@Parameters) |
///
/// A field can be of every type that is [`IntoValue`]. What is `None` is not added.
#[cfg(feature = "macros")]
pub use host_guest_macros::Results;
/// Makes a function from parameters to results the job of this component, which describes itself.
///
/// ```
/// use host_guest::{JobError, Parameters, Results, SingleRun};
///
/// #[derive(Parameters)]
/// struct Factors {
///     x: f64,
///     #[parameter(default = 1.0)]
///     y: f64,
/// }
///
/// #[derive(Results)]
/// struct Product {
///     z: f64,
/// }
///
/// /// The product of two numbers
/// #[host_guest::simulation]
/// fn multiply(factors: Factors, #[parameter(default = false)] verbose: bool, traj: &mut SingleRun) -> Result<Product, JobError> {
///     if verbose {
///         traj.info("multiplies");
///     }
///     Ok(Product { z: factors.x * factors.y })
/// }
/// # fn main() {}
/// ```
///
/// An argument is a struct of [`Parameters`], a single parameter with the attribute that its fields have, or the run itself. The
/// function returns a `Result`: [`Results`], or `()` if it adds what there is by itself; and [`JobError`] or anything that turns
/// into it. The manifest lists all of that, with the documentation comment of the function, or `#[simulation(comment = "…")]`.
/// The function stays what it is, so that tests can call it.
///
/// Use it once, at the top level of the library, and without [`job!`].
#[cfg(feature = "macros")]
pub use host_guest_macros::simulation;

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
#[doc(hidden)]
pub use typed::{below, read};

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
                    values: $crate::alloc::vec::Vec<$crate::NamedValue>,
                ) -> ::core::result::Result<$crate::alloc::vec::Vec<$crate::NamedValue>, $crate::alloc::string::String>
                {
                    $crate::call(<$class as $crate::Class>::store, values).map(::core::convert::Into::into)
                }

                fn load_values(
                    items: $crate::alloc::vec::Vec<$crate::NamedValue>,
                ) -> ::core::result::Result<$crate::alloc::vec::Vec<$crate::NamedValue>, $crate::alloc::string::String>
                {
                    $crate::call(<$class as $crate::Class>::load, items).map(::core::convert::Into::into)
                }

                fn value_to_str(
                    values: $crate::alloc::vec::Vec<$crate::NamedValue>,
                ) -> ::core::result::Result<$crate::alloc::string::String, $crate::alloc::string::String> {
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
                    args: $crate::alloc::vec::Vec<$crate::Value>,
                    kwargs: $crate::alloc::vec::Vec<$crate::NamedValue>,
                ) -> ::core::result::Result<(), $crate::alloc::string::String> {
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
