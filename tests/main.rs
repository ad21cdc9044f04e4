//! The integration suite: the real binary, real guests, files read back by their real readers.

mod house;
mod support;
