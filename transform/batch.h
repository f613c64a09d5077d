/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of units on its way through a worker. */
#ifndef TRANSFORM_BATCH_H
#define TRANSFORM_BATCH_H

#include "transform/pipeline.h"
#include "transform/unit.h"

enum { BATCH_UNITS = 16 };

struct item {
    const char *unit;        /* "" for documents of no known unit */
    uint32_t row;            /* in the register, or REGISTER_NONE */
    const size_t *documents; /* positions in the archive, in order of arrival */
    size_t count;
    struct archive_fetch fetch; /* unit NULL: none */
    struct previous_value *previous;
    struct memo_place remembered;
};

enum batch_state { BATCH_FREE, BATCH_READY, BATCH_BUSY, BATCH_DONE };

struct batch {
    struct item items[BATCH_UNITS];
    size_t count;
    int late;           /* its units come after all others */
    struct arena arena; /* of the items */
    struct unit_rows rows;
    struct buf entries; /* of the memo: units judged, and those recalled */
    enum batch_state state;
    enum flow flow;
    struct err err;
};

struct worker; /* opaque: judge, body, arena of one thread */
struct worker *worker_new(const struct pipeline *p, struct err *e);
void worker_free(struct worker *w); /* accepts NULL */
/* Judges a batch; b->flow and b->err say how it went. */
void worker_batch(struct worker *w, struct batch *b);
/* What it counted of the observations of all its units. */
const struct observed *worker_observed(const struct worker *w);
/* The unit that a document without one declares: its place in the register, or REGISTER_NONE. */
enum flow worker_adopt(struct worker *w, size_t document, uint32_t *row, struct err *e) MUST_USE;

#endif
