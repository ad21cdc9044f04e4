//! [`finished`]: what is left to do for a module that a linker has made.

use wasm_encoder::Encode as _;
use wasmparser::{Parser, Payload};

use super::ComponentError;

/// What is to be done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Finish {
    /// Drop the sections of DWARF. The names of functions stay, so that a trap can tell where it happened: linkers drop
    /// both or keep both.
    pub(super) drop_debug_info: bool,
    /// As many pages more to begin with, behind everything that the linker has placed: asking for them in every run takes longer
    /// than a short run. Linkers take the size of all memory, which would have to be known before.
    pub(super) more_pages: u64,
}

/// The same module, finished.
///
/// # Errors
/// It is no module.
pub(super) fn finished(module: &[u8], finish: Finish) -> Result<Vec<u8>, ComponentError> {
    const HEADER: usize = 8;
    let mut made = module.get(..HEADER).unwrap_or_default().to_vec();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let Some((kind, range)) = payload.as_section() else { continue };
        // It was read from these bytes.
        let mut content = module[range.start as usize..range.end as usize].to_vec();
        match payload {
            Payload::CustomSection(section) if finish.drop_debug_info && section.name().starts_with(".debug_") => {
                continue;
            }
            Payload::MemorySection(memories) if finish.more_pages > 0 => {
                let memories = memories.into_iter().collect::<Result<Vec<_>, _>>()?;
                if let [memory] = memories.as_slice()
                    && memory.maximum.is_none()
                    && !memory.memory64
                    && !memory.shared
                    && memory.page_size_log2.is_none()
                {
                    // One memory, without anything special.
                    content = vec![1, 0];
                    (memory.initial + finish.more_pages).encode(&mut content);
                }
            }
            _ => {}
        }
        made.push(kind);
        content.encode(&mut made);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(memory: &str, between: &str) -> Vec<u8> {
        let text = format!(
            r#"(module (@custom "producers" (before first) "clang") (func $named (export "run") (result i32) i32.const 7)
                {between} (memory {memory}) (data (i32.const 0) "{}"))"#,
            "many bytes ".repeat(30)
        );
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn everything_stays_but_debug_info() {
        let dwarf = r#"(@custom ".debug_info" "where") (@custom ".debug_line" (after data) "lines")"#;
        let (plain, with) = (module("1", ""), module("1", dwarf));
        assert!(with.len() > plain.len());
        let drop = Finish { drop_debug_info: true, more_pages: 0 };
        assert_eq!(finished(&with, drop).unwrap(), plain);
        assert_eq!(finished(&plain, drop).unwrap(), plain);
        assert_eq!(finished(&with, Finish::default()).unwrap(), with);
        assert!(plain.windows(5).any(|bytes| bytes == b"named"));
        assert!(finished(b"\0asm", drop).is_err());
    }

    #[test]
    fn a_memory_begins_with_more() {
        let more = Finish { drop_debug_info: false, more_pages: 16 };
        assert_eq!(finished(&module("17", ""), more).unwrap(), module("33", ""));
        assert_eq!(finished(&module("120", ""), more).unwrap(), module("136", ""));
        // What has an end keeps it.
        assert_eq!(finished(&module("1 2", ""), more).unwrap(), module("1 2", ""));
    }
}
