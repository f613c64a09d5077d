/* SPDX-License-Identifier: Apache-2.0 */
/* A name that does not exist, and those that do: the message names the closest, or all of them when they are few. */
#ifndef LOAD_SHOW_NEAREST_H
#define LOAD_SHOW_NEAREST_H

#include "schemas/run/err.h"

#include <stddef.h>

enum { NEAREST_KEPT = 12, NEAREST_TEXT = 64 };

struct nearest {
    const char *wanted; /* borrowed */
    int found;          /* it was offered */
    size_t seen, kept;
    size_t distance[NEAREST_KEPT]; /* in increasing order */
    char name[NEAREST_KEPT][NEAREST_TEXT];
};

void nearest_init(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *name);
/* FLOW_OK when the name was offered; else STATUS_NOINPUT: "no WHAT 'WANTED' in WHERE; nearest: ...". */
enum flow nearest_check(const struct nearest *n, const char *what, const char *where, struct err *e) MUST_USE;

#endif
