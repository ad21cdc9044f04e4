//! Types of `serde` (feature `serde`): structs that become results, and structs that groups of parameters are read into.
//!
//! `writing` turns what serde tells of a value into items of a result, `reading` answers what a type asks serde for with
//! parameters. Both refuse what has no counterpart in the contract, and name the place.

mod reading;
#[cfg(test)]
mod tests;
mod writing;

use alloc::{format, string::String, vec::Vec};

use serde_core::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser::SerializeStruct};

use crate::bindings::host::exploration::single_run as host;
use crate::single_run::{AccessError, AddError, ResultBuilder, SingleRun};
use crate::value::{Complex, Value};

/// The name by which complex numbers are told from other structs.
const COMPLEX: &str = "host_guest::Complex";

impl SingleRun {
    /// Reads the parameters below the path `group`, all of them for `""`, into a type of `serde` (feature `serde`).
    ///
    /// ```no_run
    /// #[derive(serde::Deserialize)]
    /// struct Neuron {
    ///     tau: f64,
    ///     #[serde(rename = "v_th")]
    ///     threshold: f64,
    ///     label: Option<String>,
    /// }
    ///
    /// # fn job(traj: &mut host_guest::SingleRun) -> Result<(), host_guest::JobError> {
    /// let neuron: Neuron = traj.f_get_group("neuron")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Groups are structs or maps. Values are read as [`FromValue`](crate::FromValue) says: exactly, or not at all. Arrays are
    /// sequences, nested by their dimensions; a table is a map of columns or a sequence of rows; a text is an enum's variant.
    /// Parameters that the type does not ask for are not read.
    ///
    /// # Errors
    /// As [`f_get`](Self::f_get), with the name of the parameter that is missing or not what the type asks for.
    pub fn f_get_group<T: DeserializeOwned>(&self, group: &str) -> Result<T, AccessError> {
        let group = group.strip_prefix("parameters.").unwrap_or(group);
        let group = if group == "parameters" { "" } else { group };
        reading::read(self, group)
    }

    /// Adds a value of any type of `serde` as a result (feature `serde`).
    ///
    /// [`ResultBuilder::serialized`] does so for a result with a comment, and says what becomes of which type.
    ///
    /// # Errors
    /// See [`AddError`].
    pub fn f_add_serialized<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), AddError> {
        self.result(name).serialized(value)?.add()
    }
}

impl ResultBuilder<'_> {
    /// Adds the items that a value of any type of `serde` consists of (feature `serde`).
    ///
    /// | of serde | becomes |
    /// |---|---|
    /// | struct, map | an item for each field; those of structs inside of structs have names with dots |
    /// | sequence or tuple of numbers, booleans or texts | an array; of equally long sequences, one with more dimensions |
    /// | sequence of structs or maps | a table with a column for each field |
    /// | number, boolean, text, bytes | itself; `Vec<u8>` is bytes |
    /// | variant of an enum | its name; with content, a struct of one field |
    /// | `None`, `()` | `none` |
    ///
    /// What is no struct becomes one item, which has the name of the result. Of an empty sequence, serde tells no type: it
    /// becomes an array of `f64`, as it does in NumPy.
    ///
    /// # Errors
    /// [`AddError::NoCounterpart`] with the name of the field, for what the contract has no value for: sequences whose
    /// elements differ in type or length, or are missing; rows with other fields than those before; integers beyond `i64`.
    pub fn serialized<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self, AddError> {
        let items = writing::items(value).map_err(|error| AddError::NoCounterpart {
            name: crate::typed::below(self.name(), &error.place).replace(".[", "["),
            reason: error.reason,
        })?;
        self.extend(items);
        Ok(self)
    }
}

impl reading::Source for SingleRun {
    fn names(&self, group: &str) -> Vec<String> {
        let infos = host::f_list_parameters(group);
        infos.iter().filter_map(|info| info.name.strip_prefix("parameters.")).map(String::from).collect()
    }

    fn value(&self, name: &str) -> Result<Value, AccessError> {
        self.declared(name)
    }
}

/// As a struct with the fields `re` and `im`, and as a complex number where it becomes a result.
impl Serialize for Complex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_struct(COMPLEX, 2)?;
        parts.serialize_field("re", &self.re)?;
        parts.serialize_field("im", &self.im)?;
        parts.end()
    }
}

/// From complex and real numbers, and from whatever has the fields `re` and `im`.
impl<'de> Deserialize<'de> for Complex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(COMPLEX, &["re", "im"], reading::ComplexVisitor)
    }
}

/// What serde says of a place in words, such as a missing key.
fn said(reason: impl core::fmt::Display) -> String {
    format!("{reason}")
}
