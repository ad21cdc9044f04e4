//! [`Parameter`]: a value with a comment and a unit, explored along an axis or not.

use serde::{Deserialize, Serialize};

use super::{axis::Axis, name::NodePath, value::Value};

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
    /// The class that stores it: `ArrayParameter`, or a class of the user's own; `None` chooses by the value.
    pub class: Option<String>,
    /// What a class of the user's own has made of its values; `None` before, and for the built-in ones.
    pub stored: Option<StoredItems>,
}

/// A parameter as a class of the user's own stores it. pypet's `_store` of custom parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredItems {
    /// Items of the default value.
    pub default: Vec<(NodePath, Value)>,
    /// Items of each value along the axis; empty if it is not explored.
    pub explored: Vec<Vec<(NodePath, Value)>>,
    /// The default in a few words, for the overview.
    pub summary: String,
    /// Each value along the axis in a few words.
    pub explored_summaries: Vec<String>,
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
    /// The default value. pypet's `f_get` outside of runs.
    pub fn f_get(&self) -> &Value {
        &self.value
    }

    /// The values along its axis, in order; `None` if it is not explored. pypet's `f_get_range`, which has a value
    /// for every run.
    pub fn f_get_range(&self) -> Option<Vec<Value>> {
        Some(self.explored.as_ref()?.axis.values().collect())
    }

    /// Whether it takes several values. pypet's `f_has_range`.
    pub fn f_has_range(&self) -> bool {
        self.explored.is_some()
    }

    /// The comment; empty if there is none. pypet's `v_comment`.
    pub fn v_comment(&self) -> &str {
        &self.comment
    }

    /// A parameter with a comment, not explored.
    pub fn new(value: Value, comment: impl Into<String>) -> Self {
        Self { value, comment: comment.into(), unit: String::new(), explored: None, class: None, stored: None }
    }
}
