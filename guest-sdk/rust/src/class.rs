//! Classes: how values of parameters or results are written into the file, and read back from it.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use crate::bindings::host::exploration::types::NamedValue;
use crate::class_bindings::host::exploration::class_description::{ClassAbout, Kind};
use crate::job::{JobError, readable};
use crate::value::{FromValue, IntoValue, Mismatch, Value};

/// What a [`Class`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassKind {
    /// Values of parameters and derived parameters: one item named `data`.
    Parameter,
    /// Results, with all their items.
    Result,
}

/// A class of one's own; [`class!`](crate::class) makes a component of it.
///
/// `load` must give back, bit for bit, what `store` was given; the host checks that for every value. Every call
/// has a fresh instance, so nothing can be kept between them.
pub trait Class {
    /// Its name, which stands in the file. Python reads the file with a class of the same name.
    const NAME: &'static str;
    /// What it keeps.
    const KIND: ClassKind;
    /// What it is for.
    const COMMENT: &'static str = "";

    /// From values to what is written. Dots in names of items nest.
    ///
    /// # Errors
    /// Such values cannot be stored; the text says why.
    fn store(values: Items) -> Result<Items, JobError>;

    /// From what was written back to the values.
    ///
    /// # Errors
    /// These items were not made by `store`; the text says why.
    fn load(items: Items) -> Result<Items, JobError>;

    /// The values in a few words, for overview tables.
    ///
    /// # Errors
    /// There are no words for them; the text says why.
    fn value_to_str(values: Items) -> Result<String, JobError>;
}

/// Values with names, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Items(Vec<NamedValue>);

impl Items {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a parameter.
    pub fn data(value: impl IntoValue) -> Self {
        Self::new().with("data", value)
    }

    /// One more item.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl IntoValue) -> Self {
        self.0.push(NamedValue { name: name.into(), value: value.into_value() });
        self
    }

    /// The item called `name`.
    ///
    /// # Errors
    /// There is none, or it is no `T`.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, Mismatch> {
        let found = self.iter().find(|(other, _)| *other == name);
        let (_, value) = found.ok_or_else(|| Mismatch::new(format!("there is no item `{name}`")))?;
        T::from_value(value.clone()).map_err(|mismatch| Mismatch::new(format!("the item `{name}` {mismatch}")))
    }

    /// All of them, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|item| (item.name.as_str(), &item.value))
    }
}

/// What `class!` answers to `describe`.
#[doc(hidden)]
pub fn about<C: Class>() -> ClassAbout {
    let kind = match C::KIND {
        ClassKind::Parameter => Kind::Parameter,
        ClassKind::Result => Kind::Result,
    };
    ClassAbout { name: C::NAME.to_owned(), kind, comment: C::COMMENT.to_owned() }
}

/// Calls a function of a class with items of the contract; `class!` does.
#[doc(hidden)]
pub fn call<T>(function: fn(Items) -> Result<T, JobError>, items: Vec<NamedValue>) -> Result<T, String> {
    function(Items(items)).map_err(|error| readable(&*error))
}

impl From<Items> for Vec<NamedValue> {
    fn from(items: Items) -> Self {
        items.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_name() {
        let items = Items::data(1.5).with("a.b", "text");
        assert_eq!(items.get::<f64>("data"), Ok(1.5));
        assert_eq!(items.get::<String>("a.b").as_deref(), Ok("text"));
        let said = |error: Mismatch| error.to_string();
        assert_eq!(items.get::<f64>("c").map_err(said), Err("there is no item `c`".into()));
        let said = items.get::<f64>("a.b").map_err(said);
        assert_eq!(said, Err("the item `a.b` is the text \"text\", not a real number".into()));
    }
}
