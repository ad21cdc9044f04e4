/*
 * Stands between a program and the disk (LD_PRELOAD), and counts every step by which the program changes what lies
 * below one folder: in all of its threads, in its child processes, in whatever libraries it uses.
 *
 *   DISK_WATCH   the folder, without links
 *   DISK_STATE   a file of 8 bytes: the number of the last step, for all processes together
 *   DISK_LOG     one line for each step: number, call, offset, length, what was done to it, path
 *   DISK_MODE    count    nothing is disturbed
 *                kill     the process group is killed at step DISK_AT: DISK_WHEN = before, middle or after it
 *                fail     step DISK_AT fails with the error number DISK_ERROR; with DISK_ON=1 also what follows;
 *                         with DISK_WHEN=middle, a write is at first cut short
 *                record   each step goes with its data to the file DISK_RECORD (as `tests/disk/power.rs` reads it)
 *   DISK_CLOCK   1: with each step the monotonic clock goes on by a second, so that what is done from time to time
 *                is done often
 *
 * "Middle" is half of the bytes of a write; other steps have no middle and are killed after it. What would get past
 * (a mapping that is shared and writable, a stream of the C library, a system call made by number) is a line with
 * the number 0. The test `the_log_is_what_the_kernel_saw` compares all of it with what strace sees.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

static enum mode mode = OFF;
static enum when when = BEFORE;
static uint64_t at;
static int error_number, goes_on, clock_runs;
static char watch[PATH_SIZE];
static size_t watch_length;
static int log_fd = -1, record_fd = -1;
static _Atomic uint64_t *steps;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static __thread int inside;

/* The function of the C library that an exported one stands for. */
#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) \
        real = (__typeof__(&name))real_function(#name)

static void *real_function(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        static const char text[] = "shim: the C library lacks a function\n";
        (void)!syscall(SYS_write, 2, text, sizeof text - 1);
        abort();
    }
    return found;
}

static ssize_t raw_write(int fd, const void *bytes, size_t length)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (!real)
        *(void **)&real = real_function("write");
    const char *from = bytes;
    size_t left = length;
    while (left > 0) {
        ssize_t written = real(fd, from, left);
        if (written <= 0)
            return -1;
        from += written;
        left -= (size_t)written;
    }
    return (ssize_t)length;
}

static int open_own(const char *variable, int flags)
{
    static int (*real)(const char *, int, ...);
    if (!real)
        *(void **)&real = real_function("open");
    const char *path = getenv(variable);
    if (!path)
        return -1;
    int low = real(path, flags | O_CREAT | O_CLOEXEC, 0666);
    if (low < 0)
        abort();
    /* Out of the way of the numbers that the program gets. */
    int high = fcntl(low, F_DUPFD_CLOEXEC, 400);
    close(low);
    return high;
}

static uint64_t number(const char *variable)
{
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("DISK_WATCH"), *name = getenv("DISK_MODE"), *time = getenv("DISK_WHEN");
    if (!folder || !name)
        return;
    snprintf(watch, sizeof watch, "%s", folder);
    watch_length = strlen(watch);
    at = number("DISK_AT");
    error_number = (int)number("DISK_ERROR");
    goes_on = (int)number("DISK_ON");
    clock_runs = (int)number("DISK_CLOCK");
    if (time)
        when = !strcmp(time, "middle") ? MIDDLE : !strcmp(time, "after") ? AFTER : BEFORE;
    int state = open_own("DISK_STATE", O_RDWR);
    void *shared = mmap(NULL, sizeof *steps, PROT_READ | PROT_WRITE, MAP_SHARED, state, 0);
    if (shared == MAP_FAILED)
        abort();
    steps = shared;
    close(state);
    log_fd = open_own("DISK_LOG", O_WRONLY | O_APPEND);
    record_fd = open_own("DISK_RECORD", O_WRONLY | O_APPEND);
    mode = !strcmp(name, "kill") ? KILL : !strcmp(name, "fail") ? FAIL : !strcmp(name, "record") ? RECORD : COUNT;
}

static int is_watched(const char *path)
{
    return !strncmp(path, watch, watch_length) && (path[watch_length] == '/' || path[watch_length] == 0);
}

/* The path of an open file, if it is watched. One that has lost its name is named with ` (deleted)`. */
static int watched_fd(int fd, char path[PATH_SIZE])
{
    if (mode == OFF || inside)
        return 0;
    int before = errno;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_SIZE - 1);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    return is_watched(path);
}

