/* SPDX-License-Identifier: Apache-2.0 */
/* Symmetric positive semi-definite systems by pivoted Cholesky. Collinear margins are normal (regions add up to the
 * nation), so a deficient rank is an answer, not an error: the solution puts 0 where a margin brings nothing new. */
#ifndef LOAD_ESTIMATE_LINALG_H
#define LOAD_ESTIMATE_LINALG_H

#include "schemas/run/err.h"

#include <stddef.h>

enum { LINALG_MAX = 1024 };

struct linalg_factor {
    size_t k, room;
    int rank;
    int *pivot;    /* [k], 1-based */
    double *upper; /* [k * k] column-major */
    double *scale; /* [k] 1 / sqrt of the diagonal, 0 where it is 0 */
    double *work;  /* [k] */
};

/* Factors m (k x k, column-major, upper triangle read); the rank counts pivots above 1e-12 of the matrix scaled to a
 * unit diagonal. f starts zeroed and may be used again. STATUS_BUG when m holds a number that is none. */
enum flow linalg_factor(struct linalg_factor *f, const double *m, size_t k, struct err *e) MUST_USE;
/* x = a solution of m x = b; x and b may be the same array. */
enum flow linalg_solve(struct linalg_factor *f, const double *b, double *x, struct err *e) MUST_USE;
void linalg_fini(struct linalg_factor *f);

#endif
