//! Structs in place of names: parameters that are read into one, results that are one, and the manifest that follows from both.
//!
//! The traits are what the derive macros implement; nothing here needs the macros.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use crate::job::JobError;
use crate::manifest::{Parameter, ResultDeclaration};
use crate::single_run::{AccessError, AddError, SingleRun};
use crate::value::{Array, Complex, Dictionary, Element, FromValue, List, Ndarray, Sparse, SparseMatrix, Table, Tuple};

/// A struct that is read from the parameters of a run.
#[cfg_attr(feature = "macros", doc = "\n[`derive(Parameters)`](derive@crate::Parameters) implements it.")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of parameters",
    note = "such a struct has `#[derive(host_guest::Parameters)]`; a single parameter as an argument of the job has `#[parameter]`"
)]
pub trait Parameters: Sized {
    /// Every parameter that is read, with names below the path `group`, which may be empty.
    fn declare(group: &str) -> Vec<Parameter>;

    /// Reads them at the point of the run.
    ///
    /// # Errors
    /// One is missing, or of another type.
    fn read(traj: &SingleRun, group: &str) -> Result<Self, AccessError>;
}

/// A struct that is added to the results of a run.
#[cfg_attr(feature = "macros", doc = "\n[`derive(Results)`](derive@crate::Results) implements it.")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of results",
    note = "such a struct has `#[derive(host_guest::Results)]`"
)]
pub trait Results: Sized {
    /// Every item that is added, with names below the path `group`, which may be empty.
    fn declare(group: &str) -> Vec<ResultDeclaration>;

    /// Adds them to the run.
    ///
    /// # Errors
    /// See [`AddError`].
    fn add(self, traj: &mut SingleRun, group: &str) -> Result<(), AddError>;
}

/// Nothing to add: the job has added its results by itself, and the manifest does not list them.
impl Results for () {
    fn declare(_: &str) -> Vec<ResultDeclaration> {
        Vec::new()
    }

    fn add(self, _: &mut SingleRun, _: &str) -> Result<(), AddError> {
        Ok(())
    }
}

/// What the function of a job returns: results, or why there are none.
#[diagnostic::on_unimplemented(
    message = "a job cannot return `{Self}`",
    note = "it returns `Result<R, JobError>`, where `R` has `#[derive(host_guest::Results)]` or is `()`"
)]
pub trait Outcome {
    /// The results.
    type Results: Results;

    /// The results, or why the run fails.
    ///
    /// # Errors
    /// What the job says.
    fn into_results(self) -> Result<Self::Results, JobError>;
}

impl<R: Results, E: Into<JobError>> Outcome for Result<R, E> {
    type Results = R;

    fn into_results(self) -> Result<R, JobError> {
        self.map_err(Into::into)
    }
}

/// A type that a declared parameter can have: every type of [`FromValue`] of which the manifest can tell the kind.
///
/// Not `Option<T>`, `Plain` or `Value`, which are of several kinds: such a parameter is read by
/// [`f_get`](SingleRun::f_get), in a job without a manifest.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type that a manifest can declare",
    note = "a declared parameter is of one kind, such as a real number or an array; it is optional by its `default`"
)]
pub trait ParameterType: FromValue {
    /// A parameter of this type at the path `name`.
    fn declaration(name: impl Into<String>) -> Parameter;
}

macro_rules! kinds {
    ($($kind:ident: $($parameter:ty),*;)*) => { $($(
        impl ParameterType for $parameter {
            fn declaration(name: impl Into<String>) -> Parameter {
                Parameter::$kind(name)
            }
        }
    )*)* };
}

kinds! {
    boolean: bool;
    integer: i8, i16, i32, i64, u8, u16, u32, u64, usize;
    real: f32, f64;
    complex: Complex;
    text: String;
    array: Ndarray;
    sequence: List, Tuple;
    table: Table;
    dictionary: Dictionary;
    sparse: SparseMatrix;
}

impl<T: Element> ParameterType for Vec<T> {
    fn declaration(name: impl Into<String>) -> Parameter {
        T::vec_declaration(name.into())
    }
}

impl<T: Element> ParameterType for Array<T> {
    fn declaration(name: impl Into<String>) -> Parameter {
        Parameter::array(name)
    }
}

#[cfg(feature = "ndarray")]
impl<T: Element> ParameterType for ndarray::ArrayD<T> {
    fn declaration(name: impl Into<String>) -> Parameter {
        Parameter::array(name)
    }
}

impl<T: Element> ParameterType for Sparse<T> {
    fn declaration(name: impl Into<String>) -> Parameter {
        Parameter::sparse(name)
    }
}

/// A type of which the manifest can tell the range: integers and reals.
#[diagnostic::on_unimplemented(message = "`{Self}` has no range: only integers and reals have one")]
pub trait Ranged: Sized {
    /// An end of the range as the contract has it.
    fn bound(self) -> f64;
}

macro_rules! ranged {
    ($($number:ty),*) => { $(
        impl Ranged for $number {
            fn bound(self) -> f64 {
                self as f64
            }
        }
    )* };
}

ranged!(i8, i16, i32, i64, u8, u16, u32, u64, usize, f32, f64);

/// The path `name` below the path `group`, of which one may be empty; derived code calls it.
#[doc(hidden)]
pub fn below(group: &str, name: &str) -> String {
    match (group, name) {
        ("", path) | (path, "") => path.to_owned(),
        (group, name) => format!("{group}.{name}"),
    }
}

