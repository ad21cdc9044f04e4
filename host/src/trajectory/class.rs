//! Classes of the user's own: what they may be called, and what the items they make may be called.
//!
//! Python finds a class that reads the same items by the name alone.

use thiserror::Error;

use super::{
    name::{NameError, NodePath, check_component},
    value::{self, Value, ValueError},
};

/// The classes of parameters and results that pypet has, which no class of the user's own may be called.
pub const BUILT_IN_CLASSES: [&str; 8] = [
    "Parameter",
    "ArrayParameter",
    "SparseParameter",
    "PickleParameter",
    "Result",
    "SparseResult",
    "PickleResult",
    "SharedResult",
];

/// What pypet finds under these names before it looks for a class of the user's own.
const PYPETS_OWN: [&str; 8] = [
    "BaseParameter",
    "BaseResult",
    "ConfigGroup",
    "DerivedParameterGroup",
    "NNGroupNode",
    "NNLeafNode",
    "ParameterGroup",
    "ResultGroup",
];

/// The words that Python keeps for itself.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Why a class cannot have this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ClassNameError {
    #[error("it has no name")]
    Empty,
    #[error("its name cannot be used: {0}")]
    Name(#[from] NameError),
    #[error(
        "its name `{name}` is no identifier of Python; use letters, digits and `_`, begin with a letter, and take no keyword"
    )]
    NoIdentifier { name: String },
    #[error("its name `{name}` is that of a built-in class; choose another one")]
    BuiltIn { name: String },
}

/// Checks the name of a class of the user's own.
///
/// # Errors
/// It breaks the naming rules, is no identifier of Python, or pypet has a class of that name.
pub fn check_class_name(name: &str) -> Result<(), ClassNameError> {
    if name.is_empty() {
        return Err(ClassNameError::Empty);
    }
    check_component(name)?;
    if name.contains('-') || name.starts_with(|c: char| c.is_ascii_digit()) || KEYWORDS.contains(&name) {
        return Err(ClassNameError::NoIdentifier { name: name.to_owned() });
    }
    if is_built_in_class(name) || PYPETS_OWN.contains(&name) {
        return Err(ClassNameError::BuiltIn { name: name.to_owned() });
    }
    Ok(())
}

/// Whether pypet has a class of parameters or results of that name. The empty name stands for its default.
pub fn is_built_in_class(name: &str) -> bool {
    name.is_empty() || BUILT_IN_CLASSES.contains(&name)
}

/// What stands in the names of nodes that belong to the layout of a parameter itself; pypet's mark of an `ArrayParameter`.
const LAYOUT_MARK: &str = "__rr__";

/// Why items of a class cannot be stored.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ItemError {
    #[error("no items")]
    None,
    #[error("an item with an illegal name: {0}")]
    Name(#[from] NameError),
    #[error("an item with an illegal name: `{name}` contains `{LAYOUT_MARK}`, which the file keeps for itself")]
    Reserved { name: String },
    #[error("items that contradict one another: {0}")]
    Value(ValueError),
}

/// Checks the items that a class has made of a value: at least one, with legal names, none inside of another.
///
/// # Errors
/// They cannot be stored.
pub fn class_items(items: Vec<(String, Value)>) -> Result<Vec<(NodePath, Value)>, ItemError> {
    if items.is_empty() {
        return Err(ItemError::None);
    }
    let items = items.into_iter().map(|(name, value)| Ok((NodePath::new(name)?, value)));
    let items = items.collect::<Result<Vec<_>, ItemError>>()?;
    if let Some((name, _)) = items.iter().find(|(name, _)| name.as_str().contains(LAYOUT_MARK)) {
        return Err(ItemError::Reserved { name: name.to_string() });
    }
    value::check_unnested(items.iter().map(|(name, _)| name)).map_err(ItemError::Value)?;
    Ok(items)
}

/// Whoever can make values of the items that classes of the user's own have stored.
pub trait ValueLoader {
    /// The values of `node`, which `class` has stored as `items`; `None` if there is no such class here.
    ///
    /// # Errors
    /// The class cannot read its items; the text says why.
    fn values(
        &self,
        class: &str,
        node: &str,
        items: &[(NodePath, Value)],
    ) -> Option<Result<Vec<(NodePath, Value)>, String>>;
}

/// Knows no class.
impl ValueLoader for () {
    fn values(&self, _: &str, _: &str, _: &[(NodePath, Value)]) -> Option<Result<Vec<(NodePath, Value)>, String>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::trajectory::Contribution;

    #[test]
    fn names_of_classes() {
        for name in ["Duration", "duration", "A1_b", "SparseMatrix"] {
            assert_eq!(check_class_name(name), Ok(()));
        }
        let bad =
            ["", "Parameter", "SharedResult", "NNGroupNode", "_Own", "1st", "a-b", "a.b", "Größe", "lambda", "run_1"];
        insta::assert_snapshot!(bad.map(|name| check_class_name(name).unwrap_err().to_string()).join("\n"));
    }

    proptest! {
        #[test]
        fn items_are_the_same_in_any_order_and_by_every_bit(numbers in vec(any::<u64>(), 1..9), at: usize, bit in 0..64u64) {
            let named = |numbers: &[u64]| -> Vec<(NodePath, Value)> {
                let item = |(i, n): (usize, &u64)| (NodePath::new(format!("x{i}")).unwrap(), Value::Float(f64::from_bits(*n)));
                numbers.iter().enumerate().map(item).collect()
            };
            let items = named(&numbers);
            let mut turned = items.clone();
            turned.rotate_left(at % numbers.len());
            prop_assert_eq!(Contribution::of_items(&turned), Contribution::of_items(&items));
            let mut other = numbers.clone();
            other[at % numbers.len()] ^= 1u64 << bit;
            prop_assert_ne!(Contribution::of_items(&named(&other)), Contribution::of_items(&items));
            prop_assert_ne!(Contribution::of_items(&items[1..]), Contribution::of_items(&items));
        }
    }

    #[test]
    fn items_that_cannot_be_stored() {
        let items = |names: &[&str]| class_items(names.iter().map(|name| ((*name).to_owned(), Value::None)).collect());
        assert!(items(&["a.b", "a.c", "d"]).is_ok());
        let bad: [&[&str]; 6] = [&[], &[""], &["a b"], &["explored__rr__"], &["a", "a"], &["a", "a.b"]];
        insta::assert_snapshot!(bad.map(|names| items(names).unwrap_err().to_string()).join("\n"));
    }
}
