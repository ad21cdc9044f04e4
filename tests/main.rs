//! The integration suite: the real binary, real guests, files read back by their real readers.

mod classes;
mod commands;
mod continuing;
mod exploration;
mod failures;
mod fuzz;
mod git;
mod house;
mod library;
mod logs;
mod messages;
mod modes;
mod processes;
mod sqlite;
mod support;
mod tables;
