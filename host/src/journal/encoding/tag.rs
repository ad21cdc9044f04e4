//! [`tags!`]: the byte that tells a variant of an enum.

/// Defines an enum of bytes for the variants of another enum. A variant without a tag does not
/// compile, and neither does a reader that matches on the tags and leaves one out. A number stands
/// for its variant for ever.
macro_rules! tags {
    ($name:ident of $type:ident, $what:literal { $($variant:ident = $number:literal,)+ }) => {
        #[doc = concat!("The byte that tells ", $what, ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(in crate::journal) enum $name {
            $($variant = $number,)+
        }

        impl $name {
            #[cfg(test)]
            pub(in crate::journal) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            pub(in crate::journal) fn of(value: &$type) -> Self {
                match value {
                    $($type::$variant { .. } => Self::$variant,)+
                }
            }

            fn read(from: &mut super::Decoder<'_>) -> Result<Self, super::DecodeError> {
                Self::from_byte(from.byte()?)
            }

            fn from_byte(byte: u8) -> Result<Self, super::DecodeError> {
                match byte {
                    $($number => Ok(Self::$variant),)+
                    tag => Err(super::DecodeError::Tag { what: $what, tag }),
                }
            }
        }
    };
}

pub(super) use tags;
