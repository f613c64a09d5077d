/* SPDX-License-Identifier: Apache-2.0 */
/* Calibration on margins (Deville and Sarndal 1992): factors F with S d F x = totals, as near to 1 as the distance
 * says. Pure arrays. The form (standard: w = d F; silent part: w = 1 + (d - 1) F) is the caller's: it passes d or d - 1
 * and the totals net. */
#ifndef LOAD_ESTIMATE_CALIBRATE_H
#define LOAD_ESTIMATE_CALIBRATE_H

#include "load/estimate/method.h"
#include "schemas/run/err.h"

#include <stddef.h>
#include <stdint.h>

/* One block of columns of x: a factor (level, counts), a number (x), or a number split by a factor (both). */
struct term {
    const uint32_t *level; /* [n] < levels, or NULL */
    uint32_t levels;       /* 1 when level is NULL */
    const double *x;       /* [n], or NULL: 1 */
};

static inline size_t term_column(const struct term *t, size_t i)
{
    return t->level ? t->level[i] : 0;
}

static inline double term_value(const struct term *t, size_t i)
{
    return t->x ? t->x[i] : 1.0;
}

struct calibration {
    size_t n;
    const double *d;         /* [n] >= 0 */
    const double *q;         /* [n] or NULL: 1 */
    const struct term *term; /* columns of the terms follow one another */
    size_t terms;
    const double *total;     /* one per column */
    const char *const *name; /* one per column, for messages; NULL: numbered */
    enum distance distance;
    double lower, upper; /* logit */
    double *argument;    /* [n] or NULL: where the search begins (the arguments of an answer for totals near these), and
                            those of the answer; of units with d = 0 too */
    double limit;        /* largest relative gap allowed; 0: 1e-9 */
};

struct calibration_report {
    int steps, rank;
    size_t columns, dropped; /* zero margins met by F = 0 */
    double gap;              /* largest relative gap left */
};

/* factor[n] receives F. A zero total on a column that is never negative is met by F = 0 on it (the limit of raking),
 * outside the iteration; under a logit with lower > 0 it is infeasible. A unit with d = 0 counts in no margin
 * and receives 0. STATUS_DATA: infeasible, proved by a linear program, naming the margin; or totals of two factors that
 * disagree by more than 1e-9. STATUS_BUG: no solution within 50 steps although one exists (or nobody could say). */
enum flow calibrate(const struct calibration *c, double *factor, struct calibration_report *report,
                    struct err *e) MUST_USE;

/* F at an argument. */
double calibration_factor(const struct calibration *c, double argument);

size_t terms_columns(const struct term *t, size_t terms);

/* v rounded to 12 significant digits, half away from zero: the weight that is stored is the weight that is used. */
double weight_round(double v);

#endif
