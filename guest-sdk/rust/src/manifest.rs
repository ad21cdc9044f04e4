//! A job in its own words, so that a spec is checked before anything runs.

use alloc::{string::String, vec::Vec};

use crate::bindings::host::exploration::description::{self, ParameterDeclaration, ValueType};
use crate::value::IntoValue;

/// What a job says of itself. [`job!`](crate::job) takes the function that makes it.
///
/// ```
/// # use host_guest::{Manifest, Parameter, ResultDeclaration};
/// Manifest::new("Leaky integrate-and-fire neuron")
///     .parameter(Parameter::real("neuron.tau").unit("s").default(20e-3).range(1e-6, 1.0).comment("membrane time constant"))
///     .result(ResultDeclaration::array("trace", ["t"]).unit("V"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    comment: String,
    parameters: Option<Vec<Parameter>>,
    results: Vec<ResultDeclaration>,
}

impl Manifest {
    /// A manifest that says what the job is about, and nothing yet of parameters.
    pub fn new(comment: impl Into<String>) -> Self {
        Self { comment: comment.into(), ..Self::default() }
    }

    /// Declares a parameter. From the first one on, **every** parameter the job reads has to be declared.
    #[must_use]
    pub fn parameter(self, parameter: Parameter) -> Self {
        self.parameters([parameter])
    }

    /// Declares several parameters; `parameters([])` says that the job reads none.
    #[must_use]
    pub fn parameters(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.get_or_insert_default().extend(parameters);
        self
    }

    /// Declares a result.
    #[must_use]
    pub fn result(mut self, result: ResultDeclaration) -> Self {
        self.results.push(result);
        self
    }
}

/// A parameter that the job reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter(ParameterDeclaration);

macro_rules! parameter_types {
    ($($constructor:ident: $value_type:ident, $article:literal;)*) => { $(
        #[doc = concat!("Declares ", $article, " at the path `name` below `parameters`.")]
        pub fn $constructor(name: impl Into<String>) -> Self {
            Self::new(name.into(), ValueType::$value_type)
        }
    )* };
}

impl Parameter {
    parameter_types! {
        boolean: Boolean, "a boolean";
        integer: Integer, "an integer";
        real: Real, "a real number";
        complex: Complex, "a complex number";
        text: Text, "a text";
        bytes: Bytes, "bytes";
        array: Array, "an array";
        sequence: Sequence, "a list or tuple";
        table: Table, "a table";
        dictionary: Dictionary, "a dictionary";
        sparse: Sparse, "a sparse matrix";
    }

    /// Its unit, as a UDUNITS string.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.0.unit = unit.into();
        self
    }

    /// What it means.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.0.comment = comment.into();
        self
    }

    /// Its value where the spec does not give one. Without a default the spec must.
    #[must_use]
    pub fn default(mut self, value: impl IntoValue) -> Self {
        self.0.default = Some(value.into_value());
        self
    }

    /// The smallest and the largest value allowed; for integers and reals only.
    #[must_use]
    pub fn range(self, minimum: f64, maximum: f64) -> Self {
        self.minimum(minimum).maximum(maximum)
    }

    /// The smallest value allowed; for integers and reals only.
    #[must_use]
    pub fn minimum(mut self, minimum: f64) -> Self {
        self.0.minimum = Some(minimum);
        self
    }

    /// The largest value allowed; for integers and reals only.
    #[must_use]
    pub fn maximum(mut self, maximum: f64) -> Self {
        self.0.maximum = Some(maximum);
        self
    }

    fn new(name: String, value_type: ValueType) -> Self {
        Self(ParameterDeclaration {
            name,
            value_type,
            unit: String::new(),
            comment: String::new(),
            default: None,
            minimum: None,
            maximum: None,
        })
    }
}

/// An item that the job adds to its results.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultDeclaration(description::ResultDeclaration);

impl ResultDeclaration {
    /// Declares a result, or an item of one as `result.item`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(description::ResultDeclaration {
            name: name.into(),
            unit: String::new(),
            comment: String::new(),
            dimensions: Vec::new(),
        })
    }

    /// Declares an array with the names of its dimensions, slowest first.
    pub fn array<D: Into<String>>(name: impl Into<String>, dimensions: impl IntoIterator<Item = D>) -> Self {
        let mut declaration = Self::new(name);
        declaration.0.dimensions = dimensions.into_iter().map(Into::into).collect();
        declaration
    }

    /// Its unit, as a UDUNITS string.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.0.unit = unit.into();
        self
    }

    /// What it means.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.0.comment = comment.into();
        self
    }
}

impl From<Manifest> for description::Manifest {
    fn from(Manifest { comment, parameters, results }: Manifest) -> Self {
        Self {
            comment,
            parameters: parameters.map(|parameters| parameters.into_iter().map(|parameter| parameter.0).collect()),
            results: results.into_iter().map(|result| result.0).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_about_parameters_differs_from_having_none() {
        let said =
            |manifest: Manifest| description::Manifest::from(manifest).parameters.map(|parameters| parameters.len());
        assert_eq!(said(Manifest::default()), None);
        assert_eq!(said(Manifest::new("").result(ResultDeclaration::new("z"))), None);
        assert_eq!(said(Manifest::new("").parameters([])), Some(0));
        assert_eq!(said(Manifest::new("").parameter(Parameter::text("a")).parameter(Parameter::bytes("b"))), Some(2));
    }

    #[test]
    fn everything_said_arrives() {
        let manifest = description::Manifest::from(
            Manifest::new("a neuron")
                .parameter(Parameter::real("tau").unit("s").default(0.02).range(0.0, 1.0).comment("time constant"))
                .result(ResultDeclaration::array("trace", ["t", "cell"]).unit("V").comment("membrane")),
        );
        let parameters = manifest.parameters.expect("one was declared");
        assert_eq!(
            parameters[0],
            ParameterDeclaration {
                name: "tau".into(),
                value_type: ValueType::Real,
                unit: "s".into(),
                comment: "time constant".into(),
                default: Some(0.02.into_value()),
                minimum: Some(0.0),
                maximum: Some(1.0),
            }
        );
        assert_eq!(manifest.results[0].dimensions, ["t", "cell"]);
        assert_eq!(manifest.results[0].unit, "V");
    }
}