/* The path without links, if it is watched; `follow` says whether its last part may be a link, too. */
static int watched_path(int folder, const char *given, int follow, char path[PATH_SIZE])
{
    if (mode == OFF || inside || !given)
        return 0;
    int before = errno, found = 0;
    char whole[2 * PATH_SIZE], above[PATH_SIZE];
    if (given[0] == '/') {
        snprintf(whole, sizeof whole, "%s", given);
    } else {
        if (folder == AT_FDCWD) {
            if (!getcwd(above, sizeof above))
                goto out;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t length = readlink(link, above, sizeof above - 1);
            if (length < 0)
                goto out;
            above[length] = 0;
        }
        snprintf(whole, sizeof whole, "%s/%s", above, given);
    }
    size_t length = strlen(whole);
    while (length > 1 && whole[length - 1] == '/')
        whole[--length] = 0;
    char *slash = strrchr(whole, '/');
    const char *base = slash + 1;
    int is_folder = !strcmp(base, ".") || !strcmp(base, "..");
    if (!((follow || is_folder) && realpath(whole, path))) {
        *slash = 0;
        if (!realpath(slash == whole ? "/" : whole, above))
            goto out;
        snprintf(path, PATH_SIZE, "%.*s/%.255s", PATH_MAX - 300, strcmp(above, "/") ? above : "", base);
    }
    found = is_watched(path);
out:
    errno = before;
    return found;
}

static void say(uint64_t step, const char *call, off_t offset, size_t length, const char *done, const char *path)
{
    if (log_fd < 0)
        return;
    char line[PATH_SIZE + 200];
    int bytes = snprintf(line, sizeof line, "%llu %s %lld %zu %s %s\n", (unsigned long long)step, call,
                         (long long)offset, length, done, path);
    raw_write(log_fd, line, (size_t)bytes);
}

/* A way to the disk that is not under control. */
static void forbidden(const char *call, const char *path)
{
    int before = errno;
    say(0, call, 0, 0, "forbidden", path);
    errno = before;
}

static void die(void)
{
    kill(0, SIGKILL);
    for (;;)
        pause();
}

static int is_hit(enum kind kind)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
        return kind == CREATE || kind == WRITE || kind == GROW;
    case EROFS:
        return kind != SYNC;
    default:
        return 1;
    }
}

static uint64_t this_step;
static int was_short;

/* Begins a step; no other begins until `leave`. */
static enum verdict enter(enum kind kind, const char *call, off_t offset, size_t length, const char *path)
{
    pthread_mutex_lock(&one_at_a_time);
    inside = 1;
    uint64_t step = this_step = atomic_fetch_add(steps, 1) + 1;
    enum verdict verdict = GO;
    const char *done = "done";
    if (mode == KILL && step == at) {
        verdict = when == MIDDLE && kind == WRITE ? HALF : GO;
        done = when == BEFORE ? "killed-before" : verdict == HALF ? "killed-in" : "killed-after";
    } else if (mode == FAIL && (step == at || (goes_on && step > at)) && is_hit(kind)) {
        verdict = when == MIDDLE && kind == WRITE && !was_short && length > 1 ? HALF : REFUSE;
        done = verdict == HALF ? "cut-short" : "failed";
        was_short |= verdict == HALF;
    }
    say(step, call, offset, length, done, path);
    if (mode == KILL && step == at && when == BEFORE)
        die();
    return verdict;
}

static void leave(void)
{
    int before = errno;
    if (mode == KILL && this_step == at)
        die();
    inside = 0;
    pthread_mutex_unlock(&one_at_a_time);
    errno = before;
}

struct entry {
    uint64_t step, inode, offset, length;
    uint32_t deed, path_length, path2_length, unused;
};

static uint64_t inode_of(int fd)
{
    struct stat there;
    return fstat(fd, &there) ? 0 : there.st_ino;
}

static uint64_t inode_at(const char *path)
{
    struct stat there;
    return lstat(path, &there) ? 0 : there.st_ino;
}

