/* SPDX-License-Identifier: Apache-2.0 */
/* Variance of a linearised value over response groups: stratified simple random sampling of respondents within groups,
 * residuals of the calibration, item non-response as a further reduction of the group. Pure arrays over the respondents
 * in their positions. */
#ifndef LOAD_ESTIMATE_VARIANCE_H
#define LOAD_ESTIMATE_VARIANCE_H

#include "load/estimate/calibrate.h"
#include "load/estimate/linalg.h"

/* The design, borrowed. */
struct design {
    size_t n; /* respondents, group by group */
    size_t groups;
    const uint32_t *start; /* [groups + 1] */
    const double *units;   /* [groups] N_h */
    const double *d, *w;   /* [n] */
    const double *fit;     /* [n] weights of the regression: d q, or (d - 1) q in the silent-part form */
    const struct term *term;
    size_t terms; /* 0: no calibration, no regression */
};

struct variance {
    struct design design;
    const uint8_t *known; /* [n] of the current mask, NULL: all */
    uint32_t *pool_start; /* [pools + 1] positions; groups with too few known values are pooled with the next */
    double *pool_units, *pool_known;
    size_t pools;
    int pooled; /* groups that were pooled away */
    size_t columns;
    struct linalg_factor factor;
    double *matrix, *vector, *beta, *e;
};

struct variance_answer {
    double variance;
    int df; /* S (m_h - 1) over groups not fully known that hold a unit of the domain; 0: no variance can be had */
    int exhaustive; /* every unit of every group is known: no uncertainty */
};

enum flow variance_init(struct variance *v, const struct design *d, struct err *e) MUST_USE;
void variance_fini(struct variance *v);

/* Chooses the units whose item is known (m_h of each group); pools groups with m_h < 2 and m_h < N_h; fits the
 * regression on them. known is borrowed until the next mask. */
enum flow variance_mask(struct variance *v, const uint8_t *known, struct err *e) MUST_USE;

/* u: linearised variable, [n], zero outside `inside` (positions of the domain, NULL: everywhere). V = S N2 (1 - m/N)
 * s2(g e) / m. */
enum flow variance_item(struct variance *v, const double *u, const uint32_t *inside, size_t count,
                        struct variance_answer *a, struct err *e) MUST_USE;

/* What the imputation of one item adds to a variance whose first phase is already over all respondents of the mask's
 * groups: the second phase alone, S N2 (1 - m/n) s2(r)/m with r = scale (c - R on), over the units whose c is known.
 * Groups as they are, unpooled. */
double variance_imputation(const struct design *d, const uint8_t *known, const double *c, const double *on,
                           double scale, const uint32_t *inside, size_t count, double *space);

/* A level whose missing parts are prorated on y: first phase over the units whose y is known (n'), second over those
 * whose part c is (the current mask, m <= n'): V = S N2 (1 - n'/N) s2(g e)/n' + S N2 (1 - m/n') s2(r)/m, r = scale (c -
 * R y) inside the domain. */
struct prorated {
    const uint8_t *base_known; /* [n] */
    const double *c, *y;       /* [n] */
    double scale;
};
enum flow variance_prorated(struct variance *v, const double *u, const struct prorated *p, const uint32_t *inside,
                            size_t count, struct variance_answer *a, struct err *e) MUST_USE;

#endif
