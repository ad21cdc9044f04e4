//! What the spec hands to the job besides the point: `args` and `kwargs` of `[job]`.

use alloc::{format, vec::Vec};

use crate::single_run::AccessError;
use crate::value::{FromValue, NamedValue, Value};

/// The positional arguments of the job, `args` in `[job]`. The same for every run.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments(pub(crate) Vec<Value>);

impl Arguments {
    /// The argument at `position`, counted from 0.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] if there are fewer, [`AccessError::WrongType`] if it is no `T`.
    pub fn get<T: FromValue>(&self, position: usize) -> Result<T, AccessError> {
        let name = format!("args[{position}]");
        match self.0.get(position) {
            Some(value) => AccessError::check(&name, T::from_value(value.clone())),
            None => Err(AccessError::NotFound { name }),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }
}

/// The named arguments of the job, `kwargs` in `[job]`. The same for every run.
#[derive(Clone, Debug, PartialEq)]
pub struct KeywordArguments(pub(crate) Vec<NamedValue>);

impl KeywordArguments {
    /// The argument called `name`.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] if there is none, [`AccessError::WrongType`] if it is no `T`.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, AccessError> {
        let label = format!("kwargs.{name}");
        match self.find(name) {
            Some(value) => AccessError::check(&label, T::from_value(value.clone())),
            None => Err(AccessError::NotFound { name: label }),
        }
    }

    /// The argument called `name`, or `default` if there is none.
    ///
    /// # Errors
    /// [`AccessError::WrongType`] if there is one, but no `T`.
    pub fn get_default<T: FromValue>(&self, name: &str, default: T) -> Result<T, AccessError> {
        if self.contains(name) { self.get(name) } else { Ok(default) }
    }

    /// Whether there is an argument called `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|argument| (argument.name.as_str(), &argument.value))
    }

    fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|argument| argument.name == name).map(|argument| &argument.value)
    }
}