/* Writes what was just done to the recording; `data` holds `length` bytes if the deed is WROTE. */
static void record(enum deed deed, uint64_t inode, uint64_t offset, uint64_t length, const char *path,
                   const char *path2, const struct iovec *data, int count)
{
    if (mode != RECORD)
        return;
    int before = errno;
    struct entry entry = {this_step, inode, offset, length, deed, (uint32_t)strlen(path), (uint32_t)strlen(path2), 0};
    raw_write(record_fd, &entry, sizeof entry);
    raw_write(record_fd, path, entry.path_length);
    raw_write(record_fd, path2, entry.path2_length);
    for (int part = 0; deed == WROTE && part < count && length > 0; part++) {
        size_t bytes = data[part].iov_len < length ? data[part].iov_len : length;
        raw_write(record_fd, data[part].iov_base, bytes);
        length -= bytes;
    }
    errno = before;
}

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

/* Opening. */

typedef int opener(const char *, int, ...);

static int open_step(const char *call, opener *real, const char *given, const char *path, int flags, mode_t rights)
{
    struct stat there;
    int before = errno, is_new = (flags & O_CREAT) && lstat(path, &there);
    errno = before;
    enum kind kind = is_new ? CREATE : OPEN;
    if (enter(kind, call, 0, 0, path) == REFUSE) {
        leave();
        errno = error_number;
        return -1;
    }
    int fd = real(given, flags, rights);
    if (fd >= 0) {
        if (is_new)
            record(CREATED, inode_of(fd), 0, 0, path, "", NULL, 0);
        else if (flags & O_TRUNC)
            record(RESIZED, inode_of(fd), 0, 0, path, "", NULL, 0);
    }
    leave();
    return fd;
}

static int changes(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
}

#define RIGHTS(flags, last) \
    mode_t rights = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list list; \
        va_start(list, last); \
        rights = va_arg(list, mode_t); \
        va_end(list); \
    }

