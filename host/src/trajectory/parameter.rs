//! [`Parameter`]: a value with a comment and a unit, explored along an axis or not.

use serde::{Deserialize, Serialize};

use super::{axis::Axis, value::Value};

/// A parameter, derived parameter or configuration entry. Mirrors pypet's `Parameter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The default, and the value in every run where the parameter is not explored.
    pub value: Value,
    /// What it means; empty if nothing was said.
    pub comment: String,
    /// UDUNITS string; empty if there is none.
    pub unit: String,
    /// The values it takes over the exploration.
    pub explored: Option<Explored>,
}

/// Along which axis a parameter is explored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explored {
    /// The values along the axis, in order.
    pub axis: Axis,
    /// Which of the exploration's axes this is, from 0.
    pub position: usize,
}

impl Parameter {
    /// A parameter with a comment, not explored.
    pub fn new(value: Value, comment: impl Into<String>) -> Self {
        Self { value, comment: comment.into(), unit: String::new(), explored: None }
    }
}
