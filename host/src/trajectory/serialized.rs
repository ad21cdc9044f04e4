//! What is read back is checked like what is made: a text or a file may say anything.

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::{
    Addition, Array, ArrayData, Axis, AxisError, Combine, Complex, Dict, NodePath, Parameter, Points, PointsError,
    Sequence, Sparse, SparseError, Structure, Table, Trajectory, TrajectoryError, Value, ValueError, axis::Values,
};

impl TryFrom<(Vec<u64>, ArrayData)> for Array {
    type Error = ValueError;

    fn try_from((shape, data): (Vec<u64>, ArrayData)) -> Result<Self, ValueError> {
        Self::new(shape, data)
    }
}

impl From<Array> for (Vec<u64>, ArrayData) {
    fn from(array: Array) -> Self {
        array.into_parts()
    }
}

impl TryFrom<Vec<(String, Array)>> for Table {
    type Error = ValueError;

    fn try_from(columns: Vec<(String, Array)>) -> Result<Self, ValueError> {
        Self::new(columns)
    }
}

impl From<Table> for Vec<(String, Array)> {
    fn from(table: Table) -> Self {
        table.into_columns()
    }
}

/// A [`Value`] inside of a dictionary, as it is written. What no dictionary holds is refused before it is read, so
/// that bytes which open one dictionary within another a million times do not exhaust the stack.
#[derive(Deserialize)]
#[serde(rename = "Value")]
pub(super) enum PlainValue {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Complex(Complex),
    Text(String),
    Bytes(Vec<u8>),
    Array(Array),
    List(Sequence),
    Tuple(Sequence),
    Table(Composite),
    Dict(Composite),
    Sparse(Composite),
}

/// Nothing that is ever read.
pub(super) enum Composite {}

impl<'de> Deserialize<'de> for Composite {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("dictionaries hold no tables, dictionaries or sparse matrices"))
    }
}

impl From<PlainValue> for Value {
    fn from(plain: PlainValue) -> Self {
        match plain {
            PlainValue::None => Self::None,
            PlainValue::Bool(b) => Self::Bool(b),
            PlainValue::Int(i) => Self::Int(i),
            PlainValue::Float(x) => Self::Float(x),
            PlainValue::Complex(c) => Self::Complex(c),
            PlainValue::Text(text) => Self::Text(text),
            PlainValue::Bytes(bytes) => Self::Bytes(bytes),
            PlainValue::Array(array) => Self::Array(array),
            PlainValue::List(sequence) => Self::List(sequence),
            PlainValue::Tuple(sequence) => Self::Tuple(sequence),
            PlainValue::Table(never) | PlainValue::Dict(never) | PlainValue::Sparse(never) => match never {},
        }
    }
}

impl TryFrom<Vec<(String, PlainValue)>> for Dict {
    type Error = ValueError;

    fn try_from(entries: Vec<(String, PlainValue)>) -> Result<Self, ValueError> {
        Self::new(entries.into_iter().map(|(key, value)| (key, value.into())).collect())
    }
}

impl From<Dict> for Vec<(String, Value)> {
    fn from(dict: Dict) -> Self {
        dict.into_entries().into_iter().map(|(key, value)| (key.into(), value)).collect()
    }
}

/// A [`Sparse`] as it is written: shape, elements, and where they stand.
pub(super) type PlainSparse = ([u64; 2], Array, Structure);

impl TryFrom<PlainSparse> for Sparse {
    type Error = SparseError;

    fn try_from((shape, data, structure): PlainSparse) -> Result<Self, SparseError> {
        Self::new(shape, data, structure)
    }
}

impl From<Sparse> for PlainSparse {
    fn from(sparse: Sparse) -> Self {
        sparse.into_parts()
    }
}

impl TryFrom<Values> for Axis {
    type Error = AxisError;

    fn try_from(values: Values) -> Result<Self, AxisError> {
        Self::checked(values)
    }
}

/// [`Points`] as they are written.
#[derive(Serialize, Deserialize)]
pub(super) struct PlainPoints {
    lengths: Vec<u64>,
    combine: Combine,
    replicates: u64,
}

impl TryFrom<PlainPoints> for Points {
    type Error = PointsError;

    fn try_from(plain: PlainPoints) -> Result<Self, PointsError> {
        Self::new(plain.lengths, plain.combine, plain.replicates)
    }
}

impl From<Points> for PlainPoints {
    fn from(points: Points) -> Self {
        let replicates = points.replicates();
        let (lengths, combine) = points.into_axes();
        Self { lengths, combine, replicates }
    }
}

/// A [`Trajectory`] as it is written: without what follows from the rest.
#[derive(Serialize, Deserialize)]
pub(super) struct PlainTrajectory {
    name: String,
    comment: String,
    parameters: Vec<(NodePath, Parameter)>,
    points: Points,
    root_seed: u64,
    config: Vec<(NodePath, Parameter)>,
    additions: Vec<Addition>,
}

impl TryFrom<PlainTrajectory> for Trajectory {
    type Error = TrajectoryError;

    fn try_from(plain: PlainTrajectory) -> Result<Self, TrajectoryError> {
        let parameters = plain.parameters.into_iter().collect();
        let mut trajectory = Self::from_parts(&plain.name, &plain.comment, parameters, plain.points, plain.root_seed)?;
        for (path, entry) in plain.config {
            trajectory.put_config(path, entry)?;
        }
        for addition in plain.additions {
            trajectory.put_addition(addition)?;
        }
        Ok(trajectory)
    }
}

impl From<Trajectory> for PlainTrajectory {
    fn from(trajectory: Trajectory) -> Self {
        Self {
            name: trajectory.name().to_owned(),
            comment: trajectory.comment().to_owned(),
            // The counter of replicates follows from the points.
            parameters: (trajectory.parameters().iter())
                .filter(|(path, _)| !trajectory.is_replicate(path))
                .map(|(path, parameter)| (path.clone(), parameter.clone()))
                .collect(),
            points: trajectory.points().clone(),
            root_seed: trajectory.root_seed(),
            config: trajectory.config().iter().map(|(path, entry)| (path.clone(), entry.clone())).collect(),
            additions: trajectory.additions().to_vec(),
        }
    }
}
