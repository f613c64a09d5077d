/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "schemas/run/lock.h"

#include "schemas/run/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOMENT_NS = 10000000, MOMENTS = 100 };

struct lock {
    int fd;
};

/* The holder may have it and not yet have said who it is. */
static void say_holder(int fd, const char *path, struct err *e)
{
    const struct timespec moment = {.tv_nsec = MOMENT_NS};
    char text[256];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    for (int i = 0; n == 0 && i < MOMENTS; i++) {
        (void)nanosleep(&moment, NULL);
        n = pread(fd, text, sizeof text - 1, 0);
    }
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    (void)err_set(e, STATUS_RETRY, "%s: held by %s", path, text[0] ? text : "a program that starts just now");
}

/* For people only: the lock itself is the kernel's. */
static void write_holder(int fd, const char *program)
{
    char host[128] = "", since[INSTANT_TEXT_MAX], text[256];
    (void)gethostname(host, sizeof host - 1);
    (void)clock_print(clock_now(), since);
    int n = snprintf(text, sizeof text, "%.64s (pid %ld on %.64s) since %s\n", program, (long)getpid(), host, since);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return; /* a full disk takes the comment away, not the lock */
}

struct lock *lock_take(const char *path, const char *program, struct err *e)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct lock *l = malloc(sizeof *l);
    if (!l) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->fd < 0) {
        enum status s = err_status(errno, STATUS_CANTCREAT);
        (void)err_sys(e, s == STATUS_NOINPUT ? STATUS_CANTCREAT : s, "cannot create lock %s", path);
        free(l);
        return NULL;
    }
    if (fcntl(l->fd, F_OFD_SETLK, &whole) == 0) {
        write_holder(l->fd, program);
        return l;
    }
    if (errno == EAGAIN || errno == EACCES)
        say_holder(l->fd, path, e);
    else
        (void)err_sys(e, STATUS_SYSTEM, "cannot lock %s", path);
    lock_release(l);
    return NULL;
}

void lock_release(struct lock *l)
{
    if (!l)
        return;
    (void)close(l->fd);
    free(l);
}
