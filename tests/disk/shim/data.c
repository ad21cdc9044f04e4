/* Calls that change what files hold, or make it durable. */
#define _GNU_SOURCE
#include "shim.h"

#include <linux/fs.h>
#include <stdarg.h>
#include <sys/ioctl.h>

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