#define OPEN(name) \
    EXPORT int name(const char *given, int flags, ...) \
    { \
        REAL(name); \
        RIGHTS(flags, flags) \
        char path[PATH_SIZE]; \
        if (changes(flags) && watched_path(AT_FDCWD, given, !(flags & O_NOFOLLOW), path)) { \
            if ((flags & O_TMPFILE) == O_TMPFILE || (flags & O_SYNC)) \
                forbidden(#name, path); \
            return open_step("open", real, given, path, flags, rights); \
        } \
        return real(given, flags, rights); \
    }
OPEN(open)
OPEN(open64)

static __thread int open_folder;
static int openat_here(const char *given, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    if (!real)
        *(void **)&real = real_function("openat");
    RIGHTS(flags, flags)
    return real(open_folder, given, flags, rights);
}

#define OPENAT(name) \
    EXPORT int name(int folder, const char *given, int flags, ...) \
    { \
        REAL(name); \
        RIGHTS(flags, flags) \
        char path[PATH_SIZE]; \
        if (changes(flags) && watched_path(folder, given, !(flags & O_NOFOLLOW), path)) { \
            open_folder = folder; \
            return open_step("open", openat_here, given, path, flags, rights); \
        } \
        return real(folder, given, flags, rights); \
    }
OPENAT(openat)
OPENAT(openat64)

/* What a hardened build makes of an `open` without rights. */
int __open_2(const char *, int);
int __open64_2(const char *, int);
EXPORT int __open_2(const char *given, int flags)
{
    return open(given, flags);
}
EXPORT int __open64_2(const char *given, int flags)
{
    return open64(given, flags);
}
EXPORT int creat(const char *given, mode_t rights)
{
    return open(given, O_CREAT | O_WRONLY | O_TRUNC, rights);
}
EXPORT int creat64(const char *given, mode_t rights)
{
    return open64(given, O_CREAT | O_WRONLY | O_TRUNC, rights);
}

#define FOPEN(name) \
    EXPORT FILE *name(const char *given, const char *how) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (strpbrk(how, "wa+") && watched_path(AT_FDCWD, given, 1, path)) \
            forbidden(#name, path); \
        return real(given, how); \
    }
FOPEN(fopen)
FOPEN(fopen64)

#define MKSTEMP(name) \
    EXPORT int name(char *given) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (watched_path(AT_FDCWD, given, 1, path)) \
            forbidden(#name, path); \
        return real(given); \
    }
MKSTEMP(mkstemp)
MKSTEMP(mkstemp64)

/* Writing. An offset of -1 is where the file stands. */

static ssize_t really_write(int fd, const struct iovec *data, int count, off_t offset)
{
    REAL(pwritev);
    static ssize_t (*real_writev)(int, const struct iovec *, int), (*real_pwrite)(int, const void *, size_t, off_t),
        (*real_write)(int, const void *, size_t);
    if (!real_writev) {
        *(void **)&real_write = real_function("write");
        *(void **)&real_pwrite = real_function("pwrite");
        *(void **)&real_writev = real_function("writev");
    }
    if (count == 1)
        return offset < 0 ? real_write(fd, data->iov_base, data->iov_len)
                          : real_pwrite(fd, data->iov_base, data->iov_len, offset);
    return offset < 0 ? real_writev(fd, data, count) : real(fd, data, count, offset);
}

static ssize_t write_step(int fd, const char *path, const struct iovec *data, int count, off_t offset)
{
    size_t total = 0;
    for (int part = 0; part < count; part++)
        total += data[part].iov_len;
    enum verdict verdict = enter(WRITE, "write", offset, total, path);
    if (verdict == REFUSE) {
        leave();
        errno = error_number;
        return -1;
    }
    ssize_t written;
    if (verdict == HALF) {
        char *half = malloc(total / 2 + 1);
        size_t filled = 0;
        for (int part = 0; part < count && filled < total / 2; part++) {
            size_t left = total / 2 - filled, bytes = data[part].iov_len < left ? data[part].iov_len : left;
            memcpy(half + filled, data[part].iov_base, bytes);
            filled += bytes;
        }
        struct iovec one = {half, filled};
        written = filled ? really_write(fd, &one, 1, offset) : 0;
        free(half);
    } else {
        written = really_write(fd, data, count, offset);
    }
    if (written > 0 && mode == RECORD) {
        off_t begins = offset < 0 ? lseek(fd, 0, SEEK_CUR) - written : offset;
        record(WROTE, inode_of(fd), (uint64_t)begins, (uint64_t)written, path, "", data, count);
    }
    leave();
    return written;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(write);
    char path[PATH_SIZE];
    if (!watched_fd(fd, path))
        return real(fd, bytes, length);
    struct iovec data = {(void *)bytes, length};
    return write_step(fd, path, &data, 1, -1);
}

#define PWRITE(name) \
    EXPORT ssize_t name(int fd, const void *bytes, size_t length, off_t offset) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (!watched_fd(fd, path)) \
            return real(fd, bytes, length, offset); \
        struct iovec data = {(void *)bytes, length}; \
        return write_step(fd, path, &data, 1, offset); \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

EXPORT ssize_t writev(int fd, const struct iovec *data, int count)
{
    REAL(writev);
    char path[PATH_SIZE];
    return watched_fd(fd, path) ? write_step(fd, path, data, count, -1) : real(fd, data, count);
}

#define PWRITEV(name) \
    EXPORT ssize_t name(int fd, const struct iovec *data, int count, off_t offset) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        return watched_fd(fd, path) ? write_step(fd, path, data, count, offset) : real(fd, data, count, offset); \
    }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define PWRITEV2(name) \
    EXPORT ssize_t name(int fd, const struct iovec *data, int count, off_t offset, int flags) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (!watched_fd(fd, path)) \
            return real(fd, data, count, offset, flags); \
        return write_step(fd, path, data, count, offset); \
    }
PWRITEV2(pwritev2)
PWRITEV2(pwritev64v2)

/* After data were copied inside of the kernel: what the file holds there now. */
static void record_copied(int fd, const char *path, off_t begins, size_t length)
{
    if (mode != RECORD || length == 0)
        return;
    char link[64], *bytes = malloc(length);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int again = open(link, O_RDONLY | O_CLOEXEC);
    ssize_t there = pread(again, bytes, length, begins);
    close(again);
    if (there < 0 || (size_t)there < length)
        abort();
    struct iovec data = {bytes, length};
    record(WROTE, inode_of(fd), (uint64_t)begins, length, path, "", &data, 1);
    free(bytes);
}

