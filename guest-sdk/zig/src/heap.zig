//! The heap, in place of that of Zig's C library.
//!
//! That one asks for new pages for every size of block, in every run, and ignores the pages that a job begins with; asking takes
//! longer than a short run. This one begins with what is there. Blocks are powers of two, and a freed one is for the next
//! of its size. A run is over soon, and its memory goes with it.

const std = @import("std");

const page = 64 << 10;

/// Before every block. As long as the strictest alignment of anything in C.
const Header = extern struct {
    /// The block, header and all, has 2 to the power of this many bytes.
    power: u32,
    /// How far behind the start of the block the header is.
    offset: u32,
    next: ?*Header,
    unused: u32 = 0,
};

const unit = @sizeOf(Header);

/// Behind everything that the linker has placed.
extern const __heap_base: u8;

/// What nobody has had yet, and where it ends.
var fresh: usize = 0;
var end: usize = 0;

/// Freed blocks by their powers.
var freed: [32]?*Header = @splat(null);

fn take(size: usize, alignment: usize) ?*anyopaque {
    if (size > std.math.maxInt(u31) - 2 * unit - alignment) return null;
    const more = if (alignment > unit) alignment else 0;
    const power = std.math.log2_int_ceil(usize, @max(size, 1) + unit + more);
    const block = if (freed[power]) |header| reuse: {
        freed[power] = header.next;
        break :reuse @intFromPtr(header) - header.offset;
    } else begin(@as(usize, 1) << @intCast(power)) orelse return null;
    const at = std.mem.alignForward(usize, block + unit, @max(alignment, unit));
    const header: *Header = @ptrFromInt(at - unit);
    header.* = .{ .power = power, .offset = @intCast(at - unit - block), .next = null };
    return @ptrFromInt(at);
}

/// Memory that nobody has had yet.
fn begin(size: usize) ?usize {
    if (fresh == 0) {
        fresh = std.mem.alignForward(usize, @intFromPtr(&__heap_base), unit);
        end = @wasmMemorySize(0) * page;
    }
    if (end - fresh < size) {
        const before = @wasmMemorySize(0) * page;
        // Somebody else may have asked for pages, which are theirs.
        if (before != end) fresh = before;
        const missing = size - (before - fresh);
        if (@wasmMemoryGrow(0, (missing + page - 1) / page) < 0) return null;
        end = @wasmMemorySize(0) * page;
    }
    defer fresh += size;
    return fresh;
}

fn headerOf(memory: *anyopaque) *Header {
    return @ptrFromInt(@intFromPtr(memory) - unit);
}

fn room(memory: *anyopaque) usize {
    const header = headerOf(memory);
    return (@as(usize, 1) << @intCast(header.power)) - header.offset - unit;
}

fn give(memory: ?*anyopaque) callconv(.c) void {
    const header = headerOf(memory orelse return);
    header.next = freed[header.power];
    freed[header.power] = header;
}

fn malloc(size: usize) callconv(.c) ?*anyopaque {
    return take(size, unit);
}

fn calloc(count: usize, size: usize) callconv(.c) ?*anyopaque {
    const total = std.math.mul(usize, count, size) catch return null;
    const memory = take(total, unit) orelse return null;
    @memset(@as([*]u8, @ptrCast(memory))[0..total], 0);
    return memory;
}

fn realloc(memory: ?*anyopaque, size: usize) callconv(.c) ?*anyopaque {
    const old = memory orelse return take(size, unit);
    if (size <= room(old)) return old;
    const new = take(size, unit) orelse return null;
    const copied = room(old);
    @memcpy(@as([*]u8, @ptrCast(new))[0..copied], @as([*]const u8, @ptrCast(old))[0..copied]);
    give(old);
    return new;
}

fn alignedAlloc(alignment: usize, size: usize) callconv(.c) ?*anyopaque {
    return take(size, alignment);
}

fn posixMemalign(into: *?*anyopaque, alignment: usize, size: usize) callconv(.c) c_int {
    const out_of_memory = 48;
    into.* = take(size, alignment) orelse return out_of_memory;
    return 0;
}

fn usableSize(memory: ?*anyopaque) callconv(.c) usize {
    return if (memory) |there| room(there) else 0;
}

comptime {
    const functions = .{
        .{ &malloc, "malloc" },
        .{ &calloc, "calloc" },
        .{ &realloc, "realloc" },
        .{ &give, "free" },
        .{ &alignedAlloc, "aligned_alloc" },
        .{ &alignedAlloc, "memalign" },
        .{ &posixMemalign, "posix_memalign" },
        .{ &usableSize, "malloc_usable_size" },
    };
    for (functions) |function| @export(function[0], .{ .name = function[1], .visibility = .hidden });
}
