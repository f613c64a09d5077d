/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int fs_open(const char *path, struct err *e)
{
    int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe that nobody writes is empty, it is not waited for */
    struct stat st;
    if (fd < 0) {
        (void)err_sys(e, err_status(errno, STATUS_NOINPUT), "%s", path);
        return fd;
    }
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode))
        (void)err_set(e, STATUS_NOINPUT, "%s: a folder where a file is expected", path);
    else if (fcntl(fd, F_SETFL, O_RDONLY) != 0)
        (void)err_sys(e, STATUS_IO, "%s", path);
    else
        return fd;
    (void)close(fd);
    return -1;
}

enum flow fs_read_some(int fd, const char *path, char *to, size_t n, size_t *got, struct err *e)
{
    ssize_t k;
    do
        k = read(fd, to, n);
    while (k < 0 && errno == EINTR);
    *got = k > 0 ? (size_t)k : 0;
    if (k < 0)
        return err_sys(e, err_status(errno, STATUS_IO), "%s", path);
    return k ? FLOW_OK : FLOW_END;
}

ssize_t fs_read_at(int fd, void *to, size_t n, uint64_t offset)
{
    size_t have = 0;
    while (have < n) {
        ssize_t k = pread(fd, (char *)to + have, n - have, (off_t)(offset + have));
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return -1;
        if (k == 0)
            break;
        have += (size_t)k;
    }
    return (ssize_t)have;
}

static enum flow read_all(int fd, const char *path, struct buf *b, struct err *e)
{
    struct stat st;
    size_t step = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 1 : 65536;
    for (;;) {
        size_t left = b->max - b->len, got;
        size_t want = step < left ? step : left;
        char *to, spare;
        if (want == 0) { /* full: one byte more is one too many */
            to = &spare;
            want = 1;
        } else if (buf_room(b, want, &to, e) != FLOW_OK) {
            return err_prefix(e, "%s", path);
        }
        enum flow f = fs_read_some(fd, path, to, want, &got, e);
        if (f != FLOW_OK)
            return f == FLOW_END ? FLOW_OK : f;
        if (to == &spare)
            return err_set(e, STATUS_DATA, "%s: larger than %zu bytes", path, b->max);
        b->len += got;
        b->data[b->len] = '\0';
        step = 65536;
    }
}

enum flow fs_read(const char *path, struct buf *b, struct err *e)
{
    int fd = fs_open(path, e);
    if (fd < 0)
        return FLOW_FATAL;
    enum flow f = read_all(fd, path, b, e);
    (void)close(fd);
    return f;
}

static enum flow make_one(const char *path, struct err *e)
{
    if (mkdir(path, 0700) == 0 || (errno == EEXIST && fs_is_dir(path)))
        return FLOW_OK;
    enum status s = err_status(errno, STATUS_CANTCREAT);
    return err_sys(e, s == STATUS_NOINPUT ? STATUS_CANTCREAT : s, "cannot create folder %s", path);
}

enum flow fs_mkdirs(const char *path, struct err *e)
{
    char part[4096];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return err_set(e, STATUS_CANTCREAT, "'%s': no usable folder name", path);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (part[i] != '/')
            continue;
        part[i] = '\0';
        if (!fs_is_dir(part) && make_one(part, e) != FLOW_OK)
            return FLOW_FATAL;
        part[i] = '/';
    }
    return make_one(path, e);
}

static int remove_at(int parent, const char *name);

static int remove_inside(int dir_fd)
{
    DIR *d = fdopendir(dir_fd);
    if (!d) {
        (void)close(dir_fd);
        return -1;
    }
    int rc = 0;
    struct dirent *x;
    while (rc == 0 && (x = readdir(d)))
        if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
            rc = remove_at(dirfd(d), x->d_name);
    int kept = errno;
    (void)closedir(d);
    errno = kept;
    return rc;
}

static int remove_at(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || remove_inside(fd) != 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

enum flow fs_remove(const char *path, struct err *e)
{
    if (remove_at(AT_FDCWD, path) == 0)
        return FLOW_OK;
    return err_sys(e, err_status(errno, STATUS_IO), "cannot remove %s", path);
}

int fs_join(char *out, size_t size, const char *dir, const char *name)
{
    size_t n = strlen(dir);
    const char *slash = n > 0 && dir[n - 1] == '/' ? "" : "/";
    int len = snprintf(out, size, "%s%s%s", dir, slash, name);
    return len >= 0 && (size_t)len < size;
}

const char *fs_temporary(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder == '/' ? folder : "/tmp";
}

int fs_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int fs_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int by_bytes(const void *a, const void *b)
{
    char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Appends a copy of name to a growing array; -1 without memory. */
static int add_name(char ***names, size_t *count, const char *name)
{
    if ((*count & (*count - 1)) == 0) { /* a power of two, or nothing yet: full */
        char **more = realloc(*names, (*count ? *count * 2 : 1) * sizeof *more);
        if (!more)
            return -1;
        *names = more;
    }
    char *copy = strdup(name);
    if (!copy)
        return -1;
    (*names)[(*count)++] = copy;
    return 0;
}

enum flow fs_names(const char *dir, char ***names, size_t *count, struct err *e)
{
    *names = NULL;
    *count = 0;
    DIR *d = opendir(dir);
    if (!d)
        return err_sys(e, err_status(errno, STATUS_IO), "%s", dir);
    int rc = 0;
    struct dirent *x;
    errno = 0;
    while (rc == 0 && (x = readdir(d)))
        if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
            rc = add_name(names, count, x->d_name);
    int failed = errno;
    (void)closedir(d);
    if (rc != 0 || failed) {
        fs_names_free(*names, *count);
        *names = NULL;
        *count = 0;
        errno = failed;
        return rc != 0 ? err_set(e, STATUS_SYSTEM, "%s: out of memory", dir) : err_sys(e, STATUS_IO, "%s", dir);
    }
    if (*count)
        qsort(*names, *count, sizeof **names, by_bytes);
    return FLOW_OK;
}

void fs_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

long long fs_free_bytes(const char *path)
{
    struct statvfs s;
    return statvfs(path, &s) == 0 ? (long long)s.f_bavail * (long long)s.f_frsize : -1;
}

enum flow fs_sync_dir(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, err_status(errno, STATUS_IO), "%s", path);
    int rc = fsync(fd);
    int failed = errno;
    (void)close(fd);
    errno = failed;
    /* Some file systems cannot sync a folder and say EINVAL: nothing more can be done there. */
    return rc == 0 || failed == EINVAL ? FLOW_OK : err_sys(e, STATUS_IO, "%s", path);
}
