//! The frames between a supervisor and its processes, as bytes alone: for fuzzing, no interface for anybody else.

use super::frame::{Own, Replies, Reply, decode, hello, read_block, write_reply};
use crate::{
    sandbox::PackedJob,
    trajectory::{FinishedRun, Trajectory},
};

/// The longest reply that is believed here.
const LONGEST: u64 = 1 << 20;

/// What is understood of `bytes` that arrive in pieces of `size`: each reply as its bytes, and what is wrong, if
/// anything is.
pub fn heard(bytes: &[u8], size: usize) -> (Vec<Vec<u8>>, Option<String>) {
    let mut replies = Replies::new(LONGEST);
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        replies.push(piece);
        loop {
            replies.is_ending();
            match replies.next() {
                Ok(Some(reply)) => all.push(written(&reply)),
                Ok(None) => break,
                Err(why) => return (all, Some(why.to_string())),
            }
        }
    }
    (all, None)
}

/// `bytes` behind what a process begins with.
pub fn greeted(bytes: &[u8]) -> Vec<u8> {
    [&hello()[..], bytes].concat()
}

/// The reply of a process whose run has ended.
pub fn said(run: &FinishedRun) -> Vec<u8> {
    written(&Reply::Finished(Box::new(run.clone())))
}

/// What a process understands of `bytes` that ask it for runs; the number of these.
///
/// # Errors
/// They ask for nothing, or for runs that there are not.
pub fn asked(bytes: &[u8]) -> Result<u64, String> {
    let mut from = bytes;
    let shared = read_block(&mut from).map_err(|why| why.to_string())?;
    let (_, trajectory): (PackedJob, Trajectory) = decode(&shared).map_err(|why| why.to_string())?;
    let mut runs = 0;
    while !from.is_empty() {
        let own: Own = decode(&read_block(&mut from).map_err(|why| why.to_string())?).map_err(|why| why.to_string())?;
        if u64::from(own.run.0) >= trajectory.run_count() {
            return Err("there is no such run".into());
        }
        trajectory.summary(own.run);
        runs += 1;
    }
    Ok(runs)
}

fn written(reply: &Reply) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_reply(&mut bytes, reply).expect("memory takes everything");
    bytes
}
