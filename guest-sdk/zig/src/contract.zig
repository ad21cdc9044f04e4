//! What of the SDK of C this one is built on, declared by hand: `@cImport` is not in every version of Zig.
//!
//! Types have the layout of `contract.h`. A test in `tests/guests/conformance-zig` sends every one of them to the host and
//! back. Functions take pointers only, so that nothing hangs on how a compiler passes structures.

/// A pointer and a length, as every list of the contract.
pub fn List(comptime T: type) type {
    return extern struct {
        ptr: ?[*]T = null,
        len: usize = 0,

        const Self = @This();

        /// Slices without items may point anywhere in Zig, and in the contract nowhere outside of the memory.
        pub fn of(items: []const T) Self {
            return if (items.len == 0) .{} else .{ .ptr = @constCast(items.ptr), .len = items.len };
        }

        /// What the host has allocated is the run's own and may be changed.
        pub fn slice(self: Self) []T {
            return if (self.len == 0) &.{} else self.ptr.?[0..self.len];
        }
    };
}

pub const Text = List(u8);

/// A list whose elements are of a type that a tag beside it tells. `len` counts numbers.
pub const Raw = extern struct { ptr: ?*anyopaque = null, len: usize = 0 };

/// `re` + `im` i.
pub const Complex = extern struct { re: f64, im: f64 = 0 };

/// A complex number in single precision, as an element of arrays.
pub const Complex32 = extern struct { re: f32, im: f32 = 0 };

/// The elements of an array. Complex ones count twice.
pub const ArrayData = extern struct {
    tag: Tag,
    val: Raw,

    pub const Tag = enum(u8) {
        boolean,
        signed8,
        signed16,
        signed32,
        signed64,
        unsigned8,
        unsigned16,
        unsigned32,
        unsigned64,
        float32,
        float64,
        complex64,
        complex128,
        text,
    };
};

pub const Ndarray = extern struct { shape: List(u64), data: ArrayData };

pub const Sequence = extern struct {
    tag: Tag,
    val: Raw,

    pub const Tag = enum(u8) { empty, booleans, integers, reals, complexes, texts, byte_strings };
};

pub const Plain = extern struct {
    tag: Tag,
    val: extern union {
        boolean: bool,
        integer: i64,
        real: f64,
        complex: Complex,
        text: Text,
        bytes: List(u8),
        array: Ndarray,
        list: Sequence,
        tuple: Sequence,
    },

    pub const Tag = enum(u8) { none, boolean, integer, real, complex, text, bytes, array, list, tuple };
};

pub const Column = extern struct { name: Text, cells: Ndarray };
pub const Table = extern struct { columns: List(Column) };
pub const Entry = extern struct { key: Text, value: Plain };
pub const Dictionary = extern struct { entries: List(Entry) };

pub const Indices = extern struct {
    tag: Tag,
    val: Raw,

    pub const Tag = enum(u8) { signed32, signed64 };
};

pub const Sparse = extern struct {
    rows: u64,
    columns: u64,
    data: Ndarray,
    structure: extern struct {
        format: Format,
        /// `indices` and `indptr` of CSR, CSC and BSR, `row` and `col` of COO, the offsets of DIA and nothing.
        places: [2]Indices,
    },

    pub const Format = enum(u8) { csr, csc, bsr, coo, dia };
};

/// Whatever a parameter or an item of a result can be.
pub const Value = extern struct {
    tag: Tag,
    val: extern union {
        plain: Plain,
        table: Table,
        dictionary: Dictionary,
        sparse: Sparse,
    },

    pub const Tag = enum(u8) { plain, table, dictionary, sparse };
};

pub const NamedValue = extern struct { name: Text, value: Value };

pub const ParameterInfo = extern struct { name: Text, comment: Text, unit: Text, explored: bool };

pub const AccessError = extern struct { tag: u8, val: extern union { text: Text, texts: List(Text) } };
pub const AddError = extern struct { tag: u8, val: Text };

