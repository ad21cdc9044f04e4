// Everything that goes wrong in C. The parameter `mode` chooses; each way ends its own run and no other.

#include "host_guest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// What only the compiler could know at compile time stays unknown to it.
static volatile int zero = 0;
static void *volatile sink;

__attribute__((noinline)) static int divides(void) {
    return 3 / zero;
}

__attribute__((noinline)) static int recurses(volatile int *before, int depth) {
    volatile int frame[64];
    frame[depth % 64] = depth;
    return recurses(frame, depth + 1) + before[0];
}

__attribute__((noinline)) static void writes(size_t where) {
    *(volatile char *)where = 1;
}

// Far beyond its end, but inside of the memory of this run: nobody notices, and nobody else is harmed.
__attribute__((noinline)) static void overruns(void) {
    char *block = malloc(16);
    sink = block;
    for (int i = 0; i < 1 << 10; i++) {
        ((volatile char *)block)[i] = (char)i;
    }
}

__attribute__((noinline)) static void calls_nowhere(void) {
    void (*volatile nowhere)(void) = (void (*)(void))(size_t)(zero + 123456);
    nowhere();
}

__attribute__((noinline)) static void loops(void) {
    while (zero == 0) {
    }
}

__attribute__((noinline)) static void hoards(void) {
    for (;;) {
        char *block = malloc(1 << 20);
        if (block == NULL) {
            HOST_PANIC("malloc has no more");
        }
        memset(block, 1, 1 << 20);
        sink = block;
    }
}

static int misbehave(traj_t *traj) {
    const char *mode;
    HOST_TRY(traj_f_get(traj, "mode", &mode));
    HOST_TRY(traj_f_add_result(traj, "before", mode));
    printf("begins: %s", mode);
    if (strcmp(mode, "abort") == 0) {
        abort();
    } else if (strcmp(mode, "assert") == 0) {
        assert(1 + zero == 2);
    } else if (strcmp(mode, "panic") == 0) {
        HOST_PANIC("the guest panics on purpose: ä");
    } else if (strcmp(mode, "exit") == 0) {
        exit(3);
    } else if (strcmp(mode, "exit well") == 0) {
        exit(0);
    } else if (strcmp(mode, "trap") == 0) {
        __builtin_trap();
    } else if (strcmp(mode, "silent") == 0) {
        return 7;
    } else if (strcmp(mode, "negative") == 0) {
        return -1;
    } else if (strcmp(mode, "failure") == 0) {
        return traj_failf(traj, "no solution after %d steps, residual %g", 12, 0.25);
    } else if (strcmp(mode, "no reason") == 0) {
        return traj_fail(traj, NULL);
    } else if (strcmp(mode, "not found") == 0) {
        double x;
        HOST_TRY(traj_f_get(traj, "nowhere", &x));
    } else if (strcmp(mode, "ambiguous") == 0) {
        double x;
        HOST_TRY(traj_f_get(traj, "twin", &x));
    } else if (strcmp(mode, "wrong type") == 0) {
        double x;
        HOST_TRY(traj_f_get(traj, "mode", &x));
    } else if (strcmp(mode, "no integer") == 0) {
        int32_t n;
        HOST_TRY(traj_f_get(traj, "third", &n));
    } else if (strcmp(mode, "too large") == 0) {
        int8_t n;
        HOST_TRY(traj_f_get(traj, "a.twin", &n));
    } else if (strcmp(mode, "inexact") == 0) {
        float x;
        HOST_TRY(traj_f_get(traj, "large", &x));
    } else if (strcmp(mode, "no array") == 0) {
        host_f64_array_t x;
        HOST_TRY(traj_f_get(traj, "third", &x));
    } else if (strcmp(mode, "array of others") == 0) {
        host_i32_array_t x;
        HOST_TRY(traj_f_get(traj, "grid", &x));
    } else if (strcmp(mode, "no table") == 0) {
        host_table_t x;
        HOST_TRY(traj_f_get(traj, "grid", &x));
    } else if (strcmp(mode, "forgotten") == 0) {
        // An error that was looked at, and then another return.
        double x;
        if (traj_f_get(traj, "nowhere", &x) != HOST_OK) {
            return 99;
        }
    } else if (strcmp(mode, "twice") == 0) {
        HOST_TRY(traj_f_add_result(traj, "before", 1));
    } else if (strcmp(mode, "entry in entry") == 0) {
        HOST_TRY(traj_f_add_result(traj, "d", HOST_DICTIONARY(host_entry("inner", HOST_DICTIONARY(host_entry("a", host_i64(1)))))));
    } else if (strcmp(mode, "divide") == 0) {
        return divides();
    } else if (strcmp(mode, "recursion") == 0) {
        volatile int first = 1;
        return recurses(&first, 0);
    } else if (strcmp(mode, "null") == 0) {
        writes(0);
    } else if (strcmp(mode, "outside") == 0) {
        writes((size_t)0x7fffff00);
    } else if (strcmp(mode, "overrun") == 0) {
        overruns();
    } else if (strcmp(mode, "nowhere") == 0) {
        calls_nowhere();
    } else if (strcmp(mode, "loop") == 0) {
        loops();
    } else if (strcmp(mode, "memory") == 0) {
        hoards();
    } else if (strcmp(mode, "good") != 0) {
        return traj_failf(traj, "there is no mode `%s`", mode);
    }
    return traj_f_add_result(traj, "after", mode);
}

HOST_JOB(misbehave)
