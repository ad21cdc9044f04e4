//! Attachments: bytes that end the file of a component and that no code depends on.
//!
//! Interpreters are large and compile for minutes, their jobs are short texts. So a job of an interpreter is the
//! interpreter's component, the same for all, with the source behind it. It stays a component: the attachment is a custom
//! section.

use wasm_encoder::{CustomSection, Section as _};
use wasmparser::BinaryReader;

/// The name of the section.
const NAME: &str = "host:attachment";
/// The number of custom sections.
pub(super) const CUSTOM: u8 = 0;
/// Name, version and layer, with which a component begins.
pub(super) const PREAMBLE: usize = 8;

/// The component with an attachment, in place of the one that it may have.
pub fn attach(component: &[u8], attachment: &[u8]) -> Vec<u8> {
    let mut whole = split(component).0.to_vec();
    CustomSection { name: NAME.into(), data: attachment.into() }.append_to(&mut whole);
    whole
}

/// A component without its attachment, and that, which is empty if there is none. Whatever is no component has none.
pub fn split(component: &[u8]) -> (&[u8], &[u8]) {
    let mut at = PREAMBLE;
    while at < component.len() {
        let Some((start, end)) = section(component, at) else { break };
        if end == component.len() && component[at] == CUSTOM {
            let content = &component[start..end];
            let own = content.split_first().filter(|(length, _)| usize::from(**length) == NAME.len());
            if let Some(attachment) = own.and_then(|(_, rest)| rest.strip_prefix(NAME.as_bytes())) {
                return (&component[..at], attachment);
            }
        }
        at = end;
    }
    (component, &[])
}

/// Where the content of the section at `at` begins and ends.
pub(super) fn section(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut length = BinaryReader::new(bytes.get(at + 1..)?, 0);
    let size = length.read_var_u32().ok()?;
    let start = bytes.len() - length.bytes_remaining();
    let end = start.checked_add(size as usize)?;
    (end <= bytes.len()).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A component with a custom section of its own.
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0\0\x05\x04nameabc";

    #[test]
    fn a_component_has_none_by_itself() {
        let component = &COMPONENT[..PREAMBLE + 7];
        assert_eq!(split(component), (component, &[][..]));
        assert_eq!(split(b"\0asm"), (&b"\0asm"[..], &[][..]));
        assert_eq!(split(&COMPONENT[..10]), (&COMPONENT[..10], &[][..]), "cut off");
    }

    proptest! {
        #[test]
        fn what_is_attached_comes_back(first in any::<Vec<u8>>(), second in prop::collection::vec(any::<u8>(), 0..40_000)) {
            let component = &COMPONENT[..PREAMBLE + 7];
            let with_first = attach(component, &first);
            prop_assert_eq!(split(&with_first), (component, &first[..]));
            let with_second = attach(&with_first, &second);
            prop_assert_eq!(split(&with_second), (component, &second[..]));
            wasmparser::validate(&with_second).unwrap();
        }

        #[test]
        fn nothing_is_too_broken(bytes in any::<Vec<u8>>()) {
            let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
            wasm.extend(bytes);
            let (component, attachment) = split(&wasm);
            prop_assert!(component.len() + attachment.len() <= wasm.len());
        }
    }
}
