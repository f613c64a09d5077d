/* SPDX-License-Identifier: Apache-2.0 */
/* The sums behind the national figures, written so that one unit more or less is a small change:
 *
 *   S over bundles of  (S over units of w data) x product of ratios
 *
 * where a bundle holds the units whose values lean on the same ratios of donors (pieces.h). Without a unit, or without
 * one of its values, its own piece and the ratios it gave to are all that changes once the weights are known. */
#ifndef LOAD_ESTIMATE_LINEAR_H
#define LOAD_ESTIMATE_LINEAR_H

#include "load/estimate/pieces.h"

#include <math.h>

enum linear_kind {
    LINEAR_ITEM,     /* S w y */
    LINEAR_PRODUCT,  /* S w n m, the numerator of a mean */
    LINEAR_EXPECTED, /* S w y of a total before its influential values are known */
};

struct bundle {
    uint32_t ratio[PIECE_RATIOS];
    unsigned ratios;
};

struct linear_sum {
    enum linear_kind kind;
    uint32_t item, beside;
    uint32_t *bundle; /* its bundles, the one without ratios first */
    size_t bundles, room;
    struct piece own; /* of the unit in hand */
    double value;     /* without it */
};

/* A value that is influential, or that a unit less could make so. */
struct watched {
    uint32_t item, at; /* position */
    uint32_t sum;      /* against which it is held */
};

struct linear_row {
    uint32_t *part, *denominator; /* sums */
    size_t parts, denominators;
    int ratio;
    int has;
    double value; /* without the unit in hand */
};

struct linear {
    const struct estimate *x;
    struct pieces pieces;
    struct linear_sum *sum;
    size_t sums, sums_room;
    struct bundle *bundle;
    size_t bundles, bundles_room;
    struct watched *watched;
    size_t watches, watches_room;
    struct linear_row *row; /* [rows] */
    size_t rows;
};

/* One row a plan, that of row[k] of the estimate. FLOW_END: the rows do not come out of the sums (values lean on more
 * ratios than a piece has room for), and every answer has to be computed anew. */
enum flow linear_init(struct linear *l, const struct estimate *x, const struct row_plan *plan, const uint32_t *row,
                      size_t rows, struct err *e) MUST_USE;
void linear_fini(struct linear *l);

/* S w data of every bundle under several weightings at once: weight [n x weightings], sum [bundles x weightings]. */
void linear_add(const struct linear *l, const double *weight, size_t weightings, double *sum);

/* By how much a weight may be off before there is doubt: of itself, or of one. */
#define WEIGHT_OFF 0.25
static inline double weight_mass(double w)
{
    return fmax(fabs(w), 1.0);
}

/* What a weighting is made of: a combination of some of those that stand beside each other in the arrays. */
struct weighting {
    const double *weight, *sum; /* the first one of them */
    size_t stride;              /* weightings in the arrays */
    const double *part;         /* [parts] */
    size_t parts;
    int steady; /* no weight is off by more than WEIGHT_OFF from what it is with everybody */
};

#define LINEAR_NOBODY SIZE_MAX
/* The rows without the respondent at position i (hidden NONE), or with its values of the variable `hidden` missing. 0:
 * in doubt, everything has to be computed anew. used [rows], when given, says which rows are asked. LINEAR_NOBODY: the
 * rows as they are. */
int linear_without(struct linear *l, const struct weighting *w, size_t i, uint32_t hidden, const uint8_t *used);

#endif
