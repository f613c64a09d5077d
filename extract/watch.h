/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors have something to say: epoll, a few at a time, so that what one brings is worked on before the next
 * is read. Costs nothing for those that are silent. */
#ifndef EXTRACT_WATCH_H
#define EXTRACT_WATCH_H

#include "schemas/run/err.h"

#include <stddef.h>

enum { WATCH_IN = 1, WATCH_OUT = 2, WATCH_ERROR = 4, WATCH_AT_ONCE = 8 };

struct watch_event {
    int fd;
    int what; /* WATCH_... */
};

/* A descriptor, or -1 with e. The caller closes it. */
int watch_open(struct err *e);
/* From now on `what` (WATCH_IN, WATCH_OUT or both) is looked for; 0: the descriptor is forgotten. 0 when it cannot be.
 */
int watch_set(int watch, int fd, int what) MUST_USE;
/* Up to WATCH_AT_ONCE events; 0 after wait_ms, or a signal; -1 with e. */
int watch_wait(int watch, int wait_ms, struct watch_event event[WATCH_AT_ONCE], struct err *e) MUST_USE;

#endif
