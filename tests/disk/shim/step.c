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
#include "shim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum mode mode = OFF;
static enum when when = BEFORE;
static uint64_t at;
int error_number;
int clock_runs;
static int goes_on;
static char watch[PATH_SIZE];
static size_t watch_length;
static int log_fd = -1, record_fd = -1;
static _Atomic uint64_t *steps;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
__thread int inside;

void *real_function(const char *name)
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
int watched_fd(int fd, char path[PATH_SIZE])
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
int watched_path(int folder, const char *given, int follow, char path[PATH_SIZE])
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
void forbidden(const char *call, const char *path)
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
enum verdict enter(enum kind kind, const char *call, off_t offset, size_t length, const char *path)
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

void leave(void)
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

uint64_t inode_of(int fd)
{
    struct stat there;
    return fstat(fd, &there) ? 0 : there.st_ino;
}

uint64_t inode_at(const char *path)
{
    struct stat there;
    return lstat(path, &there) ? 0 : there.st_ino;
}

/* Writes what was just done to the recording; `data` holds `length` bytes if the deed is WROTE. */
void record(enum deed deed, uint64_t inode, uint64_t offset, uint64_t length, const char *path,
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

uint64_t steps_so_far(void)
{
    return steps ? atomic_load(steps) : 0;
}
