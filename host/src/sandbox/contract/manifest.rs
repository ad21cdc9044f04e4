//! What a guest says of itself, checked.

use std::{collections::BTreeSet, ops::Bound};

use super::{convert, description as wit, measure};
use crate::{
    sandbox::JobError,
    spec::{DeclaredType, Manifest, ParameterDeclaration, ResultDeclaration},
    trajectory::{NodePath, check_component},
};

/// The most that a description takes, in bytes. All of it goes into the file, and some of it into messages.
const MAX_BYTES: u64 = 16 << 20;
/// The most parameters and results together; each becomes a node of the file before the first run.
const MAX_DECLARED: usize = 10_000;

/// Checks names and values of a manifest.
pub fn from_guest(manifest: wit::Manifest) -> Result<Manifest, JobError> {
    let declared = manifest.parameters.as_ref().map_or(0, Vec::len) + manifest.results.len();
    if declared > MAX_DECLARED {
        return Err(JobError::LongManifest { got: declared, max: MAX_DECLARED });
    }
    let bytes = measure(&manifest);
    if bytes > MAX_BYTES {
        return Err(JobError::LargeManifest { got: bytes, max: MAX_BYTES });
    }
    let parameters = manifest.parameters.map(|list| list.into_iter().map(parameter).collect());
    let parameters: Option<Vec<_>> = parameters.transpose()?;
    let mut names = BTreeSet::new();
    for one in parameters.iter().flatten() {
        if let Some(other) = colliding(&names, one.name.as_str()) {
            let why = format!("`{}` cannot stand beside `{other}`", one.name);
            return Err(refused("parameter", one.name.as_str(), why));
        }
        names.insert(one.name.as_str());
    }
    let results = manifest.results.into_iter().map(result).collect::<Result<_, _>>()?;
    Ok(Manifest { comment: manifest.comment, parameters, results })
}

/// The name that `name` equals, lies inside of, or encloses.
fn colliding<'n>(names: &BTreeSet<&'n str>, name: &str) -> Option<&'n str> {
    let mut enclosing = name.match_indices('.').map(|(dot, _)| &name[..dot]).chain([name]);
    let below = format!("{name}.");
    let inside = names
        .range::<str, _>((Bound::Included(&*below), Bound::Unbounded))
        .next()
        .copied()
        .filter(|other| other.starts_with(&below));
    enclosing.find_map(|one| names.get(one).copied()).or(inside)
}

/// All texts and defaults, in bytes.
fn measure(manifest: &wit::Manifest) -> u64 {
    let parameters = manifest.parameters.iter().flatten().map(|one| {
        let default = one.default.as_ref().map_or(0, measure::value);
        (one.name.len() + one.unit.len() + one.comment.len()) as u64 + default
    });
    let results = manifest.results.iter().map(|one| {
        let dimensions: usize = one.dimensions.iter().map(|dimension| size_of::<String>() + dimension.len()).sum();
        (one.name.len() + one.unit.len() + one.comment.len() + dimensions) as u64
    });
    manifest.comment.len() as u64 + parameters.sum::<u64>() + results.sum::<u64>()
}

fn parameter(declared: wit::ParameterDeclaration) -> Result<ParameterDeclaration, JobError> {
    let refuse = |why: String| refused("parameter", &declared.name, why);
    let name = NodePath::new(declared.name.as_str()).map_err(|why| refuse(why.to_string()))?;
    let value_type = value_type(declared.value_type);
    let default = declared.default.map(convert::from_guest).transpose().map_err(|why| refuse(why.to_string()))?;
    if let Some(default) = default.as_ref().filter(|default| !value_type.accepts(default)) {
        return Err(refuse(format!("its default is of type {}, not {}", default.type_name(), value_type.name())));
    }
    let (minimum, maximum) = (declared.minimum, declared.maximum);
    if minimum.or(maximum).is_some() && !matches!(value_type, DeclaredType::Integer | DeclaredType::Real) {
        return Err(refuse("only integers and reals have a minimum and a maximum".into()));
    }
    if let (Some(minimum), Some(maximum)) = (minimum, maximum)
        && (minimum > maximum || minimum.is_nan() || maximum.is_nan())
    {
        return Err(refuse(format!("its minimum {minimum} is not below its maximum {maximum}")));
    }
    let (unit, comment) = (declared.unit, declared.comment);
    Ok(ParameterDeclaration { name, value_type, unit, comment, default, minimum, maximum })
}

fn result(declared: wit::ResultDeclaration) -> Result<ResultDeclaration, JobError> {
    let refuse = |why: String| refused("result", &declared.name, why);
    let name = NodePath::new(declared.name.as_str()).map_err(|why| refuse(why.to_string()))?;
    for dimension in &declared.dimensions {
        check_component(dimension).map_err(|why| refuse(why.to_string()))?;
    }
    Ok(ResultDeclaration { name, unit: declared.unit, comment: declared.comment, dimensions: declared.dimensions })
}

fn refused(what: &'static str, name: &str, why: String) -> JobError {
    JobError::Manifest { what, name: crate::sandbox::log::one_line(name, 100), why }
}

fn value_type(declared: wit::ValueType) -> DeclaredType {
    match declared {
        wit::ValueType::Boolean => DeclaredType::Boolean,
        wit::ValueType::Integer => DeclaredType::Integer,
        wit::ValueType::Real => DeclaredType::Real,
        wit::ValueType::Complex => DeclaredType::Complex,
        wit::ValueType::Text => DeclaredType::Text,
        wit::ValueType::Bytes => DeclaredType::Bytes,
        wit::ValueType::Array => DeclaredType::Array,
        wit::ValueType::Sequence => DeclaredType::Sequence,
        wit::ValueType::Table => DeclaredType::Table,
        wit::ValueType::Dictionary => DeclaredType::Dictionary,
        wit::ValueType::Sparse => DeclaredType::Sparse,
    }
}
