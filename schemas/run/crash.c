/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "schemas/run/crash.h"

#ifdef PRE_TEST_BUILD

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_count(const char *path, long n)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%ld\n", n);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, text, (size_t)len) != len)
        (void)unlink(path);
    (void)close(fd);
}

void crash_point(const char *name)
{
    static atomic_long reached;
    const char *at = getenv("PRE_CRASH_AT"), *count = getenv("PRE_CRASH_COUNT"), *only = getenv("PRE_CRASH_PROGRAM");
    if ((!at && !count) || (only && strcmp(only, program_invocation_short_name) != 0))
        return;
    long n = atomic_fetch_add(&reached, 1) + 1;
    if (count)
        write_count(count, n);
    if (at && strtol(at, NULL, 10) == n) {
        (void)dprintf(2, "crash point %ld: %s\n", n, name);
        (void)raise(SIGKILL);
    }
}

#else

/* Product builds have no crash point; ISO C wants a declaration here. */
extern const int crash_points_absent;
const int crash_points_absent = 1;

#endif
