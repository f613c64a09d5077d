/* SPDX-License-Identifier: Apache-2.0 */
/* Why a figure moved between two vintages: Shapley contributions over the causes present, which add up exactly,
 * whatever their order. */
#ifndef LOAD_ESTIMATE_REVISION_H
#define LOAD_ESTIMATE_REVISION_H

#include "load/estimate/estimate.h"

enum revision_cause {
    CAUSE_REGISTER,   /* scope, size, region, carrier of a unit */
    CAUSE_NEW,        /* respondent only in the second vintage */
    CAUSE_CORRECTION, /* the return in force differs */
    CAUSE_WITHDRAWAL, /* respondent only in the first */
    CAUSE_DECISIONS,  /* a decision of an analyst */
    CAUSE_EDITION,    /* same return, judged otherwise: rules, lists */
    CAUSE_METHOD,     /* parameters of estimation, program figures */
    CAUSE_COUNT,
    CAUSE_DOCUMENTS = CAUSE_COUNT /* other documents came, what is used is the same: moves nothing, so not counted */
};
const char *revision_cause_name(enum revision_cause c);

/* A vintage as needed here. cause[] of the second one says, per unit of `b` (or of `a` for units only there), which
 * cause owns its answers. */
struct revision_side {
    const struct population *population;
    const struct figures *figures;
    const struct method *method;
};

struct revision_row {
    const char *figure;
    enum domain_kind domain;
    const char *area;
    double before, after;     /* estimated */
    double part[CAUSE_COUNT]; /* sums to after - before, exactly after rounding the last one */
    int has_half_width;
    double half_widths; /* (after - before) / half-width of the interval before */
};

/* Which cause owns the answers of one unit: called for units whose outcome, status or values differ; returns one of
 * NEW, CORRECTION, WITHDRAWAL, DECISIONS, EDITION. unit is its identifier. */
typedef enum revision_cause revision_owner(void *ctx, const char *unit);

struct revision {
    struct revision_row *row;
    size_t rows;
    unsigned present;            /* bit 1 << cause */
    uint32_t units[CAUSE_COUNT]; /* units behind each cause */
    struct arena arena;
};

/* NULL on failure. National rows, and regions when all_domains. */
struct revision *revision_run(const struct revision_side *a, const struct revision_side *b, revision_owner *owner,
                              void *ctx, int all_domains, struct err *e);
void revision_free(struct revision *r); /* accepts NULL */

#endif
