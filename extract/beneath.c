/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel resolves the path and refuses what leads out: no check that a rename could outrun. */
static int open_beneath(const char *root, const char *path, int links)
{
    int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        errno = errno == EACCES ? EACCES : EIO; /* a root that is gone says nothing of the file */
        return -1;
    }
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (links ? 0 : RESOLVE_NO_SYMLINKS)};
    while (*path == '/')
        path++;
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    int saved = errno;
    (void)close(dir);
    errno = saved;
    return (int)fd;
}

static enum beneath refusal(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return BENEATH_MISSING;
    case EXDEV:
    case ELOOP:
        return BENEATH_OUTSIDE;
    case EACCES:
    case EPERM:
        return BENEATH_DENIED;
    default:
        return BENEATH_ERROR;
    }
}

static int same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum beneath read_all(int fd, struct buf *out)
{
    struct err e;
    char chunk[65536];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return BENEATH_ERROR;
        if (buf_put(out, chunk, (size_t)n, &e) != FLOW_OK)
            return BENEATH_LARGE;
    }
    return BENEATH_OK;
}

enum beneath beneath_read(const char *root, const char *path, int links, struct buf *out, struct beneath_stat *st)
{
    struct stat before, after;
    buf_reset(out);
    int fd = open_beneath(root, path, links);
    if (fd < 0)
        return refusal(errno);
    enum beneath b = fstat(fd, &before) != 0 ? BENEATH_ERROR : S_ISREG(before.st_mode) ? BENEATH_OK : BENEATH_NOT_FILE;
    if (b == BENEATH_OK)
        b = read_all(fd, out);
    if (b == BENEATH_OK && (fstat(fd, &after) != 0 || !same(&before, &after) || (off_t)out->len != after.st_size))
        b = BENEATH_CHANGED;
    if (b == BENEATH_OK)
        *st = (struct beneath_stat){before.st_size,
                                    (int64_t)before.st_mtim.tv_sec * 1000000 + before.st_mtim.tv_nsec / 1000};
    (void)close(fd);
    return b;
}
