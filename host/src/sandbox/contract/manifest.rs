//! What a guest says of itself, checked.

use super::{convert, description as wit};
use crate::{
    sandbox::JobError,
    spec::{DeclaredType, Manifest, ParameterDeclaration, ResultDeclaration},
    trajectory::{NodePath, check_component},
};

/// Checks names and values of a manifest.
pub fn from_guest(manifest: wit::Manifest) -> Result<Manifest, JobError> {
    let parameters = manifest.parameters.map(|list| list.into_iter().map(parameter).collect());
    let parameters: Option<Vec<_>> = parameters.transpose()?;
    for (at, one) in parameters.iter().flatten().enumerate() {
        let others = parameters.iter().flatten().take(at);
        if let Some(other) =
            others.into_iter().find(|other| other.name == one.name || other.name.is_nested_with(&one.name))
        {
            let why = format!("`{}` cannot stand beside `{}`", one.name, other.name);
            return Err(refused("parameter", one.name.as_str(), why));
        }
    }
    let results = manifest.results.into_iter().map(result).collect::<Result<_, _>>()?;
    Ok(Manifest { comment: manifest.comment, parameters, results })
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
