/* SPDX-License-Identifier: Apache-2.0 */
/* Last edition's dataset: the values a unit gave last time, joined by variable and harmonised code, and the contents it
 * already sent. Read once, as a stream in unit order, so that its size does not matter. A merged unit's values are
 * added to its successor's: since they may stand later in the stream, a successor waits until all of it has passed. */
#ifndef TRANSFORM_PREVIOUS_H
#define TRANSFORM_PREVIOUS_H

#include "transform/plan.h"

struct previous_value {
    const char *variable, *category; /* harmonised code, "" for a scalar */
    const char *value;
    struct previous_value *next;
};

struct previous; /* opaque */

/* A package folder (or the link to it). NULL when it cannot be read. cache, recall: as in previous_rows_open(). */
struct previous *previous_open(const char *path, const struct plan *p, const char *cache, int recall, struct err *e);
void previous_close(struct previous *p); /* accepts NULL */
/* The values that a unit of the register gave itself, in the arena or in p's own; units must be asked in increasing
 * order. *values NULL: it gave none. */
enum flow previous_of(struct previous *p, uint32_t unit, struct arena *arena, struct previous_value **values,
                      struct err *e) MUST_USE;
/* Does this unit take over the values of others? Then previous_merged() has them, once previous_end() was called. */
int previous_waits(const struct previous *p, uint32_t unit);
/* Passes what nobody asked for, down to the last row, so that the whole table is checked. */
enum flow previous_end(struct previous *p, struct err *e) MUST_USE;
/* A waiting unit's own values with those of its predecessors added; the list is the caller's, in the arena. */
enum flow previous_merged(const struct previous *p, uint32_t unit, struct arena *arena, struct previous_value **values,
                          struct err *e) MUST_USE;
/* SHA-256 that stands for all of it. */
const char *previous_digest(const struct previous *p);
/* Was this content used last time, by any unit? */
int previous_has_content(const struct previous *p, const char *content_digest);

#endif
