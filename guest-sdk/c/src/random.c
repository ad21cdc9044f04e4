/* Random numbers that are the same wherever and whenever a run is repeated. */
#include "internal.h"

host_rng_t host_rng(uint64_t seed, uint64_t stream) {
    return (host_rng_t){.seed = seed, .stream = stream, .block = 0, .used = 16};
}

host_rng_t traj_rng(const traj_t *traj) {
    return host_rng(traj_v_seed(traj), 0);
}

host_rng_t traj_rng_stream(const traj_t *traj, uint64_t stream) {
    return host_rng(traj_v_seed(traj), stream);
}

static uint32_t rotated(uint32_t word, int by) {
    return word << by | word >> (32 - by);
}

static void quarter(uint32_t *s, int a, int b, int c, int d) {
    s[a] += s[b], s[d] = rotated(s[d] ^ s[a], 16);
    s[c] += s[d], s[b] = rotated(s[b] ^ s[c], 12);
    s[a] += s[b], s[d] = rotated(s[d] ^ s[a], 8);
    s[c] += s[d], s[b] = rotated(s[b] ^ s[c], 7);
}

/* The next block of ChaCha with eight rounds: a counter of 64 bits, then the stream. */
static void refill(host_rng_t *rng) {
    const uint32_t start[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, (uint32_t)rng->seed, (uint32_t)(rng->seed >> 32),
        0, 0, 0, 0, 0, 0,
        (uint32_t)rng->block, (uint32_t)(rng->block >> 32), (uint32_t)rng->stream, (uint32_t)(rng->stream >> 32),
    };
    memcpy(rng->words, start, sizeof start);
    for (int turn = 0; turn < 4; turn++) {
        quarter(rng->words, 0, 4, 8, 12);
        quarter(rng->words, 1, 5, 9, 13);
        quarter(rng->words, 2, 6, 10, 14);
        quarter(rng->words, 3, 7, 11, 15);
        quarter(rng->words, 0, 5, 10, 15);
        quarter(rng->words, 1, 6, 11, 12);
        quarter(rng->words, 2, 7, 8, 13);
        quarter(rng->words, 3, 4, 9, 14);
    }
    for (int i = 0; i < 16; i++) {
        rng->words[i] += start[i];
    }
    rng->block++;
    rng->used = 0;
}

uint64_t host_rng_bits(host_rng_t *rng) {
    if (rng->used >= 16) {
        refill(rng);
    }
    uint64_t low = rng->words[rng->used], high = rng->words[rng->used + 1];
    rng->used += 2;
    return low | high << 32;
}

double host_rng_uniform(host_rng_t *rng) {
    return (double)(host_rng_bits(rng) >> 11) * 0x1p-53;
}

uint64_t host_rng_below(host_rng_t *rng, uint64_t end) {
    if (end == 0) {
        host_panic("there is no integer below 0 to draw", "", 0);
    }
    /* Lemire's method: the high half of the product is the number, a low half in the first `2^64 mod end` would make some
     * numbers more likely and is drawn again. */
    uint64_t surplus = -end % end;
    for (;;) {
        unsigned __int128 product = (unsigned __int128)host_rng_bits(rng) * end;
        if ((uint64_t)product >= surplus) {
            return (uint64_t)(product >> 64);
        }
    }
}

bool host_rng_chance(host_rng_t *rng, double probability) {
    return host_rng_uniform(rng) < probability;
}

double host_rng_normal(host_rng_t *rng) {
    /* Box and Muller, without the second number: a generator then has no state besides its position. */
    double radius = sqrt(-2.0 * log(1.0 - host_rng_uniform(rng)));
    return radius * cos(6.283185307179586 * host_rng_uniform(rng));
}

double host_rng_exponential(host_rng_t *rng) {
    return -log(1.0 - host_rng_uniform(rng));
}

void host_rng_shuffle(host_rng_t *rng, void *items, size_t count, size_t size) {
    uint8_t *bytes = items;
    for (size_t last = count; last-- > 1;) {
        uint8_t *a = bytes + last * size, *b = bytes + (size_t)host_rng_below(rng, last + 1) * size;
        for (size_t i = 0; i < size; i++) {
            uint8_t kept = a[i];
            a[i] = b[i];
            b[i] = kept;
        }
    }
}
