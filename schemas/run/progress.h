/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on stderr: a bar redrawn at most 10 times a second, only on a terminal; a log line on SIGUSR1 anywhere. */
#ifndef SCHEMAS_RUN_PROGRESS_H
#define SCHEMAS_RUN_PROGRESS_H

#include <stdint.h>

struct progress {
    const char *what; /* "returns" */
    uint64_t done, total;
    int64_t last_drawn; /* monotonic µs */
    int terminal;
    int own_status; /* the caller answers SIGUSR1 with a line of its own */
};

void progress_begin(struct progress *p, const char *what, uint64_t total);
void progress_step(struct progress *p, uint64_t done);
void progress_end(struct progress *p); /* clears the bar */

#endif
