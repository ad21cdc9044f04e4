//! Bytes between a supervisor and the process of a run, in both directions.

use arbitrary::{Result, Unstructured};
use host::{
    pool::frames::{asked, greeted, heard, said},
    trajectory::FinishedRun,
};

use super::{made, memory};

/// Nothing that a process says can do its supervisor harm, and a run that has ended arrives with all its bits.
pub fn frame(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    match how % 4 {
        0 => replies(rest),
        1 => replies(&greeted(rest)),
        2 => drop(memory::bounded(256 * rest.len() + (1 << 21), || asked(rest))),
        _ => drop(whole(&mut Unstructured::new(rest))),
    }
}

/// Whatever arrives means the same in pieces of any size.
fn replies(bytes: &[u8]) {
    let most = 256 * bytes.len() + (1 << 21);
    let at_once = memory::bounded(most, || heard(bytes, bytes.len().max(1)));
    for size in [1, 7, 100] {
        assert_eq!(memory::bounded(most, || heard(bytes, size)), at_once);
    }
    // What was understood can be said again, and is then the same.
    let (replies, _) = at_once;
    let again: Vec<u8> = greeted(&replies.concat());
    assert_eq!(heard(&again, again.len()), (replies, None));
}

fn whole(u: &mut Unstructured<'_>) -> Result<()> {
    let run: FinishedRun = made::run(u)?;
    let said = said(&run);
    assert_eq!(heard(&greeted(&said), 64), (vec![said], None));
    Ok(())
}
