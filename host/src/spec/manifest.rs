//! [`Manifest`]: what a job says of itself, so that a spec is checked before anything runs.

use serde::Serialize;

use crate::trajectory::{NodePath, Value};

/// What a job says of itself. The WIT contract's `manifest`, with checked names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// What the job simulates.
    pub comment: String,
    /// Every parameter it reads; `None` if it does not say.
    pub parameters: Option<Vec<ParameterDeclaration>>,
    /// Results that it adds.
    pub results: Vec<ResultDeclaration>,
}

/// A parameter that the job reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterDeclaration {
    /// Path below `parameters`.
    pub name: NodePath,
    /// Its type.
    pub value_type: DeclaredType,
    /// UDUNITS string, empty if there is none.
    pub unit: String,
    /// Empty if there is none.
    pub comment: String,
    /// Used when the spec does not give the parameter; without it the spec must.
    pub default: Option<Value>,
    /// Smallest value allowed.
    pub minimum: Option<f64>,
    /// Largest value allowed.
    pub maximum: Option<f64>,
}

/// A result that the job adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResultDeclaration {
    /// `result`, or `result.item` where the item has another name.
    pub name: NodePath,
    /// UDUNITS string, empty if there is none.
    pub unit: String,
    /// Empty if there is none.
    pub comment: String,
    /// Names of the dimensions of an array, slowest first.
    pub dimensions: Vec<String>,
}

/// The type of a declared parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the contract's types")]
pub enum DeclaredType {
    Boolean,
    Integer,
    Real,
    Complex,
    Text,
    Bytes,
    Array,
    Sequence,
    Table,
    Dictionary,
    Sparse,
}

impl DeclaredType {
    /// Whether `value` is of this type.
    pub fn accepts(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Boolean, Value::Bool(_))
                | (Self::Integer, Value::Int(_))
                | (Self::Real, Value::Float(_))
                | (Self::Complex, Value::Complex(_))
                | (Self::Text, Value::Text(_))
                | (Self::Bytes, Value::Bytes(_))
                | (Self::Array, Value::Array(_))
                | (Self::Sequence, Value::List(_) | Value::Tuple(_))
                | (Self::Table, Value::Table(_))
                | (Self::Dictionary, Value::Dict(_))
                | (Self::Sparse, Value::Sparse(_))
        )
    }

    /// The type in the words of messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Complex => "complex",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Array => "array",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::Dictionary => "dictionary",
            Self::Sparse => "sparse",
        }
    }
}
