/*
 * What the parts of the shim have in common: a call that changes the disk is a step, which begins with `enter` and
 * ends with `leave`, and in between is done, done by half, or refused.
 */
#ifndef SHIM_H
#define SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define PATH_SIZE (PATH_MAX + 1)

/* What a step asks of the disk; errors hit some kinds and not others. */
enum kind { OPEN, CREATE, WRITE, GROW, SHRINK, SYNC, NAME, META };
enum mode { OFF, COUNT, KILL, FAIL, RECORD };
enum when { BEFORE, MIDDLE, AFTER };
/* What happens to a step. */
enum verdict { GO, HALF, REFUSE };
/* What a recorded step did. */
enum deed { CREATED = 1, RESIZED, WROTE, SYNCED, RENAMED, REMOVED, FOLDER, LINKED };

extern enum mode mode;
extern int error_number, clock_runs;
/* Whether a step is under way in this thread; what is called meanwhile is no other step. */
extern __thread int inside;

void *real_function(const char *name);
int watched_fd(int fd, char path[PATH_SIZE]);
int watched_path(int folder, const char *given, int follow, char path[PATH_SIZE]);
void forbidden(const char *call, const char *path);
enum verdict enter(enum kind kind, const char *call, off_t offset, size_t length, const char *path);
void leave(void);
uint64_t inode_of(int fd);
uint64_t inode_at(const char *path);
void record(enum deed deed, uint64_t inode, uint64_t offset, uint64_t length, const char *path, const char *path2,
            const struct iovec *data, int count);
uint64_t steps_so_far(void);

/* The function of the C library that an exported one stands for. */
#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) \
        real = (__typeof__(&name))real_function(#name)

/* Does a step that has no middle. */
#define SIMPLE(kind, call, offset, length, path, action, after_it) \
    do { \
        if (enter(kind, call, offset, length, path) == REFUSE) { \
            leave(); \
            errno = error_number; \
            return -1; \
        } \
        long long answer = (action); \
        if (answer >= 0) { \
            after_it; \
        } \
        leave(); \
        return (__typeof__(action))answer; \
    } while (0)

#endif