pub extern fn wit_run_f_get(name: *const Text, into: *Value, refusal: *AccessError) bool;
pub extern fn wit_run_f_contains(name: *const Text) bool;
pub extern fn wit_run_f_get_default(name: *const Text, standard: *const Value, into: *Value, refusal: *AccessError) bool;
pub extern fn wit_run_f_list_parameters(under: *const Text, into: *List(ParameterInfo)) void;
pub extern fn wit_run_f_add_result(name: *const Text, items: *const List(NamedValue), comment: *const Text, refusal: *AddError) bool;
pub extern fn wit_run_f_add_result_as(class: *const Text, name: *const Text, items: *const List(NamedValue), comment: *const Text, refusal: *AddError) bool;
pub extern fn wit_run_f_add_derived_parameter(name: *const Text, value: *const Value, comment: *const Text, refusal: *AddError) bool;
pub extern fn wit_run_f_add_derived_parameter_as(class: *const Text, name: *const Text, value: *const Value, comment: *const Text, refusal: *AddError) bool;
pub extern fn wit_run_f_set_annotation(node: *const Text, key: *const Text, value: *const Plain, refusal: *AddError) bool;
pub extern fn wit_run_v_idx() u64;
pub extern fn wit_run_v_length() u64;
pub extern fn wit_run_v_seed() u64;
pub extern fn wit_run_v_name(into: *Text) void;
pub extern fn wit_run_v_trajectory_name(into: *Text) void;
pub extern fn wit_run_log(level: u8, message: *const Text) void;
pub extern fn wit_run_progress(fraction: f64, message: *const Text) void;
pub extern fn wit_run_report_panic(message: *const Text, file: *const Text, line: u32) void;

/// The run, as the SDK of C has it: the arguments, and the last error.
pub const Traj = extern struct {
    args: List(Value),
    kwargs: List(NamedValue),
    code: c_int,
    message: [*:0]const u8,
};

// Which error it was, and its message in words for `Traj`.
pub extern fn host_guest_access_refused(traj: *Traj, name: [*:0]const u8, refusal: *const AccessError) c_int;
pub extern fn host_guest_add_refused(traj: *Traj, name: [*:0]const u8, refusal: *const AddError) c_int;
pub extern fn host_guest_mismatch(traj: *Traj, what: [*:0]const u8, why: [*:0]const u8) c_int;
pub extern fn traj_fail(traj: *Traj, message: [*:0]const u8) c_int;

/// An array of C, of whatever type.
pub const Elements = extern struct {
    data: ?*anyopaque,
    count: usize,
    shape: List(u64),
};

// What a value is read as; `what` names it in messages.
pub extern fn traj_read_bool(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *bool) c_int;
pub extern fn traj_read_i8(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *i8) c_int;
pub extern fn traj_read_i16(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *i16) c_int;
pub extern fn traj_read_i32(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *i32) c_int;
pub extern fn traj_read_i64(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *i64) c_int;
pub extern fn traj_read_u8(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *u8) c_int;
pub extern fn traj_read_u16(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *u16) c_int;
pub extern fn traj_read_u32(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *u32) c_int;
pub extern fn traj_read_u64(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *u64) c_int;
pub extern fn traj_read_f32(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *f32) c_int;
pub extern fn traj_read_f64(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *f64) c_int;
pub extern fn traj_read_complex(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Complex) c_int;
pub extern fn traj_read_text(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *[*:0]const u8) c_int;
pub extern fn traj_read_bytes(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *List(u8)) c_int;
pub extern fn traj_read_bool_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_i8_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_i16_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_i32_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_i64_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_u8_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_u16_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_u32_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_u64_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_f32_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_f64_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_complex32_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_complex_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_text_array(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Elements) c_int;
pub extern fn traj_read_table(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Table) c_int;
pub extern fn traj_read_dictionary(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Dictionary) c_int;
pub extern fn traj_read_sparse(traj: *Traj, what: [*:0]const u8, value: *const Value, into: *Sparse) c_int;
pub extern fn traj_dense(traj: *Traj, what: [*:0]const u8, matrix: *const Sparse, into: *Elements) c_int;

/// The generator of random numbers of C.
pub const Rng = extern struct { seed: u64, stream: u64, block: u64 = 0, words: [16]u32 = @splat(0), used: c_uint = 16 };

pub extern fn host_rng_bits(rng: *Rng) u64;
pub extern fn host_rng_uniform(rng: *Rng) f64;
pub extern fn host_rng_below(rng: *Rng, end: u64) u64;
pub extern fn host_rng_chance(rng: *Rng, probability: f64) bool;
pub extern fn host_rng_normal(rng: *Rng) f64;
pub extern fn host_rng_exponential(rng: *Rng) f64;
