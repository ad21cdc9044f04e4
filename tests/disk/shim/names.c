/* Calls that change names and rights, ways past the shim, and the clock. */
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>

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
    /* Whoever waits until some time by the clock below shall not wait longer than he means. */
    struct timespec until;
    if (clock_runs && call == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET &&
        !(a[1] & FUTEX_CLOCK_REALTIME) && a[3]) {
        until = *(const struct timespec *)a[3];
        time_t ahead = (time_t)steps_so_far();
        until.tv_sec = until.tv_sec > ahead ? until.tv_sec - ahead : 0;
        a[3] = (long)&until;
    }
    return real(call, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Time. */

EXPORT int clock_gettime(clockid_t which, struct timespec *now)
{
    REAL(clock_gettime);
    int answer = real(which, now);
    if (clock_runs && !answer && which == CLOCK_MONOTONIC)
        now->tv_sec += (time_t)steps_so_far();
    return answer;
}
