//! Random numbers that are the same wherever and whenever a run is repeated.

const std = @import("std");

const contract = @import("contract.zig");

/// ChaCha8, with the seed in the first eight bytes of its key: the same numbers as those of the Rust SDK, on every machine. A
/// copy of one repeats its numbers.
pub const Rng = struct {
    state: contract.Rng,

    /// Streams of one seed are independent of one another.
    pub fn of(seed: u64, stream: u64) Rng {
        return .{ .state = .{ .seed = seed, .stream = stream } };
    }

    /// 64 random bits.
    pub fn bits(self: *Rng) u64 {
        return contract.host_rng_bits(&self.state);
    }

    /// A number from 0 to 1, without 1.
    pub fn uniform(self: *Rng) f64 {
        return contract.host_rng_uniform(&self.state);
    }

    /// An integer from 0 to `end`, without `end`, each as likely as the other.
    pub fn below(self: *Rng, end: u64) u64 {
        return contract.host_rng_below(&self.state, end);
    }

    /// Whether an event of this probability happens.
    pub fn chance(self: *Rng, probability: f64) bool {
        return contract.host_rng_chance(&self.state, probability);
    }

    /// A normally distributed number of mean 0 and variance 1.
    pub fn normal(self: *Rng) f64 {
        return contract.host_rng_normal(&self.state);
    }

    /// An exponentially distributed number of mean 1.
    pub fn exponential(self: *Rng) f64 {
        return contract.host_rng_exponential(&self.state);
    }

    /// Puts items into random order, each as likely as the other.
    pub fn shuffle(self: *Rng, comptime T: type, items: []T) void {
        var last = items.len;
        while (last > 1) {
            last -= 1;
            std.mem.swap(T, &items[last], &items[@intCast(self.below(last + 1))]);
        }
    }

    /// The same bits for what draws from Zig's interface, `std.Random`.
    pub fn random(self: *Rng) std.Random {
        return std.Random.init(self, fill);
    }

    fn fill(self: *Rng, buffer: []u8) void {
        var rest = buffer;
        while (rest.len > 0) {
            const drawn: [8]u8 = @bitCast(std.mem.nativeToLittle(u64, self.bits()));
            const some = @min(rest.len, drawn.len);
            @memcpy(rest[0..some], drawn[0..some]);
            rest = rest[some..];
        }
    }
};