/* `copy` uses the variable `length`, which is half as long when it is to be cut short. */
#define COPY_STEP(call, fd, begins_, length, copy) \
    do { \
        enum verdict verdict = enter(WRITE, call, -1, length, path); \
        if (verdict == REFUSE) { \
            leave(); \
            errno = error_number; \
            return -1; \
        } \
        if (verdict == HALF) { \
            struct stat source; \
            if (!fstat(from, &source) && (size_t)source.st_size < length) \
                length = (size_t)source.st_size; \
            length /= 2; \
        } \
        off_t begins = (begins_); \
        ssize_t copied = (copy); \
        if (copied > 0) \
            record_copied(fd, path, begins, (size_t)copied); \
        leave(); \
        return copied; \
    } while (0)

EXPORT ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned flags)
{
    REAL(copy_file_range);
    char path[PATH_SIZE];
    if (!watched_fd(to, path))
        return real(from, from_offset, to, to_offset, length, flags);
    COPY_STEP("copy", to, to_offset ? *to_offset : lseek(to, 0, SEEK_CUR), length,
              real(from, from_offset, to, to_offset, length, flags));
}

#define SENDFILE(name) \
    EXPORT ssize_t name(int to, int from, off_t *offset, size_t length) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (!watched_fd(to, path)) \
            return real(to, from, offset, length); \
        COPY_STEP("copy", to, lseek(to, 0, SEEK_CUR), length, real(to, from, offset, length)); \
    }
SENDFILE(sendfile)
SENDFILE(sendfile64)

EXPORT ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned flags)
{
    REAL(splice);
    char path[PATH_SIZE];
    if (!watched_fd(to, path))
        return real(from, from_offset, to, to_offset, length, flags);
    COPY_STEP("copy", to, to_offset ? *to_offset : lseek(to, 0, SEEK_CUR), length,
              real(from, from_offset, to, to_offset, length, flags));
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
    REAL(ioctl);
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    char path[PATH_SIZE];
    if ((request == FICLONE || request == FICLONERANGE) && watched_fd(fd, path))
        SIMPLE(WRITE, "clone", 0, 0, path, real(fd, request, argument), {
            struct stat there;
            if (!fstat(fd, &there))
                record_copied(fd, path, 0, (size_t)there.st_size);
        });
    return real(fd, request, argument);
}

/* Sizes. */

static int resize_step(int fd, const char *path, off_t length, int (*real)(int, off_t))
{
    struct stat there;
    enum kind kind = !fstat(fd, &there) && there.st_size < length ? GROW : SHRINK;
    SIMPLE(kind, "truncate", 0, (size_t)length, path, real(fd, length),
           record(RESIZED, inode_of(fd), 0, (uint64_t)length, path, "", NULL, 0));
}

#define FTRUNCATE(name) \
    EXPORT int name(int fd, off_t length) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        return watched_fd(fd, path) ? resize_step(fd, path, length, real) : real(fd, length); \
    }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

#define TRUNCATE(name) \
    EXPORT int name(const char *given, off_t length) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (!watched_path(AT_FDCWD, given, 1, path)) \
            return real(given, length); \
        SIMPLE(GROW, "truncate", 0, (size_t)length, path, real(given, length), \
               record(RESIZED, inode_at(path), 0, (uint64_t)length, path, "", NULL, 0)); \
    }
TRUNCATE(truncate)
TRUNCATE(truncate64)

static void record_grown(int fd, const char *path)
{
    struct stat there;
    if (!fstat(fd, &there))
        record(RESIZED, there.st_ino, 0, (uint64_t)there.st_size, path, "", NULL, 0);
}

#define FALLOCATE(name) \
    EXPORT int name(int fd, int how, off_t offset, off_t length) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (!watched_fd(fd, path)) \
            return real(fd, how, offset, length); \
        if (how & ~FALLOC_FL_KEEP_SIZE) \
            forbidden(#name, path); \
        SIMPLE(GROW, "allocate", offset, (size_t)length, path, real(fd, how, offset, length), \
               record_grown(fd, path)); \
    }
FALLOCATE(fallocate)
FALLOCATE(fallocate64)

/* This one answers with the error number. */
#define POSIX_FALLOCATE(name) \
    EXPORT int name(int fd, off_t offset, off_t length) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (!watched_fd(fd, path)) \
            return real(fd, offset, length); \
        if (enter(GROW, "allocate", offset, (size_t)length, path) == REFUSE) { \
            leave(); \
            return error_number; \
        } \
        int answer = real(fd, offset, length); \
        record_grown(fd, path); \
        leave(); \
        return answer; \
    }
POSIX_FALLOCATE(posix_fallocate)
POSIX_FALLOCATE(posix_fallocate64)

