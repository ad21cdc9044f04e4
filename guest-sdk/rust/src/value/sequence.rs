//! Lists and tuples: flat, of one type, and kept apart from arrays and from each other.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{Complex, FromValue, IntoPlain, Mismatch, Plain, Sequence, Value};

/// A list, as Python knows it; a `Vec` would become an array.
#[derive(Clone, Debug, PartialEq)]
pub struct List(pub Sequence);

/// A tuple, as Python knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuple(pub Sequence);

/// What lists and tuples can be made of: `bool`, integers up to `i64`, `f32`, `f64`, [`Complex`], texts and `Vec<u8>`.
pub trait SequenceItem: Sized {
    /// The items as the contract has them; there is at least one.
    fn sequence(items: Vec<Self>) -> Sequence;
}

impl Sequence {
    /// Collects `items`; without any there is no element type either.
    pub fn of<T: SequenceItem>(items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        if items.is_empty() { Self::Empty } else { T::sequence(items) }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Booleans(items) => items.len(),
            Self::Integers(items) => items.len(),
            Self::Reals(items) => items.len(),
            Self::Complexes(items) => items.len(),
            Self::Texts(items) => items.len(),
            Self::ByteStrings(items) => items.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items, each read as a `T`.
    ///
    /// # Errors
    /// One of them is no `T`.
    pub fn into_vec<T: FromValue>(self) -> Result<Vec<T>, Mismatch> {
        fn read<I: IntoPlain, T: FromValue>(items: Vec<I>) -> Result<Vec<T>, Mismatch> {
            items.into_iter().map(|item| T::from_value(Value::Plain(item.into_plain()))).collect()
        }
        match self {
            Self::Empty => Ok(Vec::new()),
            Self::Booleans(items) => read(items),
            Self::Integers(items) => read(items),
            Self::Reals(items) => read(items),
            Self::Complexes(items) => read(items),
            Self::Texts(items) => read(items),
            Self::ByteStrings(items) => read(items),
        }
    }

    pub(super) fn contents(&self) -> String {
        let items = match self {
            Self::Empty => return "nothing".to_owned(),
            Self::Booleans(_) => "booleans",
            Self::Integers(_) => "integers",
            Self::Reals(_) => "real numbers",
            Self::Complexes(_) => "complex numbers",
            Self::Texts(_) => "texts",
            Self::ByteStrings(_) => "byte strings",
        };
        format!("{} {items}", self.len())
    }
}

macro_rules! kinds {
    ($($kind:ident: $wanted:literal),*) => { $(
        impl $kind {
            /// Collects `items`.
            pub fn new<T: SequenceItem>(items: impl IntoIterator<Item = T>) -> Self {
                Self(Sequence::of(items))
            }

            /// The items, each read as a `T`.
            ///
            /// # Errors
            /// One of them is no `T`.
            pub fn into_vec<T: FromValue>(self) -> Result<Vec<T>, Mismatch> {
                self.0.into_vec()
            }
        }

        impl IntoPlain for $kind {
            fn into_plain(self) -> Plain {
                Plain::$kind(self.0)
            }
        }

        impl FromValue for $kind {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    Value::Plain(Plain::$kind(items)) => Ok(Self(items)),
                    other => Err(Mismatch::wanted($wanted, &other)),
                }
            }
        }
    )* };
}

kinds!(List: "a list", Tuple: "a tuple");

macro_rules! items {
    ($($item:ty: $variant:ident($convert:expr)),* $(,)?) => { $(
        impl SequenceItem for $item {
            fn sequence(items: Vec<Self>) -> Sequence {
                Sequence::$variant(items.into_iter().map($convert).collect())
            }
        }
    )* };
}

items! {
    bool: Booleans(|item| item),
    i8: Integers(i64::from),
    i16: Integers(i64::from),
    i32: Integers(i64::from),
    i64: Integers(|item| item),
    u8: Integers(i64::from),
    u16: Integers(i64::from),
    u32: Integers(i64::from),
    f32: Reals(f64::from),
    f64: Reals(|item| item),
    Complex: Complexes(|item| item),
    String: Texts(|item| item),
    &str: Texts(str::to_owned),
    Vec<u8>: ByteStrings(|item| item),
}
