//! Write jobs for `host` in Zig.
//!
//! A job is a function that simulates one point of a parameter exploration. `host` compiles it once and calls it for every
//! point, each time in a fresh sandbox:
//!
//!     const host = @import("host_guest");
//!
//!     pub fn run(traj: *host.SingleRun) !void {
//!         const x = try traj.get(f64, "x");
//!         const y = try traj.get(f64, "y");
//!         try traj.addResult("z", x * y, .{});
//!     }
//!
//! Names are paths with dots; wherever a name is looked up, a short-cut that only one node answers to does as well: `tau` for
//! `parameters.neuron.tau`. What a function hands out (texts, slices) stays where `host` has put it, and is there until the run
//! ends: nothing is copied, and nothing has to be freed.

const std = @import("std");

const manifest = @import("src/manifest.zig");
const reading = @import("src/reading.zig");
const single_run = @import("src/single_run.zig");
const values = @import("src/values.zig");

pub const SingleRun = single_run.SingleRun;
pub const About = single_run.About;
pub const ParameterInfo = single_run.ParameterInfo;
pub const Error = reading.Error;
pub const Rng = @import("src/random.zig").Rng;

/// For whatever a job keeps: the memory of a run goes with it.
pub const allocator = std.heap.c_allocator;

// Values.
pub const Value = values.Value;
pub const Array = values.Array;
pub const Bytes = values.Bytes;
pub const Complex = values.Complex;
pub const Complex32 = values.Complex32;
pub const Table = reading.Table;
pub const Dictionary = reading.Dictionary;
pub const Sparse = reading.Sparse;
pub const none = values.none;
pub const value = values.value;
pub const text = values.text;
pub const bytes = values.bytes;
pub const array = values.array;
pub const vector = values.vector;
pub const scalar = values.scalar;
pub const list = values.list;
pub const tuple = values.tuple;
pub const table = values.table;
pub const Column = values.Column;
pub const column = values.column;
pub const dictionary = values.dictionary;
pub const Entry = values.Entry;
pub const entry = values.entry;
pub const csr = values.csr;
pub const csc = values.csc;
pub const bsr = values.bsr;
pub const coo = values.coo;
pub const dia = values.dia;

// Results of several items.
pub const Item = single_run.Item;
pub const item = single_run.item;

// What a job says of itself.
pub const Manifest = manifest.Manifest;
pub const Parameter = manifest.Parameter;
pub const Result = manifest.Result;
pub const ValueType = manifest.ValueType;

// For the root of the program.
pub const contract = @import("src/contract.zig");
pub const codeOf = reading.codeOf;
pub const log = single_run.log;
pub const tell = manifest.tell;
