/* SPDX-License-Identifier: Apache-2.0 */
/* What only the whole campaign shows: the same content from two units, and categories whose national share moved since
 * the last edition. */
#ifndef TRANSFORM_CAMPAIGN_H
#define TRANSFORM_CAMPAIGN_H

#include "schemas/edition/edition.h"
#include "schemas/run/map.h"
#include "transform/source.h"

/* ---- the same content from two units: both undecided ---- */
struct twin {
    char *unit, *record, *other; /* other: the record it ties with */
    uint64_t seq;                /* findings of the record written so far */
};

struct twins {
    struct twin *items; /* by unit, record */
    size_t count;
};

/* Reads the documents twice: contents met more than once among current returns, then whose they are. Decisions stand.
 */
enum flow twins_find(struct twins *t, const struct source *sources, size_t count, struct err *e) MUST_USE;
void twins_fini(struct twins *t);
struct twin *twins_of_record(const struct twins *t, const char *unit, const char *record);
struct twin *twins_of_unit(const struct twins *t, const char *unit);

/* ---- national shares, over units that answered the whole table in both editions ---- */
struct shift; /* opaque */
struct shift *shift_new(const struct edition *ed, struct err *e);
void shift_free(struct shift *s); /* accepts NULL */
/* One row of observations; those of a unit in order. */
enum flow shift_row(struct shift *s, const char *const *values, struct err *e) MUST_USE;
/* Adds what another one gathered, or with sign -1 takes it away again; closes the last table of both. */
enum flow shift_add(struct shift *s, struct shift *other, int sign, struct err *e) MUST_USE;

/* Forgets what was gathered; writes it as bytes, and reads it back into an empty one. FLOW_ITEM: no such bytes. */
void shift_clear(struct shift *s);
enum flow shift_save(struct shift *s, struct buf *out, struct err *e) MUST_USE;
enum flow shift_restore(struct shift *s, const char *p, size_t n) MUST_USE;

/* Exact numbers as bytes, without what stands between the members of a struct. */
struct exact {
    int64_t unscaled, scale;
};
static inline struct exact exact_of(struct decimal d)
{
    return (struct exact){d.unscaled, d.scale};
}
static inline struct decimal exact_decimal(struct exact x)
{
    return (struct decimal){x.unscaled, (int)x.scale};
}

struct shift_alarm {
    uint32_t variable, category;
    unsigned units;       /* in both editions */
    double before, after; /* shares, percent */
    int nil;              /* fell to nothing */
};
/* Closes the last table; calls found for each category that moved more than the edition allows. */
enum flow shift_end(struct shift *s, enum flow (*found)(void *ctx, const struct shift_alarm *a, struct err *e),
                    void *ctx, struct err *e) MUST_USE;

#endif
