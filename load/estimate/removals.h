/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of all others, for each respondent that could have been silent. They depend on its group, its region and
 * its size alone: a cell is the respondents of one group and region, and where it holds many sizes the calibration is
 * done anew for twelve of them. Between these the sums are those of the polynomial through them, to one
 * ten-millionth of the standard error. */
#ifndef LOAD_ESTIMATE_REMOVALS_H
#define LOAD_ESTIMATE_REMOVALS_H

#include "load/estimate/linear.h"

enum { REMOVAL_EXACT = 24, REMOVAL_NODES = 12, REMOVAL_BATCH = 64 };

struct removal_cell {
    size_t group;
    size_t first, count; /* its respondents in order[] */
    size_t points, at;   /* weightings, and the first of them in the batch */
    double size[REMOVAL_EXACT];
    uint32_t unit[REMOVAL_EXACT]; /* [points] positions without which the weights were computed */
    int solved;                   /* weights were found for all of them */
    int steady;                   /* none is off by more than WEIGHT_OFF */
};

struct removals {
    const struct estimate *x;
    struct reweighting space;
    uint32_t *order; /* positions by group, region, size; those of groups with nobody silent are left out */
    struct removal_cell *cell;
    size_t cells;
    double *weight; /* [n x points] of the batch */
    double *column; /* [n] */
    size_t points;
};

enum flow removals_init(struct removals *r, const struct estimate *x, struct err *e) MUST_USE;
void removals_fini(struct removals *r);
/* Weights for the cells from `first` on, as many as there is room for; *end receives the cell after the last. */
enum flow removals_batch(struct removals *r, size_t first, size_t *end, struct err *e) MUST_USE;
/* part [points of the cell]: the combination that stands for the unit at a position of the cell. */
void removals_part(const struct removals *r, const struct removal_cell *c, size_t i, double *part);

#endif
