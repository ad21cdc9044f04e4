//! [`check_nesting`]: how deep components lie in one another, found out before anything compiles them.
//!
//! What compiling costs grows with the square of that depth: a file of a hundred kilobytes would take gigabytes.

use super::JobError;

/// Toolchains need two or three levels.
const MAX_LEVELS: usize = 100;
/// The number of a section that holds a component.
const COMPONENT: u8 = 4;
/// Name, version and layer, with which a component begins.
const PREAMBLE: usize = 8;

/// Refuses a component with others in it, in which there are others, and so on. Whatever else is wrong, the compiler
/// says better.
pub fn check_nesting(bytes: &[u8]) -> Result<(), JobError> {
    let mut ends = vec![bytes.len()];
    let mut at = PREAMBLE;
    while let Some(&end) = ends.last() {
        if at >= end {
            ends.pop();
            continue;
        }
        let Some((section, start, size)) = section(bytes, at) else { return Ok(()) };
        if section != COMPONENT {
            at = start.saturating_add(size);
            continue;
        }
        if ends.len() > MAX_LEVELS {
            return Err(JobError::Nesting { max: MAX_LEVELS });
        }
        ends.push(start.saturating_add(size).min(end));
        at = start.saturating_add(PREAMBLE);
    }
    Ok(())
}

/// The number of the section at `at`, where its content begins, and how long that is.
fn section(bytes: &[u8], at: usize) -> Option<(u8, usize, usize)> {
    let number = *bytes.get(at)?;
    let mut size = 0_u64;
    // Numbers of 32 bits have five bytes at most.
    for place in 0..5 {
        let byte = *bytes.get(at + 1 + place)?;
        size |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some((number, at + 2 + place, usize::try_from(size).ok()?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: [u8; PREAMBLE] = [0, b'a', b's', b'm', 13, 0, 1, 0];

    fn nested(levels: usize) -> Vec<u8> {
        (0..levels).fold(START.to_vec(), |inner, _| {
            // A size of five bytes may be longer than it needs to be.
            let size = (0..5).map(|place| (inner.len() >> (7 * place)) as u8 & 0x7f | if place < 4 { 0x80 } else { 0 });
            START.into_iter().chain([COMPONENT]).chain(size).chain(inner.clone()).collect()
        })
    }

    #[test]
    fn a_hundred_levels_and_no_more() {
        assert!(check_nesting(&nested(MAX_LEVELS)).is_ok());
        assert!(matches!(check_nesting(&nested(MAX_LEVELS + 1)), Err(JobError::Nesting { max: 100 })));
        // Side by side is not in one another.
        let one = nested(1);
        let many: Vec<u8> = START.into_iter().chain((0..1000).flat_map(|_| one[PREAMBLE..].to_vec())).collect();
        assert!(check_nesting(&many).is_ok());
    }

    proptest! {
        #[test]
        fn anything_is_answered(bytes in prop::collection::vec(0_u8..8, 0..300)) {
            let _ = check_nesting(&bytes);
        }
    }
}