/// The declared parameter `name`, which no other one can be mistaken for; derived code calls it.
#[doc(hidden)]
pub fn read<T: FromValue>(traj: &SingleRun, name: &str) -> Result<T, AccessError> {
    traj.declared(name)
}

#[cfg(all(test, feature = "macros"))]
mod tests {
    use super::*;
    use crate::bindings::host::exploration::description;
    use crate::manifest::Manifest;
    use crate::{Choice, IntoValue, Parameters, Results, Value};

    #[derive(Clone, Copy, Debug, PartialEq, Choice)]
    enum Mode {
        Slow,
        VeryFast,
    }

    #[derive(Parameters)]
    #[parameters(group = "cell")]
    #[expect(dead_code, reason = "only what is declared matters here")]
    struct Cell {
        /// Membrane
        /// time constant
        #[parameter(unit = "s", default = 20e-3, range = 1e-6..=10.0)]
        tau: f64,
        #[parameter(name = "n.count", range = 1.., comment = "how many")]
        count: u32,
        #[parameter(default = Mode::VeryFast)]
        mode: Mode,
        #[parameter(default)]
        r#type: String,
        #[parameter(default = "a")]
        label: String,
        #[parameter(default = [1.0, 2.0])]
        weights: Vec<f32>,
        bytes: Vec<u8>,
        #[parameter(group)]
        input: Input<Complex>,
        #[parameter(group = "other.input")]
        second: Input<Table>,
        #[parameter(flatten)]
        third: Input<Sparse<f64>>,
    }

    #[derive(Parameters)]
    #[expect(dead_code, reason = "only what is declared matters here")]
    struct Input<T: ParameterType> {
        current: T,
    }

    #[derive(Results)]
    #[results(group = "of")]
    struct Response {
        /// Firing rate
        #[result(unit = "Hz")]
        rate: f64,
        #[result(name = "potential", unit = "V", dimensions = ["t", "cell"])]
        trace: Option<Array<f64>>,
        #[result(derived_parameter)]
        product: f64,
        #[result(class = "Packed")]
        packed: Vec<i64>,
        #[result(group)]
        spikes: Option<Spikes>,
    }

    /// Of the whole population
    #[derive(Results)]
    #[results(result = "spikes")]
    struct Spikes {
        #[result(comment = "when")]
        times: Vec<f64>,
        count: Option<usize>,
    }

    fn declared<P: Parameters, R: Results>() -> description::Manifest {
        let manifest = Manifest::new("").parameters(P::declare("outer"));
        R::declare("outer").into_iter().fold(manifest, Manifest::result).into()
    }

    #[test]
    fn structs_declare_their_parameters() {
        use description::ValueType;

        let parameters = declared::<Cell, ()>().parameters.expect("there are some");
        let found = |name: &str| {
            let name = format!("outer.cell.{name}");
            parameters.iter().find(|parameter| parameter.name == name).unwrap_or_else(|| panic!("{name}")).clone()
        };
        assert_eq!(parameters.len(), 10);
        let tau = found("tau");
        assert_eq!(
            (tau.value_type, tau.unit.as_str(), tau.comment.as_str()),
            (ValueType::Real, "s", "Membrane time constant")
        );
        assert_eq!((tau.default, tau.minimum, tau.maximum), (Some(0.02.into_value()), Some(1e-6), Some(10.0)));
        let count = found("n.count");
        assert_eq!((count.value_type, count.comment.as_str()), (ValueType::Integer, "how many"));
        assert_eq!((count.default, count.minimum, count.maximum), (None, Some(1.0), None));
        let mode = found("mode");
        assert_eq!((mode.value_type, mode.default), (ValueType::Text, Some("very_fast".into_value())));
        assert_eq!(mode.comment, "one of \"slow\" or \"very_fast\"");
        assert_eq!(found("type").default, Some("".into_value()));
        assert_eq!(found("label").default, Some("a".into_value()));
        assert_eq!(found("weights").default, Some([1.0_f32, 2.0].into_value()));
        assert_eq!(found("bytes").value_type, ValueType::Bytes);
        assert_eq!(found("input.current").value_type, ValueType::Complex);
        assert_eq!(found("other.input.current").value_type, ValueType::Table);
        assert_eq!(found("current").value_type, ValueType::Sparse);
    }

    #[test]
    fn structs_declare_their_results() {
        let results = declared::<Cell, Response>().results;
        let said: Vec<_> = results
            .iter()
            .map(|result| {
                (result.name.as_str(), result.unit.as_str(), result.comment.as_str(), result.dimensions.join(" "))
            })
            .collect();
        let none = String::new;
        assert_eq!(
            said,
            [
                ("outer.of.rate", "Hz", "Firing rate", none()),
                ("outer.of.potential", "V", "", "t cell".to_owned()),
                ("outer.of.packed", "", "", none()),
                ("outer.of.spikes.spikes.times", "", "when", none()),
                ("outer.of.spikes.spikes.count", "", "", none()),
            ]
        );
    }

    #[test]
    fn choices_are_read_from_their_texts() {
        assert_eq!(Mode::from_value("slow".into_value()), Ok(Mode::Slow));
        let refused = |value: Value| Mode::from_value(value).expect_err("this is no choice").to_string();
        assert_eq!(refused("Slow".into_value()), "is the text \"Slow\", not \"slow\" or \"very_fast\"");
        assert_eq!(refused(3.into_value()), "is the integer 3, not a text");
    }
}
