/* SPDX-License-Identifier: Apache-2.0 */
/* The units of two vintages of one campaign: what of each differs and which one cause owns it (pre-method.7,
 * REVISIONS). */
#ifndef LOAD_CAUSES_H
#define LOAD_CAUSES_H

#include "load/estimate/revision.h"
#include "load/store/store.h"

struct causes; /* opaque */

struct caused {
    const char *unit;
    int same_judgement, same_frame;
    int has_cause; /* judged in both vintages, and otherwise */
    enum revision_cause cause;
};

/* `before` and `after` are the editions of the two. NULL with e set on failure. */
struct causes *causes_open(struct db *db, const struct vintage *a, const struct vintage *b,
                           const struct edition *before, const struct edition *after, struct err *e);
void causes_close(struct causes *c); /* accepts NULL */

/* A revision_owner; ctx is the struct causes. */
enum revision_cause causes_owner(void *ctx, const char *unit);

/* The units in order: those of the second vintage, then those that only the first has. */
uint32_t causes_count(const struct causes *c);
struct caused causes_at(const struct causes *c, uint32_t i);

#endif
