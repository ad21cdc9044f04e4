//! The integration suite: the real binary, real guests, files read back by their real readers.

mod commands;
mod exploration;
mod failures;
mod house;
mod messages;
mod sqlite;
mod support;