/* Making durable. */

#define FSYNC(name) \
    EXPORT int name(int fd) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if (!watched_fd(fd, path)) \
            return real(fd); \
        SIMPLE(SYNC, #name, 0, 0, path, real(fd), record(SYNCED, inode_of(fd), 0, 0, path, "", NULL, 0)); \
    }
FSYNC(fsync)
FSYNC(fdatasync)

/* Promises nothing about the size of a file, so it is a step that makes nothing durable. */
EXPORT int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags)
{
    REAL(sync_file_range);
    char path[PATH_SIZE];
    if (!watched_fd(fd, path))
        return real(fd, offset, length, flags);
    SIMPLE(SYNC, "sync_file_range", offset, (size_t)length, path, real(fd, offset, length, flags), );
}

EXPORT int syncfs(int fd)
{
    REAL(syncfs);
    char path[PATH_SIZE];
    if (watched_fd(fd, path))
        forbidden("syncfs", path);
    return real(fd);
}

EXPORT void sync(void)
{
    REAL(sync);
    if (mode != OFF)
        forbidden("sync", "");
    real();
}

/* Names. */

static int rename_step(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    static int (*real)(int, const char *, int, const char *, unsigned);
    if (!real)
        *(void **)&real = real_function("renameat2");
    char path[PATH_SIZE], path2[PATH_SIZE];
    int leaves = watched_path(from_folder, from, 0, path), comes = watched_path(to_folder, to, 0, path2);
    if (!leaves && !comes)
        return real(from_folder, from, to_folder, to, flags);
    if (leaves != comes || flags)
        forbidden("rename", leaves ? path : path2);
    uint64_t inode = inode_at(path);
    SIMPLE(NAME, "rename", 0, 0, path2, real(from_folder, from, to_folder, to, flags),
           record(RENAMED, inode, 0, 0, path, path2, NULL, 0));
}

EXPORT int rename(const char *from, const char *to)
{
    return rename_step(AT_FDCWD, from, AT_FDCWD, to, 0);
}
EXPORT int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return rename_step(from_folder, from, to_folder, to, 0);
}
EXPORT int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return rename_step(from_folder, from, to_folder, to, flags);
}

static int remove_step(int folder, const char *given, int flags)
{
    static int (*real)(int, const char *, int);
    if (!real)
        *(void **)&real = real_function("unlinkat");
    char path[PATH_SIZE];
    if (!watched_path(folder, given, 0, path))
        return real(folder, given, flags);
    uint64_t inode = inode_at(path);
    SIMPLE(NAME, flags & AT_REMOVEDIR ? "rmdir" : "unlink", 0, 0, path, real(folder, given, flags),
           record(REMOVED, inode, 0, 0, path, "", NULL, 0));
}

EXPORT int unlink(const char *given)
{
    return remove_step(AT_FDCWD, given, 0);
}
EXPORT int unlinkat(int folder, const char *given, int flags)
{
    return remove_step(folder, given, flags);
}
EXPORT int rmdir(const char *given)
{
    return remove_step(AT_FDCWD, given, AT_REMOVEDIR);
}
EXPORT int remove(const char *given)
{
    struct stat there;
    return remove_step(AT_FDCWD, given, !lstat(given, &there) && S_ISDIR(there.st_mode) ? AT_REMOVEDIR : 0);
}

static int folder_step(int folder, const char *given, mode_t rights)
{
    static int (*real)(int, const char *, mode_t);
    if (!real)
        *(void **)&real = real_function("mkdirat");
    char path[PATH_SIZE];
    if (!watched_path(folder, given, 0, path))
        return real(folder, given, rights);
    SIMPLE(inode_at(path) ? OPEN : CREATE, "mkdir", 0, 0, path, real(folder, given, rights),
           record(FOLDER, inode_at(path), 0, 0, path, "", NULL, 0));
}

EXPORT int mkdir(const char *given, mode_t rights)
{
    return folder_step(AT_FDCWD, given, rights);
}
EXPORT int mkdirat(int folder, const char *given, mode_t rights)
{
    return folder_step(folder, given, rights);
}

