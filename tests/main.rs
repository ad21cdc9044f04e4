//! The integration suite: the real binary, real guests, files read back by their real readers.

mod building;
mod classes;
mod columns;
mod command_adapter;
mod commands;
mod continuing;
mod digests;
mod disk;
mod exploration;
mod failures;
mod fuzz;
mod git;
mod grants;
mod hardening;
mod hostile;
mod house;
mod kills;
mod library;
mod logs;
mod messages;
mod modes;
mod processes;
mod sqlite;
mod support;
mod tables;