static int link_step(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    static int (*real)(int, const char *, int, const char *, int);
    if (!real)
        *(void **)&real = real_function("linkat");
    char path[PATH_SIZE];
    if (!watched_path(to_folder, to, 0, path))
        return real(from_folder, from, to_folder, to, flags);
    SIMPLE(CREATE, "link", 0, 0, path, real(from_folder, from, to_folder, to, flags),
           record(LINKED, inode_at(path), 0, 0, path, "", NULL, 0));
}

EXPORT int link(const char *from, const char *to)
{
    return link_step(AT_FDCWD, from, AT_FDCWD, to, 0);
}
EXPORT int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    return link_step(from_folder, from, to_folder, to, flags);
}

static int symlink_step(const char *to, int folder, const char *given)
{
    static int (*real)(const char *, int, const char *);
    if (!real)
        *(void **)&real = real_function("symlinkat");
    char path[PATH_SIZE];
    if (!watched_path(folder, given, 0, path))
        return real(to, folder, given);
    if (mode == RECORD)
        forbidden("symlink", path);
    SIMPLE(CREATE, "symlink", 0, 0, path, real(to, folder, given), );
}

EXPORT int symlink(const char *to, const char *given)
{
    return symlink_step(to, AT_FDCWD, given);
}
EXPORT int symlinkat(const char *to, int folder, const char *given)
{
    return symlink_step(to, folder, given);
}

/* Rights and owners. */

EXPORT int fchmod(int fd, mode_t rights)
{
    REAL(fchmod);
    char path[PATH_SIZE];
    if (!watched_fd(fd, path))
        return real(fd, rights);
    SIMPLE(META, "chmod", 0, 0, path, real(fd, rights), );
}

EXPORT int fchown(int fd, uid_t user, gid_t group)
{
    REAL(fchown);
    char path[PATH_SIZE];
    if (!watched_fd(fd, path))
        return real(fd, user, group);
    SIMPLE(META, "chown", 0, 0, path, real(fd, user, group), );
}

EXPORT int futimens(int fd, const struct timespec times[2])
{
    REAL(futimens);
    char path[PATH_SIZE];
    if (!watched_fd(fd, path))
        return real(fd, times);
    SIMPLE(META, "utimens", 0, 0, path, real(fd, times), );
}

EXPORT int utimensat(int folder, const char *given, const struct timespec times[2], int flags)
{
    REAL(utimensat);
    char path[PATH_SIZE];
    if (!watched_path(folder, given, 1, path))
        return real(folder, given, times, flags);
    SIMPLE(META, "utimens", 0, 0, path, real(folder, given, times, flags), );
}

EXPORT int chmod(const char *given, mode_t rights)
{
    REAL(chmod);
    char path[PATH_SIZE];
    if (!watched_path(AT_FDCWD, given, 1, path))
        return real(given, rights);
    SIMPLE(META, "chmod", 0, 0, path, real(given, rights), );
}

/* Ways past all of this. */

#define MMAP(name) \
    EXPORT void *name(void *where, size_t length, int access, int flags, int fd, off_t offset) \
    { \
        REAL(name); \
        char path[PATH_SIZE]; \
        if ((access & PROT_WRITE) && (flags & MAP_SHARED) && fd >= 0 && watched_fd(fd, path)) \
            forbidden("mmap", path); \
        return real(where, length, access, flags, fd, offset); \
    }
MMAP(mmap)
MMAP(mmap64)

EXPORT long syscall(long call, ...)
{
    static long (*real)(long, ...);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    va_list list;
    va_start(list, call);
    long a[6];
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    static const long ways[] = {SYS_openat2, SYS_io_uring_setup, SYS_copy_file_range, SYS_renameat2, SYS_fallocate,
                                SYS_pwritev2, SYS_splice, SYS_sendfile, SYS_unlinkat, SYS_mkdirat, SYS_ftruncate,
                                SYS_fsync, SYS_fdatasync, SYS_openat};
    for (size_t i = 0; mode != OFF && !inside && i < sizeof ways / sizeof *ways; i++)
        if (call == ways[i]) {
            char name[32];
            snprintf(name, sizeof name, "syscall-%ld", call);
            forbidden(name, "");
        }
    return real(call, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Time. */

EXPORT int clock_gettime(clockid_t which, struct timespec *now)
{
    REAL(clock_gettime);
    int answer = real(which, now);
    if (clock_runs && !answer && which == CLOCK_MONOTONIC)
        now->tv_sec += (time_t)atomic_load(steps);
    return answer;
}
